"""The tray of photos that wait: class by class beside the roster, proposals confirmed and undone many at a time."""

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlalchemy.ext.asyncio import AsyncSession

from gradphoto.core.db import now
from gradphoto.core.errors import NotFound, OpIdReused
from gradphoto.photos.decide_service import give, lock_photo, lock_student, unmatch
from gradphoto.photos.models import Hold, MatchedBy, Photo, PhotoConfirmation, PhotoState, Sign
from gradphoto.roster.models import ClassGroup, College, Student
from gradphoto.roster.service import clock_of, the_campaign


class TrayClass(NamedTuple):
    """Photos that wait and are proposed for students of this class."""

    class_group_id: UUID
    class_group_name: str
    college_name: str
    waiting: int
    frozen: int


class TrayPhoto(NamedTuple):
    photo: Photo
    proposed: Student | None


class RosterRow(NamedTuple):
    """A student of the class with the photo that counts for them, or the newest that does not yet."""

    student: Student
    photo: Photo | None


class Seen(NamedTuple):
    """A proposal as the person saw it: it may have changed since. `given_id`: they say it is somebody else."""

    photo_id: UUID
    student_id: UUID | None
    given_id: UUID | None = None

    @property
    def whose(self) -> UUID:
        found = self.given_id or self.student_id
        assert found is not None
        return found


def _waits(campaign_id: UUID) -> Any:
    return (
        (Photo.campaign_id == campaign_id)
        & (Photo.state == PhotoState.received)
        & Photo.student_id.is_(None)
        & (Photo.held.is_distinct_from(Hold.returned_by_mail))  # those are settled with their mail
    )


async def classes(db: AsyncSession, campaign_id: UUID) -> list[TrayClass]:
    """In roster order, only those for whom something waits."""
    frozen = func.count().filter(Photo.held == Hold.frozen_stretch)
    found = await db.execute(
        select(ClassGroup.id, ClassGroup.name, College.name, func.count(), frozen)
        .join(Student, (Student.campaign_id == ClassGroup.campaign_id) & (Student.class_group_id == ClassGroup.id))
        .join(Photo, (Photo.campaign_id == Student.campaign_id) & (Photo.proposed_student_id == Student.id))
        .join(College, (College.campaign_id == ClassGroup.campaign_id) & (College.id == ClassGroup.college_id))
        .where(_waits(campaign_id))
        .group_by(ClassGroup.id, ClassGroup.name, ClassGroup.position, College.name, College.position)
        .order_by(College.position, ClassGroup.position)
    )
    return [TrayClass(*row) for row in found]


async def nobodys_by_hold(db: AsyncSession, campaign_id: UUID) -> dict[Hold, int]:
    """How many wait without a proposal, by the reason."""
    found = await db.execute(
        select(Photo.held, func.count())
        .where(_waits(campaign_id), Photo.proposed_student_id.is_(None))
        .group_by(Photo.held)
    )
    return {row[0] or Hold.no_key: row[1] for row in found}


async def nobodys(
    db: AsyncSession, campaign_id: UUID, hold: Hold | None, after: UUID | None, limit: int
) -> list[TrayPhoto]:
    """Without a proposal, in the order in which they came in."""
    found = select(Photo).where(_waits(campaign_id), Photo.proposed_student_id.is_(None))
    if hold is not None:
        found = found.where(Photo.held == hold)
    if after is not None:
        found = found.where(Photo.id > after)
    return [TrayPhoto(photo, None) for photo in await db.scalars(found.order_by(Photo.id).limit(limit))]


async def proposed_for(db: AsyncSession, campaign_id: UUID, class_group_id: UUID) -> list[TrayPhoto]:
    """Photos that wait and are proposed for the class, in 学号 order, then in the order of the camera."""
    found = await db.execute(
        select(Photo, Student)
        .join(Student, (Student.campaign_id == Photo.campaign_id) & (Student.id == Photo.proposed_student_id))
        .where(_waits(campaign_id), Student.class_group_id == class_group_id)
        .order_by(Student.number, Photo.import_id, Photo.import_position, Photo.id)
    )
    return [TrayPhoto(row[0], row[1]) for row in found]


async def roster_of(db: AsyncSession, campaign_id: UUID, class_group_id: UUID) -> list[RosterRow]:
    """Everybody of the class who has not left, in 学号 order."""
    best = (Photo.state == PhotoState.accepted).desc(), (Photo.state == PhotoState.received).desc(), Photo.id.desc()
    found = await db.execute(
        select(Student, Photo)
        .outerjoin(Photo, (Photo.campaign_id == Student.campaign_id) & (Photo.student_id == Student.id))
        .where(
            Student.campaign_id == campaign_id,
            Student.class_group_id == class_group_id,
            Student.withdrawn_at.is_(None),
        )
        .ext(distinct_on(Student.number))
        .order_by(Student.number, *best)
    )
    return [RosterRow(row[0], row[1]) for row in found]


# --- many at a time --------------------------------------------------------------------------------------------------


async def confirm(
    db: AsyncSession, campaign_id: UUID, op_id: UUID, seen: Sequence[Seen], by: UUID
) -> PhotoConfirmation:
    """A person has compared the faces. What changed meanwhile is left out and named; the rest counts at once."""
    campaign = await the_campaign(db, campaign_id)
    asked = [{key: str(value) for key, value in one._asdict().items() if value is not None} for one in seen]
    told = dict(campaign_id=campaign_id, op_id=op_id, asked=asked, done=[], skipped=[], by_id=by)
    fresh = insert(PhotoConfirmation).values(**told).on_conflict_do_nothing().returning(PhotoConfirmation)
    made = await db.scalar(fresh)
    if made is None:
        made = await _confirmation(db, campaign_id, op_id)
        if made.asked != asked:
            raise OpIdReused()
        return made
    students = await _lock_students(db, campaign_id, {one.whose for one in seen})
    done, skipped = [], []
    for one in sorted(set(seen), key=lambda one: (one.photo_id, one.whose)):
        fault = "not_found" if one.whose not in students else await _confirm(db, campaign_id, one, done, by)
        if fault:
            skipped.append(dict(photo_id=str(one.photo_id), code=fault))
    made.done, made.skipped, made.at = done, skipped, clock_of(campaign)
    await db.flush()
    return made


async def _confirm(db: AsyncSession, campaign_id: UUID, one: Seen, done: list[dict[str, Any]], by: UUID) -> str | None:
    """Why not, or None when it is done."""
    try:
        photo = await lock_photo(db, (Photo.campaign_id == campaign_id) & (Photo.id == one.photo_id))
    except NotFound:
        return "not_found"
    if photo.student_id is not None or photo.state != PhotoState.received:
        return "photo_moved"
    if photo.proposed_student_id != one.student_id:
        return "proposal_changed"
    proposed = str(photo.proposed_student_id) if photo.proposed_student_id is not None else None
    before = dict(held=photo.held, signs=list(photo.signs), proposed_student_id=proposed)
    done.append(dict(photo_id=str(photo.id), student_id=str(one.whose)) | before)
    await give(db, photo, one.whose, MatchedBy.person, clock_of(await the_campaign(db, campaign_id)), by)
    return None


async def undo(db: AsyncSession, campaign_id: UUID, op_id: UUID) -> tuple[list[UUID], list[UUID]]:
    """Photos that wait again as they did before, and those that were moved on since and stay. Twice is once."""
    made = await _confirmation(db, campaign_id, op_id)
    back: list[UUID] = []
    kept: list[UUID] = []
    await _lock_students(db, campaign_id, {UUID(one["student_id"]) for one in made.done})
    for one in made.done:
        photo_id = UUID(one["photo_id"])
        proposed_id = UUID(one["proposed_student_id"]) if one["proposed_student_id"] else None
        photo = await lock_photo(db, (Photo.campaign_id == campaign_id) & (Photo.id == photo_id))
        if made.undone_at is None and _as_confirmed(photo, made, one):
            photo = await unmatch(db, campaign_id, photo_id)
            photo.held = Hold(one["held"]) if one["held"] else None
            photo.signs, photo.proposed_student_id = one["signs"], proposed_id
        waits = photo.student_id is None and photo.proposed_student_id == proposed_id
        (back if waits else kept).append(photo_id)
    made.undone_at = made.undone_at or now()
    await db.flush()
    return back, kept


def _as_confirmed(photo: Photo, made: PhotoConfirmation, one: dict[str, Any]) -> bool:
    """Nobody has taken it back and given it anew, replaced it, or decided about it since."""
    given = str(photo.student_id) == one["student_id"] and photo.signs == sorted({*one["signs"], Sign.person})
    decided = photo.decided_by not in (None, made.by_id) or (
        photo.state == PhotoState.rejected and photo.decided_by is not None
    )
    return given and not decided and photo.state != PhotoState.superseded


async def _confirmation(db: AsyncSession, campaign_id: UUID, op_id: UUID) -> PhotoConfirmation:
    found = select(PhotoConfirmation).where(
        PhotoConfirmation.campaign_id == campaign_id, PhotoConfirmation.op_id == op_id
    )
    made = await db.scalar(found.with_for_update().execution_options(populate_existing=True))
    if made is None:
        raise NotFound()
    return made


async def _lock_students(db: AsyncSession, campaign_id: UUID, student_ids: set[UUID]) -> set[UUID]:
    """Always in the same order, and before any photo; answers those whom there are."""
    there = set()
    for student_id in sorted(student_ids):
        try:
            there.add((await lock_student(db, campaign_id, student_id)).id)
        except NotFound:
            continue
    return there
