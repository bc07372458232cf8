"""The line of one venue today, read in call order; the order itself, shared with the statement that calls."""

from collections import defaultdict
from datetime import datetime, timedelta
from statistics import fmean
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Integer, ScalarSelect, Select, and_, case, cast, func, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from gradphoto.checkin.arrival_service import minutes_of_room
from gradphoto.checkin.line import SlotToday, Snapshot, StationToday, Ticket, ticket_label
from gradphoto.checkin.models import CheckIn, SlotCounter, Station, StationAct, StationEvent, TicketState
from gradphoto.checkin.opening import day_of
from gradphoto.checkin.ticket_service import LIVE
from gradphoto.core.errors import NotFound
from gradphoto.fees.service import student_fee_states
from gradphoto.roster import service as roster
from gradphoto.roster.models import ClassGroup, College, Student
from gradphoto.schedule.models import Slot, SlotClass, Turn, Venue
from gradphoto.schedule.places_service import heads_in_part
from gradphoto.schedule.planning.timing import FEWEST_SHOTS, pace, seconds_each

PACE_WINDOW = 30
LAST_CALLED = 5
UPCOMING = 8  # whom a station's console shows


# An event that an undo could take back.
STANDS = (StationEvent.undone_at.is_(None), StationEvent.act != StationAct.undone)


# --- order -----------------------------------------------------------------------------------------------------------


def calls_so_far(campaign_id: Any, venue_id: Any) -> ScalarSelect[Any]:
    """All calls of a venue: what a retake counts."""
    return (
        select(func.coalesce(func.sum(SlotCounter.last_call), 0))
        .join(Slot, (Slot.campaign_id == SlotCounter.campaign_id) & (Slot.id == SlotCounter.slot_id))
        .where(Slot.campaign_id == campaign_id, Slot.venue_id == venue_id)
        .scalar_subquery()
    )


def call_order(calls: ScalarSelect[Any]) -> list[ColumnElement[Any]]:
    """Who is called next: earlier slot; in it 先拍, the others, make-ups, 后拍; class by class; by 学号.

    A retake comes first once enough calls have gone by, and until then after everybody.
    """
    is_retake = CheckIn.state == TicketState.retake
    turn = case({Turn.first: 0, Turn.normal: 1, Turn.last: 3}, value=SlotClass.turn, else_=2)
    order: list[Any] = [
        case((is_retake & (CheckIn.not_before_call <= calls), 0), (is_retake, 2), else_=1),
        Slot.starts_at,
        Slot.label,
        turn,
        SlotClass.position,
        Student.number,
        CheckIn.id,
    ]
    return order


def with_slot_and_student(query: Select[Any]) -> Select[Any]:
    """Join what the order and the screens need to a query over CheckIn."""
    return (
        query.join(Slot, and_(Slot.campaign_id == CheckIn.campaign_id, Slot.id == CheckIn.slot_id))
        .join(Student, and_(Student.campaign_id == CheckIn.campaign_id, Student.id == CheckIn.student_id))
        .outerjoin(
            SlotClass,
            and_(
                SlotClass.campaign_id == CheckIn.campaign_id,
                SlotClass.slot_id == CheckIn.slot_id,
                SlotClass.class_group_id == Student.class_group_id,
            ),
        )
    )


# --- reading ---------------------------------------------------------------------------------------------------------


async def snapshot(db: AsyncSession, campaign_id: UUID, venue_id: UUID, first: int | None = None) -> Snapshot:
    """Everything that the screens of one room show. Live screens share it as view `venue:<venue_id>`.

    `first`: for one screen, only so many of the line and nothing of who is done; the counts stay whole.
    """
    campaign = await roster.the_campaign(db, campaign_id)
    venue = await db.get(Venue, (campaign_id, venue_id))
    if venue is None:
        raise NotFound()
    day = day_of(roster.clock_of(campaign))
    tickets, others, waiting = await _tickets(db, campaign_id, venue_id, day, first)
    line = [one for one in tickets if one.state in (TicketState.waiting, TicketState.retake)]
    called = {one.station_id: one for one in tickets if one.state is TicketState.called and one.station_id}
    plan = seconds_each(campaign.pace_people, campaign.pace_minutes)
    was_called = sorted((one for one in tickets if one.called_at), key=lambda one: (one.called_at, one.check_in_id))
    return Snapshot(
        venue=(venue.id, venue.name, venue.room, venue.gate),
        clock_shift=timedelta(seconds=campaign.clock_shift_seconds),
        plan_seconds=plan,
        seconds_per_person=_pace_of(tickets, plan),
        stations=await stations(db, campaign_id, venue_id, day),
        slots=await slotstoday_of(db, campaign_id, venue_id, day),
        line=line,
        waiting=waiting,
        called=called,
        recent=[one for one in reversed(was_called) if one.state is not TicketState.called][:LAST_CALLED],
        others=others,
        fee_states=await student_fee_states(
            db, campaign_id, [one.student_id for one in (*called.values(), *line[:UPCOMING])]
        ),
        ahead={one.student_id: i for i, one in enumerate(line)},
        minutes={} if first else await minutes_of_room(db, campaign_id, venue_id, day),
    )


def _pace_of(tickets: list[Ticket], plan_seconds: float) -> float:
    return mean_pace([(one.station_id, one.shot_at) for one in tickets if one.station_id and one.shot_at], plan_seconds)


def mean_pace(shots_of: list[tuple[UUID, datetime]], plan_seconds: float) -> float:
    """Seconds a person at one camera: the mean over cameras that have shot enough to say."""
    shots: dict[UUID, list[datetime]] = defaultdict(list)
    for station_id, shot_at in shots_of:
        shots[station_id].append(shot_at)
    paces = [pace(times, plan_seconds, PACE_WINDOW) for times in shots.values() if len(times) >= FEWEST_SHOTS]
    return round(fmean(paces), 1) if paces else plan_seconds


_TICKET = (
    CheckIn.id,
    CheckIn.student_id,
    CheckIn.slot_id,
    Slot.label,
    CheckIn.ticket,
    CheckIn.state,
    CheckIn.make_up,
    CheckIn.station_id,
    CheckIn.called_at,
    CheckIn.shot_at,
    Student.name,
    Student.number,
    Student.id_number_mask,
)


def today_of(campaign_id: UUID, venue_id: UUID, day: tuple[datetime, datetime]) -> tuple[Any, ...]:
    return CheckIn.campaign_id == campaign_id, Slot.venue_id == venue_id, Slot.starts_at.between(*day)


def _standing(today: tuple[Any, ...]) -> ScalarSelect[Any]:
    stands = CheckIn.state.in_((TicketState.waiting, TicketState.retake))
    join = and_(Slot.campaign_id == CheckIn.campaign_id, Slot.id == CheckIn.slot_id)
    return select(func.count()).select_from(CheckIn).join(Slot, join).where(*today, stands).scalar_subquery()


def line_of(today: tuple[Any, ...], campaign_id: UUID, venue_id: UUID) -> Any:
    """The line as (id, nth from 1): who is called before whom."""
    nth = func.row_number().over(order_by=call_order(calls_so_far(campaign_id, venue_id)))
    stands = CheckIn.state.in_((TicketState.waiting, TicketState.retake))
    return with_slot_and_student(select(CheckIn.id, nth.label("nth"))).where(*today, stands).subquery()


async def _tickets(
    db: AsyncSession, campaign_id: UUID, venue_id: UUID, day: tuple[datetime, datetime], first: int | None
) -> tuple[list[Ticket], dict[UUID, tuple[TicketState, str]], int]:
    """Who is in line or called, in call order, with each station's last calls; of all others only the state; and how
    many stand in line."""
    today = today_of(campaign_id, venue_id, day)
    nth = func.row_number().over(partition_by=(CheckIn.station_id, CheckIn.state), order_by=CheckIn.called_at.desc())
    live = CheckIn.state.in_(LIVE)
    lately = with_slot_and_student(select(CheckIn.id, nth.label("nth"))).where(*today, ~live).subquery()
    line = line_of(today, campaign_id, venue_id)
    to_pass = CheckIn.not_before_call - calls_so_far(campaign_id, venue_id)
    shown = CheckIn.id.in_(select(line.c.id).where(line.c.nth <= first)) if first else live
    query = (
        with_slot_and_student(select(*_TICKET, to_pass, Student.class_group_id, _standing(today)))
        .where(
            *today,
            or_(
                shown,
                CheckIn.state == TicketState.called,
                CheckIn.id.in_(select(lately.c.id).where(lately.c.nth <= PACE_WINDOW)),
            ),
        )
        .order_by(*call_order(calls_so_far(campaign_id, venue_id)))
    )
    rows = (await db.execute(query)).all()
    names = await _names(db, campaign_id, {row.class_group_id for row in rows})
    tickets = [_ticket(names, *row[:-1]) for row in rows]
    waiting = rows[0][-1] if rows else 0
    if first:
        return tickets, {}, waiting
    done = await db.execute(
        select(CheckIn.student_id, CheckIn.state, Slot.label, CheckIn.ticket)
        .join(Slot, and_(Slot.campaign_id == CheckIn.campaign_id, Slot.id == CheckIn.slot_id))
        .where(*today, ~live)
        .order_by(CheckIn.state)  # absent, then shot: of a student with both the shot stays
    )
    others = {one: (TicketState(state), ticket_label(label, place)) for one, state, label, place in done}
    return tickets, others, waiting


def _ticket(names: dict[UUID, tuple[str, str]], *row: Any) -> Ticket:
    *values, calls_to_pass, class_group_id = row
    state = TicketState(values[5])
    waits_for = calls_to_pass if state is TicketState.retake else None
    return Ticket(*values[:5], state, *values[6:], waits_for, *names[class_group_id])


async def _names(db: AsyncSession, campaign_id: UUID, class_group_ids: set[UUID]) -> dict[UUID, tuple[str, str]]:
    """Names of classes and their colleges. Not joined to the line: in the opening burst the planner still believes
    it empty, and nested loops over two more tables made 50 ms of 2."""
    groups = select(ClassGroup.id, ClassGroup.name, ClassGroup.college_id).where(ClassGroup.campaign_id == campaign_id)
    colleges = await db.execute(select(College.id, College.name).where(College.campaign_id == campaign_id))
    college = {row.id: row.name for row in colleges}
    found = await db.execute(groups.where(ClassGroup.id.in_(class_group_ids)))
    return {row.id: (row.name, college[row.college_id]) for row in found}


async def stations(
    db: AsyncSession, campaign_id: UUID, venue_id: UUID, day: tuple[datetime, datetime]
) -> list[StationToday]:
    shots = (
        select(func.count())
        .where(CheckIn.campaign_id == campaign_id, CheckIn.station_id == Station.id)
        .where(CheckIn.state == TicketState.shot, CheckIn.shot_at.between(*day))
        .scalar_subquery()
    )
    last = (
        select(StationEvent.act, StationEvent.check_in_id, StationEvent.at, Slot.label, CheckIn.ticket, Student.name)
        .join(CheckIn, and_(CheckIn.campaign_id == campaign_id, CheckIn.id == StationEvent.check_in_id))
        .join(Slot, and_(Slot.campaign_id == campaign_id, Slot.id == CheckIn.slot_id))
        .join(Student, and_(Student.campaign_id == campaign_id, Student.id == CheckIn.student_id))
        .where(StationEvent.campaign_id == campaign_id, StationEvent.station_id == Station.id, *STANDS)
        .where(StationEvent.at >= day[0])
        .order_by(StationEvent.seq.desc())
        .limit(1)
        .lateral("last")
    )
    rows = await db.execute(
        select(Station.id, Station.name, Station.paused, shots, last)
        .outerjoin(last, literal(True))
        .where(Station.campaign_id == campaign_id, Station.venue_id == venue_id)
        .order_by(Station.name)
    )
    return [_station(*row) for row in rows]


def _station(*row: Any) -> StationToday:
    *station, act, check_in_id, at, label, place, name = row
    if act is None:
        return StationToday(*station, None, None, None, None, None)
    return StationToday(*station, StationAct(act), check_in_id, at, ticket_label(label, place), name)


async def slotstoday_of(
    db: AsyncSession, campaign_id: UUID, venue_id: UUID, day: tuple[datetime, datetime]
) -> list[SlotToday]:
    of_class = (
        select(func.count())
        .where(Student.campaign_id == campaign_id, Student.class_group_id == SlotClass.class_group_id)
        .where(Student.withdrawn_at.is_(None))
        .correlate(SlotClass)
        .scalar_subquery()
    )
    heads = (
        select(cast(func.coalesce(func.sum(heads_in_part(of_class)), 0), Integer))
        .where(SlotClass.campaign_id == campaign_id, SlotClass.slot_id == Slot.id)
        .correlate(Slot)
        .scalar_subquery()
    )
    came = (
        select(
            func.count().filter(~CheckIn.make_up).label("own"),
            func.count().filter(CheckIn.state == TicketState.shot).label("shot"),
        )
        .where(CheckIn.campaign_id == campaign_id, CheckIn.slot_id == Slot.id)
        .lateral("came")
    )
    rows = await db.execute(
        select(
            Slot.id,
            Slot.label,
            func.coalesce(College.name, ""),
            Slot.starts_at,
            Slot.ends_at,
            heads,
            came.c.own,
            came.c.shot,
        )
        .outerjoin(College, and_(College.campaign_id == Slot.campaign_id, College.id == Slot.college_id))
        .join(came, literal(True))
        .where(Slot.campaign_id == campaign_id, Slot.venue_id == venue_id, Slot.starts_at.between(*day))
        .order_by(Slot.starts_at, Slot.label)
    )
    return [SlotToday(*row) for row in rows]
