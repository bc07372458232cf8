"""File names of a package: legal on Windows, never two alike, the same every time for the same students."""

import re
import unicodedata
from collections.abc import Sequence

from gradphoto.delivery.models import NamedBy

FOLDER = "照片"
MOST_BYTES = 120
_ILLEGAL = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f-\x9f]')
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\.|$)", re.I)


def stem(text: str) -> str:
    """`text` as a file name without its ending: illegal characters and invisible ones become _, ends are trimmed."""
    shown = "".join("_" if unicodedata.category(one) in ("Cf", "Cc", "Cs", "Co", "Zl", "Zp") else one for one in text)
    plain = _ILLEGAL.sub("_", shown).strip(" .")
    while len(plain.encode()) > MOST_BYTES:
        plain = plain[:-1]
    plain = plain.strip(" .") or "_"
    return f"_{plain}" if _RESERVED.match(plain) else plain


def file_names(named_by: NamedBy, people: Sequence[tuple[str, str, str]]) -> list[str]:
    """`people`: (student number, name, ID number), in the order of the lines. Windows takes x and X for one name."""
    chosen: list[str] = []
    taken: set[str] = set()
    for person in people:
        wanted = found = plain_name(named_by, person)
        turn = 2
        while _folded(found) in taken:
            found, turn = f"{wanted}-{turn}", turn + 1
        taken.add(_folded(found))
        chosen.append(f"{FOLDER}/{found}.jpg")
    return chosen


def plain_name(named_by: NamedBy, person: tuple[str, str, str]) -> str:
    """What somebody's file is called, whoever else is in the package."""
    number, name, id_number = person
    wanted = {
        NamedBy.id_number: id_number,
        NamedBy.student_number: number,
        NamedBy.student_number_name: f"{number}-{name}",
    }
    return stem(wanted[named_by])


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def names_file(nonce: str, files: Sequence[str]) -> bytes:
    """The real names, where the manifest masks ID numbers. The head holds its SHA-256; the nonce keeps that from being
    guessed by whoever has the manifest alone.
    """
    return "\n".join([nonce, *files]).encode()
