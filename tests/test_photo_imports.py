"""Photos by the thousand: a ZIP in pieces, a folder file by file, on the server; cut off anywhere, nothing is lost."""

import asyncio
import errno
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from procrastinate import PsycopgConnector
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

import make
import zips
from gradphoto.core.db import sessions
from gradphoto.core.jobs import conninfo, jobs
from gradphoto.core.settings import settings
from gradphoto.photo_imports import entry as import_entry
from gradphoto.photo_imports import incoming, reading_service, tus_routes
from gradphoto.photo_imports import job as import_job
from gradphoto.photo_imports import service as import_service
from gradphoto.photo_imports.frames import Look
from gradphoto.photo_imports.job import import_photos, imports_go_on, imports_tidy
from gradphoto.photo_imports.reading.archive import Limits
from gradphoto.photos import checker, receive_service
from gradphoto.photos.checking.report import PhotoReport
from gradphoto.photos.service import the_store
from gradphoto.photos.storage import PhotoStore, StorageAway
from room import NUMBERS, ok
from shoot import frame, photo, reel, shoot
from zips import by_hand, entry, packed

TUS = {"Tus-Resumable": "1.0.0", "Content-Type": "application/offset+octet-stream"}


class Agency:
    """The agency's browser, sending an import."""

    def __init__(self, people: make.People) -> None:
        self.people, self.browser, self.at = people, people.agency, f"{people.at}/photo-imports"

    async def begin(self, kind: str = "zip", size: int = 0, **more: Any) -> dict[str, Any]:
        body = dict(op_id=str(uuid4()), kind=kind, name="第一天.zip", size=size, camera=False, source="on_site") | more
        response = await self.browser.post(self.at, json=body)
        assert response.status_code == 201, response.text
        return response.json()

    async def piece(self, one: str, offset: int, data: bytes, **headers: str) -> httpx.Response:
        sent = TUS | {"Upload-Offset": str(offset)} | headers
        return await self.browser.patch(f"{self.at}/{one}/bytes", content=data, headers=sent)

    async def offset(self, one: str) -> int:
        response = await self.browser.head(f"{self.at}/{one}/bytes", headers=TUS)
        assert response.status_code == 200 and response.headers["Tus-Resumable"] == "1.0.0"
        return int(response.headers["Upload-Offset"])

    async def sent(self, data: bytes, **more: Any) -> str:
        one = (await self.begin(size=len(data), **more))["photo_import_id"]
        response = await self.piece(one, 0, data)
        assert response.status_code == 204, response.text
        return one

    async def read(self, data: bytes, **more: Any) -> dict[str, Any]:
        """Sent and read to its end."""
        one = await self.sent(data, **more)
        await self.work(one)
        return await self.state(one)

    async def work(self, one: str) -> None:
        await import_photos(campaign_id=str(self.people.campaign_id), import_id=one)

    async def state(self, one: str) -> dict[str, Any]:
        return ok(await self.browser.get(f"{self.at}/{one}"))

    async def entries(self, one: str, **query: Any) -> list[dict[str, Any]]:
        return ok(await self.browser.get(f"{self.at}/{one}/entries", params=query))

    async def act(self, one: str, act: str, **body: Any) -> dict[str, Any]:
        return ok(await self.browser.post(f"{self.at}/{one}/{act}", json=body))


@pytest.fixture
def agency(people: make.People) -> Agency:
    return Agency(people)


def counts(state: Mapping[str, Any]) -> dict[str, int]:
    return {outcome: number for outcome, number in state["counts"].items() if number}


def refused(response: httpx.Response, status: int, code: str) -> None:
    assert (response.status_code, response.json()["code"]) == (status, code), response.text


async def photos() -> Counter[str | None]:
    """Student number -> photos."""
    query = text("select s.number from photo p left join student s on s.id = p.student_id")
    async with sessions() as db:
        return Counter(await db.scalars(query))


async def grow_old(one: str) -> None:
    """As if its reader had shown no sign of life for two minutes."""
    async with sessions() as db, db.begin():
        await db.execute(
            text("update photo_import set worked_at = worked_at - interval '2 minutes' where id = :one"), {"one": one}
        )


async def run_jobs(database_url: str) -> None:
    with jobs.replace_connector(PsycopgConnector(conninfo=conninfo(database_url))) as app:
        async with app.open_async():
            await app.run_worker_async(wait=False, install_signal_handlers=False)


# --- a ZIP in pieces -------------------------------------------------------------------------------------------------


async def test_a_zip_comes_in_pieces_and_is_read_by_the_worker(agency: Agency, database_url: str) -> None:
    await shoot(NUMBERS[:2])
    data = packed({f"{number}.jpg": photo(number) for number in NUMBERS[:3]} | {"Thumbs.db": b"x", "读我.txt": b"x"})
    one = (await agency.begin(size=len(data), name="1101011990010110{}.zip".format("17")))["photo_import_id"]
    for start in range(0, len(data), 20_000):
        assert await agency.offset(one) == start
        response = await agency.piece(one, start, data[start : start + 20_000])
        assert (response.status_code, response.content) == (204, b"")
    assert int(response.headers["Upload-Offset"]) == len(data)
    assert (await agency.state(one))["state"] == "waiting"
    await run_jobs(database_url)
    state = await agency.state(one)
    assert (state["state"], state["files"], state["done"], state["passed_over"]) == ("done", 4, 4, 1)
    assert counts(state) == {"matched": 2, "waiting": 1, "refused": 1}
    assert len(state["sha256"]) == 64 and state["finished_at"]
    assert await photos() == {NUMBERS[0]: 1, NUMBERS[1]: 1, None: 1}
    assert not incoming.path_of(UUID(one)).exists(), "the photos are in the vault, the ZIP is no longer needed"
    rows = await agency.entries(one)
    assert [row["position"] for row in rows] == [1, 2, 3, 4]
    assert [row["student_number"] for row in rows] == [*NUMBERS[:3], None]
    (no,) = await agency.entries(one, outcome="refused")
    assert (no["name"], no["code"]) == ("读我.txt", "not_a_photo") and no["why"] and no["remedy"]
    assert [one["photo_import_id"] for one in ok(await agency.browser.get(agency.at))] == [one]


async def test_a_broken_connection_goes_on_where_the_server_says(agency: Agency) -> None:
    data = packed({"1.jpg": photo(1)})
    one = (await agency.begin(size=len(data)))["photo_import_id"]
    assert (await agency.piece(one, 0, data[:5000])).status_code == 204
    # The answer was lost, and the browser sends the piece again; or it believes that more has arrived.
    for wrong in (0, 4999, 5001, len(data)):
        response = await agency.piece(one, wrong, data[wrong : wrong + 100])
        refused(response, 409, "offset_differs")
        assert response.json()["facts"]["offset"] == 5000
    assert await agency.offset(one) == 5000
    assert (await agency.piece(one, 5000, data[5000:])).status_code == 204
    assert incoming.path_of(UUID(one)).read_bytes() == data


async def test_two_browsers_that_send_the_same_piece_write_it_once(agency: Agency) -> None:
    data = packed({"1.jpg": photo(1)})
    one = (await agency.begin(size=len(data) + 1))["photo_import_id"]
    answers = await asyncio.gather(*(agency.piece(one, 0, data) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [204, 409, 409, 409]
    assert await agency.offset(one) == len(data)


async def test_a_piece_that_was_written_and_not_recorded_is_written_over(agency: Agency) -> None:
    data = packed({"1.jpg": photo(1)})
    one = (await agency.begin(size=len(data)))["photo_import_id"]
    incoming.write(UUID(one), 0, b"x" * 3000)
    assert await agency.offset(one) == 0
    assert (await agency.piece(one, 0, data)).status_code == 204
    assert incoming.path_of(UUID(one)).read_bytes() == data


async def test_what_does_not_fit_the_protocol_is_refused(agency: Agency, monkeypatch: pytest.MonkeyPatch) -> None:
    one = (await agency.begin(size=1000))["photo_import_id"]
    refused(await agency.piece(one, 0, b"x", **{"Tus-Resumable": "0.2.2"}), 412, "tus_version")
    refused(await agency.piece(one, 0, b"x", **{"Content-Type": "application/octet-stream"}), 415, "wrong_piece_type")
    refused(await agency.piece(one, 0, b"x" * 1001), 413, "import_too_large")
    refused(await agency.piece(str(uuid4()), 0, b"x"), 404, "not_found")
    monkeypatch.setattr(tus_routes, "MOST_PIECE_BYTES", 10)
    refused(await agency.piece(one, 0, b"x" * 11), 413, "request_too_large")
    assert (await agency.piece(one, -1, b"x")).status_code == 422
    assert await agency.offset(one) == 0
    folder = (await agency.begin("folder"))["photo_import_id"]
    refused(await agency.piece(folder, 0, b"x"), 409, "not_in_pieces")
    await agency.act(one, "cancel")
    refused(await agency.piece(one, 0, b"x"), 409, "import_closed")


async def test_a_zip_beyond_the_limit_or_the_disk_is_refused_before_it_is_sent(
    agency: Agency, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = dict(op_id=str(uuid4()), kind="zip", name="x.zip", size=settings().max_import_bytes + 1)
    body |= dict(camera=False, source="on_site")
    refused(await agency.browser.post(agency.at, json=body), 413, "import_too_large")
    refused(await agency.browser.post(agency.at, json=body | dict(size=0)), 422, "not_an_archive")
    monkeypatch.setattr(incoming, "LEFT_FREE", 1 << 60)
    refused(await agency.browser.post(agency.at, json=body | dict(size=10)), 507, "storage_full")
    assert ok(await agency.browser.get(agency.at)) == [], "negative control: nothing was begun"


async def test_to_begin_twice_is_to_begin_once(agency: Agency) -> None:
    op_id = str(uuid4())
    first, again = [await agency.begin(size=10, op_id=op_id) for _ in range(2)]
    assert first == again
    body = dict(op_id=op_id, kind="zip", name="第一天.zip", size=11, camera=False, source="on_site")
    refused(await agency.browser.post(agency.at, json=body), 409, "op_id_reused")


async def test_a_full_disk_takes_no_piece_for_done(agency: Agency, monkeypatch: pytest.MonkeyPatch) -> None:
    one = (await agency.begin(size=100))["photo_import_id"]

    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(os, "fsync", full)
    refused(await agency.piece(one, 0, b"x" * 50), 507, "storage_full")
    monkeypatch.undo()
    assert await agency.offset(one) == 0


async def test_a_piece_is_not_put_behind_a_hole(agency: Agency) -> None:
    """The folder was restored from a backup, or another machine answers: what was acknowledged is not there."""
    data = packed({"1.jpg": photo(1)})
    one = (await agency.begin(size=len(data)))["photo_import_id"]
    assert (await agency.piece(one, 0, data[:100])).status_code == 204
    incoming.forget(UUID(one))
    refused(await agency.piece(one, 100, data[100:]), 410, "pieces_lost")


# --- reading ---------------------------------------------------------------------------------------------------------


async def test_the_same_zip_twice_changes_nothing(agency: Agency) -> None:
    await shoot(NUMBERS[:3])
    data = packed({f"{number}.jpg": photo(number) for number in NUMBERS[:3]})
    assert counts(await agency.read(data)) == {"matched": 3}
    before = await photos()
    again = await agency.read(data)
    assert counts(again) == {"already": 3} and await photos() == before
    other_names = packed({f"{n}-copy.jpg": photo(number) for n, number in enumerate(NUMBERS[:3])})
    assert counts(await agency.read(other_names)) == {"already": 3} and await photos() == before


async def test_bad_entries_are_named_and_the_rest_goes_in(agency: Agency) -> None:
    bad = {
        "unsafe_path": entry(b"../a.jpg", photo(1)),
        "symlink": entry(b"b.jpg", b"/etc/passwd", mode=0o120777),
        "encrypted": entry(b"c.jpg", photo(1), flags=1),
        "damaged": entry(b"d.jpg", photo(1), crc=1),
        "nested_archive": entry(b"e.zip", packed({"x.jpg": photo(1)})),
        "bomb": entry(b"f.jpg", bytes(5_000_000)),
        "duplicate_name": entry(b"good.jpg", photo(1)),
    }
    state = await agency.read(by_hand(entry(b"good.jpg", photo(0)), *bad.values()))
    assert (state["state"], counts(state)) == ("done", {"waiting": 1, "refused": len(bad)})
    rows = await agency.entries(state["photo_import_id"], outcome="refused")
    assert Counter(row["code"] for row in rows) == Counter(bad.keys())
    assert all(row["why"] and row["remedy"] for row in rows)


@pytest.mark.parametrize("data", [b"no archive at all", packed({"1.jpg": b"x" * 200})[:-30]])
async def test_a_zip_that_cannot_be_opened_is_refused_whole_with_the_reason(agency: Agency, data: bytes) -> None:
    state = await agency.read(data)
    assert state["state"] == "refused" and "ZIP" in state["why"] and state["done"] == 0
    assert not incoming.path_of(UUID(state["photo_import_id"])).exists()


async def test_names_that_chinese_windows_wrote_lead_to_the_student(agency: Agency) -> None:
    await shoot(NUMBERS[:2])
    first = entry(f"甲学院\\毕业生照片-甲1501-学生一-{NUMBERS[0]}(1).JPG".encode("gb18030"), photo(1))
    second = entry(make.id_number(2).lower().encode() + "（副本）.jpg.jpg".encode("gb18030"), photo(2))
    state = await agency.read(by_hand(first, second))
    assert counts(state) == {"matched": 2} and await photos() == {NUMBERS[0]: 1, NUMBERS[1]: 1}
    assert make.id_number(2) not in str(await agency.entries(state["photo_import_id"])).upper()


async def test_what_no_database_can_hold_stops_only_its_own_file(
    agency: Agency, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = import_entry.look_at

    async def strange(campaign_id: UUID, data: bytes, *, slates: bool) -> Look:
        strange_one = data == photo("strange")
        return (
            Look(None, datetime(1, 1, 1, tzinfo=make.SHANGHAI))
            if strange_one
            else await real(campaign_id, data, slates=slates)
        )

    monkeypatch.setattr(import_entry, "look_at", strange)
    state = await agency.read(packed({"1.jpg": photo("strange"), "2.jpg": photo(2)}))
    assert (state["state"], counts(state)) == ("done", {"waiting": 1, "refused": 1})
    (row,) = await agency.entries(state["photo_import_id"], outcome="refused")
    assert (row["code"], row["position"]) == ("unreadable", 1) and row["remedy"]


async def test_a_student_number_with_a_letter_is_no_passport_of_somebody_else(agency: Agency) -> None:
    """U201512345 has the form of a passport's number: it was looked for among the ID numbers, and nobody had it."""
    await shoot(NUMBERS[:1])
    async with sessions() as db, db.begin():
        await db.execute(text("update student set number = 'U201512345' where number = :n"), {"n": NUMBERS[0]})
    state = await agency.read(packed({"U201512345.jpg": photo(1), "U201512346.jpg": photo(2)}))
    assert counts(state) == {"matched": 1, "waiting": 1} and await photos() == {"U201512345": 1, None: 1}
    (row,) = await agency.entries(state["photo_import_id"], outcome="matched")
    assert row["photo_state"] == "accepted", "and not for a person to look at, as with another's ID number"


async def test_finished_photos_that_were_called_a_cameras_are_judged_again(agency: Agency) -> None:
    await shoot(NUMBERS[:1])
    data = packed({f"{NUMBERS[0]}.jpg": photo(9)})
    one = (await agency.read(data, camera=True))["photo_import_id"]
    ok(await agency.browser.post(f"{agency.at}/{one}/release", json={"position": 1}))
    (row,) = await agency.entries(one)
    assert (row["student_number"], row["photo_state"]) == (NUMBERS[0], "received"), "a person would look"
    again = (await agency.read(data))["photo_import_id"]
    (row,) = await agency.entries(again)
    assert (row["student_number"], row["photo_state"]) == (NUMBERS[0], "accepted")
    await agency.read(data, camera=True)
    assert (await agency.entries(again))[0]["photo_state"] == "accepted", "not the other way round"


async def test_bytes_that_wait_are_not_given_by_a_stretch_that_nobody_has_read(agency: Agency) -> None:
    data = photo("known")
    await agency.read(packed({f"{NUMBERS[0]}.jpg": data}))
    await shoot(NUMBERS[:1])  # now there would be a second sign
    one = (await agency.begin("folder", camera=True))["photo_import_id"]
    (await put(agency, one, 1, f"{NUMBERS[0]}.jpg", data)).raise_for_status()
    assert await photos() == {None: 1}
    state = await agency.read(packed({f"{NUMBERS[0]}.jpg": data}))
    assert counts(state) == {"already": 1} and await photos() == {NUMBERS[0]: 1}, "without a camera there is"


async def test_a_cameras_original_stays_one_when_the_check_was_ill_at_first(
    agency: Agency, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def ill(data: bytes, *_: object) -> PhotoReport:
        return checker._quarantined(data)

    data = frame(agency.people.campaign_id, 5, None)
    one = (await agency.begin("folder", camera=True))["photo_import_id"]
    with monkeypatch.context() as patched:
        patched.setattr(receive_service, "check_photo", ill)
        assert ok(await put(agency, one, 1, "DSC_1.JPG", data))["photo_state"] == "rejected"
    made = ok(await put(agency, one, 1, "DSC_1.JPG", data))
    assert (made["photo_state"], made["outcome"]) == ("received", "waiting")
    async with sessions() as db:
        (findings,) = (await db.execute(text("select findings from photo"))).one()
    assert "camera_original" in {finding["code"] for finding in findings}


async def test_a_zip_that_is_gone_from_the_server_is_not_waited_for(agency: Agency) -> None:
    one = await agency.sent(packed({"1.jpg": photo(1)}))
    incoming.forget(UUID(one))
    await agency.work(one)
    state = await agency.state(one)
    assert state["state"] == "refused" and "重新上传" in state["why"]


async def test_bytes_that_are_another_students_are_refused_by_their_code(agency: Agency) -> None:
    await shoot(NUMBERS[:2])
    await agency.read(packed({f"{NUMBERS[0]}.jpg": photo("same")}))
    state = await agency.read(packed({f"{NUMBERS[1]}.jpg": photo("same")}))
    (row,) = await agency.entries(state["photo_import_id"])
    assert (row["outcome"], row["code"]) == ("refused", "same_bytes_two_students") and "另一名学生" in row["why"]


async def test_cancelled_in_the_middle_it_stops_and_keeps_what_it_has(agency: Agency) -> None:
    one = await agency.sent(packed({f"{n}.jpg": photo(n) for n in range(30)}))
    job = asyncio.create_task(agency.work(one))
    while (await agency.state(one))["done"] < 5:
        await asyncio.sleep(0.01)
    assert (await agency.act(one, "cancel"))["state"] == "cancelled"
    await asyncio.wait_for(job, 10)
    state = await agency.state(one)
    assert state["state"] == "cancelled" and 5 <= state["done"] < 30
    assert (await photos()).total() >= state["done"]
    assert not incoming.path_of(UUID(one)).exists()
    assert (await agency.act(one, "cancel"))["state"] == "cancelled", "twice is once"


async def test_what_is_done_cannot_be_cancelled(agency: Agency) -> None:
    one = (await agency.read(packed({"1.jpg": photo(1)})))["photo_import_id"]
    refused(await agency.browser.post(f"{agency.at}/{one}/cancel"), 409, "import_closed")


# --- cut off ---------------------------------------------------------------------------------------------------------


async def test_a_job_that_dies_in_the_middle_is_taken_up_where_it_stopped(agency: Agency, database_url: str) -> None:
    files = {f"{n:02}.jpg": photo(n) for n in range(40)}
    one = await agency.sent(packed(files))
    async with sessions() as db, db.begin():
        await db.execute(text("delete from procrastinate_jobs"))  # it is with the worker that dies
    job = asyncio.create_task(agency.work(one))
    while (await agency.state(one))["done"] < 10:
        await asyncio.sleep(0.01)
    job.cancel()
    await asyncio.gather(job, return_exceptions=True)
    half = await agency.state(one)
    assert half["state"] == "reading" and 10 <= half["done"] < 40, "the fault really happened"
    await agency.work(one)
    assert await agency.state(one) == half, "while somebody may still be at it, nobody else begins"
    await imports_go_on(timestamp=0)
    await run_jobs(database_url)
    assert await agency.state(one) == half
    await grow_old(one)
    await imports_go_on(timestamp=0)
    await run_jobs(database_url)
    state = await agency.state(one)
    assert (state["state"], counts(state)) == ("done", {"waiting": 40})
    assert (await photos()).total() == 40


@pytest.mark.parametrize("fault", [StorageAway(), OSError(errno.ENOSPC, "full")])
async def test_a_store_that_is_away_or_full_pauses_it_and_nothing_is_lost(
    agency: Agency, monkeypatch: pytest.MonkeyPatch, database_url: str, fault: Exception
) -> None:
    one = await agency.sent(packed({f"{n:02}.jpg": photo(n) for n in range(12)}))
    put, puts = PhotoStore.put, 0

    async def failing(self: PhotoStore, data: bytes) -> str:
        nonlocal puts
        puts += 1
        if puts > 5:
            if isinstance(fault, OSError):
                monkeypatch.setattr(os, "fsync", _raise(fault))
            else:
                raise fault
        return await put(self, data)

    monkeypatch.setattr(PhotoStore, "put", failing)
    await agency.work(one)
    monkeypatch.undo()
    paused = await agency.state(one)
    assert paused["state"] == "paused" and "存" in paused["why"] and 0 < paused["done"] < 12
    assert counts(paused) == {"waiting": paused["done"]}, "no file was given up for it"
    await agency.act(one, "retry")
    await run_jobs(database_url)
    state = await agency.state(one)
    assert (state["state"], state["why"], counts(state)) == ("done", "", {"waiting": 12})


def _raise(error: Exception) -> Any:
    def raising(*_: Any) -> None:
        raise error

    return raising


async def test_a_busy_check_is_waited_for(agency: Agency, monkeypatch: pytest.MonkeyPatch) -> None:
    keep, busy = receive_service.keep, 3

    async def sometimes(*arguments: Any) -> Any:
        nonlocal busy
        busy -= 1
        if busy >= 0:
            raise import_entry.CheckBusy
        return await keep(*arguments)

    monkeypatch.setattr(receive_service, "keep", sometimes)
    monkeypatch.setattr(import_entry, "BUSY_SECONDS", (0, 0, 0, 0))
    assert counts(await agency.read(packed({"1.jpg": photo(1)}))) == {"waiting": 1}
    assert busy < 0


# --- a folder of the browser -----------------------------------------------------------------------------------------


async def put(agency: Agency, one: str, position: int, name: str, data: bytes, **form: Any) -> httpx.Response:
    file = {"file": (name, data, "image/jpeg")}
    return await agency.browser.post(f"{agency.at}/{one}/files", files=file, data={"position": position} | form)


async def test_a_folder_comes_file_by_file(agency: Agency, database_url: str) -> None:
    await shoot(NUMBERS[:1])
    one = (await agency.begin("folder", name="第一天"))["photo_import_id"]
    row = ok(await put(agency, one, 1, f"{NUMBERS[0]}.jpg", photo(1)))
    assert (row["outcome"], row["student_number"]) == ("matched", NUMBERS[0])
    assert ok(await put(agency, one, 2, "说明.txt", b"x"))["code"] == "not_a_photo"
    assert ok(await put(agency, one, 3, f"{NUMBERS[1]}.jpg", photo(2)))["outcome"] == "waiting"
    # The network was lost: the browser sends again what it is not sure of.
    assert ok(await put(agency, one, 1, f"{NUMBERS[0]}.jpg", photo(1))) == row
    refused(await put(agency, one, 4, "a.jpg", photo(4), sha256="0" * 64), 409, "hash_differs")
    done = await agency.act(one, "complete")
    assert (done["state"], done["files"]) == ("waiting", 3)
    await run_jobs(database_url)
    state = await agency.state(one)
    assert (state["state"], counts(state)) == ("done", {"matched": 1, "waiting": 1, "refused": 1})
    refused(await put(agency, one, 5, "b.jpg", photo(5)), 409, "import_closed")
    assert (await photos()).total() == 2


async def test_files_and_pieces_do_not_mix(agency: Agency) -> None:
    one = (await agency.begin(size=100))["photo_import_id"]
    refused(await put(agency, one, 1, "a.jpg", photo(1)), 409, "not_by_file")
    refused(await agency.browser.post(f"{agency.at}/{one}/complete"), 409, "not_by_file")


# --- a camera's frames -----------------------------------------------------------------------------------------------

A, B, C, D = NUMBERS[:4]
AGREED = [(0, A), (3, None), (20, B), (23, None), (40, C), (43, None), (60, D), (63, None)]


async def test_frames_are_matched_by_slate_and_shot_order(agency: Agency) -> None:
    await shoot([A, B, C, D])
    state = await agency.read(packed(reel(agency.people.campaign_id, AGREED)), camera=True)
    assert counts(state) == {"matched": 4, "slate": 4} and state["stretches"] == []
    assert await photos() == {A: 1, B: 1, C: 1, D: 1}
    rows = await agency.entries(state["photo_import_id"])
    assert [row["student_number"] for row in rows] == [A, A, B, B, C, C, D, D]
    async with sessions() as db:
        cards = list(await db.scalars(text("select slate_sha256 from photo_entry where outcome = 'slate'")))
    for sha256 in cards:  # a card may hide a face: no picture of a camera is lost
        assert await the_store().get(sha256)
    assert rows[1]["taken_at"]
    async with sessions() as db:
        found = (await db.execute(text("select distinct matched_by, signs::text from photo"))).one()
    assert found == ("slate", '["shot_order", "shot_record", "slate"]')


async def test_slates_alone_are_one_sign(agency: Agency) -> None:
    state = await agency.read(packed(reel(agency.people.campaign_id, AGREED)), camera=True)
    assert counts(state) == {"waiting": 4, "slate": 4} and await photos() == {None: 4}


async def test_another_order_freezes_the_stretch_until_a_person_has_looked(agency: Agency) -> None:
    await shoot([A, C, B, D])
    state = await agency.read(packed(reel(agency.people.campaign_id, AGREED)), camera=True)
    one = state["photo_import_id"]
    (stretch,) = state["stretches"]
    assert (stretch["why"], stretch["positions"], stretch["released_at"]) == ("order_differs", [2, 4, 6], None)
    assert await photos() == {None: 3, D: 1}
    frames = reel(agency.people.campaign_id, AGREED)
    again = await agency.read(packed({name: frames[name] for name in list(frames)[1::2]}))
    assert await photos() == {None: 3, D: 1}, "to send the photos again does not thaw them"
    assert counts(again) == {"already": 4}
    released = await agency.act(one, "release", position=4)
    assert (len(released["matched"]), released["waiting"]) == (3, [])
    assert await photos() == {A: 1, B: 1, C: 1, D: 1}
    assert await agency.act(one, "release", position=2) == released, "twice is once"
    assert (await agency.state(one))["stretches"][0]["released_at"]
    refused(await agency.browser.post(f"{agency.at}/{one}/release", json={"position": 8}), 404, "no_such_stretch")


async def standing() -> list[tuple[Any, ...]]:
    """Everything about each photo that a release could change."""
    query = (
        "select id, student_id, proposed_student_id, state, held, signs::text, matched_by, decided_by, superseded_by"
    )
    async with sessions() as db:
        return [tuple(row) for row in await db.execute(text(f"{query} from photo order by id"))]


async def frozen(agency: Agency) -> str:
    """An import with three frames that are frozen because the room recorded another order."""
    await shoot([A, C, B, D])
    return str((await agency.read(packed(reel(agency.people.campaign_id, AGREED)), camera=True))["photo_import_id"])


async def test_a_release_is_taken_back_to_the_letter(agency: Agency) -> None:
    one = await frozen(agency)
    before, fresh = await standing(), (await agency.state(one))["stretches"]
    nothing = await agency.act(one, "release/undo", position=4)
    assert nothing == {"frozen": [], "kept": []} and await standing() == before, "nothing was released yet"
    released = await agency.act(one, "release", position=4)
    assert await standing() != before, "negative control"
    back = await agency.act(one, "release/undo", position=2)
    assert (sorted(back["frozen"]), back["kept"]) == (sorted(released["matched"]), [])
    assert await standing() == before and (await agency.state(one))["stretches"] == fresh
    assert await agency.act(one, "release/undo", position=6) == back, "twice is once"
    assert await agency.act(one, "release", position=4) == released
    refused(await agency.browser.post(f"{agency.at}/{one}/release/undo", json={"position": 8}), 404, "no_such_stretch")
    async with sessions() as db:
        acts = Counter(await db.scalars(text("select act from audit where act like '%release%'")))
        told = list(
            await db.scalars(text("select kind from outbox where kind ~ 'import.(released|frozen)' order by id"))
        )
    assert acts == {"release_stretch": 2, "undo_release": 3}
    assert told == ["photo_import.released", "photo_import.frozen", "photo_import.released"]


async def test_taking_a_release_back_leaves_what_a_person_has_moved_on(agency: Agency) -> None:
    one = await frozen(agency)
    released = (await agency.act(one, "release", position=4))["matched"]
    at, registrar = f"{agency.people.at}/photos", agency.people.registrar
    ok(await registrar.post(f"{at}/{released[0]}/decision", json={"decision": "rejected", "reason": "闭眼"}))
    ok(await agency.browser.post(f"{at}/{released[1]}/unmatch"))
    moved = {str(row[0]): row for row in await standing()}
    back = await agency.act(one, "release/undo", position=4)
    assert (back["frozen"], sorted(back["kept"])) == (released[2:], sorted(released[:2]))
    after = {str(row[0]): row for row in await standing()}
    assert [after[kept] for kept in back["kept"]] == [moved[kept] for kept in back["kept"]]


async def test_what_a_release_only_proposed_is_frozen_again_too(agency: Agency) -> None:
    await shoot([A, B, C, D])
    shots = [(0, A), (3, None), (9, None), (40, C), (43, None), (60, D), (63, None)]
    state = await agency.read(packed(reel(agency.people.campaign_id, shots)), camera=True)
    one, before = state["photo_import_id"], await standing()
    released = await agency.act(one, "release", position=2)
    assert len(released["waiting"]) == 2 and await standing() != before
    assert len((await agency.act(one, "release/undo", position=2))["frozen"]) == 2
    assert await standing() == before


async def test_what_a_release_had_superseded_counts_again(agency: Agency) -> None:
    """Finished photos, first called a camera's: the release accepts them, and an earlier one of A steps back."""
    await shoot([A, C, B, D])
    await agency.read(packed({f"{A}.jpg": photo("earlier")}))
    frames = reel(agency.people.campaign_id, AGREED)
    one = (await agency.read(packed(frames), camera=True))["photo_import_id"]
    await agency.read(packed({name: frames[name] for name in list(frames)[1::2]}))
    before = await standing()
    await agency.act(one, "release", position=4)
    assert Counter(row[3] for row in await standing())["superseded"] == 1, "negative control"
    assert len((await agency.act(one, "release/undo", position=4))["frozen"]) == 3
    assert await standing() == before


async def test_nothing_is_released_before_every_frame_has_its_place(
    agency: Agency, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the ones that are placed later would be frozen in a stretch that is released already."""
    place, answers = import_job.order_service.place, []

    async def impatient(db: AsyncSession, campaign_id: UUID, import_id: UUID, *more: Any) -> None:
        if not answers:
            answers.append(1)
        await place(db, campaign_id, import_id, *more)

    async def release(one: UUID) -> None:
        answers.append((await agency.browser.post(f"{agency.at}/{one}/release", json={"position": 4})).status_code)

    real = reading_service.still

    async def still(db: AsyncSession, campaign_id: UUID, import_id: UUID, *more: Any) -> bool:
        if answers == [1]:
            await release(import_id)
        return await real(db, campaign_id, import_id, *more)

    monkeypatch.setattr(import_job.order_service, "place", impatient)
    monkeypatch.setattr(reading_service, "still", still)
    one = await frozen(agency)
    assert answers == [1, 404], "somebody really tried in the middle"
    assert len((await agency.act(one, "release", position=4))["matched"]) == 3


async def test_a_frozen_stretch_is_shown_beside_the_record(agency: Agency) -> None:
    await shoot([A, C, B, D])
    state = await agency.read(packed(reel(agency.people.campaign_id, AGREED)), camera=True)
    path = f"{agency.at}/{state['photo_import_id']}/stretches"
    shown = ok(await agency.browser.get(f"{path}/4"))
    assert (shown["why"], shown["positions"]) == ("order_differs", [2, 4, 6])
    assert [one["number"] for one in shown["record"]] == [A, C, B, D]
    assert all(one["has_slate"] and one["shot_at"] for one in shown["record"])
    frames = [(one["kind"], one["student_number"], one["inside"]) for one in shown["frames"]]
    assert frames[:4] == [("slate", A, False), ("photo", A, True), ("slate", B, False), ("photo", B, True)]
    assert frames[-1] == ("photo", D, False)
    refused(await agency.browser.get(f"{path}/8"), 404, "no_such_stretch")


async def test_what_is_told_of_a_file_says_what_to_do(agency: Agency) -> None:
    files = {f"{A}.jpg": photo("a"), f"{B}.jpg": photo("b")[:9000], "notes.txt": b"notes"}
    state = await agency.read(packed(files))
    told = {row["outcome"]: row for row in await agency.entries(state["photo_import_id"])}
    assert set(told) == {"waiting", "rejected", "refused"}
    assert all(row["why"] and row["remedy"] for row in told.values())
    assert (told["waiting"]["photo_state"], told["refused"]["photo_state"]) == ("received", None)


async def test_a_missed_slate_leaves_its_photo_to_a_person(agency: Agency) -> None:
    await shoot([A, B, C, D])
    shots = [shot for shot in AGREED if shot[1] != B]
    state = await agency.read(packed(reel(agency.people.campaign_id, shots)), camera=True)
    assert await photos() == {A: 1, None: 1, C: 1, D: 1}
    (waiting,) = await agency.entries(state["photo_import_id"], outcome="waiting")
    assert waiting["student_number"] == B, "proposed by the room's record"
    assert [stretch["why"] for stretch in state["stretches"]] == ["missing_slate"]
    released = await agency.act(state["photo_import_id"], "release", position=waiting["position"])
    assert released["matched"] == [] and (await photos())[None] == 1, "one sign is still one sign"


async def test_a_frame_that_cannot_be_read_may_have_been_a_slate(agency: Agency) -> None:
    await shoot([A, B])
    files = reel(agency.people.campaign_id, [(0, A), (3, None), (5, None), (20, B), (23, None)])
    files |= {"DSC_0002.JPG": b"PK\x03\x04 not a picture"}
    await agency.read(packed(files), camera=True)
    assert await photos() == {None: 1, B: 1}


async def test_a_slate_of_another_campaign_or_of_nobody_names_nobody(agency: Agency) -> None:
    await shoot([A])
    foreign, unknown = frame(UUID(int=7), 0, A), frame(agency.people.campaign_id, 0, "99999999")
    state = await agency.read(
        packed({"DSC_1.JPG": foreign, "DSC_2.JPG": frame(agency.people.campaign_id, 3, None)}), camera=True
    )
    assert counts(state) == {"waiting": 2}
    more = {"DSC_1.JPG": unknown, "DSC_2.JPG": frame(agency.people.campaign_id, 3, None, "other")}
    state = await agency.read(packed(more), camera=True)
    assert counts(state) == {"waiting": 1, "slate": 1}
    assert set(await photos()) == {None}


async def test_what_a_person_decided_meanwhile_stays(agency: Agency, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the last file and the order somebody gives a photo to whom it belongs."""
    await shoot([A, B, C, D])
    order_of = import_job.order_service.order_of

    async def after_a_person(*arguments: Any) -> Any:
        for photo_row in ok(await agency.browser.get(f"{agency.people.at}/photos"))["photos"]:
            if photo_row["import_position"] == 2:
                student = await _student(agency, C)
                path = f"{agency.people.at}/photos/{photo_row['photo_id']}/match"
                ok(await agency.browser.post(path, json={"student_id": student}))
        return await order_of(*arguments)

    monkeypatch.setattr(import_job.order_service, "order_of", after_a_person)
    await agency.read(packed(reel(agency.people.campaign_id, AGREED)), camera=True)
    assert await photos() == {B: 1, C: 2, D: 1}


async def _student(agency: Agency, number: str) -> str:
    found = ok(await agency.browser.get(f"{agency.people.at}/students", params={"search": number}))
    return str(found["students"][0]["student_id"])


async def test_frames_of_an_import_that_was_cancelled_are_of_the_one_that_brings_them_again(agency: Agency) -> None:
    await shoot([A, B, C, D])
    frames = reel(agency.people.campaign_id, AGREED)
    one = (await agency.begin("folder", camera=True))["photo_import_id"]
    for position, name in enumerate(list(frames)[:4], 1):
        (await put(agency, one, position, name, frames[name])).raise_for_status()
    async with sessions() as db:
        assert list(await db.scalars(text("select distinct held from photo"))) == ["frozen_stretch"]
    await agency.act(one, "cancel")
    tray = ok(await agency.browser.get(f"{agency.people.at}/tray"))
    assert tray["nobodys"] == {"no_key": 2}, "there is no stretch that anybody could look at"
    state = await agency.read(packed(frames), camera=True)
    assert counts(state) == {"matched": 4, "slate": 4} and state["stretches"] == []
    assert await photos() == {A: 1, B: 1, C: 1, D: 1}


async def test_a_frame_whose_place_another_took_waits_for_a_person(agency: Agency) -> None:
    """It is in no stretch, so nobody could ever release it."""
    await shoot([A, B])
    one = (await agency.begin("folder", camera=True))["photo_import_id"]
    campaign_id = agency.people.campaign_id
    for position, data in ((1, frame(campaign_id, 0, A)), (2, frame(campaign_id, 3, None, "first"))):
        (await put(agency, one, position, "x.jpg", data)).raise_for_status()
    (await put(agency, one, 2, "x.jpg", frame(campaign_id, 3, None, "second"))).raise_for_status()
    await agency.act(one, "complete")
    await agency.work(one)
    assert await photos() == {A: 1, None: 1} and (await agency.state(one))["stretches"] == []
    assert ok(await agency.browser.get(f"{agency.people.at}/tray"))["nobodys"] == {"no_key": 1}


async def test_a_frame_that_comes_after_the_last_one_is_not_left_frozen(agency: Agency) -> None:
    """A second tab still sends while the first has said that all is there, and the order is being read."""
    one = (await agency.begin("folder", camera=True))["photo_import_id"]
    async with sessions() as db, db.begin():
        job = await import_service.the_import(db, agency.people.campaign_id, UUID(one))
    await agency.act(one, "complete")
    async with sessions() as db, db.begin():
        assert await reading_service.claim(db, agency.people.campaign_id, UUID(one))
    late = await import_entry.prepare(job, 9, "DSC_9.JPG", frame(agency.people.campaign_id, 5, None))
    with pytest.raises(import_entry.ImportStopped):
        await import_entry.enter(job, late)
    assert await photos() == Counter()


# --- begun and left --------------------------------------------------------------------------------------------------


async def idle(one: str, days: float) -> None:
    async with sessions() as db, db.begin():
        sql = text("update photo_import set worked_at = worked_at - make_interval(secs => :s) where id = :one")
        await db.execute(sql, {"one": one, "s": days * 86400})


async def test_an_import_that_was_begun_and_left_is_cancelled_and_frees_its_bytes(agency: Agency) -> None:
    data = packed({"1.jpg": photo(1)})
    days, left = settings().import_idle_days, {}
    for name in ("old", "young", "waiting", "paused", "reading"):
        left[name] = (await agency.begin(size=len(data)))["photo_import_id"]
        ends = len(data) if name in ("waiting", "paused", "reading") else 100
        assert (await agency.piece(left[name], 0, data[:ends])).status_code == 204
        await idle(left[name], days - 0.1 if name == "young" else days + 0.1)
    async with sessions() as db, db.begin():
        for name in ("paused", "reading"):
            await db.execute(text("update photo_import set state = :s where id = :i"), {"s": name, "i": left[name]})
    incoming.write(orphan := uuid4(), 0, b"of an import that ended when the power failed")
    await imports_tidy(timestamp=0)
    states = {name: await agency.state(one) for name, one in left.items()}
    assert {name: state["state"] for name, state in states.items()} == {
        "old": "cancelled",
        "young": "receiving",
        "waiting": "waiting",
        "paused": "paused",
        "reading": "reading",
    }
    assert f"{days} 天" in states["old"]["why"] and "重新上传" in states["old"]["why"]
    assert {name: incoming.path_of(UUID(one)).exists() for name, one in left.items()} == {
        name: name != "old" for name in left
    }
    assert not incoming.path_of(orphan).exists()
    refused(await agency.piece(left["old"], 100, data[100:]), 409, "import_closed")


async def test_a_piece_or_a_file_is_a_sign_of_life(agency: Agency) -> None:
    data = packed({"1.jpg": photo(1)})
    made = (await agency.begin(size=len(data)))["photo_import_id"]
    folder = (await agency.begin("folder"))["photo_import_id"]
    for one in (made, folder):
        await idle(one, 30)
    assert (await agency.piece(made, 0, data[:100])).status_code == 204
    (await put(agency, folder, 1, "1.jpg", photo(1))).raise_for_status()
    await imports_tidy(timestamp=0)
    assert {(await agency.state(one))["state"] for one in (made, folder)} == {"receiving"}


# --- a folder of the server ------------------------------------------------------------------------------------------


def command(database_url: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "gradphoto.cli", "photos", "import", *arguments],
        env=os.environ | {"GRADPHOTO_DATABASE_URL": database_url},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


async def finished(child: subprocess.Popen[str]) -> tuple[int, str]:
    out, err = await asyncio.to_thread(child.communicate, timeout=60)
    return child.returncode, out + err


async def test_the_command_killed_in_the_middle_goes_on(agency: Agency, database_url: str, tmp_path: Path) -> None:
    folder = tmp_path / "第一天"
    folder.mkdir()
    for n in range(60):
        (folder / f"{n}.jpg").write_bytes(photo(n))
    (folder / "link.jpg").symlink_to(folder / "1.jpg")
    child = command(database_url, str(folder))
    while (await photos()).total() < 10:
        assert child.poll() is None, child.communicate()
        await asyncio.sleep(0.01)
    child.send_signal(signal.SIGKILL)
    await finished(child)
    (half,) = ok(await agency.browser.get(agency.at))
    assert half["state"] == "reading" and 9 <= half["done"] < 61, "the fault really happened"
    code, said = await finished(command(database_url, str(folder)))
    assert code == 1 and "待认领：60" in said and "没有收：1" in said and "快捷链接" in said, said
    (state,) = ok(await agency.browser.get(agency.at))
    assert (state["state"], counts(state)) == ("done", {"waiting": 60, "refused": 1})
    (folder / "link.jpg").unlink()
    code, said = await finished(command(database_url, str(folder), "--campaign", str(agency.people.campaign_id)))
    assert code == 0 and "以前收过：60" in said, said
    assert (await photos()).total() == 60


async def test_two_windows_with_folders_of_the_same_name_leave_each_other_alone(
    agency: Agency, database_url: str, tmp_path: Path
) -> None:
    """Two cameras, two folders called DCIM: neither takes up nor cancels what the other is still at."""
    folders = [tmp_path / camera / "DCIM" for camera in ("one", "two")]
    for n, folder in enumerate(folders):
        folder.mkdir(parents=True)
        for i in range(30):
            (folder / f"{i}.jpg").write_bytes(photo((n, i)))
    first = command(database_url, str(folders[0]))
    while not (await photos()).total():
        assert first.poll() is None, first.communicate()
        await asyncio.sleep(0.01)
    second = command(database_url, str(folders[1]))
    for child in (first, second):
        code, said = await finished(child)
        assert code == 0 and "待认领：30" in said, said
    states = ok(await agency.browser.get(agency.at))
    assert [(state["state"], counts(state)) for state in states] == [("done", {"waiting": 30})] * 2


async def test_a_folder_of_the_server_is_not_called_done_by_a_retry(
    agency: Agency, database_url: str, tmp_path: Path
) -> None:
    """The browser cannot read that folder; the command goes on with it."""
    (tmp_path / "1.jpg").write_bytes(photo(1))
    assert (await finished(command(database_url, str(tmp_path))))[0] == 0
    async with sessions() as db, db.begin():
        await db.execute(text("update photo_import set state = 'paused', finished_at = null"))
    (one,) = ok(await agency.browser.get(agency.at))
    assert (await agency.act(one["photo_import_id"], "retry"))["state"] == "paused"
    await run_jobs(database_url)
    assert (await agency.state(one["photo_import_id"]))["state"] == "paused"


async def test_the_command_says_what_it_cannot_do(database_url: str, people: make.People, tmp_path: Path) -> None:
    code, said = await finished(command(database_url, str(tmp_path / "nowhere")))
    assert code == 2 and "没有这个文件夹" in said
    code, said = await finished(command(database_url, str(tmp_path), "--campaign", "不存在"))
    assert code == 2 and "--campaign" in said


# --- 20,001 ----------------------------------------------------------------------------------------------------------


async def test_the_entry_beyond_the_limit_is_the_only_one_refused_for_it(
    agency: Agency, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The real limit is tried in test_archives; here the way through the job."""
    monkeypatch.setattr(incoming, "Limits", lambda entry_bytes: Limits(entries=3, entry_bytes=entry_bytes))
    state = await agency.read(packed({f"{n}.jpg": photo(n) for n in range(4)}))
    assert counts(state) == {"waiting": 3, "refused": 1}
    (row,) = await agency.entries(state["photo_import_id"], outcome="refused")
    assert (row["code"], row["position"]) == ("too_many", 4)


async def test_entries_are_paged(agency: Agency) -> None:
    one = (await agency.read(zips.many(7)))["photo_import_id"]
    first = await agency.entries(one, limit=4)
    rest = await agency.entries(one, limit=4, after=first[-1]["position"])
    assert [row["position"] for row in first + rest] == list(range(1, 8))


def test_a_lease_is_longer_than_any_file_takes() -> None:
    assert reading_service.LEASE.total_seconds() > sum(import_entry.BUSY_SECONDS) + 20


async def test_where_the_count_differs_a_release_only_proposes(agency: Agency) -> None:
    """B's slate was missed and B's picture followed at once: it lies under A, and both witnesses would say so."""
    await shoot([A, B, C, D])
    shots = [(0, A), (3, None), (9, None), (40, C), (43, None), (60, D), (63, None)]
    state = await agency.read(packed(reel(agency.people.campaign_id, shots)), camera=True)
    (stretch,) = state["stretches"]
    assert stretch["why"] == "count_differs"
    released = await agency.act(state["photo_import_id"], "release", position=stretch["positions"][0])
    assert released["matched"] == [] and (await photos())[A] == 0
    waiting = await agency.entries(state["photo_import_id"], outcome="waiting")
    assert {row["student_number"] for row in waiting} == {A}, "proposed, for a person to see"


async def test_a_cameras_original_is_nobodys_certificate(agency: Agency) -> None:
    await shoot([A, B, C, D])
    await agency.read(packed(reel(agency.people.campaign_id, AGREED)), camera=True)
    registrar = agency.people.registrar
    page = ok(await registrar.get(f"{agency.people.at}/photos", params={"state": "received"}))
    one = page["photos"][0]["photo_id"]
    verdict = {"decision": "accepted", "reason": ""}
    answer = await registrar.post(f"{agency.people.at}/photos/{one}/decision", json=verdict)
    refused(answer, 409, "camera_original")


async def test_a_faulty_file_of_a_known_student_is_not_called_matched(agency: Agency) -> None:
    await shoot(NUMBERS[:2])
    state = await agency.read(packed({f"{A}.jpg": photo("a"), f"{B}.jpg": photo("b")[:9000]}))
    assert counts(state) == {"matched": 1, "rejected": 1}
    (row,) = await agency.entries(state["photo_import_id"], outcome="rejected")
    assert row["student_number"] == B and row["why"] and row["remedy"]
