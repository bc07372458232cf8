"""The QR slate that is held before the camera before each student: what is printed on it, and reading it in a frame."""

import io
from binascii import crc_hqx
from uuid import UUID

import numpy as np
import segno
import zxingcpp
from PIL import Image, UnidentifiedImageError

MARK = "GP1"
MOST_PIXELS = 60_000_000  # a camera frame has 24 to 50 million; beyond that it is no frame but a trap
QR = zxingcpp.barcode_formats_from_str("QRCode")
LEAST_SIDE = 400  # a code that is 5 % of the height needs that much to be read
SCALES = (4, 2, 1)  # half size reads better than full size: there is less noise in it


def tag_of(campaign_id: UUID) -> str:
    """Tells a slate of this campaign from one of last year's that was left lying about."""
    return campaign_id.hex[-6:]


def slate_text(campaign_id: UUID, student_number: str) -> str:
    """`GP1/41500001/1a2b3c/9F0E`: the student number and nothing else about a person, and a check of it all."""
    head = f"{MARK}/{student_number}/{tag_of(campaign_id)}"
    return f"{head}/{_check(head)}"


def number_on(campaign_id: UUID, text: str) -> str | None:
    """The student number of a slate of this campaign; None for every other code and for one that was misread."""
    head, _, check = text.rpartition("/")
    mark, _, rest = head.partition("/")
    number, _, tag = rest.rpartition("/")
    sound = mark == MARK and number and tag == tag_of(campaign_id) and check == _check(head)
    return number if sound else None


def slate_svg(campaign_id: UUID, student_number: str) -> str:
    """To be printed or shown on a phone. Level Q: a quarter of it may be hidden by a thumb or a reflection."""
    code = segno.make(slate_text(campaign_id, student_number), error="q", micro=False)
    return str(code.svg_inline(scale=8, border=4, dark="#000", light="#fff"))


def find_slate(campaign_id: UUID, data: bytes) -> str | None:
    """The student number on the slate in this JPEG; None without one, or with two that differ, or if it cannot be read.

    24 million pixels: about 40 ms with a slate. Only brightness is decoded, at a quarter, half and full size.
    """
    for scale in SCALES:
        picture = _grey(data, scale)
        if picture is None:
            continue
        codes = zxingcpp.read_barcodes(picture, formats=QR)
        found = {number for code in codes if (number := number_on(campaign_id, code.text))}
        if found:
            return found.pop() if len(found) == 1 else None
    return None


def _grey(data: bytes, scale: int) -> "np.ndarray | None":
    """None if that is too small to hold a code, or cannot be decoded."""
    try:
        with Image.open(io.BytesIO(data), formats=("JPEG",)) as image:
            width, height = image.size
            too_small = scale > 1 and min(width, height) // scale < LEAST_SIDE
            if too_small or width * height > MOST_PIXELS:
                return None
            image.draft("L", (width // scale, height // scale))
            return np.asarray(image.convert("L"))
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None


def _check(head: str) -> str:
    return f"{crc_hqx(head.encode(), 0xFFFF):04X}"
