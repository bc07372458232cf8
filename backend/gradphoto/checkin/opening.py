"""Which slot a check-in goes to, or the sentence why there is none. Pure: slots and a time in, a decision out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from gradphoto.core.errors import Refusal
from gradphoto.schedule.notice.proposal import SHANGHAI

OPENS_BEFORE = timedelta(minutes=45)
CLOSES_AFTER = timedelta(minutes=30)


class NotScheduled(Refusal):
    """你的班级还没有排场次，请问辅导员或教务处。"""


class NotOpenYet(Refusal):
    """你的场次还没开始签到，请到时再来。"""


class WrongSlot(Refusal):
    """你的场次不在这里或不是今天。确有特殊情况，请当面找现场老师登记。"""


class NoSlotOpen(Refusal):
    """现在没有开放签到的场次。请看时间表，或当面找现场老师登记。"""


@dataclass(frozen=True, slots=True)
class Opening:
    """A slot as the door sees it; with the minutes that students of it were told, which may lie outside its time."""

    slot_id: UUID
    label: str
    venue_id: UUID
    place: str
    starts_at: datetime
    ends_at: datetime
    told: tuple[datetime, ...] = ()

    @property
    def opens_at(self) -> datetime:
        return opens_at(self.starts_at, *self.told)

    @property
    def closes_at(self) -> datetime:
        return closes_at(self.ends_at, *self.told)

    def is_open(self, at: datetime) -> bool:
        return self.opens_at <= at <= self.closes_at


def opens_at(starts_at: datetime, *told: datetime) -> datetime:
    """Nobody is told to come to a closed door: when the camera is ahead it opens for the first who was told."""
    return min((starts_at - OPENS_BEFORE, *told))


def closes_at(ends_at: datetime, *told: datetime) -> datetime:
    """And when the camera is late it stays open for the last."""
    return max((ends_at, *told)) + CLOSES_AFTER


def day_of(at: datetime) -> tuple[datetime, datetime]:
    """Midnight to midnight in Shanghai around `at`."""
    start = at.astimezone(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0)
    return start, start + timedelta(days=1)


def choose(
    own: Opening | None, slots: Sequence[Opening], venue_id: UUID, at: datetime, *, early: bool = False
) -> tuple[Opening, bool]:
    """The slot in which a student of slot `own` checks in at `venue_id`, and whether that is a make-up.

    `early`: a person at the door lets them into their own slot of today before it opens.
    """
    if own is None:
        raise NotScheduled()
    if own.venue_id != venue_id and at <= own.closes_at:
        raise WrongSlot(_where(own, "请到那里签到。"), **_facts(own))
    if own.venue_id == venue_id and at <= own.closes_at:
        if own.is_open(at):
            return own, False
        if day_of(own.starts_at) != day_of(at):
            raise WrongSlot(_where(own, "请到时再来。"), **_facts(own))
        if early:
            return own, False
        hours = f"{_clock(own.starts_at)}–{_clock(own.ends_at)}"
        raise NotOpenYet(f"你的场次是今天 {hours}，{_clock(own.opens_at)} 起可以签到，请到时再来。", **_facts(own))
    return _make_up(slots, venue_id, at), True


def _make_up(slots: Sequence[Opening], venue_id: UUID, at: datetime) -> Opening:
    """The slot that is running; before the first of the day, the next one."""
    open_now = sorted(
        (slot for slot in slots if slot.venue_id == venue_id and slot.is_open(at)), key=lambda slot: slot.starts_at
    )
    if not open_now:
        raise NoSlotOpen()
    running = [slot for slot in open_now if slot.starts_at <= at]
    return running[-1] if running else open_now[0]


def _where(own: Opening, then: str) -> str:
    day = own.starts_at.astimezone(SHANGHAI)
    when = f"{day.month} 月 {day.day} 日 {_clock(own.starts_at)}–{_clock(own.ends_at)}"
    return f"你的场次是 {when}，在{own.place}。{then}确有特殊情况，请当面找现场老师登记。"


def _clock(at: datetime) -> str:
    return f"{at.astimezone(SHANGHAI):%H:%M}"


def _facts(own: Opening) -> dict[str, str]:
    return {
        "slot_id": str(own.slot_id),
        "place": own.place,
        "starts_at": own.starts_at.isoformat(),
        "ends_at": own.ends_at.isoformat(),
        "opens_at": own.opens_at.isoformat(),
    }
