"""The minutes that were told, kept true while the shoot runs: measured pace in, later arrivals told again."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy import DateTime, Uuid, and_, case, column, func, or_, select, update, values
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from gradphoto.checkin.line_service import today_of
from gradphoto.checkin.models import CheckIn, Station, TicketState
from gradphoto.checkin.opening import day_of
from gradphoto.core.db import sessions
from gradphoto.core.errors import NotFound
from gradphoto.core.events import announce
from gradphoto.core.jobs import jobs
from gradphoto.roster import service as roster
from gradphoto.roster.models import Campaign, Student
from gradphoto.schedule.arrival_service import hold_minutes, instant, tell_newcomers
from gradphoto.schedule.models import Arrival, DelayNotice, Slot, Venue
from gradphoto.schedule.planning.minutes import (
    GIVEN_UP,
    LOOK_AT,
    MINUTE,
    NOTICE,
    WINDOW,
    Expected,
    blocks,
    earliest,
    forecast,
    mark_last_before_break,
    measured_pace,
    measured_share,
    tell_again,
)
from gradphoto.schedule.planning.timing import seconds_each

log = structlog.get_logger()
# A room in which nothing was recorded for so long is not late: the day goes on without us, on paper or not at all.
SILENCE = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Awaited:
    """A student of today with what they were told, and whether they have come."""

    student_id: UUID
    class_group_id: UUID
    slot: Slot
    arrival_at: datetime
    came: bool


@dataclass(frozen=True, slots=True)
class Room:
    """What the cameras of a venue are doing: seconds a person at one camera, how many stand in line or before one, and
    when somebody last checked in or was shot."""

    each: float
    cameras: int
    in_line: int
    last_seen_at: datetime | None


async def replan(db: AsyncSession, campaign: Campaign, venue_id: UUID) -> int:
    """Tell again whoever's minute has moved by more than five minutes; says how many. Safe to run at any time."""
    await hold_minutes(db, campaign.id)
    at = roster.clock_of(campaign)
    day = day_of(at)
    everybody = await _today(db, campaign.id, venue_id, day)
    if not everybody or at < min(one.slot.starts_at for one in everybody):
        return 0
    room = await room_of(db, campaign, venue_id, day, max(one.slot.cameras for one in everybody))
    if room.last_seen_at is None or at - room.last_seen_at > SILENCE:
        return 0
    now = at.timestamp()
    due = [one for one in everybody if one.arrival_at.timestamp() < now - GIVEN_UP]
    share = measured_share(sum(one.came for one in due), len(due))
    looked_at = [
        (one, wish)
        for one, wish in zip(everybody, _expected(everybody, room), strict=True)
        if not one.came and now - GIVEN_UP <= one.arrival_at.timestamp() <= now + LOOK_AT
    ]
    free_at = now + room.in_line * room.each / room.cameras
    planned = forecast(free_at, [wish for _, wish in looked_at], room.each, share, now + NOTICE)
    lead = campaign.lead_minutes * MINUTE
    moved = {
        one.student_id: instant(minute)
        for (one, wish), starts in zip(looked_at, planned, strict=True)
        if (minute := tell_again(now, one.arrival_at.timestamp(), starts, lead + wish.sooner)) is not None
    }
    if moved:
        await _tell(db, campaign.id, everybody, moved, at)
    return len(moved)


async def replan_now(db: AsyncSession, campaign_id: UUID, venue_id: UUID) -> int:
    """The same for one room, asked for by a person."""
    campaign = await roster.the_campaign(db, campaign_id)
    if await db.get(Venue, (campaign_id, venue_id)) is None:
        raise NotFound()
    return await replan(db, campaign, venue_id)


def _expected(everybody: Sequence[Awaited], room: Room) -> list[Expected]:
    slots = list({one.slot.id: one.slot for one in everybody}.values())
    open_at = blocks([(slot.starts_at.timestamp(), slot.ends_at.timestamp()) for slot in slots])
    opens = {slot.id: at for slot, at in zip(slots, open_at, strict=True)}
    expected = [
        Expected(
            earliest=earliest(one.slot.starts_at.timestamp(), opens[one.slot.id], live=True),
            told=one.arrival_at.timestamp(),
            cameras=room.cameras,
        )
        for one in everybody
    ]
    mark_last_before_break(expected, [opens[one.slot.id] for one in everybody])
    return expected


async def _today(db: AsyncSession, campaign_id: UUID, venue_id: UUID, day: tuple[datetime, datetime]) -> list[Awaited]:
    """Everybody who was told a minute of today in this room, in the order of the shoot."""
    # Who was absent in another slot, of yesterday perhaps, is awaited in this one.
    counts = or_(CheckIn.slot_id == Arrival.slot_id, CheckIn.state != TicketState.absent)
    came = select(CheckIn.id).where(
        CheckIn.campaign_id == campaign_id, CheckIn.student_id == Arrival.student_id, counts
    )
    rows = await db.execute(
        select(Arrival.student_id, Student.class_group_id, Slot, Arrival.arrival_at, came.exists())
        .join(Slot, and_(Slot.campaign_id == Arrival.campaign_id, Slot.id == Arrival.slot_id))
        .join(Student, and_(Student.campaign_id == Arrival.campaign_id, Student.id == Arrival.student_id))
        .where(Arrival.campaign_id == campaign_id, Slot.venue_id == venue_id, Slot.starts_at.between(*day))
        .where(Student.withdrawn_at.is_(None))
        .order_by(Slot.starts_at, Slot.label, Arrival.nth)
    )
    return [Awaited(*row) for row in rows]


async def room_of(
    db: AsyncSession, campaign: Campaign, venue_id: UUID, day: tuple[datetime, datetime], planned_cameras: int = 1
) -> Room:
    """The measured pace of the room's cameras, which yesterday's shots still speak for until today's outnumber them."""
    cameras = await db.scalar(
        select(func.count())
        .select_from(Station)
        .where(Station.campaign_id == campaign.id, Station.venue_id == venue_id, Station.paused.is_(False))
    )
    stands = CheckIn.state.in_((TicketState.waiting, TicketState.retake, TicketState.called))
    seen = await db.execute(
        select(func.count().filter(stands), func.max(func.greatest(CheckIn.at, CheckIn.called_at, CheckIn.shot_at)))
        .select_from(CheckIn)
        .join(Slot, and_(Slot.campaign_id == CheckIn.campaign_id, Slot.id == CheckIn.slot_id))
        .where(*today_of(campaign.id, venue_id, day))
    )
    standing, last_seen_at = seen.one()
    before = func.lag(CheckIn.shot_at).over(partition_by=CheckIn.station_id, order_by=CheckIn.shot_at)
    # A camera could begin with a student when it was done with the one before and the student was there.
    begun = case((before.is_(None), CheckIn.called_at), else_=func.greatest(before, CheckIn.at))
    shots = (
        select(CheckIn.shot_at.label("at"), func.extract("epoch", CheckIn.shot_at - begun).label("seconds"))
        .join(Slot, and_(Slot.campaign_id == CheckIn.campaign_id, Slot.id == CheckIn.slot_id))
        .where(CheckIn.campaign_id == campaign.id, Slot.venue_id == venue_id, CheckIn.state == TicketState.shot)
        .subquery()
    )
    gaps = await db.scalars(select(shots.c.seconds).order_by(shots.c.at.desc()).limit(WINDOW))
    # A notice may state the pace of all its cameras together, with a plan that knows of one.
    more = max(1.0, (cameras or 1) / planned_cameras)
    plan = seconds_each(campaign.pace_people, campaign.pace_minutes) * more
    each = measured_pace([float(gap) for gap in reversed(list(gaps))], plan)
    return Room(each, max(1, cameras or 0), standing, last_seen_at)


async def _tell(
    db: AsyncSession, campaign_id: UUID, everybody: Sequence[Awaited], moved: dict[UUID, datetime], at: datetime
) -> None:
    new = values(column("student_id", Uuid), column("minute", DateTime(timezone=True)), name="new")
    new = new.data(list(moved.items()))
    await db.execute(
        update(Arrival)
        .where(Arrival.campaign_id == campaign_id, Arrival.student_id == new.c.student_id)
        .values(
            arrival_before=Arrival.arrival_at,
            arrival_at=new.c.minute,
            told_at=at,
            told_count=Arrival.told_count + 1,
        )
    )
    classes: dict[tuple[UUID, UUID], list[Awaited]] = defaultdict(list)
    for one in everybody:
        if one.student_id in moved:
            classes[one.slot.id, one.class_group_id].append(one)
    notices = [
        {
            "campaign_id": campaign_id,
            "slot_id": slot_id,
            "class_group_id": class_group_id,
            "at": at,
            "first_arrival_before": min(one.arrival_at for one in members),
            "first_arrival_at": min(moved[one.student_id] for one in members),
            "students": len(members),
        }
        for (slot_id, class_group_id), members in classes.items()
    ]
    await db.execute(insert(DelayNotice).values(notices))
    for notice in notices:
        await announce(
            db, campaign_id, "arrival.moved", slot_id=notice["slot_id"], class_group_id=notice["class_group_id"]
        )


# --- every minute -----------------------------------------------------------------------------------------------------


@jobs.periodic(cron="* * * * *")
@jobs.task(name="checkin.replan", queueing_lock="checkin.replan")
async def replan_arrivals(timestamp: int) -> None:
    """Newcomers are told, then every room that has slots today by its campaign's clock; each in its own transaction.
    What fails in one is told to the log and tried again in a minute, and does not hold up the others."""
    async with sessions() as db:
        rooms = await running_rooms(db)
        campaigns = list(await db.scalars(select(Campaign.id)))
    for campaign_id in campaigns:
        await _apart(campaign_id, None)
    for campaign_id, venue_id in rooms:
        await _apart(campaign_id, venue_id)


async def _apart(campaign_id: UUID, venue_id: UUID | None) -> None:
    try:
        async with sessions() as db, db.begin():
            if venue_id is None:
                told = await tell_newcomers(db, campaign_id)
            else:
                told = await replan(db, await roster.the_campaign(db, campaign_id), venue_id)
    except Exception as error:
        log.warning("arrivals not told", campaign_id=str(campaign_id), error=type(error).__name__)
    else:
        if told:
            log.info("arrivals told", campaign_id=str(campaign_id), students=told)


async def running_rooms(db: AsyncSession) -> list[tuple[UUID, UUID]]:
    """(campaign, venue) of each room with a slot today."""
    found = []
    for campaign in await db.scalars(select(Campaign)):
        day = day_of(roster.clock_of(campaign))
        venues = select(Slot.venue_id).where(Slot.campaign_id == campaign.id, Slot.starts_at.between(*day)).distinct()
        found += [(campaign.id, venue_id) for venue_id in await db.scalars(venues)]
    return found
