"""Rulings: every finding has a key that lasts and choices, and a choice changes the reading where there are two."""

from pathlib import Path

import pytest

from gradphoto.schedule.notice.placement import ClassGroupHeads, place
from gradphoto.schedule.notice.proposal import Finding, NoticeProposal
from gradphoto.schedule.notice.reader import read_notice
from notice_table import facts, line, without_spans
from test_placement import group, slot

FOLDER = Path(__file__).parent / "notices"
REAL = (Path(__file__).parents[1] / "backend/gradphoto/demo_data/notice-2018-135.txt").read_text("utf-8")
TEXTS = {path.stem: path.read_text("utf-8") for path in sorted(FOLDER.glob("*.txt"))} | {"real": REAL}
HEAD = "关于2019届毕业生图像采集的通知\n2018 年 10 月 23-25 日\n共计 10 个班、300 人\n"


def found(proposal: NoticeProposal, code: str) -> Finding:
    return next(finding for finding in proposal.findings if finding.code == code)


def ruled(text: str, code: str, choice: str) -> NoticeProposal:
    return read_notice(text, {found(read_notice(text), code).key: choice})


@pytest.mark.parametrize("name", TEXTS)
def test_keys_are_unique_short_and_last(name: str) -> None:
    text = TEXTS[name]
    findings = read_notice(text).findings
    keys = [finding.key for finding in findings]
    assert len(set(keys)) == len(keys)
    assert all(key.isascii() and len(key) <= 60 and "/" not in key for key in keys)
    assert [finding.key for finding in read_notice(text).findings] == keys
    moved = read_notice("\n\n" + text.replace("\n", "\r\n") + "\n  ").findings
    assert sorted(finding.key for finding in moved) == sorted(keys)
    for finding in findings:
        assert finding.choices and finding.taken == finding.choices[0].choice
        assert all(choice.sentence.endswith("。") and len(choice.choice) <= 40 for choice in finding.choices)
        assert finding.ruling == finding.choices[0].sentence or [c.choice for c in finding.choices] == ["noted"]


@pytest.mark.parametrize("name", TEXTS)
def test_any_choice_of_any_finding_is_taken_and_the_finding_stays(name: str) -> None:
    text = TEXTS[name]
    for finding in read_notice(text).findings:
        for choice in finding.choices:
            again = read_notice(text, {finding.key: choice.choice})
            same = [one for one in again.findings if one.key == finding.key]
            assert [one.taken for one in same] == [choice.choice]
            assert all(one.slot is None or one.slot < len(again.slots) for one in again.findings)


def test_a_ruling_of_no_finding_or_no_choice_changes_nothing() -> None:
    """Negative control."""
    key = found(read_notice(REAL), "deadline_inclusive").key
    assert read_notice(REAL, {"deadline_inclusive-00000000": "exclusive", key: "sometimes"}) == read_notice(REAL)


@pytest.mark.parametrize(
    ("text", "code", "choice", "expected"),
    [
        ("10月23日（周三）9:00-10:00 工学院（9人）", "weekday_mismatch", "date", "10-23 9:00-10:00 工学院 9人"),
        ("10月23日（周三）9:00-10:00 工学院（9人）", "weekday_mismatch", "weekday", "10-24 9:00-10:00 工学院 9人"),
        ("10月23日 上午 13:20-15:30 工学院（9人）", "morning_label_on_afternoon", "drop", ""),
        ("10月23日 下午 8:30-9:30 工学院（9人）", "unusual_hours", "other_half", "10-23 8:30-9:30 工学院 9人"),
        ("10月23日 3:00-4:00 工学院（9人）", "part_of_day_missing", "afternoon", "10-23 15:00-16:00 工学院 9人"),
        ("10月23日 3:00-4:00 工学院（9人）", "part_of_day_missing", "morning", "10-23 3:00-4:00 工学院 9人"),
        ("10月23日 上午11:00-1:00 工学院（9人）", "end_after_noon", "drop", ""),
        ("10月23日 9:00-10:00 工学院（9个班）", "heads_unknown", "hint", "10-23 9:00-10:00 工学院 9班 300人"),
        (
            "10月23日 9:00-10:00 工学院（除工E1班的 6 个班 9 人）",
            "except_reading",
            "together",
            "10-23 9:00-10:00 工学院 5班 9人 除=工E1",
        ),
        (
            "10月23日 9:00-10:00 工学院（除工E1班的 6 个班 9 人）",
            "except_reading",
            "only",
            "10-23 9:00-10:00 工学院 1班 9人 只=工E1",
        ),
    ],
)
def test_a_choice_changes_the_slot(text: str, code: str, choice: str, expected: str) -> None:
    assert " | ".join(line(one) for one in ruled(HEAD + text, code, choice).slots) == expected


@pytest.mark.parametrize(
    ("name", "code", "choice", "fact", "value"),
    [
        ("real", "deadline_inclusive", "exclusive", "return_deadline", "2019-03-09T23:59:59+08:00"),
        ("real", "deadline_on_weekend", "monday", "return_deadline", "2019-03-11T23:59:59+08:00"),
        ("real", "agency_names", "option_2", "agency", "中国图片社"),
        ("broken", "several_fee", "option_2", "fee_fen", "3000"),
        ("broken", "several_mailbox", "option_2", "mailbox", "c@d.example.cn"),
        ("rooms", "several_venues", "option_2", "room", "305"),
        ("together", "pace_of_cameras", "each", "pace_people", "60"),
    ],
)
def test_a_choice_changes_the_fact(name: str, code: str, choice: str, fact: str, value: str) -> None:
    def shown(proposal: NoticeProposal) -> str:
        at = facts(proposal)[fact]
        return at.isoformat() if hasattr(at, "isoformat") else str(at)

    assert shown(ruled(TEXTS[name], code, choice)) == value
    assert shown(read_notice(TEXTS[name])) != value


def test_two_colleges_in_one_time_go_one_after_another_or_together() -> None:
    text = HEAD + "10月23日 9:00-10:00 工学院（20人）、农学院（40人）"
    assert [line(one) for one in read_notice(text).slots] == [
        "10-23 9:00-9:20 工学院 20人",
        "10-23 9:20-10:00 农学院 40人",
    ]
    assert [line(one) for one in ruled(text, "colleges_share_slot", "together").slots] == [
        "10-23 9:00-10:00 工学院 20人",
        "10-23 9:00-10:00 农学院 40人",
    ]


def test_a_ruling_outlives_another_one_and_a_text_that_says_more() -> None:
    """The key is made of the words it is about, not of what they are taken for."""
    text = HEAD + "10月23日（周三）上午 13:20-15:30 工学院"
    first, second = found(read_notice(text), "weekday_mismatch"), found(read_notice(text), "heads_unknown")
    moved = read_notice(text, {first.key: "weekday"})
    assert found(moved, "heads_unknown").key == second.key
    longer = read_notice(HEAD + "请各学院准时到场。\n" + text.removeprefix(HEAD), {first.key: "weekday"})
    assert without_spans(longer) == without_spans(moved)


# --- laying the slots over the roster ------------------------------------------------------------------------------


def placed(slots: list, groups: list[ClassGroupHeads], code: str, choice: str) -> list[tuple[int, str]]:
    first = place(slots, groups, 30, 10)
    (finding,) = [one for one in first.findings if one.code == code]
    names = {one.id: one.name for one in groups}
    return [
        (one.slot, names[one.class_group_id])
        for one in place(slots, groups, 30, 10, rulings={finding.key: choice}).placed
    ]


MACHINE = [slot("机械学院", last=("机151",))], [group("机械151", "机械学院"), group("机械152", "机械学院")]
TWICE = (
    [slot("甲学院", include=("甲1",)), slot("甲学院", 60, include=("甲1", "甲2"))],
    [group("甲1", "甲学院"), group("甲2", "甲学院")],
)


@pytest.mark.parametrize(
    ("case", "code", "choice", "expected"),
    [
        (MACHINE, "class_by_alias", "same", [(0, "机械152"), (0, "机械151")]),
        (MACHINE, "class_by_alias", "other", [(0, "机械151"), (0, "机械152")]),
        (TWICE, "class_in_two_slots", "earlier", [(0, "甲1"), (1, "甲2")]),
        (TWICE, "class_in_two_slots", "later", [(1, "甲1"), (1, "甲2")]),
        (
            ([slot("计通学院")], [group("计1", "计算机与通信工程学院")]),
            "college_by_abbreviation",
            "other",
            [],
        ),
        (
            ([slot("材料学院")], [group("甲1", "材料科学与工程学院"), group("乙1", "材料物理学院")]),
            "college_not_in_roster",
            "option_2",
            [(0, "乙1")],
        ),
    ],
)
def test_a_choice_changes_who_comes_when(case: tuple, code: str, choice: str, expected: list) -> None:
    assert placed(*case, code, choice) == expected


def test_a_slot_without_a_college_takes_the_classes_it_names() -> None:
    groups = [group("甲1", "甲学院"), group("乙1", "乙学院"), group("乙2", "乙学院")]
    result = place([slot("", include=("甲1", "乙1"))], groups, 30, 10)
    assert [one.class_group_id for one in result.placed] == [groups[0].id, groups[1].id]
    assert [one.code for one in result.findings] == ["class_without_slot"]
    assert "乙2" in result.findings[0].sentence
