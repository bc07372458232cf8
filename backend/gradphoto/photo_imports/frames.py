"""What a frame says of itself, read in processes that may die of it: the slate in it, and the camera's clock."""

from datetime import datetime
from functools import cache
from typing import NamedTuple
from uuid import UUID

from gradphoto.core.confined_crew import Busy, Closed, Crew
from gradphoto.core.settings import settings
from gradphoto.photos.checker import CheckBusy


class Look(NamedTuple):
    slate_number: str | None
    taken_at: datetime | None


async def look_at(campaign_id: UUID, data: bytes, *, slates: bool) -> Look:
    """Nothing at all of a file that stops the reader: the check then says what is wrong with it."""
    try:
        answer = await _crew().ask(data, str(campaign_id), "slates" if slates else "")
    except (Busy, Closed):
        raise CheckBusy from None
    when = answer.get("taken_at")
    return Look(answer.get("slate"), datetime.fromisoformat(when) if when else None)


async def close_frames() -> None:
    """At the end of the process; the next question starts a new crew."""
    if _crew.cache_info().currsize:
        crew = _crew()
        _crew.cache_clear()
        await crew.close()


@cache
def _crew() -> Crew:
    return Crew("gradphoto.photo_imports.camera.reader", hands=settings().check_hands)
