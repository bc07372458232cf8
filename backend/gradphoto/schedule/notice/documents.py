"""A notice as it comes (Word, Excel, a web page, Word's clipboard, text) to the one text that spans count in."""

import re
from dataclasses import dataclass

from gradphoto.core.confined import read_confined
from gradphoto.roster.cells import Cell, Dated, FileFault, Sheet, decode, read_cells, text_of

MAX_BYTES = 10 * 1024 * 1024
MAX_CHARACTERS = 200_000
MOST_ROWS = 5_000
_PASTE = "请打开后全选、复制，把文字直接粘贴进来"
FAULTS = {
    "empty": "文件是空的，请重新选择。",
    "too_large": f"文件超过 {MAX_BYTES >> 20} MB。去掉图片后再上传，或{_PASTE}。",
    "too_long": f"文字超过 {MAX_CHARACTERS // 10_000} 万字，不像是一份通知。请只保留通知和时间安排表。",
    "bomb": f"文件展开后过大，不像是一份通知。{_PASTE}。",
    "broken": f"文件已损坏，打不开。请用 Word 或 WPS 打开后另存为 .docx 再上传，或{_PASTE}。",
    "password": f"文件设有打开密码。请取消密码后再上传，或{_PASTE}。",
    "old_word": f"这是旧格式的 Word 文件（.doc）。请用 Word 或 WPS 另存为 .docx 再上传，或{_PASTE}。",
    "zip": "这是压缩包或其他格式的文档。压缩包请先解压；文档请另存为 .docx 或 .xlsx 再上传。",
    "encoding": f"认不出文字的编码。{_PASTE}。",
    "not_document": f"这不是 Word、Excel、网页或文本文件。请上传 .docx、.xlsx、.html 或 .txt，或{_PASTE}。",
    "picture": "这是图片或 PDF，里面的字读不出来。请找到通知的 Word 原文件，或把文字复制后粘贴进来。",
}
_PICTURES = (b"%PDF", b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"BM", b"II*\0", b"MM\0*")
_OTHERS = (b"{\\rtf", b"MIME-Version:", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b")
_IS_HTML = re.compile(r"<(?:!doctype html|html|body|table|meta|p|div|span|h[1-6]|!--StartFragment)\b", re.I)
_MIDNIGHT = re.compile(r" 00:00:00$|(?<=:[0-9]{2}):00$")
_NO_DAY = re.compile(r"^(?:1899|1900|1904)-[0-9]{2}-[0-9]{2} (?=[0-9])")


@dataclass(frozen=True)
class Document:
    """`kind` is docx, xlsx, html or text; of `text`, tabs stand between cells and each row is a line."""

    kind: str
    text: str


@dataclass(frozen=True)
class DocumentFault:
    """Why a file cannot be read, with the way out."""

    code: str
    sentence: str


def read_document(data: bytes, filename: str = "") -> Document | DocumentFault:
    """The kind is judged by content, only .csv by its name. Never raises on any bytes."""
    if not data.strip(b"\0\t\r\n \xef\xbb\xbf"):
        return _fault("empty")
    if len(data) > MAX_BYTES:
        return _fault("too_large")
    if data[:2] == b"PK":
        return _workbook(data) if b"xl/workbook.xml" in data else _confined("docx", data)
    if data[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        return _old_office(data)
    if data.startswith(_PICTURES):
        return _fault("picture")
    if data.startswith(_OTHERS):
        return _fault("zip" if data[:1] != b"{" and data[:1] != b"M" else "not_document")
    if filename.lower().endswith(".csv"):
        return _workbook(data)
    decoded = decode(data)
    if decoded is None:
        return _fault("encoding")
    text = decoded[0]
    if "\0" in text:
        return _fault("not_document")
    return read_html(text) if _IS_HTML.search(text[:5000]) else _document("text", text)


def read_html(html: str) -> Document | DocumentFault:
    """A page, or what Word puts on the clipboard; of the latter only what was copied."""
    start, end = html.find("<!--StartFragment-->"), html.rfind("<!--EndFragment-->")
    if 0 <= start < end:
        html = html[start:end]
    return _confined("html", html.encode("utf-8", "replace"))


def _fault(code: str) -> DocumentFault:
    code = code if code in FAULTS else "not_document"
    return DocumentFault(code, FAULTS[code])


def _confined(kind: str, data: bytes) -> Document | DocumentFault:
    answer = read_confined("gradphoto.schedule.notice.documents_child", data, kind)
    return _fault(answer["refused"]) if "refused" in answer else _document(kind, answer["text"])


def _document(kind: str, text: str) -> Document | DocumentFault:
    """Surrogates and NULs are nothing that a text holds or a database keeps."""
    text = text.replace("\0", " ").encode("utf-8", "replace").decode()
    if len(text) > MAX_CHARACTERS:
        return _fault("too_long")
    return Document(kind, text) if text.strip() else _fault("empty")


def _old_office(data: bytes) -> Document | DocumentFault:
    """Word's own stream before that of Excel: a .doc may hold a spreadsheet, hardly the other way round."""
    if "EncryptedPackage".encode("utf-16-le") in data:
        return _fault("password")
    if "WordDocument".encode("utf-16-le") in data:
        return _fault("old_word")
    return _workbook(data)


def _workbook(data: bytes) -> Document | DocumentFault:
    cells = read_cells(data, MOST_ROWS)
    if isinstance(cells, FileFault):
        return _fault(cells.code)
    return _document("xlsx", "\n\n".join("\n".join(_lines(sheet)) for sheet in cells.sheets))


def _lines(sheet: Sheet) -> list[str]:
    """Cells that were merged downwards are filled down."""
    rows = {number - 1: [_shown(cell) for cell in cells] for number, cells in sheet.rows}
    for top, left, bottom, _ in sheet.merges:
        value = rows.get(top, [])[left : left + 1]
        for number in range(top + 1, bottom + 1) if value and bottom - top <= MOST_ROWS else ():
            if number in rows and left < len(rows[number]):
                rows[number][left] = value[0]
    return ["\t".join(cells).rstrip() for cells in rows.values()]


def _shown(cell: Cell) -> str:
    """2024-10-22 and 08:30 of a cell that holds a date or a time."""
    text = text_of(cell)
    if isinstance(cell, Dated):
        text = _MIDNIGHT.sub("", _NO_DAY.sub("", text))
    return " ".join(text.split())
