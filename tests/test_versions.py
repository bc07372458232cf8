"""What was published is kept, what a counsellor arranges at once goes into the draft too, and a split class comes in
two parts."""

from typing import Any

import pytest
from sqlalchemy import func, inspect, update

import make
from gradphoto.core.db import sessions
from gradphoto.roster.models import Student
from gradphoto.schedule import publish_service
from room import Room
from test_draft import Desk, move, names


async def versions(desk: Desk) -> list[dict[str, Any]]:
    return (await desk.client.get(f"{desk.at}/versions")).json()["versions"]


def undone(plan: dict[str, Any]) -> list[str]:
    return [one["sentence"] for one in plan["conflicts"] if one["code"] == "published_changed_meanwhile"]


async def test_every_publication_is_a_version_and_an_old_one_can_be_had_back(people: make.People) -> None:
    desk = Desk(people)
    a, b = (await desk.see())["plan"]["slots"]
    assert await versions(desk) == []
    await desk.change(move(a["classes"][1], b, position=9))
    await desk.publish(note="合并")
    found = await versions(desk)
    assert [(one["version"], one["note"], one["affected_students"]) for one in found] == [
        (2, "合并", 4),
        (1, "此前的时间表", 0),
    ]
    kept = (await people.registrar.get(f"{desk.at}/versions/1")).json()
    assert names(kept["plan"]) == [["甲1502", "甲1501"], ["乙1501", "乙1502"]]
    assert (await people.registrar.get(f"{desk.at}/versions/9")).status_code == 404
    back = await desk.start(source="version", version=1)
    assert (names(back["plan"]), back["differs"]) == (names(kept["plan"]), True)
    await desk.publish()
    assert names(await desk.timetable()) == names(kept["plan"])
    assert [one["version"] for one in await versions(desk)] == [3, 2, 1]


async def test_the_list_of_versions_does_not_read_their_plans(people: make.People) -> None:
    desk = Desk(people)
    a, b = (await desk.see())["plan"]["slots"]
    await desk.change(move(a["classes"][1], b))
    await desk.publish()
    async with sessions() as db:
        found = await publish_service.versions(db, people.campaign_id)
    assert [one.version for one in found] == [2, 1] and all("plan" in inspect(one).unloaded for one in found)


async def test_a_draft_begun_again_comes_back_by_undo(people: make.People) -> None:
    desk = Desk(people)
    a, b = (await desk.see())["plan"]["slots"]
    mine = await desk.change(move(a["classes"][1], b))
    again = await desk.start(source="published")
    assert again["differs"] is False
    assert names((await desk.step("undo"))["plan"]) == names(mine["plan"])
    missing = await people.registrar.post(f"{desk.at}/draft", json={"source": "version", "version": 7})
    assert missing.status_code == 404


async def test_what_a_counsellor_arranges_holds_at_once_and_in_the_draft(people: make.People) -> None:
    desk = Desk(people)
    a, b = (await desk.see())["plan"]["slots"]
    await desk.change(move(b["classes"][1], b))
    last = a["classes"][1]["class_group_id"]
    body = {"slot_id": a["slot_id"], "turn": "first", "position": 0}
    moved = await people.counsellor.put(f"{people.at}/class-groups/{last}/slot", json=body)
    assert moved.status_code == 200, moved.text
    assert names(moved.json()) == [["甲1501", "甲1502"], ["乙1501", "乙1502"]]
    seen = await desk.see()
    assert names(seen["plan"]) == [["甲1501", "甲1502"], ["乙1502", "乙1501"]], "both steps are in the draft"
    assert names((await desk.step("undo"))["plan"])[0] == ["甲1502", "甲1501"]
    audit = (await people.registrar.get(f"{people.at}/audit")).json()
    assert "甲1501" in next(one for one in audit if one["act"] == "move_class")["facts"]["title"]


async def test_what_does_not_fit_the_draft_holds_all_the_same(people: make.People) -> None:
    desk = Desk(people)
    a, b = (await desk.see())["plan"]["slots"]
    first, second = (one["class_group_id"] for one in a["classes"])
    await desk.change(*(move(one, b) for one in a["classes"]), {"kind": "remove_slot", "slot_id": a["slot_id"]})
    body = {"slot_id": a["slot_id"], "turn": "normal", "position": 0}
    assert (await people.counsellor.put(f"{people.at}/class-groups/{first}/slot", json=body)).status_code == 200
    seen = await desk.see()
    assert (len(seen["plan"]["slots"]), seen["revision"]) == (1, desk.revision)
    assert names(await desk.timetable())[0] == ["甲1502", "甲1501"]
    assert undone(seen["plan"]) == [
        "草稿开始以后有人直接调整了甲1502：已发布的时间表里在 A 场，草稿里在 B 场。"
        "发布草稿会撤掉这次调整；要保留它，请先在草稿里也这样改。"
    ]
    compared = (await people.registrar.get(f"{desk.at}/draft/difference")).json()["difference"]
    changed = next(one for one in compared["classes"] if one["class_group_id"] == first)
    assert [one["slot_label"] for one in changed["before"] + changed["after"]] == ["A", "B"]
    gone = await people.counsellor.delete(f"{people.at}/class-groups/{second}/slot")
    assert names(gone.json())[0] == ["甲1502"]
    again = await people.counsellor.delete(f"{people.at}/class-groups/{second}/slot")
    assert (again.status_code, again.json()["code"]) == (409, "change_does_not_fit")
    foreign = b["classes"][0]["class_group_id"]
    assert (await people.counsellor.delete(f"{people.at}/class-groups/{foreign}/slot")).status_code == 403


async def test_the_draft_says_what_it_would_take_back_until_it_does_not(people: make.People) -> None:
    """A direct move that went into the draft is no news there; once it is undone it is, and done again it is not."""
    desk = Desk(people)
    a, b = (await desk.see())["plan"]["slots"]
    await desk.change(move(b["classes"][1], b))
    await desk.change(move(b["classes"][0], b))
    assert undone((await desk.see())["plan"]) == []
    last = a["classes"][1]["class_group_id"]
    body = {"slot_id": a["slot_id"], "turn": "last", "position": 0}
    assert (await people.counsellor.put(f"{people.at}/class-groups/{last}/slot", json=body)).status_code == 200
    assert undone((await desk.see())["plan"]) == []
    back = await desk.step("undo")
    assert (
        len(undone(back["plan"])) == 1
        and "甲1501：已发布的时间表里在 A 场（后拍），草稿里在 A 场。" in undone(back["plan"])[0]
    )
    again = {"revision": desk.revision, "changes": [move(a["classes"][1], a, turn="last")]}
    tried = (await people.registrar.post(f"{desk.at}/draft/check", json=again)).json()
    assert undone(tried) == [], "what is tried is tested too"
    assert undone((await desk.start(source="published"))["plan"]) == []
    mine = await desk.change(move(a["classes"][1], b))
    assert undone(mine["plan"]) == [], "control: what was arranged before the draft began is an older step"
    assert (await desk.publish()).status_code == 200
    await desk.see()
    assert undone((await desk.change(move(b["classes"][1], b)))["plan"]) == []
    assert (await people.counsellor.delete(f"{people.at}/class-groups/{last}/slot")).status_code == 200
    assert undone((await desk.see())["plan"]) == []
    [sentence] = undone((await desk.step("undo"))["plan"])
    assert "甲1501：已发布的时间表里没有排场次，草稿里在 B 场。" in sentence


@pytest.fixture
async def split(people: make.People) -> list[dict[str, Any]]:
    """甲1501: the first two by 学号 in slot A, the others in slot B; published."""
    desk = Desk(people)
    a, b = (await desk.see())["plan"]["slots"]
    one = next(c for c in a["classes"] if c["class_group_name"] == "甲1501")
    what = {"class_group_id": one["class_group_id"], "from_slot_id": None, "slot_id": b["slot_id"]}
    await desk.change({"kind": "split_class", "after": 2, "turn": "normal", "position": 1000, **what})
    compared = (await people.registrar.get(f"{desk.at}/draft/difference")).json()["difference"]
    assert [(c["class_group_name"], c["students"]) for c in compared["classes"]] == [("甲1501", 0)], (
        "not told: five minutes"
    )
    assert (await desk.publish()).status_code == 200
    return (await desk.timetable())["slots"]


async def test_each_student_of_a_split_class_has_the_slot_of_the_own_part(
    people: make.People, split: list[dict[str, Any]]
) -> None:
    assert [(s["load"]["heads"], [c["heads"] for c in s["classes"]]) for s in split] == [(6, [4, 2]), (8, [4, 2, 2])]
    a, b = (slot["slot_id"] for slot in split)
    for number, slot_id in (("41500001", a), ("41500002", a), ("41500003", b), ("41500004", b)):
        card = (await (await people.student(number)).get(f"{people.at}/me")).json()
        assert card["slot"]["slot_id"] == slot_id, number
    statuses = (await people.registrar.get(f"{people.at}/statuses")).json()["students"]
    assert len(statuses) == len({one["number"] for one in statuses}) == 14, "nobody is listed twice"


async def test_who_leaves_moves_the_others_up_into_the_first_part(
    people: make.People, split: list[dict[str, Any]]
) -> None:
    async with sessions() as db, db.begin():
        await db.execute(update(Student).where(Student.number == "41500001").values(withdrawn_at=func.now()))
    card = (await (await people.student("41500003")).get(f"{people.at}/me")).json()
    assert card["slot"]["slot_id"] == split[0]["slot_id"]


async def test_a_monitor_brings_each_part_into_its_own_slot(people: make.People, split: list[dict[str, Any]]) -> None:
    """At 9:02 both slots of the room are open; the four of 甲1501 come together."""
    room = await Room.of(people)
    monitor = await people.student("41500001")
    group = room.class_groups["甲1501"]
    everybody = [str(room.students[f"4150000{n}"]) for n in (1, 2, 3, 4)]
    body = {"student_ids": everybody, "code": await room.code()}
    made = await monitor.post(f"{people.at}/class-groups/{group}/check-ins", json=body)
    assert made.status_code == 200, made.text
    found = {check_in.student_id: (check_in.slot_id, check_in.make_up) for check_in in await room.check_ins()}
    expected = dict(zip(map(str, everybody), ("A", "A", "B", "B"), strict=True))
    assert {str(one): slot for one, slot in found.items()} == {
        one: (room.slots[label], False) for one, label in expected.items()
    }


async def test_the_monitor_sees_both_parts_and_the_one_that_comes_next(
    people: make.People, split: list[dict[str, Any]]
) -> None:
    room = await Room.of(people)
    monitor = await people.student("41500001")
    path = f"{people.at}/class-groups/{room.class_groups['甲1501']}/check-ins"
    a, b = (slot["slot_id"] for slot in split)
    view = (await monitor.get(path)).json()
    assert [(part["slot_id"], part["heads"]) for part in view["parts"]] == [(a, 2), (b, 2)]
    assert [one["slot_id"] for one in view["students"]] == [a, a, b, b]
    assert view["slot_id"] == a and view["arrival_until"] == view["parts"][0]["arrival_until"]
    await room.clock(9, 15)  # A is over
    view = (await monitor.get(path)).json()
    assert view["slot_id"] == b and view["arrival_at"] == view["parts"][1]["arrival_at"]


async def test_a_class_that_is_whole_has_one_slot_as_before(people: make.People) -> None:
    """Control for the two above: without a split all four stand in A."""
    for number in ("41500001", "41500004"):
        card = (await (await people.student(number)).get(f"{people.at}/me")).json()
        assert card["slot"]["label"] == "A"
