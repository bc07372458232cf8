"""What other systems read: the feed of changes."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from gradphoto.accounts.auth import NotSignedIn, SignedInBriefly
from gradphoto.accounts.policy import Act, NotAllowed, Owner, require
from gradphoto.core.errors import refuses
from gradphoto.integration import service

router = APIRouter(tags=["integration"])


class ChangeOut(BaseModel):
    position: int = Field(description="1, 2, 3, … without gaps, in the order in which things were committed")
    kind: str = Field(examples=["photo.accepted"])
    at: datetime
    data: dict[str, Any] = Field(description="ids and states; never names or numbers")


class ChangePage(BaseModel):
    changes: list[ChangeOut]
    next_after: int = Field(description="store it with what you did, and send it as `after` next time")


@router.get("/campaigns/{campaign_id}/changes", operation_id="listChanges", responses=refuses(NotSignedIn, NotAllowed))
async def list_changes(
    campaign_id: UUID,
    actor: SignedInBriefly,
    after: Annotated[int, Query(ge=0, le=2**62, description="the last position that you have")] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
    wait: Annotated[
        float, Query(ge=0, le=service.LONGEST_WAIT_SECONDS, description="seconds to wait when there is nothing yet")
    ] = 0,
) -> ChangePage:
    """Everything that happened after `after`, in order. Any place can be read again; nothing is ever taken out."""
    require(actor, Act.read_changes, Owner(campaign_id))
    rows = await service.next_changes(campaign_id, after, limit, wait)
    changes = [ChangeOut(**row.model_dump(include={"position", "kind", "at", "data"})) for row in rows]
    return ChangePage(changes=changes, next_after=changes[-1].position if changes else after)
