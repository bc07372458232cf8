"""Roster files: what is read, what is refused and with which words; and that nothing can crash the reader."""

import io
import time
import zipfile
from pathlib import Path

import pytest
import xlsxwriter

from gradphoto.roster.id_numbers import check_character, normalise
from gradphoto.roster.reading import RosterReading, read_roster
from gradphoto.roster.writing import roster_template, write_rows_xlsx

DEMO = Path(__file__).parent.parent / "backend" / "gradphoto" / "demo_data" / "roster-2019.xlsx"
HEAD = ["学号", "姓名", "性别", "证件类型", "证件号码", "学院", "专业", "班级", "是否班长"]
GOOD = ["41500001", "唐梓", "女", "居民身份证", "119900199704070001", "自动化学院", "自", "自1501", "是"]
SECOND = "119900199711120003"


def resident(seed: int) -> str:
    body = f"1199001997{seed % 12 + 1:02d}{seed // 12 % 28 + 1:02d}{seed // 336 % 1000:03d}"
    return body + check_character(body)


def with_(**changed: object) -> list[object]:
    names = dict(zip(HEAD, GOOD, strict=True)) | changed
    return [names[head] for head in HEAD]


def workbook(*rows: list[object], merge: tuple[int, int, int, int, str] | None = None) -> bytes:
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_numbers": False})
    sheet = book.add_worksheet()
    for line, row in enumerate(rows):
        for at, value in enumerate(row):
            if isinstance(value, str):
                sheet.write_string(line, at, value)
            elif value is not None:
                sheet.write_number(line, at, value)  # type: ignore[arg-type]
    if merge:
        sheet.merge_range(*merge)
    book.close()
    return buffer.getvalue()


def csv_of(*rows: list[object], encoding: str = "utf-8", delimiter: str = ",") -> bytes:
    return "\r\n".join(delimiter.join(str(cell) for cell in row) for row in rows).encode(encoding)


def codes(reading: RosterReading) -> set[str]:
    return {finding.code for finding in reading.errors + reading.warnings}


def test_the_demo_roster_is_read_whole() -> None:
    data = DEMO.read_bytes()
    started = time.perf_counter()
    reading = read_roster(data, "roster-2019.xlsx")
    assert time.perf_counter() - started < 5  # a guard against accidental quadratic work, not a measurement
    assert (reading.errors, reading.warnings) == ([], [])
    totals = reading.totals
    assert (totals.students, totals.class_groups, totals.colleges, totals.monitors) == (3300, 117, 13, 117)
    assert {row.name for row in reading.rows} >= {"买买提·吐尔逊", "张㛃", "李𬭎", "王䶮"}
    assert {row.college for row in reading.rows if row.class_group == "材料E151"} == {"高工学院"}
    assert read_roster(write_rows_xlsx(reading.rows), "again.xlsx").rows == reading.rows


@pytest.mark.parametrize(
    ("changed", "code", "column"),
    [
        ({"证件号码": 119900199704070001.0}, "id_precision", "E"),
        ({"证件号码": "1.19900E+17"}, "id_precision", "E"),
        ({"证件号码": "119900199704070000"}, "id_rounded", "E"),
        ({"证件号码": "119900199704070002"}, "id_check", "E"),
        ({"证件号码": "119900199713070001"}, "id_birth_date", "E"),
        ({"证件号码": "110105491231002"}, "id_old_15", "E"),
        ({"证件号码": "11990019970407001"}, "id_length", "E"),
        ({"证件号码": "E32612700"}, "id_wrong_type", "E"),
        ({"证件号码": ""}, "id_empty", "E"),
        ({"证件类型": "军官证"}, "id_type_unknown", "D"),
        ({"学号": ""}, "number_empty", "A"),
        ({"学号": 1.5}, "number_precision", "A"),
        ({"学号": 4.15e17}, "number_precision", "A"),
        ({"学号": "4.15E+07"}, "number_precision", "A"),
        ({"学号": "自动化"}, "number_characters", "A"),
        ({"姓名": ""}, "name_empty", "B"),
        ({"姓名": "=1+1"}, "name_formula", "B"),
        ({"姓名": "长" * 51}, "name_long", "B"),
        ({"班级": ""}, "class_group_empty", "H"),
        ({"学院": ""}, "college_empty", "F"),
        ({"班级": "@SUM(A1)"}, "class_group_formula", "H"),
    ],
)
def test_a_row_that_cannot_be_stored_is_an_error_with_its_place(
    changed: dict[str, object], code: str, column: str
) -> None:
    reading = read_roster(workbook(HEAD, with_(学号="41500002", 证件号码=SECOND), with_(**changed)), "x.xlsx")
    (finding,) = reading.errors
    assert (finding.row, finding.letter, finding.code, finding.level) == (3, column, code, "error")
    assert finding.reason and finding.remedy
    assert [row.number for row in reading.rows] == ["41500002"]
    if column == "E":
        shown = normalise(str(changed["证件号码"]))
        assert len(shown) < 10 or shown[6:-4] not in finding.value


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"学号": 41500001.0}, "number_numeric"),
        ({"姓名": "张?"}, "name_damaged"),
        ({"姓名": "张\ue000"}, "name_damaged"),
        ({"姓名": "买买提•吐尔逊"}, "name_dot"),
        ({"姓名": "张 三"}, "name_space"),
        ({"性别": "男"}, "sex_differs"),
        ({"性别": "?"}, "sex_unknown"),
        ({"是否班长": "也许"}, "monitor_unknown"),
        ({"是否班长": ""}, "class_monitors"),
        ({"证件类型": ""}, "id_type_guessed"),
    ],
)
def test_a_row_that_a_person_should_look_at_is_kept_with_a_warning(changed: dict[str, object], code: str) -> None:
    reading = read_roster(workbook(HEAD, with_(**changed)), "x.xlsx")
    assert reading.errors == []
    assert code in codes(reading)
    assert [(row.number, row.id_number) for row in reading.rows] == [("41500001", GOOD[4])]


def test_a_good_row_has_no_finding() -> None:
    reading = read_roster(workbook(HEAD, GOOD), "x.xlsx")
    assert (reading.errors, reading.warnings) == ([], [])
    assert GOOD[4] not in repr(reading)  # what is logged by accident holds no ID number


def test_a_short_numeric_student_number_has_probably_lost_its_zero() -> None:
    rows = [with_(学号=float(41500001 + i), 证件号码=resident(i), 性别="", 是否班长="") for i in range(3)]
    rows.append(with_(学号=1500009.0, 证件号码=resident(9), 性别=""))
    reading = read_roster(workbook(HEAD, *rows), "x.xlsx")
    assert [(f.row, f.code) for f in reading.warnings if f.code == "number_short"] == [(5, "number_short")]


@pytest.mark.parametrize(
    ("second", "code"),
    [
        (with_(证件号码=SECOND, 是否班长=""), "number_twice"),
        (with_(学号="41500002", 是否班长=""), "id_twice"),
    ],
)
def test_doubles_are_errors_that_name_the_first_row(second: list[object], code: str) -> None:
    reading = read_roster(workbook(HEAD, GOOD, second), "x.xlsx")
    (finding,) = reading.errors
    assert (finding.row, finding.code) == (3, code)
    assert "第 2 行" in finding.reason
    assert GOOD[4] not in repr(reading.errors)


def test_a_renewed_travel_permit_is_the_same_person() -> None:
    one = with_(证件类型="回乡证", 证件号码="H1234567801")
    two = with_(学号="2", 证件类型="港澳居民来往内地通行证", 证件号码="H1234567802", 是否班长="")
    assert "id_twice" in codes(read_roster(workbook(HEAD, one, two), "x.xlsx"))


def test_merged_classes_fill_down_and_blank_ones_do_not() -> None:
    rows = [with_(学号=f"4150000{i}", 证件号码=resident(i), 性别="", 是否班长="", 班级="") for i in range(3)]
    merged = read_roster(workbook(HEAD, *rows, merge=(1, 7, 3, 7, "自1501")), "x.xlsx")
    assert merged.errors == []
    assert [row.class_group for row in merged.rows] == ["自1501"] * 3
    assert "merged_cells" in codes(merged)
    assert "class_group_empty" in codes(read_roster(workbook(HEAD, with_(班级="自1501"), *rows), "x.xlsx"))


def test_titles_blank_rows_totals_and_unknown_columns() -> None:
    title: list[object] = ["2019 届毕业生名单"]
    data = workbook(title, [], [*HEAD, "宿舍"], [*GOOD, "1-101"], [], [], ["合计", 1.0])
    reading = read_roster(data, "x.xlsx")
    assert (reading.header_row, reading.unknown_columns, reading.errors) == (3, ("宿舍",), [])
    assert (reading.totals.students, reading.totals.skipped_rows, reading.totals.blank_rows) == (1, 1, 2)
    assert reading.rows[0].row == 4


@pytest.mark.parametrize(
    "head", [["XH", "XM", "SFZH", "FY", "BH"], ["学号 *", "姓　名", "身份证号（必填）", "院系", "行政班级"]]
)
def test_headers_by_their_other_names(head: list[object]) -> None:
    reading = read_roster(workbook(head, [GOOD[0], GOOD[1], GOOD[4], GOOD[5], GOOD[7]]), "x.xlsx")
    assert (reading.totals.students, reading.errors, codes(reading)) == (1, [], {"id_type_guessed"})


def test_missing_columns_are_one_finding_that_shows_no_person() -> None:
    (finding,) = read_roster(workbook(["学号", "姓名", GOOD[4]], GOOD), "x.xlsx").errors
    assert finding.code == "columns_missing"
    assert "证件号码、学院、班级" in finding.reason
    assert GOOD[4] not in finding.value


@pytest.mark.parametrize(
    ("encoding", "delimiter"),
    [("utf-8", ","), ("utf-8-sig", ","), ("gb18030", ","), ("gb18030", "\t"), ("utf-16", "\t"), ("utf-8", ";")],
)
def test_text_files_in_every_encoding_that_offices_write(encoding: str, delimiter: str) -> None:
    rows = [HEAD, GOOD, with_(学号='="00500002"', 证件号码="'" + SECOND, 姓名="李𬭎", 是否班长="")]
    reading = read_roster(csv_of(*rows, encoding=encoding, delimiter=delimiter), "x.csv")
    assert reading.errors == []
    assert [(row.number, row.name) for row in reading.rows] == [("41500001", "唐梓"), ("00500002", "李𬭎")]


def big_zip() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"<a>" * 40_000_000)
    return buffer.getvalue()


def lying_zip() -> bytes:
    """The same, but its directory claims 1,000 bytes for what unpacks to 120 MB."""
    data = bytearray(big_zip())
    for mark, at in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        start = data.index(mark)
        data[start + at : start + at + 4] = (1000).to_bytes(4, "little")
    return bytes(data)


def far_cell(column: int) -> bytes:
    """One cell far below: a reader that keeps a dense table wants 1.5 GB (column 60) or 400 GB (the last) for it."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    sheet = book.add_worksheet()
    sheet.write_string(0, 0, "学号")
    sheet.write_string(1_048_575, column, "x")
    book.close()
    return buffer.getvalue()


def plain_zip() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("照片.jpg", b"x")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf \r\n", "empty"),
        (b"%PDF-1.4 x", "not_spreadsheet"),
        (b"\xff\xd8\xff\xe0 x", "not_spreadsheet"),
        (b"a\0b\0c", "not_spreadsheet"),
        (b"<html><table><tr><td>\xe5\xad\xa6</td></tr></table>", "html"),
        (b"\x80\xff\xff\xfe", "encoding"),
        (b"PK\x03\x04 nonsense", "broken"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "broken"),
        (b"hello, world", "no_header"),
        (plain_zip(), "zip"),
        (big_zip(), "bomb"),
        (lying_zip(), "broken"),
        (far_cell(60), "bomb"),
        (far_cell(16_383), "bomb"),
        (roster_template(), "no_rows"),
        (DEMO.read_bytes()[:-3000], "broken"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_roster_is_said_in_one_finding(data: bytes, code: str) -> None:
    reading = read_roster(data, "x.xlsx")
    assert [finding.code for finding in reading.errors] == [code]
    assert reading.rows == []
    assert reading.errors[0].remedy


def test_too_many_rows_are_refused() -> None:
    lines = [",".join(str(cell) for cell in HEAD)] + [f"{i},x" for i in range(50_001)]
    reading = read_roster("\n".join(lines).encode(), "x.csv")
    assert ([finding.code for finding in reading.errors], reading.rows) == (["too_many_rows"], [])


def test_findings_are_counted_beyond_what_is_shown() -> None:
    lines = [",".join(str(cell) for cell in HEAD)] + ["," * 8 + "x"] * 400
    reading = read_roster("\n".join(lines).encode(), "x.csv")
    assert len(reading.errors) == 1000
    assert reading.totals.errors == 400 * 5
