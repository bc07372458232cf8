"""What is asked of the timetable solver and what it answers: plain values that travel between processes."""

from dataclasses import dataclass
from datetime import datetime

from gradphoto.schedule.models import Turn

Period = tuple[datetime, datetime]


@dataclass(frozen=True)
class Window:
    """When a room may be used; lunch is the gap between two windows. Times are aware, in the zone that people read."""

    venue: str
    starts_at: datetime
    ends_at: datetime
    cameras: int = 1


@dataclass(frozen=True)
class ClassLoad:
    """A class group, in roster order; `forbidden` is when it has exams or courses."""

    id: str
    name: str
    college: str
    heads: int
    forbidden: tuple[Period, ...] = ()
    turn: Turn = Turn.normal


@dataclass(frozen=True)
class Between:
    """A college may be photographed only from `earliest` to `latest`; None leaves that side open."""

    college: str
    earliest: datetime | None = None
    latest: datetime | None = None


@dataclass(frozen=True)
class Rules:
    """`together`: a college in one piece; one that no window can hold in as few windows as possible, one more at most.
    `spare_share`: so much of every window stays free at its end. `order`: colleges as they should come, if possible.
    """

    seconds_each: float
    grain_minutes: int = 5
    together: bool = True
    spare_share: float = 0.03
    between: tuple[Between, ...] = ()
    order: tuple[str, ...] = ()


@dataclass(frozen=True)
class Problem:
    windows: tuple[Window, ...]
    classes: tuple[ClassLoad, ...]
    rules: Rules


@dataclass(frozen=True)
class PlacedClass:
    class_id: str
    turn: Turn
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class SolvedSlot:
    """`classes` in the order of the shoot; `window` is the index of its window in the problem."""

    window: int
    venue: str
    starts_at: datetime
    ends_at: datetime
    college: str
    cameras: int
    heads: int
    classes: tuple[PlacedClass, ...]


@dataclass(frozen=True)
class Figures:
    """`free_minutes`: at the end of each window, in the problem's order. `fullest`: share of the fullest window.
    `spill_minutes`: what would run over the windows' ends, all together, if the camera were 15 % slower than planned.
    """

    used_minutes: int
    free_minutes: tuple[int, ...]
    fullest: float
    spill_minutes: int
    split_colleges: tuple[str, ...]
    day_ends: tuple[datetime, ...]


@dataclass(frozen=True)
class Solved:
    """`slots` by room and time. `proven`: no better timetable exists; else `gap` is how far it may be from the best."""

    slots: tuple[SolvedSlot, ...]
    figures: Figures
    proven: bool
    gap: float
    seconds: float


@dataclass(frozen=True)
class Collision:
    """Rules that cannot hold together, with figures, and a way out. `windows` are indices."""

    code: str
    sentence: str
    way_out: str
    colleges: tuple[str, ...] = ()
    class_ids: tuple[str, ...] = ()
    windows: tuple[int, ...] = ()


@dataclass(frozen=True)
class Collides:
    """`proven`: there is no timetable under these rules. Else none was found in the time given, which says nothing."""

    collisions: tuple[Collision, ...]
    proven: bool
    seconds: float
