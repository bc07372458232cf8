"""Draft against published: which class comes when instead of when, and for how many students that is news. Pure."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from gradphoto.schedule.models import Turn
from gradphoto.schedule.planning.facts import PlanFacts
from gradphoto.schedule.planning.minutes import TELL_AGAIN
from gradphoto.schedule.planning.plan import Plan

RETOLD = timedelta(seconds=TELL_AGAIN)  # a smaller move is nobody's news, and is not told


@dataclass(frozen=True, slots=True)
class Part:
    """Where a class, or a part of one that was split, stands."""

    slot_id: UUID
    slot_label: str
    venue_id: UUID
    turn: Turn
    planned_start_at: datetime
    first_place: int
    last_place: int | None
    heads: int


@dataclass(frozen=True, slots=True)
class ClassChange:
    class_group_id: UUID
    class_group_name: str
    college_id: UUID
    college_name: str
    before: tuple[Part, ...]
    after: tuple[Part, ...]
    students: int  # of those, who come to another room, or at a time more than 5 minutes away


@dataclass(frozen=True, slots=True)
class SlotChange:
    """`before` or `after` is None for a slot that is new or gone."""

    slot_id: UUID
    label: str
    before: tuple[datetime, datetime] | None
    after: tuple[datetime, datetime] | None


@dataclass(frozen=True, slots=True)
class Difference:
    classes: tuple[ClassChange, ...]
    slots: tuple[SlotChange, ...]

    @property
    def students(self) -> int:
        return sum(one.students for one in self.classes)

    @property
    def colleges(self) -> list[str]:
        return list(dict.fromkeys(one.college_name for one in self.classes if one.students))


def difference(old: Plan, new: Plan, facts: PlanFacts) -> Difference:
    """In roster order; a class is in it when somebody of it is affected, or its slot or turn is another."""
    touched = _touched(old, new)
    before, after = _parts(old, facts, touched), _parts(new, facts, touched)
    seconds = (_seconds(old, facts), _seconds(new, facts))
    classes = []
    for group in facts.groups.values():
        was, will = before.get(group.class_group_id, []), after.get(group.class_group_id, [])
        if was == will and all(seconds[0][one.slot_id] == seconds[1][one.slot_id] for one in was):
            continue
        students = _affected(was, will, group.heads, *seconds)
        same = [(one.slot_id, one.turn) for one in was] == [(one.slot_id, one.turn) for one in will]
        if students or not same:
            names = (group.class_group_id, group.name, group.college_id, group.college_name)
            classes.append(ClassChange(*names, tuple(was), tuple(will), students))
    return Difference(tuple(classes), tuple(_slot_changes(old, new)))


def _touched(old: Plan, new: Plan) -> set[UUID]:
    """Class groups of the slots that are not the same in both; of all others nothing can have changed."""
    was, will = ({slot.slot_id: slot for slot in plan.slots} for plan in (old, new))
    differ = [slot_id for slot_id in {*was, *will} if was.get(slot_id) != will.get(slot_id)]
    other = [plan.get(slot_id) for plan in (was, will) for slot_id in differ]
    return {one.class_group_id for slot in other if slot is not None for one in slot.classes}


def _parts(plan: Plan, facts: PlanFacts, touched: set[UUID]) -> dict[UUID, list[Part]]:
    found: dict[UUID, list[Part]] = defaultdict(list)
    for slot in plan.slots:
        if touched.isdisjoint(one.class_group_id for one in slot.classes):
            continue
        for one, starts in zip(slot.classes, facts.starts(slot), strict=True):
            where = (slot.slot_id, slot.label, slot.venue_id, one.turn, starts)
            found[one.class_group_id].append(Part(*where, one.first_place, one.last_place, facts.heads(one)))
    for parts in found.values():
        parts.sort(key=lambda part: part.first_place)
    return found


def _seconds(plan: Plan, facts: PlanFacts) -> dict[UUID, float]:
    return {slot.slot_id: facts.seconds_each(slot) for slot in plan.slots}


def _affected(
    was: list[Part], will: list[Part], heads: int, seconds_was: dict[UUID, float], seconds_will: dict[UUID, float]
) -> int:
    affected = 0
    for place in range(1, heads + 1):
        old, new = _of(was, place), _of(will, place)
        if old is None or new is None:
            affected += old is not new
            continue
        moved = _minute(new, place, seconds_will) - _minute(old, place, seconds_was)
        affected += new.venue_id != old.venue_id or abs(moved) > RETOLD
    return affected


def _of(parts: list[Part], place: int) -> Part | None:
    return next((one for one in parts if one.first_place <= place <= (one.last_place or place)), None)


def _minute(part: Part, place: int, seconds: dict[UUID, float]) -> datetime:
    return part.planned_start_at + timedelta(seconds=(place - part.first_place) * seconds[part.slot_id])


def _slot_changes(old: Plan, new: Plan) -> list[SlotChange]:
    was = {slot.slot_id: slot for slot in old.slots}
    will = {slot.slot_id: slot for slot in new.slots}
    found = []
    for slot_id in dict.fromkeys([*was, *will]):
        before, after = was.get(slot_id), will.get(slot_id)
        shown = after or before
        what = [(one.starts_at, one.ends_at, one.venue_id, one.cameras) if one else None for one in (before, after)]
        if shown is not None and what[0] != what[1]:
            times = [(one.starts_at, one.ends_at) if one else None for one in (before, after)]
            found.append(SlotChange(slot_id, shown.label, times[0], times[1]))
    return found
