"""The opening minute: 431 check-ins while 300 phones and the board follow; how long until each screen shows it."""

import asyncio
import time
from collections.abc import Iterable

from crowd import Crowd, Person, door_code, empty_room
from load import Screen, drive, request, screen
from report import Measured, Report, percentile
from server import Site

SCREENS = 300
MINUTE = 60.0
LAST_WORD = 8.0  # longer than a screen is ever left alone


async def run(site: Site, crowd: Crowd, report: Report, rounds: int, quick: bool) -> None:
    seconds, people = (6.0, crowd.slot[:60]) if quick else (MINUTE, crowd.slot)
    for _ in range(rounds):
        await _round(site, crowd, report, seconds, people)
    empty_room(site)


async def _round(site: Site, crowd: Crowd, report: Report, seconds: float, people: list[Person]) -> None:
    empty_room(site)
    followers = crowd.slot[:SCREENS]
    pages = {one.number: await screen(site.port, f"{crowd.at}/me/events", one.token) for one in followers}
    board = await screen(site.port, f"{crowd.at}/venues/{crowd.venue_id}/board/events", crowd.staff["screen"])
    cpu, began = site.cpu_seconds(), time.perf_counter()
    answered, latencies = await _burst(site, crowd, people, seconds)
    used = (site.cpu_seconds() - cpu) / (time.perf_counter() - began)
    await asyncio.sleep(LAST_WORD)
    own = [_since(answered[n], _first_waiting(page)) for n, page in pages.items() if n in answered]
    shown = [_since(at, _board_shows(board, k)) for k, at in enumerate(sorted(answered.values()), 1)]
    settled = [_last(page) - max(answered.values()) for page in pages.values()]
    events = sum(len(page.events) for page in pages.values())
    for page in (*pages.values(), board):
        page.transport.close()
    report.add(
        Measured("live_check_in_p50", percentile(latencies, 0.5), "ms", len(latencies)),
        Measured("live_check_in_p99", percentile(latencies, 0.99), "ms", len(latencies)),
        *_both("live_own_screen", own),
        *_both("live_board", shown),
        Measured("live_last_event_of_300_screens_p99", percentile(settled, 0.99) * 1000, "ms", len(settled)),
        Measured("live_events_delivered", events, "events", len(pages)),
        Measured("live_api_cores", used, "cores", len(latencies)),
    )


async def _burst(
    site: Site, crowd: Crowd, people: list[Person], seconds: float
) -> tuple[dict[str, float], list[float]]:
    """Spread over the time; number -> when the answer was there, and how many ms each took."""
    body = {"code": await door_code(site, crowd)}
    answered: dict[str, float] = {}
    latencies: list[float] = []

    async def one(person: Person, after: float) -> None:
        await asyncio.sleep(after)
        asked = [request("POST", f"{crowd.at}/me/check-in", person.token, body)]
        tally = await drive(site.port, [lambda _: asked.pop() if asked else None])
        answered[person.number] = time.perf_counter()
        latencies.extend(tally.latencies)

    await asyncio.gather(*(one(person, seconds * i / len(people)) for i, person in enumerate(people)))
    return answered, latencies


def _first_waiting(page: Screen) -> float | None:
    return next((at for at, shown in page.events if shown["ticket_state"] != "expected"), None)


def _board_shows(board: Screen, waiting: int) -> float | None:
    return next((at for at, shown in board.events if shown["waiting_count"] >= waiting), None)


def _last(page: Screen) -> float:
    return page.events[-1][0]


def _since(answered: float, shown: float | None) -> float:
    assert shown is not None, "every check-in reaches the screens"
    return (shown - answered) * 1000


def _both(name: str, ms: Iterable[float]) -> list[Measured]:
    ms = list(ms)
    return [
        Measured(f"{name}_p50", percentile(ms, 0.5), "ms", len(ms)),
        Measured(f"{name}_p99", percentile(ms, 0.99), "ms", len(ms)),
    ]
