"""Publishing the draft, the versions that were, and the counsellor's direct arranging; each makes a version."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import column, func, insert, select, table
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import defer

from gradphoto.accounts.models import Staff
from gradphoto.core.errors import NotFound, Refusal
from gradphoto.core.events import announce
from gradphoto.roster.models import Student
from gradphoto.schedule import arrival_service, draft_service, service
from gradphoto.schedule.draft_service import Draft, DraftMovedOn, NoDraft, locked_head
from gradphoto.schedule.models import TimetableHead, TimetableVersion
from gradphoto.schedule.plan_service import up_to_date, write
from gradphoto.schedule.planning.change_kinds import Change
from gradphoto.schedule.planning.change_titles import title_of
from gradphoto.schedule.planning.changes import apply_all
from gradphoto.schedule.planning.difference import Difference, difference
from gradphoto.schedule.planning.facts import PlanFacts
from gradphoto.schedule.planning.plan import Plan


class AffectedChanged(Refusal):
    """受影响的人数和你看到的不一样了，请重新看一遍差异再发布。"""


class SlotOfOtherCollege(Refusal):
    """这个场次不是本学院的，辅导员只能在本学院的场次之间调整。"""

    status = 403


@dataclass(frozen=True)
class Version:
    row: TimetableVersion
    plan: Plan
    facts: PlanFacts


async def compare(db: AsyncSession, campaign_id: UUID) -> tuple[Draft, Difference, dict[UUID, int]]:
    """Draft against published, and how many of each class group are in line or shot already."""
    now = await draft_service.draft(db, campaign_id)
    return now, difference(now.published, now.plan, now.facts), await here_already(db, campaign_id)


async def publish(
    db: AsyncSession, campaign_id: UUID, revision: int, note: str, expected_affected: int | None, by_id: UUID
) -> TimetableVersion:
    """Make the draft the timetable that holds, keep it as a version, and begin without a draft again."""
    head = await locked_head(db, campaign_id)
    if (head.draft or 0) != revision:
        raise DraftMovedOn(revision=head.draft or 0)
    if head.draft is None:
        raise NoDraft()
    now = await draft_service.draft(db, campaign_id)
    changed = difference(now.published, now.plan, now.facts)
    if expected_affected is not None and expected_affected != changed.students:
        raise AffectedChanged(students=changed.students)
    made = await _hold(db, head, now.published, now.plan, changed, note, by_id)
    head.draft = None
    await db.flush()
    return made


async def arrange(
    db: AsyncSession,
    campaign_id: UUID,
    changes: Sequence[Change],
    into_slot_id: UUID | None,
    college_ids: frozenset[UUID] | None,
    by_id: UUID,
) -> str:
    """Change the timetable that holds, at once, and the draft with it where it fits there; says what was done.

    `college_ids`: the colleges whose slots the caller may use, None = all.
    """
    head = await locked_head(db, campaign_id)
    before = await service.published(db, campaign_id)
    draft = await draft_service.draft(db, campaign_id)
    target = before.slot(into_slot_id) if into_slot_id else None
    if into_slot_id and target is None:
        raise NotFound()
    if target is not None and college_ids is not None and target.college_id not in college_ids:
        raise SlotOfOtherCollege()
    title = title_of(before, changes, draft.facts)
    after = apply_all(before, changes, draft.facts)
    changed = difference(before, after, draft.facts)
    await _hold(db, head, before, after, changed, title, by_id)
    await draft_service.also_in_draft(db, head, changes, by_id)
    return title


async def versions(db: AsyncSession, campaign_id: UUID) -> list[TimetableVersion]:
    """The newest first, without their plans: every arranging makes one, and a list of hundreds is asked for often."""
    query = select(TimetableVersion).where(TimetableVersion.campaign_id == campaign_id)
    newest_first = query.options(defer(TimetableVersion.plan, raiseload=True)).order_by(TimetableVersion.version.desc())
    return list(await db.scalars(newest_first))


async def publishers(db: AsyncSession, rows: Iterable[TimetableVersion]) -> dict[UUID | None, str]:
    """Names by id of those who published."""
    ids = {row.by_id for row in rows if row.by_id}
    found = await db.execute(select(Staff.id, Staff.name).where(Staff.id.in_(ids)))
    return {row[0]: row[1] for row in found}


async def version(db: AsyncSession, campaign_id: UUID, number: int) -> Version:
    row = await db.get(TimetableVersion, (campaign_id, number))
    if row is None:
        raise NotFound()
    now = await draft_service.draft(db, campaign_id)
    return Version(row, up_to_date(Plan.model_validate(row.plan), now.published, now.facts), now.facts)


async def here_already(db: AsyncSession, campaign_id: UUID) -> dict[UUID, int]:
    """Students in line or shot, by class group. The table is named, not imported: check-in builds on the schedule."""
    check_in = table("check_in", *map(column, ("campaign_id", "student_id", "state")))
    rows = await db.execute(
        select(Student.class_group_id, func.count(func.distinct(Student.id)))
        .join(check_in, (check_in.c.campaign_id == Student.campaign_id) & (check_in.c.student_id == Student.id))
        .where(Student.campaign_id == campaign_id, check_in.c.state != "absent")
        .group_by(Student.class_group_id)
    )
    return {row[0]: row[1] for row in rows}


async def _hold(
    db: AsyncSession,
    head: TimetableHead,
    before: Plan,
    after: Plan,
    changed: Difference,
    note: str,
    by_id: UUID,
) -> TimetableVersion:
    if head.last_version == 0 and before.slots:
        await _keep(db, head, before, "此前的时间表", None, {})
    affected = {"affected_students": changed.students, "affected_classes": len(changed.classes)}
    made = await _keep(db, head, after, note, by_id, affected)
    await arrival_service.hold_minutes(db, head.campaign_id)
    await write(db, head.campaign_id, after)
    await arrival_service.tell(db, head.campaign_id)
    await announce(db, head.campaign_id, "timetable.published", version=head.last_version, students=changed.students)
    return made


async def _keep(
    db: AsyncSession, head: TimetableHead, plan: Plan, note: str, by_id: UUID | None, affected: dict[str, Any]
) -> TimetableVersion:
    head.last_version += 1
    kept = plan.model_dump(mode="json")
    key = {"campaign_id": head.campaign_id, "version": head.last_version}
    at = func.clock_timestamp()  # as the draft's steps: in the order of those who held the head
    row = insert(TimetableVersion).values(**key, plan=kept, note=note, by_id=by_id, at=at, **affected)
    return (await db.scalars(row.returning(TimetableVersion))).one()
