"""Notices in the manner of other universities: what is proposed of each, what is asked, and what survives a reprint."""

from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradphoto.schedule.notice.reader import read_notice
from gradphoto.schedule.notice.writing import reprint
from notice_table import asked, facts, line, without_spans

FOLDER = Path(__file__).parent / "notices"
REAL = Path(__file__).parents[1] / "backend/gradphoto/demo_data/notice-2018-135.txt"
NAMES = sorted(path.stem for path in FOLDER.glob("*.txt"))


def text(name: str) -> str:
    return (FOLDER / f"{name}.txt").read_text("utf-8")


# name, its slots, and everything odd in it with the slot it is about
MANNERS: list[tuple[str, list[str], str]] = [
    (
        "bars",
        [
            "10-26 8:30-9:30 船舶学院 6班 180人 先=船舶1901 @体育馆",
            "10-26 9:30-11:00 航海学院 8班 236人 @体育馆",
            "10-27 14:00-14:50 港航学院 5班 148人 后=港航1902 @体育馆",
        ],
        "missing_room",
    ),
    (
        "broken",
        [
            "10-25 14:00-15:00 化工学院 5班",
            "10-25 20:30-22:00 文学院 4班 120人",
            "10-25 17:30-18:30 法学院",
            "10-25 16:00-17:00 理学院",
        ],
        "gap_between_slots@1 gap_between_slots@2 gap_between_slots@3 heads_unknown@0 heads_unknown@2 "
        "heads_unknown@3 line_not_read missing_pace_people missing_return_deadline missing_room "
        "missing_venue morning_label_on_afternoon@0 no_such_day no_such_day part_of_day_missing@2 "
        "several_fee several_mailbox slot_text_unread@3 slot_without_date time_impossible "
        "time_impossible times_unclear unusual_hours@1 weekday_mismatch year_assumed",
    ),
    (
        "by_class",
        [
            "10-21 8:00-8:10 机械工程学院 30人 只=机制2101",
            "10-21 8:10-8:20 机械工程学院 29人 只=机制2102",
            "10-21 8:20-8:35 机械工程学院 44人 只=车辆2101,车辆2102",
            "10-21 8:35-8:45 外国语学院 28人 只=英语(师范)2101",
            "10-21 8:45-8:55 外国语学院 25人 只=日语2101",
            "10-22 14:00-14:15 机械工程学院 41人 只=材控21-1,材控21-2",
        ],
        "",
    ),
    (
        "cameras",
        [
            "9-19 8:30-10:00 信息学院 8班 262人 @体育馆 2 楼 201 1 号机位",
            "9-19 8:30-10:00 化工学院 7班 210人 @体育馆 2 楼 201 2 号机位",
            "9-19 10:00-11:00 艺术学院 5班 150人 @体育馆 2 楼 201 1 号机位",
            "9-19 10:00-11:30 医学院 9班 268人 @体育馆 2 楼 201 2 号机位",
        ],
        "",
    ),
    (
        "classes_only",
        [
            "10-20 8:30-9:10 ? 只=机自2201,机自2202,机自2203,机自2204",
            "10-20 9:10-9:20 ? 只=智造2201",
            "10-20 9:20-9:45 ? 只=护理2022级1,护理2022级2",
        ],
        "heads_not_stated missing_room",
    ),
    (
        "clean",
        [
            "10-23 9:00-10:30 数学学院 9班 265人",
            "10-23 10:30-12:00 物理学院 9班 260人 先=物理2001,物理2002,物理2003",
            "10-24 9:00-10:30 历史学院 10班 270人",
            "10-24 14:00-15:10 哲学系 7班 195人 后=哲学2001",
        ],
        "",
    ),
    (
        "headings",
        [
            "11-4 9:00-10:30 会计学院 251人 只=会计2101,会计2102,会计2103,会计2104,会计2105,会计2106",
            "11-4 10:30-11:00 会计学院 81人 只=审计2101,审计2102 先=审计2101",
            "11-5 9:00-9:45 金融学院 128人 只=金融2101,金融2102,金融2103",
            "11-5 9:45-10:00 金融学院 38人 只=保险2101",
        ],
        "",
    ),
    (
        "lines_24_hours",
        [
            "10-18 8:30-10:00 电气工程学院 12班 360人",
            "10-18 10:00-12:00 计算机与软件学院 15班 468人 先=软件1801,软件1802,软件1803,软件1804",
            "10-18 13:30-15:45 土木学院 14班 421人 后=土木1801,土木1803,土木1805",
            "10-19 8:30-11:30 经济管理学院 20班 610人",
            "10-19 13:30-14:30 理学院 6班 180人 除=应化1801",
            "10-19 14:00-14:20 理学院 24人 只=应化1801",
            "10-20 20:30-21:30 继续教育学院 9班",
        ],
        "college_in_several_slots@5 deadline_inclusive deadline_on_weekend except_reading@4 "
        "heads_unknown@6 slots_overlap@5 unusual_hours@6 weekday_mismatch",
    ),
    (
        "periods",
        [
            "11-7 8:00-9:40 文学院 176人 只=汉语言1901,汉语言1902,汉语言1903,汉语言1904",
            "11-7 10:00-11:40 数学学院 158人 只=数学1901,数学1902,数学1903,统计1901",
            "11-7 14:00-17:30 教育学院 392人 只="
            "学前1901,学前1902,学前1903,学前1904,学前1905,学前1906,小教1901,小教1902,小教1903",
            "11-8 8:00-11:40 音乐系 70人 只=音乐1901,音乐1902",
        ],
        "gap_between_slots@1 missing_room period_unknown",
    ),
    (
        "prose",
        [
            "3-5 9:00-10:00 机械学院",
            "3-6 10:00-11:00 数学学院 @行政楼 305",
        ],
        "heads_not_stated",
    ),
    (
        "rooms",
        [
            "10-13 9:00-10:30 理学院 265人 @东区体育馆 101",
            "10-13 9:00-10:00 文学院 170人 @西区活动中心 305",
            "10-13 10:30-10:45 法学院 @东区体育馆 101",
            "10-13 10:45-11:00 马克思主义学院 @东区体育馆 101",
            "10-13 10:00-11:30 新闻学院 240人 @西区活动中心 305",
        ],
        "colleges_share_slot@3 heads_unknown@2 heads_unknown@3 several_venues",
    ),
    (
        "together",
        [
            "11-12 8:30-10:00 会计学院 10班 520人",
            "11-12 10:00-11:30 护理学院 10班 500人",
        ],
        "pace_of_cameras",
    ),
]


def test_every_notice_has_its_expectation() -> None:
    assert [name for name, _, _ in MANNERS] == NAMES


@pytest.mark.parametrize(("name", "slots", "findings"), MANNERS, ids=NAMES)
def test_slots_and_findings(name: str, slots: list[str], findings: str) -> None:
    proposal = read_notice(text(name))
    assert [line(slot) for slot in proposal.slots] == slots
    assert " ".join(asked(proposal)) == findings


AT = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("bars", {"stated_classes": 19, "stated_heads": 564, "venue": "体育馆", "clothing": "着装整洁"}),
        ("broken", {"cohort": 2020, "fee_fen": 2000, "mailbox": "a@b.example.cn"}),
        ("by_class", {"venue": "大学生活动中心", "room": "203", "grade": 2021, "stated_heads": 197}),
        ("cameras", {"venue": "体育馆 2 楼", "room": "201", "stated_classes": 29, "stated_heads": 890}),
        ("classes_only", {"venue": "体育中心 1 号厅", "clothing": "请着深色服装", "grade": 2022}),
        ("clean", {"gate": "3 号门", "document_no": "青教通〔2023〕41 号", "agency": "青禾照相馆", "fee_fen": 2000}),
        ("headings", {"venue": "综合楼", "room": "B205", "shoot_until": date(2024, 11, 5)}),
        ("lines_24_hours", {"room": "A102", "fee_fen": 2500, "pace_people": 60, "pace_minutes": 12}),
        ("periods", {"fee_fen": 1800, "return_deadline": datetime(2023, 2, 24, 12, tzinfo=AT), "bring": "学生证"}),
        ("prose", {"fee_fen": 3000, "date_issued": date(2018, 12, 20), "institution": "白鹭职业学院"}),
        ("rooms", {"shoot_from": date(2020, 10, 13), "gate": "2 号门", "clothing": "着浅色系服装"}),
        ("together", {"cameras": 2, "pace_people": 30, "agency": "海棠照相馆", "room": "401"}),
    ],
)
def test_facts(name: str, expected: dict[str, object]) -> None:
    found = facts(read_notice(text(name)))
    assert {key: found.get(key) for key in expected} == expected


@pytest.mark.parametrize("path", [REAL, *sorted(FOLDER.glob("*.txt"))], ids=lambda path: path.stem)
def test_each_word_was_written_and_a_reprint_reads_back_the_same(path: Path) -> None:
    written = path.read_text("utf-8")
    proposal = read_notice(written)
    for slot in proposal.slots:
        assert {"day", "starts_at", "ends_at"} <= set(slot.spans)
        said = {name for name in ("college", "stated_classes", "stated_heads", "include", "first", "last", "place")}
        assert {name for name in said if getattr(slot, name)} <= set(slot.spans)
        for span in slot.spans.values():
            assert span.text and written[span.start : span.end] == span.text == span.text.strip()
    assert without_spans(read_notice(reprint(proposal))) == without_spans(proposal)


def test_what_each_field_shows() -> None:
    """A date merged over several rows stands in the first of them, a total in its own cell."""
    first, second, *_ = read_notice(text("by_class")).slots
    assert {name: span.text for name, span in second.spans.items()} == {
        "day": "10月21日",
        "starts_at": "08:10",
        "ends_at": "08:20",
        "college": "机械工程学院",
        "include": "机制2102班",
        "stated_heads": "29",
    }
    assert first.spans["college"] == second.spans["college"]
    real = read_notice(REAL.read_text("utf-8")).slots[3].spans
    assert real["first"].text == "计 1501-1504 班、通信 1501-1502 班，信安 1501-1502 班"
    assert (real["day"].text, real["starts_at"].text, real["ends_at"].text) == ("10 月 23 日", "下午 13:40", "16:00")


@pytest.mark.parametrize("name", NAMES)
def test_a_notice_cut_off_anywhere_proposes_only_what_the_whole_does_not_contradict(name: str) -> None:
    """Negative control of the tables above: less text never gives more slots, and never an error."""
    whole = text(name)
    for part in range(0, len(whole), max(1, len(whole) // 25)):
        assert len(read_notice(whole[:part]).slots) <= len(read_notice(whole).slots) + 1


# --- single points ---------------------------------------------------------------------------------------------------

HEAD = "关于2019届毕业生图像采集的通知\n2018 年 10 月 23-24 日\n"


@pytest.mark.parametrize(
    ("table", "slots"),
    [
        ("日期\t时间\t学院\t人数\n10.23\t9:00-10:00\t马院\t60\n", ["10-23 9:00-10:00 马院 60人"]),
        ("学院\t人数\t时间\t日期\n工学院\t约60人\t上午9时-10时半\t24 日\n", ["10-24 9:00-10:30 工学院 60人"]),
        (
            "日期\t上下午\t时间\t学院\t班级\n10月23日\t下午\t1:30-2:30\t工学院\t工1501-1502班\n",
            ["10-23 13:30-14:30 工学院 只=工1501,工1502"],
        ),
        (
            # A browser leaves out the cells that were merged above.
            "日期\t时间\t学院\t人数\n10月23日\t9:00-10:00\t工学院\t60\n10:00-11:00\t农学院\t50\n",
            ["10-23 9:00-10:00 工学院 60人", "10-23 10:00-11:00 农学院 50人"],
        ),
        (
            "日期\t时间\t学院\t班级\n10月23日\t9:00-10:00\t工学院\t工1501班\n\t\t\t工1502班\n",
            ["10-23 9:00-10:00 工学院 只=工1501,工1502"],
        ),
        (
            "日期\t机位\t时间\t学院\n10月23日\t机位一\t9:00-10:00\t工学院（60人）\n\tB机位\t9:00-10:00\t农学院\n",
            ["10-23 9:00-10:00 工学院 60人 @1 号机位", "10-23 9:00-10:00 农学院 @B 号机位"],
        ),
        (
            "日期\t节次\t学院\t人数\n10月23日\t1-2节\t工学院\t60\n第1节 8:00-8:45，第2节 8:55-9:40。\n",
            ["10-23 8:00-9:40 工学院 60人"],
        ),
        ("10月23日 第三大节（10:00-11:40） 工学院（60人）\n", ["10-23 10:00-11:40 工学院 60人"]),
        ("10月23日 9:00-10:00 工学院（60人）2号机位\n", ["10-23 9:00-10:00 工学院 60人 @2 号机位"]),
    ],
)
def test_a_table_in_another_form(table: str, slots: list[str]) -> None:
    assert [line(slot) for slot in read_notice(HEAD + table).slots] == slots


@pytest.mark.parametrize(
    ("table", "code"),
    [
        ("日期\t节次\t学院\t人数\n10月23日\t第1-2节\t工学院\t60\n", "period_unknown"),
        ("10月23日 第1-2节 工学院\n", "period_unknown"),
        ("日期\t时间\t学院\t人数\n10月23日\t全天\t工学院\t60\n", "line_not_read"),
        ("日期\t时间\t学院\t人数\n2月30日\t9:00-10:00\t工学院\t60\n", "no_such_day"),
        ("日期\t时间\t学院\t班级\n10月23日\t9:00-10:00\t工学院\t另行通知\n", "slot_text_unread"),
    ],
)
def test_a_row_that_is_not_understood_is_asked_about(table: str, code: str) -> None:
    assert code in " ".join(asked(read_notice(HEAD + table)))


COLUMNS = {
    "日期": ("10月23日（周二）", "", "24 日"),
    "时间": ("9:00-10:00", "10：00—11：00", "下午1:30至2:30"),
    "院系": ("工学院", "农学院", "数学系"),
    "班级": ("工1501-1503班", "农151、农152", "数学1501"),
    "人数": ("90", "60人", "30"),
    "地点": ("体育馆", "体育馆", "礼堂"),
    "联系电话": ("1", "2", "3"),
}


@given(st.permutations(list(COLUMNS)))
def test_columns_in_any_order(order: list[str]) -> None:
    rows = [order, *([COLUMNS[name][i] for name in order] for i in range(3))]
    slots = read_notice(HEAD + "\n".join("\t".join(row) for row in rows) + "\n2018年10月17日\n").slots
    assert [line(slot) for slot in slots] == [
        "10-23 9:00-10:00 工学院 90人 只=工1501,工1502,工1503 @体育馆",
        "10-23 10:00-11:00 农学院 60人 只=农151,农152 @体育馆",
        "10-24 13:30-14:30 数学系 30人 只=数学1501 @礼堂",
    ]
