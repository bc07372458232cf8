"""Reading a mailbox by IMAP, a few mails at a time. Opened read-only: nothing on the server is changed or deleted.

imap-tools blocks: every method runs in a thread.
"""

import imaplib
import re
import socket
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Any, NamedTuple

from imap_tools import BaseMailBox, MailBox, MailBoxStartTls, MailBoxUnencrypted
from imap_tools.errors import MailboxFolderSelectError, MailboxLoginError

from gradphoto.mailroom.models import Tls
from gradphoto.mailroom.target import IMAP_PORTS, MailServerFault, Server, check_target, network_fault

SECONDS = 30
# 163.com answers SELECT with "Unsafe Login" until it was told who is there (RFC 2971).
imaplib.Commands.setdefault("ID", ("NONAUTH", "AUTH", "SELECTED"))
_ID = '("name" "gradphoto" "version" "1.0" "vendor" "gradphoto")'
_UID = re.compile(rb"\bUID (\d+)")
_SIZE = re.compile(rb"\bRFC822\.SIZE (\d+)")
_DATE = re.compile(rb'\bINTERNALDATE "([^"]{1,40})"')
_HEADERS = "BODY.PEEK[HEADER.FIELDS (MESSAGE-ID FROM DATE)]"


class Listed(NamedTuple):
    """A mail that lies there. `headers` holds the lines that name it."""

    uid: int
    size: int
    received_at: datetime
    headers: bytes


class ImapSession:
    """One look into one folder. `uid_validity` is known after `open`."""

    def __init__(self, server: Server, folder: str) -> None:
        self._server, self._folder = server, folder
        self._box: BaseMailBox | None = None
        self.uid_validity = 0

    def open(self) -> None:
        check_target(self._server.host, self._server.port, IMAP_PORTS)
        with self._telling():
            self._box = _connect(self._server)
        self._log_in(self._box)
        self._select(self._box)

    def uids_after(self, uid: int) -> list[int]:
        """In order; also those that came while we read."""
        data = self._ask("SEARCH", f"UID {uid + 1}:*")
        found = {int(one) for part in data if isinstance(part, bytes) for one in part.split() if one.isdigit()}
        return sorted(one for one in found if one > uid)  # `n:*` names the last mail even when it is before n

    def listed(self, uids: Sequence[int]) -> list[Listed]:
        wanted = f"(UID RFC822.SIZE INTERNALDATE {_HEADERS})"
        found = [_listed(meta, body) for meta, body in _answers(self._ask("FETCH", _set(uids), wanted))]
        return sorted((one for one in found if one is not None and one.uid in set(uids)), key=lambda one: one.uid)

    def bodies(self, uids: Sequence[int]) -> dict[int, bytes]:
        """Of those that are still there."""
        return self._parts(uids, "BODY.PEEK[]")

    def headers(self, uids: Sequence[int]) -> dict[int, bytes]:
        """Of mails that are too large to download."""
        return self._parts(uids, "BODY.PEEK[HEADER]")

    def close(self) -> None:
        """Also from another thread, to end a call that hangs."""
        box, self._box = self._box, None
        if box is None:
            return
        with suppress(OSError, imaplib.IMAP4.error, AttributeError, ValueError):
            box.client.sock.settimeout(5)
            box.logout()
        with suppress(OSError, imaplib.IMAP4.error, AttributeError, ValueError):
            box.client.shutdown()

    def cut(self) -> None:
        """The connection, at once: whoever waits on it gets an error."""
        with suppress(OSError, AttributeError):
            assert self._box is not None
            self._box.client.sock.shutdown(socket.SHUT_RDWR)

    # --- talking -----------------------------------------------------------------------------------------------------

    def _log_in(self, box: BaseMailBox) -> None:
        login, password = self._server.login, self._server.password
        with self._telling():
            try:
                if login.isascii() and password.isascii():
                    box.login(login, password, initial_folder=None)
                else:
                    box.login_utf8(login, password, initial_folder=None)
            except (MailboxLoginError, imaplib.IMAP4.error) as error:
                if isinstance(error, imaplib.IMAP4.abort):
                    raise
                sentence = "邮箱账号或授权码不对。163、QQ 邮箱要填“授权码”而不是登录密码，并在网页邮箱里开启 IMAP"
                raise MailServerFault("login", sentence) from None
            with suppress(imaplib.IMAP4.error):  # a server that does not know ID says so, and that is all
                box.client._simple_command("ID", _ID)

    def _select(self, box: BaseMailBox) -> None:
        with self._telling():
            try:
                box.folder.set(self._folder, readonly=True)
            except MailboxFolderSelectError as error:
                if "unsafe" in str(error).lower():
                    sentence = "邮箱拒绝了登录（Unsafe Login）。请在网页邮箱里开启 IMAP，用授权码登录，或联系邮箱客服"
                    raise MailServerFault("unsafe_login", sentence) from None
                raise MailServerFault("folder", f"邮箱里没有文件夹“{self._folder}”，请检查名称") from None
            said = box.client.response("UIDVALIDITY")[1]
            value = said[0] if said and isinstance(said[0], bytes) else b"0"
            self.uid_validity = int(value) if value.isdigit() else 0

    def _ask(self, command: str, *arguments: str) -> list[Any]:
        with self._telling():
            if self._box is None:
                raise ConnectionError
            status, data = self._box.client.uid(command, *arguments)
            if status != "OK":
                raise MailServerFault("fetch", "邮件服务器没有给出邮件，稍后会自动再试")
            return list(data or [])

    def _parts(self, uids: Sequence[int], what: str) -> dict[int, bytes]:
        found = {}
        for meta, body in _answers(self._ask("FETCH", _set(uids), f"(UID {what})")):
            uid = _UID.search(meta)
            if uid and int(uid[1]) in set(uids):
                found[int(uid[1])] = body
        return found

    @contextmanager
    def _telling(self) -> Iterator[None]:
        try:
            yield
        except (OSError, imaplib.IMAP4.error, EOFError) as error:
            raise network_fault(error, self._server) from error


def _connect(server: Server) -> BaseMailBox:
    context = ssl.create_default_context()
    if server.tls == Tls.implicit:
        return MailBox(server.host, server.port, timeout=SECONDS, ssl_context=context)
    if server.tls == Tls.starttls:
        return MailBoxStartTls(server.host, server.port, timeout=SECONDS, ssl_context=context)
    return MailBoxUnencrypted(server.host, server.port, timeout=SECONDS)


def _set(uids: Sequence[int]) -> str:
    return ",".join(map(str, uids))


def _answers(data: list[Any]) -> Iterator[tuple[bytes, bytes]]:
    """(what was said around a literal, the literal): UID may stand before or behind it."""
    for at, item in enumerate(data):
        if isinstance(item, tuple):
            behind = data[at + 1] if at + 1 < len(data) and isinstance(data[at + 1], bytes) else b""
            yield item[0] + b" " + behind, item[1]


def _listed(meta: bytes, headers: bytes) -> Listed | None:
    uid, size, date = _UID.search(meta), _SIZE.search(meta), _DATE.search(meta)
    if uid is None:
        return None
    return Listed(int(uid[1]), int(size[1]) if size else 0, _instant(date[1] if date else b""), headers)


def _instant(date: bytes) -> datetime:
    """When the server had it; where it does not say, now."""
    try:
        return datetime.strptime(date.decode("ascii").strip(), "%d-%b-%Y %H:%M:%S %z").astimezone(UTC)
    except ValueError:
        return datetime.now(UTC)
