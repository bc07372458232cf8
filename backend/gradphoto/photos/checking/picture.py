"""What a picture shows, in numbers: from pixels to measures. Judges nothing."""

import cv2
import numpy as np

from gradphoto.photos.checking import backdrop, skin
from gradphoto.photos.checking.faces import Landmarks, face_reader
from gradphoto.photos.checking.points import CHIN, LEFT_EYE, LEFT_SIDE, LOWER_LIP, RIGHT_EYE, RIGHT_SIDE, UPPER_LIP
from gradphoto.photos.checking.standard import PhotoStandard
from gradphoto.photos.checking.view import Measures, Numbers, Pixels, View, distance, prepare, resized

LARGEST_SIDE = 1024  # a larger picture is measured on a smaller copy


def measure(pixels: Pixels, standard: PhotoStandard) -> Measures:
    """Lengths are in pixels of a photo of the standard's size, whatever the size of this one. No face: only `faces`."""
    scale = min(1.0, LARGEST_SIDE / max(pixels.shape[:2]))
    height, width = pixels.shape[:2]
    rgb = resized(pixels, (max(1, round(width * scale)), max(1, round(height * scale))))
    reader = face_reader()
    found = reader.faces(rgb)
    faces = [one for one in found if one.box[2] >= standard.second_face * found[0].box[2]]
    if not faces:
        return {"faces": 0}
    marks = reader.landmarks(rgb, faces[0])
    person = reader.person(rgb)
    view = prepare(rgb, marks.points[:, :2], person)
    seen = {
        "faces": len(faces),
        "face_score": faces[0].score,
        "face_confirmed": faces[0].confirmed,
        "points_score": marks.score,
        "roll": marks.roll,
        "yaw": marks.yaw,
        "eyes_open": marks.eyes_open,
        "mouth_open": distance(view.points[UPPER_LIP], view.points[LOWER_LIP]) / view.eyes_to_chin,
        **_places(view, marks, person, standard),
        **skin.measure(view),
        **backdrop.measure(view, standard),
    }
    return {name: round(float(value), 4) for name, value in seen.items() if np.isfinite(value)}


def _places(view: View, marks: Landmarks, person: Numbers, standard: PhotoStandard) -> Measures:
    height, width = view.grey.shape
    across, down = standard.width / width, standard.height / height
    if abs(width / height - standard.width / standard.height) > 0.02:
        across = down
    points = view.points * (across, down)
    left, right = points[RIGHT_SIDE], points[LEFT_SIDE]  # the person's right is at the picture's left
    seen = {
        "face_left": left[0],
        "face_right": right[0],
        "face_at": (left[1] + right[1]) / 2,
        "face_width": distance(left, right),
        "face_middle": (left[0] + right[0]) / 2,
        "eyes": view.eyes[1] * down,
        "chin": points[CHIN][1],
        "face_shape": view.face_width * across / (distance(points[CHIN], view.eyes * (across, down)) + 1e-6),
    }
    for side, eye in (("left", RIGHT_EYE), ("right", LEFT_EYE)):
        x, y = points[[eye.outer, eye.inner]].mean(0)
        seen |= {f"eye_{side}_x": x, f"eye_{side}_y": y}
    top = _head_top(view, cv2.resize(person, (width, height), interpolation=cv2.INTER_LINEAR))
    return seen if top is None else seen | {"head_top": top * down}


def _head_top(view: View, person: Numbers) -> int | None:
    """The first row where an eighth of the face's width is the person; hair is some 15 pixels unsure."""
    width = person.shape[1]
    left = int(np.clip(view.points[RIGHT_SIDE, 0], 0, width - 1))
    right = int(np.clip(view.points[LEFT_SIDE, 0], left, width - 1)) + 1
    rows = np.flatnonzero((person[:, left:right] > 0.5).mean(1) > 0.12)
    return int(rows[0]) if len(rows) else None
