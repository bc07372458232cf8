"""Signing in and out, staff and their links, API keys, and the record of who did what."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from gradphoto.accounts.models import (
    Audit,
    LinkPurpose,
    Role,
    SignIn,
    SignInAttempt,
    SignInLink,
    Staff,
    StaffCollege,
)
from gradphoto.accounts.policy import Actor, NotAllowed
from gradphoto.core.db import aside, now, sessions
from gradphoto.core.errors import NotFound, Refusal
from gradphoto.core.jobs import jobs
from gradphoto.core.security import hash_password, new_token, password_matches, token_hash
from gradphoto.core.settings import settings

LINK_LIFE = timedelta(days=3)
TRIES = 10
TRY_WINDOW_MINUTES = 15


class WrongSignIn(Refusal):
    """登录信息不对。请检查后再试；学生用学号、姓名和证件号后六位，教工用账号和密码。"""

    status = 401


class TooManyTries(Refusal):
    """尝试次数太多，请 15 分钟后再试，或请老师协助。"""

    status = 429


class LinkUsedUp(Refusal):
    """这个链接已经用过或已过期，请联系教务处重新发一个。"""

    status = 410


class LoginTaken(Refusal):
    """这个账号已经有人用了，请换一个。"""


class UnknownCollege(Refusal):
    """其中有学院不在这个采集批次里，请重新选择。"""

    status = 422
    constraint = "fk_staff_college_campaign_id_college_id"


class OwnAccount(Refusal):
    """不能停用自己的账号，请让另一位教务处老师操作。"""


class WeakPassword(Refusal):
    """密码至少 10 位，且不能与账号相同。"""

    status = 422


async def count_try(*who: str) -> None:
    """Count a try for each of `who`, hashed, in a transaction of its own: the count outlives a refused sign-in."""
    window = now().replace(second=0, microsecond=0)
    window -= timedelta(minutes=window.minute % TRY_WINDOW_MINUTES)
    worst = 0
    async with aside() as db, db.begin():
        for one in sorted(who):
            row = insert(SignInAttempt).values(who=token_hash(one), window_at=window, tries=1)
            counted = row.on_conflict_do_update(
                index_elements=["who", "window_at"], set_={"tries": SignInAttempt.tries + 1}
            ).returning(SignInAttempt.tries)
            worst = max(worst, (await db.scalar(counted)) or 0)
    if worst > TRIES:
        raise TooManyTries(retry_after_seconds=TRY_WINDOW_MINUTES * 60)


async def forget_tries(db: AsyncSession, who: str) -> None:
    await db.execute(delete(SignInAttempt).where(SignInAttempt.who == token_hash(who)))


async def open_sign_in(db: AsyncSession, **whose: Any) -> str:
    """Open a sign-in for staff_id=… or for a student's columns; returns the cookie's token."""
    token = new_token()
    expires = now() + timedelta(hours=settings().sign_in_hours)
    await db.execute(insert(SignIn).values(token_hash=token_hash(token), expires_at=expires, **whose))
    return token


async def sign_in_staff(db: AsyncSession, login: str, password: str) -> tuple[str, Role]:
    """The cookie's token and the role."""
    await count_try(f"staff:{login.lower()}")
    staff = await db.scalar(select(Staff).where(func.lower(Staff.login) == login.lower()))
    good = await password_matches(password, staff.password_hash if staff and staff.disabled_at is None else None)
    if not good or staff is None:
        raise WrongSignIn()
    await forget_tries(db, f"staff:{login.lower()}")
    return await open_sign_in(db, staff_id=staff.id, name=staff.name), staff.role


async def sign_in_by_link(db: AsyncSession, token: str) -> tuple[str, Role]:
    link = await take_link(db, token, LinkPurpose.sign_in)
    if link.staff_id is None:
        return await open_sign_in(db, **link.student), Role.student
    staff = await _staff(db, link.staff_id)
    return await open_sign_in(db, staff_id=staff.id, name=staff.name), staff.role


async def sign_out(db: AsyncSession, actor: Actor) -> None:
    await db.execute(delete(SignIn).where(SignIn.id == actor.sign_in_id))


async def end_rehearsals(db: AsyncSession, campaign_ids: list[UUID]) -> None:
    """Who rehearsed must not go on in the rehearsal once the real roster is there."""
    await db.execute(delete(SignIn).where(SignIn.campaign_id.in_(campaign_ids)))


async def end_sign_ins(db: AsyncSession, campaign_id: UUID, student_ids: list[UUID]) -> None:
    """After the roster changed a student's class, office or place on it: what the sign-in copied is out of date."""
    await db.execute(delete(SignIn).where(SignIn.campaign_id == campaign_id, SignIn.student_id.in_(student_ids)))


# --- links -----------------------------------------------------------------------------------------------------------


async def make_link(db: AsyncSession, purpose: LinkPurpose, *, reusable: bool = False, **whose: Any) -> str:
    """A token for staff_id=… or student={the columns of a sign-in}."""
    token = new_token()
    await db.execute(
        insert(SignInLink).values(
            token_hash=token_hash(token), purpose=purpose, reusable=reusable, expires_at=now() + LINK_LIFE, **whose
        )
    )
    return token


async def take_link(db: AsyncSession, token: str, purpose: LinkPurpose) -> SignInLink:
    """The link, used up by this call unless it is reusable."""
    taken = await db.scalar(
        update(SignInLink)
        .where(
            SignInLink.token_hash == token_hash(token),
            SignInLink.purpose == purpose,
            SignInLink.expires_at > func.now(),
            (SignInLink.used_at.is_(None)) | SignInLink.reusable,
        )
        .values(used_at=func.now())
        .returning(SignInLink)
    )
    if taken is None:
        raise LinkUsedUp()
    return taken


async def set_password(db: AsyncSession, token: str, password: str) -> tuple[str, Role]:
    """Set the password of the link's staff member, end their other sign-ins, and sign in here."""
    link = await take_link(db, token, LinkPurpose.set_password)
    staff = await _staff(db, link.staff_id)
    if len(password) < 10 or password.lower() == staff.login.lower():
        raise WeakPassword()
    staff.password_hash = await hash_password(password)
    await db.execute(delete(SignIn).where(SignIn.staff_id == staff.id))
    return await open_sign_in(db, staff_id=staff.id, name=staff.name), staff.role


# --- staff -----------------------------------------------------------------------------------------------------------


async def _staff(db: AsyncSession, staff_id: UUID | None) -> Staff:
    staff = await db.get(Staff, staff_id) if staff_id else None
    if staff is None or staff.disabled_at is not None:
        raise NotFound()
    return staff


async def add_staff(
    db: AsyncSession, login: str, name: str, role: Role, colleges: list[tuple[UUID, UUID]] | None = None
) -> Staff:
    """`colleges`: (campaign_id, college_id) pairs of a counsellor."""
    if role in (Role.monitor, Role.student, Role.system):
        raise NotAllowed(role=role.value)
    if await db.scalar(select(Staff.id).where(func.lower(Staff.login) == login.strip().lower())):
        raise LoginTaken()
    made = insert(Staff).values(login=login.strip(), name=name.strip(), role=role)
    staff = await db.scalar(made.on_conflict_do_nothing(index_elements=["login"]).returning(Staff))
    if staff is None:
        raise LoginTaken()
    await set_colleges(db, staff.id, colleges or [])
    return staff


async def set_colleges(db: AsyncSession, staff_id: UUID, colleges: list[tuple[UUID, UUID]]) -> None:
    named = {campaign_id for campaign_id, _ in colleges}
    await db.execute(delete(StaffCollege).where(StaffCollege.staff_id == staff_id, StaffCollege.campaign_id.in_(named)))
    for campaign_id, college_id in set(colleges):
        await db.execute(insert(StaffCollege).values(staff_id=staff_id, campaign_id=campaign_id, college_id=college_id))


async def set_counsellors_colleges(db: AsyncSession, staff_id: UUID, colleges: list[tuple[UUID, UUID]]) -> None:
    if (await _staff(db, staff_id)).role != Role.counsellor:
        raise NotFound()
    await set_colleges(db, staff_id, colleges)


async def disable_staff(db: AsyncSession, staff_id: UUID, by: UUID) -> None:
    if staff_id == by:
        raise OwnAccount()
    (await _staff(db, staff_id)).disabled_at = now()
    await db.execute(delete(SignIn).where(SignIn.staff_id == staff_id))


async def invite_staff(db: AsyncSession, staff_id: UUID) -> tuple[LinkPurpose, str]:
    """A screen is let in by its link again and again; people set a password once. A new link voids those before it."""
    staff = await _staff(db, staff_id)
    unspent = SignInLink.used_at.is_(None) | SignInLink.reusable
    await db.execute(delete(SignInLink).where(SignInLink.staff_id == staff.id, unspent))
    if staff.role == Role.screen:
        return LinkPurpose.sign_in, await make_link(db, LinkPurpose.sign_in, reusable=True, staff_id=staff.id)
    return LinkPurpose.set_password, await make_link(db, LinkPurpose.set_password, staff_id=staff.id)


async def invitation_for(db: AsyncSession, login: str, name: str, role: Role) -> str:
    """For the operator at the machine: the URL with which the person sets a password."""
    staff_id = await db.scalar(select(Staff.id).where(func.lower(Staff.login) == login.lower()))
    if staff_id is None:
        staff_id = (await add_staff(db, login, name, role)).id
    return link_url(*await invite_staff(db, staff_id))


def link_url(purpose: LinkPurpose, token: str) -> str:
    return f"{settings().public_url}/{'l' if purpose == LinkPurpose.sign_in else 'set-password'}/{token}"


async def list_staff(db: AsyncSession, campaign_id: UUID) -> list[tuple[Staff, list[UUID]]]:
    colleges: dict[UUID, list[UUID]] = {}
    for staff_id, college_id in await db.execute(
        select(StaffCollege.staff_id, StaffCollege.college_id).where(StaffCollege.campaign_id == campaign_id)
    ):
        colleges.setdefault(staff_id, []).append(college_id)
    staff = await db.scalars(select(Staff).order_by(Staff.role, Staff.login))
    return [(one, colleges.get(one.id, [])) for one in staff]


# --- audit -----------------------------------------------------------------------------------------------------------


async def audit(
    db: AsyncSession,
    actor: Actor,
    act: str,
    campaign_id: UUID | None = None,
    subject: tuple[str, UUID] | None = None,
    **facts: Any,
) -> None:
    """Write down, in this transaction, that `actor` did `act`; `facts` hold no ID numbers."""
    kind, subject_id = subject or ("", None)
    await db.execute(
        insert(Audit).values(
            campaign_id=campaign_id,
            actor_role=actor.role,
            actor_id=actor.id,
            actor_name=actor.name,
            act=act,
            subject_kind=kind,
            subject_id=subject_id,
            facts=facts,
        )
    )


async def read_audit(
    db: AsyncSession, campaign_id: UUID, before: datetime | None, act: str | None, limit: int
) -> list[Audit]:
    found = select(Audit).where((Audit.campaign_id == campaign_id) | Audit.campaign_id.is_(None))
    if before:
        found = found.where(Audit.at < before)
    if act:
        found = found.where(Audit.act == act)
    return list(await db.scalars(found.order_by(Audit.at.desc(), Audit.id.desc()).limit(limit)))


@jobs.periodic(cron="17 3 * * *")
@jobs.task(name="accounts.tidy")
async def tidy(timestamp: int) -> None:
    """Delete sign-ins, links and counted tries that have run out."""
    async with sessions() as db, db.begin():
        await db.execute(delete(SignIn).where(SignIn.expires_at < func.now()))
        await db.execute(delete(SignInLink).where(SignInLink.expires_at < func.now()))
        await db.execute(delete(SignInAttempt).where(SignInAttempt.window_at < now() - timedelta(days=1)))
