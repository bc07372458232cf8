"""What every request passes: origin, size, headers; sealed values; and a hub that builds once for all who follow."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import httpx
import pytest

import make
from gradphoto.core import security
from gradphoto.core.errors import Refusal
from gradphoto.core.events import Hub
from gradphoto.core.guard import Guard
from gradphoto.core.settings import settings

SIGN_IN = {"login": "nobody", "password": "wrong password"}


async def test_an_unexpected_error_is_told_by_place_not_by_words(capsys: pytest.CaptureFixture[str]) -> None:
    async def broken(scope: object, receive: object, send: object) -> None:
        raise ValueError("41500001 唐梓 119900199704070001")

    transport = httpx.ASGITransport(app=Guard(broken, max_body_bytes=10))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        response = await client.get("/api/v1/me")
    assert (response.status_code, response.json()["code"]) == (500, "unexpected")
    said = capsys.readouterr()
    assert "test_core.py" in said.err + said.out, "the place is told"
    assert "41500001" not in said.err + said.out + response.text


@pytest.mark.parametrize(
    ("headers", "passes"),
    [
        ({}, True),
        ({"sec-fetch-site": "same-origin"}, True),
        ({"sec-fetch-site": "none"}, True),
        ({"sec-fetch-site": "cross-site"}, False),
        ({"sec-fetch-site": "same-site"}, False),
        ({"origin": "http://test"}, True),
        ({"origin": "http://evil.example"}, False),
        ({"origin": "null"}, False),
    ],
)
async def test_a_write_from_another_site_is_refused(
    anybody: httpx.AsyncClient, headers: dict[str, str], passes: bool
) -> None:
    response = await anybody.post("/sign-in/staff", json=SIGN_IN, headers=headers)
    assert response.json()["code"] == ("wrong_sign_in" if passes else "foreign_origin")


async def test_a_body_past_the_limit_is_refused_with_and_without_a_length(people: make.People) -> None:
    said = await people.registrar.post("/notices/read", headers={"content-length": str(10**9)}, content=b"{}")
    assert (said.status_code, said.json()["code"]) == (413, "request_too_large")
    roster = b"x" * (settings().max_roster_bytes + 1)
    large = await people.registrar.post(f"{people.at}/roster-imports", files={"file": ("a.csv", roster)})
    assert (large.status_code, large.json()["code"]) == (413, "request_too_large")


async def test_every_answer_carries_the_security_headers_and_an_id(anybody: httpx.AsyncClient) -> None:
    for path in ("/me", "/nothing-here"):
        response = await anybody.get(path)
        assert response.headers["x-content-type-options"] == "nosniff"
        assert "frame-ancestors 'none'" in response.headers["content-security-policy"]
        assert response.headers["cache-control"] == "no-store"
        assert len(response.headers["x-request-id"]) == 12
    assert (await anybody.get("/nothing-here")).json()["code"] == "not_found"
    assert (await anybody.patch("/me")).json()["code"] == "method_not_allowed"


def test_a_sealed_value_opens_with_its_purpose_only() -> None:
    sealed = security.encrypt("119900199701010013", "student.id_number:a")
    assert security.decrypt(sealed, "student.id_number:a") == b"119900199701010013"
    assert security.encrypt("119900199701010013", "student.id_number:a") != sealed, "the nonce is fresh"
    for wrong in (sealed[:-1] + bytes([sealed[-1] ^ 1]), b"9:" + sealed[2:], b"", b"1:"):
        with pytest.raises(ValueError, match="cannot be opened"):
            security.decrypt(wrong, "student.id_number:a")
    with pytest.raises(ValueError, match="cannot be opened"):
        security.decrypt(sealed, "student.id_number:b")


def test_a_blind_index_is_equal_for_equals_within_one_purpose() -> None:
    index = security.blind_index("119900199701010013", "a")
    assert index == security.blind_index("119900199701010013", "a")
    assert index != security.blind_index("119900199701010013", "b")
    assert index != security.blind_index("119900199701010021", "a")


def test_keys_are_made_once_and_are_the_owners_alone() -> None:
    folder = settings().keys_dir
    before = {path.name: path.read_text() for path in folder.iterdir()}
    security.make_keys(folder)
    assert {path.name: path.read_text() for path in folder.iterdir()} == before
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}


def test_a_refusal_is_its_class() -> None:
    class SlotIsFull(Refusal):
        """这个场次已满。"""

        constraint = ("ck_slot_full", "ck_slot_fuller")

    try:
        assert (SlotIsFull.code, SlotIsFull().detail) == ("slot_is_full", "这个场次已满。")
        assert Refusal.of_constraint("ck_slot_fuller") is SlotIsFull
        assert Refusal.of_constraint("ck_unheard_of") is None
    finally:
        del Refusal.registry["slot_is_full"]


async def test_a_view_is_built_once_for_all_and_again_when_told() -> None:
    hub, campaign_id, built = Hub(fallback_seconds=60, rest_seconds=0), uuid4(), 0

    async def build() -> int:
        nonlocal built
        built += 1
        return built

    async def two(views: AsyncIterator[int]) -> list[int]:
        return [await anext(views), await anext(views)]

    followers = [asyncio.create_task(two(hub.follow(campaign_id, "board", build))) for _ in range(50)]
    await asyncio.sleep(0.05)
    hub.wake(campaign_id)
    assert await asyncio.wait_for(asyncio.gather(*followers), 5) == [[1, 2]] * 50
    await hub.stop()


async def test_a_view_that_fails_keeps_the_last_value() -> None:
    hub, campaign_id, calls = Hub(fallback_seconds=0.01, rest_seconds=0), uuid4(), 0

    async def build() -> str:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise RuntimeError("the database is away")
        return "before" if calls == 1 else "after"

    views = hub.follow(campaign_id, "board", build)
    assert [await asyncio.wait_for(anext(views), 5) for _ in range(2)] == ["before", "after"]
    await views.aclose()
    await hub.stop()


async def test_a_change_told_while_a_view_is_built_is_not_missed() -> None:
    hub, campaign_id, built = Hub(fallback_seconds=60, rest_seconds=0.05), uuid4(), 0

    async def build() -> int:
        nonlocal built
        built += 1
        if built == 1:
            hub.wake(campaign_id)  # the row that this build did not see any more
        return built

    views = hub.follow(campaign_id, "board", build)
    assert [await asyncio.wait_for(anext(views), 5) for _ in range(2)] == [1, 2]
    await views.aclose()
    await hub.stop()
