"""A notice as a file: Word, Excel, a web page, Word's clipboard, text in any encoding; and every file that is none."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import docx
import pytest
import xlsxwriter
from docx.enum.section import WD_ORIENT
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from gradphoto.schedule.notice import documents
from gradphoto.schedule.notice.documents import Document, DocumentFault, read_document, read_html
from gradphoto.schedule.notice.reader import read_notice
from gradphoto.schedule.notice.writing import reprint
from notice_table import line

REAL = (Path(__file__).parents[1] / "backend/gradphoto/demo_data/notice-2018-135.txt").read_text("utf-8")
HEAD = "关于2019届毕业生图像采集的通知"
# (day, rows it is merged over), time, college
ROWS = [
    ("10 月 23 日 (周二)", 2, "上午 9:00-10:40", "自动化学院（9 个班 300 人）"),
    ("", 0, "上午 10:40-12:00", "土资学院（11 个班 236 人）"),
    ("10 月 24 日 (周三)", 1, "下午 13:00-13:40", "化生学院（4 个班 104 人）\n（化 1501 班先拍）"),
]
SLOTS = [
    "10-23 9:00-10:40 自动化学院 9班 300人",
    "10-23 10:40-12:00 土资学院 11班 236人",
    "10-24 13:00-13:40 化生学院 4班 104人 先=化1501",
]


def word(change: Callable[[docx.document.Document], None] = lambda _: None) -> bytes:
    """A document with a table whose day is merged over two rows, as Word writes it."""
    document = docx.Document()
    document.add_paragraph(HEAD)
    document.add_paragraph("2018 年 10 月 23-24 日")
    table = document.add_table(rows=1, cols=3)
    for cell, text in zip(table.rows[0].cells, ("日期", "具体时间安排", "学院"), strict=True):
        cell.text = text
    for day, _, time, college in ROWS:
        cells = table.add_row().cells
        cells[0].text, cells[1].text, cells[2].text = day, time, college
    table.cell(1, 0).merge(table.cell(2, 0))
    change(document)
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def excel() -> bytes:
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    sheet = book.add_worksheet()
    sheet.merge_range(0, 0, 0, 2, HEAD)
    sheet.write(1, 0, "2018 年 10 月 23-24 日")
    sheet.write_row(2, 0, ["日期", "具体时间安排", "学院"])
    at = 3
    for day, over, time, college in ROWS:
        if over > 1:
            sheet.merge_range(at, 0, at + over - 1, 0, day)
        elif over:
            sheet.write(at, 0, day)
        sheet.write(at, 1, time)
        sheet.write(at, 2, college)
        at += 1
    book.close()
    return buffer.getvalue()


def clipboard() -> str:
    """What Word puts on the clipboard: conditional comments, mso styles, <o:p>, merged cells, a hidden paragraph."""
    rows = ""
    for day, over, time, college in ROWS:
        first = f'<td width=142 rowspan={over} style="mso-border-alt:solid">{span(day)}</td>' if over else ""
        rows += f"<tr style='mso-yfti-irow:1'>{first}<td>{span(time)}</td><td>{span(college)}</td></tr>\n"
    return (
        "Version:1.0\r\nStartHTML:0000000105\r\nEndHTML:0000009999\r\n<html xmlns:o='urn:schemas-microsoft-com:office'>"
        "<head><style>p.MsoNormal {margin:0} /* 9:00-10:00 假学院 */</style>"
        "<!--[if gte mso 9]><xml><w:WordDocument>10:00-11:00 假学院</w:WordDocument></xml><![endif]--></head>"
        f"<body><!--StartFragment--><p class=MsoNormal>{span(HEAD)}</p>"
        "<p style='display:none;mso-hide:all'>10 月 23 日 7:00-8:00 假学院</p>"
        "<p><![if !supportLists]><span>一、</span><![endif]>2018 年 10 月\n 23-24 日</p>"
        f"<table class=MsoTableGrid><tr><td>日期</td><td>具体时间安排</td><td>学院</td></tr>{rows}</table>"
        "<!--EndFragment--></body></html>"
    )


def span(text: str) -> str:
    return f"<p class=MsoNormal><span lang=EN-US style='mso-bidi-font-size:10.5pt'>{text}<o:p>&nbsp;</o:p></span></p>"


def page() -> str:
    """A page of an office's site: the table stands in a table that only lays out."""
    inner = clipboard().partition("<table")[2].partition("</table>")[0]
    return (
        "<!DOCTYPE html><html><head><meta charset='gb2312'><title>10:00-11:00 假学院</title></head><body>"
        "<script>var x = '8:00-9:00 假学院';</script><table><tr><td>导航</td><td>"
        f"<h1>{HEAD}</h1><div>2018 年 10 月 23-24 日</div><table{inner}</table></td></tr></table></body></html>"
    )


def proposed(read: Document | DocumentFault) -> list[str]:
    assert isinstance(read, Document), read
    slots = read_notice(read.text).slots
    for slot in slots:
        assert all(read.text[one.start : one.end] == one.text for one in (slot.span, *slot.spans.values()))
    return [line(slot) for slot in slots]


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (word(), "docx"),
        (excel(), "xlsx"),
        (page().encode("gb18030"), "html"),
        (page().encode("utf-16"), "html"),
        (clipboard().encode(), "html"),
    ],
    ids=["word", "excel", "page", "page in utf-16", "clipboard"],
)
def test_the_same_notice_in_every_form(data: bytes, kind: str) -> None:
    read = read_document(data)
    assert isinstance(read, Document) and read.kind == kind
    assert proposed(read) == SLOTS
    assert "假学院" not in read.text


def test_the_clipboard_is_read_as_it_was_copied() -> None:
    assert proposed(read_html(clipboard())) == SLOTS


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
def test_text_in_any_encoding(encoding: str) -> None:
    data = REAL.replace("\xa0", " ").encode(encoding)
    read = read_document(data)
    assert isinstance(read, Document) and read.kind == "text"
    assert len(read_notice(read.text).slots) == 14


def test_a_csv_file_is_a_table() -> None:
    data = "日期,时间,学院,人数\n2018-10-23,9:00-10:00,工学院,60\n".encode("gbk")
    assert proposed(read_document(data, "安排.CSV")) == ["10-23 9:00-10:00 工学院 60人"]


def test_cells_of_excel_that_hold_dates_and_times() -> None:
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    day, hour = book.add_format({"num_format": "yyyy-mm-dd"}), book.add_format({"num_format": "hh:mm"})
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["日期", "开始", "结束", "学院", "人数"])
    sheet.write_number(1, 0, 43396, day)
    sheet.write_number(1, 1, 9 / 24, hour)
    sheet.write_number(1, 2, (10 * 60 + 40) / 1440, hour)
    sheet.write(1, 3, "自动化学院")
    sheet.write_number(1, 4, 300)
    book.close()
    assert proposed(read_document(buffer.getvalue())) == ["10-23 9:00-10:40 自动化学院 300人"]


def test_cells_merged_over_the_classes_of_a_slot() -> None:
    """A row a class: day, time and college are written once, and belong to every row."""
    rows = [
        "<td rowspan=3>10月23日</td><td rowspan=2>9:00-10:00</td><td rowspan=2>工学院</td><td>工1501班</td><td>31</td>",
        "<td>工1502班</td><td>30</td>",
        "<td colspan=2>10:00-10:30 农学院</td><td>农1501班</td><td>28</td>",
    ]
    head = "<td>日期</td><td>时间</td><td>学院</td><td>班级</td><td>人数</td>"
    table = "".join(f"<tr>{cells}</tr>" for cells in (head, *rows))
    slots = proposed(read_html(f"<p>2018年10月23-24日</p><table>{table}</table>"))
    assert slots == [
        "10-23 9:00-10:00 工学院 61人 只=工1501,工1502",
        "10-23 10:00-10:30 农学院 28人 只=农1501",
    ]


def insert_changes(document: docx.document.Document) -> None:
    """A tracked change: 300 was struck out, 305 put in; and a cell within a content control."""
    paragraph = document.tables[0].cell(1, 2).paragraphs[0]
    paragraph.text = "自动化学院（9 个班 "
    for tag, inner, text in (("w:del", "w:delText", "300"), ("w:ins", "w:t", "305")):
        change, run, words = OxmlElement(tag), OxmlElement("w:r"), OxmlElement(inner)
        words.text = text
        run.append(words)
        change.append(run)
        paragraph._p.append(change)
    paragraph.add_run(" 人）")
    document.sections[0].orientation = WD_ORIENT.LANDSCAPE
    control, content = OxmlElement("w:sdt"), OxmlElement("w:sdtContent")
    row = document.tables[0].rows[3]._tr
    cell = row.findall(qn("w:tc"))[1]
    row.replace(cell, control)
    content.append(cell)
    control.append(content)


def test_what_word_shows_is_read_and_what_it_hides_is_not() -> None:
    assert proposed(read_document(word(insert_changes))) == [SLOTS[0].replace("300", "305"), *SLOTS[1:]]


# --- what is no notice -----------------------------------------------------------------------------------------------


def zipped(**entries: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(name.replace("__", "/"), data)
    return buffer.getvalue()


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600
LAUGHS = b'<!DOCTYPE a [<!ENTITY b "' + b"9" * 999 + b'"><!ENTITY c "' + b"&b;" * 999 + b'">]>'
NS = b' xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def poisoned(prefix: bytes, body: bytes) -> bytes:
    """The document with its main part replaced."""
    source, buffer = zipfile.ZipFile(io.BytesIO(word())), io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for entry in source.infolist():
            main = prefix + b"<w:document" + NS + b"><w:body><w:p><w:r><w:t>" + body + b"</w:t></w:r></w:p></w:body>"
            main += b"</w:document>"
            archive.writestr(entry.filename, main if entry.filename == "word/document.xml" else source.read(entry))
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"),
        (b"\n \t", "empty"),
        (OLE + "WordDocument".encode("utf-16-le"), "old_word"),
        (OLE + "EncryptedPackage".encode("utf-16-le"), "password"),
        (OLE, "broken"),
        (b"%PDF-1.7", "picture"),
        (b"\x89PNG\r\n\x1a\n", "picture"),
        (b"\xff\xd8\xff\xe0", "picture"),
        (b"{\\rtf1\\ansi}", "not_document"),
        (b"Rar!\x1a\x07", "zip"),
        (zipped(a=b"x"), "zip"),
        (b"PK\x03\x04" + b"\0" * 100, "broken"),
        (word()[:-200], "broken"),
        (zipped(word__document=b"", **{"word__document.xml": b"0" * 60_000_000}), "bomb"),
        (poisoned(LAUGHS, b"&c;"), "broken"),
        (poisoned(b'<!DOCTYPE a [<!ENTITY f SYSTEM "file:///etc/hostname">]>', b"&f;"), "empty"),
        (b"\x00\x01\x02\x03" * 50, "not_document"),
        (b"\xff\xfe\x00", "encoding"),
        ("中" * 210_000, "too_long"),
        ("<p>" + "中" * 420_000 + "</p>", "too_long"),
    ],
    ids=lambda value: value if isinstance(value, str) and len(value) < 20 else "",
)
def test_what_cannot_be_read_is_refused_with_a_way_out(data: bytes | str, code: str) -> None:
    read = read_document(data.encode() if isinstance(data, str) else data)
    assert isinstance(read, DocumentFault), read
    assert read.code == code
    assert read.sentence.endswith("。") and any(word in read.sentence for word in ("请", "粘贴"))


def test_a_page_that_nests_without_end_is_read_or_refused() -> None:
    assert read_html("<table><tr><td>" * 3000 + "10月23日 9:00-10:00 工学院")
    wide = read_html("<table>" + "<tr><td rowspan=9999 colspan=9999>x</td></tr>" * 300 + "</table>")
    assert isinstance(wide, DocumentFault) and wide.code in ("bomb", "too_long")


def test_every_fault_has_its_sentence() -> None:
    """A code that the readers in their processes raise is one of the table."""
    assert set(documents.FAULTS) >= {"bomb", "broken", "password", "zip", "too_long", "too_large", "empty", "encoding"}


SMALL, TABLE = word(), excel()


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from([SMALL, TABLE]), st.integers(0, 20_000), st.binary(min_size=1, max_size=60))
def test_no_damaged_document_crashes_the_reader(data: bytes, at: int, put: bytes) -> None:
    at %= len(data)
    read = read_document(data[:at] + put + data[at + len(put) :])
    assert isinstance(read, DocumentFault) or read_notice(read.text) is not None


@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=400), st.sampled_from(["x", "x.csv", "x.docx"]))
@example(b"<table><tr><td>\xff", "x.html")
def test_no_bytes_crash_the_reader(data: bytes, name: str) -> None:
    read = read_document(data, name)
    assert isinstance(read, DocumentFault) or reprint(read_notice(read.text)).encode()


PIECES = ["<table>", "<tr>", "<td rowspan=3>", "<td colspan=-1>", "</td>", "</table>", "<p>", "<!--", "<![if", "]]>"]
PIECES += ["<o:p>", "&nbsp;", "&#0;", "&#xd800;", "9:00-10:00", "工学院", "<br>", "<style>", "\x00", "10月23日", "<td>"]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=60).map("".join))
def test_no_page_crashes_the_reader(html: str) -> None:
    read = read_html(html)
    assert isinstance(read, DocumentFault) or read.text.encode()
