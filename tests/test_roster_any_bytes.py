"""Rosters written are read back the same, and no bytes, damaged workbooks included, crash the reader."""

from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gradphoto.roster.id_numbers import IdType, check_character
from gradphoto.roster.names import clean_name, is_damaged, nfc
from gradphoto.roster.reading import RosterRow, read_roster
from gradphoto.roster.writing import roster_template, write_rows_xlsx


def resident(seed: int) -> str:
    body = f"1199001997{seed % 12 + 1:02d}{seed // 12 % 28 + 1:02d}{seed // 336 % 1000:03d}"
    return body + check_character(body)


WORDS = st.text(st.characters(blacklist_categories=["Cs", "Co", "Cc", "Cf", "Zs", "Zl", "Zp"]), min_size=1, max_size=20)
ROWS = st.builds(
    RosterRow,
    row=st.just(0),
    number=st.just(""),
    name=WORDS.map(lambda text: clean_name("王" + text)[0]),
    name_damaged=st.just(False),
    sex=st.just(""),
    id_type=st.just(IdType.resident_id),
    id_number=st.just(""),
    college=WORDS.map(lambda text: nfc("学院" + text)),
    major=st.sampled_from(["", "机械", "_x0041_", "a&b<c>"]),
    class_group=WORDS.map(lambda text: nfc("班" + text)),
    is_monitor=st.booleans(),
    photo_code=st.just(""),
)


@given(st.lists(ROWS, min_size=1, max_size=5))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_what_is_written_is_read_back(rows: list[RosterRow]) -> None:
    rows = [
        replace(row, row=i + 2, number=f"0{i:07d}", id_number=resident(i), name_damaged=is_damaged(row.name))
        for i, row in enumerate(rows)
    ]
    reading = read_roster(write_rows_xlsx(rows), "x.xlsx")
    assert reading.errors == []
    assert reading.rows == rows


@given(st.binary(max_size=300))
def test_no_bytes_crash_the_reader(data: bytes) -> None:
    read_roster(data, "x")
    read_roster("学号,姓名,证件号码,学院,班级\n".encode() + data, "x.csv")


SMALL = roster_template()


@given(st.integers(0, len(SMALL) - 1), st.binary(min_size=1, max_size=40))
@settings(max_examples=25, deadline=None)
def test_no_damaged_workbook_crashes_the_reader(at: int, put: bytes) -> None:
    read_roster(SMALL[:at] + put + SMALL[at + len(put) :], "x.xlsx")
