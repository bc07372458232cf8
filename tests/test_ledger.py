"""Thousands of random operations on the cash, against a model of a few lines: the books agree after every step.

For every class, at every moment: collected - refunded = handed over + on hand, and on hand is never below zero.
"""

import asyncio
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import httpx
import psycopg
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select, text

import till
from conftest import browser, clone, drop
from gradphoto.accounts import service as accounts
from gradphoto.accounts.auth import cookie_name
from gradphoto.core import db as database
from gradphoto.core.db import sessions
from gradphoto.core.jobs import conninfo
from gradphoto.fees.service import student_fee_states
from gradphoto.fees.verify_service import verify
from gradphoto.roster import service as roster
from ledger_model import CLASSES, FEE, HEADS, Entry, Handing, Model, members, notes

students = st.integers(0, CLASSES * HEADS - 1)
classes = st.integers(0, CLASSES - 1)
picks = st.integers(0, 99)
words = st.sampled_from(["confirm", "confirm", "confirm", "dispute"])
CASH = text(
    "select class_group_id, collected_fen, refunded_fen, handed_over_fen, on_hand_fen"
    " from class_cash where campaign_id = :campaign_id"
)


# --- the machine -----------------------------------------------------------------------------------------------------


class Cash(RuleBasedStateMachine):
    """Each run is a campaign of its own in one database. Counts what really happened, for the test to ask."""

    runner: asyncio.Runner
    happened: dict[str, int]

    def run(self, coroutine: Any) -> Any:
        return self.runner.run(coroutine)

    @initialize()
    def begin(self) -> None:
        self.model = Model()
        self.sent: list[tuple[httpx.AsyncClient, str, dict[str, Any], dict[str, Any]]] = []
        self.run(self._begin())

    async def _begin(self) -> None:
        async with sessions() as db, db.begin():
            campaign, college, groups, rows = await till.classes(db, CLASSES, HEADS)
            self.at, self.campaign_id = f"/campaigns/{campaign.id}", campaign.id
            self.groups, self.students = [group.id for group in groups], [row.id for row in rows]
            first = [rows[members(i)[0]] for i in range(CLASSES)]
            tokens = [await accounts.open_sign_in(db, **roster.sign_in_of(row, college.id)) for row in first]
            for login in ("registrar", "agency"):
                staff = (await db.scalars(select(accounts.Staff).where(accounts.Staff.login == login))).one()
                tokens.append(await accounts.open_sign_in(db, staff_id=staff.id, name=staff.name))
        clients = [browser() for _ in tokens]
        for client, token in zip(clients, tokens, strict=True):
            client.cookies.set(cookie_name(), token)
        *self.monitors, self.registrar, self.agency = clients

    def ask(self, who: httpx.AsyncClient, path: str, expected: str, **body: Any) -> dict[str, Any]:
        """Post, compare the refusal with the model's, and keep what succeeded, to be sent again."""
        body = {"op_id": str(uuid4())} | body
        response = self.run(who.post(self.at + path, json=body))
        answer: dict[str, Any] = response.json()
        assert answer.get("code", "") == expected, (path, body, response.text)
        happened = expected or path.rsplit("/", 1)[1]
        self.happened[happened] = self.happened.get(happened, 0) + 1
        if response.status_code == 200:
            self.sent.append((who, path, body, answer))
        return answer

    @rule(student=students, kind=st.sampled_from(["collected", "collected", "collected", "refunded", "waived"]))
    def record(self, student: int, kind: str) -> None:
        who = self.registrar if kind == "waived" else self.monitors[student // HEADS]
        path = f"/students/{self.students[student]}/ledger-entries"
        expected = self.model.refusal(student, kind)
        answer = self.ask(who, path, expected, kind=kind, reason="" if kind == "collected" else "事由")
        if not expected:
            self.model.entries.append(Entry(answer["entry"]["ledger_entry_id"], student, kind))
            assert answer["fee_state"] == self.model.state(student)

    @rule(group=classes, pick=picks)
    def record_class(self, group: int, pick: int) -> None:
        if pick % 4:  # seldom, or everybody has always paid
            return
        owing = [s for s in members(group) if not self.model.paid(s) and not self.model.waived(s)]
        path, expected = f"/class-groups/{self.groups[group]}/ledger-entries", "" if owing else "nobody_owes"
        answer = self.ask(self.monitors[group], path, expected)
        assert set(answer.get("student_ids", [])) == {str(self.students[s]) for s in owing}
        for s in owing:
            entries = self.run(self.registrar.get(f"{self.at}/students/{self.students[s]}/ledger-entries")).json()
            self.model.entries.append(Entry(entries[-1]["ledger_entry_id"], s, "collected"))

    @precondition(lambda self: self.model.entries)
    @rule(pick=picks)
    def reverse(self, pick: int) -> None:
        undone = self.model.entries[-1 - pick % len(self.model.entries)]
        expected = "already_reversed" if undone.reversed else self.model.refusal(undone.student, undone.kind, -1)
        if undone.kind == "reversal":
            expected = "reversal_stays"
        answer = self.ask(self.registrar, f"/ledger-entries/{undone.id}/reversal", expected, reason="点错了人")
        if not expected:
            undone.reversed = True
            self.model.entries.append(Entry(answer["entry"]["ledger_entry_id"], undone.student, "reversal"))
            assert answer["fee_state"] == self.model.state(undone.student)

    @rule(group=classes, which=st.sampled_from(["all", "some", "some", "anybody"]), slip=picks)
    def declare(self, group: int, which: str, slip: int) -> None:
        free = self.model.free(group)
        named = {"all": None, "some": set(sorted(free)[:1]) or {members(group)[0]}, "anybody": set(members(group))}[
            which
        ]
        whose = free if named is None else named
        wrong = FEE if slip > 90 else 0
        expected = (
            "not_ready_to_hand_over"
            if not whose <= free
            else "nothing_to_hand_over"
            if not whose
            else "notes_do_not_add_up"
            if wrong
            else "handover_open"
            if self.model.open(group)
            else ""
        )
        ids = None if named is None else [str(self.students[s]) for s in named]
        path = f"/class-groups/{self.groups[group]}/handovers"
        answer = self.ask(self.monitors[group], path, expected, student_ids=ids, notes=notes(len(whose) * FEE + wrong))
        if not expected:
            self.model.handovers.append(Handing(answer["handover_id"], group, set(whose)))

    def some_handing(self, pick: int) -> Handing:
        """Mostly an open one."""
        still_open = [h for h in self.model.handovers if h.state in ("declared", "disputed")]
        chosen = still_open if still_open and pick % 4 else self.model.handovers
        return chosen[pick % len(chosen)]

    @precondition(lambda self: self.model.handovers)
    @rule(pick=picks, miscounted=st.sampled_from([0, 0, 0, -FEE // 2, FEE]), word=words)
    def count(self, pick: int, miscounted: int, word: str) -> None:
        handing = self.some_handing(pick)
        expected = "handover_is_final" if handing.state in ("confirmed", "withdrawn") else ""
        fen = len(handing.students) * FEE + miscounted
        more = {"remark": "再点一遍"} if word == "dispute" else {}
        path = f"/handovers/{handing.id}/{word}"
        answer = self.ask(self.agency, path, expected, counted_fen=fen, notes=notes(fen), **more)
        if not expected:
            handing.state = "disputed" if miscounted or word == "dispute" else "confirmed"
            assert answer["state"] == handing.state
            confirmed = sum(1 for h in self.model.handovers if h.state == "confirmed")
            assert answer["receipt_number"] == (confirmed if handing.state == "confirmed" else None)

    @precondition(lambda self: self.model.handovers)
    @rule(pick=picks)
    def withdraw(self, pick: int) -> None:
        handing = self.some_handing(pick)
        expected = "handover_is_final" if handing.state == "confirmed" else ""
        self.ask(self.monitors[handing.group], f"/handovers/{handing.id}/withdraw", expected)
        if not expected:
            handing.state = "withdrawn"

    @precondition(lambda self: self.sent)
    @rule(pick=picks)
    def send_again(self, pick: int) -> None:
        """The network lost the answer: the same request gives the same entry and changes nothing."""
        who, path, body, before = self.sent[-1 - pick % len(self.sent)]
        response = self.run(who.post(self.at + path, json=body))
        self.happened["again"] = self.happened.get("again", 0) + 1
        if path.endswith(("confirm", "dispute")) and response.json().get("code") == "handover_is_final":
            return  # overtaken by a later count
        assert response.status_code == 200, response.text
        if "entry" in before:
            assert response.json()["entry"] == before["entry"]

    @invariant()
    def the_books_agree(self) -> None:
        self.run(self._the_books_agree())

    async def _the_books_agree(self) -> None:
        async with sessions() as db:
            found = await db.execute(CASH, {"campaign_id": self.campaign_id})
            cash = {row[0]: row[1:] for row in found}
            for group, group_id in enumerate(self.groups):
                collected, refunded, handed_over, on_hand = cash.get(group_id, (0, 0, 0, 0))
                assert collected - refunded == handed_over + on_hand
                assert on_hand >= 0
                ought = [
                    sum(self.model.stands(s, kind) for s in members(group)) * FEE for kind in ("collected", "refunded")
                ]
                assert [collected, refunded] == ought
                confirmed = (h for h in self.model.handovers if (h.group, h.state) == (group, "confirmed"))
                assert handed_over == sum(len(h.students) for h in confirmed) * FEE
            states = await student_fee_states(db, self.campaign_id, self.students)
            assert [states[s] for s in self.students] == [self.model.state(i) for i in range(len(self.students))]
            assert await verify(db, self.campaign_id) == []

    def teardown(self) -> None:
        for client in (*self.monitors, self.registrar, self.agency):
            self.run(client.aclose())


# --- running it ------------------------------------------------------------------------------------------------------


@pytest.fixture
def run_machine(server: str, small: str) -> Iterator[Callable[[int, str], dict[str, int]]]:
    """Run the machine some times on a fresh database that `sql` has changed; what happened how often."""
    name = f"ledger_{uuid4().hex[:8]}"
    url = clone(server, name, small)

    def run(examples: int, sql: str = "") -> dict[str, int]:
        if sql:
            with psycopg.connect(conninfo(url)) as connection:
                connection.execute(sql)  # type: ignore[call-overload]
        happened: dict[str, int] = {}
        with asyncio.Runner() as runner:
            engine = database.connect(url, pool_size=2)
            machine = type("Machine", (Cash,), {"runner": runner, "happened": happened})
            try:
                run_state_machine_as_test(
                    machine,
                    settings=settings(
                        max_examples=examples,
                        stateful_step_count=40,
                        deadline=None,
                        phases=[Phase.generate] if sql else [Phase.generate, Phase.shrink],
                        suppress_health_check=list(HealthCheck),
                        database=None,
                    ),
                )
            finally:
                runner.run(engine.dispose())
        return happened

    yield run
    drop(server, name)


def test_the_books_agree_after_every_step(run_machine: Callable[..., dict[str, int]]) -> None:
    must = {"ledger-entries", "reversal", "handovers", "confirm", "withdraw", "again", "already_paid", "money_has_left"}
    happened: set[str] = set()
    for _ in range(6):  # a run in which nothing happens proves nothing
        happened |= set(run_machine(12))
        if must <= happened:
            return
    raise AssertionError(must - happened)


# Negative control: each of these would cheat somebody, and the machine finds it.
DEFECTS = {
    "a confirmation that is not booked": ("handover_apply", "handed_over_fen + new.counted_fen", "handed_over_fen + 0"),
    "a withdrawal that keeps the students": ("handover_apply", "new.state = 'withdrawn'", "new.state = 'lost'"),
    "a reversal that leaves the class's cash": ("ledger_apply", "'collected' then sign * new", "'collected' then new"),
    "money that leaves although it was declared": ("ledger_apply", "mine.handover_id is not null", "false"),
}


@pytest.mark.parametrize("defect", DEFECTS)
def test_a_defect_is_found(run_machine: Callable[..., dict[str, int]], server: str, small: str, defect: str) -> None:
    function, right, wrong = DEFECTS[defect]
    with psycopg.connect(conninfo(server.replace("/gradphoto?", f"/{small}?"))) as connection:
        row = connection.execute("select pg_get_functiondef(%s::regproc)", [function]).fetchone()
    assert row is not None and right in row[0]
    with pytest.raises(AssertionError):
        run_machine(100, row[0].replace(right, wrong))
