"""The timetable solver: the notice's 117 classes, then 700 classes and 20,000 students, some with exams."""

import time

from crowd import Crowd
from report import Measured, Report, say
from server import Site

from gradphoto.core.crunch import crunch
from gradphoto.schedule.solver.grid import make_grid
from gradphoto.schedule.solver.model import build
from gradphoto.schedule.solver.search import Clock, run_model
from gradphoto.schedule.solver.values import Problem, Rules, Solved
from solver_problems import EACH, big, faults, real_classes, three_days, with_exams

SOLVER = "gradphoto.schedule.solver.solve:solve"
LIMIT = "CP-SAT, only colleges into windows"


async def run(site: Site, crowd: Crowd, report: Report, rounds: int, quick: bool) -> None:
    for turn in range(rounds):
        real = with_exams(real_classes(), [23, 24, 25], 0.15, turn)
        await _solve(report, "timetable_117", Problem(three_days("8:30", "17:00"), real, Rules(EACH)), 20, turn)
        if not quick:
            await _solve(report, "timetable_700", big(), 45, turn)


async def _solve(report: Report, name: str, problem: Problem, seconds: float, seed: int) -> None:
    """As the product does it, in a process of its own, start and import of OR-Tools included."""
    began = time.perf_counter()
    answer = await crunch(
        "gradphoto.schedule.solver.solve:solve", problem, seconds, 2, seed, seconds=120, memory_mb=4096
    )
    took = time.perf_counter() - began
    if type(answer) is not Solved or list(faults(problem, answer)):
        raise SystemExit(f"{name}: no timetable, or a wrong one")
    began = time.perf_counter()
    model = build(make_grid(problem), coarse=True)
    run_model(model, sum(model.structure), Clock(seconds, 2, seed), 1)
    alone = time.perf_counter() - began
    say(f"{name}: {answer.figures.spill_minutes} minutes would spill, gap {answer.gap:.1%}, proven {answer.proven}")
    n = len(problem.classes)
    report.add(
        Measured(f"{name}_classes", took, "s", n, LIMIT, alone),
        Measured(f"{name}_gap", answer.gap * 100, "%", n),
    )
