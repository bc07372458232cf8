"""A roster file -> students, and everything that is wrong with it by row; pure, and never raises on any bytes."""

from collections import Counter
from dataclasses import dataclass, field

from gradphoto.roster.cells import Cell, Cells, FileFault, Sheet, read_cells, text_of
from gradphoto.roster.columns import LABELS, ColumnUse, Header, find_header
from gradphoto.roster.findings import Findings, RowFinding
from gradphoto.roster.id_numbers import IdType, match_key
from gradphoto.roster.row import RowReader

MOST_STUDENTS = 50_000
FILLED_DOWN = ("college", "major", "class_group")
MOST_FILLED = 200_000
TOTALS = ("合计", "总计", "小计", "共计", "总人数", "人数合计", "备注", "说明", "注:", "注：", "制表", "填表", "审核")


@dataclass(frozen=True, slots=True)
class RosterRow:
    """One 学籍 as it may be stored. `id_number` is normalised and stays out of repr and so out of logs."""

    row: int
    number: str
    name: str
    name_damaged: bool
    """a character was lost; queued for repair"""
    sex: str
    """男, 女, or "" when the sheet does not say"""
    id_type: IdType
    id_number: str = field(repr=False)
    college: str
    major: str
    class_group: str
    is_monitor: bool
    photo_code: str = field(repr=False)
    """采集码, opaque; "" when the sheet has none"""


@dataclass(frozen=True, slots=True)
class RosterTotals:
    students: int
    colleges: int
    class_groups: int
    """distinct (college, class) pairs"""
    monitors: int
    blank_rows: int
    skipped_rows: int
    """totals and remarks below the table"""
    errors: int
    """all of them; the lists stop at 1,000"""
    warnings: int


@dataclass(frozen=True, slots=True)
class RosterReading:
    """`rows` holds only the rows without an error; a file with errors is not to be applied."""

    filename: str
    kind: str
    """xlsx, xls, csv, or "" when the file could not be read"""
    encoding: str
    sheet: str
    header_row: int | None
    columns: tuple[ColumnUse, ...]
    unknown_columns: tuple[str, ...]
    rows: list[RosterRow]
    errors: list[RowFinding]
    warnings: list[RowFinding]
    totals: RosterTotals


def read_roster(data: bytes, filename: str) -> RosterReading:
    """The kind of file is judged by its bytes; `filename` is only repeated in the report."""
    findings = Findings()
    cells = read_cells(data, MOST_STUDENTS + 20)
    if isinstance(cells, FileFault):
        findings.add("error", cells.code, cells.reason, cells.remedy)
        return _reading(filename, findings)
    sheet, header = _choose(cells, findings)
    if sheet is None or header is None:
        remedy = "下载模板，按模板的表头填写；表头要在前 10 行之内"
        findings.add("error", "no_header", "没有找到表头（学号、姓名、证件号码、学院、班级）", remedy)
        return _reading(filename, findings, cells)
    if header.missing:
        reason = "缺少列：" + "、".join(header.missing)
        found = "、".join(use.header for use in header.uses)[:200]
        findings.add("error", "columns_missing", reason, "补上这些列，或下载模板", header.row, value=found)
        return _reading(filename, findings, cells, sheet, header)
    for use in header.twice:
        reason = "同一内容出现两列，只用了前一列"
        findings.add("warning", "column_twice", reason, "删去多余的一列", header.row, (use.header, use.letter))
    rows, blank, skipped = _rows(sheet, header, findings)
    return _reading(filename, findings, cells, sheet, header, rows, blank, skipped)


def _choose(cells: Cells, findings: Findings) -> tuple[Sheet | None, Header | None]:
    """The first sheet that has all required columns, else the one that has most."""
    heads = [(sheet, header) for sheet in cells.sheets if (header := find_header(sheet))]
    if not heads:
        return None, None
    whole = [(sheet, header) for sheet, header in heads if not header.missing]
    for sheet, _ in whole[1:]:
        reason = f"工作表“{whole[0][0].name}”之外，“{sheet.name}”也像是名单，没有读入"
        findings.add("warning", "sheet_ignored", reason, "如果也要导入，请合并到一张工作表")
    return whole[0] if whole else max(heads, key=lambda head: len(head[1].at))


def _rows(sheet: Sheet, header: Header, findings: Findings) -> tuple[list[RosterRow], int, int]:
    """(rows without error, blank rows between the header and the last one, totals and remarks skipped)."""
    body = [(row, cells) for row, cells in sheet.rows if row > header.row]
    if len(body) > MOST_STUDENTS:
        findings.add("error", "too_many_rows", f"超过 {MOST_STUDENTS} 行", "按学院分成几个文件导入")
        return [], 0, 0
    body = [(row, cells) for row, cells in body if any(text_of(cell).strip() for cell in cells)]
    blank = body[-1][0] - header.row - len(body) if body else 0
    _fill_merged(body, sheet, header, findings)
    reader = RowReader(header, findings)
    rows: list[RosterRow] = []
    skipped = 0
    for row, cells in body:
        if _is_remark(cells, header):
            findings.add("warning", "row_skipped", "合计或备注行，没有读入", "无需处理", row)
            skipped += 1
            continue
        values = reader.read(row, cells)
        if values is not None:
            rows.append(RosterRow(row=row, **values))
    reader.finish()
    rows = _without_doubles(rows, header, findings)
    _look_at_classes(rows, header, findings)
    if not body and not findings.error_count:
        findings.add("error", "no_rows", "表头下面没有学生", "填好名单后再上传")
    return rows, blank, skipped


def _fill_merged(body: list[tuple[int, list[Cell]]], sheet: Sheet, header: Header, findings: Findings) -> None:
    """A merged college, major or class belongs to every row it spans; only the first of them holds the text."""
    by_row = dict(sheet.rows)
    below = {row: cells for row, cells in body}
    last = max(below, default=0)
    left = MOST_FILLED
    for name in FILLED_DOWN:
        at = header.at.get(name)
        filled = 0
        for top, first, bottom, final in sheet.merges:
            if at is None or not first <= at <= final or top + 1 <= header.row or bottom <= top:
                continue
            source = by_row.get(top + 1, [])
            value = source[first] if first < len(source) else None
            for row in range(top + 2, min(bottom + 1, last) + 1):
                left -= 1
                if left < 0:
                    return
                cells = below.get(row)
                if cells is not None:
                    cells.extend([None] * (at + 1 - len(cells)))
                    cells[at] = value
                    filled += 1
        if filled:
            reason = f"{LABELS[name]}列有合并单元格，已按合并范围填入 {filled} 行"
            findings.add("warning", "merged_cells", reason, "核对班级人数", header.row, header.column(name))


def _is_remark(cells: list[Cell], header: Header) -> bool:
    """A line below the table: no ID number, and its first words are of that kind."""
    at = header.at["id_number"]
    if at < len(cells) and text_of(cells[at]).strip():
        return False
    first = next((text for cell in cells if (text := "".join(text_of(cell).split()))), "")
    return first.startswith(TOTALS)


def _without_doubles(rows: list[RosterRow], header: Header, findings: Findings) -> list[RosterRow]:
    """Every later row that repeats a 学号, an ID number or a 采集码 is an error naming the first."""
    first: dict[tuple[str, str], int] = {}
    kept: list[RosterRow] = []
    notes = {
        "number": ("number_twice", "学号与第 {} 行相同", "核对后改正或删去一行"),
        "id_number": ("id_twice", "证件号码与第 {} 行相同", "同一人只留一行；双学位的两个学籍请分两个批次导入"),
        "photo_code": ("photo_code_twice", "采集码与第 {} 行相同", "采集码一人一个，请本人重新提供"),
    }
    for row in rows:
        keys = {"number": row.number.casefold(), "id_number": match_key(row.id_type, row.id_number)}
        if row.photo_code:
            keys["photo_code"] = row.photo_code
        doubled = False
        for name, key in keys.items():
            before = first.setdefault((name, key), row.row)
            if before != row.row:
                code, reason, remedy = notes[name]
                value = row.number if name == "number" else ""
                findings.add("error", code, reason.format(before), remedy, row.row, header.column(name), value)
                doubled = True
        if not doubled:
            kept.append(row)
    return kept


def _look_at_classes(rows: list[RosterRow], header: Header, findings: Findings) -> None:
    colleges: dict[str, set[str]] = {}
    monitors: Counter[tuple[str, str]] = Counter()
    for row in rows:
        colleges.setdefault(row.class_group, set()).add(row.college)
        monitors[row.college, row.class_group] += row.is_monitor
    for name, owners in colleges.items():
        if len(owners) > 1:
            reason = f"班级“{name}”出现在多个学院：" + "、".join(sorted(owners))
            findings.add("warning", "class_in_colleges", reason, "若是同一个班，请统一学院", value=name)
    if "is_monitor" in header.at:
        for (_, name), count in monitors.items():
            if count != 1:
                reason = f"班级“{name}”有 {count} 名班长" if count else f"班级“{name}”没有班长"
                findings.add("warning", "class_monitors", reason, "导入后可在班级页指定班长", value=name)


def _reading(
    filename: str,
    findings: Findings,
    cells: Cells | None = None,
    sheet: Sheet | None = None,
    header: Header | None = None,
    rows: list[RosterRow] | None = None,
    blank: int = 0,
    skipped: int = 0,
) -> RosterReading:
    rows = rows or []
    uses = header.uses if header else ()
    return RosterReading(
        filename=filename,
        kind=cells.kind if cells else "",
        encoding=cells.encoding if cells else "",
        sheet=sheet.name if sheet else "",
        header_row=header.row if header else None,
        columns=uses,
        unknown_columns=tuple(use.header for use in uses if use.field is None),
        rows=rows,
        errors=findings.errors,
        warnings=findings.warnings,
        totals=RosterTotals(
            students=len(rows),
            colleges=len({row.college for row in rows}),
            class_groups=len({(row.college, row.class_group) for row in rows}),
            monitors=sum(row.is_monitor for row in rows),
            blank_rows=blank,
            skipped_rows=skipped,
            errors=findings.error_count,
            warnings=findings.warning_count,
        ),
    )
