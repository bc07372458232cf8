"""The timetable of a notice, line by line: a date, a time from-to, and the college with its brackets."""

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from operator import itemgetter

from gradphoto.schedule.notice_details import colleges_in, read_details
from gradphoto.schedule.notice_facts import ROOM, place_name
from gradphoto.schedule.notice_text import (
    DATE,
    TIME,
    TIME_RANGE,
    WEEKDAY,
    WEEKDAYS,
    Reading,
    day_of,
    minute_of_day,
    month_and_day,
    nearest,
    next_on_or_after,
)
from gradphoto.schedule.proposal import SHANGHAI, Finding, Level, NoticeFacts, SlotProposal, Span, clock

_FULL_DAY = re.compile(DATE)
# In a timetable a day may also be written 10.23, 10/23 in a cell of its own, or as a bare 24 日 below 10 月 23 日.
_SHORT_DAY = re.compile(
    r"(?:^|[\t ])(?P<month>1[0-2]|0?[1-9])[./](?P<day>[0-3]?[0-9])(?=[\s(]|$)"
    r"|(?<![0-9月年])(?P<bare>[0-3]?[0-9])\s{0,3}日"
)
_WEEKDAY_CELL = re.compile(rf"\(?\s{{0,3}}{WEEKDAY.pattern}\s{{0,3}}\)?")
_PART_OF_DAY = re.compile(r"上午|下午|中午|晚上")
LONGEST_CELL = 500
_CLOSES_TABLE = re.compile(r"附件|[。:]\s{0,9}$|^\s{0,9}[一二三四五六七八九十]{1,2},")


@dataclass
class _Line:
    """A stretch of the notice with one time in it, still as text; a table cell may have wrapped to further lines."""

    day: date | None
    time: re.Match[str]
    text: str
    start: int
    end: int


def read_slots(page: Reading, facts: NoticeFacts) -> tuple[list[SlotProposal], list[Finding]]:
    """Slots in the order of the notice. What looks like a slot but was not understood becomes a finding."""
    slots: list[SlotProposal] = []
    findings: list[Finding] = []
    for line in _timed_lines(page, facts, findings):
        _read_line(page, line, slots, findings)
    return slots, findings


def _timed_lines(page: Reading, facts: NoticeFacts, findings: list[Finding]) -> Iterator[_Line]:
    """Lines that hold a time range, each with the day in force there."""
    day: date | None = facts.shoot_from.value if _one_day(facts) and facts.shoot_from else None
    current: _Line | None = None
    start = 0
    for raw in page.plain.splitlines(keepends=True):
        start, line_start = start + len(raw), start
        line = raw.rstrip()
        days, line = _take_days(page, line, line_start, day, facts, findings)
        ranges = list(TIME_RANGE.finditer(line))
        if days and not ranges:
            day = days[-1][1]
        if ranges:
            if current:
                yield current
            *complete, current = _split(line, ranges, line_start, days, day)
            yield from complete
            day = current.day
        elif current and _belongs_to(current, line, bool(days)):
            current.text += "\n" + line
            current.end = line_start + len(line)
        elif line.strip():
            if current:
                yield current
            if _CLOSES_TABLE.search(line):
                day = None
            elif (current or days or TIME.search(line) or _PART_OF_DAY.search(line)) and colleges_in(line):
                sentence = f"“{line.strip()[:40]}”像是时间安排，但没有读出从几点到几点，没有列为场次。"
                findings.append(_question("line_not_read", sentence, page.span(line_start, start)))
            current = None
    if current:
        yield current


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
    line: str, ranges: list[re.Match[str]], start: int, days: list[tuple[int, date | None]], day: date | None
) -> list[_Line]:
    """One piece for each time in the line, with the words after it; with those before it if the line begins so."""
    starts, ends = [match.start() for match in ranges], [match.end() for match in ranges]
    before = list(zip([0, *ends], starts, strict=False))
    after = list(zip(ends, [*starts[1:], len(line)], strict=True))
    lines = []
    for index, match in enumerate(ranges):
        if len(ranges) == 1:
            pieces = [before[0], after[0]]
        elif colleges_in(line[: starts[0]]):
            pieces = [before[index], after[index]] if match is ranges[-1] else [before[index]]
        else:
            pieces = [after[index]]
        position = bisect_left(days, match.start(), key=itemgetter(0))
        its_day = days[max(0, position - 1)][1] if days else day
        edges = [match.start(), match.end(), *(edge for piece in pieces for edge in piece)]
        text = "\n".join(line[a:b] for a, b in pieces)
        lines.append(_Line(its_day, match, text, start + min(edges), start + max(edges)))
    return lines


def _take_days(
    page: Reading, line: str, start: int, day: date | None, facts: NoticeFacts, findings: list[Finding]
) -> tuple[list[tuple[int, date | None]], str]:
    """The days of a line with their positions, and the line with days and weekdays blanked out."""
    is_row = TIME_RANGE.search(line) is not None or len(line) < 40
    matches = list(_FULL_DAY.finditer(line)) or (list(_SHORT_DAY.finditer(line)) if is_row else [])
    days: list[tuple[int, date | None]] = []
    for match in matches:
        span = page.span(start + match.start(), start + match.end())
        days.append((match.start(), _day(match, span, day, facts, findings)))
    weekday = WEEKDAY.search(line) if is_row else None
    shown = days[-1][1] if days else day
    if weekday and shown and len(days) < 2:
        told = WEEKDAYS.index(weekday["weekday"].replace("天", "日"))
        if told != shown.weekday():
            right = f"周{WEEKDAYS[shown.weekday()]}"
            sentence = f"通知写的是{weekday[0]}，但 {shown.year} 年 {shown.month} 月 {shown.day} 日是{right}。"
            span = page.span(start + weekday.start(), start + weekday.end())
            ruling = f"按日期 {shown.month} 月 {shown.day} 日（{right}）安排。"
            findings.append(Finding("weekday_mismatch", Level.question, sentence, ruling, span))
    if matches:
        line = matches[0].re.sub(_spaces, line)
    return days, _WEEKDAY_CELL.sub(_spaces, line) if is_row else line


def _spaces(match: re.Match[str]) -> str:
    return " " * len(match[0])


def _day(
    match: re.Match[str], span: Span, above: date | None, facts: NoticeFacts, findings: list[Finding]
) -> date | None:
    """The day a cell means. A year that is not there comes from the days of the shoot, then from the date of issue."""
    if match.re is _FULL_DAY:
        year, month, number = month_and_day(match)
    elif match["bare"]:
        known = above or (facts.shoot_from.value if facts.shoot_from else None)
        if known is None:
            findings.append(_question("day_without_month", f"只写了“{span.text}”，不知道是几月。", span))
            return None
        year, month, number = known.year, known.month, int(match["bare"])
    else:
        year, month, number = None, int(match["month"]), int(match["day"])
    if year:
        day = day_of(year, month, number)
    elif facts.shoot_from:
        day = nearest(facts.shoot_from.value, month, number)
    elif facts.date_issued:
        day = next_on_or_after(facts.date_issued.value, month, number)
    elif facts.cohort:
        day = day_of(facts.cohort.value - (month >= 9), month, number)
        if day:
            sentence = f"“{span.text}”没有写年份，按 {facts.cohort.value} 届推算为 {day.year} 年。"
            findings.append(Finding("year_assumed", Level.question, sentence, f"按 {day.year} 年安排。", span))
    else:
        findings.append(_question("year_unknown", f"“{span.text}”没有写年份，通知里也找不到年份。", span))
        return None
    if day is None:
        findings.append(_question("no_such_day", f"“{span.text}”这一天不存在。", span))
    return day


def _read_line(page: Reading, line: _Line, slots: list[SlotProposal], findings: list[Finding]) -> None:
    """One timed piece of text to one slot, or one for each college named in it."""
    span = page.span(line.start, line.end)
    room = ROOM.search(line.text)
    place = f"{place_name(room[1])} {room[2]}" if room else None
    text = ROOM.sub(_spaces, line.text)
    colleges = colleges_in(text)
    if not colleges:
        findings.append(
            _question("time_without_college", f"“{line.time[0].strip()}”旁边没有读出学院，没有列为场次。", span)
        )
        return
    if line.day is None:
        findings.append(_question("slot_without_date", f"“{line.time[0].strip()}”没有日期，没有列为场次。", span))
        return
    hours = _hours(line.time, span, len(slots), findings)
    if hours is None:
        return
    midnight = datetime.combine(line.day, time(), SHANGHAI)
    starts_at, ends_at = midnight + timedelta(minutes=hours[0]), midnight + timedelta(minutes=hours[1])
    edges = [match.start() for match in colleges[1:]] + [len(text)]
    unread = [text[: colleges[0].start()]]
    for college, end in zip(colleges, edges, strict=True):
        details = read_details(text[college.end() : end])
        unread += details.unread
        slots.append(
            SlotProposal(
                line.day,
                starts_at,
                ends_at,
                college[0],
                details.stated_classes,
                details.stated_heads,
                details.include,
                details.exclude,
                details.first,
                details.last,
                place,
                span,
            )
        )
    leftover = [piece for piece in map(_meaningful, unread) if piece]
    if leftover:
        sentence = f"{colleges[0][0]}这一场有没读懂的文字：{'；'.join(leftover)[:100]}。"
        findings.append(_question("slot_text_unread", sentence, span, len(slots) - 1))
    if len(colleges) > 1:
        names = "、".join(match[0] for match in colleges[:6])
        sentence = f"{clock(starts_at)}-{clock(ends_at)} 这一场写了 {len(colleges)} 个学院：{names}。"
        ruling = "按同一时间的几个场次列出，请确认各学院的先后。"
        findings.append(Finding("colleges_share_slot", Level.question, sentence, ruling, span, len(slots) - 1))


def _meaningful(piece: str) -> str:
    return " ".join(re.sub(r"拍摄|[于在到为由]|[^\w\s]", " ", piece).split())


def _hours(match: re.Match[str], span: Span, slot: int, findings: list[Finding]) -> tuple[int, int] | None:
    """(start, end) in minutes since midnight; says so where a part of the day was missing or cannot be right."""
    written = match[0].strip()
    start, end = minute_of_day(match, "1"), minute_of_day(match, "2", match["part1"])
    if start is not None and not match["part1"] and 60 <= start < 7 * 60:
        start += 12 * 60
        sentence = f"“{written}”没有写上午还是下午。"
        ruling = f"按下午 {start // 60}:{start % 60:02} 开始理解。"
        findings.append(Finding("part_of_day_missing", Level.question, sentence, ruling, span, slot))
    if start is not None and end is not None and end <= start < end + 12 * 60 <= 24 * 60:
        end += 12 * 60
    if start is None or end is None or end <= start:
        findings.append(_question("time_impossible", f"“{written}”不是一段可能的时间，没有列为场次。", span))
        return None
    if match["part1"] in ("上午", "早上", "早晨") and start >= 12 * 60:
        sentence = f"“{written}”写的是{match['part1']}，但 {start // 60}:{start % 60:02} 是下午。"
        ruling = f"按 24 小时制 {start // 60}:{start % 60:02} 开始理解，原文保留。"
        findings.append(Finding("morning_label_on_afternoon", Level.question, sentence, ruling, span, slot))
    elif start < 7 * 60 or end > 21 * 60:
        sentence = f"“{written}”早于 7:00 或晚于 21:00。"
        findings.append(Finding("unusual_hours", Level.question, sentence, "按所写的时间安排。", span, slot))
    return start, end


def _question(code: str, sentence: str, span: Span, slot: int | None = None) -> Finding:
    return Finding(code, Level.question, sentence, None, span, slot)
