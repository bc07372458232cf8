"""A camera's frames: matched by slate and order, frozen where they do not fit, released by a person and taken back."""

from collections import Counter
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from agency import Agency, counts, photos, refused
from gradphoto.core.db import sessions
from gradphoto.photo_imports import entry as import_entry
from gradphoto.photo_imports import job as import_job
from gradphoto.photo_imports import reading_service
from gradphoto.photo_imports import service as import_service
from gradphoto.photos.service import the_store
from room import NUMBERS, ok
from shoot import frame, photo, reel, shoot
from zips import packed

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
        (await agency.put(one, position, name, frames[name])).raise_for_status()
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
        (await agency.put(one, position, "x.jpg", data)).raise_for_status()
    (await agency.put(one, 2, "x.jpg", frame(campaign_id, 3, None, "second"))).raise_for_status()
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
    mine = {"state": "received", "unmatched": False}
    seen = ok(await registrar.get(f"{agency.people.at}/photos", params=mine | {"original": False}))
    assert (seen["photos"], seen["counts"]["received"], seen["counts"]["originals"]) == ([], 4, 4)
    assert len(ok(await registrar.get(f"{agency.people.at}/photos", params=mine | {"original": True}))["photos"]) == 4
    statuses = ok(await registrar.get(f"{agency.people.at}/statuses"))["students"]
    assert {row["why"] for row in statuses if row["number"] in (A, B, C, D)} == {"photo_awaited"}
