"""Proposals to mend what is overfull: each with its effect and the changes that do it."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from gradphoto.accounts.auth import NotSignedIn, SignedIn
from gradphoto.accounts.policy import Act, NotAllowed, Owner, require
from gradphoto.core.db import Db
from gradphoto.core.errors import NotFound, refuses
from gradphoto.schedule import repair_service
from gradphoto.schedule.planning.change_kinds import Change
from gradphoto.schedule.planning.plan import Plan
from gradphoto.schedule.planning.repairs import Repair

router = APIRouter(tags=["schedule"])


class RepairOut(BaseModel):
    slot_id: UUID
    slot_label: str
    cost: Literal["start_early", "move_classes", "move_tail", "lengthen", "second_camera"]
    title: str = Field(examples=["D 场提前 4 分钟，C 场拍完就开始（13:36）"])
    sentence: str = Field(
        examples=["D 场从多 11 人到装得下了；当天结束从 16:04 变为 16:00；没有人的到场时间变动超过 5 分钟。"]
    )
    changes: list[Change] = Field(description="send them to `changeDraft` as one step; an undo takes them back")
    over_before: int = Field(description="students too many in the slot")
    over_after: int
    plan_over_before: int = Field(description="in all slots together")
    plan_over_after: int
    day_ends_before: datetime
    day_ends_after: datetime
    students: int = Field(description="who come to another room, or more than 5 minutes earlier or later")


class Repairs(BaseModel):
    revision: int
    over: int = Field(description="students beyond capacity in the draft, all slots together")
    repairs: list[RepairOut] = Field(description="slot by slot, for each the cheapest first; each alone on the draft")
    together: list[RepairOut] = Field(
        description="all at once: each made after those before it; send the changes of all, in this order, as one step"
    )
    over_together: int = Field(description="what is left then")


@router.get(
    "/campaigns/{campaign_id}/timetable/draft/repairs",
    operation_id="listRepairs",
    responses=refuses(NotSignedIn, NotAllowed, NotFound),
)
async def list_repairs(
    campaign_id: UUID,
    db: Db,
    actor: SignedIn,
    slot_id: Annotated[UUID | None, Query(description="for one slot; `together` is empty then")] = None,
) -> Repairs:
    """How to mend each overfull slot: start early, move classes into spare room, lengthen, a second camera. 先拍 and
    后拍 are kept. Writes nothing; try one with `checkChanges`."""
    require(actor, Act.manage_campaign, Owner(campaign_id))
    found = await repair_service.proposals(db, campaign_id, slot_id)
    plan, facts = found.draft.plan, found.draft.facts
    over = sum(max(0, facts.over(slot)) for slot in plan.slots)
    return Repairs(
        revision=found.draft.revision,
        over=over,
        repairs=[_out(one, plan) for one in found.single],
        together=[_out(one, plan) for one in found.together],
        over_together=found.together[-1].plan_over_after if found.together else over,
    )


def _out(one: Repair, plan: Plan) -> RepairOut:
    slot = plan.slot(one.slot_id)
    values = {name: getattr(one, name) for name in RepairOut.model_fields if hasattr(one, name)}
    return RepairOut(**{**values, "cost": one.cost.name, "slot_label": slot.label if slot else ""})
