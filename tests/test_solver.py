"""The timetable solver: whatever it answers is checked against the promises by a checker that knows nothing of it."""

import pickle
import subprocess
import sys
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import permutations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradphoto.core.crunch import crunch
from gradphoto.schedule.models import Turn
from gradphoto.schedule.solver.solve import solve
from gradphoto.schedule.solver.values import Between, ClassLoad, Collides, Problem, Rules, Solved, SolvedSlot, Window
from solver_problems import EACH, at, big, faults, real_classes, span, three_days, with_exams

REAL = Problem(three_days("8:30", "17:00"), real_classes(), Rules(EACH))
IN_ORDER = tuple(dict.fromkeys(one.college for one in REAL.classes))


def solved(problem: Problem, seconds: float = 20) -> Solved:
    answer = solve(problem, seconds, workers=1)
    assert isinstance(answer, Solved), answer
    assert list(faults(problem, answer)) == []
    return answer


def collides(problem: Problem, seconds: float = 20) -> Collides:
    answer = solve(problem, seconds, workers=1)
    assert isinstance(answer, Collides), answer
    return answer


def classes(college: str, *heads: int, forbidden: tuple[tuple[datetime, datetime], ...] = ()) -> tuple[ClassLoad, ...]:
    return tuple(ClassLoad(f"{college}{i}", f"{college}{i}班", college, n, forbidden) for i, n in enumerate(heads, 1))


MORNING, AFTERNOON = span(23, "9:00", "12:00"), span(23, "13:00", "16:00")
NO_SPARE = Rules(EACH, spare_share=0.0)


# --- the real campaign -----------------------------------------------------------------------------------------------


def test_the_real_campaign_gets_a_timetable_with_every_college_in_one_piece() -> None:
    answer = solved(REAL)
    assert answer.proven and answer.gap == 0
    assert [slot.heads for slot in sorted(answer.slots, key=lambda slot: -slot.heads)][:3] == [431, 408, 401]
    assert len(answer.slots) == 13 and answer.figures.split_colleges == ()
    assert sum(slot.heads for slot in answer.slots) == 3300
    assert min(answer.figures.free_minutes) >= 7 and answer.figures.spill_minutes == 0


def test_the_notices_own_days_are_too_short_and_it_says_by_how_much() -> None:
    (one,) = collides(replace(REAL, windows=three_days())).collisions
    assert one.code == "time_too_short"
    assert "1100 分钟" in one.sentence and "3300 人" in one.sentence and "差 80 分钟" in one.sentence
    assert "80 分钟" in one.way_out


def test_colleges_come_in_the_order_wished_for_as_far_as_they_fit() -> None:
    answer = solved(replace(REAL, windows=three_days("8:00", "17:00"), rules=Rules(EACH, order=IN_ORDER)))
    come = [slot.college for slot in sorted(answer.slots, key=lambda slot: slot.starts_at)]
    off = sum(abs(come.index(college) - place) for place, college in enumerate(IN_ORDER))
    assert off <= 10
    back = tuple(reversed(IN_ORDER))
    answer = solved(replace(REAL, windows=three_days("8:00", "17:00"), rules=Rules(EACH, order=back)))
    come = [slot.college for slot in sorted(answer.slots, key=lambda slot: slot.starts_at)]
    assert sum(abs(come.index(college) - place) for place, college in enumerate(back)) <= 10


@pytest.mark.parametrize("seed", range(3))
def test_exams_are_kept(seed: int) -> None:
    problem = replace(REAL, classes=with_exams(REAL.classes, [23, 24, 25], 0.15, seed))
    assert sum(bool(one.forbidden) for one in problem.classes) > 10
    solved(problem)


def test_two_cameras_take_the_notices_days_with_ease() -> None:
    answer = solved(replace(REAL, windows=three_days(cameras=2)))
    assert answer.figures.fullest < 0.8


def test_a_college_keeps_its_bounds() -> None:
    rule = Between("冶金学院", earliest=at(24, "13:00"), latest=at(24, "14:00"))
    answer = solved(replace(REAL, rules=replace(REAL.rules, between=(rule,))))
    (slot,) = [slot for slot in answer.slots if slot.college == "冶金学院"]
    assert at(24, "13:00") <= slot.starts_at and slot.ends_at <= at(24, "14:00")


# --- pieces and turns ------------------------------------------------------------------------------------------------


def test_a_college_too_large_for_a_window_goes_on_after_lunch_in_the_same_room() -> None:
    windows = tuple(
        span(day, a, b, room) for room in "甲乙" for day in (23, 24) for a, b in (("9:00", "12:00"), ("13:00", "16:00"))
    )
    problem = Problem(windows, (*classes("大", *[35] * 22), *classes("小", *[30] * 5)), Rules(EACH))
    answer = solved(problem)
    big_one = sorted((slot for slot in answer.slots if slot.college == "大"), key=lambda slot: slot.starts_at)
    assert answer.figures.split_colleges == ("大",)
    assert len(big_one) == 2 and len({(slot.venue, slot.starts_at.date()) for slot in big_one}) == 1
    order = [one.class_id for slot in big_one for one in slot.classes]
    assert order == [one.id for one in problem.classes if one.college == "大"]  # roster neighbours stay neighbours


def test_a_class_with_a_short_course_goes_to_the_end_of_its_turn_and_no_further() -> None:
    busy = ((at(23, "9:00"), at(23, "10:30")),)
    first, other = classes("甲", 60, 60, 60, 60)[:1], classes("甲", 60, 60, 60, 60)[1:]
    group = (replace(first[0], forbidden=busy), *other[:2], replace(other[2], turn=Turn.last))
    # 80 minutes in all: 9:00 to 10:20 without the course; with it the college starts so that class 1 is third.
    (slot,) = solved(Problem((span(23, "9:00", "11:30"),), group, NO_SPARE)).slots
    assert [one.class_id for one in slot.classes] == ["甲2", "甲3", "甲1", "甲4"]
    assert slot.classes[2].starts_at >= at(23, "10:30")


def test_a_class_of_nobody_and_a_college_of_one() -> None:
    solved(Problem((MORNING,), (*classes("甲", 0, 10), *classes("乙", 0)), Rules(EACH)))


# --- what collides ---------------------------------------------------------------------------------------------------

ALL_DAY = ((at(23, "0:00"), at(24, "0:00")),)
MORNING_BUSY = ((at(23, "8:00"), at(23, "12:00")),)
AFTERNOON_BUSY = ((at(23, "13:00"), at(23, "18:00")),)
TWO = (MORNING, AFTERNOON)
COLLISIONS = [
    ("nothing to use", Problem((), classes("甲", 10), NO_SPARE), {"no_windows"}),
    ("nobody", Problem(TWO, (), NO_SPARE), {"no_classes"}),
    ("too many", Problem(TWO, classes("甲", *[40] * 28), NO_SPARE), {"time_too_short"}),
    ("one class too large", Problem(TWO, classes("甲", 541), NO_SPARE), {"class_too_long"}),
    ("a class never free", Problem(TWO, classes("甲", 30, forbidden=ALL_DAY), NO_SPARE), {"class_never_free"}),
    (
        "one class has the mornings, one the afternoons",
        Problem(
            TWO,
            (*classes("甲", 30, forbidden=MORNING_BUSY), *classes("甲", 0, 30, forbidden=AFTERNOON_BUSY)[1:]),
            NO_SPARE,
        ),
        {"college_never_together"},
    ),
    (
        "bounds outside of all windows",
        Problem(TWO, classes("甲", 30), replace(NO_SPARE, between=(Between("甲", earliest=at(23, "17:00")),))),
        {"college_shut_out"},
    ),
    (  # three colleges of two hours, two windows of three: fits only in pieces, or longer windows
        "contiguity",
        Problem(TWO, tuple(c for k in "甲乙丙" for c in classes(k, *[36] * 10)), NO_SPARE),
        {"time_too_short", "together"},
    ),
    (  # a morning and an afternoon of 180 minutes; both colleges of 100 minutes have a class that is free mornings only
        "exams",
        Problem(
            TWO,
            tuple(c for k in "甲乙" for c in (*classes(k, *[30] * 9), ClassLoad(k, k + "末班", k, 30, AFTERNOON_BUSY))),
            NO_SPARE,
        ),
        {"time_too_short", "together", "forbidden"},
    ),
    (
        "bounds against each other",
        Problem(
            TWO,
            (*classes("甲", *[30] * 6), *classes("乙", *[30] * 6)),
            replace(NO_SPARE, between=tuple(Between(k, None, at(23, "10:30")) for k in "甲乙")),
        ),
        {"between"},
    ),
    (  # two colleges of an hour, both kept to 9:00 to 10:00 by their courses and nearly so by their bounds
        "no rule alone",
        Problem(
            TWO[:1],
            tuple(c for k in "甲乙" for c in classes(k, 180, forbidden=((at(23, "10:00"), at(23, "14:00")),))),
            replace(NO_SPARE, between=tuple(Between(k, None, at(23, "10:30")) for k in "甲乙")),
        ),
        {"several"},
    ),
    (
        "spare",  # 90, 80 and 90 minutes: two fit into 180, not into what is left of it
        Problem(
            TWO,
            (*classes("甲", *[30] * 9), *classes("乙", *[30] * 8), *classes("丙", *[30] * 9)),
            Rules(EACH, spare_share=0.08),
        ),
        {"time_too_short", "together", "spare"},
    ),
]


@pytest.mark.parametrize(("problem", "codes"), [case[1:] for case in COLLISIONS], ids=[case[0] for case in COLLISIONS])
def test_rules_that_collide_are_named_with_a_way_out(problem: Problem, codes: set[str]) -> None:
    answer = collides(problem)
    assert answer.proven
    assert {one.code for one in answer.collisions} == codes
    assert all(one.sentence.endswith("。") and one.way_out.endswith("。") for one in answer.collisions)


def test_the_way_out_is_one() -> None:
    exams = dict((name, problem) for name, problem, _ in COLLISIONS)["exams"]
    ways = {one.code: one for one in collides(exams).collisions}
    freed = ways["forbidden"].class_ids
    assert len(freed) == 1 and "末班" in ways["forbidden"].way_out
    solved(replace(exams, classes=tuple(replace(c, forbidden=()) if c.id in freed else c for c in exams.classes)))
    solved(replace(exams, rules=replace(exams.rules, together=False)))
    assert "允许分开拍" in ways["together"].way_out
    (longer,) = ways["time_too_short"].windows
    assert longer == 0 and "多给 20 分钟" in ways["time_too_short"].way_out
    stretched = replace(MORNING, ends_at=MORNING.ends_at + timedelta(minutes=20))
    solved(replace(exams, windows=(stretched, AFTERNOON)))


def test_no_time_to_think_is_not_called_impossible() -> None:
    answer = collides(big(), seconds=0.1)
    assert [one.code for one in answer.collisions] == ["not_solved_in_time"]
    assert not answer.proven and "不等于排不下" in answer.collisions[0].sentence


# --- against brute force, and at random ------------------------------------------------------------------------------


def one_class(college: int) -> st.SearchStrategy[ClassLoad]:
    busy = st.sampled_from([None, (9, 10), (9, 11), (10, 11), (10, 12), (11, 12), (13, 14), (13, 16)])
    return st.builds(
        lambda heads, hours: ClassLoad(
            f"{college}",
            f"{college}班",
            f"{college}院",
            heads,
            ((at(23, f"{hours[0]}:00"), at(23, f"{hours[1]}:00")),) if hours else (),
        ),
        st.integers(1, 300),
        busy,
    )


def possible(problem: Problem) -> bool:
    """Every assignment of colleges of one class to windows, in every order, each as early as it may."""

    def fits(window: Window, order: tuple[ClassLoad, ...]) -> bool:
        clock, grain = window.starts_at, timedelta(minutes=5)
        for one in order:
            takes = timedelta(seconds=one.heads * EACH)
            while any(clock < end and start < clock + takes for start, end in one.forbidden):
                clock += grain
            clock += -(-takes // grain) * grain
        return clock <= window.ends_at

    for where in product(range(len(problem.windows)), repeat=len(problem.classes)):
        groups = [
            tuple(c for c, w in zip(problem.classes, where, strict=True) if w == index)
            for index in range(len(problem.windows))
        ]
        if all(
            any(fits(window, order) for order in permutations(group))
            for window, group in zip(problem.windows, groups, strict=True)
        ):
            return True
    return False


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 4).flatmap(lambda n: st.tuples(*(one_class(k) for k in range(n)))))
def test_it_finds_a_timetable_exactly_where_there_is_one(group: tuple[ClassLoad, ...]) -> None:
    problem = Problem(TWO, group, NO_SPARE)
    answer = solve(problem, 10, workers=1)
    assert isinstance(answer, Solved) == possible(problem)
    if isinstance(answer, Solved):
        assert list(faults(problem, answer)) == []
    else:
        assert answer.proven and answer.collisions


@st.composite
def problems(draw: st.DrawFn) -> Problem:
    cameras = st.integers(1, 2)
    windows = [
        span(day, f"{start}:{draw(st.sampled_from(['00', '05', '07']))}", end, room, draw(cameras))
        for room in "甲乙"[: draw(st.integers(1, 2))]
        for day in range(23, 23 + draw(st.integers(1, 2)))
        for start, end in ((9, "12:00"), (13, "15:40"))
    ]
    group = []
    for i in range(draw(st.integers(1, 24))):
        hour = draw(st.integers(8, 15))
        day = draw(st.integers(23, 24))
        busy = ((at(day, f"{hour}:10"), at(day, f"{hour + draw(st.integers(1, 2))}:00")),)
        forbidden = busy if draw(st.integers(0, 3)) == 0 else ()
        college, turn = f"{draw(st.integers(1, 4))}院", draw(st.sampled_from(Turn))
        group.append(ClassLoad(f"c{i}", f"班{i}", college, draw(st.integers(0, 60)), forbidden, turn))
    rules = Rules(
        draw(st.sampled_from([9.5, 20.0, 23.3])),
        draw(st.sampled_from([5, 10])),
        draw(st.booleans()),
        draw(st.sampled_from([0.0, 0.03, 0.1])),
        draw(st.sampled_from([(), (Between("1院", at(23, "10:02")),), (Between("2院", None, at(23, "14:58")),)])),
        draw(st.sampled_from([(), ("3院", "1院", "9院")])),
    )
    return Problem(tuple(windows), tuple(group), rules)


@settings(max_examples=40, deadline=None)
@given(problems())
def test_no_answer_breaks_a_promise(problem: Problem) -> None:
    answer = solve(problem, 5, workers=1)
    assert pickle.loads(pickle.dumps(answer)) == answer
    if isinstance(answer, Solved):
        assert list(faults(problem, answer)) == []
    else:
        assert answer.collisions


def test_one_worker_and_one_seed_give_one_answer() -> None:
    assert solve(REAL, 20, workers=1, seed=7).slots == solve(REAL, 20, workers=1, seed=7).slots  # type: ignore[union-attr]


# --- the checker itself ----------------------------------------------------------------------------------------------


def test_the_checker_sees_every_planted_fault() -> None:
    problem = replace(REAL, rules=replace(REAL.rules, between=(Between("自动化学院", None, at(25, "17:00")),)))
    answer = solved(problem)
    slots = sorted(answer.slots, key=lambda slot: slot.starts_at)
    hour = timedelta(hours=1)
    turned = next(slot for slot in slots if len({one.turn for one in slot.classes}) > 1)
    bad_turns = replace(turned, classes=tuple(reversed(turned.classes)))

    def with_(old: SolvedSlot, *new: SolvedSlot) -> Solved:
        return replace(answer, slots=tuple(slot for slot in slots if slot is not old) + new)

    one, two = slots[:2]
    planted = {
        "a class is missing or placed twice": [with_(one), replace(answer, slots=(*slots, one))],
        "a slot tells of another room than its window": [with_(one, replace(one, venue="1203"))],
        "a slot leaves its window or eats the spare": [with_(one, replace(one, starts_at=one.starts_at - hour))],
        "a slot is not on the grain": [with_(one, replace(one, starts_at=one.starts_at - timedelta(minutes=1)))],
        "a slot mixes colleges or is empty": [
            with_(one, replace(one, college="别的学院")),
            with_(one, replace(one, classes=())),
        ],
        "heads do not add up": [with_(one, replace(one, heads=one.heads - 1))],
        "more people than the slot can take": [with_(one, replace(one, ends_at=one.ends_at - timedelta(minutes=10)))],
        "turns are not kept": [with_(turned, bad_turns)],
        "a class stands at another time than its place says": [with_(turned, bad_turns)],
        "two slots overlap in a room": [with_(two, replace(two, starts_at=one.starts_at))],
        "a college is in more pieces than it has to be": [
            with_(one, replace(one, classes=one.classes[:2]), replace(one, classes=one.classes[2:]))
        ],
    }
    for words, wrong in planted.items():
        for answer_ in wrong:
            assert words in set(faults(problem, answer_)), words
    first = one.classes[0]
    busy = replace(
        problem,
        classes=tuple(
            replace(c, forbidden=((first.starts_at, first.ends_at),)) if c.id == first.class_id else c
            for c in problem.classes
        ),
    )
    assert "a class stands in a time forbidden to it" in set(faults(busy, answer))
    late = replace(problem, rules=replace(problem.rules, between=(Between(one.college, one.ends_at),)))
    assert "a college stands outside its bounds" in set(faults(late, answer))


# --- how it is called ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "problem",
    [
        Problem((MORNING, span(23, "11:00", "14:00")), classes("甲", 5), NO_SPARE),
        Problem((replace(MORNING, ends_at=MORNING.starts_at),), classes("甲", 5), NO_SPARE),
        Problem((replace(MORNING, cameras=0),), classes("甲", 5), NO_SPARE),
        Problem((MORNING,), classes("甲", 5) * 2, NO_SPARE),
        Problem((MORNING,), classes("甲", -5), NO_SPARE),
        Problem((MORNING,), classes("甲", 5), replace(NO_SPARE, seconds_each=0)),
    ],
)
def test_what_is_no_problem_is_refused(problem: Problem) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        solve(problem, 1)


async def test_it_runs_in_a_process_of_its_own() -> None:
    answer = await crunch("gradphoto.schedule.solver.solve:solve", REAL, 20.0, seconds=60, memory_mb=2048)
    assert type(answer) is Solved and list(faults(REAL, answer)) == []


def test_the_server_never_imports_or_tools() -> None:
    code = "import sys, gradphoto.app; sys.exit('ortools' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
