"""The structure of a JPEG file without decoding it: segments, frame, end of image, what follows. Never raises.

ITU-T T.81 Annex B. What an agency embeds (APPn, COM, bytes after the end) is listed by place, length and SHA-256 only:
its format is not public, so nothing here claims to read it. Work is linear in the file's length.
"""

import hashlib
import re
import struct
from dataclasses import dataclass, field

from gradphoto.photos.checking.kinds import trailing_kind

MOST_SEGMENTS = 1_000
MOST_FILL = 1_000
# A marker that ends coded data: not a stuffed zero, not a restart marker, not fill.
_NEXT = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")
_NAMES = {
    0xC4: "DHT", 0xC8: "JPG", 0xCC: "DAC", 0xD8: "SOI", 0xD9: "EOI", 0xDA: "SOS", 0xDB: "DQT", 0xDC: "DNL",
    0xDD: "DRI", 0xDE: "DHP", 0xDF: "EXP", 0xFE: "COM", 0x01: "TEM",
}  # fmt: skip
_FRAMES = {0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF}
_EDITORS = (
    ("photoshop", "Photoshop"),
    ("lightroom", "Lightroom"),
    ("美图", "美图秀秀"),
    ("meitu", "美图秀秀"),
    ("醒图", "醒图"),
    ("gimp", "GIMP"),
    ("snapseed", "Snapseed"),
    ("paint", "画图"),
    ("acdsee", "ACDSee"),
    ("picsart", "Picsart"),
    ("beautycam", "美颜相机"),
    ("faceu", "FaceU"),
    ("b612", "B612"),
    ("pixlr", "Pixlr"),
    ("affinity", "Affinity"),
)
# ITU-T T.81 Table K.1 in zigzag order
_ANNEX_K = (
    16, 11, 12, 14, 12, 10, 16, 14, 13, 14, 18, 17, 16, 19, 24, 40, 26, 24, 22, 22, 24, 49, 35, 37, 29, 40, 58, 51, 61,
    60, 57, 51, 56, 55, 64, 72, 92, 78, 64, 68, 87, 69, 55, 56, 80, 109, 81, 87, 95, 98, 103, 104, 103, 62, 77, 113,
    121, 112, 100, 120, 92, 101, 103, 99,
)  # fmt: skip
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


@dataclass(frozen=True, slots=True)
class Segment:
    """`length` in bytes with the marker; of SOS with its coded data. `name` is like APP1 Exif; trailing: marker ""."""

    marker: str
    name: str
    offset: int
    length: int
    sha256: str


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
    editor: str = ""
    """the picture editor that wrote the EXIF, by its public name"""
    quantisation: dict[int, tuple[int, ...]] = field(default_factory=dict)
    passes: int = 0
    coded_bytes: int = 0
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
        return self.width * self.height * max(1, self.passes)

    @property
    def quality(self) -> int | None:
        """1-100 on the scale of the Independent JPEG Group: which scaling of Annex K's table comes nearest."""
        table = self.quantisation.get(0)
        if table is None:
            return None
        pairs = [(value, base) for value, base in zip(table, _ANNEX_K, strict=True) if 1 < value < 255]
        if not pairs:
            return 100 if max(table) == 1 else 1
        scale = 100 * sum(value for value, _ in pairs) / sum(base for _, base in pairs)
        return max(1, min(100, round(5000 / scale if scale > 100 else (200 - scale) / 2)))

    @property
    def coding(self) -> str:
        """The same for all photos of one encoder with one setting: tables and sampling. Empty without tables."""
        if not self.quantisation:
            return ""
        return hashlib.sha256(repr((sorted(self.quantisation.items()), self.sampling)).encode()).hexdigest()[:16]

    @property
    def has_record(self) -> bool:
        """Somebody wrote more than a picture needs: a segment or unknown bytes after the end."""
        plain = ("APP0 JFIF", "APP0 JFXX", "APP14 Adobe", "APP2 ICC")
        extra = any(one.name == "COM" or (one.name[:3] == "APP" and one.name not in plain) for one in self.segments)
        return extra or self.trailing_kind == "record"


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
            seen.coded_bytes += end - coded
            seen.passes += 1
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
            seen.orientation, seen.editor = _exif(payload[6:])
        elif readable == "Photoshop":
            seen.editor = seen.editor or "Photoshop"
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
    if marker == 0xDB:
        _quantisation(seen, payload)
    return _NAMES.get(marker, f"FF{marker:02X}")


def _quantisation(seen: Scan, payload: bytes) -> None:
    while len(payload) > 64:
        wide, ident = payload[0] >> 4, payload[0] & 15
        size = 128 if wide else 64
        if len(payload) <= size:
            break
        seen.quantisation[ident] = struct.unpack(">64H" if wide else ">64B", payload[1 : 1 + size])
        payload = payload[1 + size :]


def _exif(tiff: bytes) -> tuple[int | None, str]:
    """Orientation (0x0112) and editor (Software, 0x0131) of the first directory, as far as it can be read."""
    orientation, editor = None, ""
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    try:
        if order is None:
            return None, ""
        at = struct.unpack_from(order + "I", tiff, 4)[0]
        for i in range(min(struct.unpack_from(order + "H", tiff, at)[0], 200)):
            entry = at + 2 + 12 * i
            tag, kind, count, value = struct.unpack_from(order + "HHII", tiff, entry)
            if tag == 0x0112:
                turned = struct.unpack_from(order + "H", tiff, entry + 8)[0]
                orientation = turned if 1 <= turned <= 8 else None  # 0 is written too, and means nothing to anybody
            elif tag == 0x0131 and kind == 2:
                start = entry + 8 if count <= 4 else value
                text = tiff[start : start + min(count, 200)].decode("utf-8", "replace").lower()
                editor = next((name for mark, name in _EDITORS if mark in text), "")
    except struct.error:
        pass
    return orientation, editor


def _trailing(seen: Scan, data: bytes, at: int) -> None:
    seen.eoi = at
    seen.trailing_bytes = len(data) - at
    if seen.trailing_bytes:
        seen.trailing_kind = trailing_kind(data, at)
        _keep(seen, data, 0, "trailing", at, len(data))
