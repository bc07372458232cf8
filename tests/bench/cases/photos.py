"""Photos: upload to accepted and safe on disk, beside nothing but decoding the same files."""

import io
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

from crowd import Crowd
from load import Tally, drive, multipart, request, shared
from PIL import Image
from report import Measured, Report
from server import Site

import jpegs

# The room's record: a photo named after a student needs that second sign.
SHOT = """
insert into check_in
    (campaign_id, slot_id, student_id, ticket, make_up, state, by, override_reason, at, called_at, shot_at, shot_no)
select s.campaign_id, slot.id, s.id, 9000 + row_number() over (), false, 'shot', 'staff', '', now(), now(), now(), 1
from student s join lateral (select id from slot where slot.campaign_id = s.campaign_id limit 1) slot on true
on conflict do nothing
"""
CONNECTIONS = 8
DECODERS = 2  # as many as the product uses


async def run(site: Site, crowd: Crowd, report: Report, rounds: int, quick: bool) -> None:
    for turn in range(rounds):
        files = {one.number: jpegs.sound(f"{turn} {one.number}") for one in crowd.everybody[: 60 if quick else 600]}
        tally = await _product(site, crowd, files)
        decoded = _decode_all(files.values())
        n = len(files)
        report.add(
            Measured("photo_ingest", tally.per_second, "1/s", n, "Pillow, 2 threads, decoding alone", decoded),
            Measured("photo_ingest_p50", tally.ms(0.5), "ms", n),
            Measured("photo_ingest_p99", tally.ms(0.99), "ms", n),
        )
    site.db.execute("truncate photo, outbox cascade")


async def _product(site: Site, crowd: Crowd, files: dict[str, bytes]) -> Tally:
    site.db.execute(SHOT)
    requests = []
    for number, data in files.items():
        body, kind = multipart(f"{number}.jpg", data, "image/jpeg")
        requests.append(request("POST", f"{crowd.at}/photos", crowd.staff["agency"], body, kind=kind))
    before = _accepted(site)
    tally = await drive(site.port, [shared(requests)] * CONNECTIONS)
    assert _accepted(site) >= before, "later photos take the place of earlier ones"
    newest = site.db.execute("select count(*) from photo where state <> 'accepted' and superseded_by is null")
    assert newest.fetchone() == (0,), "every photo was accepted"
    return tally


def _accepted(site: Site) -> int:
    row = site.db.execute("select count(*) from photo where state = 'accepted'").fetchone()
    return int(row[0]) if row else 0


def _decode_all(files: Iterable[bytes]) -> float:
    """Files a second."""
    files = list(files)
    began = time.perf_counter()
    with ThreadPoolExecutor(DECODERS) as pool:
        for _ in pool.map(lambda data: Image.open(io.BytesIO(data)).load(), files):
            pass
    return len(files) / (time.perf_counter() - began)
