"""Reading a notice, keeping it with the campaign, ruling on what is odd in it; and the timetable that it proposes."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Path, UploadFile
from pydantic import BaseModel, Field, model_validator

from gradphoto.accounts.auth import NotSignedIn, SignedIn
from gradphoto.accounts.models import Role
from gradphoto.accounts.policy import Act, Actor, NotAllowed, Owner, require
from gradphoto.accounts.service import audit
from gradphoto.core.db import Db
from gradphoto.core.errors import NotFound, RequestTooLarge, refuses
from gradphoto.schedule import notice_service, service
from gradphoto.schedule.models import Turn
from gradphoto.schedule.notice.documents import MAX_BYTES, MAX_CHARACTERS
from gradphoto.schedule.notice_service import NoSuchChoice, NoticeFileUnreadable
from gradphoto.schedule.notice_shapes import (
    CampaignNotice,
    FindingOut,
    NoticeOut,
    campaign_notice,
    finding_out,
    notice_out,
)
from gradphoto.schedule.planning.changes import label
from gradphoto.schedule.planning.timing import Spill
from gradphoto.schedule.service import NoRosterYet, NoTimetableInNotice

router = APIRouter(tags=["schedule"])

# --- reading, nothing stored -----------------------------------------------------------------------------------------


class NoticeIn(BaseModel):
    """Plain text, or what the clipboard holds; never both."""

    text: str = Field("", max_length=MAX_CHARACTERS)
    html: str | None = Field(None, max_length=4_000_000, description="as Word or a browser puts it on the clipboard")
    rulings: dict[str, str] = Field(
        default_factory=dict, max_length=1000, description="key of a finding -> choice, as if ruled; of `text` only"
    )

    @model_validator(mode="after")
    def one_of_both(self) -> Self:
        if self.html is not None and self.text:
            raise ValueError("text or html")
        return self


@router.post(
    "/notices/read",
    operation_id="readNotice",
    responses=refuses(NotSignedIn, NotAllowed, NoticeFileUnreadable),
)
async def read_notice(body: NoticeIn, actor: SignedIn) -> NoticeOut:
    """What a notice says: facts, slots and everything odd, each with the words it came from. Stores nothing."""
    _registrar(actor)
    if body.html is not None:
        return notice_out(await notice_service.read_clipboard(body.html))
    return notice_out(await notice_service.read(body.text, body.rulings))


@router.post(
    "/notices/read-file",
    operation_id="readNoticeFile",
    responses=refuses(NotSignedIn, NotAllowed, NoticeFileUnreadable, RequestTooLarge),
)
async def read_notice_file(file: UploadFile, actor: SignedIn) -> NoticeOut:
    """The same of a .docx, .xlsx, .xls, .html, .csv or .txt; `text` is its plain text, a tab between cells."""
    _registrar(actor)
    data = await file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise RequestTooLarge(limit_bytes=MAX_BYTES)
    return notice_out(await notice_service.read_file(data, file.filename or ""))


def _registrar(actor: Actor) -> None:
    """There is no campaign yet whose owner could be asked for."""
    if Role.registrar not in actor.roles:
        raise NotAllowed(act=Act.manage_campaign.value)


# --- the campaign's own ----------------------------------------------------------------------------------------------

KEPT = refuses(NotSignedIn, NotAllowed, NotFound)
FindingKey = Annotated[str, Path(max_length=200, description="`key` of the finding")]


@router.get("/campaigns/{campaign_id}/notice", operation_id="getNotice", responses=KEPT)
async def get_notice(campaign_id: UUID, db: Db, actor: SignedIn) -> CampaignNotice:
    """The campaign's notice as ruled on, and every finding with who ruled on it."""
    require(actor, Act.manage_campaign, Owner(campaign_id))
    return campaign_notice(await notice_service.kept(db, campaign_id))


class NoticeText(BaseModel):
    text: str = Field(max_length=MAX_CHARACTERS)


@router.put("/campaigns/{campaign_id}/notice", operation_id="setNotice", responses=KEPT)
async def set_notice(campaign_id: UUID, body: NoticeText, db: Db, actor: SignedIn) -> CampaignNotice:
    """Replace the text. Rulings are shown again where the same words occur; the timetable is not touched."""
    require(actor, Act.manage_campaign, Owner(campaign_id))
    await notice_service.set_text(db, campaign_id, body.text)
    await audit(db, actor, "set_notice", campaign_id, ("campaign", campaign_id), characters=len(body.text))
    return campaign_notice(await notice_service.kept(db, campaign_id))


class Ruling(BaseModel):
    choice: str = Field(max_length=40, examples=["inclusive"], description="one of the finding's `choices`")
    note: str = Field("", max_length=500, description="why, for those who read it later")


@router.put(
    "/campaigns/{campaign_id}/notice/rulings/{key}",
    operation_id="ruleOnFinding",
    responses=refuses(NotSignedIn, NotAllowed, NotFound, NoSuchChoice),
)
async def rule_on_finding(campaign_id: UUID, key: FindingKey, body: Ruling, db: Db, actor: SignedIn) -> CampaignNotice:
    """Decide what is taken. The answer is the notice as it now reads."""
    require(actor, Act.manage_campaign, Owner(campaign_id))
    await notice_service.rule(db, campaign_id, key, body.choice, body.note, actor.id)
    facts = {"key": key, "choice": body.choice}
    await audit(db, actor, "rule_on_finding", campaign_id, ("campaign", campaign_id), **facts)
    return campaign_notice(await notice_service.kept(db, campaign_id))


@router.delete("/campaigns/{campaign_id}/notice/rulings/{key}", operation_id="withdrawRuling", responses=KEPT)
async def withdraw_ruling(campaign_id: UUID, key: FindingKey, db: Db, actor: SignedIn) -> CampaignNotice:
    """Back to the default. The answer is the notice as it now reads."""
    require(actor, Act.manage_campaign, Owner(campaign_id))
    await notice_service.withdraw(db, campaign_id, key)
    await audit(db, actor, "withdraw_ruling", campaign_id, ("campaign", campaign_id), key=key)
    return campaign_notice(await notice_service.kept(db, campaign_id))


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
    """The campaign's notice laid over its roster: what `startDraft` from the notice makes, and what does not fit."""
    require(actor, Act.manage_campaign, Owner(campaign_id))
    proposal = await service.propose(db, campaign_id)
    slots = [
        ProposedSlot(
            label=label(i),
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
        findings=[finding_out(one) for one in proposal.findings],
        unplaced=[proposal.class_groups[one].name for one in proposal.placement.unplaced],
    )
