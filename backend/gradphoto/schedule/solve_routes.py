"""A whole timetable by the solver: ask for it, look how it goes, take it into the draft."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, Field, model_validator

from gradphoto.accounts.auth import NotSignedIn, SignedIn
from gradphoto.accounts.policy import Act, NotAllowed, Owner, require
from gradphoto.accounts.service import audit
from gradphoto.core.db import Db, now
from gradphoto.core.errors import NotFound, refuses
from gradphoto.schedule import solve_service
from gradphoto.schedule.models import SolveState, TimetableSolve, Turn
from gradphoto.schedule.service import NoRosterYet
from gradphoto.schedule.solve_asked import (
    Asked,
    BetweenAsked,
    ForbiddenAsked,
    SolveHasNoTimetable,
    WindowAsked,
    result_of,
)
from gradphoto.schedule.solve_service import SolveUnderWay, UnknownInSolve, WindowsOverlap
from gradphoto.schedule.solver.values import Collides, Solved

router = APIRouter(tags=["schedule"])
AT = "/campaigns/{campaign_id}/timetable/solves"
MINUTES_OF_A_WINDOW = 24 * 60


class SolveWindow(BaseModel):
    """When a room may be used; lunch is the gap between two of them."""

    venue: str = Field(min_length=1, max_length=100, examples=["体育馆"])
    room: str = Field(default="", max_length=100, examples=["1202 房间"])
    gate: str = Field(default="", max_length=100, examples=["东侧 9 号门"])
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    cameras: int = Field(default=1, ge=1, le=9)

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> "SolveWindow":
        minutes = (self.ends_at - self.starts_at).total_seconds() / 60
        if not 0 < minutes <= MINUTES_OF_A_WINDOW:
            raise ValueError("a window ends after its start, within a day")
        return self


class SolveForbidden(BaseModel):
    """When a class group has an exam or a course."""

    class_group_id: UUID
    starts_at: AwareDatetime
    ends_at: AwareDatetime

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> "SolveForbidden":
        if self.ends_at <= self.starts_at:
            raise ValueError("an exam or a course ends after its start")
        return self


class SolveBetween(BaseModel):
    college_id: UUID
    earliest: AwareDatetime | None = None
    latest: AwareDatetime | None = None

    @model_validator(mode="after")
    def _latest_after_earliest(self) -> "SolveBetween":
        if self.earliest and self.latest and self.latest <= self.earliest:
            raise ValueError("the latest follows the earliest")
        return self


class SolveRequest(BaseModel):
    windows: list[SolveWindow] = Field(min_length=1, max_length=200)
    forbidden: list[SolveForbidden] = Field(default=[], max_length=5000)
    between: list[SolveBetween] = Field(default=[], max_length=200)
    college_order: list[UUID] = Field(default=[], max_length=200, description="as they should come, if possible")
    together: bool = Field(default=True, description="a college in one piece, if a window can hold it")
    spare_percent: int = Field(default=3, ge=0, le=50, description="of every window, free at its end")
    grain_minutes: Literal[5, 10, 15] = 5
    seconds: int = Field(default=45, ge=5, le=120, description="how long it may think")


class SolvedClass(BaseModel):
    class_group_id: UUID
    turn: Turn
    planned_start_at: datetime


class SolvedSlotOut(BaseModel):
    venue: str
    starts_at: datetime
    ends_at: datetime
    college_name: str
    cameras: int
    heads: int
    classes: list[SolvedClass]


class SolvedOut(BaseModel):
    slots: list[SolvedSlotOut]
    used_minutes: int
    free_minutes: list[int] = Field(description="at the end of each window, in the order asked")
    spill_minutes: int = Field(description="what runs over if the camera takes 15 % longer than planned")
    split_colleges: list[str]
    day_ends: list[datetime]
    proven: bool = Field(description="no better timetable exists; else see `gap`")
    gap: float = Field(description="how far it may be from the best, as a share")


class CollisionOut(BaseModel):
    code: str
    sentence: str
    way_out: str
    colleges: list[str]
    class_group_ids: list[UUID]
    windows: list[int] = Field(description="places in the windows asked, from 0")


class SolveOut(BaseModel):
    solve_id: UUID
    state: SolveState
    asked_at: datetime
    seconds: float = Field(description="so far, or altogether")
    timetable: SolvedOut | None
    collisions: list[CollisionOut]
    impossible: bool = Field(description="proven: no timetable keeps all rules. False with collisions = not known")
    failed: str | None = Field(description="why there is no answer, for a person")


def _out(solve: TimetableSolve) -> SolveOut:
    found = result_of(solve)
    began = solve.started_at or solve.finished_at or now()
    collides = found if isinstance(found, Collides) else None
    return SolveOut(
        solve_id=solve.id,
        state=SolveState(solve.state),
        asked_at=solve.asked_at,
        seconds=round(((solve.finished_at or now()) - began).total_seconds(), 1),
        timetable=_timetable(found) if isinstance(found, Solved) else None,
        collisions=[
            CollisionOut(
                code=one.code,
                sentence=one.sentence,
                way_out=one.way_out,
                colleges=list(one.colleges),
                class_group_ids=[UUID(class_id) for class_id in one.class_ids],
                windows=list(one.windows),
            )
            for one in (collides.collisions if collides else ())
        ],
        impossible=collides.proven if collides else False,
        failed=found if isinstance(found, str) else None,
    )


def _timetable(found: Solved) -> SolvedOut:
    return SolvedOut(
        slots=[
            SolvedSlotOut(
                venue=slot.venue,
                starts_at=slot.starts_at,
                ends_at=slot.ends_at,
                college_name=slot.college,
                cameras=slot.cameras,
                heads=slot.heads,
                classes=[
                    SolvedClass(class_group_id=UUID(one.class_id), turn=one.turn, planned_start_at=one.starts_at)
                    for one in slot.classes
                ],
            )
            for slot in found.slots
        ],
        used_minutes=found.figures.used_minutes,
        free_minutes=list(found.figures.free_minutes),
        spill_minutes=found.figures.spill_minutes,
        split_colleges=list(found.figures.split_colleges),
        day_ends=list(found.figures.day_ends),
        proven=found.proven,
        gap=found.gap,
    )


@router.post(
    AT,
    status_code=202,
    operation_id="solveTimetable",
    responses=refuses(NotSignedIn, NotAllowed, NotFound, NoRosterYet, WindowsOverlap, UnknownInSolve, SolveUnderWay),
)
async def solve_timetable(campaign_id: UUID, body: SolveRequest, db: Db, actor: SignedIn) -> SolveOut:
    """Compute a whole timetable from the roster, in the background; the feed tells "timetable.solved". Turns are those
    of the draft, the pace is the campaign's. Writes nothing into the timetable: see `takeSolve`."""
    require(actor, Act.manage_campaign, Owner(campaign_id))
    asked = Asked(
        windows=tuple(WindowAsked(**one.model_dump()) for one in body.windows),
        forbidden=tuple(ForbiddenAsked(**one.model_dump()) for one in body.forbidden),
        between=tuple(BetweenAsked(**one.model_dump()) for one in body.between),
        college_order=tuple(body.college_order),
        **body.model_dump(include={"together", "spare_percent", "grain_minutes", "seconds"}),
    )
    solve = await solve_service.ask(db, campaign_id, asked, actor.id)
    await audit(db, actor, "solve_timetable", campaign_id, ("timetable_solve", solve.id))
    return _out(solve)


@router.get(AT + "/{solve_id}", operation_id="getSolve", responses=refuses(NotSignedIn, NotAllowed, NotFound))
async def get_solve(campaign_id: UUID, solve_id: UUID, db: Db, actor: SignedIn) -> SolveOut:
    """How it goes, and in the end the timetable, or which rules collide and what would help."""
    require(actor, Act.manage_campaign, Owner(campaign_id))
    return _out(await solve_service.the_solve(db, campaign_id, solve_id))


class SolveTaken(BaseModel):
    revision: int = Field(description="of the draft, which now is this timetable; undo brings back what was there")


@router.post(
    AT + "/{solve_id}/take",
    operation_id="takeSolve",
    responses=refuses(NotSignedIn, NotAllowed, NotFound, SolveHasNoTimetable),
)
async def take_solve(campaign_id: UUID, solve_id: UUID, db: Db, actor: SignedIn) -> SolveTaken:
    """Make the solved timetable the next step of the draft. Nothing is published by it."""
    require(actor, Act.manage_campaign, Owner(campaign_id))
    draft = await solve_service.take(db, campaign_id, solve_id, actor.id)
    await audit(db, actor, "take_solve", campaign_id, ("timetable_solve", solve_id), revision=draft.revision)
    return SolveTaken(revision=draft.revision)
