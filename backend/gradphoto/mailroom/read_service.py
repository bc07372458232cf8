"""The job that reads mailboxes: every mail on safe ground first, then judged, then one transaction; then the next."""

import asyncio
from typing import NamedTuple
from uuid import UUID

import structlog
from sqlalchemy import update
from sqlalchemy.exc import InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolIsEmpty

from gradphoto.core.db import now, sessions
from gradphoto.core.errors import Refusal
from gradphoto.core.events import announce
from gradphoto.core.guard import where
from gradphoto.mailroom.causes import cause
from gradphoto.mailroom.imap import ImapSession, Listed
from gradphoto.mailroom.judge_service import Verdict, judge, too_large
from gradphoto.mailroom.mailbox_service import back_off, imap_server
from gradphoto.mailroom.models import Mailbox, MailState
from gradphoto.mailroom.reading.mail import (
    LARGEST,
    ReadMail,
    header_lines,
    key_of_headers,
    mail_key,
    read_headers,
    read_mail,
)
from gradphoto.mailroom.settle_service import Incoming, known_keys, settle_mail
from gradphoto.mailroom.store import keep_mail
from gradphoto.mailroom.target import MailServerFault
from gradphoto.mailroom.turn import turn_of

log = structlog.get_logger()
BATCH = 25
BATCH_BYTES = 32 * 1024 * 1024
AT_ONCE = 4
RUN_SECONDS = 600  # then the others have their turn; the next look goes on where this one stopped


class Look(NamedTuple):
    """What one look into a mailbox brought. `fault` = why it ended early, as a sentence."""

    settled: int
    known: int
    fault: str


class _Away(Exception):
    """Ours is at fault, not the mail: nothing is settled, the next look tries again."""


async def read_mailbox(campaign_id: UUID) -> Look:
    """Everything that is new, or the first RUN_SECONDS of it."""
    async with turn_of("mailroom.read", campaign_id) as mine:
        async with sessions() as db:
            box = await db.get(Mailbox, campaign_id) if mine else None
        if box is None:
            return Look(0, 0, "")
        look = await _look(box)
        await _tell(box, look)
        return look


async def _look(box: Mailbox) -> Look:
    try:
        reader = _Reader(box)
    except MailServerFault as lost:
        return Look(0, 0, lost.zh)
    fault = ""
    try:
        async with asyncio.timeout(RUN_SECONDS):
            await reader.run()
    except MailServerFault as refused:
        fault = refused.zh
    except _Away as away:
        fault = str(away)
    except TimeoutError:
        reader.session.cut()
    finally:
        await asyncio.to_thread(reader.session.close)
    return Look(reader.settled, reader.known, fault)


async def _tell(box: Mailbox, look: Look) -> None:
    failures = box.failures + 1 if look.fault else 0
    due = now() + back_off(failures) if look.fault else None
    values = dict(read_at=now(), fault=look.fault[:200], failures=failures, due_at=due)
    async with sessions() as db, db.begin():
        await db.execute(update(Mailbox).where(Mailbox.campaign_id == box.campaign_id).values(**values))
        if look.settled or bool(look.fault) != bool(box.fault):
            await announce(db, box.campaign_id, "mailbox.read", settled=look.settled, failed=bool(look.fault))


class _Reader:
    """One look: from the last UID on record, in order, a batch at a time."""

    def __init__(self, box: Mailbox) -> None:
        self.box, self.campaign_id = box, box.campaign_id
        self.session = ImapSession(imap_server(box), box.folder)
        self._hands = asyncio.Semaphore(AT_ONCE)
        self.settled = self.known = 0

    async def run(self) -> None:
        await asyncio.to_thread(self.session.open)
        last = self.box.last_uid
        if self.session.uid_validity != self.box.uid_validity:
            last = 0  # numbered anew: every mail is looked at again and recognised by its key
            await self._reached(0)
        while uids := await asyncio.to_thread(self.session.uids_after, last):
            for start in range(0, len(uids), BATCH):
                few = uids[start : start + BATCH]
                await self._batch(few)
                last = few[-1]
                await self._reached(last)

    async def _reached(self, uid: int) -> None:
        values = dict(uid_validity=self.session.uid_validity, last_uid=uid)
        same = (Mailbox.campaign_id == self.campaign_id) & (Mailbox.changed_at == self.box.changed_at)
        async with sessions() as db, db.begin():
            moved = await db.execute(update(Mailbox).where(same).values(**values).returning(Mailbox.campaign_id))
            if moved.first() is None:
                raise _Away("")  # the settings changed meanwhile: another folder has other numbers

    async def _batch(self, uids: list[int]) -> None:
        found = await asyncio.to_thread(self.session.listed, uids)
        keys = {one.uid: key_of_headers(one.headers) for one in found}
        known = await known_keys(self.campaign_id, [key for key in keys.values() if key])
        fresh = [one for one in found if keys[one.uid] not in known]
        self.known += len(found) - len(fresh)
        few: list[Listed] = []
        for one in fresh:
            if one.size > LARGEST:
                await self._oversized(one)
            elif few and sum(other.size for other in few) + one.size > BATCH_BYTES:
                await self._download(few)
                few = [one]
            else:
                few.append(one)
        await self._download(few)

    async def _download(self, few: list[Listed]) -> None:
        """Judged side by side, for the check has several hands; settled in the order in which they came."""
        if not few:
            return
        bodies = await asyncio.to_thread(self.session.bodies, [one.uid for one in few])
        there = [one for one in few if one.uid in bodies]  # or somebody has deleted it meanwhile
        judged = await asyncio.gather(*(self._judged(bodies[one.uid]) for one in there), return_exceptions=True)
        for one, found in zip(there, judged, strict=True):
            if isinstance(found, BaseException):
                raise found
            await self._settle(one, bodies[one.uid], *found)

    async def _judged(self, raw: bytes) -> tuple[str, ReadMail, Verdict]:
        async with self._hands:
            mail = await asyncio.to_thread(read_mail, raw)
            try:
                verdict = await judge(self.campaign_id, mail)
            except Exception as error:
                verdict = _not_judged(error)
            return mail_key(raw), mail, verdict

    async def _oversized(self, one: Listed) -> None:
        headers = (await asyncio.to_thread(self.session.headers, [one.uid])).get(one.uid)
        if headers is not None:
            mail = read_headers(headers)
            await self._settle(one, headers, mail_key(headers), mail, too_large(mail, one.size, LARGEST))

    async def _settle(self, one: Listed, raw: bytes, key: str, mail: ReadMail, verdict: Verdict) -> None:
        try:
            kept = await keep_mail(self.campaign_id, raw if verdict.state != MailState.ignored else header_lines(raw))
            incoming = Incoming(one, self.session.uid_validity, key, mail, kept)
            try:
                state = await settle_mail(self.campaign_id, incoming, verdict)
            except Exception as error:  # once more with nothing of it but its bytes
                bare = incoming._replace(mail=ReadMail(broken=True))
                state = await settle_mail(self.campaign_id, bare, _not_judged(error))
        except (Refusal, SQLAlchemyError) as error:
            raise _away(error) from error
        self.settled += state is not None
        self.known += state is None


def _not_judged(error: Exception) -> Verdict:
    """One mail that nothing can be made of must not stop the others: a person looks at it."""
    ours = isinstance(error, Refusal) and type(error).status >= 500
    if ours or isinstance(error, OperationalError | InterfaceError | PoolIsEmpty):
        raise _away(error) from error
    log.warning("mail not judged", error=type(error).__name__, where=where(error))
    return Verdict(MailState.held, (cause("unreadable"),))


def _away(error: Exception) -> _Away:
    if isinstance(error, Refusal):
        return _Away(error.detail)
    return _Away("数据库暂时不可用，稍后会自动再试")
