"""Where a make-up fits best, with the make-ups that have checked in already."""

from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from gradphoto.checkin.models import CheckIn, TicketState
from gradphoto.roster import service as roster
from gradphoto.schedule.places_service import students_in_slots
from gradphoto.schedule.planning.make_up import MakeUpSlot, make_up_slots
from gradphoto.schedule.service import facts_of, published


async def best_make_up_slots(db: AsyncSession, campaign_id: UUID, student_id: UUID | None) -> list[MakeUpSlot]:
    """Of today's and later slots, by the campaign's clock; for a student without the own slot, which is no make-up."""
    campaign = await roster.the_campaign(db, campaign_id)
    taken = await db.execute(
        select(CheckIn.slot_id, func.count())
        .where(CheckIn.campaign_id == campaign_id, CheckIn.make_up, CheckIn.state != TicketState.absent)
        .group_by(CheckIn.slot_id)
    )
    placed = students_in_slots(campaign_id)
    own = await db.scalars(select(placed.c.slot_id).where(placed.c.student_id == student_id)) if student_id else ()
    return make_up_slots(
        await published(db, campaign_id),
        await facts_of(db, campaign),
        {row[0]: row[1] for row in taken},
        roster.clock_of(campaign),
        set(own),
    )
