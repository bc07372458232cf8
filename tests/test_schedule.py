"""The notice's own campaign: from pasted text and roster to a timetable that says where it is over-full."""

import pytest

import make

# The notice leaves 高工 uncounted; by the roster its six classes are 128 in a slot for 120.
OVER = {"计通学院": 11, "高工学院": 8, "材料学院": 48, "管理学院": 6, "能环学院": 10, "文法学院": 16, "机械学院": 11}


@pytest.fixture
def template(real: str) -> str:
    return real


async def test_the_notice_becomes_14_slots_with_117_class_groups(people: make.People) -> None:
    timetable = (await people.registrar.get(f"{people.at}/timetable")).json()
    assert [(v["venue_name"], v["room"], v["gate"]) for v in timetable["venues"]] == [("体育馆", "1202 房间", "9 号门")]
    slots = timetable["slots"]
    assert len(slots) == 14
    assert (
        len({c["class_group_id"] for s in slots for c in s["classes"]}) == sum(len(s["classes"]) for s in slots) == 117
    )
    assert sum(s["load"]["heads"] for s in slots) == sum(s["load"]["capacity"] for s in slots) == 3300
    assert {s["college_name"]: s["load"]["over"] for s in slots if s["load"]["over"] > 0} == OVER
    machine = next(s for s in slots if s["college_name"] == "机械学院")
    assert machine["starts_at"] == "2018-10-25T05:20:00Z"
    assert [c["class_group_name"] for c in machine["classes"][-7:]] == [*[f"机15{i}" for i in range(1, 7)], "机械F15"]
    comms = next(s for s in slots if s["college_name"] == "计通学院")
    assert [c["turn"] for c in comms["classes"]] == ["first"] * 8 + ["normal"] * 4


async def test_the_campaign_carries_the_notices_facts(people: make.People) -> None:
    campaign = (await people.registrar.get(people.at)).json()
    assert (campaign["fee_fen"], campaign["pace_people"], campaign["pace_minutes"]) == (2000, 30, 10)
    assert campaign["return_deadline"] == "2019-03-10T15:59:59Z"
    assert campaign["mailbox"] == "ustbjwk@163.com"


async def test_reading_a_text_that_is_no_notice_proposes_nothing(people: make.People) -> None:
    answer = (await people.registrar.post("/notices/read", json={"text": "今天食堂有红烧肉。"})).json()
    assert (answer["facts"], answer["slots"]) == ([], []) and answer["findings"]


async def test_a_counsellor_moves_classes_in_the_own_college_only(people: make.People) -> None:
    timetable = (await people.counsellor.get(f"{people.at}/timetable")).json()
    own, foreign = timetable["slots"][0], timetable["slots"][1]
    last = own["classes"][-1]["class_group_id"]
    body = {"slot_id": own["slot_id"], "turn": "normal", "position": 0}
    moved = await people.counsellor.put(f"{people.at}/class-groups/{last}/slot", json=body)
    assert moved.status_code == 200, moved.text
    classes = moved.json()["slots"][0]["classes"]
    assert classes[0]["class_group_id"] == last
    assert [c["position"] for c in classes] == list(range(len(classes)))
    foreign_slot = await people.counsellor.put(
        f"{people.at}/class-groups/{last}/slot", json=body | {"slot_id": foreign["slot_id"]}
    )
    assert (foreign_slot.status_code, foreign_slot.json()["code"]) == (403, "slot_of_other_college")
    foreign_class = foreign["classes"][0]["class_group_id"]
    refused = await people.counsellor.put(f"{people.at}/class-groups/{foreign_class}/slot", json=body)
    assert (refused.status_code, refused.json()["code"]) == (403, "not_allowed")


async def test_starting_from_the_notice_again_keeps_slots_and_check_ins(people: make.People) -> None:
    """The same notice over the same roster: the same slots by id and label, so what was checked in stays valid."""
    student = (await people.registrar.get(f"{people.at}/students")).json()["students"][0]
    by_hand = {"reason": "没带手机", "slot_id": None}
    made = await people.registrar.post(f"{people.at}/students/{student['student_id']}/check-in", json=by_hand)
    assert made.status_code == 200, made.text
    started = (await people.registrar.post(f"{people.at}/timetable/draft", json={"source": "notice"})).json()
    assert (started["differs"], started["published_version"]) == (False, 1)
    published = await people.registrar.post(
        f"{people.at}/timetable/publish", json={"revision": started["revision"], "expected_affected": 0}
    )
    assert (published.status_code, published.json()["version"]) == (200, 2)
    foreign = await people.counsellor.get(f"{people.at}/timetable/draft")
    assert (foreign.status_code, foreign.json()["code"]) == (403, "not_allowed")
