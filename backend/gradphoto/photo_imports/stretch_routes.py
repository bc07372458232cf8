"""A frozen stretch on the wire: shots and record side by side, before `releaseStretch`."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field

from gradphoto.accounts.auth import NotSignedIn, SignedIn
from gradphoto.accounts.policy import Act, NotAllowed, Owner, require
from gradphoto.core.db import Db
from gradphoto.core.errors import NotFound, refuses
from gradphoto.photo_imports import stretch_service
from gradphoto.photo_imports.order_service import NoSuchStretch
from gradphoto.photo_imports.shapes import ONE, EntryOut, Imported, StretchOut, shown_entry

router = APIRouter(tags=["photos"])


class FrameOut(EntryOut):
    inside: bool = Field(description="of the stretch; the others stand before and after it")
    kind: Literal["photo", "slate", "unread"]


class ShotOut(BaseModel):
    student_id: UUID
    number: str
    name: str
    shot_at: datetime | None
    has_slate: bool = Field(description="the import holds a slate of theirs, here or elsewhere")


class StretchSheetOut(StretchOut):
    frames: list[FrameOut] = Field(description="what the camera has there, in its order")
    record: list[ShotOut] = Field(description="whom the station recorded as shot there, in its order; may be empty")


@router.get(
    ONE + "/stretches/{position}",
    operation_id="getStretch",
    responses=refuses(NotSignedIn, NotAllowed, NotFound, NoSuchStretch),
)
async def get_stretch(
    campaign_id: UUID,
    photo_import_id: Imported,
    position: Annotated[int, Path(ge=1, le=1_000_000, description="of any photo of the stretch")],
    db: Db,
    actor: SignedIn,
) -> StretchSheetOut:
    """Where slates and record differ: the frames beside the room's order, for a person to compare."""
    require(actor, Act.match_photo, Owner(campaign_id))
    sheet = await stretch_service.sheet_of(db, campaign_id, photo_import_id, position)
    positions = set(sheet.stretch["positions"])
    frames = [
        FrameOut(**entry.model_dump(), inside=entry.position in positions, kind=_kind(entry))
        for entry in map(shown_entry, sheet.frames)
    ]
    told = StretchOut.model_validate(sheet.stretch)
    return StretchSheetOut(
        **told.model_dump(), frames=frames, record=[ShotOut(**one._asdict()) for one in sheet.record]
    )


def _kind(entry: EntryOut) -> Literal["photo", "slate", "unread"]:
    if entry.outcome == "slate" and entry.student_number is not None:
        return "slate"
    return "unread" if entry.outcome in ("refused", "slate") else "photo"
