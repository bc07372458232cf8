"""The people of a whole campaign at work: students at the door, stations, monitors with the cash, photos by name."""

import asyncio
import hashlib
import random
import time
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, TypeVar
from uuid import UUID, uuid4

import httpx
from sqlalchemy import select

import make
from gradphoto.accounts import service as accounts
from gradphoto.accounts.auth import cookie_name
from gradphoto.core.db import sessions
from gradphoto.roster import service as roster
from gradphoto.roster.models import ClassGroup, Student

AT_ONCE = 8  # as many as a test's pool has connections
TRIES = 10
STATIONS = 2
T = TypeVar("T")


async def each(items: Iterable[T], do: Callable[[T], Awaitable[object]]) -> None:
    """At most AT_ONCE at the same time, in the order of `items`."""
    waiting = iter(items)

    async def one() -> None:
        for item in waiting:
            await do(item)

    async with asyncio.TaskGroup() as group:
        for _ in range(AT_ONCE):
            group.create_task(one())


class Campus:
    """The people of the campaign, signed in, each with the requests that their screen makes."""

    def __init__(self, people: make.People, phones: httpx.AsyncClient) -> None:
        self.people, self.phones = people, phones
        self.spent: Counter[str] = Counter()
        self.requests: Counter[str] = Counter()
        self.busy = 0
        self.tokens: dict[UUID, str] = {}
        self.students: dict[UUID, Student] = {}
        self.classes: dict[UUID, list[Student]] = defaultdict(list)
        self.sent: dict[UUID, bytes] = {}

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        self._name, began = name, time.perf_counter()
        yield
        self.spent[name] += time.perf_counter() - began

    async def sign_everybody_in(self) -> None:
        async with sessions() as db, db.begin():
            query = select(Student, ClassGroup.college_id).join(ClassGroup, ClassGroup.id == Student.class_group_id)
            for student, college_id in (await db.execute(query.order_by(Student.number))).all():
                whose = roster.sign_in_of(student, college_id)
                self.tokens[student.id] = await accounts.open_sign_in(db, **whose)
                self.students[student.id] = student
                self.classes[student.class_group_id].append(student)

    async def ask(self, client: httpx.AsyncClient, method: str, path: str, **more: Any) -> Any:
        """Sent again, the very same, when the system says that it is busy: as the phones do."""
        for _ in range(TRIES):
            self.requests[self._name] += 1
            answer = await client.request(method, self.people.at + path, timeout=60, **more)
            if answer.status_code != 503:
                break
            self.busy += 1
            await asyncio.sleep(1)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.headers.get("content-type") == "application/json" else answer.content

    async def tap(self, student: Student, path: str, body: dict[str, Any]) -> Any:
        """On the student's own phone."""
        cookie = {"cookie": f"{cookie_name()}={self.tokens[student.id]}"}
        return await self.ask(self.phones, "POST", path, json=body, headers=cookie)


# --- what happens in a slot ------------------------------------------------------------------------------------------


async def everybody_checks_in(campus: Campus, venue_id: str, coming: list[Student]) -> None:
    """In the order in which they happen to arrive, with the code that the screen shows just then."""
    random.Random(len(coming)).shuffle(coming)
    for at in range(0, len(coming), 100):
        door = await campus.ask(campus.people.screen, "GET", f"/venues/{venue_id}/door")
        check_in = partial(campus.tap, path="/me/check-in", body={"code": door["typed_code"]})
        await each(coming[at : at + 100], check_in)


async def shoot_until_nobody_waits(campus: Campus, station_id: str) -> None:
    at = f"/stations/{station_id}"
    view = await campus.ask(campus.people.agency, "POST", f"{at}/call-next", json={"op_id": str(uuid4())})
    while view["current"] is not None:
        shot = {"op_id": str(uuid4()), "check_in_id": view["current"]["check_in_id"], "outcome": "shot"}
        view = await campus.ask(campus.people.agency, "POST", f"{at}/outcome", json=shot | {"call_next": True})


async def collect_from_class(campus: Campus, class_group_id: UUID) -> None:
    """The monitor taps each name, and hands over in the notes received; the agency counts the same."""
    students = campus.classes[class_group_id]
    monitor = next(student for student in students if student.is_monitor)
    for student in students:
        body = {"op_id": str(uuid4()), "kind": "collected"}
        made = await campus.tap(monitor, f"/students/{student.id}/ledger-entries", body)
        assert (made["entry"]["amount_fen"], made["fee_state"]) == (2000, "with_monitor")
    notes = {"op_id": str(uuid4()), "notes": {"20": len(students)}}
    declared = await campus.tap(monitor, f"/class-groups/{class_group_id}/handovers", notes)
    count = {"op_id": str(uuid4()), "notes": {"20": len(students)}, "counted_fen": 2000 * len(students)}
    path = f"/handovers/{declared['handover_id']}/confirm"
    confirmed = await campus.ask(campus.people.agency, "POST", path, json=count)
    assert (confirmed["state"], confirmed["people"]) == ("confirmed", len(students))


# --- photos ----------------------------------------------------------------------------------------------------------


async def upload(campus: Campus, student: Student, data: bytes, id_number: str) -> None:
    campus.sent[student.id] = data
    file = {"file": (f"{id_number}.jpg", data, "image/jpeg")}
    form = {"sha256": hashlib.sha256(data).hexdigest()}
    made = await campus.ask(campus.people.agency, "POST", "/photos", files=file, data=form)
    assert (made["state"], made["already"]) == ("accepted", False), made
    assert made["student"]["student_id"] == str(student.id)
