"""What a person decides on a mail: whose it is, that it goes back, that it is not for us; and taking that back."""

from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from gradphoto.accounts.policy import Actor
from gradphoto.accounts.service import audit
from gradphoto.core.db import sessions
from gradphoto.core.errors import NotFound, Refusal
from gradphoto.core.events import announce
from gradphoto.mailroom.answer_service import drop_open, write_answer
from gradphoto.mailroom.causes import Cause, cause, kept
from gradphoto.mailroom.desk_service import MailIgnored, mail_line, picture_at, reopened
from gradphoto.mailroom.judge_service import Verdict
from gradphoto.mailroom.models import Mail, MailFile, MailState
from gradphoto.mailroom.outcome_service import taken_in
from gradphoto.photos.decide_service import unmatch
from gradphoto.photos.models import Photo, PhotoSource, Sign
from gradphoto.photos.receive_service import Arrival, keep, ready
from gradphoto.photos.service import the_store
from gradphoto.roster.models import Campaign
from gradphoto.roster.service import clock_of, the_campaign, the_student

WAITING = (MailState.held, MailState.refused)


class MailSettled(Refusal):
    """这封邮件已经处理过，请刷新。要改，请先点“重新处理”。"""


class ReasonForSender(Refusal):
    """请写明退回的原因，学生会在回信里看到这句话。"""

    status = 422


async def match_mail(campaign_id: UUID, mail_id: UUID, student_id: UUID, position: int, actor: Actor) -> None:
    """A person says whose the photo at `position` is. It is received with that word; twice is the same answer."""
    async with sessions() as db:
        mail = (await mail_line(db, campaign_id, mail_id)).mail
        student, _, _ = await the_student(db, campaign_id, student_id)
        if await _is_done(db, mail, student_id, position):
            return
        if mail.state not in WAITING:
            raise MailSettled()
    read = await reopened(campaign_id, mail)
    part = picture_at(read, position)
    signs = {Sign.person: student_id}
    arrival = Arrival(data=part.data, filename=part.name, source=PhotoSource.returned, by=actor.id, signs=signs)
    async with sessions() as db:
        state = await ready(db, campaign_id, arrival)
    report = await keep(the_store(), arrival, state)
    async with sessions() as db, db.begin():
        mail = await _lock(db, campaign_id, mail_id)
        if await _is_done(db, mail, student_id, position):
            return
        if mail.state not in WAITING:
            raise MailSettled()
        campaign = await the_campaign(db, campaign_id)
        verdict = Verdict(MailState.held, (), student_id, student.name, position, arrival, report)
        verdict, photo = await taken_in(db, campaign, verdict, late=mail.late)
        await _mark_file(db, mail, position, photo)
        await _settle(db, campaign, mail, verdict, actor)
        await write_answer(db, campaign, mail, read.subject, verdict)
        facts = dict(student_id=str(student_id), position=position, state=verdict.state.value)
        await audit(db, actor, "match_mail", campaign_id, ("mail", mail_id), **facts)


async def _is_done(db: AsyncSession, mail: Mail, student_id: UUID, position: int) -> bool:
    """This photo was received for this student before, whether it then passed or not."""
    if mail.state == MailState.held or mail.student_id != student_id:
        return False
    file = (MailFile.campaign_id == mail.campaign_id) & (MailFile.mail_id == mail.id) & (MailFile.position == position)
    return await db.scalar(select(MailFile.photo_id).where(file)) is not None


async def refuse_mail(db: AsyncSession, campaign_id: UUID, mail_id: UUID, reason: str, actor: Actor) -> None:
    """Back to the sender, with a person's reason."""
    said = " ".join(reason.split()).rstrip("。")
    if not said:
        raise ReasonForSender()
    mail = await _lock(db, campaign_id, mail_id)
    if mail.state not in WAITING:
        raise MailSettled()
    verdict = Verdict(MailState.refused, (Cause("refused_by_person", said, ""),), mail.student_id)
    campaign = await the_campaign(db, campaign_id)
    await _settle(db, campaign, mail, verdict, actor)
    await write_answer(db, campaign, mail, mail.subject_mask, verdict)


async def dismiss_mail(db: AsyncSession, campaign_id: UUID, mail_id: UUID, actor: Actor) -> None:
    """Not for us after all: no answer. Its bytes stay, so that this can be taken back."""
    mail = await _lock(db, campaign_id, mail_id)
    if mail.state not in WAITING:
        raise MailSettled()
    await drop_open(db, campaign_id, mail_id)
    campaign = await the_campaign(db, campaign_id)
    await _settle(db, campaign, mail, Verdict(MailState.ignored, (cause("dismissed"),)), actor)


async def reopen_mail(db: AsyncSession, campaign_id: UUID, mail_id: UUID, actor: Actor) -> None:
    """It waits for a person again: its photo is taken from the student, an answer that has not left is dropped."""
    mail = await _lock(db, campaign_id, mail_id)
    if mail.state == MailState.held:
        return
    if mail.state == MailState.ignored and mail.settled_by is None:
        raise MailIgnored()
    if mail.state in (MailState.taken, MailState.refused):
        await _take_back(db, mail)
    await drop_open(db, campaign_id, mail_id)
    campaign = await the_campaign(db, campaign_id)
    await _settle(db, campaign, mail, Verdict(MailState.held, (cause("reopened"),), None), actor)


async def _take_back(db: AsyncSession, mail: Mail) -> None:
    of_mail = (MailFile.campaign_id == mail.campaign_id) & (MailFile.mail_id == mail.id)
    same = (Photo.campaign_id == MailFile.campaign_id) & (Photo.id == MailFile.photo_id)
    # One that a person has given to somebody else meanwhile stays theirs.
    theirs = select(Photo.id).join(MailFile, same).where(of_mail, Photo.student_id == mail.student_id)
    for photo_id in list(await db.scalars(theirs)):
        await unmatch(db, mail.campaign_id, photo_id)
    await db.execute(update(MailFile).where(of_mail, MailFile.photo_id.is_not(None)).values(code="taken_back"))


async def _mark_file(db: AsyncSession, mail: Mail, position: int, photo: Photo | None) -> None:
    if photo is None:
        return
    file = (MailFile.campaign_id == mail.campaign_id) & (MailFile.mail_id == mail.id) & (MailFile.position == position)
    await db.execute(update(MailFile).where(file).values(photo_id=photo.id, code=""))


async def _settle(db: AsyncSession, campaign: Campaign, mail: Mail, verdict: Verdict, actor: Actor) -> None:
    mail.state, mail.causes, mail.student_id = verdict.state, kept(verdict.causes), verdict.student_id
    mail.settled_at, mail.settled_by = clock_of(campaign), actor.id
    await db.flush()
    await announce(db, mail.campaign_id, "mail.settled", mail_id=mail.id, state=verdict.state)


async def _lock(db: AsyncSession, campaign_id: UUID, mail_id: UUID) -> Mail:
    found = select(Mail).where(Mail.campaign_id == campaign_id, Mail.id == mail_id)
    mail = await db.scalar(found.with_for_update().execution_options(populate_existing=True))
    if mail is None:
        raise NotFound()
    return mail
