"""When the camera says that a picture was taken."""

import io
from datetime import datetime

from PIL import Image, UnidentifiedImageError

YEARS = range(1990, 2100)  # before and after there is no digital camera that knows the time
_EXIF, _TAKEN, _OFFSET, _FRACTION = 0x8769, 0x9003, 0x9011, 0x9291


def taken_at(data: bytes) -> datetime | None:
    """EXIF DateTimeOriginal, to the fraction where there is one; without an offset it is China's."""
    try:
        with Image.open(io.BytesIO(data), formats=("JPEG", "MPO")) as image:
            tags = image.getexif().get_ifd(_EXIF)
    except (
        UnidentifiedImageError,
        OSError,
        ValueError,
        SyntaxError,
        KeyError,
        TypeError,
        Image.DecompressionBombError,
    ):
        return None
    return _read(_text(tags.get(_TAKEN)), _text(tags.get(_OFFSET)), _text(tags.get(_FRACTION)))


def _read(time: str, offset: str, fraction: str) -> datetime | None:
    try:
        read = datetime.strptime(f"{time[:19]}{offset[:6] or '+08:00'}", "%Y:%m:%d %H:%M:%S%z")
    except ValueError:  # 0000:00:00, as cameras write whose clock was never set
        return None
    if read.year not in YEARS:
        return None
    known = fraction.isascii() and fraction.isdigit()
    return read.replace(microsecond=int(fraction[:6].ljust(6, "0")) if known else 0)


def _text(value: object) -> str:
    return value.strip("\0 ") if isinstance(value, str) else ""
