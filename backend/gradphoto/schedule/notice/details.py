"""The words beside a time: which college, how many classes and heads, which classes only, not, first, last."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from gradphoto.schedule.notice.class_names import expand

_COLLEGE = re.compile(
    r"(?:请|由)?(?P<name>[\u4e00-\u9fff]{1,20}?(?:学院|书院)|[\u4e00-\u9fff]{2,12}(?:系|院|学部)(?![\u4e00-\u9fff]))"
)
_NO_COLLEGE = re.compile(r"各|其他|其它|所有|全体|我院|本院|通知")
_BRACKETED = re.compile(r"\([^()]{0,300}\)")
_TOKEN = re.compile(
    r"(?P<classes>(?<![0-9A-Za-z-])[0-9]{1,3}\s{0,2}个\s{0,2}(?:行政|教学)?班级?"
    r"|(?<![0-9A-Za-z-])[0-9]{1,2}\s{0,2}班(?=[\s,;]{0,4}共?\s{0,2}[0-9]{1,5}\s{0,2}[人名]))"
    r"|(?P<heads>(?<![0-9A-Za-z-])[0-9]{1,5}\s{0,2}(?:人|名(?:学生)?))"
    r"|(?P<first>优先拍?摄?|最?先(?:拍摄|拍|照))"
    r"|(?P<last>最后(?:拍摄|拍|照)?|后(?:拍摄|拍|照))"
    r"|(?P<bracket>[()])"
)
_EXCEPT = re.compile(r"^[\s,;]{0,9}(?:除去?|不含|不包括)")
_AFTER_EXCEPT = re.compile(r"(?:以外|之外|外|的)[\s,;]{0,9}$")
_FILLER = re.compile(
    r"本科生?|毕业生|毕业班|学生|全体|全部|拍摄|照相|采集|进行|组织|共计|合计|其中|其余|其他|仅|只|共|约|计|含|于|在|的|等|为|到|班级|班|人"
)
_WORDS = re.compile(r"[^\s,;:()](?:[^()]*[^\s,;:()])?")
_NAMES = ("include", "exclude", "first", "last")

Extent = tuple[int, int]


@dataclass
class Details:
    """Names of classes as `class_names.expand` writes them; `unread` is what no rule understood.

    `extents` says for each field by its name where it stood in the text that was read.
    """

    stated_classes: int | None = None
    stated_heads: int | None = None
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    first: tuple[str, ...] = ()
    last: tuple[str, ...] = ()
    unread: list[str] = field(default_factory=list)
    extents: dict[str, Extent] = field(default_factory=dict)

    def add_names(self, kind: str, names: tuple[str, ...], extent: Extent) -> None:
        """More names of `include`, `exclude`, `first` or `last`; the extent grows over all of them."""
        if names:
            setattr(self, kind, tuple(dict.fromkeys((*getattr(self, kind), *names))))
            before = self.extents.get(kind, extent)
            self.extents[kind] = min(before[0], extent[0]), max(before[1], extent[1])

    def count(self, kind: str, number: int, extent: Extent) -> None:
        setattr(self, kind, number)
        self.extents[kind] = extent


def colleges_in(text: str) -> list[re.Match[str]]:
    """Where colleges are named (group `name`), outside brackets."""
    open_text = _BRACKETED.sub(lambda bracket: " " * len(bracket[0]), text)
    return [match for match in _COLLEGE.finditer(open_text) if not _NO_COLLEGE.search(match[0])]


def read_details(text: str, start: int = 0, end: int | None = None, details: Details | None = None) -> Details:
    """Reads `text[start:end]` from token to token: a number of classes or heads, 先拍, 后拍, a bracket. Names belong to
    the token after them (计 1501 班先拍), or to the one before it if a colon follows that (先拍：计 1501 班)."""
    details = details or Details()
    end = len(text) if end is None else end
    position, announced = start, ""
    for token in _TOKEN.finditer(text, start, end):
        kind = token.lastgroup or ""
        _names(details, text, position, token.start(), announced or kind)
        position, announced = token.end(), ""
        number = re.match(r"[0-9]+", token[0])
        if number:
            details.count("stated_classes" if kind == "classes" else "stated_heads", int(number[0]), token.span())
        elif kind in ("first", "last") and re.match(r"\s{0,3}(?:的班级)?:", text[position:end][:10]):
            announced = kind
    _names(details, text, position, end, announced)
    return details


def _names(details: Details, text: str, start: int, end: int, kind: str) -> None:
    """Put the class names of a piece where they belong."""
    piece = text[start:end]
    excepted = _EXCEPT.match(piece)
    if excepted:
        piece, kind = _AFTER_EXCEPT.sub("", piece[excepted.end() :]), "exclude"
    found = expand(piece)
    words = _WORDS.search(text, start, end)
    details.add_names(kind if kind in _NAMES else "include", found.names, words.span() if words else (start, end))
    details.unread += list(_unread(found.unread))


def _unread(pieces: tuple[str, ...]) -> Iterator[str]:
    return (piece for piece in pieces if re.search(r"[^\W_]", _FILLER.sub("", piece)))
