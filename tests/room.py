"""The day in the room for tests: whose id is which, the door's code, stations, clocks and event streams."""

import asyncio
import json
from contextlib import suppress
from datetime import datetime
from typing import Any, Self
from uuid import UUID, uuid4

import httpx
from sqlalchemy import select

import make
from gradphoto.app import app
from gradphoto.checkin.models import CheckIn
from gradphoto.core.db import sessions
from gradphoto.core.errors import Refusal
from gradphoto.roster.models import ClassGroup, Student
from gradphoto.schedule.models import Slot, Venue

NUMBERS = [f"4150{seq:04d}" for seq in range(1, 15)]  # 甲1501: 1-4, 甲1502: 5-8, 乙1501: 9-12, 乙1502: 13-14
IN_ORDER = [NUMBERS[i - 1] for i in (5, 6, 7, 8, 1, 2, 3, 4, 9, 10, 11, 12, 13, 14)]  # if everybody is here


class Room:
    people: make.People
    at: str
    venue: str
    students: dict[str, UUID]
    class_groups: dict[str, UUID]
    slots: dict[str, UUID]

    @classmethod
    async def of(cls, people: make.People) -> Self:
        room = cls()
        room.people, room.at = people, people.at
        async with sessions() as db:
            room.students = {row.number: row.id for row in await db.scalars(select(Student))}
            room.class_groups = {row.name: row.id for row in await db.scalars(select(ClassGroup))}
            room.slots = {row.label: row.id for row in await db.scalars(select(Slot))}
            room.venue = f"{room.at}/venues/{(await db.scalars(select(Venue.id))).one()}"
        return room

    async def door(self) -> dict[str, Any]:
        return ok(await self.people.screen.get(f"{self.venue}/door"))

    async def code(self) -> str:
        return str((await self.door())["typed_code"])

    async def clock(self, hour: int, minute: int, day: int = 23) -> None:
        at = make.MORNING.replace(day=day, hour=hour, minute=minute)
        ok(await self.people.registrar.put(f"{self.at}/clock", json={"at": at.isoformat()}))

    async def check_in(self, number: str, code: str | None = None) -> httpx.Response:
        student = await self.people.student(number)
        return await student.post(f"{self.at}/me/check-in", json={"code": code or await self.code()})

    async def card(self, number: str) -> dict[str, Any]:
        return ok(await (await self.people.student(number)).get(f"{self.at}/me"))

    async def by_hand(self, number: str, slot: str | None = None) -> httpx.Response:
        body = {"reason": "手机没电", "slot_id": str(self.slots[slot]) if slot else None}
        return await self.people.agency.post(f"{self.at}/students/{self.students[number]}/check-in", json=body)

    async def all_in(self, *numbers: str) -> None:
        for number in numbers:
            ok(await self.by_hand(number))

    async def station(self, name: str) -> "Station":
        made = ok(await self.people.agency.post(f"{self.venue}/stations", json={"name": name}), 201)
        return Station(self.people.agency, f"{self.at}/stations/{made['station_id']}")

    async def check_ins(self) -> list[CheckIn]:
        async with sessions() as db:
            return list(await db.scalars(select(CheckIn).order_by(CheckIn.slot_id, CheckIn.ticket)))


class Station:
    def __init__(self, client: httpx.AsyncClient, path: str) -> None:
        self.client = client
        self.path = path

    async def press(self, button: str, op_id: UUID | None = None, **body: Any) -> httpx.Response:
        return await self.client.post(f"{self.path}/{button}", json={"op_id": str(op_id or uuid4()), **body})

    async def call_next(self) -> str | None:
        """The 学号 of who is called, None when the line is empty."""
        return number_of(ok(await self.press("call-next")))

    async def call(self, check_in_id: str) -> httpx.Response:
        return await self.press("call", check_in_id=check_in_id)

    async def outcome(self, outcome: str, call_next: bool = False, op_id: UUID | None = None) -> dict[str, Any]:
        current = (await self.view())["current"]
        body = {"check_in_id": current["check_in_id"], "outcome": outcome, "call_next": call_next}
        return ok(await self.press("outcome", op_id, **body))

    async def undo(self) -> dict[str, Any]:
        return ok(await self.press("undo"))

    async def view(self) -> dict[str, Any]:
        return ok(await self.client.get(self.path))


def number_of(view: dict[str, Any]) -> str | None:
    return view["current"]["number"] if view["current"] else None


def ok(response: httpx.Response, status: int = 200) -> Any:
    assert response.status_code == status, response.text
    return response.json()


def refused(response: httpx.Response, refusal: type[Refusal]) -> dict[str, Any]:
    body = response.json()
    assert (response.status_code, body.get("code")) == (refusal.status, refusal.code), body
    assert len(body["detail"]) > 5
    return dict(body["facts"])


def when(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(make.SHANGHAI)


class Stream:
    """An open `…/events` request, spoken to as a server would: ASGI messages, no buffering."""

    def __init__(self, client: httpx.AsyncClient, path: str) -> None:
        cookie = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
        self.scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http",
            "path": f"/api/v1{path}",
            "raw_path": f"/api/v1{path}".encode(),
            "query_string": b"",
            "root_path": "",
            "headers": [(b"host", b"test"), (b"cookie", cookie.encode())],
            "client": ("127.0.0.1", 1),
            "server": ("test", 80),
        }
        self.sent: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.gone = asyncio.Event()

    async def __aenter__(self) -> Self:
        self.task = asyncio.create_task(app(self.scope, self._receive, self.sent.put))
        start = await asyncio.wait_for(self.sent.get(), 5)
        self.status = start["status"]
        self.headers = {name.decode(): value.decode() for name, value in start["headers"]}
        return self

    async def __aexit__(self, *_: object) -> None:
        self.gone.set()
        with suppress(asyncio.CancelledError):
            await asyncio.wait_for(self.task, 5)

    async def _receive(self) -> dict[str, Any]:
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def chunk(self, seconds: float = 5) -> str:
        return str((await asyncio.wait_for(self.sent.get(), seconds))["body"].decode())

    async def event(self, seconds: float = 5) -> dict[str, Any]:
        text = await self.chunk(seconds)
        assert text.startswith("data: ") and text.endswith("\n\n"), text
        return dict(json.loads(text[6:]))
