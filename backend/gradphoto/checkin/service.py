"""Checking in: who may come in by which way, and into which slot."""

from collections import defaultdict
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import and_, delete, exists, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from gradphoto.accounts.models import SignInAttempt
from gradphoto.accounts.service import TRIES, TRY_WINDOW_MINUTES, TooManyTries, count_try
from gradphoto.checkin.door import Door, admits
from gradphoto.checkin.models import CheckedInBy, CheckIn, StationEvent, TicketState
from gradphoto.checkin.opening import NoSlotOpen, Opening, choose, day_of
from gradphoto.checkin.reshoot_service import not_twice, sent_back
from gradphoto.checkin.ticket_service import LIVE, Entrance, give_tickets
from gradphoto.core.db import now
from gradphoto.core.errors import NotFound, Refusal
from gradphoto.core.events import announce
from gradphoto.core.security import key, token_hash
from gradphoto.core.settings import settings
from gradphoto.roster import service as roster
from gradphoto.roster.id_numbers import normalise
from gradphoto.roster.models import Student
from gradphoto.schedule.models import Arrival, Slot, Venue
from gradphoto.schedule.places_service import students_in_slots

SLOT_IS_GONE = ("fk_check_in_campaign_id_slot_id", "fk_slot_counter_campaign_id_slot_id")


class StaleCode(Refusal):
    """码已更换，请看门口屏幕上的新码，输入或扫码后再试。"""


class NotOnRoster(Refusal):
    """名单上没有这位同学（或已移出名单）。请核对学号，仍不行请联系教务处。"""

    status = 404


class TimetableJustChanged(Refusal):
    """时间表刚刚改过，请刷新后再试。"""


class AlreadyCalled(Refusal):
    """这位同学已经叫过号，签到不能撤销；请在机位上记录为“未到”。"""


# --- the three ways in -----------------------------------------------------------------------------------------------


async def check_in_self(db: AsyncSession, campaign_id: UUID, student_id: UUID, code: str) -> None:
    """Safe to send twice: who is in line or shot stays what they are, whatever the code is by then."""
    at = await _clock(db, campaign_id)
    await _class_groups_of(db, campaign_id, [student_id])
    coming = await _not_in_line(db, campaign_id, [student_id], at)
    if not coming:
        return
    owns, slots = await _openings(db, campaign_id, [student_id])
    own = owns.get(student_id)
    venue_id = await _venue_of(db, campaign_id, code, slots, own, student_id)
    slot, make_up = choose(own, slots, venue_id, at)
    await not_twice(db, campaign_id, slot.slot_id, student_id)
    await _let_in(db, campaign_id, slot, coming, make_up, Entrance(CheckedInBy.student, student_id), at)


async def check_in_class(
    db: AsyncSession,
    campaign_id: UUID,
    class_group_id: UUID,
    student_ids: list[UUID],
    code: str | None,
    entrance: Entrance,
) -> None:
    """The named students of one class, in 学号 order, all or none. A monitor shows the door's code, staff need none."""
    at = await _clock(db, campaign_id)
    if await _class_groups_of(db, campaign_id, student_ids) != {class_group_id}:
        raise NotOnRoster()
    coming = await _not_in_line(db, campaign_id, student_ids, at)
    if not coming:
        return
    owns, slots = await _openings(db, campaign_id, coming)
    # A class that was split stands in several slots; each part goes to its own.
    parts: dict[Opening | None, list[UUID]] = {}
    for student_id in coming:
        parts.setdefault(owns.get(student_id), []).append(student_id)
    for own, part in parts.items():
        if entrance.by is CheckedInBy.monitor:
            venue_id = await _venue_of(db, campaign_id, code or "", slots, own, entrance.by_id)
        else:
            venue_id = own.venue_id if own else slots[0].venue_id if slots else class_group_id
        slot, make_up = choose(own, slots, venue_id, at)
        await _let_in(db, campaign_id, slot, part, make_up, entrance, at)


async def check_in_by_hand(
    db: AsyncSession, campaign_id: UUID, student_id: UUID, slot_id: UUID | None, entrance: Entrance
) -> None:
    """Let one student in without a code, also before the slot opens; `slot_id` overrules which slot."""
    at = await _clock(db, campaign_id)
    group_id = (await _class_groups_of(db, campaign_id, [student_id])).pop()
    coming = await _not_in_line(db, campaign_id, [student_id], at, shot_is_done=slot_id is None)
    if not coming:
        return
    owns, slots = await _openings(db, campaign_id, [student_id])
    own = owns.get(student_id)
    if slot_id is None:
        venue_id = own.venue_id if own else slots[0].venue_id if slots else group_id
        slot, make_up = choose(own, slots, venue_id, at, early=True)
    else:
        named = next((slot for slot in slots if slot.slot_id == slot_id), None)
        if named is None:
            raise NotFound()
        if named.ends_at < day_of(at)[0]:
            raise NoSlotOpen()
        slot, make_up = named, own is None or own.slot_id != slot_id
    await _let_in(db, campaign_id, slot, coming, make_up, entrance, at)


async def student_by_number(db: AsyncSession, campaign_id: UUID, number: str) -> UUID:
    found = await db.scalar(
        select(Student.id).where(
            Student.campaign_id == campaign_id,
            Student.number == normalise(number),
            Student.withdrawn_at.is_(None),
        )
    )
    if found is None:
        raise NotOnRoster()
    return found


async def student_of_check_in(db: AsyncSession, campaign_id: UUID, check_in_id: UUID) -> UUID:
    check_in = await db.get(CheckIn, (campaign_id, check_in_id))
    if check_in is None:
        raise NotFound()
    return check_in.student_id


async def undo_check_in(db: AsyncSession, campaign_id: UUID, check_in_id: UUID) -> None:
    """Take back a mistaken check-in while nobody has called it. Its ticket is not given again."""
    called = exists().where(StationEvent.campaign_id == campaign_id, StationEvent.check_in_id == check_in_id)
    gone = await db.execute(
        delete(CheckIn)
        .where(CheckIn.campaign_id == campaign_id, CheckIn.id == check_in_id)
        .where(CheckIn.state == TicketState.waiting, ~called)
        .returning(CheckIn.slot_id, CheckIn.student_id)
    )
    row = gone.one_or_none()
    if row is None:
        raise AlreadyCalled()
    await announce(
        db, campaign_id, "check_in.undone", check_in_id=check_in_id, slot_id=row.slot_id, student_id=row.student_id
    )


async def _let_in(
    db: AsyncSession,
    campaign_id: UUID,
    slot: Opening,
    student_ids: list[UUID],
    make_up: bool,
    entrance: Entrance,
    at: datetime,
) -> None:
    """Tickets of a slot that was read a moment ago: a publication may have removed it since."""
    try:
        await give_tickets(db, campaign_id, slot.slot_id, student_ids, make_up, entrance, at)
    except IntegrityError as error:
        if getattr(getattr(error.orig, "diag", None), "constraint_name", None) in SLOT_IS_GONE:
            raise TimetableJustChanged() from None
        raise


# --- what the rules look at ------------------------------------------------------------------------------------------


async def _clock(db: AsyncSession, campaign_id: UUID) -> datetime:
    return roster.clock_of(await roster.the_campaign(db, campaign_id))


async def _class_groups_of(db: AsyncSession, campaign_id: UUID, student_ids: list[UUID]) -> set[UUID]:
    """The class groups of these students; NotOnRoster when any of them is unknown or has left."""
    found = (
        await db.execute(
            select(Student.id, Student.class_group_id).where(
                Student.campaign_id == campaign_id, Student.id.in_(student_ids), Student.withdrawn_at.is_(None)
            )
        )
    ).all()
    if len(found) != len(set(student_ids)):
        raise NotOnRoster()
    return {row.class_group_id for row in found}


async def _not_in_line(
    db: AsyncSession, campaign_id: UUID, student_ids: list[UUID], at: datetime, *, shot_is_done: bool = True
) -> list[UUID]:
    """Those who need a ticket, in 学号 order; also who was shot and whose photo was sent back. A ticket that an earlier
    day left over is closed as absent."""
    rows = await db.execute(
        select(CheckIn.student_id, CheckIn.state, Slot.starts_at)
        .join(Slot, (Slot.campaign_id == CheckIn.campaign_id) & (Slot.id == CheckIn.slot_id))
        .where(CheckIn.campaign_id == campaign_id, CheckIn.student_id.in_(student_ids))
        .where(CheckIn.state != TicketState.absent)
    )
    today, done, shot, left_over = day_of(at)[0], set(), set(), []
    for student_id, state, starts_at in rows:
        if state in LIVE and starts_at < today:
            left_over.append(student_id)
        elif state in LIVE:
            done.add(student_id)
        elif shot_is_done:
            shot.add(student_id)
    if left_over:
        live = (CheckIn.student_id.in_(left_over), CheckIn.state.in_(LIVE))
        await db.execute(
            update(CheckIn).where(CheckIn.campaign_id == campaign_id, *live).values(state=TicketState.absent)
        )
    if shot - done:
        done |= shot - await sent_back(db, campaign_id, list(shot - done))
    coming = [student_id for student_id in student_ids if student_id not in done]
    if len(coming) < 2:
        return coming
    ordered = select(Student.id).where(Student.campaign_id == campaign_id, Student.id.in_(coming))
    return list(await db.scalars(ordered.order_by(Student.number)))


async def _openings(
    db: AsyncSession, campaign_id: UUID, student_ids: list[UUID]
) -> tuple[dict[UUID, Opening], list[Opening]]:
    """The own slot of each student who has one, open for whoever of them was told to come; and all in time order."""
    placed = students_in_slots(campaign_id)
    told = (Arrival.campaign_id == campaign_id, Arrival.student_id == placed.c.student_id, Arrival.slot_id == Slot.id)
    rows = await db.execute(
        select(
            Slot.id,
            Slot.label,
            Slot.venue_id,
            Venue.name,
            Venue.room,
            Slot.starts_at,
            Slot.ends_at,
            placed.c.student_id,
            Arrival.arrival_at,
        )
        .join(Venue, (Venue.campaign_id == Slot.campaign_id) & (Venue.id == Slot.venue_id))
        .outerjoin(placed, (placed.c.slot_id == Slot.id) & placed.c.student_id.in_(student_ids))
        .outerjoin(Arrival, and_(*told))
        .where(Slot.campaign_id == campaign_id)
        .order_by(Slot.starts_at, Slot.label)
    )
    slots: dict[UUID, Opening] = {}
    slot_of: dict[UUID, UUID] = {}
    minutes: dict[UUID, set[datetime]] = defaultdict(set)
    for slot_id, label, venue_id, name, room, starts_at, ends_at, student_id, arrival_at in rows:
        place = f"{name} {room}".strip()
        slots.setdefault(slot_id, Opening(slot_id, label, venue_id, place, starts_at, ends_at))
        if student_id is not None:
            slot_of[student_id] = slot_id
        if arrival_at is not None:
            minutes[slot_id].add(arrival_at)
    own = {one: replace(slots[one], told=tuple(sorted(minutes[one]))) for one in slot_of.values()}
    return {student_id: own[slot_id] for student_id, slot_id in slot_of.items()}, list(slots.values())


async def _venue_of(
    db: AsyncSession, campaign_id: UUID, code: str, slots: list[Opening], own: Opening | None, tried_by: UUID
) -> UUID:
    """The venue whose door shows `code`. Wrong codes are counted for the person; past the limit none is right."""
    who = f"door:{tried_by}"
    tries = await db.scalar(
        select(func.max(SignInAttempt.tries)).where(
            SignInAttempt.who == token_hash(who),
            SignInAttempt.window_at > now() - timedelta(minutes=TRY_WINDOW_MINUTES),
        )
    )
    if (tries or 0) >= TRIES:
        raise TooManyTries(retry_after_seconds=TRY_WINDOW_MINUTES * 60)
    venue_ids = dict.fromkeys(([own.venue_id] if own else []) + [slot.venue_id for slot in slots])
    for venue_id in venue_ids:
        if admits(door_of(campaign_id, venue_id), code, now()):
            return venue_id
    await count_try(who)
    raise StaleCode()


def door_of(campaign_id: UUID, venue_id: UUID) -> Door:
    return Door(key("door"), campaign_id, venue_id, settings().door_window_seconds)
