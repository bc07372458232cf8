"""What a student and a class see: slot, arrival time, ticket and place; and how far each class has come."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from gradphoto.accounts.policy import Visible
from gradphoto.checkin.arrival_service import minute_by_plan, minute_of, minutes_of_class
from gradphoto.checkin.line import NOT_HERE, CardState, Minute, Place, Speed, place_in_line, ticket_label
from gradphoto.checkin.models import CheckIn, TicketState
from gradphoto.checkin.opening import day_of
from gradphoto.checkin.speed_service import people_before, speed_of
from gradphoto.checkin.ticket_service import LIVE
from gradphoto.fees.models import FeeState
from gradphoto.fees.service import student_fee_states
from gradphoto.roster import service as roster
from gradphoto.roster.models import Campaign, ClassGroup, College, Student
from gradphoto.schedule.arrival_service import told_of_student
from gradphoto.schedule.models import Slot, Venue
from gradphoto.schedule.places_service import students_in_slots

# Of a student with several check-ins: what they should look at now, and what has been reached for the school.
_PRESENT = case({"called": 0, "waiting": 0, "retake": 0, "shot": 1}, value=CheckIn.state, else_=2)
_REACHED = case({"shot": 0, "called": 1, "waiting": 1, "retake": 1}, value=CheckIn.state, else_=2)


@dataclass(frozen=True, slots=True)
class Card:
    campaign: Campaign
    student: Student
    class_group: ClassGroup
    college: College
    slot: Slot | None
    venue: Venue | None
    minute: Minute | None
    planned_start_at: datetime | None
    fee_state: FeeState
    check_in: CheckIn | None
    place: Place
    seconds_per_person: float | None


async def my_card(db: AsyncSession, campaign_id: UUID, student_id: UUID) -> Card:
    """The slot they checked in to, else their class's. A ticket left over from an earlier day says absent."""
    campaign = await roster.the_campaign(db, campaign_id)
    student, group, college = await roster.the_student(db, campaign_id, student_id)
    check_in = await db.scalar(
        select(CheckIn)
        .where(CheckIn.campaign_id == campaign_id, CheckIn.student_id == student_id)
        .order_by(_PRESENT, CheckIn.at.desc())
        .limit(1)
        .execution_options(populate_existing=True)
    )
    own = await slot_of_student(db, campaign_id, student_id)
    slot = await db.get(Slot, (campaign_id, check_in.slot_id)) if check_in else own
    told = await told_of_student(db, campaign_id, student_id)
    speed = await speed_of(db, campaign, slot.venue_id) if slot else None
    resting = _resting(check_in, slot, roster.clock_of(campaign))
    return Card(
        campaign=campaign,
        student=student,
        class_group=group,
        college=college,
        slot=slot,
        venue=await db.get(Venue, (campaign_id, slot.venue_id)) if slot else None,
        minute=await minute_of(db, campaign, told, own, group.id),
        planned_start_at=told.planned_start_at if told else None,
        fee_state=(await student_fee_states(db, campaign_id, [student_id]))[student_id],
        check_in=check_in,
        place=await _place(db, campaign, slot.venue_id, check_in, speed, resting) if slot and speed else NOT_HERE,
        seconds_per_person=speed.seconds_per_person if speed else None,
    )


async def _place(
    db: AsyncSession, campaign: Campaign, venue_id: UUID, check_in: CheckIn | None, speed: Speed, resting: Place
) -> Place:
    """Where the student stands, asked for this one student: the whole line is read for the shared screens only."""
    if check_in is None or resting.state in (CardState.shot, CardState.absent):
        return resting
    if check_in.state == TicketState.called:
        return Place(CardState.called, resting.ticket, 0, 0)
    ahead = await people_before(db, campaign, venue_id, check_in.id)
    if ahead is None or resting.ticket is None:
        return NOT_HERE
    return place_in_line(check_in.state, resting.ticket, ahead, speed.wait(ahead))


def _resting(check_in: CheckIn | None, slot: Slot | None, at: datetime) -> Place:
    """The place of somebody whom the room does not show today."""
    if check_in is None or slot is None:
        return NOT_HERE
    left_over = check_in.state in LIVE and slot.starts_at < day_of(at)[0]
    state = CardState.absent if left_over else CardState(check_in.state)
    return Place(state, ticket_label(slot.label, check_in.ticket), None, None)


# --- a class ---------------------------------------------------------------------------------------------------------


async def slot_of_student(db: AsyncSession, campaign_id: UUID, student_id: UUID) -> Slot | None:
    placed = students_in_slots(campaign_id)
    found: Slot | None = await db.scalar(
        select(Slot)
        .join(placed, placed.c.slot_id == Slot.id)
        .where(Slot.campaign_id == campaign_id, placed.c.student_id == student_id)
    )
    return found


@dataclass(frozen=True, slots=True)
class StudentState:
    """`state` is None for somebody who has not checked in."""

    student_id: UUID
    number: str
    name: str
    check_in_id: UUID | None
    state: TicketState | None
    ticket: str | None
    make_up: bool
    checked_in_at: datetime | None
    shot_at: datetime | None


@dataclass(frozen=True, slots=True)
class ClassPart:
    """A class in one slot; `first` and `last` are the minutes from and until which it comes."""

    slot: Slot
    first: Minute
    last: Minute
    student_ids: list[UUID]


@dataclass(frozen=True, slots=True)
class ClassView:
    """`parts` in time order, more than one where the class was split; `now` is the one that is shot or comes next."""

    now: ClassPart | None
    parts: list[ClassPart]
    minutes: dict[UUID, Minute]
    students: list[StudentState]
    clock: datetime


async def class_view(db: AsyncSession, campaign_id: UUID, class_group_id: UUID) -> ClassView:
    """The class with its slots and arrival times, students in 学号 order."""
    campaign = await roster.the_campaign(db, campaign_id)
    clock = roster.clock_of(campaign)
    minutes = await minutes_of_class(db, campaign_id, class_group_id)
    parts = await _parts(db, campaign, class_group_id, minutes)
    now = next((part for part in parts if part.slot.ends_at >= clock), parts[-1] if parts else None)
    states = await class_states(db, campaign_id, class_group_id)
    return ClassView(now, parts, minutes, list(states.values()), clock)


async def _parts(
    db: AsyncSession, campaign: Campaign, class_group_id: UUID, minutes: dict[UUID, Minute]
) -> list[ClassPart]:
    placed = students_in_slots(campaign.id)
    rows = await db.execute(
        select(Slot, placed.c.student_id)
        .join(placed, placed.c.slot_id == Slot.id)
        .where(Slot.campaign_id == campaign.id, placed.c.class_group_id == class_group_id)
        .order_by(Slot.starts_at, Slot.label)
    )
    members: dict[UUID, tuple[Slot, list[UUID]]] = {}
    for slot, student_id in rows:
        members.setdefault(slot.id, (slot, []))[1].append(student_id)
    parts = []
    for slot, student_ids in members.values():
        told = sorted((minutes[one] for one in student_ids if one in minutes), key=lambda one: one.arrival_at)
        if not told:
            told = [await minute_by_plan(db, campaign, slot, class_group_id)]
        parts.append(ClassPart(slot, told[0], told[-1], student_ids))
    return parts


async def class_states(db: AsyncSession, campaign_id: UUID, class_group_id: UUID) -> dict[UUID, StudentState]:
    """By student, in 学号 order; of several check-ins the one that counts."""
    of_class = Student.class_group_id == class_group_id
    return {one.student_id: one for one in await _states(db, campaign_id, of_class)}


async def student_state(
    db: AsyncSession, campaign_id: UUID, student_id: UUID
) -> tuple[StudentState, Minute | None, Slot | None]:
    told = await told_of_student(db, campaign_id, student_id)
    state = (await _states(db, campaign_id, Student.id == student_id))[0]
    slot = await slot_of_student(db, campaign_id, student_id)
    return state, Minute(told.arrival_at, told.before) if told else None, slot


async def _states(db: AsyncSession, campaign_id: UUID, whose: ColumnElement[bool]) -> list[StudentState]:
    best = _best(campaign_id, _PRESENT)
    rows = await db.execute(
        select(
            Student.id,
            Student.number,
            Student.name,
            best.c.id,
            best.c.state,
            best.c.label,
            best.c.ticket,
            best.c.make_up,
            best.c.at,
            best.c.shot_at,
        )
        .outerjoin(best, best.c.student_id == Student.id)
        .where(Student.campaign_id == campaign_id, Student.withdrawn_at.is_(None), whose)
        .order_by(Student.number)
    )
    return [_student_state(*row) for row in rows]


def _student_state(
    student_id: UUID,
    number: str,
    name: str,
    check_in_id: UUID | None,
    state: str | None,
    label: str | None,
    ticket: int | None,
    make_up: bool | None,
    *times: datetime | None,
) -> StudentState:
    shown = ticket_label(label, ticket) if label and ticket else None
    known = TicketState(state) if state else None
    return StudentState(student_id, number, name, check_in_id, known, shown, bool(make_up), *times)


def _best(campaign_id: UUID, rank: Any) -> Any:
    return (
        select(
            CheckIn.id,
            CheckIn.student_id,
            CheckIn.state,
            Slot.label,
            CheckIn.ticket,
            CheckIn.make_up,
            CheckIn.at,
            CheckIn.shot_at,
        )
        .join(Slot, and_(Slot.campaign_id == CheckIn.campaign_id, Slot.id == CheckIn.slot_id))
        .where(CheckIn.campaign_id == campaign_id)
        .ext(distinct_on(CheckIn.student_id))
        .order_by(CheckIn.student_id, rank, CheckIn.at.desc())
        .subquery()
    )


@dataclass(frozen=True, slots=True)
class ClassProgress:
    class_group_id: UUID
    class_group_name: str
    college_id: UUID
    college_name: str
    heads: int
    in_line: int
    shot: int
    absent: int
    make_ups: int


async def progress(db: AsyncSession, visible: Visible) -> list[ClassProgress]:
    """Every visible class group in roster order; who is not in line, shot or absent is still expected."""
    best = _best(visible.campaign_id, _REACHED)
    query = (
        select(
            ClassGroup.id,
            ClassGroup.name,
            College.id,
            College.name,
            func.count(Student.id),
            func.count().filter(best.c.state.in_(LIVE)),
            func.count().filter(best.c.state == TicketState.shot),
            func.count().filter(best.c.state == TicketState.absent),
            func.count().filter(best.c.make_up),
        )
        .join(College, and_(College.campaign_id == ClassGroup.campaign_id, College.id == ClassGroup.college_id))
        .outerjoin(
            Student,
            and_(
                Student.campaign_id == ClassGroup.campaign_id,
                Student.class_group_id == ClassGroup.id,
                Student.withdrawn_at.is_(None),
            ),
        )
        .outerjoin(best, best.c.student_id == Student.id)
        .group_by(ClassGroup.campaign_id, ClassGroup.id, College.campaign_id, College.id)
        .order_by(College.position, ClassGroup.position)
    )
    return [ClassProgress(*row) for row in await db.execute(roster.within(query, visible))]
