"""A whole campaign simulated, seeded: how long people wait and the camera idles, by how they are told to come.

The model: times at the camera are lognormal, people come around the minute they were told (normal), some not at all.
Only what is random is the model's; who is told what comes from `minutes`, as on the day.
"""

import heapq
import math
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import groupby

from gradphoto.schedule.planning.cameras import Cameras
from gradphoto.schedule.planning.minutes import (
    GIVEN_UP,
    LOOK_AT,
    MINUTE,
    NOTICE,
    SHARE_PLANNED,
    Expected,
    blocks,
    earliest,
    forecast,
    mark_last_before_break,
    measured_pace,
    measured_share,
    tell_again,
    told,
)


class Mode(StrEnum):
    """notice: a college at its slot's start. by_class: a class at its first minute. own_minute, replanned: each."""

    notice = "notice"
    by_class = "by_class"
    own_minute = "own_minute"
    replanned = "replanned"


@dataclass(frozen=True)
class SimSlot:
    """One slot: `room` and `day` tell lines apart, times are seconds of the day, `heads` its classes in order."""

    room: str
    day: str
    starts: float
    ends: float
    heads: tuple[int, ...]
    cameras: int = 1


@dataclass(frozen=True)
class Model:
    """`stop`: (day, from, until) in which no camera works."""

    plan_seconds: float = 20.0
    mean_seconds: float = 20.0
    cv: float = 0.5
    jitter_seconds: float = 120.0
    no_show: float = 0.03
    lead_seconds: float = 120.0
    stop: tuple[str, float, float] | None = None


@dataclass(frozen=True)
class Outcome:
    """Waits in minutes over all who came, `idle` as a share of the time that cameras had somebody left to shoot.

    `ends` by (room, day) in seconds of the day; `told_again` tellings a student after the first.
    """

    mean_wait: float
    p95_wait: float
    longest_queue: float
    idle: float
    told_again: float
    shot: float
    ends: dict[tuple[str, str], float]
    waits_by_half_hour: dict[tuple[str, str], list[tuple[float, float]]] = field(default_factory=dict)


@dataclass
class _Student:
    expected: Expected
    block: int
    told: float
    comes: bool
    jitter: float
    service: float
    tellings: int = 0
    on_the_way: bool = False
    arrived: bool = False


@dataclass
class _Tally:
    waits: list[tuple[float, float]] = field(default_factory=list)  # (arrival, wait)
    idle: float = 0.0
    busy: float = 0.0
    longest: int = 0
    tellings: int = 0
    ends: float = 0.0


def simulate(slots: Sequence[SimSlot], mode: Mode, model: Model, seeds: Sequence[int]) -> Outcome:
    """The mean over `seeds` of every figure. The same arguments give the same answer."""
    runs = [_run(slots, mode, model, seed) for seed in seeds]
    count = len(runs)
    by_half_hour = {key: _half_hours([run[key] for run in runs]) for key in runs[0]}
    waits = [sorted(wait for tally in run.values() for _, wait in tally.waits) or [0.0] for run in runs]
    return Outcome(
        mean_wait=sum(sum(one) / len(one) for one in waits) / count / MINUTE,
        p95_wait=sum(one[int(0.95 * len(one))] for one in waits) / count / MINUTE,
        longest_queue=sum(max(tally.longest for tally in run.values()) for run in runs) / count,
        idle=sum(_share_idle(run.values()) for run in runs) / count,
        told_again=sum(sum(tally.tellings for tally in run.values()) for run in runs)
        / count
        / sum(sum(slot.heads) for slot in slots),
        shot=sum(len(tally.waits) for run in runs for tally in run.values()) / count,
        ends={key: sum(run[key].ends for run in runs) / count for key in runs[0]},
        waits_by_half_hour=by_half_hour,
    )


def simulate_all(slots: Sequence[SimSlot], model: Model, seeds: Sequence[int]) -> list[tuple[Mode, Outcome]]:
    return [(mode, simulate(slots, mode, model, seeds)) for mode in Mode]


def _share_idle(tallies: Iterable[_Tally]) -> float:
    idle, busy = (sum(column) for column in zip(*((one.idle, one.busy) for one in tallies), strict=True))
    return idle / (idle + busy) if idle + busy else 0.0


def _half_hours(tallies: Sequence[_Tally]) -> list[tuple[float, float]]:
    """(half hour of arrival, mean wait in minutes) for the chart."""
    found: dict[float, list[float]] = {}
    for arrival, wait in (pair for tally in tallies for pair in tally.waits):
        found.setdefault(arrival // (30 * MINUTE) * 30 * MINUTE, []).append(wait)
    return [(at, sum(waits) / len(waits) / MINUTE) for at, waits in sorted(found.items())]


# --- one room, one day ------------------------------------------------------------------------------------------------


def _run(slots: Sequence[SimSlot], mode: Mode, model: Model, seed: int) -> dict[tuple[str, str], _Tally]:
    """Every room goes through its days in order and remembers its pace."""
    rng = random.Random(seed)
    tallies = {}
    ordered = sorted(slots, key=lambda slot: (slot.room, slot.day, slot.starts))
    for room, of_room in groupby(ordered, key=lambda slot: slot.room):
        gaps: list[float] = []
        for day, of_day in groupby(of_room, key=lambda slot: slot.day):
            stop = model.stop[1:] if model.stop and model.stop[0] == day else None
            tallies[room, day] = _Day(list(of_day), mode, model, gaps, rng, stop).run()
    return tallies


class _Day:
    """The line of one room on one day, minute by minute; between minutes the cameras work through it."""

    def __init__(
        self,
        slots: list[SimSlot],
        mode: Mode,
        model: Model,
        gaps: list[float],
        rng: random.Random,
        stop: tuple[float, float] | None,
    ) -> None:
        self.slots, self.mode, self.model, self.gaps, self.stop = slots, mode, model, gaps, stop
        self.students, self.opens = self._students(rng)
        self.left = [sum(one.comes for one in self.students if one.block == i) for i in range(len(self.opens))]
        self.coming: list[tuple[float, int]] = []  # (when there, student)
        self.line: list[tuple[int, float]] = []  # (student, since when)
        self.cameras = Cameras([(slot.starts, slot.cameras) for slot in slots])
        self.tally = _Tally(ends=self.opens[0])
        self.not_on_the_way = list(range(len(self.students)))

    def _students(self, rng: random.Random) -> tuple[list[_Student], list[float]]:
        """In the order of the shoot, told what the mode tells them; and when each block between breaks opens."""
        model, live = self.model, self.mode is Mode.replanned
        opens = blocks([(slot.starts, slot.ends) for slot in self.slots])
        order = [
            (i, k) for i, slot in enumerate(self.slots) for k, heads in enumerate(slot.heads) for _ in range(heads)
        ]
        block_of = [opens[i] for i, _ in order]
        expected = [Expected(earliest(self.slots[i].starts, opens[i]), None, self.slots[i].cameras) for i, _ in order]
        mark_last_before_break(expected, block_of)
        each = measured_pace(self.gaps, model.plan_seconds) if live else model.plan_seconds
        planned = forecast(opens[0], expected, each, SHARE_PLANNED)
        minutes = [told(at, model.lead_seconds + one.sooner) for at, one in zip(planned, expected, strict=True)]
        if self.mode is Mode.notice:
            minutes = [self.slots[slot].starts for slot, _ in order]
        elif self.mode is Mode.by_class:
            first = {share: minutes[k] for k, share in reversed(list(enumerate(order)))}
            minutes = [first[share] for share in order]
        if live:
            for one, (i, _) in zip(expected, order, strict=True):
                one.earliest = earliest(self.slots[i].starts, opens[i], live)
        blocks_in_order = {block: i for i, block in enumerate(dict.fromkeys(opens))}
        sigma = math.sqrt(math.log(1 + model.cv**2))
        mu = math.log(model.mean_seconds) - sigma**2 / 2
        return [
            _Student(
                expected=one,
                block=blocks_in_order[block],
                told=minute,
                comes=rng.random() >= model.no_show,
                jitter=rng.gauss(0, model.jitter_seconds),
                service=rng.lognormvariate(mu, sigma),
            )
            for one, block, minute in zip(expected, block_of, minutes, strict=True)
        ], list(dict.fromkeys(opens))

    def run(self) -> _Tally:
        now = self.opens[0] - 2 * NOTICE
        while any(self.left):
            self._set_out(now)
            if self.mode is Mode.replanned and now >= self.opens[0]:
                self._replan(now)
            self._work_until(now + MINUTE)
            now += MINUTE
        self.tally.tellings = sum(one.tellings for one in self.students)
        return self.tally

    def _set_out(self, now: float) -> None:
        """Who is due within the notice is on the way, and comes around that minute or not at all."""
        rest = []
        for k in self.not_on_the_way:
            one = self.students[k]
            if one.told > now + NOTICE:
                rest.append(k)
                continue
            one.on_the_way = True
            if one.comes:
                heapq.heappush(self.coming, (one.told + one.jitter, k))
        self.not_on_the_way = rest

    def _replan(self, now: float) -> None:
        each = measured_pace(self.gaps, self.model.plan_seconds)
        due, came, awaited = 0, 0, []
        for one in self.students:
            if one.told < now - GIVEN_UP:
                due, came = due + 1, came + one.arrived
            elif one.told <= now + LOOK_AT and not one.arrived:
                one.expected.told = one.told
                awaited.append(one)
        share = measured_share(came, due)
        at_work = self.cameras.at_work(now)
        free = max(now, sum(at_work) / len(at_work)) + len(self.line) * each / len(at_work)
        planned = forecast(free, [one.expected for one in awaited], each, share, now + NOTICE)
        for one, at in zip(awaited, planned, strict=True):
            again = tell_again(now, one.told, at, self.model.lead_seconds + one.expected.sooner)
            if again is not None:
                one.told = again
                one.tellings += 1

    def _work_until(self, until: float) -> None:
        cameras = self.cameras
        while True:
            camera = cameras.first_free()
            free = cameras.free[camera]
            while self.coming and self.coming[0][0] <= min(max(free, self.opens[0]), until):
                there, k = heapq.heappop(self.coming)
                self.students[k].arrived = True
                heapq.heappush(self.line, (k, there))
            self.tally.longest = max(self.tally.longest, len(self.line))
            if free >= until:
                return
            if free >= cameras.works_until[camera]:
                cameras.next_shift(camera)
            elif self.stop and self.stop[0] <= free < self.stop[1]:
                cameras.free[camera] = self.stop[1]
            elif self.line:
                self._shoot(camera, *heapq.heappop(self.line))
            else:
                next_there = self.coming[0][0] if self.coming else until
                cameras.free[camera] = min(max(next_there, free), until, cameras.works_until[camera])
                self._idle(free, cameras.free[camera])

    def _shoot(self, camera: int, k: int, since: float) -> None:
        free, one = self.cameras.free[camera], self.students[k]
        self.left[one.block] -= 1
        self.tally.waits.append((since, max(0.0, free - since)))
        self.tally.busy += one.service
        self.cameras.free[camera] = done = free + one.service
        self.tally.ends = max(self.tally.ends, done)
        self.gaps.append(one.service)

    def _idle(self, begins: float, ends: float) -> None:
        """Idle is only while somebody of a block that has begun is still to come: a break is no idleness."""
        block = next((i for i, left in enumerate(self.left) if left), None)
        if block is not None:
            self.tally.idle += max(0.0, ends - max(begins, self.opens[block]))
