"""Slates of a class to print, and a student's own on the phone: a QR code of the student number."""

from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from gradphoto.photos.matching.slate import slate_svg, slate_text
from gradphoto.roster.models import Student


class Slate(NamedTuple):
    student_id: UUID
    number: str
    name: str
    text: str
    svg: str


def slate_of(student: Student) -> Slate:
    text, svg = slate_text(student.campaign_id, student.number), slate_svg(student.campaign_id, student.number)
    return Slate(student.id, student.number, student.name, text, svg)


async def slates_of_class(db: AsyncSession, campaign_id: UUID, class_group_id: UUID) -> list[Slate]:
    """Of everybody who has not left, in 学号 order."""
    found = select(Student).where(
        Student.campaign_id == campaign_id, Student.class_group_id == class_group_id, Student.withdrawn_at.is_(None)
    )
    return [slate_of(student) for student in await db.scalars(found.order_by(Student.number))]
