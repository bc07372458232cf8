"""The pictures themselves: small ones for screens, originals bit for bit, and reading all of them back."""

import base64
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Header, Response
from pydantic import BaseModel, Field

from gradphoto.accounts.auth import NotSignedIn, SignedIn, SignedInBriefly
from gradphoto.accounts.policy import Act, NotAllowed, Owner, require
from gradphoto.accounts.service import audit
from gradphoto.core.db import Db, now, sessions
from gradphoto.core.errors import NotFound, refuses
from gradphoto.photos import decide_service, service, vault_service, verify_service
from gradphoto.photos.checker import CheckBusy
from gradphoto.photos.derived import NoThumbnail, thumbnail_of
from gradphoto.photos.models import PhotoState
from gradphoto.photos.service import the_store
from gradphoto.photos.storage import PhotoAltered, PhotoLost, StorageAway

router = APIRouter(tags=["photos"])
BINARY = {"schema": {"type": "string", "format": "binary"}}
JPEG: dict[int | str, dict[str, Any]] = {200: {"content": {"image/jpeg": BINARY}}}


@router.get(
    "/campaigns/{campaign_id}/photos/{photo_id}/thumbnail",
    operation_id="getThumbnail",
    response_class=Response,
    responses=refuses(NotSignedIn, NotAllowed, NotFound, NoThumbnail, PhotoLost, PhotoAltered, StorageAway, CheckBusy)
    | JPEG,
)
async def get_thumbnail(
    campaign_id: UUID,
    photo_id: UUID,
    actor: SignedInBriefly,
    if_none_match: Annotated[str | None, Header(include_in_schema=False)] = None,
) -> Response:
    """240 pixels wide, without metadata. What it shows never changes; who may see it is asked each time."""
    async with sessions() as db, db.begin():  # not held while the picture is read and made small
        photo, owner = await service.owner_of_photo(db, campaign_id, photo_id)
    require(actor, Act.read_photo, owner)
    if decide_service.is_quarantined(photo):
        raise NoThumbnail()
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
async def get_original(campaign_id: UUID, photo_id: UUID, actor: SignedInBriefly) -> Response:
    """The bytes as they came, verified; named by 学号. Who took it is written down."""
    async with sessions() as db, db.begin():  # not held while the store answers
        photo, owner = await service.owner_of_photo(db, campaign_id, photo_id)
        require(actor, Act.read_original, owner)
        student = (await service.photo_row(db, photo)).student
    data = await the_store().get(photo.sha256)
    async with sessions() as db, db.begin():
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


# --- evidence --------------------------------------------------------------------------------------------------------


class SegmentOut(BaseModel):
    marker: str = Field(description="empty for the bytes after the end of the picture", examples=["FFE9"])
    name: str
    offset: int
    length: int = Field(description="bytes, with the marker")
    sha256: str


class ClueOut(BaseModel):
    code: str
    zh: str
    here: str
    batch: str = Field(description="what is usual among those that came the same way")
    unusual: bool = Field(description="speaks for another edit; evidence, not proof")


class RecordOut(BaseModel):
    name: str
    length: int
    sha256: str


class VersionOut(BaseModel):
    photo_id: UUID
    state: PhotoState
    received_at: datetime
    picture: Literal["same_bytes", "same_pixels", "other", "unknown"]
    lost: list[RecordOut] = Field(description="records that this photo no longer has")
    added: list[RecordOut]
    zh: str


class EvidenceOut(BaseModel):
    photo_id: UUID
    sha256: str
    size: int
    segments: list[SegmentOut]
    trailing_bytes: int
    clues: list[ClueOut]
    batch: int = Field(description="how many photos it was compared with")
    versions: list[VersionOut] = Field(description="the student's other photos, newest first")


@router.get(
    "/campaigns/{campaign_id}/photos/{photo_id}/evidence",
    operation_id="getEvidence",
    responses=refuses(NotSignedIn, NotAllowed, NotFound),
)
async def get_evidence(campaign_id: UUID, photo_id: UUID, db: Db, actor: SignedIn) -> EvidenceOut:
    """Was this edited again? Segments, tables and trailing bytes beside its batch: evidence, not proof.

    What the agency embedded is listed by place, length and hash; its format is not public and is not read.
    """
    require(actor, Act.match_photo, Owner(campaign_id))
    card = await vault_service.evidence_card(db, campaign_id, photo_id)
    return EvidenceOut(
        photo_id=card.photo.id,
        sha256=card.photo.sha256,
        size=card.photo.size,
        segments=[SegmentOut(**one) for one in card.photo.evidence.get("segments", [])],
        trailing_bytes=card.photo.evidence.get("trailing_bytes", 0),
        clues=[ClueOut.model_validate(one, from_attributes=True) for one in card.clues],
        batch=card.batch,
        versions=[
            VersionOut(
                photo_id=other.id,
                state=other.state,
                received_at=other.received_at,
                picture=how.picture,
                lost=[RecordOut.model_validate(part, from_attributes=True) for part in how.lost],
                added=[RecordOut.model_validate(part, from_attributes=True) for part in how.added],
                zh=how.zh,
            )
            for other, how in card.versions
        ],
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
