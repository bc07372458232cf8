"""Packages on the wire: make one, see what left and when, download the ZIP, say that it was handed over."""

from datetime import datetime
from typing import Annotated, Any
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from gradphoto.accounts.auth import NotSignedIn, SignedIn, SignedInBriefly
from gradphoto.accounts.policy import Act, NotAllowed, Owner, require
from gradphoto.accounts.service import audit
from gradphoto.core.db import Db
from gradphoto.core.errors import NotFound, OpIdReused, refuses
from gradphoto.delivery import download_service, package_service, packing_service
from gradphoto.delivery.download_service import NamesChanged, OriginalsDamaged
from gradphoto.delivery.models import NamedBy, Package
from gradphoto.delivery.package_service import AlreadyHandedOver
from gradphoto.delivery.packing_service import NothingChanged, NothingToDeliver, Order, OtherSince
from gradphoto.delivery.sealing.seal import fingerprint
from gradphoto.photos.service import the_store
from gradphoto.photos.storage import StorageAway

router = APIRouter(tags=["delivery"])
READ = refuses(NotSignedIn, NotAllowed, NotFound)
ZIP: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}}}
}


class PackageOut(BaseModel):
    package_id: UUID
    number: int = Field(description="1, 2, 3, … in the campaign")
    recipient: str
    named_by: NamedBy
    since_id: UUID | None = Field(description="holds only what changed after that one; null = everything")
    college_id: UUID | None
    photos: int
    bytes: int = Field(description="of the photos")
    new: int
    replaced: int
    withdrawn: int = Field(description="photos of the packages before that must not be used any more")
    root: str = Field(description="of the Merkle tree over the lines, hex: what is signed")
    key_fingerprint: str = Field(description="of the public key that it was sealed under")
    made_at: datetime
    handed_over_at: datetime | None
    handed_over_by: str
    handed_over_note: str


def _package(package: Package, changes: dict[str, int]) -> PackageOut:
    plain = package.model_dump(exclude={"campaign_id", "id", "head", "signature", "op_id", "made_by"})
    counts = {word: changes.get(word, 0) for word in ("new", "replaced", "withdrawn")}
    of_head = dict(root=package.head["root"], key_fingerprint=fingerprint(bytes.fromhex(package.head["key"])))
    return PackageOut(package_id=package.id, **of_head, **plain, **counts)


async def _one(db: Db, package: Package) -> PackageOut:
    changes = await package_service.changes_of(db, package.campaign_id, [package.id])
    return _package(package, changes[package.id])


class PackageIn(BaseModel):
    op_id: UUID
    recipient: str = Field(min_length=1, max_length=100, examples=["省教育考试院"])
    named_by: NamedBy
    college_id: UUID | None = Field(default=None, description="only of this college; null = all")
    since_id: UUID | None = Field(default=None, description="only what changed after this package")
    changes_only: bool = Field(
        default=False, description="only what changed after the last package of the same recipient, college and naming"
    )


class WithoutPhoto(BaseModel):
    student_id: UUID
    number: str
    name: str
    class_group_name: str


class MadePackage(BaseModel):
    package: PackageOut
    without_photo: list[WithoutPhoto] = Field(description="of the scope, at this moment: not in any package")


@router.post(
    "/campaigns/{campaign_id}/packages",
    operation_id="makePackage",
    responses=refuses(NotSignedIn, NotAllowed, NotFound, OpIdReused, NothingToDeliver, NothingChanged, OtherSince),
)
async def make_package(campaign_id: UUID, body: PackageIn, db: Db, actor: SignedIn) -> MadePackage:
    """Seal the photos that are accepted at this moment. The same `op_id` gives the same package.

    Named by ID number, the files' names are the ID numbers in clear: each download is then written down as a reveal.
    """
    require(actor, Act.deliver, Owner(campaign_id))
    order = Order(body.recipient.strip(), body.named_by, body.college_id, body.since_id, body.changes_only)
    package = await packing_service.make_package(db, campaign_id, body.op_id, order, actor.id)
    await audit(
        db, actor, "make_package", campaign_id, ("package", package.id), number=package.number, photos=package.photos
    )
    missing = await package_service.missing_from(db, campaign_id, package.college_id)
    return MadePackage(
        package=await _one(db, package), without_photo=[WithoutPhoto(**one._asdict()) for one in missing]
    )


@router.get("/campaigns/{campaign_id}/packages", operation_id="listPackages", responses=READ)
async def list_packages(campaign_id: UUID, db: Db, actor: SignedIn) -> list[PackageOut]:
    """What left the house, newest first."""
    require(actor, Act.deliver, Owner(campaign_id))
    found = await package_service.packages(db, campaign_id)
    changes = await package_service.changes_of(db, campaign_id, [one.id for one in found])
    return [_package(one, changes[one.id]) for one in found]


@router.get("/campaigns/{campaign_id}/packages/{package_id}", operation_id="getPackage", responses=READ)
async def get_package(campaign_id: UUID, package_id: UUID, db: Db, actor: SignedIn) -> PackageOut:
    """One package: its counts, its root and whether somebody has it."""
    require(actor, Act.deliver, Owner(campaign_id))
    return await _one(db, await package_service.the_package(db, campaign_id, package_id))


@router.get(
    "/campaigns/{campaign_id}/packages/{package_id}/zip",
    operation_id="downloadPackage",
    response_class=StreamingResponse,
    responses=refuses(NotSignedIn, NotAllowed, NotFound, OriginalsDamaged, NamesChanged, StorageAway) | ZIP,
)
async def download_package(
    campaign_id: UUID,
    package_id: UUID,
    actor: SignedInBriefly,
    id_numbers: Annotated[
        bool, Query(description="ID numbers in clear in the lists; written down as a reveal")
    ] = False,
) -> StreamingResponse:
    """The ZIP, as a stream. Every original is compared before the first byte; one that is damaged after that ends the
    stream without the ZIP's directory, so that it does not open."""
    require(actor, Act.deliver, Owner(campaign_id))
    store = the_store()
    contents = await download_service.open_package(store, campaign_id, package_id, actor, id_numbers=id_numbers)
    name = f"交付包-{contents.number}.zip"
    return StreamingResponse(
        download_service.stream(store, contents),
        media_type="application/zip",
        headers={
            "Content-Disposition": f'attachment; filename="package-{contents.number}.zip"; '
            f"filename*=UTF-8''{quote(name)}"
        },
    )


class HandOverIn(BaseModel):
    note: str = Field(max_length=200, examples=["U 盘交考试院张老师"])


@router.put(
    "/campaigns/{campaign_id}/packages/{package_id}/hand-over",
    operation_id="handOverPackage",
    responses=refuses(NotSignedIn, NotAllowed, NotFound, AlreadyHandedOver),
)
async def hand_over_package(
    campaign_id: UUID, package_id: UUID, body: HandOverIn, db: Db, actor: SignedIn
) -> PackageOut:
    """Say that the recipient has it. The same again changes nothing."""
    require(actor, Act.deliver, Owner(campaign_id))
    package = await package_service.hand_over(db, campaign_id, package_id, body.note.strip(), actor.name)
    await audit(db, actor, "hand_over_package", campaign_id, ("package", package_id), number=package.number)
    return await _one(db, package)


@router.delete("/campaigns/{campaign_id}/packages/{package_id}/hand-over", operation_id="undoHandOver", responses=READ)
async def undo_hand_over(campaign_id: UUID, package_id: UUID, db: Db, actor: SignedIn) -> PackageOut:
    """Take back a mark that was a mistake."""
    require(actor, Act.deliver, Owner(campaign_id))
    package = await package_service.take_back_hand_over(db, campaign_id, package_id)
    await audit(db, actor, "undo_hand_over", campaign_id, ("package", package_id), number=package.number)
    return await _one(db, package)
