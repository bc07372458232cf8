"""A whole timetable from nothing: classes, windows and rules in, slots out, or which rules collide."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace

from gradphoto.schedule.solver import words
from gradphoto.schedule.solver.grid import Grid, check, make_grid
from gradphoto.schedule.solver.layout import figures, slots, tidy
from gradphoto.schedule.solver.search import Outcome, best, fewest_broken, fewest_pieces, least_stretch
from gradphoto.schedule.solver.values import Collides, Collision, Problem, Solved

STRETCH_MINUTES = 120
Search = Callable[[Grid, float, int, int], Outcome]


def solve(problem: Problem, seconds: float, workers: int = 2, seed: int = 0) -> Solved | Collides:
    """Places every class once; the answer comes within about `seconds`.

    Kept always: a slot lies in one window, slots of a room do not overlap, the spare stays free, no class stands in a
    time forbidden to it, 先拍 before the others and 后拍 after them in their slot, a college together (see Rules).
    Classes follow the roster; one with forbidden times may go to the front or the back of its turn.

    Of such timetables the best has, first, the fewest pieces of colleges that no window can hold, in the fewest days
    and rooms; then the fewest minutes that would spill over the windows' ends if the camera took 23 seconds instead of
    20, because a student told their own minute waits only where a slow camera meets a full window; then a
    fullest window that is not so full, few idle minutes, and the order wished for.

    With one worker the same seed gives the same answer, unless time runs out; with two, of several best ones any.
    ValueError: see `solver_grid.check`. Runs in a process of its own: it imports OR-Tools.
    """
    check(problem)
    began = time.monotonic()
    grid = make_grid(problem)
    certain = tuple(_certain(grid))
    if certain:
        return Collides(certain, True, time.monotonic() - began)
    found = best(grid, seconds, workers, seed)
    if found.pieces is None and not found.certain:
        return Collides((words.not_solved_in_time(seconds),), False, time.monotonic() - began)
    if found.pieces is None:
        left = max(10.0, seconds - (time.monotonic() - began))
        return Collides(_ways_out(problem, left, workers, seed), True, time.monotonic() - began)
    placed = slots(grid, tidy(grid, found.pieces))
    return Solved(placed, figures(grid, placed), found.certain, round(found.gap, 4), time.monotonic() - began)


def _certain(grid: Grid) -> Iterator[Collision]:
    """Collisions that arithmetic alone proves."""
    problem = grid.problem
    if not problem.windows or not problem.classes:
        yield words.nothing("classes" if problem.windows else "windows")
        return
    unbound = make_grid(replace(problem, rules=replace(problem.rules, between=())), with_forbidden=False)
    shut_out = {college for college in grid.members if all(grid.bounds[college, w][1] == 0 for w in grid.windows)}
    yield from (words.college_shut_out(grid, college) for college in sorted(shut_out))
    for c, one in enumerate(problem.classes):
        if any(grid.gaps[c]) or one.college in shut_out:
            continue
        never = any(unbound.gaps[c])
        yield words.class_never_free(grid, c) if never else words.class_too_long(grid, c)
    for college in grid.members:
        alone = all(any(grid.gaps[c]) for c in grid.members[college])
        if problem.rules.together and alone and grid.fits_whole(college) and not grid.whole_windows(college):
            yield words.college_never_together(grid, college)
    yield from _time(grid)


def _time(grid: Grid) -> Iterator[Collision]:
    """All heads against all windows; with one number of cameras everywhere, each college in whole grains at least."""
    minutes = grid.problem.rules.grain_minutes
    cameras = {window.cameras for window in grid.problem.windows}
    there = sum(length * grid.cameras(w) for w, length in enumerate(grid.usual)) * minutes
    everybody = sum(one.heads for one in grid.problem.classes)
    needed = -(-everybody * grid.each_ms // 60_000)
    rounded = len(cameras) == 1 and needed <= there
    if rounded:
        each = sum(grid.grains(grid.heads(members), 0) for members in grid.members.values())
        needed = each * minutes * cameras.pop()
    if needed > there:
        yield words.too_little_time(grid, needed, there, rounded)


def _ways_out(problem: Problem, seconds: float, workers: int, seed: int) -> tuple[Collision, ...]:
    """Each rule on its own given way as little as it can: those with which a timetable exists then."""
    rules, plain = problem.rules, make_grid(problem)
    stretched = make_grid(problem, STRETCH_MINUTES)
    apart = make_grid(replace(problem, rules=replace(rules, together=False)))
    full = make_grid(replace(problem, rules=replace(rules, spare_share=0.0)))
    unbound = make_grid(replace(problem, rules=replace(rules, between=())))
    exams = any(one.forbidden for one in problem.classes)
    tries: list[tuple[bool, Search, Grid, Callable[[Outcome], Collision]]] = [
        (True, least_stretch, stretched, lambda found: words.stretch(stretched, found.pieces or ())),
        (rules.together, fewest_pieces, apart, lambda found: words.split(apart, found.pieces or ())),
        (exams, fewest_broken, plain, lambda found: words.broken(plain, found.broken)),
        (rules.spare_share > 0, fewest_pieces, full, lambda _: words.spare(plain)),
        (bool(rules.between), fewest_pieces, unbound, lambda _: words.between(plain)),
    ]
    tries = [one for one in tries if one[0]]
    ways, sure = [], True
    for _, search, grid, say in tries:
        found = search(grid, seconds / len(tries), workers, seed)
        sure = sure and (found.pieces is not None or found.certain)
        if found.pieces is not None:
            ways.append(say(found))
    return tuple(ways) or (words.several(sure),)
