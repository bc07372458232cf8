"""Answers to returned photos, sent through a real SMTP server that takes, refuses, or dies: never two to one mail."""

import asyncio
import email
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from email import policy
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select, text, update

import jpegs
import make
from gradphoto.core.db import now, sessions
from gradphoto.core.jobs import jobs
from gradphoto.core.settings import settings as product_settings
from gradphoto.mailroom import send_service
from gradphoto.mailroom.answer_service import AnswerNotDraft, NotSetUpToSend
from gradphoto.mailroom.jobs import look
from gradphoto.mailroom.jobs import read as read_job
from gradphoto.mailroom.models import Mail, MailAnswer, Mailbox
from gradphoto.mailroom.read_service import read_mailbox
from gradphoto.mailroom.reading.mail import read_mail
from gradphoto.mailroom.send_service import Sent, send_answers
from mailpost import ADDRESS, Imap, Letterbox, certificate, imap_server, mail, settings, smtp_server, subject
from room import ok, refused

ROWS = make.roster_rows()


@pytest.fixture(autouse=True)
def _loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(product_settings(), "mail_loopback", True)


@pytest.fixture
def imap() -> Iterator[Imap]:
    with imap_server() as server:
        yield server


@pytest.fixture
async def office(people: make.People, imap: Imap) -> AsyncIterator["Office"]:
    with smtp_server() as (letterbox, port):
        office = Office(people, imap, letterbox, port)
        await office.set()
        yield office


class Office:
    def __init__(self, people: make.People, imap: Imap, letterbox: Letterbox, port: int) -> None:
        self.people, self.imap, self.letterbox, self.port = people, imap, letterbox, port
        self.registrar, self.at = people.registrar, people.at

    async def set(self, **more: Any) -> None:
        body = settings(self.imap.port, self.port, **more)
        ok(await self.registrar.put(f"{self.at}/mailbox", json=body))

    async def read(self, *mails: bytes) -> None:
        self.imap.put(*mails)
        assert (await read_mailbox(self.people.campaign_id)).fault == ""

    async def send(self) -> Sent:
        return await send_answers(self.people.campaign_id)

    async def do(self, what: str, answer_id: object = None) -> httpx.Response:
        one = f"/{answer_id}" if answer_id else ""
        return await self.registrar.post(f"{self.at}/mail-answers{one}/{what}")

    def received(self) -> list[Any]:
        return [email.message_from_bytes(one.content, policy=policy.default) for one in self.letterbox.letters]


def bare(seq: int, sender: str | None = None) -> bytes:
    return mail(subject(seq), message_id=f"<{seq}@student.test>", sender=sender or f"s{seq}@student.test")


async def answers() -> list[MailAnswer]:
    async with sessions() as db:
        return list(await db.scalars(select(MailAnswer).order_by(MailAnswer.id)))


async def due() -> None:
    async with sessions() as db, db.begin():
        await db.execute(update(MailAnswer).values(due_at=now()))
        await db.execute(update(Mailbox).values(sending_due_at=None))


async def test_nothing_is_sent_until_a_person_says_so(office: Office) -> None:
    await office.read(bare(1), bare(2))
    assert await office.send() == Sent(0, 0, "") and office.letterbox.letters == []
    assert ok(await office.do("send")) == {"queued": 2}
    assert await office.send() == Sent(2, 0, "")
    assert [answer.state for answer in await answers()] == ["sent", "sent"]
    assert await office.send() == Sent(0, 0, ""), "and not again"
    assert len(office.letterbox.letters) == 2


async def test_a_letter_is_an_answer_and_marked_as_automatic(office: Office) -> None:
    await office.set(sending=True)
    await office.read(bare(1))
    assert await office.send() == Sent(1, 0, "")
    (letter,) = office.received()
    (answer,) = await answers()
    assert letter["In-Reply-To"] == letter["References"] == "<1@student.test>"
    assert (letter["Auto-Submitted"], letter["From"], letter["To"]) == ("auto-replied", ADDRESS, "s1@student.test")
    assert letter["Message-ID"] == answer.message_id and letter["Subject"].startswith("回复：毕业生照片")
    body = letter.get_content().replace("\r\n", "\n")
    assert body.strip() == answer.body.strip() and "没有照片附件" in body
    assert make.id_number(1) not in body
    assert read_mail(office.letterbox.letters[0].content).automatic == "auto_reply", "and would not be answered by us"


@pytest.mark.parametrize(
    ("manner", "state", "said"),
    [
        ("rcpt 550 no such user", "unsent", "550"),
        ("554 spam", "unsent", "554"),
        ("rcpt 451 later", "queued", "451"),
        ("452 full", "queued", "452"),
        ("die_after_data", "unsent", "不能确定是否已送出"),
    ],
)
async def test_a_server_that_does_not_take_it(office: Office, manner: str, state: str, said: str) -> None:
    await office.set(sending=True)
    await office.read(bare(1))
    office.letterbox.manner = manner
    await office.send()
    (answer,) = await answers()
    assert (answer.state, answer.tries) == (state, 1) and said in answer.fault
    before = len(office.letterbox.letters)
    assert before == (manner == "die_after_data")
    office.letterbox.manner = "take"
    assert await office.send() == Sent(0, 0, ""), "not at once again"
    await due()
    await office.send()
    tried_again = state == "queued"
    assert len(office.letterbox.letters) == before + tried_again, "what may have arrived is not sent again by itself"
    assert [one.state for one in await answers()] == ["sent" if tried_again else "unsent"]


async def test_a_doubtful_one_is_sent_again_by_a_person_as_the_same_mail(office: Office) -> None:
    await office.set(sending=True)
    await office.read(bare(1))
    office.letterbox.manner = "die_after_data"
    await office.send()
    office.letterbox.manner = "take"
    (answer,) = await answers()
    assert ok(await office.do("send", answer.id))["state"] == "queued"
    assert (await office.send()).sent == 1
    first, second = office.received()
    assert first["Message-ID"] == second["Message-ID"], "two copies of one mail, not two mails"


async def test_a_server_that_always_says_later_is_given_up(office: Office) -> None:
    await office.set(sending=True)
    await office.read(bare(1))
    office.letterbox.manner = "452 full"
    for _ in range(send_service.MOST_TRIES + 3):
        await office.send()
        await due()
    (answer,) = await answers()
    assert (answer.state, answer.tries) == ("unsent", send_service.MOST_TRIES)


@pytest.mark.parametrize("where", ["before", "after"])
async def test_killed_while_sending_never_sends_two(
    office: Office, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    """Before the server heard of it, or after it said yes and before that was written down."""

    class Killed(BaseException):
        pass

    await office.set(sending=True)
    await office.read(bare(1), bare(2))
    real = send_service.SmtpSession.send

    async def killing(self: Any, message: Any, to: str) -> Any:
        if where == "after":
            await real(self, message, to)
        raise Killed

    with monkeypatch.context() as patched, pytest.raises(Killed):
        patched.setattr(send_service.SmtpSession, "send", killing)
        await office.send()
    assert [answer.state for answer in await answers()] == ["unsent", "queued"]
    await due()
    await office.send()
    assert [answer.state for answer in await answers()] == ["unsent", "sent"]
    to = [letter["To"] for letter in office.received()]
    assert to == (["s1@student.test"] if where == "after" else []) + ["s2@student.test"]


async def test_two_senders_at_once_send_each_once(office: Office) -> None:
    await office.set(sending=True)
    await office.read(*(bare(seq) for seq in range(1, 9)))
    await asyncio.gather(*(office.send() for _ in range(3)))
    assert sorted(letter["To"] for letter in office.received()) == [f"s{seq}@student.test" for seq in range(1, 9)]


async def test_a_run_sends_only_so_many(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(send_service, "MOST_A_RUN", 2)
    await office.set(sending=True)
    await office.read(*(bare(seq) for seq in range(1, 6)))
    assert [(await office.send()).sent for _ in range(4)] == [2, 2, 1, 0]


async def test_who_writes_often_gets_few_answers(office: Office) -> None:
    await office.set(sending=True)
    await office.read(*(bare(seq, "loop@robot.test") for seq in range(1, 11)))
    states = [answer.state for answer in await answers()]
    assert states == ["queued"] * 6 + ["draft"] * 4 and "6 次" in (await answers())[-1].fault


async def test_a_wrong_password_for_sending_waits_and_says_so(office: Office) -> None:
    await office.set(sending=True)
    await office.read(bare(1))
    async with sessions() as db, db.begin():
        await db.execute(update(Mailbox).values(login="other@school.test"))
    assert "授权码" in (await office.send()).fault
    box = ok(await office.registrar.get(f"{office.at}/mailbox"))
    assert "授权码" in box["sending_fault"] and box["sending_due_at"]
    (answer,) = await answers()
    assert (answer.state, answer.tries) == ("queued", 0), "the letter itself was not tried"
    assert await office.send() == Sent(0, 0, ""), "an account is not locked by trying"
    tried = ok(await office.registrar.post(f"{office.at}/mailbox/test"))
    assert not tried["sending"]["works"] and tried["sending"]["code"] == "login"
    await office.set(sending=True)
    assert (await office.send()).sent == 1
    tried = ok(await office.registrar.post(f"{office.at}/mailbox/test"))
    assert tried["sending"]["works"] and len(office.letterbox.letters) == 1, "trying sends nothing"


async def test_drafts_are_edited_sent_one_by_one_or_dropped(office: Office) -> None:
    await office.read(bare(1), bare(2))
    one, two = await answers()
    path = f"{office.at}/mail-answers/{one.id}"
    said = {"subject": "回复\r\nBcc: x@y.test", "body": f"请重发。你的号码 {make.id_number(1)}"}
    edited = ok(await office.registrar.put(path, json=said))
    assert edited["subject"] == "回复 Bcc: x@y.test" and make.id_number(1) not in edited["body"]
    assert ok(await office.do("drop", two.id))["state"] == ok(await office.do("drop", two.id))["state"] == "dropped"
    refused(await office.do("send", two.id), AnswerNotDraft)
    assert ok(await office.do("send", one.id))["state"] == "queued"
    refused(await office.registrar.put(path, json=said), AnswerNotDraft)
    assert (await office.send()).sent == 1
    (letter,) = office.received()
    assert letter["Bcc"] is None and letter["Subject"] == "回复 Bcc: x@y.test"
    assert ok(await office.do("send", one.id))["state"] == "sent", "twice is the same answer"
    assert (await office.send()).sent == 0
    refused(await office.do("drop", one.id), AnswerNotDraft)


async def test_without_a_server_for_sending_nothing_is_queued(office: Office) -> None:
    await office.set(smtp_host="")
    await office.read(bare(1))
    refused(await office.do("send"), NotSetUpToSend)
    assert [answer.state for answer in await answers()] == ["draft"]


async def test_the_answer_after_a_persons_match_follows_the_first(office: Office) -> None:
    """The first said that somebody will look; it was sent. The second says what came of it."""
    await office.set(sending=True)
    await office.read(mail(subject(1), ("我.jpg", jpegs.sound("m")), sender="s1@student.test"))
    assert (await office.send()).sent == 1
    async with sessions() as db:
        mail_id, who = (
            await db.execute(text("select m.id, s.id from mail m, student s where s.number = '41500001'"))
        ).one()
    body = {"student_id": str(who), "position": 1}
    ok(await office.registrar.post(f"{office.at}/mails/{mail_id}/match", json=body))
    assert (await office.send()).sent == 1
    first, second = (letter.get_content() for letter in office.received())
    assert "老师会人工查看" in first and "通过检查" in second and "学生一同学" in second


# --- the jobs --------------------------------------------------------------------------------------------------------


async def queued() -> list[str]:
    async with sessions() as db:
        names = text("select task_name from procrastinate_jobs where task_name like 'mailroom%' order by task_name")
        return list(await db.scalars(names))


async def test_the_round_asks_for_what_is_due_and_once(office: Office) -> None:
    assert ("mailroom.look", "") in jobs.periodic_registry.periodic_tasks
    await office.set(reading=False)
    await look(0)
    assert await queued() == [], "reading is switched off"
    await office.set(reading=True)
    for _ in range(3):
        await look(0)
    assert await queued() == ["mailroom.read"]
    for _ in range(2):
        ok(await office.registrar.post(f"{office.at}/mailbox/look"), 202)
    assert await queued() == ["mailroom.read"], "who asks while one waits is content with that one"


async def test_after_a_fault_the_round_rests_and_a_person_need_not(office: Office) -> None:
    await office.set(password="wrong")
    assert (await read_mailbox(office.people.campaign_id)).fault
    await look(0)
    assert await queued() == []
    ok(await office.registrar.post(f"{office.at}/mailbox/look"), 202)
    assert await queued() == ["mailroom.read"]


async def test_the_job_reads_and_then_answers(office: Office) -> None:
    await office.set(sending=True)
    office.imap.put(bare(1))
    await read_job(str(office.people.campaign_id))
    assert [letter["To"] for letter in office.received()] == ["s1@student.test"]
    office.imap.stop()
    await read_job(str(office.people.campaign_id))
    assert ok(await office.registrar.get(f"{office.at}/mailbox"))["fault"], "a job does not fail because a server does"


# --- what a stranger writes ------------------------------------------------------------------------------------------

CODED = "=?utf-8?q?=0D=0ABcc:victim@elsewhere.test=0D=0A=0D=0ABuy?="


async def test_what_a_stranger_writes_makes_no_header_of_ours(office: Office) -> None:
    await office.set(sending=True)
    twice = f"Subject: =?utf-8?q?{''.join(f'={byte:02X}' for byte in f'{subject(1)} {CODED}'.encode())}?="
    raw = bare(1).replace(b"<1@student.test>", CODED.replace("elsewhere", "there").join("<>").encode())
    lines = raw.split(b"\n")
    at = next(i for i, line in enumerate(lines) if line.startswith(b"Subject:"))
    del lines[at + 1 : next(i for i in range(at + 1, len(lines)) if not lines[i].startswith(b" "))]
    lines[at] = twice.encode()
    await office.read(b"\n".join(lines))
    assert CODED in (await answers())[0].subject, "control: it did reach us as such"
    assert await office.send() == Sent(1, 0, "")
    (letter,) = office.received()
    assert letter["Bcc"] is None and letter["In-Reply-To"] is None
    assert "没有照片附件" in letter.get_content(), "the body is ours"
    assert office.letterbox.letters[0].rcpt_tos == ["s1@student.test"]


async def test_one_that_cannot_be_written_does_not_stop_the_others(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    await office.set(sending=True)
    await office.read(bare(1), bare(2))
    real = send_service.letter_of

    def broken(answer: MailAnswer, *more: str) -> bytes:
        if answer.to == "s1@student.test":
            raise UnicodeEncodeError("ascii", "", 0, 1, "x")
        return real(answer, *more)

    monkeypatch.setattr(send_service, "letter_of", broken)
    assert await office.send() == Sent(1, 1, "")
    first, second = await answers()
    assert (first.state, first.fault) == ("unsent", send_service.UNWRITABLE) and second.state == "sent"


# --- while one is being tried ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("meanwhile", ["drop", "refuse", "reopen"])
async def test_what_a_person_decides_while_it_is_tried_counts(
    office: Office, monkeypatch: pytest.MonkeyPatch, meanwhile: str
) -> None:
    await office.set(sending=True)
    await office.read(bare(1))
    (answer,) = await answers()
    office.letterbox.manner = "451 later"
    real = send_service._try

    async def slow(*args: Any) -> Any:
        tried = await real(*args)
        if meanwhile == "drop":
            ok(await office.do("drop", answer.id))
        else:
            path = f"{office.at}/mails/{answer.mail_id}/{meanwhile}"
            ok(await office.registrar.post(path, json={"reason": "请重新拍"}))
        return tried

    monkeypatch.setattr(send_service, "_try", slow)
    assert (await office.send()).failed >= 1
    monkeypatch.undo()
    monkeypatch.setattr(product_settings(), "mail_loopback", True)
    assert (await answers())[0].state == "dropped", "it is not sent after all"
    office.letterbox.manner = "take"
    await due()
    await office.send()
    bodies = [letter.get_content() for letter in office.received()]
    assert [("请重新拍" in body) for body in bodies] == ([True] if meanwhile == "refuse" else [])


async def test_mails_of_last_year_are_not_answered_by_themselves(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    await office.set(sending=True)
    year = now() - timedelta(days=400)
    monkeypatch.setattr("gradphoto.mailroom.imap._instant", lambda _: year)
    await office.read(bare(1))
    (answer,) = await answers()
    assert answer.state == "draft" and "14 天以前" in answer.fault
    assert await office.send() == Sent(0, 0, "")
    async with sessions() as db:
        assert await db.scalar(select(Mail.state)) == "refused", "control: it is settled all the same"


async def test_sending_over_tls_from_the_first_byte(
    people: make.People, imap: Imap, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cert = certificate(tmp_path)
    with smtp_server(cert) as (letterbox, port):
        office = Office(people, imap, letterbox, port)
        await office.set(sending=True, smtp_tls="implicit")
        await office.read(bare(1))
        assert "证书不被信任" in (await office.send()).fault and letterbox.letters == []
        monkeypatch.setenv("SSL_CERT_FILE", str(cert[0]))
        await due()
        assert await office.send() == Sent(1, 0, "")
        trial = ok(await office.registrar.post(f"{office.at}/mailbox/test"))["sending"]
        assert trial["works"] and "没有发出任何邮件" in trial["zh"] and len(letterbox.letters) == 1
