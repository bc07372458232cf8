"""The days of a timetable: full dates, 10.23 in a cell, a bare 24 日, and the weekday that should agree."""

import re
from datetime import date, timedelta

from gradphoto.schedule.notice.proposal import Choice, Fact, NoticeFacts, Span
from gradphoto.schedule.notice.rulings import Findings
from gradphoto.schedule.notice.text import (
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

Day = Fact[date]
_FULL_DAY = re.compile(DATE)
# In a timetable a day may also be written 10.23, 10/23 in a cell of its own, or as a bare 24 日 below 10 月 23 日.
_SHORT_DAY = re.compile(
    r"(?:^|[\t ])(?P<month>1[0-2]|0?[1-9])[./](?P<day>[0-3]?[0-9])(?=[\s(]|$)"
    r"|(?<![0-9月年])(?P<bare>[0-3]?[0-9])\s{0,3}日"
)
_WEEKDAY_CELL = re.compile(rf"\(?\s{{0,3}}{WEEKDAY.pattern}\s{{0,3}}\)?")


def take_days(
    page: Reading, line: str, start: int, above: Day | None, facts: NoticeFacts, findings: Findings, is_row: bool
) -> tuple[list[tuple[int, Day | None]], str]:
    """The days of a line with their positions, and the line with days and weekdays blanked out.

    `start` is where the line begins in the notice, `above` the day in force there. Only in a row of a timetable is
    10.23 or 24 日 a day.
    """
    matches = list(_FULL_DAY.finditer(line)) or (list(_SHORT_DAY.finditer(line)) if is_row else [])
    days: list[tuple[int, Day | None]] = []
    for match in matches:
        span = page.span(start + match.start(), start + match.end())
        value = _day(match, span, above, facts, findings)
        days.append((match.start(), Fact(value, span) if value else None))
    weekday = WEEKDAY.search(line) if is_row else None
    shown = days[-1][1] if days else above
    if weekday and shown and len(days) < 2:
        ruled = _ruled_by_weekday(page, weekday, start, shown, findings)
        days = [(days[-1][0] if days else weekday.start(), ruled)] if ruled is not shown else days
    if matches:
        line = matches[0].re.sub(spaces, line)
    return days, _WEEKDAY_CELL.sub(spaces, line) if is_row else line


def is_row(line: str) -> bool:
    return TIME_RANGE.search(line) is not None or len(line) < 40


def spaces(match: re.Match[str]) -> str:
    return " " * len(match[0])


def _ruled_by_weekday(page: Reading, weekday: re.Match[str], start: int, shown: Day, findings: Findings) -> Day:
    """The day as dated; or the nearest one that is the weekday told, if a person ruled so."""
    told, day = WEEKDAYS.index(weekday["weekday"].replace("天", "日")), shown.value
    if told == day.weekday():
        return shown
    away = (told - day.weekday() + 3) % 7 - 3
    other = day + timedelta(days=away)
    right = f"周{WEEKDAYS[day.weekday()]}"
    span = page.span(start + weekday.start(), start + weekday.end())
    taken = findings.ask(
        "weekday_mismatch",
        f"通知写的是{weekday[0]}，但 {day.year} 年 {day.month} 月 {day.day} 日是{right}。",
        (
            Choice("date", f"按日期 {day.month} 月 {day.day} 日（{right}）安排。"),
            Choice("weekday", f"按{weekday[0]}安排，即 {other.month} 月 {other.day} 日。"),
        ),
        span,
        about=f"{shown.span.text}{weekday[0]}",
    )
    return shown if taken == "date" else Fact(other, shown.span)


def _day(match: re.Match[str], span: Span, above: Day | None, facts: NoticeFacts, findings: Findings) -> date | None:
    """The day a cell means. A year that is not there comes from the days of the shoot, then from the date of issue."""
    if match.re is _FULL_DAY:
        year, month, number = month_and_day(match)
    elif match["bare"]:
        known = above or facts.shoot_from
        if known is None:
            findings.unread("day_without_month", f"只写了“{span.text}”，不知道是几月。", span)
            return None
        year, month, number = known.value.year, known.value.month, int(match["bare"])
    else:
        year, month, number = None, int(match["month"]), int(match["day"])
    if year:
        day = day_of(year, month, number)
    elif facts.shoot_from:
        day = nearest(facts.shoot_from.value, month, number)
    elif facts.date_issued:
        day = next_on_or_after(facts.date_issued.value, month, number)
    elif facts.cohort:
        day = _assumed(facts.cohort.value, month, number, span, findings)
    else:
        findings.unread("year_unknown", f"“{span.text}”没有写年份，通知里也找不到年份。", span)
        return None
    if day is None:
        findings.unread("no_such_day", f"“{span.text}”这一天不存在。", span)
    return day


def _assumed(cohort: int, month: int, number: int, span: Span, findings: Findings) -> date | None:
    """The year before graduation for the autumn, the year itself for the spring; a person may rule otherwise."""
    year = cohort - (month >= 9)
    other = cohort - (month < 9)
    day = day_of(year, month, number)
    if day is None:
        return None
    taken = findings.ask(
        "year_assumed",
        f"“{span.text}”没有写年份，按 {cohort} 届推算为 {year} 年。",
        (Choice("assumed", f"按 {year} 年安排。"), Choice("other", f"按 {other} 年安排。")),
        span,
    )
    return day if taken == "assumed" else day_of(other, month, number)
