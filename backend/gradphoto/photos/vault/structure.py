"""How two photos differ in their structure, and what speaks for another edit of one: evidence, never proof.

Works on what was listed when they came (segments with hashes, trailing bytes): the pictures are not opened again, and
what the agency embedded is compared by its hash only.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

# What every JPEG has; everything else is a record that somebody put there.
_PICTURE = ("SOF", "DQT", "DHT", "SOS", "DRI")
_FRAME = ("SOI", "EOI", "APP0 JFIF", "APP14 Adobe")

Evidence = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Part:
    """A record in one of the two photos: a segment or the bytes after the end."""

    name: str
    length: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Difference:
    """`picture`: same_bytes = the coded picture is the same byte for byte; same_pixels = coded anew, looks the same."""

    picture: Literal["same_bytes", "same_pixels", "other", "unknown"]
    lost: list[Part]
    added: list[Part]
    zh: str


@dataclass(frozen=True, slots=True)
class Clue:
    """One line of the card: `here` beside what is usual in the batch. `unusual` speaks for another edit."""

    code: str
    zh: str
    here: str
    batch: str
    unusual: bool


def difference(before: Evidence, after: Evidence) -> Difference:
    """What `after` has lost and gained."""
    picture = _picture(before, after)
    old, new = records(before), records(after)
    lost = [part for part in old if part.sha256 not in {one.sha256 for one in new}]
    added = [part for part in new if part.sha256 not in {one.sha256 for one in old}]
    return Difference(picture, lost, added, _said(picture, lost, added))


def clues(photo: Evidence, batch: Sequence[Evidence]) -> list[Clue]:
    """`batch`: the others that came the same way, without the photo itself. Fewer than three say nothing."""
    found = [_against(photo, batch, code, zh, of) for code, zh, of in _LOOKS]
    return found if len(batch) >= 3 else [Clue(c.code, c.zh, c.here, "同批照片太少，没有可比的", False) for c in found]


def _picture(before: Evidence, after: Evidence) -> Literal["same_bytes", "same_pixels", "other", "unknown"]:
    if _coded(before) and _coded(before) == _coded(after):
        return "same_bytes"
    old, new = before.get("pixels_sha256"), after.get("pixels_sha256")
    if not old or not new:
        return "unknown"
    return "same_pixels" if old == new else "other"


def _coded(evidence: Evidence) -> list[str]:
    return [one["sha256"] for one in evidence.get("segments", []) if one["name"].startswith(_PICTURE)]


def records(evidence: Evidence) -> list[Part]:
    """What somebody put into the file beside the picture: further segments, bytes after the end."""
    return [
        Part(one["name"] if one["marker"] else "文件末尾的附加数据", one["length"], one["sha256"])
        for one in evidence.get("segments", [])
        if not one["name"].startswith(_PICTURE) and one["name"] not in _FRAME
    ]


def _said(picture: str, lost: list[Part], added: list[Part]) -> str:
    said = {
        "same_bytes": "画面数据逐字节相同",
        "same_pixels": "画面相同，但重新保存过",
        "other": "画面不同",
        "unknown": "画面是否相同无法判断",
    }[picture]
    if lost:
        said += f"；丢失了 {_listed(lost)}"
    if added:
        said += f"；多了 {_listed(added)}"
    return said + ("" if lost or added else "；附带的记录没有变化") + "。"


def _listed(parts: Iterable[Part]) -> str:
    return "、".join(f"{part.name}（{part.length} 字节）" for part in parts)


def _against(photo: Evidence, batch: Sequence[Evidence], code: str, zh: str, of: Any) -> Clue:
    here = of(photo)
    seen = Counter(of(one) for one in batch)
    usual, times = seen.most_common(1)[0] if seen else ("", 0)
    share = f"同批 {len(batch)} 张中 {times} 张是：{usual}" if usual != here else f"与同批 {times}/{len(batch)} 张相同"
    # Only where the batch itself agrees does a single one stand out.
    return Clue(code, zh, here, share, usual != here and times >= 0.8 * len(batch))


def _tables(evidence: Evidence) -> str:
    tables = [one["sha256"][:8] for one in evidence.get("segments", []) if one["name"] == "DQT"]
    return "、".join(tables) or "无"


def _names(evidence: Evidence) -> str:
    return "、".join(sorted({part.name for part in records(evidence) if part.name != "文件末尾的附加数据"})) or "无"


def _trailing(evidence: Evidence) -> str:
    return "有" if evidence.get("trailing_bytes") else "无"


def _coding(evidence: Evidence) -> str:
    frames = [one["name"] for one in evidence.get("segments", []) if one["name"].startswith("SOF")]
    return "、".join(frames) or "无"


def _order(evidence: Evidence) -> str:
    """Writers differ in the order in which they put segments down."""
    names = [one["name"].split()[0] for one in evidence.get("segments", []) if one["marker"] and one["name"] != "SOS"]
    short = [name for i, name in enumerate(names) if i == 0 or names[i - 1] != name]
    return " ".join(short)


_LOOKS = (
    ("tables", "压缩用的量化表", _tables),
    ("records", "附带的记录段", _names),
    ("trailing", "文件末尾的附加数据", _trailing),
    ("coding", "编码方式", _coding),
    ("order", "各段的先后", _order),
)
