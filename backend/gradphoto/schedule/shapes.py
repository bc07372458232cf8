"""What a plan looks like on the wire, shared by draft, versions, differences and repairs."""

from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel, Field

from gradphoto.schedule.models import Turn
from gradphoto.schedule.planning.conflicts import Meanwhile, conflicts
from gradphoto.schedule.planning.difference import ClassChange, Difference, Part
from gradphoto.schedule.planning.facts import PlanFacts
from gradphoto.schedule.planning.plan import Plan, PlannedSlot
from gradphoto.schedule.planning.stress import DayStress, PlanFinding, SlotStress, Stress, minutes, stress


class VenueOut(BaseModel):
    venue_id: UUID
    venue_name: str
    room: str
    gate: str


class PlanClassOut(BaseModel):
    class_group_id: UUID
    class_group_name: str
    college_id: UUID
    college_name: str
    heads: int = Field(description="students of the class in this slot")
    class_heads: int = Field(description="students of the whole class")
    first_place: int = Field(description="of a class that was split: from this place by 学号, counted from 1")
    last_place: int | None = Field(description="null = to the end; 1 and null = the whole class")
    turn: Turn
    position: int
    planned_start_at: datetime


class SlotStressOut(BaseModel):
    heads: int
    capacity: int = Field(description="at the campaign's pace, all cameras of the slot")
    over: int = Field(description="heads - capacity; negative = spare")
    starts_really_at: datetime
    ends_really_at: datetime = Field(description="when the slot is done if nobody is sent away")
    late_minutes: int = Field(description="how long after its time it can begin")
    break_minutes: int = Field(description="how much of the break after it is eaten")
    delays_slot_ids: list[UUID] = Field(description="slots that begin late because of this one")


class PlanSlotOut(BaseModel):
    slot_id: UUID
    label: str
    venue_id: UUID
    college_id: UUID | None
    college_name: str
    starts_at: datetime
    ends_at: datetime
    cameras: int
    stated_heads: int | None
    source_text: str
    stress: SlotStressOut
    classes: list[PlanClassOut]


class UnplacedClass(BaseModel):
    class_group_id: UUID
    class_group_name: str
    college_id: UUID
    college_name: str
    heads: int


class PlanFindingOut(BaseModel):
    code: str = Field(examples=["over_capacity"])
    level: str = Field(description="warning 请注意 | question 请确认")
    sentence: str
    slot_ids: list[UUID]
    class_group_ids: list[UUID]


class DayOut(BaseModel):
    day: date
    venue_id: UUID
    heads: int
    capacity: int
    ends_planned_at: datetime
    ends_really_at: datetime
    late_minutes: int


class PlanOut(BaseModel):
    """A whole plan with its test: `conflicts` is what does not fit together, `findings` what the stress test says."""

    venues: list[VenueOut]
    slots: list[PlanSlotOut]
    unplaced: list[UnplacedClass]
    conflicts: list[PlanFindingOut] = Field(
        description="`slots_overlap` cannot be published; `published_changed_meanwhile` is what publishing would undo"
    )
    findings: list[PlanFindingOut] = Field(description="of the stress test")
    days: list[DayOut]
    over: int = Field(description="students beyond capacity, all slots together")


def plan_out(plan: Plan, facts: PlanFacts, meanwhile: Meanwhile | None = None) -> PlanOut:
    tested = stress(plan, facts)
    placed = {one.class_group_id for slot in plan.slots for one in slot.classes}
    return PlanOut(
        venues=[VenueOut(venue_id=v.venue_id, venue_name=v.name, room=v.room, gate=v.gate) for v in plan.venues],
        slots=[_slot(slot, one, facts) for slot, one in zip(plan.slots, tested.slots, strict=True)],
        unplaced=[
            UnplacedClass(
                class_group_id=group.class_group_id,
                class_group_name=group.name,
                college_id=group.college_id,
                college_name=group.college_name,
                heads=group.heads,
            )
            for group in facts.groups.values()
            if group.class_group_id not in placed
        ],
        conflicts=findings_out(conflicts(plan, facts, meanwhile)),
        **tested_out(tested),
    )


def tested_out(tested: Stress) -> dict[str, object]:
    return {
        "findings": findings_out(tested.findings),
        "days": [_day(day) for day in tested.days],
        "over": tested.over,
    }


def findings_out(findings: Iterable[PlanFinding]) -> list[PlanFindingOut]:
    return [
        PlanFindingOut(
            code=one.code,
            level=one.level,
            sentence=one.sentence,
            slot_ids=list(one.slot_ids),
            class_group_ids=list(one.class_group_ids),
        )
        for one in findings
    ]


def _slot(slot: PlannedSlot, tested: SlotStress, facts: PlanFacts) -> PlanSlotOut:
    classes: list[PlanClassOut] = []
    for one, starts in zip(slot.classes, facts.starts(slot), strict=True):
        group = facts.groups.get(one.class_group_id)
        if group is None:  # left the roster or came on it while this was read
            continue
        classes.append(
            PlanClassOut(
                class_group_id=group.class_group_id,
                class_group_name=group.name,
                college_id=group.college_id,
                college_name=group.college_name,
                heads=facts.heads(one),
                class_heads=group.heads,
                first_place=one.first_place,
                last_place=one.last_place,
                turn=one.turn,
                position=len(classes),
                planned_start_at=starts,
            )
        )
    own = slot.model_dump(exclude={"classes"})
    return PlanSlotOut(**own, college_name=facts.college(slot.college_id), stress=_stress(tested), classes=classes)


def _stress(one: SlotStress) -> SlotStressOut:
    return SlotStressOut(
        heads=one.heads,
        capacity=one.capacity,
        over=one.over,
        starts_really_at=one.starts_really,
        ends_really_at=one.ends_really,
        late_minutes=minutes(one.late),
        break_minutes=minutes(one.break_eaten),
        delays_slot_ids=list(one.delays),
    )


def _day(day: DayStress) -> DayOut:
    return DayOut(
        day=day.day,
        venue_id=day.venue_id,
        heads=day.heads,
        capacity=day.capacity,
        ends_planned_at=day.ends_planned,
        ends_really_at=day.ends_really,
        late_minutes=minutes(day.late),
    )


# --- differences -----------------------------------------------------------------------------------------------------


class PartOut(BaseModel):
    slot_id: UUID
    slot_label: str
    venue_id: UUID
    turn: Turn
    planned_start_at: datetime
    first_place: int
    last_place: int | None
    heads: int


class ClassChangeOut(BaseModel):
    class_group_id: UUID
    class_group_name: str
    college_id: UUID
    college_name: str
    before: list[PartOut] = Field(description="empty = had no slot; several = was split")
    after: list[PartOut]
    students: int = Field(description="who come to another room, or more than 5 minutes earlier or later")
    here_already: int = Field(description="of the class in line or shot already; their check-ins stay as they are")


class SlotChangeOut(BaseModel):
    slot_id: UUID
    label: str
    starts_at_before: datetime | None = Field(description="null = the slot is new")
    ends_at_before: datetime | None
    starts_at: datetime | None = Field(description="null = the slot is gone")
    ends_at: datetime | None


class DifferenceOut(BaseModel):
    students: int
    class_groups: int
    colleges: list[str] = Field(description="whose students are affected")
    classes: list[ClassChangeOut]
    slots: list[SlotChangeOut]


def difference_out(changed: Difference, here: dict[UUID, int]) -> DifferenceOut:
    return DifferenceOut(
        students=changed.students,
        class_groups=len(changed.classes),
        colleges=changed.colleges,
        classes=[_class_change(one, here.get(one.class_group_id, 0)) for one in changed.classes],
        slots=[
            SlotChangeOut(
                slot_id=one.slot_id,
                label=one.label,
                starts_at_before=one.before[0] if one.before else None,
                ends_at_before=one.before[1] if one.before else None,
                starts_at=one.after[0] if one.after else None,
                ends_at=one.after[1] if one.after else None,
            )
            for one in changed.slots
        ],
    )


def _class_change(one: ClassChange, here: int) -> ClassChangeOut:
    return ClassChangeOut(
        class_group_id=one.class_group_id,
        class_group_name=one.class_group_name,
        college_id=one.college_id,
        college_name=one.college_name,
        before=[_part(part) for part in one.before],
        after=[_part(part) for part in one.after],
        students=one.students,
        here_already=here,
    )


def _part(part: Part) -> PartOut:
    names = PartOut.model_fields
    return PartOut(**{name: getattr(part, name) for name in names})
