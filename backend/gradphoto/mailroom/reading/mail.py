"""Raw bytes of a mail to what it says: who, about what, with which files. Never an error, always within limits."""

import email.utils
import hashlib
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import policy
from email.message import Message
from email.parser import BytesParser

from gradphoto.mailroom.reading.automatic import automatic
from gradphoto.mailroom.reading.links import cloud_links
from gradphoto.mailroom.reading.parts import MOST_BOUNDARIES, MailPart, parts_of
from gradphoto.mailroom.reading.words import header_text

LARGEST = 25 * 1024 * 1024  # of the whole mail; what agencies deliver has some hundred KB
_ADDRESS = re.compile(r"[^\s<>@,;:?\"'()\[\]\\\x00-\x1f\x7f]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?")
_ID = re.compile(r"<[^<>\s]{1,250}>")


@dataclass(frozen=True, slots=True)
class ReadMail:
    """`subjects`: its own, then those of mails forwarded inside. `cut`: not all of its parts were looked at. `broken`:
    it could not be taken apart."""

    sender: str = ""
    subjects: tuple[str, ...] = ("",)
    message_id: str = ""
    sent_at: datetime | None = None
    automatic: str = ""
    parts: tuple[MailPart, ...] = field(default=())
    clouds: tuple[str, ...] = ()
    cut: bool = False
    broken: bool = False

    @property
    def subject(self) -> str:
        return self.subjects[0]


def read_mail(raw: bytes) -> ReadMail:
    """Bounded: LARGEST bytes, the parts' own limits. What cannot be parsed at all comes back `broken`."""
    if raw.count(b"\n--") > MOST_BOUNDARIES:
        return _headers_only(raw)
    try:
        message = BytesParser(policy=policy.compat32).parsebytes(raw[:LARGEST])
        return _read(message)
    except (RecursionError, ValueError, LookupError, TypeError, AttributeError, AssertionError, IndexError):
        return _headers_only(raw)


def read_headers(raw: bytes) -> ReadMail:
    """Of a mail that is not downloaded."""
    return _headers_only(raw)


def mail_key(raw: bytes) -> str:
    """The same for every copy of a mail: its Message-ID with sender and date; the whole where there is none. A second
    mail under a borrowed Message-ID has another date or sender and is not taken for the first."""
    return key_of_headers(raw) or hashlib.sha256(raw).hexdigest()


def key_of_headers(raw: bytes) -> str | None:
    """From the header lines alone; None without a Message-ID."""
    headers = _headers(BytesParser(policy=policy.compat32).parsebytes(header_lines(raw), headersonly=True))
    message_id = "".join(headers.get("message-id", "").split())
    if not message_id:
        return None
    parts = (message_id, " ".join(headers.get("from", "").split()), " ".join(headers.get("date", "").split()))
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogateescape")).hexdigest()


def _read(message: Message) -> ReadMail:
    headers = _headers(message)
    sender = _sender(headers.get("from", ""))
    subject = header_text(headers.get("subject", ""))
    found = parts_of(message)
    return ReadMail(
        sender=sender,
        subjects=(subject, *found.subjects),
        message_id=_first_id(headers.get("message-id", "")),
        sent_at=_date(headers.get("date", "")),
        automatic=automatic(headers, sender, subject, message.get_content_type()),
        parts=found.parts,
        clouds=tuple(cloud_links(found.words)),
        cut=found.cut,
    )


def _headers_only(raw: bytes) -> ReadMail:
    headers = _headers(BytesParser(policy=policy.compat32).parsebytes(header_lines(raw), headersonly=True))
    sender, subject = _sender(headers.get("from", "")), header_text(headers.get("subject", ""))
    return ReadMail(
        sender=sender,
        subjects=(subject,),
        message_id=_first_id(headers.get("message-id", "")),
        sent_at=_date(headers.get("date", "")),
        automatic=automatic(headers, sender, subject, ""),
        broken=True,
    )


def header_lines(raw: bytes) -> bytes:
    """Everything before the first empty line."""
    return re.split(rb"\r?\n\r?\n", raw[:200_000], maxsplit=1)[0] + b"\r\n\r\n"


def _headers(message: Message) -> dict[str, str]:
    """Names in lower case, the first of each, raw."""
    found: dict[str, str] = {}
    for name, value in list(message.raw_items())[:300]:
        found.setdefault(str(name).lower(), str(value))
    return found


def _sender(raw: str) -> str:
    """The address alone; a display name may be anything, even another address."""
    text = header_text(raw)
    bracketed = re.findall(r"<([^<>]*)>", text)
    for candidate in (*reversed(bracketed), text):
        address = _ADDRESS.search(candidate)
        if address and len(address[0]) <= 254 and address[0].isascii():
            return address[0].lower()
    return ""


def _first_id(raw: str) -> str:
    found = _ID.search(" ".join(raw.split()))
    return found[0] if found and found[0].isascii() and found[0].isprintable() else ""


def _date(raw: str) -> datetime | None:
    try:
        at = email.utils.parsedate_to_datetime(raw.strip())
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    try:
        at = at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
    return at if 1990 <= at.year <= 2200 else None
