"""A frozen stretch to look at: what the camera has there, frame by frame, beside what the room recorded."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from gradphoto.checkin.models import CheckIn
from gradphoto.photo_imports.models import PhotoEntry
from gradphoto.photo_imports.order_service import record_of
from gradphoto.photo_imports.release_service import stretch_at
from gradphoto.photo_imports.service import EntryRow, entries, the_import
from gradphoto.roster.models import Student

AROUND = 3  # frames before and after: the slate that the stretch hangs on, and who comes next


class Shot(NamedTuple):
    """One student whom the room recorded, in its order."""

    student_id: UUID
    number: str
    name: str
    shot_at: datetime | None
    has_slate: bool


class StretchSheet(NamedTuple):
    stretch: dict[str, Any]
    frames: Sequence[EntryRow]
    record: Sequence[Shot]


async def sheet_of(db: AsyncSession, campaign_id: UUID, import_id: UUID, position: int) -> StretchSheet:
    photo_import = await the_import(db, campaign_id, import_id)
    stretch = stretch_at(photo_import, position)
    first, last = min(stretch["positions"]), max(stretch["positions"])
    before = max(0, first - AROUND - 1)
    frames = await entries(db, campaign_id, import_id, None, before, last + AROUND - before)
    slates = await _slates(db, campaign_id, import_id)
    near = {row.entry.slate_student_id for row in frames}
    near |= {row.photo.student_id or row.photo.proposed_student_id for row in frames if row.photo is not None}
    record = list(await record_of(db, campaign_id, slates))
    places = [place for place, student_id in enumerate(record) if student_id in near]
    there = record[max(0, min(places) - 1) : max(places) + 2] if places else []
    return StretchSheet(stretch, frames, await _shots(db, campaign_id, there, slates))


async def _slates(db: AsyncSession, campaign_id: UUID, import_id: UUID) -> set[UUID]:
    found = await db.scalars(
        select(PhotoEntry.slate_student_id).where(
            PhotoEntry.campaign_id == campaign_id,
            PhotoEntry.import_id == import_id,
            PhotoEntry.slate_student_id.is_not(None),
        )
    )
    return {student_id for student_id in found if student_id is not None}


async def _shots(db: AsyncSession, campaign_id: UUID, student_ids: Sequence[UUID], slates: set[UUID]) -> list[Shot]:
    found = await db.execute(
        select(Student.id, Student.number, Student.name, CheckIn.shot_at)
        .outerjoin(CheckIn, (CheckIn.campaign_id == Student.campaign_id) & (CheckIn.student_id == Student.id))
        .where(Student.campaign_id == campaign_id, Student.id.in_(student_ids))
        .order_by(CheckIn.shot_at.asc().nulls_first())
    )
    by_id = {row[0]: Shot(*row, row[0] in slates) for row in found}
    return [by_id[student_id] for student_id in student_ids if student_id in by_id]
