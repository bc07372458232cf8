"""Where a make-up fits best: behind whoever is in line or awaited, at the measured pace, when the door lets them in."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import and_, case, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from gradphoto.checkin.models import CheckIn, TicketState
from gradphoto.checkin.opening import closes_at, day_of
from gradphoto.checkin.replan_service import room_of
from gradphoto.roster import service as roster
from gradphoto.roster.models import Campaign
from gradphoto.schedule.arrival_service import told_of_student
from gradphoto.schedule.models import Arrival, Slot
from gradphoto.schedule.places_service import students_in_slots
from gradphoto.schedule.planning.facts import PlanFacts
from gradphoto.schedule.planning.make_up import LiveRoom, MakeUpSlot, make_up_slots
from gradphoto.schedule.planning.minutes import GIVEN_UP
from gradphoto.schedule.planning.plan import Plan, PlannedSlot
from gradphoto.schedule.service import facts_of, published


async def best_make_up_slots(db: AsyncSession, campaign_id: UUID, student_id: UUID | None) -> list[MakeUpSlot]:
    """Of today's and later slots, by the campaign's clock; for a student those that the door lets them into, which is
    after their own slot has closed, and none for who has no slot."""
    campaign = await roster.the_campaign(db, campaign_id)
    at, plan = roster.clock_of(campaign), await published(db, campaign_id)
    not_before = None
    if student_id is not None:
        not_before = await _own_closed(db, campaign_id, student_id, plan)
        if not_before is None:
            return []
    facts = await facts_of(db, campaign)
    taken = await db.execute(
        select(CheckIn.slot_id, func.count())
        .where(CheckIn.campaign_id == campaign_id, CheckIn.make_up, CheckIn.state != TicketState.absent)
        .group_by(CheckIn.slot_id)
    )
    rooms = await _rooms(db, campaign, plan, facts, at)
    return make_up_slots(plan, facts, {row[0]: row[1] for row in taken}, at, not_before, rooms)


async def _own_closed(db: AsyncSession, campaign_id: UUID, student_id: UUID, plan: Plan) -> datetime | None:
    """The first second at which `opening.choose` no longer sends them to their own slot; None without a slot."""
    placed = students_in_slots(campaign_id)
    slot_id = await db.scalar(select(placed.c.slot_id).where(placed.c.student_id == student_id))
    own = plan.slot(slot_id) if slot_id else None
    if own is None:
        return None
    told = await told_of_student(db, campaign_id, student_id)
    minutes = (told.arrival_at,) if told is not None and told.slot_id == own.slot_id else ()
    return closes_at(own.ends_at, *minutes) + timedelta(seconds=1)


async def _rooms(
    db: AsyncSession, campaign: Campaign, plan: Plan, facts: PlanFacts, at: datetime
) -> dict[UUID, LiveRoom]:
    """The rooms that have slots today."""
    day = day_of(at)
    today: dict[UUID, list[PlannedSlot]] = {}
    for slot in plan.slots:
        if day[0] <= slot.starts_at < day[1]:
            today.setdefault(slot.venue_id, []).append(slot)
    if not today:
        return {}
    standing, settled, told_until = await _today(db, campaign.id, at)
    found = {}
    for venue_id, slots in today.items():
        planned = max(slot.cameras for slot in slots)
        room = await room_of(db, campaign, venue_id, day, planned)
        # Stations are set up before anything is recorded; until then the plan knows better how many there will be.
        cameras = room.cameras if room.last_seen_at else max(room.cameras, planned)
        to_come = {
            slot.slot_id: max(0, facts.heads_of(slot) - settled.get(slot.slot_id, 0)) + standing.get(slot.slot_id, 0)
            for slot in slots
        }
        found[venue_id] = LiveRoom(room.each / cameras, to_come, told_until)
    return found


async def _today(
    db: AsyncSession, campaign_id: UUID, at: datetime
) -> tuple[dict[UUID, int], dict[UUID, int], dict[UUID, datetime]]:
    """By slot of today: how many stand in line or before a camera; how many of its own came or are given up; and the
    last minute told to those who are awaited."""
    day = Slot.starts_at.between(*day_of(at))
    of_slot = and_(Slot.campaign_id == CheckIn.campaign_id, Slot.id == CheckIn.slot_id)
    stands = CheckIn.state.in_((TicketState.waiting, TicketState.retake, TicketState.called))
    lines = await db.execute(
        select(CheckIn.slot_id, func.count())
        .join(Slot, of_slot)
        .where(CheckIn.campaign_id == campaign_id, day, stands)
        .group_by(CheckIn.slot_id)
    )
    counts = or_(CheckIn.slot_id == Arrival.slot_id, CheckIn.state != TicketState.absent)
    came = (
        select(CheckIn.id)
        .where(CheckIn.campaign_id == campaign_id, CheckIn.student_id == Arrival.student_id, counts)
        .exists()
    )
    settled = or_(came, Arrival.arrival_at < at - timedelta(seconds=GIVEN_UP))
    placed = students_in_slots(campaign_id)
    told = await db.execute(
        select(Arrival.slot_id, func.count().filter(settled), func.max(case((~settled, Arrival.arrival_at))))
        .join(Slot, and_(Slot.campaign_id == Arrival.campaign_id, Slot.id == Arrival.slot_id))
        .join(placed, and_(placed.c.student_id == Arrival.student_id, placed.c.slot_id == Arrival.slot_id))
        .where(Arrival.campaign_id == campaign_id, day)
        .group_by(Arrival.slot_id)
    )
    rows = told.all()
    until = {row[0]: row[2] for row in rows if row[2] is not None}
    return {row[0]: row[1] for row in lines}, {row[0]: row[1] for row in rows}, until
