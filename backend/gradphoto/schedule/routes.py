"""The timetable with its load and arrival times, and moving a class group in it."""

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field

from gradphoto.accounts.auth import NotSignedIn, SignedIn
from gradphoto.accounts.policy import Act, NotAllowed, Owner, Reach, reach, require
from gradphoto.accounts.service import audit
from gradphoto.core.db import Db
from gradphoto.core.errors import NotFound, refuses
from gradphoto.roster.service import owner_of_class_group
from gradphoto.schedule import notice_routes, service
from gradphoto.schedule.models import Turn
from gradphoto.schedule.notice_routes import Load, load_out
from gradphoto.schedule.service import NoRosterYet, NoTimetableInNotice, SlotOfOtherCollege, TimetableInUse

router = APIRouter(tags=["schedule"])
router.include_router(notice_routes.router)

# --- timetable -------------------------------------------------------------------------------------------------------


class TimetableClass(BaseModel):
    class_group_id: UUID
    class_group_name: str
    college_id: UUID
    college_name: str
    heads: int
    turn: Turn
    position: int
    arrival_at: datetime = Field(description="when the class is told to be at the gate")
    planned_start_at: datetime


class TimetableSlot(BaseModel):
    slot_id: UUID
    label: str
    venue_id: UUID
    starts_at: datetime
    ends_at: datetime
    college_id: UUID | None
    college_name: str
    stated_heads: int | None
    source_text: str
    load: Load
    classes: list[TimetableClass]


class VenueOut(BaseModel):
    venue_id: UUID
    venue_name: str
    room: str
    gate: str


class Timetable(BaseModel):
    venues: list[VenueOut]
    slots: list[TimetableSlot]


READ = refuses(NotSignedIn, NotAllowed, NotFound)


@router.get("/campaigns/{campaign_id}/timetable", operation_id="getTimetable", responses=READ)
async def get_timetable(campaign_id: UUID, db: Db, actor: SignedIn) -> Timetable:
    """Slots in time order with class groups in order, load against capacity, and each class group's arrival."""
    require(actor, Act.read_campaign, Owner(campaign_id))
    return await _timetable(db, campaign_id)


async def _timetable(db: Db, campaign_id: UUID) -> Timetable:
    views = await service.timetable(db, campaign_id)
    venues = {view.venue.id: view.venue for view in views}
    return Timetable(
        venues=[VenueOut(venue_id=v.id, venue_name=v.name, room=v.room, gate=v.gate) for v in venues.values()],
        slots=[
            TimetableSlot(
                slot_id=view.slot.id,
                college_name=view.college_name,
                load=load_out(view.load),
                classes=[
                    TimetableClass(class_group_name=one.name, **{k: v for k, v in vars(one).items() if k != "name"})
                    for one in view.classes
                ],
                **view.slot.model_dump(
                    include={"label", "venue_id", "starts_at", "ends_at", "college_id", "stated_heads", "source_text"}
                ),
            )
            for view in views
        ],
    )


@router.put(
    "/campaigns/{campaign_id}/timetable",
    operation_id="applyTimetable",
    responses=refuses(NotSignedIn, NotAllowed, NotFound, NoTimetableInNotice, NoRosterYet, TimetableInUse),
)
async def apply_timetable(campaign_id: UUID, db: Db, actor: SignedIn) -> Timetable:
    """Write the proposal, in place of what was there. Refused once somebody has checked in."""
    require(actor, Act.manage_campaign, Owner(campaign_id))
    await service.apply(db, campaign_id)
    await audit(db, actor, "apply_timetable", campaign_id, ("campaign", campaign_id))
    return await _timetable(db, campaign_id)


class ClassMove(BaseModel):
    slot_id: UUID
    turn: Turn
    position: int = Field(ge=0, le=1000, description="among those of the same turn, from 0")


@router.put(
    "/campaigns/{campaign_id}/class-groups/{class_group_id}/slot",
    operation_id="moveClass",
    responses=refuses(NotSignedIn, NotAllowed, NotFound, SlotOfOtherCollege),
)
async def move_class(campaign_id: UUID, class_group_id: UUID, body: ClassMove, db: Db, actor: SignedIn) -> Timetable:
    """Give a class group another slot, turn or place. A counsellor does so inside the own college's slots."""
    require(actor, Act.arrange_classes, await owner_of_class_group(db, campaign_id, class_group_id))
    mine = None
    if reach(actor, Act.arrange_classes) is Reach.college:
        mine = frozenset(college for campaign, college in actor.college_ids if campaign == campaign_id)
    await service.move_class(db, campaign_id, class_group_id, body.slot_id, body.turn, body.position, mine)
    facts = {"slot_id": str(body.slot_id), "turn": body.turn}
    await audit(db, actor, "move_class", campaign_id, ("class_group", class_group_id), **facts)
    return await _timetable(db, campaign_id)
