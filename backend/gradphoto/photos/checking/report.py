"""What a check answers: findings with measures, worst first, and what a screen draws over the photo. Plain values."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from gradphoto.photos.checking.jpeg import Segment

Level = Literal["block", "review", "info"]
About = Literal["file", "picture"]
LEVELS: tuple[Level, ...] = ("block", "review", "info")
MOST_SENTENCES = 3


class Unreadable(ValueError):
    """No picture can be made of these bytes within the limits."""


@dataclass(frozen=True, slots=True)
class Finding:
    """block = cannot be accepted; review = a person looks; info = on record. `measured` against `limit`, as shown."""

    code: str
    level: Level
    zh: str
    en: str
    measured: str
    limit: str
    remedy: str
    remedy_en: str
    about: About = "file"

    @property
    def sentence(self) -> str:
        """What is wrong, how much, and what to do."""
        return f"{self.zh}。{self.remedy}。"

    @property
    def sentence_en(self) -> str:
        return f"{self.en}. {self.remedy_en}."

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "Finding":
        """Also of a row that was written before findings had all of these."""
        return cls(**{"about": "file", "remedy_en": ""} | values)


Span = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Drawing:
    """Lines to draw over the photo, in its own pixels from the top left; `_allowed` = where the line may be."""

    eye_line: tuple[float, float, float, float]
    """x, y of the eye at the left of the picture, then of the other"""
    face: tuple[float, float, float]
    """left edge, right edge, and the height at which the width was measured"""
    face_width_allowed: Span
    eyes_allowed: Span
    head_top: float | None
    head_top_allowed: Span
    chin: float
    centre: float
    centre_allowed: Span


@dataclass(frozen=True, slots=True)
class PhotoReport:
    """`width`, `height`, `mode` are None when the file does not get as far as a readable frame."""

    sha256: str
    size: int
    kind: str
    width: int | None
    height: int | None
    mode: str | None
    dpi: tuple[int, int] | None
    findings: list[Finding]
    segments: list[Segment]
    trailing_bytes: int
    has_record: bool = False
    """somebody, such as the agency, wrote more into the file than a picture needs"""
    quality: int | None = None
    """1-100 on the scale of the Independent JPEG Group, estimated from the quantisation tables"""
    coding: str = ""
    """the same for all files of one encoder with one setting; compared within a batch"""
    pixels_sha256: str = ""
    """of the decoded RGB: two files with the same one look the same, however they are coded"""
    measures: dict[str, float] = field(default_factory=dict)
    drawing: Drawing | None = None

    @property
    def accepted(self) -> bool:
        """No finding blocks; review findings are for a person to decide."""
        return not any(finding.level == "block" for finding in self.findings)

    def evidence(self) -> dict[str, Any]:
        """What is kept beside the photo: which byte belongs to what, so that a doubtful copy can be compared."""
        return {
            "segments": [asdict(s) for s in self.segments],
            "trailing_bytes": self.trailing_bytes,
            "has_record": self.has_record,
            "pixels_sha256": self.pixels_sha256,
        }

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "PhotoReport":
        """The inverse of `to_json`, after the values were JSON."""
        drawing = values["drawing"]
        return cls(
            **values
            | {
                "dpi": tuple(values["dpi"]) if values["dpi"] else None,
                "findings": [Finding.from_json(one) for one in values["findings"]],
                "segments": [Segment(**one) for one in values["segments"]],
                "drawing": Drawing(**{name: _tupled(value) for name, value in drawing.items()}) if drawing else None,
            }
        )


def worst_first(findings: Iterable[Finding]) -> list[Finding]:
    """Stable: of the same level, the earlier stays in front."""
    return sorted(findings, key=lambda finding: LEVELS.index(finding.level))


def headline(findings: Iterable[Finding]) -> list[Finding]:
    """At most three, worst first. Notes are left out; a sound photo has no headline."""
    return [finding for finding in worst_first(findings) if finding.level != "info"][:MOST_SENTENCES]


def _tupled(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
