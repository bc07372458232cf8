"""The tray of photos: looking through them, saying whose they are, passing or sending back."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from gradphoto.accounts.auth import NotSignedIn, SignedIn
from gradphoto.accounts.policy import Act, NotAllowed, Owner, require
from gradphoto.accounts.service import audit
from gradphoto.core.db import Db
from gradphoto.core.errors import NotFound, refuses
from gradphoto.photos import check_routes, decide_service, file_routes, service, tray_routes, upload_routes
from gradphoto.photos.decide_service import (
    AcceptedTwice,
    CameraOriginal,
    MatchedToAnother,
    NobodysPhoto,
    PhotoMoved,
    PhotoSuperseded,
    ReasonMissing,
    StructureFault,
)
from gradphoto.photos.models import PhotoState
from gradphoto.photos.shapes import PhotoOut, photo_values

router = APIRouter(tags=["photos"])
# Before the paths with a photo's id in them, so that `verification` is not taken for one.
router.include_router(check_routes.router)
router.include_router(file_routes.router)
router.include_router(upload_routes.router)
router.include_router(tray_routes.router)


class PhotoCounts(BaseModel):
    """Of the whole campaign, whatever the list is narrowed to."""

    received: int
    accepted: int
    rejected: int
    superseded: int
    unmatched: int = Field(description="of the received: wait for a student")
    originals: int = Field(description="of the received: a camera's originals; nobody decides on them")
    asked: int = Field(description="of the received: the student asked for a person to look")


class PhotoPage(BaseModel):
    photos: list[PhotoOut]
    counts: PhotoCounts
    next_after: UUID | None = Field(description="send as `after` for the next page; null = the end")


@router.get(
    "/campaigns/{campaign_id}/photos",
    operation_id="listPhotos",
    responses=refuses(NotSignedIn, NotAllowed),
)
async def list_photos(
    campaign_id: UUID,
    db: Db,
    actor: SignedIn,
    state: PhotoState | None = None,
    unmatched: Annotated[
        bool | None, Query(description="true: only those without a student; false: only those with one")
    ] = None,
    asked: Annotated[bool | None, Query(description="true: only those for which the student asked a person")] = None,
    original: Annotated[bool | None, Query(description="true: only a camera's originals; false: none of them")] = None,
    class_group_id: UUID | None = None,
    after: Annotated[UUID | None, Query(description="the last photo_id of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> PhotoPage:
    """Photos, newest first, and how many there are of each state."""
    require(actor, Act.upload_photos, Owner(campaign_id))
    rows = await service.list_photos(
        db,
        campaign_id,
        state=state,
        unmatched=unmatched,
        asked=asked,
        original=original,
        class_group_id=class_group_id,
        after=after,
        limit=limit,
    )
    return PhotoPage(
        photos=[PhotoOut(**photo_values(row)) for row in rows],
        counts=PhotoCounts(**(await service.tally(db, campaign_id))._asdict()),
        next_after=rows[-1].photo.id if len(rows) == limit else None,
    )


class MatchIn(BaseModel):
    student_id: UUID


@router.post(
    "/campaigns/{campaign_id}/photos/{photo_id}/match",
    operation_id="matchPhoto",
    responses=refuses(NotSignedIn, NotAllowed, NotFound, MatchedToAnother, AcceptedTwice),
)
async def match_photo(campaign_id: UUID, photo_id: UUID, body: MatchIn, db: Db, actor: SignedIn) -> PhotoOut:
    """Say whose an unmatched photo is. A sound one is then accepted. Twice is the same answer."""
    require(actor, Act.match_photo, Owner(campaign_id))
    photo = await decide_service.match(db, campaign_id, photo_id, body.student_id, actor.id)
    await audit(db, actor, "match_photo", campaign_id, ("photo", photo_id), student_id=str(body.student_id))
    return PhotoOut(**photo_values(await service.photo_row(db, photo)))


@router.post(
    "/campaigns/{campaign_id}/photos/{photo_id}/unmatch",
    operation_id="unmatchPhoto",
    responses=refuses(NotSignedIn, NotAllowed, NotFound, PhotoSuperseded, PhotoMoved, AcceptedTwice),
)
async def unmatch_photo(campaign_id: UUID, photo_id: UUID, db: Db, actor: SignedIn) -> PhotoOut:
    """Take a match back: the photo waits again, and the one it superseded counts again."""
    require(actor, Act.match_photo, Owner(campaign_id))
    photo = await decide_service.unmatch(db, campaign_id, photo_id)
    await audit(db, actor, "unmatch_photo", campaign_id, ("photo", photo_id))
    return PhotoOut(**photo_values(await service.photo_row(db, photo)))


class DecisionIn(BaseModel):
    decision: Literal["accepted", "rejected"]
    reason: str = Field(max_length=200, description="the student reads it; needed to reject", examples=["闭眼，请重拍"])


@router.post(
    "/campaigns/{campaign_id}/photos/{photo_id}/decision",
    operation_id="decidePhoto",
    responses=refuses(
        NotSignedIn,
        NotAllowed,
        NotFound,
        StructureFault,
        CameraOriginal,
        NobodysPhoto,
        ReasonMissing,
        PhotoMoved,
        AcceptedTwice,
    ),
)
async def decide_photo(campaign_id: UUID, photo_id: UUID, body: DecisionIn, db: Db, actor: SignedIn) -> PhotoOut:
    """Pass a photo, or send it back with a reason. An earlier photo that is passed takes the later one's place."""
    require(actor, Act.decide_photo, Owner(campaign_id))
    photo = await decide_service.decide(db, campaign_id, photo_id, body.decision, body.reason, actor.id)
    await audit(db, actor, "decide_photo", campaign_id, ("photo", photo_id), decision=body.decision)
    return PhotoOut(**photo_values(await service.photo_row(db, photo)))
