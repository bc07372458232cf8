"""The structure of a JPEG file without decoding it: segments, frame, end of image, what follows. Never raises.

ITU-T T.81 Annex B. What an agency embeds (APPn, COM, bytes after the end) is listed by place, length and SHA-256 only:
its format is not public, so nothing here claims to read it. Work is linear in the file's length.
"""

import hashlib
import re
import struct
from dataclasses import dataclass, field

MOST_SEGMENTS = 1_000
MOST_FILL = 1_000
# A marker that ends coded data: not a stuffed zero, not a restart marker, not fill.
_NEXT = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")
_NAMES = {
    0xC4: "DHT", 0xC8: "JPG", 0xCC: "DAC", 0xD8: "SOI", 0xD9: "EOI", 0xDA: "SOS", 0xDB: "DQT", 0xDC: "DNL",
    0xDD: "DRI", 0xDE: "DHP", 0xDF: "EXP", 0xFE: "COM", 0x01: "TEM",
}  # fmt: skip
_FRAMES = {0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF}
# Only public identifiers become names: what an unknown writer put there may be a person's data.
_PUBLIC = (
    (b"JFIF\0", "JFIF"),
    (b"JFXX\0", "JFXX"),
    (b"Exif\0\0", "Exif"),
    (b"http://ns.adobe.com/xap/1.0/\0", "XMP"),
    (b"http://ns.adobe.com/xmp/extension/\0", "XMP"),
    (b"ICC_PROFILE\0", "ICC"),
    (b"Photoshop 3.0\0", "Photoshop"),
    (b"Adobe", "Adobe"),
    (b"Ducky", "Ducky"),
    (b"MPF\0", "MPF"),
)
_MAGIC = (
    (b"\xff\xd8\xff", "jpeg"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"GIF8", "gif"),
    (b"BM", "bmp"),
    (b"II*\0", "tiff"),
    (b"MM\0*", "tiff"),
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"%PDF", "pdf"),
    (b"Rar!", "rar"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"\0\0\0\x0cjP  \r\n\x87\n", "jpeg2000"),
    (b"\xff\x0a", "jpeg-xl"),
)


@dataclass(frozen=True, slots=True)
class Segment:
    """`length` in bytes with the marker; of SOS with its coded data. `name` is like APP1 Exif; trailing: marker ""."""

    marker: str
    name: str
    offset: int
    length: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Pass:
    """One SOS: its payload, where its coded data lies, and the tables and restart interval in force."""

    header: bytes
    start: int
    end: int
    tables: tuple[bytes, ...]
    """payloads of DHT so far, in order"""
    restart_interval: int


@dataclass(slots=True)
class Scan:
    """What a walk over the file saw. `problems` holds: segments, fill, garbage, length, no_eoi, no_frame, frames."""

    segments: list[Segment] = field(default_factory=list)
    frame: int = 0
    """the SOF marker; 0 when there is none"""
    precision: int = 0
    width: int = 0
    height: int = 0
    sampling: list[tuple[int, int, int]] = field(default_factory=list)
    """(component id, horizontal, vertical)"""
    dpi: tuple[int, int] | None = None
    orientation: int | None = None
    restart_interval: int = 0
    tables: tuple[bytes, ...] = ()
    passes: list[Pass] = field(default_factory=list)
    eoi: int | None = None
    """offset past the end-of-image marker"""
    trailing_bytes: int = 0
    trailing_kind: str = ""
    problems: list[str] = field(default_factory=list)

    @property
    def progressive(self) -> bool:
        return self.frame in (0xC2, 0xC6, 0xCA, 0xCE)

    @property
    def work(self) -> int:
        """Pixels times passes: what a decode would cost."""
        return self.width * self.height * max(1, len(self.passes))


def kind_of(data: bytes) -> str:
    """What the bytes are, whatever the file is called."""
    if not data:
        return "empty"
    for magic, kind in _MAGIC:
        if data.startswith(magic):
            return kind
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "webp"
    if data[4:8] == b"ftyp":
        brands = data[8:12] + data[16:40]
        if b"avif" in brands or b"avis" in brands:
            return "avif"
        return "heic" if any(b in brands for b in (b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"heim")) else "video"
    head = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return "html" if head.startswith((b"<!doctype", b"<html", b"<?xml", b"<svg", b"<script", b"<head")) else "unknown"


def scan(data: bytes) -> Scan:
    """Walks the segments up to EOI, or to the first thing that makes no sense; the rest is then not looked at."""
    seen = Scan()
    if not data.startswith(b"\xff\xd8"):
        seen.problems += ["no_frame", "no_eoi"]
        return seen
    _keep(seen, data, 0xD8, "SOI", 0, 2)
    at, fill = 2, 0
    while True:
        if len(seen.segments) >= MOST_SEGMENTS:
            seen.problems.append("segments")
            break
        start = at
        while at < len(data) and data[at] == 0xFF and fill <= MOST_FILL:
            at, fill = at + 1, fill + 1
        if fill > MOST_FILL:
            seen.problems.append("fill")
            break
        if at >= len(data):
            seen.problems.append("no_eoi")
            break
        if at == start or data[at] == 0:
            seen.problems.append("garbage")
            break
        fill -= 1
        marker, at = data[at], at + 1
        if marker == 0xD9:
            _keep(seen, data, marker, "EOI", start, at)
            _trailing(seen, data, at)
            break
        if marker in (0x01, 0xD8) or 0xD0 <= marker <= 0xD7:
            _keep(seen, data, marker, _NAMES.get(marker, f"RST{marker & 7}"), start, at)
            continue
        size = int.from_bytes(data[at : at + 2], "big")
        if at + max(size, 2) > len(data) or size < 2:
            seen.problems += ["length"] if size < 2 and at + 2 <= len(data) else ["no_eoi"]
            break
        payload, end = data[at + 2 : at + size], at + size
        name = _read(seen, marker, payload)
        if marker == 0xDA:
            found = _NEXT.search(data, end)
            coded, end = end, found.start() if found else len(data)
            seen.passes.append(Pass(payload, coded, end, seen.tables, seen.restart_interval))
        _keep(seen, data, marker, name, start, end)
        at = end
    if not seen.frame:
        seen.problems.append("no_frame")
    return seen


def _keep(seen: Scan, data: bytes, marker: int, name: str, start: int, end: int) -> None:
    digest = hashlib.sha256(memoryview(data)[start:end]).hexdigest()
    seen.segments.append(Segment(f"FF{marker:02X}" if marker else "", name, start, end - start, digest))


def _read(seen: Scan, marker: int, payload: bytes) -> str:
    """Notes what later checks need; returns the segment's name."""
    if 0xE0 <= marker <= 0xEF:
        readable = next((name for mark, name in _PUBLIC if payload.startswith(mark)), "")
        if readable == "JFIF" and len(payload) >= 12:
            unit, x, y = struct.unpack(">BHH", payload[7:12])
            if unit in (1, 2):
                seen.dpi = (x, y) if unit == 1 else (round(x * 2.54), round(y * 2.54))
        elif readable == "Exif":
            seen.orientation = _orientation(payload[6:])
        return f"APP{marker & 15} {readable}".strip()
    if marker in _FRAMES:
        if seen.frame:
            seen.problems.append("frames")
        elif len(payload) >= 6:
            seen.frame = marker
            seen.precision, seen.height, seen.width, count = struct.unpack(">BHHB", payload[:6])
            parts = [payload[6 + 3 * i : 9 + 3 * i] for i in range(count)]
            seen.sampling = [(p[0], p[1] >> 4, p[1] & 15) for p in parts if len(p) == 3]
        return f"SOF{marker - 0xC0}"
    if marker == 0xC4:
        seen.tables += (payload,)
    elif marker == 0xDD and len(payload) >= 2:
        seen.restart_interval = int.from_bytes(payload[:2], "big")
    return _NAMES.get(marker, f"FF{marker:02X}")


def _orientation(tiff: bytes) -> int | None:
    """EXIF tag 0x0112 of the first directory, if it can be read."""
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    try:
        if order is None:
            return None
        at = struct.unpack_from(order + "I", tiff, 4)[0]
        for i in range(min(struct.unpack_from(order + "H", tiff, at)[0], 200)):
            tag, _, _, value = struct.unpack_from(order + "HHIH", tiff, at + 2 + 12 * i)
            if tag == 0x0112:
                return int(value)
    except struct.error:
        pass
    return None


def _trailing(seen: Scan, data: bytes, at: int) -> None:
    seen.eoi = at
    seen.trailing_bytes = len(data) - at
    if seen.trailing_bytes:
        kind = kind_of(data[at : at + 4096])
        if kind == "unknown" and (b"PK\x05\x06" in data[-66_000:] and b"PK\x03\x04" in data[at:]):
            kind = "zip"
        seen.trailing_kind = "" if kind == "unknown" else kind
        _keep(seen, data, 0, "trailing", at, len(data))
