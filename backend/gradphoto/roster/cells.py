"""Bytes of a spreadsheet or a CSV file -> rows of cells, or the one reason why not. Never raises on any bytes."""

import codecs
import csv
import io
from dataclasses import dataclass

from gradphoto.core.confined import read_confined

MAX_BYTES = 20 * 1024 * 1024
MOST_COLUMNS = 64
MOST_LINES = 300_000


@dataclass(frozen=True, slots=True)
class Dated:
    """A cell that the spreadsheet holds as a date or time."""

    text: str


Cell = str | float | bool | Dated | None


@dataclass(frozen=True, slots=True)
class Sheet:
    """Rows that hold anything, each with its 1-based number; merges (row, column, last row, last column), 0-based."""

    name: str
    rows: list[tuple[int, list[Cell]]]
    merges: list[list[int]]


@dataclass(frozen=True, slots=True)
class FileFault:
    """Why a file as a whole cannot be read."""

    code: str
    reason: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Cells:
    kind: str
    """xlsx, xls or csv"""
    encoding: str
    """of a CSV file; "" for a workbook"""
    sheets: list[Sheet]


SAVE_AS = "用 Excel 或 WPS 打开后另存为 .xlsx 再上传"
FAULTS = {
    "empty": ("文件是空的", "重新导出后再上传"),
    "too_large": (f"文件超过 {MAX_BYTES >> 20} MB", "只保留学生名单这一张表，去掉图片后再上传"),
    "bomb": ("文件展开后过大，不像是学生名单", "把名单复制到新的表格中另存为 .xlsx 再上传"),
    "broken": ("文件已损坏，打不开", SAVE_AS),
    "password": ("文件设有打开密码", "取消密码后再上传"),
    "zip": ("这是压缩包或其他格式的文档，不是 .xlsx 表格", "压缩包请先解压；其他表格请另存为 .xlsx"),
    "html": ("这是扩展名为表格的网页文件", SAVE_AS),
    "encoding": ("认不出文字编码", "另存为 .xlsx，或编码为 UTF-8、GB18030 的 CSV"),
    "not_spreadsheet": ("这不是表格文件", "请上传 .xlsx、.xls 或 .csv 文件"),
}
_OTHERS = {
    b"%PDF": "PDF 文件",
    b"\xff\xd8\xff": "JPEG 图片",
    b"\x89PNG": "PNG 图片",
    b"GIF8": "GIF 图片",
    b"Rar!": "RAR 压缩包",
    b"7z\xbc\xaf": "7z 压缩包",
    b"\x1f\x8b": "gzip 压缩包",
}


def text_of(cell: Cell) -> str:
    """What a person sees in the cell, roughly: 1.0 -> 1, True -> TRUE."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float | int):
        return str(int(cell)) if abs(cell) < 1e21 and cell == int(cell) else str(cell)
    return cell.text if isinstance(cell, Dated) else cell


def read_cells(data: bytes, most_rows: int) -> Cells | FileFault:
    """The kind is judged by content. At most `most_rows` + 1 rows that hold anything are returned of each sheet."""
    if not data.strip(b"\0\t\r\n \xef\xbb\xbf"):
        return _fault("empty")
    if len(data) > MAX_BYTES:
        return _fault("too_large")
    if data[:4] == b"PK\x03\x04":
        return _workbook(data, "xlsx", most_rows)
    if data[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        encrypted = "EncryptedPackage".encode("utf-16-le") in data
        return _fault("password") if encrypted else _workbook(data, "xls", most_rows)
    if data[:2] == b"PK":
        return _fault("broken")
    for magic, name in _OTHERS.items():
        if data.startswith(magic):
            return FileFault("not_spreadsheet", f"这是{name}，不是表格", FAULTS["not_spreadsheet"][1])
    return _text(data, most_rows)


def _fault(code: str) -> FileFault:
    return FileFault(code, *FAULTS[code])


def _workbook(data: bytes, kind: str, most_rows: int) -> Cells | FileFault:
    answer = read_confined("gradphoto.roster.cells_child", data, str(most_rows))
    if "refused" in answer:
        return _fault(answer["refused"])
    sheets = [
        Sheet(sheet["name"], [(row, [_cell(c) for c in cells]) for row, cells in sheet["rows"]], sheet["merges"])
        for sheet in answer["sheets"]
    ]
    return Cells(kind, "", sheets)


def _cell(value: object) -> Cell:
    if isinstance(value, dict):
        return Dated(str(value["d"]))
    return value if isinstance(value, str | float | int | bool) else None


def _text(data: bytes, most_rows: int) -> Cells | FileFault:
    decoded = decode(data)
    if decoded is None:
        return _fault("encoding")
    text, encoding = decoded
    if "\0" in text:
        return _fault("not_spreadsheet")
    head = text[:2000].lstrip().lower()
    if head.startswith("<") and any(mark in head for mark in ("<html", "<table", "<!doctype", "<?xml", "<meta")):
        return _fault("html")
    rows: list[tuple[int, list[Cell]]] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text))
    try:
        for number, record in enumerate(reader, 1):
            cells: list[Cell] = [_unquoted(value) for value in record[:MOST_COLUMNS]]
            if any(cells):
                rows.append((number, cells))
            if number > MOST_LINES:
                return _fault("bomb")
            if len(rows) > most_rows:
                break
    except csv.Error:
        return _fault("broken")
    return Cells("csv", encoding, [Sheet("", rows, [])])


def decode(data: bytes) -> tuple[str, str] | None:
    """BOMs first, then strict UTF-8, then GB18030, which covers GBK and GB2312."""
    tries = ["utf-8", "gb18030"]
    if data.startswith(codecs.BOM_UTF8):
        tries = ["utf-8-sig"]
    elif data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        tries = ["utf-16"]
    for encoding in tries:
        try:
            return data.decode(encoding), encoding
        except UnicodeDecodeError:
            continue
    return None


def _delimiter(text: str) -> str:
    """The one that the first ten lines use most."""
    head = "\n".join(text[:20_000].splitlines()[:10])
    return max((",", "\t", ";"), key=head.count)


def _unquoted(value: str) -> str:
    """="0012" is how a CSV file tells Excel to keep a number as text."""
    value = value.strip()
    return value[2:-1] if len(value) > 3 and value.startswith('="') and value.endswith('"') else value
