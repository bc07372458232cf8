"""Photos over HTTP: kept byte for byte, matched without guessing, one accepted a student, all of it can be undone."""

import asyncio
import base64
import hashlib
import io
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import psycopg
import pytest
from PIL import Image, ImageCms
from procrastinate import PsycopgConnector
from sqlalchemy import select, text

import jpegs
import make
from gradphoto.core.db import sessions
from gradphoto.core.events import Outbox
from gradphoto.core.jobs import conninfo, jobs
from gradphoto.core.settings import settings
from gradphoto.photos import receive_service, service
from gradphoto.photos.decide_service import AcceptedTwice
from gradphoto.photos.models import PhotoSource
from gradphoto.photos.storage import key_of
from gradphoto.photos.verify_service import verify_all
from gradphoto.roster.models import Student

ROWS = make.roster_rows()
FIRST, SECOND, THIRD = ROWS[0], ROWS[1], ROWS[2]


def photo(seed: object, size: tuple[int, int] = (480, 640), **options: Any) -> bytes:
    """A sound portrait; another `seed` is another photo, the same seed the same bytes."""
    return jpegs.sound(seed) if size == (480, 640) and not options else jpegs.sized(seed, size, **options)


@pytest.fixture(autouse=True)
async def _shot(people: make.People) -> None:
    """The room has shot everybody: a photo that is named after a student then has its two signs."""
    await make.shot()


async def send(
    browser: httpx.AsyncClient,
    people: make.People,
    data: bytes,
    name: str = "x.jpg",
    path: str = "/photos",
    **form: Any,
) -> httpx.Response:
    return await browser.post(people.at + path, files={"file": (name, data, "image/jpeg")}, data=form)


async def sent(people: make.People, data: bytes, name: str = "x.jpg", **form: Any) -> dict[str, Any]:
    response = await send(people.agency, people, data, name, **form)
    assert response.status_code == 200, response.text
    return response.json()


async def take_in(people: make.People, data: bytes, *, camera: bool) -> None:
    """As an import takes it in."""
    arrival = receive_service.Arrival(data, "x.jpg", PhotoSource.on_site, None, camera=camera)
    await receive_service.take_in(service.the_store(), people.campaign_id, arrival)


def without_comment(data: bytes) -> bytes:
    """Without the record that `jpegs` puts first."""
    return data[:2] + data[2 + 2 + int.from_bytes(data[4:6], "big") :]


async def student_id(number: str) -> UUID:
    async with sessions() as db:
        return (await db.scalars(select(Student.id).where(Student.number == number))).one()


async def rows() -> list[tuple[str, str, UUID | None]]:
    async with sessions() as db:
        return [tuple(r) for r in await db.execute(text("select sha256, state, student_id from photo order by id"))]


async def told() -> list[str]:
    async with sessions() as db:
        return list(await db.scalars(select(Outbox.kind).where(Outbox.kind.startswith("photo")).order_by(Outbox.id)))


def stored(data: bytes) -> Path:
    return settings().photos_dir / key_of(hashlib.sha256(data).hexdigest())


def refused(response: httpx.Response, status: int, code: str) -> None:
    assert (response.status_code, response.json()["code"]) == (status, code), response.text


# --- coming in -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "matched_by"),
    [
        (f"{FIRST.id_number}.jpg", "id_number"),
        (f"{FIRST.id_number.lower()}.JPG", "id_number"),
        (f"{FIRST.id_number}(1).JPG.jpg", "id_number"),
        (f"毕业生照片-甲1501-{FIRST.name}-{FIRST.number}.jpeg", "student_number"),
        (f"机械学院 {FIRST.number}.jpg", "student_number"),
        (f"{FIRST.number}_{FIRST.id_number}.jpg", "id_number"),
    ],
)
async def test_a_sound_photo_is_accepted_for_whom_its_name_says(
    people: make.People, name: str, matched_by: str
) -> None:
    data = photo("sound")
    answer = await sent(people, data, name, sha256=hashlib.sha256(data).hexdigest())
    assert (answer["state"], answer["matched_by"], answer["already"]) == ("accepted", matched_by, False)
    assert answer["student"]["number"] == FIRST.number
    assert FIRST.id_number not in str(answer).upper()
    assert await told() == ["photo.accepted"]


@pytest.mark.parametrize(
    ("name", "held"),
    [
        ("微信图片_20181023101112.jpg", "no_key"),
        ("99999999.jpg", "not_on_roster"),
        (f"{make.id_number(900)}.jpg", "not_on_roster"),
        (f"{make.id_number(900)}_{FIRST.number}.jpg", "not_on_roster"),
        (f"{FIRST.number}_{SECOND.number}.jpg", "two_students"),
        (f"{FIRST.id_number}_{SECOND.number}.jpg", "two_students"),
        (f"{FIRST.id_number[:-1]}{'1' if FIRST.id_number[-1] != '1' else '2'}.jpg", "damaged_id"),
        (f"{FIRST.number}-{SECOND.name}.jpg", "name_differs"),
    ],
)
async def test_a_name_that_does_not_point_at_one_student_is_never_guessed(
    people: make.People, name: str, held: str
) -> None:
    answer = await sent(people, photo("held"), name)
    assert (answer["state"], answer["student"], answer["held"]) == ("received", None, held)
    assert answer["findings"][0]["code"] == held and answer["findings"][0]["remedy"]
    assert await told() == ["photo.received"]


async def test_what_comes_back_is_bit_for_bit_what_came_and_the_look_is_on_record(people: make.People) -> None:
    data = photo("exact", comment="机构嵌入的数据".encode()) + b"\0agency record\xff\xd9"
    made = await sent(people, data, f"{FIRST.number}.jpg")
    assert made["state"] == "accepted"
    got = await people.registrar.get(f"{people.at}/photos/{made['photo_id']}/original")
    assert got.content == data == stored(data).read_bytes()
    digest = base64.b64encode(hashlib.sha256(data).digest()).decode()
    assert got.headers["repr-digest"] == f"sha-256=:{digest}:"
    assert got.headers["content-disposition"] == f'attachment; filename="{FIRST.number}.jpg"'
    assert "sandbox" in got.headers["content-security-policy"]
    assert got.headers["x-content-type-options"] == "nosniff"
    audit = (await people.registrar.get(f"{people.at}/audit", params={"act": "read_original"})).json()
    assert [row["subject_id"] for row in audit] == [made["photo_id"]]


async def test_the_same_bytes_again_are_the_same_answer(people: make.People) -> None:
    data = photo("twice")
    first = await sent(people, data, f"{FIRST.number}.jpg")
    again = await sent(people, data, f"{FIRST.id_number}.jpg")
    assert (first.pop("already"), again.pop("already")) == (False, True)
    assert again == first
    assert len(await rows()) == 1 and await told() == ["photo.accepted"]


async def test_the_same_bytes_at_the_same_moment_are_one_photo(people: make.People) -> None:
    data = photo("at once")
    answers = await asyncio.gather(*(sent(people, data, f"{FIRST.number}.jpg") for _ in range(4)))
    assert sorted(answer["already"] for answer in answers) == [False, True, True, True]
    assert len({answer["photo_id"] for answer in answers}) == len(await rows()) == 1


async def test_the_same_bytes_for_two_students_are_refused_and_name_neither(people: make.People) -> None:
    data = photo("two faces")
    await sent(people, data, f"{FIRST.number}.jpg")
    response = await send(people.agency, people, data, f"{SECOND.number}.jpg")
    refused(response, 409, "same_bytes_two_students")
    assert not any(word in response.text for word in (FIRST.number, SECOND.number, FIRST.name, SECOND.name))
    refused(
        await send(await people.student(SECOND.number), people, data, path="/me/photo"), 409, "same_bytes_two_students"
    )
    assert await rows() == [(hashlib.sha256(data).hexdigest(), "accepted", await student_id(FIRST.number))]


async def test_the_same_broken_file_of_two_students_is_told_its_fault(people: make.People) -> None:
    """Every empty file has the same bytes: the second student would be told of somebody else's photo."""
    first, second = await people.student(FIRST.number), await people.student(SECOND.number)
    for data, why in ((b"", "0 字节"), (photo("shrunk", (240, 320)), "240x320")):
        assert (await send(first, people, data, path="/me/photo")).json()["state"] == "rejected"
        again = await send(second, people, data, path="/me/photo")
        refused(again, 409, "same_bytes_two_students")
        assert why in again.json()["detail"] and "另一名学生" not in again.json()["detail"]
    sound = photo("sound and somebody's")
    await send(first, people, sound, path="/me/photo")
    assert "另一名学生" in (await send(second, people, sound, path="/me/photo")).json()["detail"], "the control"


async def test_a_photo_that_waited_takes_the_student_that_is_named_later(people: make.People) -> None:
    data = photo("later")
    waiting = await sent(people, data, "a.jpg")
    named = await sent(people, data, f"{FIRST.number}.jpg")
    assert (waiting["state"], named["state"], named["already"]) == ("received", "accepted", True)
    assert (await sent(people, data, "a.jpg"))["state"] == "accepted"


async def test_bytes_that_changed_on_the_way_are_refused(people: make.People) -> None:
    data = photo("sound before the journey")
    response = await send(people.agency, people, data, f"{FIRST.number}.jpg", sha256="0" * 64)
    refused(response, 409, "hash_differs")
    assert await rows() == [] and not stored(data).exists()
    refused(await send(people.agency, people, data, sha256="no hash"), 422, "invalid_request")


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (photo("small", (358, 441)), "wrong_size"),
        (photo("cut")[:-2000], "truncated"),
        (b"%PDF-1.7 \0 no photo", "not_jpeg"),
        (b"", "empty"),
    ],
)
async def test_a_faulty_file_is_rejected_with_what_is_wrong_and_kept(
    people: make.People, data: bytes, code: str
) -> None:
    good = await sent(people, photo("good before"), f"{FIRST.number}.jpg")
    bad = await sent(people, data, f"{FIRST.number}.jpg")
    assert (bad["state"], bad["student"]["number"], bad["findings"][0]["code"]) == ("rejected", FIRST.number, code)
    assert bad["findings"][0]["zh"] and bad["findings"][0]["remedy"]
    assert stored(data).read_bytes() == data
    assert {r[1] for r in await rows()} == {"accepted", "rejected"}, "a fault supersedes nobody"
    refused(await decide(people, bad, "accepted"), 409, "structure_fault")
    shown = await people.registrar.get(f"{people.at}/photos/{good['photo_id']}/thumbnail")
    assert shown.status_code == 200


async def test_what_looks_odd_waits_for_a_person(people: make.People) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    odd = await sent(people, photo("turned", exif=exif), f"{FIRST.number}.jpg")
    assert (odd["state"], odd["findings"][0]["level"], odd["student"]["number"]) == ("received", "review", FIRST.number)
    assert (await decide(people, odd, "accepted")).json()["state"] == "accepted"


async def test_a_file_that_is_too_large_is_refused(people: make.People) -> None:
    refused(
        await send(people.agency, people, b"\xff\xd8\xff" + bytes(settings().max_photo_bytes)), 413, "request_too_large"
    )
    assert await rows() == []


@pytest.mark.parametrize(
    "name", ["\x00.jpg", "\ud800.jpg", "../../etc/passwd", "a" * 5000 + ".jpg", "“”；.jpg", '".jpg']
)
async def test_no_file_name_does_harm(people: make.People, name: str) -> None:
    boundary = b"----b"
    head = b'Content-Disposition: form-data; name="file"; filename="' + name.encode("utf-8", "surrogatepass") + b'"'
    body = b"--" + boundary + b"\r\n" + head + b"\r\n\r\n" + photo("any name") + b"\r\n--" + boundary + b"--\r\n"
    headers = {"Content-Type": "multipart/form-data; boundary=----b"}
    response = await people.agency.post(f"{people.at}/photos", content=body, headers=headers)
    assert response.status_code in (200, 422), response.text
    assert "/" not in response.json().get("filename_mask", "")


@contextmanager
def broken_disk() -> Iterator[None]:
    """The folder that files are first written into is gone, as when a disk is not mounted."""
    service.the_store()
    folder = settings().photos_dir / "tmp"
    away = folder.with_name("tmp-away")
    folder.rename(away)
    try:
        yield
    finally:
        away.rename(folder)


async def test_no_row_speaks_of_a_file_that_could_not_be_written(people: make.People) -> None:
    data = photo("no disk")
    with broken_disk():
        refused(await send(people.agency, people, data, f"{FIRST.number}.jpg"), 503, "storage_away")
    assert await rows() == [] and await told() == []
    assert (await sent(people, data, f"{FIRST.number}.jpg"))["state"] == "accepted", (
        "the same file, once the disk is back"
    )


async def test_the_file_is_there_before_its_row(people: make.People) -> None:
    """The database refuses every row: the file must lie on the disk all the same, since it was written first."""
    data = photo("row refused")
    async with sessions() as db, db.begin():
        await db.execute(text("alter table photo add constraint ck_photo_none check (false) not valid"))
    assert (await send(people.agency, people, data, f"{FIRST.number}.jpg")).status_code == 500
    assert await rows() == [] and stored(data).read_bytes() == data


# --- one accepted a student ------------------------------------------------------------------------------------------


async def test_a_later_photo_supersedes_and_the_earlier_one_stays(people: make.People) -> None:
    for seed in ("one", "two", "three"):
        await sent(people, photo(seed), f"{FIRST.number}.jpg")
    await sent(people, photo("of another"), f"{SECOND.number}.jpg")
    assert [r[1] for r in await rows()] == ["superseded", "superseded", "accepted", "accepted"]
    assert Counter(await told()) == {"photo.accepted": 4, "photo.superseded": 2}
    assert stored(photo("one")).read_bytes() == photo("one")


async def test_of_many_at_once_exactly_one_is_accepted(people: make.People) -> None:
    mine = await people.student(FIRST.number)
    uploads = [send(people.agency, people, photo(f"race {i}"), f"{FIRST.number}.jpg") for i in range(4)]
    returns = [send(mine, people, photo(f"return {i}"), path="/me/photo") for i in range(3)]
    answers = await asyncio.gather(*uploads, *returns)
    assert [answer.status_code for answer in answers] == [200] * 7, [answer.text for answer in answers]
    states = Counter(r[1] for r in await rows())
    assert states["accepted"] == 1 and set(states) <= {"accepted", "superseded", "received"}
    assert states["superseded"] >= 3, "the agency's push each other out; a student's own waits for a person"


async def test_a_students_own_photo_does_not_push_out_the_agencys(people: make.People) -> None:
    await sent(people, photo("at the gym"), f"{FIRST.number}.jpg")
    mine = await people.student(FIRST.number)
    made = (await send(mine, people, photo("another"), path="/me/photo")).json()
    assert made["state"] == "received", "a person looks first"
    accepted = await decide(people, made, "accepted")
    assert accepted.json()["state"] == "accepted", accepted.text


async def test_the_database_itself_refuses_a_second_accepted_photo(people: make.People) -> None:
    await sent(people, photo("held by"), f"{FIRST.number}.jpg")
    await sent(people, photo("an index"), f"{FIRST.number}.jpg")
    with pytest.raises(Exception, match="uq_photo_accepted"):
        async with sessions() as db, db.begin():
            await db.execute(text("update photo set state = 'accepted'"))
    assert AcceptedTwice.constraint == "uq_photo_accepted"


# --- a person decides ------------------------------------------------------------------------------------------------


async def act(
    browser: httpx.AsyncClient, people: make.People, made: dict[str, Any], what: str, **body: Any
) -> httpx.Response:
    return await browser.post(f"{people.at}/photos/{made['photo_id']}/{what}", json=body or None)


async def decide(people: make.People, made: dict[str, Any], decision: str, reason: str = "") -> httpx.Response:
    return await act(people.registrar, people, made, "decision", decision=decision, reason=reason)


async def test_a_person_matches_and_takes_it_back(people: make.People) -> None:
    before = await sent(people, photo("before"), f"{FIRST.number}.jpg")
    waiting = await sent(people, photo("whose"), "whose.jpg")
    whose = {"student_id": str(await student_id(FIRST.number))}
    matched = await act(people.agency, people, waiting, "match", **whose)
    assert (matched.json()["state"], matched.json()["matched_by"]) == ("accepted", "person")
    assert {f["level"] for f in waiting["findings"]} == {"review", "info"}
    assert {f["level"] for f in matched.json()["findings"]} == {"info"}, "why it waited is settled"
    assert (await act(people.agency, people, waiting, "match", **whose)).json() == matched.json(), "twice is once"
    other = {"student_id": str(await student_id(SECOND.number))}
    refused(await act(people.agency, people, waiting, "match", **other), 409, "matched_to_another")
    refused(await act(people.agency, people, before, "unmatch"), 409, "photo_superseded")
    undone = (await act(people.agency, people, waiting, "unmatch")).json()
    assert (undone["state"], undone["student"], undone["held"]) == ("received", None, "taken_back")
    again = await sent(people, photo("before"), f"{FIRST.number}.jpg")
    assert again["state"] == "accepted", "the one that had stepped back counts again"
    kinds = ["accepted", "received", "matched", "superseded", "accepted", "unmatched", "accepted"]
    assert await told() == [f"photo.{kind}" for kind in kinds]


async def test_a_repeated_upload_does_not_undo_what_a_person_took_back(people: make.People) -> None:
    data = photo("wrong name")
    made = await sent(people, data, f"{FIRST.number}.jpg")
    await act(people.registrar, people, made, "unmatch")
    again = await sent(people, data, f"{FIRST.number}.jpg")
    assert (again["state"], again["student"]) == ("received", None)
    by_person = await sent(people, data, f"{FIRST.number}.jpg", student_id=str(await student_id(SECOND.number)))
    assert (by_person["state"], by_person["student"]["number"]) == ("accepted", SECOND.number)


async def test_taking_back_restores_the_one_it_had_superseded_and_no_other(people: make.People) -> None:
    made = [await sent(people, photo(f"chain {i}"), f"{FIRST.number}.jpg") for i in range(3)]
    await act(people.registrar, people, made[2], "unmatch")
    assert [r[1] for r in await rows()] == ["superseded", "accepted", "received"]
    await decide(people, made[1], "rejected", "闭眼")
    await act(people.registrar, people, made[1], "unmatch")
    assert [r[1] for r in await rows()] == ["accepted", "received", "received"]
    await act(people.registrar, people, made[0], "unmatch")
    assert [r[1] for r in await rows()] == ["received", "received", "received"]


async def test_sending_back_the_later_one_lets_the_earlier_count_again_and_only_then(people: make.People) -> None:
    made = [await sent(people, photo(f"gap {i}"), f"{FIRST.number}.jpg") for i in range(2)]
    await decide(people, made[1], "rejected", "闭眼")
    assert [r[1] for r in await rows()] == ["accepted", "rejected"]
    await decide(people, made[0], "rejected", "也闭眼")
    third = await sent(people, photo("gap 2"), f"{FIRST.number}.jpg")
    await act(people.registrar, people, third, "unmatch")
    assert [r[1] for r in await rows()] == ["rejected", "rejected", "received"]


async def test_a_rejection_needs_a_reason_and_the_student_reads_it(people: make.People) -> None:
    made = await sent(people, photo("blink"), f"{FIRST.number}.jpg")
    refused(await decide(people, made, "rejected", "  "), 422, "reason_missing")
    assert (await decide(people, made, "rejected", "闭眼，请重拍")).json()["state"] == "rejected"
    mine = (await (await people.student(FIRST.number)).get(f"{people.at}/me/photos")).json()
    assert [(p["state"], p["decision_reason"]) for p in mine] == [("rejected", "闭眼，请重拍")]
    assert (await sent(people, photo("blink"), f"{FIRST.number}.jpg"))["state"] == "rejected", (
        "sent again changes nothing"
    )
    assert (await decide(people, made, "accepted")).json()["state"] == "accepted"


async def test_an_earlier_photo_can_be_chosen_again(people: make.People) -> None:
    earlier = await sent(people, photo("earlier"), f"{FIRST.number}.jpg")
    await sent(people, photo("later one"), f"{FIRST.number}.jpg")
    assert (await decide(people, earlier, "accepted")).json()["state"] == "accepted"
    assert [r[1] for r in await rows()] == ["accepted", "superseded"]


async def test_nobodys_photo_is_not_accepted(people: make.People) -> None:
    waiting = await sent(people, photo("nobody"), "a.jpg")
    refused(await decide(people, waiting, "accepted"), 409, "nobodys_photo")
    assert (await decide(people, waiting, "rejected", "不是证件照")).json()["state"] == "rejected"
    body = {"student_id": str(await student_id(FIRST.number))}
    assert (await act(people.registrar, people, waiting, "match", **body)).json()["state"] == "rejected"
    refused(await act(people.registrar, people, {"photo_id": uuid4()}, "match", **body), 404, "not_found")
    refused(await act(people.registrar, people, waiting, "match", student_id=str(uuid4())), 404, "not_found")


# --- returned by the student -----------------------------------------------------------------------------------------


async def test_a_student_abroad_returns_a_photo_and_hears_at_once(people: make.People) -> None:
    mine = await people.student(FIRST.number)
    bad = await send(mine, people, photo("abroad", (600, 800)), "IMG_1.jpg", "/me/photo")
    good = await send(mine, people, photo("abroad"), f"{FIRST.id_number}.jpg", "/me/photo")
    assert (bad.json()["state"], bad.json()["findings"][0]["measured"]) == ("rejected", "600x800")
    values = good.json()
    assert (values["state"], values["source"], values["matched_by"]) == ("accepted", "returned", "student")
    assert values["late"] is False
    listed = (await mine.get(f"{people.at}/me/photos")).json()
    assert [p["photo_id"] for p in listed] == [good.json()["photo_id"], bad.json()["photo_id"]]
    own = await mine.get(f"{people.at}/photos/{values['photo_id']}/original")
    assert own.content == photo("abroad")


@pytest.mark.parametrize(("at", "late"), [("2019-03-10T23:59:00+08:00", False), ("2019-03-11T00:00:01+08:00", True)])
async def test_after_the_deadline_it_is_kept_and_marked(people: make.People, at: str, late: bool) -> None:
    await people.registrar.put(f"{people.at}/clock", json={"at": at})
    answer = (await send(await people.student(FIRST.number), people, photo("late"), path="/me/photo")).json()
    assert (answer["late"], answer["state"]) == (late, "accepted")
    assert (await sent(people, photo("on site"), f"{SECOND.number}.jpg"))["late"] is False


async def test_another_persons_id_number_on_an_own_photo_goes_to_a_person(people: make.People) -> None:
    mine = await people.student(FIRST.number)
    answers = [
        (await send(mine, people, photo(name), name, "/me/photo")).json()
        for name in (f"{SECOND.id_number}.jpg", f"{make.id_number(900)}.jpg")
    ]
    assert [a["state"] for a in answers] == ["received", "received"]
    assert answers[0]["findings"] == answers[1]["findings"], "or one could ask whose number is on the roster"
    assert answers[0]["findings"][0]["code"] == "other_id_number"


async def test_a_student_cannot_fill_the_disk(people: make.People) -> None:
    mine = await people.student(FIRST.number)
    async with sessions() as db, db.begin():
        await db.execute(
            text(
                "insert into photo (campaign_id, sha256, size, filename_mask, source, findings, evidence, late,"
                " received_by, decision_reason) select :campaign, md5(i::text), 1, '', 'returned', '[]', '{}', false,"
                " :me, '' from generate_series(1, 50) i"
            ),
            {"campaign": people.campaign_id, "me": await student_id(FIRST.number)},
        )
    refused(await send(mine, people, photo("51st"), path="/me/photo"), 429, "too_many_returned")
    assert (await send(await people.student(SECOND.number), people, photo("51st"), path="/me/photo")).status_code == 200


# --- looking ---------------------------------------------------------------------------------------------------------


async def test_a_thumbnail_is_small_clean_and_asked_for_once(people: make.People) -> None:
    exif = Image.Exif()
    exif[0x010F] = "camera"
    made = await sent(people, photo("thumb", exif=exif), f"{FIRST.number}.jpg")
    path = f"{people.at}/photos/{made['photo_id']}/thumbnail"
    first = await people.agency.get(path)
    image = Image.open(io.BytesIO(first.content))
    assert (image.size, image.format, dict(image.getexif())) == ((240, 320), "JPEG", {})
    assert b"camera" not in first.content
    kept = settings().data_dir / "derived" / key_of(made["sha256"])
    kept.write_bytes(first.content[:100])  # as a power cut may leave it
    assert (await people.agency.get(path)).content == first.content
    kept.unlink()
    kept.mkdir()  # as nobody should leave it
    assert (await people.agency.get(path)).content == first.content
    assert list(kept.parent.iterdir()) == [kept], "what could not be kept is not left half written"
    kept.rmdir()
    again = await people.agency.get(path, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert first.headers["cache-control"].startswith("private")
    pdf = await sent(people, b"%PDF-1.7", f"{FIRST.number}.jpg")
    refused(await people.agency.get(f"{people.at}/photos/{pdf['photo_id']}/thumbnail"), 415, "no_thumbnail")
    original = await people.registrar.get(f"{people.at}/photos/{pdf['photo_id']}/original")
    assert original.headers["content-type"] == "application/octet-stream"


async def test_who_may_see_and_do_what(people: make.People) -> None:
    made = await sent(people, photo("private"), f"{FIRST.number}.jpg")
    nobody = await sent(people, photo("nobody's"), "a.jpg")
    base = f"{people.at}/photos"
    mine, other = await people.student(FIRST.number), await people.student(SECOND.number)
    for browser, shown, original in (
        (people.registrar, 200, 200),
        (people.agency, 200, 403),
        (people.counsellor, 200, 403),
        (people.counsellor2, 403, 403),
        (people.screen, 403, 403),
        (mine, 200, 200),
        (other, 403, 403),
    ):
        assert (await browser.get(f"{base}/{made['photo_id']}/thumbnail")).status_code == shown
        assert (await browser.get(f"{base}/{made['photo_id']}/original")).status_code == original
    for browser in (people.counsellor, mine):
        assert (await browser.get(f"{base}/{nobody['photo_id']}/thumbnail")).status_code == 403
        assert (await browser.get(base)).status_code == 403
        assert (await send(browser, people, photo("x"))).status_code == 403
        assert (await act(browser, people, nobody, "match", student_id=str(uuid4()))).status_code == 403
    assert (await send(people.agency, people, photo("x"), path="/me/photo")).status_code == 403
    refused(await act(people.agency, people, made, "decision", decision="rejected", reason="不行"), 403, "not_allowed")
    refused(await people.agency.post(f"{base}/verify"), 403, "not_allowed")


async def test_the_tray_lists_filters_counts_and_pages(people: make.People) -> None:
    for i in range(3):
        await sent(people, photo(f"tray {i}"), f"{ROWS[i].number}.jpg")
    waiting = [await sent(people, photo(f"waiting {i}"), f"w{i}.jpg") for i in range(2)]
    await sent(people, b"%PDF", "x.pdf")
    page = (await people.registrar.get(f"{people.at}/photos", params={"unmatched": True, "state": "received"})).json()
    assert [p["photo_id"] for p in page["photos"]] == [w["photo_id"] for w in reversed(waiting)]
    assert page["counts"] == {
        "received": 2,
        "accepted": 3,
        "rejected": 1,
        "superseded": 0,
        "unmatched": 2,
        "originals": 0,
        "asked": 0,
    }
    known = (await people.registrar.get(f"{people.at}/photos", params={"unmatched": False})).json()["photos"]
    assert len(known) == 3 and all(p["student"] for p in known)
    seen: list[str] = []
    after = None
    while True:
        page = (
            await people.agency.get(f"{people.at}/photos", params={"limit": 4} | ({"after": after} if after else {}))
        ).json()
        seen += [p["photo_id"] for p in page["photos"]]
        if (after := page["next_after"]) is None:
            break
    assert len(seen) == len(set(seen)) == 6 and seen == sorted(seen, reverse=True)
    group = (await people.registrar.get(f"{people.at}/photos", params={"state": "accepted"})).json()["photos"][0][
        "student"
    ]
    of_group = await people.registrar.get(f"{people.at}/photos", params={"class_group_id": group["class_group_id"]})
    assert {p["student"]["class_group_name"] for p in of_group.json()["photos"]} == {"甲1501"}


# --- reading back ----------------------------------------------------------------------------------------------------


async def run_jobs(database_url: str) -> None:
    with jobs.replace_connector(PsycopgConnector(conninfo=conninfo(database_url))) as app:
        async with app.open_async():
            await app.run_worker_async(wait=False, install_signal_handlers=False)


async def test_verification_names_what_is_lost_and_what_is_altered(people: make.People, database_url: str) -> None:
    whole, lost, altered = (photo(f"verified {i}") for i in range(3))
    made = [await sent(people, data, f"{ROWS[i].number}.jpg") for i, data in enumerate((whole, lost, altered))]
    path = f"{people.at}/photos/verification"
    assert (await people.registrar.get(path)).json() is None
    asked = await people.registrar.post(f"{people.at}/photos/verify")
    assert asked.status_code == 202 and (await people.registrar.get(path)).json() is None
    await run_jobs(database_url)
    result = (await people.registrar.get(path)).json()
    assert (result["checked"], result["intact"], result["lost"], result["altered"]) == (3, 3, [], [])
    stored(lost).unlink()
    stored(altered).unlink()
    stored(altered).write_bytes(altered[:-1] + bytes([altered[-1] ^ 1]))
    await people.registrar.post(f"{people.at}/photos/verify")
    await run_jobs(database_url)
    result = (await people.registrar.get(path)).json()
    assert (result["checked"], result["intact"], result["unread"]) == (3, 1, [])
    assert (result["lost"], result["altered"]) == ([made[1]["photo_id"]], [made[2]["photo_id"]])
    for one, status, code in ((made[1], 410, "photo_lost"), (made[2], 500, "photo_altered")):
        refused(await people.registrar.get(f"{people.at}/photos/{one['photo_id']}/original"), status, code)
    for i, data in ((1, lost), (2, altered)):
        assert (await sent(people, data, f"{ROWS[i].number}.jpg"))["already"], "the agency sends them again"
    assert (await verify_all(service.the_store(), people.campaign_id)).intact == 3


async def test_a_key_uploads_only_what_it_may(people: make.People, anybody: httpx.AsyncClient) -> None:
    async def key(*acts: str) -> dict[str, str]:
        made = await people.registrar.post(f"{people.at}/api-keys", json={"name": "图片社", "acts": list(acts)})
        return {"Authorization": f"Bearer {made.json()['token']}"}

    files = {"file": (f"{FIRST.number}.jpg", photo("by key"), "image/jpeg")}
    refusal = await anybody.post(f"{people.at}/photos", files=files, headers=await key("read_changes"))
    refused(refusal, 403, "not_allowed")
    may_upload = await key("upload_photos")
    answer = await anybody.post(f"{people.at}/photos", files=files, headers=may_upload)
    assert answer.json()["state"] == "accepted"
    word = {"student_id": str(await student_id(SECOND.number))}
    by_word = await anybody.post(f"{people.at}/photos", files=files, headers=may_upload, data=word)
    refused(by_word, 403, "not_allowed")  # a key is no person who looked


async def test_the_row_of_a_photo_is_never_deleted_nor_its_bytes_renamed(
    people: make.People, database_url: str
) -> None:
    await sent(people, photo("kept"), f"{FIRST.number}.jpg")
    with psycopg.connect(conninfo(database_url), autocommit=True) as connection:
        for change in ("delete from photo", "update photo set sha256 = repeat('0', 64)"):
            with pytest.raises(psycopg.errors.CheckViolation, match="kept as it came"):
                connection.execute(change)
    assert len(await rows()) == 1


# --- how many signs say whose it is ----------------------------------------------------------------------------------


async def test_one_sign_only_proposes_and_a_second_one_matches(people: make.People) -> None:
    async with sessions() as db, db.begin():
        await db.execute(text("delete from check_in"))
    data = photo("one sign")
    made = await sent(people, data, f"{FIRST.number}.jpg")
    assert (made["state"], made["student"], made["held"]) == ("received", None, "one_sign")
    assert (made["proposed"]["number"], made["signs"]) == (FIRST.number, ["file_name"])
    assert made["findings"][0]["code"] == "one_sign" and "确认" in made["findings"][0]["remedy"]
    await make.shot(FIRST.number)
    again = await sent(people, data, f"{FIRST.number}.jpg")
    assert (again["state"], again["student"]["number"], again["already"]) == ("accepted", FIRST.number, True)
    assert again["signs"] == ["file_name", "shot_record"] and again["proposed"] is None


async def test_signs_that_differ_wait_for_a_person_whatever_comes_later(people: make.People) -> None:
    async with sessions() as db, db.begin():
        await db.execute(text("delete from check_in"))
    data = photo("two names")
    await sent(people, data, f"{FIRST.number}.jpg")
    other = await sent(people, data, f"{SECOND.number}.jpg")
    assert (other["student"], other["held"]) == (None, "signs_differ")
    given = await sent(people, data, "x.jpg", student_id=str(await student_id(SECOND.number)))
    assert (given["student"]["number"], given["matched_by"]) == (SECOND.number, "person")


async def test_a_persons_word_is_enough(people: make.People) -> None:
    async with sessions() as db, db.begin():
        await db.execute(text("delete from check_in"))
    made = await sent(people, photo("word"), "x.jpg", student_id=str(await student_id(FIRST.number)))
    assert (made["state"], made["signs"]) == ("accepted", ["person"])


# --- the picture -----------------------------------------------------------------------------------------------------


async def test_the_agencys_picture_without_a_face_goes_to_a_person_never_back(people: make.People) -> None:
    made = await sent(people, jpegs.faceless("agency"), f"{FIRST.number}.jpg")
    assert (made["state"], made["findings"][0]["code"], made["findings"][0]["level"]) == (
        "received",
        "no_face",
        "review",
    )


async def test_a_student_whose_picture_was_refused_asks_for_a_person(people: make.People) -> None:
    student = await people.student(FIRST.number)
    back = (await send(student, people, jpegs.faceless("mine"), "mine.jpg", "/me/photo")).json()
    assert (back["state"], back["findings"][0]["code"], back["may_ask"]) == ("rejected", "no_face", True)
    path = f"{people.at}/me/photos/{back['photo_id']}/ask"
    other = await people.student(SECOND.number)
    assert (await other.post(path, json={"note": ""})).status_code == 403
    for _ in range(2):
        asked = (await student.post(path, json={"note": "请看一下"})).json()
        assert (asked["state"], asked["asked_note"], asked["may_ask"]) == ("received", "请看一下", False)
    assert (await decide(people, back, "accepted", "可以")).json()["state"] == "accepted"


async def test_nobody_overrules_a_broken_file_and_nobody_asks_twice(people: make.People) -> None:
    student = await people.student(FIRST.number)
    broken = (await send(student, people, photo("s", (240, 320)), "s.jpg", "/me/photo")).json()
    assert (broken["state"], broken["may_ask"]) == ("rejected", False)
    refused(
        await student.post(f"{people.at}/me/photos/{broken['photo_id']}/ask", json={"note": ""}), 409, "nothing_to_ask"
    )
    faceless = (await send(student, people, jpegs.faceless("no"), "no.jpg", "/me/photo")).json()
    path = f"{people.at}/me/photos/{faceless['photo_id']}/ask"
    await student.post(path, json={"note": ""})
    await decide(people, faceless, "rejected", "看不到脸")
    refused(await student.post(path, json={"note": ""}), 409, "nothing_to_ask")


async def test_measures_of_a_face_are_gone_once_it_is_accepted(people: make.People) -> None:
    student = await people.student(FIRST.number)
    good = (await send(student, people, photo("good"), "good.jpg", "/me/photo")).json()
    assert (good["state"], good["drawing"]) == ("accepted", None)
    await people.registrar.put(f"{people.at}/photo-standard", json={"values": {"face_width_min": 290}})
    narrow = (await send(student, people, photo("narrow"), "narrow.jpg", "/me/photo")).json()
    assert narrow["drawing"]["face"] and narrow["findings"][0]["code"] == "face_small"
    assert (await decide(people, narrow, "accepted", "可以")).json()["drawing"] is None


async def test_a_photo_that_lost_the_record_of_its_batch_is_looked_at(people: make.People) -> None:
    for i in range(10):
        await sent(people, jpegs.sound(f"record {i}"))
    made = await sent(people, without_comment(jpegs.sound("plain")), f"{FIRST.number}.jpg")
    assert (made["state"], made["findings"][0]["code"]) == ("received", "no_record")
    with_it = await sent(people, jpegs.sound("with"), f"{SECOND.number}.jpg")
    assert with_it["state"] == "accepted"


async def test_a_colour_profile_is_no_record(people: make.People) -> None:
    """A batch whose only extra is one would have sent every photo of it to a person."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for i in range(10):
        await sent(people, without_comment(photo(i, icc_profile=profile, quality=80 + i)))
    made = await sent(people, without_comment(photo(11, icc_profile=profile)), f"{FIRST.number}.jpg")
    assert "no_record" not in [one["code"] for one in made["findings"]]


async def test_what_a_camera_writes_into_its_originals_is_not_expected_of_the_finished_photos(
    people: make.People,
) -> None:
    for i in range(10):
        await take_in(people, photo(f"camera {i}"), camera=True)
    made = await sent(people, without_comment(photo(0)), f"{FIRST.number}.jpg")
    assert made["state"] == "accepted", made["findings"]
    for i in range(10):
        await take_in(people, photo(f"finished {i}"), camera=False)
    lost = await sent(people, without_comment(photo(0, quality=91)), f"{SECOND.number}.jpg")
    assert lost["findings"][0]["code"] == "no_record", "the control: finished ones do say what is usual"


# --- bytes that come again are judged again --------------------------------------------------------------------------


async def test_what_a_student_sent_and_was_refused_counts_as_the_agencys_when_the_agency_delivers_it(
    people: make.People,
) -> None:
    data = jpegs.faceless("the agency's own")
    own = await people.student(FIRST.number)
    assert (await send(own, people, data, path="/me/photo")).json()["state"] == "rejected"
    made = await sent(people, data, f"{FIRST.number}.jpg")
    assert (made["state"], made["source"], made["already"]) == ("received", "on_site", True)
    again = await send(own, people, data, path="/me/photo")
    assert again.json()["state"] == "received", "and the student cannot turn that back"


async def test_what_a_person_has_sent_back_stays_sent_back_whoever_delivers_it(people: make.People) -> None:
    data = jpegs.faceless("looked at")
    own = await people.student(FIRST.number)
    made = (await send(own, people, data, path="/me/photo")).json()
    ask = f"{people.at}/me/photos/{made['photo_id']}/ask"
    assert (await own.post(ask, json={"note": "好看"})).status_code == 200
    assert (await decide(people, made, "rejected", "不清楚")).json()["state"] == "rejected"
    assert (await sent(people, data, f"{FIRST.number}.jpg"))["state"] == "rejected"


async def test_a_file_taken_at_another_hour_is_not_of_the_recorded_shot(people: make.People) -> None:
    async with sessions() as db:
        (shot_at,) = (await db.execute(text("select shot_at from check_in limit 1"))).one()
    store = service.the_store()

    async def taken(seed: str, minutes: int) -> str | None:
        arrival = receive_service.Arrival(
            data=photo(seed),
            filename=f"{FIRST.number}.jpg",
            source=PhotoSource.on_site,
            by=None,
            taken_at=shot_at + timedelta(minutes=minutes),
        )
        row, _ = await receive_service.take_in(store, people.campaign_id, arrival)
        return row.photo.held

    assert await taken("in the afternoon", 240) == "one_sign"
    assert await taken("a camera's clock is not exact", 9) is None


async def test_who_has_left_the_roster_gets_no_photo(people: make.People) -> None:
    async with sessions() as db, db.begin():
        await db.execute(text("update student set withdrawn_at = now() where number = :n"), {"n": FIRST.number})
    assert (await sent(people, photo("gone"), f"{FIRST.number}.jpg"))["held"] == "not_on_roster"
