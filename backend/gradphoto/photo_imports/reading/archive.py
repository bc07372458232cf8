"""Photos out of a ZIP, one entry in memory at a time, nothing written anywhere: what is wrong is refused by entry."""

import stat
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO

from gradphoto.photo_imports.reading.archive_directory import ENCRYPTED, Listed, read_directory
from gradphoto.photo_imports.reading.bulk import (
    BulkFile,
    EntryFault,
    EntryRefused,
    content_fault,
    in_camera_order,
    is_junk,
)

_LOCAL = struct.Struct("<4s5H3L2H")
_STORED, _DEFLATED = 0, 8
_CHUNK = 1 << 16


@dataclass(frozen=True, slots=True)
class Limits:
    entries: int = 20_000
    entry_bytes: int = 8 << 20
    total_bytes: int = 8 << 30
    ratio: int = 60  # a JPEG does not shrink: whatever shrinks to a sixtieth is something else


class Archive:
    """`files` in the order of the camera. The file object stays the caller's to close."""

    def __init__(self, file: BinaryIO, limits: Limits | None = None) -> None:
        """NotAnArchive and DirectoryTooLarge are about the whole; everything else is about an entry."""
        self._file, self._limits = file, limits or Limits()
        listed, self._end = read_directory(file)
        wanted = [one for one in listed if not _is_folder(one) and not is_junk(one.name)]
        self.passed_over = sum(not _is_folder(one) for one in listed) - len(wanted)
        wanted.sort(key=lambda one: in_camera_order(one.name))
        faults = self._faults(wanted)
        self.files: Sequence[BulkFile] = [
            BulkFile(position, one.name, fault)
            for position, (one, fault) in enumerate(zip(wanted, faults, strict=True), 1)
        ]
        self._listed = wanted
        self._unpacked = 0

    def read(self, file: BulkFile) -> bytes:
        """The entry's bytes, whole and as its directory says, or EntryRefused. Memory: its size, at most the limit."""
        if file.fault is not None:
            raise EntryRefused(file.fault)
        if self._unpacked > self._limits.total_bytes:
            raise EntryRefused(EntryFault.too_much)
        data = self._unpack(self._listed[file.position - 1])
        self._unpacked += len(data)
        fault = content_fault(file.name, data)
        if fault is not None:
            raise EntryRefused(fault)
        return data

    # --- what the directory gives away -------------------------------------------------------------------------------

    def _faults(self, wanted: Sequence[Listed]) -> list[EntryFault | None]:
        seen: set[str] = set()
        overlapping = _overlapping(wanted)
        faults = []
        for place, one in enumerate(wanted):
            path = one.name.replace("\\", "/").casefold()
            fault = EntryFault.duplicate_name if path in seen else self._fault(one)
            if place in overlapping:
                fault = EntryFault.overlapping
            if place >= self._limits.entries:
                fault = EntryFault.too_many
            faults.append(fault)
            seen.add(path)
        return faults

    def _fault(self, one: Listed) -> EntryFault | None:
        limits = self._limits
        found = {
            EntryFault.unsafe_path: _leads_outside(one.name),
            EntryFault.symlink: stat.S_ISLNK(one.mode),
            EntryFault.encrypted: one.flags & ENCRYPTED,
            EntryFault.unknown_method: one.method not in (_STORED, _DEFLATED),
            EntryFault.bomb: one.size > limits.ratio * max(one.packed, 4096),
            EntryFault.too_large: one.size > limits.entry_bytes,
            EntryFault.false_size: one.method == _STORED and one.size != one.packed,
        }
        return next((fault for fault, there in found.items() if there), None)

    # --- what the bytes say ------------------------------------------------------------------------------------------

    def _unpack(self, one: Listed) -> bytes:
        self._file.seek(one.offset)
        header = self._file.read(_LOCAL.size)
        if len(header) < _LOCAL.size or not header.startswith(b"PK\x03\x04"):
            raise EntryRefused(EntryFault.damaged)
        names, extras = _LOCAL.unpack(header)[9:11]
        if self._file.read(names) != one.raw_name:
            raise EntryRefused(EntryFault.damaged)
        begin = one.offset + _LOCAL.size + names + extras
        if begin + one.packed > self._end:
            raise EntryRefused(EntryFault.damaged)
        self._file.seek(begin)
        data = self._file.read(one.packed) if one.method == _STORED else self._inflated(one)
        if len(data) != one.size:
            raise EntryRefused(EntryFault.false_size)
        if zlib.crc32(data) != one.crc:
            raise EntryRefused(EntryFault.damaged)
        return data

    def _inflated(self, one: Listed) -> bytes:
        """Never more than one byte beyond what the directory promised, and that was within the limits."""
        unpacker, left, out = zlib.decompressobj(-zlib.MAX_WBITS), one.packed, bytearray()
        try:
            while left and not unpacker.eof and len(out) <= one.size:
                packed = self._file.read(min(_CHUNK, left))
                if not packed:
                    raise EntryRefused(EntryFault.damaged)
                left -= len(packed)
                while packed and len(out) <= one.size:
                    out += unpacker.decompress(packed, one.size + 1 - len(out))
                    packed = unpacker.unconsumed_tail
        except zlib.error:
            raise EntryRefused(EntryFault.damaged) from None
        return bytes(out)


def _is_folder(one: Listed) -> bool:
    return one.name.endswith(("/", "\\")) and not one.size


def _leads_outside(name: str) -> bool:
    path = name.replace("\\", "/")
    return path.startswith("/") or path[1:2] == ":" or ".." in path.split("/") or not path.strip()


def _overlapping(wanted: Sequence[Listed]) -> set[int]:
    """Places in `wanted` of all that share bytes: thousands of entries over one core are how small bombs grow large."""
    found: set[int] = set()
    furthest, owner = -1, -1
    for place in sorted(range(len(wanted)), key=lambda place: wanted[place].offset):
        one = wanted[place]
        end = one.offset + _LOCAL.size + len(one.raw_name) + one.packed
        if one.offset < furthest:
            found |= {place, owner}
        if end > furthest:
            furthest, owner = end, place
    return found
