"""The public check and the campaign's standard: nothing is kept, values are what the registrar set, bounds hold."""

import threading
from typing import Any

import httpx
import pytest
from sqlalchemy import text

import jpegs
import make
from gradphoto.core.db import sessions
from gradphoto.core.settings import settings
from gradphoto.photos import checker


async def checked(browser: httpx.AsyncClient, data: bytes, **query: Any) -> dict[str, Any]:
    response = await browser.post("/photo-checks", files={"file": ("p.jpg", data, "image/jpeg")}, data=query)
    assert response.status_code == 200, response.text
    return response.json()


async def test_anybody_checks_a_photo_and_nothing_is_kept(people: make.People, anybody: httpx.AsyncClient) -> None:
    before = set(settings().photos_dir.rglob("*.jpg"))
    good = await checked(anybody, jpegs.sound("public"))
    assert (good["verdict"], good["sentences"]) == ("good", [])
    left, top, right, bottom = good["drawing"]["eye_line"]
    assert 0 < left < right < 480 and 200 <= top <= 300 and 200 <= bottom <= 300
    assert set(settings().photos_dir.rglob("*.jpg")) == before
    async with sessions() as db:
        assert await db.scalar(text("select count(*) from photo")) == 0
    assert any("本人" in one for one in good["reached"]), "the page says what is not looked at"


async def test_at_most_three_sentences_worst_first_with_value_and_limit(anybody: httpx.AsyncClient) -> None:
    bad = await checked(anybody, jpegs.sized("small", (240, 320), quality=20))
    assert bad["verdict"] == "block" and 1 <= len(bad["sentences"]) <= 3
    assert "240x320" in bad["sentences"][0] and "480x640" in bad["sentences"][0]
    levels = [finding["level"] for finding in bad["findings"]]
    assert levels == sorted(levels, key=("block", "review", "info").index)


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff" + b"\0" * 50])
async def test_what_is_no_photo_is_told_so(anybody: httpx.AsyncClient, data: bytes) -> None:
    assert (await checked(anybody, data))["verdict"] == "block"


async def test_those_who_only_look_leave_room_for_those_who_hand_in(
    people: make.People, anybody: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checker, "_looks", threading.BoundedSemaphore(1))
    checker._looks.acquire()
    files = {"file": ("p.jpg", jpegs.sound("busy"), "image/jpeg")}
    response = await anybody.post("/photo-checks", files=files)
    assert (response.status_code, response.json()["code"]) == (503, "check_busy")
    assert (await people.agency.post(f"{people.at}/photos", files=files)).status_code == 200
    checker._looks.release()
    assert (await checked(anybody, jpegs.sound("free")))["verdict"] == "good"
    assert (await checked(anybody, jpegs.sound("and again")))["verdict"] == "good"


async def test_too_much_is_refused_before_it_is_read(anybody: httpx.AsyncClient) -> None:
    huge = b"\xff\xd8\xff" + bytes(settings().max_photo_bytes)
    response = await anybody.post("/photo-checks", files={"file": ("p.jpg", huge, "image/jpeg")})
    assert (response.status_code, response.json()["code"]) == (413, "request_too_large")


async def test_the_campaigns_values_count_and_can_be_taken_back(
    people: make.People, anybody: httpx.AsyncClient
) -> None:
    path, data = f"{people.at}/photo-standard", jpegs.sound("standard")
    national = (await anybody.get("/photo-standard")).json()
    assert national["changed"] == 0 and all(one["value"] == one["default"] for one in national["fields"])
    made = await people.registrar.put(path, json={"values": {"face_width_min": 290.0, "eyes_min": 200}})
    assert made.json()["changed"] == 1, "a national value is no change"
    found = await checked(anybody, data, campaign_id=str(people.campaign_id))
    assert "face_small" in {finding["code"] for finding in found["findings"]}
    assert (await checked(anybody, data))["verdict"] == "good", "elsewhere the national values count"
    assert (await people.registrar.put(path, json={"values": {}})).json()["changed"] == 0
    assert (await checked(anybody, data, campaign_id=str(people.campaign_id)))["verdict"] == "good"


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"face_width_min": 400}, "face_width_min"),
        ({"face_width_min": -1}, "face_width_min"),
        ({"no_such": 1}, "no_such"),
        ({"background_colours": []}, "background_colours"),
        ({"background_colours": [[1, 2]]}, "background_colours"),
        ({"eyes_min": 200.5}, "eyes_min"),
        ({"max_bytes": 200_000}, "max_bytes"),
    ],
)
async def test_what_cannot_be_demanded_is_refused_by_its_name(
    people: make.People, values: dict[str, Any], field: str
) -> None:
    path = f"{people.at}/photo-standard"
    answer = await people.registrar.put(path, json={"values": values})
    assert (answer.status_code, answer.json()["code"]) == (422, "standard_refused")
    assert answer.json()["facts"]["field"] == field and "没有保存" in answer.json()["detail"]
    assert (await people.agency.put(path, json={"values": {}})).status_code == 403
