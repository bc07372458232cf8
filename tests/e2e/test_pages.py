"""Every page for the person who may see it, light and dark: accessible, quiet, self-contained, named."""

import os
from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from e2e.browsing import DESK, PHONE, Device, Person
from e2e.busy_day import Ids, fill
from e2e.serving import Site
from e2e.sights import NOBODY, SIGHTS, Sight, keep_picture, routes

pytestmark = pytest.mark.e2e

Sit = Callable[[str, Device, bool], Person]
SETTLE_MS = 300


@pytest.fixture(scope="module")
def demo() -> bool:
    return True


@pytest.fixture(scope="module")
def sit(browser: Browser, site: Site, links: dict[str, str]) -> Iterator[Sit]:
    """A signed-in person at a device, kept from page to page."""
    sitting: dict[tuple[str, Device, bool], Person] = {}

    def down(who: str, device: Device, dark: bool) -> Person:
        key = who, device, dark
        if key not in sitting:
            person = sitting[key] = Person(browser, site.url, who, device, dark=dark)
            if who != NOBODY:
                person.goes(links[who])
                person.page.wait_for_url(lambda url: "/l/" not in url)
        return sitting[key]

    yield down
    for person in sitting.values():
        person.context.close()


@pytest.fixture(scope="module")
def ids(sit: Sit) -> Ids:
    return fill(sit("教务处", DESK, False), sit("图片社", DESK, False), sit("班长", PHONE, False))


def test_no_route_is_left_out() -> None:
    assert {sight.route for sight in SIGHTS} == routes()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("sight", SIGHTS, ids=lambda sight: sight.name)
def test_page(sight: Sight, dark: bool, sit: Sit, ids: Ids) -> None:
    person = sit(sight.who, sight.device, dark)
    person.troubles.clear()
    page = person.another_page()
    page.goto(sight.path(ids))
    settle(page)
    if sight.prepare:
        sight.prepare(page)
        settle(page)

    heading = page.get_by_role("heading", level=1)
    expect(heading).to_have_count(1)
    assert heading.inner_text().strip()
    assert page.title().endswith("毕业生图像采集")
    assert page.evaluate("document.documentElement.scrollWidth") <= sight.device.width, "scrolls sideways"
    assert page.evaluate("document.documentElement.classList.contains('dark')") == dark
    violations = Axe().run(page)
    assert violations.violations_count == 0, violations.generate_report()
    if os.environ.get("GRADPHOTO_SHOTS") == "1" and ("dark" if dark else "light") in sight.kept:
        keep_picture(page, f"{sight.name}-dark" if dark else sight.name)
    page.close()
    # Who has not signed in is told so by the server, and so is who has a link that does not work.
    assert not (person.unexpected() if sight.who == NOBODY else person.troubles)


def settle(page: Page) -> None:
    """Nothing is loading any more. The network never falls silent: live pages keep listening."""
    expect(page.get_by_role("heading", level=1)).to_have_count(1)
    expect(page.get_by_role("status", name="正在读取")).to_have_count(0)
    page.evaluate("document.fonts.ready")
    page.wait_for_timeout(SETTLE_MS)


def test_what_is_looked_for_would_be_seen(sit: Sit) -> None:
    person = sit(NOBODY, PHONE, False)
    person.troubles.clear()
    page = person.another_page()
    page.goto("/sign-in")
    settle(page)
    page.evaluate(
        """() => {
            document.querySelector('main').append(document.createElement('input'))
            setTimeout(() => { throw new Error('a slip') })
            console.warn('a warning')
            document.createElement('img').src = 'http://elsewhere.invalid/x.png'
        }"""
    )
    page.wait_for_timeout(SETTLE_MS)
    assert Axe().run(page).violations_count == 1
    seen = "\n".join(person.unexpected())
    assert all(trouble in seen for trouble in ("a slip", "a warning", "elsewhere.invalid")), seen
    page.close()
