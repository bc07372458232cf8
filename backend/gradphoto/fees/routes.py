"""Fees: the class's list, the totals, and the ledger that both come from."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, Field

from gradphoto.accounts.auth import NotSignedIn, SignedIn
from gradphoto.accounts.policy import Act, NotAllowed, Owner, Visible, require, visible
from gradphoto.core.db import Db
from gradphoto.core.errors import NotFound, OpIdReused, refuses
from gradphoto.fees import class_service, handover_routes, handover_service, ledger_service, service, verify_service
from gradphoto.fees.cash import fewest_notes
from gradphoto.fees.class_service import NobodyOwes, NotInClass
from gradphoto.fees.handover_routes import HandoverLine, Notes, handover_line
from gradphoto.fees.handover_service import OPEN
from gradphoto.fees.ledger_service import (
    AlreadyPaid,
    AlreadyReversed,
    AlreadyWaived,
    AnotherClassHoldsMoney,
    MoneyHasLeft,
    NoFeeHere,
    NothingToRefund,
    NotOnRoster,
    OnHandTooLow,
    ReasonMissing,
    ReversalStays,
    WaivedOrPaid,
    WaiverNeedsRegistrar,
    WholeFeeOnly,
)
from gradphoto.fees.models import EntryKind, FeeState, LedgerEntry
from gradphoto.roster.models import ClassGroup, College
from gradphoto.roster.service import owner_of_class_group, owner_of_student

router = APIRouter(tags=["fees"])
router.include_router(handover_routes.router)
READ = refuses(NotSignedIn, NotAllowed, NotFound)
OpId = Annotated[UUID, Field(description="made and stored by the phone before sending")]


# --- what the books say ----------------------------------------------------------------------------------------------


class FeeTotals(BaseModel):
    people: int = Field(description="on the roster today")
    paid_people: int
    waived_people: int
    due_fen: int = Field(description="what the others still owe")
    collected_fen: int
    refunded_fen: int
    handed_over_fen: int
    on_hand_fen: int = Field(description="collected - refunded - handed over; never below 0")


class ClassFees(BaseModel):
    class_group_id: UUID
    class_group_name: str
    college_id: UUID
    college_name: str
    totals: FeeTotals


class StudentFeeOut(BaseModel):
    student_id: UUID
    number: str
    name: str
    on_roster: bool = Field(description="false: has left this class, which still holds the money")
    fee_state: FeeState
    paid_fen: int
    last_entry_id: UUID | None = Field(description="the newest entry that stands: what an undo reverses")


class ClassFeeList(ClassFees):
    students: list[StudentFeeOut] = Field(description="in 学号 order")
    open_handover: HandoverLine | None
    suggested_notes: Notes = Field(description="the fewest notes that make what is on hand")


@router.get("/campaigns/{campaign_id}/class-groups/{class_group_id}/fees", operation_id="listClassFees", responses=READ)
async def list_class_fees(campaign_id: UUID, class_group_id: UUID, db: Db, actor: SignedIn) -> ClassFeeList:
    """One class, student by student, with its cash and its open handover."""
    require(actor, Act.read_fees, await owner_of_class_group(db, campaign_id, class_group_id))
    one_class = Visible(campaign_id, class_group_id=class_group_id)
    ((group, college, totals),) = await service.class_totals(db, one_class)
    lines = await service.fee_lines(db, campaign_id, class_group_id)
    still_open = await handover_service.handovers(db, one_class, states=OPEN)
    return ClassFeeList(
        **_class_fees(group, college, totals).model_dump(),
        students=[StudentFeeOut.model_validate(line, from_attributes=True) for line in lines],
        open_handover=handover_line(still_open[0]) if still_open else None,
        suggested_notes=fewest_notes(totals.on_hand_fen),
    )


def _class_fees(group: ClassGroup, college: College, totals: service.Totals) -> ClassFees:
    return ClassFees(
        class_group_id=group.id,
        class_group_name=group.name,
        college_id=college.id,
        college_name=college.name,
        totals=_totals(totals),
    )


def _totals(totals: service.Totals) -> FeeTotals:
    return FeeTotals.model_validate(totals, from_attributes=True)


class FeeList(BaseModel):
    class_groups: list[ClassFees] = Field(description="those the caller may see, in roster order")
    totals: FeeTotals = Field(description="of these class groups together")


@router.get("/campaigns/{campaign_id}/fees", operation_id="listFees", responses=READ)
async def list_fees(campaign_id: UUID, db: Db, actor: SignedIn) -> FeeList:
    """Fees by class group, as far as the caller may see."""
    rows = await service.class_totals(db, visible(actor, Act.read_fees, campaign_id))
    together = sum((totals for _, _, totals in rows), service.NOTHING)
    return FeeList(class_groups=[_class_fees(*row) for row in rows], totals=_totals(together))


class Differences(BaseModel):
    differences: list[str] = Field(description="one sentence each; none = the books agree")


@router.get("/campaigns/{campaign_id}/fees/differences", operation_id="verifyFees", responses=READ)
async def verify_fees(campaign_id: UUID, db: Db, actor: SignedIn) -> Differences:
    """Work every balance out again from the ledger and the handovers, and name what differs."""
    require(actor, Act.read_fees, Owner(campaign_id))
    return Differences(differences=await verify_service.verify(db, campaign_id))


class LedgerEntryOut(BaseModel):
    ledger_entry_id: UUID
    student_id: UUID
    class_group_id: UUID = Field(description="whose cash it changed")
    kind: EntryKind
    amount_fen: int
    reverses_id: UUID | None = Field(description="of a reversal: the entry it takes back")
    op_id: UUID
    reason: str
    by_name: str
    at: datetime
    recorded_at: datetime | None = Field(description="the phone's own time, a claim")


def _entry(entry: LedgerEntry) -> LedgerEntryOut:
    return LedgerEntryOut(ledger_entry_id=entry.id, **entry.model_dump(exclude={"campaign_id", "id", "by_id"}))


@router.get(
    "/campaigns/{campaign_id}/students/{student_id}/ledger-entries", operation_id="listLedgerEntries", responses=READ
)
async def list_ledger_entries(campaign_id: UUID, student_id: UUID, db: Db, actor: SignedIn) -> list[LedgerEntryOut]:
    """Everything ever written about one student's fee, oldest first."""
    require(actor, Act.read_fees, await owner_of_student(db, campaign_id, student_id))
    return [_entry(entry) for entry in await service.entries(db, campaign_id, student_id)]


@router.get(
    "/campaigns/{campaign_id}/class-groups/{class_group_id}/ledger-entries",
    operation_id="listClassLedgerEntries",
    responses=READ,
)
async def list_class_ledger_entries(
    campaign_id: UUID, class_group_id: UUID, db: Db, actor: SignedIn
) -> list[LedgerEntryOut]:
    """Everything ever written into one class's books, oldest first."""
    require(actor, Act.read_fees, await owner_of_class_group(db, campaign_id, class_group_id))
    return [_entry(entry) for entry in await service.class_entries(db, campaign_id, class_group_id)]


# --- writing ---------------------------------------------------------------------------------------------------------


class NewEntry(BaseModel):
    op_id: OpId
    kind: Literal[EntryKind.collected, EntryKind.refunded, EntryKind.waived] = Field(examples=["collected"])
    amount_fen: int | None = Field(None, ge=0, le=100_000, description="null = the whole fee; 0 for waived")
    reason: str = Field("", max_length=200, description="needed to refund and to waive", examples=["不参加集中拍摄"])
    recorded_at: AwareDatetime | None = Field(None, description="when it was tapped, by the phone's clock")


class Recorded(BaseModel):
    entry: LedgerEntryOut
    fee_state: FeeState = Field(description="of the student, now")


@router.post(
    "/campaigns/{campaign_id}/students/{student_id}/ledger-entries",
    operation_id="recordFee",
    responses=refuses(
        *(NotSignedIn, NotAllowed, NotFound, OpIdReused, AlreadyPaid, NothingToRefund, WholeFeeOnly, NoFeeHere),
        *(WaivedOrPaid, AlreadyWaived, MoneyHasLeft, OnHandTooLow, AnotherClassHoldsMoney, NotOnRoster),
        *(WaiverNeedsRegistrar, ReasonMissing),
    ),
)
async def record_fee(campaign_id: UUID, student_id: UUID, body: NewEntry, db: Db, actor: SignedIn) -> Recorded:
    """Collect, refund or waive one student's fee. A refund is the business of the class that holds the money."""
    subject = await ledger_service.subject_of(db, campaign_id, student_id, body.kind, body.op_id)
    require(actor, Act.collect_fee, subject.owner)
    entry, state = await ledger_service.record(db, subject, by=actor, **dict(body))
    return Recorded(entry=_entry(entry), fee_state=state)


class Reversal(BaseModel):
    op_id: OpId
    reason: str = Field(min_length=1, max_length=200, examples=["点错了人"])


@router.post(
    "/campaigns/{campaign_id}/ledger-entries/{ledger_entry_id}/reversal",
    operation_id="reverseFee",
    responses=refuses(
        *(NotSignedIn, NotAllowed, NotFound, OpIdReused, AlreadyReversed, ReversalStays, MoneyHasLeft, OnHandTooLow),
        *(AlreadyPaid, NothingToRefund, WaivedOrPaid, AnotherClassHoldsMoney, WaiverNeedsRegistrar),
    ),
)
async def reverse_fee(campaign_id: UUID, ledger_entry_id: UUID, body: Reversal, db: Db, actor: SignedIn) -> Recorded:
    """Take an entry back by adding its reversal; what was written stays written."""
    undone = await ledger_service.the_entry(db, campaign_id, ledger_entry_id)
    require(actor, Act.collect_fee, await owner_of_class_group(db, campaign_id, undone.class_group_id))
    entry, state = await ledger_service.reverse(db, undone, body.op_id, body.reason, actor)
    return Recorded(entry=_entry(entry), fee_state=state)


class ManyEntries(BaseModel):
    op_id: OpId
    student_ids: Annotated[list[UUID], Field(max_length=500)] | None = Field(None, description="null = the whole class")


class ManyRecorded(BaseModel):
    student_ids: list[UUID] = Field(description="whose fee this call collected")
    collected_fen: int
    skipped_people: int = Field(description="had paid or were let off before")


@router.post(
    "/campaigns/{campaign_id}/class-groups/{class_group_id}/ledger-entries",
    operation_id="recordFees",
    responses=refuses(NotSignedIn, NotAllowed, NotFound, OpIdReused, NotInClass, NobodyOwes, NoFeeHere),
)
async def record_fees(
    campaign_id: UUID, class_group_id: UUID, body: ManyEntries, db: Db, actor: SignedIn
) -> ManyRecorded:
    """Collect the fee of a whole class, or of the named students, all of them or none."""
    require(actor, Act.collect_fee, await owner_of_class_group(db, campaign_id, class_group_id))
    made = await class_service.collect_class(db, campaign_id, class_group_id, body.student_ids, body.op_id, actor)
    return ManyRecorded(student_ids=made.student_ids, collected_fen=made.fen, skipped_people=made.skipped_people)
