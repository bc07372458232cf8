"""What was told and told again, for those who pass it on: delay notices, and the calendar feed of one student."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from gradphoto.accounts.policy import Visible
from gradphoto.checkin.calendar import Appointment, feed
from gradphoto.checkin.line import Minute
from gradphoto.checkin.opening import day_of
from gradphoto.core.errors import NotFound
from gradphoto.core.security import read_signed_token, signed_token
from gradphoto.core.settings import settings
from gradphoto.roster import service as roster
from gradphoto.roster.models import Campaign, ClassGroup, College, Student
from gradphoto.schedule.arrival_service import Told, told_of_class, told_of_student
from gradphoto.schedule.models import Arrival, DelayNotice, Slot, SlotClass, Venue
from gradphoto.schedule.notice.proposal import SHANGHAI, clock
from gradphoto.schedule.places_service import heads_in_part
from gradphoto.schedule.planning.timing import arrivals, seconds_each

PURPOSE = "calendar"


@dataclass(frozen=True, slots=True)
class Delay:
    """One class told another time; `minutes` later, below zero earlier."""

    delay_notice_id: UUID
    class_group_id: UUID
    class_group_name: str
    college_name: str
    slot_label: str
    at: datetime
    before: datetime
    arrival_at: datetime
    students: int
    place: str

    @property
    def minutes(self) -> int:
        return round((self.arrival_at - self.before).total_seconds() / 60)

    @property
    def text(self) -> str:
        """To paste into the class chat."""
        before, after = (at.astimezone(SHANGHAI) for at in (self.before, self.arrival_at))
        said = (clock(before), clock(after))
        if before.date() != after.date():
            moved = f"原定 {_day(before)} {said[0]} 起到场，改为 {_day(after)} {said[1]} 起。"
            return f"{self._head('改期')}{moved}{self._tail}"
        if not self.minutes:
            return f"{self._head('时间调整')}仍是 {said[1]} 起到场，班内各人的时间有调整。{self._tail}"
        day = f"{_day(after)} " if after.date() != self.at.astimezone(SHANGHAI).date() else ""
        way = f"晚 {self.minutes} 分钟" if self.minutes > 0 else f"早 {-self.minutes} 分钟"
        kind = "顺延" if self.minutes > 0 else "提前"
        return f"{self._head(kind)}{day}原定 {said[0]} 起到场，改为 {said[1]} 起（{way}）。{self._tail}"

    def _head(self, kind: str) -> str:
        return f"【拍照{kind}】{self.class_group_name}（{self.students} 位同学）："

    @property
    def _tail(self) -> str:
        return f"地点：{self.place}。各人的时间请看自己的页面。"


def _day(at: datetime) -> str:
    return f"{at.month} 月 {at.day} 日"


async def delays_today(db: AsyncSession, visible: Visible) -> list[Delay]:
    """Of the visible class groups, the newest first; one class may have several."""
    campaign = await roster.the_campaign(db, visible.campaign_id)
    begin, end = day_of(roster.clock_of(campaign))
    query = (
        select(DelayNotice, ClassGroup.name, College.name, Slot.label, Venue)
        .join(
            ClassGroup,
            and_(ClassGroup.campaign_id == DelayNotice.campaign_id, ClassGroup.id == DelayNotice.class_group_id),
        )
        .join(College, and_(College.campaign_id == ClassGroup.campaign_id, College.id == ClassGroup.college_id))
        .join(Slot, and_(Slot.campaign_id == DelayNotice.campaign_id, Slot.id == DelayNotice.slot_id))
        .join(Venue, and_(Venue.campaign_id == Slot.campaign_id, Venue.id == Slot.venue_id))
        .where(DelayNotice.at.between(begin, end))
        .order_by(DelayNotice.at.desc(), DelayNotice.id.desc())
        .limit(500)
    )
    return [_delay(*row) for row in await db.execute(roster.within(query, visible))]


def _delay(one: DelayNotice, class_group: str, college: str, label: str, venue: Venue) -> Delay:
    return Delay(
        delay_notice_id=one.id,
        class_group_id=one.class_group_id,
        class_group_name=class_group,
        college_name=college,
        slot_label=label,
        at=one.at,
        before=one.first_arrival_before,
        arrival_at=one.first_arrival_at,
        students=one.students,
        place=place_of_venue(venue),
    )


def place_of_venue(venue: Venue) -> str:
    return " ".join(part for part in (venue.name, venue.room, f"{venue.gate}进" if venue.gate else "") if part)


# --- the minute of a student, a class, a room -------------------------------------------------------------------------


async def minute_of(
    db: AsyncSession, campaign: Campaign, told: Told | None, own: Slot | None, class_group_id: UUID
) -> Minute | None:
    """As told; by the plan of the class for somebody whose slot it became since; None without a slot."""
    if own is None:
        return None
    if told is not None and told.slot_id == own.id:
        return Minute(told.arrival_at, told.before)
    return await minute_by_plan(db, campaign, own, class_group_id)


async def minutes_of_class(db: AsyncSession, campaign_id: UUID, class_group_id: UUID) -> dict[UUID, Minute]:
    """Of each student who was told one, the earliest first."""
    told = await told_of_class(db, campaign_id, class_group_id)
    return {one.student_id: Minute(one.arrival_at, one.before) for one in told}


async def minutes_of_room(
    db: AsyncSession, campaign_id: UUID, venue_id: UUID, day: tuple[datetime, datetime]
) -> dict[UUID, Minute]:
    rows = await db.execute(
        select(Arrival.student_id, Arrival.arrival_at, Arrival.arrival_before)
        .join(Slot, and_(Slot.campaign_id == Arrival.campaign_id, Slot.id == Arrival.slot_id))
        .where(Arrival.campaign_id == campaign_id, Slot.venue_id == venue_id, Slot.starts_at.between(*day))
    )
    return {student_id: Minute(arrival_at, before) for student_id, arrival_at, before in rows}


async def minute_by_plan(db: AsyncSession, campaign: Campaign, slot: Slot, class_group_id: UUID) -> Minute:
    """When a class of whom nobody was told a minute should be at the door, at the notice's pace."""
    rows = await db.execute(
        select(SlotClass.class_group_id, heads_in_part(func.count(Student.id)))
        .outerjoin(
            Student,
            and_(
                Student.campaign_id == SlotClass.campaign_id,
                Student.class_group_id == SlotClass.class_group_id,
                Student.withdrawn_at.is_(None),
            ),
        )
        .where(SlotClass.campaign_id == campaign.id, SlotClass.slot_id == slot.id)
        .group_by(SlotClass.campaign_id, SlotClass.slot_id, SlotClass.class_group_id)
        .order_by(SlotClass.position)
    )
    groups, heads = zip(*[(row[0], row[1]) for row in rows], strict=True)
    each = seconds_each(campaign.pace_people, campaign.pace_minutes)
    planned = arrivals(slot.starts_at, heads, each, campaign.lead_minutes)[groups.index(class_group_id)]
    return Minute(planned, None)


# --- calendar ---------------------------------------------------------------------------------------------------------


def calendar_url(campaign_id: UUID, student_id: UUID) -> str:
    """The same address every time: a calendar keeps it. Whoever has it reads one student's minute, without a name."""
    token = signed_token(campaign_id.bytes + student_id.bytes, PURPOSE)
    return f"{settings().public_url}/api/v1/calendars/{token}.ics"


async def calendar_of(db: AsyncSession, token: str) -> bytes:
    """NotFound for a token that this installation never gave out, or whose student has left."""
    ids = read_signed_token(token, PURPOSE)
    if ids is None or len(ids) != 32:
        raise NotFound()
    campaign_id, student_id = UUID(bytes=ids[:16]), UUID(bytes=ids[16:])
    student = await db.get(Student, (campaign_id, student_id))
    if student is None or student.withdrawn_at is not None:
        raise NotFound()
    campaign = await roster.the_campaign(db, campaign_id)
    told = await told_of_student(db, campaign_id, student_id)
    appointment = None
    if told is not None:
        slot = await db.get(Slot, (campaign_id, told.slot_id))
        assert slot is not None
        venue = await db.get(Venue, (campaign_id, slot.venue_id))
        assert venue is not None
        appointment = Appointment(
            student_id=student_id,
            arrival_at=told.arrival_at,
            planned_start_at=told.planned_start_at,
            slot_starts_at=slot.starts_at,
            slot_ends_at=slot.ends_at,
            told_at=told.told_at,
            told_count=told.told_count,
            before=told.before,
            place=place_of_venue(venue),
            clothing=campaign.clothing,
            bring=campaign.bring,
            page=f"{settings().public_url}/me",
        )
    return feed(campaign.name, appointment, roster.clock_of(campaign))
