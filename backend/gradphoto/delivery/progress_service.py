"""How far the campaign is: people and money by college, and the shoot in half hours against its plan."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from gradphoto.accounts.policy import Visible
from gradphoto.checkin.models import CheckIn, TicketState
from gradphoto.delivery.models import RegistryState
from gradphoto.delivery.next_step import NextStep, Why, days_until
from gradphoto.delivery.service import StudentStatus, slots_of, statuses, step_of_many
from gradphoto.fees.models import ClassCash
from gradphoto.roster import service as roster
from gradphoto.roster.models import Campaign, ClassGroup
from gradphoto.schedule.models import Slot
from gradphoto.schedule.planning.timing import seconds_each


@dataclass(frozen=True, slots=True)
class Standing:
    """Counts of people and sums in fen for a college or for all."""

    name: str
    college_id: UUID | None
    heads: int
    shot: int
    in_line: int
    absent: int
    accepted: int
    missing: int
    paid: int
    waived: int
    paid_not_shot: int
    shot_and_owing: int  # shot and not waived: for these the agency is owed the fee
    collected_fen: int
    refunded_fen: int
    handed_over_fen: int
    on_hand_fen: int


@dataclass(frozen=True, slots=True)
class Progress:
    campaign: Campaign
    total: Standing
    colleges: list[Standing]
    why: list[tuple[Why, int, NextStep]]
    registry: dict[RegistryState, int]
    days_left: int


async def progress(db: AsyncSession, visible: Visible) -> Progress:
    campaign = await roster.the_campaign(db, visible.campaign_id)
    everybody = await statuses(db, visible)
    cash = await _cash_by_college(db, visible)
    colleges = [
        _standing(college.name, college.id, list(members), cash.get(college.id, (0, 0, 0)))
        for college, members in groupby(everybody, key=lambda one: one.college)
    ]
    total = tuple(sum(sums[i] for sums in cash.values()) for i in range(3))
    slots = await slots_of(db, visible.campaign_id)
    why = Counter(one.why for one in everybody if one.why is not None)
    return Progress(
        campaign=campaign,
        total=_standing("", None, everybody, (total[0], total[1], total[2])),
        colleges=colleges,
        why=[(one, n, step_of_many(one, campaign, slots)) for one, n in sorted(why.items())],
        registry=dict(Counter(one.registry_state for one in everybody)),
        days_left=days_until(campaign.return_deadline, roster.clock_of(campaign)),
    )


async def _cash_by_college(db: AsyncSession, visible: Visible) -> dict[UUID, tuple[int, int, int]]:
    query = (
        select(
            ClassGroup.college_id,
            func.sum(ClassCash.collected_fen),
            func.sum(ClassCash.refunded_fen),
            func.sum(ClassCash.handed_over_fen),
        )
        .join(
            ClassGroup, (ClassGroup.campaign_id == ClassCash.campaign_id) & (ClassGroup.id == ClassCash.class_group_id)
        )
        .group_by(ClassGroup.college_id)
    )
    found = await db.execute(roster.within(query, visible))
    return {row[0]: (int(row[1]), int(row[2]), int(row[3])) for row in found}


def _standing(
    name: str, college_id: UUID | None, members: Iterable[StudentStatus], cash: tuple[int, int, int]
) -> Standing:
    people = list(members)
    states = Counter(one.ticket_state for one in people)
    collected, refunded, handed_over = cash
    return Standing(
        name=name,
        college_id=college_id,
        heads=len(people),
        shot=states[TicketState.shot],
        in_line=states[TicketState.waiting] + states[TicketState.called] + states[TicketState.retake],
        absent=states[TicketState.absent],
        accepted=sum(one.why is None for one in people),
        missing=sum(one.why is not None for one in people),
        paid=sum(one.paid_fen > 0 for one in people),
        waived=sum(one.waived for one in people),
        paid_not_shot=sum(one.paid_fen > 0 and one.ticket_state is not TicketState.shot for one in people),
        shot_and_owing=sum(one.ticket_state is TicketState.shot and not one.waived for one in people),
        collected_fen=collected,
        refunded_fen=refunded,
        handed_over_fen=handed_over,
        on_hand_fen=collected - refunded - handed_over,
    )


@dataclass(frozen=True, slots=True)
class Lack:
    """Who of a college, or of one of its classes, has no accepted photo."""

    college_id: UUID
    college_name: str
    class_group_id: UUID | None  # None = the whole college
    class_group_name: str
    students: int
    why: dict[Why, int]


async def lacking(db: AsyncSession, visible: Visible) -> list[Lack]:
    """谁的证书会做不出来 in numbers: in roster order each college, then its classes; with a 0 where nobody lacks."""
    found = []
    for college, in_college in groupby(await statuses(db, visible), key=lambda one: one.college):
        everybody = list(in_college)
        found.append(Lack(college.id, college.name, None, "", len(everybody), _reasons(everybody)))
        for group, in_group in groupby(everybody, key=lambda one: one.class_group):
            members = list(in_group)
            found.append(Lack(college.id, college.name, group.id, group.name, len(members), _reasons(members)))
    return found


def _reasons(people: Iterable[StudentStatus]) -> dict[Why, int]:
    return dict(Counter(one.why for one in people if one.why is not None))


@dataclass(frozen=True, slots=True)
class Interval:
    """Shots from `starts_at` on, and how many the timetable planned there."""

    starts_at: datetime
    shots: int
    planned: int


async def intervals(db: AsyncSession, campaign_id: UUID, minutes: int = 30) -> list[Interval]:
    """The shoot in steps of `minutes`, over every slot of the timetable: plan against what was shot."""
    campaign = await roster.the_campaign(db, campaign_id)
    width = timedelta(minutes=minutes)
    bucket = func.date_bin(width, CheckIn.shot_at, func.to_timestamp(0))
    shots = await db.execute(
        select(bucket, func.count())
        .where(CheckIn.campaign_id == campaign_id, CheckIn.state == TicketState.shot)
        .group_by(bucket)
    )
    counted: dict[datetime, int] = {row[0]: row[1] for row in shots}
    each = seconds_each(campaign.pace_people, campaign.pace_minutes)
    planned: Counter[datetime] = Counter()
    slots = await db.execute(select(Slot.starts_at, Slot.ends_at).where(Slot.campaign_id == campaign_id))
    for starts_at, ends_at in slots:
        at = starts_at - timedelta(seconds=starts_at.timestamp() % width.total_seconds())
        while at < ends_at:
            seconds = (min(at + width, ends_at) - max(at, starts_at)).total_seconds()
            planned[at] += round(seconds / each)
            at += width
    return [Interval(at, counted.get(at, 0), planned[at]) for at in sorted({*counted, *planned})]
