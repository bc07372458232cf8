"""Ways to mend an overfull slot, the cheapest first, each tried on the plan so that it can say what it brings. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from math import ceil
from uuid import UUID

from gradphoto.schedule.notice.proposal import SHANGHAI, clock
from gradphoto.schedule.planning.change_kinds import Change, SetSlot
from gradphoto.schedule.planning.changes import ChangeDoesNotFit, apply_all
from gradphoto.schedule.planning.difference import difference
from gradphoto.schedule.planning.facts import PlanFacts
from gradphoto.schedule.planning.plan import Plan, PlannedSlot
from gradphoto.schedule.planning.repair_moves import Moves, tail_moves, whole_class_moves
from gradphoto.schedule.planning.stress import Stress, day_of, minutes, stress

EARLIEST_HOUR = 8
MOST_EARLY = timedelta(minutes=30)
ROUND = timedelta(minutes=5)  # times that people can remember, where the free time allows
LEAST_BREAK = timedelta(minutes=30)  # of a break between half-days, this much stays
MOST_STEPS = 60


class Cost(IntEnum):
    """What a repair asks of people; lower is cheaper."""

    start_early = 1
    move_classes = 2
    move_tail = 3
    lengthen = 4
    second_camera = 5


@dataclass(frozen=True, slots=True)
class Repair:
    """`changes` do it; the figures are before and after, of the slot and of the whole plan."""

    slot_id: UUID
    cost: Cost
    title: str
    sentence: str
    changes: tuple[Change, ...]
    over_before: int
    over_after: int
    plan_over_before: int
    plan_over_after: int
    day_ends_before: datetime
    day_ends_after: datetime
    students: int


def repairs(plan: Plan, facts: PlanFacts, slot_id: UUID | None = None) -> list[Repair]:
    """For the slot, or for every overfull one: what helps, cheapest first, and of those what helps most."""
    before = stress(plan, facts)
    found = []
    for slot in plan.slots:
        if slot_id in (None, slot.slot_id) and facts.over(slot) > 0:
            tried = (_tried(plan, before, facts, slot, *one) for one in _ideas(plan, facts, slot))
            found += sorted((one for one in tried if one is not None), key=lambda one: (one.cost, one.over_after))
    return found


def repair_all(plan: Plan, facts: PlanFacts) -> list[Repair]:
    """One after the other until every slot holds its people, or nothing helps any more; each is made after those
    before it."""
    done: list[Repair] = []
    for _ in range(MOST_STEPS):
        helpful = repairs(plan, facts, _fullest(plan, facts))
        # What mends the slot entirely goes before what is cheap and leaves a rest.
        chosen = min(helpful, key=lambda one: (one.over_after > 0, one.cost, one.over_after), default=None)
        if chosen is None:
            break
        plan = apply_all(plan, chosen.changes, facts)
        done.append(chosen)
    return done


def _fullest(plan: Plan, facts: PlanFacts) -> UUID:
    """The one with most people too many: it has the fewest ways out, so it chooses first."""
    return max(plan.slots, key=facts.over).slot_id if plan.slots else UUID(int=0)


def _ideas(plan: Plan, facts: PlanFacts, slot: PlannedSlot) -> Iterator[tuple[Cost, str, Sequence[Change]]]:
    over = facts.over(slot)
    needed = timedelta(minutes=ceil(over * facts.seconds_each(slot) / 60))
    yield from _start_early(plan, facts, slot, needed)
    for cost, moves in ((Cost.move_classes, whole_class_moves), (Cost.move_tail, tail_moves)):
        for one in moves(plan, facts, slot):
            yield cost, _moves_title(one), one.changes
    yield from _lengthen(plan, facts, slot, needed)
    if slot.cameras < 9:
        yield (
            Cost.second_camera,
            f"{slot.label} 场加到 {slot.cameras + 1} 台相机",
            [_set(slot, cameras=slot.cameras + 1)],
        )


def _tried(
    plan: Plan, before: Stress, facts: PlanFacts, slot: PlannedSlot, cost: Cost, title: str, changes: Sequence[Change]
) -> Repair | None:
    """None when it does not help, or only moves the crowd to another slot."""
    try:
        after_plan = apply_all(plan, changes, facts)
    except ChangeDoesNotFit:
        return None
    after = stress(after_plan, facts)
    was, will = _over(before, slot.slot_id), _over(after, slot.slot_id)
    if will >= was or after.over >= before.over or _crowds_another(before, after):
        return None
    ends = [_day_ends(tested, slot) for tested in (before, after)]
    students = difference(plan, after_plan, facts).students
    return Repair(
        slot_id=slot.slot_id,
        cost=cost,
        title=title,
        sentence=_sentence(slot, was, will, ends, students),
        changes=tuple(changes),
        over_before=was,
        over_after=will,
        plan_over_before=before.over,
        plan_over_after=after.over,
        day_ends_before=ends[0],
        day_ends_after=ends[1],
        students=students,
    )


def _over(tested: Stress, slot_id: UUID) -> int:
    return max(0, next(one.over for one in tested.slots if one.slot_id == slot_id))


def _crowds_another(before: Stress, after: Stress) -> bool:
    was = {one.slot_id: max(0, one.over) for one in before.slots}
    return any(max(0, one.over) > was.get(one.slot_id, 0) for one in after.slots)


def _day_ends(tested: Stress, slot: PlannedSlot) -> datetime:
    return max(one.ends_really for one in tested.days if (one.day, one.venue_id) == (day_of(slot), slot.venue_id))


def _sentence(slot: PlannedSlot, was: int, will: int, ends: Sequence[datetime], students: int) -> str:
    done = "装得下了" if will == 0 else f"还多 {will} 人"
    day = "当天结束时间不变"
    if minutes(abs(ends[1] - ends[0])):
        day = f"当天结束从 {_clock(ends[0])} 变为 {_clock(ends[1])}"
    told = f"{students} 人的到场时间会变" if students else "没有人的到场时间变动超过 5 分钟"
    return f"{slot.label} 场从多 {was} 人到{done}；{day}；{told}。"


# --- times -----------------------------------------------------------------------------------------------------------


def _start_early(
    plan: Plan, facts: PlanFacts, slot: PlannedSlot, needed: timedelta
) -> Iterator[tuple[Cost, str, Sequence[Change]]]:
    """Into the free time before, or as soon as the slot before is done."""
    before = _neighbour(plan, slot, -1)
    if before is not None and before.ends_at == slot.starts_at:
        gain = min(needed, _spare_minutes(facts, before))
        if gain > timedelta():
            cut = slot.starts_at - gain
            title = f"{slot.label} 场提前 {minutes(gain)} 分钟，{before.label} 场拍完就开始（{_clock(cut)}）"
            yield Cost.start_early, title, [_set(before, ends_at=cut), _set(slot, starts_at=cut)]
        return
    gain = min(_rounded(needed), MOST_EARLY, _free_before(slot, before))
    if gain > timedelta():
        starts = slot.starts_at - gain
        title = f"{slot.label} 场提前 {minutes(gain)} 分钟，{_clock(starts)} 开始"
        yield Cost.start_early, title, [_set(slot, starts_at=starts)]


def _lengthen(
    plan: Plan, facts: PlanFacts, slot: PlannedSlot, needed: timedelta
) -> Iterator[tuple[Cost, str, Sequence[Change]]]:
    """Into the free time after; where the next slot follows at once, it begins later if it has the room."""
    after = _neighbour(plan, slot, +1)
    if after is not None and after.starts_at == slot.ends_at:
        gain = min(needed, _spare_minutes(facts, after))
        if gain > timedelta():
            cut = slot.ends_at + gain
            title = f"{slot.label} 场延长 {minutes(gain)} 分钟，{after.label} 场推迟到 {_clock(cut)} 开始"
            yield Cost.lengthen, title, [_set(after, starts_at=cut), _set(slot, ends_at=cut)]
        return
    gain = _rounded(needed)
    if after is not None:
        gain = min(gain, after.starts_at - slot.ends_at - LEAST_BREAK)
    if gain > timedelta():
        ends = slot.ends_at + gain
        yield Cost.lengthen, f"{slot.label} 场延长 {minutes(gain)} 分钟到 {_clock(ends)}", [_set(slot, ends_at=ends)]


def _neighbour(plan: Plan, slot: PlannedSlot, step: int) -> PlannedSlot | None:
    """The slot before or after, in the same venue on the same day."""
    same = [one for one in plan.slots if one.venue_id == slot.venue_id and day_of(one) == day_of(slot)]
    index = [one.slot_id for one in same].index(slot.slot_id) + step
    return same[index] if 0 <= index < len(same) else None


def _spare_minutes(facts: PlanFacts, slot: PlannedSlot) -> timedelta:
    """Whole minutes that a slot can give away and still hold its own."""
    needed = ceil(facts.heads_of(slot) * facts.seconds_each(slot) / 60)
    return timedelta(minutes=max(0, slot.minutes - max(needed, 1)))


def _rounded(needed: timedelta) -> timedelta:
    return ceil(needed / ROUND) * ROUND


def _free_before(slot: PlannedSlot, before: PlannedSlot | None) -> timedelta:
    if before is not None:
        return slot.starts_at - before.ends_at - LEAST_BREAK
    opens = slot.starts_at.astimezone(SHANGHAI).replace(hour=EARLIEST_HOUR, minute=0, second=0, microsecond=0)
    return slot.starts_at - opens


def _set(slot: PlannedSlot, **other: object) -> SetSlot:
    own = {"slot_id", "venue_id", "college_id", "starts_at", "ends_at", "cameras"}
    return SetSlot(kind="set_slot", **{**slot.model_dump(include=own), **other})


def _moves_title(moves: Moves) -> str:
    return "，".join(f"{'、'.join(names)} 移到 {label} 场" for label, names in moves.to.items())


def _clock(at: datetime) -> str:
    return clock((at + timedelta(seconds=59)).astimezone(SHANGHAI))
