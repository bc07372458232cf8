"""A finding in two languages, from its code and what was measured."""

import re

from gradphoto.photos.checking.file_sentences import EDITORS, FILE, KINDS, NOTHING
from gradphoto.photos.checking.report import Finding, Level
from gradphoto.photos.checking.sentences import PICTURE

# The words of a measured value or limit.
_ENGLISH = EDITORS | {
    "像素": "px",
    "字节": "bytes",
    "百万像素": "megapixels",
    "遍扫描": "scans",
    "灰度": "greyscale",
    "位彩色": "bit colour",
    "位": "bit",
    "、": ", ",
    "向左": "to the left by",
    "向右": "to the right by",
    "或": "or",
    "最多": "at most",
    "至少": "at least",
    "全白": "white",
    "过曝": "burnt out",
    "脸部亮度": "brightness of the face",
    "比脸颊暗": "darker than the cheeks by",
    "颜色相差": "colour apart by",
    "亮度相差": "brightness apart by",
    "眼白亮度比": "white of the eye to cheek",
    "红": "red",
    "黄": "yellow",
}


def finding(key: str, level: Level, measured: str = "", limit: str = "", *, kind: str = "unknown") -> Finding:
    """`key` of `sentences` or `file_sentences`; a note (info) asks nothing of anybody, whatever its code."""
    words = FILE.get(key) or PICTURE[key]
    zh_kind, en_kind = KINDS[kind]
    remedy, remedy_en = NOTHING if level == "info" else (words.remedy, words.remedy_en)
    return Finding(
        code=key.partition(":")[0],
        level=level,
        zh=words.zh.format(v=measured, l=limit, kind=zh_kind),
        en=words.en.format(v=_english(measured), l=_english(limit), kind=en_kind),
        measured=measured,
        limit=limit,
        remedy=remedy,
        remedy_en=remedy_en,
        about="file" if key in FILE else "picture",
    )


def _english(shown: str) -> str:
    return re.sub(r"[\u4e00-\u9fff]+|、", lambda word: _ENGLISH.get(word[0], word[0]), shown)
