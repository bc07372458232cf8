"""What a notice says once for all slots: number, cohort, place, fee, pace, deadline, mailbox, clothing, agency."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta

from gradphoto.schedule.notice.place import first_text, read_venue, read_way_in
from gradphoto.schedule.notice.proposal import SHANGHAI, Choice, Fact, Level, NoticeFacts, T
from gradphoto.schedule.notice.rulings import Findings
from gradphoto.schedule.notice.text import (
    DATE,
    TIME_RANGE,
    Reading,
    day_of,
    minute_of_day,
    month_and_day,
    next_on_or_after,
    tidy,
)

_TITLE = re.compile(r"^[ \t#]{0,20}(关于[^\n]{2,100}?(?:通知|公告|安排))[ \t]{0,20}$", re.M)
_ABOUT = re.compile(r"采集|拍摄|照相|摄影|图像")
_DOCUMENT_NO = re.compile(
    r"[\u4e00-\u9fff]{0,12}[ \t]{0,3}[\[【〔(]\s{0,3}20[0-9]{2}\s{0,3}[\]】〕)]"
    r"\s{0,3}[\u4e00-\u9fff]{0,6}\s{0,3}[0-9]{1,5}\s{0,3}号"
)
_COHORT = re.compile(r"(20[0-9]{2})\s{0,3}届")
_GRADE = re.compile(r"(20[0-9]{2})\s{0,3}级")
# A line of its own: 某某大学, 某某大学教务处, 某某学院教务处; 某某学院 alone is a cell of the timetable.
_LETTERHEAD = re.compile(
    r"^[ \t#]{0,20}([\u4e00-\u9fff]{2,20}(?:大学|(?:学院|学校)(?=[ \t]{0,9}教[ \t]{0,9}务)))"
    r"[ \t]{0,9}(?:[\u4e00-\u9fff]{0,8}[处部院])?[ \t]{0,20}$",
    re.M,
)
_UNIVERSITY = re.compile(r"(?<![\u4e00-\u9fff])([\u4e00-\u9fff]{2,12}大学)")
_ALONE = re.compile(rf"^[ \t]{{0,80}}{DATE}[ \t]{{0,80}}$", re.M)
_SHOOT_DAYS = re.compile(
    DATE + r"\s{0,3}(?:-|至|到)\s{0,3}(?:(?P<month2>[0-9]{1,2})\s{0,3}月\s{0,3})?(?P<day2>[0-9]{1,2})\s{0,3}[日号]"
)
# 23-25 日: the first day without its 日
_SHOOT_DAYS_SHORT = re.compile(
    r"(?<![0-9])(?:(?P<year>20[0-9]{2})\s{0,3}年\s{0,3})?(?P<month>[0-9]{1,2})\s{0,3}月\s{0,3}(?P<day>[0-9]{1,2})\s{0,3}"
    r"(?:-|至|到)\s{0,3}(?P<month2>)(?P<day2>[0-9]{1,2})\s{0,3}[日号]"
)
_SHOOT_DAY = re.compile(
    rf"(?:时\s{{0,3}}间|日\s{{0,3}}期|定\s{{0,3}}于)\s{{0,3}}[:为]?\s{{0,9}}{DATE}"
    r"(?!\s{0,3}(?:起|开始|前|之前|以前|-|至|到|,\s{0,3}[0-9]))"
)
FEE = re.compile(
    r"([0-9]{1,4}(?:\.[0-9]{1,2})?)\s{0,3}元\s{0,3}(?:/|每)\s{0,3}[人生位]|每\s{0,3}[人生位]\s{0,3}(?:收取?|交)?\s{0,3}([0-9]{1,4}(?:\.[0-9]{1,2})?)\s{0,3}元"
)
PACES = (
    re.compile(r"(?P<minutes>[0-9]{1,3})\s{0,3}分钟?\s{0,3}(?:/|拍摄?|约)?\s{0,3}(?P<people>[0-9]{1,3})\s{0,3}[人名]"),
    re.compile(r"(?P<people>[0-9]{1,3})\s{0,3}[人名]\s{0,3}/\s{0,3}(?P<minutes>[0-9]{1,3})\s{0,3}分"),
    re.compile(r"每\s{0,3}[人名生]\s{0,3}约?\s{0,3}(?P<seconds>[0-9]{1,3})\s{0,3}秒"),
    re.compile(r"(?P<seconds>[0-9]{1,3})\s{0,3}秒钟?\s{0,3}(?:/|每)\s{0,3}[人名生]"),
)
_BEFORE = re.compile(
    DATE + r"\s{0,3}(?:\([^()\n]{0,8}\)\s{0,3})?(?P<at>(?P<part>上午|下午|中午|晚上)?\s{0,3}(?P<hour>[0-9]{1,2})\s{0,2}"
    r"(?::\s{0,2}(?P<minute>[0-9]{2})|[点时](?P<minutes>)(?P<half>半)?))?\s{0,3}(?P<word>之前|以前|前|为止|止|截止)"
)
_SENDING = re.compile(r"照片|邮箱|返回|发送|提交|报送")
_MAILBOX = re.compile(r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,4}")
_CLOTHING = re.compile(r"服装|着装|衣着|西装|化妆|妆容|浓妆|色系")
_WEAR = re.compile(rf"{_CLOTHING.pattern}|[穿戴着衣衫妆]")
_BRING = re.compile(
    r"(?:携带|自备|带好|带上)([^,。;()\n]{2,60}?)(?=以班级|以便|参加|到场|到达|前往|前来|按|[,。;()\n]|$)", re.M
)
_TOTALS = re.compile(
    r"[共总]\s{0,3}[计有]?\s{0,3}([0-9]{1,4})\s{0,3}个?\s{0,3}班级?[,\s]{0,5}(?:共?计?)?\s{0,3}([0-9]{1,6})\s{0,3}[人名]"
)
_AGENCY = re.compile(r"[\u4e00-\u9fff]{0,30}(?:图片社|照相馆|摄影公司|影像公司|摄影中心)(?:信息采集中心)?")
_BEFORE_AGENCY = re.compile(r"委托|聘请|邀请|联系|指定|前往|拍摄部门|关于|自行|收到|由|为|给|经|到|将|在|与|或")


_CAMERAS = re.compile(
    r"(?P<n>[0-9]{1,2}|[一二两三四五六])\s{0,3}(?:台|部|个|组)\s{0,3}(?:照?相机|摄像机|拍摄机位|机位|设备)[^\n。;,]{0,12}"
    r"(?:同时|并行|一起)"
)
_CHINESE = {word: number for number, word in enumerate("一两三四五六", 1)} | {"二": 2}


def read_facts(page: Reading, findings: Findings) -> NoticeFacts:
    """Every fact that was found, and a question where the notice says two different things."""
    titles = (m for m in _TITLE.finditer(page.plain) if _ABOUT.search(m[1]))
    title = next((page.fact(tidy(page.span(*m.span(1)).text), m, 1) for m in titles), None)
    shoot_from, shoot_until = _shoot_days(page)
    issued = _issued(page)
    venue, room = read_venue(page, findings)
    gate, access = read_way_in(page)
    cameras = _cameras(page)
    pace_people, pace_minutes = _pace(page)
    if cameras and pace_people and pace_minutes:
        pace_people = _pace_of_all(cameras, pace_people, pace_minutes.value, findings)
    totals = next((m for m in _TOTALS.finditer(page.plain) if not TIME_RANGE.search(page.line_around(*m.span()))), None)
    return NoticeFacts(
        title=title,
        document_no=first_text(page, _DOCUMENT_NO),
        cohort=_number_in(page, _COHORT, title),
        grade=_number_in(page, _GRADE, None),
        institution=first_text(page, _LETTERHEAD, 1) or first_text(page, _UNIVERSITY, 1),
        date_issued=issued,
        shoot_from=shoot_from,
        shoot_until=shoot_until,
        venue=venue,
        room=room,
        gate=gate,
        access=access,
        fee_fen=_one_of("fee", "收费标准", _fees(page), findings),
        pace_people=pace_people,
        pace_minutes=pace_minutes,
        return_deadline=_deadline(page, issued, findings),
        mailbox=_one_of("mailbox", "邮箱", (page.fact(m[0], m) for m in _MAILBOX.finditer(page.plain)), findings),
        clothing=_clothing(page),
        bring=first_text(page, _BRING, 1),
        stated_classes=page.fact(int(totals[1]), totals) if totals else None,
        stated_heads=page.fact(int(totals[2]), totals) if totals else None,
        agency=_agency(page, findings),
        cameras=cameras,
    )


def _number_in(page: Reading, pattern: re.Pattern[str], title: Fact[str] | None) -> Fact[int] | None:
    """The number the title says, else the first of the text."""
    match = pattern.search(page.plain, *(title.span.start, title.span.end)) if title else None
    match = match or pattern.search(page.plain)
    return page.fact(int(match[1]), match) if match else None


def _one_of(key: str, word: str, found: Iterable[Fact[T]], findings: Findings) -> Fact[T] | None:
    """The first, or the one that a person chose, where the notice says different things."""
    each: dict[object, Fact[T]] = {}
    for fact in found:
        each.setdefault(fact.value, fact)
    facts = list(each.values())[:6]
    if len(facts) < 2:
        return facts[0] if facts else None
    words = [tidy(fact.span.text) for fact in facts]
    sentence = f"{word}写了不止一个：{words[0]}，还有{'、'.join(words[1:])}。"
    taken = findings.ask(f"several_{key}", sentence, _options(words), facts[0].span, about="、".join(words))
    return facts[int(taken.removeprefix("option_")) - 1]


def _options(words: Sequence[str]) -> list[Choice]:
    """option_1, option_2, … in the order of the notice."""
    return [Choice(f"option_{n}", f"用{'第一个' if n == 1 else '这个'}：{one}。") for n, one in enumerate(words, 1)]


def _issued(page: Reading) -> Fact[date] | None:
    """The date that stands on a line of its own, with its year."""
    for match in _ALONE.finditer(page.plain):
        value = _day_with_year(match)
        if value:
            return page.fact(value, match)
    return None


def _day_with_year(match: re.Match[str]) -> date | None:
    year, month, day = month_and_day(match)
    return day_of(year, month, day) if year else None


def _shoot_days(page: Reading) -> tuple[Fact[date] | None, Fact[date] | None]:
    """2018 年 10 月 23-25 日, or 时间：2018 年 10 月 23 日. The timetable borrows its year from here."""
    for pattern in (_SHOOT_DAYS_SHORT, _SHOOT_DAYS):
        for match in pattern.finditer(page.plain):
            if not match["year"]:
                continue
            year, month, month2 = int(match["year"]), int(match["month"]), int(match["month2"] or match["month"])
            first, last = day_of(year, month, int(match["day"])), day_of(year, month2, int(match["day2"]))
            if first and last and first <= last:
                return page.fact(first, match), page.fact(last, match)
    single = _SHOOT_DAY.search(page.plain)
    only = _day_with_year(single) if single else None
    if single and only:
        return page.fact(only, single), page.fact(only, single)
    return None, None


def _fees(page: Reading) -> Iterator[Fact[int]]:
    for match in FEE.finditer(page.plain):
        yuan, _, cents = (match[1] or match[2]).partition(".")
        yield page.fact(int(yuan) * 100 + int(cents.ljust(2, "0")), match)


def _pace(page: Reading) -> tuple[Fact[int] | None, Fact[int] | None]:
    """(people, minutes). 20 seconds each is 60 people in 20 minutes."""
    for pattern in PACES:
        for match in pattern.finditer(page.plain):
            groups = match.groupdict()
            people, minutes = int(groups.get("people") or 60), int(groups.get("seconds") or groups.get("minutes") or 1)
            if people and minutes:
                return page.fact(people, match), page.fact(minutes, match)
    return None, None


def _cameras(page: Reading) -> Fact[int] | None:
    """Only where they work at the same time on one line of people; two places of their own are two rooms."""
    match = _CAMERAS.search(page.plain)
    number = (_CHINESE.get(match["n"]) or int(match["n"])) if match else 0
    return page.fact(number, match) if match and number > 1 else None


def _pace_of_all(cameras: Fact[int], people: Fact[int], minutes: int, findings: Findings) -> Fact[int]:
    """Whether the stated pace is that of all cameras together or of each."""
    both = people.value * cameras.value
    taken = findings.ask(
        "pace_of_cameras",
        f"通知写 {cameras.value} 台相机同时拍，但没有说“{tidy(people.span.text)}”是合计还是每台的速度。",
        (
            Choice("together", f"按合计理解：{minutes} 分钟 {people.value} 人。"),
            Choice("each", f"按每台理解：合计 {minutes} 分钟 {both} 人。"),
        ),
        cameras.span,
        about=f"{cameras.span.text}{people.span.text}",
    )
    return people if taken == "together" else replace(people, value=both)


def _deadline(page: Reading, issued: Fact[date] | None, findings: Findings) -> Fact[datetime] | None:
    """Until when photos may be sent in; a day without an hour counts to its last second."""

    def deadlines() -> Iterator[Fact[datetime]]:
        for match in _BEFORE.finditer(page.plain):
            year, month, number = month_and_day(match)
            if not _SENDING.search(page.sentence_around(*match.span())):
                continue
            if year:
                day = day_of(year, month, number)
            else:
                day = next_on_or_after(issued.value, month, number) if issued else None
            minute = minute_of_day(match) if match["at"] else None
            if day:
                midnight = datetime.combine(day, time(), SHANGHAI)
                until = timedelta(days=1, seconds=-1) if minute is None else timedelta(minutes=minute)
                yield page.fact(midnight + until, match)

    return _one_of("deadline", "照片返回期限", deadlines(), findings)


def _clothing(page: Reading) -> Fact[str] | None:
    """The first sentences about clothing that follow each other, without what else they begin or end with."""
    first, last = -1, -1
    for start, end in page.sentences():
        if _CLOTHING.search(page.plain, start, end):
            first, last = (start if first < 0 else first), end
        elif first >= 0:
            break
    if first < 0:
        return None
    pieces = [match.span() for match in re.finditer(r"[^,]+", page.plain[first:last])]
    worn = [(a, b) for a, b in pieces if _WEAR.search(page.plain, first + a, first + b)]
    span = page.span(first + worn[0][0], first + worn[-1][1])
    return Fact(tidy(span.text), span)


def _agency(page: Reading, findings: Findings) -> Fact[str] | None:
    """The fullest name that comes first, or the one that a person chose of those it is called by."""
    names: dict[str, Fact[str]] = {}
    for match in _AGENCY.finditer(page.plain):
        cut = max((word.end() for word in _BEFORE_AGENCY.finditer(match[0])), default=0)
        span = page.span(match.start() + cut, match.end())
        names.setdefault(tidy(span.text), Fact(tidy(span.text), span))
    ordered = sorted(list(names.values())[:6], key=lambda name: len(name.value) <= 4)
    if len(ordered) < 2:
        return ordered[0] if ordered else None
    words = [name.value for name in ordered]
    taken = findings.ask(
        "agency_names",
        f"拍摄单位在通知里有 {len(names)} 种叫法：{'、'.join(words)}。",
        [Choice(f"option_{n}", f"统一写作{one}。") for n, one in enumerate(words, 1)],
        ordered[0].span,
        about="、".join(words),
        level=Level.warning,
    )
    return ordered[int(taken.removeprefix("option_")) - 1]
