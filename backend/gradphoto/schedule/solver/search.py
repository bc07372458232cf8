"""Runs CP-SAT on the model: the best timetable, or the least that would have to give way."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from ortools.sat.python import cp_model

from gradphoto.schedule.models import Turn
from gradphoto.schedule.solver.grid import TURNS, Grid
from gradphoto.schedule.solver.model import Linear, Model, build

SLOW, PACE = 23, 20  # the camera we prepare for takes 23 seconds where 20 were planned
# What a grain that spills counts 20 of: a grain idle, a hundredth of the fullest window, half a day out of order.
IDLE, FULLEST, ORDER = 2, 3, 60


@dataclass(frozen=True)
class Piece:
    """Classes of one college in one window, in the order of the shoot; `start` in grains is the solver's own."""

    window: int
    college: str
    start: int
    classes: tuple[int, ...]


@dataclass(frozen=True)
class Outcome:
    """`pieces` is None where none was found; `certain`: then there is none, otherwise it is the best.

    `cost` is of the objective asked for. `broken`: the classes whose forbidden times were not kept, where that was
    allowed.
    """

    pieces: tuple[Piece, ...] | None
    certain: bool
    gap: float = 0.0
    cost: int = 0
    broken: tuple[int, ...] = ()


@dataclass(frozen=True)
class Run:
    solver: cp_model.CpSolver
    status: cp_model.CpSolverStatus

    @property
    def found(self) -> bool:
        return self.status in (cp_model.OPTIMAL, cp_model.FEASIBLE)

    @property
    def certain(self) -> bool:
        """The best was found, or there is none."""
        return self.status in (cp_model.OPTIMAL, cp_model.INFEASIBLE)

    @property
    def cost(self) -> int:
        return round(self.solver.objective_value)

    @property
    def least(self) -> float:
        """No answer costs less."""
        return self.solver.best_objective_bound

    @property
    def gap(self) -> float:
        return 0.0 if self.certain else (self.cost - self.least) / max(1, abs(self.cost))


class Clock:
    """Seconds that several runs share."""

    def __init__(self, seconds: float, workers: int, seed: int) -> None:
        self.workers, self.seed = workers, seed
        self._until = time.monotonic() + seconds

    def left(self) -> float:
        return self._until - time.monotonic()


def best(grid: Grid, seconds: float, workers: int, seed: int) -> Outcome:
    """First the fewest pieces, in the fewest days and rooms; then, keeping that, the least waiting.

    Both are found on the coarse model, which is small, and then filled with classes and times: fast, and mostly as good
    as the coarse answer. Otherwise the full model takes the rest of the time.
    """
    clock = Clock(seconds, workers, seed)
    coarse = build(grid, coarse=True)
    structure = run_model(coarse, sum(coarse.structure), clock, 0.25)
    if not structure.found:
        return Outcome(None, True) if structure.certain else _from_scratch(grid, clock)
    _keep(coarse, structure.cost)
    _hint(coarse, structure)
    bound = run_model(coarse, _waiting(coarse), clock, 0.55)
    if not bound.found:
        return _from_scratch(grid, clock)
    # Colleges in pieces may not fill exactly the windows that their heads alone would: then only those are free.
    for whole_only in (False, True):
        full = build(grid)
        _keep(full, structure.cost)
        for key, used in full.uses.items():
            if isinstance(full.sizes[key], int) or not whole_only:
                full.cp.add(used == bound.solver.value(coarse.uses[key]))
        filled = run_model(full, _waiting(full), clock, 0.5)
        if filled.found:
            break
    else:
        return _from_scratch(grid, clock)
    least = max(bound.least, 0)
    if filled.cost <= bound.cost or clock.left() < 1:
        return _outcome(full, filled, structure.certain and filled.cost <= least, structure.gap, least)
    free = build(grid)
    _keep(free, structure.cost)
    waiting = _waiting(free)
    _hint(free, filled)
    better = run_model(free, waiting, clock, 1)
    if not better.found or better.cost > filled.cost:
        return _outcome(full, filled, False, structure.gap, max(least, better.least))
    certain = structure.certain and (better.certain or better.cost <= least)
    return _outcome(free, better, certain, structure.gap, max(least, better.least))


def _from_scratch(grid: Grid, clock: Clock) -> Outcome:
    """The full model alone, where the coarse one was no help."""
    model = build(grid)
    first = run_model(model, sum(model.structure), clock, 0.6)
    if not first.found:
        return Outcome(None, first.certain)
    _keep(model, first.cost)
    _hint(model, first)
    second = run_model(model, _waiting(model), clock, 1)
    return _outcome(model, second if second.found else first, first.certain and second.certain, first.gap, second.least)


def fewest_pieces(grid: Grid, seconds: float, workers: int, seed: int) -> Outcome:
    model = build(grid)
    return _asked(model, sum(model.structure), Clock(seconds, workers, seed))


def least_stretch(grid: Grid, seconds: float, workers: int, seed: int) -> Outcome:
    """`cost`: by how many grains windows would have to be longer, all together."""
    model = build(grid)
    over = []
    for w, end in enumerate(model.ends):
        over.append(model.cp.new_int_var(0, grid.longest[w], ""))
        model.cp.add(over[w] >= end - grid.usual[w])
    return _asked(model, sum(over), Clock(seconds, workers, seed))


def fewest_broken(grid: Grid, seconds: float, workers: int, seed: int) -> Outcome:
    """`cost`: how many classes would have to come in a time forbidden to them."""
    model = build(grid, soft=True)
    return _asked(model, sum(model.broken.values()), Clock(seconds, workers, seed))


def _waiting(model: Model) -> Linear:
    """Told their own minute, people wait where the camera is slower than planned and the window has no room left for
    it: what would spill at 23 seconds instead of 20 counts, then the fullest window, idle minutes between colleges, and
    how far colleges are from their place in the order wished for."""
    grid, cp = model.grid, model.cp
    spills, fullest = [], cp.new_int_var(0, 100, "")
    for w, end in enumerate(model.ends):
        cp.add(100 * end <= fullest * max(1, grid.whole[w]))
        most = max(0, SLOW * grid.longest[w] - PACE * grid.whole[w])
        spills.append(spill := cp.new_int_var(0, most, ""))
        cp.add(spill >= SLOW * end - PACE * grid.whole[w])
        # A college that spills on its own is alone in its window, so these add up: it helps the solver to know.
        alone = {key: SLOW * size - PACE * grid.whole[w] for key, size in model.sizes.items() if key[1] == w}
        cp.add(
            spill >= sum(model.uses[key] * over for key, over in alone.items() if isinstance(over, int) and over > 0)
        )
    places = _places(grid)
    halves = {start: i for i, start in enumerate(sorted({w.starts_at for w in grid.problem.windows}))}
    wished: list[Linear] = []
    for k, college in enumerate(grid.members):
        for w in grid.windows if college in places else ():
            if (k, w) in model.uses:
                off = abs(halves[grid.problem.windows[w].starts_at] - places[college] * (len(halves) - 1))
                wished.append(round(ORDER * off) * model.uses[k, w])
    return sum(spills) + IDLE * sum(model.ends) + FULLEST * fullest + sum(wished)


def _places(grid: Grid) -> dict[str, float]:
    """Where in the campaign, 0 to 1, the middle of each college would be if all went in the order wished for."""
    wished = [college for college in grid.problem.rules.order if college in grid.members]
    everybody = sum(grid.heads(grid.members[college]) for college in wished) or 1
    places, before = {}, 0
    for college in wished:
        heads = grid.heads(grid.members[college])
        places[college] = (before + heads / 2) / everybody
        before += heads
    return places


def _asked(model: Model, objective: Linear, clock: Clock) -> Outcome:
    run = run_model(model, objective, clock, 1)
    return _outcome(model, run, run.certain, 0.0, run.least) if run.found else Outcome(None, run.certain)


def run_model(model: Model, objective: Linear, clock: Clock, share: float) -> Run:
    """With `share` of the time left."""
    model.cp.minimize(objective)
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = max(0.2, clock.left() * share)
    solver.parameters.num_workers = clock.workers
    solver.parameters.random_seed = clock.seed
    return Run(solver, solver.solve(model.cp))


def _keep(model: Model, structure: int) -> None:
    if model.structure:
        model.cp.add(sum(model.structure) <= structure)


def _hint(model: Model, run: Run) -> None:
    """Both models were built alike, so their variables are."""
    for index, value in enumerate(run.solver.response_proto.solution):
        model.cp.add_hint(model.cp.get_int_var_from_proto_index(index), value)


def _outcome(model: Model, run: Run, certain: bool, other_gap: float, least: float) -> Outcome:
    gap = 0.0 if certain else max(other_gap, (run.cost - least) / max(1, abs(run.cost)))
    broken = tuple(c for c, literal in model.broken.items() if run.solver.boolean_value(literal))
    return Outcome(_pieces(model, run.solver), certain, gap, run.cost, broken)


def _pieces(model: Model, solver: cp_model.CpSolver) -> tuple[Piece, ...]:
    grid, pieces = model.grid, []
    for k, college in enumerate(grid.members):
        for w in grid.windows:
            if (k, w) in model.uses and solver.boolean_value(model.uses[k, w]):
                here = [c for c in grid.members[college] if (c, w) in model.here]
                here = [c for c in here if solver.boolean_value(model.here[c, w])]
                pieces.append(Piece(w, college, solver.value(model.starts[k, w]), _ordered(model, solver, here, w)))
    return tuple(sorted(pieces, key=lambda piece: (piece.window, piece.start)))


def _ordered(model: Model, solver: cp_model.CpSolver, classes: Sequence[int], w: int) -> tuple[int, ...]:
    def key(c: int) -> tuple[int, int, int]:
        front = (c, w) in model.front and solver.boolean_value(model.front[c, w])
        back = (c, w) in model.back and solver.boolean_value(model.back[c, w])
        return TURNS[Turn(model.grid.problem.classes[c].turn)], back - front, c

    return tuple(sorted(classes, key=key))
