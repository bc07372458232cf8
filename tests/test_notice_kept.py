"""The notice over HTTP: read as text, clipboard or file; kept with the campaign; ruled on, by whom and when."""

import io
from datetime import datetime
from typing import Any

import httpx
import pytest

import make
from gradphoto.schedule.notice import documents
from test_notice_files import SLOTS, clipboard, word

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@pytest.fixture
def template(real: str) -> str:
    return real


def found(notice: dict[str, Any], code: str) -> dict[str, Any]:
    return next(one for one in notice["findings"] if one["code"] == code)


def when(slot: dict[str, Any]) -> tuple[datetime, datetime]:
    return datetime.fromisoformat(slot["starts_at"]), datetime.fromisoformat(slot["ends_at"])


async def kept(people: make.People) -> dict[str, Any]:
    answer = await people.registrar.get(f"{people.at}/notice")
    assert answer.status_code == 200, answer.text
    notice: dict[str, Any] = answer.json()
    return notice


async def rule(people: make.People, key: str, choice: str, note: str = "") -> httpx.Response:
    return await people.registrar.put(f"{people.at}/notice/rulings/{key}", json={"choice": choice, "note": note})


# --- reading, nothing stored -----------------------------------------------------------------------------------------


async def test_the_same_answer_for_text_clipboard_and_file(people: make.People) -> None:
    from_file = await people.registrar.post("/notices/read-file", files={"file": ("通知.docx", word(), WORD)})
    from_html = await people.registrar.post("/notices/read", json={"html": clipboard()})
    from_text = await people.registrar.post("/notices/read", json={"text": from_file.json()["text"]})
    assert from_file.json() == from_text.json()
    for answer in (from_file, from_html):
        assert answer.status_code == 200, answer.text
        notice = answer.json()
        assert len(notice["slots"]) == len(SLOTS)
        for slot in notice["slots"]:
            assert {"day", "starts_at", "ends_at", "college_name", "stated_heads"} <= set(slot["spans"])
            for span in slot["spans"].values():
                assert notice["text"][span["start"] : span["end"]] == span["text"]


async def test_rulings_sent_along_are_taken(people: make.People) -> None:
    text = "关于 2019 届毕业生图像采集的通知\n学生须在 2019 年 3 月 10 日前将电子照片返回学校。"
    open_still = (await people.registrar.post("/notices/read", json={"text": text})).json()
    key = found(open_still, "deadline_inclusive")["key"]
    body = {"text": text, "rulings": {key: "exclusive", "no-such-key": "noted"}}
    notice = (await people.registrar.post("/notices/read", json=body)).json()
    assert found(notice, "deadline_inclusive")["taken"] == "exclusive"
    deadline = next(one["value"] for one in notice["facts"] if one["name"] == "return_deadline")
    assert datetime.fromisoformat(deadline).day == 9


async def test_a_file_that_is_no_notice_is_refused_in_words(people: make.People) -> None:
    old = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + "WordDocument".encode("utf-16-le")
    answer = await people.registrar.post("/notices/read-file", files={"file": ("通知.doc", old)})
    assert (answer.status_code, answer.json()["code"]) == (422, "notice_file_unreadable")
    assert "另存为 .docx" in answer.json()["detail"] and answer.json()["facts"] == {"reason": "old_word"}


async def test_a_file_that_is_too_large_is_refused(people: make.People, monkeypatch: pytest.MonkeyPatch) -> None:
    data = b"x" * (documents.MAX_BYTES + 1)
    answer = await people.registrar.post("/notices/read-file", files={"file": ("x.txt", data)})
    assert answer.status_code == 413


@pytest.mark.parametrize("body", [{"text": "x", "html": "<p>x"}, {"text": 1}, {"text": "中" * 200_001}])
async def test_one_of_text_and_html(people: make.People, body: dict[str, Any]) -> None:
    assert (await people.registrar.post("/notices/read", json=body)).status_code == 422


async def test_only_a_registrar_reads_and_rules(people: make.People) -> None:
    files = {"file": ("x.txt", b"x")}
    assert (await people.counsellor.post("/notices/read-file", files=files)).status_code == 403
    assert (await people.counsellor.get(f"{people.at}/notice")).status_code == 403
    assert (await people.counsellor.put(f"{people.at}/notice", json={"text": ""})).status_code == 403


# --- the campaign's own ----------------------------------------------------------------------------------------------


async def test_the_notice_with_its_findings_and_those_of_the_roster(people: make.People) -> None:
    notice = await kept(people)
    assert len(notice["slots"]) == 14 and len(notice["facts"]) == 22
    codes = {one["code"] for one in notice["findings"]}
    assert {"deadline_inclusive", "heads_total", "morning_label_on_afternoon", "over_capacity"} <= codes
    assert all(one["ruled"] is None for one in notice["findings"])
    machine = found(notice, "morning_label_on_afternoon")
    assert notice["slots"][machine["slot"]]["college_name"] == "机械学院"
    over = [one for one in notice["findings"] if one["code"] == "over_capacity"]
    assert "材料学院" in next(one["sentence"] for one in over if notice["slots"][one["slot"]]["stated_heads"] == 408)


async def test_a_ruling_changes_the_reading_and_is_kept_with_who_and_why(people: make.People) -> None:
    key = found(await kept(people), "deadline_inclusive")["key"]
    answer = await rule(people, key, "exclusive", "教务处电话确认")
    assert answer.status_code == 200, answer.text
    notice = await kept(people)
    assert notice == answer.json()
    finding = found(notice, "deadline_inclusive")
    assert (finding["taken"], finding["ruled"]["choice"], finding["ruled"]["note"]) == ("exclusive",) * 2 + (
        "教务处电话确认",
    )
    assert finding["ruled"]["by_name"] and finding["ruled"]["at"]
    deadline = next(one for one in notice["facts"] if one["name"] == "return_deadline")
    assert deadline["value"].startswith("2019-03-09")
    audit = (await people.registrar.get(f"{people.at}/audit")).text
    assert "rule_on_finding" in audit and key in audit

    withdrawn = await people.registrar.delete(f"{people.at}/notice/rulings/{key}")
    assert withdrawn.status_code == 200
    assert found(withdrawn.json(), "deadline_inclusive")["ruled"] is None
    again = await people.registrar.delete(f"{people.at}/notice/rulings/{key}")
    assert again.json() == withdrawn.json()


async def test_another_ruling_replaces_the_one_before(people: make.People) -> None:
    key = found(await kept(people), "deadline_inclusive")["key"]
    for choice in ("exclusive", "inclusive", "inclusive"):
        assert found((await rule(people, key, choice)).json(), "deadline_inclusive")["taken"] == choice


async def test_what_cannot_be_ruled(people: make.People) -> None:
    key = found(await kept(people), "deadline_inclusive")["key"]
    refused = await rule(people, key, "whatever")
    assert (refused.status_code, refused.json()["code"]) == (409, "no_such_choice")
    assert refused.json()["facts"] == {"choices": ["inclusive", "exclusive"]}
    assert (await rule(people, "no_such_finding-12345678", "noted")).status_code == 404
    assert (await rule(people, "x" * 201, "noted")).status_code == 422


async def test_a_finding_of_the_roster_can_be_ruled_too(people: make.People) -> None:
    over = found(await kept(people), "over_capacity")
    assert found((await rule(people, over["key"], "noted", "周末加拍")).json(), "over_capacity")["ruled"]["note"]


async def test_another_text_drops_rulings_and_the_old_text_brings_them_back(people: make.People) -> None:
    before = await kept(people)
    key = found(before, "deadline_inclusive")["key"]
    await rule(people, key, "exclusive")
    other = await people.registrar.put(f"{people.at}/notice", json={"text": "今天食堂有红烧肉。"})
    assert other.status_code == 200, other.text
    assert [one["code"] for one in other.json()["findings"]] == ["not_a_notice"]
    back = await people.registrar.put(f"{people.at}/notice", json={"text": before["text"]})
    assert found(back.json(), "deadline_inclusive")["taken"] == "exclusive"
    changed = before["text"].replace("2019 年 3 月 10 日前", "2019 年 3 月 15 日前")
    fresh = await people.registrar.put(f"{people.at}/notice", json={"text": changed})
    assert found(fresh.json(), "deadline_inclusive")["ruled"] is None


# --- Excel out, Excel in ---------------------------------------------------------------------------------------------


async def test_the_exported_timetable_reads_back_to_the_same_slots(people: make.People) -> None:
    timetable = (await people.registrar.get(f"{people.at}/timetable")).json()["slots"]
    exported = await people.registrar.get(f"{people.at}/timetable/export")
    assert exported.status_code == 200
    assert "attachment" in exported.headers["content-disposition"]
    answer = await people.registrar.post(
        "/notices/read-file", files={"file": ("表.xlsx", io.BytesIO(exported.content))}
    )
    again = answer.json()["slots"]
    assert [(*when(one), one["college_name"], one["place"]) for one in again] == [
        (*when(one), one["college_name"], "体育馆 1202") for one in timetable
    ]
    for slot, published in zip(again, timetable, strict=True):
        classes = published["classes"]
        assert slot["include"] == [one["class_group_name"] for one in classes]
        assert slot["stated_heads"] == sum(one["heads"] for one in classes)
        for turn in ("first", "last"):
            assert slot[turn] == [one["class_group_name"] for one in classes if one["turn"] == turn]
    assert sum(len(one["include"]) for one in again) == 117
