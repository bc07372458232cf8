"""A proposal printed as a notice reads back the same, whatever it says; and so does the timetable as an Excel sheet."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from gradphoto.schedule.models import Turn
from gradphoto.schedule.notice.documents import Document, read_document
from gradphoto.schedule.notice.proposal import Fact, NoticeFacts, NoticeProposal, SlotProposal
from gradphoto.schedule.notice.reader import read_notice
from gradphoto.schedule.notice.writing import TimetableRow, reprint, write_timetable_xlsx
from notice_table import NOWHERE, line, without_spans

SHANGHAI = ZoneInfo("Asia/Shanghai")


def a_fact(values: st.SearchStrategy) -> st.SearchStrategy:
    return st.none() | values.map(lambda value: Fact(value, NOWHERE))


def known(values: st.SearchStrategy) -> st.SearchStrategy:
    return values.map(lambda value: Fact(value, NOWHERE))


@st.composite
def class_names(draw: st.DrawFn) -> str:
    prefix = draw(st.sampled_from(["计", "材料", "英语（师范）", "软件工程", "护理2021级", "管信", "机械"]))
    return draw(
        st.sampled_from(["", "E", "F"]).flatmap(
            lambda letter: st.integers(1, 2199).map(lambda number: f"{prefix}{letter}{number}".replace("（", "("))
        )
    ).replace("）", ")")


names = st.lists(class_names(), max_size=5, unique=True).map(tuple)
colleges = st.sampled_from(["自动化学院", "计算机与通信工程学院", "护理系", "竺可桢书院", "医学部", "马院", "国际教育"])
places = st.sampled_from(["体育馆 1202", "东区体育馆 101", "体育馆 1202 2 号机位", "图书馆报告厅", "A 座大厅"])


@st.composite
def slots(draw: st.DrawFn, day: date, with_college: bool) -> SlotProposal:
    start = draw(st.integers(0, 23 * 60))
    end = draw(st.integers(start + 1, 24 * 60))
    midnight = datetime.combine(day, time(), SHANGHAI)
    return SlotProposal(
        day=day,
        starts_at=midnight + timedelta(minutes=start),
        ends_at=midnight + timedelta(minutes=end),
        college=draw(colleges) if with_college else "",
        stated_classes=draw(st.none() | st.integers(0, 400)),
        stated_heads=draw(st.none() | st.integers(0, 20000)),
        include=draw(names if with_college else names.filter(bool)),
        exclude=draw(names),
        first=draw(names),
        last=draw(names),
        place=draw(st.none() | places),
        span=NOWHERE,
    )


@st.composite
def proposals(draw: st.DrawFn) -> NoticeProposal:
    first = draw(st.dates(date(2016, 1, 1), date(2030, 12, 1)))
    last = draw(st.dates(first, date(first.year, 12, 31)))
    cohort = draw(known(st.integers(2016, 2030)))
    day = st.dates(first, last)
    several = st.lists(st.tuples(day, st.booleans()).flatmap(lambda one: slots(*one)), min_size=1, max_size=6)
    made = draw(several)
    if any(not slot.place for slot in made):
        # In a table, an empty cell takes the place of the row above.
        made = [SlotProposal(**{**vars(slot), "place": None}) for slot in made]
    shoot = draw(st.booleans())
    pace = draw(st.none() | st.tuples(st.integers(1, 999), st.integers(1, 99)))
    deadline = st.datetimes(datetime(2016, 1, 1), datetime(2031, 1, 1)).map(  # noqa: DTZ001
        lambda at: at.replace(second=0, microsecond=0, tzinfo=SHANGHAI)
    )
    deadline |= deadline.map(lambda at: at.replace(hour=23, minute=59, second=59))
    totals = draw(st.none() | st.tuples(st.integers(0, 2000), st.integers(0, 99999)))
    venue = draw(known(st.sampled_from(["体育馆", "大学生活动中心", "图书馆 2 楼"])))
    gate = draw(st.none() | st.sampled_from(["9 号门", "2 号门"]))
    facts = NoticeFacts(
        title=draw(known(st.just(f"关于 {cohort.value} 届本科生图像采集工作的通知"))),
        document_no=draw(a_fact(st.sampled_from(["教通知【2018】135 号", "〔2023〕4 号"]))),
        cohort=cohort,
        grade=draw(a_fact(st.integers(2012, 2026))) or draw(known(st.integers(2012, 2026))),
        institution=draw(a_fact(st.sampled_from(["北京科技大学", "海棠学院"]))),
        date_issued=draw(a_fact(st.dates(date(2016, 1, 1), date(2030, 1, 1)))),
        shoot_from=Fact(first, NOWHERE) if shoot else None,
        shoot_until=Fact(last, NOWHERE) if shoot else None,
        venue=venue,
        room=draw(a_fact(st.sampled_from(["1202", "B205", "101"]))),
        gate=Fact(gate, NOWHERE) if gate else None,
        access=Fact(f"从东侧 {gate}进入", NOWHERE) if gate else None,
        fee_fen=draw(a_fact(st.integers(0, 999_999))),
        pace_people=Fact(pace[0], NOWHERE) if pace else None,
        pace_minutes=Fact(pace[1], NOWHERE) if pace else None,
        return_deadline=draw(a_fact(deadline)),
        mailbox=draw(a_fact(st.sampled_from(["ustbjwk@163.com", "a.b-c@x.edu.cn"]))),
        clothing=draw(a_fact(st.sampled_from(["请着浅色系服装，不能穿蓝色系服装", "着装：浅色衬衫"]))),
        bring=draw(a_fact(st.sampled_from(["身份证和学生证", "学生证"]))),
        stated_classes=Fact(totals[0], NOWHERE) if totals else None,
        stated_heads=Fact(totals[1], NOWHERE) if totals else None,
        agency=draw(a_fact(st.sampled_from(["新华社中国图片社", "海棠照相馆"]))),
        cameras=draw(a_fact(st.integers(2, 9))),
    )
    return NoticeProposal(facts, tuple(made))


@settings(deadline=None, max_examples=150)
@given(proposals())
def test_a_reprinted_proposal_reads_back_the_same(proposal: NoticeProposal) -> None:
    printed = reprint(proposal)
    again = read_notice(printed)
    assert without_spans(again)[1] == without_spans(proposal)[1], printed
    assert without_spans(again) == without_spans(proposal), printed


def test_a_changed_reprint_reads_as_changed() -> None:
    """Negative control: it is the printed words that are read."""
    proposal = read_notice("关于2019届图像采集的通知\n2018年10月20日 9:00-10:00 化工学院（300 人）\n")
    assert "300" in reprint(proposal)
    assert line(read_notice(reprint(proposal).replace("300", "301")).slots[0]) == "10-20 9:00-10:00 化工学院 301人"


@st.composite
def sheets(draw: st.DrawFn) -> list[list[TimetableRow]]:
    """Slots of one day one after another, each with some classes of one college."""
    at, found = datetime(2024, 10, 21, 8, tzinfo=SHANGHAI), []
    for number in range(draw(st.integers(1, 6))):
        start = at + timedelta(minutes=draw(st.integers(0, 20)))
        at = start + timedelta(minutes=draw(st.integers(5, 90)))
        where = draw(st.sampled_from([("体育馆", "1202 房间", "9 号门"), ("体育馆 1202 2 号机位", "", "")]))
        head = ("ABCDEF"[number], start, at, *where, draw(colleges))
        rows = [
            TimetableRow(*head, name, draw(st.integers(0, 60)), draw(st.sampled_from(Turn)), start, "")
            for name in draw(st.lists(class_names(), min_size=1, max_size=5, unique=True))
        ]
        found.append(rows)
    return found


@settings(deadline=None, max_examples=15)
@given(sheets())
def test_the_exported_sheet_reads_back_to_its_slots(slots: list[list[TimetableRow]]) -> None:
    document = read_document(write_timetable_xlsx(row for rows in slots for row in rows))
    assert isinstance(document, Document)
    again = read_notice(document.text).slots
    assert [(s.starts_at, s.ends_at, s.college, s.stated_heads) for s in again] == [
        (rows[0].starts_at, rows[0].ends_at, rows[0].college, sum(row.heads for row in rows)) for rows in slots
    ]
    for slot, rows in zip(again, slots, strict=True):
        assert slot.place == ("体育馆 1202" if rows[0].room else rows[0].venue)
        assert slot.include == tuple(row.class_group for row in rows)
        assert slot.first == tuple(row.class_group for row in rows if row.turn is Turn.first)
        assert slot.last == tuple(row.class_group for row in rows if row.turn is Turn.last)
