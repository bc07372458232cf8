"""Reads a spreadsheet in a process of its own: bytes on stdin, JSON on stdout, limits on memory and time.

A crafted file can make any reader allocate without end or abort; then only this process dies. Run by its path, with
nothing of the product imported. `cells.py` is the only caller and knows the answer's shape.
"""

import contextlib
import datetime
import io
import json
import math
import resource
import sys
import zipfile

import python_calamine

MEMORY_BYTES = 1 << 30
CPU_SECONDS = 20
MOST_SHEETS, MOST_COLUMNS, MOST_MERGES = 20, 64, 20_000
MOST_ENTRIES, MOST_UNPACKED, MOST_RATIO = 2_000, 400 << 20, 300
MOST_TEXT, MOST_CHARACTERS = 600, 64_000_000


class Refused(Exception):
    pass


def limit() -> None:
    for kind, value in ((resource.RLIMIT_AS, MEMORY_BYTES), (resource.RLIMIT_CPU, CPU_SECONDS)):
        with contextlib.suppress(ValueError, OSError):  # a stricter limit is set already
            resource.setrlimit(kind, (value, value))
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def guard_zip(data: bytes) -> None:
    """Refuses by what the directory says; a directory that lies runs into the limits of the process."""
    try:
        entries = zipfile.ZipFile(io.BytesIO(data)).infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OverflowError, UnicodeDecodeError):
        raise Refused("broken") from None
    unpacked = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    if len(entries) > MOST_ENTRIES or unpacked > MOST_UNPACKED or unpacked > MOST_RATIO * max(packed, 10_000):
        raise Refused("bomb")
    if not any(entry.filename.lower() == "xl/workbook.xml" for entry in entries):
        raise Refused("zip")


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


def main() -> None:
    limit()
    most_rows = int(sys.argv[1])
    data = sys.stdin.buffer.read()
    try:
        if data[:2] == b"PK":
            guard_zip(data)
        workbook = python_calamine.CalamineWorkbook.from_object(io.BytesIO(data))
        kinds = [meta.typ for meta in workbook.sheets_metadata]
        sheets = [i for i, kind in enumerate(kinds) if kind == python_calamine.SheetTypeEnum.WorkSheet]
        left = [MOST_CHARACTERS]
        answer: dict = {"sheets": [sheet_of(workbook, i, most_rows, left) for i in sheets[:MOST_SHEETS]]}
    except Refused as refused:
        answer = {"refused": str(refused)}
    except python_calamine.PasswordError:
        answer = {"refused": "password"}
    except (python_calamine.CalamineError, ValueError, OSError, IndexError):
        answer = {"refused": "broken"}
    sys.stdout.buffer.write(json.dumps(answer, allow_nan=False, default=str).encode())


if __name__ == "__main__":
    main()
