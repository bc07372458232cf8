"""Turns the solver's pieces into slots: pushed to the start of the window, in an order that people expect."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime

from gradphoto.schedule.solver.grid import Grid
from gradphoto.schedule.solver.search import PACE, SLOW, Piece
from gradphoto.schedule.solver.values import Figures, PlacedClass, SolvedSlot


def tidy(grid: Grid, pieces: Sequence[Piece]) -> list[Piece]:
    """The same timetable without what only the solver's chance put there.

    Classes of a split college are shared out in roster order where that fits; in a window the colleges come in the
    order wished for, one that goes on from the window before first, one that goes on in the next one last; classes
    in roster order; no gap that nobody's forbidden time needs.
    """
    shared = _share_out(grid, pieces)
    laid = _all_windows(grid, shared)
    return laid if laid is not None else _all_windows(grid, pieces) or list(pieces)


def _all_windows(grid: Grid, pieces: Sequence[Piece]) -> list[Piece] | None:
    windows: dict[int, list[Piece]] = defaultdict(list)
    for piece in pieces:
        windows[piece.window].append(piece)
    tidied: list[Piece] = []
    for own in windows.values():
        own.sort(key=lambda piece: piece.start)
        nicer = sorted(own, key=lambda piece: _place(grid, piece, windows))
        tries = (_plain(grid, nicer), nicer, _plain(grid, own), own)
        laid = [one for one in (_lay(grid, sequence) for sequence in tries) if one is not None]
        if not laid:
            return None
        # The first is the nicest, and good enough only if it ends as early as any.
        soonest = min(laid, key=lambda one: _end(grid, one[-1]))
        tidied += soonest
    return tidied


def _place(grid: Grid, piece: Piece, windows: dict[int, list[Piece]]) -> tuple[int, int]:
    mine = grid.problem.windows[piece.window]
    others = [
        grid.problem.windows[w]
        for w, pieces in windows.items()
        if w != piece.window and any(one.college == piece.college for one in pieces)
    ]
    nearby = [w for w in others if w.venue == mine.venue and w.starts_at.date() == mine.starts_at.date()]
    before = any(w.starts_at < mine.starts_at for w in nearby)
    after = any(w.starts_at > mine.starts_at for w in nearby)
    names = [*grid.problem.rules.order, *grid.members]
    return after - before, names.index(piece.college)


def _plain(grid: Grid, pieces: Sequence[Piece]) -> list[Piece]:
    return [replace(piece, classes=tuple(grid.in_order(piece.classes))) for piece in pieces]


def _lay(grid: Grid, pieces: Sequence[Piece]) -> list[Piece] | None:
    """The pieces in that order, each as early as its classes may; None where that is too late."""
    at, laid = 0, []
    for piece in pieces:
        low, high = grid.bounds[piece.college, piece.window]
        size = grid.grains(grid.heads(piece.classes), piece.window)
        starts = range(max(at, low), high - size + 1)
        start = next((start for start in starts if _may_start(grid, piece, start)), None)
        if start is None:
            return None
        laid.append(replace(piece, start=start))
        at = start + size
    return laid


def _may_start(grid: Grid, piece: Piece, start: int) -> bool:
    return all(
        any(low <= begin and end <= high for low, high in grid.gaps[c][piece.window])
        for c, begin, end in _times(grid, piece, start)
        if not grid.free[c][piece.window]
    )


def _times(grid: Grid, piece: Piece, start: int) -> Iterable[tuple[int, float, float]]:
    """(class, begin, end) in milliseconds of the window."""
    before = 0
    for c in piece.classes:
        begin = start * grid.unit_ms + before * grid.each_ms / grid.cameras(piece.window)
        before += grid.problem.classes[c].heads
        yield c, begin, start * grid.unit_ms + before * grid.each_ms / grid.cameras(piece.window)


def _end(grid: Grid, piece: Piece) -> int:
    return piece.start + grid.grains(grid.heads(piece.classes), piece.window)


def _share_out(grid: Grid, pieces: Sequence[Piece]) -> list[Piece]:
    """Neighbours of the roster into the same piece: the classes in roster order, filling piece after piece."""
    of_college: dict[str, list[Piece]] = defaultdict(list)
    for piece in pieces:
        of_college[piece.college].append(piece)
    shared: list[Piece] = []
    for own in of_college.values():
        shared += _refill(grid, own) if len(own) > 1 else own
    return shared


def _refill(grid: Grid, own: list[Piece]) -> list[Piece]:
    own = sorted(own, key=lambda piece: (grid.origins[piece.window], piece.window))
    classes: list[list[int]] = [[] for _ in own]
    at = 0
    for c in sorted(c for piece in own for c in piece.classes):
        while at < len(own):
            size = grid.grains(grid.heads(own[at].classes), own[at].window)
            if grid.grains(grid.heads([*classes[at], c]), own[at].window) <= size:
                break
            at += 1
        if at == len(own) or not grid.gaps[c][own[at].window]:
            return own
        classes[at].append(c)
    filled = zip(own, classes, strict=True)
    return [replace(piece, classes=tuple(grid.in_order(c))) for piece, c in filled] if all(classes) else own


# --- slots and figures -----------------------------------------------------------------------------------------------


def slots(grid: Grid, pieces: Sequence[Piece]) -> tuple[SolvedSlot, ...]:
    found = [_slot(grid, piece) for piece in pieces]
    return tuple(sorted(found, key=lambda slot: (slot.venue, slot.starts_at)))


def _slot(grid: Grid, piece: Piece) -> SolvedSlot:
    window = grid.problem.windows[piece.window]
    heads = grid.heads(piece.classes)
    placed = tuple(
        PlacedClass(
            grid.problem.classes[c].id,
            grid.problem.classes[c].turn,
            grid.at(piece.window, begin),
            grid.at(piece.window, end),
        )
        for c, begin, end in _times(grid, piece, piece.start)
    )
    return SolvedSlot(
        window=piece.window,
        venue=window.venue,
        starts_at=grid.at(piece.window, piece.start * grid.unit_ms),
        ends_at=grid.at(piece.window, _end(grid, piece) * grid.unit_ms),
        college=piece.college,
        cameras=window.cameras,
        heads=heads,
        classes=placed,
    )


def figures(grid: Grid, found: Sequence[SolvedSlot]) -> Figures:
    minutes = [int((slot.ends_at - slot.starts_at).total_seconds()) // 60 for slot in found]
    free, fullness, spill = [], [0.0], 0.0
    for w, window in enumerate(grid.problem.windows):
        last = max((slot.ends_at for slot in found if slot.window == w), default=window.starts_at)
        length = (window.ends_at - window.starts_at).total_seconds()
        left = (window.ends_at - last).total_seconds()
        free.append(int(left) // 60)
        fullness.append(1 - left / length)
        spill += max(0.0, (length - left) * SLOW / PACE - length)
    colleges = [slot.college for slot in found]
    days: dict[date, datetime] = {}
    for slot in found:
        day = grid.day(slot.window)
        days[day] = max(days.get(day, slot.ends_at), slot.ends_at)
    return Figures(
        used_minutes=sum(minutes),
        free_minutes=tuple(free),
        fullest=round(max(fullness), 4),
        spill_minutes=round(spill / 60),
        split_colleges=tuple(college for college in grid.members if colleges.count(college) > 1),
        day_ends=tuple(days[day] for day in sorted(days)),
    )
