"""Reading a notice: the real one in detail, ranges of classes, and notices written in other manners."""

from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from gradphoto.schedule.notice.proposal import Finding, Level, NoticeProposal, clock
from gradphoto.schedule.notice.reader import read_notice

NOTICE = Path(__file__).parents[1] / "backend/gradphoto/demo_data/notice-2018-135.txt"
TEXT = NOTICE.read_text(encoding="utf-8")
SHANGHAI = ZoneInfo("Asia/Shanghai")
TITLE = "关于2019届毕业生图像采集的通知\n"


@pytest.fixture(scope="module")
def real() -> NoticeProposal:
    return read_notice(TEXT)


def codes(proposal: NoticeProposal) -> list[str]:
    return [finding.code for finding in proposal.findings]


def the(proposal: NoticeProposal, code: str) -> Finding:
    (finding,) = [finding for finding in proposal.findings if finding.code == code]
    return finding


def times(proposal: NoticeProposal) -> list[tuple[str, str, str]]:
    return [
        (f"{s.day.month}-{s.day.day}", f"{clock(s.starts_at)}-{clock(s.ends_at)}", s.college) for s in proposal.slots
    ]


# --- the real notice -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("title", "关于 2019 届本科生学历证书电子注册图像采集工作通知", None),
        ("document_no", "教通知【2018】135 号", None),
        ("cohort", 2019, "2019 届"),
        ("grade", 2015, "2015 级"),
        ("institution", "北京科技大学", None),
        ("date_issued", date(2018, 10, 17), "2018 年 10 月 17 日"),
        ("shoot_from", date(2018, 10, 23), "2018 年 10 月 23-25 日"),
        ("shoot_until", date(2018, 10, 25), "2018 年 10 月 23-25 日"),
        ("venue", "体育馆", None),
        ("room", "1202", None),
        ("gate", "9 号门", None),
        ("access", "从体育馆东侧 9 号门进入", None),
        ("fee_fen", 2000, "20 元/人"),
        ("pace_people", 30, "10 分钟/30 人"),
        ("pace_minutes", 10, "10 分钟/30 人"),
        ("return_deadline", datetime(2019, 3, 10, 23, 59, 59, tzinfo=SHANGHAI), "2019 年 3 月 10 日前"),
        ("mailbox", "ustbjwk@163.com", None),
        (
            "clothing",
            "注意妆容，拍摄时请着浅色系服装，不能穿蓝色系服装",
            "注意妆容，拍摄时请着浅色系服装，**不能穿蓝色系服装",
        ),
        ("bring", "身份证和学生证", None),
        ("stated_classes", 117, "共计 117 个班、3300 人"),
        ("stated_heads", 3300, "共计 117 个班、3300 人"),
        ("agency", "新华社中国图片社", None),
    ],
)
def test_fact_of_the_real_notice(real: NoticeProposal, name: str, value: object, words: str | None) -> None:
    fact = getattr(real.facts, name)
    assert fact.value == value
    assert fact.span.text == (words or value)
    assert TEXT[fact.span.start : fact.span.end] == fact.span.text


def test_the_deadline_is_the_last_second_in_shanghai(real: NoticeProposal) -> None:
    assert real.facts.return_deadline is not None
    assert real.facts.return_deadline.value.isoformat() == "2019-03-10T23:59:59+08:00"


def test_the_fourteen_slots(real: NoticeProposal) -> None:
    assert times(real) == [
        ("10-23", "9:00-10:40", "自动化学院"),
        ("10-23", "10:40-12:00", "土资学院"),
        ("10-23", "13:00-13:40", "化生学院"),
        ("10-23", "13:40-16:00", "计通学院"),
        ("10-24", "9:00-11:00", "材料学院"),
        ("10-24", "11:00-12:00", "外语学院"),
        ("10-24", "13:00-15:00", "管理学院"),
        ("10-24", "15:00-16:00", "能环学院"),
        ("10-25", "9:00-9:40", "高工学院"),
        ("10-25", "9:40-11:00", "数理学院"),
        ("10-25", "11:00-12:00", "文法学院"),
        ("10-25", "13:00-13:20", "高工学院"),
        ("10-25", "13:20-15:30", "机械学院"),
        ("10-25", "15:30-16:20", "冶金学院"),
    ]
    assert {slot.day.year for slot in real.slots} == {2018}
    assert all(slot.starts_at.utcoffset() == timedelta(hours=8) for slot in real.slots)
    assert [slot.stated_classes for slot in real.slots] == [9, 11, 4, 12, 14, 5, 13, 6, 6, 7, 6, 2, 15, 7]
    heads = [300, 236, 104, 431, 408, 139, 366, 190, None, 213, 196, None, 401, 146]
    assert [slot.stated_heads for slot in real.slots] == heads
    assert all(TEXT[slot.span.start : slot.span.end] == slot.span.text for slot in real.slots)
    assert real.slots[12].span.text.startswith("上午 13:20-15:30")


def test_who_is_first_last_only_and_not(real: NoticeProposal) -> None:
    named = {i: (s.include, s.exclude, s.first, s.last) for i, s in enumerate(real.slots)}
    first = ("计1501", "计1502", "计1503", "计1504", "通信1501", "通信1502", "信安1501", "信安1502")
    assert named.pop(3) == ((), (), first, ())
    assert named.pop(4) == ((), (), (), ("材料151", "材料152"))
    assert named.pop(6) == ((), (), (), ("管信151", "管信152"))
    assert named.pop(8) == ((), ("材料E151", "材料E152"), (), ())
    assert named.pop(11) == (("材料E151", "材料E152"), (), (), ())
    assert named.pop(12) == ((), (), (), (*(f"机{number}" for number in range(151, 157)), "机械F15"))
    assert set(named.values()) == {((), (), (), ())}


def test_every_oddity_is_a_finding_and_nothing_else_is(real: NoticeProposal) -> None:
    assert sorted(codes(real)) == [
        "agency_names",
        "college_in_several_slots",
        "deadline_inclusive",
        "deadline_on_weekend",
        "except_reading",
        "heads_total",
        "heads_unknown",
        "heads_unknown",
        "morning_label_on_afternoon",
        "sample_of_other_cohort",
    ]
    afternoon = the(real, "morning_label_on_afternoon")
    assert (afternoon.slot, afternoon.level) == (12, Level.question)
    assert "13:20" in (afternoon.ruling or "")
    assert "星期日" in the(real, "deadline_on_weekend").sentence
    assert "土木1404" in the(real, "sample_of_other_cohort").sentence
    assert "117" in (the(real, "except_reading").ruling or "")
    for number in ("3300", "3130", "170", "1100", "高工学院 2 场"):
        assert number in the(real, "heads_total").sentence
    assert [f.slot for f in real.findings if f.code == "heads_unknown"] == [8, 11]


def test_a_changed_notice_is_read_as_changed() -> None:
    """Negative control: the reader knows the words, not this notice."""
    changed = TEXT.replace("10:40-12:00\t土资学院（11 个班 236 人）", "10:50-12:10\t土资学院（10 个班 230 人）")
    changed = changed.replace("10 月 24 日 (周三)", "10 月 24 日 (周四)").replace("20 元/人", "15.5 元/人")
    proposal = read_notice(changed.replace("下午 15:00-16:00", "下午 14:50-16:00"))
    assert proposal.slots[1].starts_at == datetime(2018, 10, 23, 10, 50, tzinfo=SHANGHAI)
    assert proposal.facts.fee_fen is not None and proposal.facts.fee_fen.value == 1550
    assert {"gap_between_slots", "slots_overlap", "weekday_mismatch", "classes_total"} <= set(codes(proposal))


@pytest.mark.parametrize("line_end", ["\r\n", "\r", "\u2028"])
@pytest.mark.parametrize("wide", [False, True])
def test_line_ends_and_widths_do_not_matter(line_end: str, wide: bool) -> None:
    text = TEXT.translate({ord("-"): "－", ord(":"): "：", ord(","): "，"}) if wide else TEXT
    proposal = read_notice(text.replace("\n", line_end))
    assert times(proposal) == times(read_notice(TEXT))


# --- other manners -------------------------------------------------------------------------------------------------


def test_a_table_with_bars_and_24_hours() -> None:
    proposal = read_notice(
        "XX大学教务处\n关于2025届毕业生图像信息采集的通知\n每人20元，约20秒/人。\n"
        "| 日期 | 时间 | 学院 | 地点 |\n"
        "| 2024-10-22（星期二） | 08:30—10:00 | 机械工程学院（8个班 240人） | 体育馆1202室 |\n"
        "| | 10：00～11：30 | 计算机学院（9个班，270人；软件2101-2103班先拍） | 体育馆1202室 |\n"
        "| 2024-10-23（星期二） | 14:00至17:30 | 外国语学院（12个班 360人） | 体育馆1202室 |\n"
        "请于2025年3月14日17:00前将照片发送至 xj@example.edu.cn。\n2024年10月10日\n"
    )
    assert times(proposal) == [
        ("10-22", "8:30-10:00", "机械工程学院"),
        ("10-22", "10:00-11:30", "计算机学院"),
        ("10-23", "14:00-17:30", "外国语学院"),
    ]
    assert proposal.slots[1].first == ("软件2101", "软件2102", "软件2103")
    assert proposal.slots[0].place == "体育馆 1202"
    facts = proposal.facts
    assert facts.return_deadline and facts.return_deadline.value.isoformat() == "2025-03-14T17:00:00+08:00"
    assert facts.pace_people and facts.pace_minutes and facts.pace_people.value == 3 * facts.pace_minutes.value
    assert "星期二" in the(proposal, "weekday_mismatch").sentence


def test_a_table_of_spaces_with_12_hours_and_no_years() -> None:
    proposal = read_notice(
        "某某学院教务处\n关于做好2020届毕业生图像采集工作的通知\n采集时间：2019年11月5日至11月6日\n"
        "地点：大学生活动中心一楼大厅\n"
        "11月5日(周二)   上午8:30-10:00    信息学院 10个班300人\n"
        "                上午10:00-11:30   经济管理学院  9班 260人（会计1601-03班最后拍）\n"
        "                下午1:30-3:00     艺术系  4个班98人\n"
        "                3:00-4:00         护理系  5个班\n"
        "11月6日(周三)   上午9时-10时30分  教育学院 6个班\n"
    )
    assert times(proposal) == [
        ("11-5", "8:30-10:00", "信息学院"),
        ("11-5", "10:00-11:30", "经济管理学院"),
        ("11-5", "13:30-15:00", "艺术系"),
        ("11-5", "15:00-16:00", "护理系"),
        ("11-6", "9:00-10:30", "教育学院"),
    ]
    assert (proposal.slots[1].stated_classes, proposal.slots[1].stated_heads) == (9, 260)
    assert proposal.slots[1].last == ("会计1601", "会计1602", "会计1603")
    assert proposal.facts.institution and proposal.facts.institution.value == "某某学院"
    assert the(proposal, "part_of_day_missing").slot == 3
    assert {"missing_room", "missing_fee_fen", "missing_mailbox"} <= set(codes(proposal))


def test_two_rooms_at_once_do_not_overlap_and_are_asked_about() -> None:
    proposal = read_notice(
        "关于2022届毕业生照片采集的通知\n时间：2021年10月12日\n"
        "9:00-11:00 理学院（6个班180人） 东区体育馆 101 房间\n"
        "9:00-11:00 文学院（6个班170人） 西区活动中心 305 室\n"
        "11:00-12:00 法学院、马克思主义学院（4个班100人） 东区体育馆 101 房间\n"
    )
    assert [slot.place for slot in proposal.slots] == ["东区体育馆 101", "西区活动中心 305", *["东区体育馆 101"] * 2]
    assert {slot.day for slot in proposal.slots} == {date(2021, 10, 12)}
    assert "several_venues" in codes(proposal) and "colleges_share_slot" in codes(proposal)
    assert "slots_overlap" not in codes(proposal)


def test_prose_and_a_shoot_after_new_year() -> None:
    proposal = read_notice(
        "关于2019届毕业生图像采集补拍安排的通知\n"
        "请机械学院于3月5日上午9:00-10:00、数学学院于3月6日上午10:00-11:00到行政楼 305 室拍摄，费用30元/人。\n"
        "2018年12月20日\n"
    )
    assert times(proposal) == [("3-5", "9:00-10:00", "机械学院"), ("3-6", "10:00-11:00", "数学学院")]
    assert {slot.day.year for slot in proposal.slots} == {2019}
    assert all(slot.include == () for slot in proposal.slots)


def test_one_cell_a_line() -> None:
    proposal = read_notice(
        TITLE + "2018 年 10 月 23-24 日\n日期\n时间\n学院\n10 月 23 日\n(周二)\n上午 9:00-10:40\n自动化学院\n"
        "（9 个班 300 人）\n\n上午 10:40-12:00\n\n土资学院（11 个班\n236 人）\n24 日\n上午 9:00-10:00\n数理学院\n"
    )
    assert times(proposal) == [
        ("10-23", "9:00-10:40", "自动化学院"),
        ("10-23", "10:40-12:00", "土资学院"),
        ("10-24", "9:00-10:00", "数理学院"),
    ]
    assert [slot.stated_heads for slot in proposal.slots] == [300, 236, None]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("2018年10月20日上午 电气学院（8个班）", "line_not_read"),
        ("2018年10月20日 上午9-11点 化工学院", "line_not_read"),
        ("2018年10月20日 16:00-9:00 化工学院", "time_impossible"),
        ("2018年10月20日 9:00-25:00 化工学院", "time_impossible"),
        ("2018年10月20日 9:00-10:00 各学院", "time_without_college"),
        ("2018年10月20日 化工学院 9:00-10:00、14:00-15:00", "times_unclear"),
        ("2018年2月30日 9:00-10:00 化工学院", "no_such_day"),
        ("9:00-10:00 化工学院", "slot_without_date"),
        ("24 日 9:00-10:00 化工学院", "day_without_month"),
    ],
)
def test_what_is_not_understood_is_said_and_not_proposed(line: str, code: str) -> None:
    proposal = read_notice(TITLE + line)
    assert proposal.slots == ()
    assert {code, "missing_timetable"} <= set(codes(proposal))


def test_an_end_before_its_start_is_taken_for_the_afternoon_and_asked_about() -> None:
    proposal = read_notice("2018年10月20日 上午11:00-1:00 化工学院")
    assert times(proposal) == [("10-20", "11:00-13:00", "化工学院")]
    assert the(proposal, "end_after_noon").slot == 0


def test_bare_columns_of_numbers_are_proposed_with_what_was_not_read() -> None:
    proposal = read_notice(TITLE + "1\t自动化学院\t9\t300\t2018年10月23日9:00-10:40\n")
    assert times(proposal) == [("10-23", "9:00-10:40", "自动化学院")]
    assert (proposal.slots[0].stated_heads, proposal.slots[0].include) == (None, ())
    assert "300" in the(proposal, "slot_text_unread").sentence


@pytest.mark.parametrize("text", ["", "\n", "今晚聚餐 20 元/人，联系 a@b.com，食堂 201 房间。", "9" * 5000])
def test_what_is_no_notice_proposes_nothing(text: str) -> None:
    assert codes(read_notice(text)) == ["not_a_notice"]
    assert read_notice(text) == NoticeProposal(findings=read_notice(text).findings)
    assert "收费标准" in read_notice(text).findings[0].sentence
