"""The arithmetic of the day: capacity, arrivals, measured pace, waiting, and what spills into the next slot."""

from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradphoto.schedule.planning.timing import (
    SlotLoad,
    arrivals,
    capacity,
    pace,
    planned_start,
    seconds_each,
    spill,
    wait_seconds,
)

SHANGHAI = ZoneInfo("Asia/Shanghai")
NINE = datetime(2018, 10, 23, 9, tzinfo=SHANGHAI)
counts = st.lists(st.integers(0, 60), max_size=20)
seconds = st.floats(5, 90)


def at(clock: str, day: int = 23) -> datetime:
    hour, minute, second = (*map(int, clock.split(":")), 0)[:3]
    return datetime(2018, 10, day, hour, minute, second, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("minutes", "fits"), [(0, 0), (20, 60), (40, 120), (50, 150), (60, 180), (120, 360), (140, 420), (1100, 3300)]
)
def test_capacity_at_the_notice_s_pace(minutes: int, fits: int) -> None:
    assert capacity(minutes, 30, 10) == fits


def test_a_part_of_a_person_does_not_fit() -> None:
    assert capacity(59, 7, 20) == 20
    assert seconds_each(30, 10) == 20.0


def test_arrivals_are_the_planned_shot_less_the_lead_rounded_down() -> None:
    told = arrivals(NINE, [36, 33, 35, 35], 20.0, lead_minutes=10)
    # planned first shots 9:00:00, 9:12:00, 9:23:00, 9:34:40
    assert told == [at("8:50"), at("9:00"), at("9:10"), at("9:20")]


def test_arrivals_never_reach_into_the_time_before_the_slot() -> None:
    assert arrivals(at("10:42"), [10, 10], 20.0, lead_minutes=10)[0] == at("10:32")
    assert arrivals(NINE, [], 20.0, 10) == []


@given(counts, seconds, st.integers(0, 60), st.sampled_from([1, 5, 10, 15]))
def test_arrivals_hold_their_promises(heads: list[int], each: float, lead: int, round_to: int) -> None:
    start = at("13:40")
    told = arrivals(start, heads, each, lead, round_to)
    assert len(told) == len(heads)
    assert told == sorted(told)
    before = 0
    for time, count in zip(told, heads, strict=True):
        planned = planned_start(start, before, each) - timedelta(minutes=lead)
        assert start - timedelta(minutes=lead) <= time <= planned
        assert planned - time < timedelta(minutes=round_to)
        assert time.minute % round_to == 0 or time == start - timedelta(minutes=lead)
        before += count


def test_planned_start_of_the_first_and_the_hundredth_student() -> None:
    assert planned_start(NINE, 0, 20.0) == NINE
    assert planned_start(NINE, 99, 20.0) == at("9:33")


def shots(*gaps: float) -> list[datetime]:
    times = [NINE]
    for gap in gaps:
        times.append(times[-1] + timedelta(seconds=gap))
    return times


@pytest.mark.parametrize(
    ("gaps", "measured"),
    [
        ([], 20.0),
        ([10, 10, 10], 20.0),  # four shots say nothing yet
        ([10, 10, 10, 10], 10.0),
        ([12, 14, 13, 90, 13], 13.0),  # 90 s is slow, not a pause; the median does not mind
        ([14, 14, 16, 16, 3600], 15.0),  # lunch
        ([30] * 40 + [12] * 29, 12.0),  # only the last thirty shots
        ([0, 0, 0, 0, 0], 20.0),  # one key pressed six times
    ],
)
def test_pace(gaps: list[float], measured: float) -> None:
    assert pace(shots(*gaps), plan_seconds=20.0) == measured


@given(st.lists(st.floats(1, 60), min_size=4, max_size=60), st.randoms())
def test_pace_ignores_order_and_stays_between_the_fastest_and_the_slowest(gaps: list[float], random) -> None:
    times = shots(*gaps)
    measured = pace(times, 20.0)
    assert min(gaps) - 0.001 <= measured <= max(gaps) + 0.001
    random.shuffle(times)
    assert pace(times, 20.0) == measured


def test_waiting() -> None:
    assert wait_seconds(0, 20.0, 1) == 0
    assert wait_seconds(30, 20.0, 1) == 600
    assert wait_seconds(31, 20.0, 2) == 310
    assert wait_seconds(3, 20.0, 0) == 60  # a camera on pause comes back


DAYS = {
    23: [("9:00", "10:40", 300), ("10:40", "12:00", 236), ("13:00", "13:40", 104), ("13:40", "16:00", 431)],
    24: [("9:00", "11:00", 408), ("11:00", "12:00", 139), ("13:00", "15:00", 366), ("15:00", "16:00", 190)],
    25: [
        ("9:00", "9:40", 128),
        ("9:40", "11:00", 213),
        ("11:00", "12:00", 196),
        ("13:00", "13:20", 42),
        ("13:20", "15:30", 401),
        ("15:30", "16:20", 146),
    ],
}


def loads(day: int, venue: str = "1202") -> list[SlotLoad]:
    return [SlotLoad(venue, at(start, day), at(end, day), heads) for start, end, heads in DAYS[day]]


def test_the_real_days_end_later_than_the_notice_says() -> None:
    assert spill(loads(23), 30, 10)[-1].ends_really == at("16:03:40", 23)
    one, two, three, four = spill(loads(24), 30, 10)
    assert (one.over, one.ends_really) == (48, at("11:16:00", 24))
    assert (two.over, two.starts_really, two.ends_really) == (-41, at("11:16:00", 24), at("12:02:20", 24))
    assert (three.starts_really, three.ends_really) == (at("13:00", 24), at("15:02:00", 24))
    assert (four.over, four.ends_really) == (10, at("16:05:20", 24))
    assert spill(loads(25), 30, 10)[-1].ends_really == at("16:22:20", 25)


def test_starting_early_saves_two_days_of_the_three() -> None:
    early = {day: spill(loads(day), 30, 10, may_start_early=True)[-1] for day in DAYS}
    assert early[23].ends_really == at("15:58:20", 23)
    assert early[24].ends_really > early[24].slot.ends_at
    assert early[25].ends_really < early[25].slot.ends_at


def test_rooms_do_not_wait_for_each_other_and_the_answer_keeps_the_order_asked() -> None:
    slots = [*loads(24, "1203")[::-1], *loads(24)]
    results = spill(slots, 30, 10)
    assert [result.slot for result in results] == slots
    assert results[3].ends_really == results[4].ends_really == at("11:16:00", 24)


@given(st.lists(st.tuples(st.integers(0, 600), st.integers(1, 120), st.integers(0, 500)), max_size=12), st.booleans())
def test_nobody_is_lost_and_no_room_holds_two_slots(rows: list[tuple[int, int, int]], early: bool) -> None:
    slots = [SlotLoad("1202", NINE + timedelta(minutes=a), NINE + timedelta(minutes=a + n), h) for a, n, h in rows]
    results = spill(slots, 30, 10, may_start_early=early)
    assert [result.heads for result in results] == [slot.heads for slot in slots]
    spans = sorted((result.starts_really, result.ends_really) for result in results)
    assert all(before[1] <= after[0] for before, after in pairwise(spans))
    for result in results:
        assert result.ends_really - result.starts_really == timedelta(seconds=20 * result.heads)
        assert result.over == result.heads - result.capacity
        assert early or result.starts_really >= result.slot.starts_at
