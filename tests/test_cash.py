"""Notes and Chinese capitals: tables, and every sum against a slow but certain way."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradphoto.fees.cash import Face, capitals, fewest_notes, notes_sum

# The examples of 《正确填写票据和结算凭证的基本规定》, and what is easily got wrong.
CAPITALS = {
    140950: "壹仟肆佰零玖元伍角整",
    600714: "陆仟零柒元壹角肆分",
    168032: "壹仟陆佰捌拾元叁角贰分",
    10700053: "壹拾万零柒仟元伍角叁分",
    1640902: "壹万陆仟肆佰零玖元零贰分",
    32504: "叁佰贰拾伍元零肆分",
    0: "零元整",
    1: "壹分",
    50: "伍角整",
    2000: "贰拾元整",
    6600000: "陆万陆仟元整",
    1000000000: "壹仟万元整",
    10000000500: "壹亿零伍元整",
    1000010000: "壹仟万零壹佰元整",
    100000001: "壹佰万元零壹分",
}


@pytest.mark.parametrize(("fen", "words"), CAPITALS.items())
def test_capitals(fen: int, words: str) -> None:
    assert capitals(fen) == "人民币" + words


@given(st.integers(0, 10**17))
def test_capitals_read_back(fen: int) -> None:
    assert _read(capitals(fen).removeprefix("人民币")) == fen


def _read(words: str) -> int:
    """An independent reader: a digit counts for the place word behind it."""
    yuan, _, rest = words.rpartition("元") if "元" in words else ("", "", words)
    total = group = digit = 0
    for char in yuan:
        if char in "零壹贰叁肆伍陆柒捌玖":
            digit = "零壹贰叁肆伍陆柒捌玖".index(char)
        elif char in "拾佰仟":
            group, digit = group + digit * 10 ** ("拾佰仟".index(char) + 1), 0
        else:
            total, group, digit = total + (group + digit) * 10 ** (4 * ("万亿兆".index(char) + 1)), 0, 0
    cents = 0
    for place, worth in (("角", 10), ("分", 1)):
        if place in rest:
            cents += "零壹贰叁肆伍陆柒捌玖".index(rest[rest.index(place) - 1]) * worth
    return (total + group + digit) * 100 + cents


def test_notes_are_fewest() -> None:
    """Against the certain way, all sums up to 300 yuan in whole yuan, and all fen up to 2 yuan."""
    for unit, top in ((100, 300), (1, 200)):
        values = [face.fen // unit for face in Face if face.fen % unit == 0]
        best = [0]
        for total in range(1, top + 1):
            best.append(1 + min(best[total - value] for value in values if value <= total))
            notes = fewest_notes(total * unit)
            assert notes_sum(notes) == total * unit
            assert sum(notes.values()) == best[total]


def test_a_class_of_37_pays_with_eight_notes() -> None:
    assert fewest_notes(37 * 2000) == {Face.yuan_100: 7, Face.yuan_20: 2}
    assert fewest_notes(0) == {}
