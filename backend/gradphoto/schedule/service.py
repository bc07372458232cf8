"""The timetable: proposed from notice and roster, as it holds, with its load, and which student is in which slot."""

import asyncio
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, select
from sqlalchemy.ext.asyncio import AsyncSession

from gradphoto.accounts.policy import Visible
from gradphoto.core.errors import Refusal
from gradphoto.roster import service as roster
from gradphoto.roster.models import Campaign, College
from gradphoto.schedule import arrival_service, notice_service
from gradphoto.schedule.arrival_service import ToldOfClasses
from gradphoto.schedule.models import Slot, SlotClass, Turn, Venue
from gradphoto.schedule.notice.placement import ClassGroupHeads, Placement, place
from gradphoto.schedule.notice.proposal import Finding, NoticeFacts, SlotProposal
from gradphoto.schedule.planning.facts import Group, PlanFacts
from gradphoto.schedule.planning.plan import Plan, PlannedClass, PlannedSlot, PlannedVenue, Value
from gradphoto.schedule.planning.timing import SlotLoad, Spill, arrivals, spill


class NoTimetableInNotice(Refusal):
    """通知里没有读到时间安排表。请把通知全文（含附件 1 的表格）粘贴进来。"""


class NoRosterYet(Refusal):
    """还没有学生名单，请先导入名单，再排时间表。"""


@dataclass(frozen=True)
class Proposal:
    """What a draft from the notice begins with: slots in time order, and every class group in at most one of them."""

    slots: list[SlotProposal]
    loads: list[Spill]
    placement: Placement
    findings: tuple[Finding, ...]
    class_groups: dict[UUID, ClassGroupHeads]
    facts: NoticeFacts


async def propose(db: AsyncSession, campaign_id: UUID) -> Proposal:
    """The notice kept with the campaign, laid over the roster. Writes nothing."""
    campaign = await roster.the_campaign(db, campaign_id)
    notice = await notice_service.reading(db, campaign_id)
    if not notice.slots:
        raise NoTimetableInNotice()
    known = await roster.class_groups(db, Visible(campaign_id))
    if not known:
        raise NoRosterYet()
    groups = {group.id: ClassGroupHeads(group.id, group.name, college.name, heads) for group, college, heads in known}
    order = sorted(range(len(notice.slots)), key=lambda i: notice.slots[i].starts_at)
    slots = [notice.slots[i] for i in order]
    rulings, pace = await notice_service.rulings_of(db, campaign_id), (campaign.pace_people, campaign.pace_minutes)
    placement = await asyncio.to_thread(place, slots, list(groups.values()), *pace, rulings=rulings)
    heads: dict[int, int] = defaultdict(int)
    for placed in placement.placed:
        heads[placed.slot] += groups[placed.class_group_id].heads
    room = [slot.place or "" for slot in slots]
    loads = [SlotLoad(room[i], slot.starts_at, slot.ends_at, heads[i]) for i, slot in enumerate(slots)]
    really = spill(loads, campaign.pace_people, campaign.pace_minutes)
    # The reader counts slots in the notice's order, we in the order of time.
    read_findings = (one if one.slot is None else replace(one, slot=order.index(one.slot)) for one in notice.findings)
    return Proposal(slots, really, placement, (*read_findings, *placement.findings), groups, notice.facts)


def room_name(room: str) -> str:
    """A bare number is not a place: 1202 -> 1202 房间."""
    return f"{room} 房间" if room.isdigit() else room


# --- the timetable ---------------------------------------------------------------------------------------------------


async def facts_of(db: AsyncSession, campaign: Campaign) -> PlanFacts:
    """What judges a plan: the roster's class groups and the notice's pace."""
    known = await roster.class_groups(db, Visible(campaign.id))
    groups = {group.id: Group(group.id, group.name, college.id, college.name, n) for group, college, n in known}
    every = await db.execute(select(College.id, College.name).where(College.campaign_id == campaign.id))
    return PlanFacts(groups, {row.id: row.name for row in every}, campaign.pace_people, campaign.pace_minutes)


async def published(db: AsyncSession, campaign_id: UUID) -> Plan:
    """The timetable that holds, read from its tables in one statement: a publication meanwhile is in it or is not."""
    # Rows and not objects: publishing goes on in the same session, and must not find what it has just replaced.
    venue, slot, placed = (table.__table__ for table in (Venue, Slot, SlotClass))
    rows = await db.execute(
        select(venue, slot, placed)
        .outerjoin(slot, (slot.c.campaign_id == venue.c.campaign_id) & (slot.c.venue_id == venue.c.id))
        .outerjoin(placed, (placed.c.campaign_id == slot.c.campaign_id) & (placed.c.slot_id == slot.c.id))
        .where(venue.c.campaign_id == campaign_id)
        .order_by(venue.c.name, venue.c.room, slot.c.starts_at, slot.c.label, placed.c.position)
    )
    venues: dict[UUID, PlannedVenue] = {}
    slots: dict[UUID, RowMapping] = {}
    classes: dict[UUID, list[PlannedClass]] = defaultdict(list)
    for row in rows.mappings():
        venue_id, slot_id = row[venue.c.id], row[slot.c.id]
        if venue_id not in venues:
            venues[venue_id] = PlannedVenue(venue_id=venue_id, **_only(PlannedVenue, venue, row))
        if slot_id is not None:
            slots.setdefault(slot_id, row)
        if row[placed.c.slot_id] is not None:
            classes[slot_id].append(PlannedClass(**_only(PlannedClass, placed, row)))
    plan = Plan(venues=tuple(venues.values()))
    return plan.with_slots(
        [
            PlannedSlot(slot_id=slot_id, classes=tuple(classes[slot_id]), **_only(PlannedSlot, slot, row))
            for slot_id, row in slots.items()
        ]
    )


def _only(shape: type[Value], table: Any, row: RowMapping) -> dict[str, Any]:
    return {name: row[table.c[name]] for name in shape.model_fields if name in table.c}


@dataclass(frozen=True)
class ClassInSlot:
    class_group_id: UUID
    name: str
    college_id: UUID
    college_name: str
    heads: int
    turn: Turn
    position: int
    first_place: int
    last_place: int | None
    arrival_at: datetime
    arrival_until: datetime
    planned_start_at: datetime


@dataclass(frozen=True)
class SlotView:
    slot: PlannedSlot
    venue: PlannedVenue
    college_name: str
    load: Spill
    classes: list[ClassInSlot]


async def timetable(db: AsyncSession, campaign_id: UUID) -> list[SlotView]:
    """All slots in time order with their class groups in order, load against capacity, and arrival times."""
    campaign = await roster.the_campaign(db, campaign_id)
    plan = await published(db, campaign_id)
    facts = await facts_of(db, campaign)
    venues = {venue.venue_id: venue for venue in plan.venues}
    loads = spill(
        [SlotLoad(str(s.venue_id), s.starts_at, s.ends_at, facts.heads_of(s), s.cameras) for s in plan.slots],
        campaign.pace_people,
        campaign.pace_minutes,
    )
    told = await arrival_service.told_of_classes(db, campaign_id)
    return [
        SlotView(
            slot, venues[slot.venue_id], facts.college(slot.college_id), load, _classes(campaign, slot, facts, told)
        )
        for slot, load in zip(plan.slots, loads, strict=True)
    ]


def _classes(campaign: Campaign, slot: PlannedSlot, facts: PlanFacts, told: ToldOfClasses) -> list[ClassInSlot]:
    """With the minutes that were told; by plan where nobody was told one, as in a timetable never published."""
    heads = [facts.heads(one) for one in slot.classes]
    planned = arrivals(slot.starts_at, heads, facts.seconds_each(slot), campaign.lead_minutes)
    views = []
    for i, (one, arrival_at, starts) in enumerate(zip(slot.classes, planned, facts.starts(slot), strict=True)):
        minutes = told.get((slot.slot_id, one.class_group_id), (arrival_at, arrival_at, starts))
        group = facts.groups.get(one.class_group_id)
        if group is None:  # left the roster since the plan was read
            continue
        views.append(
            ClassInSlot(
                class_group_id=group.class_group_id,
                name=group.name,
                college_id=group.college_id,
                college_name=group.college_name,
                heads=heads[i],
                turn=one.turn,
                position=len(views),
                first_place=one.first_place,
                last_place=one.last_place,
                arrival_at=minutes[0],
                arrival_until=minutes[1],
                planned_start_at=minutes[2],
            )
        )
    return views
