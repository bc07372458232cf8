"""Photos by the thousand: begun, a folder file by file, how it stands, and what a person does with it."""

import asyncio
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Form, Query, UploadFile
from pydantic import BaseModel, Field

from gradphoto.accounts.auth import NotSignedIn, SignedIn, SignedInBriefly
from gradphoto.accounts.policy import Act, NotAllowed, Owner, require
from gradphoto.core.db import Db, sessions
from gradphoto.core.errors import NotFound, OpIdReused, RequestTooLarge, refuses
from gradphoto.core.jobs import defer
from gradphoto.photo_imports import incoming, service, stretch_routes, tus_routes
from gradphoto.photo_imports.entry import ImportStopped, enter, prepare, refused
from gradphoto.photo_imports.job import import_photos
from gradphoto.photo_imports.models import EntryOutcome, ImportKind, PhotoImport, PhotoImportState
from gradphoto.photo_imports.reading.archive_directory import NotAnArchive
from gradphoto.photo_imports.reading.bulk import content_fault
from gradphoto.photo_imports.service import ImportAsked, ImportClosed, ImportTooLarge, NotByFile
from gradphoto.photo_imports.shapes import AT, ONE, EntryOut, Imported, PhotoImportOut, shown, shown_entry
from gradphoto.photos.checker import CheckBusy
from gradphoto.photos.models import PhotoSource
from gradphoto.photos.receive_service import HashDiffers
from gradphoto.photos.shapes import bytes_of
from gradphoto.photos.storage import StorageAway, StorageFull

router = APIRouter(tags=["photos"])
router.include_router(tus_routes.router)
router.include_router(stretch_routes.router)


async def _out(db: Db, *imports: PhotoImport) -> list[PhotoImportOut]:
    if not imports:
        return []
    counted = await service.counts(db, imports[0].campaign_id, [one.id for one in imports])
    return [shown(one, counted[one.id]) for one in imports]


class PhotoImportIn(BaseModel):
    op_id: UUID = Field(description="made by the client: sent again, it is the same import")
    kind: Literal["zip", "folder"]
    name: str = Field(max_length=255, examples=["第一天上午.zip"])
    size: int = Field(ge=0, description="bytes of the ZIP; 0 for a folder")
    camera: bool = Field(description="camera frames with QR slates, in the order of their names")
    source: PhotoSource = Field(description="returned = students sent them to the school")


@router.post(
    AT,
    operation_id="createPhotoImport",
    status_code=201,
    responses=refuses(NotSignedIn, NotAllowed, NotFound, OpIdReused, ImportTooLarge, NotAnArchive, StorageFull),
)
async def create_photo_import(campaign_id: UUID, body: PhotoImportIn, db: Db, actor: SignedIn) -> PhotoImportOut:
    """Begin. A ZIP then comes in pieces to `…/bytes` (tus 1.0.0), a folder file by file to `…/files`."""
    require(actor, Act.upload_photos, Owner(campaign_id))
    asked = ImportAsked(ImportKind(body.kind), body.name, body.size, body.camera, body.source)
    made = await service.create(db, campaign_id, body.op_id, asked, actor.id)
    await asyncio.to_thread(incoming.check_room, made.size - made.received)
    return (await _out(db, made))[0]


@router.get(AT, operation_id="listPhotoImports", responses=refuses(NotSignedIn, NotAllowed))
async def list_photo_imports(campaign_id: UUID, db: Db, actor: SignedIn) -> list[PhotoImportOut]:
    """The newest hundred, with how far each is."""
    require(actor, Act.upload_photos, Owner(campaign_id))
    return await _out(db, *await service.list_imports(db, campaign_id))


@router.get(ONE, operation_id="getPhotoImport", responses=refuses(NotSignedIn, NotAllowed, NotFound))
async def get_photo_import(campaign_id: UUID, photo_import_id: Imported, db: Db, actor: SignedIn) -> PhotoImportOut:
    """How far it is, what became of its files so far, and which stretches wait for a person."""
    require(actor, Act.upload_photos, Owner(campaign_id))
    return (await _out(db, await service.the_import(db, campaign_id, photo_import_id)))[0]


@router.post(
    ONE + "/files",
    operation_id="uploadImportFile",
    responses=refuses(
        NotSignedIn,
        NotAllowed,
        NotFound,
        RequestTooLarge,
        HashDiffers,
        ImportClosed,
        NotByFile,
        StorageFull,
        StorageAway,
        CheckBusy,
    ),
)
async def upload_import_file(
    campaign_id: UUID,
    photo_import_id: Imported,
    file: UploadFile,
    position: Annotated[int, Form(ge=1, le=1_000_000, description="its place in the folder, by name, from 1")],
    actor: SignedInBriefly,
    sha256: Annotated[str | None, Form(pattern="^[0-9a-fA-F]{64}$", description="of the file where it lies")] = None,
) -> EntryOut:
    """One file of a folder, the same way as one of a ZIP. The answer says what became of it. Safe to repeat."""
    require(actor, Act.upload_photos, Owner(campaign_id))
    async with sessions() as db, db.begin():
        job = await service.the_import(db, campaign_id, photo_import_id)
    if job.kind != ImportKind.folder:
        raise NotByFile()
    if job.state != PhotoImportState.receiving:
        raise ImportClosed()
    data, name = await bytes_of(file), file.filename or ""
    fault = content_fault(name, data)
    one = refused(position, name, fault) if fault else await prepare(job, position, name, data, sha256, actor.id)
    try:
        await enter(job, one)
    except ImportStopped:
        raise ImportClosed() from None
    async with sessions() as db, db.begin():
        return shown_entry((await service.entries(db, campaign_id, photo_import_id, None, position - 1, 1))[0])


@router.get(ONE + "/entries", operation_id="listImportEntries", responses=refuses(NotSignedIn, NotAllowed, NotFound))
async def list_import_entries(
    campaign_id: UUID,
    photo_import_id: Imported,
    db: Db,
    actor: SignedIn,
    outcome: Annotated[EntryOutcome | None, Query(description="only these")] = None,
    after: Annotated[int, Query(ge=0, le=1_000_000, description="the last position of the page before")] = 0,
    limit: Annotated[int, Query(ge=1, le=500, description="at most so many")] = 100,
) -> list[EntryOut]:
    """What became of each file, in the order of the camera; a shorter page than `limit` is the last."""
    require(actor, Act.upload_photos, Owner(campaign_id))
    await service.the_import(db, campaign_id, photo_import_id)
    return [shown_entry(row) for row in await service.entries(db, campaign_id, photo_import_id, outcome, after, limit)]


# --- what a person does with it --------------------------------------------------------------------------------------


@router.post(
    ONE + "/complete",
    operation_id="completePhotoImport",
    responses=refuses(NotSignedIn, NotAllowed, NotFound, NotByFile),
)
async def complete_photo_import(
    campaign_id: UUID, photo_import_id: Imported, db: Db, actor: SignedIn
) -> PhotoImportOut:
    """All files of the folder are there. Of a camera's frames the order is then read in the background."""
    require(actor, Act.upload_photos, Owner(campaign_id))
    made = await service.complete_folder(db, campaign_id, photo_import_id)
    if made.state == PhotoImportState.waiting:
        await defer(db, import_photos, campaign_id=str(campaign_id), import_id=str(photo_import_id))
    return (await _out(db, made))[0]


@router.post(
    ONE + "/retry",
    operation_id="retryPhotoImport",
    responses=refuses(NotSignedIn, NotAllowed, NotFound),
)
async def retry_photo_import(campaign_id: UUID, photo_import_id: Imported, db: Db, actor: SignedIn) -> PhotoImportOut:
    """Go on at once with a paused one; it would by itself within two minutes. Anything else stays as it is.

    A folder on the server is gone on with there, by the same command again.
    """
    require(actor, Act.upload_photos, Owner(campaign_id))
    made = await service.the_import(db, campaign_id, photo_import_id)
    if made.state == PhotoImportState.paused and made.kind != ImportKind.server:
        await defer(db, import_photos, campaign_id=str(campaign_id), import_id=str(photo_import_id))
    return (await _out(db, made))[0]


@router.post(
    ONE + "/cancel",
    operation_id="cancelPhotoImport",
    responses=refuses(NotSignedIn, NotAllowed, NotFound, ImportClosed),
)
async def cancel_photo_import(campaign_id: UUID, photo_import_id: Imported, db: Db, actor: SignedIn) -> PhotoImportOut:
    """Nothing more is taken in; what was, stays."""
    require(actor, Act.upload_photos, Owner(campaign_id))
    made = await service.cancel(db, campaign_id, photo_import_id)
    await asyncio.to_thread(incoming.forget, photo_import_id)
    return (await _out(db, made))[0]
