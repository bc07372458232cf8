"""What this campaign demands of a photo: the national values, and what the registrar changed of them."""

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from gradphoto.core.db import now
from gradphoto.core.errors import Refusal
from gradphoto.core.settings import settings
from gradphoto.photos.checking.standard import STANDARD, PhotoStandard, StandardFault
from gradphoto.photos.models import PhotoStandardRow
from gradphoto.roster.service import the_campaign

# How large a file may be at all protects the server.
NOT_THEIRS = {"max_bytes", "max_pixels"}


class StandardRefused(Refusal):
    """照片标准里有一项不能这样填，没有保存。"""

    status = 422


class StandardNow(NamedTuple):
    """`changed` holds only what differs from the national values."""

    standard: PhotoStandard
    changed: dict[str, Any]
    changed_at: datetime | None


async def standard_of(db: AsyncSession, campaign_id: UUID) -> PhotoStandard:
    return (await standard_now(db, campaign_id)).standard


async def now_or_national(db: AsyncSession, campaign_id: UUID | None) -> StandardNow:
    return StandardNow(national({}), {}, None) if campaign_id is None else await standard_now(db, campaign_id)


async def standard_now(db: AsyncSession, campaign_id: UUID) -> StandardNow:
    await the_campaign(db, campaign_id)
    row = await db.get(PhotoStandardRow, campaign_id)
    changed = row.values if row else {}
    return StandardNow(national(changed), changed, row.changed_at if row else None)


def national(changed: dict[str, Any]) -> PhotoStandard:
    """The national values with `changed` over them. What the server takes at all is the operator's setting."""
    return PhotoStandard.from_values({"max_bytes": settings().max_photo_bytes} | changed)


async def set_standard(db: AsyncSession, campaign_id: UUID, values: dict[str, Any], by: UUID) -> StandardNow:
    """`values` replaces all earlier changes; an empty one is the national standard again."""
    await the_campaign(db, campaign_id)
    usual = STANDARD.values()
    changed = {name: value for name, value in values.items() if name not in usual or value != usual[name]}
    for name in NOT_THEIRS & values.keys():
        raise StandardRefused("这一项由运维设置，不在这里改。没有保存。", field=name)
    try:
        national(changed)
    except StandardFault as fault:
        raise StandardRefused(f"{fault.zh}。没有保存，请改好再存。", field=fault.field) from None
    values_now = dict(values=changed, changed_at=now(), changed_by=by)
    row = insert(PhotoStandardRow).values(campaign_id=campaign_id, **values_now)
    await db.execute(row.on_conflict_do_update(index_elements=["campaign_id"], set_=values_now))
    return await standard_now(db, campaign_id)
