"""Identity numbers: which kinds a roster may hold, what is wrong with one, and how to show one without showing it.

Resident numbers follow GB 11643-1999: 6 digits region (GB/T 2260), 8 birth date, 3 sequence (odd = male), 1 check
character by ISO 7064 MOD 11-2. An unknown region is no fault: codes are abolished, and the number stays.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECK_CHARACTERS = "10X98765432"
# Invisible characters that come along when a number is copied from a web page or a chat.
INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\x00-\x08\x0e-\x1f\x7f]")
FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
HMT_REGIONS = ("810000", "820000", "830000")


class IdType(StrEnum):
    """证件类型; the values are stored, `label` is shown."""

    resident_id = "resident_id"
    hmt_residence_permit = "hmt_residence_permit"
    travel_permit = "travel_permit"
    foreign_permanent_resident = "foreign_permanent_resident"
    passport = "passport"

    @property
    def label(self) -> str:
        return LABELS[self]


LABELS = {
    IdType.resident_id: "居民身份证",
    IdType.hmt_residence_permit: "港澳台居民居住证",
    IdType.travel_permit: "来往内地通行证",
    IdType.foreign_permanent_resident: "外国人永久居留身份证",
    IdType.passport: "护照",
}
ALIASES = {
    IdType.resident_id: "居民身份证 身份证 中国居民身份证 中华人民共和国居民身份证 二代身份证 第二代居民身份证 01 1",
    IdType.hmt_residence_permit: "港澳台居民居住证 港澳台居住证 港澳居民居住证 台湾居民居住证 居住证",
    IdType.travel_permit: "来往内地通行证 港澳居民来往内地通行证 港澳台居民来往内地通行证 港澳通行证 回乡证 通行证 "
    "台湾居民来往大陆通行证 来往大陆通行证 台胞证",
    IdType.foreign_permanent_resident: "外国人永久居留身份证 外国人永久居留证 永久居留身份证 永久居留证 永居证 五星卡",
    IdType.passport: "护照 外国护照 外籍护照 普通护照 中国护照 passport",
}
_TYPE_OF = {alias: id_type for id_type, aliases in ALIASES.items() for alias in aliases.split()}
_OLD_FOREIGN = re.compile(r"[A-Z]{3}[0-9]{12}")
_TRAVEL = re.compile(r"[HM][0-9]{8}([0-9]{2})?|[0-9]{8}|[0-9]{10}[A-Z]?")
_PASSPORT = re.compile(r"(?=.*[0-9])[A-Z0-9]{5,20}")


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a number cannot be right, and what the person does about it. Never holds the number."""

    code: str
    reason: str
    remedy: str


def normalise(value: str) -> str:
    """Half width, upper case, without spaces, invisible characters, or the apostrophe that Excel uses for 'text'."""
    text = INVISIBLE.sub("", value.translate(FULL_WIDTH))
    return "".join(text.split()).lstrip("'`‘’").upper()


def id_type_of(text: str) -> IdType | None:
    """The type that a spreadsheet means by `text`; None if it is no known word."""
    return _TYPE_OF.get(re.sub(r"[\s()\[\]（）【】]", "", normalise(text)).lower())


def check_character(first_17: str) -> str:
    """ISO 7064:1983 MOD 11-2 over 17 digits."""
    return CHECK_CHARACTERS[sum(w * int(c) for w, c in zip(WEIGHTS, first_17, strict=True)) % 11]


def guess_type(number: str) -> IdType | None:
    """The one type whose form a normalised number has; None if it has none, or only that of any passport's digits."""
    if re.fullmatch(r"[0-9]{17}[0-9X]", number):
        if number[0] == "9":
            return IdType.foreign_permanent_resident
        return IdType.hmt_residence_permit if number[:6] in HMT_REGIONS else IdType.resident_id
    if _OLD_FOREIGN.fullmatch(number):
        return IdType.foreign_permanent_resident
    if re.fullmatch(r"[HM][0-9]{8}([0-9]{2})?", number):
        return IdType.travel_permit
    if re.fullmatch(r"(?=.*[A-Z])(?=.*[0-9])[A-Z0-9]{7,12}", number):
        return IdType.passport
    return None


def birth_date(number: str) -> date | None:
    """Of an 18-character number; None if it has none that exists (1900 to today, Shanghai)."""
    if not re.fullmatch(r"[0-9]{17}[0-9X]", number):
        return None
    try:
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None
    today = (datetime.now(UTC) + timedelta(hours=8)).date()
    return born if date(1900, 1, 1) <= born <= today else None


def sex_of(number: str) -> str:
    """男, 女, or "" for a number that does not say."""
    return "女男"[int(number[16]) % 2] if re.fullmatch(r"[0-9]{17}[0-9X]", number) else ""


def match_key(id_type: IdType, number: str) -> str:
    """What stays the same for one person: a 来往内地通行证 changes its last two digits when it is renewed."""
    return number[:9] if id_type is IdType.travel_permit and number[:1] in ("H", "M") else number


def fault(id_type: IdType, number: str) -> Fault | None:
    """What is wrong with a normalised number of this type; None if nothing can be seen."""
    if not number:
        return Fault("id_empty", "证件号码为空", "补上证件号码")
    if id_type is IdType.passport:
        if _PASSPORT.fullmatch(number):
            return None
        return Fault("id_format", "护照号码应为 5 到 20 位字母和数字", "对照护照首页核对号码")
    if id_type is IdType.travel_permit:
        if _TRAVEL.fullmatch(number):
            return None
        reason = "通行证号码应为 H 或 M 加 8 或 10 位数字（港澳），或 8 位数字（台湾）"
        return _wrong_type(id_type, number) or Fault("id_format", reason, "对照通行证核对号码")
    if id_type is IdType.foreign_permanent_resident and _OLD_FOREIGN.fullmatch(number):
        return None
    return _fault_of_18(id_type, number)


def _fault_of_18(id_type: IdType, number: str) -> Fault | None:
    if re.fullmatch(r"[0-9]{15}", number):
        return Fault("id_old_15", "这是 15 位的一代证号码，2013 年起不再有效", "请本人提供 18 位号码；不要自行推算")
    wrong_type = _wrong_type(id_type, number)
    if wrong_type:
        return wrong_type
    if len(number) != 18:
        return Fault("id_length", f"应为 18 位，实际 {len(number)} 位", "对照证件核对，检查是否少填或多填")
    if not re.fullmatch(r"[0-9]{17}[0-9X]", number):
        return Fault("id_characters", "前 17 位应为数字，末位应为数字或 X", "对照证件核对，检查是否误填字母 O、I")
    if id_type is not IdType.foreign_permanent_resident and number[0] not in "12345678":
        return Fault("id_characters", f"首位不应为 {number[0]}", "对照证件核对号码")
    if birth_date(number) is None:
        return Fault("id_birth_date", "第 7 到 14 位不是存在的出生日期", "对照证件核对号码")
    if check_character(number[:17]) != number[17]:
        if number.endswith("000"):
            return Fault("id_rounded", "末三位是 000 且校验位不符，像是被 Excel 改成了近似值", "从系统重新导出为文本列")
        return Fault("id_check", "末位校验码不符，至少有一位填错", "对照证件逐位核对")
    return None


def _wrong_type(id_type: IdType, number: str) -> Fault | None:
    guessed = guess_type(number)
    if guessed in (None, id_type):
        return None
    if guessed is IdType.passport and len(number) > 10:
        return None
    assert guessed is not None
    reason = f"填的是{id_type.label}，号码却是{guessed.label}的样式"
    return Fault("id_wrong_type", reason, f"核对后把证件类型改为“{guessed.label}”，或改正号码")


def mask(number: str) -> str:
    """119900************, E32******; at most 32 characters. The last six never show: a student signs in with them."""
    shown = max(0, min(6, len(number) - 6))
    return number[:shown] + "*" * min(len(number) - shown, 26)


_INSIDE = re.compile(r"(?<![0-9A-Za-z])(?:[0-9]{17}[0-9Xx]|[0-9]{15}|[A-Za-z]{3}[0-9]{12}|[HMhm][0-9]{8}(?:[0-9]{2})?"
                     r"|[A-Za-z]{1,2}[0-9]{7,8})(?![0-9A-Za-z])|[0-9]{17}[0-9Xx]|[0-9]{15,}")  # fmt: skip


def mask_within(text: str) -> str:
    """A text with every part that looks like an identity number masked, for file names, headings and findings."""
    return _INSIDE.sub(lambda found: mask(found[0]), text.translate(FULL_WIDTH) if _wide_digit(text) else text)


def _wide_digit(text: str) -> bool:
    return any("０" <= c <= "９" for c in text)
