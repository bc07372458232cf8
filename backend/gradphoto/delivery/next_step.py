"""Why a student has no accepted photo, and what the rules still allow at this hour. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from gradphoto.checkin.models import TicketState
from gradphoto.checkin.opening import CLOSES_AFTER
from gradphoto.photos.models import PhotoState
from gradphoto.schedule.notice.proposal import SHANGHAI


class Why(StrEnum):
    """Why a student has no accepted photo; the screens and the export have the word and the next step."""

    not_yet = "not_yet"
    in_line = "in_line"
    missed = "missed"
    absent = "absent"
    not_scheduled = "not_scheduled"
    photo_awaited = "photo_awaited"
    photo_unclaimed = "photo_unclaimed"
    photo_waiting = "photo_waiting"
    asked_person = "asked_person"
    quarantined = "quarantined"
    mail_held = "mail_held"
    photo_rejected = "photo_rejected"


class Step(StrEnum):
    """What is to be done next. All but `wait` and `ask_school` are the student's."""

    come = "come"
    stay_in_line = "stay_in_line"
    make_up = "make_up"
    return_photo = "return_photo"
    return_late = "return_late"
    wait = "wait"
    ask_school = "ask_school"


@dataclass(frozen=True, slots=True)
class Waits:
    """What else is known of a student's photos. `shot_again`: the agency's photo of it has not come in."""

    original: bool = False  # the camera's original is here, the finished photo is not
    unclaimed: bool = False  # a photo waits that is proposed for them
    asked: bool = False  # they asked for a person to look
    quarantined: bool = False
    mail_held: bool = False
    shot_again: bool = False


@dataclass(frozen=True, slots=True)
class Times:
    """The clock and what it is compared with. `make_up_until`: the end of the last slot that is still open to them."""

    clock: datetime
    make_up_until: datetime | None
    return_deadline: datetime
    slot_ends_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class NextStep:
    """`until`: the day after which this step is not possible any more."""

    step: Step
    sentence: str
    until: datetime | None
    days_left: int | None


def why(
    ticket: TicketState | None,
    photo: PhotoState | None,
    slot_ends_at: datetime | None,
    clock: datetime,
    waits: Waits = Waits(),
) -> Why | None:
    """The photo decides first, then the room, then the timetable."""
    if photo is PhotoState.accepted:
        return None
    if photo is PhotoState.received:
        return Why.asked_person if waits.asked else Why.photo_waiting
    if waits.unclaimed:
        return Why.photo_unclaimed
    if waits.mail_held:
        return Why.mail_held
    in_line = ticket in (TicketState.waiting, TicketState.called, TicketState.retake)
    if photo is PhotoState.rejected and not in_line:
        if waits.shot_again:
            return Why.photo_awaited
        refused = Why.quarantined if waits.quarantined else Why.photo_rejected
        return Why.asked_person if waits.asked else refused
    if in_line:
        return Why.in_line
    if waits.original:
        return Why.photo_awaited
    if ticket is not None:
        return Why.absent if ticket is TicketState.absent else Why.photo_awaited
    if slot_ends_at is None:
        return Why.not_scheduled
    return Why.missed if clock > slot_ends_at + CLOSES_AFTER else Why.not_yet


_WAIT = {
    Why.photo_awaited: "已拍摄，等图片社上传照片，不用做什么。",
    Why.photo_waiting: "照片已收到，等人工核对，不用做什么。",
    Why.asked_person: "已请老师看这张照片，等老师答复。",
    Why.photo_unclaimed: "收到一张可能属于本人的照片，等老师认领核对，不用做什么。",
    Why.mail_held: "邮件里的照片已收到，等教务处核对，不用做什么。",
    Why.quarantined: "照片文件已损坏，打不开。集中拍摄的由图片社另传一份；自行返回的请向图片社另取一份，再交一次。",
}
_FIRST = {
    Why.absent: "叫号时不在。",
    Why.missed: "本场次已过，未签到。",
    Why.photo_rejected: "照片未通过，请看清原因。",
    Why.not_scheduled: "班级还没有排场次。",
}


def next_step(reason: Why, times: Times) -> NextStep:
    """The first thing that is still allowed: the own slot, a make-up, a photo from elsewhere, a late one."""
    if reason in _WAIT:
        return NextStep(Step.wait, _WAIT[reason], None, None)
    if reason is Why.in_line:
        return NextStep(Step.stay_in_line, "已签到，正在排队，请等叫号。", None, None)
    if reason is Why.not_yet:
        return _step(Step.come, "还没签到，请按到场时间来拍。", times.slot_ends_at, times)
    if reason is Why.not_scheduled and times.make_up_until and _open(times):
        sentence = f"{_FIRST[reason]}请教务处在时间表里安排，或当面找现场老师登记。"
        return _step(Step.ask_school, sentence, times.make_up_until, times)
    return _again(_FIRST[reason], reason, times)


def _again(first: str, reason: Why, times: Times) -> NextStep:
    """How somebody still gets a photo: a make-up, else a photo from elsewhere, else a late one."""
    if times.make_up_until and _open(times):
        back = "请回到拍摄点重新排队，或" if reason is Why.absent else "可"
        sentence = f"{first}{back}到后面任一场次补照，不另收费；最后一场到 {_moment(times.make_up_until)}。"
        return _step(Step.make_up, sentence, times.make_up_until, times)
    day = _moment(times.return_deadline)
    if times.clock <= times.return_deadline:
        sentence = f"{first}集中拍摄已经结束，请自行到图片社拍照，{day} 前交回。"
        return _step(Step.return_photo, sentence, times.return_deadline, times)
    late = f"{first}交回的截止时间 {day} 已过，证书会推迟。照片仍然收，会注明“逾期”：请马上交回，并联系辅导员和教务处。"
    return NextStep(Step.return_late, late, None, 0)


def _open(times: Times) -> bool:
    return times.make_up_until is not None and times.clock <= times.make_up_until + CLOSES_AFTER


def _step(step: Step, sentence: str, until: datetime | None, times: Times) -> NextStep:
    return NextStep(step, sentence, until, days_until(until, times.clock) if until else None)


def days_until(at: datetime, clock: datetime) -> int:
    """By the calendar of Shanghai: 0 = today or past."""
    left = at.astimezone(SHANGHAI).date() - clock.astimezone(SHANGHAI).date()
    return max(0, left // timedelta(days=1))


def _moment(at: datetime) -> str:
    day = at.astimezone(SHANGHAI)
    return f"{day.month} 月 {day.day} 日 {day:%H:%M}"
