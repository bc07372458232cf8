"""What becomes of the photo of a mail: received with its signs, and the mail's state follows from the photo's."""

import hashlib
from dataclasses import replace
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from gradphoto.mailroom.causes import Cause, cause
from gradphoto.mailroom.judge_service import Verdict, told
from gradphoto.mailroom.models import MailState
from gradphoto.photos.checking.report import Finding
from gradphoto.photos.models import Photo, PhotoState
from gradphoto.photos.receive_service import SameBytesTwoStudents, receive
from gradphoto.roster.models import Campaign

SHANGHAI = ZoneInfo("Asia/Shanghai")


async def taken_in(
    db: AsyncSession, campaign: Campaign, verdict: Verdict, *, late: bool
) -> tuple[Verdict, Photo | None]:
    """The final verdict, and the photo's row where there is one."""
    arrival = verdict.arrival
    if arrival is None:
        return _with_late(verdict, campaign, late), None
    before = await _student_of(db, campaign.id, arrival.data)
    try:
        async with db.begin_nested():
            photo, already = await receive(db, campaign.id, arrival, verdict.report)
    except SameBytesTwoStudents:
        return _held(verdict, "same_bytes_two_students", campaign, late), None
    if not already and late != photo.late:
        photo.late = late  # by when the mail server had it, not by when we looked
        await db.flush()
    if photo.student_id is None:
        return _held(verdict, photo.held or "one_sign", campaign, late), photo
    return _with_late(_of_photo(verdict, photo, already and before is not None), campaign, late), photo


def _held(verdict: Verdict, code: str, campaign: Campaign, late: bool) -> Verdict:
    return _with_late(replace(verdict, state=MailState.held, causes=(cause(code),)), campaign, late)


def _of_photo(verdict: Verdict, photo: Photo, already: bool) -> Verdict:
    sentences = told([Finding.from_json(finding) for finding in photo.findings])
    if already:
        found = {PhotoState.accepted: "already_accepted", PhotoState.rejected: "already_rejected"}
        why = cause(found.get(photo.state, "already_waiting"))
        also = sentences if photo.state == PhotoState.rejected else []
        return replace(verdict, state=MailState.already, causes=(why, *also))
    if photo.state == PhotoState.rejected:
        return replace(verdict, state=MailState.refused, causes=(cause("photo_rejected"), *sentences))
    code = "accepted" if photo.state == PhotoState.accepted else "to_be_looked_at"
    return replace(verdict, state=MailState.taken, causes=(*verdict.causes, cause(code), *sentences))


def _with_late(verdict: Verdict, campaign: Campaign, late: bool) -> Verdict:
    if not late or verdict.state == MailState.ignored:
        return verdict
    deadline = f"{campaign.return_deadline.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
    kept = "，照片已收下并注明逾期" if verdict.state != MailState.refused else ""
    return replace(verdict, causes=(*verdict.causes, Cause("late", f"邮件晚于截止时间 {deadline}{kept}", "")))


async def _student_of(db: AsyncSession, campaign_id: UUID, data: bytes) -> UUID | None:
    sha256 = hashlib.sha256(data).hexdigest()
    return await db.scalar(select(Photo.student_id).where(Photo.campaign_id == campaign_id, Photo.sha256 == sha256))
