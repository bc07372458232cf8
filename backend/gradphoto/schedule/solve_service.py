"""A whole timetable asked of the solver: asked, computed in the background, kept, and read as a plan."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from gradphoto.core.crunch import CrunchFailed, crunch
from gradphoto.core.db import now, sessions
from gradphoto.core.errors import NotFound, Refusal
from gradphoto.core.events import announce
from gradphoto.core.jobs import SLOW, defer, jobs
from gradphoto.roster import service as roster
from gradphoto.schedule.draft_service import Draft, draft, locked_head, take_plan
from gradphoto.schedule.models import SolveState, TimetableSolve, Turn
from gradphoto.schedule.notice.proposal import SHANGHAI
from gradphoto.schedule.planning.facts import PlanFacts
from gradphoto.schedule.planning.plan import Plan
from gradphoto.schedule.planning.timing import seconds_each
from gradphoto.schedule.service import NoRosterYet
from gradphoto.schedule.solve_asked import Asked, answer_json, asked_json, asked_of, plan_of
from gradphoto.schedule.solver.values import Between, ClassLoad, Problem, Rules, Window

MEMORY_MB = 4096  # of address space; a campaign of 20,000 uses 600 MB
GRACE_SECONDS = 90  # starting, naming what collides, writing it down
OPEN = (SolveState.queued, SolveState.running)


class WindowsOverlap(Refusal):
    """同一个拍摄点的两个可用时间段重叠了，请改开再试。"""

    status = 422


class UnknownInSolve(Refusal):
    """名册里没有所写的班级或学院，请刷新后再试。"""

    status = 422


class SolveUnderWay(Refusal):
    """这个批次正在排一张时间表，请等它完成（最多几分钟）再开始新的。"""


async def ask(db: AsyncSession, campaign_id: UUID, asked: Asked, by_id: UUID) -> TimetableSolve:
    """One at a time for a campaign. The answer is announced as "timetable.solved"."""
    await locked_head(db, campaign_id)
    await _problem(db, campaign_id, asked)  # refuses what the worker could not make a problem of
    under_way = await db.scalars(
        select(TimetableSolve).where(TimetableSolve.campaign_id == campaign_id, TimetableSolve.state.in_(OPEN))
    )
    for other in under_way:
        if not await _given_up(db, other):
            raise SolveUnderWay()
    solve = TimetableSolve(campaign_id=campaign_id, request=asked_json(asked), asked_by=by_id)
    db.add(solve)
    await db.flush()
    await db.refresh(solve)
    await defer(db, solve_timetable, campaign_id=str(campaign_id), solve_id=str(solve.id))
    return solve


async def the_solve(db: AsyncSession, campaign_id: UUID, solve_id: UUID) -> TimetableSolve:
    solve = await db.get(TimetableSolve, (campaign_id, solve_id), populate_existing=True)
    if solve is None:
        raise NotFound()
    if solve.state in OPEN:
        await _given_up(db, solve)
    return solve


async def _given_up(db: AsyncSession, solve: TimetableSolve) -> bool:
    """Nobody works at it any more: its worker was killed, or none came. Then it has failed, and stays so."""
    longest = timedelta(seconds=asked_of(solve).seconds + GRACE_SECONDS)
    waited = timedelta(minutes=10) if solve.started_at is None else longest
    if now() < (solve.started_at or solve.asked_at) + waited:
        return False
    await _finish(db, solve.campaign_id, solve.id, SolveState.failed, {"failed": "stopped"})
    await db.refresh(solve)
    return True


# --- the work --------------------------------------------------------------------------------------------------------


@jobs.task(name="timetable.solve", queue=SLOW)
async def solve_timetable(campaign_id: str, solve_id: str) -> None:
    """In three steps, so that no transaction waits for the solver: take it, compute, write it down."""
    campaign, solve = UUID(campaign_id), UUID(solve_id)
    async with sessions() as db, db.begin():
        asked = await _take(db, campaign, solve)
        try:
            problem = await _problem(db, campaign, asked) if asked else None
        except Refusal:  # the roster was changed in the meantime
            await _finish(db, campaign, solve, SolveState.failed, {"failed": "stopped"})
            return
    if asked is None or problem is None:
        return
    try:
        # What collides is named in seconds of its own, which is why it may take longer than was asked.
        limit = asked.seconds + GRACE_SECONDS / 2
        answer = await crunch(
            "gradphoto.schedule.solver.solve:solve", problem, float(asked.seconds), seconds=limit, memory_mb=MEMORY_MB
        )
        state, result = SolveState.done, answer_json(answer)
    except CrunchFailed as failed:
        state, result = SolveState.failed, {"failed": failed.why}
    async with sessions() as db, db.begin():
        await _finish(db, campaign, solve, state, result)


async def _take(db: AsyncSession, campaign_id: UUID, solve_id: UUID) -> Asked | None:
    """None if somebody else has it, or it was given up."""
    taken = await db.scalar(
        update(TimetableSolve)
        .where(
            TimetableSolve.campaign_id == campaign_id,
            TimetableSolve.id == solve_id,
            TimetableSolve.state == SolveState.queued,
        )
        .values(state=SolveState.running, started_at=now())
        .returning(TimetableSolve)
    )
    return asked_of(taken) if taken else None


async def _finish(
    db: AsyncSession, campaign_id: UUID, solve_id: UUID, state: SolveState, result: dict[str, Any]
) -> None:
    """Once: what was given up stays given up, whoever comes later."""
    finished = await db.scalar(
        update(TimetableSolve)
        .where(
            TimetableSolve.campaign_id == campaign_id,
            TimetableSolve.id == solve_id,
            TimetableSolve.state.in_(OPEN),
        )
        .values(state=state, result=result, finished_at=now())
        .returning(TimetableSolve.id)
    )
    if finished:
        await announce(db, campaign_id, "timetable.solved", solve_id=solve_id)


async def _problem(db: AsyncSession, campaign_id: UUID, asked: Asked) -> Problem:
    now_ = await draft(db, campaign_id)
    facts = now_.facts
    if not facts.groups:
        raise NoRosterYet()
    known = all(one.class_group_id in facts.groups for one in asked.forbidden)
    colleges = [*asked.college_order, *(one.college_id for one in asked.between)]
    if not known or any(college_id not in facts.colleges for college_id in colleges):
        raise UnknownInSolve()
    windows = tuple(
        Window(one.place, one.starts_at.astimezone(SHANGHAI), one.ends_at.astimezone(SHANGHAI), one.cameras)
        for one in asked.windows
    )
    _no_overlap(windows)
    campaign = await roster.the_campaign(db, campaign_id)
    rules = Rules(
        seconds_each=seconds_each(campaign.pace_people, campaign.pace_minutes),
        grain_minutes=asked.grain_minutes,
        together=asked.together,
        spare_share=asked.spare_percent / 100,
        between=tuple(
            Between(facts.college(one.college_id), _here(one.earliest), _here(one.latest)) for one in asked.between
        ),
        order=tuple(facts.college(college_id) for college_id in asked.college_order),
    )
    return Problem(windows, class_loads(facts, now_.plan, asked), rules)


def _here(at: datetime | None) -> datetime | None:
    return at.astimezone(SHANGHAI) if at else None


def _no_overlap(windows: Sequence[Window]) -> None:
    ordered = sorted(windows, key=lambda window: (window.venue, window.starts_at))
    for one, other in pairwise(ordered):
        if one.venue == other.venue and other.starts_at < one.ends_at:
            raise WindowsOverlap()


def class_loads(facts: PlanFacts, plan: Plan, asked: Asked) -> tuple[ClassLoad, ...]:
    """In one pass over what is forbidden: of 700 classes and 5,000 times nobody else's request may wait for it."""
    busy: dict[UUID, list[tuple[datetime, datetime]]] = defaultdict(list)
    for one in asked.forbidden:
        busy[one.class_group_id].append((one.starts_at, one.ends_at))
    turns = {one.class_group_id: Turn(one.turn) for slot in plan.slots for one in slot.classes}
    return tuple(
        ClassLoad(
            id=str(group.class_group_id),
            name=group.name,
            college=group.college_name,
            heads=group.heads,
            forbidden=tuple(busy.get(group.class_group_id, ())),
            turn=turns.get(group.class_group_id, Turn.normal),
        )
        for group in facts.groups.values()
    )


# --- into the draft --------------------------------------------------------------------------------------------------


async def take(db: AsyncSession, campaign_id: UUID, solve_id: UUID, by_id: UUID) -> Draft:
    """The next step of the draft; undo brings back what was there."""
    await locked_head(db, campaign_id)
    solve = await the_solve(db, campaign_id, solve_id)
    plan = plan_of(solve, (await draft(db, campaign_id)).facts)
    return await take_plan(db, campaign_id, plan, "take_solve", "采用自动排出的时间表", by_id)
