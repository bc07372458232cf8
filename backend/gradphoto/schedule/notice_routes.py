"""What a notice says, and the timetable that it proposes over the roster. Writes nothing."""

from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field

from gradphoto.accounts.auth import NotSignedIn, SignedIn
from gradphoto.accounts.models import Role
from gradphoto.accounts.policy import Act, NotAllowed, Owner, require
from gradphoto.core.db import Db
from gradphoto.core.errors import NotFound, refuses
from gradphoto.schedule import service
from gradphoto.schedule.models import Turn
from gradphoto.schedule.proposal import Fact, Finding, NoticeProposal
from gradphoto.schedule.service import NoRosterYet, NoTimetableInNotice
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


def load_out(load: Spill) -> Load:
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
            load=load_out(proposal.loads[i]),
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
