"""What happened, told once it is committed: an outbox row in the transaction, one relay, live screens that follow."""

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg
import structlog
from sqlalchemy import BigInteger, Index, insert, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import Field, SQLModel

from gradphoto.core.db import document, in_campaign, instant, new_id, sessions

log = structlog.get_logger()
CHANNEL = "gradphoto_changes"


class Outbox(SQLModel, table=True):
    """One thing that happened. `position` is given by the relay: without gaps, in the order of commits."""

    __table_args__ = (
        Index("ix_outbox_fresh", "id", postgresql_where="position is null"),
        Index("uq_outbox_position", "campaign_id", "position", unique=True),
    )

    campaign_id: UUID = in_campaign()
    id: UUID = new_id()
    kind: str = Field(max_length=64)
    data: dict[str, Any] = document(default_factory=dict)
    at: datetime = instant(default_now=True)
    position: int | None = Field(default=None, sa_type=BigInteger)


async def announce(db: AsyncSession, campaign_id: UUID, kind: str, **data: Any) -> None:
    """Commits or vanishes with the caller's transaction. `data` holds ids and states, never names or numbers."""
    await db.execute(
        insert(Outbox).values(campaign_id=campaign_id, kind=kind, data=json.loads(json.dumps(data, default=str)))
    )


_RELAY = text(
    """
    with fresh as (
        select campaign_id, id from outbox where position is null order by id limit 2000 for update skip locked
    ), base as (
        select campaign_id, coalesce(max(position), 0) as last from outbox
        where campaign_id in (select campaign_id from fresh) and position is not null group by campaign_id
    ), numbered as (
        select f.campaign_id, f.id,
               coalesce(b.last, 0) + row_number() over (partition by f.campaign_id order by f.id) as position
        from fresh f left join base b using (campaign_id)
    ), placed as (
        update outbox o set position = n.position from numbered n
        where o.campaign_id = n.campaign_id and o.id = n.id returning o.campaign_id
    )
    select campaign_id, count(*), pg_notify(:channel, campaign_id::text) from placed group by campaign_id
    """
)


async def relay_once(db: AsyncSession) -> int:
    """Place fresh rows in the feed and wake the screens once a campaign. One relay at a time, by advisory lock."""
    if not await db.scalar(text("select pg_try_advisory_xact_lock(hashtext('gradphoto.relay'))")):
        return 0
    return sum(row[1] for row in await db.execute(_RELAY, {"channel": CHANNEL}))


async def relay_forever(every_seconds: float = 0.2) -> None:
    while True:
        moved = 0
        try:
            async with sessions() as db, db.begin():
                moved = await relay_once(db)
        except Exception as error:  # the database may be away for a while; the rows wait
            log.warning("relay failed", error=type(error).__name__)
            await asyncio.sleep(1)
        if not moved:
            await asyncio.sleep(every_seconds)


class Hub:
    """Latest value of each followed view, built and encoded once for all screens that follow it."""

    def __init__(self, fallback_seconds: float = 5.0, rest_seconds: float = 0.25) -> None:
        self.fallback_seconds = fallback_seconds  # a view is rebuilt this often although nobody told us
        self.rest_seconds = rest_seconds  # and never more often than this
        self._changed: dict[UUID, asyncio.Event] = defaultdict(asyncio.Event)
        self._views: dict[tuple[UUID, str], _View] = {}
        self._listener: asyncio.Task[None] | None = None

    def start(self, conninfo: str) -> None:
        self._listener = asyncio.create_task(self._listen(conninfo))

    async def stop(self) -> None:
        tasks = [view.task for view in self._views.values()] + ([self._listener] if self._listener else [])
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError):
                await task
        self._views.clear()
        self._changed.clear()

    def wake(self, campaign_id: UUID) -> None:
        self._changed.pop(campaign_id, asyncio.Event()).set()

    async def follow(self, campaign_id: UUID, name: str, build: Callable[[], Awaitable[Any]]) -> AsyncIterator[Any]:
        """Yields the view now and after each change; the same object for everybody who follows `name`."""
        key = (campaign_id, name)
        view = self._views.get(key)
        if view is None:
            view = self._views[key] = _View(self, campaign_id, build)
        view.followers += 1
        try:
            seen = -1
            while True:
                while view.version == seen:
                    await view.fresh.wait()
                seen = view.version
                yield view.value
        finally:
            view.followers -= 1
            if not view.followers and self._views.get(key) is view:
                view.task.cancel()
                del self._views[key]

    def next_change(self, campaign_id: UUID) -> asyncio.Event:
        """Set by the next `wake`. Taken before a view is built, so that a change told meanwhile is not missed."""
        return self._changed[campaign_id]

    async def _listen(self, conninfo: str) -> None:
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(conninfo, autocommit=True) as connection:
                    await connection.execute(f"listen {CHANNEL}")
                    async for note in connection.notifies():
                        self.wake(UUID(note.payload))
            except psycopg.Error as error:
                log.warning("listener lost its connection", error=type(error).__name__)
                await asyncio.sleep(1)


class _View:
    def __init__(self, hub: Hub, campaign_id: UUID, build: Callable[[], Awaitable[Any]]) -> None:
        self.value: Any = None
        self.version = -1
        self.followers = 0
        self.fresh = asyncio.Event()
        self.task = asyncio.create_task(self._keep(hub, campaign_id, build))

    async def _keep(self, hub: Hub, campaign_id: UUID, build: Callable[[], Awaitable[Any]]) -> None:
        while True:
            change = hub.next_change(campaign_id)
            try:
                value = await build()
            except Exception as error:  # screens keep the last value and show how old it is
                log.warning("live view failed", error=type(error).__name__)
            else:
                if value != self.value or self.version < 0:
                    self.value, self.version = value, self.version + 1
                    self.fresh.set()
                    self.fresh = asyncio.Event()
            await asyncio.sleep(hub.rest_seconds)
            with suppress(TimeoutError):
                await asyncio.wait_for(change.wait(), hub.fallback_seconds)


hub = Hub()
