"""Telling everybody their own minute: planned from the published timetable, kept as told, read by class and student."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from math import ceil
from typing import Any
from uuid import UUID

from sqlalchemy import Select, column, delete, func, select, table, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from gradphoto.core.db import refresh_statistics
from gradphoto.roster import service as roster
from gradphoto.roster.models import Campaign, Student
from gradphoto.schedule.models import Arrival, DelayNotice, Slot, TimetableHead
from gradphoto.schedule.places_service import students_in_slots
from gradphoto.schedule.planning.minutes import (
    MINUTE,
    NOTICE,
    ROUND_TO,
    SHARE_PLANNED,
    TELL_AGAIN,
    Expected,
    blocks,
    earliest,
    forecast,
    mark_last_before_break,
    told,
)
from gradphoto.schedule.planning.timing import seconds_each

ROWS_AT_ONCE = 2000  # of the database's 65,535 values a statement


@dataclass(frozen=True, slots=True)
class InOrder:
    """A student in the order of the shoot."""

    student_id: UUID
    class_group_id: UUID
    slot: Slot
    nth: int


@dataclass(frozen=True, slots=True)
class Told:
    """What is told: be there at `arrival_at`. `before` is what was told before that, None the first time."""

    student_id: UUID
    slot_id: UUID
    planned_start_at: datetime
    arrival_at: datetime
    before: datetime | None
    told_at: datetime
    told_count: int


def in_order(campaign_id: UUID) -> Select[Any]:
    """(student_id, class_group_id, Slot) of everybody who has a slot, as the rooms go through them."""
    placed = students_in_slots(campaign_id)
    return (
        select(placed.c.student_id, placed.c.class_group_id, Slot)
        .join(Slot, (Slot.campaign_id == campaign_id) & (Slot.id == placed.c.slot_id))
        .join(Student, (Student.campaign_id == campaign_id) & (Student.id == placed.c.student_id))
        .order_by(Slot.venue_id, Slot.starts_at, Slot.label, placed.c.position, Student.number)
    )


async def tell(db: AsyncSession, campaign_id: UUID) -> int:
    """Tell everybody whose minute the timetable moves by more than five minutes, or who has none; says how many.

    What was told on the day itself stays while the plan stays: the re-planning knows better. What is past stays, who
    is there already is told nothing, and nobody is told a minute that is over.
    """
    await hold_minutes(db, campaign_id)
    campaign = await roster.the_campaign(db, campaign_id)
    at = roster.clock_of(campaign)
    soonest = instant(ceil((at.timestamp() + NOTICE) / ROUND_TO) * ROUND_TO)
    came = await _came(db, campaign_id)
    planned = plan_minutes(campaign, await _students(db, campaign_id))
    before = {
        row.student_id: row for row in await db.scalars(select(Arrival).where(Arrival.campaign_id == campaign_id))
    }
    await db.execute(
        delete(Arrival).where(
            Arrival.campaign_id == campaign_id, Arrival.student_id.not_in([*planned] or [campaign_id])
        )
    )
    rows = []
    changed: dict[tuple[UUID, UUID], list[tuple[datetime, datetime]]] = defaultdict(list)
    for student_id, (one, starts, minute) in planned.items():
        known = before.get(student_id)
        if known is not None and known.slot_id == one.slot.id and one.slot.ends_at < at:
            continue
        # Against what was planned when they were told: many small moves are a large one.
        if known is None or known.slot_id != one.slot.id:
            moved = True
        else:
            shift = abs((starts - known.planned_start_at).total_seconds())
            moved = shift > TELL_AGAIN and (student_id, one.slot.id) not in came
            if not moved and known.nth == one.nth:
                continue
        if one.slot.ends_at > at:
            minute = max(minute, soonest)
        again = moved and (known is None or known.arrival_at != minute)
        if again and known is not None:
            changed[one.slot.id, one.class_group_id].append((known.arrival_at, minute))
        rows.append(
            {
                "campaign_id": campaign_id,
                "student_id": student_id,
                "slot_id": one.slot.id,
                "nth": one.nth,
                "planned_start_at": starts if moved or known is None else known.planned_start_at,
                "arrival_at": minute if moved or known is None else known.arrival_at,
                "arrival_before": known.arrival_at if again and known else known.arrival_before if known else None,
                "told_at": at if again or known is None else known.told_at,
                "told_count": (known.told_count if known else 0) + again,
            }
        )
    notices = [
        {
            "campaign_id": campaign_id,
            "slot_id": slot_id,
            "class_group_id": class_group_id,
            "at": at,
            "first_arrival_before": min(before for before, _ in minutes),
            "first_arrival_at": min(after for _, after in minutes),
            "students": len(minutes),
        }
        for (slot_id, class_group_id), minutes in changed.items()
    ]
    if notices:
        await db.execute(insert(DelayNotice).values(notices))
    for first in range(0, len(rows), ROWS_AT_ONCE):
        made = insert(Arrival).values(rows[first : first + ROWS_AT_ONCE])
        new = {name: made.excluded[name] for name in rows[0] if name not in ("campaign_id", "student_id")}
        await db.execute(made.on_conflict_do_update(index_elements=["campaign_id", "student_id"], set_=new))
    if rows:
        await refresh_statistics(db, "arrival")
    return len(rows)


async def tell_newcomers(db: AsyncSession, campaign_id: UUID) -> int:
    """Who came on the roster, left it or changed class since the timetable was published, and who thereby stands in
    another part of a class that was split. Nothing to do costs two queries."""
    if not await db.scalar(select(TimetableHead.last_version).where(TimetableHead.campaign_id == campaign_id)):
        return 0
    placed = students_in_slots(campaign_id)
    here = (Arrival.campaign_id == campaign_id) & (Arrival.student_id == placed.c.student_id)
    right = select(Arrival.student_id).where(here, Arrival.slot_id == placed.c.slot_id)
    untold = select(placed.c.student_id).where(~right.exists()).limit(1)
    without = ~select(placed.c.student_id).where(placed.c.student_id == Arrival.student_id).exists()
    left = select(Arrival.student_id).where(Arrival.campaign_id == campaign_id, without).limit(1)
    if await db.scalar(untold) or await db.scalar(left):
        return await tell(db, campaign_id)
    return 0


async def hold_minutes(db: AsyncSession, campaign_id: UUID) -> None:
    """Whoever tells waits here for who is telling, until the end of the transaction; publishing before it writes."""
    await db.execute(
        text("select pg_advisory_xact_lock(hashtextextended(:campaign, 0))"), {"campaign": str(campaign_id)}
    )


async def _came(db: AsyncSession, campaign_id: UUID) -> set[tuple[UUID, UUID]]:
    """(student, slot) in line or shot. The table is named, not imported: check-in builds on the schedule."""
    check_in = table("check_in", *map(column, ("campaign_id", "student_id", "slot_id", "state")))
    rows = select(check_in.c.student_id, check_in.c.slot_id).where(
        check_in.c.campaign_id == campaign_id, check_in.c.state != "absent"
    )
    return {(row.student_id, row.slot_id) for row in await db.execute(rows)}


async def _students(db: AsyncSession, campaign_id: UUID) -> list[InOrder]:
    rows = list(await db.execute(in_order(campaign_id)))
    return [
        InOrder(student_id, class_group_id, slot, nth)
        for _, of_slot in groupby(rows, key=lambda row: row[2].id)
        for nth, (student_id, class_group_id, slot) in enumerate(of_slot)
    ]


def plan_minutes(campaign: Campaign, students: Sequence[InOrder]) -> dict[UUID, tuple[InOrder, datetime, datetime]]:
    """(who, planned shot, minute told) of each of `students`, given as the rooms go through them."""
    each = seconds_each(campaign.pace_people, campaign.pace_minutes)
    found = {}
    for _, of_day in groupby(students, key=lambda one: (one.slot.venue_id, day_number(one.slot.starts_at))):
        day = list(of_day)
        slots = list({one.slot.id: one.slot for one in day}.values())
        block_of = blocks([(slot.starts_at.timestamp(), slot.ends_at.timestamp()) for slot in slots])
        opens = {slot.id: block for slot, block in zip(slots, block_of, strict=True)}
        expected = [
            Expected(earliest(one.slot.starts_at.timestamp(), opens[one.slot.id]), None, one.slot.cameras)
            for one in day
        ]
        mark_last_before_break(expected, [opens[one.slot.id] for one in day])
        starts = forecast(expected[0].earliest, expected, each, SHARE_PLANNED)
        for one, wish, at in zip(day, expected, starts, strict=True):
            minute = told(at, campaign.lead_minutes * MINUTE + wish.sooner)
            found[one.student_id] = (one, instant(at), instant(minute))
    return found


def instant(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def day_number(at: datetime) -> int:
    """The day in Shanghai, eight hours ahead, without daylight saving."""
    return int(at.timestamp() + 8 * 3600) // 86400


# --- what was told ----------------------------------------------------------------------------------------------------


async def told_of_student(db: AsyncSession, campaign_id: UUID, student_id: UUID) -> Told | None:
    """None for somebody without a slot, or who came on the roster after the timetable was published."""
    row = await db.get(Arrival, (campaign_id, student_id))
    return _told(row) if row is not None else None


async def told_of_class(db: AsyncSession, campaign_id: UUID, class_group_id: UUID) -> list[Told]:
    """By minute; the class is asked to be there from the first to the last of them."""
    rows = await db.scalars(
        select(Arrival)
        .join(Student, (Student.campaign_id == Arrival.campaign_id) & (Student.id == Arrival.student_id))
        .where(Arrival.campaign_id == campaign_id, Student.class_group_id == class_group_id)
        .order_by(Arrival.arrival_at, Arrival.nth)
    )
    return [_told(row) for row in rows]


ToldOfClasses = dict[tuple[UUID, UUID], tuple[datetime, datetime, datetime]]


async def told_of_classes(db: AsyncSession, campaign_id: UUID) -> ToldOfClasses:
    """By slot and class group: the first and the last minute told, and the first planned shot."""
    rows = await db.execute(
        select(
            Arrival.slot_id,
            Student.class_group_id,
            func.min(Arrival.arrival_at),
            func.max(Arrival.arrival_at),
            func.min(Arrival.planned_start_at),
        )
        .join(Student, (Student.campaign_id == Arrival.campaign_id) & (Student.id == Arrival.student_id))
        .where(Arrival.campaign_id == campaign_id)
        .group_by(Arrival.slot_id, Student.class_group_id)
    )
    return {(row[0], row[1]): (row[2], row[3], row[4]) for row in rows}


def _told(row: Arrival) -> Told:
    return Told(
        row.student_id,
        row.slot_id,
        row.planned_start_at,
        row.arrival_at,
        row.arrival_before,
        row.told_at,
        row.told_count,
    )
