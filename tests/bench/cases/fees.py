"""Fees: monitors tap names, the classes in turn, so that their tills are locked side by side."""

from uuid import uuid4

from crowd import Crowd, Person, empty_books, nth, number
from limits import Limits, beside, limits
from load import Tally, drive, request, shared
from record import statements_of
from report import Report
from server import Site

from gradphoto.accounts.service import token_hash


async def run(site: Site, crowd: Crowd, report: Report, rounds: int, quick: bool) -> None:
    spare, *people = _class_by_class(crowd)
    number(site, people)
    known = await _limits(site, crowd, spare)
    for _ in range(rounds):
        for connections, count in ((1, 60 if quick else 300), (32, 300 if quick else 1500)):
            tally = await _product(site, crowd, people[:count], connections)
            report.add(*beside(f"collect_fee_{connections}", tally, *known.measure(connections, count)))
    empty_books(site)


def _class_by_class(crowd: Crowd) -> list[Person]:
    """One of each class, then the next of each; without the monitors."""
    seats: dict[object, int] = {}
    placed = []
    for one in crowd.everybody:
        if one.token != one.monitor:
            seat = seats[one.class_group_id] = seats.get(one.class_group_id, 0) + 1
            placed.append((seat, one))
    return [one for _, one in sorted(placed, key=lambda place: place[0])]


def _path(crowd: Crowd, one: Person) -> str:
    return f"{crowd.at}/students/{one.student_id}/ledger-entries"


async def _product(site: Site, crowd: Crowd, people: list[Person], connections: int) -> Tally:
    empty_books(site)
    taps = [request("POST", _path(crowd, one), one.monitor, {"op_id": uuid4(), "kind": "collected"}) for one in people]
    return await drive(site.port, [shared(taps)] * connections)


async def _limits(site: Site, crowd: Crowd, spare: Person) -> Limits:
    empty_books(site)
    op_id = uuid4()
    body = {"op_id": str(op_id), "kind": "collected"}
    seen = await statements_of(site.url, "POST", _path(crowd, spare), spare.monitor, body)
    places = {
        spare.student_id: nth("student_id"),
        spare.class_group_id: nth("class_group_id"),
        spare.college_id: nth("college_id"),
        token_hash(spare.monitor): nth("monitor"),
        op_id: nth("op_id"),
    }
    return limits(site, seen, places, lambda: empty_books(site))
