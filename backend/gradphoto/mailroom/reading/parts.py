"""A mail's parts, told apart: photos attached, pictures within the text, signatures, archives, mails within it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from email import policy
from email.message import Message
from email.parser import BytesParser
from enum import StrEnum
from itertools import islice
from urllib.parse import unquote

from gradphoto.mailroom.reading.content import PACKED, PICTURES, kind_of
from gradphoto.mailroom.reading.unzip import LIMITS, unzip
from gradphoto.mailroom.reading.words import header_text, to_text

MOST_PARTS = 200
MOST_BOUNDARIES = 20_000  # lines that may begin a part: a mail of millions would keep the parser busy for a minute
MOST_FILES = 60
MOST_WORDS = 100_000
MOST_WITHIN = 4  # mails forwarded in mails: the monitor to the counsellor, the counsellor to the office
SMALL_PICTURE = 8 * 1024
_LOGO = re.compile(
    r"^(?:image\d{3}|logo|signature|sign|icon|banner|outlook-\w+|att\d{5}|qrcode|二维码|签名)", re.IGNORECASE
)
_CID = re.compile(r"cid:([^\"'\s>)]{1,250})", re.IGNORECASE)


class PartKind(StrEnum):
    """What a part is to us. `refused_file`: something we do not open, with its `code`."""

    attachment = "attachment"
    zip_entry = "zip_entry"
    inline = "inline"
    signature_image = "signature_image"
    cloud_link = "cloud_link"
    other = "other"


@dataclass(frozen=True, slots=True)
class MailPart:
    """`content` is what it is by its bytes; `code` why it cannot be used, empty for a picture that may be the photo."""

    kind: PartKind
    name: str
    content: str
    size: int
    data: bytes
    code: str = ""

    def __repr__(self) -> str:  # names of files are ID numbers
        return f"MailPart({self.kind}, {self.content}, {self.size}, {self.code!r})"

    @property
    def usable(self) -> bool:
        return not self.code and self.content in PICTURES


@dataclass(frozen=True, slots=True)
class Parts:
    """`cut`: there are more than were looked at."""

    parts: tuple[MailPart, ...]
    subjects: tuple[str, ...]
    words: str
    cut: bool


def parts_of(message: Message) -> Parts:
    """Files in the order of the mail; mails forwarded inside are opened, MOST_WITHIN deep."""
    leaves = list(islice(_leaves(message, 0), MOST_PARTS))
    cut = len(leaves) == MOST_PARTS
    words = "\n".join(_words(part) for part, _ in leaves if _is_text(part))[:MOST_WORDS]
    shown = {unquote(name).strip("<>").lower() for name in _CID.findall(words)}
    subjects = tuple(header_text(_raw(part, "subject")) for part, inner in leaves if inner)
    files: list[MailPart] = []
    for part, inner in leaves:
        if not inner and not _is_text(part):
            if len(files) >= MOST_FILES:
                cut = True
                break
            unpacked = sum(len(file.data) for file in files if file.kind == PartKind.zip_entry)
            files += _files(part, shown, LIMITS.total_bytes - unpacked)
    return Parts(tuple(files[:MOST_FILES]), subjects, words, cut or len(files) > MOST_FILES)


def _leaves(message: Message, depth: int) -> Iterator[tuple[Message, bool]]:
    """(part, is it a mail forwarded inside); that one comes before its own parts."""
    content = message.get_payload()
    inner = _forwarded(message)
    if inner is not None and depth < MOST_WITHIN:
        yield inner, True
        yield from _leaves(inner, depth + 1)
    elif inner is not None:
        yield message, False
    elif isinstance(content, list):
        for part in content:
            if isinstance(part, Message):
                yield from _leaves(part, depth)
    else:
        yield message, False


def _forwarded(part: Message) -> Message | None:
    """The mail that this part is: as it should be, coded in Base64 all the same, or as a file of any type."""
    content = part.get_payload()
    if part.get_content_type() == "message/rfc822" and isinstance(content, list):
        inner = content[0] if content and isinstance(content[0], Message) else Message()
        coding = str(part.get("content-transfer-encoding") or "").strip().lower()
        if coding not in ("base64", "quoted-printable") or inner.keys():
            return inner
        coded = Message()
        coded["Content-Transfer-Encoding"] = coding
        coded.set_payload(inner.get_payload())
        return _parsed(_bytes(coded))
    return _parsed(_bytes(part)) if isinstance(content, str) and _name(part).lower().endswith(".eml") else None


def _parsed(data: bytes) -> Message | None:
    return BytesParser(policy=policy.compat32).parsebytes(data) if data.count(b"\n--") <= MOST_BOUNDARIES else None


def _is_text(part: Message) -> bool:
    return part.get_content_maintype() == "text" and not _name(part) and _disposition(part) != "attachment"


def _words(part: Message) -> str:
    data = _bytes(part)[:MOST_WORDS]
    try:
        charset = part.get_content_charset()
    except (LookupError, ValueError, UnicodeError):
        charset = None
    return to_text(data, charset)


def _files(part: Message, shown: set[str], room: int) -> list[MailPart]:
    """`room`: how many bytes the ZIPs of this mail may still unpack to."""
    data, name, kind = _bytes(part), _name(part), part.get_content_type()
    content = kind_of(data, name)
    file = MailPart(PartKind.attachment, name, content, len(data), data)
    if kind == "message/rfc822" or name.lower().endswith(".eml"):
        return [replace(file, kind=PartKind.other, code="mail_within", data=b"")]
    if not data:
        return [replace(file, code="empty_file")] if name else []
    if content == "tnef" or kind in ("application/ms-tnef", "application/vnd.ms-tnef") or name.lower() == "winmail.dat":
        return [replace(file, kind=PartKind.other, code="winmail", data=b"")]
    if kind in ("application/pkcs7-mime", "application/x-pkcs7-mime", "application/pgp-encrypted"):
        return [replace(file, kind=PartKind.other, code="encrypted_mail", data=b"")]
    if content == "zip":
        return _unpacked(file, room)
    if content in PACKED:
        return [replace(file, code="archive_kind", data=b"")]
    if content in PICTURES:
        return [_picture(part, file, shown)]
    return [replace(file, kind=PartKind.other, code="no_picture", data=b"")]


def _unpacked(file: MailPart, room: int) -> list[MailPart]:
    entries = [
        MailPart(
            PartKind.zip_entry, entry.name[-255:], found, len(entry.data), entry.data, entry.code or _code_of(found)
        )
        for entry in unzip(file.data, room)
        for found in (kind_of(entry.data, entry.name),)
    ]
    return entries or [replace(file, code="empty_archive", data=b"")]


def _code_of(content: str) -> str:
    return "" if content in PICTURES else "no_picture"


def _picture(part: Message, file: MailPart, shown: set[str]) -> MailPart:
    """Inside the text when the text shows it by its Content-ID. A phone marks its attachments `inline` without that."""
    content_id = str(part.get("content-id") or "").strip().strip("<>").lower()
    if content_id and content_id in shown:
        logo = _LOGO.match(file.name) is not None and file.size < 20_000
        if logo or file.size < SMALL_PICTURE or file.content == "gif":
            return replace(file, kind=PartKind.signature_image, code="signature_image")
        return replace(file, kind=PartKind.inline, code="pasted_in")
    if file.size < SMALL_PICTURE and (file.content in ("gif", "png") or _LOGO.match(file.name)):
        return replace(file, kind=PartKind.signature_image, code="signature_image")
    return file


def _bytes(part: Message) -> bytes:
    try:
        data = part.get_payload(decode=True)
    except (ValueError, LookupError, AssertionError, TypeError):
        return b""
    return data if isinstance(data, bytes) else b""


def _raw(part: Message, header: str) -> str:
    """As it came; `part[header]` has lost the bytes beyond ASCII."""
    return next((str(value) for name, value in part.raw_items() if str(name).lower() == header), "")


def _without_surrogates(raw: str) -> str:
    return raw if raw.isascii() else to_text(raw.encode("utf-8", "surrogateescape"), None)


def _disposition(part: Message) -> str:
    return str(part.get("content-disposition") or "").split(";")[0].strip().lower()


def _name(part: Message) -> str:
    """filename, or the older name; RFC 2231, RFC 2047 or raw bytes, whatever the program did."""
    for header, parameter in (("content-disposition", "filename"), ("content-type", "name")):
        lines = Message()
        lines[header] = _without_surrogates(_raw(part, header))
        try:
            value = lines.get_param(parameter, header=header)
        except (ValueError, LookupError, TypeError, AttributeError):
            continue
        if isinstance(value, tuple):
            raw = (value[2] or "").encode("latin-1", "surrogateescape" if value[2].isascii() else "replace")
            return to_text(raw, (value[0] or "").lower() or None)[:255]
        if isinstance(value, str) and value.strip():
            return header_text(value)[:255]
    return ""
