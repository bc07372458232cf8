"""ZIPs of every bad kind, made by hand where Python's zipfile is too honest to make them."""

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping

JPEG = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 8 + b"\xff\xd9"


def packed(files: Mapping[str, bytes] | list[tuple[str, bytes]], **more: object) -> bytes:
    """An ordinary ZIP; a list may hold a name twice."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items() if isinstance(files, Mapping) else files:
            archive.writestr(name, data)
    return out.getvalue()


def entry(name: bytes, data: bytes, **lies: int | bytes) -> dict[str, object]:
    """For `by_hand`: what header and directory say, unless `lies` say otherwise."""
    squeeze = zlib.compressobj(9, zlib.DEFLATED, -15)
    body = squeeze.compress(data) + squeeze.flush()
    honest = dict(name=name, local_name=name, body=body, flags=0, method=8, crc=zlib.crc32(data))
    return honest | dict(packed=len(body), size=len(data), mode=0o100644, extra=b"", offset=-1) | lies


def by_hand(*entries: dict[str, object], count: int | None = None, before: bytes = b"", comment: bytes = b"") -> bytes:
    out, directory = io.BytesIO(), b""
    out.write(before)
    for one in entries:
        at = out.tell() - len(before)
        form = (20, one["flags"], one["method"], 0, 0, one["crc"], one["packed"], one["size"])
        out.write(struct.pack("<4s5H3L2H", b"PK\x03\x04", *form, len(one["local_name"]), 0))  # type: ignore[arg-type]
        out.write(one["local_name"] + one["body"])  # type: ignore[operator]
        place = at if one["offset"] == -1 else one["offset"]
        tail = (len(one["name"]), len(one["extra"]), 0, 0, 0, one["mode"] << 16, place)  # type: ignore[arg-type,operator]
        directory += struct.pack("<4s6H3L5H2L", b"PK\x01\x02", 0x31E, *form, *tail) + one["name"] + one["extra"]  # type: ignore[operator]
    start, number = out.tell() - len(before), len(entries) if count is None else count
    out.write(directory)
    out.write(struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, number, number, len(directory), start, len(comment)))
    return out.getvalue() + comment


def many(number: int) -> bytes:
    """So many tiny entries that share nothing."""
    return by_hand(*(entry(b"%06d.jpg" % n, JPEG[:16], method=0, body=JPEG[:16], packed=16) for n in range(number)))


def one_core(number: int) -> bytes:
    """All entries point at the first one's bytes."""
    return by_hand(
        entry(b"0.jpg", JPEG),
        *(entry(b"%d.jpg" % n, JPEG, local_name=b"", body=b"", offset=0) for n in range(1, number)),
    )
