"""Waiting and idle cameras on the notice's three days, by how people are told to come, beside the notice as written."""

import time
from dataclasses import replace

from crowd import Crowd
from report import Measured, Report
from server import Site

from gradphoto.schedule.planning.simulator import Mode, Model, Outcome, simulate
from real_day import real_days

STOP = ("2018-10-24", 10 * 3600.0, 10 * 3600.0 + 20 * 60)
PACES = (17.0, 20.0, 23.0, 26.0)


async def run(site: Site, crowd: Crowd, report: Report, rounds: int, quick: bool) -> None:
    seeds = range(4 if quick else 20)
    days, model = real_days(), Model()
    began = time.perf_counter()
    notice = simulate(days, Mode.notice, model, seeds)
    seconds = time.perf_counter() - began
    report.add(*_figures("notice", notice, notice, len(seeds)))
    for mode in (Mode.by_class, Mode.own_minute):
        report.add(*_figures(mode, simulate(days, mode, model, seeds), notice, len(seeds)))
    for mean in PACES:
        outcome = simulate(days, Mode.replanned, replace(model, mean_seconds=mean), seeds)
        report.add(*_figures(f"replanned_{mean:.0f}s", outcome, notice, len(seeds)))
    stopped = simulate(days, Mode.replanned, replace(model, stop=STOP), seeds)
    report.add(*_figures("replanned_20min_stop", stopped, notice, len(seeds)))
    for mean in (17.0, 23.0):
        outcome = simulate(days, Mode.own_minute, replace(model, mean_seconds=mean), seeds)
        report.add(*_figures(f"told_once_{mean:.0f}s", outcome, notice, len(seeds)))
    began = time.perf_counter()
    simulate(days, Mode.replanned, model, seeds)
    replanned = time.perf_counter() - began
    report.add(Measured("simulate_replanned", replanned, "s", len(seeds), "simulating the notice as written", seconds))


def _figures(name: str, outcome: Outcome, notice: Outcome, n: int) -> list[Measured]:
    return [
        Measured(f"{name}_wait_mean", outcome.mean_wait, "min", n, "the notice as written", notice.mean_wait),
        Measured(f"{name}_wait_p95", outcome.p95_wait, "min", n, "the notice as written", notice.p95_wait),
        Measured(f"{name}_queue", outcome.longest_queue, "people", n, "the notice as written", notice.longest_queue),
        Measured(f"{name}_idle", outcome.idle * 100, "%", n, "the notice as written", notice.idle * 100),
    ]
