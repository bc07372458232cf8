"""Campaigns, class groups, students: what the roster says, masked."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import AwareDatetime, BaseModel, Field

from gradphoto.accounts.auth import NotSignedIn, SignedIn, set_cookie
from gradphoto.accounts.models import Role
from gradphoto.accounts.policy import Act, NotAllowed, Owner, require, visible
from gradphoto.accounts.service import TooManyTries, WrongSignIn, audit
from gradphoto.core.db import Db, now
from gradphoto.core.errors import NotFound, refuses
from gradphoto.core.settings import settings
from gradphoto.roster import import_routes, service
from gradphoto.roster.id_numbers import IdType
from gradphoto.roster.models import Campaign, ClassGroup, College, Student
from gradphoto.roster.service import ClockIsReal

router = APIRouter()
router.include_router(import_routes.router)
ROSTER = "roster"
READ = refuses(NotSignedIn, NotAllowed, NotFound)


class StudentSignIn(BaseModel):
    number: str = Field(min_length=1, max_length=32, description="学号", examples=["41500001"])
    name: str = Field(min_length=1, max_length=50, description="姓名", examples=["唐梓"])
    id_number_tail: str = Field(min_length=6, max_length=6, description="证件号后六位", examples=["070001"])


@router.post(
    "/sign-in/student",
    tags=["sign-in"],
    operation_id="signInStudent",
    status_code=204,
    responses=refuses(WrongSignIn, TooManyTries),
)
async def sign_in_student(body: StudentSignIn, db: Db, response: Response) -> None:
    """Sign in as a student, who may be the class monitor. Sets the session cookie."""
    set_cookie(response, await service.sign_in_student(db, body.number, body.name, body.id_number_tail))


class Me(BaseModel):
    kind: Literal["staff", "student", "api_key"]
    role: Role = Field(description="monitor for a student whom the roster names 班长")
    name: str
    campaign_id: UUID | None = Field(
        description="the student's or key's own; else the newest campaign, null = none yet"
    )
    campaign_name: str
    student_id: UUID | None
    class_group_id: UUID | None
    college_ids: list[UUID] = Field(description="of a counsellor, in this campaign")
    is_monitor: bool
    server_now: datetime = Field(description="the campaign's clock: screens count from this, not from their own")
    rehearsal: bool
    demo: bool


@router.get("/me", tags=["sign-in"], operation_id="getMe", responses=refuses(NotSignedIn))
async def get_me(db: Db, actor: SignedIn) -> Me:
    """Who is signed in, and the campaign that the screens open with."""
    campaigns = await service.list_campaigns(db, actor.campaign_id)
    campaign = campaigns[0] if campaigns else None
    kinds: dict[Role, Literal["student", "api_key"]] = {Role.student: "student", Role.monitor: "student"}
    kinds[Role.system] = "api_key"
    return Me(
        kind=kinds.get(actor.role, "staff"),
        role=actor.role,
        name=actor.name,
        campaign_id=campaign.id if campaign else None,
        campaign_name=campaign.name if campaign else "",
        student_id=actor.student_id,
        class_group_id=actor.class_group_id,
        college_ids=[college for owner, college in actor.college_ids if campaign and owner == campaign.id],
        is_monitor=Role.monitor in actor.roles,
        server_now=service.clock_of(campaign) if campaign else now(),
        rehearsal=bool(campaign and campaign.rehearsal),
        demo=settings().demo,
    )


# --- campaign --------------------------------------------------------------------------------------------------------


class CampaignFields(BaseModel):
    name: str = Field(min_length=1, max_length=100, examples=["2019 届本科毕业生图像采集"])
    cohort: str = Field(max_length=100, examples=["2019 届（2015 级）"])
    fee_fen: int = Field(ge=0, le=100_000, examples=[2000])
    pace_people: int = Field(ge=1, le=1000, description="so many people …", examples=[30])
    pace_minutes: int = Field(ge=1, le=600, description="… in so many minutes, on one camera", examples=[10])
    return_deadline: AwareDatetime = Field(examples=["2019-03-10T23:59:59+08:00"])
    mailbox: str = Field(max_length=200, examples=["ustbjwk@163.com"])
    clothing: str = Field(max_length=500)
    bring: str = Field(max_length=500)
    lead_minutes: int = Field(ge=0, le=120, description="a class is told to be there this long before its first shot")


class NewCampaign(CampaignFields):
    notice_text: str = Field(max_length=200_000)
    rehearsal: bool = Field(description="演练: the clock may be moved; cannot be changed later")


class CampaignOut(NewCampaign):
    campaign_id: UUID
    server_now: datetime
    created_at: datetime


def campaign_out(campaign: Campaign) -> CampaignOut:
    values = campaign.model_dump(exclude={"id", "clock_shift_seconds"})
    return CampaignOut(campaign_id=campaign.id, server_now=service.clock_of(campaign), **values)


@router.get("/campaigns", tags=[ROSTER], operation_id="listCampaigns", responses=refuses(NotSignedIn))
async def list_campaigns(db: Db, actor: SignedIn) -> list[CampaignOut]:
    """All campaigns, newest first; a student or API key sees its own."""
    return [campaign_out(campaign) for campaign in await service.list_campaigns(db, actor.campaign_id)]


@router.post(
    "/campaigns",
    tags=[ROSTER],
    operation_id="createCampaign",
    status_code=201,
    responses=refuses(NotSignedIn, NotAllowed),
)
async def create_campaign(body: NewCampaign, db: Db, actor: SignedIn) -> CampaignOut:
    """Begin a campaign, usually with the facts of `POST /notices/read`."""
    if Role.registrar not in actor.roles:
        raise NotAllowed(act=Act.manage_campaign.value)
    campaign = await service.create_campaign(db, **body.model_dump())
    await audit(db, actor, "create_campaign", campaign.id, ("campaign", campaign.id))
    return campaign_out(campaign)


@router.get("/campaigns/{campaign_id}", tags=[ROSTER], operation_id="getCampaign", responses=READ)
async def get_campaign(campaign_id: UUID, db: Db, actor: SignedIn) -> CampaignOut:
    """One campaign and its clock."""
    require(actor, Act.read_campaign, Owner(campaign_id))
    return campaign_out(await service.the_campaign(db, campaign_id))


@router.put("/campaigns/{campaign_id}", tags=[ROSTER], operation_id="updateCampaign", responses=READ)
async def update_campaign(campaign_id: UUID, body: CampaignFields, db: Db, actor: SignedIn) -> CampaignOut:
    """Change what the notice says of the whole campaign."""
    require(actor, Act.manage_campaign, Owner(campaign_id))
    campaign = await service.update_campaign(db, campaign_id, **body.model_dump())
    await audit(db, actor, "update_campaign", campaign_id, ("campaign", campaign_id))
    return campaign_out(campaign)


class ClockIn(BaseModel):
    at: AwareDatetime = Field(examples=["2018-10-23T09:05:00+08:00"])


@router.put(
    "/campaigns/{campaign_id}/clock",
    tags=[ROSTER],
    operation_id="setClock",
    responses=refuses(NotSignedIn, NotAllowed, NotFound, ClockIsReal),
)
async def set_clock(campaign_id: UUID, body: ClockIn, db: Db, actor: SignedIn) -> CampaignOut:
    """Move the clock of a rehearsal; it runs on from there."""
    require(actor, Act.manage_campaign, Owner(campaign_id))
    return campaign_out(await service.set_clock(db, campaign_id, body.at))


# --- class groups and students ---------------------------------------------------------------------------------------


class ClassGroupOut(BaseModel):
    class_group_id: UUID
    class_group_name: str
    college_id: UUID
    college_name: str
    heads: int


@router.get("/campaigns/{campaign_id}/class-groups", tags=[ROSTER], operation_id="listClassGroups", responses=READ)
async def list_class_groups(campaign_id: UUID, db: Db, actor: SignedIn) -> list[ClassGroupOut]:
    """The class groups that the caller may see, with head counts, in roster order."""
    rows = await service.class_groups(db, visible(actor, Act.read_students, campaign_id))
    return [
        ClassGroupOut(
            class_group_id=group.id,
            class_group_name=group.name,
            college_id=college.id,
            college_name=college.name,
            heads=heads,
        )
        for group, college, heads in rows
    ]


class StudentOut(BaseModel):
    student_id: UUID
    number: str
    name: str
    sex: str
    id_type: IdType
    id_number_mask: str
    major: str
    class_group_id: UUID
    class_group_name: str
    college_id: UUID
    college_name: str
    is_monitor: bool
    withdrawn_at: datetime | None


class StudentPage(BaseModel):
    students: list[StudentOut]
    next_after: str | None = Field(description="send as `after` for the next page; null = the end")


def student_out(student: Student, group: ClassGroup, college: College) -> StudentOut:
    return StudentOut(
        student_id=student.id,
        class_group_name=group.name,
        college_id=college.id,
        college_name=college.name,
        **student.model_dump(
            include={"number", "name", "sex", "id_type", "id_number_mask", "major", "class_group_id"}
            | {"is_monitor", "withdrawn_at"}
        ),
    )


@router.get("/campaigns/{campaign_id}/students", tags=[ROSTER], operation_id="listStudents", responses=READ)
async def list_students(
    campaign_id: UUID,
    db: Db,
    actor: SignedIn,
    search: Annotated[
        str | None, Query(max_length=50, description="start of 学号 or class, part of a name, or a whole ID number")
    ] = None,
    class_group_id: UUID | None = None,
    college_id: UUID | None = None,
    after: Annotated[str | None, Query(max_length=32)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> StudentPage:
    """Students in 学号 order, as far as the caller may see. ID numbers are masked."""
    rows = await service.students(
        db,
        visible(actor, Act.read_students, campaign_id),
        search=search,
        class_group_id=class_group_id,
        college_id=college_id,
        after=after,
        limit=limit,
    )
    last = rows[-1][0].number if len(rows) == limit else None
    return StudentPage(students=[student_out(*row) for row in rows], next_after=last)


@router.get("/campaigns/{campaign_id}/students/{student_id}", tags=[ROSTER], operation_id="getStudent", responses=READ)
async def get_student(campaign_id: UUID, student_id: UUID, db: Db, actor: SignedIn) -> StudentOut:
    """One student, masked."""
    require(actor, Act.read_students, await service.owner_of_student(db, campaign_id, student_id))
    return student_out(*await service.the_student(db, campaign_id, student_id))


class IdNumberOut(BaseModel):
    id_number: str


class RevealReason(BaseModel):
    reason: str = Field(min_length=2, max_length=200, examples=["核对身份证原件"])


@router.post(
    "/campaigns/{campaign_id}/students/{student_id}/id-number",
    tags=[ROSTER],
    operation_id="revealIdNumber",
    responses=READ,
)
async def reveal_id_number(
    campaign_id: UUID, student_id: UUID, body: RevealReason, db: Db, actor: SignedIn
) -> IdNumberOut:
    """The ID number in clear. Who looked, when and why is written down in the same transaction."""
    require(actor, Act.reveal_id_number, await service.owner_of_student(db, campaign_id, student_id))
    await audit(db, actor, "reveal_id_number", campaign_id, ("student", student_id), reason=body.reason)
    return IdNumberOut(id_number=await service.reveal_id_number(db, campaign_id, student_id))
