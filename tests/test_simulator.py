"""The promises about waiting, on the notice's own three days: seeded, so the same figures every time."""

from dataclasses import replace

import pytest

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


def test_a_tiny_slot_and_an_odd_one_end() -> None:
    slots = [SimSlot("r", "d", 0.0, 600.0, (1,)), SimSlot("q", "d", 0.0, 60.0, (3, 0, 2), cameras=3)]
    for mode in Mode:
        assert simulate(slots, mode, replace(MODEL, no_show=0.0), range(2)).shot == 6


def test_a_class_of_whom_nobody_comes_waits_nothing() -> None:
    outcome = simulate([SimSlot("r", "d", 9 * 3600, 10 * 3600, (1,))], Mode.own_minute, Model(no_show=1), range(2))
    assert (outcome.shot, outcome.mean_wait, outcome.p95_wait, outcome.idle) == (0, 0, 0, 0)
