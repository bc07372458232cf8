"""Reads a spreadsheet inside `core.confined`; `cells.py` is the only caller and knows the answer's shape."""

import datetime
import io
import math

import python_calamine

from gradphoto.core.confined import Refused, guard_zip

MOST_SHEETS, MOST_COLUMNS, MOST_MERGES = 20, 64, 20_000
MOST_TEXT, MOST_CHARACTERS = 600, 64_000_000


def plain(value: object) -> object:
    """str, float, bool and blanks as they are; everything dated as {"d": text}."""
    if isinstance(value, str):
        return value[:MOST_TEXT]
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int | float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, datetime.datetime | datetime.date | datetime.time | datetime.timedelta):
        return {"d": str(value)}
    return str(value)[:MOST_TEXT]


def sheet_of(workbook: python_calamine.CalamineWorkbook, index: int, most_rows: int, left: list[int]) -> dict:
    sheet = workbook.get_sheet_by_index(index)
    rows: list[list[object]] = []
    before = [""] * sheet.start[1] if sheet.start else []  # iter_rows starts at row 1, but at the first used column
    for number, values in enumerate(sheet.iter_rows(), 1):
        cells = [plain(value) for value in (before + values)[:MOST_COLUMNS]]
        if not any(cell != "" and cell is not None for cell in cells):
            continue
        left[0] -= sum(len(cell) if isinstance(cell, str) else 8 for cell in cells)
        if left[0] < 0:
            raise Refused("bomb")
        rows.append([number, cells])
        if len(rows) > most_rows:
            break
    merges = [[*start, *end] for start, end in (sheet.merged_cell_ranges or [])[:MOST_MERGES]]
    return {"name": sheet.name[:100], "rows": rows, "merges": merges}


def read(data: bytes, most_rows: str) -> dict:
    """At most `most_rows` + 1 rows of each sheet that hold anything."""
    try:
        if data[:2] == b"PK":
            guard_zip(data, "xl/workbook.xml")
        workbook = python_calamine.CalamineWorkbook.from_object(io.BytesIO(data))
        kinds = [meta.typ for meta in workbook.sheets_metadata]
        sheets = [i for i, kind in enumerate(kinds) if kind == python_calamine.SheetTypeEnum.WorkSheet]
        left = [MOST_CHARACTERS]
        return {"sheets": [sheet_of(workbook, i, int(most_rows), left) for i in sheets[:MOST_SHEETS]]}
    except python_calamine.PasswordError:
        raise Refused("password") from None
    except (python_calamine.CalamineError, ValueError, OSError, IndexError):
        raise Refused("broken") from None
