"""Handing the cash over: from declaration to receipt, disputes, withdrawals, and receipts without gaps."""

import asyncio
from uuid import uuid4

import pytest

import make
from till import MINE, MONITOR, Class, code, ok, ok_list, paid


@pytest.fixture
async def jia(people: make.People) -> Class:
    return await Class.of(people)


# --- handing over ----------------------------------------------------------------------------------------------------


async def test_from_declaration_to_receipt(jia: Class) -> None:
    monitor = await paid(jia, MINE, "41500001")
    assert code(await jia.declare(monitor, {"20": 1})) == (422, "notes_do_not_add_up")
    op_id = str(uuid4())
    declared = ok(await jia.declare(monitor, {"20": 1, "10": 2, "5": 0}, op_id=op_id))
    assert (declared["declared_fen"], declared["people"], declared["state"]) == (4000, 2, "declared")
    assert ok(await jia.declare(monitor, {"20": 1, "10": 2}, op_id=op_id)) == declared
    assert code(await jia.declare(monitor, {"20": 2}, op_id=op_id)) == (409, "op_id_reused")
    assert (await jia.state(MINE), (await jia.fees())["open_handover"]["people"]) == ("with_monitor", 2)
    assert code(await jia.record(monitor, MINE, "refunded")) == (409, "money_has_left")

    decision = str(uuid4())
    receipt = ok(await jia.count(declared, {"20": 2}, 4000, op_id=decision))
    assert (receipt["state"], receipt["receipt_number"]) == ("confirmed", 1)
    assert receipt["declared_capitals"] == "人民币肆拾元整"
    assert [s["number"] for s in receipt["students"]] == ["41500001", MINE]
    assert (receipt["declared_notes"], receipt["counted_notes"]) == ({"20": 1, "10": 2}, {"20": 2})
    assert receipt["declared_by_name"] == make.roster_rows()[0].name
    assert (receipt["decided_by_name"], receipt["college_name"]) == ("agency", "甲学院")
    assert ok(await jia.count(declared, {"20": 2}, 4000, op_id=decision)) == receipt
    assert code(await jia.count(declared, {"20": 2}, 4000)) == (409, "handover_is_final")
    assert code(await jia.count(declared, {"20": 1}, 2000, op_id=decision)) == (409, "op_id_reused")
    assert await jia.state(MINE) == "handed_over"
    totals = (await jia.fees())["totals"]
    assert (totals["handed_over_fen"], totals["on_hand_fen"]) == (4000, 0)
    for refused in (
        await jia.record(monitor, MINE, "refunded"),
        await jia.reverse(monitor, ok_list(await monitor.get(jia.entries_of(MINE)))[0]["ledger_entry_id"]),
    ):
        assert code(refused) == (409, "money_has_left")
    withdraw = f"{jia.people.at}/handovers/{declared['handover_id']}/withdraw"
    assert code(await monitor.post(withdraw)) == (409, "handover_is_final")


async def test_the_agency_may_count_the_sum_alone(jia: Class) -> None:
    declared = ok(await jia.declare(await paid(jia, MINE), {"20": 1}))
    assert ok(await jia.count(declared, {}, 1900))["state"] == "disputed"
    receipt = ok(await jia.count(declared, {}, 2000))
    assert (receipt["state"], receipt["counted_fen"], receipt["counted_notes"]) == ("confirmed", 2000, {})


async def test_another_sum_is_disputed_and_never_changed(jia: Class) -> None:
    monitor = await paid(jia, MINE, "41500001")
    declared = ok(await jia.declare(monitor, {"20": 2}))
    assert code(await jia.count(declared, {"20": 1}, 4000)) == (422, "notes_do_not_add_up")
    disputed = ok(await jia.count(declared, {"20": 1}, 2000))
    assert (disputed["state"], disputed["declared_fen"], disputed["counted_fen"]) == ("disputed", 4000, 2000)
    assert (disputed["receipt_number"], await jia.state(MINE)) == (None, "with_monitor")
    assert (await jia.fees())["totals"]["handed_over_fen"] == 0
    assert code(await jia.declare(monitor, {"20": 2}))[0] == 409
    ok(await jia.count(declared, {"10": 4}, 4000, "dispute", remark="像是假币"))
    receipt = ok(await jia.count(declared, {"20": 2}, 4000))
    assert (receipt["state"], receipt["receipt_number"], receipt["remark"]) == ("confirmed", 1, "")
    acts = [row["act"] for row in ok_list(await jia.people.registrar.get(f"{jia.people.at}/audit"))]
    assert acts == ["count_handover", "dispute_handover", "count_handover"]


async def test_withdrawn_money_is_free_again(jia: Class) -> None:
    monitor = await paid(jia, MINE, "41500001")
    ids = [str(jia.students[MINE])]
    declared = ok(await jia.declare(monitor, {"20": 1}, student_ids=ids))
    assert code(await jia.declare(monitor, {"20": 1}, student_ids=ids)) == (409, "not_ready_to_hand_over")
    assert code(await jia.declare(monitor, {"20": 1})) == (409, "handover_open")
    withdraw = f"{jia.people.at}/handovers/{declared['handover_id']}/withdraw"
    assert code(await jia.people.agency.post(withdraw)) == (403, "not_allowed")
    withdrawn = ok(await monitor.post(withdraw))
    assert (withdrawn["state"], withdrawn["students"]) == ("withdrawn", [])
    assert ok(await monitor.post(withdraw)) == withdrawn
    assert code(await jia.count(declared, {"20": 1}, 2000)) == (409, "handover_is_final")
    ok(await jia.record(monitor, MINE, "refunded"))
    unpaid = [str(jia.students["41500003"])]
    assert code(await jia.declare(monitor, {"20": 1}, student_ids=unpaid)) == (409, "not_ready_to_hand_over")
    assert ok(await jia.declare(monitor, {"20": 1}))["people"] == 1


async def test_nothing_to_hand_over_and_notes_that_do_not_exist(jia: Class) -> None:
    monitor = await jia.monitor()
    assert code(await jia.declare(monitor, {})) == (409, "nothing_to_hand_over")
    for notes in ({"3": 1}, {"20": -1}, {"20": "一"}):
        assert code(await jia.declare(monitor, notes)) == (422, "invalid_request")  # type: ignore[arg-type]


async def test_receipts_have_no_gaps(jia: Class) -> None:
    """Three classes are confirmed at the same moment, and one confirmation fails in between."""
    people, made = jia.people, []
    for name, number in MONITOR.items():
        there = Class(people, jia.students, jia.groups)
        there.group = jia.groups[name]
        monitor = await people.student(number)
        ok(await there.record(monitor, number))
        made.append(ok(await there.declare(monitor, {"20": 1})))
    refused = await jia.count(made[0], {"20": 1, "1": 1}, 2000)
    assert code(refused) == (422, "notes_do_not_add_up")
    receipts = await asyncio.gather(*(jia.count(one, {"20": 1}, 2000) for one in made))
    assert sorted(ok(receipt)["receipt_number"] for receipt in receipts) == [1, 2, 3]
    listed = ok_list(await people.agency.get(f"{people.at}/handovers", params={"state": "confirmed"}))
    assert {line["handover_id"] for line in listed} == {one["handover_id"] for one in made}
    for state in ("declared", "withdrawn"):
        assert ok_list(await people.agency.get(f"{people.at}/handovers", params={"state": state})) == []
    mine = await (await jia.monitor()).get(f"{people.at}/handovers")
    assert [line["class_group_name"] for line in ok_list(mine)] == ["甲1501"]


async def test_declare_and_confirm_at_the_same_moment_do_not_lock_each_other_out(jia: Class) -> None:
    monitor = await paid(jia, MINE, "41500001")
    declared = ok(await jia.declare(monitor, {"20": 1}, student_ids=[str(jia.students[MINE])]))
    for _ in range(3):
        answers = await asyncio.gather(
            jia.declare(monitor, {"20": 1}, student_ids=[str(jia.students["41500001"])]),
            jia.count(declared, {"10": 1}, 1000),
            jia.record(monitor, "41500003"),
        )
        assert {code(answer)[1] for answer in answers} <= {"", "handover_open", "already_paid"}
