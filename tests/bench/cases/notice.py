"""Reading a notice: the real one, and the longest text that is taken, beside its patterns run over it once."""

import re
import time
from collections.abc import Callable, Iterator

from crowd import Crowd
from report import Measured, Report
from server import Site

import make
from gradphoto.schedule.notice import class_names
from gradphoto.schedule.notice import columns as notice_columns
from gradphoto.schedule.notice import days as notice_days
from gradphoto.schedule.notice import details as notice_details
from gradphoto.schedule.notice import facts as notice_facts
from gradphoto.schedule.notice import findings as notice_findings
from gradphoto.schedule.notice import hours as notice_hours
from gradphoto.schedule.notice import place as notice_place
from gradphoto.schedule.notice import slots as notice_slots
from gradphoto.schedule.notice import text as notice_text
from gradphoto.schedule.notice.documents import MAX_CHARACTERS
from gradphoto.schedule.notice.reader import read_notice
from gradphoto.schedule.notice.text import reading

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
