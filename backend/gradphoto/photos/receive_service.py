"""A photo comes in: first its bytes are checked and on safe ground, then comes the row, with what its signs say.

Three steps, so that no database connection is held while a picture is looked at: `ready`, `keep`, `receive`.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from gradphoto.core.db import sessions
from gradphoto.core.errors import Refusal
from gradphoto.photos.checker import check_photo
from gradphoto.photos.checking.report import Finding, PhotoReport, headline, worst_first
from gradphoto.photos.checking.standard import PhotoStandard, Profile
from gradphoto.photos.claim_service import Claim, claim_of
from gradphoto.photos.decide_service import broken, give, is_quarantined, lock_photo, lock_student, settle
from gradphoto.photos.holds import CAMERA_ORIGINAL, OTHER_ID_NUMBER
from gradphoto.photos.matching.names import keys_of, mask_filename
from gradphoto.photos.matching.signs import weigh
from gradphoto.photos.models import Hold, MatchedBy, Photo, PhotoSource, PhotoState, Sign
from gradphoto.photos.service import PhotoRow, is_original, photo_row
from gradphoto.photos.standard_service import standard_of
from gradphoto.photos.storage import PhotoStore
from gradphoto.roster.service import clock_of, id_number_index, the_campaign, the_student

MOST_RETURNED = 50
BATCH = 10  # photos that say what is usual


class HashDiffers(Refusal):
    """收到的内容与原文件不一致，传输中损坏了，没有保存。请重新传这一张。"""


class SameBytesTwoStudents(Refusal):
    """同一个照片文件已经对应到另一名学生，没有保存。请核对是不是传错了文件；如果原来的对应错了，请教务处先取消。"""


class TooManyReturned(Refusal):
    """你已经交了很多次照片，系统暂不再接收。请联系学院辅导员或教务处。"""

    status = 429


@dataclass(frozen=True)
class Arrival:
    """A file as it came. `signs`: what the sender knows of whose it is; what the file's name says is found here."""

    data: bytes
    filename: str
    source: PhotoSource
    by: UUID | None
    sha256: str | None = None  # what the sender's own device calculated
    signs: Mapping[Sign, UUID] = field(default_factory=dict)
    import_id: UUID | None = None
    import_position: int | None = None
    taken_at: datetime | None = None
    camera: bool = False  # a camera's original, before the agency has made the photo of it
    frozen: bool = False  # of a stretch whose count or order does not fit: a person looks first

    @cached_property
    def digest(self) -> str:
        """Hex SHA-256 of what came."""
        return hashlib.sha256(self.data).hexdigest()


class Ready(NamedTuple):
    """What the check needs from the database. `known`: these bytes have a row, and its verdict stands."""

    standard: PhotoStandard
    known: bool
    expects_record: bool


async def take_in(store: PhotoStore, campaign_id: UUID, arrival: Arrival) -> tuple[PhotoRow, bool]:
    """The photo as it is then on record, and whether these bytes were here before. Safe to repeat."""
    async with sessions() as db, db.begin():
        state = await ready(db, campaign_id, arrival)
    report = await keep(store, arrival, state)
    async with sessions() as db, db.begin():
        photo, already = await receive(db, campaign_id, arrival, report)
        return await photo_row(db, photo), already


async def ready(db: AsyncSession, campaign_id: UUID, arrival: Arrival) -> Ready:
    here = await db.scalar(select(Photo).where(Photo.campaign_id == campaign_id, Photo.sha256 == arrival.digest))
    known = here is not None and not _anew(here, arrival)
    expects = arrival.source == PhotoSource.on_site and await _carry_records(db, campaign_id)
    return Ready(await standard_of(db, campaign_id), known, expects)


def _anew(photo: Photo, arrival: Arrival) -> bool:
    """Whether bytes that come again are judged again. What a person has decided stays, and so does what counts."""
    if photo.decided_by is not None or photo.state not in (PhotoState.received, PhotoState.rejected):
        return False
    if is_quarantined(photo):  # it may have been the machine that was ill
        return True
    if arrival.source != PhotoSource.on_site or arrival.camera:
        return False
    # The agency delivers what somebody had called a camera's original, or what a student had sent and was refused.
    own = photo.source == PhotoSource.returned and photo.state == PhotoState.rejected
    return own or any(one["code"] == CAMERA_ORIGINAL.code for one in photo.findings)


async def _carry_records(db: AsyncSession, campaign_id: UUID) -> bool:
    """Nearly all of the agency's last photos hold data of its own: one without it was saved again by somebody.

    A camera writes data of its own into its originals, which says nothing of the photos that are made of them.
    """
    last = (
        select(Photo.evidence)
        .where(Photo.campaign_id == campaign_id, Photo.source == PhotoSource.on_site, ~is_original)
        .order_by(Photo.id.desc())
        .limit(BATCH)
    )
    found = [one.get("has_record", False) for one in await db.scalars(last)]
    return len(found) == BATCH and sum(found) >= 0.8 * BATCH


async def keep(store: PhotoStore, arrival: Arrival, state: Ready) -> PhotoReport | None:
    """Checked, and durable under its hash; None for bytes that were checked before. Needs no database.

    Before any row: a process that is killed here leaves a file that nobody knows, never a row without its file.
    """
    if arrival.sha256 is not None and arrival.sha256.lower() != arrival.digest:
        raise HashDiffers(received_sha256=arrival.digest)
    profile = Profile.camera if arrival.camera else Profile(arrival.source.value)
    report = None
    if not state.known:
        report = await check_photo(arrival.data, state.standard, profile, state.expects_record)
    await store.put(arrival.data)
    return report


async def receive(
    db: AsyncSession, campaign_id: UUID, arrival: Arrival, report: PhotoReport | None
) -> tuple[Photo, bool]:
    """The photo's row, and whether these bytes were here before: same bytes, same answer."""
    campaign = await the_campaign(db, campaign_id)
    keys = keys_of(arrival.filename)
    claim = await claim_of(
        db, campaign_id, keys, arrival.source, arrival.signs, frozen=arrival.frozen, taken_at=arrival.taken_at
    )
    named = claim.student_id or claim.proposed_id or await _holder(db, campaign_id, arrival.digest)
    if named is not None:
        await lock_student(db, campaign_id, named)
    at = clock_of(campaign)
    doubts = await _doubts(db, campaign_id, arrival, claim)
    if report is not None:
        late = arrival.source == PhotoSource.returned and at > campaign.return_deadline
        photo = await _insert(db, campaign_id, arrival, report, claim, doubts, late=late, received_at=at)
        if photo is not None:
            await settle(db, photo, at)
            await db.flush()
            return photo, False
    photo = await lock_photo(db, (Photo.campaign_id == campaign_id) & (Photo.sha256 == arrival.digest))
    if report is not None and _anew(photo, arrival) and photo.student_id in (None, named):
        await _judge_again(db, photo, arrival, report, doubts, at)
    return await _again(db, photo, claim, at), True


async def _holder(db: AsyncSession, campaign_id: UUID, sha256: str) -> UUID | None:
    """Whose these bytes are already."""
    return await db.scalar(select(Photo.student_id).where(Photo.campaign_id == campaign_id, Photo.sha256 == sha256))


async def may_return(campaign_id: UUID, student_id: UUID) -> None:
    """A student may try often, but not fill the disk."""
    returned = select(func.count()).where(
        Photo.campaign_id == campaign_id, Photo.received_by == student_id, Photo.source == PhotoSource.returned
    )
    async with sessions() as db, db.begin():
        if (await db.scalar(returned) or 0) >= MOST_RETURNED:
            raise TooManyReturned(limit=MOST_RETURNED)


async def _doubts(db: AsyncSession, campaign_id: UUID, arrival: Arrival, claim: Claim) -> list[Finding]:
    """What does not lie in the file, but between the file and whom it is said to be of."""
    doubts = [CAMERA_ORIGINAL] if arrival.camera else []
    number = keys_of(arrival.filename).id_number
    if claim.student_id is not None and number is not None:
        student, _, _ = await the_student(db, campaign_id, claim.student_id)
        # Compared with their own number only: whether another one is on the roster is not for everybody to find out.
        if number != student.number and id_number_index(campaign_id, number) != student.id_number_index:
            doubts.append(OTHER_ID_NUMBER)
    return doubts


async def _insert(
    db: AsyncSession,
    campaign_id: UUID,
    arrival: Arrival,
    report: PhotoReport,
    claim: Claim,
    doubts: list[Finding],
    *,
    late: bool,
    received_at: datetime,
) -> Photo | None:
    """None when these bytes have a row already."""
    return await db.scalar(
        insert(Photo)
        .values(
            campaign_id=campaign_id,
            student_id=claim.student_id,
            proposed_student_id=claim.proposed_id,
            matched_by=claim.matched_by,
            held=claim.held,
            signs=sorted(claim.signs),
            sha256=report.sha256,
            size=report.size,
            width=report.width,
            height=report.height,
            filename_mask=mask_filename(arrival.filename),
            source=arrival.source,
            findings=[asdict(finding) for finding in worst_first(report.findings + doubts)],
            evidence=report.evidence(),
            measures=_measures(report),
            import_id=arrival.import_id,
            import_position=arrival.import_position,
            taken_at=arrival.taken_at,
            late=late,
            received_at=received_at,
            received_by=arrival.by,
            decision_reason="",
            asked_note="",
        )
        .on_conflict_do_nothing(index_elements=["campaign_id", "sha256"])
        .returning(Photo)
    )


def _measures(report: PhotoReport) -> dict[str, Any]:
    """For the screen that shows why; gone when the photo is accepted, for they are measures of a face."""
    return {"quality": report.quality, "drawing": asdict(report.drawing) if report.drawing else None}


async def _judge_again(
    db: AsyncSession, photo: Photo, arrival: Arrival, report: PhotoReport, doubts: list[Finding], at: datetime
) -> None:
    """The verdict of this arrival takes the place of the one before."""
    photo.findings = [asdict(one) for one in worst_first(report.findings + doubts)]
    photo.width, photo.height, photo.measures = report.width, report.height, _measures(report)
    photo.evidence, photo.source, photo.decided_at = report.evidence(), arrival.source, None
    photo.late = photo.late and photo.source == PhotoSource.returned
    await settle(db, photo, at)


async def _again(db: AsyncSession, photo: Photo, claim: Claim, at: datetime) -> Photo:
    """The row of these bytes. A photo that waited takes the student whom its signs, old and new together, now name."""
    named = claim.student_id or claim.proposed_id
    if photo.student_id is not None or named is None:
        if photo.student_id is not None and claim.student_id not in (None, photo.student_id):
            # Of an empty or broken file it is its fault that has to be told, not that somebody sent the like before.
            faults = [Finding.from_json(one) for one in photo.findings]
            raise SameBytesTwoStudents(headline(faults)[0].sentence if broken(photo) else None)
        return photo
    by_person = claim.matched_by == MatchedBy.person
    # What a person has taken back, or must look at first, only a person gives: a repeated upload would undo it.
    if photo.held in (Hold.taken_back, Hold.frozen_stretch, Hold.signs_differ) and not by_person:
        return photo
    if claim.held == Hold.frozen_stretch:  # these files say nothing before their order was read
        return photo
    contradicts = photo.proposed_student_id not in (None, named) and not by_person
    signs = {Sign(sign) for sign in photo.signs} if photo.proposed_student_id == named else set()
    weighed = weigh(dict.fromkeys(signs | claim.signs, named))
    photo.signs = sorted({*photo.signs, *claim.signs})
    if contradicts:
        photo.held, photo.proposed_student_id = Hold.signs_differ, None
    elif weighed.student_id is not None:
        await give(db, photo, weighed.student_id, claim.matched_by or MatchedBy.student_number, at)
    else:
        photo.held, photo.proposed_student_id = weighed.held, weighed.proposed_id
    return photo
