"""What a plan must know of the roster and the campaign to be judged: class groups, colleges, heads, pace."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from gradphoto.schedule.planning.plan import PlannedClass, PlannedSlot
from gradphoto.schedule.planning.timing import capacity, seconds_each


@dataclass(frozen=True, slots=True)
class Group:
    """A class group of the roster; who has left does not count."""

    class_group_id: UUID
    name: str
    college_id: UUID
    college_name: str
    heads: int


@dataclass(frozen=True, slots=True)
class PlanFacts:
    """`groups` in roster order. The pace is the notice's, of one camera."""

    groups: Mapping[UUID, Group]
    colleges: Mapping[UUID, str]
    pace_people: int
    pace_minutes: int

    def name(self, class_group_id: UUID) -> str:
        group = self.groups.get(class_group_id)
        return group.name if group else "已不在名单上的班级"

    def college(self, college_id: UUID | None) -> str:
        return self.colleges.get(college_id, "") if college_id else ""

    def heads(self, one: PlannedClass) -> int:
        group = self.groups.get(one.class_group_id)
        return one.heads(group.heads) if group else 0

    def heads_of(self, slot: PlannedSlot) -> int:
        return sum(self.heads(one) for one in slot.classes)

    def capacity(self, slot: PlannedSlot) -> int:
        return capacity(slot.minutes, self.pace_people * slot.cameras, self.pace_minutes)

    def over(self, slot: PlannedSlot) -> int:
        """Heads more than fit; below zero it is spare room."""
        return self.heads_of(slot) - self.capacity(slot)

    def seconds_each(self, slot: PlannedSlot) -> float:
        """Between two students of the slot, all its cameras together."""
        return seconds_each(self.pace_people * slot.cameras, self.pace_minutes)

    def starts(self, slot: PlannedSlot) -> list[datetime]:
        """When the first of each class of the slot is planned."""
        each, before, found = self.seconds_each(slot), 0, []
        for one in slot.classes:
            found.append(slot.starts_at + timedelta(seconds=before * each))
            before += self.heads(one)
        return found
