"""From a request to the Actor behind it: the sign-in cookie of a browser, or the API key of another system."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request, Response
from fastapi.security import APIKeyCookie, HTTPBearer
from fastapi.security.http import HTTPAuthorizationCredentials
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from gradphoto.accounts.models import ApiKey, Role, SignIn, Staff, StaffCollege
from gradphoto.accounts.policy import Actor
from gradphoto.core.db import Db, sessions
from gradphoto.core.errors import Refusal
from gradphoto.core.security import token_hash
from gradphoto.core.settings import settings


class NotSignedIn(Refusal):
    """请先登录。登录可能已过期，重新登录后继续。"""

    status = 401


def cookie_name() -> str:
    """Browsers take a `__Host-` cookie only over https; a loopback demo without TLS uses the bare name."""
    return "__Host-gradphoto" if settings().secure_cookies else "gradphoto"


_cookie = APIKeyCookie(name=cookie_name(), auto_error=False, description="opaque, made by the sign-in endpoints")
_bearer = HTTPBearer(auto_error=False, description="an API key, made by the registrar")


def set_cookie(response: Response, token: str) -> None:
    response.set_cookie(
        cookie_name(),
        token,
        max_age=settings().sign_in_hours * 3600,
        secure=settings().secure_cookies,
        httponly=True,
        samesite="lax",
        path="/",
    )


def clear_cookie(response: Response) -> None:
    response.delete_cookie(cookie_name(), secure=settings().secure_cookies, httponly=True, samesite="lax", path="/")


async def signed_in(
    request: Request,
    db: Db,
    cookie: Annotated[str | None, Depends(_cookie)],
    bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
) -> Actor:
    if bearer is not None:
        actor = await _by_key(db, bearer.credentials)
    else:
        token = cookie or request.cookies.get(cookie_name())
        actor = await _by_cookie(db, token) if token else None
    if actor is None:
        raise NotSignedIn()
    return actor


SignedIn = Annotated[Actor, Depends(signed_in, scope="function")]


async def signed_in_briefly(
    request: Request,
    cookie: Annotated[str | None, Depends(_cookie)],
    bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
) -> Actor:
    """For a request that then waits: no database connection is held meanwhile."""
    async with sessions() as db, db.begin():
        return await signed_in(request, db, cookie, bearer)


SignedInBriefly = Annotated[Actor, Depends(signed_in_briefly)]


async def _by_cookie(db: AsyncSession, token: str) -> Actor | None:
    row = (
        await db.execute(
            select(SignIn, Staff)
            .join(Staff, Staff.id == SignIn.staff_id, isouter=True)
            .where(SignIn.token_hash == token_hash(token), SignIn.expires_at > func.now())
        )
    ).one_or_none()
    if row is None:
        return None
    sign_in, staff = row
    if staff is None:
        return student_actor(sign_in)
    if staff.disabled_at is not None:
        return None
    return await staff_actor(db, staff, sign_in.id)


def student_actor(sign_in: SignIn) -> Actor:
    assert sign_in.student_id is not None
    return Actor(
        roles=frozenset({Role.student, Role.monitor} if sign_in.is_monitor else {Role.student}),
        name=sign_in.name,
        id=sign_in.student_id,
        campaign_id=sign_in.campaign_id,
        college_id=sign_in.college_id,
        class_group_id=sign_in.class_group_id,
        student_id=sign_in.student_id,
        sign_in_id=sign_in.id,
    )


async def staff_actor(db: AsyncSession, staff: Staff, sign_in_id: UUID | None = None) -> Actor:
    colleges: frozenset[tuple[UUID, UUID]] = frozenset()
    if staff.role == Role.counsellor:
        found = await db.execute(
            select(StaffCollege.campaign_id, StaffCollege.college_id).where(StaffCollege.staff_id == staff.id)
        )
        colleges = frozenset((row[0], row[1]) for row in found)
    return Actor(
        roles=frozenset({Role(staff.role)}), name=staff.name, id=staff.id, college_ids=colleges, sign_in_id=sign_in_id
    )


async def _by_key(db: AsyncSession, token: str) -> Actor | None:
    key = await db.scalar(select(ApiKey).where(ApiKey.token_hash == token_hash(token), ApiKey.revoked_at.is_(None)))
    if key is None:
        return None
    return Actor(
        roles=frozenset({Role.system}), name=key.name, id=key.id, campaign_id=key.campaign_id, acts=frozenset(key.acts)
    )
