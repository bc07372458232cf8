"""Photos as others may ask for them: one, a student's, the tray of those that wait, and counts."""

from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from gradphoto.accounts.policy import Owner
from gradphoto.core.errors import NotFound
from gradphoto.core.settings import settings
from gradphoto.photos.holds import CAMERA_ORIGINAL
from gradphoto.photos.models import Photo, PhotoState
from gradphoto.photos.storage import PhotoStore, open_store
from gradphoto.roster.models import ClassGroup, Student
from gradphoto.roster.service import owner_of_student

_Proposed, _ProposedClass = aliased(Student), aliased(ClassGroup)
is_original: ColumnElement[bool] = Photo.findings.contains([{"code": CAMERA_ORIGINAL.code}])
"""It only helps to tell whose the finished photo is: nobody has to decide about it, and it is nobody's photo yet."""


class PhotoRow(NamedTuple):
    """A photo and whose it is, None while it waits for a student; and whose it may be."""

    photo: Photo
    student: Student | None
    class_group: ClassGroup | None
    proposed: Student | None
    proposed_class_group: ClassGroup | None


@lru_cache
def the_store() -> PhotoStore:
    """The one of this process."""
    return open_store(settings().photo_store or settings().photos_dir)


async def the_photo(db: AsyncSession, campaign_id: UUID, photo_id: UUID) -> Photo:
    photo = await db.get(Photo, (campaign_id, photo_id))
    if photo is None:
        raise NotFound()
    return photo


async def owner_of_photo(db: AsyncSession, campaign_id: UUID, photo_id: UUID) -> tuple[Photo, Owner]:
    """A photo that is nobody's yet belongs to the campaign only."""
    photo = await the_photo(db, campaign_id, photo_id)
    if photo.student_id is None:
        return photo, Owner(campaign_id)
    return photo, await owner_of_student(db, campaign_id, photo.student_id)


def _rows(campaign_id: UUID) -> Select[Any]:
    return (
        select(Photo, Student, ClassGroup, _Proposed, _ProposedClass)
        .outerjoin(Student, (Student.campaign_id == Photo.campaign_id) & (Student.id == Photo.student_id))
        .outerjoin(ClassGroup, _of_class(ClassGroup, Student))
        .outerjoin(
            _Proposed, (_Proposed.campaign_id == Photo.campaign_id) & (_Proposed.id == Photo.proposed_student_id)
        )
        .outerjoin(_ProposedClass, _of_class(_ProposedClass, _Proposed))
        .where(Photo.campaign_id == campaign_id)
    )


def _of_class(group: Any, student: Any) -> Any:
    return (group.campaign_id == student.campaign_id) & (group.id == student.class_group_id)


async def photo_row(db: AsyncSession, photo: Photo) -> PhotoRow:
    return PhotoRow(*(await db.execute(_rows(photo.campaign_id).where(Photo.id == photo.id))).one())


async def photos_of(db: AsyncSession, campaign_id: UUID, student_id: UUID) -> list[PhotoRow]:
    """All of one student, newest first."""
    mine = _rows(campaign_id).where(Photo.student_id == student_id).order_by(Photo.id.desc())
    return [PhotoRow(*row) for row in await db.execute(mine)]


async def list_photos(
    db: AsyncSession,
    campaign_id: UUID,
    *,
    state: PhotoState | None = None,
    unmatched: bool | None = None,
    asked: bool | None = None,
    original: bool | None = None,
    class_group_id: UUID | None = None,
    after: UUID | None = None,
    limit: int = 50,
) -> list[PhotoRow]:
    """Newest first, from the photo after `after` on."""
    found = _rows(campaign_id).order_by(Photo.id.desc()).limit(limit)
    if state is not None:
        found = found.where(Photo.state == state)
    if unmatched is not None:
        found = found.where(Photo.student_id.is_(None) if unmatched else Photo.student_id.is_not(None))
    if asked is not None:
        found = found.where(Photo.asked_at.is_not(None) if asked else Photo.asked_at.is_(None))
    if original is not None:
        found = found.where(is_original if original else ~is_original)
    if class_group_id is not None:
        found = found.where(ClassGroup.id == class_group_id)
    if after is not None:
        found = found.where(Photo.id < after)
    return [PhotoRow(*row) for row in await db.execute(found)]


class Tally(NamedTuple):
    """Photos of a campaign by state; of those received: `unmatched` wait for a student, `asked` for a person whom a
    student asked, and `originals` for nothing."""

    received: int
    accepted: int
    rejected: int
    superseded: int
    unmatched: int
    originals: int
    asked: int


async def tally(db: AsyncSession, campaign_id: UUID) -> Tally:
    counted = [func.count().filter(Photo.state == state) for state in PhotoState]
    waits = Photo.state == PhotoState.received
    unmatched = func.count().filter(waits, Photo.student_id.is_(None))
    originals = func.count().filter(waits, Photo.student_id.is_not(None), is_original)
    asked = func.count().filter(waits, Photo.asked_at.is_not(None))
    found = await db.execute(select(*counted, unmatched, originals, asked).where(Photo.campaign_id == campaign_id))
    return Tally(*found.one())


async def accepted_photo(db: AsyncSession, campaign_id: UUID, student_id: UUID) -> Photo | None:
    return await db.scalar(
        select(Photo).where(
            Photo.campaign_id == campaign_id, Photo.student_id == student_id, Photo.state == PhotoState.accepted
        )
    )
