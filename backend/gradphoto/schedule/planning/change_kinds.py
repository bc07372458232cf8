"""The changes that can be asked of a timetable, as values: the API takes them, a repair proposes them."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from gradphoto.schedule.models import Turn
from gradphoto.schedule.planning.plan import Value


class MoveClass(Value):
    """Put a class into a slot at `position` (from 0) among those of its turn; also changes turn or order in a slot."""

    kind: Literal["move_class"]
    class_group_id: UUID
    slot_id: UUID
    turn: Turn
    position: int = Field(ge=0, le=1000)
    from_slot_id: UUID | None = Field(description="which part, of a class that was split; else null")


class UnplaceClass(Value):
    """Take a class, with all its parts, out of the timetable."""

    kind: Literal["unplace_class"]
    class_group_id: UUID


class SplitClass(Value):
    """The first `after` students by 学号 stay where they are, the others go to another slot."""

    kind: Literal["split_class"]
    class_group_id: UUID
    after: int = Field(ge=1, le=10_000)
    slot_id: UUID
    turn: Turn
    position: int = Field(ge=0, le=1000)
    from_slot_id: UUID | None = Field(description="which part, of a class that was split before; else null")


class JoinClass(Value):
    """A class that was split comes together again in one of its slots."""

    kind: Literal["join_class"]
    class_group_id: UUID
    slot_id: UUID


class SetSlot(Value):
    kind: Literal["set_slot"]
    slot_id: UUID
    venue_id: UUID
    college_id: UUID | None
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    cameras: int = Field(ge=1, le=9)


class AddSlot(Value):
    """The caller makes `slot_id`, so that a later change of the same request can name it. It takes a free label."""

    kind: Literal["add_slot"]
    slot_id: UUID
    venue_id: UUID
    college_id: UUID | None
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    cameras: int = Field(ge=1, le=9)


class RemoveSlot(Value):
    """Its classes are without a slot then."""

    kind: Literal["remove_slot"]
    slot_id: UUID


class SetVenue(Value):
    """Name a venue, or add one: `venue_id` may be new."""

    kind: Literal["set_venue"]
    venue_id: UUID
    name: str = Field(min_length=1, max_length=100)
    room: str = Field(max_length=100)
    gate: str = Field(max_length=100)


class RemoveVenue(Value):
    kind: Literal["remove_venue"]
    venue_id: UUID


Change = Annotated[
    MoveClass | UnplaceClass | SplitClass | JoinClass | SetSlot | AddSlot | RemoveSlot | SetVenue | RemoveVenue,
    Field(discriminator="kind"),
]
