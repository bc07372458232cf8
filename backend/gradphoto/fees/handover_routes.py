"""Handing the cash over: declared by the monitor, counted by the agency, and the receipt of it."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from gradphoto.accounts.auth import NotSignedIn, SignedIn
from gradphoto.accounts.policy import Act, NotAllowed, require, visible
from gradphoto.accounts.service import audit
from gradphoto.core.db import Db
from gradphoto.core.errors import NotFound, OpIdReused, refuses
from gradphoto.fees import handover_service as service
from gradphoto.fees.cash import Face, capitals
from gradphoto.fees.handover_service import (
    HandoverIsFinal,
    HandoverNamesItsStudents,
    HandoverOpen,
    HandoverTooMuch,
    NotesDoNotAddUp,
    NothingToHandOver,
    NotReadyToHandOver,
)
from gradphoto.fees.models import HandoverState
from gradphoto.roster.service import owner_of_class_group

router = APIRouter()
READ = refuses(NotSignedIn, NotAllowed, NotFound)
Count = Annotated[int, Field(ge=0, le=100_000)]
Notes = dict[Face, Count]
Counted = Annotated[Notes, Field(description="face value in yuan -> how many", examples=[{"100": 2, "20": 5}])]


class HandoverLine(BaseModel):
    handover_id: UUID
    class_group_id: UUID
    class_group_name: str
    college_name: str
    campaign_name: str
    state: HandoverState
    people: int
    declared_fen: int
    declared_capitals: str = Field(description="人民币大写", examples=["人民币贰佰元整"])
    declared_notes: Notes
    declared_by_name: str
    declared_at: datetime
    counted_fen: int | None = Field(description="by the agency; another sum than declared makes it disputed")
    counted_notes: Notes | None
    decided_by_name: str
    decided_at: datetime | None
    remark: str
    receipt_number: int | None = Field(description="of a confirmed one; without gaps in the campaign")


class PayerOut(BaseModel):
    student_id: UUID
    number: str
    name: str
    paid_fen: int


class HandoverOut(HandoverLine):
    students: list[PayerOut] = Field(description="whose money it is, in 学号 order; none once withdrawn")


def handover_line(found: service.Found) -> HandoverLine:
    handover, group, college, campaign_name = found
    left_out = {"campaign_id", "id", "op_id", "declared_by", "decided_by", "decision_op_id"}
    return HandoverLine(
        handover_id=handover.id,
        class_group_name=group.name,
        college_name=college.name,
        campaign_name=campaign_name,
        declared_capitals=capitals(handover.declared_fen),
        **handover.model_dump(exclude=left_out),
    )


async def _handover(db: Db, campaign_id: UUID, handover_id: UUID) -> HandoverOut:
    found, payers = await service.the_handover(db, campaign_id, handover_id)
    students = [PayerOut.model_validate(payer, from_attributes=True) for payer in payers]
    return HandoverOut(**dict(handover_line(found)), students=students)


@router.get("/campaigns/{campaign_id}/handovers", operation_id="listHandovers", responses=READ)
async def list_handovers(
    campaign_id: UUID,
    db: Db,
    actor: SignedIn,
    state: Annotated[list[HandoverState] | None, Query(description="any of these; none = all")] = None,
    class_group_id: UUID | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 500,
) -> list[HandoverLine]:
    """Handovers, newest first, as far as the caller may see."""
    seen = visible(actor, Act.read_fees, campaign_id)
    rows = await service.handovers(db, seen, states=state, class_group_id=class_group_id, limit=limit)
    return [handover_line(row) for row in rows]


@router.get("/campaigns/{campaign_id}/handovers/{handover_id}", operation_id="getHandover", responses=READ)
async def get_handover(campaign_id: UUID, handover_id: UUID, db: Db, actor: SignedIn) -> HandoverOut:
    """One handover with the students whose money it is: what the receipt prints."""
    require(actor, Act.read_fees, await service.owner_of(db, campaign_id, handover_id))
    return await _handover(db, campaign_id, handover_id)


class NewHandover(BaseModel):
    op_id: UUID
    student_ids: Annotated[list[UUID], Field(min_length=1, max_length=500)] | None = Field(
        None, description="null = everybody who has paid and whose money is still with the monitor"
    )
    notes: Counted


@router.post(
    "/campaigns/{campaign_id}/class-groups/{class_group_id}/handovers",
    operation_id="declareHandover",
    responses=refuses(
        *(NotSignedIn, NotAllowed, NotFound, OpIdReused, NotReadyToHandOver, NothingToHandOver, NotesDoNotAddUp),
        *(HandoverOpen, HandoverTooMuch, HandoverNamesItsStudents),
    ),
)
async def declare_handover(
    campaign_id: UUID, class_group_id: UUID, body: NewHandover, db: Db, actor: SignedIn
) -> HandoverOut:
    """Declare the money of named students; the sum is theirs, and the notes must add up to it."""
    owner = await owner_of_class_group(db, campaign_id, class_group_id)
    require(actor, Act.declare_handover, owner)
    handover_id = await service.declare(db, owner, body.student_ids, body.notes, body.op_id, actor)
    return await _handover(db, campaign_id, handover_id)


class HandoverCount(BaseModel):
    op_id: UUID
    counted_fen: int = Field(ge=0, le=100_000_000, examples=[20000])
    notes: Annotated[Notes, Field(description="as when declared; {} = only the sum was counted", examples=[{"20": 10}])]


class Dispute(HandoverCount):
    remark: str = Field(min_length=1, max_length=200, examples=["有一张 20 元像是假币"])


DECIDE = refuses(NotSignedIn, NotAllowed, NotFound, OpIdReused, HandoverIsFinal, NotesDoNotAddUp)


@router.post(
    "/campaigns/{campaign_id}/handovers/{handover_id}/confirm", operation_id="confirmHandover", responses=DECIDE
)
async def confirm_handover(
    campaign_id: UUID, handover_id: UUID, body: HandoverCount, db: Db, actor: SignedIn
) -> HandoverOut:
    """What the agency has counted. The declared sum: confirmed, with a receipt number. Another sum: disputed."""
    owner = await service.owner_of(db, campaign_id, handover_id)
    require(actor, Act.decide_handover, owner)
    if await service.decide(db, owner, handover_id, body.counted_fen, body.notes, body.op_id, actor):
        await audit(db, actor, "count_handover", campaign_id, ("handover", handover_id), counted_fen=body.counted_fen)
    return await _handover(db, campaign_id, handover_id)


@router.post(
    "/campaigns/{campaign_id}/handovers/{handover_id}/dispute", operation_id="disputeHandover", responses=DECIDE
)
async def dispute_handover(campaign_id: UUID, handover_id: UUID, body: Dispute, db: Db, actor: SignedIn) -> HandoverOut:
    """Do not take the money as it is, and say why."""
    owner = await service.owner_of(db, campaign_id, handover_id)
    require(actor, Act.decide_handover, owner)
    count = (body.counted_fen, body.notes, body.op_id)
    if await service.decide(db, owner, handover_id, *count, actor, dispute=True, remark=body.remark):
        await audit(db, actor, "dispute_handover", campaign_id, ("handover", handover_id), counted_fen=body.counted_fen)
    return await _handover(db, campaign_id, handover_id)


@router.post(
    "/campaigns/{campaign_id}/handovers/{handover_id}/withdraw",
    operation_id="withdrawHandover",
    responses=refuses(NotSignedIn, NotAllowed, NotFound, HandoverIsFinal),
)
async def withdraw_handover(campaign_id: UUID, handover_id: UUID, db: Db, actor: SignedIn) -> HandoverOut:
    """The monitor takes back what is not confirmed; the students are free again. Twice is the same answer."""
    owner = await service.owner_of(db, campaign_id, handover_id)
    require(actor, Act.declare_handover, owner)
    if await service.withdraw(db, owner, handover_id):
        await audit(db, actor, "withdraw_handover", campaign_id, ("handover", handover_id))
    return await _handover(db, campaign_id, handover_id)
