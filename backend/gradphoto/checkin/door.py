"""The door's rotating code: HMAC over campaign, venue and window, so every process shows the same one. Pure."""

import hmac
import unicodedata
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

TYPED_DIGITS = 4


@dataclass(frozen=True, slots=True)
class Door:
    """Which door, how long a code shows, and the key that nobody outside knows."""

    secret: bytes
    campaign_id: UUID
    venue_id: UUID
    window_seconds: int


@dataclass(frozen=True, slots=True)
class Codes:
    """What the room's screen shows during one window: four digits to type, a token to scan."""

    typed: str
    token: str
    changes_at: datetime


def codes(door: Door, at: datetime) -> Codes:
    """The codes of the window that `at` lies in. `at` is the real time: presence is real, also in a rehearsal."""
    return _of_window(door, int(at.timestamp()) // door.window_seconds)


def admits(door: Door, code: str, at: datetime) -> bool:
    """Whether `code`, typed or scanned, is of this window or the one before; full-width digits and spaces are fine."""
    given = unicodedata.normalize("NFKC", code).strip().encode("utf-8", "replace")
    window = int(at.timestamp()) // door.window_seconds
    shown = [_of_window(door, number) for number in (window, window - 1)]
    return any([hmac.compare_digest(given, one.encode()) for c in shown for one in (c.typed, c.token)])


def _of_window(door: Door, window: int) -> Codes:
    def digest(kind: str) -> bytes:
        text = f"{kind}|{door.campaign_id}|{door.venue_id}|{window}"
        return hmac.digest(door.secret, text.encode(), "sha256")

    number = int.from_bytes(digest("typed")[:8], "big") % 10**TYPED_DIGITS
    return Codes(
        typed=f"{number:0{TYPED_DIGITS}d}",
        token=urlsafe_b64encode(digest("token")[:18]).decode(),
        changes_at=datetime.fromtimestamp((window + 1) * door.window_seconds, UTC),
    )
