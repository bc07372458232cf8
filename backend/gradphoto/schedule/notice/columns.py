"""Tables with a heading: which column holds what, and where the cells of each row stand in the notice."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from gradphoto.schedule.notice.text import TIME_RANGE, Reading

MOST_COLUMNS = 64
# The first that fits; 到场时间 is told to the classes and is not the time of the slot.
_ROLES = {
    "ignored": r"到场|报到|候场|集合|负责|联系|电话|辅导员|班主任|专业|序号|编号|校区",
    "exclude": r"不含|除外",
    "turn": r"先拍[/和与或]?后拍|先后|拍摄顺序|次序",
    "first": r"先拍",
    "last": r"后拍",
    "day": r"日期|星期|周次",
    "starts": r"开始|起始",
    "ends": r"结束|截止",
    "part": r"上下午|午别",
    "hours": r"时间|节次|时段",
    "label": r"场次|批次",
    "camera": r"机位|相机",
    "room": r"房间|教室",
    "gate": r"入口|门号",
    "place": r"地点|场地|场馆|拍摄点",
    "count": r"班级?(?:个?数|数量)",
    "heads": r"人数|数量\(人\)",
    "college": r"学院|院系|院\(系\)|系部|学部|书院|单位|^系$|^院$",
    "classes": r"班级?",
    "note": r"备注|说明|要求",
}
_TIMED = {"hours", "starts", "day"}
_PEOPLE = {"college", "classes"}
# A table of date, time and college alone is read line by line, which also reads cells that wrapped.
_PLAIN_TABLE = {"day", "hours", "college", "ignored", "note", None}
TOTAL = re.compile(r"^\s{0,9}(?:合\s{0,9}计|总\s{0,9}计|共\s{0,9}计)")

# A line over the whole width: the college or the day of the rows below. A date with its year is the notice's own.
_HEADING = re.compile(
    r"\s{0,20}(?:[\u4e00-\u9fff]{2,20}(?:学院|书院|系|学部)|[0-9]{1,2}\s{0,2}月\s{0,2}[0-9]{1,2}\s{0,2}日[^0-9\t]{0,12})\s{0,20}"
)


@dataclass(frozen=True)
class Cell:
    start: int
    end: int
    text: str


@dataclass
class Row:
    """The cells by their columns, and the whole stretch. A row has fewer cells where the ones before were merged."""

    start: int
    end: int
    cells: list[tuple[str | None, Cell]]

    def of(self, *roles: str) -> list[Cell]:
        """Cells of those columns that hold anything."""
        return [cell for role, cell in self.cells if role in roles and cell.text.strip()]

    @property
    def filled(self) -> list[Cell]:
        return [cell for _, cell in self.cells if cell.text.strip()]


@dataclass
class Table:
    roles: list[str | None]
    start: int
    end: int
    rows: list[Row] = field(default_factory=list)


def tables_in(page: Reading) -> Iterator[Table]:
    """Tables that say more than date, time and college, in the order of the notice."""
    table: Table | None = None
    start = 0
    for raw in page.plain.splitlines(keepends=True):
        start, line_start = start + len(raw), start
        line = raw.rstrip("\n\r ")
        cells = _cells(line, line_start)
        roles = _header(cells)
        if roles:
            if table and table.rows:
                yield table
            table = Table(roles, line_start, line_start + len(line))
        elif table and (len(cells) > 1 or TOTAL.match(line) or _HEADING.fullmatch(line)):
            if not re.fullmatch(r"[\s:-]*", line):
                table.rows.append(_row(table.roles, cells, line_start, line_start + len(line)))
            table.end = line_start + len(line)
        elif table and line.strip():
            if not _wrapped(table, line):
                if table.rows:
                    yield table
                table = None
                continue
            _extend(table, page, line_start + len(line))
    if table and table.rows:
        yield table


def _cells(line: str, start: int) -> list[Cell]:
    cells = []
    for text in line.split("\t")[:MOST_COLUMNS]:
        cells.append(Cell(start, start + len(text), text))
        start += len(text) + 1
    return cells


def _header(cells: list[Cell]) -> list[str | None] | None:
    """The role of each column, if these cells are a heading of such a table."""
    if len(cells) < 3 or any(TIME_RANGE.search(cell.text) for cell in cells):
        return None
    roles = [role_of(cell.text) for cell in cells]
    known = {role for role in roles if role}
    named = sum(bool(cell.text.strip()) for cell in cells)
    if named < 3 or not known & _TIMED or not known & _PEOPLE or sum(role is not None for role in roles) < named - 1:
        return None
    return None if known <= _PLAIN_TABLE else roles


def role_of(heading: str) -> str | None:
    """What a column is for, by its heading; None = not known."""
    text = "".join(heading.split())
    if not text or len(text) > 16 or re.search(r"[0-9。:]", text):
        return None
    return next((role for role, pattern in _ROLES.items() if re.search(pattern, text)), None)


def _row(roles: list[str | None], cells: list[Cell], start: int, end: int) -> Row:
    """Cells that a browser left out because they were merged above are the first ones."""
    missing = len(roles) - len(cells)
    shift = 0
    if missing > 0 and not _fits(roles, cells):
        shift = next((by for by in range(1, missing + 1) if _fits(roles[by:], cells)), 0)
    return Row(start, end, list(zip(roles[shift:], cells, strict=False)))


def _fits(roles: list[str | None], cells: list[Cell]) -> bool:
    pairs = list(zip(roles, cells, strict=False))
    if any(role == "hours" and re.search(r"[0-9]\s{0,2}[:点时]|节", cell.text) for role, cell in pairs):
        return True
    return not any(role == "hours" for role in roles) and any(
        role == "starts" and re.search(r"[0-9]:", cell.text) for role, cell in pairs
    )


def _wrapped(table: Table, line: str) -> bool:
    """A bracket that is still open, or a bracket on a line of its own, belongs to the cell above."""
    if not table.rows or len(line) > 300 or not table.rows[-1].cells:
        return False
    last = table.rows[-1].cells[-1][1].text
    return last.count("(") > last.count(")") or line.lstrip().startswith("(")


def _extend(table: Table, page: Reading, end: int) -> None:
    row = table.rows[-1]
    role, cell = row.cells[-1]
    row.cells[-1] = role, Cell(cell.start, end, page.plain[cell.start : end])
    row.end = table.end = end
