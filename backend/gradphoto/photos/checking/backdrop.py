"""What is measured around the face: the background's colour and evenness, and the clothes against it."""

from functools import lru_cache

import cv2
import numpy as np

from gradphoto.photos.checking.points import CHIN, LEFT_CHEEK, RIGHT_CHEEK
from gradphoto.photos.checking.standard import Colour, PhotoStandard
from gradphoto.photos.checking.view import Measures, Numbers, View, distance, median

LEAST_SHARE = 0.02  # of the picture; less than that is not judged


def measure(view: View, standard: PhotoStandard) -> Measures:
    background = _background(view)
    seen: Measures = {"background_share": len(background) / view.person.size}
    median_colour = None
    if seen["background_share"] > LEAST_SHARE:
        median_colour = median(background)
        seen |= _against(median_colour, standard.background_colours)
        seen["background_uneven"] = float(np.sqrt(np.percentile(_squares(background - median_colour), 95)))
    return seen | _clothes(view, median_colour)


def _background(view: View) -> Numbers:
    """What is surely not the person, above the shoulders; slightly smoothed, so that noise does not count."""
    height, width = view.person.shape
    chin = int(np.clip(view.points[CHIN, 1] * view.reduced, 0, height))
    if not chin:
        return view.lab[:0, 0]
    reach = max(3, int(width * 0.02))
    free = cv2.erode((view.person[: chin + reach] < 0.08).astype(np.uint8), np.ones((reach, reach), np.uint8))
    found: Numbers = cv2.GaussianBlur(view.lab[:chin], (0, 0), 1.0)[free[:chin] > 0]
    return found


def _against(colour: Numbers, wanted: tuple[Colour, ...]) -> Measures:
    away = [distance(colour, lab_of(one)) for one in wanted]
    nearest = wanted[away.index(min(away))]
    shown = cv2.cvtColor(colour.reshape(1, 1, 3).astype(np.float32), cv2.COLOR_LAB2RGB)[0, 0]
    red, green, blue = np.clip(np.round(shown * 255), 0, 255)
    return {
        "background_light": float(colour[0]),
        "background_off": min(away),
        "background_nearest_blue": nearest[2] > nearest[0] + 40,
        "background_red": red,
        "background_green": green,
        "background_blue": blue,
    }


def _clothes(view: View, background: Numbers | None) -> Measures:
    """The person below the chin that is not skin."""
    neck = (view.points[CHIN, 1] + 0.45 * view.eyes_to_chin) * view.reduced
    start = int(np.clip(neck, 0, len(view.person)))
    person, lab, rgb = view.person[start:], view.lab[start:], view.rgb_small[start:]
    worn = (person > 0.9) & (_squares(lab - view.lab_at(RIGHT_CHEEK + LEFT_CHEEK)) > 16**2)
    share = float(worn.sum()) / view.person.size
    seen: Measures = {"clothes_share": share}
    if share <= LEAST_SHARE:
        return seen
    hue, strength, value = cv2.cvtColor(rgb[worn][None], cv2.COLOR_RGB2HSV)[0].T
    seen["clothes_blue"] = float(((hue >= 95) & (hue <= 130) & (strength > 60) & (value > 40)).mean())
    if background is not None:
        seen["clothes_background"] = distance(median(lab[worn]), background)
    return seen


def _squares(lab: Numbers) -> Numbers:
    """Squared lengths; numpy's own norm is several times slower on three channels."""
    found: Numbers = np.einsum("...i,...i->...", lab, lab)
    return found


@lru_cache(64)
def lab_of(colour: Colour) -> Numbers:
    lab: Numbers = cv2.cvtColor(np.array([[colour]], np.float32) / 255, cv2.COLOR_RGB2LAB)[0, 0]
    return lab
