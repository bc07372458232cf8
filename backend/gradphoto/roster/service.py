"""Campaigns and the people in them: look up, sign a student in, reveal an ID number, keep the clock."""

import hmac
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, or_, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from gradphoto.accounts.policy import Owner, Visible
from gradphoto.accounts.service import WrongSignIn, count_try, forget_tries, open_sign_in
from gradphoto.core.db import now
from gradphoto.core.errors import NotFound, Refusal
from gradphoto.core.events import announce
from gradphoto.core.security import blind_index, decrypt
from gradphoto.roster.id_numbers import normalise
from gradphoto.roster.models import Campaign, ClassGroup, College, Student
from gradphoto.roster.names import same_name


class ClockIsReal(Refusal):
    """这是正式采集批次，时钟不能调整；只有演练批次可以。"""


async def create_campaign(db: AsyncSession, **values: Any) -> Campaign:
    campaign = await db.scalar(insert(Campaign).values(**values).returning(Campaign))
    assert campaign is not None
    return campaign


async def the_campaign(db: AsyncSession, campaign_id: UUID) -> Campaign:
    campaign = await db.get(Campaign, campaign_id)
    if campaign is None:
        raise NotFound()
    return campaign


async def list_campaigns(db: AsyncSession, only: UUID | None) -> list[Campaign]:
    """Real ones before rehearsals, then the newest first; `only` one for students and API keys."""
    found = select(Campaign).order_by(Campaign.rehearsal, Campaign.created_at.desc(), Campaign.id.desc())
    return list(await db.scalars(found.where(Campaign.id == only) if only else found))


async def update_campaign(db: AsyncSession, campaign_id: UUID, **values: Any) -> Campaign:
    campaign = await db.scalar(update(Campaign).where(Campaign.id == campaign_id).values(**values).returning(Campaign))
    if campaign is None:
        raise NotFound()
    await announce(db, campaign_id, "campaign.changed", fields=sorted(values))
    return campaign


async def set_clock(db: AsyncSession, campaign_id: UUID, at: datetime) -> Campaign:
    """Let a rehearsal's clock show `at` from now on."""
    campaign = await the_campaign(db, campaign_id)
    if not campaign.rehearsal:
        raise ClockIsReal()
    shift = round((at - now()).total_seconds())
    return await update_campaign(db, campaign_id, clock_shift_seconds=shift)


def clock_of(campaign: Campaign) -> datetime:
    """The campaign's now: the real one, except in a rehearsal."""
    return now() + timedelta(seconds=campaign.clock_shift_seconds)


# --- whose is it -----------------------------------------------------------------------------------------------------


async def owner_of_class_group(db: AsyncSession, campaign_id: UUID, class_group_id: UUID) -> Owner:
    college_id = await db.scalar(
        select(ClassGroup.college_id).where(ClassGroup.campaign_id == campaign_id, ClassGroup.id == class_group_id)
    )
    if college_id is None:
        raise NotFound()
    return Owner(campaign_id, college_id, class_group_id)


async def owner_of_student(db: AsyncSession, campaign_id: UUID, student_id: UUID) -> Owner:
    row = (
        await db.execute(
            select(ClassGroup.college_id, ClassGroup.id)
            .join(Student, (Student.campaign_id == ClassGroup.campaign_id) & (Student.class_group_id == ClassGroup.id))
            .where(Student.campaign_id == campaign_id, Student.id == student_id)
        )
    ).one_or_none()
    if row is None:
        raise NotFound()
    return Owner(campaign_id, row[0], row[1], student_id)


def within(query: Select[Any], visible: Visible) -> Select[Any]:
    """Narrow a query over ClassGroup to what `visible` lets through."""
    query = query.where(ClassGroup.campaign_id == visible.campaign_id)
    if visible.college_ids is not None:
        query = query.where(ClassGroup.college_id.in_(visible.college_ids))
    if visible.class_group_id is not None:
        query = query.where(ClassGroup.id == visible.class_group_id)
    return query


# --- look up ---------------------------------------------------------------------------------------------------------


async def class_groups(db: AsyncSession, visible: Visible) -> list[tuple[ClassGroup, College, int]]:
    """Class groups with their college and head count (who has left does not count), in roster order."""
    heads = (
        select(Student.class_group_id, func.count().label("heads"))
        .where(Student.campaign_id == visible.campaign_id, Student.withdrawn_at.is_(None))
        .group_by(Student.class_group_id)
        .subquery()
    )
    query = (
        select(ClassGroup, College, func.coalesce(heads.c.heads, 0))
        .join(College, (College.campaign_id == ClassGroup.campaign_id) & (College.id == ClassGroup.college_id))
        .join(heads, heads.c.class_group_id == ClassGroup.id, isouter=True)
        .order_by(College.position, ClassGroup.position)
    )
    return [(row[0], row[1], row[2]) for row in await db.execute(within(query, visible))]


async def students(
    db: AsyncSession,
    visible: Visible,
    *,
    search: str | None = None,
    id_number: str | None = None,
    class_group_id: UUID | None = None,
    college_id: UUID | None = None,
    after: str | None = None,
    limit: int = 50,
) -> list[tuple[Student, ClassGroup, College]]:
    """Students in 学号 order after number `after`. `search`: the start of a 学号 or class name, or part of a name."""
    query = (
        select(Student, ClassGroup, College)
        .join(ClassGroup, (ClassGroup.campaign_id == Student.campaign_id) & (ClassGroup.id == Student.class_group_id))
        .join(College, (College.campaign_id == ClassGroup.campaign_id) & (College.id == ClassGroup.college_id))
        .where(Student.campaign_id == visible.campaign_id)
        .order_by(Student.number)
        .limit(limit)
    )
    if search:
        text = search.strip()
        query = query.where(
            or_(
                Student.number.startswith(text, autoescape=True),
                Student.name.contains(text, autoescape=True),
                ClassGroup.name.startswith(text, autoescape=True),
            )
        )
    if id_number:
        query = query.where(Student.id_number_index == id_number_index(visible.campaign_id, id_number))
    if class_group_id:
        query = query.where(Student.class_group_id == class_group_id)
    if college_id:
        query = query.where(ClassGroup.college_id == college_id)
    if after:
        query = query.where(Student.number > after)
    return [(row[0], row[1], row[2]) for row in await db.execute(within(query, visible))]


async def the_student(db: AsyncSession, campaign_id: UUID, student_id: UUID) -> tuple[Student, ClassGroup, College]:
    found = select(Student, ClassGroup, College).where(
        Student.campaign_id == campaign_id,
        Student.id == student_id,
        tuple_(ClassGroup.campaign_id, ClassGroup.id) == tuple_(Student.campaign_id, Student.class_group_id),
        tuple_(College.campaign_id, College.id) == tuple_(ClassGroup.campaign_id, ClassGroup.college_id),
    )
    row = (await db.execute(found)).one_or_none()
    if row is None:
        raise NotFound()
    return row[0], row[1], row[2]


# --- ID numbers ------------------------------------------------------------------------------------------------------


def sealed_for(campaign_id: UUID) -> str:
    return f"student.id_number:{campaign_id}"


def id_number_index(campaign_id: UUID, id_number: str) -> bytes:
    return blind_index(normalise(id_number), sealed_for(campaign_id))


async def reveal_id_number(db: AsyncSession, campaign_id: UUID, student_id: UUID) -> str:
    """In clear. The caller writes the audit row in the same transaction."""
    student, _, _ = await the_student(db, campaign_id, student_id)
    return decrypt(student.id_number_sealed, sealed_for(campaign_id)).decode()


# --- a student signs in ----------------------------------------------------------------------------------------------


async def sign_in_student(db: AsyncSession, number: str, name: str, id_number_tail: str) -> str:
    """The cookie's token, for the newest real campaign in which all three fit, else the newest rehearsal. Who has left
    the roster cannot sign in."""
    number, tail = normalise(number), normalise(id_number_tail)
    await count_try(f"student:{number}")
    found = await db.execute(
        select(Student, ClassGroup.college_id)
        .join(ClassGroup, (ClassGroup.campaign_id == Student.campaign_id) & (ClassGroup.id == Student.class_group_id))
        .join(Campaign, Campaign.id == Student.campaign_id)
        .where(Student.number == number, Student.withdrawn_at.is_(None))
        .order_by(Campaign.rehearsal, Campaign.created_at.desc())
        .limit(20)
    )
    for student, college_id in found:
        id_number = decrypt(student.id_number_sealed, sealed_for(student.campaign_id)).decode()
        right_tail = hmac.compare_digest(id_number[-6:].encode(), tail.encode())
        if same_name(student.name, name) and right_tail:
            await forget_tries(db, f"student:{number}")
            return await open_sign_in(db, **sign_in_of(student, college_id))
    raise WrongSignIn()


def sign_in_of(student: Student, college_id: UUID) -> dict[str, Any]:
    """What a sign-in copies from the roster; a changed roster ends the sign-ins it changed."""
    return {
        "campaign_id": student.campaign_id,
        "student_id": student.id,
        "class_group_id": student.class_group_id,
        "college_id": college_id,
        "is_monitor": student.is_monitor,
        "name": student.name,
    }
