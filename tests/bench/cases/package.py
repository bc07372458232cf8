"""A delivery package of the whole campaign: sealing it, and its ZIP over HTTP beside plain zipfile."""

import hashlib
import http.client
import json
import time
import zipfile
from dataclasses import asdict
from pathlib import Path
from uuid import uuid4

from crowd import Crowd
from load import ask
from report import Measured, Report
from server import Site

import jpegs
from gradphoto.accounts.auth import cookie_name
from gradphoto.core.settings import settings
from gradphoto.photos.checking.jpeg import scan
from gradphoto.photos.storage import key_of

MEGABYTE = 1e6
ROW = """
insert into photo (campaign_id, student_id, sha256, size, width, height, filename_mask, source, state, findings,
                   evidence, late, received_at, decided_at, decision_reason, asked_note)
values (%s, %s, %s, %s, 480, 640, '', 'on_site', 'accepted', '[]', %s, false, now(), now(), '', '')
"""


async def run(site: Site, crowd: Crowd, report: Report, rounds: int, quick: bool) -> None:
    site.db.execute("truncate photo, package cascade")
    files = _accepted(site, crowd, quick)
    n, size = len(files), sum(path.stat().st_size for path in files) / MEGABYTE
    registrar = crowd.staff["registrar"]
    for _ in range(rounds):
        began = time.perf_counter()
        order = {"op_id": str(uuid4()), "recipient": "x", "named_by": "student_number"}
        made = await ask(site.port, "POST", f"{crowd.at}/packages", registrar, order)
        sealed = time.perf_counter() - began
        assert made["package"]["photos"] == n
        first, whole = _download(site.port, f"{crowd.at}/packages/{made['package']['package_id']}/zip", registrar)
        built = await _receipt(site, crowd, 0)
        receipt = await _receipt(site, crowd, 1)
        plain = _plain(files)
        limit = "zipfile, stored, reading the same files"
        report.add(
            Measured("package_seal", sealed, "s", n),
            Measured("package_download", size / whole, "MB/s", n, limit, size / plain),
            Measured("package_first_byte", first, "s", n),
            Measured("package_receipt", receipt * 1000, "ms", n),
            Measured("package_receipt_first", built * 1000, "ms", n),
        )
    site.db.execute("truncate photo, package, outbox cascade")


async def _receipt(site: Site, crowd: Crowd, whose: int) -> float:
    """Seconds; the first builds the package's tree, which stays."""
    began = time.perf_counter()
    await ask(site.port, "GET", f"{crowd.at}/me/receipt", crowd.everybody[whose].token)
    return time.perf_counter() - began


def _accepted(site: Site, crowd: Crowd, quick: bool) -> list[Path]:
    """A photo for everybody, on disk and on record."""
    files, rows = [], []
    for one in crowd.everybody[: 60 if quick else None]:
        data = jpegs.sound(f"package {one.number}")
        sha256 = hashlib.sha256(data).hexdigest()
        path = settings().photos_dir / key_of(sha256)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        evidence = {"segments": [asdict(part) for part in scan(data).segments]}
        files.append(path)
        rows.append((crowd.campaign_id, one.student_id, sha256, len(data), json.dumps(evidence)))
    with site.db.cursor() as cursor:
        cursor.executemany(ROW, rows)
    site.db.execute("analyze photo")
    return files


def _download(port: int, path: str, token: str) -> tuple[float, float]:
    """Seconds to the first byte and to the last."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=300)
    began = time.perf_counter()
    connection.request("GET", f"/api/v1{path}", headers={"Cookie": f"{cookie_name()}={token}"})
    answer = connection.getresponse()
    assert answer.status == 200, answer.read()
    answer.read(1)
    first = time.perf_counter() - began
    while answer.read(1 << 20):
        pass
    return first, time.perf_counter() - began


def _plain(files: list[Path]) -> float:
    began = time.perf_counter()
    with Path("/dev/null").open("wb") as nowhere, zipfile.ZipFile(nowhere, "w", zipfile.ZIP_STORED) as packed:
        for path in files:
            packed.writestr(path.name, path.read_bytes())
    return time.perf_counter() - began
