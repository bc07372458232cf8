"""Which part of a mail is the photo. Exactly one, or the reason why not; never a guess."""

import hashlib
from typing import NamedTuple

from gradphoto.mailroom.causes import Cause, cause
from gradphoto.mailroom.reading.mail import ReadMail
from gradphoto.mailroom.reading.parts import MailPart, PartKind


class Choice(NamedTuple):
    """`position` counts from 1 in the order of the parts. `held`: a person can choose; else the sender must."""

    position: int | None
    cause: Cause | None
    held: bool


# Worst first: what the sender must hear when there is no picture that could be the photo.
_LOUDEST = (
    "encrypted_mail", "winmail", "pasted_in", "archive_kind", "broken_archive", "encrypted", "bomb", "unsafe_path",
    "symlink", "unknown_method", "damaged", "false_size", "overlapping", "nested_archive", "too_large", "too_much",
    "too_many", "duplicate_name", "unreadable", "empty_archive", "mail_within", "empty_file", "no_picture",
    "not_a_photo",
)  # fmt: skip


def choose(mail: ReadMail) -> Choice:
    usable = _different([(at, part) for at, part in enumerate(mail.parts, 1) if part.usable])
    jpegs = [(at, part) for at, part in usable if part.content == "jpeg"]
    if mail.cut:  # the photo, or a second one, may be among the rest
        return Choice(None, cause("too_many_files"), True)
    if len(jpegs) == 1:
        return Choice(jpegs[0][0], None, False)
    if len(jpegs) > 1:
        return Choice(None, cause("several_photos", f"邮件里有 {len(jpegs)} 张照片，不能确定用哪一张"), True)
    if len(usable) == 1:  # not a JPEG: the check says what it really is
        return Choice(usable[0][0], None, False)
    if usable:
        return Choice(None, cause("not_jpeg"), False)
    codes = {part.code for part in mail.parts if part.kind != PartKind.signature_image}
    if mail.clouds and not codes - {"no_picture", "pasted_in"}:
        return Choice(None, cause("cloud_link", f"照片是用{mail.clouds[0]}发的，没有收到"), False)
    loudest = next((code for code in _LOUDEST if code in codes), "no_attachment")
    return Choice(None, cause(loudest), False)


def _different(parts: list[tuple[int, MailPart]]) -> list[tuple[int, MailPart]]:
    """The same bytes twice in one mail are one photo."""
    first: dict[str, tuple[int, MailPart]] = {}
    for at, part in parts:
        first.setdefault(hashlib.sha256(part.data).hexdigest(), (at, part))
    return list(first.values())
