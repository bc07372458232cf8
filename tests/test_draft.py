"""The draft of the timetable: every step can be undone, two editors never overwrite each other, publishing holds."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

import make
from gradphoto.core.db import sessions
from gradphoto.core.errors import Refusal
from gradphoto.schedule.plan_service import ClassPlacedTwice, SlotsOverlap, write
from gradphoto.schedule.service import published


class Desk:
    """A registrar at the draft: sends the revision that was seen last."""

    def __init__(self, people: make.People) -> None:
        self.client, self.at, self.revision = people.registrar, f"{people.at}/timetable", 0

    async def see(self) -> dict[str, Any]:
        return self._kept(await self.client.get(f"{self.at}/draft"))

    async def change(self, *changes: dict[str, Any]) -> dict[str, Any]:
        body = {"revision": self.revision, "changes": list(changes)}
        return self._kept(await self.client.post(f"{self.at}/draft/changes", json=body))

    async def refused(self, *changes: dict[str, Any], revision: int | None = None) -> tuple[int, str]:
        body = {"revision": self.revision if revision is None else revision, "changes": list(changes)}
        answer = await self.client.post(f"{self.at}/draft/changes", json=body)
        return answer.status_code, answer.json()["code"]

    async def step(self, which: str) -> dict[str, Any]:
        return self._kept(await self.client.post(f"{self.at}/draft/{which}", json={"revision": self.revision}))

    async def start(self, **body: Any) -> dict[str, Any]:
        return self._kept(await self.client.post(f"{self.at}/draft", json=body))

    async def publish(self, **more: Any) -> Any:
        return await self.client.post(f"{self.at}/publish", json={"revision": self.revision, **more})

    async def timetable(self) -> dict[str, Any]:
        return (await self.client.get(self.at)).json()

    def _kept(self, answer: Any) -> dict[str, Any]:
        assert answer.status_code == 200, answer.text
        self.revision = answer.json()["revision"]
        return answer.json()


def move(one: dict[str, Any], slot: dict[str, Any], turn: str = "normal", position: int = 0) -> dict[str, Any]:
    what = {"class_group_id": one["class_group_id"], "slot_id": slot["slot_id"], "turn": turn, "position": position}
    return {"kind": "move_class", "from_slot_id": None, **what}


def set_slot(slot: dict[str, Any], **other: Any) -> dict[str, Any]:
    own = {name: slot[name] for name in ("slot_id", "venue_id", "college_id", "starts_at", "ends_at", "cameras")}
    return {"kind": "set_slot", **own, **other}


def names(plan: dict[str, Any]) -> list[list[str]]:
    return [[one["class_group_name"] for one in slot["classes"]] for slot in plan["slots"]]


async def test_reading_the_draft_writes_nothing_and_shows_what_holds(people: make.People) -> None:
    desk = Desk(people)
    seen = await desk.see()
    assert (seen["revision"], seen["differs"], seen["undo"], seen["redo"]) == (0, False, None, None)
    assert names(seen["plan"]) == [["甲1502", "甲1501"], ["乙1501", "乙1502"]] == names(await desk.timetable())
    assert [slot["stress"]["heads"] for slot in seen["plan"]["slots"]] == [8, 6]
    assert (await desk.publish()).json()["code"] == "no_draft"


async def test_each_step_goes_back_and_forward_again(people: make.People) -> None:
    desk = Desk(people)
    a, b = (await desk.see())["plan"]["slots"]
    first = await desk.change(move(a["classes"][1], b))
    assert names(first["plan"]) == [["甲1502"], ["甲1501", "乙1501", "乙1502"]]
    assert (first["undo"], first["differs"]) == ("把 甲1501 从 A 场移到 B 场", True)
    assert [one["code"] for one in first["plan"]["conflicts"]] == ["class_in_other_colleges_slot"]
    second = await desk.change({"kind": "unplace_class", "class_group_id": b["classes"][0]["class_group_id"]})
    assert [one["class_group_name"] for one in second["plan"]["unplaced"]] == ["乙1501"]
    back = await desk.step("undo")
    assert (names(back["plan"]), back["redo"]) == (names(first["plan"]), "把 乙1501 移出时间表")
    start = await desk.step("undo")
    assert (start["differs"], start["undo"]) == (False, None)
    again = await people.registrar.post(f"{desk.at}/draft/undo", json={"revision": desk.revision})
    assert again.json()["code"] == "nothing_to_undo"
    await desk.step("redo")
    forward = await desk.step("redo")
    assert names(forward["plan"]) == names(second["plan"])
    assert names(await desk.timetable()) == [["甲1502", "甲1501"], ["乙1501", "乙1502"]], "nothing was published"


async def test_after_an_undo_a_new_step_is_what_a_redo_finds(people: make.People) -> None:
    desk = Desk(people)
    a, b = (await desk.see())["plan"]["slots"]
    await desk.change(move(a["classes"][1], b))
    await desk.step("undo")
    other = await desk.change(move(b["classes"][0], a))
    assert other["redo"] is None
    back = await desk.step("undo")
    assert back["redo"] == other["undo"] == "把 乙1501 从 B 场移到 A 场"


async def test_a_change_against_an_old_revision_is_refused(people: make.People) -> None:
    desk, other = Desk(people), Desk(people)
    a, b = (await desk.see())["plan"]["slots"]
    await desk.change(move(a["classes"][1], b))
    assert await other.refused(move(b["classes"][0], a)) == (409, "draft_moved_on")
    await other.see()
    assert names((await other.change(move(b["classes"][0], a)))["plan"]) == [["甲1502", "乙1501"], ["甲1501", "乙1502"]]


async def test_all_changes_of_a_step_or_none(people: make.People) -> None:
    desk = Desk(people)
    a, b = (await desk.see())["plan"]["slots"]
    impossible = {"kind": "remove_slot", "slot_id": str(uuid4())}
    assert await desk.refused(move(a["classes"][0], b), impossible) == (409, "change_does_not_fit")
    assert (await desk.see())["revision"] == 0
    late = set_slot(a, ends_at=a["starts_at"])
    assert await desk.refused(late) == (409, "change_does_not_fit")


async def test_checking_shows_the_conflict_and_writes_nothing(people: make.People) -> None:
    desk = Desk(people)
    a, b = (await desk.see())["plan"]["slots"]
    body = {"revision": 0, "changes": [set_slot(b, starts_at=a["starts_at"])]}
    answer = (await people.registrar.post(f"{desk.at}/draft/check", json=body)).json()
    assert [one["code"] for one in answer["conflicts"]] == ["slots_overlap"]
    assert answer["conflicts"][0]["slot_ids"] == [a["slot_id"], b["slot_id"]]
    assert (await desk.see())["revision"] == 0


async def test_venues_may_take_each_others_names(people: make.People) -> None:
    desk = Desk(people)
    seen = await desk.see()
    b = seen["plan"]["slots"][1]
    first, second = seen["plan"]["venues"][0]["venue_id"], str(uuid4())

    def name(venue_id: str, room: str) -> dict[str, Any]:
        return {"kind": "set_venue", "venue_id": venue_id, "name": "体育馆", "room": room, "gate": ""}

    await desk.change(name(first, "1"), name(second, "2"), set_slot(b, venue_id=second))
    assert (await desk.publish()).status_code == 200
    await desk.see()
    await desk.change(name(second, "3"), name(first, "2"))
    assert (await desk.publish()).status_code == 200
    assert await _rooms(desk) == [(first, "2"), (second, "3")]
    await desk.see()
    removed = {"kind": "remove_venue", "venue_id": second}
    await desk.change(set_slot(b, venue_id=first), removed, name(first, "3"))
    assert (await desk.publish()).status_code == 200
    assert await _rooms(desk) == [(first, "3"), (first, "3")]
    await desk.start(source="version", version=2)
    assert (await desk.publish()).status_code == 200
    assert await _rooms(desk) == [(first, "1"), (second, "2")]


async def _rooms(desk: Desk) -> list[tuple[str, str]]:
    timetable = await desk.timetable()
    room = {venue["venue_id"]: venue["room"] for venue in timetable["venues"]}
    return [(slot["venue_id"], room[slot["venue_id"]]) for slot in timetable["slots"]]


async def test_overlapping_slots_can_be_drafted_but_not_published(people: make.People) -> None:
    desk = Desk(people)
    a, b = (await desk.see())["plan"]["slots"]
    await desk.change(set_slot(b, starts_at=a["starts_at"]))
    refused = await desk.publish()
    assert (refused.status_code, refused.json()["code"]) == (409, "slots_overlap")
    assert names(await desk.timetable()) == [["甲1502", "甲1501"], ["乙1501", "乙1502"]]
    await desk.step("undo")
    await desk.change(set_slot(b, cameras=2))
    assert (await desk.publish()).status_code == 200
    assert [slot["cameras"] for slot in (await desk.timetable())["slots"]] == [1, 2]


async def test_slots_may_change_places_in_one_publication(people: make.People) -> None:
    """The database holds the rule at the end of the transaction, not while slots are on their way past each other."""
    desk = Desk(people)
    a, b = (await desk.see())["plan"]["slots"]
    times = ({"starts_at": s["starts_at"], "ends_at": s["ends_at"]} for s in (b, a))
    await desk.change(set_slot(a, **next(times)), set_slot(b, **next(times)))
    assert (await desk.publish()).status_code == 200
    assert [slot["label"] for slot in (await desk.timetable())["slots"]] == ["B", "A"], "labels stay with their slots"


async def test_a_new_slot_takes_a_free_label_and_holds_a_class(people: make.People) -> None:
    desk = Desk(people)
    a, _ = (await desk.see())["plan"]["slots"]
    slot_id = str(uuid4())
    new = {"kind": "add_slot", "slot_id": slot_id, "venue_id": a["venue_id"], "college_id": None, "cameras": 1}
    new |= {"starts_at": "2018-10-24T09:00:00+08:00", "ends_at": "2018-10-24T10:00:00+08:00"}
    await desk.change(new, move(a["classes"][0], {"slot_id": slot_id}))
    assert (await desk.publish(note="多一天")).json()["note"] == "多一天"
    slots = (await desk.timetable())["slots"]
    assert [(slot["label"], slot["slot_id"] == slot_id) for slot in slots] == [("A", False), ("B", False), ("C", True)]
    assert names({"slots": slots}) == [["甲1501"], ["乙1501", "乙1502"], ["甲1502"]]
    await desk.see()
    await desk.change({"kind": "remove_slot", "slot_id": slot_id})
    await desk.publish()
    assert len((await desk.timetable())["slots"]) == 2


async def test_a_slot_with_check_ins_keeps_them_and_is_never_removed(people: make.People) -> None:
    desk = Desk(people)
    a, b = (await desk.see())["plan"]["slots"]
    student = (await people.registrar.get(f"{people.at}/students", params={"search": "41500001"})).json()["students"][0]
    door = f"{people.at}/students/{student['student_id']}/check-in"
    made = (await people.registrar.post(door, json={"reason": "没带手机", "slot_id": None})).json()
    last = move(a["classes"][1], b, position=9)
    await desk.change(last, set_slot(a, ends_at="2018-10-23T09:15:00+08:00"))
    compared = (await people.registrar.get(f"{desk.at}/draft/difference")).json()["difference"]
    assert [(c["class_group_name"], c["here_already"], c["students"]) for c in compared["classes"]] == [
        ("甲1501", 1, 4)
    ]
    assert (await desk.publish()).status_code == 200
    ticket = (await people.registrar.get(f"{people.at}/class-groups/{student['class_group_id']}/check-ins")).json()
    assert made["check_in_id"] in {one["check_in_id"] for one in ticket["students"]}
    await desk.see()
    await desk.change({"kind": "remove_slot", "slot_id": a["slot_id"]})
    refused = await desk.publish()
    assert (refused.status_code, refused.json()["code"]) == (409, "timetable_in_use")


async def test_publishing_what_was_not_looked_at_is_refused(people: make.People) -> None:
    desk = Desk(people)
    a, b = (await desk.see())["plan"]["slots"]
    await desk.change(move(a["classes"][1], b, position=9))
    compared = (await people.registrar.get(f"{desk.at}/draft/difference")).json()
    students = compared["difference"]["students"]
    assert compared["difference"]["colleges"] == ["甲学院"] and students == 4
    other = await desk.publish(expected_affected=students + 1)
    assert (other.status_code, other.json()["code"]) == (409, "affected_changed")
    assert (await desk.publish(expected_affected=students)).json()["affected_students"] == students


async def test_a_draft_given_up_leaves_what_holds(people: make.People) -> None:
    desk = Desk(people)
    a, b = (await desk.see())["plan"]["slots"]
    await desk.change(move(a["classes"][1], b))
    draft = await desk.see()
    assert (draft["by_name"], draft["mine"]) == ("registrar", True)
    stale = await people.registrar.delete(f"{desk.at}/draft", params={"revision": draft["revision"] - 1})
    assert (stale.status_code, stale.json()["code"]) == (409, "draft_moved_on"), (
        "somebody's newer step is not thrown away"
    )
    seen = {"revision": draft["revision"]}
    gone = await people.registrar.delete(f"{desk.at}/draft", params=seen)
    assert (gone.json()["revision"], gone.json()["differs"], gone.json()["by_name"]) == (0, False, "")
    assert (await people.registrar.delete(f"{desk.at}/draft", params=seen)).json()["code"] == "no_draft"


async def test_a_notice_that_is_not_there_starts_nothing(people: make.People) -> None:
    refused = await people.registrar.post(f"{people.at}/timetable/draft", json={"source": "notice"})
    assert (refused.status_code, refused.json()["code"]) == (409, "no_timetable_in_notice")


async def test_of_many_who_change_at_once_one_is_first_and_the_others_are_told(people: make.People) -> None:
    desk = Desk(people)
    a, b = (await desk.see())["plan"]["slots"]
    body = {"revision": 0, "changes": [move(a["classes"][1], b)]}
    answers = await asyncio.gather(*(people.registrar.post(f"{desk.at}/draft/changes", json=body) for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409, 409, 409]
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"draft_moved_on"}
    assert names((await desk.see())["plan"]) == [["甲1502"], ["甲1501", "乙1501", "乙1502"]]


async def test_arranging_while_the_registrar_publishes_loses_neither(people: make.People) -> None:
    """Whoever is second finds what the first has done: each of the two holds, in the timetable or in its versions."""
    desk = Desk(people)
    a, b = (await desk.see())["plan"]["slots"]
    await desk.change(move(b["classes"][1], b))
    group = a["classes"][1]["class_group_id"]
    body = {"slot_id": a["slot_id"], "turn": "first", "position": 0}
    arranged, published = await asyncio.gather(
        people.counsellor.put(f"{people.at}/class-groups/{group}/slot", json=body), desk.publish()
    )
    assert arranged.status_code == 200
    if published.status_code == 409:  # the counsellor was first, and the draft has moved on with it
        assert published.json()["code"] == "draft_moved_on"
        await desk.see()
        assert (await desk.publish()).status_code == 200
    assert names(await desk.timetable()) == [["甲1501", "甲1502"], ["乙1502", "乙1501"]]


async def test_the_database_holds_what_publishing_must_not_break(people: make.People) -> None:
    """Past every check of ours: a plan with a class in two slots, and one with two slots at one time."""
    async with sessions() as db:
        plan = await published(db, people.campaign_id)
    a, b = plan.slots
    twice = plan.with_slots([a, b.model_copy(update={"classes": (*b.classes, a.classes[0])})])
    overlap = plan.with_slots([a, b.model_copy(update={"starts_at": a.starts_at})])
    for wrong, refusal in ((twice, ClassPlacedTwice), (overlap, SlotsOverlap)):
        with pytest.raises(IntegrityError) as broken:
            async with sessions() as db, db.begin():
                await write(db, people.campaign_id, wrong)
        assert Refusal.of_constraint(broken.value.orig.diag.constraint_name) is refusal
    async with sessions() as db, db.begin():
        await write(db, people.campaign_id, plan)
        assert await published(db, people.campaign_id) == plan, "control: what is right is written"


async def test_a_publication_while_the_timetable_is_read_is_in_it_or_is_not(
    people: make.People, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Planted: as soon as the first venue was read, every slot goes to another one and the old one is gone."""
    async with sessions() as db:
        plan = await published(db, people.campaign_id)
    venue = plan.venues[0].model_copy(update={"venue_id": uuid4(), "room": "1203 房间"})
    slots = [slot.model_copy(update={"venue_id": venue.venue_id}) for slot in plan.slots]
    moved = plan.model_copy(update={"venues": (venue,)}).with_slots(slots)
    execute, begun, to = AsyncSession.execute, False, moved

    async def and_publish(self: AsyncSession, statement: Any, *args: Any, **more: Any) -> Any:
        nonlocal begun
        answer = await execute(self, statement, *args, **more)
        if not begun and "FROM venue" in str(statement):
            begun = True
            async with sessions() as other, other.begin():
                await write(other, people.campaign_id, to)
        return answer

    monkeypatch.setattr(AsyncSession, "execute", and_publish)
    for path, becomes in (("timetable", moved), ("timetable/export", plan), ("timetable/draft", moved)):
        begun, to = False, becomes
        answer = await people.registrar.get(f"{people.at}/{path}")
        assert (answer.status_code, begun) == (200, True), path
    seen = answer.json()["plan"]
    assert [one["room"] for one in seen["venues"]] == ["1202 房间"], "read before it"
    assert {one["venue_id"] for one in seen["slots"]} == {one["venue_id"] for one in seen["venues"]}
