"""The product running for real, and people with browsers before it.

The browser is made here and not by pytest-playwright's session fixtures: while Playwright's synchronous API is up, no
other event loop can run in this thread, and the asynchronous tests of the same run come after these.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from e2e.browsing import NO_BROWSER, Arrive, Device, Person, launch, must_have_browser
from e2e.serving import Site, running

SCREENS = Path("test-results")


@pytest.fixture(scope="module")
def browser(pytestconfig: pytest.Config) -> Iterator[Browser]:
    expect.set_options(timeout=15_000)
    with sync_playwright() as playwright:
        chromium = launch(playwright, headed=pytestconfig.getoption("--headed"))
        if chromium is None:
            pytest.fail(NO_BROWSER) if must_have_browser() else pytest.skip(NO_BROWSER)
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def demo(request: pytest.FixtureRequest) -> bool:
    """Whether the site begins with the demo's campaign; a test module overrides it."""
    return False


@pytest.fixture(scope="module")
def served(demo: bool, browser: Browser) -> Iterator[tuple[Site, dict[str, str]]]:
    with running(demo=demo) as site_and_links:
        yield site_and_links


@pytest.fixture(scope="module")
def site(served: tuple[Site, dict[str, str]]) -> Site:
    return served[0]


@pytest.fixture(scope="module")
def links(served: tuple[Site, dict[str, str]]) -> dict[str, str]:
    """The demo's sign-in links: 教务处, 辅导员, 图片社, 现场大屏, 班长, 学生."""
    return served[1]


@pytest.fixture
def arrive(browser: Browser, site: Site, request: pytest.FixtureRequest) -> Iterator[Arrive]:
    """`arrive(name, device)` gives a person a browser; nobody's browser may have had an error that nobody expected."""
    people: list[Person] = []

    def come(name: str, device: Device, **more: Any) -> Person:
        people.append(Person(browser, site.url, name, device, **more))
        return people[-1]

    yield come
    failed = getattr(request.node, "failed", False)
    for person in people:
        if failed:
            _keep_screen(person, request.node.name)
        person.context.close()
    site.check()
    if not failed:
        assert not [(person.name, person.unexpected()) for person in people if person.unexpected()]


def _keep_screen(person: Person, test: str) -> None:
    SCREENS.mkdir(exist_ok=True)
    for number, page in enumerate(person.context.pages):
        page.screenshot(path=SCREENS / f"{test}-{person.name}-{number}.png", full_page=False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    report = yield
    if report.when == "call":
        item.failed = report.failed  # type: ignore[attr-defined]
    return report


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if any(NO_BROWSER in str(report.longrepr) for report in terminalreporter.getreports("skipped")):
        terminalreporter.section("tests/e2e", sep="*", red=True)
        terminalreporter.line(NO_BROWSER, red=True)
