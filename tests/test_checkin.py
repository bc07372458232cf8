"""The door: codes, which slot, who may let whom in, what the card says, and what is safe to send twice."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import delete, func, select, update

import make
from gradphoto.accounts.models import Audit
from gradphoto.accounts.policy import NotAllowed
from gradphoto.accounts.service import TooManyTries
from gradphoto.checkin import service
from gradphoto.checkin.door import Door, admits, codes
from gradphoto.checkin.line import mask_name
from gradphoto.checkin.models import CheckIn
from gradphoto.checkin.opening import NoSlotOpen, NotOpenYet, NotScheduled, Opening, WrongSlot, choose
from gradphoto.checkin.service import AlreadyCalled, NotOnRoster, StaleCode
from gradphoto.core.db import sessions
from gradphoto.core.errors import NotFound, Refusal
from gradphoto.core.events import Outbox
from gradphoto.roster.models import Student
from gradphoto.schedule.models import Arrival, Slot, SlotClass
from room import NUMBERS, Room, ok, refused, when

A, B = UUID(int=1), UUID(int=2)
HERE, THERE = UUID(int=11), UUID(int=12)


@pytest.fixture
async def room(people: make.People) -> Room:
    return await Room.of(people)


# --- the code, pure --------------------------------------------------------------------------------------------------

DOOR = Door(b"s" * 32, A, HERE, 20)
NOON = datetime(2026, 1, 1, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "counts"), [(-1, False), (0, True), (19.9, True), (20, True), (39.9, True), (40, False), (3600, False)]
)
def test_a_code_counts_in_its_window_and_the_next(seconds: float, counts: bool) -> None:
    shown = codes(DOOR, NOON)
    later = NOON + timedelta(seconds=seconds)
    assert admits(DOOR, shown.typed, later) is counts
    assert admits(DOOR, shown.token, later) is counts
    assert shown.changes_at == NOON + timedelta(seconds=20)


def test_codes_differ_by_door_campaign_and_key() -> None:
    others = [Door(b"s" * 32, A, THERE, 20), Door(b"s" * 32, B, HERE, 20), Door(b"t" * 32, A, HERE, 20)]
    token = codes(DOOR, NOON).token
    assert not any(admits(other, token, NOON) for other in others)


@pytest.mark.parametrize("typed", ["{} ", " {}", "{full}"])
def test_a_code_is_read_as_people_type_it(typed: str) -> None:
    shown = codes(DOOR, NOON).typed
    assert len(shown) == 4 and shown.isdigit()
    full = shown.translate({ord(digit): ord(digit) + 0xFEE0 for digit in "0123456789"})
    assert admits(DOOR, typed.format(shown, full=full), NOON)
    assert not admits(DOOR, "", NOON) and not admits(DOOR, "\ud800", NOON)


@pytest.mark.parametrize(
    ("name", "mask"),
    [("王", "王＊"), ("王明", "王＊"), ("孙佳怡", "孙＊怡"), ("欧阳小明", "欧＊＊明"), ("阿依古丽·买买提", "阿＊＊提")],
)
def test_names_on_the_wall_are_masked(name: str, mask: str) -> None:
    assert mask_name(name) == mask


# --- which slot, pure ------------------------------------------------------------------------------------------------


def slot(label: str, venue: UUID, hour: int, minute: int, day: int = 23) -> Opening:
    starts = datetime(2018, 10, day, hour, minute, tzinfo=make.SHANGHAI)
    return Opening(UUID(int=ord(label)), label, venue, "体育馆", starts, starts + timedelta(minutes=10))


OWN, LATER, TOMORROW = slot("A", HERE, 9, 0), slot("B", HERE, 11, 0), slot("C", HERE, 9, 0, day=24)
ELSEWHERE = slot("D", THERE, 9, 0)
SLOTS = [OWN, LATER, TOMORROW, ELSEWHERE]


@pytest.mark.parametrize(
    ("own", "venue", "clock", "expected"),
    [
        (OWN, HERE, "08:14", NotOpenYet),
        (OWN, HERE, "08:15", ("A", False)),
        (OWN, HERE, "09:40", ("A", False)),
        (OWN, HERE, "09:41", NoSlotOpen),
        (OWN, HERE, "10:15", ("B", True)),
        (OWN, HERE, "11:40", ("B", True)),
        (OWN, HERE, "11:41", NoSlotOpen),
        (OWN, THERE, "09:00", WrongSlot),
        (OWN, THERE, "09:41", NoSlotOpen),
        (LATER, HERE, "09:00", NotOpenYet),
        (TOMORROW, HERE, "09:00", WrongSlot),
        (ELSEWHERE, HERE, "09:00", WrongSlot),
        (ELSEWHERE, HERE, "10:15", ("B", True)),
        (None, HERE, "09:00", NotScheduled),
    ],
)
def test_the_slot_of_a_check_in(
    own: Opening | None, venue: UUID, clock: str, expected: type[Refusal] | tuple[str, bool]
) -> None:
    hour, minute = map(int, clock.split(":"))
    at = datetime(2018, 10, 23, hour, minute, tzinfo=make.SHANGHAI)
    if isinstance(expected, tuple):
        chosen, make_up = choose(own, SLOTS, venue, at)
        assert (chosen.label, make_up) == expected
    else:
        with pytest.raises(expected):
            choose(own, SLOTS, venue, at)


@pytest.mark.parametrize(
    ("told", "clock", "expected"),
    [
        ((10, 30), "10:59", ("A", False)),
        ((10, 30), "11:01", ("B", True)),
        ((7, 50), "07:50", ("A", False)),
        ((7, 50), "07:49", NotOpenYet),
        ((7, 50), "09:40", ("A", False)),
    ],
)
def test_who_was_told_to_come_finds_the_door_open(
    told: tuple[int, int], clock: str, expected: type[Refusal] | tuple[str, bool]
) -> None:
    own = replace(OWN, told=(OWN.starts_at.replace(hour=told[0], minute=told[1]),))
    test_the_slot_of_a_check_in(own, HERE, clock, expected)


def test_a_make_up_goes_to_the_slot_that_runs() -> None:
    at = datetime(2018, 10, 23, 12, 0, tzinfo=make.SHANGHAI)
    slots = [slot("E", HERE, 11, 40), slot("F", HERE, 11, 55), slot("G", HERE, 12, 20)]
    assert choose(OWN, slots, HERE, at) == (slots[1], True)
    assert choose(OWN, slots[2:], HERE, at) == (slots[2], True)


def test_refusals_say_when_and_where() -> None:
    at = datetime(2018, 10, 23, 8, 0, tzinfo=make.SHANGHAI)
    with pytest.raises(NotOpenYet) as early:
        choose(OWN, SLOTS, HERE, at)
    assert "今天 09:00–09:10，08:15 起可以签到" in early.value.detail
    with pytest.raises(WrongSlot) as wrong:
        choose(TOMORROW, SLOTS, HERE, at)
    assert "10 月 24 日 09:00–09:10，在体育馆" in wrong.value.detail and "现场老师" in wrong.value.detail


# --- a student at the door -------------------------------------------------------------------------------------------


async def test_a_student_checks_in_with_what_the_screen_shows(room: Room) -> None:
    before = await room.card(NUMBERS[0])
    assert (before["ticket_state"], before["ticket"], before["ahead"]) == ("expected", None, None)
    assert when(before["arrival_at"]).strftime("%H:%M") == "08:50"
    assert (before["slot"]["label"], before["venue"]["room"], before["is_monitor"]) == ("A", "1202 房间", True)
    assert (before["clothing"], before["fee_fen"], before["fee_state"]) == ("浅色系", 2000, "unpaid")
    door = await room.door()
    assert door["url"] == f"http://test/c/{door['token']}"
    assert [one["label"] for one in door["open_slots"]] == ["A", "B"]
    card = ok(await room.check_in(NUMBERS[0], door["token"]))
    assert (card["ticket_state"], card["ticket"], card["ahead"], card["wait_seconds"]) == ("next", "A001", 0, 0)
    card = ok(await room.check_in(NUMBERS[1], door["typed_code"]))
    assert (card["ticket"], card["ahead"], card["wait_seconds"], card["make_up"]) == ("A002", 1, 20, False)
    assert when(card["estimated_at"]) - when(card["server_now"]) == timedelta(seconds=20)


async def test_checking_in_twice_is_one_check_in_whatever_the_code_is_by_then(room: Room) -> None:
    first = ok(await room.check_in(NUMBERS[0]))
    again = ok(await room.check_in(NUMBERS[0], "不再有效"))
    assert (first["check_in_id"], first["ticket"]) == (again["check_in_id"], again["ticket"])
    assert len(await room.check_ins()) == 1
    async with sessions() as db:
        made = select(func.count()).select_from(Outbox).where(Outbox.kind == "check_in.made")
        assert await db.scalar(made) == 1


async def test_a_wrong_code_is_refused_and_counted(room: Room) -> None:
    right = await room.code()
    wrong = next(code for code in ("0000", "1111", "2222", "3333") if code != right)
    for _ in range(10):
        refused(await room.check_in(NUMBERS[0], wrong), StaleCode)
    refused(await room.check_in(NUMBERS[0], right), TooManyTries)
    assert not await room.check_ins()
    ok(await room.check_in(NUMBERS[1], right))


async def test_right_codes_are_not_counted(room: Room) -> None:
    for _ in range(12):
        ok(await room.check_in(NUMBERS[0]))


@pytest.mark.parametrize("came_before", [True, False])
async def test_whose_slot_is_deleted_under_their_hands_is_told_to_look_again(
    room: Room, monkeypatch: pytest.MonkeyPatch, came_before: bool
) -> None:
    """With a counter of tickets from somebody who came and went, and without."""
    if came_before:
        came = ok(await room.by_hand(NUMBERS[0]))
        undone = await room.people.agency.delete(f"{room.at}/check-ins/{came['check_in_id']}")
        assert undone.status_code == 204
    given = service.give_tickets

    async def after_a_publication(*args: Any, **more: Any) -> None:
        async with sessions() as db, db.begin():
            await db.execute(delete(SlotClass))
            await db.execute(delete(Slot).where(Slot.label == "A"))
        await given(*args, **more)

    code = await room.code()
    monkeypatch.setattr(service, "give_tickets", after_a_publication)
    refused(await room.check_in(NUMBERS[1], code), service.TimetableJustChanged)


async def test_a_deletion_under_way_refuses_the_student_in_words_of_their_own(room: Room) -> None:
    """The publication has deleted the slot and not committed yet: the check-in waits for it."""
    code = await room.code()
    async with sessions() as db:
        await db.begin()
        await db.execute(delete(SlotClass))
        await db.execute(delete(Slot).where(Slot.label == "A"))
        coming = asyncio.create_task(room.check_in(NUMBERS[1], code))
        await asyncio.sleep(0.5)
        assert not coming.done()
        await db.commit()
    refused(await coming, service.TimetableJustChanged)


async def test_before_and_after_the_slot(room: Room) -> None:
    await room.clock(8, 10)
    facts = refused(await room.check_in(NUMBERS[0]), NotOpenYet)
    assert when(facts["opens_at"]).strftime("%H:%M") == "08:15"
    await room.clock(9, 45)  # A is over and closed, B (9:20-9:30) still lets people in
    card = ok(await room.check_in(NUMBERS[0]))
    assert (card["ticket"], card["make_up"], card["slot"]["label"]) == ("B001", True, "B")
    await room.clock(10, 1)
    refused(await room.check_in(NUMBERS[1]), NoSlotOpen)
    await room.clock(9, 0, day=22)
    refused(await room.check_in(NUMBERS[1]), WrongSlot)


async def test_who_was_told_to_come_after_the_slot_is_no_make_up(room: Room) -> None:
    """The camera is late: the door stays open for those who were told so, one by one and as a class."""
    late = make.MORNING.replace(hour=9, minute=50)
    async with sessions() as db, db.begin():
        for number in NUMBERS[:2]:
            key = {"campaign_id": room.people.campaign_id, "student_id": room.students[number]}
            times = {"planned_start_at": late, "arrival_at": late, "told_at": late}
            db.add(Arrival(**key, slot_id=room.slots["A"], nth=0, **times))
    assert when((await room.card(NUMBERS[0]))["slot"]["closes_at"]) == late + timedelta(minutes=30)
    await room.clock(10, 5)
    card = ok(await room.check_in(NUMBERS[0]))
    assert (card["ticket"], card["make_up"]) == ("A001", False)
    refused(await room.check_in(NUMBERS[2]), NoSlotOpen)
    path = f"{room.at}/class-groups/{room.class_groups['甲1501']}/check-ins"
    body = {"student_ids": [str(room.students[NUMBERS[1]])], "code": None}
    assert ok(await room.people.agency.post(path, json=body))["students"][1]["ticket"] == "A002"


async def test_who_has_left_or_is_not_scheduled_is_told_so(room: Room) -> None:
    student = await room.people.student(NUMBERS[0])
    async with sessions() as db, db.begin():
        await db.execute(update(Student).where(Student.number == NUMBERS[0]).values(withdrawn_at=func.now()))
        await db.execute(delete(SlotClass).where(SlotClass.class_group_id == room.class_groups["甲1502"]))
    refused(await student.post(f"{room.at}/me/check-in", json={"code": await room.code()}), NotOnRoster)
    refused(await room.check_in(NUMBERS[4]), NotScheduled)
    card = await room.card(NUMBERS[4])
    assert (card["slot"], card["venue"], card["arrival_at"]) == (None, None, None)


async def test_a_ticket_of_yesterday_says_absent_and_does_not_stand_in_the_way(room: Room) -> None:
    ok(await room.check_in(NUMBERS[0]))
    await room.clock(9, 0, day=24)
    assert (await room.card(NUMBERS[0]))["ticket_state"] == "absent"
    moved = {"starts_at": make.MORNING + timedelta(days=1), "ends_at": make.MORNING + timedelta(days=1, minutes=10)}
    async with sessions() as db, db.begin():
        await db.execute(update(Slot).where(Slot.id == room.slots["B"]).values(**moved))
    card = ok(await room.check_in(NUMBERS[0]))
    assert (card["ticket"], card["make_up"], card["ticket_state"]) == ("B001", True, "next")
    assert sorted(one.state for one in await room.check_ins()) == ["absent", "waiting"]


# --- brought, or let in ----------------------------------------------------------------------------------------------


def path(room: Room, name: str) -> str:
    return f"{room.at}/class-groups/{room.class_groups[name]}/check-ins"


async def test_a_monitor_brings_the_class_in_number_order(room: Room) -> None:
    monitor = await room.people.student(NUMBERS[0])
    everybody = [str(room.students[number]) for number in reversed(NUMBERS[:4])]
    body = {"student_ids": everybody, "code": await room.code()}
    seen = ok(await monitor.post(path(room, "甲1501"), json=body))
    assert [(one["number"], one["ticket"]) for one in seen["students"]] == list(
        zip(NUMBERS[:4], ["A001", "A002", "A003", "A004"], strict=True)
    )
    assert (seen["slot_label"], when(seen["arrival_at"]).strftime("%H:%M")) == ("A", "08:50")
    assert ok(await monitor.post(path(room, "甲1501"), json=body | {"code": "weg"}))["students"] == seen["students"]
    assert {one.by for one in await room.check_ins()} == {"monitor"}


async def test_a_class_comes_all_or_none(room: Room) -> None:
    monitor = await room.people.student(NUMBERS[0])
    code = await room.code()
    for stranger in (str(uuid4()), str(room.students[NUMBERS[4]])):  # unknown; of another class
        body = {"student_ids": [str(room.students[NUMBERS[1]]), stranger], "code": code}
        refused(await monitor.post(path(room, "甲1501"), json=body), NotOnRoster)
    for code in (None, "", "nope"):
        body = {"student_ids": [str(room.students[NUMBERS[1]])], "code": code}
        refused(await monitor.post(path(room, "甲1501"), json=body), StaleCode)
    assert not await room.check_ins()
    body = {"student_ids": [str(room.students[NUMBERS[1]])], "code": None}
    ok(await room.people.counsellor.post(path(room, "甲1501"), json=body))
    ok(await room.check_in(NUMBERS[2]))
    body = {"student_ids": [str(room.students[number]) for number in NUMBERS[:4]], "code": None}
    seen = ok(await room.people.agency.post(path(room, "甲1501"), json=body))
    assert [one["ticket"] for one in seen["students"]] == ["A003", "A001", "A002", "A004"]


async def test_by_hand_is_recorded_and_may_name_the_slot(room: Room) -> None:
    await room.clock(8, 0)
    ok(await room.by_hand(NUMBERS[0]))  # early, own slot
    made = ok(await room.by_hand(NUMBERS[1], slot="B"))
    assert (made["ticket"], made["make_up"], made["state"]) == ("B001", True, "waiting")
    by_number = {"number": f" {NUMBERS[2]} ", "reason": "没带手机"}
    made = ok(await room.people.agency.post(f"{room.at}/check-ins/by-number", json=by_number))
    assert (made["ticket"], made["number"]) == ("A002", NUMBERS[2])
    async with sessions() as db:
        by_hand = select(Audit).where(Audit.act == "check_in_by_hand").order_by(Audit.id)
        reasons = [row.facts["reason"] for row in await db.scalars(by_hand)]
        assert [row.override_reason for row in await db.scalars(select(CheckIn).order_by(CheckIn.id))] == reasons
    assert reasons == ["手机没电", "手机没电", "没带手机"]
    refused(
        await room.people.agency.post(f"{room.at}/check-ins/by-number", json=by_number | {"number": "999"}), NotOnRoster
    )
    unknown = {"reason": "手机没电", "slot_id": str(uuid4())}
    there = f"{room.at}/students/{room.students[NUMBERS[3]]}/check-in"
    refused(await room.people.agency.post(there, json=unknown), NotFound)
    await room.clock(8, 0, day=24)
    refused(await room.by_hand(NUMBERS[3], slot="B"), NoSlotOpen)
    no_reason = await room.people.agency.post(there, json={"reason": "", "slot_id": None})
    assert no_reason.status_code == 422


async def test_a_mistaken_check_in_is_taken_back_until_it_was_called(room: Room) -> None:
    await room.all_in(NUMBERS[0], NUMBERS[1])
    first, second = await room.check_ins()
    agency = room.people.agency
    assert (await agency.delete(f"{room.at}/check-ins/{first.id}")).status_code == 204
    refused(await agency.delete(f"{room.at}/check-ins/{first.id}"), NotFound)
    assert (await room.card(NUMBERS[0]))["ticket_state"] == "expected"
    assert ok(await room.by_hand(NUMBERS[0]))["ticket"] == "A003"  # the number is not given again
    station = await room.station("1 号机")
    assert await station.call_next() == NUMBERS[0]
    await station.undo()
    (called,) = [one for one in await room.check_ins() if one.student_id == room.students[NUMBERS[0]]]
    refused(await agency.delete(f"{room.at}/check-ins/{called.id}"), AlreadyCalled)
    assert (await agency.delete(f"{room.at}/check-ins/{second.id}")).status_code == 204


async def test_who_was_absent_gets_the_old_place_again(room: Room) -> None:
    await room.all_in(NUMBERS[0], NUMBERS[1])
    station = await room.station("1 号机")
    assert await station.call_next() == NUMBERS[0]
    await station.outcome("absent")
    assert (await room.card(NUMBERS[0]))["ticket_state"] == "absent"
    card = ok(await room.check_in(NUMBERS[0]))
    assert (card["ticket"], card["ticket_state"], card["ahead"]) == ("A001", "next", 0)
    assert [one.ticket for one in await room.check_ins()] == [1, 2]


async def test_who_is_shot_stays_shot_but_a_person_may_let_them_in_for_a_make_up(room: Room) -> None:
    await room.all_in(NUMBERS[0])
    station = await room.station("1 号机")
    await station.call_next()
    await station.outcome("shot")
    card = ok(await room.check_in(NUMBERS[0]))
    assert (card["ticket_state"], card["ticket"]) == ("shot", "A001")
    ok(await room.by_hand(NUMBERS[0]))
    assert len(await room.check_ins()) == 1
    assert ok(await room.by_hand(NUMBERS[0], slot="B"))["make_up"] is True
    card = await room.card(NUMBERS[0])
    assert (card["ticket_state"], card["ticket"]) == ("next", "B001")


async def test_progress_by_class(room: Room) -> None:
    await room.all_in(*NUMBERS[:3])
    station = await room.station("1 号机")
    await station.call_next()
    await station.outcome("shot", call_next=True)
    await station.outcome("absent")
    rows = ok(await room.people.registrar.get(f"{room.at}/check-ins/progress"))
    assert [(r["class_group_name"], r["heads"], r["in_line"], r["shot"], r["absent"], r["make_ups"]) for r in rows] == [
        ("甲1501", 4, 1, 1, 1, 0),
        ("甲1502", 4, 0, 0, 0, 0),
        ("乙1501", 4, 0, 0, 0, 0),
        ("乙1502", 2, 0, 0, 0, 0),
    ]
    of_college = ok(await room.people.counsellor.get(f"{room.at}/check-ins/progress"))
    assert [row["class_group_name"] for row in of_college] == ["甲1501", "甲1502"]


# --- who may ---------------------------------------------------------------------------------------------------------

ROLES = ("registrar", "agency", "screen", "counsellor", "counsellor2", "monitor", "student", "stranger", "nobody")
ENTRY = {
    "card": ("GET", "{at}/me", None, {"monitor", "student", "stranger"}),
    "check in": ("POST", "{at}/me/check-in", {"code": "x"}, {"monitor", "student", "stranger"}),
    "class": ("GET", "{group}/check-ins", None, {"registrar", "agency", "counsellor", "monitor"}),
    "bring": (
        "POST",
        "{group}/check-ins",
        {"student_ids": [str(A)], "code": None},
        {"registrar", "agency", "counsellor", "monitor"},
    ),
    "by hand": (
        "POST",
        "{at}/students/{student}/check-in",
        {"reason": "手机没电", "slot_id": None},
        {"registrar", "agency", "counsellor"},
    ),
    "by number": (
        "POST",
        "{at}/check-ins/by-number",
        {"number": NUMBERS[1], "reason": "手机没电"},
        {"registrar", "agency", "counsellor"},
    ),
    "progress": ("GET", "{at}/check-ins/progress", None, {"registrar", "agency", "counsellor", "counsellor2"}),
    "door": ("GET", "{venue}/door", None, {"registrar", "agency", "screen"}),
    "board": ("GET", "{venue}/board", None, {"registrar", "agency", "screen"}),
    "stations": ("GET", "{venue}/stations", None, {"registrar", "agency"}),
    "add": ("POST", "{venue}/stations", {"name": "9 号机"}, {"registrar", "agency"}),
}


@pytest.mark.parametrize("what", ENTRY)
async def test_who_may(room: Room, anybody: httpx.AsyncClient, what: str) -> None:
    method, template, body, may = ENTRY[what]
    group = f"{room.at}/class-groups/{room.class_groups['甲1501']}"
    url = template.format(at=room.at, venue=room.venue, group=group, student=room.students[NUMBERS[1]])
    people = {role: getattr(room.people, role) for role in ROLES[:5]}
    people |= {"monitor": await room.people.student(NUMBERS[0]), "student": await room.people.student(NUMBERS[1])}
    people |= {"stranger": await room.people.student(NUMBERS[8]), "nobody": anybody}
    for role, client in people.items():
        response = await client.request(method, url, json=body)
        if role == "nobody":
            assert response.status_code == 401, what
        elif role in may:
            assert response.status_code not in (401, 403), (what, role, response.text)
        else:
            refused(response, NotAllowed)


async def test_a_key_checks_a_class_in_only_if_it_was_made_for_that(room: Room, anybody: httpx.AsyncClient) -> None:
    body = {"student_ids": [str(room.students[NUMBERS[0]])], "code": None}
    for acts, status in ((["read_students"], 403), (["check_in_class"], 200)):
        made = ok(await room.people.registrar.post(f"{room.at}/api-keys", json={"name": "闸机", "acts": acts}), 201)
        bearer = {"Authorization": f"Bearer {made['token']}"}
        assert (await anybody.post(path(room, "甲1501"), json=body, headers=bearer)).status_code == status
