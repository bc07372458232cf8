"""The subject 毕业生照片-班级-姓名-学号 in every manner people write it: loose dashes, widths, order, prefixes."""

import re
from dataclasses import dataclass
from itertools import combinations

from gradphoto.roster.id_numbers import FULL_WIDTH, INVISIBLE, fault, guess_type, normalise
from gradphoto.roster.names import nfc, same_name

LONGEST = 300
_PREFIX = re.compile(
    r"^\s*(?:(?:re|fw|fwd|reply|答复|回复|回覆|转发|轉發|自动转发|转寄)\s*(?:\[\d+\]|\(\d+\))?\s*[:：]|\[(?:外部|external|外部邮件)\])\s*",
    re.IGNORECASE,
)
_MARK = re.compile(r"毕业生?[的]?(?:电子|图像|证件)?(?:照片?|图像采集|相片)|毕业照|图像采集|电子照片|照片|相片|证件照")
_LABEL = re.compile(
    r"(?:班级|姓名|学号|证件号|身份证号?)\s*(?:是|为)?[:：]?|(?:学生|同学|本科生?)\s*[:：]|同学(?=[\s,，。]|$)"
)
_BETWEEN = r"\-‐‑‒–—―－﹣−_＿~～,，;；、/／\\|｜+＋:：。.!！()（）【】\[\]<>《》\"“”'‘’"
_ID_NUMBER = re.compile(r"(?<![0-9A-Za-z])[0-9]{17}[0-9Xx](?![0-9A-Za-z])|(?<![0-9])[0-9]{17}[0-9Xx](?![0-9])")
_NUMBER = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{0,3}[0-9]{5,16}(?![A-Za-z0-9])")
_HAN = r"\u2e80-\u2fdf\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_CLASS = re.compile(rf"[{_HAN}]+[A-Za-z]?[0-9]{{2,4}}(?:班|[\-－—–_]?[0-9]{{1,2}}班)?(?![0-9])")
_CLASS_ALONE = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{0,2}[0-9]{1,4}班?(?![A-Za-z0-9])")
# Words around the keys that are nobody's name; a word with one of these in it is not compared with the roster.
_NOT_A_NAME = re.compile(
    "学院|大学|老师|教务|毕业|图像|采集|提交|上交|补交|补拍|重新|重发|重交|发送|附件|电子|文件|最新|修改|更正|你好|您好|谢谢"
    "|本人|我的|学历|证书|注册|转发|回复|拍摄|自行|返回|届|级|专业|班$|系$|^(?:学生|同学|本科生?)$|^的$|^号$|^及$|^和$"
)


@dataclass(frozen=True, slots=True)
class SubjectKeys:
    """What a subject claims. `numbers` may be 学号; `words` may be the name; `classes` look like class groups."""

    text: str
    numbers: tuple[str, ...]
    id_numbers: tuple[str, ...]
    words: tuple[str, ...]
    classes: tuple[str, ...]
    marked: bool
    """it speaks of a graduate's photo"""

    def __repr__(self) -> str:
        return f"SubjectKeys(numbers={len(self.numbers)}, words={len(self.words)}, marked={self.marked})"


def keys_of_subject(subject: str) -> SubjectKeys:
    text = _tidy(subject)
    marked = _MARK.search(text) is not None
    rest = _LABEL.sub(" ", _MARK.sub(" ", text))
    id_numbers = tuple(dict.fromkeys(n for m in _ID_NUMBER.finditer(rest) if _is_id(n := normalise(m[0]))))
    rest = _ID_NUMBER.sub(" ", rest)
    numbers, glued = _numbers(rest)
    rest = _NUMBER.sub(" ", rest)
    classes = tuple(dict.fromkeys(m[0] for m in _CLASS.finditer(rest)))
    rest = _CLASS_ALONE.sub(" ", _CLASS.sub(" ", rest))
    words = tuple(word for word in re.split(rf"[\s{_BETWEEN}]+", rest) if word and not _NOT_A_NAME.search(word))
    return SubjectKeys(text, numbers + glued, id_numbers, words[:12], classes[:6], marked)


def names_agree(keys: SubjectKeys, name: str) -> bool | None:
    """Whether the subject's name is this one; None when it has no name. Names may hold separators themselves."""
    words = keys.words
    if not words:
        return None
    spans = combinations(range(len(words) + 1), 2)
    return any(same_name(name, "".join(words[first:last])) for first, last in spans)


def written_name(keys: SubjectKeys, name: str) -> str:
    """The roster's spelling when the sender wrote that name, else nothing: nobody learns a name by a number."""
    return name if names_agree(keys, name) else ""


def names_class(keys: SubjectKeys, class_group: str) -> bool:
    squeezed = _squeeze(class_group)
    return len(squeezed) >= 2 and squeezed in _squeeze(keys.text)


def _numbers(rest: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Numbers that may be a 学号; and, where one is stuck to the class before it (土木14044140000), its tails."""
    whole, tails = [], []
    for found in _NUMBER.finditer(rest):
        number = found[0].upper()
        before = rest[found.start() - 1 : found.start()]
        whole.append(number)
        if number.isdigit() and len(number) >= 10 and re.match(rf"[{_HAN}]", before):
            tails += [number[cut:] for cut in (2, 3, 4)]
    return tuple(dict.fromkeys(whole))[:8], tuple(dict.fromkeys(tails))[:12]


def _tidy(subject: str) -> str:
    text = INVISIBLE.sub("", nfc(subject[:LONGEST]).translate(FULL_WIDTH))
    text = " ".join(text.split())
    while (shorter := _PREFIX.sub("", text, count=1)) != text:
        text = shorter
    return text


def _squeeze(text: str) -> str:
    return re.sub(rf"[\s{_BETWEEN}]", "", text.translate(FULL_WIDTH)).removesuffix("班").casefold()


def _is_id(number: str) -> bool:
    id_type = guess_type(number)
    return id_type is not None and fault(id_type, number) is None
