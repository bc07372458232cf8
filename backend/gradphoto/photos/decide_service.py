"""From received to accepted: superseding, matching by a person and taking it back, and what a person decides."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from gradphoto.core.errors import NotFound, Refusal
from gradphoto.core.events import announce
from gradphoto.photos.models import Hold, MatchedBy, Photo, PhotoSource, PhotoState, Sign
from gradphoto.photos.service import accepted_photo, the_photo
from gradphoto.roster.models import Student
from gradphoto.roster.service import clock_of, the_campaign

Decision = Literal["accepted", "rejected"]


class AcceptedTwice(Refusal):
    """这名学生刚有另一张照片通过，请刷新后再试。"""

    constraint = "uq_photo_accepted"


class PhotoMoved(Refusal):
    """这张照片刚被别人处理过，请刷新后再试。"""


class MatchedToAnother(Refusal):
    """这张照片已经对应到另一名学生。如果对应错了，请先取消原来的对应。"""


class PhotoSuperseded(Refusal):
    """这张照片已被更新的照片替换，不能取消对应。请处理现在生效的那一张。"""


class StructureFault(Refusal):
    """这张照片的文件本身不合格，不能通过。请按检查结论重新提供照片。"""


class NothingToAsk(Refusal):
    """这张照片不能申请人工核对：文件本身有问题，或者老师已经看过。请按检查结论重新交一张。"""


class CameraOriginal(Refusal):
    """这是相机原片，还不是制作好的证件照，不能通过。请等图片社上传制作好的照片。"""


class NobodysPhoto(Refusal):
    """还不知道这是谁的照片，请先对应到学生，再判定。"""


class ReasonMissing(Refusal):
    """请写明退回的原因，学生会看到这句话。"""

    status = 422


async def lock_student(db: AsyncSession, campaign_id: UUID, student_id: UUID) -> Student:
    """Whoever changes a student's photos holds this lock, and takes it before the lock of any photo."""
    # Not the full FOR UPDATE: check-ins and fees may go on referring to the student meanwhile.
    found = select(Student).where(Student.campaign_id == campaign_id, Student.id == student_id)
    student = await db.scalar(found.with_for_update(key_share=True))
    if student is None:
        raise NotFound()
    return student


async def lock_photo(db: AsyncSession, of: ColumnElement[bool]) -> Photo:
    photo = await db.scalar(select(Photo).where(of).with_for_update().execution_options(populate_existing=True))
    if photo is None:
        raise NotFound()
    return photo


async def _lock(db: AsyncSession, campaign_id: UUID, photo_id: UUID) -> Photo:
    """The photo, after the lock of its student."""
    student_id = (await the_photo(db, campaign_id, photo_id)).student_id
    if student_id is not None:
        await lock_student(db, campaign_id, student_id)
    photo = await lock_photo(db, _is(campaign_id, photo_id))
    if photo.student_id != student_id:
        raise PhotoMoved()
    return photo


def _is(campaign_id: UUID, photo_id: UUID) -> ColumnElement[bool]:
    return (Photo.campaign_id == campaign_id) & (Photo.id == photo_id)


def has(photo: Photo, level: Literal["block", "review"]) -> bool:
    return any(finding["level"] == level for finding in photo.findings)


def broken(photo: Photo) -> bool:
    """A fault of the file itself. What the check thinks of the picture a person may overrule."""
    return any(f["level"] == "block" and f.get("about", "file") == "file" for f in photo.findings)


def is_quarantined(photo: Photo) -> bool:
    """Its bytes stopped the checking program; they are kept, and nothing opens them."""
    return any(finding["code"] == "quarantined" for finding in photo.findings)


def may_ask(photo: Photo) -> bool:
    return photo.state == PhotoState.rejected and photo.decided_by is None and not broken(photo)


async def settle(db: AsyncSession, photo: Photo, at: datetime, by: UUID | None = None) -> None:
    """What a photo becomes without anybody's decision. The caller holds the student's lock."""
    if has(photo, "block"):
        photo.state = PhotoState.rejected
        photo.decided_at = at
        await _tell(db, photo)
    elif photo.student_id is None or has(photo, "review") or await _would_replace(db, photo):
        photo.state = PhotoState.received
        await _tell(db, photo)
    else:
        await _accept(db, photo, at, by)


async def _would_replace(db: AsyncSession, photo: Photo) -> bool:
    """A student's own upload does not push out a photo that is already accepted: a person looks first."""
    accepted = select(Photo.id).where(
        Photo.campaign_id == photo.campaign_id,
        Photo.student_id == photo.student_id,
        Photo.state == PhotoState.accepted,
        Photo.id != photo.id,
    )
    return photo.source == PhotoSource.returned and await db.scalar(accepted) is not None


async def _accept(db: AsyncSession, photo: Photo, at: datetime, by: UUID | None) -> None:
    """The student's accepted photo so far steps back in the same transaction; it is kept, and knows its successor."""
    before = await db.scalars(
        select(Photo).where(
            Photo.campaign_id == photo.campaign_id,
            Photo.student_id == photo.student_id,
            Photo.state == PhotoState.accepted,
            Photo.id != photo.id,
        )
    )
    for old in before:
        old.state, old.superseded_by = PhotoState.superseded, photo.id
        await _tell(db, old)
    await db.flush()  # the old one first: at no moment are there two
    photo.state, photo.superseded_by = PhotoState.accepted, None
    photo.decided_at, photo.decided_by, photo.asked_at = at, by, None
    photo.measures = {}  # of a face, and nobody has to be told anything more about it
    await _tell(db, photo)


async def _tell(db: AsyncSession, photo: Photo, kind: str | None = None) -> None:
    facts = dict(photo_id=photo.id, student_id=photo.student_id, state=photo.state)
    await announce(db, photo.campaign_id, f"photo.{kind or photo.state}", **facts)


# --- what a person decides -------------------------------------------------------------------------------------------


async def match(db: AsyncSession, campaign_id: UUID, photo_id: UUID, student_id: UUID, by: UUID) -> Photo:
    """A person says whose it is. A photo that is good then counts at once."""
    campaign = await the_campaign(db, campaign_id)
    await lock_student(db, campaign_id, student_id)
    photo = await lock_photo(db, _is(campaign_id, photo_id))
    if photo.student_id == student_id:
        return photo
    if photo.student_id is not None:
        raise MatchedToAnother()
    await give(db, photo, student_id, MatchedBy.person, clock_of(campaign), by)
    return photo


async def give(
    db: AsyncSession, photo: Photo, student_id: UUID, matched_by: MatchedBy, at: datetime, by: UUID | None = None
) -> None:
    """A waiting photo gets its student. What a person or the check has rejected stays rejected."""
    photo.student_id, photo.matched_by, photo.held, photo.proposed_student_id = student_id, matched_by, None, None
    if matched_by == MatchedBy.person:
        photo.signs = sorted({*photo.signs, Sign.person})
    await _tell(db, photo, "matched")
    if photo.state == PhotoState.received:
        await settle(db, photo, at, by)
    await db.flush()


async def unmatch(db: AsyncSession, campaign_id: UUID, photo_id: UUID) -> Photo:
    """A person takes the match back: the photo waits again, and the one it had superseded counts again."""
    photo = await _lock(db, campaign_id, photo_id)
    student_id = photo.student_id
    if student_id is None:
        return photo
    if photo.state == PhotoState.superseded:
        raise PhotoSuperseded()
    photo.state = PhotoState.rejected if has(photo, "block") else PhotoState.received
    photo.student_id = photo.matched_by = photo.decided_at = photo.decided_by = None
    photo.held, photo.decision_reason, photo.signs = Hold.taken_back, "", []
    await _tell(db, photo, "unmatched")
    await db.flush()
    await _restore(db, photo, student_id)
    return photo


async def _restore(db: AsyncSession, successor: Photo, student_id: UUID) -> None:
    if await accepted_photo(db, successor.campaign_id, student_id) is not None:
        return
    earlier = await db.scalar(
        select(Photo)
        .where(
            Photo.campaign_id == successor.campaign_id,
            Photo.student_id == student_id,
            Photo.superseded_by == successor.id,
            Photo.state == PhotoState.superseded,
        )
        .order_by(Photo.decided_at.desc(), Photo.id.desc())
        .limit(1)
    )
    if earlier is not None:
        earlier.state, earlier.superseded_by = PhotoState.accepted, None
        await _tell(db, earlier)
        await db.flush()


async def _step_aside(db: AsyncSession, photo: Photo) -> None:
    """What it had superseded gives way to its own successor: should that one go, the last good one counts again."""
    if photo.superseded_by is not None:
        by_it = (Photo.campaign_id == photo.campaign_id) & (Photo.superseded_by == photo.id)
        await db.execute(update(Photo).where(by_it).values(superseded_by=photo.superseded_by))


async def decide(
    db: AsyncSession, campaign_id: UUID, photo_id: UUID, decision: Decision, reason: str, by: UUID
) -> Photo:
    """A person looked. Faults of the file itself are not for anybody to overrule."""
    campaign = await the_campaign(db, campaign_id)
    photo = await _lock(db, campaign_id, photo_id)
    reason = reason.strip()
    if decision == "accepted":
        if broken(photo):
            raise StructureFault(findings=[f["zh"] for f in photo.findings if f["level"] == "block"])
        if any(finding["code"] == "camera_original" for finding in photo.findings):
            raise CameraOriginal()
        if photo.student_id is None:
            raise NobodysPhoto()
        if photo.state == PhotoState.accepted:
            return photo
        await _accept(db, photo, clock_of(campaign), by)
    else:
        if not reason:
            raise ReasonMissing()
        counted = photo.state == PhotoState.accepted
        await _step_aside(db, photo)
        photo.state, photo.superseded_by = PhotoState.rejected, None
        photo.decided_at, photo.decided_by, photo.asked_at = clock_of(campaign), by, None
        await _tell(db, photo)
        await db.flush()
        if counted and photo.student_id is not None:  # the one that it had replaced was good
            await _restore(db, photo, photo.student_id)
    photo.decision_reason = reason
    await db.flush()
    return photo


async def ask_person(db: AsyncSession, campaign_id: UUID, photo_id: UUID, note: str) -> Photo:
    """The check refused the picture, and the student thinks that it is good: then a person looks. Twice is once."""
    campaign = await the_campaign(db, campaign_id)
    photo = await _lock(db, campaign_id, photo_id)
    if photo.state == PhotoState.received and photo.asked_at is not None:
        return photo
    if not may_ask(photo):
        raise NothingToAsk()
    photo.state, photo.decided_at = PhotoState.received, None
    photo.asked_at, photo.asked_note = clock_of(campaign), note.strip()
    await _tell(db, photo, "asked")
    await db.flush()
    return photo
