"""The mailbox, its mails, what was attached to them and what was answered."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint
from sqlmodel import BigInteger, Field, SQLModel

from gradphoto.core.db import binary, document, in_campaign, instant, new_id, word


class MailState(StrEnum):
    """Every mail ends in one. `held`: a person must look; `refused`: answered with the cause; `ignored`: not for us."""

    taken = "taken"
    held = "held"
    refused = "refused"
    already = "already"
    ignored = "ignored"


class AnswerState(StrEnum):
    """`draft` until a person or the switch sends it; `unsent` after the last failed try."""

    draft = "draft"
    queued = "queued"
    sent = "sent"
    unsent = "unsent"
    dropped = "dropped"


class Tls(StrEnum):
    implicit = "implicit"
    starttls = "starttls"
    none = "none"


class Mailbox(SQLModel, table=True):
    """收照片的邮箱, one a campaign. Passwords are sealed; sending is off until it is switched on."""

    campaign_id: UUID = in_campaign()
    address: str = Field(max_length=254, description="what students write to, and the sender of answers")
    login: str = Field(max_length=254)
    password_sealed: bytes = binary()
    imap_host: str = Field(max_length=253)
    imap_port: int
    imap_tls: Tls = word(Tls, Tls.implicit)
    folder: str = Field(default="INBOX", max_length=200)
    smtp_host: str = Field(default="", max_length=253)
    smtp_port: int = 465
    smtp_tls: Tls = word(Tls, Tls.implicit)
    reading: bool = Field(default=True, description="the job looks every few minutes")
    sending: bool = Field(default=False, description="answers go out by themselves; off = they stay drafts")
    uid_validity: int | None = Field(default=None, sa_type=BigInteger)
    last_uid: int = Field(default=0, sa_type=BigInteger, description="mails up to this one are on record")
    read_at: datetime | None = instant(optional=True)
    fault: str = Field(default="", max_length=200, description="why the last look failed; empty = it worked")
    failures: int = Field(default=0, description="looks that failed in a row: the next one comes later each time")
    due_at: datetime | None = instant(optional=True, description="not looked into before; null = at once")
    sending_fault: str = Field(default="", max_length=200, description="why the last try to send failed")
    sending_failures: int = 0
    sending_due_at: datetime | None = instant(optional=True)
    changed_at: datetime = instant(default_now=True)
    changed_by: UUID | None = None


class Mail(SQLModel, table=True):
    """One mail, once: by its Message-ID, or by the hash of its bytes where it has none. Its raw bytes are kept; of an
    ignored one only the header lines."""

    __table_args__ = (
        UniqueConstraint("campaign_id", "key"),
        ForeignKeyConstraint(["campaign_id", "student_id"], ["student.campaign_id", "student.id"]),
        CheckConstraint("state in ('taken', 'held', 'refused', 'already', 'ignored')", name="state"),
        Index("ix_mail_held", "campaign_id", "id", postgresql_where="state = 'held'"),
        Index("ix_mail_student", "campaign_id", "student_id"),
    )

    campaign_id: UUID = in_campaign()
    id: UUID = new_id()
    key: str = Field(max_length=64, description="SHA-256 of Message-ID, sender and date; or of the whole mail")
    message_id: str = Field(default="", max_length=254, description="what an answer refers to; empty = it had none")
    uid: int = Field(sa_type=BigInteger)
    uid_validity: int = Field(sa_type=BigInteger)
    raw_sha256: str = Field(max_length=64, description="where the sealed bytes lie")
    sender: str = Field(default="", max_length=254)
    subject_mask: str = Field(default="", max_length=500, description="as it came, ID numbers masked")
    state: MailState = word(MailState)
    causes: list[dict[str, Any]] = document(default_factory=list, description="code, zh; worst first")
    student_id: UUID | None = Field(default=None, description="whom the mail was found to be of")
    automatic: str = Field(
        default="", max_length=16, description="no answer goes out by itself: sent by a program or a list"
    )
    late: bool = Field(default=False, description="came after the return deadline; kept all the same")
    sent_at: datetime | None = instant(optional=True, description="the Date header")
    received_at: datetime = instant(description="when the mail server had it, by the campaign's clock")
    settled_at: datetime = instant()
    settled_by: UUID | None = Field(default=None, description="null = the job")


class MailFile(SQLModel, table=True):
    """One file of a mail, also out of a ZIP: what it is and what became of it."""

    __tablename__ = "mail_file"
    __table_args__ = (
        ForeignKeyConstraint(["campaign_id", "mail_id"], ["mail.campaign_id", "mail.id"]),
        ForeignKeyConstraint(["campaign_id", "photo_id"], ["photo.campaign_id", "photo.id"]),
    )

    campaign_id: UUID = in_campaign()
    mail_id: UUID = Field(primary_key=True)
    position: int = Field(primary_key=True)
    name_mask: str = Field(default="", max_length=255)
    size: int = 0
    kind: str = Field(max_length=32, description="attachment, inline, cloud_link, zip_entry, signature_image, other")
    code: str = Field(default="", max_length=64, description="why it was not taken; empty = it became the photo")
    photo_id: UUID | None = None


class MailAnswer(SQLModel, table=True):
    """What is told to the sender. One a settling; only drafts may be changed."""

    __tablename__ = "mail_answer"
    __table_args__ = (
        ForeignKeyConstraint(["campaign_id", "mail_id"], ["mail.campaign_id", "mail.id"]),
        Index("ix_mail_answer_open", "campaign_id", "id", postgresql_where="state in ('draft', 'queued')"),
        # At no moment do two answers to one mail wait to be sent.
        Index(
            "uq_mail_answer_open",
            "campaign_id",
            "mail_id",
            unique=True,
            postgresql_where="state in ('draft', 'queued')",
        ),
        Index("ix_mail_answer_mail", "campaign_id", "mail_id"),
        Index("ix_mail_answer_to", "campaign_id", "to", "made_at"),
    )

    campaign_id: UUID = in_campaign()
    id: UUID = new_id()
    mail_id: UUID
    to: str = Field(max_length=254)
    subject: str = Field(max_length=500)
    body: str
    state: AnswerState = word(AnswerState, AnswerState.draft)
    message_id: str = Field(max_length=254, description="made before the first try: a doubtful one is found again")
    tries: int = 0
    fault: str = Field(default="", max_length=200)
    due_at: datetime = instant(default_now=True, description="not tried before")
    made_at: datetime = instant()
    sent_at: datetime | None = instant(optional=True)
