"""Who takes part: signed-in people of the largest slot, the room's stations, and the way back to an empty room."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from load import ask
from server import Site
from sqlalchemy import select

from gradphoto.accounts import service as accounts
from gradphoto.accounts.models import Staff
from gradphoto.core import db as database
from gradphoto.core.db import sessions
from gradphoto.roster import service as roster
from gradphoto.roster.models import Campaign, ClassGroup, Student
from gradphoto.schedule.models import SlotClass


@dataclass(frozen=True, slots=True)
class Person:
    """`monitor` is the token of the class's monitor."""

    student_id: UUID
    class_group_id: UUID
    college_id: UUID
    number: str
    token: str
    monitor: str


@dataclass(frozen=True, slots=True)
class Crowd:
    """Everybody in roster order; `slot` are the people of the largest slot, in whose hours the clock stands."""

    campaign_id: UUID
    venue_id: str
    slot_id: str
    staff: dict[str, str]  # login -> token
    everybody: list[Person]
    slot: list[Person]
    stations: list[str]

    @property
    def at(self) -> str:
        return f"/campaigns/{self.campaign_id}"


async def gather(site: Site, stations: int = 4) -> Crowd:
    engine = database.connect(site.url)
    async with sessions() as db, db.begin():
        campaign_id = (await db.scalars(select(Campaign.id))).one()
        staff = {one.login: one for one in await db.scalars(select(Staff))}
        tokens = {
            login: await accounts.open_sign_in(db, staff_id=one.id, name=one.name) for login, one in staff.items()
        }
        everybody = await _people(db)
        in_slot = {row[0]: row[1] for row in await db.execute(select(SlotClass.class_group_id, SlotClass.slot_id))}
    await engine.dispose()
    at, registrar = f"/campaigns/{campaign_id}", tokens["registrar"]
    timetable = await ask(site.port, "GET", f"{at}/timetable", registrar)
    largest = max(timetable["slots"], key=lambda slot: sum(one["heads"] for one in slot["classes"]))
    begins = datetime.fromisoformat(largest["starts_at"])
    await ask(site.port, "PUT", f"{at}/clock", registrar, {"at": begins.isoformat()})
    path = f"{at}/venues/{largest['venue_id']}/stations"
    made = [await ask(site.port, "POST", path, registrar, {"name": f"{n} 号机"}) for n in range(1, stations + 1)]
    return Crowd(
        campaign_id=campaign_id,
        venue_id=largest["venue_id"],
        slot_id=largest["slot_id"],
        staff=tokens,
        everybody=everybody,
        slot=[one for one in everybody if str(in_slot[one.class_group_id]) == largest["slot_id"]],
        stations=[one["station_id"] for one in made],
    )


async def _people(db: database.AsyncSession) -> list[Person]:
    query = select(Student, ClassGroup.college_id).join(ClassGroup, ClassGroup.id == Student.class_group_id)
    rows = [(row[0], row[1]) for row in await db.execute(query.order_by(Student.number))]
    tokens = {one.id: await accounts.open_sign_in(db, **roster.sign_in_of(one, college)) for one, college in rows}
    monitors = {one.class_group_id: tokens[one.id] for one, _ in rows if one.is_monitor}
    return [
        Person(one.id, one.class_group_id, college, one.number, tokens[one.id], monitors[one.class_group_id])
        for one, college in rows
    ]


def number(site: Site, people: Iterable[Person]) -> None:
    """Table `bench_person`: the i-th person's values, for the scripts of pgbench."""
    site.db.execute("drop table if exists bench_person")
    site.db.execute(
        "create table bench_person (i int primary key, student_id uuid, class_group_id uuid, college_id uuid,"
        " token bytea, monitor bytea, op_id uuid default gen_random_uuid())"
    )
    hashed = accounts.token_hash
    rows = [
        (i, one.student_id, one.class_group_id, one.college_id, hashed(one.token), hashed(one.monitor))
        for i, one in enumerate(people)
    ]
    with site.db.cursor() as cursor:
        cursor.executemany("insert into bench_person values (%s, %s, %s, %s, %s, %s)", rows)
    site.db.execute("analyze bench_person")


def nth(column: str) -> str:
    """That value of the person whose turn it is in a script."""
    return f"(select {column} from bench_person where i = :i)"  # noqa: S608 (a name of ours)


def empty_room(site: Site) -> None:
    """As before the first check-in."""
    site.db.execute("truncate station_event, check_in, outbox")
    site.db.execute("update slot_counter set last_ticket = 0, last_call = 0, last_shot = 0")


def empty_books(site: Site) -> None:
    """As before the first yuan. The ledger's own triggers would refuse, so they rest meanwhile."""
    tables = ("ledger_entry", "student_fee", "class_cash", "handover", "receipt_counter")
    with site.db.transaction():
        for table in tables:
            site.db.execute(f"alter table {table} disable trigger user")
        site.db.execute(f"truncate {', '.join(tables)}, outbox")
        for table in tables:
            site.db.execute(f"alter table {table} enable trigger user")


async def door_code(site: Site, crowd: Crowd) -> str:
    door = await ask(site.port, "GET", f"{crowd.at}/venues/{crowd.venue_id}/door", crowd.staff["screen"])
    code: str = door["typed_code"]
    return code


async def all_in_line(site: Site, crowd: Crowd) -> None:
    """The slot's people, checked in class by class."""
    classes: dict[UUID, list[UUID]] = {}
    for one in crowd.slot:
        classes.setdefault(one.class_group_id, []).append(one.student_id)
    for class_group_id, student_ids in classes.items():
        body = {"student_ids": student_ids, "code": None}
        await ask(site.port, "POST", f"{crowd.at}/class-groups/{class_group_id}/check-ins", crowd.staff["agency"], body)
