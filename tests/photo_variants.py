"""Each way in which the picture of a photo may be wrong, or just unusual, with what the check should say."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from skimage import data

from gradphoto.photos.checking.report import PhotoReport
from photo_faults import (
    exposed,
    eyes_closed,
    glasses,
    masked,
    points_of,
    resized,
    shaken,
    soft,
    stamped,
)
from portraits import BACKGROUNDS, compose, head, head_names, jpg

Pixels = NDArray[np.uint8]
Expected = Literal["pass", "review", "block", "wrong"]
GREYISH = ("background_dark", "background_colour")


@dataclass(frozen=True, slots=True)
class Variant:
    """`expected`: wrong = review or block. `codes`: any of these is the right reason; empty = any reason is."""

    name: str
    of: str
    make: Callable[[], bytes]
    expected: Expected
    codes: tuple[str, ...] = ()
    options: dict[str, Any] = field(default_factory=dict)

    def verdict(self, report: PhotoReport) -> str:
        levels = {finding.level for finding in report.findings}
        return "block" if "block" in levels else "review" if "review" in levels else "pass"

    def right(self, report: PhotoReport) -> bool:
        verdict = self.verdict(report)
        if self.expected != verdict and (self.expected != "wrong" or verdict == "pass"):
            return False
        named = {finding.code for finding in report.findings if finding.level != "info"}
        return not self.codes or bool(named & set(self.codes))


def good(name: str, of: str, **options: Any) -> Variant:
    quality = options.pop("quality", 88)
    return Variant(name, of, lambda: jpg(compose(head(of), **options), quality), "pass")


def picture_variants(of: str) -> Iterator[Variant]:
    background = list(BACKGROUNDS.values())[head_names().index(of) % len(BACKGROUNDS)]
    yield from _good(of, background)
    yield from _places(of, background)
    yield from _light(of, background)
    yield from _around(of, background)
    yield from _content(of, background)


def _bad(of: str, name: str, expected: Expected, codes: tuple[str, ...] | str, **options: Any) -> Variant:
    reasons = (codes,) if isinstance(codes, str) else codes
    return Variant(name, of, lambda: jpg(compose(head(of), **options)), expected, reasons)


def _painted(
    of: str,
    name: str,
    expected: Expected,
    codes: tuple[str, ...] | str,
    paint: Callable[[Pixels], Pixels],
    **options: Any,
) -> Variant:
    reasons = (codes,) if isinstance(codes, str) else codes
    return Variant(name, of, lambda: jpg(np.ascontiguousarray(paint(compose(head(of), **options)))), expected, reasons)


def _good(of: str, background: tuple[int, int, int]) -> Iterator[Variant]:
    use = partial(good, of=of, background=background)
    yield use("good")
    yield good("good on white", of)
    yield good("good on light blue", of, background=BACKGROUNDS["light blue"])
    yield good("good on cream", of, background=(236, 226, 200))
    yield use("good, quality 62", quality=62)
    yield use("good, quality 97", quality=97)
    yield use("good, a little beside", dx=12, eyes=262)
    yield use("good, face 192", face_width=192, eyes=245)
    yield use("good, face 240", face_width=240, eyes=275)
    yield use("good, roll 2", angle=2)
    for name, colour in {
        "pink": (230, 190, 195), "beige": (214, 196, 160), "black": (34, 33, 35), "red": (170, 40, 45),
        "green": (70, 110, 75), "grey": (150, 150, 152),
    }.items():  # fmt: skip
        yield use(f"good, {name} clothes", clothes=colour)
    yield good("good, purple clothes", of, clothes=(110, 60, 140))
    yield good("good, teal clothes", of, clothes=(20, 120, 120))
    clear = compose(head(of), background=background)
    yield Variant("good, clear glasses", of, lambda: jpg(glasses(clear, points_of(clear))), "pass")
    yield Variant("good, 4:4:4", of, lambda: jpg(clear, subsampling=0), "pass")


def _places(of: str, background: tuple[int, int, int]) -> Iterator[Variant]:
    use = partial(_bad, of, background=background)
    paint = partial(_painted, of, background=background)
    turned = ("roll", "no_face", "face_unclear", "upside_down")
    yield use("face half as wide", "block", "face_small", face_width=105, eyes=250)
    yield use("face 152", "wrong", "face_small", face_width=152, eyes=250)
    yield use("face 335", "wrong", ("face_large", "head_top"), face_width=335, eyes=290)
    yield use("face 400", "block", ("face_large", "head_top"), face_width=400, eyes=300)
    yield use("45 off centre", "wrong", "off_centre", dx=45)
    yield use("100 off centre", "block", "off_centre", dx=-100)
    yield use("eyes at 150", "wrong", ("eyes_height", "head_top"), eyes=150)
    yield use("eyes at 380", "wrong", ("eyes_height", "head_top"), eyes=380)
    yield use("roll 6", "wrong", "roll", angle=6)
    yield use("roll 12", "block", "roll", angle=-12)
    yield use("roll 25", "block", "roll", angle=25)
    yield paint("on its side", "block", "wrong_size", np.rot90)
    yield paint("on its side in an upright frame", "block", turned, _sideways)
    yield paint("upside down", "block", turned, lambda picture: picture[::-1, ::-1])
    stretch = lambda picture: resized(picture, 480, 640)  # noqa: E731
    options = {"height": 480, "eyes": 253.3}
    yield paint("stretched by 1.33", "wrong", ("stretched", "eyes_height"), stretch, **options)


def _sideways(picture: Pixels) -> Pixels:
    frame = np.full_like(picture, 245)
    frame[140:500] = resized(np.ascontiguousarray(np.rot90(picture)), 480, 360)
    return frame


def _light(of: str, background: tuple[int, int, int]) -> Iterator[Variant]:
    paint = partial(_painted, of, background=background)
    for sigma in (1.6, 2.5, 4.0):
        yield paint(f"blur {sigma}", "wrong", "blurred", partial(soft, sigma=sigma))
    for length in (9, 17):
        yield paint(f"shaken by {length}", "wrong", "blurred", partial(shaken, length=length))
    enlarged = lambda picture: resized(resized(picture, 120, 160), 480, 640)  # noqa: E731
    yield paint("enlarged from 120x160", "wrong", "blurred", enlarged)
    plain = partial(compose, head(of), background=background)
    yield Variant("quality 20", of, lambda: jpg(plain(), 20), "wrong", ("quality_low",))
    for stops in (1, 2, 3):
        yield paint(f"under {stops} EV", "wrong", ("dark", "background_dark"), partial(exposed, stops=-stops))
    yield paint("over 1 EV", "wrong", (), partial(exposed, stops=1))
    yield paint("over 1.7 EV", "wrong", "bright", partial(exposed, stops=1.7))
    yield _bad(of, "light from one side", "wrong", ("uneven_light", "background_uneven"), side_light=0.75)
    grey = lambda picture: np.repeat(np.mean(picture, axis=2, keepdims=True), 3, 2).astype(np.uint8)  # noqa: E731
    yield paint("grey stored as colour", "block", "no_colour", grey)
    blue = lambda picture: np.clip(picture * np.array([0.55, 0.8, 1.3]), 0, 255).astype(np.uint8)  # noqa: E731
    yield paint("blue cast", "wrong", "colour_cast", blue)


def _around(of: str, background: tuple[int, int, int]) -> Iterator[Variant]:
    use = partial(_bad, of)
    yield use("navy clothes", "wrong", "clothes_blue", clothes=(32, 42, 92))
    yield use("royal blue clothes", "block", "clothes_blue", clothes=(40, 80, 190))
    yield use("denim", "wrong", "clothes_blue", clothes=(84, 112, 152))
    yield use("sky blue clothes", "wrong", "clothes_blue", clothes=(150, 195, 240))
    yield use("blue stripes", "wrong", "clothes_blue", clothes=(50, 90, 200), stripes=True)
    yield use("white on white", "wrong", "clothes_like_background", clothes=(254, 254, 254))
    for name, colour in {
        "black": (15, 15, 17), "dark grey": (70, 70, 72), "red": (190, 25, 35), "green": (40, 120, 60),
        "medium blue": (67, 142, 219), "dark blue": (20, 50, 120), "brown": (120, 90, 60),
    }.items():  # fmt: skip
        yield use(f"{name} background", "wrong", GREYISH, background=colour)
    uneven = "background_uneven"
    yield use("gradient 15", "wrong", uneven, background=BACKGROUNDS["grey"], gradient=-15)
    yield use("gradient 40", "wrong", uneven, background=(215, 215, 215), gradient=40)
    for depth in (0.15, 0.35):
        yield use(f"shadow {depth}", "wrong", uneven, background=BACKGROUNDS["grey"], shadow=depth)
    bricks = np.repeat(data.brick()[..., None], 3, 2)[:, :384]
    for name, texture in {
        "rocket": data.rocket()[:, 60:340],
        "coffee": data.coffee()[:, 100:400],
        "bricks": bricks,
    }.items():
        yield use(f"{name} behind", "wrong", (uneven, "background_dark"), texture=np.ascontiguousarray(texture))


def _content(of: str, background: tuple[int, int, int]) -> Iterator[Variant]:
    paint = partial(_painted, of, background=background)
    tinted = ("sunglasses", "eyes_closed")
    closed = lambda picture: eyes_closed(picture, points_of(picture))  # noqa: E731
    yield paint("eyes closed", "wrong", "eyes_closed", closed)
    for name, tint, alpha in (("sunglasses", (18, 18, 20), 0.93), ("brown lenses", (70, 45, 25), 0.85)):
        wear = lambda picture, tint=tint, alpha=alpha: glasses(picture, points_of(picture), tint, alpha)  # noqa: E731
        yield paint(name, "wrong", tinted, wear)
    for name, colour in {"blue": (150, 190, 225), "white": (238, 238, 236), "black": (30, 30, 32)}.items():
        cover = lambda picture, colour=colour: masked(picture, points_of(picture), colour)  # noqa: E731
        yield paint(f"{name} mask", "wrong", "covered", cover)
    names = head_names()
    other = names[(names.index(of) + 3) % len(names)]

    def two(_: Pixels) -> Pixels:
        left, right = (compose(head(who), dx=dx, face_width=150) for who, dx in ((of, -110), (other, 110)))
        return np.concatenate([left[:, :240], right[:, 240:]], axis=1)

    def behind(picture: Pixels) -> Pixels:
        picture = picture.copy()
        picture[60:220, :120] = resized(compose(head(other), background=background), 120, 160)
        return picture

    def framed(picture: Pixels) -> Pixels:
        framed = np.full_like(picture, 40)
        framed[7:-7, 7:-7] = picture[7:-7, 7:-7]
        return framed

    yield paint("two faces", "block", "many_faces", two)
    yield paint("a small face behind", "block", "many_faces", behind)
    yield paint("date stamp", "wrong", "text", stamped)
    yield paint("dark frame", "wrong", "background_uneven", framed)


def without_face() -> Iterator[Variant]:
    pages = {
        "cat": data.chelsea(), "coffee": data.coffee(), "rocket": data.rocket(),
        "page": np.repeat(data.page()[..., None], 3, 2), "moon": np.repeat(data.moon()[..., None], 3, 2),
        "blank": np.full((640, 480, 3), 245, np.uint8),
    }  # fmt: skip
    for name, page in pages.items():
        width = min(page.shape[1], page.shape[0] * 3 // 4)
        part = np.ascontiguousarray(page[: width * 4 // 3, :width])
        yield Variant(f"no face: {name}", "-", partial(jpg, resized(part, 480, 640)), "block", ("no_face",))
