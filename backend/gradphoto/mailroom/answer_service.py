"""Answers: one a settling, a draft until a person or the switch sends it; edited, queued or dropped by a person."""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from gradphoto.core.db import now
from gradphoto.core.errors import NotFound, Refusal
from gradphoto.core.events import announce
from gradphoto.mailroom.answers import letter
from gradphoto.mailroom.judge_service import Verdict
from gradphoto.mailroom.models import AnswerState, Mail, MailAnswer, Mailbox, MailState
from gradphoto.roster.id_numbers import mask_within
from gradphoto.roster.models import Campaign
from gradphoto.roster.service import clock_of

# Who writes more often than this is a program, or gets the rest from a person.
MOST_TO_ONE_A_DAY = 6
OPEN = (AnswerState.draft, AnswerState.queued)
OLD = timedelta(days=14)
TOO_OLD = f"邮件是 {OLD.days} 天以前收到的，回信只存草稿"
FROM_PROGRAM = "邮件带有自动发送或群发的标记，回信只存草稿"
TOO_OFTEN = f"同一地址一天内已回复 {MOST_TO_ONE_A_DAY} 次，其余只存草稿"


class AnswerNotDraft(Refusal):
    """这封回信已经发出、正在发送或已作废，不能再改。"""


class AnswerWaits(Refusal):
    """这封邮件已有一封等待发送的回信。请先发送或作废它。"""

    constraint = "uq_mail_answer_open"


class NotSetUpToSend(Refusal):
    """还没有填写发信服务器（SMTP），回信发不出去。请先在邮箱设置里填好并测试。"""


async def write_answer(db: AsyncSession, campaign: Campaign, mail: Mail, subject: str, verdict: Verdict) -> None:
    """Takes the place of one that has not left yet. Programs and lists (RFC 3834), ourselves and nobody get none; to
    a program or list there is a draft when a person has decided."""
    await drop_open(db, campaign.id, mail.id)
    box = await db.get(Mailbox, campaign.id)
    by_itself = mail.automatic and mail.settled_by is None
    if verdict.state == MailState.ignored or by_itself or box is None or mail.sender in ("", box.address.lower()):
        return
    written = letter(verdict.state, verdict.causes, name=verdict.name, subject=subject, campaign=campaign.name)
    at = clock_of(campaign)
    draft = await _only_draft(db, mail, at)
    await db.execute(
        insert(MailAnswer).values(
            campaign_id=campaign.id,
            mail_id=mail.id,
            to=mail.sender,
            subject=written.subject.replace("\0", ""),
            body=written.body.replace("\0", ""),
            state=AnswerState.queued if box.sending and not draft else AnswerState.draft,
            message_id=f"<{uuid4()}.gradphoto@{box.address.rpartition('@')[2] or 'localhost'}>",
            fault=draft,
            made_at=at,
        )
    )


async def _only_draft(db: AsyncSession, mail: Mail, at: datetime) -> str:
    """Why this one does not go out by itself. A mailbox read for the first time holds the mails of years."""
    if mail.automatic:
        return FROM_PROGRAM
    if mail.received_at < at - OLD:
        return TOO_OLD
    return TOO_OFTEN if await _too_often(db, mail.campaign_id, mail.sender, at) else ""


async def _too_often(db: AsyncSession, campaign_id: UUID, to: str, at: datetime) -> bool:
    lately = select(func.count()).where(
        MailAnswer.campaign_id == campaign_id,
        MailAnswer.to == to,
        MailAnswer.made_at > at - timedelta(days=1),
        MailAnswer.state != AnswerState.dropped,
    )
    return (await db.scalar(lately) or 0) >= MOST_TO_ONE_A_DAY


async def drop_open(db: AsyncSession, campaign_id: UUID, mail_id: UUID) -> None:
    await db.execute(
        update(MailAnswer)
        .where(MailAnswer.campaign_id == campaign_id, MailAnswer.mail_id == mail_id)
        .where(MailAnswer.state.in_((*OPEN, AnswerState.unsent)))  # one that is being tried is unsent meanwhile
        .values(state=AnswerState.dropped)
    )


async def edit_answer(db: AsyncSession, campaign_id: UUID, answer_id: UUID, subject: str, body: str) -> MailAnswer:
    """ID numbers that a person typed are masked all the same: a mail is a postcard."""
    answer = await _lock(db, campaign_id, answer_id)
    if answer.state != AnswerState.draft:
        raise AnswerNotDraft()
    answer.subject, answer.body = mask_within(" ".join(subject.split())), mask_within(body)
    await db.flush()
    return answer


async def send_answer(db: AsyncSession, campaign_id: UUID, answer_id: UUID) -> MailAnswer:
    """Queue one; also one that could not be sent, or of which that is not known. Queued or sent: the same answer."""
    await must_send(db, campaign_id)
    answer = await _lock(db, campaign_id, answer_id)
    if answer.state == AnswerState.dropped:
        raise AnswerNotDraft()
    if answer.state in (AnswerState.draft, AnswerState.unsent):
        answer.state, answer.due_at, answer.fault = AnswerState.queued, now(), ""
        await db.flush()
        await announce(db, campaign_id, "mail.answer_queued", mail_id=answer.mail_id)
    return answer


async def send_drafts(db: AsyncSession, campaign_id: UUID) -> int:
    """Queue every draft; how many they were."""
    await must_send(db, campaign_id)
    drafts = update(MailAnswer).where(MailAnswer.campaign_id == campaign_id, MailAnswer.state == AnswerState.draft)
    queued = await db.execute(drafts.values(state=AnswerState.queued, due_at=now(), fault="").returning(MailAnswer.id))
    return len(queued.all())


async def drop_answer(db: AsyncSession, campaign_id: UUID, answer_id: UUID) -> MailAnswer:
    answer = await _lock(db, campaign_id, answer_id)
    if answer.state == AnswerState.sent:
        raise AnswerNotDraft()
    answer.state = AnswerState.dropped
    await db.flush()
    return answer


async def must_send(db: AsyncSession, campaign_id: UUID) -> Mailbox:
    box = await db.get(Mailbox, campaign_id)
    if box is None or not box.smtp_host:
        raise NotSetUpToSend()
    return box


async def answers_of(db: AsyncSession, campaign_id: UUID, mail_id: UUID) -> list[MailAnswer]:
    """Newest first."""
    of_mail = select(MailAnswer).where(MailAnswer.campaign_id == campaign_id, MailAnswer.mail_id == mail_id)
    return list(await db.scalars(of_mail.order_by(MailAnswer.id.desc())))


async def _lock(db: AsyncSession, campaign_id: UUID, answer_id: UUID) -> MailAnswer:
    found = select(MailAnswer).where(MailAnswer.campaign_id == campaign_id, MailAnswer.id == answer_id)
    answer = await db.scalar(found.with_for_update())
    if answer is None:
        raise NotFound()
    return answer
