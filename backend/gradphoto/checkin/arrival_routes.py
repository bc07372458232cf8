"""Minutes that moved, as texts to pass on, and the calendar feed of a student."""

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from gradphoto.accounts.auth import NotSignedIn, SignedIn
from gradphoto.accounts.policy import Act, NotAllowed, Owner, require, visible
from gradphoto.checkin import arrival_service, replan_service
from gradphoto.core.db import Db
from gradphoto.core.errors import NotFound, refuses
from gradphoto.roster.service import owner_of_student

router = APIRouter()


class DelayOut(BaseModel):
    delay_notice_id: UUID
    class_group_id: UUID
    class_group_name: str
    college_name: str
    slot_label: str
    at: datetime = Field(description="when it was told, by the campaign's clock")
    before: datetime = Field(description="first arrival of those concerned, as it was")
    arrival_at: datetime = Field(description="and as it is now")
    minutes: int = Field(description="later; below zero earlier")
    students: int
    text: str = Field(description="to paste into the class chat")


@router.get(
    "/campaigns/{campaign_id}/delay-notices",
    operation_id="listDelayNotices",
    responses=refuses(NotSignedIn, NotAllowed, NotFound),
)
async def list_delay_notices(campaign_id: UUID, db: Db, actor: SignedIn) -> list[DelayOut]:
    """Today's, the newest first: of the whole campaign, of a counsellor's colleges, of a monitor's class."""
    seen = visible(actor, Act.read_students, campaign_id)
    return [
        DelayOut(**{name: getattr(one, name) for name in DelayOut.model_fields})
        for one in await arrival_service.delays_today(db, seen)
    ]


class Replanned(BaseModel):
    students: int = Field(description="who were told another minute")


@router.post(
    "/campaigns/{campaign_id}/venues/{venue_id}/replan",
    operation_id="replanVenue",
    responses=refuses(NotSignedIn, NotAllowed, NotFound),
)
async def replan_venue(campaign_id: UUID, venue_id: UUID, db: Db, actor: SignedIn) -> Replanned:
    """Re-plan the later arrivals now, as happens by itself every minute. A move of five minutes or less is not told."""
    require(actor, Act.run_station, Owner(campaign_id))
    return Replanned(students=await replan_service.replan_now(db, campaign_id, venue_id))


class CalendarOut(BaseModel):
    url: str = Field(description="an iCalendar feed to subscribe to; it holds no name")


@router.get(
    "/campaigns/{campaign_id}/students/{student_id}/calendar",
    operation_id="getStudentCalendar",
    responses=refuses(NotSignedIn, NotAllowed, NotFound),
)
async def get_student_calendar(campaign_id: UUID, student_id: UUID, db: Db, actor: SignedIn) -> CalendarOut:
    """Where the student's minute can be subscribed to."""
    require(actor, Act.read_own_card, await owner_of_student(db, campaign_id, student_id))
    return CalendarOut(url=arrival_service.calendar_url(campaign_id, student_id))


@router.get(
    "/calendars/{token}.ics",
    operation_id="readCalendar",
    response_class=Response,
    responses=refuses(NotFound) | {200: {"content": {"text/calendar": {}}, "description": "RFC 5545"}},
)
async def read_calendar(token: str, db: Db) -> Response:
    """The feed itself: no sign-in, the address is the key. Follows the minute as it moves."""
    data = await arrival_service.calendar_of(db, token)
    return Response(data, media_type="text/calendar; charset=utf-8", headers={"Cache-Control": "no-cache"})
