"""Photos by the thousand: a ZIP in pieces, a folder file by file, on the server; cut off anywhere, nothing is lost."""

import asyncio
import errno
import os
from collections import Counter
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

import make
import zips
from agency import Agency, counts, grow_old, photos, refused, run_jobs
from gradphoto.core.db import sessions
from gradphoto.core.settings import settings
from gradphoto.photo_imports import entry as import_entry
from gradphoto.photo_imports import incoming, reading_service, tus_routes
from gradphoto.photo_imports.frames import Look
from gradphoto.photo_imports.job import imports_go_on, imports_tidy
from gradphoto.photo_imports.reading.archive import Limits
from gradphoto.photos import checker, receive_service
from gradphoto.photos.checking.report import PhotoReport
from gradphoto.photos.storage import PhotoStore, StorageAway
from room import NUMBERS, ok
from shoot import frame, photo, shoot
from zips import by_hand, entry, packed

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


BROKEN = {"no archive": b"no archive at all", "cut off": packed({"1.jpg": b"x" * 200})[:-30]}


@pytest.mark.parametrize("data", BROKEN.values(), ids=BROKEN)
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
    (await agency.put(one, 1, f"{NUMBERS[0]}.jpg", data)).raise_for_status()
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
        assert ok(await agency.put(one, 1, "DSC_1.JPG", data))["photo_state"] == "rejected"
    made = ok(await agency.put(one, 1, "DSC_1.JPG", data))
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


async def test_a_folder_comes_file_by_file(agency: Agency, database_url: str) -> None:
    await shoot(NUMBERS[:1])
    one = (await agency.begin("folder", name="第一天"))["photo_import_id"]
    row = ok(await agency.put(one, 1, f"{NUMBERS[0]}.jpg", photo(1)))
    assert (row["outcome"], row["student_number"]) == ("matched", NUMBERS[0])
    assert ok(await agency.put(one, 2, "说明.txt", b"x"))["code"] == "not_a_photo"
    assert ok(await agency.put(one, 3, f"{NUMBERS[1]}.jpg", photo(2)))["outcome"] == "waiting"
    # The network was lost: the browser sends again what it is not sure of.
    assert ok(await agency.put(one, 1, f"{NUMBERS[0]}.jpg", photo(1))) == row
    refused(await agency.put(one, 4, "a.jpg", photo(4), sha256="0" * 64), 409, "hash_differs")
    done = await agency.act(one, "complete")
    assert (done["state"], done["files"]) == ("waiting", 3)
    await run_jobs(database_url)
    state = await agency.state(one)
    assert (state["state"], counts(state)) == ("done", {"matched": 1, "waiting": 1, "refused": 1})
    refused(await agency.put(one, 5, "b.jpg", photo(5)), 409, "import_closed")
    assert (await photos()).total() == 2


async def test_files_and_pieces_do_not_mix(agency: Agency) -> None:
    one = (await agency.begin(size=100))["photo_import_id"]
    refused(await agency.put(one, 1, "a.jpg", photo(1)), 409, "not_by_file")
    refused(await agency.browser.post(f"{agency.at}/{one}/complete"), 409, "not_by_file")


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
    (await agency.put(folder, 1, "1.jpg", photo(1))).raise_for_status()
    await imports_tidy(timestamp=0)
    assert {(await agency.state(one))["state"] for one in (made, folder)} == {"receiving"}


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


async def test_a_faulty_file_of_a_known_student_is_not_called_matched(agency: Agency) -> None:
    await shoot(NUMBERS[:2])
    state = await agency.read(packed({f"{NUMBERS[0]}.jpg": photo("a"), f"{NUMBERS[1]}.jpg": photo("b")[:9000]}))
    assert counts(state) == {"matched": 1, "rejected": 1}
    (row,) = await agency.entries(state["photo_import_id"], outcome="rejected")
    assert row["student_number"] == NUMBERS[1] and row["why"] and row["remedy"]
