"""A whole timetable asked over HTTP, computed by the real job in its own process, taken into the draft."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from procrastinate import PsycopgConnector
from sqlalchemy import select, update

import make
from gradphoto.core.db import now, sessions
from gradphoto.core.events import Outbox
from gradphoto.core.jobs import conninfo, jobs
from gradphoto.schedule import solve_service
from gradphoto.schedule.models import TimetableSolve
from gradphoto.schedule.solve_asked import Asked, ForbiddenAsked
from plans import at, named, planned


async def run_jobs(database_url: str) -> None:
    with jobs.replace_connector(PsycopgConnector(conninfo=conninfo(database_url))) as app:
        async with app.open_async():
            await app.run_worker_async(wait=False, install_signal_handlers=False)


def window(start: str = "09:00", end: str = "12:00", day: int = 24, **more: Any) -> dict[str, Any]:
    times = {"starts_at": f"2018-10-{day}T{start}:00+08:00", "ends_at": f"2018-10-{day}T{end}:00+08:00"}
    return {"venue": "体育馆", "room": "1202 房间", "gate": "9 号门"} | times | more


async def ask(people: make.People, *windows: dict[str, Any], **more: Any) -> Any:
    body = {"windows": list(windows), "seconds": 10, **more}
    return await people.registrar.post(f"{people.at}/timetable/solves", json=body)


async def see(people: make.People, solve_id: str) -> dict[str, Any]:
    answer = await people.registrar.get(f"{people.at}/timetable/solves/{solve_id}")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def classes_of(people: make.People) -> dict[str, dict[str, Any]]:
    seen = (await people.registrar.get(f"{people.at}/timetable")).json()
    return {one["class_group_name"]: one for slot in seen["slots"] for one in slot["classes"]}


async def test_a_timetable_is_computed_shown_and_taken_into_the_draft(people: make.People, database_url: str) -> None:
    before = await classes_of(people)
    asked = await ask(people, window(), window("13:00", "16:00"))
    assert asked.status_code == 202, asked.text
    solve_id = asked.json()["solve_id"]
    assert (asked.json()["state"], asked.json()["timetable"]) == ("queued", None)
    take = f"{people.at}/timetable/solves/{solve_id}/take"
    assert (await people.registrar.post(take)).json()["code"] == "solve_has_no_timetable"
    await run_jobs(database_url)
    done = await see(people, solve_id)
    assert (done["state"], done["collisions"], done["failed"]) == ("done", [], None)
    found = done["timetable"]
    assert [slot["heads"] for slot in found["slots"]] and found["proven"] and done["seconds"] > 0
    placed = [one["class_group_id"] for slot in found["slots"] for one in slot["classes"]]
    assert sorted(placed) == sorted(one["class_group_id"] for one in before.values())
    turns = {one["class_group_id"]: one["turn"] for slot in found["slots"] for one in slot["classes"]}
    assert turns == {one["class_group_id"]: one["turn"] for one in before.values()}, "the draft's turns"
    taken = await people.registrar.post(take)
    assert taken.status_code == 200, taken.text
    draft = (await people.registrar.get(f"{people.at}/timetable/draft")).json()
    assert (draft["revision"], draft["differs"]) == (taken.json()["revision"], True)
    starts = {slot["starts_at"] for slot in draft["plan"]["slots"]}
    assert all(start.startswith("2018-10-24") for start in starts)
    assert draft["plan"]["unplaced"] == [] and len(draft["plan"]["slots"]) == len(found["slots"])
    assert await classes_of(people) == before, "nothing is published by it"
    undone = await people.registrar.post(f"{people.at}/timetable/draft/undo", json={"revision": draft["revision"]})
    assert undone.json()["differs"] is False
    async with sessions() as db:
        told = await db.scalars(select(Outbox.data).where(Outbox.kind == "timetable.solved"))
        assert told.all() == [{"solve_id": solve_id}]


async def test_what_collides_is_told(people: make.People, database_url: str) -> None:
    one = (await classes_of(people))["甲1501"]
    busy = {"class_group_id": one["class_group_id"], **{k: window()[k] for k in ("starts_at", "ends_at")}}
    solve_id = (await ask(people, window(), forbidden=[busy])).json()["solve_id"]
    await run_jobs(database_url)
    done = await see(people, solve_id)
    assert (done["state"], done["timetable"], done["impossible"]) == ("done", None, True)
    (collision,) = done["collisions"]
    assert (collision["code"], collision["class_group_ids"]) == ("class_never_free", [one["class_group_id"]])
    assert "甲1501" in collision["sentence"] and collision["way_out"]
    taken = await people.registrar.post(f"{people.at}/timetable/solves/{solve_id}/take")
    assert (taken.status_code, taken.json()["code"]) == (409, "solve_has_no_timetable")


async def test_bounds_and_order_of_colleges_are_kept(people: make.People, database_url: str) -> None:
    first, second = {one["college_id"]: one["college_name"] for one in (await classes_of(people)).values()}.items()
    bound = {"college_id": first[0], "earliest": "2018-10-24T10:00:00+08:00"}
    asked = await ask(people, window(), between=[bound], college_order=[first[0], second[0]], grain_minutes=10)
    await run_jobs(database_url)
    slots = (await see(people, asked.json()["solve_id"]))["timetable"]["slots"]
    assert [slot["college_name"] for slot in slots] == [second[1], first[1]]


NINE = "2018-10-24T09:00:00+08:00"
REFUSED = [
    ((window(), window("11:00", "13:00")), {}, 422, "windows_overlap"),
    ((window(),), {"college_order": [str(uuid4())]}, 422, "unknown_in_solve"),
    (
        (window(),),
        {"forbidden": [{"class_group_id": str(uuid4()), **{k: window()[k] for k in ("starts_at", "ends_at")}}]},
        422,
        "unknown_in_solve",
    ),
    ((window("12:00", "09:00"),), {}, 422, "invalid_request"),
    ((window() | {"starts_at": "2018-10-24T09:00:00"},), {}, 422, "invalid_request"),
    ((), {}, 422, "invalid_request"),
    ((window(),) * 201, {}, 422, "invalid_request"),
    (
        (window(),),
        {"forbidden": [{"class_group_id": str(uuid4()), "starts_at": NINE, "ends_at": NINE}]},
        422,
        "invalid_request",
    ),
    (
        (window(),),
        {"between": [{"college_id": str(uuid4()), "earliest": NINE, "latest": NINE}]},
        422,
        "invalid_request",
    ),
]


@pytest.mark.parametrize(("windows", "more", "status", "code"), REFUSED)
async def test_what_cannot_be_solved_is_refused(
    people: make.People, windows: tuple[dict[str, Any], ...], more: dict[str, Any], status: int, code: str
) -> None:
    answer = await ask(people, *windows, **more)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


class Counted(tuple[ForbiddenAsked, ...]):
    """Knows how often it was gone through."""

    passes = 0

    def __iter__(self) -> Iterator[ForbiddenAsked]:
        self.passes += 1
        return super().__iter__()


def test_what_is_forbidden_is_gone_through_once_for_all_classes() -> None:
    plan, facts = planned(("甲学院", at(9), at(10), {f"甲{i}": 5 for i in range(9)}))
    times = {name: [(at(9, i), at(10, i)) for i in range(2)] for name in ("甲1", "甲7")}
    forbidden = Counted(ForbiddenAsked(named(name), *time) for name in times for time in times[name])
    loads = solve_service.class_loads(facts, plan, Asked((), forbidden, (), (), True, 3, 5, 10))
    assert {one.name: list(one.forbidden) for one in loads if one.forbidden} == times
    assert forbidden.passes == 1


async def test_two_rooms_may_be_used_at_once(people: make.People) -> None:
    assert (await ask(people, window(), window(room="1203 房间"))).status_code == 202


async def started(people: make.People, solve_id: str, seconds_ago: int) -> None:
    """As a worker leaves it that was killed in the middle."""
    async with sessions() as db, db.begin():
        at = now() - timedelta(seconds=seconds_ago)
        await db.execute(update(TimetableSolve).values(state="running", started_at=at))


async def test_one_at_a_time_and_a_killed_worker_does_not_block_for_ever(
    people: make.People, database_url: str
) -> None:
    solve_id = (await ask(people, window())).json()["solve_id"]
    assert (await ask(people, window())).json()["code"] == "solve_under_way"
    await started(people, solve_id, seconds_ago=60)
    assert (await see(people, solve_id))["state"] == "running"
    assert (await ask(people, window())).json()["code"] == "solve_under_way"
    await started(people, solve_id, seconds_ago=200)
    failed = await see(people, solve_id)
    assert failed["state"] == "failed" and "重新开始" in failed["failed"]
    await run_jobs(database_url)  # the worker comes back, too late
    assert (await see(people, solve_id))["state"] == "failed"
    second = await ask(people, window())
    assert second.status_code == 202
    await run_jobs(database_url)
    assert (await see(people, second.json()["solve_id"]))["state"] == "done"


async def test_a_solver_that_dies_is_told(
    people: make.People, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(solve_service, "MEMORY_MB", 60)  # too little to import OR-Tools
    solve_id = (await ask(people, window())).json()["solve_id"]
    await run_jobs(database_url)
    done = await see(people, solve_id)
    assert done["state"] == "failed" and done["failed"]
