"""Where plans come from and go to: laid from the notice, brought up to date, written into the tables by publishing."""

from collections import defaultdict
from typing import Any
from uuid import UUID

from sqlalchemy import String, cast, delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from gradphoto.core.db import refresh_statistics
from gradphoto.core.errors import Refusal
from gradphoto.schedule import service
from gradphoto.schedule.models import Slot, SlotClass, Venue
from gradphoto.schedule.planning.changes import free_label
from gradphoto.schedule.planning.facts import PlanFacts
from gradphoto.schedule.planning.plan import Plan, PlannedClass, PlannedSlot, PlannedVenue


class TimetableInUse(Refusal):
    """要删除的场次已经有学生签到，或要删除的拍摄点已设机位，不能删除；可以改时间，或把班级移走。"""

    constraint = ("fk_check_in_campaign_id_slot_id", "fk_station_campaign_id_venue_id")


class SlotsOverlap(Refusal):
    """同一个拍摄点有两个场次时间重叠，请先错开再发布。"""

    constraint = "ex_slot_one_at_a_time"


class ClassPlacedTwice(Refusal):
    """有班级的同一批学生排在两个场次里，请先移走一处再发布。"""

    constraint = "ex_slot_class_placed_once"


class VenueTwice(Refusal):
    """两个拍摄点的名称和房间相同，请改一个名称。"""

    constraint = "uq_venue_campaign_id_name_room"


async def plan_of_notice(db: AsyncSession, campaign_id: UUID, old: Plan, facts: PlanFacts) -> Plan:
    """The notice laid over the roster. A slot at the place and time of one in `old` is that one."""
    proposal = await service.propose(db, campaign_id)
    known = proposal.facts
    default = (
        known.venue.value if known.venue else "拍摄点",
        service.room_name(known.room.value) if known.room else "",
        known.gate.value if known.gate else "",
    )
    ids = iter(await new_ids(db, 2 * len(proposal.slots)))
    had = {(venue.name, venue.room): venue.venue_id for venue in old.venues}
    venues: dict[str | None, PlannedVenue] = {}
    for slot in proposal.slots:
        if slot.place not in venues:
            name, room, gate = (slot.place, "", "") if slot.place else default
            venue_id = had.get((name, room)) or next(ids)
            venues[slot.place] = PlannedVenue(venue_id=venue_id, name=name, room=room, gate=gate)
    classes: dict[int, list[PlannedClass]] = defaultdict(list)
    for one in proposal.placement.placed:
        classes[one.slot].append(PlannedClass(class_group_id=one.class_group_id, turn=one.turn))
    colleges = {name: college_id for college_id, name in facts.colleges.items()}
    kept = {(slot.venue_id, slot.starts_at): slot for slot in old.slots}
    plan = Plan(venues=tuple(venues.values()))
    taken: set[UUID] = set()
    for i, slot in enumerate(proposal.slots):
        same = kept.get((venues[slot.place].venue_id, slot.starts_at))
        same = None if same is None or same.slot_id in taken else same
        first = facts.groups[classes[i][0].class_group_id].college_id if classes[i] else colleges.get(slot.college)
        made = PlannedSlot(
            slot_id=same.slot_id if same else next(ids),
            venue_id=venues[slot.place].venue_id,
            label=same.label if same else "?",
            college_id=first,
            starts_at=slot.starts_at,
            ends_at=slot.ends_at,
            cameras=same.cameras if same else 1,
            stated_heads=slot.stated_heads,
            source_text=slot.span.text,
            classes=tuple(classes[i]),
        )
        taken.add(made.slot_id)
        plan = plan.model_copy(update={"slots": (*plan.slots, made)})
    for made in plan.slots:
        if made.label == "?":
            named = made.model_copy(update={"label": free_label(plan)})
            plan = plan.with_slots([named if one.slot_id == made.slot_id else one for one in plan.slots])
    return plan.with_slots(list(plan.slots))


async def new_ids(db: AsyncSession, count: int) -> list[UUID]:
    return list(await db.scalars(select(func.uuidv7()).select_from(func.generate_series(1, count).alias())))


def up_to_date(plan: Plan, now: Plan, facts: PlanFacts) -> Plan:
    """A kept plan with today's colleges, class groups and venues: what the roster no longer has is left out, and for a
    venue that is gone stands the one of the same name and room that holds."""
    here, planned = {venue.venue_id for venue in now.venues}, {venue.venue_id for venue in plan.venues}
    # Only one that the plan does not have itself: a name may go from one venue to another, and two never become one.
    same = {(venue.name, venue.room): venue.venue_id for venue in now.venues if venue.venue_id not in planned}
    ids = {
        v.venue_id: v.venue_id if v.venue_id in here else same.get((v.name, v.room), v.venue_id) for v in plan.venues
    }
    venues = {ids[v.venue_id]: v.model_copy(update={"venue_id": ids[v.venue_id]}) for v in plan.venues}
    slots = [
        slot.model_copy(
            update={
                "venue_id": ids.get(slot.venue_id, slot.venue_id),
                "college_id": slot.college_id if slot.college_id in facts.colleges else None,
                "classes": tuple(one for one in slot.classes if one.class_group_id in facts.groups),
            }
        )
        for slot in plan.slots
    ]
    return Plan(venues=tuple(venues.values())).with_slots(slots)


async def write(db: AsyncSession, campaign_id: UUID, plan: Plan) -> None:
    """Make the tables say what the plan says. Slots keep their ids, so check-ins stay with them.

    Raises TimetableInUse, SlotsOverlap, ClassPlacedTwice, VenueTwice as IntegrityError of their constraints, here and
    not at commit.
    """
    of_slot = Slot.campaign_id == campaign_id
    await db.execute(delete(SlotClass).where(SlotClass.campaign_id == campaign_id))
    await db.execute(delete(Slot).where(of_slot, Slot.id.not_in([slot.slot_id for slot in plan.slots])))
    # Every name is free while they change hands: one venue may take the name that another has, or had.
    await db.execute(update(Venue).where(Venue.campaign_id == campaign_id).values(name=cast(Venue.id, String)))
    await _upsert(db, Venue, [_row(campaign_id, one.model_dump(), "venue_id") for one in plan.venues])
    slots = [_row(campaign_id, one.model_dump(exclude={"classes"}), "slot_id") for one in plan.slots]
    await _upsert(db, Slot, slots)
    kept = [venue.venue_id for venue in plan.venues]
    await db.execute(delete(Venue).where(Venue.campaign_id == campaign_id, Venue.id.not_in(kept)))
    rows = [
        {"campaign_id": campaign_id, "slot_id": slot.slot_id, "position": position, **one.model_dump()}
        for slot in plan.slots
        for position, one in enumerate(slot.classes)
    ]
    if rows:
        await db.execute(insert(SlotClass).values(rows))
    await db.execute(text("set constraints all immediate"))
    await refresh_statistics(db, "slot", "slot_class", "venue")


def _row(campaign_id: UUID, values: dict[str, Any], key: str) -> dict[str, Any]:
    return {"campaign_id": campaign_id, "id": values.pop(key), **values}


async def _upsert(db: AsyncSession, table: type[Venue] | type[Slot], rows: list[dict[str, Any]]) -> None:
    if not rows:
        return
    made = insert(table).values(rows)
    changed = {name: made.excluded[name] for name in rows[0] if name not in ("campaign_id", "id", "label")}
    await db.execute(made.on_conflict_do_update(index_elements=["campaign_id", "id"], set_=changed))
