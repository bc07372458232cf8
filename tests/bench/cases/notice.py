"""Reading a notice: the real one, and the longest text that is taken, beside its patterns run over it once."""

import re
import time
from collections.abc import Callable, Iterator

from crowd import Crowd
from report import Measured, Report
from server import Site

import make
from gradphoto.schedule import (
    class_names,
    notice_columns,
    notice_days,
    notice_details,
    notice_facts,
    notice_findings,
    notice_hours,
    notice_place,
    notice_slots,
    notice_text,
)
from gradphoto.schedule.documents import MAX_CHARACTERS
from gradphoto.schedule.notice import read_notice
from gradphoto.schedule.notice_text import reading

NOTICE = make.DEMO_DATA / "notice-2018-135.txt"
READER = (class_names, notice_columns, notice_days, notice_details, notice_facts, notice_findings)
READER += (notice_hours, notice_place, notice_slots, notice_text)


async def run(site: Site, crowd: Crowd, report: Report, rounds: int, quick: bool) -> None:
    text = NOTICE.read_text("utf-8")
    long = (text * (MAX_CHARACTERS // len(text) + 1))[:MAX_CHARACTERS]
    for _ in range(rounds):
        for name, written, times in (("read_notice", text, 20), ("read_longest_notice", long, 1)):
            read = _seconds(lambda written=written: read_notice(written), times)
            plain = reading(written).plain
            once = _seconds(lambda plain=plain: sum(_found(plain)), times)
            report.add(Measured(name, read, "s", times, "each of its patterns once over the text", once))


def _found(plain: str) -> Iterator[int]:
    patterns = {one for module in READER for one in vars(module).values() if isinstance(one, re.Pattern)}
    return (sum(1 for _ in pattern.finditer(plain)) for pattern in patterns)


def _seconds(work: Callable[[], object], times: int) -> float:
    began = time.perf_counter()
    for _ in range(times):
        work()
    return (time.perf_counter() - began) / times
