"""Whether the coded data of a baseline JPEG is whole: walks every Huffman code and must end where the data ends.

Pillow decodes a picture whose second half was zeroed without a word; libjpeg only warns, and Pillow does not pass the
warning on. This walk (ITU-T T.81 Annex F.2) computes no pixels: about 15 ms for a photo of 30 KB.
"""

from functools import lru_cache
from itertools import pairwise
from typing import Literal

from gradphoto.photos.jpeg import Scan

MOST_CODED = 1_500_000
MOST_BLOCKS = 30_000
MOST_TABLES = 32
Verdict = Literal["whole", "damaged", "leftover", "not_checked"]
_RESTARTS = tuple(bytes((0xFF, 0xD0 + i)) for i in range(8))
_END_OF_BLOCK = 128


def coded_data(data: bytes, seen: Scan) -> Verdict:
    """damaged: an impossible code, or the data ends early; leftover: bytes remain after the last block."""
    if not _can_check(seen):
        return "not_checked"
    if sum(one.end - one.start for one in seen.passes) > MOST_CODED:
        return "leftover"  # no photo of so few blocks needs as much
    left_over = False
    for one in seen.passes:
        plan = _plan(seen, one.header, _tables(one.tables))
        if plan is None:
            return "damaged"
        blocks, units = plan
        coded = data[one.start : one.end]
        for piece in _pieces(coded) if one.restart_interval else [coded]:
            count = min(units, one.restart_interval or units)
            verdict = _walk(piece.rstrip(b"\xff").replace(b"\xff\0", b"\xff"), blocks, count)
            if verdict == "damaged":
                return "damaged"
            left_over = left_over or verdict == "leftover"
            units -= count
        if units:
            return "damaged"
    return "leftover" if left_over else "whole"


def _can_check(seen: Scan) -> bool:
    sides = [side for _, h, v in seen.sampling for side in (h, v)]
    if seen.frame not in (0xC0, 0xC1) or seen.precision != 8 or not seen.passes or not sides:
        return False
    if (
        len(seen.tables) > MOST_TABLES
        or len(seen.passes) > len(seen.sampling)
        or not all(1 <= side <= 4 for side in sides)
    ):
        return False
    return seen.width * seen.height * len(seen.sampling) <= MOST_BLOCKS * 64


@lru_cache(4)  # one agency's encoder uses the same tables for every photo; 2 MB a set
def _tables(payloads: tuple[bytes, ...]) -> dict[int, list[int]]:
    """Class and id -> for each 16-bit look-ahead: bits to skip << 8 | coefficients to skip; 0 = impossible code."""
    tables: dict[int, list[int]] = {}
    for payload in payloads:
        while len(payload) >= 17:
            counts, symbols = payload[1:17], payload[17 : 17 + sum(payload[1:17])]
            look: list[int] = []
            at = 0
            for length, count in enumerate(counts, 1):
                for symbol in symbols[at : at + count]:
                    look += [_entry(payload[0] >> 4, length, symbol)] * (1 << (16 - length))
                at += count
                if len(look) > 65536:
                    return {}
            tables[payload[0]] = look + [0] * (65536 - len(look))
            payload = payload[17 + sum(counts) :]
    return tables


def _entry(kind: int, length: int, symbol: int) -> int:
    if kind == 0:
        return (length + symbol) << 8 if symbol <= 15 else 0
    run, size = symbol >> 4, symbol & 15
    if size == 0:
        return length << 8 | (16 if run == 15 else _END_OF_BLOCK)
    return (length + size) << 8 | (run + 1)


def _plan(
    seen: Scan, header: bytes, tables: dict[int, list[int]]
) -> tuple[list[tuple[list[int], list[int]]], int] | None:
    """(the DC and AC table of each block of a coding unit, number of units); None if the header contradicts itself."""
    count = header[0] if header else 0
    known = {ident: (h, v) for ident, h, v in seen.sampling}
    parts = [header[1 + 2 * i : 3 + 2 * i] for i in range(count)]
    if not parts or any(len(p) < 2 or p[0] not in known for p in parts):
        return None
    blocks: list[tuple[list[int], list[int]]] = []
    for ident, choice in parts:
        dc, ac = tables.get(choice >> 4), tables.get(0x10 | choice & 15)
        if dc is None or ac is None:
            return None
        h, v = known[ident]
        blocks += [(dc, ac)] * (h * v if count > 1 else 1)
    widest, tallest = max(h for h, _ in known.values()), max(v for _, v in known.values())
    across, down = 8 * widest, 8 * tallest
    if count == 1:
        h, v = known[parts[0][0]]
        width, height = -(-seen.width * h // widest), -(-seen.height * v // tallest)
        return blocks, -(-width // 8) * -(-height // 8)
    return blocks, -(-seen.width // across) * -(-seen.height // down)


def _pieces(coded: bytes) -> list[bytes]:
    """Cut at the restart markers; in coded data an FF that is data is always followed by 00."""
    cuts = [-2]
    at = coded.find(b"\xff")
    while at >= 0:
        if coded[at : at + 2] in _RESTARTS:
            cuts.append(at)
        at = coded.find(b"\xff", at + 1)
    return [coded[a + 2 : b] for a, b in pairwise([*cuts, len(coded)])]


def _walk(coded: bytes, blocks: list[tuple[list[int], list[int]]], units: int) -> Verdict:
    padded = coded + b"\xff\xff\xff"
    windows = [a << 16 | b << 8 | c for a, b, c in zip(padded, padded[1:], padded[2:], strict=False)]
    end, at = 8 * len(coded), 0
    for _ in range(units):
        for dc, ac in blocks:
            if at >= end:
                return "damaged"
            entry = dc[windows[at >> 3] >> (8 - (at & 7)) & 0xFFFF]
            if not entry:
                return "damaged"
            at += entry >> 8
            coefficient = 1
            while coefficient < 64:
                if at >= end:
                    return "damaged"
                entry = ac[windows[at >> 3] >> (8 - (at & 7)) & 0xFFFF]
                if not entry:
                    return "damaged"
                at += entry >> 8
                coefficient += entry & 255
            if 64 < coefficient < _END_OF_BLOCK:
                return "damaged"
    if at > end:
        return "damaged"
    return "leftover" if end - at >= 8 else "whole"
