"""The feed of changes: one order without gaps, whoever relays; to be resumed anywhere; only for keys that may."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text

import make
from gradphoto.core import db as database
from gradphoto.core.db import sessions
from gradphoto.core.events import announce, hub, relay_once
from gradphoto.core.jobs import conninfo


async def happened(campaign_id: UUID, *kinds: str) -> None:
    async with sessions() as db, db.begin():
        for kind in kinds:
            await announce(db, campaign_id, kind)


async def relayed() -> int:
    async with sessions() as db, db.begin():
        return await relay_once(db)


@pytest.fixture
async def quiet(people: make.People) -> make.People:
    """What filling the campaign announced has been relayed and read."""
    while await relayed():
        pass
    async with sessions() as db, db.begin():
        await db.execute(text("delete from outbox"))
    return people


async def feed(people: make.People, **params: Any) -> dict[str, Any]:
    response = await people.registrar.get(f"{people.at}/changes", params=params)
    assert response.status_code == 200, response.text
    return response.json()


def seen(page: dict[str, Any]) -> list[tuple[int, str]]:
    return [(change["position"], change["kind"]) for change in page["changes"]]


async def test_what_is_not_relayed_yet_is_not_in_the_feed(quiet: make.People) -> None:
    await happened(quiet.campaign_id, "a", "b")
    assert await feed(quiet) == {"changes": [], "next_after": 0}
    assert await relayed() == 2
    page = await feed(quiet)
    assert (seen(page), page["next_after"]) == ([(1, "a"), (2, "b")], 2)


async def test_a_change_that_commits_late_is_never_placed_before_what_was_read(quiet: make.People) -> None:
    """The row of `slow` is older than the one of `quick`; a reader who has read `quick` must still get `slow`."""
    async with sessions() as db, db.begin():
        await announce(db, quiet.campaign_id, "slow")
        await happened(quiet.campaign_id, "quick")
        assert await relayed() == 1
        first = await feed(quiet)
    assert await relayed() == 1
    assert (seen(first), seen(await feed(quiet, after=first["next_after"]))) == ([(1, "quick")], [(2, "slow")])


async def test_what_is_rolled_back_leaves_no_gap(quiet: make.People) -> None:
    await happened(quiet.campaign_id, "a")
    with pytest.raises(RuntimeError):
        async with sessions() as db, db.begin():
            await announce(db, quiet.campaign_id, "never")
            raise RuntimeError
    await happened(quiet.campaign_id, "b")
    await relayed()
    assert seen(await feed(quiet)) == [(1, "a"), (2, "b")]


async def test_two_relays_at_once_give_nothing_twice(quiet: make.People) -> None:
    await happened(quiet.campaign_id, *(f"k{i}" for i in range(50)))
    async with sessions() as one, one.begin():
        assert await relay_once(one) == 50
        assert await relayed() == 0, "the other one has to wait for the first one's commit"
        await happened(quiet.campaign_id, "more")
    counts = await asyncio.gather(*(relayed() for _ in range(4)))
    assert sum(counts) == 1
    assert [position for position, _ in seen(await feed(quiet))] == list(range(1, 52))


async def test_writers_and_relays_together_keep_one_order(quiet: make.People) -> None:
    async def write(n: int) -> None:
        for i in range(10):
            await happened(quiet.campaign_id, f"w{n}.{i}")

    async def relay() -> int:
        return sum([await relayed() for _ in range(15)])

    *_, first, second = await asyncio.gather(write(1), write(2), write(3), relay(), relay())
    last = await relayed()
    page = seen(await feed(quiet))
    assert [position for position, _ in page] == list(range(1, 31)) and first + second + last == 30
    for n in (1, 2, 3):
        assert [kind for _, kind in page if kind.startswith(f"w{n}.")] == [f"w{n}.{i}" for i in range(10)]


async def test_the_feed_is_read_in_pages_and_again(quiet: make.People) -> None:
    await happened(quiet.campaign_id, *"abcdefg")
    await relayed()
    read: list[tuple[int, str]] = []
    after = 0
    for expected in (3, 3, 1, 0):
        page = await feed(quiet, after=after, limit=3)
        assert len(page["changes"]) == expected
        read, after = read + seen(page), page["next_after"]
    assert read == list(enumerate("abcdefg", 1))
    assert seen(await feed(quiet, after=2, limit=2)) == [(3, "c"), (4, "d")], "any place, any time"


@pytest.fixture
async def listening(database_url: str) -> AsyncIterator[None]:
    hub.start(conninfo(database_url))
    yield
    await hub.stop()


async def test_waiting_ends_when_something_happens(quiet: make.People, listening: None) -> None:
    waiting = asyncio.create_task(feed(quiet, wait=25))
    pool = database.sessions.kw["bind"].pool
    async with asyncio.timeout(10):  # from the moment it listens; a connection that it held would stay out
        while quiet.campaign_id not in hub._changed or pool.checkedout():
            await asyncio.sleep(0.02)
    assert not waiting.done()
    await happened(quiet.campaign_id, "at last")
    await relayed()
    assert seen(await asyncio.wait_for(waiting, 20)) == [(1, "at last")]


async def test_waiting_for_nothing_ends_empty(quiet: make.People) -> None:
    assert await feed(quiet, wait=0.2, after=7) == {"changes": [], "next_after": 7}
    response = await quiet.registrar.get(f"{quiet.at}/changes", params={"wait": 26})
    assert response.status_code == 422


async def test_a_key_reads_the_feed_of_its_own_campaign_and_only_with_the_act(
    quiet: make.People, anybody: httpx.AsyncClient
) -> None:
    async def status(path: str, *acts: str) -> tuple[int, str]:
        made = await quiet.registrar.post(f"{quiet.at}/api-keys", json={"name": "数据中台", "acts": list(acts)})
        headers = {"Authorization": f"Bearer {made.json()['token']}"}
        response = await anybody.get(path, headers=headers)
        return response.status_code, response.json().get("code", "")

    async with sessions() as db, db.begin():
        other = await make.campaign(db, name="另一批次")
        await announce(db, other.id, "secret")
    await relayed()
    assert await status(f"{quiet.at}/changes", "read_changes") == (200, "")
    assert await status(f"{quiet.at}/changes", "read_students") == (403, "not_allowed")
    assert await status(f"/campaigns/{other.id}/changes", "read_changes") == (403, "not_allowed")
    assert (await anybody.get(f"{quiet.at}/changes")).json()["code"] == "not_signed_in"
    for browser in (quiet.agency, quiet.counsellor, await quiet.student(make.roster_rows()[0].number)):
        assert (await browser.get(f"{quiet.at}/changes")).status_code == 403
    assert seen(await feed(quiet)) == [], "and nothing of the other campaign is in this one's feed"
