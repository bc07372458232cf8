"""Check-ins: the burst at the door, everybody into one slot and so over one counter."""

from crowd import Crowd, Person, door_code, empty_room, nth, number
from limits import Limits, beside, limits
from load import Tally, drive, request, shared
from record import statements_of
from report import Report
from server import Site

from gradphoto.accounts.service import token_hash


async def run(site: Site, crowd: Crowd, report: Report, rounds: int, quick: bool) -> None:
    spare, *people = crowd.slot
    number(site, people)
    known = await _limits(site, crowd, spare, people[0])
    for _ in range(rounds):
        for connections, count in ((1, 60 if quick else 200), (32, len(people))):
            tally = await _product(site, crowd, people[:count], connections)
            report.add(*beside(f"check_in_{connections}", tally, *known.measure(connections, count)))
    empty_room(site)


async def _product(site: Site, crowd: Crowd, people: list[Person], connections: int) -> Tally:
    empty_room(site)
    body = {"code": await door_code(site, crowd)}
    heap = shared([request("POST", f"{crowd.at}/me/check-in", one.token, body) for one in people])
    return await drive(site.port, [heap] * connections)


async def _limits(site: Site, crowd: Crowd, spare: Person, first: Person) -> Limits:
    await _product(site, crowd, [first], 1)  # makes the slot's counter
    body = {"code": await door_code(site, crowd)}
    seen = await statements_of(site.url, "POST", f"{crowd.at}/me/check-in", spare.token, body)
    places = {
        spare.student_id: nth("student_id"),
        spare.class_group_id: nth("class_group_id"),
        spare.college_id: nth("college_id"),
        token_hash(spare.token): nth("token"),
    }
    return limits(site, seen, places, lambda: empty_room(site))
