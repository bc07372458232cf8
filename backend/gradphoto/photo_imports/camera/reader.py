"""The slate and the clock in a frame, asked from another process: see `core.confined`. `frames` is the only caller."""

from typing import Any
from uuid import UUID

from gradphoto.photo_imports.camera.clock import taken_at
from gradphoto.photos.matching.slate import find_slate


def read(data: bytes, campaign: str, with_slates: str) -> dict[str, Any]:
    """`with_slates`: "slates" or "". Time as ISO 8601, null where there is none."""
    when = taken_at(data)
    return {
        "slate": find_slate(UUID(campaign), data) if with_slates else None,
        "taken_at": when.isoformat() if when else None,
    }
