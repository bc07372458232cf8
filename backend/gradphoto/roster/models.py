"""The truth about people: campaign, colleges, class groups, students, and the roster files that brought them."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from gradphoto.core.db import binary, document, in_campaign, instant, new_id, word
from gradphoto.roster.id_numbers import IdType


class Campaign(SQLModel, table=True):
    """采集批次, one a cohort, with what the notice says of all slots."""

    __table_args__ = (
        CheckConstraint("fee_fen >= 0", name="fee"),
        CheckConstraint("pace_people > 0 and pace_minutes > 0", name="pace"),
        CheckConstraint("rehearsal or clock_shift_seconds = 0", name="clock_is_real"),
    )

    id: UUID = new_id()
    name: str = Field(max_length=100)
    cohort: str = Field(default="", max_length=100)
    fee_fen: int
    pace_people: int
    pace_minutes: int
    return_deadline: datetime = instant()
    proofread_deadline: datetime | None = instant(
        optional=True, description="图像校对: after it 学信网 changes nothing; null = 1 July after the return deadline"
    )
    mailbox: str = ""
    clothing: str = Field(default="", description="what to wear, in the notice's words")
    bring: str = Field(default="", description="what to bring, in the notice's words")
    lead_minutes: int = Field(default=2, description="how long before the planned shot a student is told to be there")
    notice_text: str = ""
    rehearsal: bool = Field(default=False, description="演练: its clock may be moved; never for a real shoot")
    clock_shift_seconds: int = 0
    created_at: datetime = instant(default_now=True)


class College(SQLModel, table=True):
    __table_args__ = (UniqueConstraint("campaign_id", "name"),)

    campaign_id: UUID = in_campaign()
    id: UUID = new_id()
    name: str = Field(max_length=100)
    position: int = Field(description="order of first appearance in the roster")


class ClassGroup(SQLModel, table=True):
    """班级. Its college is what the roster says, never what its name suggests."""

    __tablename__ = "class_group"
    __table_args__ = (
        UniqueConstraint("campaign_id", "college_id", "name"),
        ForeignKeyConstraint(["campaign_id", "college_id"], ["college.campaign_id", "college.id"]),
    )

    campaign_id: UUID = in_campaign()
    id: UUID = new_id()
    college_id: UUID
    name: str = Field(max_length=100)
    position: int


class Student(SQLModel, table=True):
    """One 学籍. The ID number is sealed; `id_number_index` finds it, `id_number_mask` shows it."""

    __table_args__ = (
        UniqueConstraint("campaign_id", "number"),
        UniqueConstraint("campaign_id", "id_number_index"),
        ForeignKeyConstraint(["campaign_id", "class_group_id"], ["class_group.campaign_id", "class_group.id"]),
        Index("ix_student_class_group", "campaign_id", "class_group_id", "number"),
    )

    campaign_id: UUID = in_campaign()
    id: UUID = new_id()
    number: str = Field(max_length=32)
    name: str = Field(max_length=50)
    sex: str = Field(default="", max_length=4)
    id_type: IdType = word(IdType)
    id_number_sealed: bytes = binary()
    id_number_index: bytes = binary()
    id_number_mask: str = Field(max_length=32)
    photo_code: str = Field(default="", description="采集码: kept as given, never decoded")
    major: str = Field(default="", max_length=100)
    class_group_id: UUID
    is_monitor: bool = False
    withdrawn_at: datetime | None = instant(optional=True, description="no longer on the roster")


class ImportState(StrEnum):
    reviewed = "reviewed"
    applied = "applied"
    discarded = "discarded"


class RosterImport(SQLModel, table=True):
    """A roster file between its report and the decision. The file is sealed, and gone once decided."""

    __tablename__ = "roster_import"

    campaign_id: UUID = in_campaign()
    id: UUID = new_id()
    filename: str = Field(max_length=255)
    sha256: str = Field(max_length=64)
    state: ImportState = word(ImportState, ImportState.reviewed)
    report: dict[str, Any] = document()
    file_sealed: bytes | None = binary(default=None)
    uploaded_by: UUID | None = None
    uploaded_at: datetime = instant(default_now=True)
    decided_at: datetime | None = instant(optional=True)
