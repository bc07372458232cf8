"""Who may sign in, who has signed in, and what was looked at: staff, links, sign-ins, API keys, audit."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field, SQLModel

from gradphoto.core.db import document, instant, new_id, word


class Role(StrEnum):
    """What somebody is here. `monitor` is a student whom the roster names 班长; `system` is another program."""

    registrar = "registrar"
    counsellor = "counsellor"
    agency = "agency"
    screen = "screen"
    monitor = "monitor"
    student = "student"
    system = "system"


class LinkPurpose(StrEnum):
    set_password = "set_password"
    sign_in = "sign_in"


class Staff(SQLModel, table=True):
    """A person (or a big screen) of the school or the agency. No password until the one-time link was used."""

    id: UUID = new_id()
    login: str = Field(max_length=64, unique=True)
    name: str = Field(max_length=64)
    role: Role = word(Role)
    password_hash: str | None = None
    disabled_at: datetime | None = instant(optional=True)
    created_at: datetime = instant(default_now=True)


class StaffCollege(SQLModel, table=True):
    """A counsellor answers for these colleges of this campaign."""

    __tablename__ = "staff_college"
    __table_args__ = (ForeignKeyConstraint(["campaign_id", "college_id"], ["college.campaign_id", "college.id"]),)

    campaign_id: UUID = Field(primary_key=True, foreign_key="campaign.id")
    college_id: UUID = Field(primary_key=True)
    staff_id: UUID = Field(primary_key=True, foreign_key="staff.id")


class SignInLink(SQLModel, table=True):
    """A link that lets one person in: once to set a password, or again and again for the demo and the room's screen."""

    __tablename__ = "sign_in_link"

    id: UUID = new_id()
    token_hash: bytes = Field(sa_type=LargeBinary, unique=True)
    purpose: LinkPurpose = word(LinkPurpose)
    staff_id: UUID | None = Field(default=None, foreign_key="staff.id")
    student: dict[str, str] | None = document(default=None, description="the columns of the sign-in it opens")
    reusable: bool = False
    expires_at: datetime = instant()
    used_at: datetime | None = instant(optional=True)


class SignIn(SQLModel, table=True):
    """A signed-in browser. A student's class and office are copied here; the roster ends the sign-in if they change."""

    __tablename__ = "sign_in"
    __table_args__ = (Index("ix_sign_in_student", "campaign_id", "student_id"),)

    id: UUID = new_id()
    token_hash: bytes = Field(sa_type=LargeBinary, unique=True)
    staff_id: UUID | None = Field(default=None, foreign_key="staff.id", index=True)
    campaign_id: UUID | None = None
    student_id: UUID | None = None
    class_group_id: UUID | None = None
    college_id: UUID | None = None
    is_monitor: bool = False
    name: str = ""
    created_at: datetime = instant(default_now=True)
    expires_at: datetime = instant()


class SignInAttempt(SQLModel, table=True):
    """Counts tries per account in a window; hashes only."""

    __tablename__ = "sign_in_attempt"
    __table_args__ = {"prefixes": ["UNLOGGED"]}

    who: bytes = Field(sa_type=LargeBinary, primary_key=True)
    window_at: datetime = instant(primary_key=True)
    tries: int = 1


class ApiKey(SQLModel, table=True):
    """Lets another system do the named acts in one campaign."""

    __tablename__ = "api_key"
    __table_args__ = (UniqueConstraint("token_hash"),)

    campaign_id: UUID = Field(primary_key=True, foreign_key="campaign.id")
    id: UUID = new_id()
    name: str = Field(max_length=64)
    token_hash: bytes = Field(sa_type=LargeBinary)
    hint: str = Field(max_length=8, description="the key's first characters, to tell keys apart")
    acts: list[str] = Field(sa_type=ARRAY(String))
    created_by: UUID = Field(foreign_key="staff.id")
    created_at: datetime = instant(default_now=True)
    revoked_at: datetime | None = instant(optional=True)


class Audit(SQLModel, table=True):
    """Who did or saw what, written in the transaction that did it. The database refuses UPDATE and DELETE."""

    __table_args__ = (Index("ix_audit_campaign_at", "campaign_id", "at"),)

    id: UUID = new_id()
    campaign_id: UUID | None = None
    at: datetime = instant(default_now=True)
    actor_role: Role = word(Role)
    actor_id: UUID | None = None
    actor_name: str = Field(default="", max_length=64)
    act: str
    subject_kind: str = ""
    subject_id: UUID | None = None
    facts: dict[str, Any] = document(default_factory=dict)
