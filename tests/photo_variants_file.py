"""Each way in which the file of a photo may be wrong, or just unusual, with what the check should say."""

import io
import struct
import zipfile
from collections.abc import Iterator
from typing import Any

import numpy as np
from PIL import Image

from photo_variants import Expected, Variant
from portraits import compose, head, jpg

RECORD = "PIC1|110101200001011234|张三|某某大学|2019|本科|0a1b2c3d".encode("gb18030")
SCRIPT = b"<html><script>alert(document.cookie)</script></html>"


def with_segment(data: bytes, marker: int, payload: bytes) -> bytes:
    return data[:2] + bytes((0xFF, marker)) + struct.pack(">H", len(payload) + 2) + payload + data[2:]


def with_size(data: bytes, width: int, height: int) -> bytes:
    """The header claims another size."""
    at = data.index(b"\xff\xc0") + 5
    return data[:at] + struct.pack(">HH", height, width) + data[at + 4 :]


def with_flips(data: bytes, flips: int, seed: int = 5) -> bytes:
    random, damaged = np.random.default_rng(seed), bytearray(data)
    for at in random.integers(data.index(b"\xff\xda") + 20, len(data) - 4, flips):
        damaged[at] ^= 1 << int(random.integers(0, 8))
    return bytes(damaged)


def exif(tag: int, value: Any) -> bytes:
    """Pillow writes text as ASCII only; a Chinese name is put in afterwards."""
    made = Image.Exif()
    text = value.encode() if isinstance(value, str) else None
    made[tag] = value if text is None else "#" * len(text)
    return made.tobytes() if text is None else made.tobytes().replace(b"#" * len(text), text)


def zipped() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a.txt", "x" * 9000)
    return buffer.getvalue()


def other_kinds(image: Image.Image) -> Iterator[tuple[str, bytes]]:
    for kind in ("PNG", "WEBP", "GIF", "BMP", "TIFF", "PDF", "AVIF"):
        buffer = io.BytesIO()
        image.save(buffer, kind)
        yield kind, buffer.getvalue()
    buffer = io.BytesIO()
    image.save(buffer, "WEBP", save_all=True, append_images=[image.rotate(3)], duration=100)
    yield "moving WEBP", buffer.getvalue()
    yield "HEIC", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(9000)
    yield "random", np.random.default_rng(3).integers(0, 256, 40_000, np.uint8).tobytes()
    yield "page", SCRIPT + b" " * 9000
    yield "archive", zipped()


def file_variants(of: str) -> Iterator[Variant]:
    pixels = compose(head(of))
    image, data = Image.fromarray(pixels), jpg(pixels)

    def one(name: str, made: bytes, expected: Expected, *codes: str, **options: Any) -> Variant:
        return Variant(name, of, lambda: made, expected, codes, options)

    yield one("empty", b"", "block", "empty")
    for kind, made in other_kinds(image):
        yield one(f"{kind} named jpg", made, "block", "not_jpeg")
    yield one("CMYK", jpg(image.convert("CMYK")), "block", "cmyk")
    yield one("8-bit grey", jpg(image.convert("L")), "block", "grey")
    for size in ((240, 320), (960, 1280), (358, 441), (600, 600), (640, 480)):
        yield one(f"size {size}", jpg(image.resize(size), 92), "block", "wrong_size")
    yield one("EXIF turned by 90", jpg(image.rotate(90, expand=True), exif=exif(0x0112, 6)), "block", "orientation")
    yield one("EXIF turned by 180", jpg(image.rotate(180), exif=exif(0x0112, 3)), "block", "orientation")
    yield one("EXIF upright", jpg(image, exif=exif(0x0112, 1)), "pass")
    yield one("EXIF cut short", with_segment(data, 0xE1, b"Exif\0\0MM\0*\0\0\0\x08\xff\xff"), "pass")
    damage, half = ("corrupt", "truncated"), len(data) // 2
    for share in (0.3, 0.5, 0.9):
        yield one(f"cut at {share:.0%}", data[: int(len(data) * share)], "block", "truncated")
    yield one("no end marker", data[:-2], "block", "truncated")
    yield one("tail missing, end marker kept", data[:-302] + data[-2:], "block", *damage)
    for flips in (1, 5, 40):
        yield one(f"{flips} bits flipped", with_flips(data, flips), "block", *damage, "bomb")
    yield one("512 bytes zeroed", data[:half] + bytes(512) + data[half + 512 :], "block", *damage)
    yield one("second half zeroed", data[:half] + bytes(len(data) - half), "block", *damage)
    yield one("progressive", jpg(image, progressive=True), "pass")
    yield one("optimised", jpg(image, optimize=True), "pass")
    yield one("restart markers", jpg(image, restart_marker_rows=1), "pass")
    yield one("JFIF of a later revision", data.replace(b"JFIF\0\1", b"JFIF\0\3", 1), "pass")
    yield one("padding behind", data + bytes(512), "pass")
    yield one("a script in a comment", with_segment(data, 0xFE, b"<?php system($_GET['c']); ?>"), "pass")
    yield one("a record behind, sent by a student", data + RECORD, "review", "trailing")
    batch = {"profile": "on_site", "expects_record": True}
    yield one("record in COM", with_segment(data, 0xFE, RECORD), "pass", **batch)
    yield one("record in APP9", with_segment(data, 0xE9, b"PIC\0" + RECORD), "pass", **batch)
    yield one("record behind", data + RECORD, "pass", **batch)
    yield one("record lost by saving again", jpg(Image.open(io.BytesIO(data)), 75), "review", "no_record", **batch)
    for editor in ("Adobe Photoshop 25.0 (Windows)", "美图秀秀 7.0"):
        yield one(f"saved by {editor}", jpg(image, exif=exif(0x0131, editor)), "review", "edited")
    for name, tail in {"an archive": zipped(), "a page": SCRIPT, "another JPEG": data}.items():
        yield one(f"{name} behind", data + tail, "block", "trailing_file")
    yield one("50 million pixels", jpg(Image.new("RGB", (8660, 5774), (240, 240, 240)), 60), "block", "bomb")
    yield one("claims 65500x65500", with_size(data, 65500, 65500), "block", "bomb")
    yield one("claims 4800x640", with_size(data, 4800, 640), "block", "wrong_size", "corrupt")
    yield one("claims 0x0", with_size(data, 0, 0), "block", "corrupt")
    yield one("5,000 comments", data[:2] + b"\xff\xfe\0\4ab" * 5000 + data[2:], "block", "corrupt")
    yield one("garbage between segments", data[:20] + b"garbage!" + data[20:], "block", "corrupt")
