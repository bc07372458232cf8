"""What the people of the story hold in their hands: the notice, the roster with its people, and drawn photos."""

import io
import random
from pathlib import Path
from typing import NamedTuple

from PIL import Image, ImageDraw, ImageFilter
from python_calamine import CalamineWorkbook

from gradphoto import demo

NOTICE = demo.DATA / "notice-2018-135.txt"
ROSTER = demo.DATA / "roster-2019.xlsx"


class Pupil(NamedTuple):
    number: str
    name: str
    id_number: str
    college: str
    class_group: str
    is_monitor: bool

    @property
    def tail(self) -> str:
        return self.id_number[-6:]


def pupils() -> list[Pupil]:
    header, *rows = CalamineWorkbook.from_path(ROSTER).get_sheet_by_index(0).to_python()
    at = [header.index(word) for word in ("学号", "姓名", "证件号码", "学院", "班级", "是否班长")]
    return [Pupil(*(str(row[i]) for i in at[:5]), row[at[5]] == "是") for row in rows]


def photo(seed: object, size: tuple[int, int] = (480, 640)) -> bytes:
    """A drawn JPEG of the standard's form; another `seed` is another face."""
    dice = random.Random(str(seed))
    wide, high = size
    image = Image.new("RGB", size, (100, 197, 255))
    pen = ImageDraw.Draw(image)
    pen.ellipse((wide * 0.1, high * 0.75, wide * 0.9, high * 1.4), fill=(240, 240, dice.randrange(200, 256)))
    pen.ellipse((wide * 0.27, high * 0.15, wide * 0.73, high * 0.7), fill=(224, 180, dice.randrange(120, 200)))
    for _ in range(300):
        spot = dice.randrange(wide), dice.randrange(high)
        pen.point(spot, fill=(dice.randrange(256), dice.randrange(256), dice.randrange(256)))
    buffer = io.BytesIO()
    image.filter(ImageFilter.GaussianBlur(1)).save(buffer, "JPEG", quality=90, dpi=(300, 300))
    return buffer.getvalue()


def sheet_rows(path: Path) -> list[list[str]]:
    """The first sheet of a downloaded workbook, as text."""
    return [[str(cell) for cell in row] for row in CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()]
