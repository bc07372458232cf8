"""A photo comes in: first its bytes are on safe ground, then comes the row; the file's name says whose it may be."""

import asyncio
import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import NamedTuple, TypeVar
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from gradphoto.core.errors import Refusal
from gradphoto.core.settings import settings
from gradphoto.photos.checks import STANDARD, Finding, PhotoReport, check
from gradphoto.photos.decide_service import give, lock_photo, lock_student, settle
from gradphoto.photos.holds import OTHER_ID_NUMBER
from gradphoto.photos.models import Hold, MatchedBy, Photo, PhotoSource
from gradphoto.photos.names import NameKeys, keys_of, mask_filename
from gradphoto.photos.storage import PhotoStore
from gradphoto.roster.models import Student
from gradphoto.roster.names import same_name
from gradphoto.roster.service import clock_of, id_number_index, the_campaign, the_student

T = TypeVar("T")
MOST_RETURNED = 50
# Decoding is processor work: two at a time, the others wait their turn, and the event loop stays free.
_decoders = ThreadPoolExecutor(2, thread_name_prefix="photo")


class HashDiffers(Refusal):
    """收到的内容与原文件不一致，传输中损坏了，没有保存。请重新传这一张。"""


class SameBytesTwoStudents(Refusal):
    """同一个照片文件已经对应到另一名学生，没有保存。请核对是不是传错了文件；如果原来的对应错了，请教务处先取消。"""


class TooManyReturned(Refusal):
    """你已经交了很多次照片，系统暂不再接收。请联系学院辅导员或教务处。"""

    status = 429


@dataclass(frozen=True, slots=True)
class Arrival:
    """A file as it came. `student_id` with `matched_by` when somebody says whose it is; else the file's name must."""

    data: bytes
    filename: str
    source: PhotoSource
    by: UUID
    student_id: UUID | None = None
    matched_by: MatchedBy | None = None
    sha256: str | None = None  # what the sender's own device calculated


class Claim(NamedTuple):
    """Whose a file says it is, or why that cannot be told."""

    student_id: UUID | None
    matched_by: MatchedBy | None
    held: Hold | None


async def in_decoder(work: Callable[..., T], *arguments: object) -> T:
    return await asyncio.get_running_loop().run_in_executor(_decoders, work, *arguments)


async def receive(db: AsyncSession, store: PhotoStore, campaign_id: UUID, arrival: Arrival) -> tuple[Photo, bool]:
    """The photo's row, and whether these bytes were here before. Safe to repeat: same bytes, same answer."""
    sha256 = hashlib.sha256(arrival.data).hexdigest()
    if arrival.sha256 is not None and arrival.sha256.lower() != sha256:
        raise HashDiffers(received_sha256=sha256)
    campaign = await the_campaign(db, campaign_id)
    keys = keys_of(arrival.filename)
    claim, doubts = await _claim(db, campaign_id, arrival, keys)
    standard = replace(STANDARD, max_bytes=settings().max_photo_bytes)
    report = await in_decoder(check, arrival.data, standard)
    # Before any row: a process that is killed here leaves a file that nobody knows, never a row without its file.
    await store.put(arrival.data)
    if claim.student_id is not None:
        await lock_student(db, campaign_id, claim.student_id)
    late = arrival.source == PhotoSource.returned and clock_of(campaign) > campaign.return_deadline
    at = clock_of(campaign)
    photo = await _insert(db, campaign_id, arrival, report, claim, doubts, late=late, received_at=at)
    if photo is None:
        return await _again(db, campaign_id, sha256, claim, at), True
    await settle(db, photo, at)
    await db.flush()
    return photo, False


async def may_return(db: AsyncSession, campaign_id: UUID, student_id: UUID) -> None:
    """A student may try often, but not fill the disk."""
    returned = select(func.count()).where(
        Photo.campaign_id == campaign_id, Photo.received_by == student_id, Photo.source == PhotoSource.returned
    )
    if (await db.scalar(returned) or 0) >= MOST_RETURNED:
        raise TooManyReturned(limit=MOST_RETURNED)


async def _insert(
    db: AsyncSession,
    campaign_id: UUID,
    arrival: Arrival,
    report: PhotoReport,
    claim: Claim,
    doubts: list[Finding],
    *,
    late: bool,
    received_at: datetime,
) -> Photo | None:
    """None when these bytes have a row already."""
    return await db.scalar(
        insert(Photo)
        .values(
            campaign_id=campaign_id,
            student_id=claim.student_id,
            matched_by=claim.matched_by,
            held=claim.held,
            sha256=report.sha256,
            size=report.size,
            width=report.width,
            height=report.height,
            filename_mask=mask_filename(arrival.filename),
            source=arrival.source,
            findings=[asdict(finding) for finding in _worst_first(report.findings + doubts)],
            evidence=report.evidence(),
            late=late,
            received_at=received_at,
            received_by=arrival.by,
            decision_reason="",
        )
        .on_conflict_do_nothing(index_elements=["campaign_id", "sha256"])
        .returning(Photo)
    )


def _worst_first(findings: list[Finding]) -> list[Finding]:
    return sorted(findings, key=lambda finding: ("block", "review", "info").index(finding.level))


async def _again(db: AsyncSession, campaign_id: UUID, sha256: str, claim: Claim, at: datetime) -> Photo:
    """The row of these bytes. A photo that waited for a student takes the one that is now named."""
    photo = await lock_photo(db, (Photo.campaign_id == campaign_id) & (Photo.sha256 == sha256))
    if claim.student_id is None or claim.matched_by is None or photo.student_id == claim.student_id:
        return photo
    if photo.student_id is not None:
        raise SameBytesTwoStudents()
    # What a person has taken back only a person gives again, or every repeated upload would undo it.
    if photo.held != Hold.taken_back or claim.matched_by == MatchedBy.person:
        await give(db, photo, claim.student_id, claim.matched_by, at)
    return photo


# --- whose it is -----------------------------------------------------------------------------------------------------


async def _claim(db: AsyncSession, campaign_id: UUID, arrival: Arrival, keys: NameKeys) -> tuple[Claim, list[Finding]]:
    if arrival.student_id is None:
        return await _by_name(db, campaign_id, keys), []
    student, _, _ = await the_student(db, campaign_id, arrival.student_id)
    # Compared with their own number only: whether another number is on the roster is not for everybody to find out.
    other = keys.id_number and id_number_index(campaign_id, keys.id_number) != student.id_number_index
    return Claim(student.id, arrival.matched_by, None), [OTHER_ID_NUMBER] if other else []


async def _by_name(db: AsyncSession, campaign_id: UUID, keys: NameKeys) -> Claim:
    """Every sign in the name must point at one and the same student; otherwise a person looks. Never a guess."""
    if keys.damaged_id:
        return _nobody(Hold.damaged_id)
    if not keys.id_number and not keys.student_numbers:
        return _nobody(Hold.no_key)
    index = id_number_index(campaign_id, keys.id_number) if keys.id_number else None
    found = list(
        await db.scalars(
            select(Student).where(
                Student.campaign_id == campaign_id,
                or_(Student.number.in_(keys.student_numbers), Student.id_number_index == index),
            )
        )
    )
    by_id = any(student.id_number_index == index for student in found)
    if len(found) > 1:
        return _nobody(Hold.two_students)
    if not found or (index is not None and not by_id):
        return _nobody(Hold.not_on_roster)
    if keys.name and not same_name(found[0].name, keys.name) and await _is_somebody(db, campaign_id, keys.name):
        return _nobody(Hold.name_differs)
    return Claim(found[0].id, MatchedBy.id_number if by_id else MatchedBy.student_number, None)


def _nobody(held: Hold) -> Claim:
    return Claim(None, None, held)


async def _is_somebody(db: AsyncSession, campaign_id: UUID, name: str) -> bool:
    """Other Chinese in a file name (机械学院) is nobody's name and no reason to stop."""
    named = select(Student.id).where(Student.campaign_id == campaign_id, Student.name == name).limit(1)
    return await db.scalar(named) is not None
