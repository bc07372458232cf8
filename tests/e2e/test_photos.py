"""From the agency's folder to a package that proves itself: 300 photos with 12 faults, the tray, one from abroad."""

import io
import re
import zipfile
from pathlib import Path

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from playwright.sync_api import Browser, expect

import jpegs
from e2e import phones
from e2e.browsing import DESK, PHONE, TABLET, Arrive, Person
from e2e.papers import Pupil, photo, pupils

pytestmark = pytest.mark.e2e

EVERYBODY = pupils()
ABROAD, FACELESS, MISTYPED, *OTHERS = EVERYBODY[:299]
GOOD, BAD = OTHERS[:288], OTHERS[288:]
SECONDS = 1_000
FAULTS = 12


@pytest.fixture(scope="module")
def demo() -> bool:
    return True


def test_from_the_agencys_folder_to_a_package_that_proves_itself(
    arrive: Arrive, browser: Browser, links: dict[str, str], tmp_path: Path
) -> None:
    agency = arrive("agency", TABLET)
    agency.goes(links["图片社"]).wait_for_url("**/station**")
    send_the_day(agency, tmp_path)
    clear_the_tray(agency)

    student = arrive("student abroad", PHONE)
    phones.sign_in(student, ABROAD)
    return_from_abroad(student)

    registrar = arrive("registrar", DESK)
    registrar.goes(links["教务处"]).wait_for_url("**/desk")
    package = download_a_package(registrar, tmp_path)
    prove(browser, package, tmp_path)


def send_the_day(agency: Person, folder: Path) -> None:
    """Each of the 300 files gets its own verdict; what is wrong is said of that one only."""
    day = folder / "day"
    day.mkdir()
    for pupil in GOOD:
        (day / f"{pupil.id_number}.jpg").write_bytes(photo(pupil.number))
    faults = _faults()
    assert len(faults) == FAULTS
    for name, data in faults.items():
        (day / name).write_bytes(data)
    page = agency.goes("/uploads")
    page.get_by_label("选择 ZIP 或照片").set_input_files(sorted(day.iterdir()))
    batch = page.get_by_role("list", name="上传记录").get_by_role("listitem").first
    expect(batch.get_by_text("已完成")).to_be_visible(timeout=240 * SECONDS)
    results = page.get_by_role("group", name="按结果筛选")
    expect(results.get_by_role("button", name=re.compile("^未通过"))).to_contain_text("8")
    expect(results.get_by_role("button", name=re.compile("^待认领"))).to_contain_text(str(len(GOOD) + 4))
    results.get_by_role("button", name=re.compile("^未通过")).click()
    files = page.get_by_role("list", name="每个文件的结果")
    expect(files).to_contain_text("应为 480x640")
    expect(files).to_contain_text("PNG 图片")
    expect(page.get_by_role("main")).not_to_contain_text(GOOD[0].id_number)


def _faults() -> dict[str, bytes]:
    """Eight files that are no good themselves, a face that is none, three that nobody can tell whose they are."""
    small, cut, png = BAD[:3], BAD[3:6], BAD[6:8]
    found = {f"{pupil.id_number}.jpg": photo(pupil.number, (358, 441)) for pupil in small}
    found |= {f"{pupil.id_number}.jpg": photo(pupil.number)[:9_000] for pupil in cut}
    found |= {f"{pupil.id_number}.jpg": _png(pupil) for pupil in png}
    found[f"{FACELESS.id_number}.jpg"] = jpegs.faceless(FACELESS.number)
    found["119900199001010010.jpg"] = photo("a number that is on no roster")
    found["IMG_2018.jpg"] = photo("who is it?")
    last = str((int(MISTYPED.id_number[16]) + 1) % 10)
    found[f"{MISTYPED.id_number[:16]}{last}{MISTYPED.id_number[17]}.jpg"] = photo("one digit is wrong")
    return found


def _png(pupil: Pupil) -> bytes:
    out, text = io.BytesIO(), PngInfo()
    text.add_text("number", pupil.number)
    Image.open(io.BytesIO(photo(pupil.number))).save(out, "PNG", pnginfo=text)
    return out.getvalue()


def clear_the_tray(agency: Person) -> None:
    """Class by class beside the roster; one confirmation taken back and given again."""
    page = agency.goes("/uploads/tray")
    page.get_by_role("region", name="按班级核对").get_by_role("button").first.click()
    confirm = page.get_by_role("button", name=re.compile(r"^确认本班全部建议（\d+）"))
    expect(confirm).to_be_visible()
    confirm.click()
    expect(page.get_by_text(re.compile(r"已确认 \d+ 张"))).to_be_visible()
    page.get_by_role("button", name=re.compile("^撤销")).click()
    expect(page.get_by_text(re.compile(r"已撤销，\d+ 张恢复为待认领"))).to_be_visible()
    for _ in range(40):
        expect(confirm).to_be_visible()
        confirm.click()
        expect(page.get_by_text(re.compile(r"已确认 \d+ 张"))).to_be_visible()
        following = page.get_by_role("button", name=re.compile("^下一个班"))
        if not following.count():
            break
        following.click()
        expect(page.get_by_text(re.compile(r"已确认 \d+ 张"))).to_be_hidden()
    counts = agency.api("GET", f"/campaigns/{agency.api('GET', '/me')['campaign_id']}/tray")
    assert not any(one["waiting"] for one in counts["classes"]), counts


def return_from_abroad(student: Person) -> None:
    """A photo without a face is answered with the reason; the good one counts."""
    page = student.goes("/me/photo")
    page.locator("input[type=file]").set_input_files(_file("holiday.jpg", jpegs.faceless("abroad")))
    findings = page.get_by_role("region", name="检查结果")
    expect(findings).to_contain_text("没有找到人脸")
    expect(page.get_by_role("button", name=re.compile("请老师看"))).to_be_visible()
    page.locator("input[type=file]").set_input_files(_file("studio.jpg", photo(ABROAD.number)))
    expect(page.get_by_role("main")).to_contain_text("已通过")


def _file(name: str, data: bytes) -> dict[str, object]:
    return {"name": name, "mimeType": "image/jpeg", "buffer": data}


def download_a_package(registrar: Person, folder: Path) -> Path:
    page = registrar.goes("/desk/packages")
    page.get_by_role("button", name="做一个交付包").first.click()
    page.get_by_label("交给谁").fill("省教育考试院")
    page.get_by_role("button", name="制作交付包").click()
    expect(page.get_by_text(re.compile(r"第 1 号交付包做好了：289 张照片"))).to_be_visible(timeout=60 * SECONDS)
    with page.expect_download(timeout=120 * SECONDS) as got:
        page.get_by_role("button", name="下载 ZIP").first.click()
    saved = folder / "package.zip"
    got.value.save_as(saved)
    return saved


def prove(browser: Browser, package: Path, folder: Path) -> None:
    """On another computer, without a network: the page from the package says so, and says so when a bit is flipped."""
    out = folder / "package"
    with zipfile.ZipFile(package) as archive:
        assert archive.testzip() is None
        archive.extractall(out)
    photos = sorted((out / "照片").iterdir())
    assert len(photos) == len(GOOD) + 1
    by_number = {path.stem: path.read_bytes() for path in photos}
    for pupil in (GOOD[0], GOOD[-1], ABROAD):
        assert by_number[pupil.number] == photo(pupil.number), "bit for bit what was sent"
    (page_file,) = out.rglob("verify.html")
    (manifest,) = out.rglob("manifest.jsonl")
    elsewhere = browser.new_context(offline=True)
    page = elsewhere.new_page()
    page.goto(page_file.as_uri())
    page.locator("#files").set_input_files([manifest, *photos])
    expect(page.get_by_role("heading", name="通过", exact=True)).to_be_visible(timeout=60 * SECONDS)
    expect(page.locator("#result")).to_contain_text(f"全部 {len(photos)} 张")
    data = bytearray(photos[7].read_bytes())
    data[len(data) // 2] ^= 1
    photos[7].write_bytes(data)
    page.get_by_role("button", name="清空，重新核对").click()
    page.locator("#files").set_input_files([manifest, *photos])
    expect(page.locator("#result")).to_contain_text("1 张被改过", timeout=60 * SECONDS)
    expect(page.locator("#result")).to_contain_text(photos[7].name)
    elsewhere.close()
