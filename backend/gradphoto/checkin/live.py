"""A followed view as server-sent events: one line of JSON per change, a ping when nothing changes, an end some day."""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing, suppress
from datetime import datetime
from typing import Any, TypeVar, cast
from uuid import UUID

from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from gradphoto.checkin.card_service import Card, my_card
from gradphoto.checkin.line import Minute, Place, Snapshot, place_of
from gradphoto.checkin.line_service import snapshot
from gradphoto.core.db import sessions
from gradphoto.core.errors import Refusal
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


async def follow_student(card: Card, venue_id: UUID) -> AsyncIterator[tuple[Place, Minute | None, datetime]]:
    """One student's place and minute whenever they change in this room, with the campaign's clock.

    Of whom the room tells no minute (theirs is of another day, or of another room since a publication) the card is
    read again each time: a minute that was true when the stream began is never told later. Ends when the card has
    come to be of another room, or is no more: the page connects again and follows that one.
    """
    campaign_id, student_id = card.campaign.id, card.student.id
    last: tuple[Place, Minute | None] | None = None
    async with aclosing(cast(AsyncGenerator[Snapshot, None], follow(campaign_id, venue_id))) as snapshots:
        async for room in snapshots:
            told = room.minutes.get(student_id)
            seen = place_of(room, student_id, card.place), told
            if seen == last:
                continue
            if told is None and last is not None:
                try:
                    async with sessions() as db:
                        card = await my_card(db, campaign_id, student_id)
                except Refusal:
                    return
            last = seen = place_of(room, student_id, card.place), told
            yield seen[0], told or card.minute, room.clock
            if card.venue is None or card.venue.id != venue_id:
                return


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
            try:
                text = encode(coming.result())
            except StopAsyncIteration:
                return
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
