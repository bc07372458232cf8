"""One at a time: who does not get the turn leaves at once. The database gives it back when the holder dies."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from sqlalchemy import text

from gradphoto.core.db import sessions


@asynccontextmanager
async def turn_of(work: str, campaign_id: UUID) -> AsyncIterator[bool]:
    """False when somebody else is at it. Holds a connection, and no row, as long as it lasts."""
    take = text("select pg_try_advisory_xact_lock(hashtextextended(:name, 0))")
    async with sessions() as db, db.begin():
        yield bool(await db.scalar(take, {"name": f"{work}:{campaign_id}"}))
