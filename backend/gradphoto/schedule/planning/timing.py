"""Arithmetic of the day: what fits into a slot, when a class must come, how fast the room really is, what spills."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from math import ceil
from statistics import median

FEWEST_SHOTS = 5
SHORTEST_PAUSE_SECONDS = 120.0


def capacity(slot_minutes: int, people: int, minutes: int) -> int:
    """People who fit into a slot at `people` per `minutes` (notice: 30 人/10 分钟)."""
    return slot_minutes * people // minutes


def seconds_each(people: int, minutes: int) -> float:
    """30 人/10 分钟 -> 20.0 seconds a person."""
    return minutes * 60 / people


def planned_start(slot_start: datetime, index: int, seconds_per_person: float) -> datetime:
    """When the student with `index` (from 0) others before them in the slot should be shot."""
    return slot_start + timedelta(seconds=index * seconds_per_person)


def arrivals(
    slot_start: datetime, heads: Sequence[int], seconds_per_person: float, lead_minutes: int, round_to: int = 5
) -> list[datetime]:
    """When each class is told to be at the door; `heads` are its classes in their order, the answer is as long.

    The planned first shot less the lead, rounded down to a full `round_to` minutes of the clock, but never earlier
    than the lead before the slot: nobody is called into another college's time.
    """
    lead = timedelta(minutes=lead_minutes)
    told, before = [], 0
    for count in heads:
        first_shot = planned_start(slot_start, before, seconds_per_person)
        told.append(max(_round_down(first_shot - lead, round_to), slot_start - lead))
        before += count
    return told


def _round_down(at: datetime, minutes: int) -> datetime:
    return at.replace(second=0, microsecond=0) - timedelta(minutes=(at.hour * 60 + at.minute) % minutes)


def pace(shot_times: Sequence[datetime], plan_seconds: float, window: int = 30) -> float:
    """Measured seconds a person at one camera: the median interval of its last `window` shots, in any order given.

    A gap longer than three medians, and than two minutes, is a pause and does not count. Fewer than five shots say
    nothing yet: the plan holds.
    """
    shots = sorted(shot_times)[-window:]
    if len(shots) < FEWEST_SHOTS:
        return plan_seconds
    gaps = [(later - earlier).total_seconds() for earlier, later in pairwise(shots)]
    longest = max(3 * median(gaps), SHORTEST_PAUSE_SECONDS)
    return median(gap for gap in gaps if gap <= longest) or plan_seconds


def wait_seconds(ahead: int, seconds_per_person: float, stations: int) -> int:
    """How long somebody with `ahead` people before them still waits, at `stations` cameras of equal pace."""
    return ceil(ahead * seconds_per_person / max(1, stations))


@dataclass(frozen=True)
class SlotLoad:
    """A slot as the clock sees it; `venue` is whatever tells one room from another."""

    venue: str
    starts_at: datetime
    ends_at: datetime
    heads: int
    cameras: int = 1


@dataclass(frozen=True)
class Spill:
    """`over` is heads minus capacity: below zero it is spare room."""

    slot: SlotLoad
    heads: int
    capacity: int
    over: int
    starts_really: datetime
    ends_really: datetime


def spill(slots: Sequence[SlotLoad], people: int, minutes: int, *, may_start_early: bool = False) -> list[Spill]:
    """When each slot really starts and ends if nobody is sent away; the answer is in the order of `slots`.

    A slot waits until the one before it in its room is done. It starts at its own time, unless `may_start_early` and
    it follows without a break: then it starts as soon as the room is free.
    """
    free: dict[str, tuple[datetime, datetime]] = {}
    spills: dict[int, Spill] = {}
    for index in sorted(range(len(slots)), key=lambda i: (slots[i].starts_at, slots[i].ends_at)):
        slot = slots[index]
        planned_end, really_free = free.get(slot.venue, (slot.starts_at, slot.starts_at))
        follows_at_once = may_start_early and slot.venue in free and planned_end == slot.starts_at
        starts = really_free if follows_at_once else max(slot.starts_at, really_free)
        ends = planned_start(starts, slot.heads, seconds_each(people * slot.cameras, minutes))
        free[slot.venue] = (slot.ends_at, ends)
        fits = capacity(int((slot.ends_at - slot.starts_at).total_seconds()) // 60, people * slot.cameras, minutes)
        spills[index] = Spill(slot, slot.heads, fits, slot.heads - fits, starts, ends)
    return [spills[index] for index in range(len(slots))]
