"""The stress test says what an overfull slot does to the day, and what mends it; 先拍 and 后拍 are never broken."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

import make
from gradphoto.core.db import sessions
from gradphoto.roster.models import Student
from gradphoto.schedule.models import Arrival
from gradphoto.schedule.planning.changes import apply_all
from gradphoto.schedule.planning.facts import PlanFacts
from gradphoto.schedule.planning.plan import Plan
from gradphoto.schedule.planning.repairs import Cost, Repair, repair_all, repairs
from gradphoto.schedule.planning.stress import Stress, stress
from plans import at, named, names, planned


def said(tested: Stress) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for one in tested.findings:
        found.setdefault(one.code, []).append(one.sentence)
    return found


# --- the stress test -------------------------------------------------------------------------------------------------


def test_the_second_day_of_the_notice() -> None:
    """The figures of 10-24: 材料 ends 11:16, the morning 12:02:20, the day 16:05:20."""
    plan, facts = planned(
        ("材料学院", at(9), at(11), {"材": 408}),
        ("外语学院", at(11), at(12), {"外": 139}),
        ("管理学院", at(13), at(15), {"管": 366}),
        ("能环学院", at(15), at(16), {"能": 190}),
    )
    tested = stress(plan, facts)
    assert [(one.capacity, one.over) for one in tested.slots] == [(360, 48), (180, -41), (360, 6), (180, 10)]
    assert [one.ends_really.strftime("%H:%M:%S") for one in tested.slots] == [
        "11:16:00",
        "12:02:20",
        "15:02:00",
        "16:05:20",
    ]
    assert tested.slots[0].delays == (named("slot 1"),) and tested.slots[1].delays == ()
    assert tested.over == 64
    sentences = said(tested)
    assert sentences["break_eaten"] == ["B 场拍到 12:03，占用休息时间 3 分钟。"]
    assert sentences["day_ends_late"] == ["10 月 24 日要拍到 16:06，比计划的 16:00 晚 6 分钟。"]
    assert sentences["over_capacity"][0].endswith("多 48 人，要拍到 11:16。后面 B 场因此推迟开始。")


def test_what_fits_says_nothing() -> None:
    plan, facts = planned(("甲院", at(9), at(10), {"甲": 180}), ("乙院", at(10), at(11), {"乙": 180}))
    assert stress(plan, facts).findings == () and repairs(plan, facts) == []


def test_two_cameras_hold_twice_as_many() -> None:
    plan, facts = planned(("甲院", at(9), at(10), {"甲": 360}))
    assert stress(plan, facts).over == 180
    twice = plan.with_slots([plan.slots[0].model_copy(update={"cameras": 2})])
    assert stress(twice, facts).findings == ()


def test_what_is_unknown_is_said() -> None:
    plan, facts = planned(
        ("高工学院", at(9), at(10), {}), ("乙院", at(10), at(11), {"空班": 0, "乙": 5}), unplaced={"丙": 7}
    )
    slots = [slot.model_copy(update={"stated_heads": 120}) for slot in plan.slots]
    sentences = said(stress(plan.with_slots(slots), facts))
    assert sentences["slot_without_classes"] == ["A 场还没有班级，通知写 120 人，人数未知，测算按 0 人。"]
    assert sentences["heads_differ"] == ["B 场通知写 120 人，名单上排进的是 5 人，测算按名单。"]
    assert sentences["class_without_heads"] == ["空班 1 个班在名单上没有学生，人数未知，测算按 0 人。"]
    assert sentences["unplaced_heads"] == ["还有 1 个班 7 人没有排场次，不在测算里。"]


# --- repairs ---------------------------------------------------------------------------------------------------------


def by_cost(found: list[Repair]) -> dict[Cost, Repair]:
    return {one.cost: one for one in found}


def tried(plan: Plan, facts: PlanFacts, one: Repair) -> Plan:
    return apply_all(plan, one.changes, facts)


def test_it_starts_when_the_slot_before_is_done() -> None:
    plan, facts = planned(("化生", at(13), at(13, 40), {"化": 104}), ("计通", at(13, 40), at(16), {"计": 431}))
    one = by_cost(repairs(plan, facts))[Cost.start_early]
    assert one.title == "B 场提前 4 分钟，A 场拍完就开始（13:36）"
    after = tried(plan, facts, one)
    assert [facts.over(slot) for slot in after.slots] == [-4, -1]
    assert after.slots[0].ends_at == after.slots[1].starts_at == at(13, 36)


def test_it_starts_in_the_free_time_before_but_leaves_a_break() -> None:
    plan, facts = planned(("甲", at(9), at(12), {"甲": 540}), ("乙", at(13), at(14), {"乙": 250}))
    one = by_cost(repairs(plan, facts))[Cost.start_early]
    assert one.over_before == 70 and one.over_after == 0
    assert tried(plan, facts, one).slots[1].starts_at == at(12, 35)
    plan, facts = planned(("甲", at(9), at(12), {"甲": 540}), ("乙", at(12, 20), at(14), {"乙": 310}))
    assert Cost.start_early not in by_cost(repairs(plan, facts)), "20 minutes are no more than the break"


def test_whole_classes_go_where_there_is_room() -> None:
    plan, facts = planned(
        ("甲", at(9), at(10), {"甲1": 90, "甲2": 60, "甲3": 40, "甲4": 30}),
        ("乙", at(10), at(11), {"乙1": 140}),
    )
    one = by_cost(repairs(plan, facts))[Cost.move_classes]
    assert names(tried(plan, facts, one), facts) == [["甲1", "甲2", "甲4"], ["乙1", "甲3"]]
    assert (one.over_before, one.over_after) == (40, 0)


def test_first_is_never_moved_later_and_last_never_earlier() -> None:
    """The only class that fits is 先拍, and the room is later: no move. 后拍 with room only before: none either."""
    later = planned(("甲", at(9), at(10), {"甲1": 20, "甲2": 170}), ("乙", at(10), at(11), {"乙": 140}), first="甲1")
    earlier = planned(("乙", at(9), at(10), {"乙": 140}), ("甲", at(10), at(11), {"甲1": 20, "甲2": 170}), last="甲1")
    for plan, facts in (later, earlier):
        assert Cost.move_classes not in by_cost(repairs(plan, facts))
    plan, facts = planned(("甲", at(9), at(10), {"甲1": 20, "甲2": 170}), ("乙", at(10), at(11), {"乙": 140}))
    assert Cost.move_classes in by_cost(repairs(plan, facts)), "control: a class without a wish may go"
    plan, facts = planned(
        ("甲", at(9), at(10), {"甲1": 20, "甲2": 170}), ("乙", at(10), at(11), {"乙": 140}), last="甲1"
    )
    moved = tried(plan, facts, by_cost(repairs(plan, facts))[Cost.move_classes])
    assert names(moved, facts)[1] == ["乙", "甲1"], "later is what 后拍 asked for"


def test_the_tail_takes_exactly_those_who_are_too_many() -> None:
    plan, facts = planned(("甲", at(9), at(10), {"甲1": 150, "甲2": 50}), ("乙", at(10), at(11), {"乙": 155}))
    one = by_cost(repairs(plan, facts))[Cost.move_tail]
    assert names(tried(plan, facts, one), facts) == [["甲1", "甲2:1-30"], ["乙", "甲2:31-"]]
    assert one.students == 20 + 155, "and 乙 need not wait for them any more"


def test_nothing_is_proposed_that_only_moves_the_crowd() -> None:
    plan, facts = planned(("甲", at(9), at(10), {"甲1": 100, "甲2": 100}), ("乙", at(10), at(11), {"乙": 180}))
    assert all(one.plan_over_after < one.plan_over_before for one in repairs(plan, facts))
    for one in repairs(plan, facts):
        after = tried(plan, facts, one)
        assert facts.over(after.slots[1]) <= 0, one.title


def test_what_cannot_be_mended_ends() -> None:
    plan, facts = planned(("甲", at(8), at(20), {"甲": 50_000}))
    done = repair_all(plan, facts)
    assert done and done[-1].plan_over_after > 0


# --- the campaign of the notice --------------------------------------------------------------------------------------


@pytest.fixture
def template(real: str) -> str:
    return real


async def test_the_overload_of_materials_is_repaired_with_one_step_and_taken_back(people: make.People) -> None:
    at_draft = f"{people.at}/timetable/draft"
    draft = (await people.registrar.get(at_draft)).json()
    slot = next(one for one in draft["plan"]["slots"] if one["college_name"] == "材料学院")
    assert slot["stress"]["over"] == 48
    asked = await people.registrar.get(f"{at_draft}/repairs", params={"slot_id": slot["slot_id"]})
    found: dict[str, Any] = {one["cost"]: one for one in asked.json()["repairs"]}
    assert list(found) == ["start_early", "move_classes", "move_tail", "lengthen", "second_camera"], "cheapest first"
    assert {cost: one["over_after"] for cost, one in found.items() if cost != "lengthen"} == {
        "start_early": 0,
        "move_classes": 0,
        "move_tail": 0,
        "second_camera": 0,
    }
    for one in found.values():
        body = {"revision": 0, "changes": one["changes"]}
        after = (await people.registrar.post(f"{at_draft}/check", json=body)).json()
        kept = next(same for same in after["slots"] if same["slot_id"] == slot["slot_id"])
        assert max(0, kept["stress"]["over"]) == one["over_after"], one["title"]
    body = {"revision": 0, "changes": found["move_classes"]["changes"]}
    done = (await people.registrar.post(f"{at_draft}/changes", json=body)).json()
    assert done["plan"]["over"] == draft["plan"]["over"] - 48
    back = await people.registrar.post(f"{at_draft}/undo", json={"revision": done["revision"]})
    assert back.json()["plan"] == draft["plan"]


async def test_everything_at_once_brings_every_slot_within_capacity(people: make.People) -> None:
    at_draft = f"{people.at}/timetable/draft"
    found = (await people.registrar.get(f"{at_draft}/repairs")).json()
    assert (found["over"], found["over_together"]) == (110, 0)
    changes = [change for one in found["together"] for change in one["changes"]]
    body = {"revision": found["revision"], "changes": changes}
    done = (await people.registrar.post(f"{at_draft}/changes", json=body)).json()
    assert all(slot["stress"]["over"] <= 0 for slot in done["plan"]["slots"])
    assert all(slot["stress"]["late_minutes"] == 0 for slot in done["plan"]["slots"])
    assert all(day["late_minutes"] == 0 for day in done["plan"]["days"])
    assert sum(slot["stress"]["heads"] for slot in done["plan"]["slots"]) == 3300
    published = await people.registrar.post(f"{people.at}/timetable/publish", json={"revision": done["revision"]})
    assert published.status_code == 200, published.text
    nothing = (await people.registrar.get(f"{at_draft}/repairs")).json()
    assert (nothing["over"], nothing["repairs"], nothing["together"]) == (0, [], [])


@pytest.mark.parametrize(("label", "minutes", "cameras"), [("E", 20, 1), ("E", 0, 2), ("D", 0, 2)])
async def test_so_many_are_affected_as_publishing_tells(
    people: make.People, label: str, minutes: int, cameras: int
) -> None:
    """Also those in the slots behind, which stay as they are but begin when the room is free."""
    at_timetable = f"{people.at}/timetable"
    draft = (await people.registrar.get(f"{at_timetable}/draft")).json()
    slot = next(one for one in draft["plan"]["slots"] if one["label"] == label)
    own = {name: slot[name] for name in ("slot_id", "venue_id", "college_id", "ends_at")}
    starts_at = (datetime.fromisoformat(slot["starts_at"]) - timedelta(minutes=minutes)).isoformat()
    change = {"kind": "set_slot", **own, "starts_at": starts_at, "cameras": cameras}
    changed = await people.registrar.post(f"{at_timetable}/draft/changes", json={"revision": 0, "changes": [change]})
    difference = (await people.registrar.get(f"{at_timetable}/draft/difference")).json()["difference"]
    body = {"revision": changed.json()["revision"], "expected_affected": difference["students"]}
    assert (await people.registrar.post(f"{at_timetable}/publish", json=body)).status_code == 200
    async with sessions() as db:
        told = await db.scalar(select(func.count()).select_from(Arrival).where(Arrival.told_count > 1))
        first = func.min(Arrival.planned_start_at)
        joined = select(Student.class_group_id, first).join(Student, Student.id == Arrival.student_id)
        starts = {str(row[0]): row[1] for row in await db.execute(joined.group_by(Student.class_group_id))}
    assert difference["students"] == told and told > 300
    for one in difference["classes"]:
        if one["students"]:
            shown = datetime.fromisoformat(one["after"][0]["planned_start_at"])
            assert abs(shown - starts[one["class_group_id"]]) < timedelta(minutes=5), one
