"""What bytes are by their content, whatever the file is called."""

import re

_MAGIC = (
    (b"\xff\xd8\xff", "jpeg"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"GIF8", "gif"),
    (b"BM", "bmp"),
    (b"II*\0", "tiff"),
    (b"MM\0*", "tiff"),
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"%PDF", "pdf"),
    (b"Rar!", "rar"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"\0\0\0\x0cjP  \r\n\x87\n", "jpeg2000"),
    (b"\xff\x0a", "jpeg-xl"),
)
# What may stand behind a photo as a file of its own; two-byte magics are left out, a record may begin like that.
_ATTACHED = {"jpeg", "png", "gif", "webp", "tiff", "zip", "rar", "7z", "pdf", "html", "video", "heic", "avif"}
_SCRIPT = re.compile(rb"<(?:!doctype|html|script|svg|\?php)", re.IGNORECASE)


def kind_of(data: bytes) -> str:
    """A short English name; empty and unknown are kinds too."""
    if not data:
        return "empty"
    for magic, kind in _MAGIC:
        if data.startswith(magic):
            return kind
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "webp"
    if data[4:8] == b"ftyp":
        brands = data[8:12] + data[16:40]
        if b"avif" in brands or b"avis" in brands:
            return "avif"
        return "heic" if any(b in brands for b in (b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"heim")) else "video"
    head = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return "html" if head.startswith((b"<!doctype", b"<html", b"<?xml", b"<svg", b"<script", b"<head")) else "unknown"


def trailing_kind(data: bytes, at: int) -> str:
    """A known kind of file, padding, or record: unknown bytes, which may well be the agency's own."""
    if not data[at:].strip(b"\0\xff\r\n "):
        return "padding"
    kind = kind_of(data[at : at + 4096])
    if kind in _ATTACHED:
        return kind
    if b"PK\x05\x06" in data[max(at, len(data) - 66_000) :]:
        return "zip"
    return "html" if _SCRIPT.search(data, at, at + 65_536) else "record"
