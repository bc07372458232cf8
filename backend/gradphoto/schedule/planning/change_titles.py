"""What a change did, in one line for the list of steps and the buttons 撤销 and 重做."""

from collections.abc import Sequence
from uuid import UUID

from gradphoto.schedule.models import Turn
from gradphoto.schedule.notice.proposal import SHANGHAI, when
from gradphoto.schedule.planning.change_kinds import (
    AddSlot,
    Change,
    JoinClass,
    MoveClass,
    RemoveSlot,
    RemoveVenue,
    SetSlot,
    SetVenue,
    SplitClass,
    UnplaceClass,
)
from gradphoto.schedule.planning.changes import free_label
from gradphoto.schedule.planning.facts import PlanFacts
from gradphoto.schedule.planning.plan import Plan, PlannedSlot

TURNS = {Turn.first: "先拍", Turn.normal: "正常", Turn.last: "后拍"}


def title_of(before: Plan, changes: Sequence[Change], facts: PlanFacts) -> str:
    """`before`: the plan that they were made in."""
    first = _title(before, changes[0], facts)
    return (f"{first} 等 {len(changes)} 处" if len(changes) > 1 else first)[:200]


def act_of(changes: Sequence[Change]) -> str:
    kinds = {change.kind for change in changes}
    return kinds.pop() if len(kinds) == 1 else "several"


def _title(plan: Plan, change: Change, facts: PlanFacts) -> str:
    match change:
        case MoveClass():
            name, label = facts.name(change.class_group_id), _label(plan, change.slot_id)
            source = change.from_slot_id or next((slot.slot_id for slot, _ in plan.places(change.class_group_id)), None)
            if source is None:
                return f"把 {name} 排进 {label} 场"
            if source != change.slot_id:
                return f"把 {name} 从 {_label(plan, source)} 场移到 {label} 场"
            turns = {one.turn for slot, one in plan.places(change.class_group_id) if slot.slot_id == source}
            if turns != {change.turn}:
                return f"{name} 在 {label} 场改为{TURNS[change.turn]}"
            return f"调整 {name} 在 {label} 场的次序"
        case UnplaceClass():
            return f"把 {facts.name(change.class_group_id)} 移出时间表"
        case SplitClass():
            name = facts.name(change.class_group_id)
            return f"{name} 前 {change.after} 人不动，其余移到 {_label(plan, change.slot_id)} 场"
        case JoinClass():
            return f"{facts.name(change.class_group_id)} 合并回 {_label(plan, change.slot_id)} 场"
        case SetSlot():
            return _slot_title(plan, change)
        case AddSlot():
            times = when(change.starts_at.astimezone(SHANGHAI), change.ends_at.astimezone(SHANGHAI))
            return f"新增 {free_label(plan)} 场 {times}"
        case RemoveSlot():
            return f"删除 {_label(plan, change.slot_id)} 场"
        case SetVenue():
            return f"拍摄点 {change.name} {change.room}".strip()
        case RemoveVenue():
            return "删除拍摄点"


def _slot_title(plan: Plan, change: SetSlot) -> str:
    slot = plan.slot(change.slot_id)
    if slot is None:
        return "修改场次"
    done = []
    if (slot.starts_at, slot.ends_at) != (change.starts_at, change.ends_at):
        done.append(f"改为 {when(change.starts_at.astimezone(SHANGHAI), change.ends_at.astimezone(SHANGHAI))}")
    if slot.cameras != change.cameras:
        done.append(f"用 {change.cameras} 台相机")
    if slot.venue_id != change.venue_id:
        done.append("换拍摄点")
    if slot.college_id != change.college_id:
        done.append("换学院")
    return f"{slot.label} 场{'，'.join(done) or '不变'}"


def _label(plan: Plan, slot_id: UUID) -> str:
    slot: PlannedSlot | None = plan.slot(slot_id)
    return slot.label if slot else "新"
