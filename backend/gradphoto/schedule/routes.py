"""The timetable with its load and arrival times, and moving a class group in it."""

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field

from gradphoto.accounts.auth import NotSignedIn, SignedIn
from gradphoto.accounts.policy import Act, Actor, NotAllowed, Owner, Reach, reach, require
from gradphoto.accounts.service import audit
from gradphoto.core.db import Db
from gradphoto.core.errors import NotFound, refuses
from gradphoto.roster.service import owner_of_class_group
from gradphoto.schedule import (
    draft_routes,
    export_routes,
    notice_routes,
    publish_routes,
    publish_service,
    repair_routes,
    service,
    simulation_routes,
    solve_routes,
)
from gradphoto.schedule.models import Turn
from gradphoto.schedule.notice_routes import Load, load_out
from gradphoto.schedule.planning.change_kinds import MoveClass, UnplaceClass
from gradphoto.schedule.planning.changes import ChangeDoesNotFit
from gradphoto.schedule.publish_service import SlotOfOtherCollege
from gradphoto.schedule.shapes import VenueOut

router = APIRouter(tags=["schedule"])
for part in (
    notice_routes,
    export_routes,
    draft_routes,
    repair_routes,
    publish_routes,
    simulation_routes,
    solve_routes,
):
    router.include_router(part.router)

# --- timetable -------------------------------------------------------------------------------------------------------


class TimetableClass(BaseModel):
    class_group_id: UUID
    class_group_name: str
    college_id: UUID
    college_name: str
    heads: int = Field(description="students of the class in this slot")
    turn: Turn
    position: int
    first_place: int = Field(description="of a class that was split: from this place by 学号, counted from 1")
    last_place: int | None = Field(description="null = to the end; 1 and null = the whole class")
    arrival_at: datetime = Field(description="when the first of the class is told to be at the gate")
    arrival_until: datetime = Field(description="and the last")
    planned_start_at: datetime = Field(description="of the first, before the camera")


class TimetableSlot(BaseModel):
    slot_id: UUID
    label: str
    venue_id: UUID
    starts_at: datetime
    ends_at: datetime
    cameras: int
    college_id: UUID | None
    college_name: str
    stated_heads: int | None
    source_text: str
    load: Load
    classes: list[TimetableClass]


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
    venues = {view.venue.venue_id: view.venue for view in views}
    return Timetable(
        venues=[VenueOut(venue_id=v.venue_id, venue_name=v.name, room=v.room, gate=v.gate) for v in venues.values()],
        slots=[
            TimetableSlot(
                college_name=view.college_name,
                load=load_out(view.load),
                classes=[
                    TimetableClass(class_group_name=one.name, **{k: v for k, v in vars(one).items() if k != "name"})
                    for one in view.classes
                ],
                **view.slot.model_dump(exclude={"classes"}),
            )
            for view in views
        ],
    )


# --- arranging what holds --------------------------------------------------------------------------------------------


class ClassMove(BaseModel):
    slot_id: UUID
    turn: Turn
    position: int = Field(ge=0, le=1000, description="among those of the same turn, from 0")
    from_slot_id: UUID | None = Field(default=None, description="which part, of a class that was split")


ARRANGE = refuses(NotSignedIn, NotAllowed, NotFound, SlotOfOtherCollege, ChangeDoesNotFit)


@router.put("/campaigns/{campaign_id}/class-groups/{class_group_id}/slot", operation_id="moveClass", responses=ARRANGE)
async def move_class(campaign_id: UUID, class_group_id: UUID, body: ClassMove, db: Db, actor: SignedIn) -> Timetable:
    """Give a class group another slot, turn or place, at once and as a version of its own. A counsellor does so inside
    the own college's slots."""
    require(actor, Act.arrange_classes, await owner_of_class_group(db, campaign_id, class_group_id))
    change = MoveClass(kind="move_class", class_group_id=class_group_id, **body.model_dump())
    title = await publish_service.arrange(
        db, campaign_id, [change], body.slot_id, _own_colleges(actor, campaign_id), actor.id
    )
    facts = {"title": title, "slot_id": str(body.slot_id), "turn": body.turn}
    await audit(db, actor, "move_class", campaign_id, ("class_group", class_group_id), **facts)
    return await _timetable(db, campaign_id)


@router.delete(
    "/campaigns/{campaign_id}/class-groups/{class_group_id}/slot", operation_id="unplaceClass", responses=ARRANGE
)
async def unplace_class(campaign_id: UUID, class_group_id: UUID, db: Db, actor: SignedIn) -> Timetable:
    """Take a class group out of the timetable, at once and as a version of its own."""
    require(actor, Act.arrange_classes, await owner_of_class_group(db, campaign_id, class_group_id))
    change = UnplaceClass(kind="unplace_class", class_group_id=class_group_id)
    title = await publish_service.arrange(db, campaign_id, [change], None, _own_colleges(actor, campaign_id), actor.id)
    await audit(db, actor, "unplace_class", campaign_id, ("class_group", class_group_id), title=title)
    return await _timetable(db, campaign_id)


def _own_colleges(actor: Actor, campaign_id: UUID) -> frozenset[UUID] | None:
    """None = the slots of all colleges."""
    if reach(actor, Act.arrange_classes) is not Reach.college:
        return None
    return frozenset(college for campaign, college in actor.college_ids if campaign == campaign_id)
