"""The queue of answers, sent: an answer is marked before it is tried, so that whoever is killed sends none twice."""

import asyncio
from typing import Any, NamedTuple
from uuid import UUID

import structlog
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from gradphoto.core.db import now, sessions
from gradphoto.core.events import announce
from gradphoto.core.guard import where
from gradphoto.mailroom.answer_service import OPEN
from gradphoto.mailroom.mailbox_service import back_off, smtp_server
from gradphoto.mailroom.models import AnswerState, Mail, MailAnswer, Mailbox
from gradphoto.mailroom.smtp import Fate, SmtpSession, Try, letter_of
from gradphoto.mailroom.target import SMTP_PORTS, MailServerFault, check_target
from gradphoto.mailroom.turn import turn_of
from gradphoto.roster.service import clock_of, the_campaign

log = structlog.get_logger()
MOST_A_RUN = 60  # what a provider lets one mailbox send in a few minutes
MOST_TRIES = 6
DOUBTFUL = "发送途中中断，不能确定是否已送出；确认没有送达时可再发一次"
UNWRITABLE = "这封回信写不成邮件，没有发出。请作废它，在邮箱里直接回复"


class Sent(NamedTuple):
    sent: int
    failed: int
    fault: str


async def send_answers(campaign_id: UUID) -> Sent:
    """At most MOST_A_RUN of what is queued and due."""
    async with turn_of("mailroom.send", campaign_id) as mine:
        box = await _box_to_send(campaign_id) if mine else None
        if box is None:
            return Sent(0, 0, "")
        try:
            sent, failed = await _send_some(campaign_id, box)
        except MailServerFault as fault:
            await _tell(campaign_id, fault.zh, box.sending_failures + 1)
            return Sent(0, 0, fault.zh)
        if box.sending_fault:
            await _tell(campaign_id, "", 0)
        return Sent(sent, failed, "")


async def _box_to_send(campaign_id: UUID) -> Mailbox | None:
    async with sessions() as db:
        box = await db.get(Mailbox, campaign_id)
        due = box is not None and (box.sending_due_at is None or box.sending_due_at <= now())
        queued = select(MailAnswer.id).where(
            MailAnswer.campaign_id == campaign_id, MailAnswer.state == AnswerState.queued, MailAnswer.due_at <= now()
        )
        return box if due and box.smtp_host and await db.scalar(queued.limit(1)) else None


async def _send_some(campaign_id: UUID, box: Mailbox) -> tuple[int, int]:
    server = smtp_server(box)
    await asyncio.to_thread(check_target, server.host, server.port, SMTP_PORTS)
    sent = failed = 0
    async with SmtpSession(server, box.address) as session:
        while sent + failed < MOST_A_RUN and session.is_connected:
            taken = await _take(campaign_id)
            if taken is None:
                break
            answer, refers_to = taken
            tried = await _try(session, answer, box.address, refers_to)
            await _record(answer, tried)
            sent, failed = sent + (tried.fate == Fate.sent), failed + (tried.fate != Fate.sent)
    return sent, failed


async def _try(session: SmtpSession, answer: MailAnswer, sender: str, refers_to: str) -> Try:
    try:
        letter = letter_of(answer, sender, refers_to)
    except Exception as error:  # one that cannot be written must not stop the others
        log.warning("answer not written", error=type(error).__name__, where=where(error))
        return Try(Fate.never, UNWRITABLE)
    return await session.send(letter, answer.to)


async def _take(campaign_id: UUID) -> tuple[MailAnswer, str] | None:
    """The next one, marked as of unknown fate before anything is said to a server: killed here, it stays so."""
    async with sessions() as db, db.begin():
        found = (
            select(MailAnswer)
            .where(
                MailAnswer.campaign_id == campaign_id,
                MailAnswer.state == AnswerState.queued,
                MailAnswer.due_at <= now(),
            )
            .order_by(MailAnswer.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        answer = await db.scalar(found)
        if answer is None:
            return None
        answer.state, answer.fault, answer.tries = AnswerState.unsent, DOUBTFUL, answer.tries + 1
        refers_to = await db.scalar(
            select(Mail.message_id).where(Mail.campaign_id == campaign_id, Mail.id == answer.mail_id)
        )
        return answer, refers_to or ""


async def _record(answer: MailAnswer, tried: Try) -> None:
    values: dict[str, Any] = dict(fault=tried.zh[:200])
    if tried.fate == Fate.sent:
        values |= dict(state=AnswerState.sent)
    elif tried.fate == Fate.later and answer.tries < MOST_TRIES:
        values |= dict(state=AnswerState.queued, due_at=now() + back_off(answer.tries))
    elif tried.fate == Fate.doubtful:
        values |= dict(fault=DOUBTFUL)
    async with sessions() as db, db.begin():
        if tried.fate == Fate.sent:
            values |= dict(sent_at=clock_of(await the_campaign(db, answer.campaign_id)))
        elif await _overtaken(db, answer):
            values = dict(state=AnswerState.dropped)
        key = (MailAnswer.campaign_id == answer.campaign_id) & (MailAnswer.id == answer.id)
        await db.execute(update(MailAnswer).where(key).values(**values))
        if tried.fate == Fate.sent:
            await announce(db, answer.campaign_id, "mail.answered", mail_id=answer.mail_id)


async def _overtaken(db: AsyncSession, answer: MailAnswer) -> bool:
    """While it was tried, a person has dropped it, or decided anew and written another."""
    mail = (Mail.campaign_id == answer.campaign_id) & (Mail.id == answer.mail_id)
    await db.execute(select(Mail.id).where(mail).with_for_update())  # who decides on a mail holds this
    of_mail = (MailAnswer.campaign_id == answer.campaign_id) & (MailAnswer.mail_id == answer.mail_id)
    for answer_id, state in await db.execute(select(MailAnswer.id, MailAnswer.state).where(of_mail)):
        if state == AnswerState.dropped if answer_id == answer.id else state in OPEN:
            return True
    return False


async def _tell(campaign_id: UUID, fault: str, failures: int) -> None:
    due = now() + back_off(failures) if fault else None
    values = dict(sending_fault=fault[:200], sending_failures=failures, sending_due_at=due)
    async with sessions() as db, db.begin():
        await db.execute(update(Mailbox).where(Mailbox.campaign_id == campaign_id).values(**values))
