"""A ZIP in pieces, by the core of the tus protocol 1.0.0: each on safe ground before the answer."""

import asyncio
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Body, Header, Response

from gradphoto.accounts.auth import NotSignedIn, SignedIn
from gradphoto.accounts.policy import Act, NotAllowed, Owner, require
from gradphoto.core.db import Db
from gradphoto.core.errors import NotFound, Refusal, RequestTooLarge, refuses
from gradphoto.core.jobs import defer
from gradphoto.photo_imports import incoming, service
from gradphoto.photo_imports.incoming import PiecesLost
from gradphoto.photo_imports.job import import_photos
from gradphoto.photo_imports.models import PhotoImport
from gradphoto.photo_imports.service import ImportClosed, ImportTooLarge, NotInPieces, OffsetDiffers
from gradphoto.photo_imports.shapes import ONE, Imported
from gradphoto.photos.storage import StorageAway, StorageFull

router = APIRouter(tags=["photos"])
TUS = "1.0.0"
PIECE = "application/offset+octet-stream"
MOST_PIECE_BYTES = 16 << 20


class TusVersion(Refusal):
    """上传程序的版本和服务器不一致，请刷新页面后再传。"""

    status = 412


class WrongPieceType(Refusal):
    """续传的内容类型不对，请刷新页面后再传。"""

    status = 415


Tus = Annotated[str, Header(alias="Tus-Resumable", description="the protocol's version, 1.0.0")]


def _tus(version: str, made: PhotoImport) -> dict[str, str]:
    if version != TUS:
        raise TusVersion(supported=TUS)
    sizes = {"Upload-Offset": str(made.received), "Upload-Length": str(made.size)}
    return {"Tus-Resumable": TUS, "Cache-Control": "no-store"} | sizes


@router.head(
    ONE + "/bytes",
    operation_id="getImportOffset",
    responses=refuses(NotSignedIn, NotAllowed, NotFound, TusVersion),
)
async def get_import_offset(
    campaign_id: UUID, photo_import_id: Imported, db: Db, actor: SignedIn, tus_resumable: Tus = TUS
) -> Response:
    """tus 1.0.0: `Upload-Offset` says where to go on after a lost network."""
    require(actor, Act.upload_photos, Owner(campaign_id))
    made = await service.the_import(db, campaign_id, photo_import_id)
    return Response(headers=_tus(tus_resumable, made))


@router.patch(
    ONE + "/bytes",
    operation_id="appendImportBytes",
    status_code=204,
    response_class=Response,
    responses=refuses(
        NotSignedIn,
        NotAllowed,
        NotFound,
        TusVersion,
        WrongPieceType,
        OffsetDiffers,
        ImportClosed,
        ImportTooLarge,
        RequestTooLarge,
        NotInPieces,
        PiecesLost,
        StorageFull,
        StorageAway,
    ),
)
async def append_import_bytes(
    campaign_id: UUID,
    photo_import_id: Imported,
    upload_offset: Annotated[int, Header(ge=0, description="where this piece belongs: what is there already")],
    db: Db,
    actor: SignedIn,
    piece: Annotated[bytes, Body(media_type=PIECE, description="at most 16 MB")] = b"",
    content_type: Annotated[str, Header(include_in_schema=False)] = "",
    tus_resumable: Tus = TUS,
) -> Response:
    """tus 1.0.0: the next piece, on safe ground before the answer. After the last one it is read in the background."""
    require(actor, Act.upload_photos, Owner(campaign_id))
    if content_type.split(";")[0].strip() != PIECE:
        raise WrongPieceType()
    if len(piece) > MOST_PIECE_BYTES:
        raise RequestTooLarge(limit_bytes=MOST_PIECE_BYTES)
    made = await service.place_for(db, campaign_id, photo_import_id, upload_offset, len(piece))
    headers = _tus(tus_resumable, made)
    await asyncio.to_thread(incoming.write, photo_import_id, upload_offset, piece)
    if await service.received(db, made, len(piece)):
        await defer(db, import_photos, campaign_id=str(campaign_id), import_id=str(photo_import_id))
    return Response(status_code=204, headers=headers | {"Upload-Offset": str(made.received)})
