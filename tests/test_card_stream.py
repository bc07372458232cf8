"""A student's open page follows the timetable: whatever is published while it is open, no old minute is told again."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, update

import make
from gradphoto.core.db import sessions
from gradphoto.core.events import hub
from gradphoto.roster.models import Student
from gradphoto.schedule.notice.proposal import SHANGHAI
from room import NUMBERS, Room, Stream, ok, when

IN_B = NUMBERS[8]  # of 乙1501, in slot B
TEN, TOMORROW = make.MORNING + timedelta(hours=1), make.MORNING + timedelta(days=1)


@pytest.fixture
async def room(people: make.People) -> Room:
    return await Room.of(people)


async def publish(room: Room, starts_at: datetime, *first: dict[str, Any], **other: Any) -> None:
    """Slot B begins at `starts_at` from now on."""
    at, desk = f"{room.at}/timetable", room.people.registrar
    seen = ok(await desk.get(f"{at}/draft"))
    slot = seen["plan"]["slots"][-1]
    own = {name: slot[name] for name in ("slot_id", "venue_id", "college_id", "cameras")}
    times = {"starts_at": starts_at.isoformat(), "ends_at": (starts_at + timedelta(minutes=10)).isoformat()}
    changes = [*first, {"kind": "set_slot", **own, **times, **other}]
    made = ok(await desk.post(f"{at}/draft/changes", json={"revision": seen["revision"], "changes": changes}))
    ok(await desk.post(f"{at}/publish", json={"revision": made["revision"]}))
    hub.wake(room.people.campaign_id)


async def minute(room: Room) -> datetime:
    return when((await room.card(IN_B))["arrival_at"])


async def test_an_open_page_is_told_of_another_day_and_never_the_old_minute_again(room: Room) -> None:
    await publish(room, TEN)
    before = await minute(room)
    async with Stream(await room.people.student(IN_B), f"{room.at}/me/events") as stream:
        assert when((await stream.event())["arrival_at"]) == before
        await publish(room, TOMORROW)
        event = await stream.event()
        assert when(event["arrival_at"]) == await minute(room)
        assert when(event["arrival_at"]).date() == TOMORROW.astimezone(SHANGHAI).date()
        await publish(room, TOMORROW + timedelta(hours=2))  # of another day: the room does not tell it
        ok(await room.by_hand(IN_B, "A"))
        hub.wake(room.people.campaign_id)
        event = await stream.event()
        assert event["ticket"] == "A001"
        assert when(event["arrival_at"]) == await minute(room) > TOMORROW + timedelta(hours=1)


async def test_a_stream_of_a_room_that_is_mine_no_more_ends(room: Room) -> None:
    await publish(room, TEN)
    other = {"venue_id": "11111111-1111-4111-8111-111111111111", "name": "体育馆", "room": "1203 房间", "gate": ""}
    async with Stream(await room.people.student(IN_B), f"{room.at}/me/events") as stream:
        await stream.event()
        await publish(room, TEN + timedelta(hours=1), {"kind": "set_venue", **other}, venue_id=other["venue_id"])
        assert when((await stream.event())["arrival_at"]) == await minute(room) > TEN
        assert await stream.chunk() == "", "the page connects again and follows the other room"
    async with Stream(await room.people.student(IN_B), f"{room.at}/me/events") as stream:
        assert when((await stream.event())["arrival_at"]) == await minute(room)


async def test_a_student_who_left_is_followed_no_more(room: Room) -> None:
    await publish(room, TEN)
    async with Stream(await room.people.student(IN_B), f"{room.at}/me/events") as stream:
        await stream.event()
        async with sessions() as db, db.begin():
            await db.execute(update(Student).where(Student.number == IN_B).values(withdrawn_at=func.now()))
        await publish(room, TOMORROW)
        assert (await stream.event())["arrival_at"] is None
        assert await stream.chunk() == ""
