"""What reading a notice proposes: facts, slots and findings, each with the place in the text it came from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Generic, TypeVar
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")

T = TypeVar("T")


class Level(StrEnum):
    """warning 请注意: read, but does not fit. question 请确认: can be read in more than one way, or not at all."""

    warning = "warning"
    question = "question"


@dataclass(frozen=True)
class Span:
    """A stretch of the notice: `notice[start:end] == text`."""

    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Fact(Generic[T]):
    value: T
    span: Span


@dataclass(frozen=True)
class Choice:
    """One way to rule on a finding; `choice` is its code, `sentence` what is then taken."""

    choice: str
    sentence: str


@dataclass(frozen=True)
class Finding:
    """`sentence` says what is odd, with the measured value; `ruling` is what is taken, None where nothing is.

    `key` is the same whenever the same words are read again; a person rules on it by one of `choices`, the default
    first, and `taken` is the one in force. `slot` is the index of the slot it is about, counted from 0 in the list of
    slots that was read or placed.
    """

    code: str
    level: Level
    sentence: str
    ruling: str | None
    span: Span | None
    slot: int | None
    key: str
    choices: tuple[Choice, ...]
    taken: str


@dataclass(frozen=True)
class SlotProposal:
    """One line of the timetable: one college at one time. Names of classes are written as a roster writes them.

    `include` empty means all classes of the college but `exclude`. `first` 先拍 and `last` 后拍 say nothing about the
    order among themselves. `place` is set only where the line itself names one, with its camera if it has several.
    `college` is "" where the notice names classes only. `spans` says for each field by its name which words it came
    from; `day` and `place` may stand elsewhere than the line itself.
    """

    day: date
    starts_at: datetime
    ends_at: datetime
    college: str
    stated_classes: int | None
    stated_heads: int | None
    include: tuple[str, ...]
    exclude: tuple[str, ...]
    first: tuple[str, ...]
    last: tuple[str, ...]
    place: str | None
    span: Span
    spans: Mapping[str, Span] = field(default_factory=dict, compare=False)

    @property
    def whose(self) -> str:
        """The college; where the notice names none, its first classes."""
        return self.college or "、".join(self.include[:2]) or "没有写学院的一场"

    @property
    def minutes(self) -> int:
        return int((self.ends_at - self.starts_at).total_seconds()) // 60


@dataclass(frozen=True)
class NoticeFacts:
    """What the notice says once for all slots; None where it was not found."""

    title: Fact[str] | None = None
    document_no: Fact[str] | None = None
    cohort: Fact[int] | None = None
    grade: Fact[int] | None = None
    institution: Fact[str] | None = None
    date_issued: Fact[date] | None = None
    shoot_from: Fact[date] | None = None
    shoot_until: Fact[date] | None = None
    venue: Fact[str] | None = None
    room: Fact[str] | None = None
    gate: Fact[str] | None = None
    access: Fact[str] | None = None
    fee_fen: Fact[int] | None = None
    pace_people: Fact[int] | None = None
    pace_minutes: Fact[int] | None = None
    return_deadline: Fact[datetime] | None = None
    mailbox: Fact[str] | None = None
    clothing: Fact[str] | None = None
    bring: Fact[str] | None = None
    stated_classes: Fact[int] | None = None
    stated_heads: Fact[int] | None = None
    agency: Fact[str] | None = None
    cameras: Fact[int] | None = None


@dataclass(frozen=True)
class NoticeProposal:
    facts: NoticeFacts = field(default_factory=NoticeFacts)
    slots: tuple[SlotProposal, ...] = ()
    findings: tuple[Finding, ...] = ()


def clock(at: datetime) -> str:
    """13:20, as notices write it."""
    return f"{at.hour}:{at.minute:02}"


def when(starts_at: datetime, ends_at: datetime) -> str:
    """10 月 23 日 9:00-10:40"""
    return f"{starts_at.month} 月 {starts_at.day} 日 {clock(starts_at)}-{clock(ends_at)}"
