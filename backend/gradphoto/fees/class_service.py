"""One class's till: locked by whoever moves its money, and filled in one go for the whole class."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID, uuid5

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from gradphoto.accounts.policy import Actor
from gradphoto.core.errors import OpIdReused, Refusal
from gradphoto.fees.ledger_service import fee_and_clock, tell
from gradphoto.fees.models import ClassCash, EntryKind, LedgerEntry, StudentFee
from gradphoto.roster.models import Student
from gradphoto.roster.service import clock_of


class NotInClass(Refusal):
    """所选的人里有人不在这个班（可能转班了，或已不在名单里）。请刷新后再选。"""


async def lock_class(db: AsyncSession, campaign_id: UUID, class_group_id: UUID) -> None:
    """Let nobody else move this class's money until the commit. Taken before any other lock, as the triggers do."""
    till = dict(campaign_id=campaign_id, class_group_id=class_group_id)
    await db.execute(insert(ClassCash).values(**till).on_conflict_do_nothing())
    await db.execute(
        select(ClassCash.class_group_id)
        .where(ClassCash.campaign_id == campaign_id, ClassCash.class_group_id == class_group_id)
        .with_for_update()
    )


class NobodyOwes(Refusal):
    """所选的人都已经缴费或免收，没有要登记的。"""


@dataclass(frozen=True, slots=True)
class Collected:
    student_ids: list[UUID]
    fen: int
    skipped_people: int


async def collect_class(
    db: AsyncSession,
    campaign_id: UUID,
    class_group_id: UUID,
    student_ids: Iterable[UUID] | None,
    op_id: UUID,
    by: Actor,
) -> Collected:
    """All of the class or the named ones, who has paid or is let off skipped. All of it or nothing."""
    await lock_class(db, campaign_id, class_group_id)
    campaign = await fee_and_clock(db, campaign_id)
    op_ids = {
        student_id: uuid5(op_id, str(student_id)) for student_id in await _class_of(db, campaign_id, class_group_id)
    }
    named = set(op_ids) if student_ids is None else set(student_ids)
    if not named <= set(op_ids):
        raise NotInClass(student_ids=sorted(str(one) for one in named - set(op_ids)))
    found = select(LedgerEntry).where(LedgerEntry.campaign_id == campaign_id, LedgerEntry.op_id.in_(op_ids.values()))
    made = list(await db.scalars(found))
    if not {entry.student_id for entry in made} <= named:
        raise OpIdReused()
    if not made:
        owing = named - await _settled(db, campaign_id, named)
        at = clock_of(campaign)
        rows = [
            dict(
                campaign_id=campaign_id, class_group_id=class_group_id, student_id=student_id, op_id=op_ids[student_id]
            )
            | dict(kind=EntryKind.collected, amount_fen=campaign.fee_fen, by_name=by.name, by_id=by.id, at=at)
            for student_id in sorted(owing)
        ]
        if not rows:  # said, not done silently: a call that leaves no entry could not be told from a new one
            raise NobodyOwes()
        made = list(await db.scalars(insert(LedgerEntry).returning(LedgerEntry), rows))
        await tell(db, made)
    return Collected([entry.student_id for entry in made], sum(e.amount_fen for e in made), len(named) - len(made))


async def _class_of(db: AsyncSession, campaign_id: UUID, class_group_id: UUID) -> list[UUID]:
    found = select(Student.id).where(Student.campaign_id == campaign_id, Student.class_group_id == class_group_id)
    return list(await db.scalars(found.where(Student.withdrawn_at.is_(None))))


async def _settled(db: AsyncSession, campaign_id: UUID, student_ids: set[UUID]) -> set[UUID]:
    found = select(StudentFee.student_id).where(
        StudentFee.campaign_id == campaign_id,
        StudentFee.student_id.in_(student_ids),
        (StudentFee.paid_fen > 0) | StudentFee.waived,
    )
    return set(await db.scalars(found))
