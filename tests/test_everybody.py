"""All 3,300 students of the notice: checked in, shot, paid, photographed, over HTTP; then every sum must come out."""

import asyncio
import hashlib
import random
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import select

import jpegs
import make
from campus import (
    STATIONS,
    Campus,
    collect_from_class,
    each,
    everybody_checks_in,
    shoot_until_nobody_waits,
    upload,
)
from gradphoto.checkin.models import CheckIn, StationAct, StationEvent
from gradphoto.core.db import sessions
from gradphoto.core.settings import settings
from gradphoto.photos.service import the_store
from gradphoto.roster.reading import read_roster
from gradphoto.schedule.models import Slot, SlotClass, Turn

SAMPLE = 200


@pytest.fixture
def template(real: str) -> str:
    return real


# --- what must come out ----------------------------------------------------------------------------------------------

Call = tuple[int, tuple[int, int, str]]  # call number, and the place that turn, class order and 学号 give


def out_of_order(calls: list[Call]) -> list[Call]:
    """Calls further from their place than the other station can have put them: both may call in the same moment."""
    planned = sorted(place for _, place in calls)
    return [call for call in calls if abs(planned.index(call[1]) + 1 - call[0]) >= STATIONS]


def gaps(numbers: Iterable[int | None]) -> set[int | None]:
    """What is missing from, or too much in, 1, 2, 3, … n."""
    found = list(numbers)
    doubles = {number for number, times in Counter(found).items() if times > 1}
    return doubles | (set(found) ^ set(range(1, len(found) + 1)))


async def judge_room(campus: Campus) -> None:
    async with sessions() as db:
        check_ins = list(await db.scalars(select(CheckIn)))
        shots = list(await db.scalars(select(StationEvent).where(StationEvent.act == StationAct.shot)))
        turns = {one.class_group_id: one for one in await db.scalars(select(SlotClass))}
        labels = {slot.id: slot.label for slot in await db.scalars(select(Slot))}
    assert len(check_ins) == len({one.student_id for one in check_ins}) == 3300
    assert {one.state for one in check_ins} == {"shot"} and not any(one.make_up for one in check_ins)
    assert len(shots) == len({one.check_in_id for one in shots}) == 3300, "shot once, by one station"
    assert len({one.station_id for one in shots}) == STATIONS
    by_slot: dict[UUID, list[CheckIn]] = defaultdict(list)
    for one in check_ins:
        by_slot[one.slot_id].append(one)
    assert len(by_slot) == 14
    for slot_id, inside in by_slot.items():
        for number in ("ticket", "call_no", "shot_no"):
            assert gaps(getattr(one, number) for one in inside) == set(), f"{number} of {labels[slot_id]}"
        calls = []
        for one in inside:
            student = campus.students[one.student_id]
            its = turns[student.class_group_id]
            assert its.slot_id == slot_id
            calls.append((one.call_no, (list(Turn).index(Turn(its.turn)), its.position, student.number)))
        assert out_of_order(calls) == []


async def judge_cash(campus: Campus) -> None:
    totals = (await campus.ask(campus.people.registrar, "GET", "/fees"))["totals"]
    assert totals["collected_fen"] == 6_600_000 == totals["handed_over_fen"] + totals["on_hand_fen"]
    assert (totals["paid_people"], totals["due_fen"], totals["on_hand_fen"]) == (3300, 0, 0)
    assert (await campus.ask(campus.people.registrar, "GET", "/fees/differences"))["differences"] == []
    handovers = await campus.ask(campus.people.agency, "GET", "/handovers?state=confirmed&limit=500")
    assert len(handovers) == 117 == len({one["class_group_id"] for one in handovers})
    assert gaps(one["receipt_number"] for one in handovers) == set()


async def judge_photos(campus: Campus) -> None:
    """Every original from the store, a sample through the door that people use."""
    photo_ids: dict[UUID, str] = {}
    page: dict[str, Any] = {"next_after": None}
    while not photo_ids or page["next_after"]:
        which = {"state": "accepted", "limit": 500} | ({"after": page["next_after"]} if photo_ids else {})
        page = await campus.ask(campus.people.registrar, "GET", "/photos", params=which)
        photo_ids |= {UUID(one["student"]["student_id"]): one["photo_id"] for one in page["photos"]}
    nobody = dict(received=0, rejected=0, superseded=0, unmatched=0, originals=0, asked=0)
    assert page["counts"] == nobody | dict(accepted=3300)
    assert photo_ids.keys() == campus.sent.keys() == campus.students.keys()
    store = the_store()

    async def read(data: bytes) -> None:
        assert await store.get(hashlib.sha256(data).hexdigest()) == data

    async def download(student_id: UUID) -> None:
        path = f"/photos/{photo_ids[student_id]}/original"
        assert await campus.ask(campus.people.registrar, "GET", path) == campus.sent[student_id]

    await each(campus.sent.values(), read)
    await each(random.Random(0).sample(sorted(photo_ids), SAMPLE), download)


async def missing(campus: Campus) -> list[str]:
    page = await campus.ask(campus.people.registrar, "GET", "/statuses?only_missing=true&limit=5000")
    assert page["total"] == len(page["students"])
    return [one["student_id"] for one in page["students"]]


async def judge_progress(campus: Campus) -> None:
    progress = await campus.ask(campus.people.registrar, "GET", "/progress")
    everybody = dict(heads=3300, shot=3300, in_line=0, absent=0, accepted=3300, missing=0, paid=3300, waived=0)
    money = dict(collected_fen=6_600_000, handed_over_fen=6_600_000, on_hand_fen=0, owed_fen=6_600_000)
    expected = everybody | money | dict(paid_not_shot=0, refunded_fen=0)
    assert {name: progress["total"][name] for name in expected} == expected
    assert len(progress["colleges"]) == 13 and progress["why"] == []
    for name in expected:
        assert sum(college[name] for college in progress["colleges"]) == expected[name]


# --- the three days --------------------------------------------------------------------------------------------------


async def test_everybody_gets_a_photo_and_every_sum_comes_out(
    people: make.People,
    anybody: httpx.AsyncClient,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(settings(), "door_window_seconds", 300)  # a busy machine types slower than a person
    campus = Campus(people, anybody)
    with campus.phase("sign in"):
        await campus.sign_everybody_in()
        timetable = await campus.ask(people.registrar, "GET", "/timetable")
        venue_id = timetable["venues"][0]["venue_id"]
        stations = [
            (await campus.ask(people.registrar, "POST", f"/venues/{venue_id}/stations", json={"name": f"{n} 号机"}))
            for n in range(1, STATIONS + 1)
        ]
    for slot in timetable["slots"]:
        at = datetime.fromisoformat(slot["starts_at"]) + timedelta(minutes=1)
        class_group_ids = [UUID(one["class_group_id"]) for one in slot["classes"]]
        with campus.phase("check in"):
            await campus.ask(people.registrar, "PUT", "/clock", json={"at": at.isoformat()})
            coming = [student for group_id in class_group_ids for student in campus.classes[group_id]]
            await everybody_checks_in(campus, venue_id, coming)
        with campus.phase("call and shoot"):
            async with asyncio.TaskGroup() as room:
                for station in stations:
                    room.create_task(shoot_until_nobody_waits(campus, station["station_id"]))
        with campus.phase("collect and hand over"):
            await each(class_group_ids, lambda group_id: collect_from_class(campus, group_id))
    with campus.phase("upload"):
        rows = read_roster((make.DEMO_DATA / "roster-2019.xlsx").read_bytes(), "roster.xlsx").rows
        id_numbers = {row.number: row.id_number for row in rows}
        files = [(one, jpegs.sound(one.number), id_numbers[one.number]) for one in campus.students.values()]
        *most, last = files
        await each(most, lambda one: upload(campus, *one))
        assert await missing(campus) == [str(last[0].id)], "one photo is missing, and it is named"
        await upload(campus, *last)
    with campus.phase("judge"):
        await judge_room(campus)
        await judge_cash(campus)
        await judge_photos(campus)
        assert await missing(campus) == []
        await judge_progress(campus)
    with capsys.disabled():
        for name, seconds in campus.spent.items():
            print(f"\n  {name:<22}{seconds:6.1f} s  {campus.requests[name]:6d} requests", end="")
        total = f"{campus.spent.total():6.1f} s  {campus.requests.total():6d} requests"
        print(f"\n  {'all':<22}{total}, {campus.busy} answered busy")


def test_the_judges_see_a_gap_and_a_late_first_class() -> None:
    """Negative control for the sums above."""
    assert gaps([1, 2, 3]) == set()
    assert gaps([1, 2, 2]) == {2, 3} and gaps([1, 3]) == {2, 3} and gaps([1, None]) == {None, 2}
    places = [(0, 0, "1"), (0, 0, "2"), (1, 1, "3"), (1, 1, "4")]
    assert out_of_order(list(enumerate(places, 1))) == []
    assert out_of_order([(2, places[0]), (1, places[1]), (3, places[2]), (4, places[3])]) == []
    assert out_of_order([(4, places[0]), (1, places[1]), (2, places[2]), (3, places[3])]) == [(4, places[0])]
