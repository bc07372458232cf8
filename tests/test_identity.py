"""Identity numbers and names: examples of every kind, what is wrong, what is masked, what counts as the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradphoto.roster.id_numbers import (
    IdType,
    birth_date,
    check_character,
    fault,
    guess_type,
    id_type_of,
    mask,
    mask_within,
    match_key,
    normalise,
)
from gradphoto.roster.names import clean_name, nfc, same_name


def resident(seed: int) -> str:
    body = f"1199001997{seed % 12 + 1:02d}{seed // 12 % 28 + 1:02d}{seed // 336 % 1000:03d}"
    return body + check_character(body)


@pytest.mark.parametrize(
    ("number", "id_type"),
    [
        ("11010519491231002X", IdType.resident_id),
        ("440524188001010014", None),
        ("119900199704070001", IdType.resident_id),
        ("810000199408230021", IdType.hmt_residence_permit),
        ("830000199201300022", IdType.hmt_residence_permit),
        ("911156199810150013", IdType.foreign_permanent_resident),
        ("CAN110081092501", IdType.foreign_permanent_resident),
        ("H12345678", IdType.travel_permit),
        ("M1234567801", IdType.travel_permit),
        ("E32612700", IdType.passport),
    ],
)
def test_examples_of_every_kind_of_number(number: str, id_type: IdType | None) -> None:
    """The first two are the standard's own; the second is whole, but its holder was born in 1880."""
    if id_type is None:
        found = fault(IdType.resident_id, number)
        assert found and found.code == "id_birth_date"
        return
    assert fault(id_type, number) is None
    assert guess_type(number) is id_type


def test_every_single_wrong_digit_and_every_swap_of_neighbours_is_seen() -> None:
    number = "11010519491231002X"
    for at in range(17):
        for digit in set("0123456789") - {number[at]}:
            assert fault(IdType.resident_id, number[:at] + digit + number[at + 1 :]) is not None
        swapped = number[:at] + number[at + 1] + number[at] + number[at + 2 :]
        assert swapped == number or fault(IdType.resident_id, swapped) is not None


def test_normalising_and_the_words_for_types() -> None:
    assert normalise("'１１０１０５ 19491231\u200b002ｘ ") == "11010519491231002X"
    assert id_type_of("身份证") is IdType.resident_id
    assert id_type_of(" 台胞证 ") is IdType.travel_permit
    assert id_type_of("港澳居民来往内地通行证（回乡证）") is None
    assert id_type_of("Passport") is IdType.passport
    assert str(birth_date("11010519491231002X")) == "1949-12-31"
    assert birth_date("110105190002290010") is None
    assert match_key(IdType.travel_permit, "H1234567801") == match_key(IdType.travel_permit, "H1234567802")
    assert match_key(IdType.passport, "H1234567801") != match_key(IdType.passport, "H1234567802")


@given(st.text(st.characters(codec="ascii", categories=["Nd", "Lu"]), max_size=40))
def test_a_mask_shows_a_few_first_characters_and_none_of_the_last_six(number: str) -> None:
    shown = mask(number)
    head = shown.rstrip("*")
    assert len(shown) <= 32 and number.startswith(head)
    assert len(head) <= min(6, max(0, len(number) - 6)), "a student signs in with the last six"
    assert not number or "*" in shown


@given(st.integers(0, 300_000), st.text(max_size=20), st.text(max_size=20))
def test_a_number_inside_any_text_is_masked(seed: int, before: str, after: str) -> None:
    number = resident(seed)
    assert number not in mask_within(before + number + after)
    assert mask_within("41500001 自1501") == "41500001 自1501"  # control: a student number is not one


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("  张三 ", "张三"),
        ("张　三", "张三"),
        ("欧阳 修", "欧阳修"),
        ("买买提・吐尔逊", "买买提·吐尔逊"),
        ("阿依古丽 . 艾合买提", "阿依古丽·艾合买提"),
        ("Mary  Ann  O'Neil-Smith", "Mary Ann O'Neil-Smith"),
        ("J. R. Smith", "J. R. Smith"),
        ("Jose\u0301", "José"),
        ("\uf92c\u4e00", "\uf92c\u4e00"),
        ("李\U0002cb4e王\U00031350", "李\U0002cb4e王\U00031350"),
    ],
)
def test_names_are_tidied_without_losing_a_character(text: str, name: str) -> None:
    cleaned, notes = clean_name(text)
    assert cleaned == name
    assert not any(note.level == "error" or note.code == "name_damaged" for note in notes)


@pytest.mark.parametrize("text", ["张?", "张??", "〇三", "张\ufffd", "张\ue81e", "张□三", "张\U000f0001", "张\ud800"])
def test_damaged_names_are_kept_and_queued(text: str) -> None:
    name, notes = clean_name(text)
    assert "name_damaged" in {note.code for note in notes}
    name.encode()


@pytest.mark.parametrize(
    ("registered", "typed", "same"),
    [
        ("买买提·吐尔逊", "买买提.吐尔逊", True),
        ("买买提·吐尔逊", "买买提吐尔逊", True),
        ("Mary Ann Smith", "MARY ann smith", True),
        ("张三", "张 三", True),
        ("张?", "张𬱖", True),
        ("张??丰", "张三丰", True),
        ("张?", "李四", False),
        ("张?", "张", False),
        ("??", "张三", False),
        ("张三", "张?", False),
        ("张三", "张四", False),
        ("张三", "", False),
    ],
)
def test_names_compared_as_a_person_would(registered: str, typed: str, same: bool) -> None:
    assert same_name(registered, typed) is same


@given(st.text(max_size=80))
def test_any_text_is_a_name_or_a_refusal_and_cleaning_twice_changes_nothing(text: str) -> None:
    name, notes = clean_name(text)
    assert name or notes[0].code == "name_empty"
    assert clean_name(name)[0] == name
    assert nfc(nfc(text)) == nfc(text)
    same_name(text, name)
