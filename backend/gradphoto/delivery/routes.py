"""The registrar's day: progress, who would get no certificate, and both as Excel."""

import asyncio
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field

from gradphoto.accounts.auth import NotSignedIn, SignedIn
from gradphoto.accounts.policy import Act, NotAllowed, visible
from gradphoto.accounts.service import audit
from gradphoto.checkin.models import TicketState
from gradphoto.core.db import Db
from gradphoto.core.errors import NotFound, refuses
from gradphoto.delivery import package_routes, progress_service, registry_routes, seal_routes, service
from gradphoto.delivery.export import students_xlsx
from gradphoto.delivery.models import RegistryState
from gradphoto.delivery.next_step import Step, Why
from gradphoto.delivery.service import StudentStatus
from gradphoto.photos.models import PhotoState

router = APIRouter(tags=["delivery"])
router.include_router(package_routes.router)
router.include_router(seal_routes.router)
router.include_router(registry_routes.router)
READ = refuses(NotSignedIn, NotAllowed, NotFound)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
EXCEL: dict[int | str, dict[str, Any]] = {200: {"content": {XLSX: {"schema": {"type": "string", "format": "binary"}}}}}


class Standing(BaseModel):
    college_id: UUID | None = Field(description="null for the total")
    college_name: str
    heads: int
    shot: int
    in_line: int
    absent: int
    accepted: int = Field(description="with an accepted photo")
    missing: int = Field(description="without one: no certificate can be made")
    paid: int
    waived: int
    paid_not_shot: int = Field(description="paid and not shot: shoot them, or the money goes back to them by name")
    collected_fen: int
    refunded_fen: int
    handed_over_fen: int
    on_hand_fen: int
    owed_fen: int = Field(description="what the agency is owed: the fee x students shot, waived ones apart")


class Interval(BaseModel):
    starts_at: datetime
    shots: int
    planned: int


class WhyCount(BaseModel):
    why: Why
    students: int
    step: Step
    next_step: str


class RegistryCount(BaseModel):
    state: RegistryState
    students: int


class Progress(BaseModel):
    total: Standing
    colleges: list[Standing]
    why: list[WhyCount]
    registry: list[RegistryCount] = Field(description="学信网-shows-it, which is not school-has-it")
    intervals: list[Interval] = Field(description="half hours of the timetable: shot against planned")
    return_deadline: datetime
    days_left: int


def _standing(one: progress_service.Standing, fee_fen: int) -> Standing:
    values = {name: getattr(one, name) for name in Standing.model_fields if name not in ("college_name", "owed_fen")}
    return Standing(college_name=one.name, owed_fen=fee_fen * one.shot_and_owing, **values)


@router.get("/campaigns/{campaign_id}/progress", operation_id="getProgress", responses=READ)
async def get_progress(campaign_id: UUID, db: Db, actor: SignedIn) -> Progress:
    """How far the campaign is, by college, as far as the caller may see."""
    seen = visible(actor, Act.read_progress, campaign_id)
    found = await progress_service.progress(db, seen)
    return Progress(
        total=_standing(found.total, found.campaign.fee_fen),
        colleges=[_standing(one, found.campaign.fee_fen) for one in found.colleges],
        why=[WhyCount(why=one, students=n, step=do.step, next_step=do.sentence) for one, n, do in found.why],
        registry=[RegistryCount(state=one, students=found.registry.get(one, 0)) for one in RegistryState],
        intervals=[
            Interval(starts_at=one.starts_at, shots=one.shots, planned=one.planned)
            for one in await progress_service.intervals(db, campaign_id)
        ],
        return_deadline=found.campaign.return_deadline,
        days_left=found.days_left,
    )


class StatusOut(BaseModel):
    student_id: UUID
    number: str
    name: str
    class_group_id: UUID
    class_group_name: str
    college_id: UUID
    college_name: str
    slot_label: str | None
    slot_starts_at: datetime | None
    ticket_state: TicketState | None = Field(description="null = not checked in")
    shot_at: datetime | None
    photo_state: PhotoState | None = Field(description="null = no photo")
    photo_reason: str
    photo_late: bool = Field(description="the photo came after the return deadline; kept all the same")
    paid_fen: int
    waived: bool
    registry_state: RegistryState = Field(description="what 学信网 shows, by the newest report")
    why: Why | None = Field(description="why there is no accepted photo; null = there is one")
    step: Step | None = Field(description="what is possible next by the rules at this hour")
    next_step: str
    until: datetime | None = Field(description="the end of that step, where it has one")
    days_left: int | None = Field(description="until then; 0 = today")


class StatusPage(BaseModel):
    total: int
    students: list[StatusOut]


def _status(row: StudentStatus) -> StatusOut:
    plain = ("slot_label", "slot_starts_at", "ticket_state", "shot_at", "photo_state", "photo_reason", "photo_late")
    known = (*plain, "paid_fen", "waived", "registry_state", "why")
    return StatusOut(
        student_id=row.student.id,
        number=row.student.number,
        name=row.student.name,
        class_group_id=row.class_group.id,
        class_group_name=row.class_group.name,
        college_id=row.college.id,
        college_name=row.college.name,
        step=row.next.step if row.next else None,
        next_step=row.next.sentence if row.next else "",
        until=row.next.until if row.next else None,
        days_left=row.next.days_left if row.next else None,
        **{name: getattr(row, name) for name in known},
    )


CollegeFilter = Annotated[UUID | None, Query(description="only this college")]
MissingFilter = Annotated[bool, Query(description="谁的证书会做不出来: only without an accepted photo")]
ClassFilter = Annotated[UUID | None, Query(description="only this class group")]
WhyFilter = Annotated[Why | None, Query(description="only with this reason")]
RegistryFilter = Annotated[RegistryState | None, Query(description="only what 学信网 shows so")]


def _chosen(rows: list[StudentStatus], why: Why | None, state: RegistryState | None) -> list[StudentStatus]:
    return [row for row in rows if why in (None, row.why) and state in (None, row.registry_state)]


@router.get("/campaigns/{campaign_id}/statuses", operation_id="listStatuses", responses=READ)
async def list_statuses(
    campaign_id: UUID,
    db: Db,
    actor: SignedIn,
    college_id: CollegeFilter = None,
    class_group_id: ClassFilter = None,
    only_missing: MissingFilter = False,
    why: WhyFilter = None,
    registry_state: RegistryFilter = None,
    offset: Annotated[int, Query(ge=0, le=1_000_000, description="how many to pass over")] = 0,
    limit: Annotated[int, Query(ge=1, le=5000)] = 100,
) -> StatusPage:
    """Students in roster order with everything the campaign knows of them, and what to do next."""
    seen = visible(actor, Act.read_progress, campaign_id)
    rows = await service.statuses(
        db, seen, college_id=college_id, class_group_id=class_group_id, only_missing=only_missing
    )
    chosen = _chosen(rows, why, registry_state)
    return StatusPage(total=len(chosen), students=[_status(row) for row in chosen[offset : offset + limit]])


@router.get(
    "/campaigns/{campaign_id}/statuses.xlsx",
    operation_id="exportStatuses",
    response_class=Response,
    responses=READ | EXCEL,
)
async def export_statuses(
    campaign_id: UUID,
    db: Db,
    actor: SignedIn,
    college_id: CollegeFilter = None,
    class_group_id: ClassFilter = None,
    only_missing: MissingFilter = False,
    why: WhyFilter = None,
    registry_state: RegistryFilter = None,
) -> Response:
    """The same list as Excel. ID numbers stay masked; who exported what is written down."""
    seen = visible(actor, Act.export, campaign_id)
    found = await service.statuses(
        db, seen, college_id=college_id, class_group_id=class_group_id, only_missing=only_missing
    )
    rows = _chosen(found, why, registry_state)
    await audit(db, actor, "export_statuses", campaign_id, rows=len(rows), only_missing=only_missing)
    name = "缺照名单" if only_missing else "学生名单"
    return Response(
        await asyncio.to_thread(students_xlsx, rows),
        media_type=XLSX,
        headers={"Content-Disposition": f"attachment; filename=\"students.xlsx\"; filename*=UTF-8''{quote(name)}.xlsx"},
    )


class LackOut(BaseModel):
    """A college, or one of its classes."""

    college_id: UUID
    college_name: str
    class_group_id: UUID | None = Field(description="null for the whole college")
    class_group_name: str
    students: int
    missing: int = Field(description="without an accepted photo: no certificate can be made")
    why: dict[Why, int] = Field(description="how many for each reason that occurs")


@router.get("/campaigns/{campaign_id}/missing-counts", operation_id="countMissing", responses=READ)
async def count_missing(campaign_id: UUID, db: Db, actor: SignedIn) -> list[LackOut]:
    """谁的证书会做不出来 in numbers: each college in roster order, followed by its classes."""
    seen = visible(actor, Act.read_progress, campaign_id)
    return [
        LackOut(
            college_id=one.college_id,
            college_name=one.college_name,
            class_group_id=one.class_group_id,
            class_group_name=one.class_group_name,
            students=one.students,
            missing=sum(one.why.values()),
            why=one.why,
        )
        for one in await progress_service.lacking(db, seen)
    ]
