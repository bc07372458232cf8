"""The timetable of a notice that is written in lines: a date, a time from-to, and the college with its brackets."""

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, replace
from operator import itemgetter

from gradphoto.schedule.notice.days import Day, is_row, spaces, take_days
from gradphoto.schedule.notice.details import colleges_in, read_details
from gradphoto.schedule.notice.facts import FEE, PACES
from gradphoto.schedule.notice.hours import PERIODS, Hours, Periods, hours_in, without_periods
from gradphoto.schedule.notice.pieces import Piece, Share, shifted
from gradphoto.schedule.notice.place import CAMERA, ROOM, at_camera, place_name
from gradphoto.schedule.notice.proposal import Fact, NoticeFacts
from gradphoto.schedule.notice.rulings import Findings
from gradphoto.schedule.notice.text import TIME, Reading

_PART_OF_DAY = re.compile(r"上午|下午|中午|晚上")
LONGEST_CELL = 500
_CLOSES_TABLE = re.compile(r"附件|[。:]\s{0,9}$|^\s{0,9}[一二三四五六七八九十]{1,2},")


@dataclass
class _Line:
    """A stretch of the notice with one time in it; a table cell may have wrapped to further lines.

    `text[i]` stands at `start + i` of the notice; what was read already, or belongs to another time, is blank.
    """

    day: Day | None
    hours: Hours
    text: str
    start: int

    @property
    def end(self) -> int:
        return self.start + len(self.text)


def line_pieces(page: Reading, facts: NoticeFacts, periods: Periods, findings: Findings) -> Iterator[Piece]:
    """In the order of the notice. What looks like a slot but was not understood becomes a finding."""
    for line in _timed_lines(page, facts, periods, findings):
        yield _piece(page, line, facts)


def _timed_lines(page: Reading, facts: NoticeFacts, periods: Periods, findings: Findings) -> Iterator[_Line]:
    """Lines that hold a time range, each with the day in force there."""
    only = facts.shoot_from if _one_day(facts) else None
    day: Day | None = only
    current: _Line | None = None
    start = 0
    for raw in page.plain.splitlines(keepends=True):
        start, line_start = start + len(raw), start
        line = raw.rstrip()
        days, line = take_days(page, line, line_start, day, facts, findings, is_row(line))
        ranges = hours_in(line, periods)
        if days and not ranges:
            day = days[-1][1]
        if ranges and PERIODS.search(line) and not colleges_in(line):
            ranges, line = [], ""  # says when the periods are, not who comes
        if ranges:
            if current:
                yield current
            pieces = _split(without_periods(line), ranges, line_start, days, day)
            day = pieces[-1].day
            if len(pieces) > 1 and not all(colleges_in(piece.text) for piece in pieces):
                sentence = f"这一行有 {len(pieces)} 个时间，分不清各是哪个学院的，没有列为场次。"
                findings.unread("times_unclear", sentence, page.span(line_start, start))
                current = None
                continue
            *complete, current = pieces
            yield from complete
        elif current and _belongs_to(current, line, bool(days)):
            current.text += page.plain[current.end : line_start] + line
        elif line.strip():
            if current:
                yield current
            if _CLOSES_TABLE.search(line):
                day = only
            elif colleges_in(line):
                _tell_unread(page, line, line_start, start, bool(current or days), findings)
            current = None
    if current:
        yield current


def _tell_unread(page: Reading, line: str, start: int, end: int, expected: bool, findings: Findings) -> None:
    """A college with half a time beside it, or where a time was to be expected."""
    span = page.span(start, end)
    if PERIODS.search(line):
        period = PERIODS.search(line)
        words = period[0].strip() if period else ""
        sentence = (
            f"“{span.text[:40]}”写的是{words}，但通知里没有说明{words}是几点到几点，没有列为场次。请在通知里补上。"
        )
        findings.unread("period_unknown", sentence, span)
    elif expected or TIME.search(line) or _PART_OF_DAY.search(line):
        sentence = f"“{span.text[:40]}”像是时间安排，但没有读出从几点到几点，没有列为场次。"
        findings.unread("line_not_read", sentence, span)


def _one_day(facts: NoticeFacts) -> bool:
    return bool(facts.shoot_from and facts.shoot_until and facts.shoot_from.value == facts.shoot_until.value)


def _belongs_to(current: _Line, line: str, has_day: bool) -> bool:
    """A cell that wrapped: the college below its time, a bracket on its own line, a bracket not yet closed."""
    if has_day or len(current.text) + len(line) > LONGEST_CELL:
        return False
    if not colleges_in(current.text):
        return len(line) < 80
    is_open = current.text.count("(") > current.text.count(")")
    return bool(line.strip()) and (is_open or line.lstrip().startswith("("))


def _split(
    line: str, ranges: list[Hours], start: int, days: list[tuple[int, Day | None]], day: Day | None
) -> list[_Line]:
    """One piece for each time in the line, with the words after it; with those before it if the line begins so."""
    starts, ends = [hours.start for hours in ranges], [hours.end for hours in ranges]
    before = list(zip([0, *ends], starts, strict=False))
    after = list(zip(ends, [*starts[1:], len(line)], strict=True))
    college_first = len(ranges) > 1 and bool(colleges_in(line[: starts[0]]))
    lines = []
    for index, hours in enumerate(ranges):
        if len(ranges) == 1:
            pieces = [before[0], after[0]]
        elif college_first:
            pieces = [before[index], after[index]] if hours is ranges[-1] else [before[index]]
        else:
            pieces = [after[index]]
        position = bisect_left(days, hours.start, key=itemgetter(0))
        its_day = days[max(0, position - 1)][1] if days else day
        edges = [hours.start, hours.end, *(edge for piece in pieces for edge in piece)]
        first, last = min(edges), max(edges)
        text = "".join(c if any(a <= i < b for a, b in pieces) else " " for i, c in enumerate(line[first:last], first))
        lines.append(_Line(its_day, hours.moved(start), text, start + first))
    return lines


def _piece(page: Reading, line: _Line, facts: NoticeFacts) -> Piece:
    """One timed stretch of text, with a share for each college named in it."""
    place, text = _place(page, line, facts)
    for said_of_all in (FEE, *PACES):
        text = said_of_all.sub(spaces, text)
    colleges = colleges_in(text)
    edges = [match.start() for match in colleges[1:]] + [len(text)]
    shares, unread = [], [text[: colleges[0].start()] if colleges else ""]
    for college, end in zip(colleges, edges, strict=bool(colleges)):
        details = shifted(read_details(text, college.end(), end), line.start)
        unread += details.unread
        a, b = college.span("name")
        shares.append(Share(Fact(college["name"], page.span(line.start + a, line.start + b)), details))
    return Piece(line.day, line.hours, tuple(shares), place, page.span(line.start, line.end), tuple(unread))


def _place(page: Reading, line: _Line, facts: NoticeFacts) -> tuple[Fact[str] | None, str]:
    """The room or camera that the line itself names, and the line without it."""
    room = ROOM.search(line.text)
    text = ROOM.sub(spaces, line.text)
    camera = CAMERA.search(text)
    found = [match.span() for match in (room, camera) if match]
    if not found:
        return None, text
    place = f"{place_name(room[1])} {room[2]}" if room else None
    if camera:
        place = at_camera(place, camera[0], facts)
    span = page.span(line.start + min(a for a, _ in found), line.start + max(b for _, b in found))
    return Fact(place or "", span), CAMERA.sub(spaces, text)


def without(page: Reading, stretches: list[tuple[int, int]]) -> Reading:
    """The notice with those stretches blank, line ends kept."""
    plain = page.plain
    for start, end in stretches:
        plain = plain[:start] + re.sub(r"[^\n]", " ", plain[start:end]) + plain[end:]
    return replace(page, plain=plain)
