"""Answers to mails: read over, changed, sent or dropped by the registrar."""

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field

from gradphoto.accounts.auth import NotSignedIn, SignedIn
from gradphoto.accounts.policy import Act, NotAllowed, Owner, require
from gradphoto.accounts.service import audit
from gradphoto.core.db import Db
from gradphoto.core.errors import NotFound, refuses
from gradphoto.mailroom import answer_service, jobs
from gradphoto.mailroom.answer_service import AnswerNotDraft, AnswerWaits, NotSetUpToSend
from gradphoto.mailroom.models import AnswerState, MailAnswer

router = APIRouter(tags=["mail room"])


class AnswerOut(BaseModel):
    answer_id: UUID
    mail_id: UUID
    to: str
    subject: str
    body: str
    state: AnswerState = Field(description="unsent: the last try failed, or nobody can know whether it arrived")
    tries: int
    fault: str
    made_at: datetime
    sent_at: datetime | None


def answer_out(answer: MailAnswer) -> AnswerOut:
    included = {"mail_id", "to", "subject", "body", "state", "tries", "fault", "made_at", "sent_at"}
    return AnswerOut(answer_id=answer.id, **answer.model_dump(include=included))


class AnswerIn(BaseModel):
    subject: str = Field(min_length=1, max_length=500)
    body: str = Field(min_length=1, max_length=5000, description="ID numbers in it are masked")


@router.put(
    "/campaigns/{campaign_id}/mail-answers/{answer_id}",
    operation_id="editMailAnswer",
    responses=refuses(NotSignedIn, NotAllowed, NotFound, AnswerNotDraft),
)
async def edit_mail_answer(campaign_id: UUID, answer_id: UUID, body: AnswerIn, db: Db, actor: SignedIn) -> AnswerOut:
    """Change the words of a draft."""
    require(actor, Act.run_mailroom, Owner(campaign_id))
    answer = await answer_service.edit_answer(db, campaign_id, answer_id, body.subject, body.body)
    await audit(db, actor, "edit_mail_answer", campaign_id, ("mail", answer.mail_id))
    return answer_out(answer)


@router.post(
    "/campaigns/{campaign_id}/mail-answers/{answer_id}/send",
    operation_id="sendMailAnswer",
    responses=refuses(NotSignedIn, NotAllowed, NotFound, AnswerNotDraft, AnswerWaits, NotSetUpToSend),
)
async def send_mail_answer(campaign_id: UUID, answer_id: UUID, db: Db, actor: SignedIn) -> AnswerOut:
    """Send one; also again when it could not be sent. Its Message-ID stays, so that two copies are one mail."""
    require(actor, Act.run_mailroom, Owner(campaign_id))
    answer = await answer_service.send_answer(db, campaign_id, answer_id)
    await jobs.send_now(db, campaign_id)
    await audit(db, actor, "send_mail_answer", campaign_id, ("mail", answer.mail_id))
    return answer_out(answer)


@router.post(
    "/campaigns/{campaign_id}/mail-answers/{answer_id}/drop",
    operation_id="dropMailAnswer",
    responses=refuses(NotSignedIn, NotAllowed, NotFound, AnswerNotDraft),
)
async def drop_mail_answer(campaign_id: UUID, answer_id: UUID, db: Db, actor: SignedIn) -> AnswerOut:
    """Not to be sent. Twice is the same answer."""
    require(actor, Act.run_mailroom, Owner(campaign_id))
    answer = await answer_service.drop_answer(db, campaign_id, answer_id)
    await audit(db, actor, "drop_mail_answer", campaign_id, ("mail", answer.mail_id))
    return answer_out(answer)


class QueuedOut(BaseModel):
    queued: int


@router.post(
    "/campaigns/{campaign_id}/mail-answers/send",
    operation_id="sendMailAnswers",
    responses=refuses(NotSignedIn, NotAllowed, NotFound, NotSetUpToSend),
)
async def send_mail_answers(campaign_id: UUID, db: Db, actor: SignedIn) -> QueuedOut:
    """Send all drafts, some sixty every two minutes."""
    require(actor, Act.run_mailroom, Owner(campaign_id))
    queued = await answer_service.send_drafts(db, campaign_id)
    await jobs.send_now(db, campaign_id)
    await audit(db, actor, "send_mail_answers", campaign_id, ("campaign", campaign_id), queued=queued)
    return QueuedOut(queued=queued)
