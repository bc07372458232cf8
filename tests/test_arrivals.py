"""Telling everybody at publishing: who is told what, what stays, and who is told later."""

import asyncio
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import delete, func, select, update

import make
from gradphoto.core.db import sessions
from gradphoto.roster.models import ClassGroup, Student
from gradphoto.schedule import arrival_service
from gradphoto.schedule.models import Arrival, Slot
from room import ok, when

MINUTE = timedelta(minutes=1)


@pytest.fixture
def template(real: str) -> str:
    return real


async def arrivals() -> dict[UUID, Arrival]:
    async with sessions() as db:
        return {one.student_id: one for one in await db.scalars(select(Arrival))}


async def test_everybody_with_a_slot_is_told_a_minute_of_it(people: make.People) -> None:
    told = await arrivals()
    assert len(told) == 3300
    async with sessions() as db:
        slots = {slot.id: slot for slot in await db.scalars(select(Slot))}
    for one in told.values():
        slot = slots[one.slot_id]
        assert slot.starts_at - 20 * MINUTE <= one.arrival_at <= slot.ends_at + 30 * MINUTE
        assert one.arrival_at.minute % 5 == 0 and one.arrival_at.second == 0
        assert one.arrival_at <= one.planned_start_at + 3 * MINUTE
        assert (one.told_count, one.arrival_before) == (1, None)


async def test_the_order_is_turn_then_class_then_number(people: make.People) -> None:
    told = await arrivals()
    timetable = ok(await people.registrar.get(f"{people.at}/timetable"))
    async with sessions() as db:
        of = {row.id: row for row in await db.scalars(select(Student))}
    for slot in timetable["slots"]:
        order = [one["class_group_id"] for one in slot["classes"]]
        inside = sorted((one for one in told.values() if str(one.slot_id) == slot["slot_id"]), key=lambda one: one.nth)
        keys = [(order.index(str(of[one.student_id].class_group_id)), of[one.student_id].number) for one in inside]
        assert keys == sorted(keys) and [one.nth for one in inside] == list(range(len(inside)))
        assert [one.planned_start_at for one in inside] == sorted(one.planned_start_at for one in inside)


async def test_an_overloaded_slot_moves_the_ones_after_it_and_lunch_is_not_idle(people: make.People) -> None:
    """材料 has 408 for 360: 外语 is told later than its slot, and the afternoon begins when the room is free."""
    timetable = ok(await people.registrar.get(f"{people.at}/timetable"))
    slot = next(one for one in timetable["slots"] if one["college_name"] == "外国语学院" or "外" in one["college_name"])
    told = [one for one in (await arrivals()).values() if str(one.slot_id) == slot["slot_id"]]
    first = min(told, key=lambda one: one.nth)
    assert first.planned_start_at > when(slot["starts_at"]) + 10 * MINUTE


async def test_published_again_without_a_change_nobody_is_told_again(people: make.People) -> None:
    before = await arrivals()
    async with sessions() as db, db.begin():
        assert await arrival_service.tell(db, people.campaign_id) == 0
    assert {k: v.told_count for k, v in (await arrivals()).items()} == {k: v.told_count for k, v in before.items()}


async def test_a_class_that_moves_is_told_and_the_others_only_where_it_matters(people: make.People) -> None:
    before = await arrivals()
    timetable = ok(await people.registrar.get(f"{people.at}/timetable"))
    first, second = timetable["slots"][0]["classes"][:2]
    body = {"slot_id": timetable["slots"][0]["slot_id"], "turn": "normal", "position": 8}
    ok(await people.registrar.put(f"{people.at}/class-groups/{first['class_group_id']}/slot", json=body))
    after = await arrivals()
    async with sessions() as db:
        of = {row.id: str(row.class_group_id) for row in await db.scalars(select(Student))}
    moved = {one for one in after if after[one].arrival_at != before[one].arrival_at}
    assert {one for one in of if of[one] == first["class_group_id"]} <= moved
    for one in moved:
        assert after[one].told_count == 2 and after[one].arrival_before == before[one].arrival_at
    assert any(of[one] == second["class_group_id"] for one in moved)
    assert all(str(after[one].slot_id) == timetable["slots"][0]["slot_id"] for one in moved)


async def test_a_newcomer_is_told_within_a_minute(people: make.People) -> None:
    assert await _newcomers(people) == 0
    async with sessions() as db, db.begin():
        victim = (await db.scalars(select(Arrival).limit(1))).one()
        student_id = victim.student_id
        await db.execute(delete(Arrival).where(Arrival.student_id == student_id))
    assert await _newcomers(people) == 1
    assert student_id in await arrivals()


async def test_many_small_moves_are_told_like_a_large_one(people: make.People) -> None:
    before = await arrivals()
    slot = ok(await people.registrar.get(f"{people.at}/timetable"))["slots"][0]
    for steps, told_again in ((1, False), (2, True)):
        async with sessions() as db, db.begin():
            at = when(slot["starts_at"]) - 4 * steps * MINUTE
            await db.execute(update(Slot).where(Slot.id == UUID(slot["slot_id"])).values(starts_at=at))
            await arrival_service.tell(db, people.campaign_id)
        mine = [one for one in (await arrivals()).values() if str(one.slot_id) == slot["slot_id"]]
        assert any(one.told_count > 1 for one in mine) is told_again
        assert any(one.arrival_at < before[one.student_id].arrival_at for one in mine) is told_again


async def test_on_the_day_nobody_is_told_a_minute_that_is_over(people: make.People) -> None:
    first, second = ok(await people.registrar.get(f"{people.at}/timetable"))["slots"][:2]
    clock = when(first["starts_at"]) + 62 * MINUTE
    ok(await people.registrar.put(f"{people.at}/clock", json={"at": clock.isoformat()}))
    before = await arrivals()
    of_first = next(one for one in first["classes"] if one["turn"] == "normal")
    path = f"{people.at}/class-groups/{of_first['class_group_id']}/check-ins"
    async with sessions() as db:
        query = select(Student.id).where(Student.class_group_id == UUID(of_first["class_group_id"]))
        here = set(await db.scalars(query))
    ok(await people.agency.post(path, json={"student_ids": [str(one) for one in here], "code": None}))
    moved = second["classes"][0]["class_group_id"]
    body = {"slot_id": first["slot_id"], "turn": "first", "position": 0}
    ok(await people.registrar.put(f"{people.at}/class-groups/{moved}/slot", json=body))
    after = await arrivals()
    told = {one for one in after if after[one].arrival_at != before[one].arrival_at}
    assert len(told) > 20 and min(after[one].arrival_at for one in told) >= clock + 10 * MINUTE
    assert not told & here, "who stands in line is told nothing"


async def test_who_changes_class_or_part_or_leaves_is_told_within_a_minute(people: make.People) -> None:
    slots = ok(await people.registrar.get(f"{people.at}/timetable"))["slots"]
    other = UUID(slots[5]["classes"][0]["class_group_id"])
    of_first = [one.student_id for one in (await arrivals()).values() if str(one.slot_id) == slots[0]["slot_id"]]
    changed, left = of_first[:2]
    async with sessions() as db, db.begin():
        await db.execute(update(Student).where(Student.id == changed).values(class_group_id=other))
        await db.execute(update(Student).where(Student.id == left).values(withdrawn_at=func.now()))
        student = await db.get(Student, (people.campaign_id, changed))
        assert student is not None
    card = ok(await (await people.student(student.number)).get(f"{people.at}/me"))
    assert card["slot"]["slot_id"] == slots[5]["slot_id"]
    assert when(card["arrival_at"]).date() == when(slots[5]["starts_at"]).date(), "never another slot's minute"
    assert await _newcomers(people) > 0
    after = await arrivals()
    assert str(after[changed].slot_id) == slots[5]["slot_id"] and left not in after
    assert await _newcomers(people) == 0


async def test_two_who_tell_wait_for_each_other(people: make.People) -> None:
    """A re-planning that had read the minutes before a publication would write them over it."""
    one = ok(await people.registrar.get(f"{people.at}/timetable"))["slots"][0]
    body = {"slot_id": one["slot_id"], "turn": "normal", "position": 8}
    path = f"{people.at}/class-groups/{one['classes'][0]['class_group_id']}/slot"
    async with sessions() as db, db.begin():
        await arrival_service.hold_minutes(db, people.campaign_id)
        moves = asyncio.create_task(people.registrar.put(path, json=body))
        replans = asyncio.create_task(people.agency.post(f"{people.at}/venues/{one['venue_id']}/replan"))
        done, _ = await asyncio.wait({moves, replans}, timeout=0.5)
        assert not done
    ok(await moves)
    ok(await replans)


async def test_without_a_telling_the_class_is_asked_by_its_plan(people: make.People) -> None:
    async with sessions() as db, db.begin():
        student = (await db.scalars(select(Student).limit(1))).one()
        group = await db.get(ClassGroup, (people.campaign_id, student.class_group_id))
        await db.execute(delete(Arrival))
    assert group is not None
    card = ok(await (await people.student(student.number)).get(f"{people.at}/me"))
    assert isinstance(when(card["arrival_at"]), datetime) and card["planned_start_at"] is None


async def _newcomers(people: make.People) -> int:
    async with sessions() as db, db.begin():
        return await arrival_service.tell_newcomers(db, people.campaign_id)
