"""A frozen stretch on the wire: shots and record side by side, let go by a person, and taken back."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field

from gradphoto.accounts.auth import NotSignedIn, SignedIn
from gradphoto.accounts.policy import Act, NotAllowed, Owner, require
from gradphoto.accounts.service import audit
from gradphoto.core.db import Db
from gradphoto.core.errors import NotFound, refuses
from gradphoto.photo_imports import release_service, stretch_service
from gradphoto.photo_imports.release_service import NoSuchStretch
from gradphoto.photo_imports.shapes import ONE, EntryOut, Imported, StretchOut, shown_entry
from gradphoto.photos.decide_service import AcceptedTwice

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


# --- a person has looked ---------------------------------------------------------------------------------------------


class StretchIn(BaseModel):
    position: int = Field(ge=1, le=1_000_000, description="of any photo of the stretch")


class ReleasedOut(BaseModel):
    matched: list[UUID] = Field(description="photo ids that two signs now give to somebody")
    waiting: list[UUID] = Field(description="photo ids that still wait, with or without a proposal")


@router.post(
    ONE + "/release",
    operation_id="releaseStretch",
    responses=refuses(NotSignedIn, NotAllowed, NotFound, NoSuchStretch, AcceptedTwice),
)
async def release_stretch(
    campaign_id: UUID, photo_import_id: Imported, body: StretchIn, db: Db, actor: SignedIn
) -> ReleasedOut:
    """A person has looked at a frozen stretch: its photos count as any others, two signs match. Twice is once."""
    require(actor, Act.match_photo, Owner(campaign_id))
    released = await release_service.release(db, campaign_id, photo_import_id, body.position, actor.id)
    facts = dict(position=body.position, matched=len(released.matched))
    await audit(db, actor, "release_stretch", campaign_id, ("photo_import", photo_import_id), **facts)
    return ReleasedOut(**released._asdict())


class TakenBackOut(BaseModel):
    frozen: list[UUID] = Field(description="photo ids that are frozen again, with the signs and proposal they had")
    kept: list[UUID] = Field(description="photo ids that somebody has moved on since, and stay as they are")


@router.post(
    ONE + "/release/undo",
    operation_id="undoRelease",
    responses=refuses(NotSignedIn, NotAllowed, NotFound, NoSuchStretch, AcceptedTwice),
)
async def undo_release(
    campaign_id: UUID, photo_import_id: Imported, body: StretchIn, db: Db, actor: SignedIn
) -> TakenBackOut:
    """Take a release back: the stretch is frozen as before. What somebody has moved on since stays. Twice is once."""
    require(actor, Act.match_photo, Owner(campaign_id))
    back = await release_service.take_back(db, campaign_id, photo_import_id, body.position)
    facts = dict(position=body.position, photos=len(back.frozen))
    await audit(db, actor, "undo_release", campaign_id, ("photo_import", photo_import_id), **facts)
    return TakenBackOut(**back._asdict())
