"""Which student stands in which slot, and how many of a class: the only place that knows what a split class means."""

from typing import Any

from sqlalchemy import ColumnElement, Integer, Subquery, cast, func, or_, select
from sqlalchemy.orm import aliased

from gradphoto.roster.models import Student
from gradphoto.schedule.models import SlotClass


def students_in_slots(campaign_id: Any) -> Subquery:
    """(student_id, slot_id, class_group_id, turn, position, place) of everybody who has a slot; `place` is the rank by
    学号 in the class. A class that was split has its students in several slots, each of them in one.

    The rank is counted only where a class was split, or where `place` is asked for.
    """
    before = aliased(Student)
    place = (
        select(func.count())
        .where(before.campaign_id == Student.campaign_id, before.class_group_id == Student.class_group_id)
        .where(before.withdrawn_at.is_(None), before.number <= Student.number)
        .correlate(Student)
        .scalar_subquery()
    )
    whole = (SlotClass.first_place == 1) & SlotClass.last_place.is_(None)
    in_part = func.int4range(SlotClass.first_place, SlotClass.last_place, "[]").bool_op("@>")(cast(place, Integer))
    return (
        select(
            Student.id.label("student_id"),
            SlotClass.slot_id,
            SlotClass.class_group_id,
            SlotClass.turn,
            SlotClass.position,
            place.label("place"),
        )
        .join(
            SlotClass,
            (SlotClass.campaign_id == Student.campaign_id)
            & (SlotClass.class_group_id == Student.class_group_id)
            & or_(whole, in_part),
        )
        .where(Student.campaign_id == campaign_id, Student.withdrawn_at.is_(None))
        .subquery("students_in_slots")
    )


def heads_in_part(of_class: Any) -> ColumnElement[int]:
    """How many of a class with `of_class` students a row of slot_class is."""
    last = func.least(func.coalesce(SlotClass.last_place, of_class), of_class)
    return func.greatest(last - SlotClass.first_place + 1, 0)
