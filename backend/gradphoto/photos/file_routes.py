"""The pictures themselves: small ones for screens, originals bit for bit, and reading all of them back."""

import base64
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Header, Response
from pydantic import BaseModel, Field

from gradphoto.accounts.auth import NotSignedIn, SignedIn
from gradphoto.accounts.policy import Act, NotAllowed, Owner, require
from gradphoto.accounts.service import audit
from gradphoto.core.db import Db, now
from gradphoto.core.errors import NotFound, refuses
from gradphoto.photos import service, verify_service
from gradphoto.photos.derived import NoThumbnail, thumbnail_of
from gradphoto.photos.service import the_store
from gradphoto.photos.storage import PhotoAltered, PhotoLost, StorageAway

router = APIRouter(tags=["photos"])
BINARY = {"schema": {"type": "string", "format": "binary"}}
JPEG: dict[int | str, dict[str, Any]] = {200: {"content": {"image/jpeg": BINARY}}}


@router.get(
    "/campaigns/{campaign_id}/photos/{photo_id}/thumbnail",
    operation_id="getThumbnail",
    response_class=Response,
    responses=refuses(NotSignedIn, NotAllowed, NotFound, NoThumbnail, PhotoLost, PhotoAltered, StorageAway) | JPEG,
)
async def get_thumbnail(
    campaign_id: UUID,
    photo_id: UUID,
    db: Db,
    actor: SignedIn,
    if_none_match: Annotated[str | None, Header(include_in_schema=False)] = None,
) -> Response:
    """240 pixels wide, without metadata. What it shows never changes; who may see it is asked each time."""
    photo, owner = await service.owner_of_photo(db, campaign_id, photo_id)
    require(actor, Act.read_photo, owner)
    headers = {"ETag": f'"{photo.sha256}"', "Cache-Control": "private, no-cache"}
    if if_none_match is not None and photo.sha256 in if_none_match:
        return Response(status_code=304, headers=headers)
    return Response(await thumbnail_of(the_store(), photo.sha256), media_type="image/jpeg", headers=headers)


@router.get(
    "/campaigns/{campaign_id}/photos/{photo_id}/original",
    operation_id="getOriginal",
    response_class=Response,
    responses=refuses(NotSignedIn, NotAllowed, NotFound, PhotoLost, PhotoAltered, StorageAway) | JPEG,
)
async def get_original(campaign_id: UUID, photo_id: UUID, db: Db, actor: SignedIn) -> Response:
    """The bytes as they came, verified; named by 学号. Who took it is written down."""
    photo, owner = await service.owner_of_photo(db, campaign_id, photo_id)
    require(actor, Act.read_original, owner)
    _, student, _ = await service.photo_row(db, photo)
    data = await the_store().get(photo.sha256)
    await audit(db, actor, "read_original", campaign_id, ("photo", photo_id), sha256=photo.sha256)
    is_jpeg = data.startswith(b"\xff\xd8\xff")
    name = (student.number if student else photo.sha256[:16]) + (".jpg" if is_jpeg else ".bin")
    return Response(
        data,
        media_type="image/jpeg" if is_jpeg else "application/octet-stream",
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "X-Content-Type-Options": "nosniff",
            "Repr-Digest": f"sha-256=:{base64.b64encode(bytes.fromhex(photo.sha256)).decode()}:",
        },
    )


# --- reading all of them back ----------------------------------------------------------------------------------------


class VerificationAsked(BaseModel):
    asked_at: datetime


class VerificationOut(BaseModel):
    at: datetime
    checked: int
    intact: int
    lost: list[UUID] = Field(description="photo ids whose file is gone")
    altered: list[UUID] = Field(description="photo ids whose file is not what was received")
    unread: list[UUID] = Field(description="photo ids that the store could not give this time")


@router.post(
    "/campaigns/{campaign_id}/photos/verify",
    operation_id="verifyPhotos",
    status_code=202,
    responses=refuses(NotSignedIn, NotAllowed, NotFound),
)
async def verify_photos(campaign_id: UUID, db: Db, actor: SignedIn) -> VerificationAsked:
    """Have every original read back and compared. The result comes as `photos.verified` and below `verification`."""
    require(actor, Act.decide_photo, Owner(campaign_id))
    asked_at = now()
    await verify_service.ask_verification(db, campaign_id)
    await audit(db, actor, "verify_photos", campaign_id, ("campaign", campaign_id))
    return VerificationAsked(asked_at=asked_at)


@router.get(
    "/campaigns/{campaign_id}/photos/verification",
    operation_id="getVerification",
    responses=refuses(NotSignedIn, NotAllowed),
)
async def get_verification(campaign_id: UUID, db: Db, actor: SignedIn) -> VerificationOut | None:
    """The last finished verification, null if there is none. It answers yours when `at` is after `asked_at`."""
    require(actor, Act.decide_photo, Owner(campaign_id))
    told = await verify_service.last_verification(db, campaign_id)
    return VerificationOut(**told) if told else None
