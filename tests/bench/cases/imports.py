"""A ZIP of photos, from its first byte sent to the last photo matched, beside nothing but writing the same files."""

import hashlib
import io
import os
import tempfile
import time
import zipfile
from collections.abc import Iterable
from pathlib import Path
from uuid import uuid4

from crowd import Crowd
from load import ask, drive, request, shared
from report import Measured, Report
from server import Site

import jpegs
from cases.photos import SHOT

PIECE = 8 << 20
LONGEST_SECONDS = 900


async def run(site: Site, crowd: Crowd, report: Report, rounds: int, quick: bool) -> None:
    site.db.execute(SHOT)
    for turn in range(rounds):
        chosen = crowd.everybody[: 200 if quick else None]
        files = {f"{one.number}.jpg": jpegs.sound(f"import {turn} {one.number}") for one in chosen}
        n, plain = len(files), _plain(files.values())
        seconds, sending = await _product(site, crowd, _packed(files))
        limit = "the same files written one by one, each fsynced"
        report.add(
            Measured("import_photos", n / seconds, "1/s", n, limit, n / plain),
            Measured("import_photos_all", seconds, "s", n, limit, plain),
            Measured("import_photos_sending", sending, "s", n),
        )
        again, _ = await _product(site, crowd, _packed(files))
        report.add(Measured("import_photos_second_time", n / again, "1/s", n, limit, n / plain))
        scrubbed, hashed = await _scrub(site, crowd)
        report.add(Measured("scrub", n / scrubbed, "1/s", n, "SHA-256 over the same files", n / hashed))
    site.db.execute("truncate photo_entry, photo_import, photo, outbox cascade")


async def _product(site: Site, crowd: Crowd, data: bytes) -> tuple[float, float]:
    """Seconds until all is read, and until all is sent."""
    token, at = crowd.staff["agency"], f"{crowd.at}/photo-imports"
    body = dict(op_id=str(uuid4()), kind="zip", name="bench.zip", size=len(data), camera=False, source="on_site")
    began = time.perf_counter()
    made = await ask(site.port, "POST", at, token, body)
    one = f"{at}/{made['photo_import_id']}"
    pieces = [
        request(
            "PATCH", f"{one}/bytes", token, data[start : start + PIECE], kind="application/offset+octet-stream"
        ).replace(b"\r\n", f"\r\nUpload-Offset: {start}\r\n".encode(), 1)
        for start in range(0, len(data), PIECE)
    ]
    await drive(site.port, [shared(pieces)])
    sent = time.perf_counter() - began
    while (state := await ask(site.port, "GET", one, token))["state"] in ("waiting", "reading"):
        assert time.perf_counter() - began < LONGEST_SECONDS
        time.sleep(0.2)
    assert state["state"] == "done" and state["counts"]["refused"] == state["counts"]["waiting"] == 0, state
    return time.perf_counter() - began, sent


async def _scrub(site: Site, crowd: Crowd) -> tuple[float, float]:
    """Seconds from asking to the verdict, and for hashing every original plainly."""
    token, at = crowd.staff["registrar"], f"{crowd.at}/photos"
    began = time.perf_counter()
    asked = (await ask(site.port, "POST", f"{at}/verify", token, {}))["asked_at"]
    while not (told := await ask(site.port, "GET", f"{at}/verification", token)) or told["at"] < asked:
        assert time.perf_counter() - began < LONGEST_SECONDS
        time.sleep(0.05)
    seconds = time.perf_counter() - began
    assert told["checked"] == told["intact"], told
    began = time.perf_counter()
    for path in (Path(os.environ["GRADPHOTO_DATA_DIR"]) / "photos").glob("??/*.jpg"):
        hashlib.sha256(path.read_bytes()).hexdigest()
    return seconds, time.perf_counter() - began


def _packed(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def _plain(files: Iterable[bytes]) -> float:
    """Seconds."""
    with tempfile.TemporaryDirectory(dir=os.environ["GRADPHOTO_DATA_DIR"]) as folder:
        began = time.perf_counter()
        for n, data in enumerate(files):
            with (Path(folder) / f"{n}.jpg").open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
        return time.perf_counter() - began
