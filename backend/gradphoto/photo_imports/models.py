"""照片批次: many files that came together, how far they were read, and what became of each."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKeyConstraint, UniqueConstraint
from sqlmodel import Field, SQLModel

from gradphoto.core.db import document, in_campaign, instant, new_id, word
from gradphoto.photos.models import PhotoSource


class PhotoImportState(StrEnum):
    """`receiving` bytes; `waiting` for the worker; `reading` file by file; `done`, or `refused` whole.

    `paused`: the disk is full or the store away; what was read is kept, and it goes on there.
    """

    receiving = "receiving"
    waiting = "waiting"
    reading = "reading"
    paused = "paused"
    done = "done"
    refused = "refused"
    cancelled = "cancelled"


class ImportKind(StrEnum):
    """A ZIP sent in pieces, a folder of the browser (one request a file), or a folder on the server."""

    zip = "zip"
    folder = "folder"
    server = "server"


class PhotoImport(SQLModel, table=True):
    """照片批次: many files that came together, in the order of the camera."""

    __tablename__ = "photo_import"
    __table_args__ = (
        UniqueConstraint("campaign_id", "op_id"),
        CheckConstraint("received >= 0 and received <= size", name="received"),
    )

    campaign_id: UUID = in_campaign()
    id: UUID = new_id()
    kind: ImportKind = word(ImportKind)
    name: str = Field(max_length=255, description="of the ZIP or folder, ID numbers masked")
    size: int = Field(sa_type=BigInteger, description="bytes announced; 0 for a folder")
    received: int = Field(default=0, sa_type=BigInteger, description="bytes on safe ground: a resumed send starts here")
    sha256: str = Field(default="", max_length=64, description="of the whole ZIP, once it is there")
    state: PhotoImportState = word(PhotoImportState, PhotoImportState.receiving)
    camera: bool = Field(default=False, description="camera frames in shot order with QR slates, not finished photos")
    source: PhotoSource = word(PhotoSource)
    why: str = Field(default="", max_length=200, description="why it was refused or cancelled, or is paused")
    files: int | None = Field(default=None, description="how many there are; null = not known yet")
    passed_over: int = Field(default=0, description="what computers put there by themselves: Thumbs.db, __MACOSX")
    stretches: list[dict[str, Any]] = document(default_factory=list, sa_column_kwargs={"server_default": "[]"})
    worked_at: datetime | None = instant(optional=True, description="last sign of life of whoever sends or reads it")
    op_id: UUID
    made_at: datetime = instant(default_now=True)
    made_by: UUID | None = None
    finished_at: datetime | None = instant(optional=True)


class EntryOutcome(StrEnum):
    """What became of one file. `slate`: a QR card between the photos, not a photo."""

    matched = "matched"
    waiting = "waiting"
    rejected = "rejected"
    already = "already"
    slate = "slate"
    refused = "refused"


class PhotoEntry(SQLModel, table=True):
    """One file of an import: written in the transaction that stored it, so that a job killed half-way goes on there."""

    __tablename__ = "photo_entry"
    __table_args__ = (
        ForeignKeyConstraint(["campaign_id", "import_id"], ["photo_import.campaign_id", "photo_import.id"]),
        ForeignKeyConstraint(["campaign_id", "photo_id"], ["photo.campaign_id", "photo.id"]),
        ForeignKeyConstraint(["campaign_id", "slate_student_id"], ["student.campaign_id", "student.id"]),
    )

    campaign_id: UUID = in_campaign()
    import_id: UUID = Field(primary_key=True)
    position: int = Field(primary_key=True, description="1, 2, 3, … in the order of the names: the camera's")
    name_mask: str = Field(default="", max_length=255)
    outcome: EntryOutcome = word(EntryOutcome)
    code: str = Field(default="", max_length=64, description="why it was refused")
    photo_id: UUID | None = None
    slate_student_id: UUID | None = Field(default=None, description="whom the slate names")
    slate_sha256: str = Field(
        default="", max_length=64, description="its bytes are kept: somebody may be in the picture"
    )
    taken_at: datetime | None = instant(optional=True)
