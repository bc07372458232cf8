"""The check as the server asks for it: in processes of its own that stay, so that no photo can stop the server."""

import base64
import hashlib
import json
import threading
from functools import cache
from typing import Any

from gradphoto.core.confined_crew import Busy, Closed, Crew
from gradphoto.core.errors import Refusal
from gradphoto.core.settings import settings
from gradphoto.photos.checking.kinds import kind_of
from gradphoto.photos.checking.report import PhotoReport, Unreadable
from gradphoto.photos.checking.saying import finding
from gradphoto.photos.checking.standard import STANDARD, PhotoStandard, Profile

SECONDS = 10.0  # a photo takes 0.05, the largest camera original 0.5
MEMORY_MB = 1_536  # address space; 200 MB of it are really used
WAITING = 64
LOOKS = 16  # of that for everybody who only wants to know: those who hand in a photo find room

_looks = threading.BoundedSemaphore(LOOKS)


class CheckBusy(Refusal):
    """现在检查照片的人很多，请过几秒再试。"""

    status = 503


async def check_photo(
    data: bytes,
    standard: PhotoStandard = STANDARD,
    profile: Profile = Profile.returned,
    expects_record: bool = False,
) -> PhotoReport:
    """See `checking.check`. A photo that stops two processes in a row is `quarantined`, never tried for ever."""
    asked = json.dumps(standard.values())
    answer = await _ask(data, "check", asked, str(profile), "record" if expects_record else "")
    return _quarantined(data) if "refused" in answer else PhotoReport.from_json(answer)


async def look_only(data: bytes, standard: PhotoStandard) -> PhotoReport:
    """`check_photo` for anybody, without keeping it: at most LOOKS at a time."""
    if not _looks.acquire(blocking=False):
        raise CheckBusy
    try:
        return await check_photo(data, standard, Profile.returned)
    finally:
        _looks.release()


async def small_picture(data: bytes, width: int = 240) -> bytes:
    """A small JPEG for screens, upright and without metadata. Raises Unreadable."""
    answer = await _ask(data, "small", str(width))
    if "refused" in answer:
        raise Unreadable
    return base64.b64decode(answer["jpeg"])


async def close_checker() -> None:
    """At the end of the process; the next question starts a new crew."""
    if _crew.cache_info().currsize:
        crew = _crew()
        _crew.cache_clear()
        await crew.close()


def children() -> list[int]:
    """Process ids of the crew that is up."""
    return _crew().children()


@cache
def _crew() -> Crew:
    reader = "gradphoto.photos.checking.reader"
    return Crew(reader, hands=settings().check_hands, seconds=SECONDS, memory_mb=MEMORY_MB, waiting=WAITING)


async def _ask(data: bytes, *arguments: str) -> dict[str, Any]:
    try:
        return await _crew().ask(data, *arguments)
    except (Busy, Closed):
        raise CheckBusy from None


def _quarantined(data: bytes) -> PhotoReport:
    return PhotoReport(
        sha256=hashlib.sha256(data).hexdigest(),
        size=len(data),
        kind=kind_of(data),
        width=None,
        height=None,
        mode=None,
        dpi=None,
        findings=[finding("quarantined", "block")],
        segments=[],
        trailing_bytes=0,
    )
