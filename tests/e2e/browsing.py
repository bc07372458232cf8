"""People at their devices: each has a browser of their own, which remembers everything that went wrong in it."""

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from playwright.sync_api import Browser, ConsoleMessage, Page, Playwright, Request

SYSTEM_CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
NO_BROWSER = "没有浏览器：tests/e2e 没有运行。请安装 chromium（apt install chromium）后再执行 make test。"
# A refusal of the server, or no network: the page has to cope, and the story looks whether it does.
EXPECTED = re.compile(r"Failed to load resource: (the server responded with a status of 4\d\d|net::ERR_)")


class Device(NamedTuple):
    width: int
    height: int
    touch: bool = False


PHONE = Device(390, 844, touch=True)
TABLET = Device(1024, 768, touch=True)
DESK = Device(1440, 900)
WALL = Device(1920, 1080)


def launch(playwright: Playwright, *, headed: bool) -> Browser | None:
    """Debian's Chromium, else Playwright's own; None when there is neither."""
    found = SYSTEM_CHROMIUM if SYSTEM_CHROMIUM.exists() else Path(playwright.chromium.executable_path)
    if not found.exists():
        return None
    return playwright.chromium.launch(executable_path=found, args=ARGUMENTS, headless=not headed)


class Person:
    def __init__(self, browser: Browser, url: str, name: str, device: Device, *, dark: bool = False) -> None:
        self.name = name
        self.url = url
        self.context = browser.new_context(
            base_url=url,
            viewport={"width": device.width, "height": device.height},
            has_touch=device.touch,
            is_mobile=device.touch,
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
        )
        self.context.set_default_timeout(15_000)
        self.troubles: list[str] = []
        self.context.on("console", self._on_console)
        self.context.on("weberror", lambda error: self.troubles.append(f"error: {error.error}"))
        self.context.on("request", self._on_request)
        self.page = self.context.new_page()

    def goes(self, path: str) -> Page:
        self.page.goto(path)
        return self.page

    def another_page(self) -> Page:
        return self.context.new_page()

    def api(self, method: str, path: str, **options: Any) -> Any:
        """One call of the API as this person, past the pages."""
        response = self.context.request.fetch(
            f"/api/v1{path}", method=method, headers={"Origin": self.url} | options.pop("headers", {}), **options
        )
        assert response.ok, f"{self.name}: {method} {path}: {response.status} {response.text()[:500]}"
        return response.json() if response.body() else None

    def unexpected(self) -> list[str]:
        return [trouble for trouble in self.troubles if not EXPECTED.search(trouble)]

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.troubles.append(f"{message.type}: {message.text}")

    def _on_request(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme not in ("data", "blob") and f"{address.scheme}://{address.netloc}" != self.url:
            self.troubles.append(f"foreign request: {request.url}")


Arrive = Callable[..., Person]


def must_have_browser() -> bool:
    return os.environ.get("CI") == "true"
