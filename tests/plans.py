"""Timetables made up for the pure tests: a few classes, one room, slots one after the other."""

from datetime import datetime
from uuid import UUID, uuid5

from gradphoto.schedule.models import Turn
from gradphoto.schedule.notice.proposal import SHANGHAI
from gradphoto.schedule.planning.facts import Group, PlanFacts
from gradphoto.schedule.planning.plan import Plan, PlannedClass, PlannedSlot, PlannedVenue

NAMES = UUID(int=1)


def named(name: str) -> UUID:
    return uuid5(NAMES, name)


VENUE = PlannedVenue(venue_id=named("venue"), name="体育馆", room="1202 房间", gate="9 号门")


def at(hour: int, minute: int = 0, day: int = 24) -> datetime:
    return datetime(2018, 10, day, hour, minute, tzinfo=SHANGHAI)


def planned(
    *slots: tuple[str, datetime, datetime, dict[str, int]],
    first: str = "",
    last: str = "",
    unplaced: dict[str, int] | None = None,
) -> tuple[Plan, PlanFacts]:
    """Slots (college, start, end, {class: heads}), labelled A, B, …; `first` and `last` name classes, spaced."""
    groups: dict[UUID, Group] = {}
    made = []
    for i, (college, starts_at, ends_at, classes) in enumerate(slots):
        for name, heads in classes.items():
            groups[named(name)] = Group(named(name), name, named(college), college, heads)
        turns = {**dict.fromkeys(first.split(), Turn.first), **dict.fromkeys(last.split(), Turn.last)}
        placed = [PlannedClass(class_group_id=named(n), turn=turns.get(n, Turn.normal)) for n in classes]
        made.append(
            PlannedSlot(
                slot_id=named(f"slot {i}"),
                venue_id=VENUE.venue_id,
                label=chr(ord("A") + i),
                college_id=named(college),
                starts_at=starts_at,
                ends_at=ends_at,
                stated_heads=None,
                source_text="",
                classes=tuple(sorted(placed, key=lambda one: list(Turn).index(one.turn))),
            )
        )
    for name, heads in (unplaced or {}).items():
        groups[named(name)] = Group(named(name), name, named("散院"), "散院", heads)
    colleges = {group.college_id: group.college_name for group in groups.values()}
    return Plan(venues=(VENUE,), slots=tuple(made)), PlanFacts(groups, colleges, 30, 10)


def names(plan: Plan, facts: PlanFacts) -> list[list[str]]:
    """A part of a class that was split is written 甲1:5-9, to the end 甲1:5-."""
    return [[_name(one, facts) for one in slot.classes] for slot in plan.slots]


def _name(one: PlannedClass, facts: PlanFacts) -> str:
    part = "" if one.whole else f":{one.first_place}-{one.last_place or ''}"
    return facts.name(one.class_group_id) + part
