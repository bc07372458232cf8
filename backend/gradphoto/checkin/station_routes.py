"""The stations: the agency's console beside each camera."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID, uuid5

from fastapi import APIRouter
from pydantic import BaseModel, Field

from gradphoto.accounts.auth import NotSignedIn, SignedIn
from gradphoto.accounts.policy import Act, Actor, NotAllowed, Owner, require
from gradphoto.checkin import station_service
from gradphoto.checkin.line import Snapshot, Ticket, expected_end
from gradphoto.checkin.line_service import UPCOMING, snapshot
from gradphoto.checkin.live import EventStream, events_of, follow, stream
from gradphoto.checkin.models import Station, StationAct, TicketState
from gradphoto.checkin.station_service import (
    AlreadyShot,
    CalledElsewhere,
    MovedOn,
    NotCalledHere,
    NothingToUndo,
    Press,
    StationBusy,
    StationNameTaken,
    StationPaused,
)
from gradphoto.checkin.ticket_service import InAnotherLine
from gradphoto.core.db import Db
from gradphoto.core.errors import NotFound, OpIdReused, refuses
from gradphoto.fees.models import FeeState

router = APIRouter()
STATIONS = "/campaigns/{campaign_id}/venues/{venue_id}/stations"
STATION = "/campaigns/{campaign_id}/stations/{station_id}"
PRESS = (NotSignedIn, NotAllowed, NotFound, OpIdReused)


class StationOut(BaseModel):
    station_id: UUID
    venue_id: UUID
    station_name: str = Field(examples=["1 号机"])
    paused: bool


def _station(station: Station) -> StationOut:
    return StationOut(
        station_id=station.id, venue_id=station.venue_id, station_name=station.name, paused=station.paused
    )


@router.get(STATIONS, operation_id="listStations", responses=refuses(NotSignedIn, NotAllowed))
async def list_stations(campaign_id: UUID, venue_id: UUID, db: Db, actor: SignedIn) -> list[StationOut]:
    """The cameras of a room."""
    require(actor, Act.run_station, Owner(campaign_id))
    return [_station(one) for one in await station_service.list_stations(db, campaign_id, venue_id)]


class NewStation(BaseModel):
    name: str = Field(min_length=1, max_length=32, examples=["1 号机"])


@router.post(
    STATIONS,
    operation_id="addStation",
    status_code=201,
    responses=refuses(NotSignedIn, NotAllowed, NotFound, StationNameTaken),
)
async def add_station(campaign_id: UUID, venue_id: UUID, body: NewStation, db: Db, actor: SignedIn) -> StationOut:
    """Set up a camera."""
    require(actor, Act.run_station, Owner(campaign_id))
    return _station(await station_service.add_station(db, campaign_id, venue_id, body.name))


# --- the console -----------------------------------------------------------------------------------------------------


class InLine(BaseModel):
    check_in_id: UUID
    ticket: str = Field(examples=["A012"])
    student_id: UUID
    name: str
    number: str
    class_group_name: str
    college_name: str
    make_up: bool
    state: TicketState
    fee_state: FeeState


class AtCamera(InLine):
    id_number_mask: str
    called_at: datetime


class LastStep(BaseModel):
    act: StationAct
    check_in_id: UUID
    ticket: str
    name: str
    at: datetime


class Console(BaseModel):
    station: StationOut
    current: AtCamera | None = Field(description="who stands at this camera; null = nobody, or the line is empty")
    upcoming: list[InLine] = Field(description="the next 8 of the room, for all its cameras")
    waiting_count: int
    shot_today: int = Field(description="by this station")
    seconds_per_person: float = Field(description="measured; the plan until there are shots")
    plan_seconds: float
    expected_end_at: datetime = Field(description="when the line and who is still due in this slot are done")
    last_event: LastStep | None = Field(description="what undo would take back")
    server_now: datetime


@router.get(STATION, operation_id="getStation", responses=refuses(NotSignedIn, NotAllowed, NotFound))
async def get_station(campaign_id: UUID, station_id: UUID, db: Db, actor: SignedIn) -> Console:
    """Everything the console shows."""
    require(actor, Act.run_station, Owner(campaign_id))
    return await _console_now(db, campaign_id, station_id)


@router.get(
    STATION + "/events",
    operation_id="followStation",
    response_class=EventStream,
    response_model=None,
    responses=refuses(NotSignedIn, NotAllowed, NotFound) | events_of(Console),
)
async def follow_station(campaign_id: UUID, station_id: UUID, db: Db, actor: SignedIn) -> EventStream:
    """The console, now and at each change."""
    require(actor, Act.run_station, Owner(campaign_id))
    station = await station_service.the_station(db, campaign_id, station_id)
    venue_id, last = station.venue_id, ""

    def encode(view: Snapshot) -> str | None:
        nonlocal last
        if all(one.station_id != station_id for one in view.stations):
            return None  # the room's view is older than this station; the next one knows it
        shown = console(view, venue_id, station_id)
        text = shown.model_dump_json(exclude={"server_now", "expected_end_at"})
        same, last = text == last, text
        return None if same else shown.model_dump_json()

    return stream(follow(campaign_id, venue_id), encode)


class OnePress(BaseModel):
    op_id: UUID = Field(description="made by the tablet for this press; sent again, it does nothing more")


@router.post(STATION + "/call-next", operation_id="callNext", responses=refuses(*PRESS, StationBusy, StationPaused))
async def call_next(campaign_id: UUID, station_id: UUID, body: OnePress, db: Db, actor: SignedIn) -> Console:
    """Call whoever is next. An empty line is no error: `current` stays null."""
    require(actor, Act.run_station, Owner(campaign_id))
    await station_service.call_next(db, _press(campaign_id, station_id, body.op_id, actor))
    return await _console_now(db, campaign_id, station_id)


class PressOnStudent(OnePress):
    check_in_id: UUID


@router.post(
    STATION + "/call",
    operation_id="callStudent",
    responses=refuses(*PRESS, StationBusy, StationPaused, CalledElsewhere, AlreadyShot, InAnotherLine),
)
async def call_student(campaign_id: UUID, station_id: UUID, body: PressOnStudent, db: Db, actor: SignedIn) -> Console:
    """Call one student out of order, also one who was absent."""
    require(actor, Act.run_station, Owner(campaign_id))
    await station_service.call(db, _press(campaign_id, station_id, body.op_id, actor), body.check_in_id)
    return await _console_now(db, campaign_id, station_id)


class Outcome(PressOnStudent):
    outcome: Literal["shot", "absent", "retake"] = Field(description="retake: comes again after three calls")
    call_next: bool = Field(description="and call the next one at once; not done by a paused station")


@router.post(STATION + "/outcome", operation_id="recordOutcome", responses=refuses(*PRESS, NotCalledHere))
async def record_outcome(campaign_id: UUID, station_id: UUID, body: Outcome, db: Db, actor: SignedIn) -> Console:
    """What became of the student at this camera."""
    require(actor, Act.run_station, Owner(campaign_id))
    press = _press(campaign_id, station_id, body.op_id, actor)
    next_op_id = uuid5(body.op_id, "call-next") if body.call_next else None
    await station_service.record_outcome(db, press, body.check_in_id, StationAct(body.outcome), next_op_id)
    return await _console_now(db, campaign_id, station_id)


@router.post(
    STATION + "/undo",
    operation_id="undoStation",
    responses=refuses(*PRESS, NothingToUndo, MovedOn, InAnotherLine),
)
async def undo_station(campaign_id: UUID, station_id: UUID, body: OnePress, db: Db, actor: SignedIn) -> Console:
    """Take back this station's last step; again with a new op_id, the one before. Numbers given are not given again."""
    require(actor, Act.run_station, Owner(campaign_id))
    await station_service.undo(db, _press(campaign_id, station_id, body.op_id, actor))
    return await _console_now(db, campaign_id, station_id)


class Pause(BaseModel):
    paused: bool


@router.post(STATION + "/pause", operation_id="pauseStation", responses=refuses(NotSignedIn, NotAllowed, NotFound))
async def pause_station(campaign_id: UUID, station_id: UUID, body: Pause, db: Db, actor: SignedIn) -> Console:
    """Stop calling at this camera, or go on. A paused camera does not count when waiting times are told."""
    require(actor, Act.run_station, Owner(campaign_id))
    await station_service.pause(db, campaign_id, station_id, body.paused)
    return await _console_now(db, campaign_id, station_id)


# --- shapes from values ----------------------------------------------------------------------------------------------


def _press(campaign_id: UUID, station_id: UUID, op_id: UUID, actor: Actor) -> Press:
    return Press(campaign_id, station_id, op_id, actor.id)


async def _console_now(db: Db, campaign_id: UUID, station_id: UUID) -> Console:
    station = await station_service.the_station(db, campaign_id, station_id)
    return console(await snapshot(db, campaign_id, station.venue_id, UPCOMING), station.venue_id, station_id)


def console(view: Snapshot, venue_id: UUID, station_id: UUID) -> Console:
    mine = next(one for one in view.stations if one.station_id == station_id)
    called, at = view.called.get(station_id), view.clock
    last = mine.last_act and LastStep(
        act=mine.last_act,
        check_in_id=mine.last_check_in_id,
        ticket=mine.last_ticket,
        name=mine.last_name,
        at=mine.last_at,
    )
    return Console(
        station=StationOut(station_id=station_id, venue_id=venue_id, station_name=mine.name, paused=mine.paused),
        current=called
        and AtCamera(
            **_in_line(view, called),
            id_number_mask=called.id_number_mask,
            called_at=called.called_at,
        ),
        upcoming=[InLine(**_in_line(view, one)) for one in view.line[:UPCOMING]],
        waiting_count=view.waiting,
        shot_today=mine.shot_today,
        seconds_per_person=view.seconds_per_person,
        plan_seconds=view.plan_seconds,
        expected_end_at=expected_end(view, at),
        last_event=last,
        server_now=at,
    )


def _in_line(view: Snapshot, one: Ticket) -> dict[str, Any]:
    known = {"ticket": one.label, "fee_state": view.fee_states[one.student_id]}
    return known | {name: getattr(one, name) for name in InLine.model_fields if name not in known}
