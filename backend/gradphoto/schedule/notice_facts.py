"""What a notice says once for all slots: number, cohort, place, fee, pace, deadline, mailbox, clothing, agency."""

import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from gradphoto.schedule.notice_text import DATE, Reading, day_of, minute_of_day, month_and_day, next_on_or_after, tidy
from gradphoto.schedule.proposal import SHANGHAI, Fact, Finding, Level, NoticeFacts, T

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
_SHOOT_DAY = re.compile(rf"时\s{{0,3}}间\s{{0,3}}[:为]?\s{{0,9}}{DATE}(?!\s{{0,3}}(?:起|开始|前|之前|以前|-|至|到|,))")
ROOM = re.compile(
    r"([\u4e00-\u9fff]{2,24})\s{0,3}([A-Za-z]?[0-9]{2,4}[A-Za-z]?)\s{0,3}(?:号?房间|教室|会议室|演播室|室|厅)"
)
_PLACE = re.compile(r"地\s{0,3}点\s{0,3}:\s{0,5}([^\n,。;()]{2,40})")
_GATE = re.compile(r"[0-9A-Za-z东西南北正侧]{1,3}\s{0,3}号?门(?![\u4e00-\u9fff]{0,2}[0-9])")
_ACCESS = re.compile(r"[^\n()。;,]{0,40}(?:门进|门入|进入|入场)[^\n()。;,]{0,10}")
_FEE = re.compile(
    r"([0-9]{1,4}(?:\.[0-9]{1,2})?)\s{0,3}元\s{0,3}(?:/|每)\s{0,3}[人生位]|每\s{0,3}[人生位]\s{0,3}(?:收取?|交)?\s{0,3}([0-9]{1,4}(?:\.[0-9]{1,2})?)\s{0,3}元"
)
_PACES = (
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
_CLOTHING = re.compile(r"服装|着装|衣着|西装|化妆|妆容|色系")
_BRING = re.compile(
    r"(?:携带|自备|带好|带上)([^,。;()\n]{2,60}?)(?=以班级|以便|参加|到场|到达|前往|前来|按|[,。;()\n]|$)", re.M
)
_TOTALS = re.compile(
    r"[共总]\s{0,3}[计有]?\s{0,3}([0-9]{1,4})\s{0,3}个?\s{0,3}班级?[,\s]{0,5}(?:共?计?)?\s{0,3}([0-9]{1,6})\s{0,3}[人名]"
)
_AGENCY = re.compile(r"[\u4e00-\u9fff]{0,30}(?:图片社|照相馆|摄影公司|影像公司|摄影中心)(?:信息采集中心)?")
_BEFORE_AGENCY = re.compile(r"委托|聘请|邀请|联系|指定|前往|拍摄部门|关于|自行|收到|由|为|给|经|到|将|在|与|或")


def read_facts(page: Reading) -> tuple[NoticeFacts, list[Finding]]:
    """Every fact that was found, and a finding where the notice says two different things."""
    findings: list[Finding] = []
    titles = (m for m in _TITLE.finditer(page.plain) if _ABOUT.search(m[1]))
    title = next((page.fact(tidy(page.span(*m.span(1)).text), m, 1) for m in titles), None)
    shoot_from, shoot_until = _shoot_days(page)
    issued = _issued(page)
    venue, room = _venue(page, findings)
    gate, access = _way_in(page)
    pace_people, pace_minutes = _pace(page)
    totals = _TOTALS.search(page.plain)
    return NoticeFacts(
        title=title,
        document_no=_first_text(page, _DOCUMENT_NO),
        cohort=_number_in(page, _COHORT, title),
        grade=_number_in(page, _GRADE, None),
        institution=_first_text(page, _LETTERHEAD, 1) or _first_text(page, _UNIVERSITY, 1),
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
        bring=_first_text(page, _BRING, 1),
        stated_classes=page.fact(int(totals[1]), totals) if totals else None,
        stated_heads=page.fact(int(totals[2]), totals) if totals else None,
        agency=_agency(page, findings),
    ), findings


def _first_text(page: Reading, pattern: re.Pattern[str], group: int = 0) -> Fact[str] | None:
    match = pattern.search(page.plain)
    return page.fact(tidy(page.span(*match.span(group)).text), match, group) if match else None


def _number_in(page: Reading, pattern: re.Pattern[str], title: Fact[str] | None) -> Fact[int] | None:
    """The number the title says, else the first of the text."""
    match = pattern.search(page.plain, *(title.span.start, title.span.end)) if title else None
    match = match or pattern.search(page.plain)
    return page.fact(int(match[1]), match) if match else None


def _one_of(key: str, word: str, found: Iterator[Fact[T]], findings: list[Finding]) -> Fact[T] | None:
    """The first; a finding if the notice says another one elsewhere."""
    facts = list(found)
    others = list(dict.fromkeys(tidy(f.span.text) for f in facts if f.value != facts[0].value))[:5]
    if others:
        sentence = f"{word}写了不止一个：{tidy(facts[0].span.text)}，还有{'、'.join(others)}。"
        ruling = f"先用第一个：{tidy(facts[0].span.text)}。"
        findings.append(Finding(f"several_{key}", Level.question, sentence, ruling, facts[0].span))
    return facts[0] if facts else None


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


def _venue(page: Reading, findings: list[Finding]) -> tuple[Fact[str] | None, Fact[str] | None]:
    """(building, room). Without any room number, what stands after 地点."""
    rooms: dict[tuple[str, str], re.Match[str]] = {}
    for match in ROOM.finditer(page.plain):
        rooms.setdefault((place_name(match[1]), match[2]), match)
    if rooms:
        (name, number), match = next(iter(rooms.items()))
        if len(rooms) > 1:
            listed = "、".join(f"{name} {number}" for name, number in list(rooms)[:6])
            sentence = f"通知里有 {len(rooms)} 个地点：{listed}。"
            ruling = f"没有写明地点的场次都先放在{name} {number}，请逐场次核对。"
            findings.append(Finding("several_venues", Level.question, sentence, ruling, page.span(*match.span())))
        return page.fact(name, match, 1), page.fact(number, match, 2)
    return _first_text(page, _PLACE, 1), None


def place_name(written: str) -> str:
    """北京科技大学体育馆 -> 体育馆; 在体育馆 -> 体育馆"""
    return re.sub(r"^(?:.*(?:大学|学院|学校|校区)(?=..)|拍摄地点|地点|[在于到]){1,3}", "", written)


def _way_in(page: Reading) -> tuple[Fact[str] | None, Fact[str] | None]:
    """(gate, the words around it): 9 号门, 从体育馆东侧 9 号门进入"""
    access = next((m for m in _ACCESS.finditer(page.plain) if _GATE.search(m[0])), None)
    if access is None:
        return None, None
    gate = _GATE.search(page.plain, *access.span())
    return (page.fact(tidy(gate[0]), gate) if gate else None), page.fact(tidy(access[0]), access)


def _fees(page: Reading) -> Iterator[Fact[int]]:
    for match in _FEE.finditer(page.plain):
        yuan, _, cents = (match[1] or match[2]).partition(".")
        yield page.fact(int(yuan) * 100 + int(cents.ljust(2, "0")), match)


def _pace(page: Reading) -> tuple[Fact[int] | None, Fact[int] | None]:
    """(people, minutes). 20 seconds each is 60 people in 20 minutes."""
    for pattern in _PACES:
        for match in pattern.finditer(page.plain):
            groups = match.groupdict()
            people, minutes = int(groups.get("people") or 60), int(groups.get("seconds") or groups.get("minutes") or 1)
            if people and minutes:
                return page.fact(people, match), page.fact(minutes, match)
    return None, None


def _deadline(page: Reading, issued: Fact[date] | None, findings: list[Finding]) -> Fact[datetime] | None:
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
    """The first sentences about clothing that follow each other."""
    first, last = -1, -1
    for start, end in page.sentences():
        if _CLOTHING.search(page.plain, start, end):
            first, last = (start if first < 0 else first), end
        elif first >= 0:
            break
    if first < 0:
        return None
    span = page.span(first, last)
    return Fact(tidy(span.text), span)


def _agency(page: Reading, findings: list[Finding]) -> Fact[str] | None:
    """The fullest name that comes first; a finding if it is called otherwise elsewhere."""
    names: list[Fact[str]] = []
    for match in _AGENCY.finditer(page.plain):
        cut = max((word.end() for word in _BEFORE_AGENCY.finditer(match[0])), default=0)
        span = page.span(match.start() + cut, match.end())
        names.append(Fact(tidy(span.text), span))
    full = next((name for name in names if len(name.value) > 4), next(iter(names), None))
    others = list(dict.fromkeys(n.value for n in names if full and n.value != full.value))
    if full and others:
        sentence = f"拍摄单位在通知里有 {len(others) + 1} 种叫法：{full.value}、{'、'.join(others[:5])}。"
        findings.append(Finding("agency_names", Level.warning, sentence, f"统一写作{full.value}。", full.span))
    return full
