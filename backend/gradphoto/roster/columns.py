"""Which column of a spreadsheet is which: header aliases, and the row that is the header."""

import re
from dataclasses import dataclass

from gradphoto.roster.cells import Cell, Sheet, text_of
from gradphoto.roster.id_numbers import FULL_WIDTH, INVISIBLE, mask_within

HEADER_WITHIN = 10
LABELS = {
    "number": "学号",
    "name": "姓名",
    "sex": "性别",
    "id_type": "证件类型",
    "id_number": "证件号码",
    "college": "学院",
    "major": "专业",
    "class_group": "班级",
    "is_monitor": "是否班长",
    "photo_code": "采集码",
}
REQUIRED = ("number", "name", "id_number", "college", "class_group")
# Pinyin initials are the field names of the old DBF lists (XH, XM, SFZH ...).
ALIASES = {
    "number": "学号 学生学号 学生号 xh",
    "name": "姓名 学生姓名 xm",
    "sex": "性别 xb",
    "id_type": "证件类型 身份证件类型 证件种类 证件名称 zjlx zjlxm sfzjlx",
    "id_number": "证件号码 证件号 身份证号 身份证号码 身份证件号 身份证件号码 身份证 sfzh zjhm sfzjh",
    "college": "学院 学院名称 院系 院系名称 所属学院 所在学院 分院 系所 xy xymc fy",
    "major": "专业 专业名称 zy zymc",
    "class_group": "班级 班级名称 行政班 行政班级 所在班级 班号 班 bj bh bjmc",
    "is_monitor": "是否班长 班长 是否为班长",
    "photo_code": "采集码 图像采集码 cjm",
}
_FIELD_OF = {alias: field for field, aliases in ALIASES.items() for alias in aliases.split()}


@dataclass(frozen=True, slots=True)
class ColumnUse:
    """One column as found: `field` is the one of LABELS it was taken for; None = not used."""

    letter: str
    header: str
    field: str | None


@dataclass(frozen=True, slots=True)
class Header:
    """`row` is 1-based; `at` gives each field's 0-based column; `twice` the columns that repeat a field."""

    row: int
    uses: tuple[ColumnUse, ...]
    at: dict[str, int]
    twice: tuple[ColumnUse, ...]

    @property
    def missing(self) -> tuple[str, ...]:
        return tuple(LABELS[field] for field in REQUIRED if field not in self.at)

    def column(self, field: str) -> tuple[str, str]:
        """(header text, letter) of a field; its label and "" when the sheet has no such column."""
        if field not in self.at:
            return LABELS[field], ""
        use = next(use for use in self.uses if use.letter == letter_of(self.at[field]))
        return use.header, use.letter


def letter_of(index: int) -> str:
    """0 -> A, 26 -> AA, as a spreadsheet names its columns."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def field_of(header: str) -> str | None:
    """Tolerates width, case, spaces, asterisks, colons and bracketed remarks: 证件号码（必填）*."""
    text = INVISIBLE.sub("", header.translate(FULL_WIDTH))
    text = re.sub(r"\([^)]*\)|\[[^\]]*\]|【[^】]*】", "", text)
    return _FIELD_OF.get(re.sub(r"[\s*:：、_\-]", "", text).lower())


def find_header(sheet: Sheet) -> Header | None:
    """The row within the first ten that knows most columns; None if none of them knows two."""
    heads = [_header(row, cells) for row, cells in sheet.rows[:HEADER_WITHIN] if row <= 2 * HEADER_WITHIN]
    best = max(heads, key=lambda head: (len(head.at), -head.row), default=None)
    return best if best and len(best.at) >= 2 else None


def _header(row: int, cells: list[Cell]) -> Header:
    uses: list[ColumnUse] = []
    at: dict[str, int] = {}
    twice: list[ColumnUse] = []
    for index, cell in enumerate(cells):
        text = " ".join(text_of(cell).split())
        if not text:
            continue
        field = field_of(text) if isinstance(cell, str) else None
        shown = mask_within(text[:40])
        if field in at:
            twice.append(ColumnUse(letter_of(index), shown, None))
            uses.append(twice[-1])
            continue
        if field:
            at[field] = index
        uses.append(ColumnUse(letter_of(index), shown, field))
    return Header(row, tuple(uses), at, tuple(twice))
