"""What anybody may have to check a photo: the school's public keys and two tools; and each student's own receipt."""

from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from gradphoto.accounts.auth import NotSignedIn, SignedIn
from gradphoto.accounts.policy import Act, NotAllowed, Owner, require
from gradphoto.core.db import Db
from gradphoto.core.errors import NotFound, refuses
from gradphoto.delivery.download_service import key_address
from gradphoto.delivery.package_service import SealKeyUse, seal_keys
from gradphoto.delivery.receipt_service import NotSealedYet, receipt_of
from gradphoto.delivery.sealing.handout import verify_page, verify_script
from gradphoto.delivery.sealing.seal import canonical, fingerprint
from gradphoto.roster.service import owner_of_student

router = APIRouter(tags=["delivery"])
TEXT = {"schema": {"type": "string"}}
PAGE: dict[int | str, dict[str, Any]] = {200: {"content": {"text/html": TEXT}}}
SCRIPT: dict[int | str, dict[str, Any]] = {200: {"content": {"text/x-python": TEXT}}}
RECEIPT: dict[int | str, dict[str, Any]] = {200: {"content": {"application/json": {"schema": {"type": "object"}}}}}
HOUR = "public, max-age=3600"


class UsedKey(BaseModel):
    public_key: str = Field(description="32 bytes in hex")
    fingerprint: str = Field(description="SHA-256 of the key in groups of four, for two people to compare")
    first_at: datetime | None = Field(description="when the first package was sealed under it; null = not yet")
    last_at: datetime | None


class SealKey(UsedKey):
    algorithm: str = Field(examples=["Ed25519"])
    earlier: list[UsedKey] = Field(description="keys before this one, newest first: what they sealed is still valid")


def _used(use: SealKeyUse) -> dict[str, Any]:
    values = dict(public_key=use.public, fingerprint=fingerprint(bytes.fromhex(use.public)))
    return values | dict(first_at=use.first_at, last_at=use.last_at)


@router.get("/seal/public-key", operation_id="getSealKey", responses=refuses())
async def get_seal_key(db: Db) -> SealKey:
    """The key under which packages are signed, the same for all campaigns of this installation, and those before it."""
    current, *before = await seal_keys(db)
    return SealKey(algorithm="Ed25519", earlier=[UsedKey(**_used(one)) for one in before], **_used(current))


@router.get("/seal/verify.html", operation_id="getVerifyPage", response_class=Response, responses=refuses() | PAGE)
async def get_verify_page(db: Db) -> Response:
    """校验工具: one page without any request of its own, to be kept and opened from a disk. The keys are written in."""
    page, policy = verify_page([one.public for one in await seal_keys(db)], key_address())
    headers = {"Content-Security-Policy": f"{policy}; frame-ancestors 'none'", "Cache-Control": HOUR}
    return Response(page, media_type="text/html; charset=utf-8", headers=headers)


@router.get(
    "/seal/photo_verify.py", operation_id="getVerifyScript", response_class=Response, responses=refuses() | SCRIPT
)
async def get_verify_script(db: Db) -> Response:
    """The same check for a command line: one file, standard library. The keys are written in."""
    return Response(
        verify_script([one.public for one in await seal_keys(db)]),
        media_type="text/x-python; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="photo_verify.py"', "Cache-Control": HOUR},
    )


@router.get(
    "/campaigns/{campaign_id}/me/receipt",
    operation_id="getMyReceipt",
    response_class=Response,
    responses=refuses(NotSignedIn, NotAllowed, NotFound, NotSealedYet) | RECEIPT,
)
async def get_my_receipt(campaign_id: UUID, db: Db, actor: SignedIn) -> Response:
    """The signed-in student's receipt: the own line, its way to the signed root, and nobody else's data."""
    require(actor, Act.read_original, Owner(campaign_id, student_id=actor.student_id))
    if actor.student_id is None:
        raise NotAllowed(act=Act.read_original.value)
    return await _receipt(db, campaign_id, actor.student_id)


@router.get(
    "/campaigns/{campaign_id}/students/{student_id}/receipt",
    operation_id="getReceipt",
    response_class=Response,
    responses=refuses(NotSignedIn, NotAllowed, NotFound, NotSealedYet) | RECEIPT,
)
async def get_receipt(campaign_id: UUID, student_id: UUID, db: Db, actor: SignedIn) -> Response:
    """A student's receipt, for who may have the original."""
    require(actor, Act.read_original, await owner_of_student(db, campaign_id, student_id))
    return await _receipt(db, campaign_id, student_id)


async def _receipt(db: Db, campaign_id: UUID, student_id: UUID) -> Response:
    number, receipt = await receipt_of(db, campaign_id, student_id)
    disposition = f'attachment; filename="receipt-{number}.json"'
    return Response(canonical(receipt), media_type="application/json", headers={"Content-Disposition": disposition})
