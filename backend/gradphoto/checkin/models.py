"""The day in the room: check-ins with their tickets, stations, and the three sequences door, call and shot."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint
from sqlmodel import BigInteger, Field, SQLModel

from gradphoto.core.db import in_campaign, instant, new_id, word


class TicketState(StrEnum):
    waiting = "waiting"
    called = "called"
    shot = "shot"
    retake = "retake"
    absent = "absent"


class StationAct(StrEnum):
    """`undone` is a row of its own, so that an undo is as safe to send twice as what it takes back."""

    called = "called"
    shot = "shot"
    absent = "absent"
    retake = "retake"
    undone = "undone"


class CheckedInBy(StrEnum):
    student = "student"
    monitor = "monitor"
    staff = "staff"


class CheckIn(SQLModel, table=True):
    """签到: one a student and slot. `ticket` is the door order, `call_no` the call order, `shot_no` the shot order."""

    __tablename__ = "check_in"
    __table_args__ = (
        UniqueConstraint("campaign_id", "slot_id", "student_id"),
        UniqueConstraint("campaign_id", "slot_id", "ticket"),
        ForeignKeyConstraint(["campaign_id", "slot_id"], ["slot.campaign_id", "slot.id"]),
        ForeignKeyConstraint(["campaign_id", "student_id"], ["student.campaign_id", "student.id"]),
        ForeignKeyConstraint(["campaign_id", "station_id"], ["station.campaign_id", "station.id"]),
        CheckConstraint("state in ('waiting', 'called', 'shot', 'retake', 'absent')", name="state"),
        CheckConstraint("(state = 'shot') = (shot_at is not null)", name="shot_has_time"),
        CheckConstraint("state <> 'called' or station_id is not null", name="called_has_station"),
        Index("uq_check_in_called", "campaign_id", "station_id", unique=True, postgresql_where="state = 'called'"),
        Index(
            "uq_check_in_live",
            "campaign_id",
            "student_id",
            unique=True,
            postgresql_where="state in ('waiting', 'called', 'retake')",
        ),
        Index("ix_check_in_line", "campaign_id", "slot_id", postgresql_where="state in ('waiting', 'retake')"),
        Index("ix_check_in_student", "campaign_id", "student_id"),
    )

    campaign_id: UUID = in_campaign()
    id: UUID = new_id()
    slot_id: UUID
    student_id: UUID
    ticket: int
    make_up: bool = False
    state: TicketState = word(TicketState, TicketState.waiting)
    by: CheckedInBy = word(CheckedInBy)
    by_id: UUID | None = None
    override_reason: str = Field(default="", max_length=200, description="why somebody let a person in without a code")
    at: datetime = instant()
    station_id: UUID | None = None
    called_at: datetime | None = instant(optional=True)
    call_no: int | None = None
    shot_at: datetime | None = instant(optional=True)
    shot_no: int | None = None
    not_before_call: int | None = Field(default=None, description="a retake lets this many calls go by")


class SlotCounter(SQLModel, table=True):
    """The slot's three counters; the row's lock is what makes them gapless."""

    __tablename__ = "slot_counter"
    __table_args__ = (
        ForeignKeyConstraint(["campaign_id", "slot_id"], ["slot.campaign_id", "slot.id"], ondelete="CASCADE"),
    )

    campaign_id: UUID = in_campaign()
    slot_id: UUID = Field(primary_key=True)
    last_ticket: int = 0
    last_call: int = 0
    last_shot: int = 0


class Station(SQLModel, table=True):
    """机位: one camera with its tablet."""

    __table_args__ = (
        UniqueConstraint("campaign_id", "venue_id", "name"),
        ForeignKeyConstraint(["campaign_id", "venue_id"], ["venue.campaign_id", "venue.id"]),
    )

    campaign_id: UUID = in_campaign()
    id: UUID = new_id()
    venue_id: UUID
    name: str = Field(max_length=32)
    paused: bool = False


class StationEvent(SQLModel, table=True):
    """What a station did, in order, never changed but for `undone_at`; `op_id` is the tablet's own key."""

    __tablename__ = "station_event"
    __table_args__ = (
        UniqueConstraint("campaign_id", "op_id"),
        ForeignKeyConstraint(["campaign_id", "station_id"], ["station.campaign_id", "station.id"]),
        ForeignKeyConstraint(["campaign_id", "check_in_id"], ["check_in.campaign_id", "check_in.id"]),
        Index("ix_station_event_last", "campaign_id", "station_id", "seq"),
        Index("ix_station_event_check_in", "campaign_id", "check_in_id"),
        Index("ix_station_event_shots", "campaign_id", "at", postgresql_where="act = 'shot' and undone_at is null"),
    )

    campaign_id: UUID = in_campaign()
    id: UUID = new_id()
    station_id: UUID
    check_in_id: UUID
    act: StationAct = word(StationAct)
    state_before: TicketState = word(TicketState)
    op_id: UUID
    seq: int = Field(sa_type=BigInteger, description="per station, 1, 2, 3, …")
    at: datetime = instant()
    by_id: UUID | None = None
    undone_at: datetime | None = instant(optional=True)
