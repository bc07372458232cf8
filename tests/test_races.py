"""Many at once: tickets without gaps, nobody called twice, no press with two effects, a queue that forgets nobody."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

import make
from gradphoto.checkin import service, station_service
from gradphoto.checkin.line_service import snapshot
from gradphoto.checkin.models import CheckedInBy, CheckIn, SlotCounter, Station, StationAct, StationEvent
from gradphoto.checkin.station_service import (
    AlreadyShot,
    CalledElsewhere,
    MovedOn,
    NothingToUndo,
    Press,
    StationBusy,
)
from gradphoto.checkin.ticket_service import Entrance, give_tickets
from gradphoto.core.db import now, sessions
from gradphoto.core.errors import Refusal
from gradphoto.core.events import Outbox
from gradphoto.roster.models import Student
from gradphoto.schedule.models import Slot, Venue
from room import IN_ORDER, NUMBERS

Pools = list[async_sessionmaker[AsyncSession]]
HEADS = 100


@pytest.fixture
async def pools(database_url: str) -> AsyncIterator[Pools]:
    """Three engines of six connections, as three API processes have."""
    engines = [create_async_engine(database_url, pool_size=6, max_overflow=0) for _ in range(3)]
    yield [async_sessionmaker(engine, expire_on_commit=False) for engine in engines]
    for engine in engines:
        await engine.dispose()


class Crowd:
    """A hundred more students of class 甲1501, and the ids that the services want."""

    campaign_id: UUID
    venue_id: UUID
    slot_id: UUID
    class_group_id: UUID
    students: list[UUID]


@pytest.fixture
async def crowd(people: make.People) -> Crowd:
    crowd = Crowd()
    crowd.campaign_id = people.campaign_id
    async with sessions() as db, db.begin():
        one = (await db.scalars(select(Student).where(Student.number == "41500001"))).one()
        crowd.class_group_id = one.class_group_id
        same = [Student.campaign_id, Student.id_type, Student.id_number_sealed, Student.class_group_id]
        values = (await db.execute(select(*same).where(Student.id == one.id))).mappings().one()
        rows = [
            dict(values, number=f"5150{i:04d}", name="群众", sex="", id_number_index=bytes([1, i]), id_number_mask="*")
            | dict(photo_code="", major="", is_monitor=False)
            for i in range(HEADS)
        ]
        crowd.students = list(await db.scalars(insert(Student).returning(Student.id), rows))
        crowd.slot_id = (await db.scalars(select(Slot.id).where(Slot.label == "A"))).one()
        crowd.venue_id = (await db.scalars(select(Venue.id))).one()
    return crowd


async def rows_of(slot_id: UUID) -> tuple[list[CheckIn], SlotCounter]:
    async with sessions() as db:
        rows = await db.scalars(select(CheckIn).where(CheckIn.slot_id == slot_id).order_by(CheckIn.ticket))
        counter = (await db.scalars(select(SlotCounter).where(SlotCounter.slot_id == slot_id))).one()
        return list(rows), counter


async def one_comes(
    pool: async_sessionmaker[AsyncSession], crowd: Crowd, *students: UUID, slot: UUID | None = None
) -> None:
    async with pool() as db, db.begin():
        entrance = Entrance(CheckedInBy.student, students[0])
        await give_tickets(db, crowd.campaign_id, slot or crowd.slot_id, list(students), False, entrance, now())


# --- tickets ---------------------------------------------------------------------------------------------------------


async def test_200_check_ins_of_100_students_at_once(crowd: Crowd, pools: Pools) -> None:
    """The first of them finds no counter; each student comes twice, on two connections."""
    twice = [*crowd.students, *reversed(crowd.students)]
    await asyncio.gather(*(one_comes(pools[i % 3], crowd, student) for i, student in enumerate(twice)))
    rows, counter = await rows_of(crowd.slot_id)
    assert [row.ticket for row in rows] == list(range(1, HEADS + 1))
    assert Counter(row.student_id for row in rows) == Counter(crowd.students)
    assert counter.last_ticket == HEADS
    async with sessions() as db:
        told = select(func.count()).select_from(Outbox).where(Outbox.kind == "check_in.made")
        assert await db.scalar(told) == HEADS


async def test_monitors_and_students_race(crowd: Crowd, pools: Pools) -> None:
    """Four phones bring overlapping halves of the class while each student checks in too."""
    await one_comes(pools[0], crowd, crowd.students[0])  # the counter is there: all others wait for it at once
    parts = [crowd.students[:60], crowd.students[40:], crowd.students[20:80], crowd.students]
    brought = [one_comes(pools[i % 3], crowd, *part) for i, part in enumerate(parts)]
    alone = [one_comes(pools[i % 3], crowd, student) for i, student in enumerate(crowd.students[1::2])]
    await asyncio.gather(*alone[:9], *brought, *alone[9:])
    rows, counter = await rows_of(crowd.slot_id)
    assert [row.ticket for row in rows] == list(range(1, HEADS + 1))
    assert counter.last_ticket == HEADS


async def test_two_slots_at_once_leave_one_live_ticket(crowd: Crowd, pools: Pools) -> None:
    """Either slot may win a student, or all ten; the one that comes second leaves it at that and uses up no number."""
    async with sessions() as db:
        other = (await db.scalars(select(Slot.id).where(Slot.label == "B"))).one()
    for student in crowd.students[:10]:
        await asyncio.gather(one_comes(pools[0], crowd, student), one_comes(pools[1], crowd, student, slot=other))
    rows: list[CheckIn] = []
    for slot_id in (crowd.slot_id, other):
        async with sessions() as db:
            here = (await db.scalars(select(CheckIn).where(CheckIn.slot_id == slot_id).order_by(CheckIn.ticket))).all()
        assert [row.ticket for row in here] == list(range(1, len(here) + 1))
        rows += here
    assert sorted(row.student_id for row in rows) == sorted(crowd.students[:10])


async def test_the_proof_can_fail(crowd: Crowd, pools: Pools) -> None:
    """The same crowd with a ticket that is read and then written: numbers collide, or the constraint refuses."""

    async def careless(pool: async_sessionmaker[AsyncSession], student: UUID) -> None:
        async with pool() as db, db.begin():
            last = await db.scalar(select(func.coalesce(func.max(CheckIn.ticket), 0)))
            await asyncio.sleep(0)
            row = dict(campaign_id=crowd.campaign_id, slot_id=crowd.slot_id, student_id=student, ticket=(last or 0) + 1)
            await db.execute(insert(CheckIn).values(**row, by="student", make_up=False, override_reason="", at=now()))

    tried = [careless(pools[i % 3], student) for i, student in enumerate(crowd.students[:30])]
    failed = [one for one in await asyncio.gather(*tried, return_exceptions=True) if one is not None]
    assert failed


# --- calls -----------------------------------------------------------------------------------------------------------


async def stations_of(crowd: Crowd, count: int) -> list[UUID]:
    async with sessions() as db, db.begin():
        made = [
            await station_service.add_station(db, crowd.campaign_id, crowd.venue_id, f"{i} 号机") for i in range(count)
        ]
        return [one.id for one in made]


async def test_stations_at_once_never_call_the_same_student(crowd: Crowd, pools: Pools) -> None:
    await one_comes(pools[0], crowd, *crowd.students)
    stations = await stations_of(crowd, 4)
    by = uuid4()

    async def work(pool: async_sessionmaker[AsyncSession], station_id: UUID) -> list[UUID]:
        shot: list[UUID] = []
        while True:
            async with pool() as db, db.begin():
                await station_service.call_next(db, Press(crowd.campaign_id, station_id, uuid4(), by))
            async with pool() as db, db.begin():
                current = await db.scalar(
                    select(CheckIn.id).where(CheckIn.station_id == station_id, CheckIn.state == "called")
                )
                if current is None:
                    return shot
                press = Press(crowd.campaign_id, station_id, uuid4(), by)
                await station_service.record_outcome(db, press, current, StationAct.shot, None)
                shot.append(current)

    done = await asyncio.gather(*(work(pools[i % 3], station_id) for i, station_id in enumerate(stations)))
    rows, counter = await rows_of(crowd.slot_id)
    assert sorted(one for part in done for one in part) == sorted(row.id for row in rows)
    assert sum(len(part) > 0 for part in done) > 1, "they did work at the same time"
    assert sorted(row.call_no or 0 for row in rows) == list(range(1, HEADS + 1))
    assert sorted(row.shot_no or 0 for row in rows) == list(range(1, HEADS + 1))
    assert (counter.last_call, counter.last_shot) == (HEADS, HEADS)


async def test_one_button_pressed_ten_times_at_once(crowd: Crowd, pools: Pools) -> None:
    await one_comes(pools[0], crowd, *crowd.students[:20])
    (station_id,) = await stations_of(crowd, 1)

    async def press(pool: async_sessionmaker[AsyncSession], op_id: UUID) -> str:
        try:
            async with pool() as db, db.begin():
                await station_service.call_next(db, Press(crowd.campaign_id, station_id, op_id, uuid4()))
        except Refusal as refusal:
            return refusal.code
        return "ok"

    same, others = uuid4(), [uuid4() for _ in range(5)]
    answers = await asyncio.gather(*(press(pools[i % 3], same) for i in range(10)))
    assert set(answers) == {"ok"}
    assert set(await asyncio.gather(*(press(pools[i % 3], op) for i, op in enumerate(others)))) == {"station_busy"}
    async with sessions() as db:
        assert len((await db.scalars(select(StationEvent.id))).all()) == 1


async def test_the_same_key_at_two_stations_works_at_one(crowd: Crowd, pools: Pools) -> None:
    await one_comes(pools[0], crowd, *crowd.students[:20])
    stations = await stations_of(crowd, 2)
    key = uuid4()

    async def press(pool: async_sessionmaker[AsyncSession], station_id: UUID) -> None:
        async with pool() as db, db.begin():
            await station_service.call_next(db, Press(crowd.campaign_id, station_id, key, uuid4()))

    answers = await asyncio.gather(*(press(pools[i], one) for i, one in enumerate(stations)), return_exceptions=True)
    assert sum(answer is None for answer in answers) == 1
    rows, _ = await rows_of(crowd.slot_id)
    assert sum(row.state == "called" for row in rows) == 1


# --- any sequence of presses, against a model ------------------------------------------------------------------------

EVERYBODY = range(len(NUMBERS))
OPS = st.one_of(
    st.tuples(st.just("in"), st.sampled_from(EVERYBODY)),
    st.tuples(st.just("in"), st.sampled_from(EVERYBODY)),
    st.tuples(st.just("call"), st.integers(0, 1)),
    st.tuples(st.just("call"), st.integers(0, 1)),
    st.tuples(st.sampled_from(["shot", "absent", "retake"]), st.integers(0, 1)),
    st.tuples(st.just("undo"), st.integers(0, 1)),
    st.tuples(st.just("take"), st.integers(0, 1), st.sampled_from(EVERYBODY)),
)


class Model:
    """The queue in forty lines of Python: what should be true of the tables after each press."""

    def __init__(self) -> None:
        self.state: dict[int, str] = {}  # student -> state
        self.at: dict[int, int] = {}  # station -> student called there
        self.not_before: dict[int, int] = {}
        self.calls = 0
        self.events: list[dict[str, Any]] = []  # those that stand

    def line(self) -> list[int]:
        def key(student: int) -> tuple[int, int]:
            early = self.state[student] == "retake" and self.not_before[student] > self.calls
            rank = 1 if self.state[student] == "waiting" else 2 if early else 0
            return rank, IN_ORDER.index(NUMBERS[student])

        return sorted((one for one, state in self.state.items() if state in ("waiting", "retake")), key=key)

    def come(self, student: int) -> None:
        if self.state.get(student) in (None, "absent"):
            self.state[student] = "waiting"

    def call(self, station: int, student: int | None) -> type[Refusal] | None:
        if station in self.at:
            return StationBusy
        if student is None:
            line = self.line()
            if not line:
                return None
            student = line[0]
        if self.state[student] in ("called", "shot"):
            return CalledElsewhere if self.state[student] == "called" else AlreadyShot
        self.calls += 1
        self._write(station, student, "called")
        self.at[station] = student
        return None

    def outcome(self, station: int, outcome: str) -> None:
        student = self.at.pop(station)
        self._write(station, student, outcome)
        if outcome == "retake":
            self.not_before[student] = self.calls + 3

    def undo(self, station: int) -> type[Refusal] | None:
        mine = [event for event in self.events if event["station"] == station]
        if not mine:
            return NothingToUndo
        last = mine[-1]
        student = last["student"]
        newest = [event for event in self.events if event["student"] == student][-1]
        if newest is not last or self.state[student] != last["act"]:
            return MovedOn
        self.events.remove(last)
        self.state[student] = last["before"]
        if last["act"] == "called":
            del self.at[station]
        else:
            self.at[station] = student
        return None

    def _write(self, station: int, student: int, act: str) -> None:
        before = self.state[student]
        self.events.append({"station": station, "student": student, "act": act, "before": before})
        self.state[student] = act


class Floor:
    """The same presses on the real tables."""

    def __init__(self, campaign_id: UUID, venue_id: UUID, ids: dict[str, UUID]) -> None:
        self.campaign_id, self.venue_id = campaign_id, venue_id
        self.ids = [ids[number] for number in NUMBERS]

    async def begin(self) -> None:
        async with sessions() as db, db.begin():
            for table in (StationEvent, CheckIn, SlotCounter, Station):
                await db.execute(delete(table))
            made = [
                await station_service.add_station(db, self.campaign_id, self.venue_id, f"{i} 号机") for i in range(2)
            ]
            self.stations = [one.id for one in made]

    async def press(self, op: tuple[Any, ...]) -> type[Refusal] | None:
        try:
            async with sessions() as db, db.begin():
                await self._press(db, *op)
        except Refusal as refusal:
            return type(refusal)
        return None

    async def _press(self, db: AsyncSession, what: str, one: int, student: int = 0) -> None:
        if what == "in":
            entrance = Entrance(CheckedInBy.staff, uuid4(), "手机没电")
            await service.check_in_by_hand(db, self.campaign_id, self.ids[one], None, entrance)
            return
        press = Press(self.campaign_id, self.stations[one], uuid4(), uuid4())
        if what == "call":
            await station_service.call_next(db, press)
        elif what == "undo":
            await station_service.undo(db, press)
        elif what == "take":
            theirs = select(CheckIn.id).where(CheckIn.student_id == self.ids[student])
            await station_service.call(db, press, (await db.scalars(theirs)).one())
        else:
            here = select(CheckIn.id).where(CheckIn.station_id == press.station_id, CheckIn.state == "called")
            await station_service.record_outcome(db, press, (await db.scalars(here)).one(), StationAct(what), None)

    async def agrees(self, model: Model) -> None:
        async with sessions() as db:
            rows = list(await db.scalars(select(CheckIn).order_by(CheckIn.slot_id, CheckIn.ticket)))
            counters = list(await db.scalars(select(SlotCounter)))
            seen = await snapshot(db, self.campaign_id, self.venue_id)
        assert {row.student_id: row.state for row in rows} == {self.ids[i]: s for i, s in model.state.items()}
        assert len(rows) == len(model.state), "nobody twice, nobody lost"
        for counter in counters:
            tickets = [row.ticket for row in rows if row.slot_id == counter.slot_id]
            assert tickets == list(range(1, counter.last_ticket + 1))
        assert sum(counter.last_call for counter in counters) == model.calls
        assert [one.student_id for one in seen.line] == [self.ids[i] for i in model.line()]
        assert {self.stations.index(station): one.student_id for station, one in seen.called.items()} == {
            station: self.ids[i] for station, i in model.at.items()
        }
        gone = {self.ids[i] for i, state in model.state.items() if state in ("shot", "absent")}
        assert set(seen.others) == gone


def expect(model: Model, what: str, one: int, student: int | None = None) -> type[Refusal] | None:
    if what == "in":
        model.come(one)
    elif what in ("call", "take"):
        return model.call(one, student)
    elif what == "undo":
        return model.undo(one)
    else:
        model.outcome(one, what)
    return None


def possible(model: Model, what: str, one: int, student: int | None = None) -> bool:
    if what in ("shot", "absent", "retake"):
        return one in model.at
    return what != "take" or student in model.state


@pytest.fixture
async def floor(people: make.People) -> Floor:
    async with sessions() as db:
        ids = {row.number: row.id for row in await db.scalars(select(Student))}
        return Floor(people.campaign_id, (await db.scalars(select(Venue.id))).one(), ids)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ops=st.lists(OPS, min_size=5, max_size=40))
async def test_any_sequence_of_presses_keeps_the_queue_whole(floor: Floor, ops: list[tuple[Any, ...]]) -> None:
    await floor.begin()
    model = Model()
    for op in ops:
        if possible(model, *op):
            assert await floor.press(op) == expect(model, *op), op
            await floor.agrees(model)
