"""The order of a camera import against the room's record: signs for its photos, frozen stretches, and their release."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from gradphoto.checkin.models import CheckIn, StationAct, StationEvent
from gradphoto.core.db import now
from gradphoto.core.errors import Refusal
from gradphoto.core.events import announce
from gradphoto.photo_imports.camera.shot_order import Drift, Frame, FrameKind, Placed, ShotOrder, read_order
from gradphoto.photo_imports.models import EntryOutcome, PhotoEntry, PhotoImport
from gradphoto.photo_imports.service import the_import
from gradphoto.photos.claim_service import claim_of
from gradphoto.photos.decide_service import give, lock_photo, lock_student
from gradphoto.photos.matching.names import keys_of
from gradphoto.photos.matching.signs import weigh
from gradphoto.photos.models import Hold, MatchedBy, Photo, PhotoSource, PhotoState, Sign
from gradphoto.roster.service import clock_of, the_campaign

# A photo that waits for one of these reasons may still be given by the order; for any other a person has to look.
_MAY_GIVE = (Hold.no_key, Hold.not_on_roster, Hold.one_sign, Hold.frozen_stretch)


class NoSuchStretch(Refusal):
    """没有这一段待核对的照片，可能刚被别人处理过，请刷新后再看。"""

    status = 404


class Released(NamedTuple):
    """Photos of the stretch: given to somebody now, and still waiting."""

    matched: list[UUID]
    waiting: list[UUID]


async def order_of(db: AsyncSession, campaign_id: UUID, import_id: UUID) -> tuple[ShotOrder, dict[int, UUID]]:
    """What the order says, and the photo at each position. The stretches are written down with the import."""
    found = await db.scalars(
        select(PhotoEntry)
        .where(PhotoEntry.campaign_id == campaign_id, PhotoEntry.import_id == import_id)
        .order_by(PhotoEntry.position)
    )
    entries = list(found)
    slates = {entry.slate_student_id for entry in entries if entry.slate_student_id is not None}
    order = read_order([_frame(entry) for entry in entries], await record_of(db, campaign_id, slates))
    photo_import = await the_import(db, campaign_id, import_id, lock=True)
    photo_import.stretches = [
        dict(why=stretch.why.value, positions=list(stretch.positions), released_at=None, released_by=None)
        for stretch in order.stretches
    ]
    await db.flush()
    return order, {entry.position: entry.photo_id for entry in entries if entry.photo_id is not None}


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


# --- a person has looked ---------------------------------------------------------------------------------------------


async def release(db: AsyncSession, campaign_id: UUID, import_id: UUID, position: int, by: UUID) -> Released:
    """The stretch that holds this photo counts as any other: two signs match, one proposes. Twice is once."""
    photo_import = await the_import(db, campaign_id, import_id, lock=True)
    stretch = stretch_at(photo_import, position)
    photos = list(
        await db.scalars(
            select(Photo)
            .where(
                Photo.campaign_id == campaign_id,
                Photo.import_id == import_id,
                Photo.import_position.in_(stretch["positions"]),
            )
            .order_by(Photo.import_position)
        )
    )
    at = clock_of(await the_campaign(db, campaign_id))
    for student_id in sorted({photo.proposed_student_id for photo in photos if photo.proposed_student_id}):
        await lock_student(db, campaign_id, student_id)
    for photo_id in sorted(photo.id for photo in photos):
        photo = await lock_photo(db, (Photo.campaign_id == campaign_id) & (Photo.id == photo_id))
        if photo.student_id is None and photo.held == Hold.frozen_stretch:
            await _thaw(db, photo, at, only_propose=stretch["why"] == Drift.count_differs)
    if stretch["released_at"] is None:
        told = stretch | dict(released_at=now().isoformat(), released_by=str(by))
        photo_import.stretches = [told if one is stretch else one for one in photo_import.stretches]
        await announce(db, campaign_id, "photo_import.released", photo_import_id=import_id, photos=len(photos))
    await db.flush()
    matched = [photo.id for photo in photos if photo.student_id is not None]
    return Released(matched, [photo.id for photo in photos if photo.student_id is None])


def stretch_at(photo_import: PhotoImport, position: int) -> dict[str, Any]:
    for stretch in photo_import.stretches:
        if position in stretch["positions"]:
            return stretch
    raise NoSuchStretch()


async def _thaw(db: AsyncSession, photo: Photo, at: Any, *, only_propose: bool) -> None:
    """Where the count differs somebody's slate is missing, and their photos lie under the one before."""
    proposed = photo.proposed_student_id
    if only_propose and proposed is not None:
        photo.held = Hold.one_sign
        return
    weighed = weigh({Sign(sign): proposed for sign in photo.signs} if proposed is not None else {})
    if weighed.student_id is not None:
        await give(db, photo, weighed.student_id, MatchedBy.slate, at)
    else:
        photo.held = Hold.no_key if proposed is None else Hold.one_sign
