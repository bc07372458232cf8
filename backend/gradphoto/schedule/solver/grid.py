"""The problem in whole numbers: windows in grains of five minutes, and where each class may stand in each of them."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from itertools import pairwise
from math import ceil, floor

from gradphoto.schedule.models import Turn
from gradphoto.schedule.solver.values import ClassLoad, Problem, Window

Gap = tuple[int, int]  # milliseconds from the window's first grain
TURNS = {Turn.first: 0, Turn.normal: 1, Turn.last: 2}


@dataclass(frozen=True)
class Grid:
    """`usual[w]`: grains of the window less the spare; `longest[w]` is more only where we ask how much is missing.

    `gaps[c][w]`: the stretches of the window in which class c may stand (its college's bounds and its forbidden times
    taken out), only those long enough for it; `free[c][w]` says that the window has no forbidden time for it.
    """

    problem: Problem
    origins: tuple[datetime, ...]
    whole: tuple[int, ...]
    usual: tuple[int, ...]
    longest: tuple[int, ...]
    bounds: dict[tuple[str, int], Gap]
    gaps: tuple[tuple[tuple[Gap, ...], ...], ...]
    free: tuple[tuple[bool, ...], ...]

    @cached_property
    def unit_ms(self) -> int:
        return self.problem.rules.grain_minutes * 60_000

    @cached_property
    def each_ms(self) -> int:
        return ceil(self.problem.rules.seconds_each * 1000)

    @cached_property
    def members(self) -> dict[str, list[int]]:
        """Indices of the classes of each college, both in roster order."""
        members: dict[str, list[int]] = defaultdict(list)
        for index, one in enumerate(self.problem.classes):
            members[one.college].append(index)
        return dict(members)

    @cached_property
    def windows(self) -> range:
        return range(len(self.problem.windows))

    def heads(self, classes: Sequence[int]) -> int:
        return sum(self.problem.classes[c].heads for c in classes)

    def cameras(self, window: int) -> int:
        return self.problem.windows[window].cameras

    def day(self, window: int) -> date:
        return self.problem.windows[window].starts_at.date()

    def grains(self, heads: int, window: int) -> int:
        """How many grains `heads` people take there; at least one, a slot of no minutes is none."""
        return max(1, -(-heads * self.each_ms // (self.cameras(window) * self.unit_ms)))

    def at(self, window: int, milliseconds: float) -> datetime:
        shown = self.problem.windows[window].starts_at.tzinfo
        return (self.origins[window] + timedelta(milliseconds=milliseconds)).astimezone(shown)

    def in_order(self, classes: Sequence[int]) -> list[int]:
        """先拍, the others, 后拍; each in roster order."""
        return sorted(classes, key=lambda c: (TURNS[self.problem.classes[c].turn], c))

    def fits_whole(self, college: str) -> bool:
        """Whether some window is long enough for all of the college, exams or not."""
        heads = self.heads(self.members[college])
        return any(self._room(college, w) >= self.grains(heads, w) for w in self.windows)

    def whole_windows(self, college: str) -> list[int]:
        """The windows that can take all of the college, none of its classes being kept away the whole time."""
        heads = self.heads(self.members[college])
        return [
            w
            for w in self.windows
            if self._room(college, w) >= self.grains(heads, w) and all(self.gaps[c][w] for c in self.members[college])
        ]

    def fewest_windows(self, college: str) -> int:
        """By arithmetic alone; the classes' sizes may ask for one more."""
        work = self.heads(self.members[college]) * self.each_ms
        rooms = sorted((self._room(college, w) * self.cameras(w) * self.unit_ms for w in self.windows), reverse=True)
        for count, room in enumerate(rooms, 1):
            work -= room
            if work <= 0:
                return count
        return len(rooms)

    def _room(self, college: str, window: int) -> int:
        low, high = self.bounds[college, window]
        return high - low


def make_grid(problem: Problem, stretch_minutes: int = 0, with_forbidden: bool = True) -> Grid:
    """`stretch_minutes`: how much longer than planned a window may go on, never into the next one of its room."""
    rules = problem.rules
    grain = timedelta(minutes=rules.grain_minutes)
    origins = tuple(_up(window.starts_at, grain) for window in problem.windows)
    whole = [max(0, (w.ends_at - at) // grain) for w, at in zip(problem.windows, origins, strict=True)]
    usual = [
        max(0, floor((w.ends_at - at - (w.ends_at - w.starts_at) * rules.spare_share) / grain + 1e-9))
        for w, at in zip(problem.windows, origins, strict=True)
    ]
    longest = [
        max(here, min(here + stretch_minutes // rules.grain_minutes, (_next_start(problem, i) - at) // grain))
        if stretch_minutes
        else here
        for i, (here, at) in enumerate(zip(usual, origins, strict=True))
    ]
    bounds = {
        (college, w): _bounds(problem, college, origins[w], longest[w])
        for college in dict.fromkeys(one.college for one in problem.classes)
        for w in range(len(origins))
    }
    gaps, free = [], []
    for one in problem.classes:
        mine, calm = [], []
        for w, window in enumerate(problem.windows):
            low, high = (grains * rules.grain_minutes * 60_000 for grains in bounds[one.college, w])
            cuts = _cuts(one, origins[w], low, high) if with_forbidden else []
            needed = one.heads * ceil(rules.seconds_each * 1000) / window.cameras
            stretches = _without(low, high, cuts)
            mine.append(tuple((a, b) for a, b in stretches if b - a >= max(needed, 1)))
            calm.append(not cuts)
        gaps.append(tuple(mine))
        free.append(tuple(calm))
    return Grid(problem, origins, tuple(whole), tuple(usual), tuple(longest), bounds, tuple(gaps), tuple(free))


def check(problem: Problem) -> None:
    """ValueError for what is no problem at all: who asks has to refuse it before."""
    if problem.rules.grain_minutes < 1 or problem.rules.seconds_each <= 0 or not 0 <= problem.rules.spare_share < 1:
        raise ValueError("rules out of range")
    if len({one.id for one in problem.classes}) < len(problem.classes) or any(c.heads < 0 for c in problem.classes):
        raise ValueError("classes need ids of their own and counts")
    for window in problem.windows:
        if window.starts_at.tzinfo is None or window.ends_at <= window.starts_at or window.cameras < 1:
            raise ValueError("a window needs aware times, an end after its start and a camera")
    for one, other in pairwise(sorted(problem.windows, key=lambda w: (w.venue, w.starts_at))):
        if one.venue == other.venue and other.starts_at < one.ends_at:
            raise ValueError("windows of one room overlap")


def _up(at: datetime, grain: timedelta) -> datetime:
    """The next moment that the clock shows in whole grains."""
    epoch = datetime(2000, 1, 1, tzinfo=UTC)
    return epoch - ((epoch - at.astimezone(UTC)) // grain) * grain


def _next_start(problem: Problem, index: int) -> datetime:
    own: Window = problem.windows[index]
    later = [w.starts_at for w in problem.windows if w.venue == own.venue and w.starts_at >= own.ends_at]
    return min(later, default=own.ends_at + timedelta(days=1)).astimezone(UTC)


def _bounds(problem: Problem, college: str, origin: datetime, length: int) -> Gap:
    grain = timedelta(minutes=problem.rules.grain_minutes)
    low, high = 0, length
    for rule in problem.rules.between:
        if rule.college == college and rule.earliest is not None:
            low = max(low, -((origin - rule.earliest) // grain))
        if rule.college == college and rule.latest is not None:
            high = min(high, (rule.latest - origin) // grain)
    return (low, high) if low < high else (0, 0)


def _cuts(one: ClassLoad, origin: datetime, low: int, high: int) -> list[Gap]:
    millisecond = timedelta(milliseconds=1)
    spans = [((a - origin) // millisecond, -((origin - b) // millisecond)) for a, b in one.forbidden]
    return sorted((a, b) for a, b in spans if a < high and b > low)


def _without(low: int, high: int, cuts: Sequence[Gap]) -> list[Gap]:
    stretches, at = [], low
    for start, end in cuts:
        if start > at:
            stretches.append((at, start))
        at = max(at, end)
    return [*stretches, (at, high)] if high > at else stretches
