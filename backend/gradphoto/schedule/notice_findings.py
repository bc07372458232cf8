"""What does not fit in a notice that was read: sums, gaps, a college twice, a deadline on a Sunday, an old sample."""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import time, timedelta
from itertools import groupby, pairwise

from gradphoto.schedule.notice_text import WEEKDAYS, Reading
from gradphoto.schedule.proposal import Finding, Level, NoticeFacts, SlotProposal, when
from gradphoto.schedule.timing import capacity

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


def not_a_notice() -> Finding:
    wanted = "、".join(["拍摄时间安排（日期、起止时间、学院）", *NEEDED.values()])
    sentence = f"这段文字不像图像采集通知，没有提出任何安排。需要的内容有：{wanted}。"
    return Finding("not_a_notice", Level.question, sentence, "请粘贴通知全文，包括时间安排表。")


def missing(facts: NoticeFacts, slots: list[SlotProposal]) -> Iterator[Finding]:
    if not slots:
        sentence = "没有读出拍摄时间安排：需要每行有日期、起止时间和学院。"
        yield Finding("missing_timetable", Level.question, sentence, "请补上时间安排表，或手工录入场次。")
    for name, words in NEEDED.items():
        if getattr(facts, name) is None:
            yield Finding(f"missing_{name}", Level.question, f"通知里没有读出{words}。", "请手工填写。")


def about_facts(page: Reading, facts: NoticeFacts) -> Iterator[Finding]:
    cohort, grade, deadline = facts.cohort, facts.grade, facts.return_deadline
    if cohort and grade and cohort.value - grade.value != _STUDY_YEARS:
        sentence = f"{cohort.value} 届与 {grade.value} 级相差 {cohort.value - grade.value} 年，不是 {_STUDY_YEARS} 年。"
        yield Finding("cohort_and_grade", Level.warning, sentence, "以名册为准。", grade.span)
    if deadline:
        at = deadline.value
        weekday = WEEKDAYS[at.weekday()]
        if (at.hour, at.minute, at.second) == (23, 59, 59):
            sentence = f"“{deadline.span.text}”没有说清含不含 {at.day} 日当天。"
            ruling = f"按 {at.year} 年 {at.month} 月 {at.day} 日 23:59:59 截止；之后收到的照片保留并标为逾期。"
            yield Finding("deadline_inclusive", Level.question, sentence, ruling, deadline.span)
        if at.weekday() >= 5:
            sentence = f"返回期限 {at.year} 年 {at.month} 月 {at.day} 日是星期{weekday}，不是工作日。"
            yield Finding("deadline_on_weekend", Level.warning, sentence, "期限不变，请安排人查收。", deadline.span)
    year = grade.value if grade else cohort.value - _STUDY_YEARS if cohort else None
    for match in _SAMPLE.finditer(page.plain):
        if year and 0 < abs(int(match["year"]) - year % 100) < 10:
            name = "".join(match["name"].split())
            sentence = f"邮件示例里的班级“{name}”是 20{match['year']} 级，不是本次的 {year} 级，可能是往年通知留下的。"
            ruling = "示例只说明格式，不据此判断班级或届别。"
            yield Finding("sample_of_other_cohort", Level.warning, sentence, ruling, page.span(*match.span("name")))


def about_slots(facts: NoticeFacts, slots: list[SlotProposal]) -> Iterator[Finding]:
    yield from _clock(facts, slots)
    yield from _counts(facts, slots)
    places: dict[str, list[int]] = {}
    for index, slot in enumerate(slots):
        places.setdefault(slot.college, []).append(index)
    for college, indexes in places.items():
        if len(indexes) > 1:
            times = "、".join(when(slots[i].starts_at, slots[i].ends_at) for i in indexes[:6])
            sentence = f"{college}有 {len(indexes)} 个场次：{times}。"
            ruling = "都保留；每个班级只排进其中一场。"
            yield Finding(
                "college_in_several_slots", Level.question, sentence, ruling, slots[indexes[1]].span, indexes[1]
            )


def _clock(facts: NoticeFacts, slots: list[SlotProposal]) -> Iterator[Finding]:
    """Overlaps and gaps between the slots of one day and place; a break around noon is normal."""

    def room(index: int) -> tuple[str, str]:
        return slots[index].day.isoformat(), slots[index].place or ""

    ordered = sorted(range(len(slots)), key=lambda i: (room(i), slots[i].starts_at, slots[i].ends_at, i))
    for _, indexes in groupby(ordered, room):
        for before, after in pairwise(indexes):
            a, b = slots[before], slots[after]
            if (a.starts_at, a.ends_at, a.span) == (b.starts_at, b.ends_at, b.span):
                continue  # two colleges of one line: said where the line was read
            both = f"{a.college} {when(a.starts_at, a.ends_at)} 和{b.college} {when(b.starts_at, b.ends_at)}"
            if b.starts_at < a.ends_at:
                yield Finding(
                    "slots_overlap", Level.warning, f"{both} 时间重叠。", "请改其中一场的时间。", b.span, after
                )
            elif b.starts_at > a.ends_at and not _is_lunch(a, b):
                minutes = (b.starts_at - a.ends_at) // timedelta(minutes=1)
                sentence = f"{both} 之间空了 {minutes} 分钟。"
                yield Finding("gap_between_slots", Level.question, sentence, "空档留给补照。", b.span, after)
    if facts.shoot_from and facts.shoot_until and slots:
        first, last = facts.shoot_from.value, facts.shoot_until.value
        for index, slot in enumerate(slots):
            if not first <= slot.day <= last:
                sentence = f"{slot.college}排在 {slot.day:%Y-%m-%d}，不在正文写的“{facts.shoot_from.span.text}”之内。"
                yield Finding("slot_outside_shoot_days", Level.warning, sentence, "按安排表的日期。", slot.span, index)


def _is_lunch(before: SlotProposal, after: SlotProposal) -> bool:
    return before.ends_at.time() <= time(12, 30) <= after.starts_at.time() <= time(14, 30)


def _counts(facts: NoticeFacts, slots: list[SlotProposal]) -> Iterator[Finding]:
    """Stated totals against the sums of the timetable; slots without a head count; 除……的 6 个班."""
    unknown = [slot for slot in slots if slot.stated_heads is None]
    for index, slot in enumerate(slots):
        if slot.stated_heads is None:
            sentence = f"{slot.college} {when(slot.starts_at, slot.ends_at)} 没有写人数。"
            yield Finding("heads_unknown", Level.question, sentence, "人数以名册为准。", slot.span, index)
        if slot.exclude and slot.stated_classes:
            names = "、".join(slot.exclude[:8])
            sentence = (
                f"{slot.college}“除 {names} 的 {slot.stated_classes} 个班”有两种读法："
                f"另有 {slot.stated_classes} 个班，或连同它们共 {slot.stated_classes} 个班。"
            )
            ruling = f"按除去 {names} 之外还有 {slot.stated_classes} 个班理解{_total_holds(facts, slots)}。"
            yield Finding("except_reading", Level.question, sentence, ruling, slot.span, index)
    classes = sum(slot.stated_classes or 0 for slot in slots)
    stated = facts.stated_classes
    if stated and slots and stated.value != classes and all(slot.stated_classes for slot in slots):
        sentence = f"通知写共 {stated.value} 个班，各场次相加是 {classes} 个班。"
        yield Finding("classes_total", Level.warning, sentence, "班级以名册为准。", stated.span)
    if facts.stated_heads and slots:
        yield from _heads_total(facts, slots, unknown)


def _total_holds(facts: NoticeFacts, slots: list[SlotProposal]) -> str:
    total = sum(slot.stated_classes or 0 for slot in slots)
    return f"，这样各场次相加正好 {total} 个班" if facts.stated_classes and facts.stated_classes.value == total else ""


def _heads_total(facts: NoticeFacts, slots: list[SlotProposal], unknown: list[SlotProposal]) -> Iterator[Finding]:
    """A stated total is only comparable if every slot states its heads; it may be a sum of capacities instead."""
    assert facts.stated_heads is not None
    stated, known = facts.stated_heads.value, sum(slot.stated_heads or 0 for slot in slots)
    if stated == known and not unknown:
        return
    sentence = f"通知写共 {stated} 人，写明人数的场次相加是 {known} 人"
    if unknown:
        counted = Counter(slot.college for slot in unknown)
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
    yield Finding("heads_total", level, f"{sentence}。", ruling, facts.stated_heads.span)
