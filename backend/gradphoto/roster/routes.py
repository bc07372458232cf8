"""A student signs in; who is signed in; campaigns and their clock."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import AwareDatetime, BaseModel, Field

from gradphoto.accounts.auth import NotSignedIn, SignedIn, set_cookie
from gradphoto.accounts.models import Role
from gradphoto.accounts.policy import Act, NotAllowed, Owner, require
from gradphoto.accounts.service import TooManyTries, WrongSignIn, audit
from gradphoto.core.db import Db, now
from gradphoto.core.errors import NotFound, refuses
from gradphoto.core.settings import settings
from gradphoto.roster import import_routes, service, student_routes
from gradphoto.roster.models import Campaign
from gradphoto.roster.service import ClockIsReal

router = APIRouter()
router.include_router(import_routes.router)
router.include_router(student_routes.router)
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
    lead_minutes: int = Field(
        ge=0, le=120, description="a student is told to be there this long before the planned shot"
    )


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
    campaign = await service.set_clock(db, campaign_id, body.at)
    await audit(db, actor, "set_clock", campaign_id, ("campaign", campaign_id), at=body.at.isoformat())
    return campaign_out(campaign)
