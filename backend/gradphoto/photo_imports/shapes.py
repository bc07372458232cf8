"""The shapes of an import on the wire: how it stands, its stretches, and what became of each file."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Path
from pydantic import BaseModel, Field

from gradphoto.core.errors import Refusal
from gradphoto.photo_imports.models import EntryOutcome, ImportKind, PhotoImport, PhotoImportState
from gradphoto.photo_imports.reading.bulk import TOLD, EntryFault
from gradphoto.photo_imports.service import EntryRow
from gradphoto.photos.holds import held_finding
from gradphoto.photos.models import Hold, PhotoSource, PhotoState

AT = "/campaigns/{campaign_id}/photo-imports"
ONE = AT + "/{photo_import_id}"
Imported = Annotated[UUID, Path(description="the import")]


class StretchOut(BaseModel):
    why: Literal["missing_slate", "gap_too_long", "count_differs", "order_differs"]
    positions: list[int] = Field(description="of its photos, in the order of the camera")
    released_at: datetime | None = Field(description="when a person had looked and let it go")


class PhotoImportOut(BaseModel):
    photo_import_id: UUID
    kind: ImportKind
    name: str = Field(description="of the ZIP or folder, ID numbers masked")
    state: PhotoImportState = Field(description="paused = disk full or store away: goes on by itself, or by `retry`")
    why: str = Field(description="why the whole was refused, is paused, or was cancelled by itself; in Chinese")
    camera: bool = Field(description="camera frames with QR slates, matched by their order after the last one")
    source: PhotoSource
    size: int = Field(description="bytes announced; 0 for a folder")
    received: int = Field(description="bytes on safe ground: a resumed send starts here")
    sha256: str = Field(description="of the whole ZIP, once it is there; empty before")
    files: int | None = Field(description="how many there are; null = not known yet")
    done: int = Field(description="files that are through")
    counts: dict[EntryOutcome, int] = Field(description="files by what became of them, as it is now")
    passed_over: int = Field(description="Thumbs.db, .DS_Store, __MACOSX and their like: nothing of anybody's")
    stretches: list[StretchOut] = Field(description="of a camera import: where slates and record differ")
    made_at: datetime
    finished_at: datetime | None


def shown(made: PhotoImport, counted: Mapping[str, int]) -> PhotoImportOut:
    """`counted`: files by what became of them."""
    return PhotoImportOut(
        **made.model_dump(include=set(PhotoImportOut.model_fields) - {"stretches", "counts", "done"}),
        photo_import_id=made.id,
        done=sum(counted.values()),
        counts={outcome: counted.get(outcome.value, 0) for outcome in EntryOutcome},
        stretches=[StretchOut.model_validate(stretch) for stretch in made.stretches],
    )


class EntryOut(BaseModel):
    position: int
    name: str = Field(description="the file's own name, ID numbers masked")
    outcome: EntryOutcome = Field(description="as it is now: what waited may have been matched meanwhile")
    code: str = Field(description="why it was refused; empty otherwise")
    why: str = Field(description="why it was refused or rejected, or waits; in Chinese")
    remedy: str = Field(description="what to do, in Chinese")
    photo_id: UUID | None
    photo_state: PhotoState | None = Field(description="received with a student = a person looks at the picture")
    student_number: str | None = Field(description="of whom it is, or may be, or whom the slate names")
    student_name: str | None
    taken_at: datetime | None = Field(description="by the camera's clock")


def shown_entry(row: EntryRow) -> EntryOut:
    entry = row.entry
    why, remedy = _told(row)
    return EntryOut(
        **entry.model_dump(include={"position", "code", "photo_id", "taken_at"}),
        name=entry.name_mask,
        outcome=row.outcome,
        why=why,
        remedy=remedy,
        photo_state=row.photo.state if row.photo is not None else None,
        student_number=row.number,
        student_name=row.student_name,
    )


def _told(row: EntryRow) -> tuple[str, str]:
    """What is wrong with it, and what to do; empty when nothing is."""
    code, photo = row.entry.code, row.photo
    if code in TOLD:
        return TOLD[EntryFault(code)]
    if code in Refusal.registry:
        return (Refusal.registry[code].__doc__ or "").strip(), ""
    if photo is not None and row.outcome == EntryOutcome.waiting:
        held = held_finding(photo.held or Hold.no_key)
        return held.zh, held.remedy
    if photo is not None and row.outcome == EntryOutcome.rejected and photo.findings:
        worst = photo.findings[0]
        return photo.decision_reason or worst["zh"], worst["remedy"]
    return "", ""
