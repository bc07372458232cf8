"""The kept bytes of a photo beside others: how its versions differ, and whether it stands out from its batch."""

from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from gradphoto.photos.models import Photo
from gradphoto.photos.service import the_photo
from gradphoto.photos.vault.structure import Clue, Difference, clues, difference

MOST_OF_BATCH = 500


class Card(NamedTuple):
    """`versions`: the student's other photos, newest first, each with how this one differs from it."""

    photo: Photo
    clues: list[Clue]
    batch: int
    versions: list[tuple[Photo, Difference]]


async def evidence_card(db: AsyncSession, campaign_id: UUID, photo_id: UUID) -> Card:
    photo = await the_photo(db, campaign_id, photo_id)
    batch = await _batch(db, photo)
    others: list[Photo] = []
    if photo.student_id is not None:
        mine = select(Photo).where(
            Photo.campaign_id == campaign_id, Photo.student_id == photo.student_id, Photo.id != photo.id
        )
        others = list(await db.scalars(mine.order_by(Photo.id.desc())))
    versions = [(other, difference(other.evidence, photo.evidence)) for other in others]
    return Card(photo, clues(photo.evidence, [one.evidence for one in batch]), len(batch), versions)


async def _batch(db: AsyncSession, photo: Photo) -> list[Photo]:
    """What came in the same import; else what the same hand sent the same way."""
    found = select(Photo).where(Photo.campaign_id == photo.campaign_id, Photo.id != photo.id)
    if photo.import_id is not None:
        found = found.where(Photo.import_id == photo.import_id)
    else:
        found = found.where(Photo.source == photo.source, Photo.import_id.is_(None))
    # Those of the same size in pixels: a wrong one in between is no measure of what is usual.
    found = found.where(Photo.width == photo.width, Photo.height == photo.height)
    return list(await db.scalars(found.order_by(Photo.id.desc()).limit(MOST_OF_BATCH)))
