"""What the name of an uploaded photo claims: an ID number, a student number, a person's name."""

import re
from dataclasses import dataclass

from gradphoto.roster.id_numbers import FULL_WIDTH, INVISIBLE, fault, guess_type, mask_within, normalise
from gradphoto.roster.names import nfc

LONGEST = 255
_EXTENSION = re.compile(r"(\.(jpe?g|jfif|png|bmp|gif|webp|heic|tiff?))+$", re.IGNORECASE)
# Chat and camera programs write times and counters that look like student numbers.
_FROM_PROGRAM = re.compile(
    r"(微信图片_?|mmexport|wx_camera_?|qq图片|img_?|dsc_?|pxl_?|screenshot_?|截图)[\d_\-]*", re.IGNORECASE
)
_DECORATION = re.compile(
    r"\(\d{1,3}\)|\[\d{1,3}\]|【\d{1,3}】|副本|复件|拷贝|copy( of)?|毕业生?照片?|电子照片|证件照|照片|原图|新建|已压缩",
    re.IGNORECASE,
)
_ID_18 = re.compile(r"(?<![0-9])[0-9]{17}[0-9X](?![0-9])")
_ID_OTHER = re.compile(r"(?<![A-Z0-9])(?:[A-Z]{3}[0-9]{12}|[HM][0-9]{8}(?:[0-9]{2})?|[A-Z]{1,2}[0-9]{7,9})(?![A-Z0-9])")
_NUMBER = re.compile(r"(?<![A-Z0-9])[A-Z]{0,2}[0-9]{4,14}(?![A-Z0-9])")
_CLASS_GROUP = re.compile(r"[\u4e00-\u9fff]+[A-Z]?[0-9]{2,4}(?:班|(?![0-9]))", re.IGNORECASE)
_HAN = r"\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_PERSON = re.compile(rf"[{_HAN}][{_HAN}·]{{1,49}}")


@dataclass(frozen=True, slots=True)
class NameKeys:
    """A claim, to be looked up in the roster. `id_number` is normalised; two different ones in one name give None."""

    id_number: str | None
    student_numbers: tuple[str, ...]
    name: str | None
    damaged_id: bool
    """something has the form of an 18-character number but fails its check: a person must look"""

    def __repr__(self) -> str:
        return f"NameKeys(id_number={'***' if self.id_number else None}, student_numbers={self.student_numbers})"


def keys_of(filename: str) -> NameKeys:
    """Tolerates paths, full width, x for X, .JPG.jpg, (1), 副本, 照片-; a student number's length is not presumed."""
    stem = _stem(filename)
    found = [m[0] for m in _ID_18.finditer(stem.upper())]
    rest = _CLASS_GROUP.sub(" ", _ID_18.sub(" ", stem.upper()))
    sound = {number for number in found if _sound(number)}
    if not found:
        sound = {m[0] for m in _ID_OTHER.finditer(rest) if _sound(m[0])}
    people = {m[0] for m in _PERSON.finditer(_CLASS_GROUP.sub(" ", stem))}
    return NameKeys(
        id_number=sound.pop() if len(sound) == 1 else None,
        student_numbers=tuple(dict.fromkeys(m[0] for m in _NUMBER.finditer(rest))),
        name=people.pop() if len(people) == 1 else None,
        damaged_id=not all(_sound(number) for number in found),
    )


def mask_filename(name: str) -> str:
    """The file's own name without its folders, every ID number within masked, at most 255 characters, for storing."""
    return mask_within(INVISIBLE.sub("", nfc(_base(name)))).strip()[:LONGEST]


def _stem(filename: str) -> str:
    text = INVISIBLE.sub("", nfc(_base(filename)).translate(FULL_WIDTH))[:LONGEST]
    text = _EXTENSION.sub("", text.strip())
    return _DECORATION.sub(" ", _FROM_PROGRAM.sub(" ", text)).strip()


def _base(filename: str) -> str:
    return re.split(r"[\\/／＼]", filename)[-1]


def _sound(number: str) -> bool:
    id_type = guess_type(normalise(number))
    return id_type is not None and fault(id_type, normalise(number)) is None
