"""How many independent signs agree on whose photo it is. One face under two names is the worst error of this trade."""

from collections.abc import Mapping
from typing import NamedTuple
from uuid import UUID

from gradphoto.photos.models import Hold, Sign

# Somebody who answers for it: the student signed in as themselves, or a person who looked.
ENOUGH_ALONE = frozenset({Sign.student, Sign.person})
NEEDED = 2
# What the room wrote down of the shots is one witness, however it is asked.
_SAME_WITNESS = {Sign.shot_record: Sign.shot_order}


class Weighed(NamedTuple):
    """`student_id` when the signs are enough, else `proposed_id` for a person to confirm, and why it waits."""

    student_id: UUID | None
    proposed_id: UUID | None
    held: Hold | None


def weigh(signs: Mapping[Sign, UUID]) -> Weighed:
    """All signs must name one and the same student; a person's word, or two independent signs, make a match."""
    named = set(signs.values())
    if not named:
        return Weighed(None, None, Hold.no_key)
    if len(named) > 1:
        return Weighed(None, None, Hold.signs_differ)
    student = named.pop()
    witnesses = {_SAME_WITNESS.get(sign, sign) for sign in signs}
    if ENOUGH_ALONE & witnesses or len(witnesses) >= NEEDED:
        return Weighed(student, None, None)
    return Weighed(None, student, Hold.one_sign)
