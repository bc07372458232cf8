"""Proposals to mend the draft, worked out beside the event loop: a large campaign takes a second."""

import asyncio
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from gradphoto.schedule import draft_service
from gradphoto.schedule.draft_service import Draft
from gradphoto.schedule.planning.repairs import Repair, repair_all, repairs


@dataclass(frozen=True)
class Proposals:
    """`single`: each for itself on the draft as it is. `together`: one after the other, empty for one slot alone."""

    draft: Draft
    single: list[Repair]
    together: list[Repair]


async def proposals(db: AsyncSession, campaign_id: UUID, slot_id: UUID | None) -> Proposals:
    draft = await draft_service.draft(db, campaign_id)
    return await asyncio.to_thread(_work_out, draft, slot_id)


def _work_out(draft: Draft, slot_id: UUID | None) -> Proposals:
    together = [] if slot_id else repair_all(draft.plan, draft.facts)
    return Proposals(draft, repairs(draft.plan, draft.facts, slot_id), together)
