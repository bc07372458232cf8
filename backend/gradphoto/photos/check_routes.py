"""What a photo must be, and looking at one without keeping it: open to everybody, before anybody has signed in."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Query, UploadFile
from pydantic import BaseModel, Field

from gradphoto.accounts.auth import NotSignedIn, SignedIn
from gradphoto.accounts.policy import Act, NotAllowed, Owner, require
from gradphoto.accounts.service import audit
from gradphoto.core.db import Db, sessions
from gradphoto.core.errors import NotFound, RequestTooLarge, refuses
from gradphoto.photos import standard_service
from gradphoto.photos.checker import CheckBusy, look_only
from gradphoto.photos.checking.report import Drawing, headline
from gradphoto.photos.checking.standard import EDITABLE
from gradphoto.photos.shapes import PhotoFinding, bytes_of, found_in
from gradphoto.photos.standard_service import StandardNow, StandardRefused

router = APIRouter(tags=["photos"])
OfCampaign = Annotated[UUID | None, Form(description="whose standard counts; without it the national one")]


class CheckOut(BaseModel):
    """Nothing of the photo was kept."""

    verdict: str = Field(description="good | review = a person would look | block = it would be refused")
    sentences: list[str] = Field(description="at most three, worst first, each with value, limit and what to do")
    sentences_en: list[str] = Field(description="the same in English")
    findings: list[PhotoFinding] = Field(description="all of them, worst first")
    kind: str = Field(description="what the bytes are, whatever the name says", examples=["jpeg"])
    size: int = Field(description="bytes")
    width: int | None
    height: int | None
    quality: int | None = Field(description="JPEG quality, estimated from its tables")
    drawing: Drawing | None = Field(description="eye line, face width and frame in the photo's own pixels")
    reached: list[str] = Field(description="what is not looked at, so that nobody trusts the verdict too far")


NOT_SEEN = [
    "是不是本人、是不是近期拍的，程序不判断",
    "眼镜反光、美颜、耳朵被头发遮住、首饰、日期水印，程序不一定看得出来",
    "最后以老师的核对为准",
]


@router.post(
    "/photo-checks",
    operation_id="checkPhoto",
    responses=refuses(NotFound, RequestTooLarge, CheckBusy),
)
async def check_a_photo(file: UploadFile, campaign_id: OfCampaign = None) -> CheckOut:
    """Check a photo without keeping it. No sign-in; what a student's own upload would be told."""
    data = await bytes_of(file)
    async with sessions() as db, db.begin():
        standard = (await standard_service.now_or_national(db, campaign_id)).standard
    report = await look_only(data, standard)
    worst = headline(report.findings)
    levels = {finding.level for finding in report.findings}
    return CheckOut(
        verdict="block" if "block" in levels else "review" if "review" in levels else "good",
        sentences=[one.sentence for one in worst],
        sentences_en=[one.sentence_en for one in worst],
        findings=found_in(report.findings),
        kind=report.kind,
        size=report.size,
        width=report.width,
        height=report.height,
        quality=report.quality,
        drawing=report.drawing,
        reached=NOT_SEEN,
    )


# --- the standard ----------------------------------------------------------------------------------------------------


class StandardField(BaseModel):
    name: str = Field(examples=["face_width_min"])
    zh: str = Field(examples=["脸宽不小于"])
    unit: str
    group: str
    whole: bool = Field(description="a whole number")
    low: float | None = Field(description="least that can be demanded; null for colours")
    high: float | None
    default: float | list[list[int]] = Field(description="the national value; colours are lists of RGB")
    value: float | list[list[int]] = Field(description="what counts in this campaign")


class StandardOut(BaseModel):
    fields: list[StandardField]
    changed: int = Field(description="how many differ from the national values")
    changed_at: datetime | None


def _out(now: StandardNow) -> StandardOut:
    values = now.standard.values()
    fields = [
        StandardField(**{name: getattr(one, name) for name in _TOLD}, value=values[one.name])
        for one in EDITABLE
        if one.name not in standard_service.NOT_THEIRS
    ]
    return StandardOut(fields=fields, changed=len(now.changed), changed_at=now.changed_at)


_TOLD = ("name", "zh", "unit", "group", "whole", "low", "high", "default")


@router.get("/photo-standard", operation_id="getPhotoStandard", responses=refuses(NotFound))
async def get_photo_standard(
    db: Db, campaign_id: Annotated[UUID | None, Query(description="without it the national standard")] = None
) -> StandardOut:
    """What a photo must be: 高等教育学历证书电子注册图像采集规范及信息标准, with what this campaign changed of it."""
    return _out(await standard_service.now_or_national(db, campaign_id))


class StandardIn(BaseModel):
    values: dict[str, float | int | list[list[int]]] = Field(
        description="only what differs from the national values; {} = the national standard",
        examples=[{"face_width_min": 170}],
    )


@router.put(
    "/campaigns/{campaign_id}/photo-standard",
    operation_id="setPhotoStandard",
    responses=refuses(NotSignedIn, NotAllowed, NotFound, StandardRefused),
)
async def set_photo_standard(campaign_id: UUID, body: StandardIn, db: Db, actor: SignedIn) -> StandardOut:
    """Replace what this campaign changed. Photos that came before keep their verdict; later ones are held to this."""
    require(actor, Act.manage_campaign, Owner(campaign_id))
    now = await standard_service.set_standard(db, campaign_id, _whole(body.values), actor.id)
    await audit(db, actor, "set_photo_standard", campaign_id, ("campaign", campaign_id), changed=sorted(now.changed))
    return _out(now)


def _whole(values: dict[str, Any]) -> dict[str, Any]:
    """JSON has one kind of number: 170.0 is the whole 170 where a whole one is asked for."""
    whole = {one.name for one in EDITABLE if one.whole}
    return {
        name: int(value) if name in whole and isinstance(value, float) and value.is_integer() else value
        for name, value in values.items()
    }
