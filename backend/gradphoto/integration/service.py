"""The feed of changes: what happened in a campaign, in one order, to be read from any place again and again."""

import asyncio
import time
from contextlib import suppress
from uuid import UUID

from sqlalchemy import select

from gradphoto.core.db import sessions
from gradphoto.core.events import Outbox, hub

LONGEST_WAIT_SECONDS = 25  # below what proxies cut


async def changes(campaign_id: UUID, after: int, limit: int) -> list[Outbox]:
    """Rows that the relay has placed, from the one after position `after` on."""
    found = (
        select(Outbox)
        .where(Outbox.campaign_id == campaign_id, Outbox.position > after)
        .order_by(Outbox.position)
        .limit(limit)
    )
    async with sessions() as db:
        return list(await db.scalars(found))


async def next_changes(campaign_id: UUID, after: int, limit: int, wait_seconds: float) -> list[Outbox]:
    """As `changes`; when there are none, wait for some. No database connection is held while waiting."""
    ends_at = time.monotonic() + wait_seconds
    while True:
        # Taken before looking, so that what is placed in between is not slept through.
        change = hub.next_change(campaign_id)
        rows = await changes(campaign_id, after, limit)
        left = ends_at - time.monotonic()
        if rows or left <= 0:
            return rows
        with suppress(TimeoutError):
            await asyncio.wait_for(change.wait(), min(left, hub.fallback_seconds))
