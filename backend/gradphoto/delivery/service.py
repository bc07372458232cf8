"""Where the campaign stands: progress by college, the sums of the day, whose certificate cannot be made and why."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Select, case, func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from gradphoto.accounts.policy import Visible
from gradphoto.checkin.models import CheckIn, TicketState
from gradphoto.fees.models import StudentFee
from gradphoto.photos.models import Photo, PhotoState
from gradphoto.roster import service as roster
from gradphoto.roster.models import ClassGroup, College, Student
from gradphoto.schedule.models import Slot
from gradphoto.schedule.places_service import students_in_slots


class Why(StrEnum):
    """Why a student has no accepted photo; the screens and the export have the sentence and the next step."""

    not_yet = "not_yet"
    in_line = "in_line"
    missed = "missed"
    absent = "absent"
    not_scheduled = "not_scheduled"
    photo_awaited = "photo_awaited"
    photo_waiting = "photo_waiting"
    photo_rejected = "photo_rejected"


NEXT_STEP = {
    Why.not_yet: "还没签到，请按到场时间来拍。",
    Why.in_line: "已签到，正在排队。",
    Why.missed: "本场次已过，未签到。可到后面任一场次补照，不另收费；全部拍完后须自行到图片社拍，截止日前交回照片。",
    Why.absent: "叫号时不在。请回到拍摄点重新排队，或到后面任一场次补照。",
    Why.not_scheduled: "班级还没有排场次，请教务处在时间表里安排。",
    Why.photo_awaited: "已拍摄，等图片社上传照片。",
    Why.photo_waiting: "照片已收到，等人工核对。",
    Why.photo_rejected: "照片未通过，请按原因重拍或重新交回。",
}


@dataclass(frozen=True, slots=True)
class StudentStatus:
    """One student as the whole campaign sees them."""

    student: Student
    class_group: ClassGroup
    college: College
    slot_label: str | None
    slot_starts_at: datetime | None
    ticket_state: TicketState | None
    shot_at: datetime | None
    photo_state: PhotoState | None
    photo_reason: str
    paid_fen: int
    waived: bool
    why: Why | None  # None = there is an accepted photo


def _statuses(campaign_id: UUID) -> Select[Any]:
    """Every student of the roster with the best of their check-ins and the best of their photos."""
    rank = case({"shot": 0, "called": 1, "waiting": 2, "retake": 3}, value=CheckIn.state, else_=4)
    best_check_in = (
        select(CheckIn.student_id, CheckIn.state, CheckIn.shot_at)
        .where(CheckIn.campaign_id == campaign_id)
        .ext(distinct_on(CheckIn.student_id))
        .order_by(CheckIn.student_id, rank, CheckIn.at.desc())
        .subquery()
    )
    photo_rank = case({"accepted": 0, "received": 1, "rejected": 2}, value=Photo.state, else_=3)
    best_photo = (
        select(Photo.student_id, Photo.state, Photo.findings[0]["zh"].astext.label("reason"), Photo.decision_reason)
        .where(Photo.campaign_id == campaign_id, Photo.student_id.is_not(None))
        .ext(distinct_on(Photo.student_id))
        .order_by(Photo.student_id, photo_rank, Photo.received_at.desc())
        .subquery()
    )
    placed = students_in_slots(campaign_id)
    return (
        select(
            Student,
            ClassGroup,
            College,
            Slot.label,
            Slot.starts_at,
            Slot.ends_at,
            best_check_in.c.state,
            best_check_in.c.shot_at,
            best_photo.c.state,
            func.coalesce(func.nullif(best_photo.c.decision_reason, ""), best_photo.c.reason, ""),
            func.coalesce(StudentFee.paid_fen, 0),
            func.coalesce(StudentFee.waived, False),
        )
        .join(ClassGroup, _same(ClassGroup, Student) & (ClassGroup.id == Student.class_group_id))
        .join(College, _same(College, Student) & (College.id == ClassGroup.college_id))
        .outerjoin(placed, placed.c.student_id == Student.id)
        .outerjoin(Slot, _same(Slot, Student) & (Slot.id == placed.c.slot_id))
        .outerjoin(StudentFee, _same(StudentFee, Student) & (StudentFee.student_id == Student.id))
        .outerjoin(best_check_in, best_check_in.c.student_id == Student.id)
        .outerjoin(best_photo, best_photo.c.student_id == Student.id)
        .where(Student.campaign_id == campaign_id, Student.withdrawn_at.is_(None))
        .order_by(College.position, ClassGroup.position, Student.number)
    )


def _same(one: Any, other: Any) -> Any:
    return one.campaign_id == other.campaign_id


async def statuses(
    db: AsyncSession,
    visible: Visible,
    *,
    college_id: UUID | None = None,
    class_group_id: UUID | None = None,
    only_missing: bool = False,
) -> list[StudentStatus]:
    """In roster order. `only_missing`: without those who have an accepted photo."""
    campaign = await roster.the_campaign(db, visible.campaign_id)
    query = roster.within(_statuses(visible.campaign_id), visible)
    if college_id:
        query = query.where(ClassGroup.college_id == college_id)
    if class_group_id:
        query = query.where(ClassGroup.id == class_group_id)
    clock = roster.clock_of(campaign)
    found = [_status(clock, *row) for row in await db.execute(query)]
    return [one for one in found if one.why is not None] if only_missing else found


def _status(
    clock: datetime,
    student: Student,
    group: ClassGroup,
    college: College,
    label: str | None,
    starts_at: datetime | None,
    ends_at: datetime | None,
    ticket: str | None,
    shot_at: datetime | None,
    photo: str | None,
    reason: str,
    paid_fen: int,
    waived: bool,
) -> StudentStatus:
    ticket_state = TicketState(ticket) if ticket else None
    photo_state = PhotoState(photo) if photo else None
    return StudentStatus(
        student=student,
        class_group=group,
        college=college,
        slot_label=label,
        slot_starts_at=starts_at,
        ticket_state=ticket_state,
        shot_at=shot_at,
        photo_state=photo_state,
        photo_reason=reason if photo_state is PhotoState.rejected else "",
        paid_fen=paid_fen,
        waived=waived,
        why=why(ticket_state, photo_state, ends_at, clock),
    )


def why(
    ticket: TicketState | None, photo: PhotoState | None, slot_ends_at: datetime | None, clock: datetime
) -> Why | None:
    """Pure. The photo decides first, then the room, then the timetable."""
    match photo:
        case PhotoState.accepted:
            return None
        case PhotoState.rejected:
            return Why.photo_rejected
        case PhotoState.received:
            return Why.photo_waiting
    match ticket:
        case TicketState.shot:
            return Why.photo_awaited
        case TicketState.absent:
            return Why.absent
        case None if slot_ends_at is None:
            return Why.not_scheduled
        case None:
            # Checking in stays open for half an hour after the slot.
            return Why.missed if clock > slot_ends_at + timedelta(minutes=30) else Why.not_yet
        case _:
            return Why.in_line
