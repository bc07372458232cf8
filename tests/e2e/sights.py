"""Every page of the site: its route, who looks at it, on which device, and under which name its picture is kept."""

import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from PIL import Image
from playwright.sync_api import Page, expect

from e2e.browsing import DESK, PHONE, TABLET, WALL, Device
from e2e.busy_day import Ids
from gradphoto.core.settings import PROJECT

ROUTER = PROJECT / "frontend" / "src" / "router.ts"
PICTURES = PROJECT / "docs" / "screens"
MOST_BYTES = 150 * 1024
NOBODY = ""


class Sight(NamedTuple):
    name: str
    route: str
    who: str
    device: Device
    path: Callable[[Ids], str]
    kept: str = ""
    prepare: Callable[[Page], None] | None = None


def _at(name: str, route: str, who: str, device: Device, path: str = "", *, kept: str = "") -> Sight:
    return Sight(name, route, who, device, lambda _: path or route, kept)


def _open_station(page: Page) -> None:
    """A tablet is told once which station it is."""
    page.get_by_role("button", name="1 号机").or_(page.get_by_role("heading", name="1 号机")).first.wait_for()
    if page.get_by_role("heading", name="1 号机", level=1).count() == 0:
        page.get_by_role("button", name="1 号机").click()
    expect(page.get_by_role("heading", name="1 号机", level=1)).to_be_visible()


def _look_for(page: Page) -> None:
    page.get_by_role("searchbox").fill("自15")
    page.get_by_role("list", name="找到的学生").wait_for()


SIGHTS = [
    _at("sign-in", "/sign-in", NOBODY, PHONE, kept="light"),
    _at("sign-in-staff", "/sign-in", NOBODY, DESK, "/sign-in?as=staff"),
    _at("start", "/", NOBODY, PHONE),
    _at("dead-link", "/l/:token", NOBODY, PHONE, "/l/no-such-link"),
    _at("set-password", "/set-password/:token", NOBODY, PHONE, "/set-password/any"),
    _at("photo-check", "/check", NOBODY, PHONE, kept="light"),
    _at("photo-check-desk", "/check", NOBODY, DESK),
    _at("not-found", "/:rest(.*)*", NOBODY, PHONE, "/nowhere/at/all"),
    _at("not-allowed", "/not-allowed", "学生", PHONE, "/desk"),
    _at("student-card", "/me", "学生", PHONE, kept="light dark"),
    _at("student-check-in", "/c/:token", "学生", PHONE, "/c/seen-at-the-door"),
    _at("student-photo", "/me/photo", "学生", PHONE, kept="light"),
    _at("student-registry", "/me/registry", "学生", PHONE),
    _at("monitor-fees", "/class", "班长", PHONE, kept="light dark"),
    _at("monitor-check-in", "/class/check-in", "班长", PHONE),
    _at("monitor-sheet", "/class/sheet", "班长", PHONE),
    _at("monitor-handover", "/class/handover", "班长", PHONE, kept="light"),
    Sight("receipt", "/class/receipts/:id", "班长", PHONE, lambda ids: f"/class/receipts/{ids.receipt}"),
    _at("college", "/college", "辅导员", DESK, kept="light"),
    Sight("college-class", "/college/classes/:id", "辅导员", DESK, lambda ids: f"/college/classes/{ids.class_group}"),
    Sight("station", "/station", "图片社", TABLET, lambda _: "/station", "light", _open_station),
    _at("till", "/till", "图片社", TABLET, kept="light"),
    _at("uploads", "/uploads", "图片社", TABLET),
    _at("tray", "/uploads/tray", "图片社", TABLET),
    Sight(
        "tray-class", "/uploads/tray", "图片社", TABLET, lambda ids: f"/uploads/tray?class={ids.class_group}", "light"
    ),
    _at("board", "/board", "现场大屏", WALL, kept="light"),
    _at("door", "/door", "现场大屏", WALL, kept="light"),
    _at("dashboard", "/desk", "教务处", DESK, kept="light dark"),
    _at("setup", "/desk/setup", "教务处", DESK, kept="light"),
    _at("setup-roster", "/desk/setup", "教务处", DESK, "/desk/setup?step=roster"),
    _at("setup-timetable", "/desk/setup", "教务处", DESK, "/desk/setup?step=timetable"),
    _at("timetable", "/desk/timetable", "教务处", DESK, kept="light"),
    _at("timetable-repair", "/desk/timetable", "教务处", DESK, "/desk/timetable?side=repair", kept="light"),
    _at("timetable-queue", "/desk/timetable", "教务处", DESK, "/desk/timetable?view=queue"),
    _at("timetable-auto", "/desk/timetable", "教务处", DESK, "/desk/timetable?view=auto"),
    _at("timetable-versions", "/desk/timetable", "教务处", DESK, "/desk/timetable?view=versions"),
    _at("print-poster", "/desk/print/poster", "教务处", DESK, kept="light"),
    Sight("print-door", "/desk/print/door/:slotId", "教务处", DESK, lambda ids: f"/desk/print/door/{ids.slot}"),
    Sight(
        "print-classes", "/desk/print/classes/:slotId", "教务处", DESK, lambda ids: f"/desk/print/classes/{ids.slot}"
    ),
    Sight(
        "print-class",
        "/desk/print/class/:classGroupId",
        "辅导员",
        DESK,
        lambda ids: f"/desk/print/class/{ids.class_group}",
    ),
    _at("students", "/desk/students", "教务处", DESK),
    _at("photos", "/desk/photos", "教务处", DESK),
    _at("photos-rejected", "/desk/photos", "教务处", DESK, "/desk/photos?tab=rejected", kept="light"),
    _at("desk-tray", "/desk/tray", "教务处", DESK),
    Sight("desk-tray-find", "/desk/tray", "教务处", DESK, lambda _: "/desk/tray?nobodys=all", prepare=_look_for),
    Sight("tray-find", "/uploads/tray", "图片社", TABLET, lambda _: "/uploads/tray?nobodys=all", prepare=_look_for),
    _at("photo-standard", "/desk/photo-standard", "教务处", DESK, kept="light"),
    _at("fees", "/desk/fees", "教务处", DESK),
    _at("missing", "/desk/missing", "教务处", DESK, kept="light"),
    _at("missing-classes", "/desk/missing", "教务处", DESK, "/desk/missing?view=classes"),
    _at("mail", "/desk/mail", "教务处", DESK),
    _at("mail-settings", "/desk/mail", "教务处", DESK, "/desk/mail?settings=1"),
    _at("packages", "/desk/packages", "教务处", DESK),
    _at("packages-make", "/desk/packages", "教务处", DESK, "/desk/packages?make=1", kept="light"),
    _at("registry", "/desk/registry", "教务处", DESK),
    _at("accounts", "/desk/accounts", "教务处", DESK),
    _at("audit", "/desk/audit", "教务处", DESK),
]


def routes() -> set[str]:
    """The addresses that the router knows: those of children are written after their parent's."""
    found, parent = set(), ""
    for line in ROUTER.read_text("utf-8").splitlines():
        if re.match(r"    path: '", line):
            parent = line.split("'")[1]
        elif written := re.match(r"\s+\{ path: '([^']*)'", line):
            path = written[1]
            found.add(path if path.startswith("/") else f"{parent}/{path}".rstrip("/"))
    return found


def keep_picture(page: Page, name: str) -> None:
    """A small PNG for the README; a crowded page becomes a JPEG."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    for kind, options in (("png", {"optimize": True}), *(("jpg", {"quality": q, "optimize": True}) for q in (80, 60))):
        buffer = io.BytesIO()
        drawn = picture.quantize(192) if kind == "png" else picture
        drawn.save(buffer, "PNG" if kind == "png" else "JPEG", **options)
        if buffer.tell() <= MOST_BYTES:
            for old in PICTURES.glob(f"{name}.*"):
                old.unlink()
            Path(PICTURES / f"{name}.{kind}").write_bytes(buffer.getvalue())
            return
    raise AssertionError(f"{name}: no picture of it is smaller than {MOST_BYTES} bytes")
