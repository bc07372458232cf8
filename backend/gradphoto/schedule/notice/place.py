"""Where the shoot is: building, room, gate; and the places of single slots, each camera one of its own."""

import re

from gradphoto.schedule.notice.proposal import Choice, Fact, NoticeFacts, Span
from gradphoto.schedule.notice.rulings import Findings
from gradphoto.schedule.notice.text import Reading, tidy

ROOM = re.compile(
    r"([\u4e00-\u9fff]{2,24}(?:\s{0,2}[0-9A-Za-z]{1,2}\s{0,2}(?:号楼|[楼层区座栋]))?)\s{0,3}([A-Za-z]?[0-9]{2,4}[A-Za-z]?)\s{0,3}(?:号?房间|教室|会议室|演播室|室|厅)"
)
_PLACE = re.compile(r"地\s{0,3}点\s{0,3}:\s{0,5}([^\n,。;()]{2,40})")
_GATE = re.compile(r"[0-9A-Za-z东西南北正侧]{1,3}\s{0,3}号?门(?![\u4e00-\u9fff]{0,2}[0-9])")
_ACCESS = re.compile(r"[^\n()。;,]{0,40}(?:门进|门入|进入|入场)[^\n()。;,]{0,10}")
CAMERA = re.compile(
    r"(?:第\s{0,2})?(?P<n>[0-9]{1,2}|[一二三四五六]|[A-Fa-f])\s{0,2}号?\s{0,2}(?:拍摄)?(?:机位|相机|号机)"
    r"|(?:机位|相机)\s{0,2}(?P<m>[0-9]{1,2}|[一二三四五六]|[A-Fa-f])(?![0-9A-Za-z])"
)
_DIGITS = dict(zip("一二三四五六", "123456", strict=True))


def first_text(page: Reading, pattern: re.Pattern[str], group: int = 0) -> Fact[str] | None:
    match = pattern.search(page.plain)
    return page.fact(tidy(page.span(*match.span(group)).text), match, group) if match else None


def read_venue(page: Reading, findings: Findings) -> tuple[Fact[str] | None, Fact[str] | None]:
    """(building, room). Without any room number, what stands after 地点."""
    rooms: dict[tuple[str, str], re.Match[str]] = {}
    for match in ROOM.finditer(page.plain):
        rooms.setdefault((place_name(match[1]), match[2]), match)
    if not rooms:
        return first_text(page, _PLACE, 1), None
    chosen = next(iter(rooms))
    if len(rooms) > 1:
        chosen = _main_room(list(rooms)[:6], len(rooms), page.span(*rooms[chosen].span()), findings)
    return page.fact(chosen[0], rooms[chosen], 1), page.fact(chosen[1], rooms[chosen], 2)


def _main_room(rooms: list[tuple[str, str]], count: int, span: Span, findings: Findings) -> tuple[str, str]:
    """Where the slots are that name no place."""
    listed = [f"{name} {number}" for name, number in rooms]
    taken = findings.ask(
        "several_venues",
        f"通知里有 {count} 个地点：{'、'.join(listed)}。",
        [Choice(f"option_{n}", f"没有写明地点的场次都先放在{one}，请逐场次核对。") for n, one in enumerate(listed, 1)],
        span,
        about="、".join(listed),
    )
    return rooms[int(taken.removeprefix("option_")) - 1]


def place_name(written: str) -> str:
    """北京科技大学体育馆 -> 体育馆; 在体育馆 -> 体育馆"""
    return re.sub(r"^(?:.*(?:大学(?!生)|学院|学校|校区)(?=..)|拍摄地点|地点|[在于到]){1,3}", "", written)


def read_way_in(page: Reading) -> tuple[Fact[str] | None, Fact[str] | None]:
    """(gate, the words around it): 9 号门, 从体育馆东侧 9 号门进入"""
    access = next((m for m in _ACCESS.finditer(page.plain) if _GATE.search(m[0])), None)
    if access is None:
        return None, None
    gate = _GATE.search(page.plain, *access.span())
    return (page.fact(tidy(gate[0]), gate) if gate else None), page.fact(tidy(access[0]), access)


def camera_name(written: str) -> str:
    """机位二, 2号机位, 2 -> 2 号机位"""
    found = CAMERA.search(written)
    name = ((found["n"] or found["m"]) if found else written.strip()).upper()
    name = _DIGITS.get(name, name)
    return f"{name} 号机位" if len(name) <= 2 else tidy(written)


def at_camera(place: str | None, camera: str, facts: NoticeFacts) -> str:
    """体育馆 1202 2 号机位: each camera has its own queue, so it is a place of its own."""
    if place is None and facts.venue:
        place = " ".join(filter(None, (facts.venue.value, facts.room.value if facts.room else "")))
    return " ".join(filter(None, (place, camera_name(camera))))
