"""What several photo endpoints answer and take."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from fastapi import UploadFile
from pydantic import BaseModel, Field

from gradphoto.core.errors import RequestTooLarge
from gradphoto.core.settings import settings
from gradphoto.photos import decide_service
from gradphoto.photos.checking.report import Drawing, Finding
from gradphoto.photos.holds import held_finding
from gradphoto.photos.models import Hold, MatchedBy, Photo, PhotoSource, PhotoState, Sign
from gradphoto.photos.service import PhotoRow
from gradphoto.roster.models import ClassGroup, Student


class PhotoFinding(BaseModel):
    code: str
    level: Literal["block", "review", "info"] = Field(description="block = not acceptable | review = a person looks")
    about: Literal["file", "picture"] = Field(description="a person may overrule what is about the picture")
    zh: str = Field(examples=["照片 600x800 像素，应为 480x640（宽x高）"])
    en: str
    measured: str
    limit: str
    remedy: str = Field(description="what to do, in Chinese", examples=["请传图片社制作的原照片"])
    remedy_en: str = Field(description="the same in English; empty with a finding from before there was one")


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
    proposed: PhotoStudent | None = Field(description="whose it may be, for a person to confirm")
    signs: list[Sign] = Field(description="what says whose it is; two that agree, or a person's word, are enough")
    findings: list[PhotoFinding] = Field(description="worst first")
    drawing: Drawing | None = Field(description="what was measured, to draw over the photo; null once it is accepted")
    may_ask: bool = Field(description="only the picture was refused, and nobody has looked yet: the student may ask")
    asked_at: datetime | None = Field(description="when the student asked for a person to look")
    asked_note: str
    import_id: UUID | None
    import_position: int | None
    taken_at: datetime | None = Field(description="by the camera's clock")
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


def found_in(findings: Iterable[Finding]) -> list[PhotoFinding]:
    return [PhotoFinding.model_validate(one, from_attributes=True) for one in findings]


def findings_of(photo: Photo) -> list[PhotoFinding]:
    """Why it waits for a student, if it does, then what the check found."""
    findings = [Finding.from_json(one) for one in photo.findings]
    if photo.held is not None:
        findings.insert(0, held_finding(Hold(photo.held)))
    return found_in(findings)


def photo_values(row: PhotoRow) -> dict[str, Any]:
    photo = row.photo
    values = photo.model_dump(
        include={"state", "matched_by", "held", "sha256", "size", "width", "height", "filename_mask", "source", "late"}
        | {"received_at", "decided_at", "decision_reason", "signs", "asked_at", "asked_note"}
        | {"import_id", "import_position", "taken_at"}
    )
    return values | {
        "photo_id": photo.id,
        "student": _whose(row.student, row.class_group),
        "proposed": _whose(row.proposed, row.proposed_class_group),
        "findings": findings_of(photo),
        "drawing": photo.measures.get("drawing"),
        "may_ask": decide_service.may_ask(photo),
    }


def _whose(student: Student | None, group: ClassGroup | None) -> PhotoStudent | None:
    if student is None or group is None:
        return None
    return PhotoStudent(
        student_id=student.id,
        number=student.number,
        name=student.name,
        class_group_id=group.id,
        class_group_name=group.name,
    )


async def bytes_of(file: UploadFile) -> bytes:
    most = settings().max_photo_bytes
    data = await file.read(most + 1)
    if len(data) > most:
        raise RequestTooLarge(f"照片超过 {most // 2**20} MB，没有保存。请传图片社制作的照片。", limit_bytes=most)
    return data
