"""Check-ins: the burst at the door, all into one slot, beside pgbench with the same statements."""

import pgbench
from crowd import Crowd, Person, door_code, empty_room, nth, number
from gradphoto.accounts.service import token_hash
from load import Tally, drive, request, shared
from record import Statement, script, statements_of
from report import Measured, Report
from server import Site

SPARE = 1  # checked in while the statements are written down
PASSES = 3  # pgbench is through with a slot in a moment


async def run(site: Site, crowd: Crowd, report: Report, rounds: int, quick: bool) -> None:
    spare, people = crowd.slot[0], crowd.slot[SPARE:]
    number(site, people)
    whole, alone = await _scripts(site, crowd, spare)
    for _ in range(rounds):
        for connections, count in ((1, 60 if quick else 200), (32, len(people))):
            tally = await _product(site, crowd, people[:count], connections)
            same, hot = _limit(site, whole, connections, count), _limit(site, alone, connections, count)
            name, n = f"check_in_{connections}_connections", len(tally.latencies)
            report.add(
                Measured(name, tally.per_second, "1/s", n, "pgbench, every statement of the request", same.per_second),
                Measured(f"{name}_to_ticket", tally.per_second, "1/s", n, "pgbench, the ticket alone", hot.per_second),
                Measured(f"{name}_p50", tally.ms(0.5), "ms", n, "pgbench, every statement", same.ms(0.5)),
                Measured(f"{name}_p99", tally.ms(0.99), "ms", n, "pgbench, every statement", same.ms(0.99)),
            )
    empty_room(site)


async def _product(site: Site, crowd: Crowd, people: list[Person], connections: int) -> Tally:
    empty_room(site)
    body = {"code": await door_code(site, crowd)}
    heap = shared([request("POST", f"{crowd.at}/me/check-in", one.token, body) for one in people])
    return await drive(site.port, [heap] * connections)


async def _scripts(site: Site, crowd: Crowd, spare: Person) -> tuple[str, str]:
    """The whole request, and the statement that gives the ticket."""
    empty_room(site)
    await _product(site, crowd, crowd.slot[SPARE : SPARE + 1], 1)  # so that the slot's counter is there
    body = {"code": await door_code(site, crowd)}
    seen = await statements_of(site.url, "POST", f"{crowd.at}/me/check-in", spare.token, body)
    check_in_id = site.db.execute("select id from check_in where student_id = %s", [spare.student_id]).fetchone()
    places = {
        spare.student_id: nth("student_id"),
        spare.class_group_id: nth("class_group_id"),
        spare.college_id: nth("college_id"),
        token_hash(spare.token): nth("token"),
    }
    if check_in_id is not None:
        places[check_in_id[0]] = f"(select id from check_in where student_id = {nth('student_id')})"
    return script(seen, places), script([_ticket(seen)], places)


def _ticket(seen: list[Statement]) -> Statement:
    return next(one for one in seen if "INSERT INTO check_in" in one.text)


def _limit(site: Site, text: str, connections: int, count: int) -> pgbench.Limit:
    """The best of the passes: a limit is what can be reached."""
    passes = []
    for _ in range(PASSES):
        empty_room(site)
        passes.append(pgbench.run(site.url, text, connections, count))
    return max(passes, key=lambda one: one.per_second)
