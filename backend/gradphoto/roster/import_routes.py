"""Upload a roster, look at the report, apply or discard."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Response, UploadFile
from pydantic import BaseModel, Field

from gradphoto.accounts.auth import NotSignedIn, SignedIn
from gradphoto.accounts.policy import Act, NotAllowed, Owner, require
from gradphoto.accounts.service import audit
from gradphoto.core.db import Db
from gradphoto.core.errors import NotFound, RequestTooLarge, refuses
from gradphoto.core.settings import settings
from gradphoto.roster import import_service
from gradphoto.roster.import_service import IdNumberTaken, ImportDecided, ImportHasErrors, RosterMoved
from gradphoto.roster.models import ImportState, RosterImport
from gradphoto.roster.writing import roster_template

router = APIRouter(tags=["roster"])
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class ImportFinding(BaseModel):
    level: str = Field(description="error | warning")
    row: int | None = Field(description="as the spreadsheet program shows it")
    column: str = Field(description="the heading; empty = the row or the file as a whole")
    letter: str
    code: str
    value: str = Field(description="masked in ID columns")
    reason: str
    remedy: str


class ImportColumn(BaseModel):
    letter: str
    header: str
    field: str | None = Field(description="what it was taken for; null = not used")


class ImportReport(BaseModel):
    rows: int
    colleges: int
    class_groups: int
    monitors: int
    errors: int
    warnings: int
    added: int
    changed: int
    unchanged: int
    missing: int = Field(description="on the roster now and not in this file")
    missing_numbers: list[str]
    findings: list[ImportFinding] = Field(description="the first 500; the counts are complete")
    columns: list[ImportColumn]
    unknown_columns: list[str]
    id_types: dict[str, int]
    classes_without_monitor: list[str]


class ImportOut(BaseModel):
    import_id: UUID
    filename: str
    sha256: str
    state: ImportState
    uploaded_at: datetime
    decided_at: datetime | None
    report: ImportReport


def _out(row: RosterImport) -> ImportOut:
    values: dict[str, Any] = row.model_dump(
        include={"filename", "sha256", "state", "uploaded_at", "decided_at", "report"}
    )
    return ImportOut(import_id=row.id, **values)


MANAGE = refuses(NotSignedIn, NotAllowed, NotFound)


@router.get(
    "/roster-template",
    operation_id="getRosterTemplate",
    response_class=Response,
    responses=refuses() | {200: {"content": {XLSX: {"schema": {"type": "string", "format": "binary"}}}}},
)
async def get_roster_template() -> Response:
    """An empty roster in the form that the import reads; its columns are text, so ID numbers survive."""
    return Response(
        roster_template(),
        media_type=XLSX,
        headers={"Content-Disposition": 'attachment; filename="roster-template.xlsx"'},
    )


@router.get("/campaigns/{campaign_id}/roster-imports", operation_id="listRosterImports", responses=MANAGE)
async def list_roster_imports(campaign_id: UUID, db: Db, actor: SignedIn) -> list[ImportOut]:
    """The last 20 uploaded rosters with their reports, newest first."""
    require(actor, Act.manage_campaign, Owner(campaign_id))
    return [_out(row) for row in await import_service.list_imports(db, campaign_id)]


@router.post(
    "/campaigns/{campaign_id}/roster-imports",
    operation_id="uploadRoster",
    status_code=201,
    responses=refuses(NotSignedIn, NotAllowed, NotFound, RequestTooLarge),
)
async def upload_roster(campaign_id: UUID, file: UploadFile, db: Db, actor: SignedIn) -> ImportOut:
    """Read an Excel or CSV file and report on it. Nothing is changed until it is applied."""
    require(actor, Act.manage_campaign, Owner(campaign_id))
    data = await file.read(settings().max_roster_bytes + 1)
    if len(data) > settings().max_roster_bytes:
        raise RequestTooLarge(limit_bytes=settings().max_roster_bytes)
    row = await import_service.review(db, campaign_id, file.filename or "roster", data, actor.id)
    await audit(db, actor, "upload_roster", campaign_id, ("roster_import", row.id), rows=row.report["rows"])
    return _out(row)


class ApplyImport(BaseModel):
    withdraw_missing: Annotated[
        bool, Field(description="students not in the file leave the roster; nothing is deleted")
    ]


@router.post(
    "/campaigns/{campaign_id}/roster-imports/{import_id}/apply",
    operation_id="applyRoster",
    responses=refuses(NotSignedIn, NotAllowed, NotFound, ImportHasErrors, ImportDecided, RosterMoved, IdNumberTaken),
)
async def apply_roster(campaign_id: UUID, import_id: UUID, body: ApplyImport, db: Db, actor: SignedIn) -> ImportOut:
    """Apply the whole file or, on any refusal, nothing of it."""
    require(actor, Act.manage_campaign, Owner(campaign_id))
    row = await import_service.apply(db, campaign_id, import_id, body.withdraw_missing)
    await audit(db, actor, "apply_roster", campaign_id, ("roster_import", import_id), rows=row.report["rows"])
    return _out(row)


@router.delete(
    "/campaigns/{campaign_id}/roster-imports/{import_id}",
    operation_id="discardRoster",
    status_code=204,
    responses=refuses(NotSignedIn, NotAllowed, NotFound, ImportDecided),
)
async def discard_roster(campaign_id: UUID, import_id: UUID, db: Db, actor: SignedIn) -> None:
    """Put an uploaded roster aside; the sealed file is deleted."""
    require(actor, Act.manage_campaign, Owner(campaign_id))
    await import_service.discard(db, campaign_id, import_id)
    await audit(db, actor, "discard_roster", campaign_id, ("roster_import", import_id))
