"""Whose a mail is: the 学号 of its subject on the roster, and who else it may be of, for a person to choose."""

from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from gradphoto.mailroom.candidates import MOST_SHOWN, Person, Score, near, score
from gradphoto.mailroom.causes import Cause, cause
from gradphoto.mailroom.reading.mail import ReadMail
from gradphoto.mailroom.reading.subject import SubjectKeys, keys_of_subject, names_agree
from gradphoto.photos.matching.names import NameKeys, keys_of
from gradphoto.roster.models import ClassGroup, Student
from gradphoto.roster.service import id_number_index

MOST_LOOKED_AT = 200
_NO_PHOTOS = ("no_picture", "not_a_photo", "signature_image")


class Whose(NamedTuple):
    """`student` when the subject names exactly one; `cause` when it does not, or speaks against itself."""

    student: Student | None
    cause: Cause | None


class Candidate(NamedTuple):
    student: Student
    class_group: ClassGroup
    score: Score


def subject_of(mail: ReadMail) -> SubjectKeys:
    """Its own, or where that names nobody the subject of the mail forwarded inside."""
    read = [keys_of_subject(subject) for subject in mail.subjects[:4]]
    return next((keys for keys in read if keys.numbers), None) or next((keys for keys in read if keys.marked), read[0])


def file_keys(mail: ReadMail) -> list[NameKeys]:
    """Of everything but documents and logos: a RAR that cannot be opened says by its name whose it is."""
    return [keys_of(part.name) for part in mail.parts if part.code not in _NO_PHOTOS][:20]


async def whose(db: AsyncSession, campaign_id: UUID, keys: SubjectKeys) -> Whose:
    found = await _with_numbers(db, campaign_id, keys)
    others = await _with_id_numbers(db, campaign_id, keys) - {student.id for student in found}
    if len(found) > 1 or (found and others):
        return Whose(None, cause("two_numbers"))
    if not found:
        code = "number_unknown" if keys.numbers else "id_number_in_subject" if keys.id_numbers else "no_number"
        return Whose(None, cause(code))
    student = found[0]
    if student.withdrawn_at is not None:
        return Whose(student, cause("withdrawn"))
    if names_agree(keys, student.name) is False:
        return Whose(student, cause("subject_name_differs"))
    return Whose(student, None)


async def _with_numbers(db: AsyncSession, campaign_id: UUID, keys: SubjectKeys) -> list[Student]:
    """Of several numbers (a telephone, a tail of another) only the one beside its own name counts."""
    found = select(Student).where(Student.campaign_id == campaign_id, Student.number.in_(keys.numbers))
    students = list(await db.scalars(found)) if keys.numbers else []
    return [one for one in students if names_agree(keys, one.name)] or students if len(students) > 1 else students


async def _with_id_numbers(db: AsyncSession, campaign_id: UUID, keys: SubjectKeys) -> set[UUID]:
    indexes = [id_number_index(campaign_id, number) for number in keys.id_numbers]
    whose = select(Student.id).where(Student.campaign_id == campaign_id, Student.id_number_index.in_(indexes))
    return set(await db.scalars(whose)) if indexes else set()


async def candidates(
    db: AsyncSession, campaign_id: UUID, subject: SubjectKeys, files: list[NameKeys]
) -> list[Candidate]:
    """Best first. By number, number with one wrong place, ID number or name; the class alone makes nobody one."""
    id_numbers = {*subject.id_numbers, *(keys.id_number for keys in files if keys.id_number)}
    indexes = {id_number_index(campaign_id, number) for number in id_numbers}
    conditions = _conditions(subject, files, indexes)
    if not conditions:
        return []
    rows = await db.execute(
        select(Student, ClassGroup)
        .join(ClassGroup, (ClassGroup.campaign_id == Student.campaign_id) & (ClassGroup.id == Student.class_group_id))
        .where(Student.campaign_id == campaign_id, Student.withdrawn_at.is_(None), or_(*conditions))
        .order_by(Student.number)
        .limit(MOST_LOOKED_AT)
    )
    found = [
        Candidate(student, group, score(_person(student, group, indexes), subject, files)) for student, group in rows
    ]
    found.sort(key=lambda one: (-one.score.value, one.student.number))
    return [one for one in found if one.score.value > 0][:MOST_SHOWN]


def _conditions(subject: SubjectKeys, files: list[NameKeys], indexes: set[bytes]) -> list[ColumnElement[bool]]:
    numbers = {*subject.numbers, *(number for keys in files for number in keys.student_numbers)}
    names = {*subject.words, "".join(subject.words), *(keys.name for keys in files if keys.name)} - {""}
    conditions = []
    if numbers:
        conditions += [Student.number.in_(numbers)]
        conditions += [Student.number.like(pattern) for number in sorted(numbers)[:4] for pattern in near(number)]
    if names:
        conditions.append(Student.name.in_(names))
    if indexes:
        conditions.append(Student.id_number_index.in_(indexes))
    return conditions


def _person(student: Student, group: ClassGroup, indexes: set[bytes]) -> Person:
    return Person(student.number, student.name, group.name, student.id_number_index in indexes)
