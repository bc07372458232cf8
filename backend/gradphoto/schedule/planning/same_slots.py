"""Which slot of a plan from elsewhere is one that holds already: it keeps id and label, and with them its check-ins."""

from gradphoto.schedule.notice.proposal import SHANGHAI
from gradphoto.schedule.planning.changes import free_label
from gradphoto.schedule.planning.plan import Plan, PlannedSlot


def keeping_slots(plan: Plan, held: Plan) -> Plan:
    """A slot of the same venue and college on the same day is that one, the nearest in time first; with another
    college, one that begins at the same time. All others get the next free labels."""
    free = list(held.slots)
    pairs = sorted(
        (abs(old.starts_at - new.starts_at), new.label, old.label, new, old)
        for new in plan.slots
        for old in held.slots
        if new.venue_id == old.venue_id and _alike(new, old)
    )
    same: dict[object, PlannedSlot] = {}
    for *_, new, old in pairs:
        if new.slot_id not in same and old in free:
            same[new.slot_id] = old
            free.remove(old)
    made = Plan(venues=plan.venues)
    labelled = held  # a label of a slot that goes is not given to another one
    for slot in plan.slots:
        if slot.slot_id in same:
            kept = same[slot.slot_id]
            named = slot.model_copy(update={"slot_id": kept.slot_id, "label": kept.label})
        else:
            named = slot.model_copy(update={"label": free_label(labelled)})
            labelled = labelled.with_slots([*labelled.slots, named])
        made = made.with_slots([*made.slots, named])
    return made


def _alike(new: PlannedSlot, old: PlannedSlot) -> bool:
    same_day = new.starts_at.astimezone(SHANGHAI).date() == old.starts_at.astimezone(SHANGHAI).date()
    return new.starts_at == old.starts_at or (same_day and new.college_id == old.college_id)
