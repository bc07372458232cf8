"""The mailbox: where it lies, who signs in, whether it is read and answered. Its password never comes out again."""

import asyncio
from datetime import timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from gradphoto.core.db import now, sessions
from gradphoto.core.errors import Refusal
from gradphoto.core.events import announce
from gradphoto.core.security import decrypt, encrypt
from gradphoto.mailroom.imap import ImapSession
from gradphoto.mailroom.models import Mailbox, Tls
from gradphoto.mailroom.smtp import SmtpSession
from gradphoto.mailroom.target import IMAP_PORTS, SMTP_PORTS, MailServerFault, Server, check_port, check_target
from gradphoto.roster.models import Campaign
from gradphoto.roster.service import the_campaign

FIRST_WAIT = timedelta(minutes=2)
LONGEST_WAIT = timedelta(hours=1)  # a wrong password tried every two minutes locks the account


class NoMailbox(Refusal):
    """还没有设置收照片的邮箱。请先填写邮箱和服务器。"""

    status = 404


class PasswordNeeded(Refusal):
    """第一次设置，或改了服务器、账号时，请再填一次密码或授权码。"""

    status = 422


class PlainPassword(Refusal):
    """不加密的连接会让密码在网络上明文传输。请选 SSL/TLS 或 STARTTLS；确实只能这样时，请勾选“我知道风险”。"""

    status = 422


class MailboxReadElsewhere(Refusal):
    """另一个批次正在读这个邮箱的同一个文件夹，学生会收到两封说法不同的回信。请先在那个批次里关掉“自动收信”，或换一个文件夹。"""


class OddMailServer(Refusal):
    """这个地址或端口不能用作邮件服务器，请核对。"""

    status = 422


class Trial(NamedTuple):
    """`zh` says what happened in words, whether it worked or not."""

    works: bool
    code: str
    zh: str


async def mailbox_if_any(db: AsyncSession, campaign_id: UUID) -> Mailbox | None:
    await the_campaign(db, campaign_id)
    return await db.get(Mailbox, campaign_id)


async def the_mailbox(db: AsyncSession, campaign_id: UUID) -> Mailbox:
    box = await mailbox_if_any(db, campaign_id)
    if box is None:
        raise NoMailbox()
    return box


async def set_mailbox(
    db: AsyncSession, campaign_id: UUID, by: UUID, *, password: str | None, plain_is_meant: bool, **values: Any
) -> Mailbox:
    """Another folder is read from its beginning; what is on record already is recognised."""
    await the_campaign(db, campaign_id)
    _check_ports(values)
    if not plain_is_meant and Tls.none in (values["imap_tls"], values["smtp_tls"] if values["smtp_host"] else None):
        raise PlainPassword()
    if values["reading"]:
        await _read_by_us_alone(db, campaign_id, values)
    before = await db.scalar(select(Mailbox).where(Mailbox.campaign_id == campaign_id).with_for_update())
    moved = before is None or any(getattr(before, name) != values[name] for name in ("imap_host", "login", "folder"))
    led = before is None or any(getattr(before, name) != values[name] for name in ("imap_host", "smtp_host", "login"))
    if led and not password:  # the stored one is not shown to another server
        raise PasswordNeeded()
    if password:
        values["password_sealed"] = encrypt(password, _purpose(campaign_id))
    if moved:
        values |= dict(uid_validity=None, last_uid=0)
    values |= dict(fault="", failures=0, due_at=None, sending_fault="", sending_failures=0, sending_due_at=None)
    values |= dict(changed_at=now(), changed_by=by)
    sealed = values.get("password_sealed") or (before.password_sealed if before else b"")
    row = insert(Mailbox).values(campaign_id=campaign_id, **(values | dict(password_sealed=sealed)))
    kept = row.on_conflict_do_update(index_elements=["campaign_id"], set_=values).returning(Mailbox)
    box = await db.scalar(kept.execution_options(populate_existing=True))
    assert box is not None
    await announce(db, campaign_id, "mailbox.changed", reading=box.reading, sending=box.sending)
    return box


async def _read_by_us_alone(db: AsyncSession, campaign_id: UUID, values: dict[str, Any]) -> None:
    """What one campaign takes, the roster of another does not know."""
    same = (
        func.lower(Mailbox.imap_host) == values["imap_host"].lower(),
        Mailbox.imap_port == values["imap_port"],
        func.lower(Mailbox.login) == values["login"].lower(),
        Mailbox.folder == values["folder"],
    )
    others = select(Campaign.name).join(Mailbox, Mailbox.campaign_id == Campaign.id)
    other = await db.scalar(others.where(Campaign.id != campaign_id, Mailbox.reading, *same).limit(1))
    if other is not None:
        raise MailboxReadElsewhere(campaign=other)


def _check_ports(values: dict[str, Any]) -> None:
    """Names are resolved when they are used: that blocks, and what a name means may change."""
    for port, ports in ((values["imap_port"], IMAP_PORTS), (values["smtp_port"], SMTP_PORTS)):
        try:
            check_port(port, ports)
        except MailServerFault as fault:
            raise OddMailServer(f"{fault.zh}。") from None


def imap_server(box: Mailbox) -> Server:
    return Server(box.imap_host, box.imap_port, Tls(box.imap_tls), box.login, _password(box))


def smtp_server(box: Mailbox) -> Server:
    return Server(box.smtp_host, box.smtp_port, Tls(box.smtp_tls), box.login, _password(box))


def back_off(failures: int) -> timedelta:
    """2, 4, 8, … minutes, at most an hour."""
    return min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(max(failures, 1) - 1, 10))


def _password(box: Mailbox) -> str:
    try:
        return decrypt(box.password_sealed, _purpose(box.campaign_id)).decode()
    except ValueError:
        raise MailServerFault("password_lost", "存着的邮箱密码打不开（密钥换过），请在邮箱设置里重新填写") from None


def _purpose(campaign_id: UUID) -> str:
    return f"mailbox.password:{campaign_id}"


# --- trying it -------------------------------------------------------------------------------------------------------


async def try_mailbox(campaign_id: UUID) -> tuple[Trial, Trial | None]:
    """Signs in and looks, reads and sends nothing. None where no server for sending is set."""
    async with sessions() as db:
        box = await the_mailbox(db, campaign_id)
    reading = await _try_imap(box)
    return reading, await _try_smtp(box) if box.smtp_host else None


async def _try_imap(box: Mailbox) -> Trial:
    try:
        session = ImapSession(imap_server(box), box.folder)
        try:
            await asyncio.to_thread(session.open)
            mails = len(await asyncio.to_thread(session.uids_after, 0))
        finally:
            await asyncio.to_thread(session.close)
    except MailServerFault as fault:
        return Trial(False, fault.code, f"{fault.zh}。")
    return Trial(True, "", f"收信正常：文件夹“{box.folder}”里有 {mails} 封邮件。")


async def _try_smtp(box: Mailbox) -> Trial:
    try:
        server = smtp_server(box)
        await asyncio.to_thread(check_target, server.host, server.port, SMTP_PORTS)
        async with SmtpSession(server, box.address):
            pass
    except MailServerFault as fault:
        return Trial(False, fault.code, f"{fault.zh}。")
    return Trial(True, "", "发信正常：服务器接受了账号。没有发出任何邮件。")
