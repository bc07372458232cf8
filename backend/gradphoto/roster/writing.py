"""Roster workbooks with every cell as text, so that ID numbers and leading zeros survive; `reading` takes them back."""

import io
from collections.abc import Iterable

import xlsxwriter

from gradphoto.roster.columns import LABELS, REQUIRED
from gradphoto.roster.id_numbers import IdType
from gradphoto.roster.reading import RosterRow

SHEET = "学生名单"
WIDTHS = {"number": 14, "name": 16, "id_type": 22, "id_number": 24, "college": 16, "major": 16, "class_group": 14}
HELP = (
    "1. 必填：" + "、".join(LABELS[field] for field in REQUIRED) + "。其余可留空。",
    "2. 所有列都是文本格式。请用“选择性粘贴 - 值”；证件号码变成数字后末三位会丢失，系统会拒绝。",
    "3. 证件类型：" + "、".join(kind.label for kind in IdType) + "；留空时按号码样式判断。",
    "4. 少数民族姓名的间隔号用“·”；电脑里打不出的字先写“?”，打出来之后改好名单再导入一次。",
    "5. 班级写全称，每一行都填，不要合并单元格。每班一名班长，在“是否班长”填“是”。",
    "6. 学院以这张表为准，不按班级名称推断。",
)


def roster_template() -> bytes:
    """An empty .xlsx with the header, drop-down lists, and a second sheet that says how to fill it in."""
    return _workbook([], with_help=True)


def write_rows_xlsx(rows: Iterable[RosterRow]) -> bytes:
    """An .xlsx that `read_roster` reads back to the same rows, numbered from 2."""
    return _workbook(rows, with_help=False)


def _workbook(rows: Iterable[RosterRow], with_help: bool) -> bytes:
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_numbers": False, "strings_to_formulas": False})
    text = book.add_format({"num_format": "@", "quote_prefix": True})
    head = book.add_format({"num_format": "@", "bold": True, "bg_color": "#DDEBF7", "bottom": 1})
    sheet = book.add_worksheet(SHEET)
    for at, (field, label) in enumerate(LABELS.items()):
        sheet.set_column(at, at, WIDTHS.get(field, 10), text)
        sheet.write_string(0, at, label, head)
    for line, row in enumerate(rows, 1):
        for at, value in enumerate(_values(row)):
            if value:
                sheet.write_string(line, at, value, text)
    sheet.freeze_panes(1, 2)
    if with_help:
        for field, choices in (("sex", ["男", "女"]), ("id_type", [k.label for k in IdType]), ("is_monitor", ["是"])):
            at = list(LABELS).index(field)
            sheet.data_validation(1, at, 5000, at, {"validate": "list", "source": choices, "error_type": "warning"})
        guide = book.add_worksheet("填写说明")
        guide.set_column(0, 0, 110)
        for line, sentence in enumerate(HELP):
            guide.write_string(line, 0, sentence)
    book.close()
    return buffer.getvalue()


def _values(row: RosterRow) -> tuple[str, ...]:
    """In the order of LABELS."""
    return (
        row.number,
        row.name,
        row.sex,
        row.id_type.label,
        row.id_number,
        row.college,
        row.major,
        row.class_group,
        "是" if row.is_monitor else "",
        row.photo_code,
    )
