"""Sign-in, who am I, staff, API keys, audit."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field

from gradphoto.accounts import key_service, service
from gradphoto.accounts.auth import NotSignedIn, SignedIn, clear_cookie, set_cookie
from gradphoto.accounts.key_service import ActNotForKeys
from gradphoto.accounts.models import ApiKey, Role
from gradphoto.accounts.policy import Act, NotAllowed, Owner, require
from gradphoto.accounts.service import (
    LinkUsedUp,
    LoginTaken,
    OwnAccount,
    TooManyTries,
    UnknownCollege,
    WeakPassword,
    WrongSignIn,
)
from gradphoto.core.db import Db
from gradphoto.core.errors import NotFound, refuses

router = APIRouter()
SIGN_IN = "sign-in"
ACCOUNTS = "accounts"


class StaffSignIn(BaseModel):
    login: str = Field(min_length=1, max_length=64, examples=["registrar"])
    password: str = Field(min_length=1, max_length=200)


class SignedInAs(BaseModel):
    role: Role


@router.post("/sign-in/staff", tags=[SIGN_IN], operation_id="signInStaff", responses=refuses(WrongSignIn, TooManyTries))
async def sign_in_staff(body: StaffSignIn, db: Db, response: Response) -> SignedInAs:
    """Sign in with login and password. Sets the session cookie."""
    token, role = await service.sign_in_staff(db, body.login, body.password)
    set_cookie(response, token)
    return SignedInAs(role=role)


class LinkToken(BaseModel):
    token: str = Field(min_length=1, max_length=200)


@router.post("/sign-in/link", tags=[SIGN_IN], operation_id="useSignInLink", responses=refuses(LinkUsedUp))
async def sign_in_by_link(body: LinkToken, db: Db, response: Response) -> SignedInAs:
    """Sign in with a link of the demo or of the room's screen. Sets the session cookie."""
    token, role = await service.sign_in_by_link(db, body.token)
    set_cookie(response, token)
    return SignedInAs(role=role)


class NewPassword(BaseModel):
    token: str = Field(min_length=1, max_length=200, description="from the one-time link")
    password: str = Field(min_length=10, max_length=200)


@router.post(
    "/sign-in/password", tags=[SIGN_IN], operation_id="setPassword", responses=refuses(LinkUsedUp, WeakPassword)
)
async def set_password(body: NewPassword, db: Db, response: Response) -> SignedInAs:
    """Set a password with the one-time link, and sign in. Ends all other sign-ins of this person."""
    token, role = await service.set_password(db, body.token, body.password)
    set_cookie(response, token)
    return SignedInAs(role=role)


@router.post("/sign-out", tags=[SIGN_IN], operation_id="signOut", status_code=204, responses=refuses(NotSignedIn))
async def sign_out(db: Db, actor: SignedIn, response: Response) -> None:
    """End this sign-in on the server and drop the cookie."""
    await service.sign_out(db, actor)
    clear_cookie(response)


# --- staff -----------------------------------------------------------------------------------------------------------


class StaffOut(BaseModel):
    staff_id: UUID
    login: str
    name: str
    role: Role
    college_ids: list[UUID] = Field(description="of a counsellor")
    has_password: bool
    disabled_at: datetime | None


class NewStaff(BaseModel):
    login: str = Field(min_length=2, max_length=64, pattern=r"^[A-Za-z0-9_.@-]+$", examples=["zhang.fdy"])
    name: str = Field(min_length=1, max_length=64, examples=["张老师"])
    role: Role = Field(examples=["counsellor"])
    college_ids: list[UUID] = Field(max_length=100, description="of a counsellor; empty for others")


class InvitationOut(BaseModel):
    staff_id: UUID
    url: str = Field(description="open once and set a password; for a screen: open on the screen. Valid for 3 days.")


MANAGE = refuses(NotSignedIn, NotAllowed, NotFound)


@router.get("/campaigns/{campaign_id}/staff", tags=[ACCOUNTS], operation_id="listStaff", responses=MANAGE)
async def list_staff(campaign_id: UUID, db: Db, actor: SignedIn) -> list[StaffOut]:
    """Everybody with a staff account, counsellors with their colleges in this campaign."""
    require(actor, Act.manage_accounts, Owner(campaign_id))
    return [
        StaffOut(
            staff_id=staff.id,
            login=staff.login,
            name=staff.name,
            role=staff.role,
            college_ids=colleges,
            has_password=staff.password_hash is not None,
            disabled_at=staff.disabled_at,
        )
        for staff, colleges in await service.list_staff(db, campaign_id)
    ]


@router.post(
    "/campaigns/{campaign_id}/staff",
    tags=[ACCOUNTS],
    operation_id="addStaff",
    status_code=201,
    responses=refuses(NotSignedIn, NotAllowed, NotFound, LoginTaken, UnknownCollege),
)
async def add_staff(campaign_id: UUID, body: NewStaff, db: Db, actor: SignedIn) -> InvitationOut:
    """Make a staff account without a password, and the link with which the person sets one."""
    require(actor, Act.manage_accounts, Owner(campaign_id))
    colleges = [(campaign_id, college_id) for college_id in body.college_ids]
    staff = await service.add_staff(db, body.login, body.name, body.role, colleges)
    await service.audit(db, actor, "add_staff", campaign_id, ("staff", staff.id), role=body.role)
    return await _invitation(db, staff.id)


@router.post(
    "/campaigns/{campaign_id}/staff/{staff_id}/invitation",
    tags=[ACCOUNTS],
    operation_id="inviteStaff",
    responses=MANAGE,
)
async def invite_staff(campaign_id: UUID, staff_id: UUID, db: Db, actor: SignedIn) -> InvitationOut:
    """A fresh link, for a lost password or a new screen. Old passwords work until the link is used."""
    require(actor, Act.manage_accounts, Owner(campaign_id))
    await service.audit(db, actor, "invite_staff", campaign_id, ("staff", staff_id))
    return await _invitation(db, staff_id)


async def _invitation(db: Db, staff_id: UUID) -> InvitationOut:
    return InvitationOut(staff_id=staff_id, url=service.link_url(*await service.invite_staff(db, staff_id)))


class CollegesIn(BaseModel):
    college_ids: list[UUID] = Field(min_length=1, max_length=100, description="of this campaign")


@router.put(
    "/campaigns/{campaign_id}/staff/{staff_id}/colleges",
    tags=[ACCOUNTS],
    operation_id="setStaffColleges",
    status_code=204,
    responses=refuses(NotSignedIn, NotAllowed, NotFound, UnknownCollege),
)
async def set_staff_colleges(campaign_id: UUID, staff_id: UUID, body: CollegesIn, db: Db, actor: SignedIn) -> None:
    """For which colleges of this campaign a counsellor answers; other campaigns keep theirs."""
    require(actor, Act.manage_accounts, Owner(campaign_id))
    await service.set_counsellors_colleges(db, staff_id, [(campaign_id, one) for one in body.college_ids])
    await service.audit(db, actor, "set_staff_colleges", campaign_id, ("staff", staff_id))


@router.delete(
    "/campaigns/{campaign_id}/staff/{staff_id}",
    tags=[ACCOUNTS],
    operation_id="disableStaff",
    status_code=204,
    responses=refuses(NotSignedIn, NotAllowed, NotFound, OwnAccount),
)
async def disable_staff(campaign_id: UUID, staff_id: UUID, db: Db, actor: SignedIn) -> None:
    """Close a staff account and end its sign-ins. What the person did stays on record."""
    require(actor, Act.manage_accounts, Owner(campaign_id))
    await service.disable_staff(db, staff_id, actor.id)
    await service.audit(db, actor, "disable_staff", campaign_id, ("staff", staff_id))


# --- API keys --------------------------------------------------------------------------------------------------------


class ApiKeyOut(BaseModel):
    api_key_id: UUID
    name: str
    hint: str = Field(description="the key's first characters")
    acts: list[Act]
    created_at: datetime
    revoked_at: datetime | None


class NewApiKey(BaseModel):
    name: str = Field(min_length=1, max_length=64, examples=["数据中台"])
    acts: list[Act] = Field(min_length=1, max_length=40, examples=[["read_students", "read_changes"]])


class ApiKeyMade(BaseModel):
    api_key: ApiKeyOut
    token: str = Field(description="shown this once; send it as `Authorization: Bearer …`")


@router.get("/campaigns/{campaign_id}/api-keys", tags=[ACCOUNTS], operation_id="listApiKeys", responses=MANAGE)
async def list_api_keys(campaign_id: UUID, db: Db, actor: SignedIn) -> list[ApiKeyOut]:
    """Keys of other systems, revoked ones included."""
    require(actor, Act.manage_accounts, Owner(campaign_id))
    return [_api_key(key) for key in await key_service.list_api_keys(db, campaign_id)]


@router.post(
    "/campaigns/{campaign_id}/api-keys",
    tags=[ACCOUNTS],
    operation_id="makeApiKey",
    status_code=201,
    responses=refuses(NotSignedIn, NotAllowed, ActNotForKeys),
)
async def make_api_key(campaign_id: UUID, body: NewApiKey, db: Db, actor: SignedIn) -> ApiKeyMade:
    """A key for another system, good for the named acts in this campaign only."""
    require(actor, Act.manage_accounts, Owner(campaign_id))
    key, token = await key_service.make_api_key(db, campaign_id, body.name, body.acts, actor.id)
    await service.audit(db, actor, "make_api_key", campaign_id, ("api_key", key.id), acts=key.acts)
    return ApiKeyMade(api_key=_api_key(key), token=token)


@router.delete(
    "/campaigns/{campaign_id}/api-keys/{api_key_id}",
    tags=[ACCOUNTS],
    operation_id="revokeApiKey",
    responses=MANAGE,
)
async def revoke_api_key(campaign_id: UUID, api_key_id: UUID, db: Db, actor: SignedIn) -> ApiKeyOut:
    """Stop a key at once. Twice is the same answer."""
    require(actor, Act.manage_accounts, Owner(campaign_id))
    key = await key_service.revoke_api_key(db, campaign_id, api_key_id)
    await service.audit(db, actor, "revoke_api_key", campaign_id, ("api_key", api_key_id))
    return _api_key(key)


def _api_key(key: ApiKey) -> ApiKeyOut:
    return ApiKeyOut(
        api_key_id=key.id,
        name=key.name,
        hint=key.hint,
        acts=[Act(act) for act in key.acts],
        created_at=key.created_at,
        revoked_at=key.revoked_at,
    )


# --- audit -----------------------------------------------------------------------------------------------------------


class AuditOut(BaseModel):
    audit_id: UUID
    at: datetime
    actor_role: Role
    actor_name: str
    act: str
    subject_kind: str
    subject_id: UUID | None
    facts: dict[str, object]


@router.get(
    "/campaigns/{campaign_id}/audit",
    tags=[ACCOUNTS],
    operation_id="readAudit",
    responses=refuses(NotSignedIn, NotAllowed),
)
async def read_audit(
    campaign_id: UUID,
    db: Db,
    actor: SignedIn,
    before: Annotated[datetime | None, Query(description="page on: the `at` of the last row seen")] = None,
    act: Annotated[str | None, Query(max_length=64)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> list[AuditOut]:
    """Who did or looked at what, newest first."""
    require(actor, Act.read_audit, Owner(campaign_id))
    rows = await service.read_audit(db, campaign_id, before, act, limit)
    return [AuditOut(audit_id=row.id, **row.model_dump(exclude={"id", "campaign_id", "actor_id"})) for row in rows]
