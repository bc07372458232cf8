"""Whose photo was sent back after the shot: they stand in line once more, in another slot and without a new fee."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import DateTime, Uuid, column, func, select, table
from sqlalchemy.ext.asyncio import AsyncSession

from gradphoto.checkin.models import CheckIn, TicketState
from gradphoto.core.errors import Refusal

# Photos stand to the right of check-in, so their table is known here by its name only, as in a foreign key.
_PHOTO = table(
    "photo",
    column("campaign_id", Uuid),
    column("student_id", Uuid),
    column("state"),
    column("source"),
    column("received_at", DateTime(timezone=True)),
)


class ShotInThisSlot(Refusal):
    """你在这个场次已经拍过。照片被退回的，请到后面任一场次补照（不另收费），或当面找现场老师重拍。"""


async def sent_back(db: AsyncSession, campaign_id: UUID, student_ids: Sequence[UUID]) -> set[UUID]:
    """Of these, whose last shot became a photo that was rejected, and who have no other that counts or may count."""
    shot_at = func.max(CheckIn.shot_at)
    last = (
        select(CheckIn.student_id, shot_at.label("shot_at"))
        .where(CheckIn.campaign_id == campaign_id, CheckIn.student_id.in_(student_ids))
        .where(CheckIn.state == TicketState.shot)
        .group_by(CheckIn.student_id)
        .subquery()
    )
    mine = (_PHOTO.c.campaign_id == campaign_id) & (_PHOTO.c.student_id == last.c.student_id)
    rejected = (
        select(_PHOTO.c.state)
        .where(mine, _PHOTO.c.state == "rejected", _PHOTO.c.source == "on_site")
        .where(_PHOTO.c.received_at > last.c.shot_at)
        .correlate(last)
        .exists()
    )
    hope = select(_PHOTO.c.state).where(mine, _PHOTO.c.state.in_(("accepted", "received"))).correlate(last).exists()
    return set(await db.scalars(select(last.c.student_id).where(rejected, ~hope)))


async def not_twice(db: AsyncSession, campaign_id: UUID, slot_id: UUID, student_id: UUID) -> None:
    """A slot gives a student one ticket: the second shot is in another."""
    shot = select(CheckIn.id).where(
        CheckIn.campaign_id == campaign_id,
        CheckIn.slot_id == slot_id,
        CheckIn.student_id == student_id,
        CheckIn.state == TicketState.shot,
    )
    if await db.scalar(shot) is not None:
        raise ShotInThisSlot()
