"""A mail and its verdict become rows: in one transaction, once, whatever copies of it come and whoever is killed."""

from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import insert, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from gradphoto.core.db import sessions
from gradphoto.core.events import announce
from gradphoto.mailroom.answer_service import write_answer
from gradphoto.mailroom.causes import kept
from gradphoto.mailroom.imap import Listed
from gradphoto.mailroom.judge_service import Verdict
from gradphoto.mailroom.models import Mail, MailFile, MailState
from gradphoto.mailroom.outcome_service import taken_in
from gradphoto.mailroom.reading.mail import ReadMail
from gradphoto.photos.matching.names import mask_filename
from gradphoto.photos.models import Photo
from gradphoto.roster.id_numbers import mask_within
from gradphoto.roster.service import clock_of, the_campaign


class Incoming(NamedTuple):
    """A mail as it was fetched: `raw_sha256` names its bytes on safe ground."""

    listed: Listed
    uid_validity: int
    key: str
    mail: ReadMail
    raw_sha256: str


async def known_keys(campaign_id: UUID, keys: list[str]) -> set[str]:
    async with sessions() as db:
        return set(await db.scalars(select(Mail.key).where(Mail.campaign_id == campaign_id, Mail.key.in_(keys))))


async def settle_mail(campaign_id: UUID, incoming: Incoming, verdict: Verdict) -> MailState | None:
    """The state it ended in; None when another copy was settled before."""
    listed, mail = incoming.listed, incoming.mail
    async with sessions() as db, db.begin():
        # Two readers at once: the second waits here, and then sees the first one's row.
        lock = text("select pg_advisory_xact_lock(hashtextextended(:key, 0))")
        await db.execute(lock, {"key": f"mail:{campaign_id}:{incoming.key}"})
        if await db.scalar(select(Mail.id).where(Mail.campaign_id == campaign_id, Mail.key == incoming.key)):
            return None
        campaign = await the_campaign(db, campaign_id)
        # The server's own time, carried over to the campaign's clock like every other time that people see.
        received_at = listed.received_at + timedelta(seconds=campaign.clock_shift_seconds)
        late = received_at > campaign.return_deadline
        verdict, photo = await taken_in(db, campaign, verdict, late=late)
        values = dict(
            campaign_id=campaign_id,
            key=incoming.key,
            message_id=mail.message_id[:254],
            uid=listed.uid,
            uid_validity=incoming.uid_validity,
            raw_sha256=incoming.raw_sha256,
            sender=mail.sender,
            subject_mask=storable(mask_within(mail.subject), 500),
            state=verdict.state,
            causes=kept(verdict.causes),
            student_id=verdict.student_id,
            automatic=mail.automatic,
            late=late,
            sent_at=mail.sent_at,
            received_at=received_at,
            settled_at=clock_of(campaign),
        )
        row = await db.scalar(insert(Mail).values(**values).returning(Mail))
        assert row is not None
        await _write_files(db, row, mail, verdict, photo)
        await write_answer(db, campaign, row, mail.subject, verdict)
        await announce(db, campaign_id, "mail.settled", mail_id=row.id, state=verdict.state)
        return verdict.state


async def _write_files(db: AsyncSession, row: Mail, mail: ReadMail, verdict: Verdict, photo: Photo | None) -> None:
    """Nothing of an ignored mail is kept but that it came."""
    if verdict.state == MailState.ignored:
        return
    key = dict(campaign_id=row.campaign_id, mail_id=row.id)
    rows = []
    for position, part in enumerate(mail.parts, 1):
        chosen = position == verdict.position
        code = "" if chosen and photo is not None else verdict.causes[0].code if chosen else "not_chosen"
        name = storable(mask_filename(part.name), 255)
        values = dict(position=position, name_mask=name, size=part.size, kind=part.kind.value, code=part.code or code)
        rows.append(key | values | dict(photo_id=photo.id if chosen and photo is not None else None))
    for position, service in enumerate(mail.clouds, len(rows) + 1):
        values = dict(position=position, name_mask=service, size=0, kind="cloud_link", code="cloud_link")
        rows.append(key | values | dict(photo_id=None))
    if rows:
        await db.execute(insert(MailFile), rows)


def storable(said: str, most: int) -> str:
    """Text that the database takes: no NUL, no half of a pair."""
    return said.replace("\0", "").encode("utf-8", "replace").decode()[:most]
