"""Told minutes stay true: the camera runs slower, faster or stands still, and those concerned are told in time."""

from datetime import datetime, timedelta
from typing import Any, Self
from uuid import UUID, uuid4

import icalendar
import pytest
from procrastinate import PsycopgConnector
from sqlalchemy import delete, func, select, update

import make
from gradphoto.checkin.models import CheckIn
from gradphoto.checkin.replan_service import replan_arrivals
from gradphoto.core.db import sessions
from gradphoto.core.errors import NotFound
from gradphoto.core.events import hub
from gradphoto.core.jobs import conninfo, jobs
from gradphoto.roster.models import Campaign, ClassGroup, Student
from gradphoto.schedule.models import Arrival, Slot, Venue
from room import Stream, ok, refused, when

NINE = datetime(2018, 10, 23, 9, 0, tzinfo=make.SHANGHAI)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def template(real: str) -> str:
    return real


class Morning:
    """The first morning of the notice: one camera, the first class in line at nine."""

    people: make.People
    venue: str
    classes: list[UUID]

    @classmethod
    async def of(cls, people: make.People) -> Self:
        day = cls()
        day.people, day.now = people, NINE
        async with sessions() as db:
            day.venue = f"{people.at}/venues/{(await db.scalars(select(Venue.id))).one()}"
        timetable = ok(await people.registrar.get(f"{people.at}/timetable"))
        day.classes = [UUID(one["class_group_id"]) for one in timetable["slots"][0]["classes"]]
        await day.clock(NINE)
        await day.check_in(day.classes[0])
        made = ok(await people.agency.post(f"{day.venue}/stations", json={"name": "1 号机"}), 201)
        day.station = f"{people.at}/stations/{made['station_id']}"
        return day

    async def clock(self, at: datetime) -> None:
        self.now = at
        ok(await self.people.registrar.put(f"{self.people.at}/clock", json={"at": at.isoformat()}))

    async def check_in(self, class_group_id: UUID) -> None:
        async with sessions() as db:
            ids = await db.scalars(select(Student.id).where(Student.class_group_id == class_group_id))
        path = f"{self.people.at}/class-groups/{class_group_id}/check-ins"
        ok(await self.people.agency.post(path, json={"student_ids": [str(one) for one in ids], "code": None}))

    async def shoot(self, seconds: float) -> None:
        """Everybody in line, `seconds` apart."""
        view = ok(await self.people.agency.post(f"{self.station}/call-next", json={"op_id": str(uuid4())}))
        while view["current"]:
            await self.clock(self.now + timedelta(seconds=seconds))
            body = {"check_in_id": view["current"]["check_in_id"], "outcome": "shot", "call_next": True}
            view = ok(await self.people.agency.post(f"{self.station}/outcome", json={"op_id": str(uuid4()), **body}))

    async def replan(self) -> int:
        return int(ok(await self.people.agency.post(f"{self.venue}/replan"))["students"])

    async def told(self) -> dict[UUID, datetime]:
        async with sessions() as db:
            rows = await db.execute(select(Arrival.student_id, Arrival.arrival_at))
            return {row[0]: row[1] for row in rows}

    async def student(self, student_id: UUID) -> Any:
        async with sessions() as db:
            student = await db.get(Student, (self.people.campaign_id, student_id))
            assert student is not None
        return await self.people.student(student.number)


async def test_at_the_planned_pace_nobody_is_told_again(people: make.People) -> None:
    day = await Morning.of(people)
    before = await day.told()
    await day.shoot(20)
    assert await day.replan() == 0
    assert await day.told() == before
    assert ok(await people.agency.get(f"{people.at}/delay-notices")) == []


@pytest.mark.parametrize(("seconds", "later"), [(30, True), (13, False)])
async def test_a_slower_or_faster_camera_moves_the_minutes_that_are_worth_it(
    people: make.People, seconds: float, later: bool
) -> None:
    day = await Morning.of(people)
    before = await day.told()
    await day.shoot(seconds)
    told = await day.replan()
    after = await day.told()
    moved = {one for one in before if after[one] != before[one]}
    assert told == len(moved) > 20
    for one in moved:
        assert (after[one] > before[one]) is later
        assert abs(after[one] - before[one]) > 5 * MINUTE, "five minutes are not told"
        assert before[one] > day.now + 10 * MINUTE, "who is on the way is not sent back"
        assert after[one] >= day.now + 10 * MINUTE, "never into the past"
    assert await day.replan() == 0, "the same again is not news"


async def test_a_camera_that_stands_still_moves_those_who_are_not_yet_on_the_way(people: make.People) -> None:
    day = await Morning.of(people)
    await day.clock(NINE + 20 * MINUTE)  # the first class stands in line and nobody was shot
    before = await day.told()
    assert await day.replan() > 100
    after = await day.told()
    moved = [after[one] - before[one] for one in before if after[one] != before[one]]
    assert min(moved) > 5 * MINUTE and max(moved) < 30 * MINUTE


async def test_before_the_first_slot_begins_nothing_moves(people: make.People) -> None:
    day = await Morning.of(people)
    await day.clock(NINE - 30 * MINUTE)
    assert await day.replan() == 0


@pytest.mark.parametrize("minutes", [29, 31])
async def test_a_room_in_which_nothing_is_recorded_is_not_late(people: make.People, minutes: int) -> None:
    day = await Morning.of(people)
    await day.clock(NINE + minutes * MINUTE)
    assert (await day.replan() > 0) is (minutes < 30)


async def test_the_student_the_monitor_and_the_calendar_follow(people: make.People) -> None:
    day = await Morning.of(people)
    before = await day.told()
    await day.shoot(30)
    watched = next(one for one in before if before[one] == NINE + 70 * MINUTE)
    student = await day.student(watched)
    card = ok(await student.get(f"{people.at}/me"))
    assert (when(card["arrival_at"]), card["arrival_before"]) == (before[watched], None)
    feed = ok(await student.get(f"{people.at}/students/{watched}/calendar"))["url"].rsplit("/api/v1", 1)[1]
    first = _event(await people.registrar.get(feed))
    async with Stream(student, f"{people.at}/me/events") as stream:
        assert when((await stream.event())["arrival_at"]) == before[watched]
        await day.replan()
        hub.wake(people.campaign_id)
        event = await stream.event()
    after = (await day.told())[watched]
    assert after > before[watched] + 5 * MINUTE
    assert (when(event["arrival_at"]), when(event["arrival_before"])) == (after, before[watched])
    card = ok(await student.get(f"{people.at}/me"))
    assert (when(card["arrival_at"]), when(card["arrival_before"])) == (after, before[watched])
    second = _event(await people.registrar.get(feed))
    assert second["uid"] == first["uid"] and second["sequence"] == first["sequence"] + 1
    assert (first.start, second.start) == (before[watched], after)
    assert "原来是 10:10" in second["description"]


async def test_delay_notices_say_it_in_a_sentence_to_those_concerned(people: make.People) -> None:
    day = await Morning.of(people)
    before = await day.told()
    await day.shoot(30)
    await day.replan()
    after = await day.told()
    notices = ok(await people.agency.get(f"{people.at}/delay-notices"))
    assert sum(one["students"] for one in notices) == sum(after[one] != before[one] for one in before)
    notice = notices[-1]
    assert notice["class_group_name"] in notice["text"] and f"晚 {notice['minutes']} 分钟" in notice["text"]
    assert ok(await people.counsellor.get(f"{people.at}/delay-notices")) == notices  # of the college that is shot
    assert ok(await people.counsellor2.get(f"{people.at}/delay-notices")) == []
    async with sessions() as db:
        monitors = select(Student.number).where(
            Student.is_monitor, Student.class_group_id == UUID(notice["class_group_id"])
        )
        monitor = await people.student((await db.scalars(monitors)).one())
        name = await db.scalar(select(ClassGroup.name).where(ClassGroup.id == UUID(notice["class_group_id"])))
    mine = ok(await monitor.get(f"{people.at}/delay-notices"))
    assert {one["class_group_name"] for one in mine} == {name}
    view = ok(await monitor.get(f"{people.at}/class-groups/{notice['class_group_id']}/check-ins"))
    assert when(view["arrival_until"]) >= when(view["arrival_at"])
    assert {when(one["arrival_at"]) for one in view["students"]} >= {when(notice["arrival_at"])}


async def test_the_worker_does_it_every_minute(people: make.People, database_url: str) -> None:
    day = await Morning.of(people)
    before = await day.told()
    await day.shoot(30)
    with jobs.replace_connector(PsycopgConnector(conninfo=conninfo(database_url))) as app:
        async with app.open_async():
            await replan_arrivals.defer_async(timestamp=0)
            await app.run_worker_async(wait=False, install_signal_handlers=False)
    assert await day.told() != before
    assert ("checkin.replan", "") in jobs.periodic_registry.periodic_tasks


async def test_who_was_absent_in_another_slot_is_told_again_all_the_same(people: make.People) -> None:
    day = await Morning.of(people)
    before = await day.told()
    watched = next(one for one in before if before[one] == NINE + 70 * MINUTE)
    async with sessions() as db, db.begin():
        missed = (await db.scalars(select(Slot).order_by(Slot.starts_at.desc()).limit(1))).one()
        key = {"campaign_id": people.campaign_id, "slot_id": missed.id, "student_id": watched}
        db.add(CheckIn(**key, ticket=1, state="absent", by="staff", by_id=watched, at=NINE, make_up=True))
    await day.shoot(30)
    await day.replan()
    assert (await day.told())[watched] > before[watched]


async def test_a_campaign_that_cannot_be_told_does_not_stop_the_others(people: make.People) -> None:
    """The first of two has a lead that leaves the calendar; it is told to the log, and the worker goes on."""
    async with sessions() as db, db.begin():
        await db.execute(update(Campaign).values(lead_minutes=2_000_000_000))
        await db.execute(delete(Arrival))
    await replan_arrivals(timestamp=0)
    async with sessions() as db, db.begin():
        await db.execute(update(Campaign).values(lead_minutes=2))
    await replan_arrivals(timestamp=0)
    async with sessions() as db:
        assert await db.scalar(select(func.count()).select_from(Arrival)) == 3300


async def test_a_feed_is_found_by_its_own_address_only(people: make.People) -> None:
    day = await Morning.of(people)
    watched, other = list(await day.told())[:2]
    student = await day.student(watched)
    url = ok(await student.get(f"{people.at}/students/{watched}/calendar"))["url"]
    assert url == ok(await student.get(f"{people.at}/students/{watched}/calendar"))["url"], "a calendar keeps it"
    assert (await student.get(f"{people.at}/students/{other}/calendar")).status_code == 403
    token = url.rsplit("/", 1)[1].removesuffix(".ics")
    for wrong in (token[:-1], "B" + token[1:], token[:40], "x", "%00", token + "AAAA"):
        refused(await people.registrar.get(f"/calendars/{wrong}.ics"), NotFound)
    text = (await people.registrar.get(f"/calendars/{token}.ics")).text
    async with sessions() as db:
        me = await db.get(Student, (people.campaign_id, watched))
        assert me is not None and me.name not in text and me.number not in text


def _event(response: Any) -> Any:
    assert response.headers["content-type"].startswith("text/calendar")
    return icalendar.Calendar.from_ical(response.content).walk("VEVENT")[0]
