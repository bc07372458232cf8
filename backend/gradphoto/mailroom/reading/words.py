"""Header words as people's programs really write them: RFC 2047, raw GBK, wrong charsets, characters cut in two."""

import base64
import binascii
import quopri
import re
from functools import lru_cache

# A word may lack its padding, hold spaces it must not hold, or name no charset: it is read all the same.
_WORD = re.compile(rb"=\?([^?\s]{0,40})\?([bBqQ])\?([^?]*)\?=")
_FOLD = re.compile(rb"\r?\n[ \t]*|\r")
_LONGEST = 8_000
_SAME = {"gb2312": "gb18030", "gbk": "gb18030", "gb_2312-80": "gb18030", "x-gbk": "gb18030", "cp936": "gb18030"}


def header_text(raw: str | bytes) -> str:
    """`raw` as the parser keeps it (bytes beyond ASCII as surrogates). Words of one charset are joined before they are
    decoded, for some programs cut a character between two of them."""
    data = raw if isinstance(raw, bytes) else raw.encode("utf-8", "surrogateescape")
    data = _FOLD.sub(b" ", data[:_LONGEST])
    pieces: list[tuple[str | None, bytes]] = []
    at = 0
    for word in _WORD.finditer(data):
        between = data[at : word.start()]
        if between.strip() or not pieces:
            pieces.append((None, between))
        charset = _SAME.get(name := word[1].decode("ascii", "replace").lower().partition("*")[0], name)
        content = _b(word[3]) if word[2] in b"bB" else quopri.decodestring(word[3], header=True)
        if pieces and pieces[-1][0] == charset:
            pieces[-1] = (charset, pieces[-1][1] + content)
        else:
            pieces.append((charset, content))
        at = word.end()
    pieces.append((None, data[at:]))
    return "".join(to_text(content, charset) for charset, content in pieces).strip()


def _sound(text: str) -> str:
    """What a database can hold: no NUL, no half of a pair."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def to_text(data: bytes, declared: str | None) -> str:
    """As declared, unless another reading is Chinese where the declared one is none; never an error."""
    if data.isascii() and (declared is None or not declared.startswith(("iso-2022", "hz", "utf-7", "utf-16"))):
        return _sound(data.decode("ascii"))
    readings = [text for name in (declared, "utf-8", "gb18030") if name and (text := _strictly(data, name)) is not None]
    if not readings:
        return _sound(data.decode("utf-8", "replace"))
    return _sound(max(readings, key=_chinese))  # of equals the first: what was declared


def _strictly(data: bytes, charset: str) -> str | None:
    try:
        return data.decode(_SAME.get(charset, charset))
    except (LookupError, ValueError, TypeError, AttributeError, OverflowError, binascii.Error):
        return None


def _chinese(text: str) -> float:
    """Share of the characters beyond ASCII that are everyday ones: mojibake is full of the other kind."""
    beyond = [c for c in text if c > "\x7f"]
    return sum(map(_everyday, beyond)) / len(beyond) if beyond else 1.0


@lru_cache(8192)
def _everyday(character: str) -> bool:
    """Punctuation, full width, or level 1 of GB 2312."""
    if "\uff00" <= character <= "\uffef" or "\u2010" <= character <= "\u2026" or "\u3000" <= character <= "\u301f":
        return True
    try:
        code = character.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return len(code) == 2 and 0xB0 <= code[0] <= 0xD7


def _b(content: bytes) -> bytes:
    kept = re.sub(rb"[^A-Za-z0-9+/]", b"", content)
    if len(kept) % 4 == 1:
        kept = kept[:-1]
    return base64.b64decode(kept + b"=" * (-len(kept) % 4))
