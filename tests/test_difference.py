"""Draft against published: who comes when instead of when; a move that nobody is told of affects nobody."""

from datetime import timedelta

from gradphoto.schedule.models import Turn
from gradphoto.schedule.planning.changes import apply_all
from gradphoto.schedule.planning.conflicts import conflicts
from gradphoto.schedule.planning.difference import difference
from gradphoto.schedule.planning.facts import PlanFacts
from gradphoto.schedule.planning.plan import Plan
from plans import VENUE, at, named, planned
from test_plan_changes import A, B, move, split, unplace


def campaign() -> tuple[Plan, PlanFacts]:
    return planned(
        ("甲院", at(9), at(10), {"甲1": 30, "甲2": 30}), ("乙院", at(10), at(11), {"乙1": 30}), unplaced={"丙1": 20}
    )


def affected(old: Plan, new: Plan, facts: PlanFacts) -> dict[str, int]:
    return {one.class_group_name: one.students for one in difference(old, new, facts).classes}


def later(plan: Plan, minutes: int) -> Plan:
    first, *others = plan.slots
    by = timedelta(minutes=minutes)
    moved = first.model_copy(update={"starts_at": first.starts_at + by, "ends_at": first.ends_at + by})
    return plan.with_slots([moved, *others])


def test_the_same_plan_affects_nobody() -> None:
    plan, facts = campaign()
    changed = difference(plan, plan, facts)
    assert (changed.classes, changed.slots, changed.students, changed.colleges) == ((), (), 0, [])


def test_five_minutes_are_not_told_and_six_are() -> None:
    plan, facts = campaign()
    assert affected(plan, later(plan, 5), facts) == {}
    assert affected(plan, later(plan, 6), facts) == {"甲1": 30, "甲2": 30}
    assert [one.label for one in difference(plan, later(plan, 5), facts).slots] == ["A"], "the slot's times are shown"


def test_who_stands_behind_a_class_that_goes_comes_earlier() -> None:
    plan, facts = campaign()
    new = apply_all(plan, [move("甲1", B, position=9)], facts)
    assert affected(plan, new, facts) == {"甲1": 30, "甲2": 30}
    first = difference(plan, new, facts).classes[0]
    assert [(one.slot_label, one.planned_start_at) for one in first.before + first.after] == [
        ("A", at(9)),
        ("B", at(9, 54) + timedelta(seconds=54)),  # B may begin 15 minutes early, 1 % closer than the pace
    ]


def test_a_class_that_is_placed_taken_out_or_split() -> None:
    plan, facts = campaign()
    assert affected(plan, apply_all(plan, [move("丙1", B, position=9)], facts), facts) == {"丙1": 20}
    assert affected(plan, apply_all(plan, [unplace("乙1")], facts), facts) == {"乙1": 30}
    assert affected(plan, apply_all(plan, [split("甲2", 25, B)], facts), facts) == {"甲2": 5}


def test_another_turn_in_place_is_shown_but_affects_nobody() -> None:
    plan, facts = campaign()
    assert affected(plan, apply_all(plan, [move("甲2", A, Turn.last)], facts), facts) == {"甲2": 0}


def test_another_room_is_news_at_the_same_minute() -> None:
    plan, facts = campaign()
    other = VENUE.model_copy(update={"venue_id": named("other"), "room": "1203"})
    slots = [plan.slots[0].model_copy(update={"venue_id": other.venue_id}), plan.slots[1]]
    new = plan.model_copy(update={"venues": (VENUE, other)}).with_slots(slots)
    assert affected(plan, new, facts) == {"甲1": 30, "甲2": 30, "乙1": 30}, "乙1 cannot begin before its time any more"


def test_another_slot_of_the_same_room_at_the_same_minute_is_no_news() -> None:
    plan, facts = planned(("甲院", at(9), at(10), {"甲1": 180}), ("乙院", at(10), at(11), {"乙1": 30}))
    cut = [plan.slots[0].model_copy(update={"ends_at": at(9, 55)}), plan.slots[1].model_copy(update={"classes": ()})]
    new = apply_all(plan.with_slots(cut), [move("乙1", A, position=9)], facts)
    assert affected(plan, new, facts) == {"乙1": 0}


def test_an_overfull_slot_that_is_mended_moves_the_ones_behind_it() -> None:
    """甲 has 30 people too many: 乙, which stays as it is, begins ten minutes later with them than without."""
    plan, facts = planned(("甲院", at(9), at(10), {"甲1": 180, "甲2": 30}), ("乙院", at(10), at(11), {"乙1": 30}))
    changed = difference(plan, apply_all(plan, [unplace("甲2")], facts), facts)
    assert {one.class_group_name: one.students for one in changed.classes} == {"甲2": 30, "乙1": 30}
    behind = changed.classes[1]
    late, free = at(9) + timedelta(seconds=210 * 19.8), at(9) + timedelta(seconds=180 * 19.8)
    assert [one.planned_start_at for one in behind.before + behind.after] == [late, free]


def test_conflicts_are_found_and_only_where_they_are() -> None:
    plan, facts = campaign()
    assert [one.code for one in conflicts(plan, facts)] == ["class_unplaced"]
    new = apply_all(plan, [split("甲2", 10, B), move("丙1", B)], facts)
    assert sorted(one.code for one in conflicts(new, facts)) == [
        "class_in_other_colleges_slot",
        "class_in_other_colleges_slot",
        "class_split",
    ]
    assert [one.code for one in conflicts(later(plan, 1), facts)] == ["slots_overlap", "class_unplaced"]
    part = plan.slots[1].classes[0].model_copy(update={"last_place": 10})
    grown = plan.with_slots([plan.slots[0], plan.slots[1].model_copy(update={"classes": (part,)})])
    assert "乙1 30 人，只有 10 人排了场次。" in [one.sentence for one in conflicts(grown, facts)]


def test_two_rooms_may_be_busy_at_one_time() -> None:
    """Control for the overlap: the same times in another room are no conflict."""
    plan, facts = campaign()
    other = VENUE.model_copy(update={"venue_id": named("other"), "room": "1203"})
    slots = [plan.slots[0], plan.slots[1].model_copy(update={"venue_id": other.venue_id, "starts_at": at(9)})]
    new = plan.model_copy(update={"venues": (VENUE, other)}).with_slots(slots)
    assert [one.code for one in conflicts(new, facts)] == ["class_unplaced"]


def test_an_order_of_turns_that_came_broken_is_said() -> None:
    plan, facts = campaign()
    first, second = plan.slots[0].classes
    turned = (first.model_copy(update={"turn": Turn.last}), second)
    new = plan.with_slots([plan.slots[0].model_copy(update={"classes": turned}), plan.slots[1]])
    found = conflicts(new, facts)[0]
    assert (found.code, found.sentence) == (
        "turns_out_of_order",
        "A 场里 甲1 排在 甲2 前面，和先拍、后拍的要求相反。",
    )
