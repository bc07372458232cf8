"""The line of one venue today as plain values, and what each screen makes of it. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from gradphoto.checkin.models import StationAct, TicketState
from gradphoto.core.db import now
from gradphoto.fees.models import FeeState
from gradphoto.schedule.planning.timing import wait_seconds

SOON = 3


class CardState(StrEnum):
    """What a student's card says. `next`: at most three people before them, time to stand up."""

    expected = "expected"
    waiting = "waiting"
    next = "next"
    called = "called"
    shot = "shot"
    retake = "retake"
    absent = "absent"


@dataclass(frozen=True, slots=True)
class Ticket:
    """One check-in and whose it is."""

    check_in_id: UUID
    student_id: UUID
    slot_id: UUID
    slot_label: str
    place: int
    state: TicketState
    make_up: bool
    station_id: UUID | None
    called_at: datetime | None
    shot_at: datetime | None
    name: str
    number: str
    id_number_mask: str
    calls_to_pass: int | None  # of a retake: so many calls go by first
    class_group_name: str
    college_name: str

    @property
    def label(self) -> str:
        return ticket_label(self.slot_label, self.place)


@dataclass(frozen=True, slots=True)
class SlotToday:
    """`checked_in` counts the slot's own classes, `shot` everybody who was shot on a ticket of the slot."""

    slot_id: UUID
    label: str
    college_name: str
    starts_at: datetime
    ends_at: datetime
    heads: int
    checked_in: int
    shot: int


@dataclass(frozen=True, slots=True)
class StationToday:
    """`last_act` is what an undo would take back, and of whom."""

    station_id: UUID
    name: str
    paused: bool
    shot_today: int
    last_act: StationAct | None
    last_check_in_id: UUID | None
    last_at: datetime | None
    last_ticket: str | None
    last_name: str | None


@dataclass(frozen=True, slots=True)
class Speed:
    """How fast a room works: seconds a person at one camera, and cameras that call."""

    seconds_per_person: float
    stations: int

    def wait(self, ahead: int) -> int:
        """Seconds until somebody with `ahead` people before them is called."""
        return wait_seconds(ahead, self.seconds_per_person, self.stations)


@dataclass(frozen=True, slots=True)
class Minute:
    """When a student is told to be there; `before` is what they were told until it moved."""

    arrival_at: datetime
    before: datetime | None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Holds no clock of its own, so that two snapshots of an unchanged room are equal and nobody is woken."""

    venue: tuple[UUID, str, str, str]  # id, name, room, gate
    clock_shift: timedelta
    plan_seconds: float
    seconds_per_person: float
    stations: list[StationToday]
    slots: list[SlotToday]
    line: list[Ticket]  # waiting and retake, in call order; for one screen only the first of them
    waiting: int  # all of them
    called: dict[UUID, Ticket]  # by station
    recent: list[Ticket]  # called lately, newest first, whatever became of them
    others: dict[UUID, tuple[TicketState, str]]  # shot or absent today: student -> state, ticket label
    fee_states: dict[UUID, FeeState]  # of those called and the first of the line
    ahead: dict[UUID, int]  # student -> people before them in `line`
    minutes: dict[UUID, Minute]  # student -> what they are told, of today's slots

    @property
    def clock(self) -> datetime:
        return now() + self.clock_shift

    def wait(self, ahead: int) -> int:
        """Seconds until somebody with `ahead` people before them is called."""
        return Speed(self.seconds_per_person, sum(not one.paused for one in self.stations)).wait(ahead)


def ticket_label(slot_label: str, place: int) -> str:
    return f"{slot_label}{place:03d}"


# --- one student's place ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Place:
    """`ahead` and `wait_seconds` only while they stand in line."""

    state: CardState
    ticket: str | None
    ahead: int | None
    wait_seconds: int | None


def place_of(snapshot: Snapshot, student_id: UUID, otherwise: Place) -> Place:
    """Where the student stands; `otherwise` when the venue does not know them today."""
    called = next((one for one in snapshot.called.values() if one.student_id == student_id), None)
    if called is not None:
        return Place(CardState.called, called.label, 0, 0)
    ahead = snapshot.ahead.get(student_id)
    if ahead is not None:
        ticket = snapshot.line[ahead]
        ahead = within_calls(ahead, ticket.calls_to_pass)
        return place_in_line(ticket.state, ticket.label, ahead, snapshot.wait(ahead))
    if student_id in snapshot.others:
        done, label = snapshot.others[student_id]
        return Place(CardState(done), label, None, None)
    return otherwise if otherwise.state in (CardState.shot, CardState.absent) else NOT_HERE


def within_calls(ahead: int, calls_to_pass: int | None) -> int:
    """A retake stands behind everybody until its calls have gone by, but it waits for those calls only."""
    return ahead if calls_to_pass is None else min(ahead, max(0, calls_to_pass))


def place_in_line(state: TicketState, ticket: str, ahead: int, wait_seconds: int) -> Place:
    soon = state is TicketState.waiting and ahead <= SOON
    return Place(CardState.next if soon else CardState(state), ticket, ahead, wait_seconds)


NOT_HERE = Place(CardState.expected, None, None, None)


# --- the room --------------------------------------------------------------------------------------------------------


def slot_now(snapshot: Snapshot) -> SlotToday | None:
    """The slot that runs by the timetable; between slots the next one, after the last none."""
    at = snapshot.clock
    return next((slot for slot in snapshot.slots if at < slot.ends_at), None)


def expected_end(snapshot: Snapshot, at: datetime) -> datetime:
    """When the line is done, with those of the slots begun who have not come yet."""
    to_come = sum(
        max(0, slot.heads - slot.checked_in) for slot in snapshot.slots if slot.starts_at <= at < slot.ends_at
    )
    return at + timedelta(seconds=snapshot.wait(snapshot.waiting + len(snapshot.called) + to_come))


def mask_name(name: str) -> str:
    """For a wall that everybody reads: 王＊, 王＊明, 欧＊＊明; a longer name has two stars too."""
    if len(name) < 3:
        return name[:1] + "＊"
    return name[0] + "＊" * min(2, len(name) - 2) + name[-1]
