"""The draft of the timetable: start, change, undo, redo; every step a revision, one editor at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from sqlalchemy import case, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from gradphoto.accounts.models import Staff
from gradphoto.core.errors import NotFound, Refusal
from gradphoto.core.events import announce
from gradphoto.roster import service as roster
from gradphoto.roster.models import Campaign
from gradphoto.schedule import service
from gradphoto.schedule.models import TimetableHead, TimetableRevision, TimetableVersion
from gradphoto.schedule.plan_service import plan_of_notice, up_to_date
from gradphoto.schedule.planning.change_kinds import Change
from gradphoto.schedule.planning.change_titles import act_of, title_of
from gradphoto.schedule.planning.changes import ChangeDoesNotFit, apply_all
from gradphoto.schedule.planning.conflicts import Meanwhile
from gradphoto.schedule.planning.facts import PlanFacts
from gradphoto.schedule.planning.plan import Plan
from gradphoto.schedule.planning.same_slots import keeping_slots


class DraftMovedOn(Refusal):
    """草稿已经被别人或另一个窗口改过，请刷新后再改。"""


class NothingToUndo(Refusal):
    """没有可以撤销的步骤。"""


class NothingToRedo(Refusal):
    """没有可以重做的步骤。"""


class NoDraft(Refusal):
    """还没有草稿，和已发布的时间表一样。"""


class Source(StrEnum):
    notice = "notice"
    published = "published"
    version = "version"


@dataclass(frozen=True)
class Draft:
    """`revision` 0 is the published timetable itself: there is no draft then, and nothing was written."""

    campaign: Campaign
    revision: int
    plan: Plan
    published: Plan
    published_version: int
    facts: PlanFacts
    title: str
    undo: str | None  # what an undo would take back
    redo: str | None
    by_id: UUID | None  # who did the last step
    by_name: str
    meanwhile: Meanwhile | None  # what holds has changed since the draft began

    @property
    def differs(self) -> bool:
        venues = [sorted(plan.venues, key=lambda one: str(one.venue_id)) for plan in (self.plan, self.published)]
        return self.plan.slots != self.published.slots or venues[0] != venues[1]


async def draft(db: AsyncSession, campaign_id: UUID) -> Draft:
    return await _draft(db, campaign_id, await db.get(TimetableHead, campaign_id, populate_existing=True))


async def start(db: AsyncSession, campaign_id: UUID, source: Source, version: int | None, by_id: UUID) -> Draft:
    """Begin again from `source`. A draft that is there can be had back by undo."""
    head = await locked_head(db, campaign_id)
    now = await _draft(db, campaign_id, head)
    if source is Source.notice:
        plan, title = await plan_of_notice(db, campaign_id, now.published, now.facts), "按通知重新排"
    elif source is Source.version:
        plan, title = await _kept(db, campaign_id, version or 0), f"从第 {version} 版开始"
        plan = up_to_date(plan, now.published, now.facts)
    else:
        plan, title = now.published, "从已发布的时间表开始"
    return await _add(db, head, now, plan, f"start_{source}", title, by_id, parent=now.revision or None)


async def change(
    db: AsyncSession, campaign_id: UUID, revision: int, changes: Sequence[Change], by_id: UUID | None
) -> Draft:
    """One step forward from `revision`, which must be where the draft stands."""
    head, now = await _at(db, campaign_id, revision)
    plan = apply_all(now.plan, changes, now.facts)
    return await _forward(db, head, now, plan, act_of(changes), title_of(now.plan, changes, now.facts), by_id)


async def take_plan(db: AsyncSession, campaign_id: UUID, plan: Plan, act: str, title: str, by_id: UUID | None) -> Draft:
    """A whole plan, as the next step of the draft: undo brings back what was there."""
    head = await locked_head(db, campaign_id)
    now = await _draft(db, campaign_id, head)
    plan = keeping_slots(up_to_date(plan, now.published, now.facts), now.published)
    return await _forward(db, head, now, plan, act, title, by_id)


async def undo(db: AsyncSession, campaign_id: UUID, revision: int) -> Draft:
    head, now = await _at(db, campaign_id, revision)
    row = await db.get(TimetableRevision, (campaign_id, now.revision)) if now.revision else None
    if row is None or row.parent is None:
        raise NothingToUndo()
    return await _stand_at(db, head, row.parent)


async def redo(db: AsyncSession, campaign_id: UUID, revision: int) -> Draft:
    head, now = await _at(db, campaign_id, revision)
    child = await _newest_child(db, campaign_id, now.revision)
    if child is None:
        raise NothingToRedo()
    return await _stand_at(db, head, child.number)


async def discard(db: AsyncSession, campaign_id: UUID, revision: int) -> Draft:
    """Back to the published timetable; the steps stay written down but nobody stands there."""
    head = await locked_head(db, campaign_id)
    if head.draft is None:
        raise NoDraft()
    if head.draft != revision:
        raise DraftMovedOn(revision=head.draft)
    return await _stand_at(db, head, None)


async def check(db: AsyncSession, campaign_id: UUID, revision: int, changes: Sequence[Change]) -> tuple[Draft, Plan]:
    """What `change` would make of it; writes nothing."""
    now = await draft(db, campaign_id)
    if now.revision != revision:
        raise DraftMovedOn(revision=now.revision)
    return now, apply_all(now.plan, changes, now.facts)


async def also_in_draft(db: AsyncSession, head: TimetableHead, changes: Sequence[Change], by_id: UUID) -> bool:
    """What was done to the published timetable, done to the draft too, if there is one and it fits there."""
    if head.draft is None:
        return False
    now = await _draft(db, head.campaign_id, head)
    try:
        plan = apply_all(now.plan, changes, now.facts)
    except ChangeDoesNotFit:
        return False
    title = title_of(now.plan, changes, now.facts)
    await _add(db, head, now, plan, act_of(changes), title, by_id, parent=now.revision)
    return True


# --- the head and its revisions --------------------------------------------------------------------------------------


async def locked_head(db: AsyncSession, campaign_id: UUID) -> TimetableHead:
    """The row that everybody who edits or publishes waits for."""
    await roster.the_campaign(db, campaign_id)
    await db.execute(insert(TimetableHead).values(campaign_id=campaign_id).on_conflict_do_nothing())
    found = await db.scalars(
        select(TimetableHead)
        .where(TimetableHead.campaign_id == campaign_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return found.one()


async def _at(db: AsyncSession, campaign_id: UUID, revision: int) -> tuple[TimetableHead, Draft]:
    head = await locked_head(db, campaign_id)
    if (head.draft or 0) != revision:
        raise DraftMovedOn(revision=head.draft or 0)
    return head, await _draft(db, campaign_id, head)


async def _draft(db: AsyncSession, campaign_id: UUID, head: TimetableHead | None) -> Draft:
    campaign = await roster.the_campaign(db, campaign_id)
    facts, published = await service.facts_of(db, campaign), await service.published(db, campaign_id)
    row = await db.get(TimetableRevision, (campaign_id, head.draft)) if head and head.draft else None
    child = await _newest_child(db, campaign_id, row.number) if row else None
    return Draft(
        campaign=campaign,
        revision=row.number if row else 0,
        plan=up_to_date(Plan.model_validate(row.plan), published, facts) if row else published,
        published=published,
        published_version=head.last_version if head else 0,
        facts=facts,
        title=row.title if row else "",
        undo=row.title if row and row.parent is not None else None,
        redo=child.title if child else None,
        by_id=row.by_id if row else None,
        by_name=await db.scalar(select(Staff.name).where(Staff.id == row.by_id)) or "" if row else "",
        meanwhile=await _meanwhile(db, campaign_id, row.number, published) if row else None,
    )


async def _meanwhile(db: AsyncSession, campaign_id: UUID, number: int, holds: Plan) -> Meanwhile | None:
    """None while the version holds with which the draft began, at its last `start_…`."""
    mine = TimetableRevision.campaign_id == campaign_id
    columns = (TimetableRevision.parent, TimetableRevision.act, TimetableRevision.at)
    steps = select(*columns).where(mine, TimetableRevision.number == number).cte(recursive=True)
    steps = steps.union_all(
        select(*columns).where(mine, TimetableRevision.number == steps.c.parent, ~steps.c.act.startswith("start_"))
    )
    began = select(func.min(steps.c.at)).scalar_subquery()
    versions = select(TimetableVersion.version).where(TimetableVersion.campaign_id == campaign_id)
    if await db.scalar(versions.where(TimetableVersion.at > began).limit(1)) is None:
        return None
    # Before the first publication no version was kept; the first that was is what held until then.
    plans = select(TimetableVersion.plan).where(TimetableVersion.campaign_id == campaign_id)
    then = (TimetableVersion.at <= began).desc(), case((TimetableVersion.at <= began, -TimetableVersion.version))
    found = await db.scalar(plans.order_by(*then, TimetableVersion.version).limit(1))
    return Meanwhile(Plan.model_validate(found), holds)


async def _forward(
    db: AsyncSession, head: TimetableHead, now: Draft, plan: Plan, act: str, title: str, by_id: UUID | None
) -> Draft:
    """The next revision. Where there is no draft yet, the published timetable becomes the one before it."""
    if now.revision == 0:
        now = await _add(db, head, now, now.published, "start_published", "从已发布的时间表开始", by_id, parent=None)
    return await _add(db, head, now, plan, act, title, by_id, parent=now.revision)


async def _add(
    db: AsyncSession,
    head: TimetableHead,
    now: Draft,
    plan: Plan,
    act: str,
    title: str,
    by_id: UUID | None,
    *,
    parent: int | None,
) -> Draft:
    head.last_revision += 1
    row = TimetableRevision(
        campaign_id=head.campaign_id,
        number=head.last_revision,
        parent=parent,
        act=act,
        title=title,
        plan=plan.model_dump(mode="json"),
        by_id=by_id,
        # Not when the transaction began: who waited for the head is after whom they waited for, here as in versions.
        at=await db.scalar(select(func.clock_timestamp())),
    )
    db.add(row)
    await db.flush()
    return await _stand_at(db, head, row.number)


async def _stand_at(db: AsyncSession, head: TimetableHead, number: int | None) -> Draft:
    head.draft = number
    await db.flush()
    await announce(db, head.campaign_id, "timetable.draft_changed", revision=number or 0)
    return await _draft(db, head.campaign_id, head)


async def _newest_child(db: AsyncSession, campaign_id: UUID, number: int) -> TimetableRevision | None:
    child, mine = aliased(TimetableRevision), TimetableRevision.campaign_id == campaign_id
    newest = (
        select(func.max(child.number)).where(child.campaign_id == campaign_id, child.parent == number).scalar_subquery()
    )
    found: TimetableRevision | None = await db.scalar(
        select(TimetableRevision).where(mine, TimetableRevision.number == newest)
    )
    return found


async def _kept(db: AsyncSession, campaign_id: UUID, version: int) -> Plan:
    row = await db.get(TimetableVersion, (campaign_id, version))
    if row is None:
        raise NotFound()
    return Plan.model_validate(row.plan)
