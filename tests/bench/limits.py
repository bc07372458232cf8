"""A request beside pgbench: its own statements, all and only the writing ones, on the same server in the same round."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pgbench
from load import Tally
from record import Statement, script
from report import Measured
from server import Site

PASSES = 3  # pgbench is through in a moment
_WRITES = re.compile(r"\b(INSERT INTO|UPDATE \w+ SET|DELETE FROM)\b")


@dataclass(frozen=True, slots=True)
class Limits:
    """`prepare` puts the database back to where the script begins."""

    site: Site
    whole: str
    writing: str
    prepare: Callable[[], object]

    def measure(self, clients: int, transactions: int) -> tuple[pgbench.Limit, pgbench.Limit]:
        return self._best(self.whole, clients, transactions), self._best(self.writing, clients, transactions)

    def _best(self, text: str, clients: int, transactions: int) -> pgbench.Limit:
        """A limit is what can be reached."""
        passes = []
        for _ in range(PASSES):
            self.prepare()
            passes.append(pgbench.run(self.site.url, text, clients, transactions))
        return max(passes, key=lambda one: one.per_second)


def limits(
    site: Site, seen: Sequence[Statement], places: Mapping[Any, str], prepare: Callable[[], object], each: str = ""
) -> Limits:
    writing = [one for one in seen if _WRITES.search(one.text)]
    return Limits(site, script(seen, places, each), script(writing, places, each), prepare)


def beside(name: str, tally: Tally, whole: pgbench.Limit, writing: pgbench.Limit) -> list[Measured]:
    """The figures of one request under one number of connections."""
    n, all_of_it = len(tally.latencies), "pgbench, every statement of the request"
    return [
        Measured(name, tally.per_second, "1/s", n, all_of_it, whole.per_second),
        Measured(f"{name}_writing", tally.per_second, "1/s", n, "pgbench, only what it writes", writing.per_second),
        Measured(f"{name}_p50", tally.ms(0.5), "ms", n, all_of_it, whole.ms(0.5)),
        Measured(f"{name}_p99", tally.ms(0.99), "ms", n, all_of_it, whole.ms(0.99)),
    ]
