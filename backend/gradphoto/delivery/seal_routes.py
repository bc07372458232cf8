"""What anybody may have to check a photo: the school's public key and two tools; and each student's own receipt."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from gradphoto.accounts.auth import NotSignedIn, SignedIn
from gradphoto.accounts.policy import Act, NotAllowed, Owner, require
from gradphoto.core.db import Db
from gradphoto.core.errors import NotFound, refuses
from gradphoto.core.security import key
from gradphoto.delivery.download_service import key_address
from gradphoto.delivery.receipt_service import NotSealedYet, receipt_of
from gradphoto.delivery.sealing.handout import verify_page, verify_script
from gradphoto.delivery.sealing.seal import canonical, fingerprint, public_key
from gradphoto.roster.service import owner_of_student

router = APIRouter(tags=["delivery"])
TEXT = {"schema": {"type": "string"}}
PAGE: dict[int | str, dict[str, Any]] = {200: {"content": {"text/html": TEXT}}}
SCRIPT: dict[int | str, dict[str, Any]] = {200: {"content": {"text/x-python": TEXT}}}
RECEIPT: dict[int | str, dict[str, Any]] = {200: {"content": {"application/json": {"schema": {"type": "object"}}}}}
HOUR = "public, max-age=3600"


class SealKey(BaseModel):
    algorithm: str = Field(examples=["Ed25519"])
    public_key: str = Field(description="32 bytes in hex")
    fingerprint: str = Field(description="SHA-256 of the key in groups of four, for two people to compare")


@router.get("/seal/public-key", operation_id="getSealKey", responses=refuses())
async def get_seal_key() -> SealKey:
    """The key under which packages are signed; the same for all campaigns of this installation."""
    public = public_key(key("seal"))
    return SealKey(algorithm="Ed25519", public_key=public.hex(), fingerprint=fingerprint(public))


@router.get("/seal/verify.html", operation_id="getVerifyPage", response_class=Response, responses=refuses() | PAGE)
async def get_verify_page() -> Response:
    """校验工具: one page without any request of its own, to be kept and opened from a disk. The key is written in."""
    page, policy = verify_page(public_key(key("seal")), key_address())
    headers = {"Content-Security-Policy": f"{policy}; frame-ancestors 'none'", "Cache-Control": HOUR}
    return Response(page, media_type="text/html; charset=utf-8", headers=headers)


@router.get(
    "/seal/photo_verify.py", operation_id="getVerifyScript", response_class=Response, responses=refuses() | SCRIPT
)
async def get_verify_script() -> Response:
    """The same check for a command line: one file, standard library. The key is written in."""
    return Response(
        verify_script(public_key(key("seal"))),
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
