"""The letters of a notice: widths made even without moving a character, dates, times of day, sentences."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from gradphoto.schedule.notice.proposal import Fact, Span, T

# One character for one character, so that a place in the plain text is the same place in the notice.
_PLAIN = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_PLAIN |= dict.fromkeys(map(ord, "‐‑‒–—―−～〜~"), ord("-"))
_PLAIN |= dict.fromkeys(map(ord, "*＊\u3000\xa0\u200b\ufeff"), ord(" "))
_PLAIN |= dict.fromkeys(map(ord, "|｜"), ord("\t"))
_PLAIN |= dict.fromkeys(map(ord, "\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"), ord("\n"))
_PLAIN |= {ord("、"): ord(",")}

# Every repetition in the patterns of this package is bounded: a hostile text costs time in proportion to its length.
DATE = (
    r"(?<![0-9])(?:(?:(?P<year>20[0-9]{2})\s{0,3}年\s{0,3})?"
    r"(?P<month>[0-9]{1,2})\s{0,3}月\s{0,3}(?P<day>[0-9]{1,2})\s{0,3}[日号]"
    r"|(?P<year_>20[0-9]{2})(?P<dot>[-/.])(?P<month_>[0-9]{1,2})(?P=dot)(?P<day_>[0-9]{1,2})(?![0-9]))"
)
_TIME = (
    r"(?P<part{n}>上午|早上|早晨|中午|下午|午后|晚上)?\s{{0,3}}:?\s{{0,3}}(?<![0-9:])(?P<hour{n}>[0-9]{{1,2}})\s{{0,2}}"
    r"(?::\s{{0,2}}(?P<minute{n}>[0-9]{{2}})(?![0-9])"
    r"|[点时]\s{{0,2}}(?:(?P<minutes{n}>[0-9]{{1,2}})\s{{0,2}}分?|(?P<half{n}>半)|整)?)"
)
TIME = re.compile(_TIME.format(n=""))
TIME_RANGE = re.compile(
    rf"(?P<from>{_TIME.format(n=1)})\s{{0,3}}(?:-{{1,3}}|至|到)\s{{0,3}}(?P<to>{_TIME.format(n=2)})"
)
WEEKDAY = re.compile(r"(?:周|星期|礼拜)\s?(?P<weekday>[一二三四五六日天])")
WEEKDAYS = "一二三四五六日"

_SENTENCE = re.compile(r"[^。;\n]+")
_BULLET = re.compile(r"[\s\-•·#]{0,20}(?:\(?[0-9一二三四五六七八九十]{1,3}[,.)])?\s{0,20}")


@dataclass(frozen=True)
class Reading:
    """A notice as it came (`text`) and with even widths (`plain`), character for character."""

    text: str
    plain: str

    def span(self, start: int, end: int) -> Span:
        """The stretch without the white space around it."""
        piece = self.plain[start:end]
        start += len(piece) - len(piece.lstrip())
        end = max(start, end - (len(piece) - len(piece.rstrip())))
        return Span(start, end, self.text[start:end])

    def fact(self, value: T, match: re.Match[str], group: str | int = 0) -> Fact[T]:
        return Fact(value, self.span(*match.span(group)))

    def sentences(self) -> Iterator[tuple[int, int]]:
        """Start and end of each sentence or line, without bullet or number."""
        for match in _SENTENCE.finditer(self.plain):
            bullet = _BULLET.match(self.plain, *match.span())
            start = bullet.end() if bullet else match.start()
            if self.plain[start : match.end()].strip():
                yield start, match.end()

    def line_around(self, start: int, end: int, reach: int = 200) -> str:
        before = self.plain[max(0, start - reach) : start]
        return before[before.rfind("\n") + 1 :] + self.plain[start : end + reach].partition("\n")[0]

    def sentence_around(self, start: int, end: int, reach: int = 200) -> str:
        before = self.plain[max(0, start - reach) : start]
        after = self.plain[end : end + reach]
        return re.split(r"[。;\n]", before)[-1] + self.plain[start:end] + re.split(r"[。;\n]", after)[0]


def reading(text: str) -> Reading:
    return Reading(text, text.replace("\r\n", " \n").replace("\r", "\n").translate(_PLAIN))


def tidy(text: str) -> str:
    """Words for a screen: no emphasis marks, no doubled spaces."""
    return " ".join(text.replace("*", "").split())


def month_and_day(match: re.Match[str]) -> tuple[int | None, int, int]:
    """(year or None, month, day) of a match of DATE."""
    year = match["year"] or match["year_"]
    return int(year) if year else None, int(match["month"] or match["month_"]), int(match["day"] or match["day_"])


def day_of(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def nearest(to: date, month: int, day: int) -> date | None:
    """The day of that month and number that is closest to `to`, in whichever year."""
    days = [found for year in (to.year - 1, to.year, to.year + 1) if (found := day_of(year, month, day))]
    return min(days, key=lambda found: abs(found - to), default=None)


def next_on_or_after(earliest: date, month: int, day: int) -> date | None:
    """The first such day not before `earliest`: a notice of December speaks of March of the next year."""
    this, following = day_of(earliest.year, month, day), day_of(earliest.year + 1, month, day)
    return this if this and this >= earliest else following


def minute_of_day(match: re.Match[str], n: str = "", part: str | None = None) -> int | None:
    """Minutes since midnight of the nth time in a match, None if there is none such. `part`: 上午 or 下午 if unsaid."""
    hour, minute = int(match[f"hour{n}"]), int(match[f"minute{n}"] or match[f"minutes{n}"] or 0)
    minute = 30 if match[f"half{n}"] else minute
    part = match[f"part{n}"] or part
    if (part in ("下午", "午后", "晚上") and hour < 12) or (part == "中午" and hour < 3):
        hour += 12
    return hour * 60 + minute if minute < 60 and hour * 60 + minute <= 24 * 60 else None
