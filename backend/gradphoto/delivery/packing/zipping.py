"""A ZIP as a stream of chunks: memory for one batch of photos, whatever the size of the whole."""

import stat
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from stream_zip import NO_COMPRESSION_32, NO_COMPRESSION_64, stream_zip

MODE = stat.S_IFREG | 0o644
BATCH = 16
FOUR_GB = 4 * 2**30 - 2**26  # what the 32-bit form of a ZIP can point to, and room for its directory

Member = tuple[str, datetime, int, Any, Iterable[bytes]]


def zip_chunks(
    files: Sequence[tuple[str, bytes]],
    photos: Sequence[tuple[str, str]],
    fetch: Callable[[Sequence[str]], Sequence[bytes]],
    at: datetime,
    photo_bytes: int,
) -> Iterator[bytes]:
    """`files`: (name, contents). `photos`: (name, sha256), whose bytes `fetch` gives a batch at a time. Stored as they
    are: a JPEG does not become smaller. An exception of `fetch` ends the stream before its directory is written, so
    that what has arrived does not open as a ZIP.
    """
    method = NO_COMPRESSION_32 if photo_bytes + sum(len(data) for _, data in files) < FOUR_GB else NO_COMPRESSION_64
    yield from stream_zip(_members(files, photos, fetch, at, method))


def _members(
    files: Sequence[tuple[str, bytes]],
    photos: Sequence[tuple[str, str]],
    fetch: Callable[[Sequence[str]], Sequence[bytes]],
    at: datetime,
    method: Any,
) -> Iterator[Member]:
    for start in range(0, len(photos), BATCH):
        few = photos[start : start + BATCH]
        for (name, _), data in zip(few, fetch([sha256 for _, sha256 in few]), strict=True):
            yield name, at, MODE, method(len(data), zlib.crc32(data)), (data,)
    # Last: an Excel file is a ZIP itself, and its directory in a stream that broke off would be taken for ours.
    for name, data in files:
        yield name, at, MODE, method(len(data), zlib.crc32(data)), (data,)
