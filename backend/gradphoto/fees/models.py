"""The cash: an append-only ledger, a balance for each class group and student, and handovers with two signatures."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Computed, ForeignKeyConstraint, Index, UniqueConstraint
from sqlmodel import BigInteger, Column, Field, SQLModel

from gradphoto.core.db import document, in_campaign, instant, new_id, word


class EntryKind(StrEnum):
    collected = "collected"
    refunded = "refunded"
    waived = "waived"
    reversal = "reversal"


class HandoverState(StrEnum):
    declared = "declared"
    confirmed = "confirmed"
    disputed = "disputed"
    withdrawn = "withdrawn"


class FeeState(StrEnum):
    """What a student, a monitor and the agency see of one student's fee."""

    unpaid = "unpaid"
    with_monitor = "with_monitor"
    handed_over = "handed_over"
    waived = "waived"
    refunded = "refunded"


def fen(**more: Any) -> Any:
    return Field(sa_type=BigInteger, **more)


class LedgerEntry(SQLModel, table=True):
    """收费流水. Added, never changed: a trigger refuses UPDATE, DELETE and TRUNCATE. `op_id` is the phone's own key."""

    __tablename__ = "ledger_entry"
    __table_args__ = (
        UniqueConstraint("campaign_id", "op_id"),
        UniqueConstraint("campaign_id", "reverses_id"),
        ForeignKeyConstraint(["campaign_id", "student_id"], ["student.campaign_id", "student.id"]),
        ForeignKeyConstraint(["campaign_id", "class_group_id"], ["class_group.campaign_id", "class_group.id"]),
        ForeignKeyConstraint(["campaign_id", "reverses_id"], ["ledger_entry.campaign_id", "ledger_entry.id"]),
        CheckConstraint(
            "case kind when 'waived' then amount_fen = 0 when 'reversal' then amount_fen >= 0 else amount_fen > 0 end",
            name="amount",
        ),
        CheckConstraint("(kind = 'reversal') = (reverses_id is not null)", name="reversal"),
        CheckConstraint("kind in ('collected', 'refunded', 'waived', 'reversal')", name="kind"),
        Index("ix_ledger_entry_student", "campaign_id", "student_id"),
        Index("ix_ledger_entry_class_group", "campaign_id", "class_group_id"),
    )

    campaign_id: UUID = in_campaign()
    id: UUID = new_id()
    class_group_id: UUID
    student_id: UUID
    kind: EntryKind = word(EntryKind)
    amount_fen: int = fen()
    reverses_id: UUID | None = None
    op_id: UUID
    reason: str = Field(default="", max_length=200)
    by_name: str = Field(default="", max_length=64)
    by_id: UUID | None = None
    at: datetime = instant(default_now=True)
    recorded_at: datetime | None = instant(optional=True, description="the phone's own time, a claim")


class StudentFee(SQLModel, table=True):
    """What one student has paid, nothing or the whole fee of that day; kept by the ledger's trigger.

    `class_group_id` is the class that holds the money, even after the student changed classes. `refunded`: a refund
    stands. `handover_id`: the open or confirmed handover that names this money.
    """

    __tablename__ = "student_fee"
    __table_args__ = (
        ForeignKeyConstraint(["campaign_id", "student_id"], ["student.campaign_id", "student.id"]),
        ForeignKeyConstraint(["campaign_id", "class_group_id"], ["class_group.campaign_id", "class_group.id"]),
        ForeignKeyConstraint(["campaign_id", "handover_id"], ["handover.campaign_id", "handover.id"]),
        CheckConstraint("paid_fen >= 0", name="paid_not_negative"),
        CheckConstraint("paid_fen <= fee_fen", name="paid_once"),
        CheckConstraint("paid_fen in (0, fee_fen)", name="paid_whole"),
        CheckConstraint("not waived or paid_fen = 0", name="waived_pays_nothing"),
        Index("ix_student_fee_class_group", "campaign_id", "class_group_id"),
        Index("ix_student_fee_handover", "campaign_id", "handover_id"),
    )

    campaign_id: UUID = in_campaign()
    student_id: UUID = Field(primary_key=True)
    class_group_id: UUID
    fee_fen: int = fen()
    paid_fen: int = fen(default=0)
    waived: bool = False
    refunded: bool = False
    handover_id: UUID | None = None


class ClassCash(SQLModel, table=True):
    """For each class group, always: collected - refunded = handed over + on hand, on hand >= 0. Kept by triggers."""

    __tablename__ = "class_cash"
    __table_args__ = (
        ForeignKeyConstraint(["campaign_id", "class_group_id"], ["class_group.campaign_id", "class_group.id"]),
        CheckConstraint("collected_fen - refunded_fen - handed_over_fen >= 0", name="on_hand_not_negative"),
        CheckConstraint("collected_fen >= 0 and refunded_fen >= 0 and handed_over_fen >= 0", name="sums_not_negative"),
    )

    campaign_id: UUID = in_campaign()
    class_group_id: UUID = Field(primary_key=True)
    collected_fen: int = fen(default=0)
    refunded_fen: int = fen(default=0)
    handed_over_fen: int = fen(default=0)
    on_hand_fen: int = Field(
        default=None,
        sa_column=Column(BigInteger, Computed("collected_fen - refunded_fen - handed_over_fen", persisted=True)),
    )


class Handover(SQLModel, table=True):
    """交款: counts only once the monitor has declared it and the agency has counted the same sum on its own device."""

    __table_args__ = (
        UniqueConstraint("campaign_id", "op_id"),
        UniqueConstraint("campaign_id", "receipt_number"),
        ForeignKeyConstraint(["campaign_id", "class_group_id"], ["class_group.campaign_id", "class_group.id"]),
        CheckConstraint("declared_fen > 0", name="declared"),
        CheckConstraint("(state = 'confirmed') = (receipt_number is not null)", name="receipt"),
        CheckConstraint("state <> 'confirmed' or counted_fen = declared_fen", name="same_sum"),
        CheckConstraint("state in ('declared', 'confirmed', 'disputed', 'withdrawn')", name="state"),
        Index(
            "uq_handover_open",
            "campaign_id",
            "class_group_id",
            unique=True,
            postgresql_where="state in ('declared', 'disputed')",
        ),
    )

    campaign_id: UUID = in_campaign()
    id: UUID = new_id()
    class_group_id: UUID
    op_id: UUID
    state: HandoverState = word(HandoverState, HandoverState.declared)
    people: int
    declared_fen: int = fen()
    declared_notes: dict[str, int] = document(description="face value in yuan -> number of notes")
    declared_by: UUID | None = None
    declared_by_name: str = Field(default="", max_length=64)
    declared_at: datetime = instant(default_now=True)
    counted_fen: int | None = fen(default=None)
    counted_notes: dict[str, int] | None = document(default=None)
    decided_by: UUID | None = None
    decided_by_name: str = Field(default="", max_length=64)
    decided_at: datetime | None = instant(optional=True)
    decision_op_id: UUID | None = None
    remark: str = Field(default="", max_length=200)
    receipt_number: int | None = None


class ReceiptCounter(SQLModel, table=True):
    """Receipt numbers of a campaign, without gaps: a trigger takes one in the transaction that confirms."""

    __tablename__ = "receipt_counter"

    campaign_id: UUID = in_campaign()
    last_number: int = 0
