"""When mailboxes are read and answers sent: every two minutes where that is switched on, and when somebody asks."""

from uuid import UUID

import structlog
from procrastinate.tasks import Task
from sqlalchemy import or_, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from gradphoto.core.db import now, sessions
from gradphoto.core.jobs import SLOW, jobs
from gradphoto.mailroom.mailbox_service import the_mailbox
from gradphoto.mailroom.models import AnswerState, MailAnswer, Mailbox
from gradphoto.mailroom.read_service import read_mailbox
from gradphoto.mailroom.send_service import send_answers

log = structlog.get_logger()


@jobs.periodic(cron="*/2 * * * *")
@jobs.task(name="mailroom.look", queueing_lock="mailroom.look")
async def look(timestamp: int) -> None:
    """Defers the work of each mailbox that is due; a slow one does not hold up the others."""
    async with sessions() as db, db.begin():
        due = select(Mailbox.campaign_id).where(Mailbox.reading, or_(Mailbox.due_at.is_(None), Mailbox.due_at <= now()))
        for campaign_id in await db.scalars(due):
            await ask(db, read, campaign_id)
        queued = select(MailAnswer.campaign_id).where(MailAnswer.state == AnswerState.queued).distinct()
        for campaign_id in await db.scalars(queued):
            await ask(db, send, campaign_id)


@jobs.task(name="mailroom.read", queue=SLOW)
async def read(campaign_id: str) -> None:
    """Reads, and then sends what that gave rise to."""
    try:
        seen = await read_mailbox(UUID(campaign_id))
        await send_answers(UUID(campaign_id))
    except SQLAlchemyError as error:  # the database was away; in two minutes the next one comes
        log.warning("mailbox not read", campaign_id=campaign_id, error=type(error).__name__)
        return
    if seen.settled or seen.fault:
        log.info(
            "mailbox read", campaign_id=campaign_id, settled=seen.settled, known=seen.known, fault=bool(seen.fault)
        )


@jobs.task(name="mailroom.send", queue=SLOW)
async def send(campaign_id: str) -> None:
    try:
        done = await send_answers(UUID(campaign_id))
    except SQLAlchemyError as error:
        log.warning("answers not sent", campaign_id=campaign_id, error=type(error).__name__)
        return
    if done.sent or done.failed or done.fault:
        log.info("answers sent", campaign_id=campaign_id, sent=done.sent, failed=done.failed, fault=bool(done.fault))


async def ask(db: AsyncSession, task: Task, campaign_id: UUID) -> None:
    """Once is enough: who asks while one waits is content with that one."""
    name = {"name": f"{task.name}:{campaign_id}"}
    # A second job under the same lock would end this transaction, so askers take turns and look first.
    await db.execute(text("select pg_advisory_xact_lock(hashtextextended(:name, 0))"), name)
    waits = "select exists (select from procrastinate_jobs where queueing_lock = :name and status = 'todo')"
    if not await db.scalar(text(waits), name):
        connection = (await (await db.connection()).get_raw_connection()).driver_connection
        once = task.configure(connection=connection, queueing_lock=name["name"])
        await once.defer_async(campaign_id=str(campaign_id))


async def look_now(db: AsyncSession, campaign_id: UUID) -> None:
    """Also where reading is switched off or resting after a fault."""
    await the_mailbox(db, campaign_id)
    await ask(db, read, campaign_id)


async def send_now(db: AsyncSession, campaign_id: UUID) -> None:
    await ask(db, send, campaign_id)
