"""One file of an import, from its bytes to its row: the same way for a ZIP, a folder, and a browser's single files."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from gradphoto.core.db import sessions
from gradphoto.core.errors import Refusal
from gradphoto.photo_imports import reading_service
from gradphoto.photo_imports.frames import look_at
from gradphoto.photo_imports.models import EntryOutcome, ImportKind, PhotoImport, PhotoImportState
from gradphoto.photo_imports.reading.bulk import EntryFault
from gradphoto.photos import receive_service
from gradphoto.photos.checker import CheckBusy
from gradphoto.photos.checking.report import PhotoReport
from gradphoto.photos.models import Hold, Photo, PhotoState
from gradphoto.photos.receive_service import Arrival
from gradphoto.photos.service import the_store

T = TypeVar("T")
BUSY_SECONDS = (1, 2, 4, 8, 16)


class ImportStopped(Exception):
    """Somebody has cancelled the import."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """Checked and on safe ground, a slate, or refused: ready for its row."""

    position: int
    name: str
    fault: str = ""
    slate_number: str | None = None
    slate_sha256: str = ""
    taken_at: datetime | None = None
    arrival: Arrival | None = None
    report: PhotoReport | None = None


def refused(position: int, name: str, fault: EntryFault | Refusal) -> Prepared:
    return Prepared(position, name, fault=fault.value if isinstance(fault, EntryFault) else fault.code)


async def prepare(
    job: PhotoImport, position: int, name: str, data: bytes, sha256: str | None = None, by: UUID | None = None
) -> Prepared:
    """Holds no database connection while it looks. StorageFull and StorageAway are the caller's to wait for."""
    look = await _patiently(lambda: look_at(job.campaign_id, data, slates=job.camera))
    if look.slate_number is not None:
        kept = await the_store().put(data)
        return Prepared(position, name, slate_number=look.slate_number, slate_sha256=kept, taken_at=look.taken_at)
    arrival = Arrival(
        data=data,
        filename=name,
        source=job.source,
        by=by or job.made_by,
        sha256=sha256,
        import_id=job.id,
        import_position=position,
        taken_at=look.taken_at,
        camera=job.camera,
        frozen=job.camera,  # until the last file is there and the order can be read
    )
    async with sessions() as db, db.begin():
        state = await receive_service.ready(db, job.campaign_id, arrival)
    report = await _patiently(lambda: receive_service.keep(the_store(), arrival, state))
    return Prepared(position, name, taken_at=look.taken_at, arrival=arrival, report=report)


async def _patiently(ask: Callable[[], Awaitable[T]]) -> T:
    """People who wait before a screen go first: a bulk that finds the check busy tries again a little later."""
    for seconds in BUSY_SECONDS:
        try:
            return await ask()
        except CheckBusy:
            await asyncio.sleep(seconds)
    return await ask()


async def enter(job: PhotoImport, one: Prepared) -> None:
    """The file's rows, in one transaction. ImportStopped if the import was cancelled meanwhile."""
    if one.arrival is not None:
        try:
            await _photo(job, one, one.arrival)
            return
        except Refusal as refusal:
            one = refused(one.position, one.name, refusal)
        except IntegrityError as error:
            diagnosis = getattr(error.orig, "diag", None)
            known = Refusal.of_constraint(diagnosis.constraint_name if diagnosis else None)
            if known is None:
                raise
            one = refused(one.position, one.name, known())
        except DataError:  # something in the file that no database can hold: the others still go in
            one = refused(one.position, one.name, EntryFault.unreadable)
    async with sessions() as db, db.begin():
        if not await reading_service.still(db, job.campaign_id, job.id, _taking(job)):
            raise ImportStopped
        key = (job.campaign_id, job.id, one.position, one.name)
        if one.slate_number is None:
            await reading_service.enter(db, *key, EntryOutcome.refused, code=one.fault)
            return
        student_id = await reading_service.student_of_slate(db, job.campaign_id, one.slate_number)
        code = "" if student_id is not None else "not_on_roster"
        await reading_service.enter(
            db,
            *key,
            EntryOutcome.slate,
            code=code,
            slate_student_id=student_id,
            slate_sha256=one.slate_sha256,
            taken_at=one.taken_at,
        )


async def _photo(job: PhotoImport, one: Prepared, arrival: Arrival) -> None:
    async with sessions() as db, db.begin():
        photo, already = await receive_service.receive(db, job.campaign_id, arrival, one.report)
        if not await reading_service.still(db, job.campaign_id, job.id, _taking(job)):
            raise ImportStopped
        if already:
            await _adopt(db, job, one, photo)
        outcome = EntryOutcome.waiting if photo.student_id is None else EntryOutcome.matched
        if photo.state == PhotoState.rejected:
            outcome = EntryOutcome.rejected
        # These very bytes at this very place: the file is sent again, and it is no second one.
        here = (photo.import_id, photo.import_position) == (job.id, one.position)
        if already and not here:
            outcome = EntryOutcome.already
        await reading_service.enter(
            db, job.campaign_id, job.id, one.position, one.name, outcome, photo_id=photo.id, taken_at=one.taken_at
        )


async def _adopt(db: AsyncSession, job: PhotoImport, one: Prepared, photo: Photo) -> None:
    """What waits from an import that was given up is of the one that brings it again: only there its order is read."""
    if photo.student_id is not None or photo.import_id in (None, job.id):
        return
    if await reading_service.given_up(db, job.campaign_id, photo.import_id):
        photo.import_id, photo.import_position = job.id, one.position
        if job.camera and photo.state == PhotoState.received and photo.held in (Hold.no_key, Hold.one_sign):
            photo.held = Hold.frozen_stretch
        await db.flush()


def _taking(job: PhotoImport) -> PhotoImportState:
    """The state in which it takes files: a folder of the browser is received file by file, others are read."""
    return PhotoImportState.receiving if job.kind == ImportKind.folder else PhotoImportState.reading
