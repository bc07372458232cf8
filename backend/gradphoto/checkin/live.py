"""A followed view as server-sent events: one line of JSON per change, a ping when nothing changes, an end some day."""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import suppress
from typing import Any, TypeVar, cast
from uuid import UUID

from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from gradphoto.checkin.line import Snapshot
from gradphoto.checkin.line_service import snapshot
from gradphoto.core.db import sessions
from gradphoto.core.events import hub

PING_SECONDS = 15.0
LONGEST_SECONDS = 1800.0  # then the browser connects again, and its sign-in is looked at again

T = TypeVar("T")


def events_of(model: type[BaseModel]) -> dict[int | str, dict[str, Any]]:
    """The `responses=` entry of a stream. Without the type FastAPI would call each event a string."""
    return {
        200: {
            "model": model,
            "content": {"text/event-stream": {"schema": {"type": "object"}}},
            "description": f"Server-sent events, each one {model.__name__} as JSON in `data:`; `ping` every 15 s.",
        }
    }


class EventStream(StreamingResponse):
    media_type = "text/event-stream"


def follow(campaign_id: UUID, venue_id: UUID) -> AsyncIterator[Snapshot]:
    """The room's snapshot, built once for all who follow it, in sessions of its own: a screen holds no connection."""

    async def build() -> Snapshot:
        async with sessions() as db:
            return await snapshot(db, campaign_id, venue_id)

    return hub.follow(campaign_id, f"venue:{venue_id}", build)


def stream(views: AsyncIterator[T], encode: Callable[[T], str | None]) -> EventStream:
    """`encode` gives the JSON of a view, or None where this screen shows the same as before."""
    return EventStream(_events(views, encode), headers={"X-Accel-Buffering": "no", "Cache-Control": "no-store"})


async def _events(views: AsyncIterator[T], encode: Callable[[T], str | None]) -> AsyncIterator[bytes]:
    ends_at = time.monotonic() + LONGEST_SECONDS
    coming = asyncio.ensure_future(_next(views))
    try:
        while time.monotonic() < ends_at:
            done, _ = await asyncio.wait({coming}, timeout=PING_SECONDS)
            if not done:
                yield b"event: ping\ndata: {}\n\n"  # a comment would be invisible to the page
                continue
            text = encode(coming.result())
            coming = asyncio.ensure_future(_next(views))
            if text is not None:
                yield f"data: {text}\n\n".encode()
    finally:
        coming.cancel()
        with suppress(asyncio.CancelledError, StopAsyncIteration):
            await coming
        await cast(AsyncGenerator[Any, None], views).aclose()


async def _next(views: AsyncIterator[T]) -> T:
    return await anext(views)
