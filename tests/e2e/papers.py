"""What the people of the story hold in their hands: the notice, the roster with its people, and drawn photos."""

from pathlib import Path
from typing import NamedTuple

from python_calamine import CalamineWorkbook

import jpegs
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
    """A sound portrait, or one of another size; another `seed` is another photo."""
    return jpegs.sound(seed) if size == (480, 640) else jpegs.sized(seed, size)


def sheet_rows(path: Path) -> list[list[str]]:
    """The first sheet of a downloaded workbook, as text."""
    return [[str(cell) for cell in row] for row in CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()]
