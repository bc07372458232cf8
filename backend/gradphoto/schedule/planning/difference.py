"""Draft against published: which class comes when instead of when, and for how many students that is news. Pure."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from gradphoto.schedule.models import Turn
from gradphoto.schedule.notice.proposal import SHANGHAI
from gradphoto.schedule.planning.facts import PlanFacts
from gradphoto.schedule.planning.minutes import SHARE_PLANNED, TELL_AGAIN, blocks, earliest
from gradphoto.schedule.planning.plan import Plan, PlannedSlot


@dataclass(frozen=True, slots=True)
class Part:
    """Where a class, or a part of one that was split, stands."""

    slot_id: UUID
    slot_label: str
    venue_id: UUID
    turn: Turn
    at: float  # seconds: when its first is planned,
    each: float  # and how far apart the others follow
    first_place: int
    last_place: int | None
    heads: int

    @property
    def planned_start_at(self) -> datetime:
        return datetime.fromtimestamp(self.at, SHANGHAI)


@dataclass(frozen=True, slots=True)
class ClassChange:
    class_group_id: UUID
    class_group_name: str
    college_id: UUID
    college_name: str
    before: tuple[Part, ...]
    after: tuple[Part, ...]
    students: int  # who are told: another room, another minute by more than five, or a slot for the first or last time


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
    begins = (_begins(old, facts), _begins(new, facts))
    touched = _touched(old, new, *begins)
    before, after = _parts(old, facts, touched, begins[0]), _parts(new, facts, touched, begins[1])
    classes = []
    for group in facts.groups.values():
        was, will = before.get(group.class_group_id, []), after.get(group.class_group_id, [])
        if was == will:
            continue
        students = _affected(was, will, group.heads)
        same = [(one.slot_id, one.turn) for one in was] == [(one.slot_id, one.turn) for one in will]
        if students or not same:
            names = (group.class_group_id, group.name, group.college_id, group.college_name)
            classes.append(ClassChange(*names, tuple(was), tuple(will), students))
    return Difference(tuple(classes), tuple(_slot_changes(old, new)))


Begins = dict[UUID, tuple[float, float]]


def _begins(plan: Plan, facts: PlanFacts) -> Begins:
    """When each slot's first student is planned and how many seconds apart the others follow: what
    `minutes.forecast` says one by one. An overfull slot pushes those after it, also where they stay as they are."""
    rooms: dict[tuple[UUID, date], list[PlannedSlot]] = defaultdict(list)
    for slot in plan.slots:
        if facts.heads_of(slot):
            rooms[slot.venue_id, slot.starts_at.astimezone(SHANGHAI).date()].append(slot)
    found: Begins = {}
    for slots in rooms.values():
        free = float("-inf")
        times = [(slot.starts_at.timestamp(), slot.ends_at.timestamp()) for slot in slots]
        for slot, (starts, _), opens in zip(slots, times, blocks(times), strict=True):
            each = facts.seconds_each(slot) * SHARE_PLANNED
            at = max(free, earliest(starts, opens))
            found[slot.slot_id] = at, each
            free = at + facts.heads_of(slot) * each
    return found


def _touched(old: Plan, new: Plan, begun: Begins, begins: Begins) -> set[UUID]:
    """Class groups of the slots that are not the same in both; of all others nothing can have changed."""
    was, will = ({slot.slot_id: slot for slot in plan.slots} for plan in (old, new))
    differ = [one for one in {*was, *will} if was.get(one) != will.get(one) or begun.get(one) != begins.get(one)]
    other = [plan.get(slot_id) for plan in (was, will) for slot_id in differ]
    return {one.class_group_id for slot in other if slot is not None for one in slot.classes}


def _parts(plan: Plan, facts: PlanFacts, touched: set[UUID], begins: Begins) -> dict[UUID, list[Part]]:
    found: dict[UUID, list[Part]] = defaultdict(list)
    for slot in plan.slots:
        if touched.isdisjoint(one.class_group_id for one in slot.classes):
            continue
        at, each = begins.get(slot.slot_id, (slot.starts_at.timestamp(), 0.0))
        for one in slot.classes:
            where = (slot.slot_id, slot.label, slot.venue_id, one.turn, at, each)
            found[one.class_group_id].append(Part(*where, one.first_place, one.last_place, facts.heads(one)))
            at += facts.heads(one) * each
    for parts in found.values():
        parts.sort(key=lambda part: part.first_place)
    return found


def _affected(was: list[Part], will: list[Part], heads: int) -> int:
    affected = 0
    for place in range(1, heads + 1):
        old, new = _of(was, place), _of(will, place)
        if old is None or new is None:
            affected += old is not new
            continue
        moved = round(_minute(new, place) - _minute(old, place), 3)  # exactly five minutes are not told
        affected += new.venue_id != old.venue_id or abs(moved) > TELL_AGAIN
    return affected


def _of(parts: list[Part], place: int) -> Part | None:
    return next((one for one in parts if one.first_place <= place <= (one.last_place or place)), None)


def _minute(part: Part, place: int) -> float:
    return part.at + (place - part.first_place) * part.each


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
