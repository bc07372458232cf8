"""The days of a timetable: full dates, 10.23 in a cell, a bare 24 日, and the weekday that should agree."""

import re
from datetime import date

from gradphoto.schedule.notice_text import (
    DATE,
    TIME_RANGE,
    WEEKDAY,
    WEEKDAYS,
    Reading,
    day_of,
    month_and_day,
    nearest,
    next_on_or_after,
)
from gradphoto.schedule.proposal import Finding, Level, NoticeFacts, Span

_FULL_DAY = re.compile(DATE)
# In a timetable a day may also be written 10.23, 10/23 in a cell of its own, or as a bare 24 日 below 10 月 23 日.
_SHORT_DAY = re.compile(
    r"(?:^|[\t ])(?P<month>1[0-2]|0?[1-9])[./](?P<day>[0-3]?[0-9])(?=[\s(]|$)"
    r"|(?<![0-9月年])(?P<bare>[0-3]?[0-9])\s{0,3}日"
)
_WEEKDAY_CELL = re.compile(rf"\(?\s{{0,3}}{WEEKDAY.pattern}\s{{0,3}}\)?")


def take_days(
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
        line = matches[0].re.sub(spaces, line)
    return days, _WEEKDAY_CELL.sub(spaces, line) if is_row else line


def spaces(match: re.Match[str]) -> str:
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
            findings.append(question("day_without_month", f"只写了“{span.text}”，不知道是几月。", span))
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
        findings.append(question("year_unknown", f"“{span.text}”没有写年份，通知里也找不到年份。", span))
        return None
    if day is None:
        findings.append(question("no_such_day", f"“{span.text}”这一天不存在。", span))
    return day


def question(code: str, sentence: str, span: Span, slot: int | None = None) -> Finding:
    """Something was not read, so there is nothing to rule."""
    return Finding(code, Level.question, sentence, None, span, slot)
