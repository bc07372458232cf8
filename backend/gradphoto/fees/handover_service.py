"""交款: the monitor declares named students' money, the agency counts it on its own device; only equal sums count."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from gradphoto.accounts.policy import Actor, Owner, Visible
from gradphoto.core.errors import NotFound, OpIdReused, Refusal
from gradphoto.core.events import announce
from gradphoto.fees.cash import Face, notes_sum
from gradphoto.fees.class_service import lock_class
from gradphoto.fees.ledger_service import fee_and_clock
from gradphoto.fees.models import Handover, HandoverState, StudentFee
from gradphoto.roster.models import Campaign, ClassGroup, College, Student
from gradphoto.roster.service import clock_of, within

OPEN = (HandoverState.declared, HandoverState.disputed)


class NothingToHandOver(Refusal):
    """没有可以交的钱：还没有人缴费，或者都已经交过了。"""


class NotReadyToHandOver(Refusal):
    """所选的人里有人还没缴费，或者钱已经列入别的交款单。请刷新后再选。"""


class NotesDoNotAddUp(Refusal):
    """各种面额加起来和总数对不上，请重新点一遍。"""

    status = 422


class HandoverOpen(Refusal):
    """这个班还有一张交款单没有确认。请先等图片社确认，或者撤回那一张。"""

    constraint = "uq_handover_open"


class HandoverIsFinal(Refusal):
    """这张交款单已经确认或撤回，不能再改。"""

    constraint = "handover_is_final"


class HandoverTooMuch(Refusal):
    """交款的数目超过班里手上的现金，请刷新后核对。"""

    constraint = "handover_within_on_hand"


class HandoverNamesItsStudents(Refusal):
    """交款的数目必须正好是单上这些学生的钱。请刷新后重新填写。"""

    constraint = "handover_names_its_students"


class HandoverBeginsDeclared(Refusal):
    """交款要先由班长申报，再由图片社清点确认。"""

    constraint = "handover_begins_declared"


def _must_add_up(fen: int, notes: Mapping[Face, int]) -> None:
    counted = notes_sum(notes)
    if counted != fen:
        raise NotesDoNotAddUp(
            f"应为 {fen / 100:.2f} 元，各种面额加起来是 {counted / 100:.2f} 元，请重新点一遍。",
            expected_fen=fen,
            notes_fen=counted,
        )


def _kept(notes: Mapping[Face, int]) -> dict[str, int]:
    """As it is stored: largest first, without what there is none of."""
    return {face.value: notes[face] for face in Face if notes.get(face)}


# --- declare ---------------------------------------------------------------------------------------------------------


async def declare(
    db: AsyncSession,
    owner: Owner,
    student_ids: Iterable[UUID] | None,
    notes: Mapping[Face, int],
    op_id: UUID,
    by: Actor,
) -> UUID:
    """The handover's id. Without names: everybody who has paid and whose money is still in the class."""
    campaign_id, class_group_id = owner.campaign_id, owner.class_group_id
    assert class_group_id is not None
    campaign = await fee_and_clock(db, campaign_id)
    await lock_class(db, campaign_id, class_group_id)
    named = None if student_ids is None else set(student_ids)
    found = select(Handover).where(Handover.campaign_id == campaign_id, Handover.op_id == op_id)
    earlier = await db.scalar(found)
    if earlier is not None:
        return _the_same(earlier, class_group_id, named, notes)
    money = await _on_hand(db, campaign_id, class_group_id)
    if named is not None and not named <= set(money):
        raise NotReadyToHandOver(student_ids=sorted(str(one) for one in named - set(money)))
    names = set(money) if named is None else named
    if not names:
        raise NothingToHandOver()
    fen = sum(money[student_id] for student_id in names)
    _must_add_up(fen, notes)
    handover = await db.scalar(
        insert(Handover)
        .values(campaign_id=campaign_id, class_group_id=class_group_id, op_id=op_id, state=HandoverState.declared)
        .values(people=len(names), declared_fen=fen, declared_notes=_kept(notes), declared_at=clock_of(campaign))
        .values(declared_by=by.id, declared_by_name=by.name, decided_by_name="", remark="")
        .on_conflict_do_nothing(index_elements=["campaign_id", "op_id"])
        .returning(Handover)
    )
    if handover is None:  # the same moment, another class
        raise OpIdReused()
    await db.execute(
        update(StudentFee)
        .where(StudentFee.campaign_id == campaign_id, StudentFee.student_id.in_(names))
        .values(handover_id=handover.id)
    )
    await _tell(db, handover)
    return handover.id


def _the_same(earlier: Handover, class_group_id: UUID, named: set[UUID] | None, notes: Mapping[Face, int]) -> UUID:
    people = earlier.people if named is None else len(named)
    if (earlier.class_group_id, earlier.people, earlier.declared_notes) != (class_group_id, people, _kept(notes)):
        raise OpIdReused()
    return earlier.id


async def _on_hand(db: AsyncSession, campaign_id: UUID, class_group_id: UUID) -> dict[UUID, int]:
    """Whose money the class holds and has not declared: student -> fen."""
    found = await db.execute(
        select(StudentFee.student_id, StudentFee.paid_fen).where(
            StudentFee.campaign_id == campaign_id,
            StudentFee.class_group_id == class_group_id,
            StudentFee.paid_fen > 0,
            StudentFee.handover_id.is_(None),
        )
    )
    return {row[0]: row[1] for row in found}


async def _tell(db: AsyncSession, handover: Handover) -> None:
    whose = dict(handover_id=handover.id, class_group_id=handover.class_group_id)
    await announce(db, handover.campaign_id, f"handover.{handover.state}", **whose)


# --- count, dispute, withdraw ----------------------------------------------------------------------------------------


async def owner_of(db: AsyncSession, campaign_id: UUID, handover_id: UUID) -> Owner:
    found = await db.execute(
        select(ClassGroup.college_id, ClassGroup.id)
        .join(Handover, and_(Handover.campaign_id == ClassGroup.campaign_id, Handover.class_group_id == ClassGroup.id))
        .where(Handover.campaign_id == campaign_id, Handover.id == handover_id)
    )
    row = found.one_or_none()
    if row is None:
        raise NotFound()
    return Owner(campaign_id, row[0], row[1])


async def decide(
    db: AsyncSession,
    owner: Owner,
    handover_id: UUID,
    counted_fen: int,
    notes: Mapping[Face, int],
    op_id: UUID,
    by: Actor,
    *,
    dispute: bool = False,
    remark: str = "",
) -> bool:
    """What the agency has counted. The declared sum confirms it, any other sum disputes it; `dispute` does in any case.
    Whether this call changed anything: a repeated one does not."""
    handover = await _locked(db, owner, handover_id)
    values: dict[str, Any] = dict(counted_fen=counted_fen, counted_notes=_kept(notes), remark=remark.strip())
    if handover.decision_op_id == op_id:
        if any(getattr(handover, name) != value for name, value in values.items()):
            raise OpIdReused()
        return False
    _must_be_open(handover)
    if notes:  # without: only the sum was counted
        _must_add_up(counted_fen, notes)
    agreed = counted_fen == handover.declared_fen and not dispute
    campaign = await fee_and_clock(db, owner.campaign_id)
    handover.sqlmodel_update(values)
    handover.state = HandoverState.confirmed if agreed else HandoverState.disputed
    handover.decided_by, handover.decided_by_name = by.id, by.name
    handover.decided_at, handover.decision_op_id = clock_of(campaign), op_id
    await db.flush()
    await db.refresh(handover, ["receipt_number"])  # given by the database, without gaps
    await _tell(db, handover)
    return True


async def withdraw(db: AsyncSession, owner: Owner, handover_id: UUID) -> bool:
    """Take a declared or disputed handover back: its money is the class's again. Twice is the same."""
    handover = await _locked(db, owner, handover_id)
    if handover.state == HandoverState.withdrawn:
        return False
    _must_be_open(handover)
    handover.state = HandoverState.withdrawn
    await db.flush()
    await _tell(db, handover)
    return True


async def _locked(db: AsyncSession, owner: Owner, handover_id: UUID) -> Handover:
    assert owner.class_group_id is not None
    await lock_class(db, owner.campaign_id, owner.class_group_id)
    key = (owner.campaign_id, handover_id)
    handover = await db.get(Handover, key, with_for_update=True, populate_existing=True)
    assert handover is not None
    return handover


def _must_be_open(handover: Handover) -> None:
    if handover.state not in OPEN:
        raise HandoverIsFinal()


# --- look up ---------------------------------------------------------------------------------------------------------


def _handovers() -> Select:
    return (
        select(Handover, ClassGroup, College, Campaign.name)
        .join(
            ClassGroup,
            and_(ClassGroup.campaign_id == Handover.campaign_id, ClassGroup.id == Handover.class_group_id),
        )
        .join(College, and_(College.campaign_id == ClassGroup.campaign_id, College.id == ClassGroup.college_id))
        .join(Campaign, Campaign.id == Handover.campaign_id)
    )


Found = tuple[Handover, ClassGroup, College, str]


async def handovers(
    db: AsyncSession,
    visible: Visible,
    *,
    states: Iterable[HandoverState] | None = None,
    class_group_id: UUID | None = None,
    limit: int = 500,
) -> list[Found]:
    """Newest first, each with its class group, college and the campaign's name."""
    query = _handovers().order_by(Handover.id.desc()).limit(limit)
    if states is not None:
        query = query.where(Handover.state.in_(states))
    if class_group_id:
        query = query.where(Handover.class_group_id == class_group_id)
    return [(row[0], row[1], row[2], row[3]) for row in await db.execute(within(query, visible))]


@dataclass(frozen=True, slots=True)
class Payer:
    student_id: UUID
    number: str
    name: str
    paid_fen: int


async def the_handover(db: AsyncSession, campaign_id: UUID, handover_id: UUID) -> tuple[Found, list[Payer]]:
    """With whose money it is, in 学号 order; nobody's once it was withdrawn."""
    query = _handovers().where(Handover.campaign_id == campaign_id, Handover.id == handover_id)
    row = (await db.execute(query)).one_or_none()
    if row is None:
        raise NotFound()
    payers = await db.execute(
        select(Student.id, Student.number, Student.name, StudentFee.paid_fen)
        .join(StudentFee, and_(StudentFee.campaign_id == Student.campaign_id, StudentFee.student_id == Student.id))
        .where(StudentFee.campaign_id == campaign_id, StudentFee.handover_id == handover_id)
        .order_by(Student.number)
    )
    return (row[0], row[1], row[2], row[3]), [Payer(*payer) for payer in payers]
