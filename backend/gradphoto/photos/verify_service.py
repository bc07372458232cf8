"""Read every original back and compare: what is on record is there and unchanged, or it is named."""

import asyncio
from collections.abc import Callable, Collection
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from gradphoto.core.db import sessions
from gradphoto.core.errors import Refusal
from gradphoto.core.events import Outbox, announce
from gradphoto.core.jobs import SLOW, defer, jobs
from gradphoto.photos.models import Photo
from gradphoto.photos.service import the_store
from gradphoto.photos.storage import PhotoAltered, PhotoLost, PhotoStore
from gradphoto.roster.models import Student
from gradphoto.roster.service import the_campaign

VERIFIED = "photos.verified"
AT_ONCE = 8  # S3 answers in 20 ms; a disk does not mind


class Verification(NamedTuple):
    """`unread` could not be read this time (the store was away): neither intact nor lost."""

    checked: int
    intact: int
    lost: list[UUID]
    altered: list[UUID]
    unread: list[UUID]


async def verify_all(
    store: PhotoStore, campaign_id: UUID, on_step: Callable[[int, int], None] | None = None
) -> Verification:
    """Every photo of the campaign, whatever its state: what was received is kept. `on_step(done, of all)` as it goes.

    Reading takes minutes, so no connection is held meanwhile.
    """
    async with sessions() as db, db.begin():
        rows = await db.execute(
            select(Photo.id, Photo.sha256).where(Photo.campaign_id == campaign_id).order_by(Photo.id)
        )
        photos = [(row[0], row[1]) for row in rows]
    found: dict[type[Refusal] | None, list[UUID]] = {None: [], PhotoLost: [], PhotoAltered: [], Refusal: []}
    for start in range(0, len(photos), AT_ONCE):
        few = photos[start : start + AT_ONCE]
        faults = await asyncio.gather(*(_fault(store, sha256) for _, sha256 in few))
        for (photo_id, _), fault in zip(few, faults, strict=True):
            found[fault].append(photo_id)
        if on_step:
            on_step(start + len(few), len(photos))
    return Verification(len(photos), len(found[None]), found[PhotoLost], found[PhotoAltered], found[Refusal])


async def _fault(store: PhotoStore, sha256: str) -> type[Refusal] | None:
    try:
        await store.get(sha256)
    except (PhotoLost, PhotoAltered) as fault:
        return type(fault)
    except Refusal:
        return Refusal
    return None


@jobs.task(name="photos.verify", queue=SLOW)
async def verify(campaign_id: str) -> None:
    """The result is told in the feed, where `last_verification` and other systems find it."""
    await verify_and_tell(UUID(campaign_id))


async def verify_and_tell(campaign_id: UUID, on_step: Callable[[int, int], None] | None = None) -> Verification:
    result = await verify_all(the_store(), campaign_id, on_step)
    async with sessions() as db, db.begin():
        await announce(db, campaign_id, VERIFIED, **result._asdict())
    return result


async def names_of(db: AsyncSession, campaign_id: UUID, photo_ids: Collection[UUID]) -> dict[UUID, str]:
    """For the operator's screen: 学号 and the first of the hash, by which the file is found in the backup."""
    rows = await db.execute(
        select(Photo.id, Photo.sha256, Student.number)
        .outerjoin(Student, (Student.campaign_id == Photo.campaign_id) & (Student.id == Photo.student_id))
        .where(Photo.campaign_id == campaign_id, Photo.id.in_(photo_ids))
    )
    return {photo_id: f"{number or '未对应'} {sha256}" for photo_id, sha256, number in rows}


async def ask_verification(db: AsyncSession, campaign_id: UUID) -> None:
    await the_campaign(db, campaign_id)
    await defer(db, verify, campaign_id=str(campaign_id))


async def last_verification(db: AsyncSession, campaign_id: UUID) -> dict[str, Any] | None:
    """As it was told, with the time `at`; None = never asked for, or still running."""
    told = await db.scalar(
        select(Outbox)
        .where(Outbox.campaign_id == campaign_id, Outbox.kind == VERIFIED)
        .order_by(Outbox.at.desc())
        .limit(1)
    )
    return {**told.data, "at": told.at} if told else None
