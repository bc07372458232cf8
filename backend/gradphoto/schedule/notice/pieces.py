"""One timed piece of a notice, from a line or from a row of a table, to one slot for each college in it."""

import re
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from itertools import accumulate, pairwise

from gradphoto.schedule.notice.days import Day
from gradphoto.schedule.notice.details import Details, Extent
from gradphoto.schedule.notice.hours import Hours
from gradphoto.schedule.notice.proposal import SHANGHAI, Choice, Fact, SlotProposal, Span, clock
from gradphoto.schedule.notice.rulings import AS_READ, DROP, Findings
from gradphoto.schedule.notice.text import Reading

NOON = 12 * 60
LONGEST_MINUTES = 10 * 60
COUNTED = ("stated_classes", "stated_heads", "include", "exclude", "first", "last")


@dataclass(frozen=True)
class Share:
    """A college's part of a piece; `college` is None where only classes are named. Extents count in the notice."""

    college: Fact[str] | None
    details: Details


@dataclass(frozen=True)
class Piece:
    """`hours` counts in the notice; `unread` is what stood beside it and was not understood."""

    day: Day | None
    hours: Hours
    shares: tuple[Share, ...]
    place: Fact[str] | None
    span: Span
    unread: tuple[str, ...] = ()


def add_slots(page: Reading, piece: Piece, slots: list[SlotProposal], findings: Findings) -> None:
    """Appends the slots of the piece; what cannot be one becomes a finding."""
    span, written = piece.span, piece.hours.written
    if not piece.shares:
        findings.unread("time_without_college", f"“{written}”旁边没有读出学院，没有列为场次。", span)
        return
    if piece.day is None:
        findings.unread("slot_without_date", f"“{written}”没有日期，没有列为场次。", span)
        return
    hours = _settled(piece.hours, span, len(slots), findings)
    if hours is None:
        return
    midnight = datetime.combine(piece.day.value, time(), SHANGHAI)
    made = [_slot(page, piece, share, piece.day, midnight, hours) for share in piece.shares]
    if len(made) > 1:
        made = _divided(made, span, len(slots), findings)
    slots += made
    leftover = [one for one in map(_meaningful, piece.unread) if one]
    if leftover:
        sentence = f"{made[0].whose}这一场有没读懂的文字：{'；'.join(leftover)[:100]}。"
        findings.unread("slot_text_unread", sentence, span, len(slots) - 1)


def _slot(
    page: Reading, piece: Piece, share: Share, day: Day, midnight: datetime, hours: tuple[int, int]
) -> SlotProposal:
    details, college = share.details, share.college
    spans = {"day": day.span}
    spans["starts_at"], spans["ends_at"] = page.span(*piece.hours.begin_at), page.span(*piece.hours.end_at)
    spans |= {name: page.span(*extent) for name, extent in details.extents.items()}
    spans |= {name: fact.span for name, fact in (("college", college), ("place", piece.place)) if fact}
    return SlotProposal(
        day=day.value,
        starts_at=midnight + timedelta(minutes=hours[0]),
        ends_at=midnight + timedelta(minutes=hours[1]),
        college=college.value if college else "",
        place=piece.place.value if piece.place else None,
        span=piece.span,
        spans=spans,
        **{name: getattr(details, name) for name in COUNTED},
    )


def _divided(made: list[SlotProposal], span: Span, slot: int, findings: Findings) -> list[SlotProposal]:
    """Several colleges in one time: one after another by their heads, as one camera must; or all in it together."""
    first = made[0]
    weights = [one.stated_heads or 0 for one in made]
    weights = weights if all(weights) else [1] * len(made)
    steps = first.minutes // 5
    ends = [5 * round(steps * sum_ / sum(weights)) for sum_ in accumulate(weights)]
    ends[-1] = first.minutes
    edges = list(pairwise([0, *ends]))
    together = Choice("together", "按同一时间的几个场次列出，请确认各学院的先后。")
    in_turn = Choice("in_turn", f"按所写顺序一个接一个，各 {'、'.join(str(b - a) for a, b in edges)} 分钟。")
    choices = [in_turn, together] if all(a < b for a, b in edges) else [together]
    names = "、".join(one.whose for one in made[:6])
    sentence = f"{clock(first.starts_at)}-{clock(first.ends_at)} 这一场写了 {len(made)} 个学院：{names}。"
    if findings.ask("colleges_share_slot", sentence, choices, span, slot + len(made) - 1) == "together":
        return made
    start = first.starts_at
    return [
        replace(one, starts_at=start + timedelta(minutes=a), ends_at=start + timedelta(minutes=b))
        for one, (a, b) in zip(made, edges, strict=True)
    ]


def _meaningful(piece: str) -> str:
    return " ".join(re.sub(r"拍摄|费用|收费|[于在到为由]|[^\w\s]", " ", piece).split())


def _settled(hours: Hours, span: Span, slot: int, findings: Findings) -> tuple[int, int] | None:
    """(start, end); asks where a part of the day is missing or cannot be right. None = no slot."""
    start, end, written = hours.begins, hours.ends, hours.written
    unsaid = start is not None and hours.part is None and 60 <= start < 7 * 60
    if start is None or end is None or not _possible(hours, start + NOON * unsaid, end):
        findings.unread("time_impossible", f"“{written}”不是一段可能的时间，没有列为场次。", span)
        return None
    if unsaid:
        choices = (
            Choice("afternoon", f"按下午 {_shown(start + NOON)} 开始理解。"),
            Choice("morning", f"按凌晨 {_shown(start)} 开始理解。"),
            DROP,
        )
        taken = findings.ask("part_of_day_missing", f"“{written}”没有写上午还是下午。", choices, span, slot)
        if taken == DROP.choice:
            return None
        start += NOON if taken == "afternoon" else 0
    if end <= start:
        end += NOON
        if not unsaid:
            crossing = (Choice(AS_READ, f"按 {_shown(end)} 结束理解。"), DROP)
            if findings.ask("end_after_noon", f"“{written}”的结束时间早于开始。", crossing, span, slot) == DROP.choice:
                return None
    return _plausible(hours, start, end, span, slot, findings)


def _possible(hours: Hours, start: int, end: int) -> bool:
    """The end lies behind the start; if only when taken for the afternoon, then not after half a day of work."""
    if end <= start and hours.may_cross_noon:
        return start < end + NOON <= min(2 * NOON, start + LONGEST_MINUTES)
    return start < end


def _plausible(hours: Hours, start: int, end: int, span: Span, slot: int, findings: Findings) -> tuple[int, int] | None:
    """A time that can be, but that nobody would choose: 上午 13:20, 下午 8:30, 5:00."""
    written = hours.written
    if hours.part in ("上午", "早上", "早晨") and start >= NOON:
        code, sentence = "morning_label_on_afternoon", f"“{written}”写的是{hours.part}，但 {_shown(start)} 是下午。"
        choices = [Choice(AS_READ, f"按 24 小时制 {_shown(start)} 开始理解，原文保留。"), DROP]
    elif start < 7 * 60 or end > 21 * 60:
        code, sentence = "unusual_hours", f"“{written}”早于 7:00 或晚于 21:00。"
        choices = [Choice(AS_READ, f"按所写的 {_shown(start)}-{_shown(end)} 安排。"), DROP]
        away = -NOON if start >= NOON + 7 * 60 else NOON if end <= NOON - 3 * 60 and start >= 60 else 0
        if away:
            choices.insert(1, Choice("other_half", f"按 {_shown(start + away)}-{_shown(end + away)} 安排。"))
    else:
        return start, end
    taken = findings.ask(code, sentence, choices, span, slot)
    if taken == "other_half":
        return start + away, end + away
    return None if taken == DROP.choice else (start, end)


def _shown(minutes: int) -> str:
    return f"{minutes // 60}:{minutes % 60:02}"


def shifted(details: Details, by: int) -> Details:
    """The same, counted from further left."""
    extents: dict[str, Extent] = {name: (a + by, b + by) for name, (a, b) in details.extents.items()}
    return replace(details, extents=extents)
