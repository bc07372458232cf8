"""The draft of the timetable: what it holds and how it stands the test, and every step that changes it."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from gradphoto.accounts.auth import NotSignedIn, SignedIn
from gradphoto.accounts.policy import Act, Actor, NotAllowed, Owner, require
from gradphoto.accounts.service import audit
from gradphoto.core.db import Db
from gradphoto.core.errors import NotFound, refuses
from gradphoto.schedule import draft_service
from gradphoto.schedule.draft_service import (
    Draft,
    DraftMovedOn,
    NoDraft,
    NothingToRedo,
    NothingToUndo,
    Source,
)
from gradphoto.schedule.planning.change_kinds import Change
from gradphoto.schedule.planning.changes import ChangeDoesNotFit
from gradphoto.schedule.service import NoRosterYet, NoTimetableInNotice
from gradphoto.schedule.shapes import PlanOut, plan_out

router = APIRouter(tags=["schedule"])
AT = "/campaigns/{campaign_id}/timetable/draft"


class DraftOut(BaseModel):
    revision: int = Field(description="send it back with every change; 0 = no draft, the published timetable is shown")
    published_version: int = Field(description="which version holds; 0 = none was published yet")
    differs: bool = Field(description="from the published timetable")
    title: str = Field(description="what the last step did", examples=["把 材料1501 从 E 场移到 F 场"])
    undo: str | None = Field(description="what an undo takes back; null = nothing")
    redo: str | None = Field(description="what a redo does again; null = nothing")
    by_name: str = Field(description="who did the last step; empty = nobody yet")
    mine: bool = Field(description="the last step was the caller's own: an undo takes nothing of anybody else's back")
    plan: PlanOut


def _out(draft: Draft, actor: Actor) -> DraftOut:
    return DraftOut(
        by_name=draft.by_name,
        mine=draft.by_id == actor.id,
        revision=draft.revision,
        published_version=draft.published_version,
        differs=draft.differs,
        title=draft.title,
        undo=draft.undo,
        redo=draft.redo,
        plan=plan_out(draft.plan, draft.facts, draft.meanwhile),
    )


READ = refuses(NotSignedIn, NotAllowed, NotFound)


@router.get(AT, operation_id="getDraft", responses=READ)
async def get_draft(campaign_id: UUID, db: Db, actor: SignedIn) -> DraftOut:
    """The draft with its stress test; while there is none, the published timetable as revision 0."""
    require(actor, Act.manage_campaign, Owner(campaign_id))
    return _out(await draft_service.draft(db, campaign_id), actor)


class DraftStart(BaseModel):
    source: Source
    version: int | None = Field(default=None, ge=1, le=1_000_000, description="for source `version`")


@router.post(
    AT,
    operation_id="startDraft",
    responses=refuses(NotSignedIn, NotAllowed, NotFound, NoTimetableInNotice, NoRosterYet),
)
async def start_draft(campaign_id: UUID, body: DraftStart, db: Db, actor: SignedIn) -> DraftOut:
    """Begin again from the notice laid over the roster, from the published timetable, or from a version kept. A draft
    that is there comes back by undo. What did not fit between notice and roster: `proposeTimetable`."""
    require(actor, Act.manage_campaign, Owner(campaign_id))
    draft = await draft_service.start(db, campaign_id, body.source, body.version, actor.id)
    facts = {"source": body.source, "version": body.version, "revision": draft.revision}
    await audit(db, actor, "start_draft", campaign_id, ("campaign", campaign_id), **facts)
    return _out(draft, actor)


@router.delete(
    AT, operation_id="discardDraft", responses=refuses(NotSignedIn, NotAllowed, NotFound, NoDraft, DraftMovedOn)
)
async def discard_draft(
    campaign_id: UUID,
    revision: Annotated[int, Query(ge=0, le=1_000_000_000, description="the draft that was looked at")],
    db: Db,
    actor: SignedIn,
) -> DraftOut:
    """Give the draft up as it was seen; the published timetable stays as it is."""
    require(actor, Act.manage_campaign, Owner(campaign_id))
    draft = await draft_service.discard(db, campaign_id, revision)
    await audit(db, actor, "discard_draft", campaign_id, ("campaign", campaign_id))
    return _out(draft, actor)


class DraftChanges(BaseModel):
    revision: int = Field(ge=0, le=1_000_000_000, description="against which the changes were made")
    changes: list[Change] = Field(min_length=1, max_length=300, description="one step: applied, undone together")


CHANGE = refuses(NotSignedIn, NotAllowed, NotFound, DraftMovedOn, ChangeDoesNotFit)


@router.post(f"{AT}/changes", operation_id="changeDraft", responses=CHANGE)
async def change_draft(campaign_id: UUID, body: DraftChanges, db: Db, actor: SignedIn) -> DraftOut:
    """One step: all changes or none. The first one, at revision 0, begins a draft from the published timetable."""
    require(actor, Act.manage_campaign, Owner(campaign_id))
    draft = await draft_service.change(db, campaign_id, body.revision, body.changes, actor.id)
    await audit(db, actor, "change_draft", campaign_id, ("campaign", campaign_id), title=draft.title)
    return _out(draft, actor)


@router.post(f"{AT}/check", operation_id="checkChanges", responses=CHANGE)
async def check_changes(campaign_id: UUID, body: DraftChanges, db: Db, actor: SignedIn) -> PlanOut:
    """What `changeDraft` would make of it, with its test; writes nothing. For trying, and while dragging."""
    require(actor, Act.manage_campaign, Owner(campaign_id))
    draft, plan = await draft_service.check(db, campaign_id, body.revision, body.changes)
    return plan_out(plan, draft.facts, draft.meanwhile)


class DraftStep(BaseModel):
    revision: int = Field(ge=0, le=1_000_000_000, description="where the draft stands")


@router.post(
    f"{AT}/undo",
    operation_id="undoDraft",
    responses=refuses(NotSignedIn, NotAllowed, NotFound, DraftMovedOn, NothingToUndo),
)
async def undo_draft(campaign_id: UUID, body: DraftStep, db: Db, actor: SignedIn) -> DraftOut:
    """One step back; the step itself is kept, and `redoDraft` does it again."""
    require(actor, Act.manage_campaign, Owner(campaign_id))
    return _out(await draft_service.undo(db, campaign_id, body.revision), actor)


@router.post(
    f"{AT}/redo",
    operation_id="redoDraft",
    responses=refuses(NotSignedIn, NotAllowed, NotFound, DraftMovedOn, NothingToRedo),
)
async def redo_draft(campaign_id: UUID, body: DraftStep, db: Db, actor: SignedIn) -> DraftOut:
    """Forward again, to the step that was undone last."""
    require(actor, Act.manage_campaign, Owner(campaign_id))
    return _out(await draft_service.redo(db, campaign_id, body.revision), actor)
