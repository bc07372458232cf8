"""Which classes of an overfull slot may go where there is room: whole classes, or the tail of the college. Pure."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, islice
from uuid import UUID

from gradphoto.schedule.models import Turn
from gradphoto.schedule.planning.change_kinds import Change, MoveClass, SplitClass
from gradphoto.schedule.planning.facts import PlanFacts
from gradphoto.schedule.planning.plan import Plan, PlannedClass, PlannedSlot
from gradphoto.schedule.planning.stress import day_of

MOST_CLASSES = 4  # that one repair moves
MOST_TARGETS = 6
MOST_TRIES = 2000


@dataclass(frozen=True, slots=True)
class Moves:
    """`to`: label of a slot -> what goes there, in words."""

    changes: tuple[Change, ...]
    to: dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class _Go:
    piece: PlannedClass
    heads: int
    target: PlannedSlot


def whole_class_moves(plan: Plan, facts: PlanFacts, slot: PlannedSlot) -> Iterator[Moves]:
    """The fewest whole classes that bring the slot to its capacity, else what brings it nearest. Of equal ones, those
    behind which fewest people stand: who stands behind comes earlier then."""
    over, targets = facts.over(slot), _targets(plan, facts, slot)
    room = {target.slot_id: -facts.over(target) for target in targets}
    pieces = [one for one in slot.classes if facts.heads(one) and one.whole]
    behind = {piece.class_group_id: sum(map(facts.heads, pieces[index:])) for index, piece in enumerate(pieces)}
    best: tuple[tuple[int, ...], list[_Go]] | None = None
    for count in range(1, MOST_CLASSES + 1):
        if best is not None and best[0][0] == 0:
            break
        for chosen in islice(combinations(pieces, count), MOST_TRIES):
            goes = _fit(facts, slot, chosen, targets, dict(room))
            if goes is None:
                continue
            rest = max(0, over - sum(go.heads for go in goes))
            strange = sum(_strangeness(slot, go.target) for go in goes)
            rank = (rest, strange, max(behind[one.class_group_id] for one in chosen))
            if best is None or rank < best[0]:
                best = rank, goes
    if best is not None:
        yield _moves(facts, slot, best[1])


def tail_moves(plan: Plan, facts: PlanFacts, slot: PlannedSlot) -> Iterator[Moves]:
    """Exactly as many as are too many: from the end of the slot, the last class cut by 学号 where need be."""
    left, goes = facts.over(slot), list[_Go]()
    targets = _targets(plan, facts, slot)
    spare = {target.slot_id: -facts.over(target) for target in targets}
    for piece in reversed([one for one in slot.classes if one.whole]):
        heads = facts.heads(piece)
        target = next(
            (one for one in targets if spare[one.slot_id] > 0 and _may_go(slot, piece, one) and _alone(one, piece)),
            None,
        )
        if target is None or left <= 0 or heads == 0:
            continue
        moved = min(left, heads, spare[target.slot_id])
        goes.append(_Go(piece, moved, target))
        spare[target.slot_id] -= moved
        left -= moved
    if goes and any(go.heads < facts.heads(go.piece) for go in goes):
        yield _moves(facts, slot, goes)


def _targets(plan: Plan, facts: PlanFacts, slot: PlannedSlot) -> list[PlannedSlot]:
    """Slots with room, the least strange first: own college, then the same day, then the nearest."""
    room = [one for one in plan.slots if one.slot_id != slot.slot_id and facts.over(one) < 0]
    return sorted(room, key=lambda one: (_strangeness(slot, one), abs(one.starts_at - slot.starts_at), one.label))[
        :MOST_TARGETS
    ]


def _strangeness(slot: PlannedSlot, target: PlannedSlot) -> int:
    """How much of a change it is for a class: another college's slot, another room, another day."""
    other_college = slot.college_id != target.college_id
    return 2 * (day_of(slot) != day_of(target)) + other_college + (slot.venue_id != target.venue_id)


def _may_go(slot: PlannedSlot, piece: PlannedClass, target: PlannedSlot) -> bool:
    """先拍 never becomes later, 后拍 never earlier, and both stay on their day: who asked for it has a reason."""
    if piece.turn is Turn.normal:
        return True
    if day_of(slot) != day_of(target):
        return False
    return target.starts_at < slot.starts_at if piece.turn is Turn.first else target.starts_at > slot.starts_at


def _alone(target: PlannedSlot, piece: PlannedClass) -> bool:
    return all(one.class_group_id != piece.class_group_id for one in target.classes)


def _fit(
    facts: PlanFacts,
    slot: PlannedSlot,
    chosen: Sequence[PlannedClass],
    targets: Sequence[PlannedSlot],
    spare: dict[UUID, int],
) -> list[_Go] | None:
    """Each of them, the largest first, to the first slot that still has room for all of it."""
    goes = []
    for piece in sorted(chosen, key=lambda one: -facts.heads(one)):
        heads = facts.heads(piece)
        for target in targets:
            if spare[target.slot_id] >= heads and _may_go(slot, piece, target) and _alone(target, piece):
                spare[target.slot_id] -= heads
                goes.append(_Go(piece, heads, target))
                break
        else:
            return None
    return goes


def _moves(facts: PlanFacts, slot: PlannedSlot, goes: Sequence[_Go]) -> Moves:
    """Guests come after those of their turn whose slot it is."""
    changes: list[Change] = []
    to: dict[str, list[str]] = defaultdict(list)
    for go in goes:
        name, heads = facts.name(go.piece.class_group_id), facts.heads(go.piece)
        where: dict[str, object] = {
            "class_group_id": go.piece.class_group_id,
            "slot_id": go.target.slot_id,
            "turn": go.piece.turn,
            "position": 1000,
            "from_slot_id": slot.slot_id,
        }
        if go.heads < heads:
            changes.append(SplitClass(kind="split_class", after=heads - go.heads, **where))
            to[go.target.label].append(f"{name} 后 {go.heads} 人")
        else:
            changes.append(MoveClass(kind="move_class", **where))
            to[go.target.label].append(f"{name}（{heads} 人）")
    return Moves(tuple(changes), dict(to))
