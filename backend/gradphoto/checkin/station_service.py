"""What a station does: call the next one or a certain one, say what became of them, take the last step back."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from gradphoto.checkin.call_service import call_whoever_is_next, next_seq
from gradphoto.checkin.line_service import STANDS, calls_so_far
from gradphoto.checkin.models import CheckIn, SlotCounter, Station, StationAct, StationEvent, TicketState
from gradphoto.checkin.opening import day_of
from gradphoto.core.errors import NotFound, OpIdReused, Refusal
from gradphoto.core.events import announce
from gradphoto.roster import service as roster
from gradphoto.schedule.models import Slot, Venue

RETAKE_AFTER = 3
OUTCOMES = (StationAct.shot, StationAct.absent, StationAct.retake)


class StationBusy(Refusal):
    """本机位已经叫了一位同学，请先记录拍摄结果。"""

    constraint = "uq_check_in_called"


class StationPaused(Refusal):
    """本机位已暂停叫号，请先恢复。"""


class StationNameTaken(Refusal):
    """这个拍摄点已经有同名机位，请换一个名称。"""

    constraint = "uq_station_campaign_id_venue_id_name"


class CalledElsewhere(Refusal):
    """这位同学正在另一个机位拍摄。"""


class AlreadyShot(Refusal):
    """这位同学已经拍过。需要重拍时，请现场老师以补照登记后再叫号。"""


class NotCalledHere(Refusal):
    """本机位现在叫的不是这位同学，请刷新后再记录。"""


class NothingToUndo(Refusal):
    """本机位没有可以撤销的操作。"""


class MovedOn(Refusal):
    """这位同学之后又有了别的记录，这一步不能再撤销；请用“指定叫号”处理。"""


@dataclass(frozen=True, slots=True)
class Press:
    """One press of a button: at which station, by whom, and the tablet's own key for it."""

    campaign_id: UUID
    station_id: UUID
    op_id: UUID
    by_id: UUID


async def add_station(db: AsyncSession, campaign_id: UUID, venue_id: UUID, name: str) -> Station:
    if await db.get(Venue, (campaign_id, venue_id)) is None:
        raise NotFound()
    made = insert(Station).values(campaign_id=campaign_id, venue_id=venue_id, name=name, paused=False)
    station: Station = (await db.scalars(made.returning(Station))).one()
    await announce(db, campaign_id, "station.changed", station_id=station.id)
    return station


async def list_stations(db: AsyncSession, campaign_id: UUID, venue_id: UUID) -> list[Station]:
    found = select(Station).where(Station.campaign_id == campaign_id, Station.venue_id == venue_id)
    return list(await db.scalars(found.order_by(Station.name)))


async def the_station(db: AsyncSession, campaign_id: UUID, station_id: UUID) -> Station:
    station = await db.get(Station, (campaign_id, station_id))
    if station is None:
        raise NotFound()
    return station


async def pause(db: AsyncSession, campaign_id: UUID, station_id: UUID, paused: bool) -> Station:
    """A paused station calls nobody and does not count when waiting times are told. Twice is the same."""
    station = await _lock(db, campaign_id, station_id)
    station.paused = paused
    await announce(db, campaign_id, "station.changed", station_id=station_id, paused=paused)
    return station


async def call_next(db: AsyncSession, press: Press) -> None:
    """Call whoever is next; nobody when the line is empty. Two stations never get the same student."""
    station = await _lock(db, press.campaign_id, press.station_id)
    if not await _already(db, press, StationAct.called):
        await _must_be_free(db, station)
        await _call_next(db, station, press.op_id, press.by_id)


async def call(db: AsyncSession, press: Press, check_in_id: UUID) -> None:
    """Call one student out of order, also one who was marked absent."""
    station = await _lock(db, press.campaign_id, press.station_id)
    if await _already(db, press, StationAct.called, check_in_id):
        return
    await _must_be_free(db, station)
    slot = await db.scalar(
        select(Slot)
        .join(CheckIn, (CheckIn.campaign_id == Slot.campaign_id) & (CheckIn.slot_id == Slot.id))
        .where(CheckIn.campaign_id == press.campaign_id, CheckIn.id == check_in_id, Slot.venue_id == station.venue_id)
    )
    if slot is None:
        raise NotFound()
    check_in = await _locked(db, press.campaign_id, check_in_id)  # then the counter: as everybody locks them
    before = TicketState(check_in.state)
    if before is TicketState.called:
        raise CalledElsewhere()
    if before is TicketState.shot:
        raise AlreadyShot()
    at = await _clock(db, press.campaign_id)
    check_in.state, check_in.station_id, check_in.called_at = TicketState.called, press.station_id, at
    check_in.call_no = await _count(db, slot, "last_call")
    await _write(db, press, StationAct.called, check_in, before, at)


async def record_outcome(
    db: AsyncSession, press: Press, check_in_id: UUID, outcome: StationAct, next_op_id: UUID | None
) -> None:
    """Shot, absent or retake for the one who is called here; with `next_op_id` call the next one too."""
    station = await _lock(db, press.campaign_id, press.station_id)
    if await _already(db, press, outcome, check_in_id):
        return
    check_in = await _locked(db, press.campaign_id, check_in_id)
    if check_in.state != TicketState.called or check_in.station_id != press.station_id:
        raise NotCalledHere()
    at = await _clock(db, press.campaign_id)
    slot = await db.get(Slot, (press.campaign_id, check_in.slot_id))
    assert slot is not None
    if outcome is StationAct.shot:
        check_in.shot_at, check_in.shot_no = at, await _count(db, slot, "last_shot")
    if outcome is StationAct.retake:
        calls = await db.scalar(select(calls_so_far(press.campaign_id, station.venue_id)))
        check_in.not_before_call = (calls or 0) + RETAKE_AFTER
    check_in.state = TicketState(outcome)
    await _write(db, press, outcome, check_in, TicketState.called, at)
    if next_op_id is not None and not station.paused:
        await _call_next(db, station, next_op_id, press.by_id)


async def undo(db: AsyncSession, press: Press) -> None:
    """Take back the station's last step that stands; sent again with a new `op_id`, the one before it."""
    await _lock(db, press.campaign_id, press.station_id)
    if await _already(db, press, StationAct.undone):
        return
    begin, _ = day_of(await _clock(db, press.campaign_id))  # what yesterday's camera did stays done
    mine = select(StationEvent).where(StationEvent.campaign_id == press.campaign_id, StationEvent.at >= begin, *STANDS)
    last = await db.scalar(
        mine.where(StationEvent.station_id == press.station_id).order_by(StationEvent.seq.desc()).limit(1)
    )
    if last is None:
        raise NothingToUndo()
    check_in = await _locked(db, press.campaign_id, last.check_in_id)
    newest = await db.scalar(
        mine.where(StationEvent.check_in_id == check_in.id).order_by(StationEvent.id.desc()).limit(1)
    )
    if newest is None or newest.id != last.id or check_in.state != last.act:
        raise MovedOn()
    before, at = TicketState(check_in.state), await _clock(db, press.campaign_id)
    if last.act == StationAct.called:
        check_in.state, check_in.station_id = last.state_before, None
        if last.state_before == TicketState.waiting:  # else an earlier call stands, which an undo may bring back
            check_in.called_at = check_in.call_no = None
    else:
        check_in.state, check_in.station_id = TicketState.called, press.station_id
        check_in.shot_at = check_in.shot_no = check_in.not_before_call = None
    last.undone_at = at
    await _write(db, press, StationAct.undone, check_in, before, at)


# --- steps -----------------------------------------------------------------------------------------------------------


async def _clock(db: AsyncSession, campaign_id: UUID) -> datetime:
    return roster.clock_of(await roster.the_campaign(db, campaign_id))


async def _lock(db: AsyncSession, campaign_id: UUID, station_id: UUID) -> Station:
    """One press at a time at a station."""
    station = await db.get(Station, (campaign_id, station_id), with_for_update=True, populate_existing=True)
    if station is None:
        raise NotFound()
    return station


async def _locked(db: AsyncSession, campaign_id: UUID, check_in_id: UUID) -> CheckIn:
    check_in = await db.get(CheckIn, (campaign_id, check_in_id), with_for_update=True, populate_existing=True)
    if check_in is None:
        raise NotFound()
    return check_in


async def _already(db: AsyncSession, press: Press, act: StationAct, check_in_id: UUID | None = None) -> bool:
    """Whether this very press was done before; OpIdReused when its key was used for something else."""
    done = await db.scalar(
        select(StationEvent).where(StationEvent.campaign_id == press.campaign_id, StationEvent.op_id == press.op_id)
    )
    if done is None:
        return False
    if (done.station_id, done.act) != (press.station_id, act) or check_in_id not in (None, done.check_in_id):
        raise OpIdReused()
    return True


async def _must_be_free(db: AsyncSession, station: Station) -> None:
    """Somebody who was called and then the day ended is absent: nobody would see them at the camera next morning."""
    if station.paused:
        raise StationPaused()
    begin, _ = day_of(await _clock(db, station.campaign_id))
    left = update(CheckIn).where(CheckIn.campaign_id == station.campaign_id, CheckIn.station_id == station.id)
    yesterday = left.where(CheckIn.state == TicketState.called, CheckIn.called_at < begin)
    await db.execute(yesterday.values(state=TicketState.absent))
    called = select(CheckIn.id).where(CheckIn.campaign_id == station.campaign_id, CheckIn.station_id == station.id)
    if await db.scalar(called.where(CheckIn.state == TicketState.called)):
        raise StationBusy()


async def _count(db: AsyncSession, slot: Slot, counter: str) -> int:
    """The slot's next call or shot number. Its row is there since the first check-in."""
    column = getattr(SlotCounter, counter)
    moved = update(SlotCounter).where(SlotCounter.campaign_id == slot.campaign_id, SlotCounter.slot_id == slot.id)
    return int((await db.scalars(moved.values({column: column + 1}).returning(column))).one())


async def _write(
    db: AsyncSession, press: Press, act: StationAct, check_in: CheckIn, before: TicketState, at: datetime
) -> None:
    await db.flush()
    written = await db.scalar(
        insert(StationEvent)
        .values(
            campaign_id=press.campaign_id,
            station_id=press.station_id,
            check_in_id=check_in.id,
            act=act,
            state_before=before,
            op_id=press.op_id,
            seq=next_seq(press.campaign_id, press.station_id),
            at=at,
            by_id=press.by_id,
        )
        .on_conflict_do_nothing(index_elements=["campaign_id", "op_id"])
        .returning(StationEvent.id)
    )
    if written is None:  # another station has used this key meanwhile
        raise OpIdReused()
    ids = {"check_in_id": check_in.id, "student_id": check_in.student_id, "slot_id": check_in.slot_id}
    kind = "check_in.step_undone" if act is StationAct.undone else f"check_in.{act.value}"
    await announce(db, press.campaign_id, kind, **ids, station_id=press.station_id, state=check_in.state)


async def _call_next(db: AsyncSession, station: Station, op_id: UUID, by_id: UUID) -> None:
    at = await _clock(db, station.campaign_id)
    await call_whoever_is_next(db, station, op_id, by_id, at)
