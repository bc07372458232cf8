"""The timetable of a notice, line by line: a date, a time from-to, and the college with its brackets."""

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from operator import itemgetter

from gradphoto.schedule.notice_days import question, spaces, take_days
from gradphoto.schedule.notice_details import colleges_in, read_details
from gradphoto.schedule.notice_facts import ROOM, place_name
from gradphoto.schedule.notice_text import TIME, TIME_RANGE, Reading, minute_of_day
from gradphoto.schedule.proposal import SHANGHAI, Finding, Level, NoticeFacts, SlotProposal, Span, clock

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
        days, line = take_days(page, line, line_start, day, facts, findings)
        ranges = list(TIME_RANGE.finditer(line))
        if days and not ranges:
            day = days[-1][1]
        if ranges:
            if current:
                yield current
            pieces = _split(line, ranges, line_start, days, day)
            day = pieces[-1].day
            if len(pieces) > 1 and not all(colleges_in(piece.text) for piece in pieces):
                sentence = f"这一行有 {len(pieces)} 个时间，分不清各是哪个学院的，没有列为场次。"
                findings.append(question("times_unclear", sentence, page.span(line_start, start)))
                current = None
                continue
            *complete, current = pieces
            yield from complete
        elif current and _belongs_to(current, line, bool(days)):
            current.text += "\n" + line
            current.end = line_start + len(line)
        elif line.strip():
            if current:
                yield current
            if _CLOSES_TABLE.search(line):
                day = None
            elif (current or days or TIME.search(line) or _PART_OF_DAY.search(line)) and colleges_in(line):
                sentence = (
                    f"“{page.span(line_start, start).text[:40]}”像是时间安排，但没有读出从几点到几点，没有列为场次。"
                )
                findings.append(question("line_not_read", sentence, page.span(line_start, start)))
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


def _read_line(page: Reading, line: _Line, slots: list[SlotProposal], findings: list[Finding]) -> None:
    """One timed piece of text to one slot, or one for each college named in it."""
    span = page.span(line.start, line.end)
    room = ROOM.search(line.text)
    place = f"{place_name(room[1])} {room[2]}" if room else None
    text = ROOM.sub(spaces, line.text)
    colleges = colleges_in(text)
    if not colleges:
        findings.append(
            question("time_without_college", f"“{line.time[0].strip()}”旁边没有读出学院，没有列为场次。", span)
        )
        return
    if line.day is None:
        findings.append(question("slot_without_date", f"“{line.time[0].strip()}”没有日期，没有列为场次。", span))
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
                college["name"],
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
        sentence = f"{colleges[0]['name']}这一场有没读懂的文字：{'；'.join(leftover)[:100]}。"
        findings.append(question("slot_text_unread", sentence, span, len(slots) - 1))
    if len(colleges) > 1:
        names = "、".join(match["name"] for match in colleges[:6])
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
    crosses_noon = int(match["hour1"]) <= 12 and not match["part2"]
    if start is not None and end is not None and crosses_noon and end <= start < end + 12 * 60 <= 24 * 60:
        end += 12 * 60
        ruling = f"按 {end // 60}:{end % 60:02} 结束理解。"
        findings.append(
            Finding("end_after_noon", Level.question, f"“{written}”的结束时间早于开始。", ruling, span, slot)
        )
    if start is None or end is None or end <= start:
        findings.append(question("time_impossible", f"“{written}”不是一段可能的时间，没有列为场次。", span))
        return None
    if match["part1"] in ("上午", "早上", "早晨") and start >= 12 * 60:
        sentence = f"“{written}”写的是{match['part1']}，但 {start // 60}:{start % 60:02} 是下午。"
        ruling = f"按 24 小时制 {start // 60}:{start % 60:02} 开始理解，原文保留。"
        findings.append(Finding("morning_label_on_afternoon", Level.question, sentence, ruling, span, slot))
    elif start < 7 * 60 or end > 21 * 60:
        sentence = f"“{written}”早于 7:00 或晚于 21:00。"
        findings.append(Finding("unusual_hours", Level.question, sentence, "按所写的时间安排。", span, slot))
    return start, end
