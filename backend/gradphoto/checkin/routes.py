"""A student's own card: where to be when, the ticket and how long still, and checking in at the door."""

from datetime import datetime, timedelta
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field

from gradphoto.accounts.auth import NotSignedIn, SignedIn
from gradphoto.accounts.policy import Act, Actor, NotAllowed, Owner, require
from gradphoto.accounts.service import TooManyTries
from gradphoto.checkin import (
    arrival_routes,
    board_routes,
    card_service,
    entry_routes,
    make_up_routes,
    service,
    station_routes,
)
from gradphoto.checkin.card_service import Card
from gradphoto.checkin.line import CardState, Minute, Place
from gradphoto.checkin.live import EventStream, events_of, follow_student, stream
from gradphoto.checkin.opening import NoSlotOpen, NotOpenYet, NotScheduled, WrongSlot, closes_at, opens_at
from gradphoto.checkin.reshoot_service import ShotInThisSlot
from gradphoto.checkin.service import NotOnRoster, StaleCode, TimetableJustChanged
from gradphoto.core.db import Db
from gradphoto.core.errors import NotFound, refuses
from gradphoto.fees.models import FeeState
from gradphoto.roster.service import clock_of

router = APIRouter(tags=["check-in"])
router.include_router(entry_routes.router)
router.include_router(station_routes.router)
router.include_router(board_routes.router)
router.include_router(arrival_routes.router)
router.include_router(make_up_routes.router)

DOOR_REFUSALS = (
    StaleCode,
    TooManyTries,
    NotOpenYet,
    WrongSlot,
    NoSlotOpen,
    NotScheduled,
    NotOnRoster,
    TimetableJustChanged,
)


class CardSlot(BaseModel):
    slot_id: UUID
    label: str = Field(examples=["A"])
    starts_at: datetime
    ends_at: datetime
    opens_at: datetime = Field(description="check-in is open from here …")
    closes_at: datetime = Field(description="… to here; afterwards any open slot takes a make-up")


class CardVenue(BaseModel):
    venue_id: UUID
    venue_name: str = Field(examples=["体育馆"])
    room: str = Field(examples=["1202 房间"])
    gate: str = Field(examples=["9 号门"])


class CardPlace(BaseModel):
    """What moves while the student waits."""

    ticket_state: CardState = Field(description="next: at most three people ahead")
    ticket: str | None = Field(examples=["A012"])
    ahead: int | None = Field(description="people before me; null when not in line")
    wait_seconds: int | None = Field(description="at the pace measured in the room")
    estimated_at: datetime | None
    arrival_at: datetime | None = Field(description="my own minute: be at the door then; null = no slot yet")
    arrival_before: datetime | None = Field(description="what I was told before it moved; null = never moved")
    server_now: datetime = Field(description="the campaign's clock")


class MyCard(CardPlace):
    student_id: UUID
    name: str
    number: str
    class_group_id: UUID
    class_group_name: str
    college_name: str
    is_monitor: bool
    slot: CardSlot | None = Field(description="the slot checked in to, else the class's own; null = not scheduled yet")
    venue: CardVenue | None
    planned_start_at: datetime | None = Field(description="when I am planned before the camera, as published")
    clothing: str
    bring: str
    fee_fen: int
    fee_state: FeeState
    check_in_id: UUID | None
    make_up: bool
    seconds_per_person: float | None = Field(description="measured at the cameras; the plan until there are shots")


def _own(campaign_id: UUID, actor: Actor) -> Owner:
    return Owner(campaign_id, actor.college_id, actor.class_group_id, actor.student_id)


def _student(actor: Actor) -> UUID:
    assert actor.student_id is not None, "only students have the reach `itself`"
    return actor.student_id


@router.get(
    "/campaigns/{campaign_id}/me",
    operation_id="getMyCard",
    responses=refuses(NotSignedIn, NotAllowed, NotFound),
)
async def get_my_card(campaign_id: UUID, db: Db, actor: SignedIn) -> MyCard:
    """My slot, arrival time, ticket and fee."""
    require(actor, Act.read_own_card, _own(campaign_id, actor))
    return my_card(await card_service.my_card(db, campaign_id, _student(actor)))


@router.get(
    "/campaigns/{campaign_id}/me/events",
    operation_id="followMyCard",
    response_class=EventStream,
    response_model=None,
    responses=refuses(NotSignedIn, NotAllowed, NotFound, NotScheduled) | events_of(CardPlace),
)
async def follow_my_card(campaign_id: UUID, db: Db, actor: SignedIn) -> EventStream:
    """My place in line, now and at each change; ends when I belong to another room. Read the card again after checking
    in and when my minute moved: the slot may be another."""
    require(actor, Act.read_own_card, _own(campaign_id, actor))
    card = await card_service.my_card(db, campaign_id, _student(actor))
    if card.venue is None:
        raise NotScheduled()
    return stream(follow_student(card, card.venue.id), lambda seen: card_place(*seen).model_dump_json())


class DoorCode(BaseModel):
    code: str = Field(
        min_length=1, max_length=64, description="typed from the room's screen, or scanned", examples=["4071"]
    )


@router.post(
    "/campaigns/{campaign_id}/me/check-in",
    operation_id="checkInMyself",
    responses=refuses(NotSignedIn, NotAllowed, NotFound, ShotInThisSlot, *DOOR_REFUSALS),
)
async def check_in_myself(campaign_id: UUID, body: DoorCode, db: Db, actor: SignedIn) -> MyCard:
    """Check in with the code that the room shows. Safe to send again, also when the code has changed meanwhile."""
    require(actor, Act.check_in_self, _own(campaign_id, actor))
    await service.check_in_self(db, campaign_id, _student(actor), body.code)
    return my_card(await card_service.my_card(db, campaign_id, _student(actor)))


# --- shapes from values ----------------------------------------------------------------------------------------------


def card_place(place: Place, minute: Minute | None, at: datetime) -> CardPlace:
    waits = None if place.wait_seconds is None else at + timedelta(seconds=place.wait_seconds)
    return CardPlace(
        ticket_state=place.state,
        ticket=place.ticket,
        ahead=place.ahead,
        wait_seconds=place.wait_seconds,
        estimated_at=waits,
        arrival_at=minute.arrival_at if minute else None,
        arrival_before=minute.before if minute else None,
        server_now=at,
    )


def my_card(card: Card) -> MyCard:
    campaign, slot, venue, check_in = card.campaign, card.slot, card.venue, card.check_in
    told = (card.minute.arrival_at,) if card.minute and not check_in else ()
    return MyCard(
        **card_place(card.place, card.minute, clock_of(campaign)).model_dump(),
        student_id=card.student.id,
        name=card.student.name,
        number=card.student.number,
        class_group_id=card.class_group.id,
        class_group_name=card.class_group.name,
        college_name=card.college.name,
        is_monitor=card.student.is_monitor,
        slot=slot
        and CardSlot(
            slot_id=slot.id,
            label=slot.label,
            starts_at=slot.starts_at,
            ends_at=slot.ends_at,
            opens_at=opens_at(slot.starts_at, *told),
            closes_at=closes_at(slot.ends_at, *told),
        ),
        venue=venue and CardVenue(venue_id=venue.id, venue_name=venue.name, room=venue.room, gate=venue.gate),
        planned_start_at=card.planned_start_at,
        clothing=campaign.clothing,
        bring=campaign.bring,
        fee_fen=campaign.fee_fen,
        fee_state=card.fee_state,
        check_in_id=check_in.id if check_in else None,
        make_up=bool(check_in and check_in.make_up),
        seconds_per_person=card.seconds_per_person,
    )
