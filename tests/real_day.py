"""The notice's own three days as the simulator takes them: real classes, in the order that the placement gives them."""

from datetime import datetime
from functools import lru_cache
from uuid import uuid4

import make
from gradphoto.roster.reading import read_roster
from gradphoto.schedule.notice.placement import ClassGroupHeads, place
from gradphoto.schedule.notice.reader import read_notice
from gradphoto.schedule.planning.simulator import SimSlot


@lru_cache
def real_days() -> tuple[SimSlot, ...]:
    """14 slots of one room, 117 classes, 3,300 students."""
    rows = read_roster((make.DEMO_DATA / "roster-2019.xlsx").read_bytes(), "roster-2019.xlsx").rows
    heads: dict[tuple[str, str], int] = {}
    for row in rows:
        heads[row.college, row.class_group] = heads.get((row.college, row.class_group), 0) + 1
    groups = [ClassGroupHeads(uuid4(), name, college, count) for (college, name), count in heads.items()]
    notice = read_notice((make.DEMO_DATA / "notice-2018-135.txt").read_text())
    slots = sorted(notice.slots, key=lambda slot: slot.starts_at)
    of = {group.id: group.heads for group in groups}
    placed = place(slots, groups, 30, 10).placed
    return tuple(
        SimSlot(
            room="1202",
            day=slot.starts_at.date().isoformat(),
            starts=_seconds(slot.starts_at),
            ends=_seconds(slot.ends_at),
            heads=tuple(of[one.class_group_id] for one in placed if one.slot == i),
        )
        for i, slot in enumerate(slots)
    )


def _seconds(at: datetime) -> float:
    return at.hour * 3600.0 + at.minute * 60
