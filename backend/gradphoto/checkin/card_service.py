"""What a student and a class see: slot, arrival time, ticket and place; and how far each class has come."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from gradphoto.accounts.policy import Visible
from gradphoto.checkin.line import NOT_HERE, CardState, Place, Speed, place_in_line, ticket_label
from gradphoto.checkin.models import CheckIn, TicketState
from gradphoto.checkin.opening import day_of
from gradphoto.checkin.speed_service import people_before, speed_of
from gradphoto.checkin.ticket_service import LIVE
from gradphoto.fees.models import FeeState
from gradphoto.fees.service import student_fee_states
from gradphoto.roster import service as roster
from gradphoto.roster.models import Campaign, ClassGroup, College, Student
from gradphoto.schedule.models import Slot, SlotClass, Venue
from gradphoto.schedule.timing import arrivals, seconds_each

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
    arrival_at: datetime | None
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
    own = await slot_of_class(db, campaign_id, group.id)
    slot = await db.get(Slot, (campaign_id, check_in.slot_id)) if check_in else own
    speed = await speed_of(db, campaign, slot.venue_id) if slot else None
    resting = _resting(check_in, slot, roster.clock_of(campaign))
    return Card(
        campaign=campaign,
        student=student,
        class_group=group,
        college=college,
        slot=slot,
        venue=await db.get(Venue, (campaign_id, slot.venue_id)) if slot else None,
        arrival_at=await arrival_of_class(db, campaign, own, group.id) if own else None,
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


async def slot_of_class(db: AsyncSession, campaign_id: UUID, class_group_id: UUID) -> Slot | None:
    found: Slot | None = await db.scalar(
        select(Slot)
        .join(SlotClass, and_(SlotClass.campaign_id == Slot.campaign_id, SlotClass.slot_id == Slot.id))
        .where(SlotClass.campaign_id == campaign_id, SlotClass.class_group_id == class_group_id)
    )
    return found


async def arrival_of_class(db: AsyncSession, campaign: Campaign, slot: Slot, class_group_id: UUID) -> datetime:
    """When the class is told to be at the door, at the notice's pace."""
    rows = await db.execute(
        select(SlotClass.class_group_id, func.count(Student.id))
        .outerjoin(
            Student,
            and_(
                Student.campaign_id == SlotClass.campaign_id,
                Student.class_group_id == SlotClass.class_group_id,
                Student.withdrawn_at.is_(None),
            ),
        )
        .where(SlotClass.campaign_id == campaign.id, SlotClass.slot_id == slot.id)
        .group_by(SlotClass.class_group_id, SlotClass.position)
        .order_by(SlotClass.position)
    )
    groups, heads = zip(*[(row[0], row[1]) for row in rows], strict=True)
    each = seconds_each(campaign.pace_people, campaign.pace_minutes)
    return arrivals(slot.starts_at, heads, each, campaign.lead_minutes)[groups.index(class_group_id)]


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
class ClassView:
    slot: Slot | None
    arrival_at: datetime | None
    students: list[StudentState]
    clock: datetime


async def class_view(db: AsyncSession, campaign_id: UUID, class_group_id: UUID) -> ClassView:
    """The class with its slot and arrival time, students in 学号 order."""
    campaign = await roster.the_campaign(db, campaign_id)
    slot = await slot_of_class(db, campaign_id, class_group_id)
    arrival_at = await arrival_of_class(db, campaign, slot, class_group_id) if slot else None
    states = await class_states(db, campaign_id, class_group_id)
    return ClassView(slot, arrival_at, list(states.values()), roster.clock_of(campaign))


async def class_states(db: AsyncSession, campaign_id: UUID, class_group_id: UUID) -> dict[UUID, StudentState]:
    """By student, in 学号 order; of several check-ins the one that counts."""
    of_class = Student.class_group_id == class_group_id
    return {one.student_id: one for one in await _states(db, campaign_id, of_class)}


async def student_state(db: AsyncSession, campaign_id: UUID, student_id: UUID) -> StudentState:
    return (await _states(db, campaign_id, Student.id == student_id))[0]


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
