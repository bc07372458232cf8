"""What the registrar does at the desk."""

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from e2e.browsing import Person
from e2e.papers import NOTICE, ROSTER, sheet_rows

PASSWORD = "周敏 likes long sentences"


def set_first_password(person: Person, link: str, password: str = PASSWORD) -> None:
    page = person.goes(link)
    page.get_by_label("新密码").fill("1234")
    page.get_by_role("button", name="设置并进入").click()
    expect(page.get_by_role("alert")).to_contain_text("没有设置成功")
    page.get_by_label("新密码").fill(password)
    page.get_by_role("button", name="设置并进入").click()
    expect(page).not_to_have_url(re.compile("set-password"))


def start_campaign(registrar: Person) -> None:
    """Pastes the real notice, sees what was read and what is odd in it, and starts a rehearsal."""
    page = registrar.goes("/desk/setup")
    page.get_by_label("把通知全文贴到这里").fill(NOTICE.read_text("utf-8"))
    page.get_by_role("button", name="读通知").click()
    facts = page.get_by_role("list", name="读到的内容")
    for name, value in (("每人费用", "20"), ("返回期限", "2019-03-10 23:59"), ("房间", "1202"), ("总人数", "3300")):
        expect(facts.get_by_role("listitem").filter(has_text=name)).to_contain_text(value)
    odd = page.get_by_role("list", name="需要您看一眼").get_by_role("listitem")
    expect(odd.first).to_be_visible()
    assert odd.count() >= 5, odd.all_inner_texts()
    expect(page.get_by_role("region", name="场次").get_by_role("row")).to_have_count(1 + 14)
    form = page.get_by_role("form", name="核对并建立批次")
    expect(form.get_by_label("每人费用（元）")).to_have_value("20")
    form.get_by_role("switch", name="演练批次").click()
    form.get_by_role("button", name="建立批次").click()
    expect(page).to_have_url(re.compile("step=roster"))


def import_roster(registrar: Person) -> None:
    page = registrar.page
    page.locator("input[type=file]").set_input_files(ROSTER)
    report = page.get_by_role("region", name="报告：roster-2019.xlsx")
    expect(report).to_contain_text("可以导入", timeout=60_000)
    for name, value in (("学生", "3,300"), ("班级", "117"), ("班长", "117"), ("新增", "3,300")):
        tile = report.locator("dl > div").filter(has=page.get_by_text(name, exact=True)).first
        expect(tile.get_by_role("definition")).to_have_text(value)
    report.get_by_role("button", name="导入整份名单").click()
    confirm(page, "导入这份名单？", "导入整份名单", seconds=60)
    expect(report).to_contain_text("已于", timeout=60_000)


def apply_timetable(registrar: Person) -> None:
    put_into_draft(registrar)
    publish_timetable(registrar)


def put_into_draft(registrar: Person) -> None:
    """14 slots; the ones that cannot hold their classes are named before it goes into the draft."""
    page = registrar.page
    page.get_by_role("link", name="下一步：时间表").click()
    slots = page.get_by_role("list", name="排好的场次")
    expect(slots.get_by_role("listitem").filter(has=page.get_by_role("meter"))).to_have_count(14)
    over = slots.get_by_role("listitem").filter(has=page.get_by_text(re.compile(r"^超 \d+ 人$")))
    expect(over.first).to_be_visible()
    expect(page.get_by_text(f"{over.count()} 场超员", exact=True)).to_be_visible()
    page.get_by_role("button", name="放进草稿，去检查").click()
    expect(page).to_have_url(re.compile("/desk/timetable"))
    expect(page.get_by_role("article", name="A 场")).to_be_visible()


def publish_timetable(registrar: Person, note: str = "") -> None:
    """From the board through the differences; afterwards the board again."""
    page = registrar.page
    page.get_by_role("link", name="看差异，发布…").click()
    page.get_by_label("说明（写进版本记录）").fill(note)
    page.get_by_role("button", name="发布", exact=True).click()
    confirm(page, "发布这张时间表？", "发布", seconds=60)
    expect(page.get_by_role("heading", name=re.compile(r"^第 \d+ 版已发布$"))).to_be_visible()
    page.get_by_role("link", name="回到排班").click()
    expect(page.get_by_role("article", name="A 场")).to_be_visible()


def set_clock_to_first_slot(registrar: Person) -> None:
    page = registrar.page
    page.get_by_role("button", name="演练时钟").click()
    panel = page.get_by_role("dialog", name="演练时钟")
    panel.get_by_role("button", name=re.compile(r"^A .*9:00$")).click()
    expect(panel.get_by_role("status")).to_contain_text("时钟已拨到")
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()


def add_account(registrar: Person, name: str, login: str, role: str, college: str = "") -> str:
    """The link that the new person opens first."""
    page = registrar.goes("/desk/accounts")
    page.get_by_role("button", name="添加账号").click()
    form = page.get_by_role("dialog", name="添加账号")
    form.get_by_label("姓名").fill(name)
    form.get_by_label("账号", exact=True).fill(login)
    form.get_by_role("radio", name=role).click()
    if college:
        form.get_by_label("负责的学院").click()
        page.get_by_role("option", name=college, exact=True).click()
        page.keyboard.press("Escape")
    form.get_by_role("button", name="添加并生成链接").click()
    shown = page.get_by_role("dialog", name=f"{name} 的链接")
    link = shown.get_by_role("textbox").input_value()
    shown.get_by_role("button", name="已交给本人").click()
    expect(shown).to_be_hidden()
    return link


def confirm(page: Page, title: str, button: str, seconds: float = 15) -> None:
    dialog = page.get_by_role("dialog", name=title)
    dialog.get_by_role("button", name=button, exact=True).click()
    expect(dialog).to_be_hidden(timeout=seconds * 1000)


def number(registrar: Person, name: str) -> str:
    """The big number of one of the dashboard's tiles."""
    tiles = registrar.page.get_by_role("region", name="关键数字").locator(":scope > *")
    tile = tiles.filter(has=registrar.page.get_by_text(name, exact=True))
    expect(tile).to_be_visible()
    return tile.get_by_role("paragraph").nth(1).inner_text()


def missing_list(registrar: Person, folder: Path) -> tuple[int, list[dict[str, str]]]:
    """How many the page says have no accepted photo, and the rows of the workbook it gives."""
    page = registrar.goes("/desk/missing")
    button = page.get_by_role("button", name=re.compile(r"^导出这 [\d,]+ 人$"))
    expect(button).to_be_enabled()
    said = re.search(r"([\d,]+) 人没有合格照片", page.get_by_role("main").inner_text())
    assert said
    with page.expect_download() as download:
        button.click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    header, *rows = sheet_rows(path)
    return int(said[1].replace(",", "")), [dict(zip(header, row, strict=True)) for row in rows]
