"""The directory of a ZIP, read with limits and without believing it. Nothing in it chooses a path or a size of memory.

Python's own zipfile gives up the whole archive for one damaged name and holds an unlimited directory in memory; here
one bad entry is one refused entry.
"""

import io
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from gradphoto.core.errors import Refusal
from gradphoto.photo_imports.reading.bulk import readable

MOST_DIRECTORY_BYTES = 16 << 20
MOST_LISTED = 40_000
_END, _END64_AT, _END64 = struct.Struct("<4s4H2LH"), struct.Struct("<4sLQL"), struct.Struct("<4sQ2H2L4Q")
_ENTRY = struct.Struct("<4s6H3L5H2L")
_FULL = 0xFFFFFFFF
UTF8_NAME, ENCRYPTED = 0x800, 0x1 | 0x40


class NotAnArchive(Refusal):
    """这个文件不是完整的 ZIP 压缩包，没有读取。请用系统自带的压缩功能重新打包后再传。"""

    status = 422


class DirectoryTooLarge(Refusal):
    """压缩包里的文件太多，没有读取。请分成几个压缩包再传，每个不超过 20000 个文件。"""

    status = 422


@dataclass(frozen=True, slots=True)
class Listed:
    """As the directory says. `offset` is the entry's own header, counted from the start of the file."""

    name: str
    raw_name: bytes
    flags: int
    method: int
    crc: int
    packed: int
    size: int
    mode: int
    offset: int


def read_directory(file: BinaryIO) -> tuple[list[Listed], int]:
    """All that is listed, and where the directory begins: no entry reaches beyond. NotAnArchive, DirectoryTooLarge."""
    start, length, shift = _place(file)
    if length > MOST_DIRECTORY_BYTES:
        raise DirectoryTooLarge()
    file.seek(start)
    found = []
    for one in _entries(file.read(length), shift):
        found.append(one)
        if len(found) > MOST_LISTED:
            raise DirectoryTooLarge()
    return found, start


def _place(file: BinaryIO) -> tuple[int, int, int]:
    """Where the directory begins, how long it is, and by how much its offsets are to be moved."""
    total = file.seek(0, io.SEEK_END)
    tail_at = max(0, total - _END.size - 0xFFFF)
    file.seek(tail_at)
    tail = file.read(_END.size + 0xFFFF)
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < _END.size:
        raise NotAnArchive()
    _, _, _, _, count, length, offset, _ = _END.unpack_from(tail, at)
    end = tail_at + at
    if 0xFFFF in (count,) or _FULL in (length, offset):
        end, length, offset = _place64(file, end) or (end, length, offset)
    start = end - length
    if start < 0 or start < offset:  # bytes before the archive move everything back, never forward
        raise NotAnArchive()
    return start, length, start - offset


def _place64(file: BinaryIO, end: int) -> tuple[int, int, int] | None:
    """The same from the fields for big archives, None if there are none."""
    if end < _END64_AT.size:
        return None
    file.seek(end - _END64_AT.size)
    mark, _, at, _ = _END64_AT.unpack(file.read(_END64_AT.size))
    if mark != b"PK\x06\x07" or at > end - _END64_AT.size - _END64.size:
        return None
    file.seek(at)
    fields = _END64.unpack(file.read(_END64.size))
    return (at, fields[8], fields[9]) if fields[0] == b"PK\x06\x06" else None


def _entries(directory: bytes, shift: int) -> Iterator[Listed]:
    at = 0
    while at < len(directory):
        if len(directory) - at < _ENTRY.size:
            raise NotAnArchive()
        fields = _ENTRY.unpack_from(directory, at)
        names, extras, comments = fields[10:13]
        name_at = at + _ENTRY.size
        at = name_at + names + extras + comments
        if fields[0] != b"PK\x01\x02" or at > len(directory):
            raise NotAnArchive()
        raw = directory[name_at : name_at + names]
        extra = dict(_extras(directory[name_at + names : name_at + names + extras]))
        size, packed, offset = _wide(extra.get(0x0001, b""), fields[9], fields[8], fields[16])
        yield Listed(
            name=_name(raw, fields[3], extra),
            raw_name=raw,
            flags=fields[3],
            method=fields[4],
            crc=fields[7],
            packed=packed,
            size=size,
            mode=fields[15] >> 16,
            offset=offset + shift,
        )


def _extras(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + 4 <= len(data):
        kind, length = struct.unpack_from("<HH", data, at)
        yield kind, data[at + 4 : at + 4 + length]
        at += 4 + length


def _wide(extra: bytes, *fields: int) -> tuple[int, int, int]:
    """Size, packed size and offset: those that do not fit 32 bits stand in the extra field, in this order."""
    wide = iter(struct.unpack(f"<{len(extra) // 8}Q", extra[: len(extra) // 8 * 8]))
    size, packed, offset = (next(wide, field) if field == _FULL else field for field in fields)
    return size, packed, offset


def _name(raw: bytes, flags: int, extra: dict[int, bytes]) -> str:
    """By the UTF-8 flag, by Info-ZIP's field; else as any name whose encoding nobody wrote down."""
    told = extra.get(0x7075, b"")
    if not flags & UTF8_NAME and len(told) > 5 and struct.unpack_from("<L", told, 1)[0] == zlib.crc32(raw):
        raw = told[5:]
    return readable(raw)
