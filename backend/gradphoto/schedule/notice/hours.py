"""From when to when: 8:00-9:40, 上午8时至9时半, two cells, or 第1-2节 by the periods that the notice states."""

import re
from dataclasses import dataclass, field, replace

from gradphoto.schedule.notice.text import TIME, TIME_RANGE, Reading, minute_of_day

_NUMBER = r"[0-9]{1,2}|[一二三四五六七八九十]{1,2}"
PERIODS = re.compile(
    rf"第?\s{{0,2}}(?P<first>{_NUMBER})\s{{0,2}}(?:节?\s{{0,2}}[-,至到]\s{{0,2}}第?\s{{0,2}}(?P<last>{_NUMBER})\s{{0,2}})?(?:大|小)?节课?"
)
_DIGITS = {word: number for number, word in enumerate("一二三四五六七八九十", 1)}
_BETWEEN = re.compile(r"[\s:(=为是,]{0,6}")


@dataclass(frozen=True)
class Hours:
    """A time from-to at `start`..`end` of its line, in minutes since midnight; None = no such time of day."""

    start: int
    end: int
    written: str
    begins: int | None
    ends: int | None
    begin_at: tuple[int, int]
    end_at: tuple[int, int]
    part: str | None = None
    may_cross_noon: bool = False

    def moved(self, by: int) -> "Hours":
        """The same, counted from further left."""
        begin, end = self.begin_at, self.end_at
        return replace(
            self,
            start=self.start + by,
            end=self.end + by,
            begin_at=(begin[0] + by, begin[1] + by),
            end_at=(end[0] + by, end[1] + by),
        )


@dataclass
class Periods:
    """第 n 节: when it begins and ends, as far as the notice says so."""

    begins: dict[int, int] = field(default_factory=dict)
    ends: dict[int, int] = field(default_factory=dict)


def hours_in(line: str, periods: Periods, part: str | None = None) -> list[Hours]:
    """Times of day; without any, the periods that are known. `part`: 上午 or 下午 from another cell."""
    ranges = [_of_range(match, part) for match in TIME_RANGE.finditer(line)]
    return ranges or [found for match in PERIODS.finditer(line) if (found := _of_periods(match, periods))]


def hours_of_cells(line: str, begin: tuple[int, int], end: tuple[int, int], part: str | None) -> Hours | None:
    """From a cell 开始 and a cell 结束."""
    first, last = TIME.search(line, *begin), TIME.search(line, *end)
    if not first or not last:
        return None
    written = f"{first[0].strip()}-{last[0].strip()}"
    before = first["part"] or part
    ends = minute_of_day(last, part=before)
    edges = min(first.start(), last.start()), max(first.end(), last.end())
    return Hours(*edges, written, minute_of_day(first, part=part), ends, _trimmed(first), _trimmed(last), before)


def _of_range(match: re.Match[str], part: str | None) -> Hours:
    before = match["part1"] or part
    return Hours(
        match.start(),
        match.end(),
        match[0].strip(),
        minute_of_day(match, "1", part),
        minute_of_day(match, "2", before),
        _trimmed(match, "from"),
        _trimmed(match, "to"),
        before,
        int(match["hour1"]) <= 12 and not match["part2"],
    )


def _trimmed(match: re.Match[str], group: str | int = 0) -> tuple[int, int]:
    return match.end(group) - len(match[group].lstrip()), match.end(group)


def _of_periods(match: re.Match[str], periods: Periods) -> Hours | None:
    first, last = _numbers(match)
    if first not in periods.begins or last not in periods.ends:
        return None
    begins, ends = periods.begins[first], periods.ends[last]
    return Hours(*match.span(), match[0].strip(), begins, ends, match.span(), match.span(), "")


def _numbers(match: re.Match[str]) -> tuple[int, int]:
    first = _number(match["first"])
    return first, _number(match["last"]) if match["last"] else first


def _number(word: str) -> int:
    if word.isdecimal():
        return int(word)
    tens, _, ones = word.partition("十")
    return _DIGITS.get(word) or (_DIGITS.get(tens, 1) * 10 + _DIGITS.get(ones, 0))


def read_periods(page: Reading) -> Periods:
    """What stands directly before a time: 第1-2节 8:00-9:40, 第三节：10:00—10:45. The first statement counts."""
    periods = Periods()
    for match in PERIODS.finditer(page.plain):
        between = _BETWEEN.match(page.plain, match.end())
        time = TIME_RANGE.match(page.plain, between.end() if between else match.end())
        if time is None:
            continue
        hours = _of_range(time, None)
        first, last = _numbers(match)
        if hours.begins is not None and hours.ends is not None and hours.begins < hours.ends:
            periods.begins.setdefault(first, hours.begins)
            periods.ends.setdefault(last, hours.ends)
    return periods


def without_periods(line: str) -> str:
    """第1-2节 beside a time of day says nothing more, and must not be read as classes."""
    return PERIODS.sub(lambda match: " " * len(match[0]), line)
