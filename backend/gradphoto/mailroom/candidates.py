"""Whose a mail may be: a score from what agrees, with the reasons in words. A person decides."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from gradphoto.mailroom.reading.subject import SubjectKeys, names_agree, names_class
from gradphoto.photos.matching.names import NameKeys
from gradphoto.roster.names import same_name

MOST_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Person:
    """What of a student is compared. `by_id_number`: a file's or the subject's number is this student's."""

    number: str
    name: str
    class_group: str
    by_id_number: bool


class Score(NamedTuple):
    """0 to 1; `reasons` strongest first, in the words of the screen."""

    value: float
    reasons: tuple[str, ...]


def score(person: Person, subject: SubjectKeys, files: Sequence[NameKeys]) -> Score:
    in_files = {number.upper() for keys in files for number in keys.student_numbers}
    found = [
        (0.9, "证件号一致", person.by_id_number),
        (0.85, "主题里的学号一致", person.number in subject.numbers),
        (0.8, "文件名里的学号一致", person.number in in_files),
        (0.6, "主题里的姓名一致", names_agree(subject, person.name) is True),
        (0.5, "文件名里的姓名一致", any(keys.name and same_name(person.name, keys.name) for keys in files)),
        (0.45, "学号只差一位", any(_one_off(person.number, number) for number in {*subject.numbers, *in_files})),
        (0.25, "班级一致", names_class(subject, person.class_group)),
    ]
    doubt = 1.0
    for weight, _, there in found:
        doubt *= 1 - weight if there else 1
    return Score(round(1 - doubt, 3), tuple(reason for _, reason, there in found if there))


def near(number: str) -> list[str]:
    """LIKE patterns of the numbers that differ from this one in one place."""
    return [f"{number[:at]}_{number[at + 1 :]}" for at in range(len(number))] if number.isalnum() else []


def _one_off(one: str, other: str) -> bool:
    if len(one) != len(other):
        return False
    differ = [at for at in range(len(one)) if one[at] != other[at]]
    swapped = len(differ) == 2 and differ[1] == differ[0] + 1 and sorted(one) == sorted(other)
    return len(differ) == 1 or swapped
