"""Photos come in: the agency's by the thousand, one file a request; the student's own from elsewhere."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, UploadFile
from pydantic import BaseModel, Field

from gradphoto.accounts.auth import NotSignedIn, SignedIn
from gradphoto.accounts.policy import Act, NotAllowed, Owner, require
from gradphoto.core.db import Db
from gradphoto.core.errors import NotFound, RequestTooLarge, refuses
from gradphoto.core.settings import settings
from gradphoto.photos import receive_service, service
from gradphoto.photos.decide_service import AcceptedTwice
from gradphoto.photos.holds import held_finding
from gradphoto.photos.models import Hold, MatchedBy, PhotoSource, PhotoState
from gradphoto.photos.receive_service import Arrival, HashDiffers, SameBytesTwoStudents, TooManyReturned
from gradphoto.photos.service import PhotoRow, the_store
from gradphoto.photos.storage import StorageAway, StorageFull

router = APIRouter(tags=["photos"])


class PhotoFinding(BaseModel):
    code: str
    level: str = Field(description="block = not acceptable | review = a person looks | info", examples=["block"])
    zh: str = Field(examples=["照片 600x800 像素，应为 480x640（宽x高）"])
    en: str
    measured: str
    limit: str
    remedy: str = Field(description="what to do, in Chinese")


class PhotoStudent(BaseModel):
    student_id: UUID
    number: str
    name: str
    class_group_id: UUID
    class_group_name: str


class PhotoOut(BaseModel):
    photo_id: UUID
    state: PhotoState
    student: PhotoStudent | None = Field(description="null = waits for somebody to match it")
    matched_by: MatchedBy | None
    held: Hold | None = Field(description="why no student could be named; also the first of the findings")
    findings: list[PhotoFinding] = Field(description="worst first")
    sha256: str
    size: int
    width: int | None
    height: int | None
    filename_mask: str = Field(description="the file's own name, ID numbers masked")
    source: PhotoSource
    late: bool = Field(description="came after the return deadline; kept all the same")
    received_at: datetime
    decided_at: datetime | None
    decision_reason: str


class UploadOut(PhotoOut):
    already: bool = Field(description="these bytes were here before; nothing was stored twice")


def photo_values(row: PhotoRow) -> dict[str, Any]:
    photo, student, group = row
    values = photo.model_dump(
        include={"state", "matched_by", "held", "sha256", "size", "width", "height", "filename_mask", "source", "late"}
        | {"received_at", "decided_at", "decision_reason"}
    )
    whose = None
    if student is not None and group is not None:
        whose = PhotoStudent(
            student_id=student.id,
            number=student.number,
            name=student.name,
            class_group_id=group.id,
            class_group_name=group.name,
        )
    findings = [PhotoFinding(**finding) for finding in photo.findings]
    if photo.held is not None:
        findings.insert(0, PhotoFinding.model_validate(held_finding(Hold(photo.held)), from_attributes=True))
    return values | {"photo_id": photo.id, "student": whose, "findings": findings}


async def _bytes(file: UploadFile) -> bytes:
    most = settings().max_photo_bytes
    data = await file.read(most + 1)
    if len(data) > most:
        raise RequestTooLarge(f"照片超过 {most // 2**20} MB，没有保存。请传图片社制作的照片。", limit_bytes=most)
    return data


Sha256 = Annotated[
    str | None,
    Form(pattern="^[0-9a-fA-F]{64}$", description="of the file, calculated where it lies; another one here is refused"),
]


@router.post(
    "/campaigns/{campaign_id}/photos",
    operation_id="uploadPhoto",
    responses=refuses(
        NotSignedIn,
        NotAllowed,
        NotFound,
        RequestTooLarge,
        HashDiffers,
        SameBytesTwoStudents,
        AcceptedTwice,
        StorageFull,
        StorageAway,
    ),
)
async def upload_photo(
    campaign_id: UUID,
    file: UploadFile,
    db: Db,
    actor: SignedIn,
    sha256: Sha256 = None,
    student_id: Annotated[UUID | None, Form(description="a person says whose it is; else the file name must")] = None,
    source: Annotated[
        PhotoSource, Form(description="returned = a student sent it to the school")
    ] = PhotoSource.on_site,
) -> UploadOut:
    """Store one photo byte for byte, check it, and match it by its file name (ID number or 学号).

    A fault of the file rejects it, and it is kept. A sound photo with a student is accepted and supersedes the one
    before; without a student it waits. Safe to repeat: the same bytes give the same answer with `already`.
    """
    require(actor, Act.upload_photos, Owner(campaign_id))
    arrival = Arrival(
        data=await _bytes(file),
        filename=file.filename or "",
        source=source,
        by=actor.id,
        student_id=student_id,
        matched_by=MatchedBy.person if student_id else None,
        sha256=sha256,
    )
    photo, already = await receive_service.receive(db, the_store(), campaign_id, arrival)
    return UploadOut(already=already, **photo_values(await service.photo_row(db, photo)))


@router.post(
    "/campaigns/{campaign_id}/me/photo",
    operation_id="returnMyPhoto",
    responses=refuses(
        NotSignedIn,
        NotAllowed,
        NotFound,
        RequestTooLarge,
        HashDiffers,
        SameBytesTwoStudents,
        TooManyReturned,
        AcceptedTwice,
        StorageFull,
        StorageAway,
    ),
)
async def return_my_photo(
    campaign_id: UUID, file: UploadFile, db: Db, actor: SignedIn, sha256: Sha256 = None
) -> UploadOut:
    """自行返回: the photo that an agency elsewhere made of the signed-in student, with the verdict at once."""
    require(actor, Act.return_photo, Owner(campaign_id, student_id=actor.student_id))
    await receive_service.may_return(db, campaign_id, actor.id)
    arrival = Arrival(
        data=await _bytes(file),
        filename=file.filename or "",
        source=PhotoSource.returned,
        by=actor.id,
        student_id=actor.student_id,
        matched_by=MatchedBy.student,
        sha256=sha256,
    )
    photo, already = await receive_service.receive(db, the_store(), campaign_id, arrival)
    return UploadOut(already=already, **photo_values(await service.photo_row(db, photo)))


@router.get(
    "/campaigns/{campaign_id}/me/photos", operation_id="listMyPhotos", responses=refuses(NotSignedIn, NotAllowed)
)
async def list_my_photos(campaign_id: UUID, db: Db, actor: SignedIn) -> list[PhotoOut]:
    """The signed-in student's photos, newest first, each with what was found and what to do."""
    require(actor, Act.return_photo, Owner(campaign_id, student_id=actor.student_id))
    assert actor.student_id is not None
    return [PhotoOut(**photo_values(row)) for row in await service.photos_of(db, campaign_id, actor.student_id)]
