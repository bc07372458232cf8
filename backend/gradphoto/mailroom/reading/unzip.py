"""A ZIP of a mail, opened in memory within narrow limits: a mail brings one photo, not an archive of thousands."""

import io
from collections.abc import Iterator
from typing import NamedTuple

from gradphoto.core.errors import Refusal
from gradphoto.photo_imports.reading.archive import Archive, Limits
from gradphoto.photo_imports.reading.bulk import EntryFault, EntryRefused

LIMITS = Limits(entries=30, entry_bytes=20 << 20, total_bytes=40 << 20)


class Entry(NamedTuple):
    """`code` says why an entry was not read: one of the codes of bulk imports, or `broken_archive`."""

    name: str
    data: bytes
    code: str


def unzip(data: bytes, most: int = LIMITS.total_bytes) -> Iterator[Entry]:
    """`most`: bytes that its entries may have together, which a mail with many of them shares out."""
    try:
        archive = Archive(io.BytesIO(data), LIMITS)
    except Refusal:
        yield Entry("", b"", "broken_archive")
        return
    for file in archive.files[: LIMITS.entries + 1]:
        try:
            content = archive.read(file) if most > 0 else b""
            if len(content) > most or not most:
                most = 0  # those after it are not even unpacked
                raise EntryRefused(EntryFault.too_much)
        except EntryRefused as refused:
            yield Entry(file.name, b"", refused.fault.value)
            continue
        most -= len(content)
        yield Entry(file.name, content, "")
