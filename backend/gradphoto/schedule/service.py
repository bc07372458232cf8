"""From the notice and the roster to the timetable: propose, apply, show with its load, move a class group."""

import asyncio
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from gradphoto.accounts.policy import Visible
from gradphoto.core.db import refresh_statistics
from gradphoto.core.errors import NotFound, Refusal
from gradphoto.core.events import announce
from gradphoto.roster import service as roster
from gradphoto.roster.models import Campaign, ClassGroup, College
from gradphoto.schedule.models import Slot, SlotClass, Turn, Venue
from gradphoto.schedule.notice import read_notice
from gradphoto.schedule.placement import ClassGroupHeads, Placement, place
from gradphoto.schedule.proposal import Finding, NoticeProposal, SlotProposal
from gradphoto.schedule.timing import SlotLoad, Spill, arrivals, planned_start, seconds_each, spill


class NoTimetableInNotice(Refusal):
    """通知里没有读到时间安排表。请把通知全文（含附件 1 的表格）粘贴进来。"""


class NoRosterYet(Refusal):
    """还没有学生名单，请先导入名单，再排时间表。"""


class TimetableInUse(Refusal):
    """已经有学生按这张时间表签到，或拍摄点已设机位，不能整张替换；请逐个调整班级或场次。"""

    constraint = ("fk_check_in_campaign_id_slot_id", "fk_station_campaign_id_venue_id")


class SlotOfOtherCollege(Refusal):
    """这个场次不是本学院的，辅导员只能在本学院的场次之间调整。"""

    status = 403


@dataclass(frozen=True)
class Proposal:
    """What applying would write: slots in time order, and every class group in at most one of them."""

    slots: list[SlotProposal]
    loads: list[Spill]
    placement: Placement
    findings: tuple[Finding, ...]
    class_groups: dict[UUID, ClassGroupHeads]


async def read(text: str) -> NoticeProposal:
    return await asyncio.to_thread(read_notice, text)


async def propose(db: AsyncSession, campaign_id: UUID) -> Proposal:
    """The notice kept with the campaign, laid over the roster. Writes nothing."""
    campaign = await roster.the_campaign(db, campaign_id)
    notice = await read(campaign.notice_text)
    if not notice.slots:
        raise NoTimetableInNotice()
    known = await roster.class_groups(db, Visible(campaign_id))
    if not known:
        raise NoRosterYet()
    groups = {group.id: ClassGroupHeads(group.id, group.name, college.name, heads) for group, college, heads in known}
    order = sorted(range(len(notice.slots)), key=lambda i: notice.slots[i].starts_at)
    slots = [notice.slots[i] for i in order]
    placement = place(slots, list(groups.values()), campaign.pace_people, campaign.pace_minutes)
    heads: dict[int, int] = defaultdict(int)
    for placed in placement.placed:
        heads[placed.slot] += groups[placed.class_group_id].heads
    room = [slot.place or "" for slot in slots]
    loads = [SlotLoad(room[i], slot.starts_at, slot.ends_at, heads[i]) for i, slot in enumerate(slots)]
    really = spill(loads, campaign.pace_people, campaign.pace_minutes)
    # The reader counts slots in the notice's order, we in the order of time.
    read_findings = (one if one.slot is None else replace(one, slot=order.index(one.slot)) for one in notice.findings)
    return Proposal(slots, really, placement, (*read_findings, *placement.findings), groups)


async def apply(db: AsyncSession, campaign_id: UUID) -> None:
    """Replace the whole timetable by the proposal. TimetableInUse once somebody has checked in."""
    proposal = await propose(db, campaign_id)
    facts = (await read((await roster.the_campaign(db, campaign_id)).notice_text)).facts
    venue = facts.venue.value if facts.venue else "拍摄点"
    room = room_name(facts.room.value) if facts.room else ""
    gate = facts.gate.value if facts.gate else ""
    colleges = {
        college.name: college.id
        for college in await db.scalars(select(College).where(College.campaign_id == campaign_id))
    }
    await db.execute(delete(Slot).where(Slot.campaign_id == campaign_id))
    venues: dict[str | None, UUID] = {}
    slot_ids: list[UUID] = []
    of_slot = {i: list(placed) for i, placed in groupby(proposal.placement.placed, key=lambda one: one.slot)}
    for i, slot in enumerate(proposal.slots):
        if slot.place not in venues:
            values = dict(name=slot.place or venue, room="" if slot.place else room, gate="" if slot.place else gate)
            made = insert(Venue).values(campaign_id=campaign_id, **values)
            kept = made.on_conflict_do_update(
                index_elements=["campaign_id", "name", "room"], set_={"gate": made.excluded.gate}
            )
            venues[slot.place] = (await db.scalars(kept.returning(Venue.id))).one()
        first = next(iter(of_slot.get(i, [])), None)
        college = proposal.class_groups[first.class_group_id].college if first else slot.college
        row = insert(Slot).values(
            campaign_id=campaign_id,
            venue_id=venues[slot.place],
            college_id=colleges.get(college),
            label=label(i),
            starts_at=slot.starts_at,
            ends_at=slot.ends_at,
            stated_heads=slot.stated_heads,
            source_text=slot.span.text,
        )
        slot_ids.append((await db.scalars(row.returning(Slot.id))).one())
    rows = [
        {
            "campaign_id": campaign_id,
            "slot_id": slot_ids[placed.slot],
            "class_group_id": placed.class_group_id,
            "turn": placed.turn,
            "position": placed.position,
        }
        for placed in proposal.placement.placed
    ]
    if rows:
        await db.execute(insert(SlotClass).values(rows))
    unused = delete(Venue).where(Venue.campaign_id == campaign_id, Venue.id.not_in(venues.values()))
    await db.execute(unused)
    await refresh_statistics(db, "slot", "slot_class", "venue")
    await announce(db, campaign_id, "timetable.applied", slots=len(slot_ids), class_groups=len(rows))


def room_name(room: str) -> str:
    """A bare number is not a place: 1202 -> 1202 房间."""
    return f"{room} 房间" if room.isdigit() else room


def label(index: int) -> str:
    """0 -> A, 25 -> Z, 26 -> AA: what a ticket number begins with."""
    head, tail = divmod(index, 26)
    return (label(head - 1) if head else "") + chr(ord("A") + tail)


# --- the timetable ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ClassInSlot:
    class_group_id: UUID
    name: str
    college_id: UUID
    college_name: str
    heads: int
    turn: Turn
    position: int
    arrival_at: datetime
    planned_start_at: datetime


@dataclass(frozen=True)
class SlotView:
    slot: Slot
    venue: Venue
    college_name: str
    load: Spill
    classes: list[ClassInSlot]


async def timetable(db: AsyncSession, campaign_id: UUID) -> list[SlotView]:
    """All slots in time order with their class groups in order, load against capacity, and arrival times."""
    campaign = await roster.the_campaign(db, campaign_id)
    slots = list(
        await db.execute(
            select(Slot, Venue, College.name)
            .join(Venue, (Venue.campaign_id == Slot.campaign_id) & (Venue.id == Slot.venue_id))
            .join(College, (College.campaign_id == Slot.campaign_id) & (College.id == Slot.college_id), isouter=True)
            .where(Slot.campaign_id == campaign_id)
            .order_by(Slot.starts_at, Slot.label)
        )
    )
    groups = {group.id: row for row in await roster.class_groups(db, Visible(campaign_id)) for group in [row[0]]}
    placed: dict[UUID, list[SlotClass]] = defaultdict(list)
    for one in await db.scalars(
        select(SlotClass).where(SlotClass.campaign_id == campaign_id).order_by(SlotClass.position)
    ):
        placed[one.slot_id].append(one)
    heads = {slot.id: [groups[one.class_group_id][2] for one in placed[slot.id]] for slot, _, _ in slots}
    loads = spill(
        [SlotLoad(str(venue.id), slot.starts_at, slot.ends_at, sum(heads[slot.id])) for slot, venue, _ in slots],
        campaign.pace_people,
        campaign.pace_minutes,
    )
    return [
        SlotView(slot, venue, college or "", load, _classes(campaign, slot, placed[slot.id], groups))
        for (slot, venue, college), load in zip(slots, loads, strict=True)
    ]


def _classes(
    campaign: Campaign, slot: Slot, placed: list[SlotClass], groups: dict[UUID, tuple[ClassGroup, College, int]]
) -> list[ClassInSlot]:
    each = seconds_each(campaign.pace_people, campaign.pace_minutes)
    heads = [groups[one.class_group_id][2] for one in placed]
    told = arrivals(slot.starts_at, heads, each, campaign.lead_minutes)
    views = []
    for i, (one, arrival_at) in enumerate(zip(placed, told, strict=True)):
        group, college, count = groups[one.class_group_id]
        views.append(
            ClassInSlot(
                class_group_id=group.id,
                name=group.name,
                college_id=college.id,
                college_name=college.name,
                heads=count,
                turn=Turn(one.turn),
                position=one.position,
                arrival_at=arrival_at,
                planned_start_at=planned_start(slot.starts_at, sum(heads[:i]), each),
            )
        )
    return views


async def move_class(
    db: AsyncSession,
    campaign_id: UUID,
    class_group_id: UUID,
    slot_id: UUID,
    turn: Turn,
    position: int,
    college_ids: frozenset[UUID] | None,
) -> None:
    """Put a class group at `position` (from 0) among those of its turn in the slot; the others close up.

    `college_ids`: the colleges whose slots the caller may use, None = all.
    """
    slot = await db.get(Slot, (campaign_id, slot_id), with_for_update=True)
    if slot is None:
        raise NotFound()
    if college_ids is not None and slot.college_id not in college_ids:
        raise SlotOfOtherCollege()
    key = {"campaign_id": campaign_id, "class_group_id": class_group_id}
    await db.execute(
        delete(SlotClass).where(SlotClass.campaign_id == campaign_id, SlotClass.class_group_id == class_group_id)
    )
    await db.execute(insert(SlotClass).values(**key, slot_id=slot_id, turn=turn, position=position))
    order = {Turn.first: 0, Turn.normal: 1, Turn.last: 2}
    rows = list(
        await db.scalars(
            select(SlotClass)
            .where(SlotClass.campaign_id == campaign_id, SlotClass.slot_id == slot_id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    )
    others = sorted(
        (row for row in rows if row.class_group_id != class_group_id), key=lambda r: (order[Turn(r.turn)], r.position)
    )
    mine = next(row for row in rows if row.class_group_id == class_group_id)
    before = [row for row in others if order[Turn(row.turn)] < order[turn]]
    same = [row for row in others if row.turn == turn]
    after = [row for row in others if order[Turn(row.turn)] > order[turn]]
    for i, row in enumerate([*before, *same[:position], mine, *same[position:], *after]):
        row.position = i
    await announce(db, campaign_id, "timetable.moved", class_group_id=class_group_id, slot_id=slot_id)
