"""The demo campaign is the real one: the notice of 2018 and its roster, through the code a registrar uses."""

import asyncio
from datetime import datetime
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from gradphoto.accounts import service as accounts
from gradphoto.accounts.models import LinkPurpose, Role, Staff
from gradphoto.core import db as database
from gradphoto.core.db import sessions
from gradphoto.core.security import make_keys
from gradphoto.core.settings import settings
from gradphoto.roster import import_service
from gradphoto.roster import service as roster
from gradphoto.roster.models import Campaign, ClassGroup, College, Student
from gradphoto.schedule import draft_service, notice_service, publish_service

DATA = Path(__file__).parent / "demo_data"
CLOCK = datetime(2018, 10, 23, 9, 5, tzinfo=ZoneInfo("Asia/Shanghai"))
STAFF = (
    ("registrar", "周敏", Role.registrar, "教务处"),
    ("counsellor", "何辅导员", Role.counsellor, "辅导员（自动化学院）"),
    ("agency", "图片社一号机", Role.agency, "图片社"),
    ("screen", "1202 大屏", Role.screen, "现场大屏"),
)


async def fill(db: AsyncSession) -> None:
    """Campaign from the notice, roster through its report, timetable from both, staff; the clock at 9:05 of day 1."""
    text = (DATA / "notice-2018-135.txt").read_text("utf-8")
    facts = (await notice_service.read(text)).proposal.facts
    assert facts.fee_fen and facts.pace_people and facts.pace_minutes and facts.return_deadline
    campaign = await roster.create_campaign(
        db,
        name="2019 届本科毕业生图像采集（演练）",
        cohort=f"{facts.cohort.value} 届" if facts.cohort else "",
        fee_fen=facts.fee_fen.value,
        pace_people=facts.pace_people.value,
        pace_minutes=facts.pace_minutes.value,
        return_deadline=facts.return_deadline.value,
        mailbox=facts.mailbox.value if facts.mailbox else "",
        clothing=facts.clothing.value if facts.clothing else "",
        bring=facts.bring.value if facts.bring else "",
        notice_text=text,
        rehearsal=True,
    )
    staff = [await accounts.add_staff(db, login, name, role) for login, name, role, _ in STAFF]
    data = (DATA / "roster-2019.xlsx").read_bytes()
    report = await import_service.review(db, campaign.id, "roster-2019.xlsx", data, staff[0].id)
    await import_service.apply(db, campaign.id, report.id, withdraw_missing=False)
    await first_timetable(db, campaign.id, staff[0].id)
    college = await db.scalar(select(College.id).order_by(College.position).limit(1))
    assert college is not None
    await accounts.set_colleges(db, staff[1].id, [(campaign.id, college)])
    await roster.set_clock(db, campaign.id, CLOCK)


async def first_timetable(db: AsyncSession, campaign_id: UUID, by_id: UUID) -> None:
    """Laid from the notice and published as it is, overload and all: mending it is for the person who looks."""
    draft = await draft_service.start(db, campaign_id, draft_service.Source.notice, None, by_id)
    await publish_service.publish(db, campaign_id, draft.revision, "按通知", None, by_id)


def load(url: str) -> bool:
    """Fill an empty database; False when there is a campaign already."""
    make_keys(settings().keys_dir)

    async def run() -> bool:
        engine = database.connect(url)
        async with sessions() as db, db.begin():
            is_empty = not await db.scalar(select(func.count()).select_from(Campaign))
            if is_empty:
                await fill(db)
        await engine.dispose()
        return is_empty

    return asyncio.run(run())


def links(url: str, public_url: str) -> list[tuple[str, str]]:
    """(who, link that signs in) for one person of each kind; fresh links that work for three days, again and again."""

    async def run() -> list[tuple[str, str]]:
        engine = database.connect(url)
        async with sessions() as db, db.begin():
            made = await _links(db)
        await engine.dispose()
        return [(who, f"{public_url}/l/{token}") for who, token in made]

    return asyncio.run(run())


async def _links(db: AsyncSession) -> list[tuple[str, str]]:
    made = []
    for login, name, _, title in STAFF:
        staff_id = await db.scalar(select(Staff.id).where(Staff.login == login))
        if staff_id is not None:
            token = await accounts.make_link(db, LinkPurpose.sign_in, reusable=True, staff_id=staff_id)
            made.append((f"{title} {name}", token))
    for is_monitor, title in ((True, "班长"), (False, "学生")):
        row = (
            await db.execute(
                select(Student, ClassGroup)
                .join(ClassGroup, ClassGroup.id == Student.class_group_id)
                .where(Student.is_monitor.is_(is_monitor))
                .order_by(Student.number)
                .limit(1)
            )
        ).one_or_none()
        if row is not None:
            student, group = row
            whose = roster.sign_in_of(student, group.college_id)
            plain = {key: value if isinstance(value, bool) else str(value) for key, value in whose.items()}
            token = await accounts.make_link(db, LinkPurpose.sign_in, reusable=True, student=plain)
            made.append((f"{title} {student.name}（{group.name}）", token))
    return made
