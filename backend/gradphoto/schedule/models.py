"""The truth about time: venues, slots, and which class group comes in which slot and when."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlmodel import Field, SQLModel

from gradphoto.core.db import document, in_campaign, instant, new_id, word


class Turn(StrEnum):
    """先拍 before all others of the slot, 后拍 after them. A default the room may change, never a lock."""

    first = "first"
    normal = "normal"
    last = "last"


class Venue(SQLModel, table=True):
    """拍摄点."""

    __table_args__ = (UniqueConstraint("campaign_id", "name", "room"),)

    campaign_id: UUID = in_campaign()
    id: UUID = new_id()
    name: str = Field(max_length=100)
    room: str = Field(default="", max_length=100)
    gate: str = Field(default="", max_length=100)


class Slot(SQLModel, table=True):
    """场次. `label` (A, B, …) starts the ticket numbers that people read on the board.

    One venue has one line, served by `cameras`; two slots there never overlap.
    """

    __table_args__ = (
        UniqueConstraint("campaign_id", "label"),
        CheckConstraint("ends_at > starts_at", name="order"),
        CheckConstraint("cameras between 1 and 9", name="cameras"),
        ExcludeConstraint(
            ("campaign_id", "="),
            ("venue_id", "="),
            (text("tstzrange(starts_at, ends_at)"), "&&"),
            name="ex_slot_one_at_a_time",
            using="gist",
            deferrable=True,
            initially="DEFERRED",
        ),
        ForeignKeyConstraint(["campaign_id", "venue_id"], ["venue.campaign_id", "venue.id"]),
        ForeignKeyConstraint(["campaign_id", "college_id"], ["college.campaign_id", "college.id"]),
        Index("ix_slot_venue", "campaign_id", "venue_id", "starts_at"),
    )

    campaign_id: UUID = in_campaign()
    id: UUID = new_id()
    venue_id: UUID
    college_id: UUID | None = None
    label: str = Field(max_length=4)
    starts_at: datetime = instant()
    ends_at: datetime = instant()
    cameras: int = Field(default=1, sa_column_kwargs={"server_default": "1"})
    stated_heads: int | None = Field(default=None, description="what the notice says; the roster is the truth")
    source_text: str = Field(default="", description="the words of the notice that this slot came from")


class SlotClass(SQLModel, table=True):
    """A class group's place in a slot. Places count by 学号 from 1; a class that is split on purpose has several rows,
    and no place of it is in two."""

    __tablename__ = "slot_class"
    __table_args__ = (
        CheckConstraint("first_place >= 1 and (last_place is null or last_place >= first_place)", name="places"),
        ExcludeConstraint(
            ("campaign_id", "="),
            ("class_group_id", "="),
            (text("int4range(first_place, last_place, '[]')"), "&&"),
            name="ex_slot_class_placed_once",
            using="gist",
            deferrable=True,
            initially="DEFERRED",
        ),
        Index("ix_slot_class_class_group", "campaign_id", "class_group_id"),
        ForeignKeyConstraint(["campaign_id", "slot_id"], ["slot.campaign_id", "slot.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(["campaign_id", "class_group_id"], ["class_group.campaign_id", "class_group.id"]),
    )

    campaign_id: UUID = in_campaign()
    slot_id: UUID = Field(primary_key=True)
    class_group_id: UUID = Field(primary_key=True)
    turn: Turn = word(Turn, Turn.normal)
    position: int
    first_place: int = Field(default=1, sa_column_kwargs={"server_default": "1"})
    last_place: int | None = None


# --- the notice's oddities -------------------------------------------------------------------------------------------


class NoticeRuling(SQLModel, table=True):
    """What a person decided about one finding of the notice; kept with the campaign."""

    __tablename__ = "notice_ruling"

    campaign_id: UUID = in_campaign()
    key: str = Field(primary_key=True, max_length=200)
    choice: str = Field(max_length=40)
    note: str = Field(default="", max_length=500)
    by_id: UUID | None = None
    at: datetime = instant(default_now=True)


# --- draft and versions ----------------------------------------------------------------------------------------------


class TimetableRevision(SQLModel, table=True):
    """One state of the draft; a row is never changed. Undo goes to the parent, redo to its newest child."""

    __tablename__ = "timetable_revision"
    __table_args__ = (
        ForeignKeyConstraint(
            ["campaign_id", "parent"], ["timetable_revision.campaign_id", "timetable_revision.number"]
        ),
    )

    campaign_id: UUID = in_campaign()
    number: int = Field(primary_key=True)
    parent: int | None = None
    act: str = Field(max_length=40, description="move_class, set_slot, …: a code")
    title: str = Field(max_length=200, description="what was done, for a person")
    plan: dict[str, Any] = document()
    by_id: UUID | None = None
    at: datetime = instant(default_now=True)


class TimetableHead(SQLModel, table=True):
    """Which revision the draft stands at; its row is the lock of everybody who edits or publishes."""

    __tablename__ = "timetable_head"
    __table_args__ = (
        ForeignKeyConstraint(["campaign_id", "draft"], ["timetable_revision.campaign_id", "timetable_revision.number"]),
    )

    campaign_id: UUID = in_campaign()
    draft: int | None = None
    last_revision: int = 0
    last_version: int = 0


class TimetableVersion(SQLModel, table=True):
    """What was published, kept as it was."""

    __tablename__ = "timetable_version"

    campaign_id: UUID = in_campaign()
    version: int = Field(primary_key=True)
    plan: dict[str, Any] = document()
    note: str = Field(default="", max_length=500)
    affected_students: int = 0
    affected_classes: int = 0
    by_id: UUID | None = None
    at: datetime = instant(default_now=True)


class SolveState(StrEnum):
    queued = "queued"
    running = "running"
    done = "done"
    failed = "failed"


class TimetableSolve(SQLModel, table=True):
    """A whole timetable asked of the solver; `result` holds the slots, or which rules collide."""

    __tablename__ = "timetable_solve"

    campaign_id: UUID = in_campaign()
    id: UUID = new_id()
    state: SolveState = word(SolveState, SolveState.queued)
    request: dict[str, Any] = document()
    result: dict[str, Any] | None = document(default=None)
    asked_by: UUID | None = None
    asked_at: datetime = instant(default_now=True)
    started_at: datetime | None = instant(optional=True)
    finished_at: datetime | None = instant(optional=True)


# --- everyone's own minute -------------------------------------------------------------------------------------------


class Arrival(SQLModel, table=True):
    """到场时间 as one student was told it. `told_count` goes up with every new telling, never for the same minute."""

    __table_args__ = (
        ForeignKeyConstraint(["campaign_id", "student_id"], ["student.campaign_id", "student.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(["campaign_id", "slot_id"], ["slot.campaign_id", "slot.id"], ondelete="CASCADE"),
        Index("ix_arrival_slot", "campaign_id", "slot_id"),
    )

    campaign_id: UUID = in_campaign()
    student_id: UUID = Field(primary_key=True)
    slot_id: UUID
    nth: int = Field(description="order in the slot, from 0")
    planned_start_at: datetime = instant()
    arrival_at: datetime = instant()
    arrival_before: datetime | None = instant(optional=True, description="what they were told before that")
    told_at: datetime = instant()
    told_count: int = 1


class DelayNotice(SQLModel, table=True):
    """顺延通知: a class group was told another time, with the first arrival before and after."""

    __tablename__ = "delay_notice"
    __table_args__ = (
        ForeignKeyConstraint(["campaign_id", "slot_id"], ["slot.campaign_id", "slot.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(["campaign_id", "class_group_id"], ["class_group.campaign_id", "class_group.id"]),
        Index("ix_delay_notice_class", "campaign_id", "class_group_id", "at"),
    )

    campaign_id: UUID = in_campaign()
    id: UUID = new_id()
    slot_id: UUID
    class_group_id: UUID
    at: datetime = instant()
    first_arrival_before: datetime = instant()
    first_arrival_at: datetime = instant()
    students: int
