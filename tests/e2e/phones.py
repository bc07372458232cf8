"""What the monitor and the students do on their phones."""

import re

from playwright.sync_api import Locator, Page, expect

from e2e.browsing import Person
from e2e.desk import confirm
from e2e.papers import Pupil


def sign_in(person: Person, pupil: Pupil, to: str = "/sign-in") -> None:
    page = person.goes(to)
    page.get_by_label("学号").fill(pupil.number)
    page.get_by_label("姓名").fill(pupil.name)
    page.get_by_label("证件号后六位").fill(pupil.tail.lower())
    page.get_by_role("button", name="登录").click()
    expect(page).not_to_have_url(re.compile("sign-in"))


# --- the student's own card ------------------------------------------------------------------------------------------


def check_in_by_scan(student: Person, door_url: str, pupil: Pupil) -> str:
    """From the scanned code over signing in to the number in the queue."""
    sign_in(student, pupil, to=door_url)
    page = student.page
    expect(page).to_have_url(door_url)
    expect(page.get_by_text(pupil.name, exact=True)).to_be_visible()
    page.get_by_role("button", name="签到", exact=True).click()
    expect(page.get_by_role("status").filter(has_text="签到成功")).to_be_visible()
    number = _said(page, r"我的号码\s*(\w+)")
    page.get_by_role("link", name="看我的拍摄").click()
    expect(page).to_have_url(re.compile("/me$"))
    return number


def check_in_by_typing(student: Person, code: str) -> None:
    page = student.goes("/me")
    page.get_by_role("button", name="签到").click()
    page.get_by_label("门口屏幕上的 4 位数字").fill(code)


def refused_at_the_door(student: Person, door_url: str, sentence: str) -> None:
    page = student.goes(door_url)
    page.get_by_role("button", name="签到", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text(sentence)


def people_before(student: Person) -> int:
    return int(_said(student.page, r"前面还有\s*(\d+) 人"))


def queue(student: Person) -> Locator:
    """The coloured card with the number and how long still."""
    return student.page.locator("section").filter(has_text="我的号码")


def _said(page: Page, pattern: str) -> str:
    expect(page.get_by_text(re.compile(pattern.split(r"\s")[0])).first).to_be_visible()
    found = re.search(pattern, page.get_by_role("main").inner_text())
    assert found, page.get_by_role("main").inner_text()
    return found[1]


# --- the monitor's class ---------------------------------------------------------------------------------------------


def switch(monitor: Person, pupil: Pupil) -> Locator:
    return monitor.page.get_by_role("switch", name=f"{pupil.name}已缴费")


def collect(monitor: Person, *payers: Pupil) -> None:
    for payer in payers:
        switch(monitor, payer).click()
        expect(switch(monitor, payer)).to_be_checked()
    expect(monitor.page.get_by_text("正在上传")).to_be_hidden()


def collect_without_network(monitor: Person, payer: Pupil) -> None:
    """The tap counts at once and stays over a reload of the list; it is sent when the network is back."""
    monitor.context.set_offline(True)
    switch(monitor, payer).click()
    expect(switch(monitor, payer)).to_be_checked()
    expect(monitor.page.get_by_text("1 条存在本机")).to_be_visible()
    monitor.context.set_offline(False)
    expect(monitor.page.get_by_text("存在本机")).to_be_hidden(timeout=60_000)
    expect(monitor.page.get_by_role("listitem").filter(has_text=payer.name)).not_to_contain_text("还没有上传")
    expect(switch(monitor, payer)).to_be_checked()


def collect_the_rest_but(monitor: Person, slip: Pupil) -> None:
    page = monitor.page
    page.get_by_role("button", name="一键全收").click()
    expect(page.get_by_role("button", name="未缴 0")).to_be_visible()
    switch(monitor, slip).click()
    expect(page.get_by_role("button", name="未缴 1")).to_be_visible()
    expect(page.get_by_text(re.compile("正在上传|存在本机"))).to_be_hidden(timeout=30_000)


def check_in_some(monitor: Person, code: str, *comers: Pupil) -> None:
    page = monitor.goes("/class/check-in")
    for comer in comers:
        page.get_by_role("checkbox", name=comer.name, exact=True).click()
    page.get_by_role("button", name=f"给 {len(comers)} 人签到").click()
    page.get_by_label("门口屏幕上的 4 位数字").fill(code)
    expect(page.get_by_role("status").filter(has_text=f"{len(comers)} 人已签到")).to_be_visible()


def declare_handover(monitor: Person, yuan: int) -> None:
    page = monitor.goes("/class/handover")
    expect(page.get_by_role("region", name="这次交")).to_contain_text(f"¥{yuan}")
    page.get_by_role("button", name="全是 20 元").click()
    expect(page.get_by_text("正好")).to_be_visible()
    page.get_by_role("button", name="交款", exact=True).click()
    confirm(page, f"交 ¥{yuan}？", "交款")
    expect(page.get_by_text("待确认")).to_be_visible()
