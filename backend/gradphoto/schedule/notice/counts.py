"""How many: stated totals against the sums of the timetable, and the slots that state no heads."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from gradphoto.schedule.notice.proposal import Choice, Level, NoticeFacts, SlotProposal, when
from gradphoto.schedule.notice.rulings import Findings
from gradphoto.schedule.planning.timing import capacity


def about_counts(facts: NoticeFacts, slots: Sequence[SlotProposal], findings: Findings) -> list[SlotProposal]:
    """The slots as ruled on. A timetable that states no heads at all is asked about once."""
    counted = list(slots)
    if len(slots) > 1 and all(slot.stated_heads is None for slot in slots):
        sentence = f"{len(slots)} 个场次都没有写人数。"
        findings.told("heads_not_stated", Level.question, sentence, "人数以名册为准。")
    else:
        hints = _hints(facts, slots)
        counted = [_unknown(slot, index, hints.get(index), facts, findings) for index, slot in enumerate(slots)]
    classes = sum(slot.stated_classes or 0 for slot in slots)
    stated = facts.stated_classes
    if stated and slots and stated.value != classes and all(slot.stated_classes for slot in slots):
        sentence = f"通知写共 {stated.value} 个班，各场次相加是 {classes} 个班。"
        findings.told("classes_total", Level.warning, sentence, "班级以名册为准。", stated.span)
    if facts.stated_heads and slots:
        _heads_total(facts, slots, findings)
    return counted


def _hints(facts: NoticeFacts, slots: Sequence[SlotProposal]) -> dict[int, int]:
    """What is left of the stated total, shared out by the stated classes; empty where it does not work out."""
    unknown = {i: slot.stated_classes for i, slot in enumerate(slots) if slot.stated_heads is None}
    left = (facts.stated_heads.value if facts.stated_heads else 0) - sum(slot.stated_heads or 0 for slot in slots)
    classes = sum(count or 0 for count in unknown.values())
    if len(unknown) == 1 and left > 0:
        return dict.fromkeys(unknown, left)
    if left <= 0 or not all(unknown.values()):
        return {}
    shares = {index: left * (count or 0) // classes for index, count in unknown.items()}
    first = next(iter(shares), None)
    return shares | ({first: shares[first] + left - sum(shares.values())} if first is not None else {})


def _unknown(slot: SlotProposal, index: int, hint: int | None, facts: NoticeFacts, findings: Findings) -> SlotProposal:
    if slot.stated_heads is not None:
        return slot
    sentence = f"{slot.whose} {when(slot.starts_at, slot.ends_at)} 没有写人数。"
    choices = [Choice("unknown", "人数以名册为准。")]
    if hint and facts.stated_heads:
        rest = f"总数 {facts.stated_heads.value} 人减去写明的，按班数分到这一场"
        choices.append(Choice("hint", f"按推算的 {hint} 人（{rest}），只作参考，人数仍以名册为准。"))
    taken = findings.ask("heads_unknown", sentence, choices, slot.span, index)
    return replace(slot, stated_heads=hint) if taken == "hint" else slot


def _heads_total(facts: NoticeFacts, slots: Sequence[SlotProposal], findings: Findings) -> None:
    """A stated total is only comparable if every slot states its heads; it may be a sum of capacities instead."""
    assert facts.stated_heads is not None
    unknown = [slot for slot in slots if slot.stated_heads is None]
    stated, known = facts.stated_heads.value, sum(slot.stated_heads or 0 for slot in slots)
    if stated == known and not unknown:
        return
    sentence = f"通知写共 {stated} 人，写明人数的场次相加是 {known} 人"
    if unknown:
        counted = Counter(slot.whose for slot in unknown)
        names = "、".join(f"{college} {number} 场" for college, number in list(counted.items())[:6])
        sentence += f"，差 {stated - known} 人；另有 {len(unknown)} 场没有写人数（{names}）"
    if facts.pace_people and facts.pace_minutes:
        minutes = sum(slot.minutes for slot in slots)
        fits = capacity(minutes, facts.pace_people.value, facts.pace_minutes.value)
        if fits == stated:
            sentence += (
                f"。{stated} 恰好等于全部场次 {minutes} 分钟按所写速度能拍的人数，可能是按时间算的，不是点出来的"
            )
    level = Level.question if unknown else Level.warning
    ruling = f"人数以名册为准，{stated} 只作参考。"
    findings.told("heads_total", level, f"{sentence}。", ruling, facts.stated_heads.span)
