"""The database itself keeps the books: tampering is refused, and what is falsified all the same is named."""

from collections.abc import AsyncIterator

import psycopg
import pytest

import make
from gradphoto.core.jobs import conninfo
from till import MINE, Class, code, ok, paid


@pytest.fixture
async def jia(people: make.People) -> Class:
    return await Class.of(people)


INSERT = (
    "insert into handover (campaign_id, class_group_id, op_id, declared_notes, declared_by_name, decided_by_name,"
    " remark, state, people, declared_fen, counted_fen, receipt_number)"
    " select campaign_id, class_group_id, uuidv7(), '{}', '', '', '', "
)
TAMPERING = {
    "update ledger_entry set amount_fen = 1": "append_only",
    "delete from ledger_entry": "append_only",
    "truncate ledger_entry cascade": "append_only",
    "update class_cash set collected_fen = collected_fen + 100": "balances_by_ledger_only",
    "delete from class_cash": "balances_by_ledger_only",
    "truncate class_cash": "append_only",
    "update student_fee set paid_fen = 0": "balances_by_ledger_only",
    "update student_fee set handover_id = null where handover_id is not null": "balances_by_ledger_only",
    "update student_fee set handover_id = (select id from handover) where handover_id is null and paid_fen > 0": (
        "balances_by_ledger_only"
    ),
    "delete from student_fee": "balances_by_ledger_only",
    "truncate student_fee": "append_only",
    "update handover set people = 3": "handover_is_final",
    "update handover set state = 'withdrawn', receipt_number = null": "handover_is_final",
    "delete from handover": "handover_is_final",
    "truncate handover cascade": "append_only",
    "update receipt_counter set last_number = 7": "balances_by_ledger_only",
    INSERT + "'confirmed', 1, 2000, 2000, 9 from handover": "handover_begins_declared",
    INSERT + "'declared', 1, 2000, null, null from handover": "handover_names_its_students",
    INSERT + "'declared', 1, 9000, null, null from handover": "handover_within_on_hand",
    "insert into ledger_entry (campaign_id, class_group_id, student_id, kind, amount_fen, op_id, reason, by_name)"
    " select e.campaign_id, g.id, e.student_id, 'collected', 2000, uuidv7(), '', '' from ledger_entry e, class_group g"
    " where g.id <> e.class_group_id": "ledger_class_holds_money",
}


@pytest.fixture
async def books(jia: Class, database_url: str) -> AsyncIterator[psycopg.Connection]:
    """The application's own login to a database where one student's money is handed over, one's is on hand."""
    monitor = await paid(jia, MINE, "41500001")
    handover = ok(await jia.declare(monitor, {"20": 1}, student_ids=[str(jia.students[MINE])]))
    ok(await jia.count(handover, {"20": 1}, 2000))
    with psycopg.connect(conninfo(database_url)) as connection:
        yield connection


async def test_the_database_refuses_tampering(books: psycopg.Connection) -> None:
    for sql, rule in TAMPERING.items():
        with pytest.raises(psycopg.errors.CheckViolation) as refused:
            books.execute(sql)  # type: ignore[call-overload]
            books.commit()  # what is checked at the commit
        assert refused.value.diag.constraint_name == rule, sql
        books.rollback()


async def test_each_of_these_would_have_changed_something(books: psycopg.Connection) -> None:
    """Negative control: without the rules the same statements reach rows."""
    for sql in TAMPERING:
        verb, *words = sql.split()
        if verb not in ("update", "delete"):
            continue
        table = words[0] if verb == "update" else words[1]
        books.execute(f"alter table {table} disable trigger user")  # type: ignore[call-overload]
        # A foreign key stops the deletion of what others point to; the rows are there all the same.
        reached = books.execute(sql.replace("delete from", "select from"))  # type: ignore[call-overload]
        assert reached.rowcount > 0, sql
        books.rollback()


FALSIFIED = {
    "update class_cash set collected_fen = 6000 where handed_over_fen > 0": ("甲1501：已收记为 60.00 元",),
    "update student_fee set waived = true, paid_fen = 0 where handover_id is null": ("1 名学生的缴费状态与流水不符",),
    "update student_fee set handover_id = null where handover_id is not null": ("的交款单应为 1 人", "手上应有 20.00"),
    "update handover set receipt_number = 3": ("收据号不连续",),
    "delete from ledger_entry e using student s where s.id = e.student_id and s.number = '41500001'": (
        "甲1501：已收记为 40.00 元，按流水和交款单应为 20.00 元",
        "学号 41500001",
    ),
}


@pytest.mark.parametrize("sql", FALSIFIED)
async def test_verify_names_what_was_falsified(jia: Class, books: psycopg.Connection, sql: str) -> None:
    path = f"{jia.people.at}/fees/differences"
    assert ok(await jia.people.registrar.get(path)) == {"differences": []}
    for table in ("ledger_entry", "student_fee", "class_cash", "handover"):
        books.execute(f"alter table {table} disable trigger user")  # type: ignore[call-overload]
    assert books.execute(sql).rowcount == 1  # type: ignore[call-overload]
    books.commit()
    said = "".join(ok(await jia.people.registrar.get(path))["differences"])
    assert all(part in said for part in FALSIFIED[sql]), said
    assert code(await jia.people.counsellor.get(path)) == (403, "not_allowed")
