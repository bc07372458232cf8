"""verify.html as somebody has it on a disk years later: opened from file://, without us and without a network."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, FilePayload, Page, Request, expect

import tampering as t
from e2e.browsing import DESK, PHONE, Device
from gradphoto.delivery.sealing import seal
from gradphoto.delivery.sealing.handout import verify_page

pytestmark = pytest.mark.e2e
NO_ED25519 = """
const importKey = crypto.subtle.importKey.bind(crypto.subtle);
crypto.subtle.importKey = (format, data, algorithm, ...rest) => algorithm.name === 'Ed25519'
  ? Promise.reject(new DOMException('x', 'NotSupportedError')) : importKey(format, data, algorithm, ...rest);
"""


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "verify.html"
    path.write_text(verify_page([t.PUBLIC.hex()], "https://photo.example.edu.cn/api/v1/seal/public-key")[0], "utf-8")
    return path


class Opened:
    """The page on somebody's own computer, and everything that it did beyond showing itself."""

    def __init__(
        self, browser: Browser, file: Path, device: Device = DESK, dark: bool = False, before: str = ""
    ) -> None:
        self.context = browser.new_context(
            viewport={"width": device.width, "height": device.height}, color_scheme="dark" if dark else "light"
        )
        self.troubles: list[str] = []
        self.context.on("console", lambda message: self.troubles.append(message.text))
        self.context.on("weberror", lambda error: self.troubles.append(str(error.error)))
        self.context.on("request", self._on_request)
        if before:
            self.context.add_init_script(before)
        self.page: Page = self.context.new_page()
        self.page.goto(file.as_uri())

    def _on_request(self, request: Request) -> None:
        if not request.url.startswith("file:///"):
            self.troubles.append(f"request: {request.url}")

    def give(self, *files: tuple[str, bytes]) -> None:
        """As by the button; then the verdict is there."""
        payload: list[FilePayload] = [{"name": name, "mimeType": "", "buffer": data} for name, data in files]
        before = self.page.evaluate("document.body.dataset.done")
        self.page.locator("#files").set_input_files(payload)
        self.page.wait_for_function("before => document.body.dataset.done !== before", arg=before, timeout=30_000)

    def again(self) -> None:
        self.page.get_by_role("button", name="清空，重新核对").click()


@pytest.fixture
def opened(browser: Browser, file: Path) -> Iterator[Opened]:
    page = Opened(browser, file)
    yield page
    page.context.close()
    assert page.troubles == []


def receipt(value: Any) -> tuple[str, bytes]:
    return "receipt.json", json.dumps(value, ensure_ascii=False).encode()


TITLES = {"same": "通过", "not_this_photo": "收据不是这张照片的", "unreadable": "收据读不懂"}


def test_what_an_earlier_key_sealed_passes_and_its_fingerprint_is_said(browser: Browser, tmp_path: Path) -> None:
    newer = seal.public_key(t.FORGER).hex()
    for keys, title, words in (
        ([newer, t.PUBLIC.hex()], "通过", "（以前用过的）"),
        ([t.PUBLIC.hex()], "通过", "（现用的）"),
        ([newer], "收据是假的", "太旧"),
    ):
        file = tmp_path / "verify.html"
        file.write_text(verify_page(keys, "https://photo.example.edu.cn")[0], "utf-8")
        opened = Opened(browser, file)
        opened.give(receipt(t.RECEIPT), ("photo.jpg", t.PHOTO))
        card = opened.page.locator("#result .card")
        expect(card.locator("h2")).to_have_text(title)
        expect(card).to_contain_text(words)
        under = f"封印所用公钥的指纹：{seal.fingerprint(t.PUBLIC)}"
        assert (under in card.inner_text()) == (title == "通过")
        expect(opened.page.locator("#keys code")).to_have_text([seal.fingerprint(bytes.fromhex(one)) for one in keys])
        opened.context.close()
        assert opened.troubles == []


def test_every_tampering_is_named_as_in_python(opened: Opened) -> None:
    for case in t.CASES:
        opened.give(("photo.jpg", case.photo), receipt(case.receipt))
        said = opened.page.locator("#result").inner_text()
        if case.code != "unreadable":
            assert opened.page.locator("#result .card").get_attribute("data-code") == case.code, (case.name, said)
            assert case.words in said, (case.name, said)
        false = "收据是假的" if case.code.startswith("wrong_") else "照片被改过"
        title = TITLES.get(case.code, false)
        if case.code != "unreadable":
            assert said.startswith(title), (case.name, said)
        else:
            assert "还缺收据" in said or said.startswith(title), said
        opened.again()


def test_a_whole_package_and_what_is_wrong_in_it(opened: Opened) -> None:
    opened.give(("manifest.jsonl", t.manifest_of()), *t.FOLDER.items())
    expect(opened.page.get_by_role("heading", name="通过", exact=True)).to_be_visible()
    assert "全部 21 张" in opened.page.locator("#result").inner_text()
    opened.again()
    opened.give(("manifest.jsonl", t.manifest_of()), *t.troubled_folder().items())
    said = opened.page.locator("#result").inner_text()
    assert said.startswith("不通过") and "17 张通过；4 张被改过或不该在这里；缺少 1 张" in said, said
    items = opened.page.locator("#result li").all_inner_texts()
    for name, words in t.FOUND.items():
        assert any(item.startswith(name) and words in item for item in items), (name, items)


def test_a_package_of_withdrawals_alone_needs_no_photos(opened: Opened) -> None:
    lines = [t.line(0, t.PHOTO, change="withdrawn")]
    for photos, title in ((0, "通过"), (1, "还缺照片")):
        sealed = seal.seal(lines, t.FACTS | {"photos": photos}, "", t.SECRET)
        opened.give(("manifest.jsonl", seal.manifest(sealed, lines)))
        expect(opened.page.locator("#result h2")).to_have_text(title)
        opened.again()


def test_a_false_manifest_is_refused_whole(opened: Opened) -> None:
    for name, manifest, words in t.MANIFESTS:
        opened.give(("manifest.jsonl", manifest), *t.FOLDER.items())
        said = opened.page.locator("#result").inner_text()
        assert said.startswith("不通过") and words in said, (name, said)
        opened.again()


def test_it_says_what_is_missing_and_shows_the_key(opened: Opened) -> None:
    opened.give(("photo.jpg", t.PHOTO))
    expect(opened.page.get_by_role("heading", name="还缺收据或清单")).to_be_visible()
    opened.give(receipt(t.RECEIPT))
    expect(opened.page.get_by_role("heading", name="通过", exact=True)).to_be_visible()
    expect(opened.page.locator("#fingerprint")).to_have_text(seal.fingerprint(t.PUBLIC))
    expect(opened.page.locator("#where")).to_have_text("https://photo.example.edu.cn/api/v1/seal/public-key")


def test_many_photos_each_with_the_own_receipt(opened: Opened) -> None:
    files = [(f"r{i}.json", json.dumps(seal.receipt(t.SEALED, t.TREE, t.LINES[i])).encode()) for i in (1, 2)]
    opened.give(*files, ("a.jpg", t.PHOTOS[2]), ("b.jpg", t.PHOTOS[1]))
    assert [one.get_attribute("data-code") for one in opened.page.locator(".card").all()] == ["same", "same"]


def test_with_the_keyboard_alone(opened: Opened) -> None:
    opened.page.bring_to_front()  # a window that has not the focus opens no dialog
    reached = []
    for _ in range(2):
        opened.page.keyboard.press("Tab")
        reached.append(opened.page.evaluate("document.activeElement.id"))
    assert reached == ["files", "folder"]
    with opened.page.expect_file_chooser():
        opened.page.keyboard.press("Enter")
    opened.give(("photo.jpg", t.PHOTO), receipt(t.RECEIPT))
    opened.page.keyboard.press("Tab")
    assert opened.page.evaluate("document.activeElement.id") == "again"
    opened.page.keyboard.press("Enter")
    assert opened.page.evaluate("document.activeElement.id") == "files"
    assert opened.page.locator("#result").inner_text() == ""


def test_a_browser_without_ed25519_compares_and_says_so(browser: Browser, file: Path) -> None:
    page = Opened(browser, file, before=NO_ED25519)
    page.give(("photo.jpg", t.PHOTO), receipt(t.RECEIPT))
    said = page.page.locator("#result").inner_text()
    assert said.startswith("内容相同，签名没有核对") and "不支持 Ed25519" in said
    page.again()
    page.give(("photo.jpg", t.flipped(t.PHOTO, 5000)), receipt(t.RECEIPT))
    assert page.page.locator("#result").inner_text().startswith("照片被改过")
    page.context.close()


def test_nothing_can_leave_the_page(browser: Browser, file: Path) -> None:
    """Negative control of the policy: what a changed page might try is stopped."""
    page = Opened(browser, file)
    tried = page.page.evaluate("fetch('https://example.com/').then(() => 'went', () => 'stopped')")
    assert tried == "stopped" and any("Content Security Policy" in one for one in page.troubles)
    page.context.close()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("device", [DESK, PHONE], ids=["desk", "phone"])
def test_it_is_accessible_in_every_state(browser: Browser, file: Path, device: Device, dark: bool) -> None:
    page = Opened(browser, file, device, dark)
    states: list[list[tuple[str, bytes]]] = [
        [],
        [("photo.jpg", t.PHOTO), receipt(t.RECEIPT)],
        [("photo.jpg", t.PHOTOS[1]), receipt(t.RECEIPT)],
        [("manifest.jsonl", t.manifest_of()), *t.troubled_folder().items()],
    ]
    for state in states:
        if state:
            page.give(*state)
        found = Axe().run(page.page).response["violations"]
        assert [(one["id"], one["nodes"][0]["html"]) for one in found] == []
        assert page.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing to scroll sideways"
    page.context.close()
