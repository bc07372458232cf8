"""The feed of changes: what happened in a campaign, in one order, to be read from any place again and again."""

import asyncio
import time
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
        # Listening begins before looking, so that what is placed in between is not slept through.
        woken = asyncio.ensure_future(hub.changed(campaign_id))
        await asyncio.sleep(0)
        try:
            rows = await changes(campaign_id, after, limit)
            left = ends_at - time.monotonic()
            if rows or left <= 0:
                return rows
            await asyncio.wait({woken}, timeout=left)
        finally:
            woken.cancel()
