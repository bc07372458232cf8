"""A plan of this campaign given to the simulator, in a process of its own."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from uuid import UUID

from gradphoto.core.crunch import CrunchFailed, crunch
from gradphoto.core.db import sessions
from gradphoto.core.errors import Refusal
from gradphoto.schedule import draft_service
from gradphoto.schedule.notice.proposal import SHANGHAI
from gradphoto.schedule.planning.facts import PlanFacts
from gradphoto.schedule.planning.minutes import MINUTE
from gradphoto.schedule.planning.plan import Plan
from gradphoto.schedule.planning.simulator import Mode, Model, Outcome, SimSlot
from gradphoto.schedule.planning.timing import seconds_each

SIMULATOR = "gradphoto.schedule.planning.simulator:simulate_all"
SEEDS = 8
SECONDS = 60.0


class NothingToSimulate(Refusal):
    """时间表里还没有场次和班级，先排好再预演。"""


class SimulationFailed(Refusal):
    """预演没有算完，请稍后再试。"""

    status = 503


@dataclass(frozen=True)
class Simulated:
    mode: Mode
    outcome: Outcome
    ends: list[tuple[UUID, datetime]]
    half_hours: list[tuple[UUID, datetime, float]]


@dataclass(frozen=True)
class Simulation:
    seeds: int
    mean_seconds: float
    modes: list[Simulated]


async def simulate(
    campaign_id: UUID,
    *,
    of_draft: bool,
    mean_seconds: float | None,
    no_show: float,
    lead_minutes: int | None,
    stop_minutes: int,
) -> Simulation:
    """Holds no connection while it computes."""
    async with sessions() as db:
        found = await draft_service.draft(db, campaign_id)
    slots = sim_slots(found.plan if of_draft else found.published, found.facts)
    if not slots:
        raise NothingToSimulate()
    campaign = found.campaign
    plan = seconds_each(campaign.pace_people, campaign.pace_minutes)
    model = Model(
        plan_seconds=plan,
        mean_seconds=mean_seconds or plan,
        no_show=no_show,
        lead_seconds=(campaign.lead_minutes if lead_minutes is None else lead_minutes) * MINUTE,
        stop=(slots[0].day, slots[0].starts + 60 * MINUTE, slots[0].starts + (60 + stop_minutes) * MINUTE)
        if stop_minutes
        else None,
    )
    seeds = tuple(range(SEEDS))
    try:
        outcomes = await crunch(
            "gradphoto.schedule.planning.simulator:simulate_all", slots, model, seeds, seconds=SECONDS
        )
    except CrunchFailed as failed:
        raise SimulationFailed(why=failed.why) from None
    return Simulation(SEEDS, model.mean_seconds, [_simulated(mode, one) for mode, one in outcomes])


def sim_slots(plan: Plan, facts: PlanFacts) -> list[SimSlot]:
    """The plan's slots with somebody in them, in seconds of their day in Shanghai."""
    found = []
    for slot in plan.slots:
        heads = tuple(facts.heads(one) for one in slot.classes)
        starts, ends = slot.starts_at.astimezone(SHANGHAI), slot.ends_at.astimezone(SHANGHAI)
        if sum(heads):
            midnight = datetime.combine(starts.date(), time(), SHANGHAI)
            found.append(
                SimSlot(
                    room=str(slot.venue_id),
                    day=starts.date().isoformat(),
                    starts=(starts - midnight).total_seconds(),
                    ends=(ends - midnight).total_seconds(),
                    heads=heads,
                    cameras=slot.cameras,
                )
            )
    return found


def _simulated(mode: Mode, outcome: Outcome) -> Simulated:
    ends = [(UUID(room), _at(day, seconds)) for (room, day), seconds in outcome.ends.items()]
    half_hours = [
        (UUID(room), _at(day, seconds), wait)
        for (room, day), pairs in outcome.waits_by_half_hour.items()
        for seconds, wait in pairs
    ]
    return Simulated(mode, outcome, ends, half_hours)


def _at(day: str, seconds: float) -> datetime:
    return datetime.combine(datetime.fromisoformat(day).date(), time(), SHANGHAI) + timedelta(seconds=round(seconds))
