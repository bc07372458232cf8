"""What the room sees: the door with its changing code, and the board with who is called. Names masked, no numbers."""

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field

from gradphoto.accounts.auth import NotSignedIn, SignedIn
from gradphoto.accounts.policy import Act, NotAllowed, Owner, require
from gradphoto.checkin.door import codes
from gradphoto.checkin.line import SlotToday, Snapshot, Ticket, mask_name, slot_now
from gradphoto.checkin.line_service import snapshot
from gradphoto.checkin.live import EventStream, events_of, follow, stream
from gradphoto.checkin.opening import CLOSES_AFTER, OPENS_BEFORE
from gradphoto.checkin.service import door_of
from gradphoto.core.db import Db, now
from gradphoto.core.errors import NotFound, refuses
from gradphoto.core.settings import settings

router = APIRouter()
UPCOMING = 6
VENUE = "/campaigns/{campaign_id}/venues/{venue_id}"
READ = refuses(NotSignedIn, NotAllowed, NotFound)


class RoomSlot(BaseModel):
    slot_id: UUID
    label: str
    college_name: str
    starts_at: datetime
    ends_at: datetime
    heads: int = Field(description="of the slot's classes")
    checked_in: int = Field(description="of those")
    shot: int = Field(description="on tickets of this slot, make-ups included")


class Door(BaseModel):
    typed_code: str = Field(examples=["4071"])
    token: str = Field(description="what the QR code carries")
    url: str = Field(description="the QR code's text: opens the check-in page with the token")
    window_seconds: int
    changes_at: datetime = Field(
        description="by the real clock, as is `server_now`: presence is real in a rehearsal too"
    )
    server_now: datetime
    open_slots: list[RoomSlot] = Field(description="whose check-in is open by the campaign's clock")
    waiting_count: int


@router.get(VENUE + "/door", operation_id="getDoor", responses=READ)
async def get_door(campaign_id: UUID, venue_id: UUID, db: Db, actor: SignedIn) -> Door:
    """The code at the door. It changes every `window_seconds`; the one before it still counts."""
    require(actor, Act.show_room, Owner(campaign_id))
    view = await snapshot(db, campaign_id, venue_id, UPCOMING)
    door, at = door_of(campaign_id, venue_id), now()
    shown = codes(door, at)
    return Door(
        typed_code=shown.typed,
        token=shown.token,
        url=f"{settings().public_url}/c/{shown.token}",
        window_seconds=door.window_seconds,
        changes_at=shown.changes_at,
        server_now=at,
        open_slots=[
            _slot(one) for one in view.slots if one.starts_at - OPENS_BEFORE <= view.clock <= one.ends_at + CLOSES_AFTER
        ],
        waiting_count=view.waiting,
    )


class OnBoard(BaseModel):
    ticket: str = Field(examples=["A012"])
    name_mask: str = Field(examples=["孙＊怡"])
    class_group_name: str
    make_up: bool


class AtStation(BaseModel):
    station_id: UUID
    station_name: str
    paused: bool
    called: OnBoard | None
    called_at: datetime | None


class Board(BaseModel):
    venue_name: str
    room: str
    gate: str
    slot_now: RoomSlot | None = Field(description="the one running, between slots the next; null = done for today")
    stations: list[AtStation]
    upcoming: list[OnBoard] = Field(description="the next 6, in call order")
    last_called: list[OnBoard] = Field(description="the last 5 before those at the cameras, newest first")
    waiting_count: int
    seconds_per_person: float
    server_now: datetime


@router.get(VENUE + "/board", operation_id="getBoard", responses=READ)
async def get_board(campaign_id: UUID, venue_id: UUID, db: Db, actor: SignedIn) -> Board:
    """Who is called where, who comes next."""
    require(actor, Act.show_room, Owner(campaign_id))
    return board(await snapshot(db, campaign_id, venue_id, UPCOMING))


@router.get(
    VENUE + "/board/events",
    operation_id="followBoard",
    response_class=EventStream,
    response_model=None,
    responses=READ | events_of(Board),
)
async def follow_board(campaign_id: UUID, venue_id: UUID, db: Db, actor: SignedIn) -> EventStream:
    """The board, now and at each change."""
    require(actor, Act.show_room, Owner(campaign_id))
    await snapshot(db, campaign_id, venue_id, UPCOMING)  # NotFound while it can still be said
    return stream(follow(campaign_id, venue_id), lambda view: board(view).model_dump_json())


# --- shapes from values ----------------------------------------------------------------------------------------------


def board(view: Snapshot) -> Board:
    _, name, room, gate = view.venue
    slot = slot_now(view)
    stations = []
    for one in view.stations:
        called = view.called.get(one.station_id)
        stations.append(
            AtStation(
                station_id=one.station_id,
                station_name=one.name,
                paused=one.paused,
                called=_on_board(called) if called else None,
                called_at=called.called_at if called else None,
            )
        )
    return Board(
        venue_name=name,
        room=room,
        gate=gate,
        slot_now=_slot(slot) if slot else None,
        stations=stations,
        upcoming=[_on_board(one) for one in view.line[:UPCOMING]],
        last_called=[_on_board(one) for one in view.recent],
        waiting_count=view.waiting,
        seconds_per_person=view.seconds_per_person,
        server_now=view.clock,
    )


def _on_board(one: Ticket) -> OnBoard:
    return OnBoard(
        ticket=one.label, name_mask=mask_name(one.name), class_group_name=one.class_group_name, make_up=one.make_up
    )


def _slot(slot: SlotToday) -> RoomSlot:
    return RoomSlot(**{name: getattr(slot, name) for name in RoomSlot.model_fields})
