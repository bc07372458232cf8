"""Fees through HTTP: who may, what is once only, what is refused and why, a whole class at once."""

import asyncio
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import select, update

import make
from gradphoto.core.db import sessions
from gradphoto.core.events import Outbox
from gradphoto.fees import service
from gradphoto.fees.models import FeeState, HandoverState
from gradphoto.fees.verify_service import verify
from gradphoto.roster.models import Student
from till import MINE, MONITOR, Class, code, ok, ok_list, paid


@pytest.fixture
async def jia(people: make.People) -> Class:
    return await Class.of(people)


# --- who may ---------------------------------------------------------------------------------------------------------


async def who(jia: Class, name: str) -> httpx.AsyncClient:
    if name in MONITOR:
        return await jia.people.student(MONITOR[name])
    if name == "student":
        return await jia.people.student(MINE)
    return getattr(jia.people, name)  # type: ignore[no-any-return]


READERS = {"registrar", "agency", "counsellor", "甲1501"}
EVERYBODY = ("registrar", "agency", "counsellor", "counsellor2", "screen", "甲1501", "甲1502", "乙1501", "student")


@pytest.mark.parametrize("name", EVERYBODY)
async def test_who_may_do_what_in_a_class(jia: Class, name: str) -> None:
    client = await who(jia, name)
    reads = [f"{jia.people.at}/class-groups/{jia.group}/fees", jia.entries_of(MINE)]
    for path in reads:
        assert ((await client.get(path)).status_code == 200) == (name in READERS), path
    collects = await jia.record(client, MINE)
    assert code(collects)[1] == ("" if name in {"registrar", "甲1501"} else "not_allowed")
    if collects.status_code != 200:
        assert await jia.state(MINE) == "unpaid"
        ok(await jia.record(jia.people.registrar, MINE))
    declared = await jia.declare(client, {"20": 1})
    assert (declared.status_code == 200) == (name in {"registrar", "甲1501"})
    if declared.status_code != 200:
        declared = await jia.declare(jia.people.registrar, {"20": 1})
    body = {"op_id": str(uuid4()), "counted_fen": 2000, "notes": {"20": 1}}
    path = f"{jia.people.at}/handovers/{declared.json()['handover_id']}"
    assert ((await client.get(path)).status_code == 200) == (name in READERS)
    confirmed = await client.post(f"{path}/confirm", json=body)
    assert (confirmed.status_code == 200) == (name == "agency")


async def test_a_list_shows_what_the_reader_may_see(jia: Class) -> None:
    seen = {}
    for name in ("registrar", "counsellor", "counsellor2", "甲1502", "agency"):
        answer = ok(await (await who(jia, name)).get(f"{jia.people.at}/fees"))
        seen[name] = [line["class_group_name"] for line in answer["class_groups"]]
        assert answer["totals"]["people"] == sum(line["totals"]["people"] for line in answer["class_groups"])
    assert seen["registrar"] == seen["agency"] == ["甲1501", "甲1502", "乙1501", "乙1502"]
    assert (seen["counsellor"], seen["counsellor2"]) == (["甲1501", "甲1502"], ["乙1501", "乙1502"])
    assert seen["甲1502"] == ["甲1502"]
    for name in ("student", "screen"):
        assert code(await (await who(jia, name)).get(f"{jia.people.at}/fees")) == (403, "not_allowed")


async def test_a_stranger_and_a_wrong_address(jia: Class, anybody: httpx.AsyncClient) -> None:
    assert code(await jia.record(anybody, MINE)) == (401, "not_signed_in")
    nobody = f"{jia.people.at}/students/{uuid4()}/ledger-entries"
    body = {"op_id": str(uuid4()), "kind": "collected"}
    assert code(await jia.people.registrar.post(nobody, json=body)) == (404, "not_found")
    elsewhere = f"/campaigns/{uuid4()}/students/{jia.students[MINE]}/ledger-entries"
    assert code(await jia.people.registrar.post(elsewhere, json=body)) == (404, "not_found")


async def test_only_the_registrar_waives(jia: Class) -> None:
    monitor = await jia.monitor()
    assert code(await jia.record(monitor, MINE, "waived")) == (403, "waiver_needs_registrar")
    waived = ok(await jia.record(jia.people.registrar, MINE, "waived"))
    assert (waived["fee_state"], waived["entry"]["amount_fen"]) == ("waived", 0)
    entry_id = waived["entry"]["ledger_entry_id"]
    assert code(await jia.reverse(monitor, entry_id)) == (403, "waiver_needs_registrar")
    assert ok(await jia.reverse(jia.people.registrar, entry_id))["fee_state"] == "unpaid"


# --- once only -------------------------------------------------------------------------------------------------------


async def test_a_repeated_tap_has_the_same_answer(jia: Class) -> None:
    monitor, op_id = await jia.monitor(), str(uuid4())
    first = ok(await jia.record(monitor, MINE, op_id=op_id))
    assert (first["fee_state"], first["entry"]["amount_fen"]) == ("with_monitor", 2000)
    assert ok(await jia.record(monitor, MINE, op_id=op_id)) == first
    assert ok(await jia.record(monitor, MINE, op_id=op_id, amount_fen=2000)) == first
    for other in ({"amount_fen": 1000}, {"kind": "refunded", "reason": "退"}, {"reason": "别的"}):
        assert code(await jia.record(monitor, MINE, **({"op_id": op_id} | other))) == (409, "op_id_reused")
    assert code(await jia.record(monitor, "41500003", op_id=op_id)) == (409, "op_id_reused")
    assert (await jia.fees())["totals"]["collected_fen"] == 2000
    assert len(ok_list(await monitor.get(jia.entries_of(MINE)))) == 1


async def test_a_double_tap_at_the_same_moment_makes_one_entry(jia: Class) -> None:
    phones = [await jia.monitor() for _ in range(4)]
    op_id = str(uuid4())
    answers = await asyncio.gather(*(jia.record(phone, MINE, op_id=op_id) for phone in phones))
    assert all(answer.json() == ok(answers[0]) for answer in answers)
    # Other phones, other keys, the same twenty yuan: one of them has it, the others are told.
    answers = await asyncio.gather(*(jia.record(phone, "41500003") for phone in phones))
    assert sorted(code(answer) for answer in answers) == [(200, ""), *[(409, "already_paid")] * 3]
    assert (await jia.fees())["totals"]["collected_fen"] == 4000
    async with sessions() as db:
        told = list(await db.scalars(select(Outbox).where(Outbox.kind == "fee.recorded")))
    assert len(told) == 2
    assert told[0].data["student_ids"] == [str(jia.students[MINE])]


async def test_reversal_is_once_and_repeats(jia: Class) -> None:
    monitor = await jia.monitor()
    entry_id = ok(await jia.record(monitor, MINE))["entry"]["ledger_entry_id"]
    op_id = uuid4()
    first = ok(await jia.reverse(monitor, entry_id, op_id))
    assert (first["fee_state"], first["entry"]["reverses_id"]) == ("unpaid", entry_id)
    assert ok(await jia.reverse(monitor, entry_id, op_id)) == first
    assert code(await jia.reverse(monitor, entry_id)) == (409, "already_reversed")
    reversal_id = first["entry"]["ledger_entry_id"]
    assert code(await jia.reverse(monitor, reversal_id)) == (409, "reversal_stays")
    assert code(await jia.reverse(await jia.people.student(MONITOR["甲1502"]), entry_id)) == (403, "not_allowed")
    line = next(s for s in (await jia.fees())["students"] if s["number"] == MINE)
    assert (line["fee_state"], line["last_entry_id"]) == ("unpaid", None)
    assert ok(await jia.record(monitor, MINE))["fee_state"] == "with_monitor"


# --- what is refused -------------------------------------------------------------------------------------------------


async def test_money_rules(jia: Class) -> None:
    monitor, registrar = await jia.monitor(), jia.people.registrar
    assert code(await jia.record(monitor, MINE, "refunded")) == (409, "nothing_to_refund")
    assert code(await jia.record(monitor, MINE, amount_fen=1000)) == (409, "whole_fee_only")
    assert code(await jia.record(monitor, MINE, amount_fen=4000)) == (409, "already_paid")
    ok(await jia.record(monitor, MINE))
    assert code(await jia.record(monitor, MINE)) == (409, "already_paid")
    assert code(await jia.record(registrar, MINE, "waived")) == (409, "waived_or_paid")
    assert code(await jia.record(monitor, MINE, "refunded", reason=" ")) == (422, "reason_missing")
    assert code(await jia.record(monitor, MINE, "refunded", amount_fen=500)) == (409, "whole_fee_only")
    assert ok(await jia.record(monitor, MINE, "refunded"))["fee_state"] == "refunded"
    assert code(await jia.record(monitor, MINE, "refunded")) == (409, "nothing_to_refund")
    ok(await jia.record(registrar, MINE, "waived"))
    assert code(await jia.record(registrar, MINE, "waived")) == (409, "already_waived")
    assert code(await jia.record(monitor, MINE)) == (409, "waived_or_paid")
    totals = (await jia.fees())["totals"]
    assert (totals["collected_fen"], totals["refunded_fen"], totals["on_hand_fen"]) == (2000, 2000, 0)
    assert (totals["people"], totals["waived_people"], totals["due_fen"]) == (4, 1, 6000)


async def test_a_refund_stands_when_a_later_payment_is_reversed(jia: Class) -> None:
    monitor = await jia.monitor()
    ok(await jia.record(monitor, MINE))
    ok(await jia.record(monitor, MINE, "refunded"))
    again = ok(await jia.record(monitor, MINE))
    assert ok(await jia.reverse(monitor, again["entry"]["ledger_entry_id"]))["fee_state"] == "refunded"


async def test_the_fee_is_the_one_of_the_day(jia: Class) -> None:
    """A campaign's fee is corrected; who has paid has paid, and gets back what was paid."""
    monitor, registrar = await jia.monitor(), jia.people.registrar
    ok(await jia.record(monitor, MINE))
    campaign = ok(await registrar.get(jia.people.at))
    ok(await registrar.put(jia.people.at, json=campaign | {"fee_fen": 1500}))
    assert code(await jia.record(monitor, MINE)) == (409, "already_paid")
    assert ok(await jia.record(monitor, "41500003"))["entry"]["amount_fen"] == 1500
    assert ok(await jia.record(monitor, MINE, "refunded"))["entry"]["amount_fen"] == 2000
    assert ok(await jia.record(monitor, MINE))["entry"]["amount_fen"] == 1500
    assert (await jia.fees())["totals"]["on_hand_fen"] == 3000
    assert (await jia.fees())["suggested_notes"] == {"20": 1, "10": 1}
    ok(await registrar.put(jia.people.at, json=campaign | {"fee_fen": 0}))
    assert code(await jia.record(monitor, "41500004")) == (409, "no_fee_here")


async def test_who_changed_classes_is_refunded_by_the_class_that_holds_the_money(jia: Class) -> None:
    monitor, new_monitor = await jia.monitor(), await jia.people.student(MONITOR["甲1502"])
    entry_id = ok(await jia.record(monitor, MINE))["entry"]["ledger_entry_id"]
    async with sessions() as db, db.begin():
        moved = update(Student).where(Student.number == MINE).values(class_group_id=jia.groups["甲1502"])
        await db.execute(moved)
    assert code(await jia.record(new_monitor, MINE)) == (409, "already_paid")
    assert code(await jia.record(new_monitor, MINE, "refunded")) == (403, "not_allowed")
    line = next(s for s in (await jia.fees())["students"] if s["number"] == MINE)
    assert (line["on_roster"], line["fee_state"]) == (False, "with_monitor")
    assert ok(await jia.record(monitor, MINE, "refunded"))["entry"]["class_group_id"] == str(jia.group)
    assert MINE not in [s["number"] for s in (await jia.fees())["students"]]
    ok(await jia.record(new_monitor, MINE))
    # The first payment is settled and gone; taking it back now would take the new class's money.
    assert code(await jia.reverse(monitor, entry_id)) == (409, "another_class_holds_money")
    async with sessions() as db:
        assert await verify(db, jia.people.campaign_id) == []


async def test_who_left_the_roster_pays_nothing_but_is_refunded(jia: Class) -> None:
    monitor = await jia.monitor()
    ok(await jia.record(monitor, MINE))
    async with sessions() as db, db.begin():
        await db.execute(
            update(Student).where(Student.number.in_([MINE, "41500003"])).values(withdrawn_at=make.MORNING)
        )
    assert code(await jia.record(monitor, "41500003")) == (409, "not_on_roster")
    fees = await jia.fees()
    assert (fees["totals"]["people"], fees["totals"]["paid_people"], fees["totals"]["on_hand_fen"]) == (2, 0, 2000)
    assert [(s["number"], s["on_roster"]) for s in fees["students"]] == [
        ("41500001", True),
        (MINE, False),
        ("41500004", True),
    ]
    ok(await jia.record(monitor, MINE, "refunded"))


# --- a whole class ---------------------------------------------------------------------------------------------------


async def test_a_whole_class_at_once(jia: Class) -> None:
    monitor = await jia.monitor()
    path, body = f"{jia.people.at}/class-groups/{jia.group}/ledger-entries", {"op_id": str(uuid4())}
    ok(await jia.record(monitor, MINE))
    ok(await jia.record(jia.people.registrar, "41500003", "waived"))
    stranger = str(jia.students["41500005"])
    refused = await monitor.post(path, json=body | {"student_ids": [str(jia.students["41500001"]), stranger]})
    assert code(refused) == (409, "not_in_class")
    assert refused.json()["facts"] == {"student_ids": [stranger]}
    assert await jia.state("41500001") == "unpaid"  # all or nothing
    first = ok(await monitor.post(path, json=body))
    assert (len(first["student_ids"]), first["collected_fen"], first["skipped_people"]) == (2, 4000, 2)
    entry = ok_list(await monitor.get(jia.entries_of("41500001")))[0]
    ok(await jia.reverse(monitor, entry["ledger_entry_id"]))
    again = ok(await monitor.post(path, json=body))
    assert sorted(again.pop("student_ids")) == sorted(first.pop("student_ids"))
    assert again == first
    assert await jia.state("41500001") == "unpaid"  # a repeated call changes nothing
    other = await monitor.post(path, json=body | {"student_ids": [str(jia.students["41500001"])]})
    assert code(other) == (409, "op_id_reused")
    settled = {"op_id": str(uuid4()), "student_ids": [str(jia.students[MINE])]}
    assert code(await monitor.post(path, json=settled)) == (409, "nobody_owes")
    ledger = ok_list(await monitor.get(path))  # the class's book: every line of everybody, oldest first
    assert [e["kind"] for e in ledger] == ["collected", "waived", "collected", "collected", "reversal"]
    outsider = await jia.people.student(MONITOR["甲1502"])
    assert code(await outsider.post(path, json=body)) == (403, "not_allowed")
    assert code(await outsider.get(path)) == (403, "not_allowed")


async def test_whole_class_and_single_taps_at_the_same_moment(jia: Class) -> None:
    phones = [await jia.monitor() for _ in range(4)]
    path = f"{jia.people.at}/class-groups/{jia.group}/ledger-entries"
    numbers = ["41500004", "41500003", "41500002", "41500001"]
    answers = await asyncio.gather(
        phones[0].post(path, json={"op_id": str(uuid4())}),
        *(jia.record(phone, number) for phone, number in zip(phones, numbers, strict=True)),
        phones[1].post(path, json={"op_id": str(uuid4())}),
    )
    assert {code(answer)[1] for answer in answers} <= {"", "already_paid", "nobody_owes"}
    assert (await jia.fees())["totals"]["collected_fen"] == 8000


# --- what others ask -------------------------------------------------------------------------------------------------

STATES = [
    ((0, False, False, None), FeeState.unpaid),
    ((2000, False, False, None), FeeState.with_monitor),
    ((2000, False, True, None), FeeState.with_monitor),
    ((2000, False, False, HandoverState.declared), FeeState.with_monitor),
    ((2000, False, False, HandoverState.disputed), FeeState.with_monitor),
    ((2000, False, False, HandoverState.confirmed), FeeState.handed_over),
    ((0, True, False, None), FeeState.waived),
    ((0, True, True, None), FeeState.waived),
    ((0, False, True, None), FeeState.refunded),
]


@pytest.mark.parametrize(("books", "state"), STATES)
def test_fee_state(books: tuple[int, bool, bool, HandoverState | None], state: FeeState) -> None:
    assert service.fee_state(*books) == state


async def test_fee_states_of_many(jia: Class) -> None:
    monitor = await paid(jia, MINE)
    ok(await jia.count(ok(await jia.declare(monitor, {"20": 1})), {"20": 1}, 2000))
    async with sessions() as db:
        asked = [jia.students[MINE], jia.students["41500003"]]
        states = await service.student_fee_states(db, jia.people.campaign_id, asked)
        assert await service.student_fee_states(db, jia.people.campaign_id, []) == {}
    assert states == {asked[0]: FeeState.handed_over, asked[1]: FeeState.unpaid}
