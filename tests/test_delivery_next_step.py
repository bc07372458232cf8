"""What a student without an accepted photo can still do, by the clock; and that the door keeps the promise."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

import make
from gradphoto.checkin.models import TicketState
from gradphoto.core.db import sessions
from gradphoto.delivery.next_step import Step, Times, Waits, Why, days_until, next_step, why
from gradphoto.photos.models import PhotoState
from kept import keep, portrait
from room import NUMBERS, Room, ok

LAST = datetime(2018, 10, 25, 17, 0, tzinfo=make.SHANGHAI)
DEADLINE = datetime(2019, 3, 10, 23, 59, 59, tzinfo=make.SHANGHAI)
DURING, BETWEEN, AFTER = LAST - timedelta(days=1), LAST + timedelta(days=30), DEADLINE + timedelta(days=2)


@pytest.mark.parametrize(
    ("ticket", "photo", "waits", "expected"),
    [
        (None, None, Waits(unclaimed=True), Why.photo_unclaimed),
        (TicketState.shot, PhotoState.rejected, Waits(unclaimed=True), Why.photo_unclaimed),
        (None, None, Waits(mail_held=True), Why.mail_held),
        (TicketState.shot, PhotoState.received, Waits(asked=True), Why.asked_person),
        (TicketState.shot, PhotoState.received, Waits(), Why.photo_waiting),
        (TicketState.shot, PhotoState.rejected, Waits(quarantined=True), Why.quarantined),
        (TicketState.shot, PhotoState.rejected, Waits(), Why.photo_rejected),
        (TicketState.shot, PhotoState.rejected, Waits(shot_again=True), Why.photo_awaited),
        (TicketState.waiting, PhotoState.rejected, Waits(), Why.in_line),
        (TicketState.waiting, None, Waits(original=True), Why.in_line),
        (None, None, Waits(original=True), Why.photo_awaited),
        (TicketState.absent, None, Waits(original=True), Why.photo_awaited),
        (TicketState.shot, PhotoState.accepted, Waits(unclaimed=True, mail_held=True), None),
    ],
)
def test_what_waits_decides(
    ticket: TicketState | None, photo: PhotoState | None, waits: Waits, expected: Why | None
) -> None:
    assert why(ticket, photo, LAST, DURING, waits) is expected


@pytest.mark.parametrize("reason", [Why.missed, Why.absent, Why.photo_rejected])
@pytest.mark.parametrize(
    ("clock", "step", "until", "words"),
    [
        (DURING, Step.make_up, LAST, "补照，不另收费；最后一场到 10 月 25 日 17:00"),
        (LAST + timedelta(minutes=30), Step.make_up, LAST, "补照"),
        (LAST + timedelta(minutes=31), Step.return_photo, DEADLINE, "3 月 10 日 23:59 前交回"),
        (BETWEEN, Step.return_photo, DEADLINE, "自行到图片社拍照"),
        (DEADLINE, Step.return_photo, DEADLINE, "交回"),
        (AFTER, Step.return_late, None, "仍然收，会注明“逾期”"),
    ],
)
def test_the_next_legal_step(reason: Why, clock: datetime, step: Step, until: datetime | None, words: str) -> None:
    found = next_step(reason, Times(clock, LAST, DEADLINE))
    assert (found.step, found.until) == (step, until) and words in found.sentence


def test_nobody_is_sent_to_a_slot_that_there_is_not() -> None:
    assert next_step(Why.photo_rejected, Times(DURING, None, DEADLINE)).step is Step.return_photo
    assert next_step(Why.not_scheduled, Times(DURING, LAST, DEADLINE)).step is Step.ask_school
    assert next_step(Why.not_scheduled, Times(BETWEEN, LAST, DEADLINE)).step is Step.return_photo
    for reason in (Why.photo_waiting, Why.photo_awaited, Why.asked_person, Why.mail_held, Why.photo_unclaimed):
        assert next_step(reason, Times(AFTER, LAST, DEADLINE)).step is Step.wait


def test_days_are_counted_by_the_calendar_of_shanghai() -> None:
    assert days_until(DEADLINE, DEADLINE - timedelta(hours=23)) == 0
    assert days_until(DEADLINE, DEADLINE - timedelta(hours=24)) == 1
    assert days_until(DEADLINE, AFTER) == 0


# --- a rejected photo opens the next step by itself ------------------------------------------------------------------


@pytest.fixture
async def room(people: make.People) -> Room:
    return await Room.of(people)


async def next_of(room: Room, number: str) -> dict[str, Any]:
    found: dict[str, Any] = ok(await (await room.people.student(number)).get(f"{room.at}/me/next-step"))
    return found


async def shot(room: Room, number: str) -> None:
    await room.clock(9, 2)  # the rehearsal's clock has gone on since the template was made
    ok(await room.check_in(number))
    station = await room.station(f"机{number[-2:]}")
    assert await station.call_next() == number
    await station.outcome("shot")


async def test_a_rejected_photo_opens_a_later_slot_without_a_new_fee(room: Room) -> None:
    number = NUMBERS[0]
    await shot(room, number)
    assert (await next_of(room, number))["why"] == "photo_awaited"
    again = ok(await room.check_in(number))
    assert again["ticket_state"] == "shot", "control: who was shot stays shot while the photo is on its way"
    await keep(
        number, portrait("closed eyes"), PhotoState.rejected, decision_reason="闭眼，请重拍", received_at=at(9, 5)
    )
    step = await next_of(room, number)
    assert (step["why"], step["step"], step["photo_reason"]) == ("photo_rejected", "make_up", "闭眼，请重拍")
    assert "不另收费" in step["sentence"] and step["until"].startswith("2018-10-23T01:30")
    await room.clock(9, 35)
    response = await room.check_in(number)
    assert (response.status_code, response.json()["code"]) == (409, "shot_in_this_slot")
    await room.clock(9, 41)
    card = ok(await room.check_in(number))
    assert (card["slot"]["label"], card["make_up"], card["ticket"]) == ("B", True, "B001")
    assert ok(await room.check_in(number))["check_in_id"] == card["check_in_id"]
    assert (await next_of(room, number))["step"] == "stay_in_line"
    fees = ok(await room.people.registrar.get(f"{room.at}/students/{room.students[number]}/ledger-entries"))
    assert fees == [], "no fee came out of it"
    station = await room.station("二号机")
    await station.call_next()
    await station.outcome("shot")
    assert (await next_of(room, number))["why"] == "photo_awaited"
    assert ok(await room.check_in(number))["ticket_state"] == "shot", "and no third time"


def at(hour: int, minute: int) -> datetime:
    return make.MORNING.replace(hour=hour, minute=minute)


@pytest.mark.parametrize("state", [PhotoState.received, PhotoState.accepted])
async def test_nobody_stands_in_line_again_while_a_photo_may_count(room: Room, state: PhotoState) -> None:
    number = NUMBERS[0]
    await shot(room, number)
    await keep(number, portrait("bad"), PhotoState.rejected, received_at=at(9, 5))
    await keep(number, portrait("good"), state, received_at=at(9, 6))
    await room.clock(9, 41)
    assert ok(await room.check_in(number))["ticket_state"] == "shot"


async def test_an_own_photo_that_is_rejected_does_not_end_the_wait_for_the_agency(room: Room) -> None:
    number = NUMBERS[0]
    await shot(room, number)
    await keep(number, portrait("own"), PhotoState.rejected, source="returned", received_at=at(9, 5))
    assert (await next_of(room, number))["why"] == "photo_awaited"
    await room.clock(9, 41)
    assert ok(await room.check_in(number))["ticket_state"] == "shot"


async def test_who_waits_for_no_photo_is_not_told_to_wait(room: Room) -> None:
    """The agency's photo was rejected, and then the own one too: nothing is to come, whichever was last."""
    number = NUMBERS[0]
    await shot(room, number)
    await keep(number, portrait("bad"), PhotoState.rejected, received_at=at(9, 5))
    await keep(number, portrait("own"), PhotoState.rejected, source="returned", received_at=at(9, 30))
    step = await next_of(room, number)
    assert (step["why"], step["step"]) == ("photo_rejected", "make_up")
    await room.clock(9, 41)
    assert ok(await room.check_in(number))["ticket"] == "B001", "and the room lets them in"


async def test_after_the_last_slot_it_is_the_return_and_then_the_late_one(room: Room) -> None:
    number = NUMBERS[0]
    await shot(room, number)
    await keep(number, portrait("bad"), PhotoState.rejected, received_at=at(9, 5))
    await room.clock(12, 0)
    step = await next_of(room, number)
    assert (step["step"], step["days_left"]) == ("return_photo", 138)
    ok(await room.people.registrar.put(f"{room.at}/clock", json={"at": AFTER.isoformat()}))
    assert (await next_of(room, number))["step"] == "return_late"


# --- by college and by class -----------------------------------------------------------------------------------------


async def test_by_college_and_class_and_for_the_counsellor_only_the_own(room: Room) -> None:
    await keep(NUMBERS[0], portrait(1))
    await keep(NUMBERS[1], portrait(2), PhotoState.rejected)
    await propose(room, NUMBERS[2], portrait(3))
    counts = ok(await room.people.registrar.get(f"{room.at}/missing-counts"))
    shown = [(one["college_name"], one["class_group_name"], one["students"], one["missing"]) for one in counts]
    assert shown == [
        ("甲学院", "", 8, 7),
        ("甲学院", "甲1501", 4, 3),
        ("甲学院", "甲1502", 4, 4),
        ("乙学院", "", 6, 6),
        ("乙学院", "乙1501", 4, 4),
        ("乙学院", "乙1502", 2, 2),
    ]
    assert counts[1]["why"] == {"photo_rejected": 1, "photo_unclaimed": 1, "not_yet": 1}
    own = ok(await room.people.counsellor2.get(f"{room.at}/missing-counts"))
    assert {one["college_name"] for one in own} == {"乙学院"}
    page = ok(await room.people.registrar.get(f"{room.at}/statuses", params={"why": "photo_unclaimed"}))
    assert [(one["number"], one["step"]) for one in page["students"]] == [(NUMBERS[2], "wait")]


async def propose(room: Room, number: str, data: bytes) -> None:
    """A photo with one sign of whose it is."""
    photo_id: UUID = await keep(number, data, PhotoState.received)
    async with sessions() as db, db.begin():
        await db.execute(
            text(
                "update photo set proposed_student_id = student_id, student_id = null, held = 'one_sign' where id = :id"
            ),
            {"id": photo_id},
        )
