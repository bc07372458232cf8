"""The best slot for a make-up: after the classes whose slot it is, where there is really room."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest

import make
from gradphoto.schedule.planning.facts import PlanFacts
from gradphoto.schedule.planning.make_up import make_up_slots
from gradphoto.schedule.planning.plan import Plan
from plans import at, planned


def day(*heads_and_times: tuple[int, datetime, datetime]) -> tuple[Plan, PlanFacts]:
    """One class a slot."""
    return planned(*(("外语学院", starts, ends, {f"班{i}": n}) for i, (n, starts, ends) in enumerate(heads_and_times)))


def found(plan: Plan, facts: PlanFacts, now: datetime, taken: dict[UUID, int] | None = None) -> list[tuple[str, int]]:
    return [(one.slot.label, one.spare) for one in make_up_slots(plan, facts, taken or {}, now)]


def test_after_the_own_classes_there_are_41_places() -> None:
    plan, facts = day((139, at(11, 0), at(12, 0)))
    (one,) = make_up_slots(plan, facts, {}, at(8, 0))
    assert one.sentence == "10 月 24 日 11:45 以后到，外语学院之后还有 41 个空位"
    assert one.come_at == at(11, 45)


def test_room_that_an_overfull_slot_before_has_eaten_is_none() -> None:
    """By heads and capacity 41 would fit; the slot really begins 16 minutes late."""
    plan, facts = day((408, at(9, 0), at(11, 0)), (139, at(11, 0), at(12, 0)))
    assert facts.over(plan.slots[1]) == -41
    assert found(plan, facts, at(8, 0)) == []
    plan, facts = day((360, at(9, 0), at(11, 0)), (139, at(11, 0), at(12, 0)))
    assert found(plan, facts, at(8, 0)) == [("B", 41)]


def test_most_room_first_and_who_is_there_already_counts() -> None:
    plan, facts = day((100, at(9, 0), at(10, 0)), (60, at(13, 0), at(14, 0)))
    assert found(plan, facts, at(8, 0)) == [("B", 120), ("A", 80)]
    assert found(plan, facts, at(8, 0), {plan.slots[1].slot_id: 70}) == [("A", 80), ("B", 50)]
    assert found(plan, facts, at(8, 0), {plan.slots[1].slot_id: 120}) == [("A", 80)]


def test_what_is_left_of_a_slot_that_runs_and_nothing_of_one_that_is_over() -> None:
    plan, facts = day((100, at(9, 0), at(10, 0)), (60, at(13, 0), at(14, 0)))
    assert found(plan, facts, at(9, 50)) == [("B", 120), ("A", 30)]
    assert found(plan, facts, at(10, 0)) == [("B", 120)]
    assert found(plan, facts, at(23, 0)) == []


@pytest.fixture
def template(real: str) -> str:
    return real


async def test_a_student_is_shown_every_slot_but_the_own(people: make.People) -> None:
    slots = (await people.registrar.get(f"{people.at}/make-up-slots")).json()["slots"]
    assert [one["spare"] for one in slots] == sorted((one["spare"] for one in slots), reverse=True)
    assert all(one["spare"] > 0 for one in slots) and len({one["slot_id"] for one in slots}) == len(slots)
    timetable = (await people.registrar.get(f"{people.at}/timetable")).json()["slots"]
    over = {slot["slot_id"] for slot in timetable if slot["load"]["over"] >= 0}
    assert not over & {one["slot_id"] for one in slots}, "nobody is sent where it is full"
    best = next(slot for slot in timetable if slot["slot_id"] == slots[0]["slot_id"])
    members = {"class_group_id": best["classes"][0]["class_group_id"]}
    student = (await people.registrar.get(f"{people.at}/students", params=members)).json()["students"][0]
    own = await people.student(student["number"])
    seen = (await own.get(f"{people.at}/make-up-slots")).json()["slots"]
    assert [one["slot_id"] for one in seen] == [one["slot_id"] for one in slots[1:]]


async def test_a_make_up_that_checked_in_takes_a_place(people: make.People) -> None:
    slots = (await people.registrar.get(f"{people.at}/make-up-slots")).json()["slots"]
    student = (await people.registrar.get(f"{people.at}/students")).json()["students"][0]
    by_hand = {"reason": "补照", "slot_id": slots[0]["slot_id"]}
    made = await people.registrar.post(f"{people.at}/students/{student['student_id']}/check-in", json=by_hand)
    assert made.status_code == 200, made.text
    after = (await people.registrar.get(f"{people.at}/make-up-slots")).json()["slots"]
    assert {one["slot_id"]: one["spare"] for one in after}[slots[0]["slot_id"]] == slots[0]["spare"] - 1
    assert timedelta() <= datetime.fromisoformat(slots[0]["ends_at"]) - datetime.fromisoformat(slots[0]["come_at"])
