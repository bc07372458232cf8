"""学信网-shows-it: the student's 图像校对 answer, the school's lists, who must be reminded; the student's next step."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, Field

from gradphoto.accounts.auth import NotSignedIn, SignedIn
from gradphoto.accounts.policy import Act, NotAllowed, Owner, require, visible
from gradphoto.accounts.service import audit
from gradphoto.core.db import Db
from gradphoto.core.errors import NotFound, OpIdReused, refuses
from gradphoto.delivery import package_service, registry_service, service
from gradphoto.delivery.models import RegistryState
from gradphoto.delivery.next_step import Step, Why, days_until
from gradphoto.delivery.registry import REMIND_DAYS, proofread_deadline
from gradphoto.delivery.registry_service import EmptyList, NoteMissing, Said, UnknownNumbers
from gradphoto.roster.service import clock_of, the_campaign, update_campaign

router = APIRouter(tags=["delivery"])
READ = refuses(NotSignedIn, NotAllowed, NotFound)
Note = Annotated[str, Field(max_length=200, description="what is wrong", examples=["照片不是本人"])]
SeenOn = Annotated[date | None, Field(description="the day it was looked up; null = not said")]


class ReminderOut(BaseModel):
    due: bool = Field(description="the student should look now")
    days_left: int
    deadline: datetime
    sentence: str


class DeliveredOut(BaseModel):
    package_number: int
    handed_over_at: datetime | None = Field(description="null = sealed, not yet said to be handed over")


class NextStepOut(BaseModel):
    why: Why | None = Field(description="why there is no accepted photo; null = there is one")
    step: Step | None
    sentence: str
    until: datetime | None
    days_left: int | None
    photo_reason: str = Field(description="why the photo was sent back; empty = it was not")
    delivered: DeliveredOut | None = Field(description="the newest package with this photo")
    registry_state: RegistryState
    reminder: ReminderOut


async def _next(db: Db, campaign_id: UUID, student_id: UUID | None) -> NextStepOut:
    status = await service.status_of(db, campaign_id, student_id) if student_id else None
    if status is None or student_id is None:
        raise NotFound()
    campaign = await the_campaign(db, campaign_id)
    reminder = await registry_service.reminder_of(db, campaign, status)
    given = await package_service.delivered(db, campaign_id, student_id)
    step = status.next
    return NextStepOut(
        why=status.why,
        step=step.step if step else None,
        sentence=step.sentence if step else "照片已通过，学校已收下。",
        until=step.until if step else None,
        days_left=step.days_left if step else None,
        photo_reason=status.photo_reason,
        delivered=DeliveredOut(package_number=given.number, handed_over_at=given.at) if given else None,
        registry_state=status.registry_state,
        reminder=ReminderOut.model_validate(reminder, from_attributes=True),
    )


@router.get("/campaigns/{campaign_id}/me/next-step", operation_id="getMyNextStep", responses=READ)
async def get_my_next_step(campaign_id: UUID, db: Db, actor: SignedIn) -> NextStepOut:
    """What the signed-in student can do next for the photo, by the rules at this hour; when to look at 学信网."""
    require(actor, Act.read_own_card, Owner(campaign_id, student_id=actor.student_id))
    return await _next(db, campaign_id, actor.student_id)


class MyMarkIn(BaseModel):
    op_id: UUID
    state: Literal["not_shown", "shown", "confirmed", "wrong"] = Field(
        description="confirmed and wrong are the answer of the 图像校对"
    )
    note: Note = ""
    seen_on: SeenOn = None


@router.post(
    "/campaigns/{campaign_id}/me/registry-marks",
    operation_id="reportMyRegistry",
    responses=refuses(NotSignedIn, NotAllowed, NotFound, OpIdReused, NoteMissing),
)
async def report_my_registry(campaign_id: UUID, body: MyMarkIn, db: Db, actor: SignedIn) -> NextStepOut:
    """The signed-in student says what 学信网 shows of them. The newest answer counts."""
    require(actor, Act.report_registry, Owner(campaign_id, student_id=actor.student_id))
    if actor.student_id is None:
        raise NotAllowed(act=Act.report_registry.value)
    said = Said(RegistryState(body.state), body.note.strip(), body.seen_on)
    await registry_service.mark(db, campaign_id, [actor.student_id], body.op_id, said, actor.id, by_student=True)
    return await _next(db, campaign_id, actor.student_id)


# --- the school ------------------------------------------------------------------------------------------------------


class PastedIn(BaseModel):
    text: str = Field(max_length=400_000, description="学号, a line each; or rows copied from Excel")
    state: RegistryState


class PastedLine(BaseModel):
    line: int
    shown: str = Field(description="what stands there, masked where it looks like an ID number")


class FoundStudent(BaseModel):
    student_id: UUID
    number: str
    name: str
    registry_state: RegistryState = Field(description="before")


class RegistryReview(BaseModel):
    found: list[FoundStudent]
    changed: int = Field(description="how many of them would get another state")
    unknown: list[PastedLine] = Field(description="lines without a 学号 of the roster")
    twice: list[PastedLine]


@router.post("/campaigns/{campaign_id}/registry-marks/review", operation_id="reviewRegistryList", responses=READ)
async def review_registry_list(campaign_id: UUID, body: PastedIn, db: Db, actor: SignedIn) -> RegistryReview:
    """Read a pasted list and say what it would do. Changes nothing."""
    require(actor, Act.report_registry, Owner(campaign_id))
    found = await registry_service.review(db, campaign_id, body.text, body.state)
    return RegistryReview(
        found=[FoundStudent(student_id=i, number=n, name=name, registry_state=s) for i, n, name, s in found.found],
        changed=found.changed,
        unknown=[PastedLine(line=line, shown=shown) for line, shown in found.pasted.unknown],
        twice=[PastedLine(line=line, shown=shown) for line, shown in found.pasted.twice],
    )


class MarksIn(PastedIn):
    op_id: UUID
    note: Note = ""
    seen_on: SeenOn = None
    skip_unknown: bool = Field(default=False, description="leave out lines without a 学号 of the roster")


class Marked(BaseModel):
    students: int


@router.post(
    "/campaigns/{campaign_id}/registry-marks",
    operation_id="reportRegistry",
    responses=refuses(NotSignedIn, NotAllowed, NotFound, OpIdReused, UnknownNumbers, EmptyList),
)
async def report_registry(campaign_id: UUID, body: MarksIn, db: Db, actor: SignedIn) -> Marked:
    """Report one state for all students of a pasted list (one 学号 for a single student), whole or not at all."""
    require(actor, Act.report_registry, Owner(campaign_id))
    said = Said(body.state, body.note.strip(), body.seen_on)
    students = await registry_service.apply(
        db, campaign_id, body.op_id, body.text, said, actor.id, skip_unknown=body.skip_unknown
    )
    await audit(db, actor, "report_registry", campaign_id, students=students, state=body.state)
    return Marked(students=students)


class MarkOut(BaseModel):
    state: RegistryState
    note: str
    seen_on: date | None
    at: datetime
    by_student: bool


@router.get(
    "/campaigns/{campaign_id}/students/{student_id}/registry-marks", operation_id="listRegistryMarks", responses=READ
)
async def list_registry_marks(campaign_id: UUID, student_id: UUID, db: Db, actor: SignedIn) -> list[MarkOut]:
    """All reports of one student, newest first; the first counts."""
    require(actor, Act.report_registry, Owner(campaign_id, student_id=student_id))
    found = await registry_service.marks_of(db, campaign_id, student_id)
    return [MarkOut.model_validate(one, from_attributes=True) for one in found]


# --- until when ------------------------------------------------------------------------------------------------------


class SilentStudent(BaseModel):
    student_id: UUID
    number: str
    name: str


class ClassReminderOut(BaseModel):
    class_group_id: UUID
    class_group_name: str
    college_name: str
    students: int = Field(description="with an accepted photo: nobody else has anything to look at")
    silent: list[SilentStudent] = Field(description="have answered neither 正确 nor 有误")
    text: str = Field(description="for the class chat; empty when all have answered")


class RegistryReminders(BaseModel):
    deadline: datetime
    days_left: int
    due: bool = Field(description="the deadline is near enough to remind")
    classes: list[ClassReminderOut]


@router.get("/campaigns/{campaign_id}/registry-reminders", operation_id="listRegistryReminders", responses=READ)
async def list_registry_reminders(
    campaign_id: UUID,
    db: Db,
    actor: SignedIn,
    within_days: Annotated[
        int, Query(ge=1, le=365, description="due this many days before the deadline")
    ] = REMIND_DAYS,
) -> RegistryReminders:
    """Class by class who has not checked their photo at 学信网, with the text to forward."""
    seen = visible(actor, Act.read_students, campaign_id)
    campaign = await the_campaign(db, campaign_id)
    deadline = proofread_deadline(campaign.proofread_deadline, campaign.return_deadline)
    left = days_until(deadline, clock_of(campaign))
    return RegistryReminders(
        deadline=deadline,
        days_left=left,
        due=left <= within_days,
        classes=[
            ClassReminderOut(
                **one._asdict() | {"silent": [SilentStudent(student_id=i, number=n, name=w) for i, n, w in one.silent]}
            )
            for one in await registry_service.class_reminders(db, seen, campaign)
        ],
    )


class DeadlineIn(BaseModel):
    at: AwareDatetime | None = Field(description="null = the end of 1 July after the return deadline")


class DeadlineOut(BaseModel):
    deadline: datetime
    chosen: bool = Field(description="false = 1 July by default")


@router.put("/campaigns/{campaign_id}/proofread-deadline", operation_id="setProofreadDeadline", responses=READ)
async def set_proofread_deadline(campaign_id: UUID, body: DeadlineIn, db: Db, actor: SignedIn) -> DeadlineOut:
    """图像校对: the day after which 学信网 changes nothing."""
    require(actor, Act.manage_campaign, Owner(campaign_id))
    campaign = await update_campaign(db, campaign_id, proofread_deadline=body.at)
    await audit(db, actor, "set_proofread_deadline", campaign_id, ("campaign", campaign_id))
    deadline = proofread_deadline(campaign.proofread_deadline, campaign.return_deadline)
    return DeadlineOut(deadline=deadline, chosen=body.at is not None)
