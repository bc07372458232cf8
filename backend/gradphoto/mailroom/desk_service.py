"""The registrar's mail room, read: the list by state, one mail with its files, and whose it may be."""

import asyncio
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from gradphoto.core.db import sessions
from gradphoto.core.errors import NotFound, Refusal
from gradphoto.mailroom.models import AnswerState, Mail, MailAnswer, MailFile, MailState
from gradphoto.mailroom.reading.content import PICTURES
from gradphoto.mailroom.reading.mail import ReadMail, read_mail
from gradphoto.mailroom.reading.parts import MailPart
from gradphoto.mailroom.store import kept_mail
from gradphoto.mailroom.whose_service import Candidate, candidates, file_keys, subject_of
from gradphoto.photos.checker import small_picture
from gradphoto.photos.checking.report import Unreadable
from gradphoto.photos.derived import WIDTH, NoThumbnail
from gradphoto.photos.models import Photo
from gradphoto.roster.models import ClassGroup, Student

TOP_CAUSES = 8


class NoPhotoThere(Refusal):
    """邮件的这个位置没有可以用的照片。请选另一个附件，或请学生重新发送。"""


class MailIgnored(Refusal):
    """这封邮件与照片无关，没有保存内容。请在邮箱里查看原邮件。"""


class MailLine(NamedTuple):
    """`answer` is the newest one that was not dropped."""

    mail: Mail
    student: Student | None
    class_group: ClassGroup | None
    answer: AnswerState | None
    files: int


class FileLine(NamedTuple):
    file: MailFile
    photo: Photo | None


class Statistics(NamedTuple):
    """`causes`: how often each was the worst of a mail, most frequent first."""

    states: dict[MailState, int]
    late: int
    answers: dict[AnswerState, int]
    causes: list[tuple[str, int]]
    oldest_held_at: datetime | None


async def list_mails(
    db: AsyncSession,
    campaign_id: UUID,
    *,
    state: MailState | None = None,
    late: bool | None = None,
    search: str | None = None,
    after: UUID | None = None,
    limit: int = 50,
) -> list[MailLine]:
    """Newest first, from the mail after `after` on. `search`: part of the sender, the subject or the student's name."""
    conditions: list[Any] = []
    if state is not None:
        conditions.append(Mail.state == state)
    if late is not None:
        conditions.append(Mail.late == late)
    if after is not None:
        conditions.append(Mail.id < after)
    if search:
        looked_in = (Mail.sender, Mail.subject_mask, Student.name, Student.number)
        conditions.append(or_(*(column.contains(search.strip(), autoescape=True) for column in looked_in)))
    return await _lines(db, campaign_id, conditions, limit)


async def _lines(db: AsyncSession, campaign_id: UUID, conditions: list[Any], limit: int) -> list[MailLine]:
    answer = (
        select(MailAnswer.state)
        .where(
            MailAnswer.campaign_id == Mail.campaign_id,
            MailAnswer.mail_id == Mail.id,
            MailAnswer.state != AnswerState.dropped,
        )
        .order_by(MailAnswer.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    files = select(func.count()).where(MailFile.campaign_id == Mail.campaign_id, MailFile.mail_id == Mail.id)
    rows = await db.execute(
        select(Mail, Student, ClassGroup, answer, files.scalar_subquery())
        .outerjoin(Student, (Student.campaign_id == Mail.campaign_id) & (Student.id == Mail.student_id))
        .outerjoin(
            ClassGroup, (ClassGroup.campaign_id == Student.campaign_id) & (ClassGroup.id == Student.class_group_id)
        )
        .where(Mail.campaign_id == campaign_id, *conditions)
        .order_by(Mail.id.desc())
        .limit(limit)
    )
    return [MailLine(row[0], row[1], row[2], AnswerState(row[3]) if row[3] else None, row[4]) for row in rows]


async def mail_line(db: AsyncSession, campaign_id: UUID, mail_id: UUID) -> MailLine:
    lines = await _lines(db, campaign_id, [Mail.id == mail_id], 1)
    if not lines:
        raise NotFound()
    return lines[0]


async def files_of(db: AsyncSession, campaign_id: UUID, mail_id: UUID) -> list[FileLine]:
    rows = await db.execute(
        select(MailFile, Photo)
        .outerjoin(Photo, (Photo.campaign_id == MailFile.campaign_id) & (Photo.id == MailFile.photo_id))
        .where(MailFile.campaign_id == campaign_id, MailFile.mail_id == mail_id)
        .order_by(MailFile.position)
    )
    return [FileLine(row[0], row[1]) for row in rows]


async def counts(db: AsyncSession, campaign_id: UUID) -> dict[MailState, int]:
    """Of the whole campaign; every state is there."""
    rows = await db.execute(
        select(Mail.state, func.count()).where(Mail.campaign_id == campaign_id).group_by(Mail.state)
    )
    found = {MailState(state): number for state, number in rows}
    return {state: found.get(state, 0) for state in MailState}


async def statistics(db: AsyncSession, campaign_id: UUID) -> Statistics:
    late = select(func.count()).where(Mail.campaign_id == campaign_id, Mail.late, Mail.state != MailState.ignored)
    answers = await db.execute(
        select(MailAnswer.state, func.count()).where(MailAnswer.campaign_id == campaign_id).group_by(MailAnswer.state)
    )
    found = {AnswerState(state): number for state, number in answers}
    worst = Mail.causes[0]["code"].astext
    causes = await db.execute(
        select(worst, func.count())
        .where(Mail.campaign_id == campaign_id, Mail.state.in_((MailState.held, MailState.refused)))
        .group_by(worst)
        .order_by(func.count().desc(), worst)
        .limit(TOP_CAUSES)
    )
    oldest = select(func.min(Mail.received_at)).where(Mail.campaign_id == campaign_id, Mail.state == MailState.held)
    return Statistics(
        states=await counts(db, campaign_id),
        late=await db.scalar(late) or 0,
        answers={state: found.get(state, 0) for state in AnswerState},
        causes=[(row[0] or "", row[1]) for row in causes],
        oldest_held_at=await db.scalar(oldest),
    )


# --- what lies sealed ------------------------------------------------------------------------------------------------


async def reopened(campaign_id: UUID, mail: Mail) -> ReadMail:
    """Taken apart anew from the bytes as they came; the same parts at the same positions."""
    if mail.state == MailState.ignored and mail.settled_by is None:
        raise MailIgnored()
    return await asyncio.to_thread(read_mail, await kept_mail(campaign_id, mail.raw_sha256))


def picture_at(read: ReadMail, position: int) -> MailPart:
    """Also one that was pasted into the text: a person may take it."""
    part = read.parts[position - 1] if 1 <= position <= len(read.parts) else None
    if part is None or part.content not in PICTURES or not part.data:
        raise NoPhotoThere()
    return part


async def picture_of(campaign_id: UUID, mail_id: UUID, position: int) -> bytes:
    """A small one for the screen, without metadata; nothing else of a mail is ever shown as it came."""
    async with sessions() as db:
        mail = (await mail_line(db, campaign_id, mail_id)).mail
    try:
        return await small_picture(picture_at(await reopened(campaign_id, mail), position).data, WIDTH)
    except Unreadable:
        raise NoThumbnail from None


async def candidates_of(campaign_id: UUID, mail: Mail) -> list[Candidate]:
    if mail.state not in (MailState.held, MailState.refused):
        return []
    read = await reopened(campaign_id, mail)
    async with sessions() as db:
        return await candidates(db, campaign_id, subject_of(read), file_keys(read))
