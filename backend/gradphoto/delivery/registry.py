"""图像校对: until when a student checks the photo that 学信网 shows, and when and how they are reminded. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from gradphoto.delivery.models import RegistryState
from gradphoto.delivery.next_step import days_until
from gradphoto.roster.id_numbers import mask_within
from gradphoto.schedule.notice.proposal import SHANGHAI

SHOWS_AFTER = timedelta(days=7)  # provinces differ: 7 to 40 days from the school's delivery
SHOWS_UNTIL = timedelta(days=40)
REMIND_DAYS = 30
ANSWERED = (RegistryState.confirmed, RegistryState.wrong)
WORDS = {
    RegistryState.unknown: "没有消息",
    RegistryState.not_shown: "还没显示",
    RegistryState.shown: "已显示，未校对",
    RegistryState.confirmed: "本人确认正确",
    RegistryState.wrong: "本人说有误",
}


@dataclass(frozen=True, slots=True)
class Reminder:
    """`due`: the student should look now."""

    due: bool
    days_left: int
    deadline: datetime
    sentence: str


def proofread_deadline(chosen: datetime | None, return_deadline: datetime) -> datetime:
    """What the campaign says, else the end of the first 1 July in Shanghai that lies after the return deadline."""
    if chosen is not None:
        return chosen
    local = return_deadline.astimezone(SHANGHAI)
    first = local.replace(month=7, day=1, hour=23, minute=59, second=59, microsecond=0)
    return first if first > local else first.replace(year=first.year + 1)


def reminder(state: RegistryState, deadline: datetime, clock: datetime, handed_over_at: datetime | None) -> Reminder:
    """`handed_over_at`: when the school's package with this photo was given to the recipient."""
    left = days_until(deadline, clock)
    due, sentence = _reminder(state, deadline, clock, handed_over_at, left)
    return Reminder(due, left, deadline, sentence)


def _reminder(
    state: RegistryState, deadline: datetime, clock: datetime, handed_over_at: datetime | None, left: int
) -> tuple[bool, str]:
    day = _day(deadline)
    if state is RegistryState.confirmed:
        return False, "你已确认学信网上的照片正确，不用再做什么。"
    if state is RegistryState.wrong:
        return False, "你说学信网上的照片有误，教务处会处理；改好之后请再核对一次。"
    if clock > deadline:
        return True, f"图像校对已于 {day}截止，学信网不再修改。照片没有或有误的，请马上联系教务处。"
    ask = f"请登录学信网“学籍信息”核对照片，{day}前在这里回答“正确”或“有误”，还有 {left} 天。"
    if state is RegistryState.shown:
        return True, f"学信网上已经显示你的照片。{ask}"
    if handed_over_at is None:
        return False, f"学校还没有交出你的照片，学信网上现在看不到。交出后一般 7–40 天显示，{day}前校对。"
    if clock < handed_over_at + SHOWS_AFTER and left > REMIND_DAYS:
        given, look = _day(handed_over_at), _day(handed_over_at + SHOWS_AFTER)
        return False, f"学校已于 {given}交出照片。学信网一般 7–40 天后显示，请 {look}后再查。"
    if state is RegistryState.not_shown:
        if clock > handed_over_at + SHOWS_UNTIL:
            return True, f"照片交出已超过 40 天，学信网上还没有，请联系教务处；{ask}"
        return left <= REMIND_DAYS, f"上次查还没有显示，过几天再查；{ask}"
    return left <= REMIND_DAYS or clock >= handed_over_at + SHOWS_UNTIL, ask


def class_text(class_name: str, deadline: datetime, clock: datetime, students: int, silent: Sequence[str]) -> str:
    """For the class chat: who has not answered, and by when."""
    left = days_until(deadline, clock)
    when = f"还有 {left} 天" if clock <= deadline else "已经截止"
    lines = (
        f"【学信网图像校对】{class_name}：{students} 人中还有 {len(silent)} 人没有回答。{_day(deadline)}截止，{when}。",
        "请登录学信网“学籍信息”看自己的照片，再到本系统回答“正确”或“有误”。",
        "学校交出照片后，学信网一般 7–40 天显示；截止后不再修改。",
        "、".join(silent),
    )
    return "\n".join(lines)


def _day(at: datetime) -> str:
    day = at.astimezone(SHANGHAI)
    return f"{day.month} 月 {day.day} 日"


# --- a pasted list of 学号 -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Pasted:
    """`found` numbers in the order of the list, `unknown` as (line, what stands there, at most 32 characters)."""

    found: list[str]
    unknown: list[tuple[int, str]]
    twice: list[tuple[int, str]]


def read_pasted(text: str, known: Mapping[str, object]) -> Pasted:
    """A column or rows copied from Excel, or numbers with commas between: in each line the cells that are 学号. A line
    with none of the roster is reported, but for the heading."""
    found: dict[str, None] = {}
    unknown: list[tuple[int, str]] = []
    twice: list[tuple[int, str]] = []
    for line, row in enumerate(text.splitlines(), 1):
        cells = [one for one in (cell.strip(" '\"　") for cell in re.split(r"[\t,;，；、\s]+", row)) if one]
        numbers = [cell for cell in cells if cell in known]
        if cells and not numbers and not (line == 1 and not any(char.isdigit() for char in row)):
            unknown.append((line, mask_within(cells[0])[:32]))
        for number in numbers:
            if number in found:
                twice.append((line, number))
            found[number] = None
    return Pasted(list(found), unknown, twice)
