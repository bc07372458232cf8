"""An import of photos: begun, its bytes taken piece by piece, read by somebody, and what became of each file."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import case, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from gradphoto.core.db import now
from gradphoto.core.errors import NotFound, OpIdReused, Refusal
from gradphoto.core.events import announce
from gradphoto.core.settings import settings
from gradphoto.photo_imports.models import EntryOutcome, ImportKind, PhotoEntry, PhotoImport, PhotoImportState
from gradphoto.photo_imports.reading.archive_directory import NotAnArchive
from gradphoto.photos.matching.names import mask_filename
from gradphoto.photos.models import Hold, Photo, PhotoSource, PhotoState
from gradphoto.roster.models import Student
from gradphoto.roster.service import clock_of, the_campaign

GIVEN_UP = (PhotoImportState.refused, PhotoImportState.cancelled)
OPEN = (PhotoImportState.receiving, PhotoImportState.waiting, PhotoImportState.reading, PhotoImportState.paused)


class ImportTooLarge(Refusal):
    """这个压缩包超过大小上限。请分成几个压缩包再传。"""

    status = 413


class ImportClosed(Refusal):
    """这一批照片已经收完、取消或被拒绝，不能再往里传。请新建一批。"""


class OffsetDiffers(Refusal):
    """续传的位置和服务器上已有的内容接不上，请从服务器给出的位置继续。"""


class NotInPieces(Refusal):
    """这一批是按文件夹逐张上传的，不能这样传。"""


class NotByFile(Refusal):
    """这一批是压缩包，不能逐张上传。"""


class ImportAsked(NamedTuple):
    kind: ImportKind
    name: str
    size: int
    camera: bool
    source: PhotoSource


async def create(db: AsyncSession, campaign_id: UUID, op_id: UUID, asked: ImportAsked, by: UUID | None) -> PhotoImport:
    """Safe to repeat with the same `op_id`."""
    campaign = await the_campaign(db, campaign_id)
    if asked.size > settings().max_import_bytes:
        raise ImportTooLarge(limit_bytes=settings().max_import_bytes)
    if asked.kind == ImportKind.zip and not asked.size:
        raise NotAnArchive()
    values = asked._replace(name=mask_filename(asked.name))._asdict()
    fresh = dict(made_by=by, made_at=clock_of(campaign), received=0, sha256="", why="", passed_over=0, worked_at=now())
    made = await db.scalar(
        insert(PhotoImport)
        .values(campaign_id=campaign_id, op_id=op_id, **fresh, **values)
        .on_conflict_do_nothing(index_elements=["campaign_id", "op_id"])
        .returning(PhotoImport)
    )
    if made is None:
        made = (
            await db.scalars(
                select(PhotoImport).where(PhotoImport.campaign_id == campaign_id, PhotoImport.op_id == op_id)
            )
        ).one()
        if made.model_dump(include=set(values)) != values:
            raise OpIdReused()
    return made


async def the_import(db: AsyncSession, campaign_id: UUID, import_id: UUID, *, lock: bool = False) -> PhotoImport:
    found = select(PhotoImport).where(PhotoImport.campaign_id == campaign_id, PhotoImport.id == import_id)
    if lock:
        found = found.with_for_update(key_share=True).execution_options(populate_existing=True)
    photo_import = await db.scalar(found)
    if photo_import is None:
        raise NotFound()
    return photo_import


async def place_for(db: AsyncSession, campaign_id: UUID, import_id: UUID, offset: int, length: int) -> PhotoImport:
    """The import, locked, if a piece of that length belongs at `offset`."""
    photo_import = await the_import(db, campaign_id, import_id, lock=True)
    if photo_import.kind != ImportKind.zip:
        raise NotInPieces()
    if offset != photo_import.received:
        raise OffsetDiffers(offset=photo_import.received)
    if photo_import.state != PhotoImportState.receiving:
        raise ImportClosed()
    if offset + length > photo_import.size:
        raise ImportTooLarge("收到的内容比开始时登记的大小还多。请新建一批再传。", limit_bytes=photo_import.size)
    return photo_import


async def received(db: AsyncSession, photo_import: PhotoImport, length: int) -> bool:
    """So much more is on safe ground. True when that was the last of it."""
    photo_import.received += length
    photo_import.worked_at = now()
    complete = photo_import.received == photo_import.size
    if complete:
        await change(db, photo_import, PhotoImportState.waiting)
    await db.flush()
    return complete


async def change(db: AsyncSession, photo_import: PhotoImport, state: PhotoImportState, why: str = "") -> None:
    photo_import.state, photo_import.why, photo_import.worked_at = state, why[:200], now()
    if state not in OPEN:
        photo_import.finished_at = clock_of(await the_campaign(db, photo_import.campaign_id))
        await _leave_to_people(db, photo_import)
    await db.flush()
    facts = dict(photo_import_id=photo_import.id, state=state)
    await announce(db, photo_import.campaign_id, "photo_import.changed", **facts)


async def complete_folder(db: AsyncSession, campaign_id: UUID, import_id: UUID) -> PhotoImport:
    """The browser has sent all it had; twice is once."""
    photo_import = await the_import(db, campaign_id, import_id, lock=True)
    if photo_import.kind != ImportKind.folder:
        raise NotByFile()
    if photo_import.state == PhotoImportState.receiving:
        counted = select(func.count()).where(PhotoEntry.campaign_id == campaign_id, PhotoEntry.import_id == import_id)
        photo_import.files = await db.scalar(counted)
        await change(db, photo_import, PhotoImportState.waiting)
    return photo_import


async def cancel(db: AsyncSession, campaign_id: UUID, import_id: UUID, why: str = "") -> PhotoImport:
    """What was taken in stays; nothing more is. Twice is once."""
    photo_import = await the_import(db, campaign_id, import_id, lock=True)
    if photo_import.state in OPEN:
        await change(db, photo_import, PhotoImportState.cancelled, why)
    elif photo_import.state != PhotoImportState.cancelled:
        raise ImportClosed()
    return photo_import


async def _leave_to_people(db: AsyncSession, photo_import: PhotoImport) -> None:
    """Frames that are frozen and in no stretch, as of an import that was given up, wait for a person as any others."""
    stretched = [position for stretch in photo_import.stretches for position in stretch["positions"]]
    reason = case((Photo.proposed_student_id.is_(None), Hold.no_key), else_=Hold.one_sign)
    await db.execute(
        update(Photo)
        .where(
            Photo.campaign_id == photo_import.campaign_id,
            Photo.import_id == photo_import.id,
            Photo.student_id.is_(None),
            Photo.held == Hold.frozen_stretch,
            Photo.import_position.not_in(stretched),
        )
        .values(held=reason)
    )


# --- how it stands ---------------------------------------------------------------------------------------------------


class EntryRow(NamedTuple):
    """`outcome` as it is now: a photo that waited may have been matched in the meantime."""

    entry: PhotoEntry
    outcome: EntryOutcome
    photo: Photo | None
    number: str | None
    student_name: str | None


_current = case(
    (
        PhotoEntry.outcome.not_in((EntryOutcome.matched, EntryOutcome.waiting, EntryOutcome.rejected)),
        PhotoEntry.outcome,
    ),
    (Photo.state == PhotoState.rejected, EntryOutcome.rejected),  # also of a student who is known
    (Photo.student_id.is_not(None), EntryOutcome.matched),
    else_=EntryOutcome.waiting,
)
_THEIR_PHOTO = (Photo.campaign_id == PhotoEntry.campaign_id) & (Photo.id == PhotoEntry.photo_id)


async def list_imports(db: AsyncSession, campaign_id: UUID, limit: int = 100) -> list[PhotoImport]:
    newest = select(PhotoImport).where(PhotoImport.campaign_id == campaign_id).order_by(PhotoImport.id.desc())
    return list(await db.scalars(newest.limit(limit)))


async def counts(db: AsyncSession, campaign_id: UUID, import_ids: Sequence[UUID]) -> dict[UUID, Mapping[str, int]]:
    """Files by what became of them, for each of these imports."""
    found = await db.execute(
        select(PhotoEntry.import_id, _current, func.count())
        .outerjoin(Photo, _THEIR_PHOTO)
        .where(PhotoEntry.campaign_id == campaign_id, PhotoEntry.import_id.in_(import_ids))
        .group_by(PhotoEntry.import_id, _current)
    )
    counted: dict[UUID, dict[str, int]] = {one: {} for one in import_ids}
    for import_id, outcome, number in found:
        counted[import_id][str(outcome)] = number
    return counted


async def entries(
    db: AsyncSession, campaign_id: UUID, import_id: UUID, outcome: EntryOutcome | None, after: int, limit: int
) -> list[EntryRow]:
    """In the order of the camera, from the position after `after` on."""
    whose = func.coalesce(Photo.student_id, Photo.proposed_student_id, PhotoEntry.slate_student_id)
    found = (
        select(PhotoEntry, _current, Photo, Student.number, Student.name)
        .outerjoin(Photo, _THEIR_PHOTO)
        .outerjoin(Student, (Student.campaign_id == PhotoEntry.campaign_id) & (Student.id == whose))
        .where(PhotoEntry.campaign_id == campaign_id, PhotoEntry.import_id == import_id, PhotoEntry.position > after)
        .order_by(PhotoEntry.position)
        .limit(limit)
    )
    if outcome is not None:
        found = found.where(_current == outcome)
    return [EntryRow(row[0], EntryOutcome(row[1]), row[2], row[3], row[4]) for row in await db.execute(found)]
