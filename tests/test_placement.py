"""Class groups of the roster into the slots of the notice: the real 117, and rosters that do not fit."""

from collections import Counter
from datetime import date, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from gradphoto.schedule.models import Turn
from gradphoto.schedule.notice.placement import ClassGroupHeads, Placement, place
from gradphoto.schedule.notice.proposal import SlotProposal, Span
from gradphoto.schedule.notice.reader import read_notice

DATA = Path(__file__).parents[1] / "backend/gradphoto/demo_data"
NAMESPACE = UUID(int=0)
NINE = datetime(2018, 10, 23, 9, tzinfo=ZoneInfo("Asia/Shanghai"))


def group(name: str, college: str, heads: int = 30) -> ClassGroupHeads:
    return ClassGroupHeads(uuid5(NAMESPACE, f"{college} {name}"), name, college, heads)


def slot(college: str, at: int = 0, minutes: int = 60, **words: object) -> SlotProposal:
    start = NINE + timedelta(minutes=at)
    fields: dict = {"stated_classes": None, "stated_heads": None, "place": None, "span": Span(0, 0, "")}
    fields |= dict.fromkeys(("include", "exclude", "first", "last"), ()) | words
    return SlotProposal(date(2018, 10, 23), start, start + timedelta(minutes=minutes), college, **fields)


def order(placement: Placement, groups: list[ClassGroupHeads], index: int) -> list[str]:
    names = {g.id: g.name for g in groups}
    marks = {Turn.first: "<", Turn.normal: "", Turn.last: ">"}
    return [marks[p.turn] + names[p.class_group_id] for p in placement.placed if p.slot == index]


@pytest.fixture(scope="module")
def roster() -> list[ClassGroupHeads]:
    rows = CalamineWorkbook.from_path(DATA / "roster-2019.xlsx").get_sheet_by_index(0).to_python()
    college, name = rows[0].index("学院"), rows[0].index("班级")
    heads = Counter((str(row[college]), str(row[name])) for row in rows[1:])
    return [group(name, college, count) for (college, name), count in heads.items()]


@pytest.fixture(scope="module")
def real(roster: list[ClassGroupHeads]) -> Placement:
    slots = read_notice((DATA / "notice-2018-135.txt").read_text(encoding="utf-8")).slots
    return place(slots, roster, 30, 10)


def test_all_117_are_placed_and_none_twice(real: Placement, roster: list[ClassGroupHeads]) -> None:
    assert len(roster) == 117
    assert Counter(p.class_group_id for p in real.placed) == Counter(g.id for g in roster)
    assert real.unplaced == ()
    assert list(Counter(p.slot for p in real.placed).values()) == [9, 11, 4, 12, 14, 5, 13, 6, 6, 7, 6, 2, 15, 7]
    for index in range(14):
        assert [p.position for p in real.placed if p.slot == index] == list(range(len(order(real, roster, index))))


def test_turns_and_order_of_the_real_slots(real: Placement, roster: list[ClassGroupHeads]) -> None:
    computing = " ".join(order(real, roster, 3))
    assert computing.startswith("<计1501 <计1502 <计1503 <计1504 <通信1501 <通信1502 <信安1501 <信安1502 ")
    assert computing.endswith(" 计1505 计1506 物联1501 物联1502")
    assert order(real, roster, 4)[-3:] == ["纳米151", ">材料151", ">材料152"]
    engineering = " ".join(order(real, roster, 12))
    assert engineering.endswith("车辆1501 >机151 >机152 >机153 >机154 >机155 >机156 >机械F15")


def test_材料E_stays_with_its_college(real: Placement, roster: list[ClassGroupHeads]) -> None:
    assert order(real, roster, 11) == ["材料E151", "材料E152"]
    assert "材料E151" not in order(real, roster, 8)
    assert "机械E151" in order(real, roster, 8)


def test_the_real_findings_are_the_slots_over_capacity(real: Placement) -> None:
    """Six by the notice's own head counts; 高工 is the seventh, known only from the roster."""
    assert {finding.code for finding in real.findings} == {"over_capacity"}
    over = {3: 11, 4: 48, 6: 6, 7: 10, 8: 8, 10: 16, 12: 11}
    assert [finding.slot for finding in real.findings] == list(over)
    for finding in real.findings:
        assert finding.slot is not None and f"多 {over[finding.slot]} 人" in finding.sentence


def codes(placement: Placement) -> list[str]:
    return [finding.code for finding in placement.findings]


@pytest.mark.parametrize(
    ("slots", "groups", "code"),
    [
        ([slot("甲学院", first=("甲9",))], [group("甲1", "甲学院")], "class_not_in_roster"),
        (
            [slot("甲学院", first=("乙1",)), slot("乙学院")],
            [group("甲1", "甲学院"), group("乙1", "乙学院")],
            "class_of_other_college",
        ),
        ([slot("甲学院", include=("甲1",))], [group("甲1", "甲学院"), group("甲2", "甲学院")], "class_without_slot"),
        ([slot("甲学院", exclude=("甲1",))], [group("甲1", "甲学院"), group("甲2", "甲学院")], "class_without_slot"),
        ([slot("甲学院", stated_classes=2)], [group("甲1", "甲学院")], "classes_differ"),
        ([slot("甲学院", stated_heads=31)], [group("甲1", "甲学院")], "heads_differ"),
        ([slot("甲学院", minutes=10)], [group("甲1", "甲学院", 31)], "over_capacity"),
        ([slot("甲学院"), slot("丙学院")], [group("甲1", "甲学院")], "college_not_in_roster"),
        ([slot("甲学院")], [group("甲1", "甲学院"), group("丁1", "丁学院")], "college_without_slot"),
        ([slot("甲学院"), slot("甲学院", 60)], [group("甲1", "甲学院")], "split_not_stated"),
        (
            [slot("甲学院", include=("甲1",)), slot("甲学院", 60, first=("甲1",))],
            [group("甲1", "甲学院")],
            "class_in_two_slots",
        ),
        ([slot("甲学院", first=("甲1",), last=("甲1",))], [group("甲1", "甲学院")], "class_first_and_last"),
        ([slot("机械学院", last=("机151",))], [group("机械151", "机械学院")], "class_by_alias"),
        ([slot("计通学院")], [group("计1", "计算机与通信工程学院")], "college_by_abbreviation"),
    ],
)
def test_each_difference_has_its_finding(slots: list[SlotProposal], groups: list[ClassGroupHeads], code: str) -> None:
    placement = place(slots, groups, 30, 10)
    assert codes(placement) == [code]
    assert all(finding.sentence.endswith("。") and finding.ruling for finding in placement.findings)


def test_an_abbreviation_that_fits_two_colleges_is_asked_not_guessed() -> None:
    groups = [group("甲1", "材料科学与工程学院"), group("乙1", "材料物理学院")]
    placement = place([slot("材料学院")], groups, 30, 10)
    assert placement.placed == () and len(placement.unplaced) == 2
    assert "材料物理学院" in placement.findings[0].sentence


def test_two_open_slots_fill_one_after_the_other() -> None:
    groups = [group(f"甲{number}", "甲学院") for number in (10, 2, 1)]
    placement = place([slot("甲学院", stated_classes=2), slot("甲学院", 60, stated_classes=1)], groups, 30, 10)
    assert [order(placement, groups, index) for index in (0, 1)] == [["甲2", "甲10"], ["甲1"]]


COLLEGES = ["甲学院", "乙学院", "丙学院"]
NAMES = [f"{prefix}{number}" for prefix in ("甲", "乙", "机", "机械") for number in range(1, 5)]
some_names = st.lists(st.sampled_from(NAMES), max_size=3, unique=True).map(tuple)
some_slots = st.lists(
    st.builds(
        slot,
        st.sampled_from(COLLEGES),
        stated_classes=st.none() | st.integers(0, 5),
        include=st.just(()) | some_names,
        exclude=some_names,
        first=some_names,
        last=some_names,
    ),
    max_size=6,
)
some_groups = st.lists(
    st.builds(group, st.sampled_from(NAMES), st.sampled_from(COLLEGES), st.integers(0, 60)),
    unique_by=lambda g: g.id,
    max_size=25,
)


@given(some_slots, some_groups)
def test_everybody_is_placed_once_or_named_as_unplaced(slots: list, groups: list) -> None:
    placement = place(slots, groups, 30, 10)
    assert Counter([*(p.class_group_id for p in placement.placed), *placement.unplaced]) == Counter(
        g.id for g in groups
    )
    colleges = {g.id: g.college for g in groups}
    turns = list(Turn)
    for index, its in enumerate(slots):
        here = [p for p in placement.placed if p.slot == index]
        assert all(colleges[p.class_group_id] == its.college for p in here)
        assert [p.position for p in here] == list(range(len(here)))
        assert [turns.index(p.turn) for p in here] == sorted(turns.index(p.turn) for p in here)
    said = "".join(finding.sentence for finding in placement.findings)
    assert all(g.name in said or g.college in said for g in groups if g.id in placement.unplaced)
