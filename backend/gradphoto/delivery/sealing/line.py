"""What is sealed of one photo: enough to say years later which part of a doubtful copy differs, and no ID number."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

MOST_PARTS = 24
Change = Literal["new", "replaced", "withdrawn"]


def photo_line(
    *,
    position: int,
    number: str,
    file: str,
    change: Change,
    sha256: str,
    size: int,
    width: int | None,
    height: int | None,
    segments: Sequence[Mapping[str, Any]],
    source: str,
    accepted_at: datetime | None,
) -> dict[str, Any]:
    """`file`: its place in the package, an ID number masked. `change`: against the package before; withdrawn ones are
    not in the package any more and stand here so that nobody can say they were never taken back.
    """
    return {
        "position": position,
        "number": number,
        "file": file,
        "change": change,
        "sha256": sha256,
        "size": size,
        "width": width,
        "height": height,
        "parts": parts_of(segments, size),
        "source": source,
        "accepted_at": accepted_at.isoformat(timespec="seconds") if accepted_at else None,
    }


def parts_of(segments: Sequence[Mapping[str, Any]], size: int) -> list[list[str | int]]:
    """[name, offset, length, the first 16 digits of the SHA-256] of each segment; the whole is held by `sha256`.

    Of a file in very many parts, those after the first 23 are one, with its place but without a hash of its own.
    """
    parts: list[list[str | int]] = [[one["name"], one["offset"], one["length"], one["sha256"][:16]] for one in segments]
    if len(parts) <= MOST_PARTS:
        return parts
    start = int(parts[MOST_PARTS - 1][1])
    return [*parts[: MOST_PARTS - 1], ["rest", start, size - start, ""]]
