"""What can be wrong with a portrait, painted onto a sound one."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from gradphoto.photos.checking.faces import face_reader
from gradphoto.photos.checking.points import LEFT_EYE, LEFT_SIDE, RIGHT_EYE, RIGHT_SIDE

Pixels = NDArray[np.uint8]
Points = NDArray[Any]
Colour = tuple[int, int, int]
_LASHES = ([33, 7, 163, 144, 145, 153, 154, 155, 133], [263, 249, 390, 373, 374, 380, 381, 382, 362])
_MASK = [
    123, 50, 118, 114, 197, 343, 347, 280, 352, 401, 435, 367, 364, 394, 379, 400, 152, 176, 150, 169, 135, 138, 215,
    177,
]  # fmt: skip


def points_of(picture: Pixels) -> Points:
    reader = face_reader()
    points: Points = reader.landmarks(picture, reader.faces(picture)[0]).points[:, :2]
    return points


def _over(picture: Pixels, mask: Pixels, colour: Any, alpha: float = 1) -> Pixels:
    share = mask[..., None] / 255 * alpha
    return np.asarray(picture * (1 - share) + np.array(colour) * share, np.uint8)


def eyes_closed(picture: Pixels, points: Points) -> Pixels:
    """The opening filled with the lid's skin, the lashes along the lower lid."""
    for eye, lashes, lid in ((RIGHT_EYE, _LASHES[0], 223), (LEFT_EYE, _LASHES[1], 443)):
        x, y = points[lid].astype(int)
        skin = np.median(picture[y : y + 6, x - 5 : x + 5].reshape(-1, 3), 0)
        mask = np.zeros(picture.shape[:2], np.uint8)
        cv2.fillPoly(mask, [points[eye.lid].astype(np.int32)], (255,))
        mask = cv2.GaussianBlur(cv2.dilate(mask, np.ones((5, 3), np.uint8)), (0, 0), 1.2)
        picture = _over(picture, mask, skin)
        cv2.polylines(picture, [points[lashes].astype(np.int32)], False, (45, 32, 28), 2, cv2.LINE_AA)
    return picture


def glasses(picture: Pixels, points: Points, tint: Colour | None = None, alpha: float = 0.93) -> Pixels:
    """Clear ones without a tint."""
    wide = float(np.linalg.norm(points[LEFT_SIDE] - points[RIGHT_SIDE]))
    axes, picture = (int(wide * 0.165), int(wide * 0.125)), picture.copy()
    for eye in (RIGHT_EYE, LEFT_EYE):
        x, y = (points[eye.outer] + points[eye.inner]) / 2 + (0, wide * 0.03)
        if tint is not None:
            mask = np.zeros(picture.shape[:2], np.uint8)
            cv2.ellipse(mask, (int(x), int(y)), axes, 0, 0, 360, (255,), -1, cv2.LINE_AA)
            picture = _over(picture, mask, tint, alpha)
        cv2.ellipse(picture, (int(x), int(y)), axes, 0, 0, 360, (25, 25, 25), 3, cv2.LINE_AA)
    ends = [tuple((points[eye.inner] + (0, wide * 0.01)).astype(int).tolist()) for eye in (RIGHT_EYE, LEFT_EYE)]
    cv2.line(picture, ends[0], ends[1], (25, 25, 25), 3, cv2.LINE_AA)
    return picture


def masked(picture: Pixels, points: Points, colour: Colour) -> Pixels:
    mask = np.zeros(picture.shape[:2], np.uint8)
    cv2.fillPoly(mask, [cv2.convexHull(points[_MASK].astype(np.int32))], (255,), cv2.LINE_AA)
    return _over(picture, cv2.GaussianBlur(mask, (0, 0), 1), colour)


def exposed(picture: Pixels, stops: float) -> Pixels:
    """More (or less) light in linear values, as a camera would have it."""
    linear = (picture / 255.0) ** 2.2 * 2**stops
    return np.asarray(np.clip(linear, 0, 1) ** (1 / 2.2) * 255, np.uint8)


def soft(picture: Pixels, sigma: float) -> Pixels:
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), sigma), np.uint8)


def shaken(picture: Pixels, length: int, angle: float = 20) -> Pixels:
    line = np.zeros((length, length), np.float32)
    line[length // 2] = 1
    turn = cv2.getRotationMatrix2D((length / 2 - 0.5, length / 2 - 0.5), angle, 1)
    line = cv2.warpAffine(line, turn, (length, length))
    return np.asarray(cv2.filter2D(picture, -1, line / line.sum()), np.uint8)


def resized(picture: Pixels, width: int, height: int) -> Pixels:
    way = cv2.INTER_AREA if width < picture.shape[1] else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(picture, (width, height), interpolation=way), np.uint8)


def stamped(picture: Pixels) -> Pixels:
    image = Image.fromarray(picture)
    font = ImageFont.load_default(26)
    ImageDraw.Draw(image).text((250, 600), "2026-11-22 09:41", fill=(255, 60, 0), font=font)
    return np.asarray(image)
