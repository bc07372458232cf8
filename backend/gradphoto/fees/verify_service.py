"""Do the books agree? Every balance worked out again from ledger and handovers, without the triggers."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from gradphoto.fees.models import ClassCash, EntryKind, Handover, HandoverState, LedgerEntry, StudentFee
from gradphoto.roster.models import ClassGroup, Student

SHOWN = 5  # of the students in one sentence


@dataclass(slots=True)
class Balances:
    """What ledger and handovers come to. Fen by class group and student; students by what stands."""

    collected: Counter[UUID] = field(default_factory=Counter)
    refunded: Counter[UUID] = field(default_factory=Counter)
    handed_over: Counter[UUID] = field(default_factory=Counter)
    paid: Counter[UUID] = field(default_factory=Counter)
    waived: set[UUID] = field(default_factory=set)
    refund_stands: set[UUID] = field(default_factory=set)


def work_out(entries: Iterable[LedgerEntry], handovers: Iterable[Handover]) -> Balances:
    """A reversed entry and its reversal count for nothing."""
    entries = list(entries)
    reversed_ids = {entry.reverses_id for entry in entries}
    balances = Balances()
    for entry in entries:
        if entry.kind == EntryKind.reversal or entry.id in reversed_ids:
            continue
        if entry.kind == EntryKind.collected:
            balances.collected[entry.class_group_id] += entry.amount_fen
            balances.paid[entry.student_id] += entry.amount_fen
        elif entry.kind == EntryKind.refunded:
            balances.refunded[entry.class_group_id] += entry.amount_fen
            balances.paid[entry.student_id] -= entry.amount_fen
            balances.refund_stands.add(entry.student_id)
        else:
            balances.waived.add(entry.student_id)
    for handover in handovers:
        if handover.state == HandoverState.confirmed:
            balances.handed_over[handover.class_group_id] += handover.counted_fen or 0
    return balances


def class_differences(names: dict[UUID, str], balances: Balances, cash: Iterable[ClassCash]) -> list[str]:
    kept = {one.class_group_id: one for one in cash}
    said = []
    for group, name in names.items():
        one = kept.get(group)
        for word, is_fen, ought_fen in (
            ("已收", one.collected_fen if one else 0, balances.collected[group]),
            ("已退", one.refunded_fen if one else 0, balances.refunded[group]),
            ("已交款", one.handed_over_fen if one else 0, balances.handed_over[group]),
        ):
            if is_fen != ought_fen:
                said.append(f"{name}：{word}记为 {_yuan(is_fen)} 元，按流水和交款单应为 {_yuan(ought_fen)} 元。")
        on_hand = balances.collected[group] - balances.refunded[group] - balances.handed_over[group]
        if on_hand < 0:
            said.append(f"{name}：按流水和交款单，手上现金是负数（{_yuan(on_hand)} 元）。")
    return said


def student_differences(numbers: dict[UUID, str], balances: Balances, fees: Iterable[StudentFee]) -> list[str]:
    """`numbers`: 学号 of everybody of the campaign."""
    wrong = {
        fee.student_id
        for fee in fees
        if (fee.paid_fen, fee.waived, fee.refunded)
        != (
            balances.paid[fee.student_id],
            fee.student_id in balances.waived,
            fee.student_id in balances.refund_stands,
        )
    }
    known = {fee.student_id for fee in fees}
    wrong |= {one for one in (*balances.paid, *balances.waived, *balances.refund_stands) if one not in known}
    if not wrong:
        return []
    shown = "、".join(sorted(numbers[one] for one in wrong)[:SHOWN])
    return [f"{len(wrong)} 名学生的缴费状态与流水不符：学号 {shown}{' 等' if len(wrong) > SHOWN else ''}。"]


def handover_differences(
    names: dict[UUID, str], handovers: Iterable[Handover], fees: Iterable[StudentFee], balances: Balances
) -> list[str]:
    """A handover is the money of whom it names; what no confirmed one names is on hand; numbers have no gaps."""
    fen, people, held = Counter[UUID](), Counter[UUID](), Counter[UUID]()
    confirmed = {one.id for one in handovers if one.state == HandoverState.confirmed}
    for fee in fees:
        if fee.handover_id:
            fen[fee.handover_id] += fee.paid_fen
            people[fee.handover_id] += 1
        if fee.handover_id not in confirmed:
            held[fee.class_group_id] += fee.paid_fen
    said = []
    for one in handovers:
        ought = (0, 0) if one.state == HandoverState.withdrawn else (one.declared_fen, one.people)
        if (fen[one.id], people[one.id]) != ought:
            said.append(
                f"{names[one.class_group_id]}：{one.declared_at:%Y-%m-%d} 的交款单"
                f"应为 {ought[1]} 人 {_yuan(ought[0])} 元，单上学生合计 {people[one.id]} 人 {_yuan(fen[one.id])} 元。"
            )
    for group, name in names.items():
        on_hand = balances.collected[group] - balances.refunded[group] - balances.handed_over[group]
        if held[group] != on_hand:
            said.append(f"{name}：手上应有 {_yuan(on_hand)} 元，没交款的学生合计 {_yuan(held[group])} 元。")
    receipts = sorted(one.receipt_number for one in handovers if one.receipt_number is not None)
    if receipts != list(range(1, len(receipts) + 1)):
        said.append(f"收据号不连续：共 {len(receipts)} 张，最大号 {receipts[-1]}。")
    return said


def _yuan(fen: int) -> str:
    return f"{fen / 100:.2f}"


async def verify(db: AsyncSession, campaign_id: UUID) -> list[str]:
    """One sentence for each difference; none = the books agree. Writers wait meanwhile: else a tap between two reads
    would look like a difference."""
    await db.execute(text("lock table ledger_entry, handover in share mode"))
    entries = list(await db.scalars(select(LedgerEntry).where(LedgerEntry.campaign_id == campaign_id)))
    handovers = list(await db.scalars(select(Handover).where(Handover.campaign_id == campaign_id)))
    fees = list(await db.scalars(select(StudentFee).where(StudentFee.campaign_id == campaign_id)))
    cash = list(await db.scalars(select(ClassCash).where(ClassCash.campaign_id == campaign_id)))
    groups = await db.execute(
        select(ClassGroup.id, ClassGroup.name)
        .where(ClassGroup.campaign_id == campaign_id)
        .order_by(ClassGroup.position)
    )
    names = {row[0]: row[1] for row in groups}
    students = await db.execute(select(Student.id, Student.number).where(Student.campaign_id == campaign_id))
    numbers = {row[0]: row[1] for row in students}
    balances = work_out(entries, handovers)
    return [
        *class_differences(names, balances, cash),
        *student_differences(numbers, balances, fees),
        *handover_differences(names, handovers, fees, balances),
    ]
