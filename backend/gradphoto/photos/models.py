"""Photos: original bytes by their SHA-256, whose face they are, and what was found wrong with them."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from gradphoto.core.db import document, in_campaign, instant, new_id, word


class PhotoState(StrEnum):
    received = "received"
    accepted = "accepted"
    rejected = "rejected"
    superseded = "superseded"


class PhotoSource(StrEnum):
    """集中拍摄 by the agency in the room, or 自行返回 by the student."""

    on_site = "on_site"
    returned = "returned"


class MatchedBy(StrEnum):
    """What first named the student; `Photo.signs` holds everything that agreed."""

    id_number = "id_number"
    student_number = "student_number"
    slate = "slate"
    mail = "mail"
    student = "student"
    person = "person"


class Sign(StrEnum):
    """Independent ways to know whose face it is. Two are needed before a photo is matched by itself."""

    file_name = "file_name"
    slate = "slate"
    shot_order = "shot_order"
    shot_record = "shot_record"
    mail_subject = "mail_subject"
    student = "student"
    person = "person"


class Hold(StrEnum):
    """Why a photo waits without a student. `taken_back`: a person said it is not theirs, a file name does not count."""

    one_sign = "one_sign"
    signs_differ = "signs_differ"
    frozen_stretch = "frozen_stretch"
    returned_by_mail = "returned_by_mail"

    no_key = "no_key"
    not_on_roster = "not_on_roster"
    two_students = "two_students"
    damaged_id = "damaged_id"
    name_differs = "name_differs"
    taken_back = "taken_back"


class Photo(SQLModel, table=True):
    """The same bytes are stored once a campaign; a photo without a student waits for a person to match it."""

    __table_args__ = (
        UniqueConstraint("campaign_id", "sha256"),
        ForeignKeyConstraint(["campaign_id", "student_id"], ["student.campaign_id", "student.id"]),
        ForeignKeyConstraint(["campaign_id", "proposed_student_id"], ["student.campaign_id", "student.id"]),
        ForeignKeyConstraint(["campaign_id", "superseded_by"], ["photo.campaign_id", "photo.id"]),
        ForeignKeyConstraint(["campaign_id", "import_id"], ["photo_import.campaign_id", "photo_import.id"]),
        CheckConstraint("state in ('received', 'accepted', 'rejected', 'superseded')", name="state"),
        CheckConstraint("state <> 'accepted' or student_id is not null", name="accepted_is_somebody"),
        Index("uq_photo_accepted", "campaign_id", "student_id", unique=True, postgresql_where="state = 'accepted'"),
        Index("ix_photo_student", "campaign_id", "student_id"),
        Index("ix_photo_proposed", "campaign_id", "proposed_student_id"),
        Index("ix_photo_import", "campaign_id", "import_id", "import_position"),
        Index("ix_photo_waiting", "campaign_id", "id", postgresql_where="state = 'received'"),
    )

    campaign_id: UUID = in_campaign()
    id: UUID = new_id()
    student_id: UUID | None = None
    sha256: str = Field(max_length=64)
    size: int
    width: int | None = None
    height: int | None = None
    filename_mask: str = Field(default="", max_length=255, description="the file's name with the ID number masked")
    source: PhotoSource = word(PhotoSource)
    state: PhotoState = word(PhotoState, PhotoState.received)
    matched_by: MatchedBy | None = word(MatchedBy, optional=True)
    held: Hold | None = word(Hold, optional=True)
    superseded_by: UUID | None = Field(default=None, description="the photo that took its place as the accepted one")
    findings: list[dict[str, Any]] = document(default_factory=list)
    evidence: dict[str, Any] = document(default_factory=dict, description="segments and trailing bytes, not decoded")
    late: bool = Field(default=False, description="came after the return deadline; kept all the same")
    proposed_student_id: UUID | None = Field(default=None, description="whose it may be, for a person to confirm")
    signs: list[str] = document(default_factory=list, sa_column_kwargs={"server_default": "[]"})
    measures: dict[str, Any] = document(default_factory=dict, sa_column_kwargs={"server_default": "{}"})
    import_id: UUID | None = Field(default=None, description="the bulk it came with")
    import_position: int | None = Field(default=None, description="its place in that bulk: the order of the camera")
    taken_at: datetime | None = instant(optional=True, description="the camera's clock, as written in the file")
    asked_at: datetime | None = instant(optional=True, description="the student asked for a person to look")
    asked_note: str = Field(default="", max_length=200, sa_column_kwargs={"server_default": ""})
    received_at: datetime = instant(default_now=True)
    received_by: UUID | None = None
    decided_at: datetime | None = instant(optional=True)
    decided_by: UUID | None = None
    decision_reason: str = Field(default="", max_length=200)


class PhotoStandardRow(SQLModel, table=True):
    """The thresholds that this campaign changed; what is not in `values` is the national value."""

    __tablename__ = "photo_standard"

    campaign_id: UUID = in_campaign()
    values: dict[str, Any] = document(default_factory=dict)
    changed_at: datetime = instant(default_now=True)
    changed_by: UUID | None = None


class PhotoConfirmation(SQLModel, table=True):
    """Proposals that a person confirmed in one go, with what each photo was before: so that it can be undone in one."""

    __tablename__ = "photo_confirmation"

    campaign_id: UUID = in_campaign()
    op_id: UUID = Field(primary_key=True)
    asked: list[dict[str, Any]] = document(default_factory=list)
    done: list[dict[str, Any]] = document(default_factory=list)
    skipped: list[dict[str, Any]] = document(default_factory=list)
    at: datetime = instant(default_now=True)
    by_id: UUID | None = None
    undone_at: datetime | None = instant(optional=True)
