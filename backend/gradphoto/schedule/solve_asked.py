"""What was asked of the timetable solver and what it answered, as they are kept, and the answer as a plan."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from pydantic import TypeAdapter

from gradphoto.core.errors import Refusal
from gradphoto.schedule.models import TimetableSolve
from gradphoto.schedule.planning.changes import label
from gradphoto.schedule.planning.facts import PlanFacts
from gradphoto.schedule.planning.plan import Plan, PlannedClass, PlannedSlot, PlannedVenue
from gradphoto.schedule.solver.values import Collides, Solved

WHY = {
    "timeout": "计算超过了时限，已经停止。请给更多时间，或减少时间段再试。",
    "memory": "计算需要的内存太多，已经停止。请减少时间段再试。",
}
STOPPED = "计算中途停了（例如服务重新启动），没有结果。请重新开始。"


class SolveHasNoTimetable(Refusal):
    """这次计算没有得出时间表，不能放进草稿。"""


@dataclass(frozen=True)
class WindowAsked:
    venue: str
    room: str
    gate: str
    starts_at: datetime
    ends_at: datetime
    cameras: int

    @property
    def place(self) -> str:
        return f"{self.venue} {self.room}".strip()


@dataclass(frozen=True)
class ForbiddenAsked:
    class_group_id: UUID
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class BetweenAsked:
    college_id: UUID
    earliest: datetime | None
    latest: datetime | None


@dataclass(frozen=True)
class Asked:
    """What a person asked for; turns are those of the draft, the pace is the campaign's."""

    windows: tuple[WindowAsked, ...]
    forbidden: tuple[ForbiddenAsked, ...]
    between: tuple[BetweenAsked, ...]
    college_order: tuple[UUID, ...]
    together: bool
    spare_percent: int
    grain_minutes: int
    seconds: int


_asked: TypeAdapter[Asked] = TypeAdapter(Asked)
_solved: TypeAdapter[Solved] = TypeAdapter(Solved)
_collides: TypeAdapter[Collides] = TypeAdapter(Collides)


def asked_json(asked: Asked) -> dict[str, Any]:
    kept: dict[str, Any] = _asked.dump_python(asked, mode="json")
    return kept


def answer_json(answer: Solved | Collides) -> dict[str, Any]:
    kept: dict[str, Any] = (
        _solved.dump_python(answer, mode="json")
        if isinstance(answer, Solved)
        else _collides.dump_python(answer, mode="json")
    )
    return kept


def asked_of(solve: TimetableSolve) -> Asked:
    return _asked.validate_python(solve.request)


def result_of(solve: TimetableSolve) -> Solved | Collides | str | None:
    """The timetable, what collides, why it failed as a sentence; None while it is under way."""
    if solve.result is None:
        return None
    if "failed" in solve.result:
        return WHY.get(solve.result["failed"], STOPPED)
    return (_solved if "slots" in solve.result else _collides).validate_python(solve.result)


def plan_of(solve: TimetableSolve, facts: PlanFacts) -> Plan:
    """The solved timetable as a plan; the same ids whenever it is asked. Raises SolveHasNoTimetable."""
    found, asked = result_of(solve), asked_of(solve)
    if not isinstance(found, Solved):
        raise SolveHasNoTimetable()
    venues = {
        one.place: PlannedVenue(venue_id=uuid5(solve.id, one.place), name=one.venue, room=one.room, gate=one.gate)
        for one in asked.windows
    }
    colleges = {name: college_id for college_id, name in facts.colleges.items()}
    slots = [
        PlannedSlot(
            slot_id=uuid5(solve.id, f"slot {index}"),
            venue_id=venues[slot.venue].venue_id,
            label=label(index),
            college_id=colleges.get(slot.college),
            starts_at=slot.starts_at,
            ends_at=slot.ends_at,
            cameras=slot.cameras,
            stated_heads=None,
            source_text="",
            classes=tuple(PlannedClass(class_group_id=UUID(one.class_id), turn=one.turn) for one in slot.classes),
        )
        for index, slot in enumerate(sorted(found.slots, key=lambda slot: (slot.starts_at, slot.venue)))
    ]
    used = {slot.venue_id for slot in slots}
    return Plan(venues=tuple(one for one in venues.values() if one.venue_id in used)).with_slots(slots)
