"""Where a student who missed the own slot comes best. No names: room, time and how many places."""

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field

from gradphoto.accounts.auth import NotSignedIn, SignedIn
from gradphoto.accounts.policy import Act, NotAllowed, Owner, require
from gradphoto.checkin import make_up_service
from gradphoto.core.db import Db
from gradphoto.core.errors import NotFound, refuses

router = APIRouter(tags=["check-in"])


class MakeUpSlotOut(BaseModel):
    slot_id: UUID
    slot_label: str
    college_name: str
    venue_id: UUID
    venue_name: str
    room: str
    gate: str
    starts_at: datetime
    ends_at: datetime
    come_at: datetime = Field(description="when the slot's own classes should be done, up to the next five minutes")
    spare: int = Field(description="how many fit in from then to the end of the slot")
    sentence: str = Field(examples=["10 月 24 日 11:50 以后到，外语学院之后还有 30 个空位"])


class MakeUpSlots(BaseModel):
    slots: list[MakeUpSlotOut] = Field(description="most room first; those without room are not in it")


@router.get(
    "/campaigns/{campaign_id}/make-up-slots",
    operation_id="listMakeUpSlots",
    responses=refuses(NotSignedIn, NotAllowed, NotFound),
)
async def list_make_up_slots(campaign_id: UUID, db: Db, actor: SignedIn) -> MakeUpSlots:
    """The slots of today and later in which a make-up delays nobody; today's by what the cameras do. A student is shown
    those that the door lets them into: after the own slot has closed, and none without a slot."""
    require(actor, Act.read_campaign, Owner(campaign_id))
    found = await make_up_service.best_make_up_slots(db, campaign_id, actor.student_id)
    return MakeUpSlots(
        slots=[
            MakeUpSlotOut(
                slot_id=one.slot.slot_id,
                slot_label=one.slot.label,
                college_name=one.college_name,
                venue_id=one.venue.venue_id,
                venue_name=one.venue.name,
                room=one.venue.room,
                gate=one.venue.gate,
                starts_at=one.slot.starts_at,
                ends_at=one.slot.ends_at,
                come_at=one.come_at,
                spare=one.spare,
                sentence=one.sentence,
            )
            for one in found
        ]
    )
