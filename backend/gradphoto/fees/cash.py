"""Notes and coins, and sums in Chinese capitals for the receipt. Pure: fen in, counts or words out."""

from collections.abc import Mapping
from enum import StrEnum


class Face(StrEnum):
    """Face value in yuan of what circulates, largest first. The 2-yuan note was withdrawn in 2018."""

    yuan_100 = "100"
    yuan_50 = "50"
    yuan_20 = "20"
    yuan_10 = "10"
    yuan_5 = "5"
    yuan_1 = "1"
    jiao_5 = "0.5"
    jiao_1 = "0.1"
    fen_5 = "0.05"
    fen_2 = "0.02"
    fen_1 = "0.01"

    @property
    def fen(self) -> int:
        yuan, _, rest = self.value.partition(".")
        return int(yuan) * 100 + int(rest.ljust(2, "0"))


def notes_sum(notes: Mapping[Face, int]) -> int:
    """Fen."""
    return sum(face.fen * count for face, count in notes.items())


def fewest_notes(fen: int) -> dict[Face, int]:
    """The smallest set of notes and coins that makes `fen`. Taking the largest first is right for these values."""
    notes: dict[Face, int] = {}
    for face in Face:
        count, fen = divmod(fen, face.fen)
        if count:
            notes[face] = count
    return notes


DIGITS = "零壹贰叁肆伍陆柒捌玖"
PLACES = ("仟", "佰", "拾", "")
GROUPS = ("兆", "亿", "万", "")


def capitals(fen: int) -> str:
    """人民币大写, as 《正确填写票据和结算凭证的基本规定》 asks: 人民币壹仟肆佰零玖元伍角整. 0 <= fen < 10**18."""
    yuan, rest = divmod(fen, 100)
    jiao, cents = divmod(rest, 10)
    words = _whole(yuan) + "元" if yuan else ""
    if jiao:
        words += DIGITS[jiao] + "角"
    elif cents and yuan:
        words += "零"
    words += DIGITS[cents] + "分" if cents else "整"
    return "人民币" + (words if fen else "零元整")


def _whole(yuan: int) -> str:
    """Groups of four digits; any run of zeros between two digits is said once, zeros at the end of the number never."""
    digits = f"{yuan:016d}"
    words, gap = "", False
    for index, group in enumerate(GROUPS):
        four = digits[index * 4 : index * 4 + 4]
        for digit, place in zip(four, PLACES, strict=True):
            if digit == "0":
                gap = bool(words)
                continue
            words += ("零" if gap else "") + DIGITS[int(digit)] + place
            gap = False
        if four != "0000":
            words += group
    return words
