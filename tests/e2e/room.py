"""What happens in the room: the screens, the camera, the till, and the photos that the agency brings."""

import re
import time
from pathlib import Path
from typing import NamedTuple

from playwright.sync_api import Locator, Page, expect

from e2e.browsing import Person


class DoorCode(NamedTuple):
    url: str
    typed: str
    seen_at: float
    window_seconds: int

    def wait_until_stale(self, page: Page) -> None:
        """A code counts in its own window and the one after it."""
        left = self.seen_at + 2 * self.window_seconds + 1 - time.monotonic()
        page.wait_for_timeout(max(0, left) * 1000)


def open_door(screen: Person) -> DoorCode:
    """The code that the door's screen shows now, fresh enough to be used at once."""
    with screen.page.expect_response(re.compile(r"/venues/.+/door$")) as answer:
        screen.goes("/door")
    expect(screen.page.get_by_role("img", name="签到二维码")).to_be_visible()
    shown = answer.value.json()
    expect(screen.page.get_by_text(shown["typed_code"])).to_be_visible()
    return DoorCode(shown["url"], shown["typed_code"], time.monotonic(), shown["window_seconds"])


def on_board(screen: Person) -> Locator:
    """Whom the big screen calls."""
    return screen.goes("/board").get_by_role("region", name="请到机位", exact=True)


# --- the camera ------------------------------------------------------------------------------------------------------


def open_station(agency: Person, name: str) -> None:
    page = agency.goes("/station")
    page.get_by_label("机位名称").fill(name)
    page.get_by_role("button", name="添加机位").click()
    expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()


def called(agency: Person) -> Locator:
    return agency.page.get_by_role("article")


def last_step(agency: Person) -> Locator:
    return agency.page.get_by_role("status", name="操作状态")


def press(agency: Person, button: str | re.Pattern[str]) -> None:
    """As a person does: the console takes a second press within 0.8 s for a slip."""
    agency.page.wait_for_timeout(900)
    agency.page.get_by_role("group", name="拍摄操作").get_by_role("button", name=button).click()


def stands_at_camera(agency: Person, name: str) -> None:
    expect(called(agency)).to_contain_text(name)


# --- the till --------------------------------------------------------------------------------------------------------


def count_cash(agency: Person, class_group: str, sheets: int) -> None:
    """Counts 20-yuan notes for a class; what follows depends on the sum."""
    page = agency.goes("/till")
    page.get_by_role("button", name=f"清点 {class_group}").click()
    field = page.get_by_label("20 元的张数")
    field.fill(str(sheets))


def dispute(agency: Person, short_by: int) -> None:
    page = agency.page
    expect(page.get_by_text(f"少 ¥{short_by}")).to_be_visible()
    page.get_by_role("button", name="核对差额").click()
    page.get_by_role("button", name="标记金额不符").click()
    expect(page.get_by_role("status").filter(has_text="已标记为金额不符")).to_be_visible()


def receive(agency: Person, yuan: int) -> int:
    """Confirms the sum; the number of the receipt."""
    page = agency.page
    expect(page.get_by_text("与申报一致")).to_be_visible()
    page.get_by_role("button", name=f"确认收到 ¥{yuan}").click()
    done = page.get_by_role("status").filter(has_text="已收到")
    expect(done).to_contain_text("收据号")
    found = re.search(r"收据号\s*(\d+)", done.inner_text())
    assert found
    return int(found[1])


# --- the photos ------------------------------------------------------------------------------------------------------


def upload(agency: Person, folder: Path) -> Locator:
    """Chooses all files of a folder; the region with what each of them became."""
    page = agency.goes("/uploads")
    files = sorted(folder.iterdir())
    page.get_by_label("选择 ZIP 或照片").set_input_files(files)
    batch = page.get_by_role("list", name="上传记录").get_by_role("listitem").first
    expect(batch).to_contain_text("已完成", timeout=60_000)
    expect(batch).to_contain_text(f"{len(files)} 个文件")
    return batch
