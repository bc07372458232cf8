"""What in a plan cannot be published, or should be looked at before: overlaps, strangers in a slot, gaps. Pure."""

from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise
from uuid import UUID

from gradphoto.schedule.models import Turn
from gradphoto.schedule.notice.proposal import SHANGHAI, Level, clock
from gradphoto.schedule.planning.facts import Group, PlanFacts
from gradphoto.schedule.planning.plan import Plan, PlannedClass, PlannedSlot
from gradphoto.schedule.planning.stress import PlanFinding


def conflicts(plan: Plan, facts: PlanFacts) -> list[PlanFinding]:
    return [
        *_overlaps(plan),
        *_turns(plan, facts),
        *_strangers(plan, facts),
        *_unplaced(plan, facts),
        *_incomplete(plan, facts),
    ]


def _overlaps(plan: Plan) -> list[PlanFinding]:
    found = []
    for venue in plan.venues:
        slots = sorted((s for s in plan.slots if s.venue_id == venue.venue_id), key=lambda one: one.starts_at)
        latest: PlannedSlot | None = None
        for before, after in pairwise(slots):
            latest = before if latest is None or before.ends_at > latest.ends_at else latest
            if latest.overlaps(after.starts_at, after.ends_at):
                place = f"{venue.name} {venue.room}".strip()
                sentence = (
                    f"{latest.label} 场（{_times(latest)}）和 {after.label} 场（{_times(after)}）在{place}时间重叠。"
                )
                ids = (latest.slot_id, after.slot_id)
                found.append(PlanFinding("slots_overlap", Level.warning, f"{sentence}不能发布。", ids))
    return found


def _turns(plan: Plan, facts: PlanFacts) -> list[PlanFinding]:
    """Changes keep the order of turns; a plan that came from elsewhere may not have it."""
    found = []
    for slot in plan.slots:
        for before, after in pairwise(slot.classes):
            if list(Turn).index(before.turn) > list(Turn).index(after.turn):
                names = (facts.name(before.class_group_id), facts.name(after.class_group_id))
                sentence = f"{slot.label} 场里 {names[0]} 排在 {names[1]} 前面，和先拍、后拍的要求相反。"
                ids = (before.class_group_id, after.class_group_id)
                found.append(PlanFinding("turns_out_of_order", Level.warning, sentence, (slot.slot_id,), ids))
    return found


def _strangers(plan: Plan, facts: PlanFacts) -> list[PlanFinding]:
    """A class in another college's slot is allowed, and said."""
    found = []
    for slot in plan.slots:
        for one in slot.classes:
            group = facts.groups.get(one.class_group_id)
            if group is not None and slot.college_id not in (None, group.college_id):
                sentence = (
                    f"{group.name}（{group.college_name}）排在{facts.college(slot.college_id)}的 {slot.label} 场。"
                )
                places = ((slot.slot_id,), (group.class_group_id,))
                found.append(PlanFinding("class_in_other_colleges_slot", Level.question, sentence, *places))
    return found


def _unplaced(plan: Plan, facts: PlanFacts) -> list[PlanFinding]:
    found = []
    for group, places in _places(plan, facts):
        if not places:
            sentence = f"{group.college_name}的{group.name}（{group.heads} 人）没有排场次。"
            found.append(PlanFinding("class_unplaced", Level.warning, sentence, (), (group.class_group_id,)))
        elif len(places) > 1:
            parts = "，".join(f"{slot.label} 场 {one.heads(group.heads)} 人" for slot, one in places)
            sentence = f"{group.name}拆成 {len(places)} 部分：{parts}。"
            ids = tuple(slot.slot_id for slot, _ in places)
            found.append(PlanFinding("class_split", Level.question, sentence, ids, (group.class_group_id,)))
    return found


def _incomplete(plan: Plan, facts: PlanFacts) -> list[PlanFinding]:
    """Places of a split class that are in no slot: a kept version from before the roster grew."""
    found = []
    for group, places in _places(plan, facts):
        placed = sum(one.heads(group.heads) for _, one in places)
        if places and placed < group.heads:
            sentence = f"{group.name} {group.heads} 人，只有 {placed} 人排了场次。"
            ids = tuple(slot.slot_id for slot, _ in places)
            found.append(PlanFinding("class_partly_placed", Level.warning, sentence, ids, (group.class_group_id,)))
    return found


def _places(plan: Plan, facts: PlanFacts) -> Iterator[tuple[Group, list[tuple[PlannedSlot, PlannedClass]]]]:
    """Every class group of the roster with where it stands."""
    found: dict[UUID, list[tuple[PlannedSlot, PlannedClass]]] = defaultdict(list)
    for slot in plan.slots:
        for one in slot.classes:
            found[one.class_group_id].append((slot, one))
    for group in facts.groups.values():
        yield group, found[group.class_group_id]


def _times(slot: PlannedSlot) -> str:
    starts, ends = slot.starts_at.astimezone(SHANGHAI), slot.ends_at.astimezone(SHANGHAI)
    return f"{starts.month} 月 {starts.day} 日 {clock(starts)}-{clock(ends)}"
