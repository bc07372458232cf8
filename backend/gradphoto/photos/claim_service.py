"""Whose a photo is, as far as its signs tell: the file's name, the room's record of shots, what the caller found."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from gradphoto.checkin.models import CheckIn, TicketState
from gradphoto.photos.matching.names import NameKeys
from gradphoto.photos.matching.signs import weigh
from gradphoto.photos.models import Hold, MatchedBy, PhotoSource, Sign
from gradphoto.roster.models import Student
from gradphoto.roster.names import same_name
from gradphoto.roster.service import id_number_index

CLOCKS_DIFFER = timedelta(minutes=20)  # a camera's clock is set by hand


class Claim(NamedTuple):
    """`student_id` when the signs are enough; else why not, and perhaps whom they propose."""

    student_id: UUID | None
    proposed_id: UUID | None
    matched_by: MatchedBy | None
    held: Hold | None
    signs: frozenset[Sign]


class Named(NamedTuple):
    """Whom a file's name means, or why that cannot be told."""

    student_id: UUID | None
    by: MatchedBy | None
    held: Hold | None


_FIRST = {
    Sign.person: MatchedBy.person,
    Sign.student: MatchedBy.student,
    Sign.mail_subject: MatchedBy.mail,
    Sign.slate: MatchedBy.slate,
    Sign.shot_order: MatchedBy.slate,
}


async def claim_of(
    db: AsyncSession,
    campaign_id: UUID,
    keys: NameKeys,
    source: PhotoSource,
    told: Mapping[Sign, UUID],
    *,
    frozen: bool = False,
    taken_at: datetime | None = None,
) -> Claim:
    """`told`: what the caller knows already. In a frozen stretch no sign is believed but a person's."""
    word = _word_of(told)
    if word is not None:
        return word
    named = await _by_name(db, campaign_id, keys)
    if named.held not in (None, Hold.no_key):  # the name speaks against itself or of nobody we know
        return Claim(None, None, None, named.held, frozenset(told))
    signs = dict(told) | ({Sign.file_name: named.student_id} if named.student_id else {})
    if source == PhotoSource.on_site:
        for student_id in set(signs.values()):
            if await _was_shot(db, campaign_id, student_id, taken_at):
                signs[Sign.shot_record] = student_id
    seen = frozenset(signs)
    weighed = weigh(signs)
    if frozen and weighed.held != Hold.signs_differ:
        return Claim(None, weighed.student_id or weighed.proposed_id, None, Hold.frozen_stretch, seen)
    by = next((_FIRST[sign] for sign in _FIRST if sign in told), None) or named.by
    return Claim(weighed.student_id, weighed.proposed_id, by if weighed.student_id else None, weighed.held, seen)


def _word_of(told: Mapping[Sign, UUID]) -> Claim | None:
    """A person's word, or a student's own, outweighs what a file is called."""
    for sign in (Sign.person, Sign.student):
        if sign in told:
            return Claim(told[sign], None, _FIRST[sign], None, frozenset(told))
    return None


async def _was_shot(db: AsyncSession, campaign_id: UUID, student_id: UUID, taken_at: datetime | None) -> bool:
    """Where the file says when it was taken, that must be about then: else the record is of another picture."""
    shot = select(CheckIn.id).where(
        CheckIn.campaign_id == campaign_id, CheckIn.student_id == student_id, CheckIn.state == TicketState.shot
    )
    if taken_at is not None:
        shot = shot.where(CheckIn.shot_at.between(taken_at - CLOCKS_DIFFER, taken_at + CLOCKS_DIFFER))
    return await db.scalar(shot.limit(1)) is not None


async def _by_name(db: AsyncSession, campaign_id: UUID, keys: NameKeys) -> Named:
    """Every key in the name must point at one and the same student; otherwise a person looks. Never a guess."""
    if keys.damaged_id:
        return _nobody(Hold.damaged_id)
    if not keys.id_number and not keys.student_numbers:
        return _nobody(Hold.no_key)
    index = id_number_index(campaign_id, keys.id_number) if keys.id_number else None
    found = list(
        await db.scalars(
            select(Student).where(
                Student.campaign_id == campaign_id,
                Student.withdrawn_at.is_(None),
                or_(Student.number.in_(keys.student_numbers), Student.id_number_index == index),
            )
        )
    )
    by_id = any(student.id_number_index == index for student in found)
    # U201512345 has the form of a passport's number and may be a student number.
    one_key = keys.id_number is None or keys.id_number in keys.student_numbers
    if len(found) > 1:
        return _nobody(Hold.two_students)
    if not found or not (by_id or one_key):
        return _nobody(Hold.not_on_roster)
    if keys.name and not same_name(found[0].name, keys.name) and await _is_somebody(db, campaign_id, keys.name):
        return _nobody(Hold.name_differs)
    return Named(found[0].id, MatchedBy.id_number if by_id else MatchedBy.student_number, None)


def _nobody(held: Hold) -> Named:
    return Named(None, None, held)


async def _is_somebody(db: AsyncSession, campaign_id: UUID, name: str) -> bool:
    """Other Chinese in a file name (机械学院) is nobody's name and no reason to stop."""
    named = select(Student.id).where(Student.campaign_id == campaign_id, Student.name == name).limit(1)
    return await db.scalar(named) is not None
