"""The best slot for a make-up: after the classes whose slot it is, where there is really room."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

import make
from gradphoto.schedule.planning.facts import PlanFacts
from gradphoto.schedule.planning.make_up import LiveRoom, make_up_slots
from gradphoto.schedule.planning.plan import Plan
from plans import VENUE, at, planned
from room import ok, when
from test_replan import Morning


def day(*heads_and_times: tuple[int, datetime, datetime]) -> tuple[Plan, PlanFacts]:
    """One class a slot."""
    return planned(*(("外语学院", starts, ends, {f"班{i}": n}) for i, (n, starts, ends) in enumerate(heads_and_times)))


def found(plan: Plan, facts: PlanFacts, now: datetime, taken: dict[UUID, int] | None = None) -> list[tuple[str, int]]:
    return [(one.slot.label, one.spare) for one in make_up_slots(plan, facts, taken or {}, now)]


def test_after_the_own_classes_from_a_minute_that_can_be_remembered() -> None:
    """The 139 are done at 11:46:20; from 11:50 there are ten minutes for 30 people."""
    plan, facts = day((139, at(11, 0), at(12, 0)))
    (one,) = make_up_slots(plan, facts, {}, at(8, 0))
    assert one.sentence == "10 月 24 日 11:50 以后到，外语学院之后还有 30 个空位"
    assert one.come_at == at(11, 50)
    plan, facts = day((135, at(11, 0), at(12, 0)))
    (one,) = make_up_slots(plan, facts, {}, at(8, 0))
    assert (one.come_at, one.spare) == (at(11, 45), 45), "control: on the minute nothing is rounded"


def test_room_that_an_overfull_slot_before_has_eaten_is_none() -> None:
    """By heads and capacity 41 would fit; the slot really begins 16 minutes late."""
    plan, facts = day((408, at(9, 0), at(11, 0)), (139, at(11, 0), at(12, 0)))
    assert facts.over(plan.slots[1]) == -41
    assert found(plan, facts, at(8, 0)) == []
    plan, facts = day((360, at(9, 0), at(11, 0)), (139, at(11, 0), at(12, 0)))
    assert found(plan, facts, at(8, 0)) == [("B", 30)]


def test_most_room_first_and_who_is_there_already_counts() -> None:
    plan, facts = day((100, at(9, 0), at(10, 0)), (60, at(13, 0), at(14, 0)))
    assert found(plan, facts, at(8, 0)) == [("B", 120), ("A", 75)]
    assert found(plan, facts, at(8, 0), {plan.slots[1].slot_id: 70}) == [("A", 75), ("B", 45)]
    assert found(plan, facts, at(8, 0), {plan.slots[1].slot_id: 120}) == [("A", 75)]


def test_what_is_left_of_a_slot_that_runs_and_nothing_of_one_that_is_over() -> None:
    plan, facts = day((100, at(9, 0), at(10, 0)), (60, at(13, 0), at(14, 0)))
    assert found(plan, facts, at(9, 50)) == [("B", 120), ("A", 30)]
    assert found(plan, facts, at(10, 0)) == [("B", 120)]
    assert found(plan, facts, at(23, 0)) == []


def live(
    plan: Plan, facts: PlanFacts, now: datetime, seconds: float, *to_come: int, **more: Any
) -> list[tuple[str, int]]:
    counted = {slot.slot_id: count for slot, count in zip(plan.slots, to_come, strict=True)}
    rooms = {VENUE.venue_id: LiveRoom(seconds, counted, **more)}
    return [(one.slot.label, one.spare) for one in make_up_slots(plan, facts, {}, now, rooms=rooms)]


def test_at_the_measured_pace_there_is_less_room_and_on_a_late_day_none() -> None:
    """By plan B has 60 places from 10:40. At 26 s it is done at 10:52; with 60 of A left at 10:00 there is no room."""
    plan, facts = day((180, at(9, 0), at(10, 0)), (120, at(10, 0), at(11, 0)))
    assert found(plan, facts, at(10, 0)) == [("B", 60)]
    assert live(plan, facts, at(10, 0), 20, 0, 120) == [("B", 60)]
    assert live(plan, facts, at(10, 0), 26, 0, 120) == [("B", 11)]
    assert live(plan, facts, at(10, 0), 26, 60, 120) == []
    assert live(plan, facts, at(10, 0), 10, 0, 120) == [("B", 240)], "a fast camera has more"


def test_nobody_is_sent_before_those_who_were_told_a_later_minute() -> None:
    plan, facts = day((120, at(10, 0), at(11, 0)))
    told = {plan.slots[0].slot_id: at(10, 40)}
    assert live(plan, facts, at(10, 20), 10, 30) == [("A", 210)]
    assert live(plan, facts, at(10, 20), 10, 30, told_until=told) == [("A", 120)]


def test_until_the_own_slot_has_closed_there_is_nothing() -> None:
    plan, facts = day((100, at(9, 0), at(10, 0)), (60, at(13, 0), at(14, 0)))
    offered = make_up_slots(plan, facts, {}, at(8, 0), not_before=at(13, 30) + timedelta(seconds=1))
    assert [(one.slot.label, one.come_at, one.spare) for one in offered] == [("B", at(13, 35), 75)]


@pytest.fixture
def template(real: str) -> str:
    return real


async def clock(people: make.People, at: datetime) -> None:
    ok(await people.registrar.put(f"{people.at}/clock", json={"at": at.isoformat()}))


async def test_a_student_is_shown_no_own_slot(people: make.People) -> None:
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
    assert best["slot_id"] in {one["slot_id"] for one in slots} - {one["slot_id"] for one in seen}


async def test_what_a_student_is_offered_the_door_accepts(people: make.People) -> None:
    """Before the own slot has closed everybody is sent to it: at 8:00 the registrar sees places of that time too."""
    timetable = ok(await people.registrar.get(f"{people.at}/timetable"))["slots"]
    await clock(people, when(timetable[0]["starts_at"]) - timedelta(hours=1))
    every = ok(await people.registrar.get(f"{people.at}/make-up-slots"))["slots"]
    of_class = {"class_group_id": timetable[2]["classes"][0]["class_group_id"]}
    members = ok(await people.registrar.get(f"{people.at}/students", params=of_class))["students"]
    first = await people.student(members[0]["number"])
    seen = ok(await first.get(f"{people.at}/make-up-slots"))["slots"]
    sooner = {one["slot_id"] for one in every if when(one["ends_at"]) <= when(timetable[2]["ends_at"])}
    assert sooner and not sooner & {one["slot_id"] for one in seen}
    assert min(when(one["come_at"]) for one in seen) > when(timetable[2]["ends_at"]) + timedelta(minutes=30)
    for one, member in zip(sorted(seen, key=lambda one: when(one["come_at"])), members, strict=False):
        await clock(people, when(one["come_at"]))
        door = ok(await people.screen.get(f"{people.at}/venues/{one['venue_id']}/door"))
        student = await people.student(member["number"])
        card = ok(await student.post(f"{people.at}/me/check-in", json={"code": door["typed_code"]}))
        assert (card["slot"]["slot_id"], card["make_up"]) == (one["slot_id"], True), card


async def test_on_a_late_day_nobody_is_sent_before_the_host_class(people: make.People) -> None:
    """The first class shot at 60 s each instead of 20: today's places are gone or later, tomorrow's stay."""
    before = {one["slot_id"]: one for one in ok(await people.registrar.get(f"{people.at}/make-up-slots"))["slots"]}
    day = await Morning.of(people)
    await day.shoot(60)
    after = {one["slot_id"]: one for one in ok(await people.registrar.get(f"{people.at}/make-up-slots"))["slots"]}
    today = {one for one in before if when(before[one]["starts_at"]).date() == day.now.date()}
    assert today and all(one not in after or after[one]["spare"] < before[one]["spare"] for one in today)
    assert {one: after.get(one) for one in before if one not in today} == {
        one: before[one] for one in before if one not in today
    }


async def test_who_has_no_slot_is_offered_none(people: make.People) -> None:
    slot = ok(await people.registrar.get(f"{people.at}/timetable"))["slots"][0]
    group = slot["classes"][0]["class_group_id"]
    student = ok(await people.registrar.get(f"{people.at}/students", params={"class_group_id": group}))["students"][0]
    own = await people.student(student["number"])
    assert ok(await own.get(f"{people.at}/make-up-slots"))["slots"] != []
    ok(await people.registrar.delete(f"{people.at}/class-groups/{group}/slot"))
    assert ok(await own.get(f"{people.at}/make-up-slots"))["slots"] == []


async def test_make_ups_that_checked_in_take_places(people: make.People) -> None:
    """Fifteen take five minutes."""
    slots = (await people.registrar.get(f"{people.at}/make-up-slots")).json()["slots"]
    students = (await people.registrar.get(f"{people.at}/students")).json()["students"][:15]
    by_hand = {"reason": "补照", "slot_id": slots[0]["slot_id"]}
    for student in students:
        ok(await people.registrar.post(f"{people.at}/students/{student['student_id']}/check-in", json=by_hand))
    after = (await people.registrar.get(f"{people.at}/make-up-slots")).json()["slots"]
    assert {one["slot_id"]: one["spare"] for one in after}.get(slots[0]["slot_id"], 0) == slots[0]["spare"] - 15
