"""The promises about waiting, on the notice's own three days: seeded, so the same figures every time."""

from dataclasses import replace
from math import inf

import pytest

from gradphoto.schedule.planning.cameras import Cameras, shifts
from gradphoto.schedule.planning.simulator import Mode, Model, Outcome, SimSlot, simulate
from real_day import real_days

SEEDS = range(20)
CALM, MODEL = range(8), Model()
STOP = ("2018-10-24", 10 * 3600.0, 10 * 3600.0 + 20 * 60)


def run(mode: Mode, model: Model = MODEL, seeds: range = SEEDS) -> Outcome:
    return simulate(real_days(), mode, model, seeds)


def test_the_notice_as_written_makes_a_crowd() -> None:
    outcome = run(Mode.notice)
    assert 43 < outcome.mean_wait < 47
    assert 105 < outcome.p95_wait < 115
    assert 370 < outcome.longest_queue < 400


def test_told_their_own_minute_nobody_waits_long_and_the_camera_hardly_idles() -> None:
    outcome = run(Mode.own_minute)
    assert outcome.mean_wait <= 2.5
    assert outcome.p95_wait <= 6.5
    assert outcome.idle <= 0.03
    ends = {day: at / 3600 for (_, day), at in outcome.ends.items()}
    assert ends["2018-10-23"] < 16.1 and ends["2018-10-24"] < 16.1 and ends["2018-10-25"] < 16.4
    assert outcome.shot == pytest.approx(3300 * 0.97, rel=0.01)


def test_by_class_lies_between() -> None:
    assert run(Mode.own_minute).mean_wait < run(Mode.by_class).mean_wait < run(Mode.notice).mean_wait / 4


@pytest.mark.parametrize(
    "model",
    [replace(MODEL, mean_seconds=mean) for mean in (17.0, 20.0, 23.0, 26.0)] + [replace(MODEL, stop=STOP)],
    ids=["17 s", "20 s", "23 s", "26 s", "20 minutes of breakdown"],
)
def test_replanned_it_stays_true_whatever_the_camera_does(model: Model) -> None:
    outcome = run(Mode.replanned, model)
    assert outcome.mean_wait <= 4
    assert outcome.idle <= 0.04
    assert outcome.told_again <= 1, "most are told once, at most"


@pytest.mark.parametrize(("mean", "wait", "idle"), [(23.0, 10, 0), (17.0, 0, 0.14)])
def test_without_replanning_it_would_not(mean: float, wait: float, idle: float) -> None:
    outcome = run(Mode.own_minute, replace(MODEL, mean_seconds=mean), CALM)
    assert outcome.mean_wait >= wait and outcome.idle >= idle


def test_the_same_seed_is_the_same_day() -> None:
    once, again = (run(Mode.replanned, MODEL, range(2)) for _ in range(2))
    assert once == again
    assert run(Mode.replanned, MODEL, range(2, 4)).mean_wait != once.mean_wait


def test_everybody_comes_when_nobody_stays_away() -> None:
    outcome = run(Mode.own_minute, replace(MODEL, no_show=0.0), range(1))
    assert outcome.shot == 3300


def test_two_cameras_halve_the_day() -> None:
    morning = [SimSlot("r", "d", 9 * 3600.0, 12 * 3600.0, (300, 240))]
    one = simulate(morning, Mode.notice, MODEL, range(3)).ends["r", "d"] - 9 * 3600
    two = simulate([replace(morning[0], cameras=2)], Mode.notice, MODEL, range(3)).ends["r", "d"] - 9 * 3600
    assert two == pytest.approx(one / 2, rel=0.05)


FEW_THEN_MANY = (
    SimSlot("r", "d", 9 * 3600.0, 12 * 3600.0, (300, 240)),
    SimSlot("r", "d", 13 * 3600.0, 16 * 3600.0, (600, 480), cameras=2),
)
MORNING, AFTERNOON = FEW_THEN_MANY


@pytest.mark.parametrize("mode", [Mode.own_minute, Mode.replanned])
def test_a_second_camera_of_the_afternoon_is_not_there_in_the_morning(mode: Mode) -> None:
    both = simulate(FEW_THEN_MANY, mode, MODEL, CALM)
    assert both.idle < 0.05 and both.mean_wait < 4
    noon = 12 * 3600.0
    waits = [wait for at, wait in both.waits_by_half_hour["r", "d"] if at < noon - 1800]
    alone = simulate([MORNING], mode, MODEL, CALM).waits_by_half_hour["r", "d"]
    assert sum(waits) / len(waits) == pytest.approx(sum(wait for _, wait in alone) / len(alone), rel=0.3)


def test_a_second_camera_goes_home_with_its_slot() -> None:
    many_then_few = [replace(MORNING, heads=(600, 480), cameras=2), replace(AFTERNOON, heads=(300, 240), cameras=1)]
    outcome = simulate(many_then_few, Mode.own_minute, MODEL, CALM)
    assert outcome.idle < 0.05
    assert outcome.ends["r", "d"] == pytest.approx(16 * 3600, abs=600), "one camera takes all afternoon"
    assert simulate(many_then_few[:1], Mode.own_minute, MODEL, CALM).ends["r", "d"] == pytest.approx(12 * 3600, abs=600)


def test_an_overrun_is_worked_off_by_the_cameras_of_the_slot_in_force() -> None:
    """Two hours of work in an hour: with the next slot comes the camera that helps, without one nobody does."""
    hour = SimSlot("r", "d", 9 * 3600.0, 10 * 3600.0, (360,))
    helped = [hour, SimSlot("r", "d", 10 * 3600.0, 11 * 3600.0, (10,), cameras=2)]
    assert simulate([hour], Mode.notice, MODEL, CALM).ends["r", "d"] == pytest.approx(11 * 3600, abs=300)
    assert simulate(helped, Mode.notice, MODEL, CALM).ends["r", "d"] == pytest.approx(10.5 * 3600, abs=300)


def test_the_day_ends_with_the_last_shot() -> None:
    sure = replace(MODEL, cv=1e-9, jitter_seconds=0, no_show=0, lead_seconds=0)
    outcome = simulate([SimSlot("r", "d", 9 * 3600.0, 10 * 3600.0, (7,))], Mode.notice, sure, range(1))
    assert outcome.ends["r", "d"] == pytest.approx(9 * 3600 + 7 * 20)


def test_who_works_when() -> None:
    first, last = (9.0, 1), (13.0, 2)
    assert shifts([first, (10.0, 3), (11.0, 2), (12.0, 1), last]) == [
        [(9.0, inf)],
        [(10.0, 12.0), (13.0, inf)],
        [(10.0, 11.0)],
    ]
    cameras = Cameras([first, last])
    assert cameras.at_work(10.0) == [9.0] and cameras.at_work(13.0) == [9.0, 13.0]


def test_a_tiny_slot_and_an_odd_one_end() -> None:
    slots = [SimSlot("r", "d", 0.0, 600.0, (1,)), SimSlot("q", "d", 0.0, 60.0, (3, 0, 2), cameras=3)]
    for mode in Mode:
        assert simulate(slots, mode, replace(MODEL, no_show=0.0), range(2)).shot == 6


def test_a_class_of_whom_nobody_comes_waits_nothing() -> None:
    outcome = simulate([SimSlot("r", "d", 9 * 3600, 10 * 3600, (1,))], Mode.own_minute, Model(no_show=1), range(2))
    assert (outcome.shot, outcome.mean_wait, outcome.p95_wait, outcome.idle) == (0, 0, 0, 0)
