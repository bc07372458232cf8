"""Timetables to solve: the real campaign's classes, a campaign six times as large, and a checker of any answer."""

import random
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

from python_calamine import CalamineWorkbook

import gradphoto
from gradphoto.schedule.models import Turn
from gradphoto.schedule.solver.values import ClassLoad, Problem, Rules, Solved, Window

SHANGHAI = ZoneInfo("Asia/Shanghai")
EACH = 20.0
TURNS = {Turn.first: 0, Turn.normal: 1, Turn.last: 2}
FIRST = {"计1501", "计1502", "计1503", "计1504", "通信1501", "通信1502", "信安1501", "信安1502"}
LAST = {"材料151", "材料152", "管信151", "管信152", "机151", "机152", "机153", "机154", "机155", "机156", "机械F15"}


def at(day: int, clock: str) -> datetime:
    hour, minute = map(int, clock.split(":"))
    return datetime(2018, 10, day, hour, minute, tzinfo=SHANGHAI)


def span(day: int, start: str, end: str, venue: str = "1202", cameras: int = 1) -> Window:
    return Window(venue, at(day, start), at(day, end), cameras)


def three_days(morning: str = "9:00", evening: str = "16:00", cameras: int = 1) -> tuple[Window, ...]:
    """The notice's days: three hours before lunch, and after it until `evening`."""
    ends = [("12:00", morning), (evening, "13:00")]
    return tuple(span(day, start, end, cameras=cameras) for day in (23, 24, 25) for end, start in ends)


@cache
def real_classes() -> tuple[ClassLoad, ...]:
    """The 117 classes and 3,300 students of the notice's roster, 先拍 and 后拍 as the notice has them."""
    book = CalamineWorkbook.from_path(Path(gradphoto.__file__).parent / "demo_data" / "roster-2019.xlsx")
    head, *rows = book.get_sheet_by_index(0).to_python()
    college, name = head.index("学院"), head.index("班级")
    heads = Counter((str(row[college]), str(row[name])) for row in rows)
    turns = {name: Turn.first for name in FIRST} | {name: Turn.last for name in LAST}
    return tuple(
        ClassLoad(f"{of}/{name}", name, of, count, turn=turns.get(name, Turn.normal))
        for (of, name), count in heads.items()
    )


def with_exams(classes: tuple[ClassLoad, ...], days: list[int], share: float, seed: int) -> tuple[ClassLoad, ...]:
    """Some classes may not come on one half day; half of those only for two hours of it."""
    chance, done = random.Random(seed), []
    for one in classes:
        forbidden: tuple[tuple[datetime, datetime], ...] = ()
        if chance.random() < share:
            day, morning, whole = chance.choice(days), chance.random() < 0.5, chance.random() < 0.5
            clock = ("8:00", "12:00") if morning else ("13:00", "18:00")
            part = ("10:00", "12:00") if morning else ("13:00", "15:00")
            start, end = clock if whole else part
            forbidden = ((at(day, start), at(day, end)),)
        done.append(ClassLoad(one.id, one.name, one.college, one.heads, forbidden, one.turn))
    return tuple(done)


BIG_DAYS = [8, 9, 10, 11, 12, 15, 16, 17]


def big(rooms: int = 3, cameras: int = 1, seed: int = 1, share: float = 0.15) -> Problem:
    """700 classes, 20,000 students, 28 colleges; eight days; 15 % of the classes have an exam."""
    chance = random.Random(seed)
    weights = [chance.uniform(0.3, 2.2) for _ in range(28)]
    colleges = sorted(chance.choices(range(28), weights, k=700))
    turns = [Turn.first, *[Turn.normal] * 8, Turn.last]
    heads = [chance.randint(18, 39) for _ in colleges]
    while sum(heads) != 20_000:
        heads[chance.randrange(700)] += 1 if sum(heads) < 20_000 else -1
    classes = tuple(
        ClassLoad(f"c{i}", f"{k + 1:02}院{i}班", f"第{k + 1:02}学院", heads[i], turn=chance.choice(turns))
        for i, k in enumerate(colleges)
    )
    windows = tuple(
        span(day, start, end, f"{room + 1} 号厅", cameras)
        for day in BIG_DAYS
        for room in range(rooms)
        for start, end in (("9:00", "12:00"), ("13:00", "17:00"))
    )
    return Problem(windows, with_exams(classes, BIG_DAYS, share, seed), Rules(EACH))


def faults(problem: Problem, solved: Solved) -> Iterator[str]:
    """What is wrong with an answer, by the promises alone; nothing here knows how it was found."""
    known = {one.id: one for one in problem.classes}
    rules, grain = problem.rules, timedelta(minutes=problem.rules.grain_minutes)
    placed = Counter(one.class_id for slot in solved.slots for one in slot.classes)
    if placed != Counter(known.keys()):
        yield "a class is missing or placed twice"
    for slot in solved.slots:
        window = problem.windows[slot.window]
        length = window.ends_at - window.starts_at
        if (slot.venue, slot.cameras) != (window.venue, window.cameras):
            yield "a slot tells of another room than its window"
        if slot.starts_at < window.starts_at or slot.ends_at > window.ends_at - length * rules.spare_share:
            yield "a slot leaves its window or eats the spare"
        if slot.starts_at.minute % rules.grain_minutes or (slot.ends_at - slot.starts_at) % grain:
            yield "a slot is not on the grain"
        own = [known[one.class_id] for one in slot.classes if one.class_id in known]
        if any(one.college != slot.college for one in own) or not own:
            yield "a slot mixes colleges or is empty"
        if slot.heads != sum(one.heads for one in own):
            yield "heads do not add up"
        if timedelta(seconds=slot.heads * rules.seconds_each / slot.cameras) > slot.ends_at - slot.starts_at:
            yield "more people than the slot can take"
        if [one.turn for one in slot.classes] != [one.turn for one in own] or own != sorted(
            own, key=lambda c: TURNS[c.turn]
        ):
            yield "turns are not kept"
        clock = slot.starts_at
        for one, group in zip(slot.classes, own, strict=False):
            takes = timedelta(seconds=group.heads * rules.seconds_each / slot.cameras)
            if abs(one.starts_at - clock) > timedelta(seconds=1) or abs(one.ends_at - clock - takes) > timedelta(
                seconds=1
            ):
                yield "a class stands at another time than its place says"
            clock += takes
            if any(one.starts_at < end and start < one.ends_at for start, end in group.forbidden):
                yield "a class stands in a time forbidden to it"
        for rule in rules.between:
            if rule.college == slot.college and (
                slot.starts_at < (rule.earliest or slot.starts_at) or slot.ends_at > (rule.latest or slot.ends_at)
            ):
                yield "a college stands outside its bounds"
    for one, other in pairwise(sorted(solved.slots, key=lambda slot: (slot.venue, slot.starts_at))):
        if one.venue == other.venue and other.starts_at < one.ends_at:
            yield "two slots overlap in a room"
    for college, pieces in Counter(slot.college for slot in solved.slots).items():
        if rules.together and pieces > most_pieces(problem, college):
            yield "a college is in more pieces than it has to be"


def most_pieces(problem: Problem, college: str) -> int:
    """One where a window can hold all, else one more than the longest windows need together."""
    rules, sizes = problem.rules, []
    for window in problem.windows:
        start, end = window.starts_at, window.ends_at
        end -= (end - start) * rules.spare_share
        for rule in rules.between:
            if rule.college == college:
                start, end = max(start, rule.earliest or start), min(end, rule.latest or end)
        grains = (end - start) // timedelta(minutes=rules.grain_minutes)
        sizes.append(max(0, grains) * rules.grain_minutes * 60 * window.cameras)
    work = sum(one.heads for one in problem.classes if one.college == college) * rules.seconds_each
    if max(sizes) >= work:
        return 1
    taken = 0
    for count, size in enumerate(sorted(sizes, reverse=True), 1):
        taken += size
        if taken >= work:
            return count + 1
    return len(sizes)
