"""Background work by the real worker: what takes minutes does not hold up what is due every minute."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
from sqlalchemy import text

import make
from gradphoto.core.crunch import CrunchFailed
from gradphoto.core.db import sessions
from gradphoto.core.jobs import HANDS, SLOW, jobs, work
from gradphoto.photos import verify_service
from gradphoto.schedule import solve_service
from room import ok

SLOW_JOBS = ("mailroom.read", "mailroom.send", "photos.import", "photos.verify", "timetable.solve")


async def states(*names: str) -> list[str]:
    query = text("select status from procrastinate_jobs where task_name = any(:names) order by status::text")
    async with sessions() as db:
        return [str(one) for one in await db.scalars(query, {"names": list(names)})]


async def until(what: Any, seconds: float = 8) -> None:
    async with asyncio.timeout(seconds):
        while not await what():
            await asyncio.sleep(0.05)


@asynccontextmanager
async def working(url: str, done: asyncio.Event) -> AsyncIterator[asyncio.Task[None]]:
    """The real worker; slow jobs end when `done` is set, at the latest with the test."""
    worker = asyncio.create_task(work(url))
    try:
        yield worker
    finally:
        done.set()
        worker.cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.wait_for(worker, 10)


async def replanned() -> bool:
    """The worker defers it by itself as it starts."""
    query = text("select count(*) from procrastinate_periodic_defers where task_name = 'checkin.replan'")
    async with sessions() as db:
        due = await db.scalar(query)
    return bool(due) and not await states("checkin.replan")


async def test_slow_jobs_do_not_hold_up_the_one_of_every_minute(
    people: make.People, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = asyncio.Event()

    async def long(*_: Any, **__: Any) -> Any:
        await done.wait()
        return verify_service.Verification(0, 0, [], [], [])

    monkeypatch.setattr(verify_service, "verify_all", long)
    for _ in range(3):
        async with sessions() as db, db.begin():
            await verify_service.ask_verification(db, people.campaign_id)
    async with working(database_url, done) as worker:
        await until(replanned)
        assert await states(*SLOW_JOBS) == ["doing"] * HANDS[SLOW] + ["todo"]
        worker.cancel()
        await asyncio.sleep(0.2)
        assert not worker.done(), "what is under way is finished first"
        done.set()
        await asyncio.wait({worker}, timeout=5)
        assert worker.cancelled()
    assert await states(*SLOW_JOBS) == ["todo"], "the worker that comes next takes it"
    async with sessions() as db:
        assert await db.scalar(text("select count(*) from procrastinate_workers")) == 0
    async with working(database_url, done):
        await until(lambda: none_left(*SLOW_JOBS))


async def none_left(*names: str) -> bool:
    return not await states(*names)


async def test_a_solver_at_work_leaves_room_for_photos(
    people: make.People, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = asyncio.Event()

    async def long(*_: Any, **__: Any) -> Any:
        await done.wait()
        raise CrunchFailed("timeout")

    monkeypatch.setattr(solve_service, "crunch", long)
    window = {"venue": "体育馆", "starts_at": "2018-10-24T09:00:00+08:00", "ends_at": "2018-10-24T12:00:00+08:00"}
    ok(await people.registrar.post(f"{people.at}/timetable/solves", json={"windows": [window]}), 202)
    async with sessions() as db, db.begin():
        await verify_service.ask_verification(db, people.campaign_id)
    async with working(database_url, done):
        await until(lambda: none_left("photos.verify"))
        assert await states("timetable.solve") == ["doing"]
        done.set()


async def test_a_worker_that_stops_by_itself_ends_all(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever started the process starts it again; one half at work would look like all is well."""

    async def lost(*_: Any, **__: Any) -> None:
        raise ConnectionError

    monkeypatch.setattr(jobs.job_manager.__class__, "listen_for_jobs", lost)
    with pytest.raises(ExceptionGroup, match="unhandled errors in a TaskGroup"):
        await asyncio.wait_for(work(database_url), 10)


def test_every_job_that_may_take_long_is_slow() -> None:
    queues = {name: task.queue for name, task in jobs.tasks.items() if task.queue != "builtin"}
    assert {name for name, queue in queues.items() if queue == SLOW} == set(SLOW_JOBS)
    assert set(queues.values()) == set(HANDS)
