"""Measure the product on this machine, each figure beside its limit: `make bench`, or with --quick to try it."""

import argparse
import asyncio
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # make.py and campus.py of the tests

from cases import calls, check, check_in, fees, imports, live, mail, minutes, notice, package, photos, roster, timetable
from crowd import gather
from report import Report, say
from server import Site, site

CASES = {
    "check_in": check_in.run,
    "calls": calls.run,
    "fees": fees.run,
    "check": check.run,
    "photos": photos.run,
    "mail": mail.run,
    "imports": imports.run,
    "package": package.run,
    "roster": roster.run,
    "live": live.run,
    "minutes": minutes.run,
    "timetable": timetable.run,
    "notice": notice.run,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", nargs="*", metavar="CASE", help=f"of {', '.join(CASES)}; none = all")
    parser.add_argument("--quick", action="store_true", help="one short round of each, only to see that it works")
    parser.add_argument("--rounds", type=int, help="default 3, with --quick 1")
    chosen = parser.parse_args()
    unknown = set(chosen.cases) - set(CASES)
    if unknown:
        parser.error(f"no such case: {', '.join(sorted(unknown))}")
    with site() as running:
        asyncio.run(
            _measure(running, chosen.cases or list(CASES), chosen.rounds or (1 if chosen.quick else 3), chosen.quick)
        )


async def _measure(running: Site, names: list[str], rounds: int, quick: bool) -> None:
    crowd, report = await gather(running), Report()
    for name in names:
        say(f"measuring {name}")
        await CASES[name](running, crowd, report, rounds, quick)
        report.print()


main()
