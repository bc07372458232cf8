"""What in a plan cannot be published, or should be looked at before: overlaps, strangers in a slot, gaps. Pure."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from uuid import UUID

from gradphoto.schedule.models import Turn
from gradphoto.schedule.notice.proposal import SHANGHAI, Level, clock
from gradphoto.schedule.planning.facts import Group, PlanFacts
from gradphoto.schedule.planning.plan import Plan, PlannedClass, PlannedSlot
from gradphoto.schedule.planning.stress import PlanFinding

Places = list[tuple[PlannedSlot, PlannedClass]]


@dataclass(frozen=True, slots=True)
class Meanwhile:
    """What held when the draft began, and what holds now: somebody published or arranged in between."""

    began_with: Plan
    holds: Plan


def conflicts(plan: Plan, facts: PlanFacts, meanwhile: Meanwhile | None = None) -> list[PlanFinding]:
    return [
        *(_undone(plan, facts, meanwhile) if meanwhile else ()),
        *_overlaps(plan),
        *_turns(plan, facts),
        *_strangers(plan, facts),
        *_unplaced(plan, facts),
        *_incomplete(plan, facts),
    ]


def _undone(plan: Plan, facts: PlanFacts, meanwhile: Meanwhile) -> list[PlanFinding]:
    """Classes that somebody placed otherwise since the draft began, where publishing the draft would take it back."""
    found = []
    began, drafted = (
        {group.class_group_id: places for group, places in _places(one, facts)} for one in (meanwhile.began_with, plan)
    )
    for group, places in _places(meanwhile.holds, facts):
        was, will = began[group.class_group_id], drafted[group.class_group_id]
        if _keys(places) in (_keys(was), _keys(will)):
            continue
        sentence = (
            f"草稿开始以后有人直接调整了{group.name}：已发布的时间表里{_said(places)}，草稿里{_said(will)}。"
            "发布草稿会撤掉这次调整；要保留它，请先在草稿里也这样改。"
        )
        ids = tuple(slot.slot_id for slot, _ in will)
        found.append(PlanFinding("published_changed_meanwhile", Level.warning, sentence, ids, (group.class_group_id,)))
    return found


def _keys(places: Places) -> list[tuple[UUID, Turn, int, int | None]]:
    return [(slot.slot_id, one.turn, one.first_place, one.last_place) for slot, one in places]


def _said(places: Places) -> str:
    turns = {Turn.first: "（先拍）", Turn.normal: "", Turn.last: "（后拍）"}
    return "在 " + "、".join(f"{slot.label} 场{turns[one.turn]}" for slot, one in places) if places else "没有排场次"


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


def _places(plan: Plan, facts: PlanFacts) -> Iterator[tuple[Group, Places]]:
    """Every class group of the roster with where it stands."""
    found: dict[UUID, Places] = defaultdict(list)
    for slot in plan.slots:
        for one in slot.classes:
            found[one.class_group_id].append((slot, one))
    for group in facts.groups.values():
        yield group, found[group.class_group_id]


def _times(slot: PlannedSlot) -> str:
    starts, ends = slot.starts_at.astimezone(SHANGHAI), slot.ends_at.astimezone(SHANGHAI)
    return f"{starts.month} 月 {starts.day} 日 {clock(starts)}-{clock(ends)}"
