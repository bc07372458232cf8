"""Writing the ledger: a fee collected, refunded or waived, and an entry reversed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import load_only

from gradphoto.accounts.models import Role
from gradphoto.accounts.policy import Actor, Owner
from gradphoto.core.errors import NotFound, OpIdReused, Refusal
from gradphoto.core.events import announce
from gradphoto.fees.models import EntryKind, FeeState, LedgerEntry, StudentFee
from gradphoto.fees.service import student_fee_states
from gradphoto.roster.models import Campaign, ClassGroup, Student
from gradphoto.roster.service import clock_of


class AlreadyPaid(Refusal):
    """这名学生已经交过费了，不用再收。如果确实多收了现金，请当面退还。"""

    constraint = "ck_student_fee_paid_once"


class NothingToRefund(Refusal):
    """这名学生名下没有已收的钱：可能还没交，也可能已经退过或冲正过。请刷新后查看。"""

    constraint = "ck_student_fee_paid_not_negative"


class WholeFeeOnly(Refusal):
    """只能按整笔费用收或退，不能多也不能少。请按本批次的收费标准登记。"""

    constraint = "ck_student_fee_paid_whole"


class NoFeeHere(Refusal):
    """本批次不收费，不用登记。"""

    constraint = "ck_ledger_entry_amount"


class WaivedOrPaid(Refusal):
    """免收和缴费只能有一个：已免收的学生不用收费，已缴费的学生要先退费才能免收。"""

    constraint = "ck_student_fee_waived_pays_nothing"


class AlreadyWaived(Refusal):
    """这名学生已经登记为免收，不用再登记。"""

    constraint = "ledger_waived_once"


class MoneyHasLeft(Refusal):
    """这笔钱已经列入交款单或交给图片社，不能退费或冲正。还没确认的请先撤回交款单；已确认的请联系教务处。"""

    constraint = "ledger_money_has_left"


class OnHandTooLow(Refusal):
    """班里手上的现金不够这一笔。请刷新后核对已交款的数目。"""

    constraint = "ck_class_cash_on_hand_not_negative"


class AnotherClassHoldsMoney(Refusal):
    """这名学生转过班，这笔钱在另一个班的账上。请由收钱的那个班办理，或者联系教务处。"""

    constraint = "ledger_class_holds_money"


class AlreadyReversed(Refusal):
    """这一笔已经冲正过了，不用再冲正。"""

    constraint = "uq_ledger_entry_campaign_id_reverses_id"


class ReversalStays(Refusal):
    """冲正不能再冲正。如果冲错了，请重新登记一笔。"""

    constraint = "ledger_reversal_mirrors"


class LedgerIsAppendOnly(Refusal):
    """流水只能增加，不能修改或删除。登记错了请冲正，再重新登记。"""

    constraint = "append_only"


class BalancesFollowLedger(Refusal):
    """余额由流水自动计算，不能直接改。"""

    constraint = "balances_by_ledger_only"


class WaiverNeedsRegistrar(Refusal):
    """免收（以及撤销免收）只能由教务处登记。请把原因告诉教务处。"""

    status = 403


class ReasonMissing(Refusal):
    """退费和免收要写明原因，以后对账时看得懂。"""

    status = 422


class NotOnRoster(Refusal):
    """这名学生已不在毕业生名单里，不用收费。如有疑问请联系教务处。"""


# --- one entry -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Subject:
    """What one entry is about. `owner` is the class whose cash it changes; `earlier` the entry that `op_id` made."""

    owner: Owner
    campaign: Campaign
    student_id: UUID
    on_roster: bool
    paid_fen: int
    earlier: LedgerEntry | None


_of_campaign = load_only(Campaign.fee_fen, Campaign.clock_shift_seconds)  # the notice's text stays where it is


async def fee_and_clock(db: AsyncSession, campaign_id: UUID) -> Campaign:
    campaign = await db.get(Campaign, campaign_id, options=[_of_campaign])
    if campaign is None:
        raise NotFound()
    return campaign


async def subject_of(db: AsyncSession, campaign_id: UUID, student_id: UUID, kind: EntryKind, op_id: UUID) -> Subject:
    """Who changed classes gets a refund from the class that took the money."""
    class_group_id = Student.class_group_id
    if kind == EntryKind.refunded:
        class_group_id = func.coalesce(StudentFee.class_group_id, class_group_id)
    found = await db.execute(
        select(Campaign, ClassGroup.college_id, ClassGroup.id, Student.withdrawn_at, StudentFee.paid_fen, LedgerEntry)
        .options(_of_campaign)
        .select_from(Student)
        .join(Campaign, Campaign.id == Student.campaign_id)
        .join(
            StudentFee, and_(StudentFee.campaign_id == Campaign.id, StudentFee.student_id == Student.id), isouter=True
        )
        .join(ClassGroup, and_(ClassGroup.campaign_id == Campaign.id, ClassGroup.id == class_group_id))
        .join(LedgerEntry, and_(LedgerEntry.campaign_id == Campaign.id, LedgerEntry.op_id == op_id), isouter=True)
        .where(Student.campaign_id == campaign_id, Student.id == student_id)
    )
    row = found.one_or_none()
    if row is None:
        raise NotFound()
    campaign, college_id, group_id, withdrawn_at, paid_fen, earlier = row
    owner = Owner(campaign_id, college_id, group_id, student_id)
    return Subject(owner, campaign, student_id, withdrawn_at is None, paid_fen or 0, earlier)


# What a fresh entry leads to, so that the answer needs no further look; the trigger refuses where it would not.
LEADS_TO = {
    EntryKind.collected: FeeState.with_monitor,
    EntryKind.refunded: FeeState.refunded,
    EntryKind.waived: FeeState.waived,
}


async def record(
    db: AsyncSession,
    subject: Subject,
    kind: EntryKind,
    op_id: UUID,
    by: Actor,
    *,
    amount_fen: int | None = None,
    reason: str = "",
    recorded_at: datetime | None = None,
) -> tuple[LedgerEntry, FeeState]:
    """Collect, refund or waive; without an amount the whole fee. The entry and the student's fee state now."""
    if kind == EntryKind.waived:
        _may_waive(by)
    reason = reason.strip()
    if kind != EntryKind.collected and not reason:
        raise ReasonMissing()
    same = dict(student_id=subject.student_id, kind=kind, reason=reason)
    if amount_fen is not None:
        same["amount_fen"] = amount_fen
    if subject.earlier is not None:
        return await _again(db, subject.earlier, same)
    if kind == EntryKind.collected and not subject.on_roster:
        raise NotOnRoster()
    assert subject.owner.class_group_id is not None
    values = dict(
        amount_fen=_amount(subject, kind) if amount_fen is None else amount_fen,
        class_group_id=subject.owner.class_group_id,
        at=clock_of(subject.campaign),
        recorded_at=recorded_at,
    )
    entry, fresh = await _add(db, subject.campaign.id, op_id, by, **(same | values))
    return (entry, LEADS_TO[kind]) if fresh else await _again(db, entry, same)


def _may_waive(by: Actor) -> None:
    if Role.registrar not in by.roles:
        raise WaiverNeedsRegistrar()


def _amount(subject: Subject, kind: EntryKind) -> int:
    if kind == EntryKind.waived:
        return 0
    return (kind == EntryKind.refunded and subject.paid_fen) or subject.campaign.fee_fen


async def _add(db: AsyncSession, campaign_id: UUID, op_id: UUID, by: Actor, **values: Any) -> tuple[LedgerEntry, bool]:
    """The entry, and whether it is new: a second tap at the same moment waits for the first and finds its entry."""
    row = insert(LedgerEntry).values(campaign_id=campaign_id, op_id=op_id, by_name=by.name, by_id=by.id, **values)
    entry = await db.scalar(row.on_conflict_do_nothing(index_elements=["campaign_id", "op_id"]).returning(LedgerEntry))
    if entry is None:
        found = select(LedgerEntry).where(LedgerEntry.campaign_id == campaign_id, LedgerEntry.op_id == op_id)
        return (await db.scalars(found)).one(), False
    await tell(db, [entry])
    return entry, True


async def _again(db: AsyncSession, entry: LedgerEntry, same: dict[str, Any]) -> tuple[LedgerEntry, FeeState]:
    if any(getattr(entry, name) != value for name, value in same.items()):
        raise OpIdReused()
    states = await student_fee_states(db, entry.campaign_id, [entry.student_id])
    return entry, states[entry.student_id]


async def tell(db: AsyncSession, made: list[LedgerEntry]) -> None:
    await announce(
        db,
        made[0].campaign_id,
        "fee.recorded",
        entry_kind=made[0].kind,
        class_group_id=made[0].class_group_id,
        student_ids=[entry.student_id for entry in made],
        entry_ids=[entry.id for entry in made],
    )


# --- reversal --------------------------------------------------------------------------------------------------------


async def the_entry(db: AsyncSession, campaign_id: UUID, entry_id: UUID) -> LedgerEntry:
    entry = await db.get(LedgerEntry, (campaign_id, entry_id))
    if entry is None:
        raise NotFound()
    return entry


async def reverse(
    db: AsyncSession, undone: LedgerEntry, op_id: UUID, reason: str, by: Actor
) -> tuple[LedgerEntry, FeeState]:
    """冲正: the entry that takes `undone` back, and the student's fee state now."""
    if undone.kind == EntryKind.waived:
        _may_waive(by)
    campaign = await fee_and_clock(db, undone.campaign_id)
    same = dict(kind=EntryKind.reversal, reverses_id=undone.id, reason=reason.strip())
    values = dict(student_id=undone.student_id, class_group_id=undone.class_group_id, amount_fen=undone.amount_fen)
    entry, _ = await _add(db, campaign.id, op_id, by, at=clock_of(campaign), **same, **values)
    return await _again(db, entry, same)
