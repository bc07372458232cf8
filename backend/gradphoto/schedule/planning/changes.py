"""What can be done to a timetable, one small change after the other; pure: a plan in, a plan out, or a refusal."""

from collections.abc import Sequence
from uuid import UUID

from gradphoto.core.errors import Refusal
from gradphoto.schedule.models import Turn
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
from gradphoto.schedule.planning.facts import Group, PlanFacts
from gradphoto.schedule.planning.plan import Plan, PlannedClass, PlannedSlot, PlannedVenue

MOST_HOURS = 16
YEARS = range(2000, 2100)


class ChangeDoesNotFit(Refusal):
    """这个改动做不了，时间表可能已经变了，请刷新后再试。"""


def apply_all(plan: Plan, changes: Sequence[Change], facts: PlanFacts) -> Plan:
    """All in their order, or ChangeDoesNotFit that says which one and why."""
    for nth, change in enumerate(changes):
        try:
            plan = apply(plan, change, facts)
        except ChangeDoesNotFit as refusal:
            raise ChangeDoesNotFit(refusal.detail, change=nth) from None
    return plan


def apply(plan: Plan, change: Change, facts: PlanFacts) -> Plan:
    match change:
        case MoveClass():
            return _move(plan, change, facts)
        case UnplaceClass():
            if not any(plan.places(change.class_group_id)):
                raise ChangeDoesNotFit(f"{facts.name(change.class_group_id)}本来就没有排场次。")
            return _without(plan, change.class_group_id)
        case SplitClass():
            return _split(plan, change, facts)
        case JoinClass():
            return _join(plan, change, facts)
        case SetSlot() | AddSlot():
            return _set_slot(plan, change, facts)
        case RemoveSlot():
            return _remove_slot(plan, change, facts)
        case SetVenue():
            return _set_venue(plan, change)
        case RemoveVenue():
            if any(slot.venue_id == change.venue_id for slot in plan.slots):
                raise ChangeDoesNotFit("这个拍摄点还有场次，请先把场次移走或删除。")
            kept = tuple(venue for venue in plan.venues if venue.venue_id != change.venue_id)
            return plan.model_copy(update={"venues": kept})


def free_label(plan: Plan) -> str:
    """The next one that no slot has: A, B, …, Z, AA."""
    taken = {slot.label for slot in plan.slots}
    index = 0
    while label(index) in taken:
        index += 1
    return label(index)


def label(index: int) -> str:
    """0 -> A, 25 -> Z, 26 -> AA: what a ticket number begins with."""
    head, tail = divmod(index, 26)
    return (label(head - 1) if head else "") + chr(ord("A") + tail)


# --- classes ---------------------------------------------------------------------------------------------------------


def _move(plan: Plan, change: MoveClass, facts: PlanFacts) -> Plan:
    _known(change.class_group_id, facts)
    _slot(plan, change.slot_id)
    if change.from_slot_id is None and not any(plan.places(change.class_group_id)):
        piece = PlannedClass(class_group_id=change.class_group_id, turn=change.turn)
        return _put(plan, change.slot_id, piece, change.position, facts)
    source, piece = _piece(plan, change.class_group_id, change.from_slot_id, facts)
    plan = _take(plan, source, change.class_group_id)
    return _put(plan, change.slot_id, piece.model_copy(update={"turn": change.turn}), change.position, facts)


def _split(plan: Plan, change: SplitClass, facts: PlanFacts) -> Plan:
    group = _known(change.class_group_id, facts)
    target = _slot(plan, change.slot_id)
    source, piece = _piece(plan, change.class_group_id, change.from_slot_id, facts)
    if target.slot_id == source.slot_id:
        raise ChangeDoesNotFit(f"{group.name}拆出来的部分要放到另一个场次。")
    if change.after >= facts.heads(piece):
        raise ChangeDoesNotFit(
            f"{group.name}这一部分只有 {facts.heads(piece)} 人，前 {change.after} 人留下就没有人可拆了。"
        )
    cut = piece.first_place + change.after
    stays = piece.model_copy(update={"last_place": cut - 1})
    goes = piece.model_copy(update={"first_place": cut, "turn": change.turn})
    kept = [stays if one is piece else one for one in source.classes]
    plan = _replace(plan, source.model_copy(update={"classes": tuple(kept)}))
    return _put(plan, change.slot_id, goes, change.position, facts)


def _join(plan: Plan, change: JoinClass, facts: PlanFacts) -> Plan:
    group = _known(change.class_group_id, facts)
    slot, piece = _piece(plan, change.class_group_id, change.slot_id, facts)
    if piece.whole:
        raise ChangeDoesNotFit(f"{group.name}没有拆分。")
    same = [one for one in slot.classes if one.turn == piece.turn]
    whole = PlannedClass(class_group_id=group.class_group_id, turn=piece.turn)
    return _put(_without(plan, group.class_group_id), slot.slot_id, whole, same.index(piece), facts)


def _known(class_group_id: UUID, facts: PlanFacts) -> Group:
    group = facts.groups.get(class_group_id)
    if group is None:
        raise ChangeDoesNotFit("名单里没有这个班级。")
    return group


def _piece(
    plan: Plan, class_group_id: UUID, slot_id: UUID | None, facts: PlanFacts
) -> tuple[PlannedSlot, PlannedClass]:
    """The part of the class that stands in `slot_id`; without one, the class, if it was not split."""
    name = facts.name(class_group_id)
    places = [one for one in plan.places(class_group_id) if slot_id in (None, one[0].slot_id)]
    if not places:
        raise ChangeDoesNotFit(f"{name}不在这个场次里。" if slot_id else f"{name}还没有排场次。")
    if len(places) > 1:
        labels = "、".join(slot.label for slot, _ in places)
        raise ChangeDoesNotFit(f"{name}拆在 {labels} 场，请先选是哪一场的那一部分。")
    return places[0]


def _without(plan: Plan, class_group_id: UUID) -> Plan:
    for slot, _ in list(plan.places(class_group_id)):
        plan = _take(plan, slot, class_group_id)
    return plan


def _take(plan: Plan, slot: PlannedSlot, class_group_id: UUID) -> Plan:
    kept = tuple(one for one in slot.classes if one.class_group_id != class_group_id)
    return _replace(plan, slot.model_copy(update={"classes": kept}))


def _put(plan: Plan, slot_id: UUID, piece: PlannedClass, position: int, facts: PlanFacts) -> Plan:
    """Into the slot in its turn. A part that meets the part next to it in 学号 becomes one with it."""
    slot = _slot(plan, slot_id)
    others = []
    for one in slot.classes:
        if one.class_group_id == piece.class_group_id:
            piece = _as_one(one, piece, facts)
        else:
            others.append(one)
    same = [one for one in others if one.turn == piece.turn]
    ordered = [
        *(one for one in others if _rank(one) < _rank(piece)),
        *same[:position],
        piece,
        *same[position:],
        *(one for one in others if _rank(one) > _rank(piece)),
    ]
    return _replace(plan, slot.model_copy(update={"classes": tuple(ordered)}))


def _as_one(one: PlannedClass, other: PlannedClass, facts: PlanFacts) -> PlannedClass:
    before, after = sorted((one, other), key=lambda part: part.first_place)
    if before.last_place is None or before.last_place + 1 != after.first_place:
        raise ChangeDoesNotFit(f"{facts.name(one.class_group_id)}在这一场已有另一部分，中间隔着学号，请先合并。")
    return other.model_copy(update={"first_place": before.first_place, "last_place": after.last_place})


def _rank(one: PlannedClass) -> int:
    return list(Turn).index(one.turn)


# --- slots and venues ------------------------------------------------------------------------------------------------


def _slot(plan: Plan, slot_id: UUID) -> PlannedSlot:
    slot = plan.slot(slot_id)
    if slot is None:
        raise ChangeDoesNotFit("没有这个场次，可能已被删除，请刷新后再试。")
    return slot


def _replace(plan: Plan, slot: PlannedSlot) -> Plan:
    return plan.with_slots([slot if one.slot_id == slot.slot_id else one for one in plan.slots])


def _set_slot(plan: Plan, change: SetSlot | AddSlot, facts: PlanFacts) -> Plan:
    if all(venue.venue_id != change.venue_id for venue in plan.venues):
        raise ChangeDoesNotFit("没有这个拍摄点，请先添加拍摄点。")
    if change.college_id is not None and change.college_id not in facts.colleges:
        raise ChangeDoesNotFit("名单里没有这个学院。")
    seconds = (change.ends_at - change.starts_at).total_seconds()
    if not 60 <= seconds <= MOST_HOURS * 3600 or change.starts_at.year not in YEARS:
        raise ChangeDoesNotFit(f"结束时间要比开始时间晚，最长 {MOST_HOURS} 小时。")
    values = change.model_dump(exclude={"kind", "slot_id"})
    if isinstance(change, SetSlot):
        return _replace(plan, _slot(plan, change.slot_id).model_copy(update=values))
    if plan.slot(change.slot_id):
        raise ChangeDoesNotFit("这个场次已经添加过了。")
    values |= {"slot_id": change.slot_id, "label": free_label(plan)}
    return plan.with_slots([*plan.slots, PlannedSlot(**values, stated_heads=None, source_text="", classes=())])


def _remove_slot(plan: Plan, change: RemoveSlot, facts: PlanFacts) -> Plan:
    for one in _slot(plan, change.slot_id).classes:
        if not one.whole:
            raise ChangeDoesNotFit(f"{facts.name(one.class_group_id)}拆开了，有一部分在这一场，请先合并或移走。")
    return plan.with_slots([slot for slot in plan.slots if slot.slot_id != change.slot_id])


def _set_venue(plan: Plan, change: SetVenue) -> Plan:
    venue = PlannedVenue(**change.model_dump(exclude={"kind"}))
    others = [one for one in plan.venues if one.venue_id != venue.venue_id]
    if any((one.name, one.room) == (venue.name, venue.room) for one in others):
        raise ChangeDoesNotFit(f"已经有一个拍摄点叫“{venue.name} {venue.room}”。")
    is_new = len(others) == len(plan.venues)
    kept = [*others, venue] if is_new else [venue if one.venue_id == venue.venue_id else one for one in plan.venues]
    return plan.model_copy(update={"venues": tuple(kept)})
