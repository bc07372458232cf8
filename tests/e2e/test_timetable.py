"""The timetable from the pasted notice to a minute that moves: ruled on, mended, published, kept true by the worker."""

import re
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import expect

from e2e import desk, phones
from e2e.browsing import DESK, PHONE, TABLET, Arrive, Person
from e2e.papers import NOTICE, pupils
from e2e.serving import Site

pytestmark = pytest.mark.e2e

EVERYBODY = pupils()
SLOW_SECONDS = 32
MINUTE_SECONDS = 75  # the worker looks every minute


def test_from_the_pasted_notice_to_a_minute_that_moves(site: Site, arrive: Arrive) -> None:
    registrar = arrive("registrar", DESK)
    printed = site.command("invite", "zhoumin", "周敏")
    desk.set_first_password(registrar, printed.split("：")[-1].strip())
    rule_on_findings(registrar)
    desk.import_roster(registrar)
    desk.put_into_draft(registrar)
    mend(registrar, "E")
    desk.publish_timetable(registrar, "材料学院改到装得下")
    desk.set_clock_to_first_slot(registrar)

    timetable = registrar.api("GET", f"{campaign(registrar)}/timetable")
    late = student_of(registrar, timetable["slots"][0]["classes"][3]["class_group_id"])
    student = arrive("student", PHONE)
    phones.sign_in(student, late, to="/me")
    before = told(student)
    expect(student.page.get_by_text(clock_of(before), exact=True)).to_be_visible()
    assert before.minute % 5 == 0

    link = desk.add_account(registrar, "图片社一号机", "camera.1", "图片社")
    agency = arrive("agency", TABLET)
    desk.set_first_password(agency, link)
    shoot_slowly(registrar, agency, timetable)
    notice = student.page.get_by_role("heading", name="时间有变")
    expect(notice).to_be_visible(timeout=MINUTE_SECONDS * 1000)
    after = told(student)
    assert after > before + timedelta(minutes=5)
    expect(student.page.get_by_text(clock_of(after), exact=True).first).to_be_visible()

    monitor = arrive("monitor of that class", PHONE)
    phones.sign_in(monitor, monitor_of(late.class_group), to="/class/check-in")
    expect(monitor.page.get_by_role("heading", name="本班时间有变")).to_be_visible()


def rule_on_findings(registrar: Person) -> None:
    """What is odd is decided before the campaign exists, and stays with it: an hour, and a class written short."""
    page = registrar.goes("/desk/setup")
    page.get_by_label("把通知全文贴到这里").fill(NOTICE.read_text("utf-8"))
    page.get_by_role("button", name="读通知").click()
    findings = page.get_by_role("region", name="需要您看一眼")
    waiting = findings.get_by_role("status")
    expect(waiting).to_contain_text(re.compile(r"还有 \d+ 条待确认"))
    begin = open_findings(registrar)
    morning = findings.get_by_role("listitem").filter(has_text="13:20").first
    morning.get_by_role("button", name=re.compile("^就按选中的办|^知道了")).click()
    expect(morning).to_contain_text("已确认")
    assert open_findings(registrar) == begin - 1
    morning.get_by_role("button", name=re.compile("^撤销确认")).click()
    expect(morning).not_to_contain_text("已确认")
    morning.get_by_role("button", name=re.compile("^就按选中的办|^知道了")).click()
    expect(morning).to_contain_text("已确认")
    form = page.get_by_role("form", name="核对并建立批次")
    form.get_by_role("switch", name="演练批次").click()
    form.get_by_role("button", name="建立批次").click()
    expect(page).to_have_url(re.compile("step=roster"))
    kept = registrar.api("GET", f"{campaign(registrar)}/notice")["findings"]
    assert [one["choices"][0]["choice"] for one in kept if one["ruled"]], "the ruling stays with the campaign"


def open_findings(registrar: Person) -> int:
    said = registrar.page.get_by_role("region", name="需要您看一眼").get_by_role("status").inner_text()
    found = re.search(r"还有 (\d+) 条", said)
    return int(found[1]) if found else 0


def mend(registrar: Person, label: str) -> None:
    """Tries the cheapest way, takes it back, and takes the one that moves the tail into spare capacity."""
    page = registrar.page
    slot = page.get_by_role("article", name=f"{label} 场")
    expect(slot).to_contain_text("超 48")
    page.get_by_role("button", name=re.compile("^怎么修")).click()
    page.get_by_role("button", name=re.compile(f"^{label} 场还有 \\d+ 个办法$")).click()
    ways = page.get_by_role("list", name=f"{label} 场的办法")
    tail = ways.get_by_role("listitem").filter(has_text=re.compile(r"后 \d+ 人")).get_by_role("button")
    tail.click()
    expect(slot).not_to_contain_text("超 48")
    page.get_by_role("button", name="收回").click()
    expect(slot).to_contain_text("超 48")
    ways.get_by_role("listitem").filter(has_text=re.compile(r"后 \d+ 人")).get_by_role("button").click()
    expect(slot).not_to_contain_text(re.compile(r"超 \d+"))
    page.keyboard.press("Control+z")
    expect(slot).to_contain_text("超 48")
    page.keyboard.press("Control+Shift+Z")
    expect(slot).not_to_contain_text(re.compile(r"超 \d+"))


# --- a slow morning, past the pages: 36 students would take 36 presses ------------------------------------------------


def shoot_slowly(registrar: Person, agency: Person, timetable: dict[str, Any]) -> None:
    at = campaign(registrar)
    first = timetable["slots"][0]
    group = next(one["class_group_id"] for one in first["classes"] if one["class_group_name"] == "自1501")
    page = registrar.api("GET", f"{at}/students?class_group_id={group}&limit=100")
    mates = [one["student_id"] for one in page["students"]]
    agency.api("POST", f"{at}/class-groups/{group}/check-ins", data={"student_ids": mates, "code": None})
    station = agency.api("POST", f"{at}/venues/{first['venue_id']}/stations", data={"name": "1 号机"})["station_id"]
    press = f"{at}/stations/{station}"
    now = datetime.fromisoformat(first["starts_at"])
    view = agency.api("POST", f"{press}/call-next", data={"op_id": str(uuid4())})
    while view["current"]:
        now += timedelta(seconds=SLOW_SECONDS)
        registrar.api("PUT", f"{at}/clock", data={"at": now.isoformat()})
        outcome = {"check_in_id": view["current"]["check_in_id"], "outcome": "shot", "call_next": True}
        view = agency.api("POST", f"{press}/outcome", data={"op_id": str(uuid4())} | outcome)


def campaign(person: Person) -> str:
    return f"/campaigns/{person.api('GET', '/me')['campaign_id']}"


def told(student: Person) -> datetime:
    return datetime.fromisoformat(student.api("GET", f"{campaign(student)}/me")["arrival_at"])


def clock_of(at: datetime) -> str:
    return (at + timedelta(hours=8)).strftime("%H:%M")


def student_of(registrar: Person, class_group_id: str) -> Any:
    groups = registrar.api("GET", f"{campaign(registrar)}/class-groups")
    name = next(one["class_group_name"] for one in groups if one["class_group_id"] == class_group_id)
    return [pupil for pupil in EVERYBODY if pupil.class_group == name][5]


def monitor_of(class_group: str) -> Any:
    return next(pupil for pupil in EVERYBODY if pupil.class_group == class_group and pupil.is_monitor)
