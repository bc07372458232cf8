"""What a timetable would do to the people: waits and idle cameras, simulated before it is published."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field

from gradphoto.accounts.auth import NotSignedIn, SignedInBriefly
from gradphoto.accounts.policy import Act, NotAllowed, Owner, require
from gradphoto.core.errors import NotFound, refuses
from gradphoto.schedule import simulation_service
from gradphoto.schedule.planning.simulator import Mode
from gradphoto.schedule.simulation_service import NothingToSimulate, Simulated, SimulationFailed

router = APIRouter(tags=["schedule"])


class Of(StrEnum):
    draft = "draft"
    published = "published"


class SimulationIn(BaseModel):
    of: Of
    mean_seconds: float | None = Field(
        default=None, ge=5, le=120, description="how fast the camera really is; null = as the notice says"
    )
    no_show_percent: float = Field(default=3, ge=0, le=30)
    lead_minutes: int | None = Field(default=None, ge=0, le=60, description="null = the campaign's")
    stop_minutes: int = Field(default=0, ge=0, le=120, description="a breakdown in the middle of the first morning")


class DayEnd(BaseModel):
    venue_id: UUID
    day: date
    ends_at: datetime


class HalfHour(BaseModel):
    venue_id: UUID
    starts_at: datetime = Field(description="half an hour of arrivals begins")
    mean_wait_minutes: float


class ModeOut(BaseModel):
    mode: Mode = Field(
        description="notice: a college at its slot's start; by_class: a class at its first minute; own_minute: told "
        "once; replanned: told again on the day"
    )
    mean_wait_minutes: float
    p95_wait_minutes: float
    longest_queue: float
    idle_percent: float = Field(description="of the time in which somebody was still to come")
    told_again: float = Field(description="tellings a student after the first")
    shot: float
    ends: list[DayEnd]
    half_hours: list[HalfHour]


class SimulationOut(BaseModel):
    seeds: int = Field(description="runs with different luck, the figures are their mean")
    mean_seconds: float
    modes: list[ModeOut]


@router.post(
    "/campaigns/{campaign_id}/timetable/simulation",
    operation_id="simulateTimetable",
    responses=refuses(NotSignedIn, NotAllowed, NotFound, NothingToSimulate, SimulationFailed),
)
async def simulate_timetable(campaign_id: UUID, body: SimulationIn, actor: SignedInBriefly) -> SimulationOut:
    """Four ways of telling people when to come, on the same timetable with the same luck. Takes some seconds."""
    require(actor, Act.manage_campaign, Owner(campaign_id))
    done = await simulation_service.simulate(
        campaign_id,
        of_draft=body.of is Of.draft,
        mean_seconds=body.mean_seconds,
        no_show=body.no_show_percent / 100,
        lead_minutes=body.lead_minutes,
        stop_minutes=body.stop_minutes,
    )
    modes = [_mode(one) for one in done.modes]
    return SimulationOut(seeds=done.seeds, mean_seconds=done.mean_seconds, modes=modes)


def _mode(one: Simulated) -> ModeOut:
    outcome = one.outcome
    return ModeOut(
        mode=one.mode,
        mean_wait_minutes=round(outcome.mean_wait, 1),
        p95_wait_minutes=round(outcome.p95_wait, 1),
        longest_queue=round(outcome.longest_queue),
        idle_percent=round(outcome.idle * 100, 1),
        told_again=round(outcome.told_again, 2),
        shot=round(outcome.shot),
        ends=[DayEnd(venue_id=venue_id, day=at.date(), ends_at=at) for venue_id, at in one.ends],
        half_hours=[
            HalfHour(venue_id=venue_id, starts_at=at, mean_wait_minutes=round(wait, 1))
            for venue_id, at, wait in one.half_hours
        ],
    )
