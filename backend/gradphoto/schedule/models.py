"""The truth about time: venues, slots, and which class group comes in which slot and when."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from gradphoto.core.db import in_campaign, instant, new_id, word


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
    """场次. `label` (A, B, …) starts the ticket numbers that people read on the board."""

    __table_args__ = (
        UniqueConstraint("campaign_id", "label"),
        CheckConstraint("ends_at > starts_at", name="order"),
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
    stated_heads: int | None = Field(default=None, description="what the notice says; the roster is the truth")
    source_text: str = Field(default="", description="the words of the notice that this slot came from")


class SlotClass(SQLModel, table=True):
    """A class group's place in a slot; at most one a campaign."""

    __tablename__ = "slot_class"
    __table_args__ = (
        UniqueConstraint("campaign_id", "class_group_id"),
        ForeignKeyConstraint(["campaign_id", "slot_id"], ["slot.campaign_id", "slot.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(["campaign_id", "class_group_id"], ["class_group.campaign_id", "class_group.id"]),
    )

    campaign_id: UUID = in_campaign()
    slot_id: UUID = Field(primary_key=True)
    class_group_id: UUID = Field(primary_key=True)
    turn: Turn = word(Turn, Turn.normal)
    position: int
