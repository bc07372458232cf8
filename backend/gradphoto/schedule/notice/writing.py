"""A timetable written so that the reader of notices takes it back: as a notice, and as an Excel sheet by class."""

import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import xlsxwriter

from gradphoto.schedule.models import Turn
from gradphoto.schedule.notice.proposal import SHANGHAI, Fact, NoticeFacts, NoticeProposal, SlotProposal, clock

# --- as a notice -----------------------------------------------------------------------------------------------------

_COLUMNS = (
    "场次",
    "日期",
    "开始",
    "结束",
    "地点",
    "学院",
    "班级数",
    "人数",
    "班级",
    "不含班级",
    "先拍班级",
    "后拍班级",
)


def reprint(proposal: NoticeProposal) -> str:
    """A notice that reads back to the same slots and facts, whatever the one it was read from looked like."""
    return "\n".join([*_facts(proposal.facts), *_table(proposal.slots, proposal.facts)]) + "\n"


def _facts(facts: NoticeFacts) -> Iterator[str]:
    """Clothing stands between lines that cannot be taken for more of it."""
    words = (
        (facts.institution, "{}教务处"),
        (facts.document_no, "{}"),
        (facts.title, "{}"),
        (facts.cohort, "届别：{} 届"),
        (facts.grade, "年级：{} 级"),
        (facts.agency, "拍摄单位：{}"),
        (facts.access, "{}"),
        (facts.clothing, "{}。"),
        (facts.cameras, "{} 台相机同时拍摄。"),
        (facts.bring, "请携带{}。"),
    )
    yield from (form.format(fact.value) for fact, form in words if fact)
    if facts.shoot_from and facts.shoot_until:
        first, last = facts.shoot_from.value, facts.shoot_until.value
        yield f"时间：{first.year} 年 {first.month} 月 {first.day} 日至 {last.month} 月 {last.day} 日"
    if facts.venue:
        yield f"地点：{facts.venue.value}" + (f" {facts.room.value} 房间" if facts.room else "")
    if facts.fee_fen:
        yuan, cents = divmod(facts.fee_fen.value, 100)
        yield f"收费标准：{yuan}{f'.{cents:02}' if cents else ''} 元/人"
    if facts.pace_people and facts.pace_minutes:
        yield f"参考时间：{facts.pace_minutes.value} 分钟/{facts.pace_people.value} 人"
    if facts.return_deadline:
        yield f"照片请于 {_until(facts.return_deadline.value)}前返回。"
    if facts.mailbox:
        yield f"邮箱：{facts.mailbox.value}"
    if facts.date_issued:
        issued = facts.date_issued.value
        yield f"{issued.year} 年 {issued.month} 月 {issued.day} 日"


def _until(at: datetime) -> str:
    """The last second of a day is that day without an hour."""
    hour = "" if (at.hour, at.minute, at.second) == (23, 59, 59) else f" {clock(at)} "
    return f"{at.year} 年 {at.month} 月 {at.day} 日{hour}"


def _table(slots: Iterable[SlotProposal], facts: NoticeFacts) -> Iterator[str]:
    """A heading for each run of slots: in one without colleges, the cell must not be taken from the row above."""
    columns: list[str] = []
    for number, slot in enumerate(slots, 1):
        fitting = [column for column in _COLUMNS if slot.college or column != "学院"]
        if columns != fitting:
            columns = fitting
            yield "\t".join(columns)
        yield _line(columns, _cells(number, slot))
    if facts.stated_classes or facts.stated_heads:
        if not columns:
            columns = list(_COLUMNS)
            yield "\t".join(columns)
        total = {"场次": "合计", "班级数": _value(facts.stated_classes), "人数": _value(facts.stated_heads)}
        yield _line(columns, total)


def _line(columns: Iterable[str], cells: Mapping[str, str]) -> str:
    return "\t".join(cells.get(column, "") for column in columns).rstrip("\t")


def _cells(number: int, slot: SlotProposal) -> dict[str, str]:
    values = (
        str(number),
        f"{slot.day:%Y-%m-%d}",
        _hour(slot, slot.starts_at),
        _hour(slot, slot.ends_at),
        slot.place or "",
        slot.college,
        _number(slot.stated_classes),
        _number(slot.stated_heads),
        *(_names(names) for names in (slot.include, slot.exclude, slot.first, slot.last)),
    )
    return dict(zip(_COLUMNS, values, strict=True))


def _hour(slot: SlotProposal, at: datetime) -> str:
    """Midnight ends a day; before seven the reader would ask whether the afternoon is meant."""
    at = at.astimezone(SHANGHAI)
    if at.date() > slot.day:
        return "24:00"
    return f"上午 {clock(at)}" if 1 <= at.hour < 7 else clock(at)


def _names(names: tuple[str, ...]) -> str:
    return "、".join(f"{name}班" for name in names)


def _number(number: int | None) -> str:
    return "" if number is None else str(number)


def _value(fact: Fact[int] | None) -> str:
    return _number(fact.value if fact else None)


# --- as an Excel sheet -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class TimetableRow:
    """One class group in one slot; a slot without any has one row with an empty `class_group`."""

    label: str
    starts_at: datetime
    ends_at: datetime
    venue: str
    room: str
    gate: str
    college: str
    class_group: str
    heads: int
    turn: Turn
    arrival_at: datetime | None
    note: str


SHEET = "拍摄时间表"
_WIDTHS = {
    "场次": 6, "日期": 12, "开始": 8, "结束": 8, "地点": 14, "房间": 12, "入口": 9, "学院": 20, "班级": 16, "人数": 6,
    "先拍/后拍": 9, "到场时间": 9, "备注": 20,
}  # fmt: skip
_TURNS = {Turn.first: "先拍", Turn.normal: "", Turn.last: "后拍"}


def write_timetable_xlsx(rows: Iterable[TimetableRow]) -> bytes:
    """A row a class group, in the order given. Everything is text, so that no program shows a time as a fraction."""
    buffer = io.BytesIO()
    # What begins like a formula stays text; an escape of the format, like _x0041_, stays what it is.
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    text = book.add_format({"num_format": "@"})
    head = book.add_format({"num_format": "@", "bold": True, "bg_color": "#DDEBF7", "bottom": 1})
    sheet = book.add_worksheet(SHEET)
    for at, (column, width) in enumerate(_WIDTHS.items()):
        sheet.set_column(at, at, width, text)
        sheet.write_string(0, at, column, head)
    for line, row in enumerate(rows, 1):
        for at, value in enumerate(_row(row)):
            if value:
                sheet.write_string(line, at, value, text)
    sheet.freeze_panes(1, 0)
    sheet.set_landscape()
    sheet.repeat_rows(0)
    sheet.fit_to_pages(1, 0)
    book.close()
    return buffer.getvalue()


def _row(row: TimetableRow) -> tuple[str, ...]:
    """In the order of _WIDTHS."""
    starts, ends = row.starts_at.astimezone(SHANGHAI), row.ends_at.astimezone(SHANGHAI)
    midnight = ends.date() > starts.date() and ends - starts <= timedelta(days=1)
    return (
        row.label,
        f"{starts:%Y-%m-%d}",
        f"{starts:%H:%M}",
        "24:00" if midnight else f"{ends:%H:%M}",
        row.venue,
        row.room,
        row.gate,
        row.college,
        row.class_group,
        str(row.heads) if row.class_group else "",
        _TURNS[row.turn],
        f"{row.arrival_at.astimezone(SHANGHAI):%H:%M}" if row.arrival_at else "",
        row.note,
    )
