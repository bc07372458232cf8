"""Where everything odd is collected, and decided by the rulings of a person: the same words always ask the same key."""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence

from gradphoto.schedule.notice.proposal import Choice, Finding, Level, Span

Rulings = Mapping[str, str]  # key of a finding -> code of the choice
NO_RULINGS: Rulings = {}
NOTED = Choice("noted", "已核对。")
AS_READ = "as_read"
DROP = Choice("drop", "这一场不列入。")


class Findings:
    """What one reading found, in the order it was found. `told` only tells; `ask` answers with the choice in force."""

    def __init__(self, rulings: Rulings = NO_RULINGS) -> None:
        self._rulings = rulings
        self._found: dict[tuple[str, str, int | None], Finding] = {}
        self._asked: Counter[tuple[str, str]] = Counter()

    def told(
        self,
        code: str,
        level: Level,
        sentence: str,
        ruling: str | None = None,
        span: Span | None = None,
        slot: int | None = None,
        about: str | None = None,
    ) -> None:
        """There is one reading, if any; a person can only note it. `about`: the words of the key, else the span's."""
        self._add(code, level, sentence, ruling, (NOTED,), span, slot, about)

    def ask(
        self,
        code: str,
        sentence: str,
        choices: Sequence[Choice],
        span: Span | None = None,
        slot: int | None = None,
        about: str | None = None,
        level: Level = Level.question,
    ) -> str:
        """There are several readings; the first is taken unless a person ruled for another that is still offered."""
        return self._add(code, level, sentence, None, tuple(choices), span, slot, about).taken

    def unread(self, code: str, sentence: str, span: Span, slot: int | None = None) -> None:
        """Something was not read, so there is nothing to rule."""
        self.told(code, Level.question, sentence, None, span, slot)

    def all(self) -> tuple[Finding, ...]:
        """What is missing first, the rest as it was found."""
        return tuple(sorted(self._found.values(), key=lambda finding: not finding.code.startswith("missing_")))

    def _add(
        self,
        code: str,
        level: Level,
        sentence: str,
        ruling: str | None,
        choices: tuple[Choice, ...],
        span: Span | None,
        slot: int | None,
        about: str | None,
    ) -> Finding:
        earlier = self._found.get((code, sentence, slot))
        if earlier:
            return earlier
        key = self._key(code, about if about is not None else span.text if span else "")
        ruled = self._rulings.get(key)
        chosen = next((one for one in choices if one.choice == ruled), choices[0])
        if choices != (NOTED,):
            ruling = chosen.sentence
        place = None if chosen is DROP else slot
        finding = Finding(code, level, sentence, ruling, span, place, key, choices, chosen.choice)
        self._found[code, sentence, slot] = finding
        return finding

    def _key(self, code: str, words: str) -> str:
        """weekday_mismatch-1f3a5b7c; the second finding about the same words ends in -2."""
        plain = "".join(words.split())
        self._asked[code, plain] += 1
        turn = self._asked[code, plain]
        mark = hashlib.sha256(plain.encode("utf-8", "surrogatepass")).hexdigest()[:8] if plain else ""
        return "-".join(filter(None, (code, mark, str(turn) if turn > 1 else "")))
