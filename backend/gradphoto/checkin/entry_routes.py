"""Checking others in: a class by its monitor or staff, one student by hand, and how far each class has come."""

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field

from gradphoto.accounts.auth import NotSignedIn, SignedIn
from gradphoto.accounts.models import Role
from gradphoto.accounts.policy import Act, Actor, NotAllowed, require, visible
from gradphoto.accounts.service import TooManyTries, audit
from gradphoto.checkin import card_service, service
from gradphoto.checkin.card_service import ClassView, StudentState
from gradphoto.checkin.line import Minute
from gradphoto.checkin.models import CheckedInBy, TicketState
from gradphoto.checkin.opening import NoSlotOpen, NotOpenYet, NotScheduled, WrongSlot
from gradphoto.checkin.service import AlreadyCalled, NotOnRoster, StaleCode, TimetableJustChanged
from gradphoto.checkin.ticket_service import Entrance, InAnotherLine
from gradphoto.core.db import Db
from gradphoto.core.errors import NotFound, refuses
from gradphoto.roster.service import owner_of_class_group, owner_of_student

router = APIRouter()
READ = refuses(NotSignedIn, NotAllowed, NotFound)
SLOT_REFUSALS = (NotOpenYet, WrongSlot, NoSlotOpen, NotScheduled, NotOnRoster, InAnotherLine, TimetableJustChanged)


class StudentCheckIn(BaseModel):
    student_id: UUID
    number: str
    name: str
    check_in_id: UUID | None
    state: TicketState | None = Field(description="null: has not checked in")
    ticket: str | None = Field(examples=["A012"])
    make_up: bool
    checked_in_at: datetime | None
    shot_at: datetime | None
    arrival_at: datetime | None = Field(description="the student's own minute; null = was told none")
    slot_id: UUID | None = Field(description="the student's own slot; those of a class that was split have several")


class ClassPartOut(BaseModel):
    slot_id: UUID
    slot_label: str
    starts_at: datetime
    ends_at: datetime
    heads: int
    arrival_at: datetime
    arrival_until: datetime


class ClassCheckIns(BaseModel):
    """The slot and the arrival are those of the part that is shot or comes next."""

    class_group_id: UUID
    slot_id: UUID | None = Field(description="null: not scheduled yet")
    slot_label: str | None
    starts_at: datetime | None
    ends_at: datetime | None
    arrival_at: datetime | None = Field(description="the first of the class is told to be at the door")
    arrival_until: datetime | None = Field(description="and the last")
    arrival_before: datetime | None = Field(description="what the first was told before it moved; null = never moved")
    parts: list[ClassPartOut] = Field(description="in time order; more than one where the class was split")
    students: list[StudentCheckIn] = Field(description="in 学号 order")
    server_now: datetime


@router.get(
    "/campaigns/{campaign_id}/class-groups/{class_group_id}/check-ins",
    operation_id="listClassCheckIns",
    responses=READ,
)
async def list_class_check_ins(campaign_id: UUID, class_group_id: UUID, db: Db, actor: SignedIn) -> ClassCheckIns:
    """Who of the class is here, in line, shot or absent."""
    require(actor, Act.read_students, await owner_of_class_group(db, campaign_id, class_group_id))
    return _class_check_ins(class_group_id, await card_service.class_view(db, campaign_id, class_group_id))


class ClassArrives(BaseModel):
    student_ids: list[UUID] = Field(min_length=1, max_length=300)
    code: str | None = Field(max_length=64, description="of the door; a monitor needs it, staff and keys send null")


@router.post(
    "/campaigns/{campaign_id}/class-groups/{class_group_id}/check-ins",
    operation_id="checkInClass",
    responses=refuses(NotSignedIn, NotAllowed, NotFound, StaleCode, TooManyTries, *SLOT_REFUSALS),
)
async def check_in_class(
    campaign_id: UUID, class_group_id: UUID, body: ClassArrives, db: Db, actor: SignedIn
) -> ClassCheckIns:
    """Check in those of the class who stand at the door, all or none. Safe to send again."""
    require(actor, Act.check_in_class, await owner_of_class_group(db, campaign_id, class_group_id))
    entrance = Entrance(CheckedInBy.monitor if Role.monitor in actor.roles else CheckedInBy.staff, actor.id)
    await service.check_in_class(db, campaign_id, class_group_id, body.student_ids, body.code, entrance)
    return _class_check_ins(class_group_id, await card_service.class_view(db, campaign_id, class_group_id))


class ByHand(BaseModel):
    reason: str = Field(min_length=2, max_length=200, examples=["手机没电"])
    slot_id: UUID | None = Field(description="another slot than the timetable's; null = as the rules say")


@router.post(
    "/campaigns/{campaign_id}/students/{student_id}/check-in",
    operation_id="checkInByHand",
    responses=refuses(NotSignedIn, NotAllowed, NotFound, *SLOT_REFUSALS),
)
async def check_in_by_hand(
    campaign_id: UUID, student_id: UUID, body: ByHand, db: Db, actor: SignedIn
) -> StudentCheckIn:
    """Let a student in without the code. Who did it and why stays on record."""
    require(actor, Act.override_check_in, await owner_of_student(db, campaign_id, student_id))
    return await _by_hand(db, actor, campaign_id, student_id, body.slot_id, body.reason)


class ByNumber(BaseModel):
    number: str = Field(min_length=1, max_length=32, description="学号", examples=["41500001"])
    reason: str = Field(min_length=2, max_length=200, examples=["手机没电"])


@router.post(
    "/campaigns/{campaign_id}/check-ins/by-number",
    operation_id="checkInByNumber",
    responses=refuses(NotSignedIn, NotAllowed, NotFound, *SLOT_REFUSALS),
)
async def check_in_by_number(campaign_id: UUID, body: ByNumber, db: Db, actor: SignedIn) -> StudentCheckIn:
    """The same for the helper at the door, who has only the 学号 from the student's card."""
    visible(actor, Act.override_check_in, campaign_id)  # nobody learns which numbers exist without the right to
    student_id = await service.student_by_number(db, campaign_id, body.number)
    require(actor, Act.override_check_in, await owner_of_student(db, campaign_id, student_id))
    return await _by_hand(db, actor, campaign_id, student_id, None, body.reason)


async def _by_hand(
    db: Db, actor: Actor, campaign_id: UUID, student_id: UUID, slot_id: UUID | None, reason: str
) -> StudentCheckIn:
    entrance = Entrance(CheckedInBy.staff, actor.id, reason)
    await service.check_in_by_hand(db, campaign_id, student_id, slot_id, entrance)
    await audit(db, actor, "check_in_by_hand", campaign_id, ("student", student_id), reason=reason)
    state, minute, slot = await card_service.student_state(db, campaign_id, student_id)
    return _student_check_in(state, minute, slot.id if slot else None)


@router.delete(
    "/campaigns/{campaign_id}/check-ins/{check_in_id}",
    operation_id="undoCheckIn",
    status_code=204,
    responses=refuses(NotSignedIn, NotAllowed, NotFound, AlreadyCalled),
)
async def undo_check_in(campaign_id: UUID, check_in_id: UUID, db: Db, actor: SignedIn) -> None:
    """Take back a check-in made by mistake, as long as it was never called. Its ticket is not given again."""
    student_id = await service.student_of_check_in(db, campaign_id, check_in_id)
    require(actor, Act.override_check_in, await owner_of_student(db, campaign_id, student_id))
    await service.undo_check_in(db, campaign_id, check_in_id)
    await audit(db, actor, "undo_check_in", campaign_id, ("student", student_id))


class ClassProgressOut(BaseModel):
    class_group_id: UUID
    class_group_name: str
    college_id: UUID
    college_name: str
    heads: int
    in_line: int
    shot: int
    absent: int
    make_ups: int = Field(description="of those above, on a ticket of another slot than the class's")


@router.get("/campaigns/{campaign_id}/check-ins/progress", operation_id="getCheckInProgress", responses=READ)
async def get_check_in_progress(campaign_id: UUID, db: Db, actor: SignedIn) -> list[ClassProgressOut]:
    """Each class group that the caller may see; who is not in line, shot or absent is still expected."""
    seen = visible(actor, Act.read_progress, campaign_id)
    return [
        ClassProgressOut(**{name: getattr(one, name) for name in ClassProgressOut.model_fields})
        for one in await card_service.progress(db, seen)
    ]


# --- shapes from values ----------------------------------------------------------------------------------------------


def _student_check_in(one: StudentState, minute: Minute | None, slot_id: UUID | None) -> StudentCheckIn:
    names = StudentCheckIn.model_fields.keys() - {"arrival_at", "slot_id"}
    own = {name: getattr(one, name) for name in names}
    return StudentCheckIn(**own, arrival_at=minute.arrival_at if minute else None, slot_id=slot_id)


def _class_check_ins(class_group_id: UUID, view: ClassView) -> ClassCheckIns:
    now = view.now
    slot_of = {student_id: part.slot.id for part in view.parts for student_id in part.student_ids}
    return ClassCheckIns(
        class_group_id=class_group_id,
        slot_id=now.slot.id if now else None,
        slot_label=now.slot.label if now else None,
        starts_at=now.slot.starts_at if now else None,
        ends_at=now.slot.ends_at if now else None,
        arrival_at=now.first.arrival_at if now else None,
        arrival_until=now.last.arrival_at if now else None,
        arrival_before=now.first.before if now else None,
        parts=[
            ClassPartOut(
                slot_id=part.slot.id,
                slot_label=part.slot.label,
                starts_at=part.slot.starts_at,
                ends_at=part.slot.ends_at,
                heads=len(part.student_ids),
                arrival_at=part.first.arrival_at,
                arrival_until=part.last.arrival_at,
            )
            for part in view.parts
        ],
        students=[
            _student_check_in(one, view.minutes.get(one.student_id), slot_of.get(one.student_id))
            for one in view.students
        ],
        server_now=view.clock,
    )
