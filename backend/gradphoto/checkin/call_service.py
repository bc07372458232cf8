"""The statement that calls: whoever is next and free, their number, the station's event and the news, all in one."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, ScalarSelect, Select, String, Uuid, bindparam, func, literal, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from gradphoto.checkin.line_service import call_order, calls_so_far, with_slot_and_student
from gradphoto.checkin.models import CheckIn, SlotCounter, Station, StationAct, StationEvent, TicketState
from gradphoto.checkin.opening import day_of
from gradphoto.core.errors import OpIdReused
from gradphoto.core.events import Outbox
from gradphoto.schedule.models import Slot


async def call_whoever_is_next(db: AsyncSession, station: Station, op_id: UUID, by_id: UUID, at: datetime) -> None:
    """Nobody when the line is empty. The caller holds the station's row and knows that it is free."""
    begin, end = day_of(at)
    ids = {"in_campaign": station.campaign_id, "in_venue": station.venue_id, "at_station": station.id}
    press = {"op": op_id, "pressed_by": by_id, "called_now": at, "day_begin": begin, "day_end": end}
    called = (await db.execute(_CALL_NEXT, ids | press)).one_or_none()
    if called is not None and called.id is None:  # another station has used this key meanwhile
        raise OpIdReused()


def next_seq(campaign_id: Any, station_id: Any) -> ScalarSelect[Any]:
    return (
        select(func.coalesce(func.max(StationEvent.seq), 0) + 1)
        .where(StationEvent.campaign_id == campaign_id, StationEvent.station_id == station_id)
        .scalar_subquery()
    )


def _call_next() -> Select[Any]:
    campaign, venue, station = (bindparam(name, type_=Uuid) for name in ("in_campaign", "in_venue", "at_station"))
    at, begin, end = (bindparam(name, type_=DateTime(timezone=True)) for name in ("called_now", "day_begin", "day_end"))
    # Who is locked by the other station is skipped; who was called while this statement began no longer fits `state`.
    pick = (
        with_slot_and_student(select(CheckIn.id, CheckIn.slot_id, CheckIn.student_id, CheckIn.state))
        .where(CheckIn.campaign_id == campaign, Slot.venue_id == venue)
        .where(Slot.starts_at >= begin, Slot.starts_at < end)
        .where(CheckIn.state.in_((TicketState.waiting, TicketState.retake)))
        .order_by(*call_order(calls_so_far(campaign, venue)))
        .limit(1)
        .with_for_update(of=CheckIn, skip_locked=True)
        .cte("pick")
    )
    number = (
        update(SlotCounter)
        .where(SlotCounter.campaign_id == campaign, SlotCounter.slot_id == pick.c.slot_id)
        .values(last_call=SlotCounter.last_call + 1)
        .returning(SlotCounter.slot_id, SlotCounter.last_call)
        .cte("number")
    )
    called = (
        update(CheckIn)
        .where(CheckIn.campaign_id == campaign, CheckIn.id == pick.c.id, number.c.slot_id == pick.c.slot_id)
        .values(state=TicketState.called, station_id=station, called_at=at, call_no=number.c.last_call)
        .returning(CheckIn.id, CheckIn.slot_id, CheckIn.student_id)
        .cte("called")
    )
    event = {
        StationEvent.campaign_id: campaign,
        StationEvent.station_id: station,
        StationEvent.check_in_id: called.c.id,
        StationEvent.act: literal(StationAct.called.value, String),
        StationEvent.state_before: pick.c.state,
        StationEvent.op_id: bindparam("op", type_=Uuid),
        StationEvent.seq: next_seq(campaign, station),
        StationEvent.at: at,
        StationEvent.by_id: bindparam("pressed_by", type_=Uuid),
    }
    written = (
        insert(StationEvent)
        .from_select(
            [column.key for column in event],
            select(*event.values()).select_from(called).join(pick, pick.c.id == called.c.id),
        )
        .on_conflict_do_nothing(index_elements=["campaign_id", "op_id"])
        .returning(StationEvent.id)
        .cte("written")
    )
    data = func.jsonb_build_object(
        "check_in_id",
        called.c.id,
        "student_id",
        called.c.student_id,
        "slot_id",
        called.c.slot_id,
        "station_id",
        station,
        "state",
        "called",
    )
    told = insert(Outbox).from_select(
        ["campaign_id", "kind", "data"], select(campaign, literal("check_in.called"), data).select_from(called)
    )
    return select(written.c.id).select_from(called.outerjoin(written, literal(True))).add_cte(told.cte("told"))


_CALL_NEXT = _call_next()
