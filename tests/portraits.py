"""Portraits in the form of the standard, put together from a head, drawn clothes and a drawn background.

Every property that the check measures is known and can be varied one at a time. One head is always there:
scikit-image's astronaut (NASA, public domain). More, synthetic ones, are used when GRADPHOTO_PORTRAITS names a folder
with `cutouts/*.png` and `*.json`, or when a folder shared/data/portraits stands beside this project.
"""

import io
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from skimage import data

from gradphoto.photos.checking.faces import face_reader
from gradphoto.photos.checking.points import CHIN, EYES, LEFT_CHEEK, LEFT_SIDE, RIGHT_CHEEK, RIGHT_SIDE

Pixels = NDArray[np.uint8]
Numbers = NDArray[Any]
Colour = tuple[int, int, int]
ASTRONAUT = "astronaut"
BACKGROUNDS: dict[str, Colour] = {
    "white": (255, 255, 255), "off-white": (246, 246, 244), "grey": (240, 240, 240), "light blue": (100, 197, 255),
}  # fmt: skip
LIGHT_CLOTHES = (225, 222, 214)


@dataclass(frozen=True, slots=True, eq=False)
class Head:
    """A head and neck with alpha. `eyes` is the middle between them; all in its own pixels."""

    rgba: Pixels
    face_width: float
    eyes: tuple[float, float]
    chin: tuple[float, float]
    skin: Colour


def _folders() -> Iterator[Path]:
    if named := os.environ.get("GRADPHOTO_PORTRAITS"):
        yield Path(named)
    for above in Path(__file__).resolve().parents:
        yield above / "shared" / "data" / "portraits"


@cache
def cutouts() -> Path | None:
    return next((folder / "cutouts" for folder in _folders() if (folder / "cutouts").is_dir()), None)


@cache
def head_names() -> list[str]:
    """The astronaut first; at least that one."""
    folder = cutouts()
    return [ASTRONAUT, *(sorted(path.stem for path in folder.glob("*.png")) if folder else [])]


@cache
def head(name: str) -> Head:
    folder = cutouts()
    if name == ASTRONAUT or folder is None:
        return _astronaut()
    known = json.loads((folder / f"{name}.json").read_text())
    rgba = np.asarray(Image.open(folder / f"{name}.png").convert("RGBA"))
    skin = tuple(int(part) for part in known["skin"])
    return Head(rgba, known["face_w"], tuple(known["eye_mid"]), tuple(known["chin"]), skin)


def _astronaut() -> Head:
    """Cut out by the person's outline, set upright, enlarged and sharpened, for the face is only 92 pixels wide."""
    rgb = np.ascontiguousarray(data.astronaut()[:400, 40:420])
    reader = face_reader()
    marks = reader.landmarks(rgb, reader.faces(rgb)[0])
    alpha = cv2.resize(reader.person(rgb), (rgb.shape[1], rgb.shape[0]))
    turn = cv2.getRotationMatrix2D((185, 104), marks.roll, 1) * 2.4
    size = (int(380 * 2.4), int(260 * 2.4))
    large = cv2.warpAffine(rgb, turn, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE).astype(np.float32)
    large += 1.2 * (large - cv2.GaussianBlur(large, (0, 0), 1.6))
    large += np.random.default_rng(1).normal(0, 3.0, large.shape)
    mask = np.clip(cv2.warpAffine(alpha, turn, size) * 1.6 - 0.6, 0, 1)
    points = marks.points[:, :2] @ turn[:, :2].T + turn[:, 2]
    chin = points[CHIN]
    below = np.clip((np.arange(size[1]) - chin[1]) / (0.25 * (chin[1] - 104 * 2.4)), 0, 1)
    mask *= (1 - below)[:, None]
    mask[int(chin[1]) - 60 :, np.abs(np.arange(size[0]) - chin[0]) > 95] = 0  # the collar of the suit
    eyes = points[[corner for eye in EYES for corner in (eye.outer, eye.inner)]].mean(0)
    width = float(np.linalg.norm(points[LEFT_SIDE] - points[RIGHT_SIDE]))
    pixels = np.dstack([np.clip(large, 0, 255), mask * 255]).astype(np.uint8)
    spots = points[RIGHT_CHEEK + LEFT_CHEEK].astype(int)
    red, green, blue = np.median(pixels[spots[:, 1], spots[:, 0], :3], axis=0).astype(int)
    return Head(pixels, width, (eyes[0], eyes[1]), (chin[0], chin[1]), (int(red), int(green), int(blue)))


def compose(
    of: Head,
    *,
    width: int = 480,
    height: int = 640,
    background: Colour = BACKGROUNDS["white"],
    clothes: Colour = LIGHT_CLOTHES,
    face_width: float = 215,
    eyes: float = 252,
    dx: float = 0,
    angle: float = 0,
    gradient: float = 0,
    texture: Pixels | None = None,
    side_light: float = 0,
    shadow: float = 0,
    stripes: bool = False,
    seed: int = 1,
) -> Pixels:
    """Lengths in pixels of a photo of 480 x 640; `angle` rolls the head; `shadow` falls on the wall behind."""
    random = np.random.default_rng(seed)
    unit = width / 480
    scale = face_width / of.face_width * unit
    back = cv2.getRotationMatrix2D(of.eyes, -angle, scale)
    back[:, 2] += (width / 2 + dx * unit - of.eyes[0], eyes * height / 640 - of.eyes[1])
    way = cv2.INTER_CUBIC if scale > 1 else cv2.INTER_AREA
    alpha = of.rgba[..., 3].astype(np.float32) / 255
    skin = cv2.warpAffine(of.rgba[..., :3] * alpha[..., None], back, (width, height), flags=way)
    alpha = np.clip(cv2.warpAffine(alpha, back, (width, height), flags=way), 0, 1)[..., None]
    picture = np.tile(np.array(background, np.float32), (height, width, 1))
    if texture is not None:
        picture = cv2.resize(texture, (width, height), interpolation=cv2.INTER_AREA).astype(np.float32)
    picture += np.linspace(-1, 1, width)[None, :, None] * gradient
    if shadow:
        fallen = np.roll(alpha[..., 0], (int(18 * height / 640), int(34 * unit)), (0, 1))
        picture *= 1 - shadow * cv2.GaussianBlur(fallen, (0, 0), 9 * unit)[..., None]
    picture += random.normal(0, 1.2, (height, width, 1))
    chin = back @ np.array([*of.chin, 1.0])
    long = (of.chin[1] - of.eyes[1]) * scale
    neck = np.array([chin[0], chin[1] + long * 0.06])
    half = face_width * unit * 0.37
    ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
    throat = [(-0.9, -0.18), (0.9, -0.18), (0.95, 0.8), (-0.95, 0.8)]
    bare = _filled(throat, neck, half, long, (height, width), 2 * unit)
    picture = picture * (1 - bare) + (np.array(of.skin) * 0.86 + random.normal(0, 2, (height, width, 1))) * bare
    picture = picture * (1 - alpha) + skin
    worn = _filled(_CLOTHES, neck, half, long, (height, width), 1.1 * unit)
    shade = 1 - 0.16 * np.abs(xs - neck[0]) / (width / 2)
    shade -= 0.10 * np.exp(-(((ys - neck[1]) / (long * 0.3 + 1)) ** 2))
    cloth = np.array(clothes, np.float32) * shade[..., None]
    if stripes:
        cloth = np.where((ys.astype(int) // 14 % 2 == 0)[..., None], cloth, cloth * 0.55)
    picture = picture * (1 - worn) + (cloth + random.normal(0, 2.2, (height, width, 1))) * worn
    edge = cv2.GaussianBlur(cv2.Canny((worn * 255).astype(np.uint8), 50, 150), (0, 0), 1.4 * unit)
    picture *= 1 - 0.22 * edge.astype(np.float32)[..., None] / 255
    picture *= (1 + side_light * np.clip((xs - neck[0]) / (width / 2), -1, 1))[..., None]
    return np.clip(picture, 0, 255).astype(np.uint8)


# Shoulders and collar: x in halves of the neck, y in lengths from eyes to chin below it.
_CLOTHES = [
    (-0.98, 0), (-1.25, 0.10), (-2.0, 0.34), (-2.9, 0.55), (-3.5, 0.95), (-3.9, 9), (3.9, 9), (3.5, 0.95), (2.9, 0.55),
    (2.0, 0.34), (1.25, 0.10), (0.98, 0), (0.25, 0.62), (0, 0.72), (-0.25, 0.62),
]  # fmt: skip


def _filled(
    outline: list[tuple[float, float]],
    neck: Numbers,
    half: float,
    long: float,
    shape: tuple[int, int],
    soft: float,
) -> Numbers:
    """0 to 1, one channel."""
    corners = np.array([(neck[0] + x * half, min(neck[1] + y * long, shape[0] + 60)) for x, y in outline])
    mask = np.zeros(shape, np.uint8)
    cv2.fillPoly(mask, [np.round(corners * 16).astype(np.int32)], (255,), cv2.LINE_AA, 4)
    return cv2.GaussianBlur(mask, (0, 0), soft).astype(np.float32)[..., None] / 255


def jpg(picture: Pixels | Image.Image, quality: int = 88, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image = picture if isinstance(picture, Image.Image) else Image.fromarray(picture)
    image.save(buffer, "JPEG", **{"quality": quality, "dpi": (300, 300)} | options)
    return buffer.getvalue()


@cache
def portrait(seed: int = 1, name: str = ASTRONAUT) -> bytes:
    """A sound photo in the standard's form; another seed is another file."""
    return jpg(compose(head(name), seed=seed))
