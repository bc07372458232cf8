"""Photos for the tests: a real portrait that the check passes, as often as needed with other bytes."""

import io
from functools import cache
from typing import Any

from PIL import Image, ImageDraw

import portraits


@cache
def _portrait() -> bytes:
    return portraits.portrait()


def with_comment(jpeg: bytes, comment: bytes) -> bytes:
    """The same picture with a record in it, as an agency puts one there: other bytes, another photo."""
    return jpeg[:2] + b"\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment + jpeg[2:]


def sound(seed: object = 0) -> bytes:
    """Of the standard's form and with a face; the same seed gives the same bytes."""
    return with_comment(_portrait(), f"gradphoto test {seed}".encode())


def resaved(jpeg: bytes, **options: Any) -> bytes:
    """As a program saves it again: the record is lost."""
    out = io.BytesIO()
    Image.open(io.BytesIO(jpeg)).save(out, "JPEG", **{"quality": 90, "dpi": (300, 300)} | options)
    return out.getvalue()


def sized(seed: object, size: tuple[int, int], **options: Any) -> bytes:
    """The portrait in another size."""
    out = io.BytesIO()
    image = Image.open(io.BytesIO(_portrait())).resize(size)
    image.save(out, "JPEG", **{"quality": 90, "dpi": (300, 300)} | options)
    return with_comment(out.getvalue(), f"gradphoto test {seed}".encode())


def faceless(seed: object = 0) -> bytes:
    """A sound file without a face: what is wrong is the picture only."""
    image = Image.new("RGB", (480, 640), (255, 255, 255))
    ImageDraw.Draw(image).rectangle((120, 200, 360, 640), fill=(200, 180, 120))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=90, dpi=(300, 300))
    return with_comment(out.getvalue(), f"gradphoto test {seed}".encode())
