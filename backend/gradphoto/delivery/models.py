"""What left the house: packages with their sealed manifests; and what 学信网 shows of each student."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from gradphoto.core.db import document, in_campaign, instant, new_id, word


class NamedBy(StrEnum):
    """What the files of a package are called after."""

    id_number = "id_number"
    student_number = "student_number"
    student_number_name = "student_number_name"


class Package(SQLModel, table=True):
    """交付包: which photos, under which seal. The ZIP itself is made anew from the originals at each download."""

    __table_args__ = (
        UniqueConstraint("campaign_id", "number"),
        UniqueConstraint("campaign_id", "op_id"),
        ForeignKeyConstraint(["campaign_id", "since_id"], ["package.campaign_id", "package.id"]),
        ForeignKeyConstraint(["campaign_id", "college_id"], ["college.campaign_id", "college.id"]),
    )

    campaign_id: UUID = in_campaign()
    id: UUID = new_id()
    number: int = Field(description="1, 2, 3, … in the campaign")
    recipient: str = Field(max_length=100, description="to whom it is given")
    named_by: NamedBy = word(NamedBy)
    since_id: UUID | None = Field(default=None, description="holds only what changed after that one; null = everything")
    college_id: UUID | None = Field(default=None, description="only of this college; null = all")
    photos: int
    bytes: int = Field(sa_type=BigInteger, description="of the photos")
    head: dict[str, Any] = document(description="the signed head: root, count, prev, made_at, …")
    signature: str = Field(max_length=128, description="Ed25519 over the canonical head, base64")
    op_id: UUID
    made_at: datetime = instant()
    made_by: UUID | None = None
    handed_over_at: datetime | None = instant(optional=True, description="a person said that the recipient has it")
    handed_over_by: str = Field(default="", max_length=100, description="that person's name")
    handed_over_note: str = Field(default="", max_length=200)


class PackageLine(SQLModel, table=True):
    """One photo of a package. `position` is its leaf in the Merkle tree."""

    __tablename__ = "package_line"
    __table_args__ = (
        UniqueConstraint("campaign_id", "package_id", "student_id"),
        ForeignKeyConstraint(["campaign_id", "package_id"], ["package.campaign_id", "package.id"]),
        ForeignKeyConstraint(["campaign_id", "photo_id"], ["photo.campaign_id", "photo.id"]),
        ForeignKeyConstraint(["campaign_id", "student_id"], ["student.campaign_id", "student.id"]),
        Index("ix_package_line_student", "campaign_id", "student_id"),
    )

    campaign_id: UUID = in_campaign()
    package_id: UUID = Field(primary_key=True)
    position: int = Field(primary_key=True)
    photo_id: UUID
    student_id: UUID
    line: dict[str, Any] = document(description="exactly what was sealed, canonical JSON; no ID number in clear")


class RegistryState(StrEnum):
    """学信网-shows-it, which is not school-has-it. `confirmed` and `wrong` are the student's 图像校对."""

    unknown = "unknown"
    not_shown = "not_shown"
    shown = "shown"
    confirmed = "confirmed"
    wrong = "wrong"


class RegistryMark(SQLModel, table=True):
    """What 学信网 shows of a student, each report a row; the newest counts. Reported by the student or by an import."""

    __tablename__ = "registry_mark"
    __table_args__ = (
        UniqueConstraint("campaign_id", "op_id", "student_id"),
        ForeignKeyConstraint(["campaign_id", "student_id"], ["student.campaign_id", "student.id"]),
        CheckConstraint("state in ('unknown', 'not_shown', 'shown', 'confirmed', 'wrong')", name="state"),
        Index("ix_registry_mark_student", "campaign_id", "student_id", "id"),
    )

    campaign_id: UUID = in_campaign()
    id: UUID = new_id()
    student_id: UUID
    state: RegistryState = word(RegistryState)
    note: str = Field(default="", max_length=200, description="what the student says is wrong")
    seen_on: date | None = Field(default=None, description="the day it was looked up")
    op_id: UUID
    at: datetime = instant(default_now=True)
    by_id: UUID | None = None
    by_student: bool = False
