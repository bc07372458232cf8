"""An import read to its end, file by file: whatever kills it, the next one goes on where it stopped."""

import asyncio
import hashlib
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy.exc import InterfaceError, OperationalError

from gradphoto.core.db import sessions
from gradphoto.core.errors import Refusal
from gradphoto.core.jobs import SLOW, defer, jobs
from gradphoto.core.settings import settings
from gradphoto.photo_imports import incoming, order_service, reading_service, service
from gradphoto.photo_imports.entry import ImportStopped, Prepared, enter, prepare, refused
from gradphoto.photo_imports.models import ImportKind, PhotoImport, PhotoImportState
from gradphoto.photo_imports.reading.bulk import Bulk, BulkFile, EntryFault, EntryRefused
from gradphoto.photos.checker import CheckBusy
from gradphoto.photos.storage import StorageAway, StorageFull

log = structlog.get_logger()
AHEAD = 4  # files that are checked and stored while the one before gets its row
IDLE = "{days} 天没有收到新的内容，已自动取消，没传完的部分已删除。请新建一批重新上传。"
Tell = Callable[[int, int], None]


async def read_import(
    campaign_id: UUID,
    import_id: UUID,
    bulk: AbstractContextManager[Bulk] | None,
    tell: Tell = lambda done, files: None,
    *,
    at_once: bool = False,
) -> None:
    """`tell(done, files)` after each file. A store that is away or full pauses the import, with the reason."""
    async with sessions() as db, db.begin():
        job = await reading_service.claim(db, campaign_id, import_id, at_once=at_once)
    if job is None:
        return
    try:
        with bulk if bulk is not None else nullcontext() as opened:
            if opened is not None:
                await _read(job, opened, tell)
        await _close(job, PhotoImportState.done, stretches=await _order(job) if job.camera else [])
    except (StorageFull, StorageAway, CheckBusy) as fault:
        await _close(job, PhotoImportState.paused, fault.detail)
    except Refusal as refusal:  # the whole cannot be read
        await _close(job, PhotoImportState.refused, refusal.detail)
    except ImportStopped:
        await asyncio.to_thread(incoming.forget, job.id)


async def _read(job: PhotoImport, bulk: Bulk, tell: Tell) -> None:
    async with sessions() as db, db.begin():
        row = await service.the_import(db, job.campaign_id, job.id, lock=True)
        row.files, row.passed_over = len(bulk.files), bulk.passed_over
        through = await reading_service.positions_done(db, job.campaign_id, job.id)
    one_reader = asyncio.Lock()
    ahead: deque[asyncio.Task[Prepared]] = deque()
    left = (file for file in bulk.files if file.position not in through)
    done = len(through)
    tell(done, len(bulk.files))
    try:
        while True:
            while len(ahead) < AHEAD and (file := next(left, None)) is not None:
                ahead.append(asyncio.create_task(_prepared(job, bulk, one_reader, file)))
            if not ahead:
                return
            await enter(job, await ahead.popleft())
            done += 1
            tell(done, len(bulk.files))
    finally:
        for task in ahead:
            task.cancel()
        await asyncio.gather(*ahead, return_exceptions=True)


async def _prepared(job: PhotoImport, bulk: Bulk, one_reader: asyncio.Lock, file: BulkFile) -> Prepared:
    try:
        async with one_reader:
            data = await asyncio.to_thread(bulk.read, file)
    except EntryRefused as no:
        return refused(file.position, file.name, no.fault)
    except OSError:
        return refused(file.position, file.name, EntryFault.unreadable)
    return await prepare(job, file.position, file.name, data)


async def _order(job: PhotoImport) -> list[dict[str, Any]]:
    """Photo by photo, each in a transaction of its own: nobody at a screen waits for three thousand.

    The stretches are kept with the end: whoever released one earlier would let go photos that are not placed yet.
    """
    async with sessions() as db, db.begin():
        order, photos = await order_service.order_of(db, job.campaign_id, job.id)
    for position, placed in order.placed.items():
        if position in photos:
            async with sessions() as db, db.begin():
                if not await reading_service.still(db, job.campaign_id, job.id, PhotoImportState.reading):
                    raise ImportStopped
                await order_service.place(db, job.campaign_id, job.id, photos[position], placed)
    return order_service.stretches_of(order)


async def _close(
    job: PhotoImport, state: PhotoImportState, why: str = "", stretches: Sequence[dict[str, Any]] = ()
) -> None:
    async with sessions() as db, db.begin():
        row = await service.the_import(db, job.campaign_id, job.id, lock=True)
        if row.state == PhotoImportState.reading:
            row.stretches = list(stretches)
            await service.change(db, row, state, why)
    if state != PhotoImportState.paused:
        await asyncio.to_thread(incoming.forget, job.id)


# --- in the background -----------------------------------------------------------------------------------------------


@jobs.task(name="photos.import", queue=SLOW)
async def import_photos(campaign_id: str, import_id: str) -> None:
    campaign, wanted = UUID(campaign_id), UUID(import_id)
    async with sessions() as db, db.begin():
        row = await service.the_import(db, campaign, wanted)
        kind, sha256 = row.kind, row.sha256
    if kind == ImportKind.zip and not sha256:
        await _seal(campaign, wanted)
    try:
        await read_import(campaign, wanted, incoming.opened(wanted) if kind == ImportKind.zip else None)
    except (OperationalError, InterfaceError) as error:  # the database is away: `imports_go_on` comes back to it
        log.warning("an import stopped", error=type(error).__name__)


async def _seal(campaign_id: UUID, import_id: UUID) -> None:
    """The hash of the whole, which the agency can compare with its own."""
    path = incoming.path_of(import_id)
    if not path.exists():
        return
    sha256 = await asyncio.to_thread(_sha256, path)
    async with sessions() as db, db.begin():
        (await service.the_import(db, campaign_id, import_id, lock=True)).sha256 = sha256


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@jobs.periodic(cron="* * * * *")
@jobs.task(name="photos.imports_go_on", queueing_lock="photos.imports_go_on")
async def imports_go_on(timestamp: int) -> None:
    """A worker that was killed, a disk that was full: each minute what was left lying is taken up again."""
    async with sessions() as db, db.begin():
        for campaign_id, import_id in await reading_service.abandoned(db):
            await defer(db, import_photos, campaign_id=str(campaign_id), import_id=str(import_id))


@jobs.periodic(cron="41 * * * *")
@jobs.task(name="photos.imports_tidy", queueing_lock="photos.imports_tidy")
async def imports_tidy(timestamp: int) -> None:
    """An import that was begun and left is cancelled after some days, and bytes that nobody will read are freed."""
    days = settings().import_idle_days
    async with sessions() as db, db.begin():
        for left in await reading_service.idle(db, timedelta(days=days)):
            await service.cancel(db, left.campaign_id, left.id, IDLE.format(days=days))
    there = await asyncio.to_thread(incoming.kept)  # before the question: a file has its row before its first byte
    async with sessions() as db, db.begin():
        wanted = await reading_service.need_bytes(db, there)
    for import_id in set(there) - wanted:
        await asyncio.to_thread(incoming.forget, import_id)
