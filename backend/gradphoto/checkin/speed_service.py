"""One student's place and wait, without reading the line: for the phones, of which there are hundreds."""

from uuid import UUID

from sqlalchemy import and_, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from gradphoto.checkin.line import Speed, within_calls
from gradphoto.checkin.line_service import PACE_WINDOW, calls_so_far, line_of, mean_pace, today_of
from gradphoto.checkin.models import CheckIn, Station, TicketState
from gradphoto.checkin.opening import day_of
from gradphoto.roster import service as roster
from gradphoto.roster.models import Campaign
from gradphoto.schedule.models import Slot
from gradphoto.schedule.planning.timing import seconds_each


async def speed_of(db: AsyncSession, campaign: Campaign, venue_id: UUID) -> Speed:
    """Measured at the room's cameras; the plan until there are shots."""
    cameras: int = await db.scalar(
        select(func.count())
        .select_from(Station)
        .where(Station.campaign_id == campaign.id, Station.venue_id == venue_id, Station.paused.is_(False))
    )
    shots = await db.execute(
        select(CheckIn.station_id, CheckIn.shot_at)
        .join(Slot, and_(Slot.campaign_id == CheckIn.campaign_id, Slot.id == CheckIn.slot_id))
        .where(*today_of(campaign.id, venue_id, day_of(roster.clock_of(campaign))), CheckIn.state == TicketState.shot)
        .order_by(CheckIn.shot_at.desc())
        .limit(PACE_WINDOW * max(1, cameras))
    )
    plan = seconds_each(campaign.pace_people, campaign.pace_minutes)
    return Speed(mean_pace([(row[0], row[1]) for row in shots], plan), cameras)


async def people_before(db: AsyncSession, campaign: Campaign, venue_id: UUID, check_in_id: UUID) -> int | None:
    """How many of the line are called before this check-in; None when it stands in no line."""
    line = line_of(today_of(campaign.id, venue_id, day_of(roster.clock_of(campaign))), campaign.id, venue_id)
    to_pass = CheckIn.not_before_call - calls_so_far(campaign.id, venue_id)
    row = (
        await db.execute(
            select(line.c.nth, CheckIn.state, to_pass)
            .join(CheckIn, and_(CheckIn.campaign_id == campaign.id, CheckIn.id == line.c.id))
            .where(line.c.id == check_in_id)
        )
    ).one_or_none()
    if row is None:
        return None
    nth, state, calls_to_pass = row
    return within_calls(nth - 1, calls_to_pass if state == TicketState.retake else None)
