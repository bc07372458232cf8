"""Changes of a timetable: each does what it says, refuses with a sentence, and no sequence of them loses a student."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradphoto.schedule.models import Turn
from gradphoto.schedule.planning.change_kinds import (
    AddSlot,
    Change,
    JoinClass,
    MoveClass,
    RemoveSlot,
    RemoveVenue,
    SetSlot,
    SetVenue,
    SplitClass,
    UnplaceClass,
)
from gradphoto.schedule.planning.change_titles import title_of
from gradphoto.schedule.planning.changes import ChangeDoesNotFit, apply, apply_all, label
from gradphoto.schedule.planning.conflicts import conflicts
from gradphoto.schedule.planning.facts import PlanFacts
from gradphoto.schedule.planning.plan import Plan
from plans import VENUE, at, named, names, planned

A, B, C = named("slot 0"), named("slot 1"), named("slot 2")


def campaign() -> tuple[Plan, PlanFacts]:
    return planned(
        ("甲院", at(9), at(10), {"甲1": 30, "甲2": 30, "甲3": 30}),
        ("乙院", at(10), at(11), {"乙1": 30, "乙2": 10}),
        first="甲1",
        last="甲3",
        unplaced={"丙1": 20},
    )


def move(name: str, slot: Any, turn: Turn = Turn.normal, position: int = 0, source: Any = None) -> MoveClass:
    more = {"turn": turn, "position": position, "from_slot_id": source}
    return MoveClass(kind="move_class", class_group_id=named(name), slot_id=slot, **more)


def split(name: str, after: int, slot: Any, source: Any = None) -> SplitClass:
    more = {"turn": Turn.normal, "position": 0, "from_slot_id": source}
    return SplitClass(kind="split_class", class_group_id=named(name), after=after, slot_id=slot, **more)


def join(name: str, slot: Any) -> JoinClass:
    return JoinClass(kind="join_class", class_group_id=named(name), slot_id=slot)


def unplace(name: str) -> UnplaceClass:
    return UnplaceClass(kind="unplace_class", class_group_id=named(name))


def slot_of(kind: type[Any], slot: Any, starts: Any, ends: Any, **more: Any) -> Any:
    word = "set_slot" if kind is SetSlot else "add_slot"
    values = {"venue_id": VENUE.venue_id, "college_id": None, "cameras": 1, **more}
    return kind(kind=word, slot_id=slot, starts_at=starts, ends_at=ends, **values)


DONE: list[tuple[str, list[Change], list[list[str]]]] = [
    ("to another slot", [move("甲2", B)], [["甲1", "甲3"], ["甲2", "乙1", "乙2"]]),
    ("at its place", [move("甲2", B, position=1)], [["甲1", "甲3"], ["乙1", "甲2", "乙2"]]),
    ("beyond the end", [move("甲2", B, position=999)], [["甲1", "甲3"], ["乙1", "乙2", "甲2"]]),
    ("another turn", [move("甲2", A, Turn.last)], [["甲1", "甲2", "甲3"], ["乙1", "乙2"]]),
    ("after those first", [move("乙1", A)], [["甲1", "乙1", "甲2", "甲3"], ["乙2"]]),
    ("placed at last", [move("丙1", B, position=2)], [["甲1", "甲2", "甲3"], ["乙1", "乙2", "丙1"]]),
    ("taken out", [unplace("甲2")], [["甲1", "甲3"], ["乙1", "乙2"]]),
    ("split", [split("甲2", 10, B)], [["甲1", "甲2:1-10", "甲3"], ["甲2:11-", "乙1", "乙2"]]),
    ("part moved back", [split("甲2", 10, B), move("甲2", A, source=B)], [["甲1", "甲2", "甲3"], ["乙1", "乙2"]]),
    ("joined there", [split("甲2", 10, B), join("甲2", B)], [["甲1", "甲3"], ["甲2", "乙1", "乙2"]]),
    ("split and out", [split("甲2", 10, B), unplace("甲2")], [["甲1", "甲3"], ["乙1", "乙2"]]),
    ("times crossed", [slot_of(SetSlot, A, at(11), at(12))], [["乙1", "乙2"], ["甲1", "甲2", "甲3"]]),
    ("slot gone", [RemoveSlot(kind="remove_slot", slot_id=A)], [["乙1", "乙2"]]),
    ("new slot", [slot_of(AddSlot, C, at(8), at(9)), move("丙1", C)], [["丙1"], ["甲1", "甲2", "甲3"], ["乙1", "乙2"]]),
]


@pytest.mark.parametrize(("_", "changes", "expected"), DONE, ids=[one[0] for one in DONE])
def test_each_change_does_what_it_says(_: str, changes: list[Change], expected: list[list[str]]) -> None:
    plan, facts = campaign()
    assert names(apply_all(plan, changes, facts), facts) == expected
    assert title_of(plan, changes, facts)


REFUSED: list[tuple[list[Change], str]] = [
    ([move("没有", A)], "名单里没有这个班级"),
    ([move("甲2", C)], "没有这个场次"),
    ([unplace("丙1")], "本来就没有排场次"),
    ([split("丙1", 5, A)], "还没有排场次"),
    ([split("甲2", 30, B)], "只有 30 人"),
    ([split("甲2", 10, A)], "要放到另一个场次"),
    ([split("甲2", 10, B), move("甲2", A)], "拆在 A、B 场"),
    ([join("甲2", A)], "没有拆分"),
    ([split("甲2", 10, B), RemoveSlot(kind="remove_slot", slot_id=B)], "请先合并或移走"),
    ([slot_of(SetSlot, A, at(9), at(9))], "结束时间要比开始时间晚"),
    ([slot_of(SetSlot, A, at(9), at(10, day=30))], "最长 16 小时"),
    ([slot_of(SetSlot, A, at(9), at(10), venue_id=C)], "没有这个拍摄点"),
    ([slot_of(SetSlot, A, at(9), at(10), college_id=C)], "没有这个学院"),
    ([slot_of(AddSlot, A, at(12), at(13))], "已经添加过了"),
    ([RemoveVenue(kind="remove_venue", venue_id=VENUE.venue_id)], "还有场次"),
    ([SetVenue(kind="set_venue", venue_id=C, name=VENUE.name, room=VENUE.room, gate="")], "已经有一个拍摄点"),
]


@pytest.mark.parametrize(("changes", "sentence"), REFUSED, ids=[one[1] for one in REFUSED])
def test_what_does_not_fit_is_refused_with_a_sentence(changes: list[Change], sentence: str) -> None:
    plan, facts = campaign()
    with pytest.raises(ChangeDoesNotFit) as refusal:
        apply_all(plan, changes, facts)
    assert sentence in refusal.value.detail and refusal.value.facts == {"change": len(changes) - 1}


def test_three_parts_only_meet_where_their_numbers_do() -> None:
    plan, facts = campaign()
    plan = apply_all(plan, [slot_of(AddSlot, C, at(13), at(14)), split("甲2", 10, B), split("甲2", 10, C, B)], facts)
    assert names(plan, facts)[1:] == [["甲2:11-20", "乙1", "乙2"], ["甲2:21-"]]
    with pytest.raises(ChangeDoesNotFit, match=r".*"):
        apply(plan, move("甲2", A, source=C), facts)
    plan = apply_all(plan, [move("甲2", B, source=C), move("甲2", A, source=B)], facts)
    assert names(plan, facts)[0] == ["甲1", "甲2", "甲3"]


def test_labels_stay_and_new_ones_are_free() -> None:
    plan, facts = campaign()
    plan = apply(plan, RemoveSlot(kind="remove_slot", slot_id=A), facts)
    plan = apply(plan, slot_of(AddSlot, C, at(13), at(14)), facts)
    assert [slot.label for slot in plan.slots] == ["B", "A"]
    assert [label(i) for i in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]


def test_titles_say_what_was_done() -> None:
    plan, facts = campaign()
    said = [
        (move("甲2", B), "把 甲2 从 A 场移到 B 场"),
        (move("丙1", B), "把 丙1 排进 B 场"),
        (move("甲2", A, Turn.last), "甲2 在 A 场改为后拍"),
        (move("乙2", B), "调整 乙2 在 B 场的次序"),
        (split("甲2", 10, B), "甲2 前 10 人不动，其余移到 B 场"),
        (slot_of(SetSlot, A, at(8, 45), at(10), college_id=named("甲院")), "A 场改为 10 月 24 日 8:45-10:00"),
        (slot_of(AddSlot, C, at(13), at(14)), "新增 C 场 10 月 24 日 13:00-14:00"),
    ]
    assert [title_of(plan, [change], facts) for change, _ in said] == [title for _, title in said]
    assert title_of(plan, [move("甲2", B), move("甲3", B)], facts) == "把 甲2 从 A 场移到 B 场 等 2 处"


# --- any sequence ----------------------------------------------------------------------------------------------------

CLASSES = st.sampled_from(["甲1", "甲2", "甲3", "乙1", "乙2", "丙1"])
SLOTS = st.sampled_from([A, B, C])
TIMES = st.integers(0, 40).map(lambda n: at(8 + n // 6, n % 6 * 10))
ANY: st.SearchStrategy[Change] = st.one_of(
    st.builds(move, CLASSES, SLOTS, st.sampled_from(Turn), st.integers(0, 5), st.none() | SLOTS),
    st.builds(split, CLASSES, st.integers(1, 40), SLOTS, st.none() | SLOTS),
    st.builds(join, CLASSES, SLOTS),
    st.builds(unplace, CLASSES),
    st.builds(slot_of, st.sampled_from([SetSlot, AddSlot]), SLOTS, TIMES, TIMES),
    st.builds(RemoveSlot, kind=st.just("remove_slot"), slot_id=SLOTS),
)


def broken(plan: Plan) -> list[str]:
    """What must hold after any sequence; empty when it does."""
    wrong = []
    if [*plan.slots] != sorted(plan.slots, key=lambda slot: (slot.starts_at, slot.label)):
        wrong.append("slots are not in the order of time")
    if len({slot.label for slot in plan.slots}) != len(plan.slots):
        wrong.append("two slots have one label")
    for slot in plan.slots:
        turns = [list(Turn).index(one.turn) for one in slot.classes]
        if turns != sorted(turns):
            wrong.append(f"{slot.label}: first, the others, last is broken")
        if len({one.class_group_id for one in slot.classes}) != len(slot.classes):
            wrong.append(f"{slot.label}: a class stands there twice")
    for group in {one.class_group_id for slot in plan.slots for one in slot.classes}:
        parts = sorted((one.first_place, one.last_place) for _, one in plan.places(group))
        ends = [0, *(last for _, last in parts)]
        if [first - 1 for first, _ in parts] != ends[:-1] or ends[-1] is not None:
            wrong.append(f"places of a class overlap or are missing: {parts}")
    return wrong


@settings(max_examples=200, deadline=None)
@given(st.lists(ANY, max_size=25))
def test_no_sequence_loses_a_student_or_breaks_the_order(changes: list[Change]) -> None:
    plan, facts = campaign()
    for change in changes:
        try:
            plan = apply(plan, change, facts)
        except ChangeDoesNotFit:
            continue
        assert broken(plan) == [], change
        assert Plan.model_validate_json(plan.model_dump_json()) == plan, "a kept version reads back as it was"
    placed = {one.class_group_id for slot in plan.slots for one in slot.classes}
    missing = {one.class_group_ids[0] for one in conflicts(plan, facts) if one.code == "class_unplaced"}
    assert placed | missing == set(facts.groups) and not placed & missing


def test_the_judge_sees_a_broken_plan() -> None:
    """Negative control: a class in two slots, turns out of order, slots out of order."""
    plan, _ = campaign()
    a, b = plan.slots
    twice = b.model_copy(update={"classes": (*b.classes, a.classes[1])})
    turned = a.model_copy(update={"classes": tuple(reversed(a.classes))})
    assert broken(plan.model_copy(update={"slots": (a, twice)}))
    assert broken(plan.model_copy(update={"slots": (turned, b)}))
    assert broken(plan.model_copy(update={"slots": (b, a)}))
