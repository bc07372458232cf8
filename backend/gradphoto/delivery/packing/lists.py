"""The list beside the photos: Excel, CSV and the trade's DBF, every cell text, the same rows in all three."""

import csv
import io
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import dbf
import xlsxwriter

CODEPAGE = "gbk"


@dataclass(frozen=True, slots=True)
class Row:
    """One student of the package. `id_number` is masked unless somebody asked for it in clear."""

    number: str
    name: str
    id_type: str
    id_number: str
    photo_code: str
    college: str
    major: str
    class_group: str
    file: str
    change: str
    source: str
    sha256: str


# heading, the trade's field name, width in bytes, attribute
COLUMNS: tuple[tuple[str, str, int, str], ...] = (
    ("学号", "XH", 32, "number"),
    ("姓名", "XM", 100, "name"),
    ("证件类型", "ZJLX", 40, "id_type"),
    ("证件号码", "SFZH", 32, "id_number"),
    ("采集码", "CJM", 64, "photo_code"),
    ("学院", "XY", 200, "college"),
    ("专业", "ZY", 200, "major"),
    ("班级", "BH", 200, "class_group"),
    ("文件", "WJ", 200, "file"),
    ("变化", "BHLX", 10, "change"),
    ("来源", "LY", 16, "source"),
    ("SHA-256", "SHA256", 64, "sha256"),
)


def cells(row: Row) -> list[str]:
    return [getattr(row, attribute) for _, _, _, attribute in COLUMNS]


def as_csv(rows: Sequence[Row]) -> bytes:
    """UTF-8 with a BOM, every cell quoted. For programs; Excel would read the numbers as numbers."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_ALL)
    writer.writerow([title for title, _, _, _ in COLUMNS])
    writer.writerows(cells(row) for row in rows)
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def as_xlsx(rows: Sequence[Row]) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet = book.add_worksheet("照片清单")
    text = book.add_format({"num_format": "@"})
    head = book.add_format({"bold": True, "bg_color": "#E0E7FF", "num_format": "@"})
    for i, (title, _, width, _) in enumerate(COLUMNS):
        sheet.set_column(i, i, min(40, max(10, width // 3)), text)
        sheet.write_string(0, i, title, head)
    for number, row in enumerate(rows, 1):
        for i, value in enumerate(cells(row)):
            sheet.write_string(number, i, value, text)
    sheet.freeze_panes(1, 2)
    book.close()
    return out.getvalue()


def as_dbf(rows: Sequence[Row]) -> bytes:
    """dBASE III, GBK, as 学籍 software takes it. What GBK does not have becomes ?; `not_in_gbk` says whose names."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "list.dbf"
        fields = "; ".join(f"{name} C({width})" for _, name, width, _ in COLUMNS)
        table = dbf.Table(str(path), fields, dbf_type="db3", codepage="cp936")
        table.open(dbf.READ_WRITE)
        try:
            for row in rows:
                values = zip(cells(row), COLUMNS, strict=True)
                table.append(tuple(_fitting(value, width) for value, (_, _, width, _) in values))
        finally:
            table.close()
        return path.read_bytes()


def not_in_gbk(rows: Sequence[Row]) -> list[str]:
    """Student numbers of the rows that a DBF cannot write as they are."""
    return [row.number for row in rows if any(_fitting(one, 10_000) != one for one in cells(row))]


def _fitting(text: str, width: int) -> str:
    """Cut at a whole character."""
    return text.encode(CODEPAGE, "replace")[:width].decode(CODEPAGE, "ignore")
