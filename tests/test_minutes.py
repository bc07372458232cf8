"""Everybody's own minute: planned in order, told in steps of five minutes, told again rarely and never too late."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradphoto.schedule.planning.minutes import (
    COME_EARLIER,
    LAST_BEFORE_BREAK,
    LOOK_AHEAD,
    MINUTE,
    NOTICE,
    TELL_AGAIN,
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

NINE = 9 * 3600.0


@pytest.mark.parametrize(
    ("slots", "opens"),
    [
        ([(0, 60), (60, 120)], [0, 0]),
        ([(0, 60), (75, 120)], [0, 0]),  # a quarter of an hour is no break
        ([(0, 60), (80, 120), (120, 150)], [0, 80, 80]),
        ([(0, 60), (30, 90)], [0, 0]),  # overlapping slots are one block
    ],
)
def test_a_break_ends_a_block(slots: list, opens: list) -> None:
    in_seconds = [(starts * MINUTE, ends * MINUTE) for starts, ends in slots]
    assert blocks(in_seconds) == [at * MINUTE for at in opens]


def test_students_follow_each_other_at_the_pace() -> None:
    planned = forecast(NINE, [Expected(NINE)] * 4, 20.0, 1.0)
    assert planned == [NINE, NINE + 20, NINE + 40, NINE + 60]


def test_two_cameras_take_two_at_a_time() -> None:
    planned = forecast(NINE, [Expected(NINE, cameras=2)] * 3, 20.0, 1.0)
    assert planned == [NINE, NINE + 10, NINE + 20]


def test_nobody_is_planned_before_their_earliest_and_the_rest_waits_for_them() -> None:
    wishes = [Expected(NINE), Expected(NINE + 600), Expected(NINE)]
    assert forecast(NINE, wishes, 20.0, 1.0) == [NINE, NINE + 600, NINE + 620]


def test_who_is_on_the_way_is_there_when_they_were_told_to_be() -> None:
    on_the_way = Expected(0, told=NINE + 300)
    later = Expected(0, told=NINE + 3000)  # not on the way: can be asked to come earlier
    assert forecast(NINE, [on_the_way, later], 20.0, 1.0, on_the_way=NINE + 600) == [NINE + 300, NINE + 320]


@pytest.mark.parametrize(
    ("planned", "lead", "minute"),
    [("10:07:29", 0, "10:05"), ("10:07:30", 0, "10:10"), ("10:07:30", 120, "10:05"), ("9:00:00", 120, "9:00")],
)
def test_a_minute_is_told_to_the_nearest_five(planned: str, lead: float, minute: str) -> None:
    assert told(_at(planned), lead) == _at(minute)


def test_the_last_before_a_break_come_a_little_earlier() -> None:
    wishes = [Expected(0) for _ in range(40)]
    mark_last_before_break(wishes, [0.0] * 20 + [1.0] * 20)
    early = [i for i, one in enumerate(wishes) if one.sooner == COME_EARLIER]
    assert early == [*range(20 - LAST_BEFORE_BREAK, 20), *range(40 - LAST_BEFORE_BREAK, 40)]


@pytest.mark.parametrize(
    ("before", "planned", "again"),
    [
        ("10:40", "10:52", "10:50"),  # ten minutes later, less the leads
        ("10:40", "10:47", None),  # five minutes is not more than five minutes
        ("10:09", "10:40", None),  # on the way
        ("10:40", "10:08", "10:10"),  # earlier, but never closer than the notice
        ("12:30", "13:30", None),  # far off: told when it is surer
        ("12:30", "10:58", "10:55"),  # unless it comes near
    ],
)
def test_a_minute_is_told_again(before: str, planned: str, again: str | None) -> None:
    minute = tell_again(_at("10:00"), _at(before), _at(planned), 120.0)
    assert minute == (None if again is None else _at(again))


@given(st.floats(0, 86_400), st.floats(0, 86_400), st.floats(0, 86_400), st.floats(0, 3600))
def test_told_again_is_never_in_the_past_never_for_those_on_the_way_and_worth_it(
    now: float, before: float, planned: float, lead: float
) -> None:
    minute = tell_again(now, before, planned, lead)
    if minute is None:
        return
    assert before > now + NOTICE, "people on the way are not sent back"
    assert minute >= now + NOTICE
    assert abs(minute - before) > TELL_AGAIN
    assert min(minute, before) <= now + LOOK_AHEAD


@given(st.lists(st.floats(0, 86_400), max_size=60), st.floats(0, 86_400), st.floats(1, 120), st.floats(0.1, 1))
def test_a_forecast_keeps_the_order_and_the_earliest(
    earliest_of: list[float], free_at: float, each: float, share: float
) -> None:
    planned = forecast(free_at, [Expected(at) for at in earliest_of], each, share)
    assert planned == sorted(planned)
    assert all(at >= max(free_at, wish) for at, wish in zip(planned, earliest_of, strict=True))


@pytest.mark.parametrize(
    ("gaps", "least", "most"),
    [
        ([], 20, 20),
        ([26.0] * 10, 22.9, 23.1),  # half the plan, half what was measured
        ([26.0] * 100, 25.4, 25.6),
        ([20.0] * 99 + [1200.0], 20, 20),  # a breakdown is a pause
        ([20.0] * 50 + [0.0, -3.0], 20, 20),  # clocks that jump say nothing
        ([0.2] * 40, 20, 20),  # presses that were sent together when the network came back
        ([20.0] * 20 + [600.0] + [0.1] * 29, 20, 20),  # nor the wait before them
        ([60.0] * 300 + [20.0] * 100, 20, 20),  # what was long ago is forgotten
    ],
)
def test_the_pace_is_measured(gaps: list[float], least: float, most: float) -> None:
    assert least <= measured_pace(gaps, 20.0) <= most


def test_a_skewed_camera_is_not_taken_for_a_faster_one() -> None:
    """Half of the students take 10 seconds and half 30: the median of an uneven window would say 10."""
    assert measured_pace([10.0, 30.0, 10.0] * 40, 20.0) == pytest.approx(16.96, abs=0.2)


def test_the_share_that_comes_begins_with_experience() -> None:
    assert measured_share(0, 0) == 0.97
    assert measured_share(50, 100) == pytest.approx(0.735)


def test_earliest_is_within_the_block() -> None:
    assert earliest(NINE, NINE) == NINE
    assert earliest(NINE + 7200, NINE) == NINE + 7200 - 15 * MINUTE
    assert earliest(NINE + 7200, NINE, live=True) == NINE + 7200 - 45 * MINUTE


def _at(clock: str) -> float:
    hours, minutes, *seconds = clock.split(":")
    return int(hours) * 3600.0 + int(minutes) * 60 + sum(map(int, seconds))
