"""Class groups and students: what the roster says, masked; and an ID number in clear, on record."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from gradphoto.accounts.auth import NotSignedIn, SignedIn
from gradphoto.accounts.policy import Act, NotAllowed, require, visible
from gradphoto.accounts.service import audit
from gradphoto.core.db import Db
from gradphoto.core.errors import NotFound, refuses
from gradphoto.roster import service
from gradphoto.roster.id_numbers import IdType
from gradphoto.roster.models import ClassGroup, College, Student

router = APIRouter()
ROSTER = "roster"
READ = refuses(NotSignedIn, NotAllowed, NotFound)


class ClassGroupOut(BaseModel):
    class_group_id: UUID
    class_group_name: str
    college_id: UUID
    college_name: str
    heads: int


@router.get("/campaigns/{campaign_id}/class-groups", tags=[ROSTER], operation_id="listClassGroups", responses=READ)
async def list_class_groups(campaign_id: UUID, db: Db, actor: SignedIn) -> list[ClassGroupOut]:
    """The class groups that the caller may see, with head counts, in roster order."""
    rows = await service.class_groups(db, visible(actor, Act.read_students, campaign_id))
    return [
        ClassGroupOut(
            class_group_id=group.id,
            class_group_name=group.name,
            college_id=college.id,
            college_name=college.name,
            heads=heads,
        )
        for group, college, heads in rows
    ]


class StudentOut(BaseModel):
    student_id: UUID
    number: str
    name: str
    sex: str
    id_type: IdType
    id_number_mask: str
    major: str
    class_group_id: UUID
    class_group_name: str
    college_id: UUID
    college_name: str
    is_monitor: bool
    withdrawn_at: datetime | None


class StudentPage(BaseModel):
    students: list[StudentOut]
    next_after: str | None = Field(description="send as `after` for the next page; null = the end")


def student_out(student: Student, group: ClassGroup, college: College) -> StudentOut:
    return StudentOut(
        student_id=student.id,
        class_group_name=group.name,
        college_id=college.id,
        college_name=college.name,
        **student.model_dump(
            include={"number", "name", "sex", "id_type", "id_number_mask", "major", "class_group_id"}
            | {"is_monitor", "withdrawn_at"}
        ),
    )


@router.get("/campaigns/{campaign_id}/students", tags=[ROSTER], operation_id="listStudents", responses=READ)
async def list_students(
    campaign_id: UUID,
    db: Db,
    actor: SignedIn,
    search: Annotated[
        str | None, Query(max_length=50, description="start of 学号 or class, or part of a name; no ID number")
    ] = None,
    class_group_id: UUID | None = None,
    college_id: UUID | None = None,
    after: Annotated[str | None, Query(max_length=32)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> StudentPage:
    """Students in 学号 order, as far as the caller may see. ID numbers are masked."""
    rows = await service.students(
        db,
        visible(actor, Act.read_students, campaign_id),
        search=search,
        class_group_id=class_group_id,
        college_id=college_id,
        after=after,
        limit=limit,
    )
    last = rows[-1][0].number if len(rows) == limit else None
    return StudentPage(students=[student_out(*row) for row in rows], next_after=last)


class IdNumberSearch(BaseModel):
    id_number: str = Field(min_length=4, max_length=32, examples=["119900199704070001"])


@router.post("/campaigns/{campaign_id}/students/search", tags=[ROSTER], operation_id="findByIdNumber", responses=READ)
async def find_by_id_number(campaign_id: UUID, body: IdNumberSearch, db: Db, actor: SignedIn) -> StudentPage:
    """The student with this whole ID number. A POST, so that the number stands in no address and no log."""
    seen = visible(actor, Act.reveal_id_number, campaign_id)
    rows = await service.students(db, seen, id_number=body.id_number)
    await audit(db, actor, "find_by_id_number", campaign_id, found=len(rows))
    return StudentPage(students=[student_out(*row) for row in rows], next_after=None)


@router.get("/campaigns/{campaign_id}/students/{student_id}", tags=[ROSTER], operation_id="getStudent", responses=READ)
async def get_student(campaign_id: UUID, student_id: UUID, db: Db, actor: SignedIn) -> StudentOut:
    """One student, masked."""
    require(actor, Act.read_students, await service.owner_of_student(db, campaign_id, student_id))
    return student_out(*await service.the_student(db, campaign_id, student_id))


class IdNumberOut(BaseModel):
    id_number: str


class RevealReason(BaseModel):
    reason: str = Field(min_length=2, max_length=200, examples=["核对身份证原件"])


@router.post(
    "/campaigns/{campaign_id}/students/{student_id}/id-number",
    tags=[ROSTER],
    operation_id="revealIdNumber",
    responses=READ,
)
async def reveal_id_number(
    campaign_id: UUID, student_id: UUID, body: RevealReason, db: Db, actor: SignedIn
) -> IdNumberOut:
    """The ID number in clear. Who looked, when and why is written down in the same transaction."""
    require(actor, Act.reveal_id_number, await service.owner_of_student(db, campaign_id, student_id))
    await audit(db, actor, "reveal_id_number", campaign_id, ("student", student_id), reason=body.reason)
    return IdNumberOut(id_number=await service.reveal_id_number(db, campaign_id, student_id))
