"""One class and its cash, for the tests of fees: its people, and short ways to say what they do."""

from typing import Any
from uuid import UUID, uuid4

import httpx
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

import make
from gradphoto.core.db import sessions
from gradphoto.roster.id_numbers import IdType
from gradphoto.roster.models import Campaign, ClassGroup, College, Student

MONITOR = {"甲1501": "41500001", "甲1502": "41500005", "乙1501": "41500009"}
MINE = "41500002"  # of 甲1501


class Class:
    """The class 甲1501, its people's ids by 学号, and short ways to say what they do."""

    def __init__(self, people: make.People, students: dict[str, UUID], groups: dict[str, UUID]) -> None:
        self.people, self.students, self.groups = people, students, groups
        self.group = groups["甲1501"]

    @classmethod
    async def of(cls, people: make.People) -> "Class":
        async with sessions() as db:
            students = {s.number: s.id for s in await db.scalars(select(Student))}
            groups = {g.name: g.id for g in await db.scalars(select(ClassGroup))}
        return cls(people, students, groups)

    async def monitor(self) -> httpx.AsyncClient:
        return await self.people.student(MONITOR["甲1501"])

    def entries_of(self, number: str) -> str:
        return f"{self.people.at}/students/{self.students[number]}/ledger-entries"

    async def record(self, who: httpx.AsyncClient, number: str, kind: str = "collected", **more: Any) -> httpx.Response:
        reason = "" if kind == "collected" else "事由"
        body = {"op_id": str(uuid4()), "kind": kind, "reason": reason} | more
        return await who.post(self.entries_of(number), json=body)

    async def reverse(self, who: httpx.AsyncClient, entry_id: str, op_id: UUID | None = None) -> httpx.Response:
        path = f"{self.people.at}/ledger-entries/{entry_id}/reversal"
        return await who.post(path, json={"op_id": str(op_id or uuid4()), "reason": "点错了人"})

    async def declare(self, who: httpx.AsyncClient, notes: dict[str, int], **more: Any) -> httpx.Response:
        path = f"{self.people.at}/class-groups/{self.group}/handovers"
        return await who.post(path, json={"op_id": str(uuid4()), "notes": notes} | more)

    async def count(
        self, handover: dict[str, Any], notes: dict[str, int], fen: int, word: str = "confirm", **more: Any
    ) -> httpx.Response:
        body = {"op_id": str(uuid4()), "counted_fen": fen, "notes": notes} | more
        return await self.people.agency.post(f"{self.people.at}/handovers/{handover['handover_id']}/{word}", json=body)

    async def fees(self) -> dict[str, Any]:
        response = await self.people.registrar.get(f"{self.people.at}/class-groups/{self.group}/fees")
        assert response.status_code == 200, response.text
        return dict(response.json())

    async def state(self, number: str) -> str:
        return next(s["fee_state"] for s in (await self.fees())["students"] if s["number"] == number)


def code(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.json().get("code", "")


def ok(response: httpx.Response) -> dict[str, Any]:
    assert response.status_code == 200, response.text
    return dict(response.json())


def ok_list(response: httpx.Response) -> list[dict[str, Any]]:
    assert response.status_code == 200, response.text
    return list(response.json())


async def paid(jia: Class, *numbers: str) -> httpx.AsyncClient:
    monitor = await jia.monitor()
    for number in numbers:
        ok(await jia.record(monitor, number))
    return monitor


async def classes(
    db: AsyncSession, count: int, heads: int
) -> tuple[Campaign, College, list[ClassGroup], list[Student]]:
    """A campaign with so many class groups of so many students; the first of each is its monitor."""
    campaign = await make.campaign(db)
    college = College(campaign_id=campaign.id, name="学院", position=0)
    db.add(college)
    await db.flush()
    its = dict(campaign_id=campaign.id, college_id=college.id)
    groups = [ClassGroup(name=f"班{i}", position=i, **its) for i in range(count)]
    db.add_all(groups)
    await db.flush()
    sealed = dict(id_type=IdType.resident_id, id_number_sealed=b"", id_number_mask="")
    students = [
        Student(
            campaign_id=campaign.id,
            number=f"4150{i:04d}",
            name=f"学生{i}",
            id_number_index=bytes([i]),
            class_group_id=groups[i // heads].id,
            is_monitor=i % heads == 0,
            **sealed,
        )
        for i in range(count * heads)
    ]
    db.add_all(students)
    await db.flush()
    return campaign, college, groups, students
