"""Calling: the order, each step and its undo, what is safe to send twice, who may, and the live screens."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import delete, select, update

import make
from gradphoto.accounts.policy import NotAllowed
from gradphoto.checkin import live
from gradphoto.checkin.models import StationEvent
from gradphoto.checkin.opening import NotScheduled
from gradphoto.checkin.station_service import (
    AlreadyShot,
    CalledElsewhere,
    MovedOn,
    NotCalledHere,
    NothingToUndo,
    StationBusy,
    StationNameTaken,
    StationPaused,
)
from gradphoto.checkin.ticket_service import InAnotherLine
from gradphoto.core.db import sessions
from gradphoto.core.errors import NotFound, OpIdReused
from gradphoto.core.events import hub, relay_once
from gradphoto.core.jobs import conninfo
from gradphoto.schedule.models import SlotClass, Turn
from room import IN_ORDER, NUMBERS, Room, Station, Stream, number_of, ok, refused, when

PING = "event: ping\ndata: {}\n\n"


@pytest.fixture
async def room(people: make.People) -> Room:
    return await Room.of(people)


@pytest.fixture
async def station(room: Room) -> Station:
    return await room.station("1 号机")


async def run_down(station: Station) -> list[str]:
    """Everybody in the order in which this station calls them."""
    called = [await station.call_next()]
    while called[-1] is not None:
        called.append(number_of(await station.outcome("shot", call_next=True)))
    return [number for number in called if number]


# --- the order -------------------------------------------------------------------------------------------------------


async def test_slots_by_time_classes_by_turn_and_position_students_by_number(room: Room, station: Station) -> None:
    await room.all_in(*reversed(NUMBERS))
    assert [one["number"] for one in (await station.view())["upcoming"]] == IN_ORDER[:8]
    assert await run_down(station) == IN_ORDER


async def test_make_ups_come_after_the_classes_and_before_the_last(room: Room, station: Station) -> None:
    async with sessions() as db, db.begin():
        last = SlotClass.class_group_id == room.class_groups["甲1502"]
        await db.execute(update(SlotClass).where(last).values(turn=Turn.last))
    for number in (NUMBERS[4], NUMBERS[8], NUMBERS[0]):
        ok(await room.by_hand(number, slot="A"))
    assert await run_down(station) == [NUMBERS[0], NUMBERS[8], NUMBERS[4]]


async def test_a_retake_lets_three_calls_go_by_then_comes_first(room: Room, station: Station) -> None:
    await room.all_in(*NUMBERS[:6])
    first = await station.call_next()
    shown = await station.outcome("retake", call_next=True)
    assert (first, number_of(shown)) == (IN_ORDER[0], IN_ORDER[1])
    assert (await room.card(IN_ORDER[0]))["ahead"] == 2, "told how many calls it still lets by, not the whole line"
    order = [number_of(shown)]
    for _ in range(5):
        order.append(number_of(await station.outcome("shot", call_next=True)))
    assert order == [*IN_ORDER[1:2], *NUMBERS[:2], IN_ORDER[0], *NUMBERS[2:4]]


async def test_a_retake_is_called_at_once_if_nobody_else_waits(room: Room, station: Station) -> None:
    await room.all_in(NUMBERS[0])
    await station.call_next()
    shown = await station.outcome("retake")
    assert (shown["current"], shown["upcoming"][0]["state"]) == (None, "retake")
    assert (await room.card(NUMBERS[0]))["ticket_state"] == "retake"
    assert await station.call_next() == NUMBERS[0]


async def test_a_retake_of_the_slot_before_is_not_forgotten_in_the_next(room: Room, station: Station) -> None:
    await room.all_in(NUMBERS[0], *NUMBERS[8:13])
    await station.call_next()
    order = [number_of(await station.outcome("retake", call_next=True))]
    for _ in range(3):
        order.append(number_of(await station.outcome("shot", call_next=True)))
    assert order == [NUMBERS[8], NUMBERS[9], NUMBERS[10], NUMBERS[0]]


async def test_an_empty_line_is_no_error_and_yesterday_is_not_called(room: Room, station: Station) -> None:
    assert await station.call_next() is None
    await room.all_in(NUMBERS[0])
    await room.clock(9, 0, day=24)
    assert await station.call_next() is None


# --- the steps: state x act -> state, or the refusal -----------------------------------------------------------------


async def bring_to(room: Room, station: Station, state: str) -> str:
    """One student alone in line, in `state` by this station; the check_in_id."""
    made = ok(await room.by_hand(NUMBERS[0]))
    if state != "waiting":
        await station.call_next()
    if state not in ("waiting", "called"):
        await station.outcome(state)
    return str(made["check_in_id"])


STEPS: list[tuple[str, str, Any]] = [
    ("waiting", "call-next", "called"),
    ("waiting", "call", "called"),
    ("waiting", "shot", NotCalledHere),
    ("waiting", "undo", NothingToUndo),
    ("called", "call-next", StationBusy),
    ("called", "call", StationBusy),
    ("called", "shot", "shot"),
    ("called", "absent", "absent"),
    ("called", "retake", "retake"),
    ("called", "undo", "waiting"),
    ("shot", "call-next", "shot"),
    ("shot", "call", AlreadyShot),
    ("shot", "retake", NotCalledHere),
    ("shot", "undo", "called"),
    ("absent", "call-next", "absent"),
    ("absent", "call", "called"),
    ("absent", "shot", NotCalledHere),
    ("absent", "undo", "called"),
    ("retake", "call-next", "called"),
    ("retake", "call", "called"),
    ("retake", "absent", NotCalledHere),
    ("retake", "undo", "called"),
]


@pytest.mark.parametrize(("state", "act", "expected"), STEPS)
async def test_each_step(room: Room, station: Station, state: str, act: str, expected: Any) -> None:
    check_in_id = await bring_to(room, station, state)
    if act in ("call-next", "undo"):
        response = await station.press(act)
    elif act == "call":
        response = await station.call(check_in_id)
    else:
        response = await station.press("outcome", check_in_id=check_in_id, outcome=act, call_next=False)
    if isinstance(expected, str):
        ok(response)
    else:
        refused(response, expected)
        expected = state
    (row,) = await room.check_ins()
    assert row.state == expected
    assert (row.shot_at is not None) == (row.shot_no is not None) == (expected == "shot")


async def test_the_other_station_cannot_take_or_decide(room: Room, station: Station) -> None:
    other = await room.station("2 号机")
    check_in_id = await bring_to(room, station, "called")
    refused(await other.call(check_in_id), CalledElsewhere)
    body = {"check_in_id": check_in_id, "outcome": "shot", "call_next": False}
    refused(await other.press("outcome", **body), NotCalledHere)
    refused(await other.press("undo"), NothingToUndo)
    refused(await other.call(str(uuid4())), NotFound)
    refused(await room.people.agency.get(f"{room.at}/stations/{uuid4()}"), NotFound)


async def test_undo_is_a_stack(room: Room, station: Station) -> None:
    await room.all_in(*NUMBERS[:3])
    await station.call_next()
    await station.outcome("shot", call_next=True)
    await station.outcome("absent", call_next=True)
    seen = []
    for _ in range(5):
        view = await station.undo()
        seen.append((number_of(view), view["last_event"] and view["last_event"]["act"], view["waiting_count"]))
    assert seen == [
        (None, "absent", 1),
        (NUMBERS[1], "called", 1),
        (None, "shot", 2),
        (NUMBERS[0], "called", 2),
        (None, None, 3),
    ]
    refused(await station.press("undo"), NothingToUndo)
    assert await run_down(station) == NUMBERS[:3]  # everybody has kept their place


async def test_undo_does_not_overrule_what_came_later(room: Room, station: Station) -> None:
    other = await room.station("2 号机")
    check_in_id = await bring_to(room, station, "absent")
    ok(await other.call(check_in_id))
    refused(await station.press("undo"), MovedOn)
    await other.undo()
    assert number_of(await station.undo()) == NUMBERS[0]
    await station.outcome("absent")
    ok(await room.check_in(NUMBERS[0]))  # 过号 and here again
    refused(await station.press("undo"), MovedOn)


async def test_who_is_in_line_again_elsewhere_is_not_called_on_the_old_ticket(room: Room, station: Station) -> None:
    check_in_id = await bring_to(room, station, "absent")
    ok(await room.by_hand(NUMBERS[0], slot="B"))
    refused(await station.call(check_in_id), InAnotherLine)
    refused(await station.press("undo"), InAnotherLine)


# --- sent twice ------------------------------------------------------------------------------------------------------


async def test_the_same_press_twice_has_one_effect(room: Room, station: Station) -> None:
    await room.all_in(*NUMBERS[:4])
    keys = [uuid4() for _ in range(4)]
    views = []
    for _ in range(2):
        views.append(ok(await station.press("call-next", keys[0])))
    body = {"check_in_id": views[0]["current"]["check_in_id"], "outcome": "shot", "call_next": True}
    for _ in range(2):
        views.append(ok(await station.press("outcome", keys[1], **body)))
    for _ in range(2):
        views.append(ok(await station.press("undo", keys[2])))
    body = {"check_in_id": str((await room.check_ins())[3].id)}
    for _ in range(2):
        views.append(ok(await station.press("call", keys[3], **body)))
    numbers = [number_of(view) for view in views]
    assert numbers == [NUMBERS[0]] * 2 + [NUMBERS[1]] * 2 + [None] * 2 + [NUMBERS[3]] * 2
    async with sessions() as db:
        assert len((await db.scalars(select(StationEvent.id))).all()) == 5
    assert [one.shot_no for one in await room.check_ins()] == [1, None, None, None]


async def test_a_key_for_two_things_is_refused(room: Room, station: Station) -> None:
    await room.all_in(*NUMBERS[:3])
    other = await room.station("2 号机")
    key = uuid4()
    view = ok(await station.press("call-next", key))
    refused(await other.press("call-next", key), OpIdReused)
    refused(await station.press("undo", key), OpIdReused)
    refused(await station.press("call", key, check_in_id=str((await room.check_ins())[1].id)), OpIdReused)
    body = {"check_in_id": view["current"]["check_in_id"], "outcome": "shot", "call_next": False}
    refused(await station.press("outcome", key, **body), OpIdReused)
    ok(await station.press("outcome", new := uuid4(), **body))
    refused(await station.press("outcome", new, **body | {"outcome": "absent"}), OpIdReused)


async def test_pause_stops_calling_not_recording(room: Room, station: Station) -> None:
    await room.station("2 号机")
    await room.all_in(*NUMBERS[:4])
    assert (await room.card(NUMBERS[3]))["wait_seconds"] == 30  # 3 ahead, 20 s each, two cameras
    await station.call_next()
    for _ in range(2):
        assert ok(await station.press("pause", paused=True))["station"]["paused"] is True
    assert (await room.card(NUMBERS[3]))["wait_seconds"] == 40
    shown = await station.outcome("shot", call_next=True)
    assert shown["current"] is None
    refused(await station.press("call-next"), StationPaused)
    refused(await station.call(str((await room.check_ins())[1].id)), StationPaused)
    ok(await station.press("pause", paused=False))
    assert await station.call_next() == NUMBERS[1]


async def test_stations_have_names(room: Room, station: Station) -> None:
    refused(await room.people.agency.post(f"{room.venue}/stations", json={"name": "1 号机"}), StationNameTaken)
    refused(await room.people.agency.post(f"{room.at}/venues/{uuid4()}/stations", json={"name": "1 号机"}), NotFound)
    assert [one["station_name"] for one in ok(await room.people.agency.get(f"{room.venue}/stations"))] == ["1 号机"]


BUTTONS = ("call-next", "call", "outcome", "undo", "pause", "", "/events")


@pytest.mark.parametrize("button", BUTTONS)
async def test_who_may_run_a_station(room: Room, station: Station, anybody: httpx.AsyncClient, button: str) -> None:
    people = {role: getattr(room.people, role) for role in ("screen", "counsellor", "counsellor2")}
    people |= {"monitor": await room.people.student(NUMBERS[0]), "student": await room.people.student(NUMBERS[1])}
    body = {"op_id": str(uuid4()), "check_in_id": str(uuid4()), "outcome": "shot", "call_next": True, "paused": True}
    for client in (*people.values(), anybody):
        if button in ("", "/events"):
            response = await client.get(station.path + button)
        else:
            response = await client.post(f"{station.path}/{button}", json=body)
        if client is anybody:
            assert response.status_code == 401
        else:
            refused(response, NotAllowed)
    assert (await station.view())["station"]["paused"] is False
    if button == "":
        ok(await room.people.registrar.get(station.path))


# --- what the screens say --------------------------------------------------------------------------------------------


async def test_the_console_shows_pace_fee_and_end(room: Room, station: Station) -> None:
    await room.all_in(*NUMBERS[:8])
    shown = await station.view()
    assert (shown["seconds_per_person"], shown["plan_seconds"], shown["waiting_count"]) == (20.0, 20.0, 8)
    assert when(shown["expected_end_at"]) - when(shown["server_now"]) == timedelta(seconds=160)
    shown = ok(await station.press("call-next"))
    current = shown["current"]
    assert (current["ticket"], current["class_group_name"], current["fee_state"]) == ("A005", "甲1502", "unpaid")
    assert "*" in current["id_number_mask"] or "＊" in current["id_number_mask"]
    for minute in range(5):
        await room.clock(9, 3 + minute)
        await station.outcome("shot", call_next=True)
    shown = await station.view()
    assert (shown["shot_today"], shown["waiting_count"]) == (5, 2)
    assert shown["seconds_per_person"] == pytest.approx(60, abs=1.5)
    assert (await room.card(NUMBERS[3]))["wait_seconds"] == pytest.approx(60, abs=2)


async def test_the_board_masks_names_and_never_shows_numbers(room: Room, station: Station) -> None:
    await room.all_in(*NUMBERS[:10])
    await station.call_next()
    await station.outcome("shot", call_next=True)
    response = await room.people.screen.get(f"{room.venue}/board")
    board = ok(response)
    assert board["stations"][0]["called"] == {
        "ticket": "A006",
        "name_mask": "学＊六",
        "class_group_name": "甲1502",
        "make_up": False,
    }
    assert [one["ticket"] for one in board["last_called"]] == ["A005"]
    assert [one["ticket"] for one in board["upcoming"]] == ["A007", "A008", "A001", "A002", "A003", "A004"]
    assert (board["waiting_count"], board["slot_now"]["label"], board["slot_now"]["shot"]) == (8, "A", 1)
    assert not any(number in response.text for number in NUMBERS) and "学生六" not in response.text


async def test_screens_follow_and_hold_no_connection(
    room: Room, station: Station, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "PING_SECONDS", 0.3)
    hub.start(conninfo(database_url))
    await room.all_in(*NUMBERS[:2])
    student = await room.people.student(NUMBERS[1])
    async with (
        Stream(student, f"{room.at}/me/events") as card,
        Stream(room.people.screen, f"{room.venue}/board/events") as board,
        Stream(room.people.agency, f"{station.path}/events") as console,
    ):
        assert (card.status, card.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
        assert (card.headers["x-accel-buffering"], card.headers["cache-control"]) == ("no", "no-store")
        first = await card.event()
        assert (first["ticket_state"], first["ahead"], first["wait_seconds"]) == ("next", 1, 20)
        assert (await board.event())["waiting_count"] == 2
        assert (await console.event())["current"] is None
        assert len(hub._views) == 1, "one build for all screens of a room"
        assert sessions.kw["bind"].pool.checkedout() == 0
        assert await card.chunk() == PING
        await station.call_next()
        async with sessions() as db, db.begin():
            assert await relay_once(db) > 0
        while (text := await card.chunk()) == PING:
            pass
        assert '"ahead":0' in text
    assert not hub._views, "nobody follows, nothing is built"
    await hub.stop()


async def test_a_stream_is_refused_before_it_starts(room: Room, anybody: httpx.AsyncClient) -> None:
    assert (await anybody.get(f"{room.at}/me/events")).status_code == 401
    refused(await room.people.agency.get(f"{room.at}/me/events"), NotAllowed)
    refused(await room.people.screen.get(f"{room.at}/venues/{uuid4()}/board/events"), NotFound)
    async with sessions() as db, db.begin():
        await db.execute(delete(SlotClass))
    student = await room.people.student(NUMBERS[0])
    refused(await student.get(f"{room.at}/me/events"), NotScheduled)


async def test_who_was_called_when_the_day_ended_does_not_block_the_next_morning(room: Room, station: Station) -> None:
    await room.all_in(*NUMBERS[:2])
    assert await station.call_next() is not None
    shown = await station.outcome("shot", call_next=True)
    assert shown["current"] is not None, "somebody is called, and everybody goes home"
    await room.clock(9, 2, day=24)
    refused(await station.press("undo"), NothingToUndo)
    assert await station.call_next() is None, "free, and nobody in line"
    assert sorted(row.state for row in await room.check_ins()) == ["absent", "shot"]
