"""Names of people: cleaned without losing a character, damaged ones found, and compared the way a person would.

Sources: 民委发〔2016〕33号 (separator U+00B7, at least 50 characters), GB 18030-2022 (every ideograph is allowed).
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from gradphoto.roster.id_numbers import FULL_WIDTH, INVISIBLE

LONGEST = 50
DOT = "·"
_DOTS = "\u2022\u30fb\uff65\u2027\u2219\u22c5\uff0e\u2024\u2e31\u25e6\u16eb\u0387\u318d.。"
# What an export writes for a character it does not have: half-width "??" in old DBF files, a box, or a zero.
_PLACEHOLDERS = "?？\ufffd□■○◯〇＊*"
_HAN = r"\u2e80-\u2fdf\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_HAN_NAME = re.compile(rf"[{_HAN}]+")
_BETWEEN_HAN_DOT = re.compile(rf"(?<=[{_HAN}?？])\s*[{re.escape(_DOTS)}·]\s*(?=[{_HAN}?？])")
# NFC would fold these to other characters (U+F92C becomes U+90CE), and a person's name is the one on the card.
_COMPATIBILITY = re.compile(r"([\uf900-\ufaff\U0002f800-\U0002fa1f])")
_FORMULA = ("=", "+", "-", "@")
_VARIATION = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")


@dataclass(frozen=True, slots=True)
class NameNote:
    """Something about a name. error = cannot be stored; warning = stored, a person must look; info = tidied."""

    code: str
    level: Literal["error", "warning", "info"]
    reason: str
    remedy: str


def nfc(text: str) -> str:
    """NFC, except that CJK compatibility ideographs stay the characters they are; lone surrogates become U+FFFD."""
    text = text.encode("utf-8", "replace").decode() if any("\ud800" <= c <= "\udfff" for c in text) else text
    return "".join(p if _COMPATIBILITY.fullmatch(p) else unicodedata.normalize("NFC", p)
                   for p in _COMPATIBILITY.split(text))  # fmt: skip


def is_damaged(text: str) -> bool:
    """Whether a character was lost on the way here: ?, a placeholder, or a private-use code point."""
    return any(c in _PLACEHOLDERS or _private(c) for c in text)


def clean_name(text: str) -> tuple[str, list[NameNote]]:
    """The name to store and what was seen; damaged names keep their damage, so that a person can repair them."""
    notes: list[NameNote] = []
    name = " ".join(INVISIBLE.sub("", nfc(text)).split())
    if not name:
        return "", [NameNote("name_empty", "error", "姓名为空", "补上姓名")]
    dotted = _BETWEEN_HAN_DOT.sub(DOT, name)
    if dotted != name:
        notes.append(NameNote("name_dot", "info", "间隔号已统一为“·”（U+00B7）", "无需处理"))
        name = dotted
    name, spaces = _spaces(name)
    notes += spaces
    if name.startswith(_FORMULA):
        notes.append(NameNote("name_formula", "error", f"姓名以“{name[0]}”开头，像是公式", "改为正确的姓名"))
    if is_damaged(name):
        reason = "姓名中有丢失的字（?、方框或自造字），证书会印错"
        notes.append(NameNote("name_damaged", "warning", reason, "按证件改好后再导入一次名单"))
    if len(name) > LONGEST:
        notes.append(NameNote("name_long", "error", f"姓名 {len(name)} 个字符，最多 {LONGEST} 个", "核对是否串列"))
    return name, notes


def _spaces(name: str) -> tuple[str, list[NameNote]]:
    """Short Chinese names lose their spaces (张 三); long ones keep them, since a dot may be what is missing."""
    bare = name.replace(" ", "")
    if bare == name or not _HAN_NAME.fullmatch(bare.replace(DOT, "").translate(dict.fromkeys(map(ord, "?？")))):
        return name, []
    if len(bare) <= 4:
        return bare, [NameNote("name_space", "info", "已去掉姓名中的空格", "无需处理")]
    return name, [NameNote("name_space", "warning", "较长的中文姓名中有空格，可能应为“·”", "对照证件核对")]


def same_name(registered: str, typed: str) -> bool:
    """Whether a typed name may mean the registered one: width, case, spaces, dots and hyphens do not count.

    A lost character of the registered name stands for any one or none (old exports wrote two marks for one character),
    so that its owner can sign in; a mark in the typed name stands for nothing. All marks and no character: False.
    """
    pattern, text = _key(registered), _key(typed)
    sound = [c for c in pattern if not is_damaged(c)]
    if not sound or not text or is_damaged(text) or len(pattern) > 4 * LONGEST or len(text) > 4 * LONGEST:
        return False
    if len(sound) == len(pattern):
        return pattern == text
    return _matches(pattern, text)


def _matches(pattern: str, text: str) -> bool:
    reached = {0}
    for run, character in _runs(pattern):
        if run:
            reached = {end for start in reached for end in range(start + 1, min(start + run, len(text)) + 1)}
        else:
            reached = {at + 1 for at in reached if text[at : at + 1] == character}
    return len(text) in reached


def _runs(pattern: str) -> Iterable[tuple[int, str]]:
    """(length, "") for a run of lost characters, (0, c) for a sound one."""
    at = 0
    while at < len(pattern):
        end = at
        while end < len(pattern) and is_damaged(pattern[end]):
            end += 1
        if end > at:
            yield end - at, ""
            at = end
        else:
            yield 0, pattern[at]
            at += 1


def _key(name: str) -> str:
    text = _VARIATION.sub("", INVISIBLE.sub("", nfc(name))).translate(FULL_WIDTH)
    return re.sub(rf"[\s{re.escape(_DOTS)}·'’‘`\-‐‑–_,]", "", text).casefold()


@lru_cache(4096)
def _private(character: str) -> bool:
    return unicodedata.category(character) in ("Co", "Cs")
