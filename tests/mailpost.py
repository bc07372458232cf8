"""A post office for tests: a real IMAP server, real SMTP servers that can misbehave, and mails of every manner."""

import asyncio
import contextlib
import imaplib
import os
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

import make
from gradphoto.core.db import now

ADDRESS, PASSWORD = "photos@school.test", "right-Code-1"
START_SECONDS = 30


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


# --- IMAP ------------------------------------------------------------------------------------------------------------


class Imap:
    """pymap with its mails in memory. `client` is signed in and changes what lies there; the product only looks."""

    def __init__(self, port: int, process: subprocess.Popen[bytes]) -> None:
        self.port, self.process = port, process

    @contextmanager
    def client(self) -> Iterator[imaplib.IMAP4]:
        client = imaplib.IMAP4("127.0.0.1", self.port, 20)
        client.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        client.login(ADDRESS, PASSWORD)
        try:
            yield client
        finally:
            with contextlib.suppress(OSError, imaplib.IMAP4.error):
                client.logout()

    def put(self, *mails: bytes, folder: str = "INBOX") -> None:
        with self.client() as client:
            for mail in mails:
                assert client.append(folder, None, None, mail)[0] == "OK"

    def flags(self, folder: str = "INBOX") -> list[bytes]:
        """What is on the server, to show that looking changed nothing."""
        with self.client() as client:
            client.select(folder, readonly=True)
            return [part for part in client.fetch("1:*", "(UID FLAGS)")[1] if isinstance(part, bytes)]

    def make_folder(self, name: str) -> None:
        with self.client() as client:
            assert client.create(name)[0] == "OK"

    def drop_folder(self, name: str) -> None:
        with self.client() as client:
            assert client.delete(name)[0] == "OK"

    def stop(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)


@contextmanager
def imap_server(certificate: tuple[Path, Path] | None = None) -> Iterator[Imap]:
    port = free_port()
    tls = ["--cert", str(certificate[0]), "--key", str(certificate[1])] if certificate else ["--no-tls"]
    command = [str(Path(sys.executable).with_name("pymap")), "--host", "127.0.0.1", "--port", str(port), *tls]
    command += ["dict", "--demo-user", ADDRESS, "--demo-password", PASSWORD]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=dict(os.environ))
    try:
        _wait_for(port, process)
        yield Imap(port, process)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise AssertionError("the IMAP server did not start")


class Netease:
    """An IMAP server in the manner of 163.com: without `ID` beforehand it lets nobody look into a folder."""

    def __init__(self, *, trusting: bool) -> None:
        self.trusting, self.said = trusting, list[str]()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._listener.close()
        self._thread.join(5)

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            client, _ = self._listener.accept()
            with client, client.makefile("rwb") as line:
                line.write(b"* OK Coremail ready\r\n")
                line.flush()
                while said := line.readline():
                    tag, _, command = said.decode().strip().partition(" ")
                    self.said.append(command)
                    line.write(self._answer(command).replace("TAG", tag).encode())
                    line.flush()

    def _answer(self, command: str) -> str:
        word = command.split()[0].upper()
        known = any(one.upper().startswith("ID ") for one in self.said)
        if word in ("EXAMINE", "SELECT"):
            if not (known and self.trusting):
                return f"TAG NO {word} Unsafe Login. Please contact kefu@188.com for help\r\n"
            return "* 0 EXISTS\r\n* 0 RECENT\r\n* OK [UIDVALIDITY 7] ok\r\nTAG OK [READ-ONLY] done\r\n"
        return {
            "CAPABILITY": "* CAPABILITY IMAP4rev1 ID\r\nTAG OK done\r\n",
            "UID": "* SEARCH\r\nTAG OK done\r\n",
            "LOGOUT": "* BYE\r\nTAG OK done\r\n",
        }.get(word, "TAG OK done\r\n")


# --- SMTP ------------------------------------------------------------------------------------------------------------


class Letterbox:
    """What arrived. `manner` decides what becomes of a letter: "take", "die_after_data", or an answer like "550 no"."""

    def __init__(self) -> None:
        self.letters: list[Envelope] = []
        self.manner: Callable[[Envelope], str] | str = "take"
        self.tries = 0

    def __call__(self, envelope: Envelope) -> str:
        return self.manner(envelope) if callable(self.manner) else self.manner

    async def handle_RCPT(self, _: SMTP, __: Session, envelope: Envelope, address: str, ___: list[str]) -> str:
        envelope.rcpt_tos.append(address)
        manner = self(envelope)
        return manner.removeprefix("rcpt ") if manner.startswith("rcpt ") else "250 OK"

    async def handle_DATA(self, server: SMTP, _: Session, envelope: Envelope) -> str:
        self.tries += 1
        manner = self(envelope)
        if manner == "die_after_data":
            self.letters.append(envelope)  # it did arrive: only nobody is told
            assert server.transport is not None
            server.transport.abort()
            await asyncio.sleep(0.05)
            return "421 gone"
        if manner != "take":
            return manner
        self.letters.append(envelope)
        return "250 OK"


def _right(_: SMTP, __: Session, ___: Envelope, mechanism: str, data: Any) -> AuthResult:
    good = isinstance(data, LoginPassword) and (data.login, data.password) == (ADDRESS.encode(), PASSWORD.encode())
    return AuthResult(success=good, handled=False)


@contextmanager
def smtp_server(certificate: tuple[Path, Path] | None = None) -> Iterator[tuple[Letterbox, int]]:
    """With a certificate it is TLS from the first byte."""
    context = None
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
    letterbox = Letterbox()
    port = free_port()
    controller = Controller(
        letterbox,
        hostname="127.0.0.1",
        port=port,
        authenticator=_right,
        auth_required=True,
        auth_require_tls=False,
        ssl_context=context,
    )
    controller.start()
    try:
        yield letterbox, port
    finally:
        controller.stop()


def certificate(folder: Path) -> tuple[Path, Path]:
    """Self-signed, for 127.0.0.1."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    built = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    built = built.serial_number(1).not_valid_before(now() - timedelta(1)).not_valid_after(now() + timedelta(1))
    here = x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))])
    signed = built.add_extension(here, critical=False).sign(key, hashes.SHA256())
    (folder / "cert.pem").write_bytes(signed.public_bytes(Encoding.PEM))
    (folder / "key.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return folder / "cert.pem", folder / "key.pem"


# --- mails -----------------------------------------------------------------------------------------------------------


def settings(imap: int, smtp: int | None = None, **more: Any) -> dict[str, Any]:
    """The body of `setMailbox`."""
    body = dict(address=ADDRESS, login=ADDRESS, password=PASSWORD, imap_host="127.0.0.1", imap_port=imap)
    body |= dict(imap_tls="none", smtp_host="127.0.0.1" if smtp else "", smtp_port=smtp or 465, smtp_tls="none")
    return body | dict(reading=True, sending=False, plain_is_meant=True) | more


def subject(seq: int, name: str | None = None) -> str:
    row = make.roster_rows()[seq - 1]
    return f"毕业生照片-{row.class_group}-{name or row.name}-{row.number}"


def mail(
    subject: str | None,
    *files: tuple[str, bytes],
    sender: str = "somebody@student.test",
    message_id: str | None = None,
    text: str = "老师好，照片在附件里。",
    html: str | None = None,
    **headers: str,
) -> bytes:
    message = EmailMessage()
    message["From"] = sender
    message["To"] = ADDRESS
    if subject is not None:
        message["Subject"] = subject
    message["Date"] = format_datetime(make.MORNING)
    if message_id is not None:
        message["Message-ID"] = message_id
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    if html is not None:
        message.add_alternative(html, subtype="html")
    for name, data in files:
        kind = ("image", "jpeg") if name.lower().endswith((".jpg", ".jpeg")) else ("application", "octet-stream")
        message.add_attachment(data, maintype=kind[0], subtype=kind[1], filename=name)
    return message.as_bytes()
