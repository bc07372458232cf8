"""What the books say: the fee state of students, a class's list, the totals of classes, an entry list."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Select, and_, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from gradphoto.accounts.policy import Visible
from gradphoto.fees.models import ClassCash, EntryKind, FeeState, Handover, HandoverState, LedgerEntry, StudentFee
from gradphoto.roster.models import Campaign, ClassGroup, College, Student
from gradphoto.roster.service import within


def fee_state(paid_fen: int, waived: bool, refunded: bool, handover: HandoverState | None) -> FeeState:
    """`handover`: of the one that names this money. Only a confirmed one takes it off the monitor."""
    if waived:
        return FeeState.waived
    if paid_fen:
        return FeeState.handed_over if handover == HandoverState.confirmed else FeeState.with_monitor
    return FeeState.refunded if refunded else FeeState.unpaid


def _state_of(fee: StudentFee | None, handover: HandoverState | None) -> FeeState:
    return fee_state(fee.paid_fen, fee.waived, fee.refunded, handover) if fee else FeeState.unpaid


async def student_fee_states(db: AsyncSession, campaign_id: UUID, student_ids: Iterable[UUID]) -> dict[UUID, FeeState]:
    """For every id that was asked; who is not in the books is unpaid."""
    states = dict.fromkeys(student_ids, FeeState.unpaid)
    found = await db.execute(
        select(StudentFee.student_id, StudentFee.paid_fen, StudentFee.waived, StudentFee.refunded, Handover.state)
        .join(Handover, _named_in, isouter=True)
        .where(StudentFee.campaign_id == campaign_id, StudentFee.student_id.in_(states))
    )
    return states | {row[0]: fee_state(*row[1:]) for row in found}


# --- a class, student by student -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FeeLine:
    """`last_entry_id`: the newest entry that stands, the one that a slip of the finger made; None = nothing stands."""

    student_id: UUID
    number: str
    name: str
    on_roster: bool
    fee_state: FeeState
    paid_fen: int
    last_entry_id: UUID | None


_named_in = and_(Handover.campaign_id == StudentFee.campaign_id, Handover.id == StudentFee.handover_id)
_books_of = and_(StudentFee.campaign_id == Student.campaign_id, StudentFee.student_id == Student.id)


async def fee_lines(db: AsyncSession, campaign_id: UUID, class_group_id: UUID) -> list[FeeLine]:
    """The class in 学号 order, and with it who has left it (`on_roster` false) while it still holds their money."""
    reversal = aliased(LedgerEntry)
    last_entry = (
        select(LedgerEntry.id)
        .where(
            LedgerEntry.campaign_id == Student.campaign_id,
            LedgerEntry.student_id == Student.id,
            LedgerEntry.kind != EntryKind.reversal,
            ~exists().where(reversal.campaign_id == LedgerEntry.campaign_id, reversal.reverses_id == LedgerEntry.id),
        )
        .order_by(LedgerEntry.id.desc())
        .limit(1)
        .correlate(Student)
        .scalar_subquery()
    )
    in_class = and_(Student.class_group_id == class_group_id, Student.withdrawn_at.is_(None))
    left_money = and_(
        StudentFee.class_group_id == class_group_id,
        StudentFee.paid_fen > 0,
        func.coalesce(Handover.state, "") != HandoverState.confirmed,
    )
    found = await db.execute(
        select(Student.id, Student.number, Student.name, in_class, StudentFee, Handover.state, last_entry)
        .join(StudentFee, _books_of, isouter=True)
        .join(Handover, _named_in, isouter=True)
        .where(Student.campaign_id == campaign_id, or_(in_class, left_money))
        .order_by(Student.number)
    )
    return [
        FeeLine(student_id, number, name, on_roster, _state_of(fee, handover), fee.paid_fen if fee else 0, last)
        for student_id, number, name, on_roster, fee, handover, last in found
    ]


async def entries(db: AsyncSession, campaign_id: UUID, student_id: UUID) -> list[LedgerEntry]:
    """Everything that was ever written about this student's fee, oldest first."""
    found = select(LedgerEntry).where(LedgerEntry.campaign_id == campaign_id, LedgerEntry.student_id == student_id)
    return list(await db.scalars(found.order_by(LedgerEntry.id)))


async def class_entries(db: AsyncSession, campaign_id: UUID, class_group_id: UUID) -> list[LedgerEntry]:
    """Everything that was ever written into this class's books, oldest first."""
    found = select(LedgerEntry).where(
        LedgerEntry.campaign_id == campaign_id, LedgerEntry.class_group_id == class_group_id
    )
    return list(await db.scalars(found.order_by(LedgerEntry.id)))


# --- totals ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Totals:
    """People of today's roster, and the class's cash: collected - refunded = handed over + on hand."""

    people: int
    paid_people: int
    waived_people: int
    due_fen: int
    collected_fen: int
    refunded_fen: int
    handed_over_fen: int
    on_hand_fen: int

    def __add__(self, other: "Totals") -> "Totals":
        return Totals(*(getattr(self, name) + getattr(other, name) for name in Totals.__slots__))


NOTHING = Totals(0, 0, 0, 0, 0, 0, 0, 0)


async def class_totals(db: AsyncSession, visible: Visible) -> list[tuple[ClassGroup, College, Totals]]:
    """In roster order. `due_fen` is what the unpaid still owe."""
    found = await db.execute(within(_class_totals(), visible))
    return [(group, college, Totals(*numbers)) for group, college, *numbers in found]


def _class_totals() -> Select:
    heads = (
        select(
            Student.campaign_id,
            Student.class_group_id,
            func.count().label("people"),
            func.count().filter(StudentFee.paid_fen > 0).label("paid"),
            func.count().filter(StudentFee.waived).label("waived"),
        )
        .join(StudentFee, _books_of, isouter=True)
        .where(Student.withdrawn_at.is_(None))
        .group_by(Student.campaign_id, Student.class_group_id)
        .subquery()
    )
    people, paid, waived = (func.coalesce(heads.c[name], 0) for name in ("people", "paid", "waived"))
    cash = (ClassCash.collected_fen, ClassCash.refunded_fen, ClassCash.handed_over_fen, ClassCash.on_hand_fen)
    return (
        select(ClassGroup, College, people, paid, waived, (people - paid - waived) * Campaign.fee_fen)
        .add_columns(*(func.coalesce(column, 0) for column in cash))
        .join(Campaign, Campaign.id == ClassGroup.campaign_id)
        .join(College, and_(College.campaign_id == ClassGroup.campaign_id, College.id == ClassGroup.college_id))
        .join(
            heads,
            and_(heads.c.campaign_id == ClassGroup.campaign_id, heads.c.class_group_id == ClassGroup.id),
            isouter=True,
        )
        .join(
            ClassCash,
            and_(ClassCash.campaign_id == ClassGroup.campaign_id, ClassCash.class_group_id == ClassGroup.id),
            isouter=True,
        )
        .order_by(College.position, ClassGroup.position)
    )
