"""The cameras of one room on one day for the simulator: when each works, and from when it is free. Pure, in seconds."""

from collections.abc import Sequence
from math import inf


def shifts(slots: Sequence[tuple[float, int]]) -> list[list[tuple[float, float]]]:
    """When each camera works, from `slots` (start, cameras) in order.

    The slot in force is the last one that has begun by the clock, also after its end: its cameras go on until its
    people are done. One more camera for one slot of the day is therefore neither there before it nor after it.
    """
    found: list[list[tuple[float, float]]] = [[] for _ in range(max(cameras for _, cameras in slots))]
    ends = [starts for starts, _ in slots[1:]] + [inf]
    for (starts, cameras), until in zip(slots, ends, strict=True):
        for camera in found[:cameras]:
            if camera and camera[-1][1] == starts:
                camera[-1] = (camera[-1][0], until)
            elif until > starts:
                camera.append((starts, until))
    return found


class Cameras:
    """`free[k]`: from when camera k could take the next student; one that has gone home is free never again."""

    def __init__(self, slots: Sequence[tuple[float, int]]) -> None:
        self._shifts = [list(reversed(of_camera)) for of_camera in shifts(slots)]
        self.free = [0.0] * len(self._shifts)
        self.works_from, self.works_until = list(self.free), list(self.free)
        for camera in range(len(self._shifts)):
            self.next_shift(camera)

    def first_free(self) -> int:
        return min(range(len(self.free)), key=self.free.__getitem__)

    def next_shift(self, camera: int) -> None:
        """The camera's slot is over: it works again with the next slot that has so many."""
        starts, until = self._shifts[camera].pop() if self._shifts[camera] else (inf, inf)
        self.free[camera] = max(self.free[camera], starts)
        self.works_from[camera], self.works_until[camera] = starts, until

    def at_work(self, now: float) -> list[float]:
        """From when those that work `now` are free."""
        hours = zip(self.free, self.works_from, self.works_until, strict=True)
        return [free for free, starts, until in hours if starts <= now < until]
