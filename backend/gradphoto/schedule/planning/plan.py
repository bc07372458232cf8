"""A timetable as one value: what a draft edits, a version keeps, and publishing writes into the tables."""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from gradphoto.schedule.models import Turn


class Value(BaseModel):
    """Frozen, and refuses what it does not know: a kept version must read back as it was."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class PlannedVenue(Value):
    venue_id: UUID
    name: str = Field(min_length=1, max_length=100)
    room: str = Field(max_length=100)
    gate: str = Field(max_length=100)


class PlannedClass(Value):
    """A class group in a slot. Places count by 学号 from 1: 1 and None is the whole class, else it was split."""

    class_group_id: UUID
    turn: Turn
    first_place: int = Field(default=1, ge=1)
    last_place: int | None = Field(default=None, ge=1)

    @property
    def whole(self) -> bool:
        return self.first_place == 1 and self.last_place is None

    def heads(self, of_class: int) -> int:
        """How many students of a class with `of_class` students this is."""
        last = of_class if self.last_place is None else min(self.last_place, of_class)
        return max(0, last - self.first_place + 1)


class PlannedSlot(Value):
    """`classes` stand in the order of the shoot: first, the others, last."""

    slot_id: UUID
    venue_id: UUID
    label: str = Field(min_length=1, max_length=4)
    college_id: UUID | None
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    cameras: int = Field(default=1, ge=1, le=9)
    stated_heads: int | None
    source_text: str
    classes: tuple[PlannedClass, ...]

    @property
    def minutes(self) -> int:
        return int((self.ends_at - self.starts_at).total_seconds()) // 60

    def overlaps(self, starts_at: datetime, ends_at: datetime) -> bool:
        return self.starts_at < ends_at and starts_at < self.ends_at


class Plan(Value):
    """`slots` in time order."""

    venues: tuple[PlannedVenue, ...] = ()
    slots: tuple[PlannedSlot, ...] = ()

    def slot(self, slot_id: UUID) -> PlannedSlot | None:
        return next((slot for slot in self.slots if slot.slot_id == slot_id), None)

    def places(self, class_group_id: UUID) -> Iterator[tuple[PlannedSlot, PlannedClass]]:
        """Where a class group stands; more than one slot where it was split on purpose."""
        for slot in self.slots:
            for one in slot.classes:
                if one.class_group_id == class_group_id:
                    yield slot, one

    def with_slots(self, slots: list[PlannedSlot]) -> "Plan":
        return self.model_copy(update={"slots": tuple(sorted(slots, key=lambda one: (one.starts_at, one.label)))})
