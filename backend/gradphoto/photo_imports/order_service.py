"""The order of a camera import against the room's record: signs for its photos, and stretches that are frozen."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from gradphoto.checkin.models import CheckIn, StationAct, StationEvent
from gradphoto.photo_imports.camera.shot_order import Frame, FrameKind, Placed, ShotOrder, read_order
from gradphoto.photo_imports.models import EntryOutcome, PhotoEntry
from gradphoto.photos.claim_service import claim_of
from gradphoto.photos.decide_service import give, lock_photo, lock_student
from gradphoto.photos.matching.names import keys_of
from gradphoto.photos.models import Hold, MatchedBy, Photo, PhotoSource, PhotoState, Sign
from gradphoto.roster.service import clock_of, the_campaign

# A photo that waits for one of these reasons may still be given by the order; for any other a person has to look.
_MAY_GIVE = (Hold.no_key, Hold.not_on_roster, Hold.one_sign, Hold.frozen_stretch)


async def order_of(db: AsyncSession, campaign_id: UUID, import_id: UUID) -> tuple[ShotOrder, dict[int, UUID]]:
    """What the order says, and the photo at each position."""
    found = await db.scalars(
        select(PhotoEntry)
        .where(PhotoEntry.campaign_id == campaign_id, PhotoEntry.import_id == import_id)
        .order_by(PhotoEntry.position)
    )
    entries = list(found)
    slates = {entry.slate_student_id for entry in entries if entry.slate_student_id is not None}
    order = read_order([_frame(entry) for entry in entries], await record_of(db, campaign_id, slates))
    return order, {entry.position: entry.photo_id for entry in entries if entry.photo_id is not None}


def stretches_of(order: ShotOrder) -> list[dict[str, Any]]:
    """As they are kept with the import. `before`: what a release found of each photo, so that it can be taken back."""
    fresh = dict(released_at=None, released_by=None, before=[])
    return [dict(why=one.why.value, positions=list(one.positions)) | fresh for one in order.stretches]


def _frame(entry: PhotoEntry) -> Frame:
    """A file that could not be read, or a slate of somebody unknown: after it nobody knows whose turn it was."""
    if entry.slate_student_id is not None:
        return Frame(entry.position, entry.taken_at, FrameKind.slate, entry.slate_student_id)
    known = entry.outcome in (EntryOutcome.matched, EntryOutcome.waiting, EntryOutcome.already)
    return Frame(entry.position, entry.taken_at, FrameKind.photo if known else FrameKind.unread)


async def record_of(db: AsyncSession, campaign_id: UUID, slates: set[UUID]) -> Sequence[UUID]:
    """The students whom one station shot, in its order: of the station that has most of these slates."""
    shots = await db.execute(
        select(StationEvent.station_id, CheckIn.student_id)
        .join(CheckIn, (CheckIn.campaign_id == StationEvent.campaign_id) & (CheckIn.id == StationEvent.check_in_id))
        .where(
            StationEvent.campaign_id == campaign_id,
            StationEvent.act == StationAct.shot,
            StationEvent.undone_at.is_(None),
        )
        .order_by(StationEvent.station_id, StationEvent.seq)
    )
    by_station: dict[UUID, list[UUID]] = defaultdict(list)
    for station_id, student_id in shots:
        by_station[station_id].append(student_id)
    return max(by_station.values(), key=lambda record: len(slates & set(record)), default=[])


async def place(db: AsyncSession, campaign_id: UUID, import_id: UUID, photo_id: UUID, placed: Placed) -> None:
    """One photo of the import gets what the order says of it. What somebody has decided meanwhile stays."""
    before = await db.scalar(select(Photo).where(Photo.campaign_id == campaign_id, Photo.id == photo_id))
    if before is None or not _may_give(before, import_id):
        return
    told = dict(placed.signs)
    if Sign.file_name in before.signs and before.proposed_student_id is not None:
        told[Sign.file_name] = before.proposed_student_id
    claim = await claim_of(db, campaign_id, keys_of(""), PhotoSource.on_site, told, frozen=placed.frozen)
    named = claim.student_id or claim.proposed_id
    if named is not None:
        await lock_student(db, campaign_id, named)
    photo = await lock_photo(db, (Photo.campaign_id == campaign_id) & (Photo.id == photo_id))
    if not _may_give(photo, import_id):
        return
    photo.signs = sorted(claim.signs)
    if claim.student_id is not None:
        at = clock_of(await the_campaign(db, campaign_id))
        await give(db, photo, claim.student_id, claim.matched_by or MatchedBy.slate, at)
        return
    hint = None if claim.held == Hold.signs_differ else placed.proposed_id
    photo.held, photo.proposed_student_id = claim.held, claim.proposed_id or hint
    await db.flush()


def _may_give(photo: Photo, import_id: UUID) -> bool:
    waits = photo.student_id is None and photo.state == PhotoState.received and photo.held in _MAY_GIVE
    return waits and photo.import_id == import_id
