"""Draft against published, publishing, and the versions that were."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field

from gradphoto.accounts.auth import NotSignedIn, SignedIn
from gradphoto.accounts.policy import Act, NotAllowed, Owner, require
from gradphoto.accounts.service import audit
from gradphoto.core.db import Db
from gradphoto.core.errors import NotFound, refuses
from gradphoto.schedule import publish_service
from gradphoto.schedule.draft_service import DraftMovedOn, NoDraft
from gradphoto.schedule.models import TimetableVersion
from gradphoto.schedule.plan_service import ClassPlacedTwice, SlotsOverlap, TimetableInUse, VenueTwice
from gradphoto.schedule.publish_service import AffectedChanged
from gradphoto.schedule.shapes import DifferenceOut, PlanOut, difference_out, plan_out

router = APIRouter(tags=["schedule"])
AT = "/campaigns/{campaign_id}/timetable"
READ = refuses(NotSignedIn, NotAllowed, NotFound)


class DraftDifference(BaseModel):
    revision: int
    published_version: int
    difference: DifferenceOut


@router.get(f"{AT}/draft/difference", operation_id="compareDraft", responses=READ)
async def compare_draft(campaign_id: UUID, db: Db, actor: SignedIn) -> DraftDifference:
    """Which classes the draft moves from where to where, and how many students that affects. Empty without a draft."""
    require(actor, Act.manage_campaign, Owner(campaign_id))
    draft, changed, here = await publish_service.compare(db, campaign_id)
    difference = difference_out(changed, here)
    return DraftDifference(revision=draft.revision, published_version=draft.published_version, difference=difference)


class Publication(BaseModel):
    revision: int = Field(ge=0, le=1_000_000_000, description="the draft that was looked at")
    note: str = Field(default="", max_length=500, description="what changed and why, for the list of versions")
    expected_affected: int | None = Field(
        default=None, ge=0, le=100_000_000, description="`difference.students` as shown; refused when it is another now"
    )


class Version(BaseModel):
    version: int
    note: str
    affected_students: int
    affected_classes: int
    published_at: datetime
    published_by: str = Field(description="empty = not by a person of the staff, as the one before versions were kept")


async def _versions(db: Db, rows: Sequence[TimetableVersion]) -> list[Version]:
    names = await publish_service.publishers(db, rows)
    return [
        Version(
            version=row.version,
            note=row.note,
            affected_students=row.affected_students,
            affected_classes=row.affected_classes,
            published_at=row.at,
            published_by=names.get(row.by_id, ""),
        )
        for row in rows
    ]


@router.post(
    f"{AT}/publish",
    operation_id="publishTimetable",
    responses=refuses(
        NotSignedIn,
        NotAllowed,
        NotFound,
        DraftMovedOn,
        NoDraft,
        AffectedChanged,
        TimetableInUse,
        SlotsOverlap,
        ClassPlacedTwice,
        VenueTwice,
    ),
)
async def publish_timetable(campaign_id: UUID, body: Publication, db: Db, actor: SignedIn) -> Version:
    """The draft becomes the timetable that holds, and is kept as a version. Slots keep their check-ins."""
    require(actor, Act.manage_campaign, Owner(campaign_id))
    row = await publish_service.publish(db, campaign_id, body.revision, body.note, body.expected_affected, actor.id)
    facts = {"version": row.version, "students": row.affected_students, "class_groups": row.affected_classes}
    await audit(db, actor, "publish_timetable", campaign_id, ("campaign", campaign_id), **facts)
    return (await _versions(db, [row]))[0]


class Versions(BaseModel):
    versions: list[Version]


@router.get(f"{AT}/versions", operation_id="listVersions", responses=READ)
async def list_versions(campaign_id: UUID, db: Db, actor: SignedIn) -> Versions:
    """Every timetable that was published, the newest first."""
    require(actor, Act.manage_campaign, Owner(campaign_id))
    return Versions(versions=await _versions(db, await publish_service.versions(db, campaign_id)))


class VersionWithPlan(BaseModel):
    version: Version
    plan: PlanOut


@router.get(f"{AT}/versions/{{version}}", operation_id="getVersion", responses=READ)
async def get_version(campaign_id: UUID, version: int, db: Db, actor: SignedIn) -> VersionWithPlan:
    """One version as it was published, with today's names and head counts."""
    require(actor, Act.manage_campaign, Owner(campaign_id))
    found = await publish_service.version(db, campaign_id, version)
    [version_out] = await _versions(db, [found.row])
    return VersionWithPlan(version=version_out, plan=plan_out(found.plan, found.facts))
