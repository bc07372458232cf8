"""The registrar's day: who has no accepted photo and why, counts and sums by college, the same as Excel."""

from datetime import datetime, timedelta
from io import BytesIO

import pytest
from python_calamine import CalamineWorkbook

import make
from gradphoto.checkin.models import TicketState
from gradphoto.delivery.service import Why, why
from gradphoto.photos.models import PhotoState

END = make.MORNING + timedelta(minutes=10)
SOON, LATE = END - timedelta(minutes=5), END + timedelta(minutes=31)


@pytest.mark.parametrize(
    ("ticket", "photo", "ends_at", "clock", "expected"),
    [
        (None, None, None, SOON, Why.not_scheduled),
        (None, None, END, SOON, Why.not_yet),
        (None, None, END, LATE, Why.missed),
        (TicketState.waiting, None, END, LATE, Why.in_line),
        (TicketState.retake, None, END, LATE, Why.in_line),
        (TicketState.absent, None, END, SOON, Why.absent),
        (TicketState.shot, None, END, SOON, Why.photo_awaited),
        (TicketState.shot, PhotoState.received, END, SOON, Why.photo_waiting),
        (TicketState.shot, PhotoState.rejected, END, SOON, Why.photo_rejected),
        (None, PhotoState.accepted, END, LATE, None),
        (TicketState.absent, PhotoState.accepted, None, LATE, None),
    ],
)
def test_why_there_is_no_photo(
    ticket: TicketState | None,
    photo: PhotoState | None,
    ends_at: datetime | None,
    clock: datetime,
    expected: Why | None,
) -> None:
    assert why(ticket, photo, ends_at, clock) is expected


async def test_everybody_is_missing_before_the_shoot(people: make.People) -> None:
    page = (await people.registrar.get(f"{people.at}/statuses", params={"only_missing": True})).json()
    assert page["total"] == len(page["students"]) == 14
    assert {s["why"] for s in page["students"]} == {"not_yet"}
    progress = (await people.registrar.get(f"{people.at}/progress")).json()
    assert (progress["total"]["heads"], progress["total"]["missing"], progress["total"]["shot"]) == (14, 14, 0)
    assert [c["heads"] for c in progress["colleges"]] == [8, 6]
    assert sum(i["planned"] for i in progress["intervals"]) == 60, "two slots of ten minutes at 30 in 10"


async def test_who_did_not_come_is_told_what_to_do_next(people: make.People) -> None:
    await people.registrar.put(f"{people.at}/clock", json={"at": LATE.isoformat()})
    page = (await people.registrar.get(f"{people.at}/statuses", params={"why": "missed"})).json()
    assert page["total"] == 8 and all("补照" in s["next_step"] for s in page["students"])


async def test_a_counsellor_sees_the_own_college_only(people: make.People) -> None:
    mine = (await people.counsellor.get(f"{people.at}/statuses")).json()
    assert {s["college_name"] for s in mine["students"]} == {"甲学院"}
    other = (await people.counsellor2.get(f"{people.at}/progress")).json()
    assert [c["college_name"] for c in other["colleges"]] == ["乙学院"]
    assert other["total"]["heads"] == 6


async def test_the_excel_says_the_same_in_text_cells_and_is_on_record(people: make.People) -> None:
    response = await people.registrar.get(f"{people.at}/statuses.xlsx", params={"only_missing": True})
    rows = CalamineWorkbook.from_filelike(BytesIO(response.content)).get_sheet_by_index(0).to_python()
    assert len(rows) == 15 and rows[0][:4] == ["学院", "班级", "学号", "姓名"]
    assert all(isinstance(cell, str) for row in rows for cell in row)
    assert "********" in rows[1][4], "ID numbers stay masked"
    (record,) = (await people.registrar.get(f"{people.at}/audit", params={"act": "export_statuses"})).json()
    assert record["facts"] == {"rows": 14, "only_missing": True}
    none = await people.registrar.get(f"{people.at}/statuses.xlsx", params={"only_missing": True, "why": "missed"})
    assert len(CalamineWorkbook.from_filelike(BytesIO(none.content)).get_sheet_by_index(0).to_python()) == 1
