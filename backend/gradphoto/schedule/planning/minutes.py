"""Everybody's own minute: when each student is planned before the camera, what they are told, and when told again.

Pure, in seconds of any one clock. The timetable, the live re-planning and the simulator all use these functions, so
that what is simulated is what happens. docs/decisions/0009-own-minutes.md has the figures behind the constants.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor
from statistics import median

MINUTE = 60.0
BREAK = 20 * MINUTE  # a gap between slots in which the camera rests
ROUND_TO = 5 * MINUTE  # what a person can remember
EARLIER_THAN_SLOT = 15 * MINUTE  # how long before the slot's own beginning its students may be planned
EARLIER_LIVE = 45 * MINUTE  # the same when the camera runs ahead on the day; the door opens no earlier
SHARE_PLANNED = 0.99  # of 100 students so many are planned to come; a little less than all, or the camera waits
LAST_BEFORE_BREAK = 15  # nobody comes after these: while one of them is late the camera stands idle,
COME_EARLIER = 3 * MINUTE  # so they are told this much earlier
SHARE_PRIOR = 0.97  # as long as nobody has been counted
TELL_AGAIN = 5 * MINUTE  # a smaller move is not told
NOTICE = 10 * MINUTE  # nobody is told a minute closer than this; who is due sooner is on the way
GIVEN_UP = 10 * MINUTE  # who is later than this is no longer waited for
LIVE_LEAD = MINUTE  # on the day the told minutes are off by up to TELL_AGAIN: so much more stands in line
LOOK_AHEAD = 60 * MINUTE  # who comes later than this is told when it is surer
LOOK_AT = LOOK_AHEAD + EARLIER_LIVE  # who was told a minute later than this is not forecast at all yet
PRIOR_SHOTS = 10  # shots at the planned pace that measuring begins with
TOO_QUICK = 0.2  # of the planned pace: presses sent together after a lost network, not students
WINDOW = 100  # shots that the pace is measured on


@dataclass(slots=True)
class Expected:
    """A student who has not come yet. `told` is None before the first telling; `earliest` from slot and room;
    `sooner`: told so much earlier than others."""

    earliest: float
    told: float | None = None
    cameras: int = 1
    sooner: float = 0.0


def blocks(slots: Sequence[tuple[float, float]]) -> list[float]:
    """When the block of each slot opens; slots (start, end) of one room and day, in order. A break ends a block."""
    opens: list[float] = []
    for i, (starts, _) in enumerate(slots):
        opens.append(starts if not i or starts - slots[i - 1][1] >= BREAK else opens[-1])
    return opens


def earliest(slot_starts: float, block_opens: float, live: bool = False) -> float:
    """A student may be planned a little before the slot's own beginning, never before the block opens."""
    return max(block_opens, slot_starts - (EARLIER_LIVE if live else EARLIER_THAN_SLOT))


def mark_last_before_break(expected: Sequence[Expected], block_of: Sequence[float]) -> None:
    """Sets `sooner` of the last of each block; both arguments in the order of the shoot."""
    left: dict[float, int] = {}
    for one, block in zip(reversed(expected), reversed(block_of), strict=True):
        left[block] = left.get(block, 0) + 1
        one.sooner = COME_EARLIER if left[block] <= LAST_BEFORE_BREAK else 0.0


def forecast(
    free_at: float, expected: Sequence[Expected], each: float, share: float, on_the_way: float = float("-inf")
) -> list[float]:
    """When each of `expected` (in the order of the shoot) is shot, if the camera is free for them from `free_at`.

    `each` is seconds a person at one camera, `share` the part of them that comes. Those told a minute before
    `on_the_way` cannot be shot before they are there; the others come when they are asked to.
    """
    at, planned = free_at, []
    for one in expected:
        there = one.told if one.told is not None and one.told <= on_the_way else at
        at = max(at, one.earliest, there)
        planned.append(at)
        at += each * share / one.cameras
    return planned


def told(planned: float, lead: float) -> float:
    """The minute that is told for a planned shot: `lead` earlier, to the nearest five minutes of the clock."""
    return floor((planned - lead) / ROUND_TO + 0.5) * ROUND_TO


def tell_again(now: float, before: float, planned: float, lead: float) -> float | None:
    """The new minute, or None where the old one stands: on the way already, far off yet, or moved too little."""
    if before <= now + NOTICE:
        return None
    new = told(planned, lead + LIVE_LEAD)
    if min(new, before) > now + LOOK_AHEAD:
        return None
    if new < now + NOTICE:
        new = ceil((now + NOTICE) / MINUTE) * MINUTE
    return new if abs(new - before) > TELL_AGAIN else None


def measured_pace(gaps: Sequence[float], plan: float) -> float:
    """Seconds a person at one camera, from the last `WINDOW` of `gaps`, beginning with the plan.

    A gap is the time a camera took for one student who was there. More than three medians of the last thirty is a
    pause and left out; so is what is far too quick to have been a student. The mean of the rest, not their median:
    times at a camera are skewed, and a median, 11 % too short at cv 0.5, would call people too early all day.
    """
    last = [gap for gap in gaps[-WINDOW:] if gap > plan * TOO_QUICK]
    longest = 3 * median(last[-30:]) if len(last) >= 5 else 3 * plan
    kept = [gap for gap in last if gap <= longest]
    return (plan * PRIOR_SHOTS + sum(kept)) / (PRIOR_SHOTS + len(kept))


def measured_share(came: int, due: int) -> float:
    """The part of the students that comes, of `due` whose minute is well past; begins with SHARE_PRIOR."""
    return (SHARE_PRIOR * 100 + came) / (100 + due)
