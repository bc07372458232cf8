"""The best slots for a make-up: where there is room after the classes whose slot it is, so that nobody is delayed."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from gradphoto.schedule.notice.proposal import SHANGHAI, clock
from gradphoto.schedule.planning.facts import PlanFacts
from gradphoto.schedule.planning.plan import Plan, PlannedSlot, PlannedVenue
from gradphoto.schedule.planning.stress import stress

ROUND = timedelta(minutes=5)


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
    plan: Plan, facts: PlanFacts, taken: Mapping[UUID, int], at: datetime, without: Collection[UUID] = ()
) -> list[MakeUpSlot]:
    """Most room first, then the soonest. `taken`: make-ups of a slot that are there already; `without`: slots left out.

    Real room: a slot that begins late because the one before is overfull has lost that time.
    """
    venues = {venue.venue_id: venue for venue in plan.venues}
    found = []
    for slot, tested in zip(plan.slots, stress(plan, facts).slots, strict=True):
        each = timedelta(seconds=facts.seconds_each(slot))
        own_done = tested.starts_really + (tested.heads + taken.get(slot.slot_id, 0)) * each
        come_at = max(own_done, at)
        spare = int((slot.ends_at - come_at) / each)
        if spare > 0 and slot.slot_id not in without:
            come_at = _rounded(come_at)
            college = facts.college(slot.college_id)
            sentence = _sentence(slot, college, come_at, spare)
            found.append(MakeUpSlot(slot, venues[slot.venue_id], college, come_at, spare, sentence))
    return sorted(found, key=lambda one: (-one.spare, one.come_at, one.slot.label))


def _rounded(at: datetime) -> datetime:
    """Down to the five minutes that people can remember: who comes still has to walk and to sign in."""
    hour = at.replace(minute=0, second=0, microsecond=0)
    return hour + (at - hour) // ROUND * ROUND


def _sentence(slot: PlannedSlot, college: str, come_at: datetime, spare: int) -> str:
    day = slot.starts_at.astimezone(SHANGHAI)
    when = f"{day.month} 月 {day.day} 日 {clock(come_at.astimezone(SHANGHAI))}"
    return f"{when} 以后到，{college or slot.label + ' 场'}之后还有 {spare} 个空位"
