"""学信网-shows-it: what students and the school report of it, until when, and who is reminded."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

import make
from gradphoto.core.db import sessions
from gradphoto.delivery.models import RegistryState
from gradphoto.delivery.registry import class_text, proofread_deadline, read_pasted, reminder
from kept import keep, portrait
from room import NUMBERS, Room, ok

JULY = datetime(2019, 7, 1, 23, 59, 59, tzinfo=make.SHANGHAI)
GIVEN = datetime(2019, 4, 1, 10, 0, tzinfo=make.SHANGHAI)
S = RegistryState


@pytest.mark.parametrize(
    ("returned", "expected"),
    [
        (datetime(2019, 3, 10, 23, 59, 59, tzinfo=make.SHANGHAI), (2019, 7, 1)),
        (datetime(2019, 6, 30, 23, 59, tzinfo=make.SHANGHAI), (2019, 7, 1)),
        (datetime(2019, 7, 1, 23, 59, 59, tzinfo=make.SHANGHAI), (2020, 7, 1)),
        (datetime(2018, 12, 31, 12, 0, tzinfo=make.SHANGHAI), (2019, 7, 1)),
    ],
)
def test_until_the_first_of_july_after_the_return_deadline(returned: datetime, expected: tuple[int, int, int]) -> None:
    found = proofread_deadline(None, returned)
    assert found == datetime(*expected, 23, 59, 59, tzinfo=make.SHANGHAI)
    chosen = JULY - timedelta(days=9)
    assert proofread_deadline(chosen, returned) == chosen


@pytest.mark.parametrize(
    ("state", "clock", "given", "due", "words"),
    [
        (S.unknown, GIVEN, None, False, "学校还没有交出"),
        (S.unknown, GIVEN + timedelta(days=3), GIVEN, False, "7–40 天后显示，请 4 月 8 日后再查"),
        (S.unknown, GIVEN + timedelta(days=20), GIVEN, False, "还有 71 天"),
        (S.unknown, GIVEN + timedelta(days=40), GIVEN, True, "7 月 1 日前在这里回答"),
        (S.unknown, JULY - timedelta(days=30), GIVEN, True, "还有 30 天"),
        (S.unknown, JULY - timedelta(days=2), JULY - timedelta(days=3), True, "还有 2 天"),
        (S.shown, GIVEN + timedelta(days=2), GIVEN, True, "已经显示"),
        (S.shown, GIVEN, None, True, "已经显示"),
        (S.shown, GIVEN + timedelta(days=8), GIVEN, True, "“正确”或“有误”"),
        (S.not_shown, GIVEN + timedelta(days=20), GIVEN, False, "过几天再查"),
        (S.not_shown, GIVEN + timedelta(days=41), GIVEN, True, "联系教务处"),
        (S.confirmed, JULY - timedelta(days=1), GIVEN, False, "不用再做什么"),
        (S.wrong, JULY - timedelta(days=1), GIVEN, False, "改好之后请再核对一次"),
        (S.unknown, JULY + timedelta(seconds=1), GIVEN, True, "已于 7 月 1 日截止"),
    ],
)
def test_when_a_student_is_reminded(
    state: RegistryState, clock: datetime, given: datetime | None, due: bool, words: str
) -> None:
    found = reminder(state, JULY, clock, given)
    assert found.due is due and words in found.sentence, found.sentence


def test_the_text_for_the_class_says_who_and_until_when() -> None:
    said = class_text("甲1501", JULY, JULY - timedelta(days=5), 30, ["张三", "李四"])
    assert "30 人中还有 2 人" in said and "7 月 1 日截止，还有 5 天" in said and said.endswith("张三、李四")


def test_a_pasted_column_is_read_with_its_heading_commas_and_other_cells() -> None:
    known = dict.fromkeys(["4101", "4102", "4103"])
    found = read_pasted("学号\t姓名\n4101\t张三\n'4102\n4103，4101\n9999\n\n119900199701010013\n", known)
    assert (found.found, found.twice) == (["4101", "4102", "4103"], [(4, "4101")])
    assert found.unknown == [(5, "9999"), (7, "119900************")], "masked"


@pytest.fixture
async def room(people: make.People) -> Room:
    return await Room.of(people)


async def say(room: Room, number: str, state: str, **more: Any) -> Any:
    student = await room.people.student(number)
    body = {"op_id": str(uuid4()), "state": state} | more
    return await student.post(f"{room.at}/me/registry-marks", json=body)


async def test_what_the_student_answers_counts_and_the_newest_of_it(room: Room) -> None:
    number = NUMBERS[0]
    await keep(number, portrait(1))
    assert ok(await say(room, number, "not_shown"))["registry_state"] == "not_shown"
    refused = await say(room, number, "wrong")
    assert (refused.status_code, refused.json()["code"]) == (422, "note_missing")
    assert ok(await say(room, number, "wrong", note="不是本人"))["reminder"]["due"] is False
    found = ok(await say(room, number, "confirmed"))
    assert (found["registry_state"], found["why"], found["sentence"]) == ("confirmed", None, "照片已通过，学校已收下。")
    history = ok(await room.people.registrar.get(f"{room.at}/students/{room.students[number]}/registry-marks"))
    assert [one["state"] for one in history] == ["confirmed", "wrong", "not_shown"] and history[1]["note"] == "不是本人"
    page = ok(await room.people.registrar.get(f"{room.at}/statuses", params={"registry_state": "confirmed"}))
    assert [one["number"] for one in page["students"]] == [number]
    counts = ok(await room.people.registrar.get(f"{room.at}/progress"))["registry"]
    assert {one["state"]: one["students"] for one in counts} == {
        "unknown": 13,
        "not_shown": 0,
        "shown": 0,
        "confirmed": 1,
        "wrong": 0,
    }


async def test_two_states_that_people_confuse_are_two(room: Room) -> None:
    """学信网 may show a photo that the school does not have, and the school may have one that 学信网 does not show."""
    await keep(NUMBERS[1], portrait(2))
    ok(await say(room, NUMBERS[0], "shown"))
    page = {one["number"]: one for one in ok(await room.people.registrar.get(f"{room.at}/statuses"))["students"]}
    assert (page[NUMBERS[0]]["why"], page[NUMBERS[0]]["registry_state"]) == ("not_yet", "shown")
    assert (page[NUMBERS[1]]["why"], page[NUMBERS[1]]["registry_state"]) == (None, "unknown")


async def test_the_same_answer_twice_is_one_and_the_op_id_is_for_one_content(room: Room) -> None:
    op = str(uuid4())
    for _ in range(2):
        ok(await say(room, NUMBERS[0], "confirmed", op_id=op))
    for number, state in ((NUMBERS[0], "shown"), (NUMBERS[1], "confirmed")):
        other = await say(room, number, state, op_id=op)
        assert (other.status_code, other.json()["code"]) == (409, "op_id_reused")
    history = ok(await room.people.registrar.get(f"{room.at}/students/{room.students[NUMBERS[0]]}/registry-marks"))
    assert len(history) == 1


async def test_a_list_is_shown_first_and_then_taken_whole_or_not_at_all(room: Room) -> None:
    at, registrar = f"{room.at}/registry-marks", room.people.registrar
    pasted = "学号\n" + "\n".join([*NUMBERS[:3], "99999999", NUMBERS[0]])
    review = ok(await registrar.post(f"{at}/review", json={"text": pasted, "state": "shown"}))
    assert [one["number"] for one in review["found"]] == NUMBERS[:3] and review["changed"] == 3
    assert review["unknown"] == [{"line": 5, "shown": "99999999"}] and review["twice"][0]["line"] == 6
    body = {"op_id": str(uuid4()), "text": pasted, "state": "shown", "seen_on": "2019-05-01"}
    refused = await registrar.post(at, json=body)
    assert (refused.status_code, refused.json()["code"]) == (409, "unknown_numbers")
    assert ok(await registrar.get(f"{room.at}/statuses", params={"registry_state": "shown"}))["total"] == 0
    for _ in range(2):
        assert ok(await registrar.post(at, json=body | {"skip_unknown": True})) == {"students": 3}
    assert ok(await registrar.get(f"{room.at}/statuses", params={"registry_state": "shown"}))["total"] == 3
    nothing = await registrar.post(at, json={"op_id": str(uuid4()), "text": "学号", "state": "shown"})
    assert (nothing.status_code, nothing.json()["code"]) == (422, "empty_list")
    assert len(ok(await registrar.get(f"{room.at}/audit", params={"act": "report_registry"}))) == 2


async def test_a_list_of_a_large_university_fits(room: Room) -> None:
    """Ten thousand students at once: PostgreSQL takes 65,535 parameters in one statement."""
    copy = text(
        "insert into student (campaign_id, class_group_id, number, id_number_index, name, sex, is_monitor, id_type, "
        "id_number_sealed, id_number_mask, major, photo_code) select campaign_id, class_group_id, "
        "'7' || lpad(i::text, 8, '0'), sha256(i::text::bytea), name, sex, is_monitor, id_type, "
        "id_number_sealed, id_number_mask, major, photo_code "
        "from student, generate_series(1, 10000) i where number = :number"
    )
    async with sessions() as db, db.begin():
        await db.execute(copy, {"number": NUMBERS[0]})
    pasted = "\n".join(f"7{i:08}" for i in range(1, 10001))
    body = {"op_id": str(uuid4()), "text": pasted, "state": "shown", "seen_on": "2019-05-01"}
    for _ in range(2):
        assert ok(await room.people.registrar.post(f"{room.at}/registry-marks", json=body)) == {"students": 10000}


async def test_whom_to_remind_class_by_class_for_who_may_know_them(room: Room) -> None:
    for number in NUMBERS[:3] + NUMBERS[8:9]:
        await keep(number, portrait(number))
    ok(await say(room, NUMBERS[0], "confirmed"))
    ok(await say(room, NUMBERS[1], "not_shown"))
    found = ok(await room.people.registrar.get(f"{room.at}/registry-reminders"))
    assert (found["deadline"], found["due"]) == ("2019-07-01T23:59:59+08:00", False)
    shown = {one["class_group_name"]: one for one in found["classes"]}
    assert set(shown) == {"甲1501", "乙1501"}, "who has no photo has nothing to look at"
    assert [one["number"] for one in shown["甲1501"]["silent"]] == NUMBERS[1:3]
    assert "学生二、学生三" in shown["甲1501"]["text"] and "学生一" not in shown["甲1501"]["text"]
    own = ok(await room.people.counsellor2.get(f"{room.at}/registry-reminders"))
    assert [one["class_group_name"] for one in own["classes"]] == ["乙1501"]
    monitor = await room.people.student(NUMBERS[0])
    assert [one["class_group_name"] for one in ok(await monitor.get(f"{room.at}/registry-reminders"))["classes"]] == [
        "甲1501"
    ]
    june = datetime(2019, 6, 20, 12, 0, tzinfo=make.SHANGHAI)
    ok(await room.people.registrar.put(f"{room.at}/clock", json={"at": june.isoformat()}))
    late = ok(await room.people.registrar.get(f"{room.at}/registry-reminders"))
    assert (late["due"], late["days_left"]) == (True, 11)
    near = ok(await room.people.registrar.get(f"{room.at}/registry-reminders", params={"within_days": 5}))
    assert near["due"] is False


async def test_the_deadline_can_be_chosen(room: Room) -> None:
    at = f"{room.at}/proofread-deadline"
    chosen = ok(await room.people.registrar.put(at, json={"at": "2019-06-20T18:00:00+08:00"}))
    assert (datetime.fromisoformat(chosen["deadline"]), chosen["chosen"]) == (
        datetime(2019, 6, 20, 18, 0, tzinfo=make.SHANGHAI),
        True,
    )
    await keep(NUMBERS[0], portrait(1))
    step = ok(await (await room.people.student(NUMBERS[0])).get(f"{room.at}/me/next-step"))
    assert datetime.fromisoformat(step["reminder"]["deadline"]) == datetime(2019, 6, 20, 18, 0, tzinfo=make.SHANGHAI)
    assert ok(await room.people.registrar.put(at, json={"at": None}))["chosen"] is False


async def test_once_handed_over_the_student_reads_when_to_look(room: Room) -> None:
    await keep(NUMBERS[0], portrait(1))
    own, registrar = await room.people.student(NUMBERS[0]), room.people.registrar
    step = ok(await own.get(f"{room.at}/me/next-step"))
    assert step["delivered"] is None and "还没有交出" in step["reminder"]["sentence"]
    body = {"op_id": str(uuid4()), "recipient": "考试院", "named_by": "student_number"}
    package = ok(await registrar.post(f"{room.at}/packages", json=body))["package"]
    assert ok(await own.get(f"{room.at}/me/next-step"))["delivered"] == {"package_number": 1, "handed_over_at": None}
    ok(await registrar.put(f"{room.at}/packages/{package['package_id']}/hand-over", json={"note": ""}))
    after = ok(await own.get(f"{room.at}/me/next-step"))
    assert after["delivered"]["handed_over_at"] and "请 10 月 30 日后再查" in after["reminder"]["sentence"]
