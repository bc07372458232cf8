"""What does not fit in a notice that was read: sums, gaps, a college twice, a deadline on a Sunday, an old sample."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from itertools import groupby, pairwise

from gradphoto.schedule.notice.counts import about_counts
from gradphoto.schedule.notice.proposal import Choice, Fact, Level, NoticeFacts, SlotProposal, when
from gradphoto.schedule.notice.rulings import Findings
from gradphoto.schedule.notice.text import WEEKDAYS, Reading

NEEDED = {
    "title": "标题（关于……采集……通知）",
    "cohort": "届别（如 2019 届）",
    "venue": "拍摄地点",
    "room": "房间号",
    "fee_fen": "收费标准（如 20 元/人）",
    "pace_people": "拍摄速度（如 10 分钟/30 人）",
    "return_deadline": "自行拍摄照片的返回期限",
    "mailbox": "接收照片的邮箱",
}
_SAMPLE = re.compile(r"-\s{0,3}(?P<name>[\u4e00-\u9fff]{1,8}\s{0,3}(?P<year>[0-9]{2})[0-9]{1,2})\s{0,3}-")
_STUDY_YEARS = 4


def not_a_notice(findings: Findings) -> None:
    wanted = "、".join(["拍摄时间安排（日期、起止时间、学院）", *NEEDED.values()])
    sentence = f"这段文字不像图像采集通知，没有提出任何安排。需要的内容有：{wanted}。"
    findings.told("not_a_notice", Level.question, sentence, "请粘贴通知全文，包括时间安排表。")


def missing(facts: NoticeFacts, slots: Sequence[SlotProposal], findings: Findings) -> None:
    if not slots:
        sentence = "没有读出拍摄时间安排：需要每行有日期、起止时间和学院。"
        findings.told("missing_timetable", Level.question, sentence, "请补上时间安排表，或手工录入场次。")
    for name, words in NEEDED.items():
        if getattr(facts, name) is None:
            findings.told(f"missing_{name}", Level.question, f"通知里没有读出{words}。", "请手工填写。")


def about_facts(page: Reading, facts: NoticeFacts, findings: Findings) -> NoticeFacts:
    """The facts as ruled on."""
    cohort, grade = facts.cohort, facts.grade
    if cohort and grade and cohort.value - grade.value != _STUDY_YEARS:
        sentence = f"{cohort.value} 届与 {grade.value} 级相差 {cohort.value - grade.value} 年，不是 {_STUDY_YEARS} 年。"
        findings.told("cohort_and_grade", Level.warning, sentence, "以名册为准。", grade.span)
    year = grade.value if grade else cohort.value - _STUDY_YEARS if cohort else None
    for match in _SAMPLE.finditer(page.plain):
        if year and 0 < abs(int(match["year"]) - year % 100) < 10:
            name = "".join(match["name"].split())
            sentence = f"邮件示例里的班级“{name}”是 20{match['year']} 级，不是本次的 {year} 级，可能是往年通知留下的。"
            ruling = "示例只说明格式，不据此判断班级或届别。"
            findings.told("sample_of_other_cohort", Level.warning, sentence, ruling, page.span(*match.span("name")))
    return (
        replace(facts, return_deadline=_deadline(facts.return_deadline, findings)) if facts.return_deadline else facts
    )


def _deadline(deadline: Fact[datetime], findings: Findings) -> Fact[datetime]:
    """前 with or without the day itself; and whether a deadline on a weekend waits for the next working day."""
    at = deadline.value
    if (at.hour, at.minute, at.second) == (23, 59, 59):
        before = at - timedelta(days=1)
        taken = findings.ask(
            "deadline_inclusive",
            f"“{deadline.span.text}”没有说清含不含 {at.day} 日当天。",
            (
                Choice("inclusive", f"含当天：{_until(at)}截止；之后收到的照片保留并标为逾期。"),
                Choice("exclusive", f"不含当天：{_until(before)}截止；之后收到的照片保留并标为逾期。"),
            ),
            deadline.span,
        )
        at = before if taken == "exclusive" else at
    if at.weekday() >= 5:
        monday = at + timedelta(days=7 - at.weekday())
        taken = findings.ask(
            "deadline_on_weekend",
            f"返回期限 {at.year} 年 {at.month} 月 {at.day} 日是星期{WEEKDAYS[at.weekday()]}，不是工作日。",
            (Choice("kept", "期限不变，请安排人查收。"), Choice("monday", f"顺延到星期一：{_until(monday)}截止。")),
            deadline.span,
            level=Level.warning,
        )
        at = monday if taken == "monday" else at
    return replace(deadline, value=at)


def _until(at: datetime) -> str:
    return f"{at.year} 年 {at.month} 月 {at.day} 日 {at:%H:%M:%S} "


def about_slots(facts: NoticeFacts, slots: Sequence[SlotProposal], findings: Findings) -> tuple[SlotProposal, ...]:
    """The slots as ruled on."""
    _clock(slots, findings)
    _outside(facts, slots, findings)
    total = sum(slot.stated_classes or 0 for slot in slots)
    slots = [_except(facts, slot, index, total, findings) for index, slot in enumerate(slots)]
    slots = about_counts(facts, slots, findings)
    colleges: dict[str, list[int]] = {}
    for index, slot in enumerate(slots):
        colleges.setdefault(slot.college, []).append(index)
    for college, indexes in colleges.items():
        # Slots that each name their classes are a timetable by class: nothing is open.
        if college and len(indexes) > 1 and not all(slots[i].include for i in indexes):
            times = "、".join(when(slots[i].starts_at, slots[i].ends_at) for i in indexes[:6])
            sentence = f"{college}有 {len(indexes)} 个场次：{times}。"
            ruling = "都保留；每个班级只排进其中一场。"
            second = indexes[1]
            span = slots[second].span
            findings.told("college_in_several_slots", Level.question, sentence, ruling, span, second, college)
    return tuple(slots)


def _clock(slots: Sequence[SlotProposal], findings: Findings) -> None:
    """Overlaps and gaps between the slots of one day and place; a break around noon is normal."""

    def room(index: int) -> tuple[str, str]:
        return slots[index].day.isoformat(), slots[index].place or ""

    ordered = sorted(range(len(slots)), key=lambda i: (room(i), slots[i].starts_at, slots[i].ends_at, i))
    for _, indexes in groupby(ordered, room):
        for before, after in pairwise(indexes):
            a, b = slots[before], slots[after]
            if (a.starts_at, a.ends_at, a.span) == (b.starts_at, b.ends_at, b.span):
                continue  # two colleges of one line: said where the line was read
            both = f"{a.whose} {when(a.starts_at, a.ends_at)} 和{b.whose} {when(b.starts_at, b.ends_at)}"
            about = a.span.text + b.span.text
            if b.starts_at < a.ends_at:
                sentence = f"{both} 时间重叠。"
                findings.told("slots_overlap", Level.warning, sentence, "请改其中一场的时间。", b.span, after, about)
            elif b.starts_at > a.ends_at and not _is_lunch(a, b):
                minutes = (b.starts_at - a.ends_at) // timedelta(minutes=1)
                sentence = f"{both} 之间空了 {minutes} 分钟。"
                findings.told("gap_between_slots", Level.question, sentence, "空档留给补照。", b.span, after, about)


def _outside(facts: NoticeFacts, slots: Sequence[SlotProposal], findings: Findings) -> None:
    if facts.shoot_from and facts.shoot_until:
        first, last = facts.shoot_from.value, facts.shoot_until.value
        for index, slot in enumerate(slots):
            if not first <= slot.day <= last:
                sentence = f"{slot.whose}排在 {slot.day:%Y-%m-%d}，不在正文写的“{facts.shoot_from.span.text}”之内。"
                span = slot.span
                findings.told("slot_outside_shoot_days", Level.warning, sentence, "按安排表的日期。", span, index)


def _is_lunch(before: SlotProposal, after: SlotProposal) -> bool:
    return before.ends_at.time() <= time(12, 30) <= after.starts_at.time() <= time(14, 30)


def _except(facts: NoticeFacts, slot: SlotProposal, index: int, total: int, findings: Findings) -> SlotProposal:
    """除……的 6 个班: six others, six with them, or these alone. `total`: the stated classes of all slots."""
    if not slot.exclude or not slot.stated_classes:
        return slot
    names, count = "、".join(slot.exclude[:8]), slot.stated_classes
    holds = f"，这样各场次相加正好 {total} 个班" if facts.stated_classes and facts.stated_classes.value == total else ""
    choices = [Choice("others", f"按除去 {names} 之外还有 {count} 个班理解{holds}。")]
    if count > len(slot.exclude):
        choices.append(
            Choice("together", f"按连同 {names} 共 {count} 个班理解，这一场 {count - len(slot.exclude)} 个班。")
        )
    choices.append(Choice("only", f"这一场只拍 {names}。"))
    sentence = f"{slot.whose}“除 {names} 的 {count} 个班”不止一种读法：另有 {count} 个班，或连同它们共 {count} 个班。"
    taken = findings.ask("except_reading", sentence, choices, slot.span, index)
    if taken == "together":
        return replace(slot, stated_classes=count - len(slot.exclude))
    if taken == "only":
        return replace(slot, include=slot.exclude, exclude=(), stated_classes=len(slot.exclude))
    return slot
