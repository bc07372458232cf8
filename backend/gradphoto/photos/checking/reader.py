"""The check and the small picture, asked from another process: see `core.confined`. `checker` is the only caller."""

import base64
import json
from typing import Any

from gradphoto.core.confined import Refused
from gradphoto.photos.checking.check import check
from gradphoto.photos.checking.faces import face_reader
from gradphoto.photos.checking.report import Unreadable
from gradphoto.photos.checking.small import thumbnail
from gradphoto.photos.checking.standard import PhotoStandard, Profile

face_reader()  # loaded before the first photo comes


def read(data: bytes, what: str, *arguments: str) -> dict[str, Any]:
    """check, standard as JSON, profile, "record" or ""; or small, width: {"jpeg": base64}."""
    if what == "check":
        standard, profile, record = arguments
        report = check(data, PhotoStandard.from_values(json.loads(standard)), Profile(profile), record == "record")
        return report.to_json()
    try:
        return {"jpeg": base64.b64encode(thumbnail(data, int(arguments[0]))).decode()}
    except Unreadable:
        raise Refused("unreadable") from None
