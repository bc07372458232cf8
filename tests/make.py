"""Builders: campaigns made through the product's own services, and people who are signed in."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Self
from uuid import UUID
from zoneinfo import ZoneInfo

import httpx
import psycopg
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from gradphoto import demo
from gradphoto.accounts import service as accounts
from gradphoto.accounts.auth import cookie_name
from gradphoto.accounts.models import Role
from gradphoto.core import db as database
from gradphoto.core.db import sessions
from gradphoto.core.jobs import conninfo
from gradphoto.roster import import_service
from gradphoto.roster import service as roster
from gradphoto.roster.id_numbers import IdType, check_character
from gradphoto.roster.models import Campaign, ClassGroup, College, Student
from gradphoto.roster.reading import RosterRow
from gradphoto.roster.writing import write_rows_xlsx
from gradphoto.schedule.models import Slot, SlotClass, Turn, Venue

SHANGHAI = ZoneInfo("Asia/Shanghai")
MORNING = datetime(2018, 10, 23, 9, 0, tzinfo=SHANGHAI)
DEMO_DATA = Path(import_service.__file__).parents[1] / "demo_data"

# class group -> (college, number of students); the first of each class is its monitor
CLASSES = {"甲1501": ("甲学院", 4), "甲1502": ("甲学院", 4), "乙1501": ("乙学院", 4), "乙1502": ("乙学院", 2)}


def id_number(seq: int) -> str:
    """A resident ID number with a right check digit, of the unassigned district 119900."""
    head = f"11990019970101{seq:03d}"
    return head + check_character(head)


def roster_rows() -> list[RosterRow]:
    rows = []
    for name, (college, heads) in CLASSES.items():
        for i in range(heads):
            seq = len(rows) + 1
            row = dict(row=seq + 1, number=f"4150{seq:04d}", name=f"学生{'一二三四五六七八九十甲乙丙丁'[seq - 1]}")
            row |= dict(name_damaged=False, sex="女", id_type=IdType.resident_id, id_number=id_number(seq))
            row |= dict(college=college, major="专业", class_group=name, is_monitor=i == 0, photo_code="")
            rows.append(RosterRow(**row))
    return rows


async def campaign(db: AsyncSession, **more: Any) -> Campaign:
    values = dict(name="测试批次", cohort="2019 届", fee_fen=2000, pace_people=30, pace_minutes=10, mailbox="a@b.cn")
    values |= dict(clothing="浅色系", bring="身份证", lead_minutes=10, notice_text="", rehearsal=True)
    values |= dict(return_deadline=datetime(2019, 3, 10, 23, 59, 59, tzinfo=SHANGHAI))
    return await roster.create_campaign(db, **(values | more))


async def small_campaign(db: AsyncSession) -> None:
    """Slot A 9:00-9:10 甲学院 (甲1502 先拍), slot B 9:20-9:30 乙学院; the rehearsal clock stands at 9:02."""
    made = await campaign(db)
    await import_roster(db, made.id, write_rows_xlsx(roster_rows()))
    venue = Venue(campaign_id=made.id, name="体育馆", room="1202 房间", gate="9 号门")
    db.add(venue)
    await db.flush()
    colleges = {c.name: c.id for c in await db.scalars(select(College))}
    groups = {g.name: g.id for g in await db.scalars(select(ClassGroup))}
    plan = [("A", 0, "甲学院", ["甲1502", "甲1501"]), ("B", 20, "乙学院", ["乙1501", "乙1502"])]
    for label, minutes, college, names in plan:
        starts = MORNING + timedelta(minutes=minutes)
        slot = Slot(
            campaign_id=made.id,
            venue_id=venue.id,
            college_id=colleges[college],
            label=label,
            starts_at=starts,
            ends_at=starts + timedelta(minutes=10),
        )
        db.add(slot)
        await db.flush()
        for position, name in enumerate(names):
            turn = Turn.first if name == "甲1502" else Turn.normal
            key = dict(campaign_id=made.id, slot_id=slot.id, class_group_id=groups[name])
            db.add(SlotClass(**key, turn=turn, position=position))
    await db.flush()
    await roster.set_clock(db, made.id, MORNING + timedelta(minutes=2))
    await staff(db, made.id)


async def shot(*numbers: str) -> None:
    """The room's record says that these students, or all, were shot: the second sign of a photo named after them."""
    async with sessions() as db, db.begin():
        await db.execute(
            text(
                """
                insert into check_in (campaign_id, slot_id, student_id, ticket, make_up, state, by, override_reason, at,
                                      shot_at, shot_no)
                select s.campaign_id, slot.id, s.id, 5000 + row_number() over (order by s.number), false, 'shot',
                       'staff', '', slot.starts_at, slot.starts_at, 5000 + row_number() over (order by s.number)
                from student s join lateral (
                    select * from slot where slot.campaign_id = s.campaign_id order by starts_at limit 1
                ) slot on true
                where cast(:numbers as text[]) = '{}' or s.number = any(:numbers)
                """
            ),
            {"numbers": list(numbers)},
        )


async def import_roster(db: AsyncSession, campaign_id: UUID, data: bytes) -> None:
    registrar = await accounts.add_staff(db, f"loader-{campaign_id.hex[:8]}", "导入员", Role.registrar)
    report = await import_service.review(db, campaign_id, "roster.xlsx", data, registrar.id)
    assert report.report["errors"] == 0, report.report["findings"]
    await import_service.apply(db, campaign_id, report.id, withdraw_missing=False)


async def staff(db: AsyncSession, campaign_id: UUID) -> None:
    """One of each: registrar, agency, screen, and a counsellor for the first two colleges each."""
    for role in (Role.registrar, Role.agency, Role.screen):
        await accounts.add_staff(db, role.value, role.value, role)
    colleges = await db.scalars(select(College.id).order_by(College.position).limit(2))
    for name, college_id in zip(("counsellor", "counsellor2"), colleges, strict=True):
        await accounts.add_staff(db, name, name, Role.counsellor, [(campaign_id, college_id)])


def filled(server: str, template: str, name: str, fill: Callable[[AsyncSession], Awaitable[None]]) -> str:
    """Clone `template` as database `name` and fill it; returns the name."""
    url = server.replace("/gradphoto?", f"/{name}?")

    async def run() -> None:
        engine = database.connect(url)
        async with sessions() as db, db.begin():
            await fill(db)
        await engine.dispose()

    with psycopg.connect(conninfo(server), autocommit=True) as connection:
        connection.execute(f"create database {name} template {template} strategy wal_log")
    asyncio.run(run())
    return name


class People:
    """Signed-in browsers over one database. `student(number)` gives any student's browser."""

    registrar: httpx.AsyncClient
    agency: httpx.AsyncClient
    screen: httpx.AsyncClient
    counsellor: httpx.AsyncClient
    counsellor2: httpx.AsyncClient
    campaign_id: UUID

    def __init__(self, browser: Callable[[], httpx.AsyncClient]) -> None:
        self._browser = browser
        self._open: list[httpx.AsyncClient] = []

    async def __aenter__(self) -> Self:
        async with sessions() as db:
            self.campaign_id = (await db.scalars(select(Campaign.id))).one()
        for login in ("registrar", "agency", "screen", "counsellor", "counsellor2"):
            setattr(self, login, await self.staff(login))
        return self

    async def __aexit__(self, *_: object) -> None:
        for client in self._open:
            await client.aclose()

    @property
    def at(self) -> str:
        """The campaign's path."""
        return f"/campaigns/{self.campaign_id}"

    async def staff(self, login: str) -> httpx.AsyncClient:
        async with sessions() as db, db.begin():
            found = (await db.scalars(select(accounts.Staff).where(accounts.Staff.login == login))).one()
            return self._with(await accounts.open_sign_in(db, staff_id=found.id, name=found.name))

    async def student(self, number: str) -> httpx.AsyncClient:
        async with sessions() as db, db.begin():
            student = (await db.scalars(select(Student).where(Student.number == number))).one()
            owner = await roster.owner_of_student(db, student.campaign_id, student.id)
            return self._with(await accounts.open_sign_in(db, **roster.sign_in_of(student, owner.college_id)))

    def _with(self, token: str) -> httpx.AsyncClient:
        client = self._browser()
        client.cookies.set(cookie_name(), token)
        self._open.append(client)
        return client


async def real_campaign(db: AsyncSession) -> None:
    """The notice's own campaign, loaded as the demo loads it, and a counsellor of the second college."""
    await demo.fill(db)
    second = (await db.scalars(select(College).order_by(College.position).offset(1).limit(1))).one()
    await accounts.add_staff(db, "counsellor2", "counsellor2", Role.counsellor, [(second.campaign_id, second.id)])
