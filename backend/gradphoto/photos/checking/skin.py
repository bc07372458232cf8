"""What is measured on the face: sharpness, light, colour, and whether something covers eyes or mouth."""

import cv2
import numpy as np

from gradphoto.photos.checking.points import EYES, FOREHEAD, LEFT_CHEEK, LOWER_FACE, NOSE, RIGHT_CHEEK, Eye
from gradphoto.photos.checking.view import Measures, Numbers, View, distance, median

SHARP_AT = 200  # sharpness is measured on a face of this width


def measure(view: View) -> Measures:
    return _sharpness(view) | _light(view) | _colour(view) | _covering(view)


def _sharpness(view: View) -> Measures:
    """Finest detail against the next coarser: independent of skin tone and of JPEG quality, unlike an edge count."""
    x, y, width, height = cv2.boundingRect(view.face)
    grey, face = view.grey[y : y + height, x : x + width], view.face[y : y + height, x : x + width]
    if not grey.size:
        return {"sharpness": 0.0}
    scale = SHARP_AT / view.face_width
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    fine = cv2.resize(grey, size, interpolation=way).astype(np.float32)
    inside = cv2.erode(cv2.resize(face, size, interpolation=cv2.INTER_NEAREST), np.ones((9, 9), np.uint8))
    if not inside.any():
        return {"sharpness": 0.0}
    soft = cv2.GaussianBlur(fine, (0, 0), 1.0)
    coarse = cv2.GaussianBlur(soft, (0, 0), 3.873)  # together 4
    calm = cv2.GaussianBlur(fine, (0, 0), 0.7)
    return {
        "sharpness": _spread(fine - soft, inside) / max(_spread(soft - coarse, inside), 0.5),
        "sharpness_along": min(_along(calm, inside, short, long) for short, long in LINES),
    }


def _along(grey: Numbers, inside: Numbers, short: Numbers, long: Numbers) -> float:
    """The same in one direction: a shaken camera leaves the detail across its movement."""
    near, far = cv2.filter2D(grey, -1, short), cv2.filter2D(grey, -1, long)
    return _spread(grey - near, inside) / max(_spread(near - far, inside), 0.3)


def _spread(values: Numbers, inside: Numbers) -> float:
    return float(cv2.meanStdDev(values, mask=inside)[1][0, 0])


def _line(angle: float, length: int, side: int = 11) -> Numbers:
    """A kernel that averages along a line."""
    drawn = np.zeros((side, side), np.float32)
    steps = np.linspace(-length / 2, length / 2, 81)
    xs, ys = side // 2 + steps * np.cos(angle), side // 2 + steps * np.sin(angle)
    for dx in (0, 1):
        for dy in (0, 1):
            x, y = np.floor(xs).astype(int) + dx, np.floor(ys).astype(int) + dy
            np.add.at(drawn, (y, x), (1 - np.abs(xs - x)) * (1 - np.abs(ys - y)))
    line: Numbers = drawn / drawn.sum()
    return line


LINES = [(_line(angle, 3), _line(angle, 9)) for angle in np.linspace(0, np.pi, 8, endpoint=False)]


def _light(view: View) -> Measures:
    seen: Measures = {"scene_light": float(np.percentile(view.grey[::4, ::4], 95))}
    shades = cv2.calcHist([view.grey], [0], view.face, [256], [0, 256]).ravel()
    if area := shades.sum():
        seen |= {
            "face_light": float(shades @ np.arange(256) / area),
            "face_white": float(shades[247:].sum() / area),
            "face_black": float(shades[:26].sum() / area),
            "face_burnt": _burnt(view),
        }
    right, left = _cheek(view, RIGHT_CHEEK), _cheek(view, LEFT_CHEEK)
    if len(right) and len(left):
        low, high = sorted((float(right.mean()), float(left.mean())))
        seen |= {"cheeks": (low + 5) / (high + 5), "cheek_light": float(np.median(np.concatenate([right, left])))}
    return seen


def _burnt(view: View) -> float:
    """The share of the face where a colour has reached its end."""
    face = view.rgb_small[view.face_small > 0]
    return float((face >= 254).any(axis=1).mean()) if len(face) else 0.0


def _cheek(view: View, points: list[int]) -> Numbers:
    reach = max(4, int(view.face_width * 0.06))
    squares = [
        view.grey[max(0, y - reach) : max(0, y + reach), max(0, x - reach) : max(0, x + reach)].ravel()
        for x, y in view.points[points].astype(int)
    ]
    return np.concatenate(squares)


def _colour(view: View) -> Measures:
    face = view.lab[view.face_small > 0]
    _, red, yellow = view.lab_at(RIGHT_CHEEK + LEFT_CHEEK)
    colour = float(np.hypot(face[:, 1], face[:, 2]).mean()) if len(face) else 0.0
    return {"colour": colour, "skin_red": float(red), "skin_yellow": float(yellow)}


def _covering(view: View) -> Measures:
    """Dark or tinted glasses by the ring around the eye and by the brightest part of the eye; a mask by its colour."""
    skin = view.lab_at(RIGHT_CHEEK + LEFT_CHEEK)
    rings = [ring - skin for ring in (_ring(view, eye) for eye in EYES) if ring is not None]
    seen: Measures = {}
    if rings:
        seen["lens_dark"] = max(-float(ring[0]) for ring in rings)
        seen["lens_colour"] = max(float(np.hypot(ring[1], ring[2])) for ring in rings)
    whites = [white for white in (_white(view, eye) for eye in EYES) if white is not None]
    if whites:
        cheek = [*_cheek(view, RIGHT_CHEEK), *_cheek(view, LEFT_CHEEK)]
        seen["eye_white"] = (max(whites) + 3) / (float(np.median(cheek) if cheek else 128) + 3)
    forehead, lower, nose = view.lab_at(FOREHEAD), view.lab_at(LOWER_FACE), view.lab_at(NOSE)
    # A beard leaves the nose free, a mask does not.
    seen |= {"lower_face": distance(forehead[1:], lower[1:]), "nose": distance(forehead[1:], nose[1:])}
    steps = sorted((float(lower[0] - forehead[0]), float(nose[0] - forehead[0])))
    seen["lower_face_light"] = max(steps[0], -steps[1], 0.0)  # both lighter, or both darker
    return seen


def _ring(view: View, eye: Eye) -> Numbers | None:
    """The colour around the eye, without its opening."""
    points = view.points * view.reduced
    mask = np.zeros(view.lab.shape[:2], np.uint8)
    cv2.fillConvexPoly(mask, cv2.convexHull(points[eye.around].astype(np.float32)).astype(np.int32), (1,))
    cv2.fillConvexPoly(mask, cv2.convexHull(points[eye.lid].astype(np.float32)).astype(np.int32), (0,))
    ring = view.lab[mask > 0]
    return median(ring) if len(ring) else None


def _white(view: View, eye: Eye) -> float | None:
    """How bright the brightest eighth of the opening is."""
    lid = view.points[eye.lid]
    low = np.maximum(np.floor(lid.min(0)).astype(int) - 2, 0)
    high = np.maximum(np.ceil(lid.max(0)).astype(int) + 3, low)
    part = view.grey[low[1] : high[1], low[0] : high[0]]
    if part.size <= 20:
        return None
    middle = lid.mean(0)
    mask = np.zeros(part.shape, np.uint8)
    outline = cv2.convexHull(((lid - middle) * 1.15 + middle - low).astype(np.float32)).astype(np.int32)
    cv2.fillConvexPoly(mask, outline, (1,))
    inside = part[mask > 0]
    return float(np.percentile(inside, 88)) if len(inside) > 20 else None
