"""What 学信网 shows: reported by the student or the school, each report a row, the newest counts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import literal, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from gradphoto.accounts.policy import Visible
from gradphoto.core.errors import OpIdReused, Refusal
from gradphoto.core.events import announce
from gradphoto.delivery.models import RegistryMark, RegistryState
from gradphoto.delivery.package_service import delivered
from gradphoto.delivery.registry import (
    ANSWERED,
    Pasted,
    Reminder,
    class_text,
    proofread_deadline,
    read_pasted,
    reminder,
)
from gradphoto.delivery.service import StudentStatus, statuses
from gradphoto.roster import service as roster
from gradphoto.roster.models import Campaign, Student


class NoteMissing(Refusal):
    """请写明学信网上的照片哪里有误，比如“不是本人”“变形”。"""

    status = 422


class UnknownNumbers(Refusal):
    """列表里有名单上没有的学号，整批没有登记。请先核对，或选择跳过这些行。"""


class EmptyList(Refusal):
    """没有认出一个学号，请把学号一列粘贴进来。"""

    status = 422


@dataclass(frozen=True, slots=True)
class Said:
    """One report, without whom it is about."""

    state: RegistryState
    note: str
    seen_on: date | None


class Review(NamedTuple):
    """A pasted list before it is applied. `changed`: how many of `found` have another state now."""

    pasted: Pasted
    found: list[tuple[UUID, str, str, RegistryState]]
    changed: int


async def mark(
    db: AsyncSession,
    campaign_id: UUID,
    student_ids: Sequence[UUID],
    op_id: UUID,
    said: Said,
    by: UUID,
    by_student: bool,
) -> int:
    """How many students; safe to send twice. The same `op_id` for others or with another content is refused."""
    if said.state == RegistryState.wrong and by_student and not said.note:
        raise NoteMissing()
    campaign = await roster.the_campaign(db, campaign_id)
    row = dict(campaign_id=campaign_id, op_id=op_id, by_id=by, by_student=by_student, at=roster.clock_of(campaign))
    row |= dict(state=said.state, note=said.note, seen_on=said.seen_on)
    # One parameter a student: PostgreSQL takes 65,535 of them.
    whose = select(Student.id, *(literal(row[name], RegistryMark.__table__.c[name].type) for name in row))
    made = await db.scalars(
        insert(RegistryMark)
        .from_select(["student_id", *row], whose.where(Student.campaign_id == campaign_id, Student.id.in_(student_ids)))
        .on_conflict_do_nothing(index_elements=["campaign_id", "op_id", "student_id"])
        .returning(RegistryMark.student_id)
    )
    fresh = len(made.all())
    kept = await db.scalars(
        select(RegistryMark).where(RegistryMark.campaign_id == campaign_id, RegistryMark.op_id == op_id)
    )
    rows = kept.all()
    same = all((one.state, one.note, one.seen_on) == (said.state, said.note, said.seen_on) for one in rows)
    if not same or {one.student_id for one in rows} != set(student_ids) or 0 < fresh < len(rows):
        raise OpIdReused()
    if fresh:
        await announce(db, campaign_id, "registry.marked", students=fresh, state=said.state)
    return len(rows)


async def marks_of(db: AsyncSession, campaign_id: UUID, student_id: UUID) -> list[RegistryMark]:
    """Newest first."""
    found = select(RegistryMark).where(RegistryMark.campaign_id == campaign_id, RegistryMark.student_id == student_id)
    return list(await db.scalars(found.order_by(RegistryMark.id.desc())))


async def review(db: AsyncSession, campaign_id: UUID, text: str, state: RegistryState) -> Review:
    """What the pasted list would do. Changes nothing."""
    by_number = {one.student.number: one for one in await statuses(db, Visible(campaign_id))}
    pasted = read_pasted(text, by_number)
    found = [_found(by_number[number]) for number in pasted.found]
    return Review(pasted, found, sum(one[3] != state for one in found))


def _found(one: StudentStatus) -> tuple[UUID, str, str, RegistryState]:
    return one.student.id, one.student.number, one.student.name, one.registry_state


async def apply(
    db: AsyncSession, campaign_id: UUID, op_id: UUID, text: str, said: Said, by: UUID, *, skip_unknown: bool
) -> int:
    """The pasted list, whole or not at all. Returns for how many students."""
    rows = await db.execute(
        select(Student.number, Student.id).where(Student.campaign_id == campaign_id, Student.withdrawn_at.is_(None))
    )
    ids = {row[0]: row[1] for row in rows}
    pasted = read_pasted(text, ids)
    if pasted.unknown and not skip_unknown:
        raise UnknownNumbers(lines=[line for line, _ in pasted.unknown[:50]], count=len(pasted.unknown))
    if not pasted.found:
        raise EmptyList()
    return await mark(db, campaign_id, [ids[number] for number in pasted.found], op_id, said, by, by_student=False)


# --- reminders -------------------------------------------------------------------------------------------------------


async def reminder_of(db: AsyncSession, campaign: Campaign, status: StudentStatus) -> Reminder:
    given = await delivered(db, campaign.id, status.student.id)
    deadline = proofread_deadline(campaign.proofread_deadline, campaign.return_deadline)
    return reminder(status.registry_state, deadline, roster.clock_of(campaign), given.at if given else None)


class ClassReminder(NamedTuple):
    """`silent`: the names of who has not answered; `text` is for the class chat, empty when all have."""

    class_group_id: UUID
    class_group_name: str
    college_name: str
    students: int
    silent: list[tuple[UUID, str, str]]
    text: str


async def class_reminders(db: AsyncSession, visible: Visible, campaign: Campaign) -> list[ClassReminder]:
    """Of those with an accepted photo, class by class in roster order: nobody else has anything to look at."""
    deadline = proofread_deadline(campaign.proofread_deadline, campaign.return_deadline)
    clock = roster.clock_of(campaign)
    found = []
    people = [one for one in await statuses(db, visible) if one.why is None]
    for group, members in groupby(people, key=lambda one: one.class_group):
        all_of_it = list(members)
        silent = [one for one in all_of_it if one.registry_state not in ANSWERED]
        names = [one.student.name for one in silent]
        found.append(
            ClassReminder(
                class_group_id=group.id,
                class_group_name=group.name,
                college_name=all_of_it[0].college.name,
                students=len(all_of_it),
                silent=[(one.student.id, one.student.number, one.student.name) for one in silent],
                text=class_text(group.name, deadline, clock, len(all_of_it), names) if silent else "",
            )
        )
    return found
