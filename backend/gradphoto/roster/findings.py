"""What a roster file says back to the person who uploaded it: each finding with row, column, reason and remedy."""

from dataclasses import dataclass, field
from typing import Literal

from gradphoto.roster.id_numbers import mask, mask_within, normalise

MOST_SHOWN = 1000
Level = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class RowFinding:
    """One thing about one cell, row, or (row None) the file. `value` is masked wherever it may be an ID number."""

    row: int | None
    """1-based, as the spreadsheet shows it"""
    column: str
    """header text; "" when the row or file as a whole is meant"""
    letter: str
    code: str
    level: Level
    value: str
    reason: str
    remedy: str


@dataclass(slots=True)
class Findings:
    """Collects; shows at most 1,000 of each level but counts all."""

    errors: list[RowFinding] = field(default_factory=list)
    warnings: list[RowFinding] = field(default_factory=list)
    error_count: int = 0
    warning_count: int = 0

    def add(
        self,
        level: Level,
        code: str,
        reason: str,
        remedy: str,
        row: int | None = None,
        column: tuple[str, str] = ("", ""),
        value: str = "",
    ) -> None:
        shown = self.errors if level == "error" else self.warnings
        if level == "error":
            self.error_count += 1
        else:
            self.warning_count += 1
        if len(shown) < MOST_SHOWN:
            shown.append(RowFinding(row, *column, code, level, value, reason, remedy))


def masked(value: str) -> str:
    """A cell of the ID number column, whatever was written there."""
    return mask(normalise(value))


def excerpt(value: str) -> str:
    """A cell of another column: 40 characters, with anything that looks like an ID number masked."""
    return mask_within(" ".join(value.split())[:60])[:40]
