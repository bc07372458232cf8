"""Whose the frames of a camera are: slates, a guard on the gaps, and the room's own record of the shots.

A photo belongs to a slate only while it follows it, or the photo before, within the gap. Where slates and record differ
in count or order, that stretch is frozen: nothing in it is matched before a person has looked. A slate without a photo
is a count that differs, and freezes all from pause to pause: where slates are shown a turn too early, each face lies
under the next name, in perfect order, until the turn somewhere ends.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from difflib import SequenceMatcher
from enum import StrEnum
from itertools import pairwise
from uuid import UUID

from gradphoto.photos.models import Sign

GAP = timedelta(seconds=11)
PAUSE = timedelta(minutes=3)  # after it they begin anew: nobody waits so long between the slate and the photo


class FrameKind(StrEnum):
    slate = "slate"
    photo = "photo"
    unread = "unread"


class Drift(StrEnum):
    """Why a stretch waits for a person."""

    missing_slate = "missing_slate"
    gap_too_long = "gap_too_long"
    count_differs = "count_differs"
    order_differs = "order_differs"


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture of the camera, in its order. `unread`: nobody knows what was on it, perhaps a slate."""

    position: int
    at: datetime | None
    kind: FrameKind
    slate_student_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Placed:
    """What the order says of one photo. `proposed_id` without signs is only a hint."""

    signs: Mapping[Sign, UUID]
    proposed_id: UUID | None
    frozen: bool


@dataclass(frozen=True, slots=True)
class Stretch:
    """Photos side by side that wait for the same reason, by position."""

    why: Drift
    positions: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ShotOrder:
    placed: Mapping[int, Placed]
    """by position, every photo"""
    stretches: Sequence[Stretch]


@dataclass(slots=True)
class _Group:
    """Photos of one person, as far as slate and gap can tell; `student_id` None: no slate came before them."""

    student_id: UUID | None
    block: int
    """the same from one pause of the camera to the next"""
    photos: list[int] = field(default_factory=list)
    torn: bool = False
    """a file after it could not be read: it may have been a photo of theirs"""
    agrees: bool = False
    expected_id: UUID | None = None
    drift: Drift | None = None


def read_order(frames: Sequence[Frame], record: Sequence[UUID], gap: timedelta = GAP) -> ShotOrder:
    """`record`: the students that the station shot, in its order. Empty, or of other students: slates stand alone."""
    groups = list(_groups(frames, gap))
    shot = [one for place, one in enumerate(record) if not place or record[place - 1] != one]
    compared = bool({group.student_id for group in groups} & set(shot))
    if compared:
        _compare(groups, shot)
    else:
        _mark([group for group in groups if group.student_id is None], Drift.missing_slate)
    return ShotOrder(
        {position: _placed(group) for group in groups for position in group.photos}, list(_stretches(groups))
    )


def _groups(frames: Sequence[Frame], gap: timedelta) -> Iterator[_Group]:
    group: _Group | None = None
    before: datetime | None = None
    block = 0
    for frame in frames:
        block += before is not None and frame.at is not None and frame.at - before >= PAUSE
        if frame.kind == FrameKind.photo:
            if group is None or not _follows(before, frame.at, gap):
                if group is not None:
                    yield group
                group = _Group(None, block)
            group.photos.append(frame.position)
        elif frame.kind == FrameKind.unread or group is None or group.student_id != frame.slate_student_id:
            if group is not None:
                group.torn = frame.kind == FrameKind.unread
                yield group
            group = _Group(frame.slate_student_id, block) if frame.kind == FrameKind.slate else None
        before = frame.at
    if group is not None:
        yield group


def _follows(before: datetime | None, at: datetime | None, gap: timedelta) -> bool:
    """A camera without a clock, or one that was set back meanwhile, proves nothing."""
    return before is not None and at is not None and timedelta(0) <= at - before <= gap


# --- against the room's record ---------------------------------------------------------------------------------------


def _compare(groups: list[_Group], shot: list[UUID]) -> None:
    """Between two neighbours on whom slates and record agree, both must tell of the same people."""
    named = [place for place, group in enumerate(groups) if group.student_id is not None]
    by_slate = [groups[place].student_id for place in named]
    agreed: list[tuple[int, int]] = []
    for block in SequenceMatcher(None, by_slate, shot, autojunk=False).get_matching_blocks():
        agreed += [(named[block.a + step], block.b + step) for step in range(block.size)]
    for place, _ in agreed:
        groups[place].agrees = True
    seen = {group.student_id for group in groups}
    short: set[int] = set()
    bounds = [(-1, -1), *agreed, (len(groups), len(shot))]
    spans = [
        (left, groups[left + 1 : right], shot[left_shot + 1 : right_shot])
        for (left, left_shot), (right, right_shot) in pairwise(bounds)
    ]
    spare = [sum(one.student_id is None for one in between) > len(missing) for _, between, missing in spans]
    for place, (left, between, missing) in enumerate(spans):
        if left < 0 or place == len(spans) - 1:  # the record goes on before and after what this import holds
            _mark([group for group in between if group.student_id is None], Drift.missing_slate)
            _mark([group for group in between if group.student_id is not None], Drift.order_differs)
        else:
            _between(groups[left], between, groups[left + len(between) + 1], missing, seen)
            moved = seen & set(missing) or any(one.student_id is not None for one in between)
            if not moved and not any(spare[place - 1 : place + 2]) and _short(groups[left], between, missing):
                short.add(groups[left].block)
        if left >= 0 and missing and len(groups[left].photos) > 1 and groups[left].drift is None:
            # Nobody can tell which of these photos are of the one who was recorded next, without a slate.
            _mark([groups[left]], Drift.count_differs)
    _mark([group for group in groups if group.block in short and group.drift is None], Drift.count_differs)


def _between(
    last: _Group, between: list[_Group], following: _Group, missing: list[UUID], seen: set[UUID | None]
) -> None:
    """`last` and `following`: both agree on them. `missing`: of the record, without a slate between those two."""
    if seen & set(missing):  # their slate is elsewhere: who stands beside the empty place may be the one who changed
        _mark([last, *between, following], Drift.order_differs)
    elif any(group.student_id is not None for group in between):
        _mark([last, *between] if missing else between, Drift.order_differs)
    elif not missing:
        _mark(between, Drift.gap_too_long)
        for group in between:
            group.expected_id = last.student_id
    elif len(missing) == len(between):
        _mark(between, Drift.missing_slate)
        for group, student_id in zip(between, missing, strict=True):
            group.expected_id, group.agrees = student_id, True
    else:  # somebody's photos may lie among those of `last`, whose slate was the last that was seen
        _mark([last, *between], Drift.count_differs)


def _short(last: _Group, between: Sequence[_Group], missing: Sequence[UUID]) -> bool:
    """Fewer photos than people whom the room recorded from this slate to the next one that agrees."""
    torn = any(one.torn for one in (last, *between))
    return not torn and len(last.photos) + sum(len(one.photos) for one in between) < 1 + len(missing)


def _mark(groups: Sequence[_Group], drift: Drift) -> None:
    for group in groups:
        group.drift = drift


def _placed(group: _Group) -> Placed:
    student_id = group.student_id or group.expected_id
    signs: dict[Sign, UUID] = {}
    if group.student_id is not None:
        signs[Sign.slate] = group.student_id
    if group.agrees and student_id is not None:
        signs[Sign.shot_order] = student_id
    return Placed(signs, student_id, group.drift is not None)


def _stretches(groups: Sequence[_Group]) -> Iterator[Stretch]:
    """Neighbours that wait for the same reason are one stretch: they are looked at together."""
    why: Drift | None = None
    positions: list[int] = []
    for group in groups:
        if not group.photos:
            continue
        if group.drift != why:
            if why is not None:
                yield Stretch(why, tuple(positions))
            why, positions = group.drift, []
        positions += group.photos
    if why is not None:
        yield Stretch(why, tuple(positions))
