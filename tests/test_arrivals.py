"""Telling everybody at publishing: who is told what, what stays, and who is told later."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import delete, select

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
