"""For whoever reads an import: whose turn it is, what is through already, what became of each file."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from gradphoto.core.db import now
from gradphoto.photo_imports.models import EntryOutcome, ImportKind, PhotoEntry, PhotoImport, PhotoImportState
from gradphoto.photo_imports.service import GIVEN_UP, OPEN, ImportAsked
from gradphoto.photos.matching.names import mask_filename
from gradphoto.roster.models import Student

# Whoever reads an import shows a sign of life with each file; after so long without one somebody else goes on.
LEASE = timedelta(seconds=60)


async def claim(db: AsyncSession, campaign_id: UUID, import_id: UUID, *, at_once: bool = False) -> PhotoImport | None:
    """The import for the caller to read, None if it is closed or somebody else shows signs of life."""
    waits = PhotoImport.state.in_((PhotoImportState.waiting, PhotoImportState.paused))
    left = (PhotoImport.state == PhotoImportState.reading) & (at_once or PhotoImport.worked_at < now() - LEASE)
    return await db.scalar(
        update(PhotoImport)
        .where(PhotoImport.campaign_id == campaign_id, PhotoImport.id == import_id, or_(waits, left))
        .values(state=PhotoImportState.reading, worked_at=now(), why="")
        .returning(PhotoImport)
    )


async def still(db: AsyncSession, campaign_id: UUID, import_id: UUID, state: PhotoImportState) -> bool:
    """A sign of life; False when somebody has cancelled it, or said that all is there."""
    alive = await db.scalar(
        update(PhotoImport)
        .where(
            PhotoImport.campaign_id == campaign_id,
            PhotoImport.id == import_id,
            PhotoImport.state == state,
        )
        .values(worked_at=now())
        .returning(PhotoImport.id)
    )
    return alive is not None


async def abandoned(db: AsyncSession) -> list[tuple[UUID, UUID]]:
    """(campaign, import) that nobody reads although it is all there: a worker was killed, a disk was full."""
    found = select(PhotoImport.campaign_id, PhotoImport.id).where(
        PhotoImport.state.in_((PhotoImportState.waiting, PhotoImportState.reading, PhotoImportState.paused)),
        PhotoImport.kind != ImportKind.server,
        PhotoImport.worked_at < now() - LEASE,
    )
    return [(row[0], row[1]) for row in await db.execute(found)]


async def given_up(db: AsyncSession, campaign_id: UUID, import_id: UUID) -> bool:
    """Nobody will read it to its end."""
    state = select(PhotoImport.state).where(PhotoImport.campaign_id == campaign_id, PhotoImport.id == import_id)
    return await db.scalar(state) in GIVEN_UP


async def idle(db: AsyncSession, since: timedelta) -> list[PhotoImport]:
    """Begun and then left: nothing came for so long. Locked; whoever is just sending to one keeps it."""
    left = select(PhotoImport).where(
        PhotoImport.state == PhotoImportState.receiving, PhotoImport.worked_at < now() - since
    )
    return list(await db.scalars(left.with_for_update(key_share=True, skip_locked=True)))


async def need_bytes(db: AsyncSession, import_ids: Sequence[UUID]) -> set[UUID]:
    """Of these, the imports that are still to be received or read."""
    found = select(PhotoImport.id).where(PhotoImport.id.in_(import_ids), PhotoImport.state.in_(OPEN))
    return set(await db.scalars(found))


async def hold(db: AsyncSession, import_id: UUID) -> bool:
    """Until the transaction of `db` ends, the import is this process's; False when another one that lives has it."""
    return await db.scalar(select(func.pg_try_advisory_xact_lock(func.hashtextextended(str(import_id), 0)))) is True


async def positions_done(db: AsyncSession, campaign_id: UUID, import_id: UUID) -> dict[int, str]:
    """Position -> name of the files that are through."""
    found = select(PhotoEntry.position, PhotoEntry.name_mask).where(
        PhotoEntry.campaign_id == campaign_id, PhotoEntry.import_id == import_id
    )
    return {row[0]: row[1] for row in await db.execute(found)}


async def unfinished_server(db: AsyncSession, campaign_id: UUID, asked: ImportAsked) -> list[PhotoImport]:
    found = select(PhotoImport).where(
        PhotoImport.campaign_id == campaign_id,
        PhotoImport.kind == ImportKind.server,
        PhotoImport.name == mask_filename(asked.name),
        PhotoImport.camera == asked.camera,
        PhotoImport.source == asked.source,
        PhotoImport.state.in_(OPEN),
    )
    return list(await db.scalars(found.order_by(PhotoImport.id.desc())))


async def student_of_slate(db: AsyncSession, campaign_id: UUID, number: str) -> UUID | None:
    return await db.scalar(select(Student.id).where(Student.campaign_id == campaign_id, Student.number == number))


async def enter(
    db: AsyncSession, campaign_id: UUID, import_id: UUID, position: int, name: str, outcome: EntryOutcome, **more: Any
) -> None:
    """What became of this file. Sent again, it is what became of it last."""
    fresh = dict(name_mask=mask_filename(name), outcome=outcome)
    fresh |= dict(code="", photo_id=None, slate_student_id=None, slate_sha256="", taken_at=None) | more
    await db.execute(
        insert(PhotoEntry)
        .values(campaign_id=campaign_id, import_id=import_id, position=position, **fresh)
        .on_conflict_do_update(index_elements=["campaign_id", "import_id", "position"], set_=fresh)
    )
