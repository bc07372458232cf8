"""Where the campaign stands: everybody with all that is known of them, whose certificate cannot be made and why."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, Subquery, case, func, select, true
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from gradphoto.accounts.policy import Visible
from gradphoto.checkin.models import CheckIn, TicketState
from gradphoto.delivery.models import RegistryMark, RegistryState
from gradphoto.delivery.next_step import NextStep, Times, Waits, Why, next_step, why
from gradphoto.fees.models import StudentFee
from gradphoto.mailroom.models import Mail, MailState
from gradphoto.photos.models import Photo, PhotoSource, PhotoState
from gradphoto.photos.service import is_original
from gradphoto.roster import service as roster
from gradphoto.roster.models import Campaign, ClassGroup, College, Student
from gradphoto.schedule.models import Slot
from gradphoto.schedule.places_service import students_in_slots


@dataclass(frozen=True, slots=True)
class StudentStatus:
    """One student as the whole campaign sees them."""

    student: Student
    class_group: ClassGroup
    college: College
    slot_label: str | None
    slot_starts_at: datetime | None
    ticket_state: TicketState | None
    shot_at: datetime | None
    photo_state: PhotoState | None
    photo_reason: str
    photo_late: bool
    paid_fen: int
    waived: bool
    registry_state: RegistryState
    why: Why | None  # None = there is an accepted photo
    next: NextStep | None


@dataclass(frozen=True, slots=True)
class Slots:
    """Of the whole campaign: when the last one ends, and when the last but it that a student can be sent to."""

    ends: tuple[tuple[UUID, datetime], ...]  # in time order

    def last_for(self, shot_in: UUID | None) -> datetime | None:
        """Who was shot in a slot cannot take a second place in the same."""
        return max((ends_at for slot_id, ends_at in self.ends if slot_id != shot_in), default=None)


def _statuses(campaign_id: UUID, student_id: UUID | None = None) -> Select[Any]:
    """Every student of the roster with the best of their check-ins, the best of their photos, and what else waits."""
    check_in, photo = _best_check_in(campaign_id, student_id), _best_photo(campaign_id, student_id)
    mark = _newest_mark(campaign_id, student_id)
    placed = students_in_slots(campaign_id)
    return (
        select(
            Student,
            ClassGroup,
            College,
            Slot.label.label("slot_label"),
            Slot.starts_at.label("slot_starts_at"),
            Slot.ends_at.label("slot_ends_at"),
            check_in.c.state.label("ticket"),
            check_in.c.shot_at,
            check_in.c.slot_id.label("ticket_slot_id"),
            photo.c.state.label("photo"),
            func.coalesce(func.nullif(photo.c.decision_reason, ""), photo.c.reason, "").label("reason"),
            func.coalesce(photo.c.late, False).label("photo_late"),
            photo.c.asked_at,
            photo.c.on_site_at,
            func.coalesce(photo.c.code == "quarantined", False).label("quarantined"),
            _original().label("original"),
            _unclaimed().label("unclaimed"),
            _mail_held().label("mail_held"),
            func.coalesce(mark.c.state, RegistryState.unknown.value).label("registry"),
            func.coalesce(StudentFee.paid_fen, 0).label("paid_fen"),
            func.coalesce(StudentFee.waived, False).label("waived"),
        )
        .join(ClassGroup, _same(ClassGroup, Student) & (ClassGroup.id == Student.class_group_id))
        .join(College, _same(College, Student) & (College.id == ClassGroup.college_id))
        .outerjoin(placed, placed.c.student_id == Student.id)
        .outerjoin(Slot, _same(Slot, Student) & (Slot.id == placed.c.slot_id))
        .outerjoin(StudentFee, _same(StudentFee, Student) & (StudentFee.student_id == Student.id))
        .outerjoin(check_in, check_in.c.student_id == Student.id)
        .outerjoin(photo, photo.c.student_id == Student.id)
        .outerjoin(mark, mark.c.student_id == Student.id)
        .where(Student.campaign_id == campaign_id, Student.withdrawn_at.is_(None))
        .order_by(College.position, ClassGroup.position, Student.number)
    )


def _best_check_in(campaign_id: UUID, student_id: UUID | None) -> Subquery:
    """Who was shot and stands in line once more is in line: the new picture is what they wait for."""
    rank = case({"called": 0, "waiting": 0, "retake": 0, "shot": 1}, value=CheckIn.state, else_=2)
    return (
        select(CheckIn.student_id, CheckIn.state, CheckIn.shot_at, CheckIn.slot_id)
        .where(CheckIn.campaign_id == campaign_id, _only(CheckIn, student_id))
        .ext(distinct_on(CheckIn.student_id))
        .order_by(CheckIn.student_id, rank, CheckIn.shot_at.desc().nulls_last(), CheckIn.at.desc())
        .subquery()
    )


def _best_photo(campaign_id: UUID, student_id: UUID | None) -> Subquery:
    rank = case({"accepted": 0, "received": 1, "rejected": 2}, value=Photo.state, else_=3)
    first = Photo.findings[0]
    return (
        select(
            Photo.student_id,
            Photo.state,
            first["zh"].astext.label("reason"),
            first["code"].astext.label("code"),
            Photo.decision_reason,
            Photo.late,
            Photo.asked_at,
            func.max(Photo.received_at)
            .filter(Photo.source == PhotoSource.on_site)
            .over(partition_by=Photo.student_id)
            .label("on_site_at"),
        )
        .where(Photo.campaign_id == campaign_id, Photo.student_id.is_not(None), _only(Photo, student_id), ~is_original)
        .ext(distinct_on(Photo.student_id))
        .order_by(Photo.student_id, rank, Photo.received_at.desc())
        .subquery()
    )


def _newest_mark(campaign_id: UUID, student_id: UUID | None) -> Subquery:
    return (
        select(RegistryMark.student_id, RegistryMark.state)
        .where(RegistryMark.campaign_id == campaign_id, _only(RegistryMark, student_id))
        .ext(distinct_on(RegistryMark.student_id))
        .order_by(RegistryMark.student_id, RegistryMark.id.desc())
        .subquery()
    )


def _only(table: Any, student_id: UUID | None) -> Any:
    """For one student the rest of the campaign is not read."""
    return table.student_id == student_id if student_id else true()


def _original() -> Any:
    return select(Photo.id).where(_same(Photo, Student), Photo.student_id == Student.id, is_original).exists()


def _unclaimed() -> Any:
    waits = (Photo.student_id.is_(None), Photo.state == PhotoState.received)
    return select(Photo.id).where(_same(Photo, Student), Photo.proposed_student_id == Student.id, *waits).exists()


def _mail_held() -> Any:
    held = Mail.state == MailState.held
    return select(Mail.id).where(_same(Mail, Student), Mail.student_id == Student.id, held).exists()


def _same(one: Any, other: Any) -> Any:
    return one.campaign_id == other.campaign_id


async def statuses(
    db: AsyncSession,
    visible: Visible,
    *,
    college_id: UUID | None = None,
    class_group_id: UUID | None = None,
    only_missing: bool = False,
) -> list[StudentStatus]:
    """In roster order. `only_missing`: without those who have an accepted photo."""
    query = roster.within(_statuses(visible.campaign_id), visible)
    if college_id:
        query = query.where(ClassGroup.college_id == college_id)
    if class_group_id:
        query = query.where(ClassGroup.id == class_group_id)
    found = await _read(db, visible.campaign_id, query)
    return [one for one in found if one.why is not None] if only_missing else found


async def status_of(db: AsyncSession, campaign_id: UUID, student_id: UUID) -> StudentStatus | None:
    """One student; None for who has left the roster."""
    found = await _read(db, campaign_id, _statuses(campaign_id, student_id).where(Student.id == student_id))
    return found[0] if found else None


async def _read(db: AsyncSession, campaign_id: UUID, query: Select[Any]) -> list[StudentStatus]:
    campaign = await roster.the_campaign(db, campaign_id)
    slots = await slots_of(db, campaign_id)
    clock = roster.clock_of(campaign)
    return [_status(row, campaign, slots, clock) for row in await db.execute(query)]


async def slots_of(db: AsyncSession, campaign_id: UUID) -> Slots:
    rows = await db.execute(select(Slot.id, Slot.ends_at).where(Slot.campaign_id == campaign_id).order_by(Slot.ends_at))
    return Slots(tuple((row[0], row[1]) for row in rows))


def _status(row: Row[Any], campaign: Campaign, slots: Slots, clock: datetime) -> StudentStatus:
    ticket = TicketState(row.ticket) if row.ticket else None
    photo = PhotoState(row.photo) if row.photo else None
    waits = Waits(
        original=row.original,
        unclaimed=row.unclaimed,
        asked=row.asked_at is not None,
        quarantined=row.quarantined,
        mail_held=row.mail_held,
        # What came from elsewhere was not of the shot; the agency's photo of it may be still to come.
        shot_again=row.shot_at is not None and (row.on_site_at is None or row.shot_at > row.on_site_at),
    )
    reason = why(ticket, photo, row.slot_ends_at, clock, waits)
    shot_in = row.ticket_slot_id if ticket is TicketState.shot else None
    times = Times(clock, slots.last_for(shot_in), campaign.return_deadline, row.slot_ends_at)
    return StudentStatus(
        student=row.Student,
        class_group=row.ClassGroup,
        college=row.College,
        slot_label=row.slot_label,
        slot_starts_at=row.slot_starts_at,
        ticket_state=ticket,
        shot_at=row.shot_at,
        photo_state=photo,
        photo_reason=row.reason if photo is PhotoState.rejected else "",
        photo_late=row.photo_late,
        paid_fen=row.paid_fen,
        waived=row.waived,
        registry_state=RegistryState(row.registry),
        why=reason,
        next=next_step(reason, times) if reason else None,
    )


def step_of_many(reason: Why, campaign: Campaign, slots: Slots) -> NextStep:
    """The same for everybody with this reason, as far as that can be said of many."""
    return next_step(reason, Times(roster.clock_of(campaign), slots.last_for(None), campaign.return_deadline))
