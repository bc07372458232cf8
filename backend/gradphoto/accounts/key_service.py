"""Keys with which other systems call the API: made, listed, revoked."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from gradphoto.accounts.models import ApiKey, Role
from gradphoto.accounts.policy import POLICY, Act
from gradphoto.core.db import now
from gradphoto.core.errors import NotFound, Refusal
from gradphoto.core.security import new_token, token_hash


class ActNotForKeys(Refusal):
    """接口密钥不能做其中的某些操作。"""

    status = 422


async def make_api_key(
    db: AsyncSession, campaign_id: UUID, name: str, acts: list[Act], created_by: UUID
) -> tuple[ApiKey, str]:
    """The key's row and its token, which is shown once."""
    if not acts or any(Role.system not in POLICY[act] for act in acts):
        raise ActNotForKeys(possible=[act.value for act in Act if Role.system in POLICY[act]])
    token = "gp_" + new_token()
    values = dict(
        campaign_id=campaign_id, name=name, token_hash=token_hash(token), hint=token[:8], created_by=created_by
    )
    row = await db.scalar(insert(ApiKey).values(acts=sorted(set(acts)), **values).returning(ApiKey))
    assert row is not None
    return row, token


async def list_api_keys(db: AsyncSession, campaign_id: UUID) -> list[ApiKey]:
    return list(await db.scalars(select(ApiKey).where(ApiKey.campaign_id == campaign_id).order_by(ApiKey.created_at)))


async def revoke_api_key(db: AsyncSession, campaign_id: UUID, api_key_id: UUID) -> ApiKey:
    key = await db.get(ApiKey, (campaign_id, api_key_id))
    if key is None:
        raise NotFound()
    key.revoked_at = key.revoked_at or now()
    return key
