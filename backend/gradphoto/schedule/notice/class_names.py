"""Names of classes as notices write them (计 1501-1504 班, 机 151-机 156) and which two names are one class."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

MOST_IN_A_RANGE = 40
MOST_IN_A_TEXT = 400

# Two ways of writing one prefix. A person confirms each use: a college is never concluded from a prefix.
ALIASES: Mapping[str, str] = {
    "机": "机械",
    "计": "计算机",
    "计科": "计算机",
    "自": "自动化",
    "材": "材料",
    "冶": "冶金",
    "土": "土木",
    "化": "化学",
    "信息安全": "信安",
    "通信工程": "通信",
    "信息管理": "管信",
    "信管": "管信",
}

_ITEM = re.compile(
    r"(?P<prefix>[\u4e00-\u9fff]{0,20})(?P<letter>[A-Z]{0,2})(?P<first>[0-9]{1,4})(?![0-9元室号日月年级届分%/.:])班?"
    r"(?:[-至到](?P<prefix2>[\u4e00-\u9fff]{0,20})(?P<letter2>[A-Z]{0,2})(?P<last>[0-9]{1,4})(?![0-9元室号日月年级届分%/.:])班?)?"
)
_LEADING = re.compile(r"^(?:其中|以及|请|由|含|和|及|与|的|班)+")
_NAME = re.compile(r"(?P<prefix>.*?)(?P<letter>[A-Z]{0,2})(?P<digits>[0-9]{0,9})")


@dataclass(frozen=True)
class Expansion:
    """`names` in the order they were written; `unread` holds what looked like names but was not understood."""

    names: tuple[str, ...]
    unread: tuple[str, ...]


def plain_name(name: str) -> str:
    """One spelling of a class name: half width, no spaces, upper case, no 班 at the end."""
    return "".join(unicodedata.normalize("NFKC", name).split()).upper().removesuffix("班")


def expand(text: str) -> Expansion:
    """Class names in a piece of a notice, ranges written out.

    A name without a prefix takes the one before it (材料 151、153 班); a shorter end takes the head of the start
    (1501-04). A range over two prefixes, downwards or of more than 40 classes is not guessed at, but left unread.
    """
    text = unicodedata.normalize("NFKC", text).upper()
    text = re.sub(r"[–—―−~〜]", "-", re.sub(r"(?<=[0-9])\s+(?=[0-9])", ",", text))
    text = "".join(text.split())
    names: dict[str, None] = {}
    unread: list[str] = []
    prefix, position = "", 0
    for match in _ITEM.finditer(text):
        unread.append(text[position : match.start()])
        position = match.end()
        prefix = _LEADING.sub("", match["prefix"]) or prefix
        found = _range(match, prefix) if prefix and len(names) < MOST_IN_A_TEXT else ()
        names.update(dict.fromkeys(found))
        if not found:
            unread.append(match[0])
    unread.append(text[position:])
    return Expansion(tuple(names), tuple(piece for piece in unread if re.search(r"[^\W_]", piece)))


def names_as_written(cell: str) -> tuple[str, ...]:
    """The classes of a cell 班级 that `expand` cannot read (软件 21-1、软件 21-2, 护理2021级1班), each as it stands.

    Empty where a piece is no name of a class: it has neither a number nor 班.
    """
    pieces = [piece for piece in re.split(r"[,，、;；/\n]", cell) if piece.strip()]
    names = tuple(dict.fromkeys(plain_name(piece) for piece in pieces[: MOST_IN_A_TEXT + 1]))
    good = all(0 < len(name) <= 40 for name in names) and all(re.search(r"[0-9０-９]|班", piece) for piece in pieces)
    return names if good and len(names) <= MOST_IN_A_TEXT else ()


def _range(match: re.Match[str], prefix: str) -> tuple[str, ...]:
    """The names one item stands for; empty if it makes no sense."""
    letter, first, last = match["letter"], match["first"], match["last"]
    if last is None:
        return (f"{prefix}{letter}{first}",)
    if len(last) < len(first) and len(first) >= 3:
        last = first[: -len(last)] + last
    steps = int(last) - int(first)
    same = match["prefix2"] in ("", prefix) and match["letter2"] in ("", letter) and len(last) == len(first)
    if not same or not 0 < steps < MOST_IN_A_RANGE:
        return ()
    return tuple(f"{prefix}{letter}{number:0{len(first)}}" for number in range(int(first), int(last) + 1))


def split_name(name: str) -> tuple[str, str, int]:
    """(prefix, letter, number) of a class name; number -1 if it ends in none. 材料E151 -> ("材料", "E", 151)"""
    match = _NAME.fullmatch(plain_name(name))
    if match is None:
        return plain_name(name), "", -1
    return match["prefix"], match["letter"], int(match["digits"] or -1)


def alias_key(name: str, aliases: Mapping[str, str] = ALIASES) -> str:
    """Equal for two names that the table takes for one class; the number and its letter are never touched."""
    match = _NAME.fullmatch(plain_name(name))
    if match is None:
        return plain_name(name)
    return aliases.get(match["prefix"], match["prefix"]) + match["letter"] + match["digits"]
