"""The timetable of a notice that is a table: a row a college, a class or a 节次, its columns in any order."""

import re
from dataclasses import dataclass, replace

from gradphoto.schedule.notice.class_names import names_as_written
from gradphoto.schedule.notice.columns import TOTAL, Cell, Row, Table
from gradphoto.schedule.notice.days import Day, take_days
from gradphoto.schedule.notice.details import Details, colleges_in, read_details
from gradphoto.schedule.notice.hours import PERIODS, Hours, Periods, hours_in, hours_of_cells
from gradphoto.schedule.notice.pieces import Piece, Share
from gradphoto.schedule.notice.place import ROOM, at_camera, place_name
from gradphoto.schedule.notice.proposal import Fact, NoticeFacts
from gradphoto.schedule.notice.rulings import Findings
from gradphoto.schedule.notice.text import Reading, tidy

_NAME = re.compile(r"[^\s(),;:0-9]{2,30}")
_TURN = {"先": "first", "优": "first", "后": "last", "最": "last"}


@dataclass
class _InForce:
    """What the cells above say for a row that leaves them blank."""

    day: Day | None
    hours: Hours | None = None
    place: Fact[str] | None = None
    college: Fact[str] | None = None
    part: str | None = None


@dataclass(frozen=True)
class Totals:
    """合计 below a table, each number with its cell."""

    classes: Fact[int] | None = None
    heads: Fact[int] | None = None


def table_pieces(
    page: Reading, table: Table, facts: NoticeFacts, periods: Periods, findings: Findings
) -> tuple[list[Piece], Totals]:
    """A piece for each row; rows that name classes of one college at one time and place are one piece together."""
    groups: list[tuple[object, list[Piece]]] = []
    totals = Totals()
    one_day = facts.shoot_from and facts.shoot_until and facts.shoot_from.value == facts.shoot_until.value
    force = _InForce(facts.shoot_from if one_day else None)
    for row in table.rows:
        filled = row.filled
        if not filled:
            continue
        if TOTAL.match(filled[0].text):
            totals = _totals(page, row)
        elif len(filled) == 1 and _heading(page, row, filled[0], force, facts, findings):
            continue
        else:
            piece = _row_piece(page, row, force, facts, periods, findings)
            if piece:
                key = (
                    piece.day and piece.day.value,
                    piece.hours.begins,
                    piece.hours.ends,
                    piece.place and piece.place.value,
                    _label(row),
                )
                if groups and groups[-1][0] == key and _same_slot(groups[-1][1][-1], piece):
                    groups[-1][1].append(piece)
                else:
                    groups.append((key, [piece]))
    return [_together(page, group) for _, group in groups], totals


def _label(row: Row) -> str:
    return " ".join(tidy(cell.text) for cell in row.of("label"))


def _heading(page: Reading, row: Row, cell: Cell, force: _InForce, facts: NoticeFacts, findings: Findings) -> bool:
    """A row over the whole width names the college or the day of the rows below."""
    days, _ = take_days(page, cell.text, cell.start, force.day, facts, findings, True)
    colleges = colleges_in(cell.text)
    if days:
        force.day, force.hours = days[-1][1], None
    if len(colleges) == 1 and re.fullmatch(r"\W*", cell.text.replace(colleges[0][0], "")):
        force.college = Fact(colleges[0]["name"], page.span(cell.start, cell.end))
        return True
    return bool(days)


def _row_piece(
    page: Reading, row: Row, force: _InForce, facts: NoticeFacts, periods: Periods, findings: Findings
) -> Piece | None:
    """None where the row has no time that can be read: then a finding says so."""
    part = next((match[0] for cell in row.of("part") if (match := re.search(r"上午|下午|晚上", cell.text))), None)
    force.part = part or force.part
    line = _only(page, row, "day", "hours", "starts", "ends")
    days, line = take_days(page, line, row.start, force.day, facts, findings, True)
    if days:
        force.day = days[-1][1]
    span = page.span(row.start, row.end)
    hours = _hours(row, line, force.part, periods)
    if hours:
        force.hours = hours.moved(row.start)
    elif row.of("hours", "starts", "ends") and line.strip():
        _tell_unread(line, row, page, findings)
        force.hours = None
        return None
    force.place = _place(page, row, facts) or force.place
    shares, unread = _shares(page, row, force)
    if not shares and not unread:
        return None
    if force.hours is None:
        findings.unread("line_not_read", f"“{tidy(span.text)[:40]}”这一行没有时间，没有列为场次。", span)
        return None
    return Piece(force.day, force.hours, tuple(shares), force.place, span, tuple(unread))


def _only(page: Reading, row: Row, *roles: str) -> str:
    """The row with the other columns blank."""
    text = [" "] * (row.end - row.start)
    for cell in row.of(*roles):
        text[cell.start - row.start : cell.end - row.start] = page.plain[cell.start : cell.end]
    return "".join(text)


def _hours(row: Row, line: str, part: str | None, periods: Periods) -> Hours | None:
    begin, end = row.of("starts"), row.of("ends")
    if begin and end:
        at = (begin[0].start - row.start, begin[0].end - row.start), (end[0].start - row.start, end[0].end - row.start)
        return hours_of_cells(line, *at, part)
    found = hours_in(line, periods, part)
    return found[0] if len(found) == 1 else None


def _tell_unread(line: str, row: Row, page: Reading, findings: Findings) -> None:
    span = page.span(row.start, row.end)
    period = PERIODS.search(line)
    words = tidy(period[0] if period else line)
    if period:
        sentence = f"“{words}”在通知里没有说明是几点到几点，没有列为场次。请在通知里补上节次的时间。"
        findings.unread("period_unknown", sentence, span)
    else:
        findings.unread("line_not_read", f"“{words[:40]}”没有读成从几点到几点，没有列为场次。", span)


def _place(page: Reading, row: Row, facts: NoticeFacts) -> Fact[str] | None:
    cells = row.of("place", "room", "camera")
    if not cells:
        return None
    place = " ".join(tidy(cell.text) for cell in row.of("place", "room")) or None
    room = ROOM.fullmatch(place or "")
    if room:
        place = f"{place_name(room[1])} {room[2]}"
    for cell in row.of("camera"):
        place = at_camera(place, cell.text, facts)
    span = page.span(min(cell.start for cell in cells), max(cell.end for cell in cells))
    return Fact(place, span) if place else None


def _shares(page: Reading, row: Row, force: _InForce) -> tuple[list[Share], list[str]]:
    """The colleges of the row with what is said of them; and what was not understood."""
    named: list[tuple[Fact[str], int, int]] = []
    unread: list[str] = []
    merged = [cell for cell in row.of("hours", "day") if colleges_in(cell.text)]
    for cell in row.of("college") or merged:
        found = colleges_in(cell.text)
        if not found:
            first = _NAME.search(cell.text)
            found = [first] if first else []
        edges = [match.start() for match in found[1:]] + [len(cell.text)]
        for match, end in zip(found, edges, strict=bool(found)):
            a, b = match.span("name") if "name" in match.groupdict() else match.span()
            college = Fact(cell.text[a:b], page.span(cell.start + a, cell.start + b))
            named.append((college, cell.start + match.end(), cell.start + end))
    details = Details()
    for cell in row.of("classes"):
        unread += _read_classes(page, cell, details)
    _counts(page, row, details)
    if not named and not details.include and not details.stated_classes and not details.stated_heads:
        return [], unread
    if not named:
        return [Share(force.college, details)], unread
    if len(named) == 1:
        college, start, end = named[0]
        before = len(details.unread)
        read_details(page.plain, start, end, details)
        force.college = college
        return [Share(college, details)], unread + details.unread[before:]
    shares = [Share(college, read_details(page.plain, start, end)) for college, start, end in named]
    if details.include or details.first or details.last:
        unread.append(" ".join(tidy(cell.text) for cell in row.of("classes")))
    return shares, unread + [piece for share in shares for piece in share.details.unread]


def _read_classes(page: Reading, cell: Cell, details: Details) -> list[str]:
    """A cell 班级: ranges as in a line, or names as they stand; what is neither is not understood."""
    found = read_details(page.plain, cell.start, cell.end)
    extent = cell.start, cell.end
    if found.unread:
        names = names_as_written(cell.text)
        details.add_names("include", names, extent)
        return [] if names else found.unread
    for kind in ("include", "exclude", "first", "last"):
        details.add_names(kind, getattr(found, kind), found.extents.get(kind, extent))
    for kind in ("stated_classes", "stated_heads"):
        if getattr(found, kind) is not None:
            details.count(kind, getattr(found, kind), found.extents[kind])
    return []


def _counts(page: Reading, row: Row, details: Details) -> None:
    """Columns that hold nothing but a number, or names that go first or last."""
    for role, kind in (("count", "stated_classes"), ("heads", "stated_heads")):
        for cell in row.of(role):
            number = re.fullmatch(r"\s{0,9}约?([0-9]{1,5})\s{0,3}(?:个?班|人|名)?\s{0,9}", cell.text)
            if number:
                details.count(kind, int(number[1]), (cell.start, cell.end))
    for cell in row.of("first", "last", "exclude"):
        place = next(its for its, one in row.cells if one is cell) or ""
        names = read_details(page.plain, cell.start, cell.end)
        written = names.include if names.include and not names.unread else names_as_written(cell.text)
        details.add_names(place, written, (cell.start, cell.end))
    for cell in row.of("note"):
        if re.search(r"先|后", cell.text):
            note = read_details(page.plain, cell.start, cell.end)
            for kind in ("first", "last"):
                details.add_names(kind, getattr(note, kind), note.extents.get(kind, (cell.start, cell.end)))
    for cell in row.of("turn"):
        turn = _TURN.get(cell.text.strip()[:1])
        if turn and details.include:
            details.add_names(turn, details.include, (cell.start, cell.end))


def _same_slot(one: Piece, other: Piece) -> bool:
    """Both rows name classes, and of one college."""
    if len(one.shares) != 1 or len(other.shares) != 1:
        return False
    a, b = one.shares[0], other.shares[0]
    same = (a.college and a.college.value) == (b.college and b.college.value)
    return same and bool(a.details.include and b.details.include)


def _together(page: Reading, pieces: list[Piece]) -> Piece:
    """One slot of several rows: names added up, numbers only as long as every row states them."""
    first, last = pieces[0], pieces[-1]
    if first is last:
        return first
    rows = [piece.shares[0].details for piece in pieces]
    together = Details()
    for kind in ("include", "exclude", "first", "last"):
        saying = [row for row in rows if getattr(row, kind)]
        if saying:
            extent = saying[0].extents[kind][0], saying[-1].extents[kind][1]
            together.add_names(kind, tuple(name for row in saying for name in getattr(row, kind)), extent)
    for kind in ("stated_classes", "stated_heads"):
        numbers = [getattr(row, kind) for row in rows]
        if None not in numbers:
            together.count(kind, sum(numbers), (rows[0].extents[kind][0], rows[-1].extents[kind][1]))
    unread = tuple(words for piece in pieces for words in piece.unread)
    share = Share(first.shares[0].college, together)
    return replace(first, shares=(share,), span=page.span(first.span.start, last.span.end), unread=unread)


def _totals(page: Reading, row: Row) -> Totals:
    def number(role: str) -> Fact[int] | None:
        cells = row.of(role)
        found = re.search(r"[0-9]{1,6}", cells[0].text) if cells else None
        return Fact(int(found[0]), page.span(cells[0].start, cells[0].end)) if found else None

    return Totals(number("count"), number("heads"))
