"""An earlier photo that counts again: chosen by a person, or because the later one is gone; to the last recipient."""

import io
import zipfile
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import text

import make
from gradphoto.core.db import sessions
from room import NUMBERS, ok
from shoot import photo, shoot

A = NUMBERS[0]


@pytest.fixture
async def three(people: make.People) -> list[str]:
    """Three photos of one student, each after the other accepted."""
    await shoot([A])
    made = []
    for seed in range(3):
        file = {"file": (f"{A}.jpg", photo(seed), "image/jpeg")}
        made.append(ok(await people.agency.post(f"{people.at}/photos", files=file))["photo_id"])
    return made


async def decide(people: make.People, photo_id: str, decision: str, reason: str = "") -> dict[str, Any]:
    body = {"decision": decision, "reason": reason}
    return ok(await people.registrar.post(f"{people.at}/photos/{photo_id}/decision", json=body))


async def standing(made: list[str]) -> list[tuple[str, int | None]]:
    """Of each photo its state, and which of them superseded it."""
    async with sessions() as db:
        found = {str(row[0]): row for row in await db.execute(text("select id, state, superseded_by from photo"))}
    return [(found[one][1], made.index(str(found[one][2])) if found[one][2] else None) for one in made]


async def told() -> list[str]:
    async with sessions() as db:
        return list(await db.scalars(text("select kind from outbox where kind like 'photo.%' order by id")))


async def package(people: make.People) -> httpx.Response:
    """What changed since the last one."""
    body = {"op_id": str(uuid4()), "recipient": "省考试院", "named_by": "student_number", "changes_only": True}
    return await people.registrar.post(f"{people.at}/packages", json=body)


async def delivered(people: make.People) -> tuple[int, int, int, bytes | None]:
    """New, replaced and withdrawn in the next package, and the bytes that it holds for the student."""
    made = ok(await package(people))["package"]
    response = await people.registrar.get(f"{people.at}/packages/{made['package_id']}/zip")
    with zipfile.ZipFile(io.BytesIO(response.content)) as opened:
        inside = [opened.read(name) for name in opened.namelist() if name.endswith(f"{A}.jpg")]
    return made["new"], made["replaced"], made["withdrawn"], inside[0] if inside else None


async def test_an_earlier_photo_is_brought_back_and_delivered(people: make.People, three: list[str]) -> None:
    assert await standing(three) == [("superseded", 1), ("superseded", 2), ("accepted", None)]
    assert await delivered(people) == (1, 0, 0, photo(2))
    before = len(await told())

    assert (await decide(people, three[0], "accepted"))["state"] == "accepted"
    assert await standing(three) == [("accepted", None), ("superseded", 2), ("superseded", 0)]
    assert (await told())[before:] == ["photo.superseded", "photo.accepted"], "the old one first"
    assert await delivered(people) == (0, 1, 0, photo(0))
    await decide(people, three[0], "accepted")
    assert len(await told()) == before + 2, "twice is once"
    assert (await package(people)).json()["code"] == "nothing_changed", "negative control"
    mine = ok(await (await people.student(A)).get(f"{people.at}/me/photos"))
    assert {one["photo_id"]: one["state"] for one in mine}[three[0]] == "accepted"

    await decide(people, three[0], "rejected", "还是闭眼")
    assert await standing(three) == [("rejected", None), ("superseded", 2), ("accepted", None)]
    assert await delivered(people) == (0, 1, 0, photo(2))


async def test_a_photo_sent_back_between_two_others_does_not_cut_the_chain(
    people: make.People, three: list[str]
) -> None:
    await delivered(people)
    await decide(people, three[1], "rejected", "闭眼")
    assert await standing(three) == [("superseded", 2), ("rejected", None), ("accepted", None)]
    ok(await people.registrar.post(f"{people.at}/photos/{three[2]}/unmatch"))
    assert await standing(three) == [("accepted", None), ("rejected", None), ("received", None)]
    assert await delivered(people) == (0, 1, 0, photo(0))
    await decide(people, three[0], "rejected", "也闭眼")
    assert await delivered(people) == (0, 0, 1, None)
