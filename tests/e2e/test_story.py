"""One shoot from the empty database to the last number, each person at their own device."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from e2e import desk, phones, room
from e2e.browsing import DESK, PHONE, TABLET, WALL, Arrive, Person
from e2e.papers import photo, pupils
from e2e.serving import Site

pytestmark = pytest.mark.e2e

EVERYBODY = pupils()
CLASS = [pupil for pupil in EVERYBODY if pupil.class_group == "自1501"]
MONITOR = next(pupil for pupil in CLASS if pupil.is_monitor)
STUDENT, FIRST, GONE, THIRD, WRONG_PHOTO = CLASS[8], CLASS[3], CLASS[4], CLASS[5], CLASS[9]
OF_LATER_SLOT = next(pupil for pupil in EVERYBODY if pupil.college != STUDENT.college)
PAID = len(CLASS) - 1


def test_from_the_notice_to_the_photo(site: Site, arrive: Arrive, tmp_path: Path) -> None:
    registrar = arrive("registrar", DESK)
    links = set_up(registrar, site)

    monitor, student = arrive("monitor", PHONE), arrive("student", PHONE)
    collect_fees(monitor)
    screen, agency = arrive("screen", WALL), arrive("agency", TABLET)
    screen.goes(links["screen"])
    desk.set_first_password(agency, links["agency"])
    old_code = queue_up(screen, monitor, student)
    shoot(agency, screen, student)
    hand_over(monitor, agency)
    refuse(screen, arrive("student of a later slot", PHONE), old_code)
    bring_photos(agency, student, arrive("student with a wrong photo", PHONE), tmp_path)

    counsellor = arrive("counsellor", DESK)
    desk.set_first_password(counsellor, links["counsellor"])
    expect(counsellor.page.get_by_role("heading", name=STUDENT.college, level=1)).to_be_visible()
    expect(counsellor.page.get_by_role("main")).to_contain_text(re.compile(r"4 / \d+"))
    numbers_agree(registrar, tmp_path)


def set_up(registrar: Person, site: Site) -> dict[str, str]:
    """From nothing to a campaign whose clock stands at the first slot; the links of the other accounts."""
    printed = site.command("invite", "zhoumin", "周敏")
    desk.set_first_password(registrar, printed.split("：")[-1].strip())
    desk.start_campaign(registrar)
    desk.import_roster(registrar)
    desk.apply_timetable(registrar)
    desk.set_clock_to_first_slot(registrar)
    return {
        "agency": desk.add_account(registrar, "图片社一号机", "camera.1", "图片社"),
        "screen": desk.add_account(registrar, "1202 大屏", "screen.1202", "现场屏幕"),
        "counsellor": desk.add_account(registrar, "何老师", "he.laoshi", "辅导员", STUDENT.college),
    }


def collect_fees(monitor: Person) -> None:
    """The whole class but one, who was tapped by mistake; one of them while the network was away."""
    phones.sign_in(monitor, MONITOR, to="/class")
    phones.collect(monitor, CLASS[0], CLASS[1])
    phones.collect_without_network(monitor, CLASS[2])
    phones.collect_the_rest_but(monitor, CLASS[-1])
    monitor.page.reload()
    expect(monitor.page.get_by_role("button", name="未缴 1")).to_be_visible()
    expect(phones.switch(monitor, CLASS[2])).to_be_checked()
    expect(phones.switch(monitor, CLASS[-1])).not_to_be_checked()


def queue_up(screen: Person, monitor: Person, student: Person) -> room.DoorCode:
    """Three by the monitor with the typed code, one by the scanned one. Gives a code that will soon be stale."""
    code = room.open_door(screen)
    phones.check_in_some(monitor, code.typed, FIRST, GONE, THIRD)
    assert phones.check_in_by_scan(student, room.open_door(screen).url, STUDENT) == "A004"
    assert phones.people_before(student) == 3
    phones.check_in_some(monitor, room.open_door(screen).typed, WRONG_PHOTO)
    return code


def shoot(agency: Person, screen: Person, student: Person) -> None:
    """Four shot, one of them after an undo, one absent; the student's card follows without being touched."""
    room.open_station(agency, "1 号机")
    room.press(agency, re.compile("叫下一位"))
    room.stands_at_camera(agency, FIRST.name)
    expect(room.on_board(screen)).to_contain_text(f"{FIRST.name[0]}＊")
    room.press(agency, re.compile("已拍"))
    room.stands_at_camera(agency, GONE.name)
    room.press(agency, "撤销")
    room.stands_at_camera(agency, FIRST.name)
    room.press(agency, re.compile("已拍"))
    room.stands_at_camera(agency, GONE.name)
    room.press(agency, "未到")
    room.stands_at_camera(agency, THIRD.name)
    room.press(agency, re.compile("已拍"))
    room.stands_at_camera(agency, STUDENT.name)
    expect(phones.queue(student)).to_contain_text("拍摄中")
    expect(room.on_board(screen)).to_contain_text("A004")
    room.press(agency, re.compile("已拍"))
    expect(phones.queue(student)).to_contain_text("已拍")
    expect(room.last_step(agency)).to_contain_text(f"{STUDENT.name} 已拍")
    room.stands_at_camera(agency, WRONG_PHOTO.name)
    room.press(agency, re.compile("已拍"))


def hand_over(monitor: Person, agency: Person) -> None:
    """The agency counts a note less: both see it. Counted again it is right, and there is a receipt."""
    yuan = PAID * 20
    phones.declare_handover(monitor, yuan)
    room.count_cash(agency, MONITOR.class_group, PAID - 1)
    room.dispute(agency, short_by=20)
    seen = monitor.page.get_by_role("main")
    expect(seen).to_contain_text("金额不符", timeout=60_000)
    for sum_of_one in (f"你申报¥{yuan}", f"图片社清点¥{yuan - 20}", "少了 ¥20"):
        expect(seen).to_contain_text(sum_of_one)
    room.count_cash(agency, MONITOR.class_group, PAID)
    assert room.receive(agency, yuan) == 1
    monitor.page.get_by_role("link", name="看收据").click(timeout=60_000)
    for words in ("编号 000001", "自动化学院 自1501", f"¥{yuan}", "人民币柒佰元整", MONITOR.name, "图片社一号机"):
        expect(seen).to_contain_text(words)


def refuse(screen: Person, later: Person, old_code: room.DoorCode) -> None:
    phones.sign_in(later, OF_LATER_SLOT)
    phones.refused_at_the_door(later, room.open_door(screen).url, "起可以签到")
    old_code.wait_until_stale(later.page)
    phones.refused_at_the_door(later, old_code.url, "码已更换")
    expect(later.page.get_by_label("门口屏幕上的 4 位数字")).to_be_focused()


def bring_photos(agency: Person, student: Person, unlucky: Person, folder: Path) -> None:
    """Photos named by ID number, one of them of the wrong size: who is in it reads why."""
    day = folder / "photos"
    day.mkdir()
    for pupil in (FIRST, THIRD, STUDENT):
        (day / f"{pupil.id_number}.jpg").write_bytes(photo(pupil.number))
    (day / f"{WRONG_PHOTO.id_number}.JPG").write_bytes(photo("small", (358, 441)))
    results = room.upload(agency, day)
    expect(results.get_by_role("button", name="已认领 3")).to_be_visible()
    expect(results.get_by_role("listitem").filter(has_text=WRONG_PHOTO.name)).to_contain_text("应为 480x640")
    expect(results).not_to_contain_text(STUDENT.id_number)

    card = student.goes("/me").get_by_role("link", name="我的照片")
    expect(card).to_contain_text("已通过")
    picture = card.get_by_role("img")
    expect(picture).to_have_js_property("complete", True)
    assert picture.evaluate("picture => picture.naturalWidth") > 0

    phones.sign_in(unlucky, WRONG_PHOTO)
    unlucky.page.get_by_role("link", name="我的照片").click()
    findings = unlucky.page.get_by_role("region", name="检查结果")
    expect(findings).to_contain_text("照片 358x441 像素，应为 480x640")
    expect(findings).to_contain_text("请传图片社制作的原照片")


def numbers_agree(registrar: Person, folder: Path) -> None:
    """Dashboard, page and workbook say the same of the same day."""
    registrar.goes("/desk")
    everybody = len(EVERYBODY)
    assert desk.number(registrar, "已拍") == "4"
    assert desk.number(registrar, "已交款") == f"¥{PAID * 20}"
    missing = int(desk.number(registrar, "缺照").replace(",", ""))
    said, rows = desk.missing_list(registrar, folder)
    assert missing == said == len(rows) == everybody - 3
    why = {row["学号"]: row["缺照原因"] for row in rows}
    for pupil, about in ((WRONG_PHOTO, "照片"), (GONE, "叫号")):
        word = why[pupil.number]
        assert about in word
        expect(registrar.page.get_by_role("group", name="原因").get_by_text(word)).to_be_visible()
    assert not {FIRST.number, THIRD.number, STUDENT.number} & set(why)
