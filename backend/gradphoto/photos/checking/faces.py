"""Where a face is, its 468 points, how open the eyes are, and where the person is: MediaPipe's models on LiteRT.

The way from pixels to a model's input and back is MediaPipe's own (weighted suppression, 1.5 times the face's box,
turned upright). No identity is computed: nothing here can tell whose face it is.
"""

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import cv2
import numpy as np
from ai_edge_litert.interpreter import Interpreter

from gradphoto.photos.checking.points import LEFT_EYE, RIGHT_EYE, Eye
from gradphoto.photos.checking.view import Numbers, Pixels

Box = tuple[float, float, float, float]
MODELS = Path(__file__).with_name("models")
MOST_FACES = 20


@dataclass(frozen=True, slots=True, eq=False)
class Face:
    """`box` is x, y, width, height in pixels; `eyes` the person's right eye, then the left.

    `confirmed`: both detectors see it; an upside-down face is seen by one.
    """

    score: float
    box: Box
    eyes: Numbers
    confirmed: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Landmarks:
    """`points` is 468 x 3 in pixels, z in the same scale; angles in degrees; `eyes_open` is lid gap / eye width."""

    score: float
    points: Numbers
    roll: float
    yaw: float
    eyes_open: float


class Model:
    """One network on one thread. Not for two threads at once."""

    def __init__(self, name: str) -> None:
        self._run = Interpreter(str(MODELS / f"{name}.tflite"), num_threads=1)
        self._run.allocate_tensors()
        self._input = self._run.get_input_details()[0]["index"]
        self._outputs = [one["index"] for one in self._run.get_output_details()]

    def __call__(self, values: Numbers) -> list[Numbers]:
        """`values`: height x width x 3."""
        self._run.set_tensor(self._input, values[None].astype(np.float32, copy=False))
        self._run.invoke()
        return [self._run.get_tensor(one) for one in self._outputs]


class Detector:
    """BlazeFace. `layout`: (stride, anchors a cell) of each layer of the model."""

    def __init__(self, name: str, side: int, layout: tuple[tuple[int, int], ...]) -> None:
        self._model, self._side = Model(name), side
        cells = [(side // stride, each) for stride, each in layout]
        self._anchors = np.array(
            [
                ((x + 0.5) / n, (y + 0.5) / n)
                for n, each in cells
                for y in range(n)
                for x in range(n)
                for _ in range(each)
            ],
            np.float32,
        )

    def __call__(self, rgb: Pixels, threshold: float = 0.5) -> list[Face]:
        height, width = rgb.shape[:2]
        side = self._side
        scale = side / max(height, width)
        high, wide = max(1, round(height * scale)), max(1, round(width * scale))
        top, left = (side - high) // 2, (side - wide) // 2
        given = np.zeros((side, side, 3), np.float32)
        small = cv2.resize(rgb, (wide, high), interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
        given[top : top + high, left : left + wide] = small / 127.5 - 1
        answers = self._model(given)
        places = next(one for one in answers if one.shape[-1] == 16).reshape(-1, 16)
        logits = next(one for one in answers if one.shape[-1] == 1).reshape(-1)
        scores = 1 / (1 + np.exp(-np.clip(logits, -80, 80)))
        kept = np.flatnonzero(scores > threshold)
        if not len(kept):
            return []
        place, anchor, scores = places[kept] / side, self._anchors[kept], scores[kept]
        middle = place[:, :2] + anchor
        boxes = np.concatenate([middle - place[:, 2:4] / 2, place[:, 2:4]], axis=1)
        eyes = place[:, 4:8].reshape(-1, 2, 2) + anchor[:, None]
        back, shift = side / scale, np.array([left / scale, top / scale])
        found: list[Face] = []
        free = np.ones(len(scores), bool)
        for best in np.argsort(-scores):
            if not free[best] or len(found) == MOST_FACES:
                continue
            group = np.flatnonzero((_overlap(boxes[best], boxes) > 0.3) & free)
            free[group] = False
            weight = scores[group] / scores[group].sum()
            box = (boxes[group] * weight[:, None]).sum(0) * back
            pair = (eyes[group] * weight[:, None, None]).sum(0) * back - shift
            at = (float(box[0] - shift[0]), float(box[1] - shift[1]), float(box[2]), float(box[3]))
            found.append(Face(float(scores[best]), at, pair))
        return found


class FaceReader:
    """The five models; about 60 ms and 100 MB to load, so one a process."""

    def __init__(self) -> None:
        cv2.setNumThreads(1)
        self._near = Detector("face_detection_short_range", 128, ((8, 2), (16, 6)))
        self._far = Detector("face_detection_full_range", 192, ((4, 1),))
        self._mesh = Model("face_landmark")
        self._iris = Model("iris_landmark")
        self._segments = Model("selfie_segmentation")

    def faces(self, rgb: Pixels) -> list[Face]:
        """Largest first. The far detector adds the small faces that the near one cannot see."""
        near, far = self._near(rgb), self._far(rgb)
        marked = [replace(one, confirmed=_covered(one.box, far) > 0.4) for one in near]
        added = [one for one in far if _covered(one.box, near) < 0.3]
        return sorted(marked + added, key=lambda one: -one.box[2] * one.box[3])

    def landmarks(self, rgb: Pixels, face: Face) -> Landmarks:
        """Two passes: the second on the box of the first one's points, which steadies the scale."""
        x, y, width, height = face.box
        middle, turn = (x + width / 2, y + height / 2), _angle(face.eyes[0], face.eyes[1])
        points, _ = self._points(rgb, middle, max(width, height) * 1.5, turn)
        low, high = points[:, :2].min(0), points[:, :2].max(0)
        turn = _angle(points[RIGHT_EYE.outer], points[LEFT_EYE.outer])
        points, score = self._points(rgb, tuple((low + high) / 2), float(max(high - low)) * 1.5, turn)
        roll = _angle(points[RIGHT_EYE.outer], points[LEFT_EYE.outer])
        cos, sin = np.cos(roll), np.sin(roll)
        across = points[454] - points[234] + points[LEFT_EYE.outer] - points[RIGHT_EYE.outer]
        yaw = np.arctan2(across[2], across[0] * cos + across[1] * sin)
        opened = min(self._opened(rgb, points, RIGHT_EYE), self._opened(rgb, points, LEFT_EYE))
        return Landmarks(score, points, float(np.degrees(roll)), float(np.degrees(yaw)), opened)

    def person(self, rgb: Pixels) -> Numbers:
        """How surely each pixel is the person, 256 x 256."""
        small = cv2.resize(rgb, (256, 256), interpolation=cv2.INTER_AREA)
        return self._segments(small / np.float32(255))[0].reshape(256, 256)

    def _points(self, rgb: Pixels, middle: tuple[float, ...], size: float, turn: float) -> tuple[Numbers, float]:
        patch, back = _patch(rgb, middle, size, turn, 192)
        answers = self._mesh(patch / np.float32(255))
        raw = next(one for one in answers if one.size == 1404).reshape(468, 3)
        flag = float(next(one for one in answers if one.size == 1).item())
        points = np.concatenate([raw[:, :2] @ back[:, :2].T + back[:, 2], raw[:, 2:] * size / 192], axis=1)
        return points, float(1 / (1 + np.exp(-np.clip(flag, -80, 80))))

    def _opened(self, rgb: Pixels, points: Numbers, eye: Eye) -> float:
        """From the iris model's lid contour: the mesh alone cannot tell a narrow eye from a closed one."""
        outer, inner = points[eye.outer, :2], points[eye.inner, :2]
        mirrored = eye is RIGHT_EYE  # the model knows left eyes
        turn = _angle(outer, inner) if mirrored else _angle(inner, outer)
        size = float(np.linalg.norm(outer - inner)) * 2.3
        patch, _ = _patch(rgb, tuple((outer + inner) / 2), size, turn, 64)
        answers = self._iris((patch[:, ::-1] if mirrored else patch) / np.float32(255))
        lids = next(one for one in answers if one.size == 213).reshape(71, 3)[:, :2]
        # 0 and 8 are the corners, 1-7 the lower lid, 9-15 the upper one
        gaps = np.sort(np.abs(lids[1:8, 1] - lids[9:16, 1]))[-3:]
        return float(gaps.mean() / (np.linalg.norm(lids[0] - lids[8]) + 1e-6))


@cache
def face_reader() -> FaceReader:
    return FaceReader()


def _patch(rgb: Pixels, middle: tuple[float, ...], size: float, turn: float, side: int) -> tuple[Pixels, Numbers]:
    """A turned square of the picture, and the matrix from its pixels back to the picture's."""
    cos, sin, scale = np.cos(turn), np.sin(turn), max(size, 1) / side
    x, y = middle
    back = np.array(
        [
            [cos * scale, -sin * scale, x - (cos - sin) * size / 2],
            [sin * scale, cos * scale, y - (sin + cos) * size / 2],
        ],
        np.float32,
    )
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    patch = cv2.warpAffine(rgb, back, (side, side), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(patch, np.uint8), back


def _angle(one: Numbers, other: Numbers) -> float:
    return float(np.arctan2(other[1] - one[1], other[0] - one[0]))


def _shared(box: Numbers, boxes: Numbers) -> Numbers:
    low = np.maximum(box[:2], boxes[:, :2])
    high = np.minimum(box[:2] + box[2:], boxes[:, :2] + boxes[:, 2:])
    area: Numbers = np.clip(high - low, 0, None).prod(axis=1)
    return area


def _overlap(box: Numbers, boxes: Numbers) -> Numbers:
    """Intersection over union with each of `boxes`."""
    both = _shared(box, boxes)
    union: Numbers = box[2] * box[3] + boxes[:, 2] * boxes[:, 3] - both + 1e-9
    return both / union


def _covered(box: Box, faces: list[Face]) -> float:
    """The largest share of `box` that lies in one of the faces."""
    if not faces:
        return 0.0
    boxes = np.array([one.box for one in faces])
    return float(_shared(np.array(box), boxes).max() / (box[2] * box[3] + 1e-9))
