"""The tray: what waits beside the roster, proposals confirmed and undone many at a time, slates to print."""

import asyncio
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import text

import make
from gradphoto.core.db import sessions
from gradphoto.photos.matching.slate import find_slate
from room import NUMBERS, Room, ok
from shoot import photo, shoot


@pytest.fixture
async def room(people: make.People) -> Room:
    return await Room.of(people)


async def waiting(room: Room, *names: str) -> list[dict[str, Any]]:
    """One photo a name, named after a student of whom the room has no record: one sign, so it waits."""
    made = []
    for name in names:
        file = {"file": (f"{name}.jpg", photo(name), "image/jpeg")}
        made.append(ok(await room.people.agency.post(f"{room.at}/photos", files=file)))
    return made


async def sheet(room: Room, name: str = "甲1501") -> dict[str, Any]:
    return ok(await room.people.agency.get(f"{room.at}/class-groups/{room.class_groups[name]}/tray"))


async def confirm(room: Room, photos: list[dict[str, Any]], op_id: str = "", **more: str) -> httpx.Response:
    seen = [
        {"photo_id": p["photo_id"], "student_id": more.get("student_id") or p["proposed_student_id"]} for p in photos
    ]
    body = {"op_id": op_id or str(uuid4()), "photos": seen}
    return await room.people.agency.post(f"{room.at}/tray/confirm", json=body)


async def undo(room: Room, op_id: str) -> dict[str, Any]:
    return ok(await room.people.agency.post(f"{room.at}/tray/undo", json={"op_id": op_id}))


async def rows() -> list[tuple[Any, ...]]:
    query = "select id, student_id, proposed_student_id, held, state, signs::text from photo order by id"
    async with sessions() as db:
        return [tuple(row) for row in await db.execute(text(query))]


async def audited(act: str) -> int:
    async with sessions() as db:
        return await db.scalar(text("select count(*) from audit where act = :act"), {"act": act}) or 0


async def test_what_waits_is_shown_by_class_beside_the_roster(room: Room) -> None:
    await waiting(room, NUMBERS[1], NUMBERS[0], NUMBERS[8], "无名", "40000000")
    tray = ok(await room.people.registrar.get(f"{room.at}/tray"))
    assert [(one["class_group_name"], one["waiting"], one["frozen"]) for one in tray["classes"]] == [
        ("甲1501", 1 + 1, 0),
        ("乙1501", 1, 0),
    ]
    assert tray["nobodys"] == {"no_key": 1, "not_on_roster": 1}
    shown = await sheet(room)
    assert [one["number"] for one in shown["students"]] == NUMBERS[:4]
    assert {one["photo_id"] for one in shown["students"]} == {None}
    assert [one["proposed_number"] for one in shown["photos"]] == NUMBERS[:2]
    first = shown["photos"][0]
    assert (first["held"], first["signs"]) == ("one_sign", ["file_name"])
    why = first["findings"][0]
    assert why["code"] == "one_sign" and all(why[word] for word in ("zh", "en", "remedy", "remedy_en"))
    thumbnail = await room.people.agency.get(f"{room.at}/photos/{first['photo_id']}/thumbnail")
    assert thumbnail.status_code == 200 and thumbnail.headers["content-type"] == "image/jpeg"
    nobodys = ok(await room.people.agency.get(f"{room.at}/tray/nobodys"))
    assert [one["held"] for one in nobodys] == ["no_key", "not_on_roster"]
    query = {"limit": 1, "after": nobodys[0]["photo_id"]}
    assert ok(await room.people.agency.get(f"{room.at}/tray/nobodys", params=query)) == nobodys[1:]
    query = {"held": "not_on_roster"}
    assert ok(await room.people.agency.get(f"{room.at}/tray/nobodys", params=query)) == nobodys[1:]


async def test_a_proposal_that_is_right_is_confirmed_and_undone_with_many_others(room: Room) -> None:
    await waiting(room, *NUMBERS[:4])
    before = await rows()
    shown = await sheet(room)
    op_id = str(uuid4())
    done = ok(await confirm(room, shown["photos"], op_id))
    assert (len(done["confirmed"]), done["skipped"]) == (4, [])
    after = await sheet(room)
    assert after["photos"] == [] and all(one["photo_id"] for one in after["students"])
    assert all('"person"' in row[5] for row in await rows())
    assert ok(await confirm(room, shown["photos"], op_id)) == done, "twice is once"
    assert (await confirm(room, shown["photos"][:1], op_id)).json()["code"] == "op_id_reused"
    back = await undo(room, op_id)
    assert (len(back["waiting"]), back["kept"]) == (4, [])
    assert await rows() == before
    assert await undo(room, op_id) == back
    assert await sheet(room) == shown
    assert (await audited("confirm_proposals"), await audited("undo_confirmation")) == (2, 2)


async def test_what_changed_since_it_was_shown_is_left_out(room: Room) -> None:
    await waiting(room, *NUMBERS[:4])
    photos = (await sheet(room))["photos"]
    path = f"{room.at}/photos/{photos[0]['photo_id']}/match"
    ok(await room.people.registrar.post(path, json={"student_id": str(room.students[NUMBERS[5]])}))
    photos[1]["proposed_student_id"] = str(room.students[NUMBERS[6]])
    photos[2]["photo_id"] = str(uuid4())
    answer = ok(await confirm(room, photos))
    assert answer["confirmed"] == [photos[3]["photo_id"]]
    assert {one["photo_id"]: one["code"] for one in answer["skipped"]} == {
        photos[0]["photo_id"]: "photo_moved",
        photos[1]["photo_id"]: "proposal_changed",
        photos[2]["photo_id"]: "not_found",
    }
    nobody = ok(await confirm(room, photos[3:], student_id=str(uuid4())))
    assert [one["code"] for one in nobody["skipped"]] == ["not_found"]


async def test_undoing_leaves_what_was_moved_on_since(room: Room) -> None:
    await waiting(room, *NUMBERS[:2])
    photos, op_id = (await sheet(room))["photos"], str(uuid4())
    ok(await confirm(room, photos, op_id))
    path = f"{room.at}/photos/{photos[0]['photo_id']}"
    ok(await room.people.agency.post(f"{path}/unmatch"))
    ok(await room.people.agency.post(f"{path}/match", json={"student_id": str(room.students[NUMBERS[3]])}))
    back = await undo(room, op_id)
    assert back == {"waiting": [photos[1]["photo_id"]], "kept": [photos[0]["photo_id"]]}
    assert (await room.people.agency.post(f"{room.at}/tray/undo", json={"op_id": str(uuid4())})).status_code == 404


@pytest.mark.parametrize("then", ["sent back", "given again"])
async def test_undoing_leaves_what_a_person_has_decided_since(room: Room, then: str) -> None:
    await waiting(room, *NUMBERS[:2])
    photos, op_id = (await sheet(room))["photos"], str(uuid4())
    ok(await confirm(room, photos, op_id))
    path, registrar = f"{room.at}/photos/{photos[0]['photo_id']}", room.people.registrar
    if then == "sent back":
        ok(await registrar.post(f"{path}/decision", json={"decision": "rejected", "reason": "闭眼"}))
    else:
        ok(await registrar.post(f"{path}/unmatch"))
        ok(await registrar.post(f"{path}/match", json={"student_id": photos[0]["proposed_student_id"]}))
    back = await undo(room, op_id)
    assert back == {"waiting": [photos[1]["photo_id"]], "kept": [photos[0]["photo_id"]]}


async def test_a_photo_given_to_somebody_else_goes_back_to_the_letter(room: Room) -> None:
    """Another student than was proposed, and one for whom nobody was: both are undone with all they had."""
    await waiting(room, NUMBERS[0], "无名")
    before = await rows()
    photos = [*(await sheet(room))["photos"], *ok(await room.people.agency.get(f"{room.at}/tray/nobodys"))]
    for photo_out, number in zip(photos, NUMBERS[2:4], strict=True):
        given = {"photo_id": photo_out["photo_id"], "student_id": photo_out["proposed_student_id"]}
        body = {"op_id": str(uuid4()), "photos": [given | {"given_id": str(room.students[number])}]}
        done = ok(await room.people.agency.post(f"{room.at}/tray/confirm", json=body))
        assert done == {"confirmed": [photo_out["photo_id"]], "skipped": []}
        whose = {one["number"]: one["photo_id"] for one in (await sheet(room))["students"]}
        assert whose[number] == photo_out["photo_id"]
        assert (await undo(room, body["op_id"]))["waiting"] == [photo_out["photo_id"]]
    assert await rows() == before
    neither = {"op_id": str(uuid4()), "photos": [{"photo_id": photos[0]["photo_id"], "student_id": None}]}
    assert (await room.people.agency.post(f"{room.at}/tray/confirm", json=neither)).status_code == 422


async def test_two_people_who_confirm_the_same_do_it_once(room: Room) -> None:
    await waiting(room, *NUMBERS[:4])
    photos = (await sheet(room))["photos"]
    both = await asyncio.gather(confirm(room, photos), confirm(room, list(reversed(photos))))
    first, second = sorted((ok(answer) for answer in both), key=lambda answer: len(answer["confirmed"]))
    assert first["confirmed"] == [] and len(second["confirmed"]) == 4
    assert {one["code"] for one in first["skipped"]} == {"photo_moved"}


async def test_two_signs_need_nobody(room: Room) -> None:
    """Negative control of the tray: with the room's record nothing waits."""
    await shoot(NUMBERS[:2])
    made = await waiting(room, *NUMBERS[:2])
    assert [one["student"]["number"] for one in made] == NUMBERS[:2]
    assert ok(await room.people.agency.get(f"{room.at}/tray")) == {"classes": [], "nobodys": {}}


async def test_slates_of_a_class_and_ones_own(room: Room) -> None:
    path = f"{room.at}/class-groups/{room.class_groups['甲1501']}/slates"
    slates = ok(await room.people.agency.get(path))
    assert [one["number"] for one in slates] == NUMBERS[:4]
    assert all(one["svg"].startswith("<svg") and one["name"] not in one["text"] for one in slates)
    own = ok(await (await room.people.student(NUMBERS[0])).get(f"{room.at}/me/slate"))
    assert own == slates[0]
    assert find_slate(room.people.campaign_id, b"") is None
