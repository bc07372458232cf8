"""A picture with its main face, prepared once for everything that is measured on it."""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from gradphoto.photos.checking.points import CHIN, EYES, LEFT_SIDE, OUTLINE, RIGHT_SIDE

Pixels = NDArray[np.uint8]
Numbers = NDArray[Any]
Measures = dict[str, float]
LAB_HEIGHT = 320  # colour is measured on a copy of this height: four times less to convert


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """`points` are x, y in pixels of `rgb`; `lab` is CIE L*a*b* of a copy `reduced` times as large, like `rgb_small`,
    `person` (how surely each pixel is the person) and `face_small` (1 on the face).
    """

    rgb: Pixels
    grey: Pixels
    points: Numbers
    face: Pixels
    reduced: float
    rgb_small: Pixels
    lab: Numbers
    person: Numbers
    face_small: Pixels

    @property
    def face_width(self) -> float:
        """Pixels of `rgb`; never 0."""
        return max(1.0, float(np.linalg.norm(self.points[LEFT_SIDE] - self.points[RIGHT_SIDE])))

    @property
    def eyes(self) -> Numbers:
        """The middle between the eyes."""
        corners = [corner for eye in EYES for corner in (eye.outer, eye.inner)]
        middle: Numbers = self.points[corners].mean(0)
        return middle

    @property
    def eyes_to_chin(self) -> float:
        return max(1.0, float(np.linalg.norm(self.points[CHIN] - self.eyes)))

    def lab_at(self, points: list[int]) -> Numbers:
        """The median colour at these points of the face."""
        height, width = self.lab.shape[:2]
        at = (self.points[points] * self.reduced).astype(int)
        colours = self.lab[at[:, 1].clip(0, height - 1), at[:, 0].clip(0, width - 1)]
        return median(colours)


def prepare(rgb: Pixels, points: Numbers, person: Numbers) -> View:
    height, width = rgb.shape[:2]
    reduced = min(1.0, LAB_HEIGHT / height)
    size = (max(1, round(width * reduced)), max(1, round(height * reduced)))
    small = resized(rgb, size)
    outline = cv2.convexHull(points[OUTLINE].astype(np.float32)).astype(np.int32)
    face = np.zeros((height, width), np.uint8)
    cv2.fillConvexPoly(face, outline, (1,))
    return View(
        rgb=rgb,
        grey=np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), np.uint8),
        points=points,
        face=face,
        reduced=reduced,
        rgb_small=small,
        lab=cv2.cvtColor(small.astype(np.float32) / 255, cv2.COLOR_RGB2LAB),
        person=cv2.resize(person, size, interpolation=cv2.INTER_LINEAR),
        face_small=np.asarray(cv2.resize(face, size, interpolation=cv2.INTER_NEAREST), np.uint8),
    )


def resized(rgb: Pixels, size: tuple[int, int]) -> Pixels:
    if (rgb.shape[1], rgb.shape[0]) == size:
        return rgb
    return np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8)


def median(values: Numbers) -> Numbers:
    """Of each column; partition is several times faster than numpy's own median on float32."""
    found: Numbers = np.partition(values, len(values) // 2, axis=0)[len(values) // 2]
    return found


def distance(one: Numbers, other: Numbers) -> float:
    return float(np.linalg.norm(one - other))
