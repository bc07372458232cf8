"""The stress test before publishing: what fits, what spills where, which lunch it eats, when each day ends. Pure."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from math import ceil
from uuid import UUID

from gradphoto.schedule.notice.proposal import SHANGHAI, Level, clock
from gradphoto.schedule.planning.facts import PlanFacts
from gradphoto.schedule.planning.plan import Plan, PlannedSlot
from gradphoto.schedule.planning.timing import SlotLoad, Spill, spill

SHORTEST_BREAK = timedelta(minutes=20)  # what is shorter between two slots is no lunch, but a pause


@dataclass(frozen=True, slots=True)
class PlanFinding:
    """`sentence` says what is wrong, with figures; `slot_ids` and `class_group_ids` say where to look."""

    code: str
    level: Level
    sentence: str
    slot_ids: tuple[UUID, ...] = ()
    class_group_ids: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class SlotStress:
    """`over` is heads less capacity, below zero spare. `late` is how long after its time it can begin."""

    slot_id: UUID
    heads: int
    capacity: int
    over: int
    starts_really: datetime
    ends_really: datetime
    late: timedelta
    break_eaten: timedelta
    delays: tuple[UUID, ...]  # slots that begin late because of this one


@dataclass(frozen=True, slots=True)
class DayStress:
    """One day in one venue."""

    day: date
    venue_id: UUID
    heads: int
    capacity: int
    ends_planned: datetime
    ends_really: datetime

    @property
    def late(self) -> timedelta:
        return max(self.ends_really - self.ends_planned, timedelta())


@dataclass(frozen=True, slots=True)
class Stress:
    """`slots` in the plan's order, `days` in time order; `findings` are the sentences a registrar reads."""

    slots: tuple[SlotStress, ...]
    days: tuple[DayStress, ...]
    findings: tuple[PlanFinding, ...]

    @property
    def over(self) -> int:
        return sum(max(0, one.over) for one in self.slots)


def stress(plan: Plan, facts: PlanFacts) -> Stress:
    """At the stated pace, if nobody is sent away and everybody of the roster comes."""
    loads = [
        SlotLoad(str(slot.venue_id), slot.starts_at, slot.ends_at, facts.heads_of(slot), slot.cameras)
        for slot in plan.slots
    ]
    spills = spill(loads, facts.pace_people, facts.pace_minutes)
    rooms: dict[tuple[date, UUID], list[int]] = defaultdict(list)
    for index, slot in enumerate(plan.slots):
        rooms[(day_of(slot), slot.venue_id)].append(index)
    eaten: dict[int, timedelta] = defaultdict(timedelta)
    delays: dict[int, list[UUID]] = defaultdict(list)
    for indexes in rooms.values():
        for before, after in pairwise(indexes):
            gap = plan.slots[after].starts_at - plan.slots[before].ends_at
            if gap >= SHORTEST_BREAK:
                eaten[before] = min(max(spills[before].ends_really - plan.slots[before].ends_at, timedelta()), gap)
            if spills[after].starts_really > plan.slots[after].starts_at:
                delays[_cause(plan.slots, spills, indexes, before)].append(plan.slots[after].slot_id)
    slots = tuple(
        SlotStress(
            slot_id=slot.slot_id,
            heads=one.heads,
            capacity=one.capacity,
            over=one.over,
            starts_really=one.starts_really,
            ends_really=one.ends_really,
            late=one.starts_really - slot.starts_at,
            break_eaten=eaten[index],
            delays=tuple(delays[index]),
        )
        for index, (slot, one) in enumerate(zip(plan.slots, spills, strict=True))
    )
    days = tuple(
        DayStress(
            day=day,
            venue_id=venue_id,
            heads=sum(spills[i].heads for i in indexes),
            capacity=sum(spills[i].capacity for i in indexes),
            ends_planned=max(plan.slots[i].ends_at for i in indexes),
            ends_really=max(spills[i].ends_really for i in indexes),
        )
        for (day, venue_id), indexes in sorted(rooms.items(), key=lambda item: (item[0][0], str(item[0][1])))
    )
    return Stress(slots, days, (*_sentences(plan, slots, days), *_unknown(plan, facts)))


def day_of(slot: PlannedSlot) -> date:
    return slot.starts_at.astimezone(SHANGHAI).date()


def minutes(span: timedelta) -> int:
    """Whole minutes, up: what a person must allow for."""
    return ceil(span.total_seconds() / 60)


def _cause(slots: Sequence[PlannedSlot], spills: Sequence[Spill], indexes: Sequence[int], before: int) -> int:
    """The slot in the run before that is itself too full; a slot that is only pushed along is not to blame."""
    for index in reversed(indexes[: indexes.index(before) + 1]):
        if spills[index].over > 0 or spills[index].starts_really == slots[index].starts_at:
            return index
    return before


def _sentences(plan: Plan, slots: Sequence[SlotStress], days: Sequence[DayStress]) -> list[PlanFinding]:
    found = []
    label = {slot.slot_id: slot.label for slot in plan.slots}
    for slot, one in zip(plan.slots, slots, strict=True):
        if one.over > 0:
            sentence = (
                f"{slot.label} 场排了 {one.heads} 人，{slot.minutes} 分钟能拍 {one.capacity} 人，多 {one.over} 人，"
                f"要拍到 {_clock(one.ends_really)}。"
            )
            if one.delays:
                sentence += f"后面 {'、'.join(label[other] for other in one.delays)} 场因此推迟开始。"
            found.append(PlanFinding("over_capacity", Level.warning, sentence, (slot.slot_id, *one.delays)))
        if one.late > timedelta():
            sentence = (
                f"{slot.label} 场要等前一场拍完，{_clock(one.starts_really)} 才能开始，晚 {minutes(one.late)} 分钟。"
            )
            found.append(PlanFinding("starts_late", Level.warning, sentence, (slot.slot_id,)))
        if one.break_eaten > timedelta():
            sentence = f"{slot.label} 场拍到 {_clock(one.ends_really)}，占用休息时间 {minutes(one.break_eaten)} 分钟。"
            found.append(PlanFinding("break_eaten", Level.warning, sentence, (slot.slot_id,)))
    for day in days:
        if day.late > timedelta():
            over = f"{day.day.month} 月 {day.day.day} 日要拍到 {_clock(day.ends_really)}"
            sentence = f"{over}，比计划的 {_clock(day.ends_planned)} 晚 {minutes(day.late)} 分钟。"
            found.append(PlanFinding("day_ends_late", Level.warning, sentence))
    return found


def _unknown(plan: Plan, facts: PlanFacts) -> list[PlanFinding]:
    """What the figures above cannot know."""
    found = []
    for slot in plan.slots:
        heads = facts.heads_of(slot)
        if not slot.classes:
            told = f"通知写 {slot.stated_heads} 人，" if slot.stated_heads else ""
            sentence = f"{slot.label} 场还没有班级，{told}人数未知，测算按 0 人。"
            found.append(PlanFinding("slot_without_classes", Level.question, sentence, (slot.slot_id,)))
        elif slot.stated_heads not in (None, heads):
            sentence = f"{slot.label} 场通知写 {slot.stated_heads} 人，名单上排进的是 {heads} 人，测算按名单。"
            found.append(PlanFinding("heads_differ", Level.question, sentence, (slot.slot_id,)))
    empty = [group for group in facts.groups.values() if not group.heads]
    if empty:
        names = "、".join(group.name for group in empty[:8]) + ("等" if len(empty) > 8 else "")
        sentence = f"{names} {len(empty)} 个班在名单上没有学生，人数未知，测算按 0 人。"
        ids = tuple(group.class_group_id for group in empty)
        found.append(PlanFinding("class_without_heads", Level.question, sentence, (), ids))
    placed = {one.class_group_id for slot in plan.slots for one in slot.classes}
    left = [group for group in facts.groups.values() if group.class_group_id not in placed]
    if left:
        heads = sum(group.heads for group in left)
        sentence = f"还有 {len(left)} 个班 {heads} 人没有排场次，不在测算里。"
        found.append(PlanFinding("unplaced_heads", Level.question, sentence, (), tuple(g.class_group_id for g in left)))
    return found


def _clock(at: datetime) -> str:
    return clock((at + timedelta(seconds=59)).astimezone(SHANGHAI))
