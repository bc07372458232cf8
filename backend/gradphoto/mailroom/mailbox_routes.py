"""The mailbox's settings, whether they work, and looking into it now."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field, SecretStr, StringConstraints

from gradphoto.accounts.auth import NotSignedIn, SignedIn, SignedInBriefly
from gradphoto.accounts.policy import Act, NotAllowed, Owner, require
from gradphoto.accounts.service import audit
from gradphoto.core.db import Db, now
from gradphoto.core.errors import NotFound, refuses
from gradphoto.mailroom import jobs, mailbox_service
from gradphoto.mailroom.mailbox_service import (
    MailboxReadElsewhere,
    NoMailbox,
    OddMailServer,
    PasswordNeeded,
    PlainPassword,
)
from gradphoto.mailroom.models import Mailbox, Tls

router = APIRouter(tags=["mail room"])
Host = Annotated[str, StringConstraints(strip_whitespace=True, max_length=253, pattern=r"^[A-Za-z0-9.:\-_]*$")]
Address = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=254, pattern=r"^[^\s<>@,;]{1,64}@[A-Za-z0-9.\-]{1,189}$")
]


class MailboxOut(BaseModel):
    address: str
    login: str
    has_password: bool = Field(description="it is kept sealed and never shown")
    imap_host: str
    imap_port: int
    imap_tls: Tls
    folder: str
    smtp_host: str
    smtp_port: int
    smtp_tls: Tls
    reading: bool
    sending: bool
    read_at: datetime | None = Field(description="when it was last looked into")
    fault: str = Field(description="why the last look failed, in Chinese; empty = it worked")
    due_at: datetime | None = Field(description="after a fault: not before; null = within two minutes")
    sending_fault: str
    sending_due_at: datetime | None
    changed_at: datetime


def mailbox_out(box: Mailbox) -> MailboxOut:
    return MailboxOut(**box.model_dump(include=set(MailboxOut.model_fields)), has_password=bool(box.password_sealed))


@router.get(
    "/campaigns/{campaign_id}/mailbox",
    operation_id="getMailbox",
    responses=refuses(NotSignedIn, NotAllowed, NotFound),
)
async def get_mailbox(campaign_id: UUID, db: Db, actor: SignedIn) -> MailboxOut | None:
    """Where photos are returned to, and whether reading it works. null until one is set."""
    require(actor, Act.run_mailroom, Owner(campaign_id))
    box = await mailbox_service.mailbox_if_any(db, campaign_id)
    return mailbox_out(box) if box else None


class MailboxIn(BaseModel):
    address: Address = Field(examples=["ustbjwk@163.com"])
    login: str = Field(min_length=1, max_length=254, examples=["ustbjwk@163.com"])
    password: SecretStr | None = Field(
        default=None, max_length=200, description="or 授权码; null keeps the one that is stored"
    )
    imap_host: Host = Field(min_length=1, examples=["imap.163.com"])
    imap_port: int = Field(ge=1, le=65535, examples=[993])
    imap_tls: Tls
    folder: str = Field(default="INBOX", min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")
    smtp_host: Host = Field(default="", description="empty = answers are drafts only", examples=["smtp.163.com"])
    smtp_port: int = Field(default=465, ge=1, le=65535)
    smtp_tls: Tls = Tls.implicit
    reading: bool = Field(description="look every two minutes")
    sending: bool = Field(description="answers go out by themselves; false = they stay drafts")
    plain_is_meant: bool = Field(default=False, description="a connection without encryption is meant")


@router.put(
    "/campaigns/{campaign_id}/mailbox",
    operation_id="setMailbox",
    responses=refuses(
        NotSignedIn, NotAllowed, NotFound, PasswordNeeded, PlainPassword, OddMailServer, MailboxReadElsewhere
    ),
)
async def set_mailbox(campaign_id: UUID, body: MailboxIn, db: Db, actor: SignedIn) -> MailboxOut:
    """Set or change it. Another server or account needs the password again. Nothing on the mail server is changed."""
    require(actor, Act.run_mailroom, Owner(campaign_id))
    values: dict[str, Any] = body.model_dump(exclude={"password"})
    password = body.password.get_secret_value() if body.password else None
    box = await mailbox_service.set_mailbox(db, campaign_id, actor.id, password=password, **values)
    facts = dict(imap_host=box.imap_host, smtp_host=box.smtp_host, reading=box.reading, sending=box.sending)
    await audit(db, actor, "set_mailbox", campaign_id, ("campaign", campaign_id), password=bool(password), **facts)
    return mailbox_out(box)


class TrialOut(BaseModel):
    works: bool
    code: str = Field(description="login, folder, certificate, tls, refused, timeout, …; empty = it works")
    zh: str = Field(description="what happened, and where to look")


class TrialsOut(BaseModel):
    reading: TrialOut
    sending: TrialOut | None = Field(description="null = no server for sending is set")


@router.post(
    "/campaigns/{campaign_id}/mailbox/test",
    operation_id="testMailbox",
    responses=refuses(NotSignedIn, NotAllowed, NotFound, NoMailbox),
)
async def test_mailbox(campaign_id: UUID, actor: SignedInBriefly) -> TrialsOut:
    """Sign in to both servers with what is stored. Reads and sends no mail."""
    require(actor, Act.run_mailroom, Owner(campaign_id))
    reading, sending = await mailbox_service.try_mailbox(campaign_id)
    return TrialsOut(
        reading=TrialOut(**reading._asdict()), sending=TrialOut(**sending._asdict()) if sending is not None else None
    )


class LookAsked(BaseModel):
    asked_at: datetime


@router.post(
    "/campaigns/{campaign_id}/mailbox/look",
    operation_id="lookIntoMailbox",
    status_code=202,
    responses=refuses(NotSignedIn, NotAllowed, NotFound, NoMailbox),
)
async def look_into_mailbox(campaign_id: UUID, db: Db, actor: SignedIn) -> LookAsked:
    """Have it read now, also while it rests after a fault. It is done when the mailbox's `read_at` is later."""
    require(actor, Act.run_mailroom, Owner(campaign_id))
    asked_at = now()
    await jobs.look_now(db, campaign_id)
    await audit(db, actor, "look_into_mailbox", campaign_id, ("campaign", campaign_id))
    return LookAsked(asked_at=asked_at)
