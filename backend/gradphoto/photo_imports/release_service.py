"""A frozen stretch, let go by a person who has looked, and taken back: each photo is again what it was before."""

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from gradphoto.core.db import now
from gradphoto.core.errors import Refusal
from gradphoto.core.events import announce
from gradphoto.photo_imports.camera.shot_order import Drift
from gradphoto.photo_imports.models import PhotoImport
from gradphoto.photo_imports.service import the_import
from gradphoto.photos.decide_service import give, lock_photo, lock_student, unmatch
from gradphoto.photos.matching.signs import weigh
from gradphoto.photos.models import Hold, MatchedBy, Photo, PhotoState, Sign
from gradphoto.roster.service import clock_of, the_campaign


class NoSuchStretch(Refusal):
    """没有这一段待核对的照片，可能刚被别人处理过，请刷新后再看。"""

    status = 404


class Released(NamedTuple):
    """Photos of the stretch: given to somebody now, and still waiting."""

    matched: list[UUID]
    waiting: list[UUID]


class TakenBack(NamedTuple):
    """Photos that the release had let go: frozen again, and those that were moved on since and stay."""

    frozen: list[UUID]
    kept: list[UUID]


async def release(db: AsyncSession, campaign_id: UUID, import_id: UUID, position: int, by: UUID) -> Released:
    """The stretch that holds this photo counts as any other: two signs match, one proposes. Twice is once."""
    photo_import = await the_import(db, campaign_id, import_id, lock=True)
    stretch = stretch_at(photo_import, position)
    at_these = Photo.import_position.in_(stretch["positions"])
    found = select(Photo).where(Photo.campaign_id == campaign_id, Photo.import_id == import_id, at_these)
    photos = list(await db.scalars(found.order_by(Photo.import_position)))
    if stretch["released_at"] is None:
        before = await _let_go(db, campaign_id, photos, only_propose=stretch["why"] == Drift.count_differs)
        _note(photo_import, stretch, released_at=now().isoformat(), released_by=str(by), before=before)
        await announce(db, campaign_id, "photo_import.released", photo_import_id=import_id, photos=len(photos))
        await db.flush()
    matched = [photo.id for photo in photos if photo.student_id is not None]
    return Released(matched, [photo.id for photo in photos if photo.student_id is None])


async def take_back(db: AsyncSession, campaign_id: UUID, import_id: UUID, position: int) -> TakenBack:
    """What nobody has moved on since waits and is frozen as before, and what it had superseded counts again."""
    photo_import = await the_import(db, campaign_id, import_id, lock=True)
    stretch = stretch_at(photo_import, position)
    released = stretch["released_at"] is not None
    if released:
        await _lock_students(
            db, campaign_id, {UUID(one["student_id"]) for one in stretch["before"] if one["student_id"]}
        )
    frozen: list[UUID] = []
    kept: list[UUID] = []
    for one in stretch["before"]:
        photo = await lock_photo(db, (Photo.campaign_id == campaign_id) & (Photo.id == UUID(one["photo_id"])))
        if released and _as_released(photo, one):
            await _freeze(db, photo, one)
        is_frozen = photo.student_id is None and photo.held == Hold.frozen_stretch
        (frozen if is_frozen else kept).append(photo.id)
    if released:
        _note(photo_import, stretch, released_at=None, released_by=None)
        await announce(db, campaign_id, "photo_import.frozen", photo_import_id=import_id, photos=len(frozen))
    await db.flush()
    return TakenBack(frozen, kept)


def stretch_at(photo_import: PhotoImport, position: int) -> dict[str, Any]:
    for stretch in photo_import.stretches:
        if position in stretch["positions"]:
            return stretch
    raise NoSuchStretch()


def _note(photo_import: PhotoImport, stretch: dict[str, Any], **facts: Any) -> None:
    photo_import.stretches = [one | facts if one is stretch else one for one in photo_import.stretches]


async def _lock_students(db: AsyncSession, campaign_id: UUID, student_ids: set[UUID]) -> None:
    """Always in the same order, and before any photo."""
    for student_id in sorted(student_ids):
        await lock_student(db, campaign_id, student_id)


async def _let_go(
    db: AsyncSession, campaign_id: UUID, photos: list[Photo], *, only_propose: bool
) -> list[dict[str, Any]]:
    """Of each photo that was frozen: its signs and proposal until now, and what the release makes of it."""
    at = clock_of(await the_campaign(db, campaign_id))
    await _lock_students(db, campaign_id, {one.proposed_student_id for one in photos if one.proposed_student_id})
    before = []
    for photo_id in sorted(one.id for one in photos):
        photo = await lock_photo(db, (Photo.campaign_id == campaign_id) & (Photo.id == photo_id))
        if photo.student_id is None and photo.held == Hold.frozen_stretch:
            proposed = _text(photo.proposed_student_id)
            was = dict(photo_id=str(photo.id), was_signs=list(photo.signs), was_proposed=proposed)
            await _thaw(db, photo, at, only_propose=only_propose)
            before.append(was | _standing(photo))
    return before


async def _thaw(db: AsyncSession, photo: Photo, at: datetime, *, only_propose: bool) -> None:
    """Where the count differs somebody's slate is missing, and their photos lie under the one before."""
    proposed = photo.proposed_student_id
    weighed = weigh({Sign(sign): proposed for sign in photo.signs} if proposed is not None else {})
    if weighed.student_id is not None and not only_propose:
        await give(db, photo, weighed.student_id, MatchedBy.slate, at)
    else:
        photo.held = Hold.no_key if proposed is None else Hold.one_sign


def _standing(photo: Photo) -> dict[str, Any]:
    """All that anybody who moves a photo on would change."""
    whose = dict(student_id=_text(photo.student_id), proposed_student_id=_text(photo.proposed_student_id))
    return whose | dict(held=photo.held, state=photo.state, signs=list(photo.signs), by=_text(photo.decided_by))


def _as_released(photo: Photo, one: dict[str, Any]) -> bool:
    """Nobody has named it, taken it back, replaced it or decided about it since."""
    return all(one[key] == value for key, value in _standing(photo).items())


async def _freeze(db: AsyncSession, photo: Photo, one: dict[str, Any]) -> None:
    told_at = photo.decided_at if photo.state == PhotoState.rejected else None  # a faulty file was so before
    if photo.student_id is not None:
        await unmatch(db, photo.campaign_id, photo.id)
    photo.held, photo.signs, photo.decided_at = Hold.frozen_stretch, one["was_signs"], told_at
    photo.proposed_student_id = UUID(one["was_proposed"]) if one["was_proposed"] else None


def _text(key: UUID | None) -> str | None:
    return None if key is None else str(key)
