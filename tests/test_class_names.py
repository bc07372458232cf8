"""Names of classes as notices write them: ranges written out, and two spellings of one class."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradphoto.schedule.notice.class_names import alias_key, expand, names_as_written, plain_name, split_name


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("计 1501-1504 班、通信 1501-1502 班，信安 1501-1502 班", 8),
        ("材料 151-152", ["材料151", "材料152"]),
        ("机 151-机 156 班、机械 F15 班", [*(f"机{n}" for n in range(151, 157)), "机械F15"]),
        ("材料 E151-E152", ["材料E151", "材料E152"]),
        ("材料Ｅ１５１－Ｅ１５２班", ["材料E151", "材料E152"]),
        ("材料E151-152班", ["材料E151", "材料E152"]),
        ("计1501至1503班和通信1501班", ["计1501", "计1502", "计1503", "通信1501"]),
        ("材料 151、153 班", ["材料151", "材料153"]),
        ("材料151 153班", ["材料151", "材料153"]),
        ("会计1601-03班", ["会计1601", "会计1602", "会计1603"]),
        ("计算机科学与技术1501班,1501", ["计算机科学与技术1501"]),
        ("法学01～03班", ["法学01", "法学02", "法学03"]),
        ("", []),
    ],
)
def test_ranges(text: str, names: list[str] | int) -> None:
    found = expand(text)
    assert len(found.names) == names if isinstance(names, int) else list(found.names) == names
    assert found.unread == ()


@pytest.mark.parametrize("text", ["计1504-1501班", "计1501-通信1502班", "1501-1502班", "计1501-1599班", "软件15-1班"])
def test_a_range_that_makes_no_sense_is_left_unread(text: str) -> None:
    assert expand(text).names == ()
    assert expand(text).unread


@given(
    st.sampled_from(["计", "通信", "材料", "自动化"]),
    st.sampled_from(["", "E", "F"]),
    st.integers(1501, 1590),
    st.integers(1, 8),
    st.sampled_from(["-", "－", "～", "至", "—", " - "]),
    st.sampled_from(["", "班", " 班"]),
    st.booleans(),
)
def test_a_range_is_its_names(prefix: str, letter: str, first: int, more: int, dash: str, end: str, full: bool) -> None:
    text = f"{prefix} {letter}{first}{dash}{prefix if full else ''}{letter}{first + more}{end}"
    names = tuple(f"{prefix}{letter}{number}" for number in range(first, first + more + 1))
    assert expand(text) == expand("、".join(names))
    assert expand(text).names == names


def test_one_class_two_spellings() -> None:
    assert plain_name(" 材料 ｅ151 班") == "材料E151"
    assert split_name("机械F15") == ("机械", "F", 15)
    assert split_name("实验") == ("实验", "", -1)
    assert alias_key("机151") == alias_key("机械151")
    assert alias_key("机械F15") != alias_key("机械E15")
    assert alias_key("材料E151") != alias_key("材料151")


@pytest.mark.parametrize(
    ("cell", "names"),
    [
        ("软件21-1、软件21-2", ("软件21-1", "软件21-2")),
        ("护理2021级1班；护理2021级2班", ("护理2021级1", "护理2021级2")),
        ("中外合作班/实验班", ("中外合作", "实验")),
        ("另行通知", ()),
        ("软件21-1、另行通知", ()),
        ("", ()),
    ],
)
def test_names_that_are_no_range_are_taken_as_they_stand(cell: str, names: tuple[str, ...]) -> None:
    assert names_as_written(cell) == names
