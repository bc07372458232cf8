"""Stations: "shot, and the next one please" until the room is empty, with one, two and four cameras."""

import asyncio
import json
from uuid import UUID, uuid4, uuid5

from crowd import Crowd, all_in_line, empty_room
from limits import Limits, beside, limits
from load import Flow, Tally, ask, drive, request
from record import statements_of
from report import Report
from server import Site

STATION = "(select id from bench_station where i = :client_id)"
# Asked before, because the request itself makes it somebody else.
CURRENT = f"select id as current from check_in where station_id = {STATION} and state = 'called' \\gset"  # noqa: S608


async def run(site: Site, crowd: Crowd, report: Report, rounds: int, quick: bool) -> None:
    site.db.execute("drop table if exists bench_station")
    site.db.execute("create table bench_station (i int primary key, id uuid)")
    for i, station_id in enumerate(crowd.stations):
        site.db.execute("insert into bench_station values (%s, %s)", [i, station_id])
    known = await _limits(site, crowd)
    for _ in range(rounds):
        for stations in (2,) if quick else (1, 2, 4):
            tally = await _product(site, crowd, stations)
            count = len(crowd.slot) - len(crowd.stations)
            whole, writing = await asyncio.to_thread(known.measure, stations, count)
            report.add(*beside(f"shot_and_next_{stations}_stations", tally, whole, writing))
    empty_room(site)


def _pressing(crowd: Crowd, station_id: str) -> Flow:
    """Calls the first, then tells each time what became of the one before."""
    at, token = f"{crowd.at}/stations/{station_id}", crowd.staff["agency"]

    def flow(answer: bytes | None) -> bytes | None:
        if answer is None:
            return request("POST", f"{at}/call-next", token, {"op_id": uuid4()})
        current = json.loads(answer)["current"]
        if current is None:
            return None
        shot = {"op_id": uuid4(), "check_in_id": current["check_in_id"], "outcome": "shot", "call_next": True}
        return request("POST", f"{at}/outcome", token, shot)

    return flow


async def _product(site: Site, crowd: Crowd, stations: int) -> Tally:
    empty_room(site)
    await all_in_line(site, crowd)
    return await drive(site.port, [_pressing(crowd, one) for one in crowd.stations[:stations]])


async def _limits(site: Site, crowd: Crowd) -> Limits:
    async def ready() -> dict[str, str]:
        """Everybody in line and somebody at each camera; station -> check-in."""
        empty_room(site)
        await all_in_line(site, crowd)
        current = {}
        for one in crowd.stations:
            path = f"{crowd.at}/stations/{one}/call-next"
            console = await ask(site.port, "POST", path, crowd.staff["agency"], {"op_id": uuid4()})
            current[one] = console["current"]["check_in_id"]
        return current

    station, op_id = crowd.stations[0], uuid4()
    check_in_id = (await ready())[station]
    body = {"op_id": str(op_id), "check_in_id": check_in_id, "outcome": "shot", "call_next": True}
    path = f"{crowd.at}/stations/{station}/outcome"
    seen = await statements_of(site.url, "POST", path, crowd.staff["agency"], body)
    places = {
        UUID(station): STATION,
        UUID(check_in_id): ":current",
        op_id: "gen_random_uuid()",
        uuid5(op_id, "call-next"): "gen_random_uuid()",
    }
    return limits(site, seen, places, lambda: asyncio.run(ready()), CURRENT)
