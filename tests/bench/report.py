"""What was measured, one JSON object a line: medians over the rounds, beside the limit that was measured in them."""

import json
import sys
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

LESS_IS_BETTER = {"ms", "s"}


def percentile(values: Sequence[float], share: float) -> float:
    """Nearest rank; share 0.5 is the median."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else float("nan")


@dataclass(frozen=True, slots=True)
class Measured:
    """One figure of one round, and the limit of the same round."""

    name: str
    value: float
    unit: str
    n: int
    limit_name: str = ""
    limit_value: float | None = None


class Report:
    def __init__(self) -> None:
        self._rounds: dict[str, list[Measured]] = defaultdict(list)

    def add(self, *figures: Measured) -> None:
        for one in figures:
            self._rounds[one.name].append(one)

    def print(self) -> None:
        """The lines since the last call, to stdout."""
        for name, rounds in self._rounds.items():
            print(json.dumps(_line(name, rounds), ensure_ascii=False), flush=True)
        self._rounds.clear()


def _line(name: str, rounds: list[Measured]) -> dict[str, object]:
    """`ratio`: 1 = as good as the limit, less = worse, for rates and for times; the median of the rounds' own."""
    first = rounds[0]
    limits = [one.limit_value for one in rounds if one.limit_value is not None]
    ratios = [_ratio(one, one.limit_value) for one in rounds if one.limit_value]
    return {
        "name": name,
        "value": _short(median(one.value for one in rounds)),
        "unit": first.unit,
        "n": sum(one.n for one in rounds),
        "limit_name": first.limit_name or None,
        "limit_value": _short(median(limits)) if limits else None,
        "ratio": _short(median(ratios)) if ratios else None,
    }


def _ratio(one: Measured, limit: float) -> float:
    return limit / one.value if one.unit in LESS_IS_BETTER else one.value / limit


def _short(value: float) -> float:
    """Three significant digits are more than two shared cores repeat."""
    return float(f"{value:.3g}") if value < 1000 else round(value)


def say(text: str) -> None:
    """Progress goes to stderr, so that stdout stays JSON."""
    print(text, file=sys.stderr, flush=True)
