"""The best slots for a make-up: where there is room after the classes whose slot it is, so that nobody is delayed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import ceil
from uuid import UUID

from gradphoto.schedule.notice.proposal import SHANGHAI, clock
from gradphoto.schedule.planning.facts import PlanFacts
from gradphoto.schedule.planning.plan import Plan, PlannedSlot, PlannedVenue
from gradphoto.schedule.planning.stress import stress

ROUND = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class LiveRoom:
    """A room on its day: `seconds` between two students, all cameras together, as measured; how many of each of today's
    slots are still to be shot, in line or awaited; and the last minute that those awaited were told."""

    seconds: float
    to_come: Mapping[UUID, int]
    told_until: Mapping[UUID, datetime] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MakeUpSlot:
    """From `come_at` on there is room for `spare` people until the slot ends."""

    slot: PlannedSlot
    venue: PlannedVenue
    college_name: str
    come_at: datetime
    spare: int
    sentence: str


def make_up_slots(
    plan: Plan,
    facts: PlanFacts,
    taken: Mapping[UUID, int],
    at: datetime,
    not_before: datetime | None = None,
    rooms: Mapping[UUID, LiveRoom] | None = None,
) -> list[MakeUpSlot]:
    """Most room first, then the soonest. `taken`: make-ups of a slot that are there already; `rooms`: those that run
    today; `not_before`: the door refuses until then.

    Real room: a slot that begins late because the one before is overfull, or because the day is late, has lost that
    time.
    """
    venues = {venue.venue_id: venue for venue in plan.venues}
    done = _done_by_plan(plan, facts, taken) | _done_live(plan, at, rooms or {})
    found = []
    for slot in plan.slots:
        own_done, seconds = done[slot.slot_id]
        come_at = _rounded(max(own_done, at, not_before or at))
        spare = int((slot.ends_at - come_at) / timedelta(seconds=seconds))
        if spare > 0:
            college = facts.college(slot.college_id)
            sentence = _sentence(slot, college, come_at, spare)
            found.append(MakeUpSlot(slot, venues[slot.venue_id], college, come_at, spare, sentence))
    return sorted(found, key=lambda one: (-one.spare, one.come_at, one.slot.label))


Done = dict[UUID, tuple[datetime, float]]  # when a slot's own are done, and the seconds a person of it


def _done_by_plan(plan: Plan, facts: PlanFacts, taken: Mapping[UUID, int]) -> Done:
    found: Done = {}
    for slot, tested in zip(plan.slots, stress(plan, facts).slots, strict=True):
        each = facts.seconds_each(slot)
        people = tested.heads + taken.get(slot.slot_id, 0)
        found[slot.slot_id] = tested.starts_really + timedelta(seconds=people * each), each
    return found


def _done_live(plan: Plan, at: datetime, rooms: Mapping[UUID, LiveRoom]) -> Done:
    """Today's slots of the rooms that run, in the order of the shoot from now on: who is left of a slot that should be
    over pushes those after it."""
    free, found = dict.fromkeys(rooms, at), Done()
    for slot in plan.slots:
        room = rooms.get(slot.venue_id)
        if room is None or slot.slot_id not in room.to_come:
            continue
        begins = max(free[slot.venue_id], slot.starts_at)
        shot = begins + timedelta(seconds=room.to_come[slot.slot_id] * room.seconds)
        free[slot.venue_id] = shot if room.to_come[slot.slot_id] else free[slot.venue_id]
        found[slot.slot_id] = max(shot, room.told_until.get(slot.slot_id, shot)), room.seconds
    return found


def _rounded(at: datetime) -> datetime:
    """Up to the five minutes that people can remember: who comes earlier stands before the classes of the slot."""
    hour = at.replace(minute=0, second=0, microsecond=0)
    return hour + ceil((at - hour) / ROUND) * ROUND


def _sentence(slot: PlannedSlot, college: str, come_at: datetime, spare: int) -> str:
    day = slot.starts_at.astimezone(SHANGHAI)
    when = f"{day.month} 月 {day.day} 日 {clock(come_at.astimezone(SHANGHAI))}"
    return f"{when} 以后到，{college or slot.label + ' 场'}之后还有 {spare} 个空位"
