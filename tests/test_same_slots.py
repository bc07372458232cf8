"""A plan from elsewhere keeps the slots that hold: ids, labels, and so the tickets that people have in hand."""

from uuid import uuid4

from gradphoto.schedule.planning.plan import Plan
from gradphoto.schedule.planning.same_slots import keeping_slots
from plans import at, named, planned

HELD, _ = planned(
    ("甲", at(9), at(10), {"甲1": 10}),
    ("乙", at(10), at(11), {"乙1": 10}),
    ("甲", at(13), at(14), {"甲2": 10}),
)


def fresh(plan: Plan) -> Plan:
    """The same slots as somebody else would make them: other ids, other labels."""
    slots = [slot.model_copy(update={"slot_id": uuid4(), "label": f"Z{i}"}) for i, slot in enumerate(plan.slots)]
    return plan.with_slots(slots)


def ids(plan: Plan) -> list[tuple[object, str]]:
    return [(slot.slot_id, slot.label) for slot in plan.slots]


def test_the_same_timetable_has_the_same_slots() -> None:
    assert keeping_slots(fresh(HELD), HELD) == HELD


def test_a_slot_that_moves_within_its_day_is_still_that_slot() -> None:
    later, _ = planned(("甲", at(9, 5), at(10), {"甲1": 10}), ("乙", at(10), at(11), {"乙1": 10}))
    assert ids(keeping_slots(fresh(later), HELD)) == [(named("slot 0"), "A"), (named("slot 1"), "B")]


def test_of_two_slots_of_a_college_each_keeps_the_nearest() -> None:
    moved, _ = planned(("甲", at(9, 30), at(10), {"甲1": 10}), ("甲", at(13, 30), at(14), {"甲2": 10}))
    assert ids(keeping_slots(fresh(moved), HELD)) == [(named("slot 0"), "A"), (named("slot 2"), "C")]


def test_another_day_is_another_slot_with_a_label_nobody_had() -> None:
    other, _ = planned(("甲", at(9, day=25), at(10, day=25), {"甲1": 10}))
    (slot,) = keeping_slots(fresh(other), HELD).slots
    assert slot.slot_id not in {one.slot_id for one in HELD.slots} and slot.label == "D"


def test_labels_stay_unique_when_more_slots_come() -> None:
    more, _ = planned(*((f"院{i}", at(9, 5 * i), at(9, 5 * i + 5), {f"班{i}": 1}) for i in range(8)))
    made = keeping_slots(fresh(more), HELD)
    assert len({slot.label for slot in made.slots}) == len({slot.slot_id for slot in made.slots}) == 8
