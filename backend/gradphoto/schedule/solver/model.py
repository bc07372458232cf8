"""The timetable as a CP-SAT model. Importing OR-Tools costs half a second and much memory: never in the server."""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ortools.sat.python import cp_model

from gradphoto.schedule.solver.grid import TURNS, Grid

Linear = Any  # OR-Tools types its operators with NumPy's integers, which sums do not match
Literal = cp_model.IntVar
Key = tuple[int, int]  # class or college, window
PIECE, MANY_DAYS, MANY_ROOMS = 100, 40, 20


@dataclass
class Model:
    """`here[c, w]`: class c stands in window w; `uses[k, w]`: so does something of college k. A college in one piece
    has one literal a window for itself and all its classes.

    `soft`: forbidden times may be broken, and which ones is counted. `coarse`: only what colleges take of windows;
    whole classes, times and order are left out, so what is impossible or best here bounds the full model.
    """

    grid: Grid
    soft: bool = False
    coarse: bool = False
    cp: cp_model.CpModel = field(default_factory=cp_model.CpModel)
    uses: dict[Key, Literal] = field(default_factory=dict)
    here: dict[Key, Literal] = field(default_factory=dict)
    starts: dict[Key, Literal] = field(default_factory=dict)
    sizes: dict[Key, Linear] = field(default_factory=dict)
    front: dict[Key, Literal] = field(default_factory=dict)
    back: dict[Key, Literal] = field(default_factory=dict)
    broken: dict[int, Literal] = field(default_factory=dict)
    ends: list[Literal] = field(default_factory=list)
    structure: list[Linear] = field(default_factory=list)


def build(grid: Grid, soft: bool = False, coarse: bool = False) -> Model:
    model = Model(grid, soft, coarse)
    if soft:
        model.broken = {c: model.cp.new_bool_var("") for c, one in enumerate(grid.problem.classes) if one.forbidden}
    for k, college in enumerate(grid.members):
        if grid.problem.rules.together and grid.fits_whole(college):
            _in_one_piece(model, k, college)
        else:
            _in_pieces(model, k, college)
    for w in grid.windows:
        _sequence(model, w)
    if not coarse:
        for k, w in model.uses:
            _keep_forbidden_times(model, k, list(grid.members)[k], w)
    return model


def _in_one_piece(model: Model, k: int, college: str) -> None:
    grid, cp = model.grid, model.cp
    members = grid.members[college]
    windows = grid.whole_windows(college)
    if model.soft:
        windows = [w for w in grid.windows if grid.bounds[college, w][1] > 0]
    for w in windows:
        size = grid.grains(grid.heads(members), w)
        low, high = grid.bounds[college, w]
        if high - low < size:
            continue
        model.uses[k, w] = cp.new_bool_var("")
        model.starts[k, w] = cp.new_int_var(low, high - size, "")
        model.sizes[k, w] = size
        model.here |= {(c, w): model.uses[k, w] for c in members}
    cp.add_exactly_one(model.uses[k, w] for w in grid.windows if (k, w) in model.uses)


def _in_pieces(model: Model, k: int, college: str) -> None:
    grid, cp = model.grid, model.cp
    members = grid.members[college]
    fewest = grid.fewest_windows(college)
    for w in grid.windows:
        low, high = grid.bounds[college, w]
        able = [c for c in members if (model.soft and high) or grid.gaps[c][w]]
        if not able:
            continue
        uses = model.uses[k, w] = cp.new_bool_var("")
        size = model.sizes[k, w] = cp.new_int_var(0, high - low, "")
        cp.add(size >= uses)
        cp.add(size <= (high - low) * uses)
        if not model.coarse:
            model.starts[k, w] = cp.new_int_var(low, high, "")
            cp.add(model.starts[k, w] + size <= high)
            _take_classes(model, able, uses, size, w)
    for c in members if not model.coarse else ():
        cp.add_exactly_one(model.here[c, w] for w in grid.windows if (c, w) in model.here)
    own = [w for w in grid.windows if (k, w) in model.uses]
    for c in members if model.coarse else ():
        able = [w for w in own if grid.gaps[c][w]]
        if len(able) < len(own):
            cp.add(sum(model.uses[k, w] for w in able) >= 1)
    pieces = sum(model.uses[k, w] for w in own)
    cp.add(pieces >= min(fewest, len(members)))
    cp.add(pieces <= fewest + (1 if grid.problem.rules.together else 2))
    work_units = grid.heads(members) * grid.each_ms
    cp.add(sum(model.sizes[k, w] * (grid.unit_ms * grid.cameras(w)) for w in own) >= work_units)
    model.structure.append(PIECE * pieces)
    rooms = {w: (grid.day(w), grid.problem.windows[w].venue) for w in own}
    model.structure.append(MANY_DAYS * _apart(model, k, {w: grid.day(w) for w in own}))
    model.structure.append(MANY_ROOMS * _apart(model, k, rooms))


def _apart(model: Model, k: int, group: Mapping[int, Hashable]) -> Literal:
    """Whether the college's windows are of more than one group."""
    cp, apart = model.cp, model.cp.new_bool_var("")
    only = {one: cp.new_bool_var("") for one in dict.fromkeys(group.values())}
    cp.add_exactly_one([*only.values(), apart])
    for w, one in group.items():
        cp.add_bool_or(model.uses[k, w].negated(), only[one], apart)
    return apart


def _take_classes(model: Model, able: list[int], uses: Literal, size: Linear, w: int) -> None:
    grid, cp = model.grid, model.cp
    for c in able:
        model.here[c, w] = cp.new_bool_var("")
        cp.add_implication(model.here[c, w], uses)
    cp.add_bool_or(model.here[c, w] for c in able).only_enforce_if(uses)
    work = sum(model.here[c, w] * grid.problem.classes[c].heads for c in able) * grid.each_ms
    cp.add(work <= size * (grid.unit_ms * grid.cameras(w)))


def _sequence(model: Model, w: int) -> None:
    """One college after the other in a window, all of them within it."""
    cp, keys = model.cp, [key for key in model.uses if key[1] == w]
    longest = model.grid.longest[w]
    end = cp.new_int_var(0, longest, "")
    model.ends.append(end)
    intervals = []
    for key in keys if not model.coarse else ():
        start, size, uses = model.starts[key], model.sizes[key], model.uses[key]
        finish = start + size if isinstance(size, int) else cp.new_int_var(0, longest, "")
        intervals.append(cp.new_optional_interval_var(start, size, finish, uses, ""))
        cp.add(finish <= end).only_enforce_if(uses)
    cp.add_no_overlap(intervals)
    work = sum(size * model.uses[key] if isinstance(size := model.sizes[key], int) else size for key in keys)
    cp.add(work <= end)


def _keep_forbidden_times(model: Model, k: int, college: str, w: int) -> None:
    """A class stands in one gap of its own. For that it may go to the front or the back of its turn."""
    grid, cp = model.grid, model.cp
    members = [c for c in grid.in_order(grid.members[college]) if (c, w) in model.here]
    concerned = [c for c in members if not grid.free[c][w]]
    for c in concerned:
        if not grid.gaps[c][w]:
            cp.add_implication(model.here[c, w], model.broken[c])  # only where soft: else it is not here at all
            continue
        model.front[c, w], model.back[c, w] = cp.new_bool_var(""), cp.new_bool_var("")
    for c in concerned:
        if not grid.gaps[c][w]:
            continue
        here, front, back = model.here[c, w], model.front[c, w], model.back[c, w]
        middle = cp.new_bool_var("")
        cp.add(front + back + middle == here)
        chosen = [cp.new_bool_var("") for _ in grid.gaps[c][w]]
        kept = [here]
        if model.soft:
            cp.add(sum(chosen) + model.broken[c] >= here)
        else:
            cp.add(sum(chosen) == here)
        speed = grid.unit_ms * grid.cameras(w)
        for place, before in ((front, _front), (middle, _middle), (back, _back)):
            begin = model.starts[k, w] * speed + before(model, members, c, w) * grid.each_ms
            end = begin + grid.problem.classes[c].heads * grid.each_ms
            for gap, (low, high) in zip(chosen, grid.gaps[c][w], strict=True):
                cp.add(begin >= low * grid.cameras(w)).only_enforce_if(*kept, place, gap)
                cp.add(end <= high * grid.cameras(w)).only_enforce_if(*kept, place, gap)


def _heads_of(model: Model, classes: Iterable[int], w: int) -> Linear:
    return sum(model.here[c, w] * model.grid.problem.classes[c].heads for c in classes)


def _moved(model: Model, which: dict[Key, Literal], classes: Iterable[int], w: int) -> Linear:
    return sum(which[c, w] * model.grid.problem.classes[c].heads for c in classes if (c, w) in which)


def _turns(model: Model, members: list[int], c: int) -> tuple[list[int], list[int]]:
    """Those of earlier turns, and those of the same turn in roster order."""
    turn = {m: TURNS[model.grid.problem.classes[m].turn] for m in members}
    return [m for m in members if turn[m] < turn[c]], [m for m in members if turn[m] == turn[c]]


def _front(model: Model, members: list[int], c: int, w: int) -> Linear:
    """Heads before class c where it stands at the front of its turn."""
    earlier, same = _turns(model, members, c)
    return _heads_of(model, earlier, w) + _moved(model, model.front, (m for m in same if m < c), w)


def _middle(model: Model, members: list[int], c: int, w: int) -> Linear:
    earlier, same = _turns(model, members, c)
    before = [m for m in same if m < c]
    stay = _heads_of(model, before, w) - _moved(model, model.front, before, w) - _moved(model, model.back, before, w)
    return _heads_of(model, earlier, w) + _moved(model, model.front, same, w) + stay


def _back(model: Model, members: list[int], c: int, w: int) -> Linear:
    earlier, same = _turns(model, members, c)
    return _heads_of(model, [*earlier, *same], w) - _moved(model, model.back, (m for m in same if m >= c), w)
