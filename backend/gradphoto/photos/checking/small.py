"""A small picture of a photo, for screens."""

import io
import warnings

from PIL import Image, ImageOps

from gradphoto.photos.checking.jpeg import scan
from gradphoto.photos.checking.report import Unreadable

MOST_PIXELS = 50_000_000  # a camera's original; it is decoded at an eighth
MOST_WORK = 240_000_000  # pixels times passes


def thumbnail(data: bytes, width: int = 240) -> bytes:
    """A small JPEG for screens: upright, RGB, without metadata; raises Unreadable. The original is never touched."""
    seen = scan(data)
    pixels = seen.width * seen.height
    if not 0 < pixels <= MOST_PIXELS or seen.work > MOST_WORK or set(seen.problems) - {"no_eoi"}:
        raise Unreadable
    target = (width, width * 8)
    try:
        with warnings.catch_warnings(), Image.open(io.BytesIO(data), formats=["JPEG"]) as image:
            warnings.simplefilter("ignore")
            image.draft("RGB", (width * 2, width * 2))
            upright = ImageOps.exif_transpose(image).convert("RGB")
            upright.thumbnail(target)
            clean = Image.frombytes("RGB", upright.size, upright.tobytes())
            buffer = io.BytesIO()
            clean.save(buffer, "JPEG", quality=82, optimize=True)
    except Exception as error:  # as in check
        raise Unreadable from error
    return buffer.getvalue()
