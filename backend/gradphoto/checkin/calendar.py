"""A student's minute as an iCalendar feed, which calendars ask for again by themselves. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from icalendar import Alarm, Calendar, Event

from gradphoto.schedule.notice.proposal import SHANGHAI, clock

REFRESH = timedelta(minutes=15)
ALARMS = (timedelta(hours=-12), timedelta(minutes=-30))


@dataclass(frozen=True, slots=True)
class Appointment:
    """What stands in the calendar; `told_count` becomes SEQUENCE, so that a newer minute replaces the older."""

    student_id: UUID
    arrival_at: datetime
    planned_start_at: datetime
    slot_starts_at: datetime
    slot_ends_at: datetime
    told_at: datetime
    told_count: int
    before: datetime | None
    place: str
    clothing: str
    bring: str
    page: str


def feed(name: str, appointment: Appointment | None, at: datetime) -> bytes:
    """RFC 5545, with the refresh hints of RFC 7986. Without a slot yet it is an empty calendar, not an error."""
    calendar = Calendar()
    calendar.add("prodid", "-//gradphoto//graduation photo//ZH")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT15M")
    if appointment is not None:
        calendar.add_component(_event(appointment, at))
    calendar.add_missing_timezones()
    return bytes(calendar.to_ical())


def _event(one: Appointment, at: datetime) -> Event:
    event = Event()
    event.add("uid", f"{one.student_id}@gradphoto")
    event.add("sequence", one.told_count)
    event.add("dtstamp", at)
    event.add("last-modified", one.told_at)
    event.add("dtstart", one.arrival_at.astimezone(SHANGHAI))
    event.add("dtend", max(one.arrival_at, one.planned_start_at).astimezone(SHANGHAI) + timedelta(minutes=10))
    event.add("summary", f"毕业生图像采集：{clock(one.arrival_at.astimezone(SHANGHAI))} 到场")
    event.add("location", one.place)
    event.add("description", _description(one))
    event.add("url", one.page)
    for before in ALARMS:
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", f"毕业生图像采集：{one.place}")
        alarm.add("trigger", before)
        event.add_component(alarm)
    return event


def _description(one: Appointment) -> str:
    starts, ends = one.slot_starts_at.astimezone(SHANGHAI), one.slot_ends_at.astimezone(SHANGHAI)
    lines = [f"所在场次 {clock(starts)}–{clock(ends)}，请按上面的时间到场，不用提前排队。"]
    if one.before is not None:
        lines.append(f"时间有变：原来是 {clock(one.before.astimezone(SHANGHAI))}。")
    lines += [f"着装：{one.clothing}"] * bool(one.clothing) + [f"携带：{one.bring}"] * bool(one.bring)
    return "\n".join(lines)
