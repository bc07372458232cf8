"""The agency's browser sending an import, and what became of it."""

from collections import Counter
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import httpx
from procrastinate import PsycopgConnector
from sqlalchemy import text

import make
from gradphoto.core.db import sessions
from gradphoto.core.jobs import conninfo, jobs
from gradphoto.photo_imports.job import import_photos
from room import ok

TUS = {"Tus-Resumable": "1.0.0", "Content-Type": "application/offset+octet-stream"}


class Agency:
    """The agency's browser, sending an import."""

    def __init__(self, people: make.People) -> None:
        self.people, self.browser, self.at = people, people.agency, f"{people.at}/photo-imports"

    async def begin(self, kind: str = "zip", size: int = 0, **more: Any) -> dict[str, Any]:
        body = dict(op_id=str(uuid4()), kind=kind, name="第一天.zip", size=size, camera=False, source="on_site") | more
        response = await self.browser.post(self.at, json=body)
        assert response.status_code == 201, response.text
        return response.json()

    async def piece(self, one: str, offset: int, data: bytes, **headers: str) -> httpx.Response:
        sent = TUS | {"Upload-Offset": str(offset)} | headers
        return await self.browser.patch(f"{self.at}/{one}/bytes", content=data, headers=sent)

    async def offset(self, one: str) -> int:
        response = await self.browser.head(f"{self.at}/{one}/bytes", headers=TUS)
        assert response.status_code == 200 and response.headers["Tus-Resumable"] == "1.0.0"
        return int(response.headers["Upload-Offset"])

    async def sent(self, data: bytes, **more: Any) -> str:
        one = (await self.begin(size=len(data), **more))["photo_import_id"]
        response = await self.piece(one, 0, data)
        assert response.status_code == 204, response.text
        return one

    async def read(self, data: bytes, **more: Any) -> dict[str, Any]:
        """Sent and read to its end."""
        one = await self.sent(data, **more)
        await self.work(one)
        return await self.state(one)

    async def put(self, one: str, position: int, name: str, data: bytes, **form: Any) -> httpx.Response:
        file = {"file": (name, data, "image/jpeg")}
        return await self.browser.post(f"{self.at}/{one}/files", files=file, data={"position": position} | form)

    async def work(self, one: str) -> None:
        await import_photos(campaign_id=str(self.people.campaign_id), import_id=one)

    async def state(self, one: str) -> dict[str, Any]:
        return ok(await self.browser.get(f"{self.at}/{one}"))

    async def entries(self, one: str, **query: Any) -> list[dict[str, Any]]:
        return ok(await self.browser.get(f"{self.at}/{one}/entries", params=query))

    async def act(self, one: str, act: str, **body: Any) -> dict[str, Any]:
        return ok(await self.browser.post(f"{self.at}/{one}/{act}", json=body))


def counts(state: Mapping[str, Any]) -> dict[str, int]:
    return {outcome: number for outcome, number in state["counts"].items() if number}


def refused(response: httpx.Response, status: int, code: str) -> None:
    assert (response.status_code, response.json()["code"]) == (status, code), response.text


async def photos() -> Counter[str | None]:
    """Student number -> photos."""
    query = text("select s.number from photo p left join student s on s.id = p.student_id")
    async with sessions() as db:
        return Counter(await db.scalars(query))


async def grow_old(one: str) -> None:
    """As if its reader had shown no sign of life for two minutes."""
    async with sessions() as db, db.begin():
        await db.execute(
            text("update photo_import set worked_at = worked_at - interval '2 minutes' where id = :one"), {"one": one}
        )


async def run_jobs(database_url: str) -> None:
    with jobs.replace_connector(PsycopgConnector(conninfo=conninfo(database_url))) as app:
        async with app.open_async():
            await app.run_worker_async(wait=False, install_signal_handlers=False)
