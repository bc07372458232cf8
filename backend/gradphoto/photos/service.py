"""Photos as others may ask for them: one, a student's, the tray of those that wait, and counts."""

from collections.abc import Collection
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from gradphoto.accounts.policy import Owner, Visible
from gradphoto.core.errors import NotFound
from gradphoto.core.settings import settings
from gradphoto.photos.models import Photo, PhotoState
from gradphoto.photos.storage import PhotoStore, open_store
from gradphoto.roster.models import ClassGroup, College, Student
from gradphoto.roster.service import owner_of_student, within

_Proposed, _ProposedClass = aliased(Student), aliased(ClassGroup)


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
    if class_group_id is not None:
        found = found.where(ClassGroup.id == class_group_id)
    if after is not None:
        found = found.where(Photo.id < after)
    return [PhotoRow(*row) for row in await db.execute(found)]


class Tally(NamedTuple):
    """Photos of a campaign by state; `unmatched` wait for a student, `asked` for a person whom a student asked."""

    received: int
    accepted: int
    rejected: int
    superseded: int
    unmatched: int
    asked: int


async def tally(db: AsyncSession, campaign_id: UUID) -> Tally:
    counted = [func.count().filter(Photo.state == state) for state in PhotoState]
    unmatched = func.count().filter(Photo.student_id.is_(None), Photo.state == PhotoState.received)
    asked = func.count().filter(Photo.asked_at.is_not(None), Photo.state == PhotoState.received)
    found = await db.execute(select(*counted, unmatched, asked).where(Photo.campaign_id == campaign_id))
    return Tally(*found.one())


# --- for the other packages ------------------------------------------------------------------------------------------

_BEST = (PhotoState.accepted, PhotoState.received, PhotoState.rejected, PhotoState.superseded)


async def accepted_photo(db: AsyncSession, campaign_id: UUID, student_id: UUID) -> Photo | None:
    return await db.scalar(
        select(Photo).where(
            Photo.campaign_id == campaign_id, Photo.student_id == student_id, Photo.state == PhotoState.accepted
        )
    )


async def photo_states(
    db: AsyncSession,
    campaign_id: UUID,
    *,
    student_ids: Collection[UUID] | None = None,
    class_group_id: UUID | None = None,
) -> dict[UUID, PhotoState | None]:
    """The best state of each of these students, or of everybody in the class group; None = no photo at all."""
    found = (
        select(Student.id, Photo.state)
        .outerjoin(Photo, (Photo.campaign_id == Student.campaign_id) & (Photo.student_id == Student.id))
        .where(Student.campaign_id == campaign_id)
        .distinct()
    )
    if student_ids is not None:
        found = found.where(Student.id.in_(student_ids))
    if class_group_id is not None:
        found = found.where(Student.class_group_id == class_group_id, Student.withdrawn_at.is_(None))
    states: dict[UUID, set[str | None]] = {}
    for student_id, state in await db.execute(found):
        states.setdefault(student_id, set()).add(state)
    return {student: next((best for best in _BEST if best in seen), None) for student, seen in states.items()}


class CollegePhotos(NamedTuple):
    """Students of a college by their best photo; they add up to `students`."""

    college_id: UUID
    college_name: str
    students: int
    accepted: int
    waiting: int
    rejected: int
    none: int


async def counts(db: AsyncSession, visible: Visible) -> list[CollegePhotos]:
    """In roster order; who has left the roster does not count."""
    best = (
        select(
            Photo.student_id,
            func.bool_or(Photo.state == PhotoState.accepted).label("accepted"),
            func.bool_or(Photo.state == PhotoState.received).label("waiting"),
        )
        .where(Photo.campaign_id == visible.campaign_id, Photo.student_id.is_not(None))
        .group_by(Photo.student_id)
        .subquery()
    )
    accepted, waiting = func.coalesce(best.c.accepted, False), func.coalesce(best.c.waiting, False)
    query = (
        select(
            College.id,
            College.name,
            func.count(Student.id),
            func.count().filter(accepted),
            func.count().filter(~accepted, waiting),
            func.count().filter(~accepted, ~waiting, best.c.student_id.is_not(None)),
            func.count().filter(best.c.student_id.is_(None)),
        )
        .join(ClassGroup, (ClassGroup.campaign_id == College.campaign_id) & (ClassGroup.college_id == College.id))
        .join(Student, (Student.campaign_id == ClassGroup.campaign_id) & (Student.class_group_id == ClassGroup.id))
        .outerjoin(best, best.c.student_id == Student.id)
        .where(Student.withdrawn_at.is_(None))
        .group_by(College.id, College.name, College.position)
        .order_by(College.position)
    )
    return [CollegePhotos(*row) for row in await db.execute(within(query, visible))]
