"""Sending one answer at a time by SMTP, and saying for certain whether it left: yes, no, or nobody can know."""

import re
import ssl
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime
from enum import StrEnum
from types import TracebackType
from typing import NamedTuple, Self

import aiosmtplib
from aiosmtplib import errors

from gradphoto.core.db import now
from gradphoto.mailroom.models import MailAnswer, Tls
from gradphoto.mailroom.target import MailServerFault, Server, network_fault

SECONDS = 30
# The library would decode such a word, and what comes out of it, line ends too, would stand in our header.
_ENCODED = re.compile(r"=(?=\?)")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


class Fate(StrEnum):
    """`later`: surely not sent, try again. `never`: surely not sent, and no use trying. `doubtful`: the connection
    ended after the text had gone and before the server had said yes."""

    sent = "sent"
    later = "later"
    never = "never"
    doubtful = "doubtful"


class Try(NamedTuple):
    fate: Fate
    zh: str


class SmtpSession:
    """`async with` connects and signs in, or raises MailServerFault."""

    def __init__(self, server: Server, sender: str) -> None:
        self._server, self._sender = server, sender
        self._client = aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            timeout=SECONDS,
            use_tls=server.tls == Tls.implicit,
            start_tls=server.tls == Tls.starttls,
            tls_context=ssl.create_default_context() if server.tls != Tls.none else None,
            local_hostname="localhost",
        )

    async def __aenter__(self) -> Self:
        try:
            await self._client.connect()
            await self._client.ehlo()
            if self._server.login and self._client.supports_extension("auth"):
                await self._client.login(self._server.login, self._server.password)
        except errors.SMTPAuthenticationError:
            self._client.close()
            raise MailServerFault("login", "发信服务器不接受账号或授权码，请核对；163、QQ 邮箱要用授权码") from None
        except errors.SMTPResponseException:
            self._client.close()
            raise MailServerFault("refused", "发信服务器拒绝了连接，稍后会自动再试") from None
        except (errors.SMTPException, OSError, ssl.SSLError, ValueError) as error:
            self._client.close()
            raise network_fault(error.__cause__ or error, self._server) from error
        return self

    async def __aexit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        try:
            await self._client.quit(timeout=5)
        except (errors.SMTPException, OSError):
            self._client.close()

    @property
    def is_connected(self) -> bool:
        return self._client.is_connected

    async def send(self, letter: bytes, to: str) -> Try:
        try:
            await self._client.mail(self._sender)
            await self._client.rcpt(to)
        except errors.SMTPResponseException as error:
            await self._forget()
            fate = Fate.never if 500 <= error.code < 600 else Fate.later
            return Try(fate, f"收信方拒收（{error.code}）")
        except (errors.SMTPException, OSError):
            return Try(Fate.later, "与发信服务器的连接中断")
        try:
            await self._client.data(letter)
        except errors.SMTPResponseException as error:
            await self._forget()
            # 503 and 554 before the text are as certain as after it: the server spoke, and it was no yes.
            return Try(Fate.never if 500 <= error.code < 600 else Fate.later, f"发信服务器拒绝（{error.code}）")
        except (errors.SMTPException, OSError):
            return Try(Fate.doubtful, "发送途中连接中断，不能确定是否已送出")
        return Try(Fate.sent, "")

    async def _forget(self) -> None:
        try:
            await self._client.rset()
        except (errors.SMTPException, OSError):
            self._client.close()


def letter_of(answer: MailAnswer, sender: str, refers_to: str) -> bytes:
    """Marked as automatic (RFC 3834), so that no other program answers it."""
    message = EmailMessage(policy=SMTP_POLICY)
    message["From"] = sender
    message["To"] = _harmless(answer.to)
    message["Subject"] = _harmless(" ".join(answer.subject.split()))
    message["Date"] = format_datetime(now())
    message["Message-ID"] = answer.message_id
    message["Auto-Submitted"] = "auto-replied"
    message["X-Auto-Response-Suppress"] = "All"
    if refers_to and refers_to == _harmless(refers_to):
        message["In-Reply-To"] = refers_to
        message["References"] = refers_to
    message.set_content(answer.body, charset="utf-8", cte="base64")
    return message.as_bytes(policy=SMTP_POLICY)


def _harmless(said: str) -> str:
    """What a stranger wrote, as the words of a header and nothing more."""
    return _ENCODED.sub("= ", _CONTROL.sub("", said))
