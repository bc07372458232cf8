"""The notice as a proposal, the timetable with its load, and moving a class group in it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field

from gradphoto.accounts.auth import NotSignedIn, SignedIn
from gradphoto.accounts.models import Role
from gradphoto.accounts.policy import Act, NotAllowed, Owner, Reach, reach, require
from gradphoto.accounts.service import audit
from gradphoto.core.db import Db
from gradphoto.core.errors import NotFound, refuses
from gradphoto.roster.service import owner_of_class_group
from gradphoto.schedule import service
from gradphoto.schedule.models import Turn
from gradphoto.schedule.proposal import Fact, Finding, NoticeProposal
from gradphoto.schedule.service import NoRosterYet, NoTimetableInNotice, SlotOfOtherCollege, TimetableInUse
from gradphoto.schedule.timing import Spill

router = APIRouter(tags=["schedule"])


class SpanOut(BaseModel):
    start: int = Field(description="offset in the notice, in characters")
    end: int
    text: str


class FactOut(BaseModel):
    name: str = Field(examples=["fee_fen"])
    value: str | int | datetime
    span: SpanOut


class FindingOut(BaseModel):
    code: str = Field(examples=["half_day_contradicts_hour"])
    level: str = Field(description="warning 请注意 | question 请确认")
    sentence: str
    ruling: str | None = Field(description="what is taken if nobody decides otherwise")
    span: SpanOut | None
    slot: int | None = Field(description="index in `slots`")


class NoticeSlot(BaseModel):
    starts_at: datetime
    ends_at: datetime
    college_name: str
    stated_classes: int | None
    stated_heads: int | None
    include: list[str]
    exclude: list[str]
    first: list[str] = Field(description="先拍")
    last: list[str] = Field(description="后拍")
    span: SpanOut


class NoticeOut(BaseModel):
    facts: list[FactOut]
    slots: list[NoticeSlot]
    findings: list[FindingOut]


class NoticeIn(BaseModel):
    text: str = Field(max_length=200_000)


def _finding(finding: Finding) -> FindingOut:
    return FindingOut(
        code=finding.code,
        level=finding.level,
        sentence=finding.sentence,
        ruling=finding.ruling,
        span=_span(finding.span) if finding.span else None,
        slot=finding.slot,
    )


def _span(span: Any) -> SpanOut:
    return SpanOut(start=span.start, end=span.end, text=span.text)


def _facts(notice: NoticeProposal) -> list[FactOut]:
    found = vars(notice.facts).items()
    return [FactOut(name=k, value=_plain(f.value), span=_span(f.span)) for k, f in found if isinstance(f, Fact)]


def _plain(value: Any) -> str | int | datetime:
    return value if isinstance(value, str | int | datetime) else str(value)


@router.post("/notices/read", operation_id="readNotice", responses=refuses(NotSignedIn, NotAllowed))
async def read_notice(body: NoticeIn, actor: SignedIn) -> NoticeOut:
    """What a notice says: facts, slots and everything odd, each with the words it came from. Stores nothing."""
    if Role.registrar not in actor.roles:
        raise NotAllowed(act=Act.manage_campaign.value)
    notice = await service.read(body.text)
    slots = [
        NoticeSlot(
            starts_at=slot.starts_at,
            ends_at=slot.ends_at,
            college_name=slot.college,
            stated_classes=slot.stated_classes,
            stated_heads=slot.stated_heads,
            include=list(slot.include),
            exclude=list(slot.exclude),
            first=list(slot.first),
            last=list(slot.last),
            span=_span(slot.span),
        )
        for slot in notice.slots
    ]
    return NoticeOut(facts=_facts(notice), slots=slots, findings=[_finding(one) for one in notice.findings])


# --- proposal --------------------------------------------------------------------------------------------------------


class Load(BaseModel):
    heads: int
    capacity: int = Field(description="at the campaign's pace on one camera")
    over: int = Field(description="heads - capacity; negative = spare")
    starts_really_at: datetime
    ends_really_at: datetime = Field(description="when the slot is done if nobody is sent away")


def _load(load: Spill) -> Load:
    return Load(
        heads=load.heads,
        capacity=load.capacity,
        over=load.over,
        starts_really_at=load.starts_really,
        ends_really_at=load.ends_really,
    )


class ProposedClass(BaseModel):
    class_group_id: UUID
    class_group_name: str
    heads: int
    turn: Turn
    position: int


class ProposedSlot(BaseModel):
    label: str
    starts_at: datetime
    ends_at: datetime
    college_name: str
    stated_heads: int | None
    load: Load
    classes: list[ProposedClass]


class TimetableProposal(BaseModel):
    slots: list[ProposedSlot]
    findings: list[FindingOut]
    unplaced: list[str] = Field(description="class groups of the roster that the notice gives no slot")


PROPOSE = refuses(NotSignedIn, NotAllowed, NotFound, NoTimetableInNotice, NoRosterYet)


@router.get("/campaigns/{campaign_id}/timetable/proposal", operation_id="proposeTimetable", responses=PROPOSE)
async def propose_timetable(campaign_id: UUID, db: Db, actor: SignedIn) -> TimetableProposal:
    """The campaign's notice laid over its roster: what `applyTimetable` would write, and what does not fit."""
    require(actor, Act.manage_campaign, Owner(campaign_id))
    proposal = await service.propose(db, campaign_id)
    slots = [
        ProposedSlot(
            label=service.label(i),
            starts_at=slot.starts_at,
            ends_at=slot.ends_at,
            college_name=slot.college,
            stated_heads=slot.stated_heads,
            load=_load(proposal.loads[i]),
            classes=[
                ProposedClass(
                    class_group_id=placed.class_group_id,
                    class_group_name=proposal.class_groups[placed.class_group_id].name,
                    heads=proposal.class_groups[placed.class_group_id].heads,
                    turn=placed.turn,
                    position=placed.position,
                )
                for placed in proposal.placement.placed
                if placed.slot == i
            ],
        )
        for i, slot in enumerate(proposal.slots)
    ]
    return TimetableProposal(
        slots=slots,
        findings=[_finding(one) for one in proposal.findings],
        unplaced=[proposal.class_groups[one].name for one in proposal.placement.unplaced],
    )


# --- timetable -------------------------------------------------------------------------------------------------------


class TimetableClass(BaseModel):
    class_group_id: UUID
    class_group_name: str
    college_id: UUID
    college_name: str
    heads: int
    turn: Turn
    position: int
    arrival_at: datetime = Field(description="when the class is told to be at the gate")
    planned_start_at: datetime


class TimetableSlot(BaseModel):
    slot_id: UUID
    label: str
    venue_id: UUID
    starts_at: datetime
    ends_at: datetime
    college_id: UUID | None
    college_name: str
    stated_heads: int | None
    source_text: str
    load: Load
    classes: list[TimetableClass]


class VenueOut(BaseModel):
    venue_id: UUID
    venue_name: str
    room: str
    gate: str


class Timetable(BaseModel):
    venues: list[VenueOut]
    slots: list[TimetableSlot]


READ = refuses(NotSignedIn, NotAllowed, NotFound)


@router.get("/campaigns/{campaign_id}/timetable", operation_id="getTimetable", responses=READ)
async def get_timetable(campaign_id: UUID, db: Db, actor: SignedIn) -> Timetable:
    """Slots in time order with class groups in order, load against capacity, and each class group's arrival."""
    require(actor, Act.read_campaign, Owner(campaign_id))
    return await _timetable(db, campaign_id)


async def _timetable(db: Db, campaign_id: UUID) -> Timetable:
    views = await service.timetable(db, campaign_id)
    venues = {view.venue.id: view.venue for view in views}
    return Timetable(
        venues=[VenueOut(venue_id=v.id, venue_name=v.name, room=v.room, gate=v.gate) for v in venues.values()],
        slots=[
            TimetableSlot(
                slot_id=view.slot.id,
                college_name=view.college_name,
                load=_load(view.load),
                classes=[
                    TimetableClass(class_group_name=one.name, **{k: v for k, v in vars(one).items() if k != "name"})
                    for one in view.classes
                ],
                **view.slot.model_dump(
                    include={"label", "venue_id", "starts_at", "ends_at", "college_id", "stated_heads", "source_text"}
                ),
            )
            for view in views
        ],
    )


@router.put(
    "/campaigns/{campaign_id}/timetable",
    operation_id="applyTimetable",
    responses=refuses(NotSignedIn, NotAllowed, NotFound, NoTimetableInNotice, NoRosterYet, TimetableInUse),
)
async def apply_timetable(campaign_id: UUID, db: Db, actor: SignedIn) -> Timetable:
    """Write the proposal, in place of what was there. Refused once somebody has checked in."""
    require(actor, Act.manage_campaign, Owner(campaign_id))
    await service.apply(db, campaign_id)
    await audit(db, actor, "apply_timetable", campaign_id, ("campaign", campaign_id))
    return await _timetable(db, campaign_id)


class ClassMove(BaseModel):
    slot_id: UUID
    turn: Turn
    position: int = Field(ge=0, le=1000, description="among those of the same turn, from 0")


@router.put(
    "/campaigns/{campaign_id}/class-groups/{class_group_id}/slot",
    operation_id="moveClass",
    responses=refuses(NotSignedIn, NotAllowed, NotFound, SlotOfOtherCollege),
)
async def move_class(campaign_id: UUID, class_group_id: UUID, body: ClassMove, db: Db, actor: SignedIn) -> Timetable:
    """Give a class group another slot, turn or place. A counsellor does so inside the own college's slots."""
    require(actor, Act.arrange_classes, await owner_of_class_group(db, campaign_id, class_group_id))
    mine = None
    if reach(actor, Act.arrange_classes) is Reach.college:
        mine = frozenset(college for campaign, college in actor.college_ids if campaign == campaign_id)
    await service.move_class(db, campaign_id, class_group_id, body.slot_id, body.turn, body.position, mine)
    facts = {"slot_id": str(body.slot_id), "turn": body.turn}
    await audit(db, actor, "move_class", campaign_id, ("class_group", class_group_id), **facts)
    return await _timetable(db, campaign_id)
