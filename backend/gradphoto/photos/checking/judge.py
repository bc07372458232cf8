"""From measures to findings, by a standard. Numbers in, sentences out; each rule is fair to every skin and eye.

No rule looks at the brightness of the face alone, and no limit for open eyes is above what narrow eyes reach.
"""

from collections.abc import Iterator

from gradphoto.photos.checking.report import Drawing, Finding, Level, worst_first
from gradphoto.photos.checking.saying import finding
from gradphoto.photos.checking.standard import PhotoStandard, Profile

Measures = dict[str, float]
Said = tuple[str, Level, str, str]
"""code, level, measured and limit as shown"""
SURE = 0.8
ON_ITS_SIDE = 45.0
BLACK = 28.0
# What can be said of a camera original, whose size and place are made later.
_OF_ANY_PICTURE = ("no_face", "many_faces", "upside_down", "eyes_closed", "blurred")


def judge(seen: Measures, standard: PhotoStandard, profile: Profile, *, shaped: bool = True) -> list[Finding]:
    """Worst first. `shaped`: the picture has the standard's proportions, so that places can be judged."""
    if not seen.get("faces"):
        said: list[Said] = [("no_face", "block", "0", "1")]
    else:
        said = [
            *_face(seen),
            *(_place(seen, standard) if shaped else ()),
            *_pose(seen, standard),
            *_light(seen, standard),
            *_covering(seen, standard),
            *_background(seen, standard),
            *_clothes(seen, standard),
        ]
    return worst_first(
        finding(code, _level(level, profile), v, limit) for code, level, v, limit in _kept(said, profile)
    )


def _kept(said: list[Said], profile: Profile) -> list[Said]:
    return [one for one in said if one[0] in _OF_ANY_PICTURE] if profile == Profile.camera else said


def _level(level: Level, profile: Profile) -> Level:
    """The agency's bytes may not change and the agency has approved them: a person looks."""
    if profile == Profile.camera:
        return "info"
    return "review" if profile == Profile.on_site and level == "block" else level


def _above(value: float, review: float, block: float) -> Level | None:
    return "block" if value > block else "review" if value > review else None


def _face(seen: Measures) -> Iterator[Said]:
    if seen["faces"] > 1:
        yield "many_faces", "block", f"{seen['faces']:.0f}", "1"
    score = min(seen["points_score"], seen["face_score"])
    if abs(seen["roll"]) > ON_ITS_SIDE:
        yield "upside_down", "block", _degrees(seen["roll"]), "0°"
    elif seen["points_score"] < 0.5 or not seen["face_confirmed"]:
        yield "face_unclear", "block" if seen["face_score"] < SURE else "review", f"{score:.2f}", f"{SURE}"


def _place(seen: Measures, standard: PhotoStandard) -> Iterator[Said]:
    width, low, high = seen["face_width"], standard.face_width_min, standard.face_width_max
    limit, error = f"{low}-{high} 像素", standard.face_width_error
    if width < low - error:
        yield "face_small", "block" if width < standard.face_width_block_below else "review", _pixels(width), limit
    elif width > high + error:
        yield "face_large", "block" if width > standard.face_width_block_above else "review", _pixels(width), limit
    off = max(standard.eyes_min - seen["eyes"], seen["eyes"] - standard.eyes_max)
    if level := _above(off, standard.eyes_error, standard.eyes_block_beyond):
        yield "eyes_height", level, _pixels(seen["eyes"]), f"{standard.eyes_min}-{standard.eyes_max} 像素"
    top = seen.get("head_top")
    if top is not None:
        off = max(standard.head_top_min - top, top - standard.head_top_max)
        if off > standard.head_top_error:
            limit = f"{standard.head_top_min}-{standard.head_top_max} 像素"
            yield "head_top", "block" if top <= 2 else "review", _pixels(top), limit
    off = seen["face_middle"] - standard.width / 2
    if level := _above(abs(off), standard.off_centre_review, standard.off_centre_block):
        side = "左" if off < 0 else "右"
        yield "off_centre", level, f"向{side} {_pixels(abs(off))}", f"{standard.off_centre_review} 像素"
    shape = seen["face_shape"]
    if abs(seen["yaw"]) <= standard.yaw_review and not standard.stretch_min <= shape <= standard.stretch_max:
        yield "stretched", "review", f"{shape:.2f}", f"{standard.stretch_min}-{standard.stretch_max}"


def _pose(seen: Measures, standard: PhotoStandard) -> Iterator[Said]:
    roll, yaw = abs(seen["roll"]), abs(seen["yaw"])
    if roll <= ON_ITS_SIDE and (level := _above(roll, standard.roll_review, standard.roll_block)):
        yield "roll", level, _degrees(roll), f"{standard.roll_review:g}°"
    if level := _above(yaw, standard.yaw_review, standard.yaw_block):
        yield "yaw", level, _degrees(yaw), f"{standard.yaw_review:g}°"
    if seen["eyes_open"] < standard.eyes_open_min:
        yield "eyes_closed", "review", f"{seen['eyes_open']:.2f}", f"{standard.eyes_open_min:g}"
    if seen["mouth_open"] > standard.mouth_open_max:
        yield "mouth_open", "review", f"{seen['mouth_open']:.2f}", f"{standard.mouth_open_max:g}"


def _light(seen: Measures, standard: PhotoStandard) -> Iterator[Said]:
    sharp = seen["sharpness"]
    if sharp < standard.sharp_review:
        yield (
            "blurred",
            "block" if sharp < standard.sharp_block else "review",
            f"{sharp:.2f}",
            f"{standard.sharp_review:g}",
        )
    elif seen.get("sharpness_along", 1) < standard.sharp_along_review:
        yield "blurred", "review", f"{seen['sharpness_along']:.2f}", f"{standard.sharp_along_review:g}"
    yield from _exposure(seen, standard)
    if seen.get("cheeks", 1) < standard.cheeks_min and abs(seen["yaw"]) < standard.yaw_review:
        yield "uneven_light", "review", f"{seen['cheeks']:.2f}", f"{standard.cheeks_min:g}"
    if seen["colour"] < standard.colour_min:
        yield "no_colour", "block", f"{seen['colour']:.1f}", f"{standard.colour_min:g}"
    elif seen["skin_red"] < standard.skin_red_min:
        yield "colour_cast", "review", f"红 {seen['skin_red']:.0f}", f"≥ {standard.skin_red_min:g}"
    elif seen["skin_yellow"] < standard.skin_yellow_min:
        yield "colour_cast", "review", f"黄 {seen['skin_yellow']:.0f}", f"≥ {standard.skin_yellow_min:g}"


def _exposure(seen: Measures, standard: PhotoStandard) -> Iterator[Said]:
    """Dark skin is not under-exposure: the whole picture must be dark, or the shadows of the face empty."""
    light, dim = seen.get("face_light"), seen["scene_light"] < standard.dark_scene
    if light is None:
        return
    if (light < standard.dark_review and dim) or seen["face_black"] > standard.shadow_max or light < BLACK:
        level: Level = "block" if light < standard.dark_block and dim else "review"
        yield "dark", level, f"{light:.0f}", f"{standard.dark_review:g}"
    elif over := _above(seen["face_white"], standard.white_review, standard.white_block):
        yield "bright", over, f"{seen['face_white']:.0%} 全白", f"{standard.white_review:.0%}"
    elif seen["face_burnt"] > standard.burnt_review:
        yield "bright", "review", f"{seen['face_burnt']:.0%} 过曝", f"{standard.burnt_review:.0%}"
    elif over := _above(light, standard.bright_review, standard.bright_block):
        yield "bright", over, f"脸部亮度 {light:.0f}", f"{standard.bright_review:g}"


def _covering(seen: Measures, standard: PhotoStandard) -> Iterator[Said]:
    if seen.get("lens_dark", 0) > standard.lens_dark_max:
        yield "sunglasses", "review", f"比脸颊暗 {seen['lens_dark']:.0f}", f"最多 {standard.lens_dark_max:g}"
    elif seen.get("lens_colour", 0) > standard.lens_colour_max:
        yield "sunglasses", "review", f"颜色相差 {seen['lens_colour']:.0f}", f"最多 {standard.lens_colour_max:g}"
    elif seen.get("eye_white", 1) < standard.eye_white_min:
        yield "sunglasses", "review", f"眼白亮度比 {seen['eye_white']:.2f}", f"至少 {standard.eye_white_min:g}"
    if seen["lower_face"] > standard.covered_max and seen["nose"] > standard.covered_nose_max:
        yield "covered", "review", f"颜色相差 {seen['lower_face']:.0f}", f"{standard.covered_max:g}"
    elif seen["lower_face_light"] > standard.covered_light_max:
        yield "covered", "review", f"亮度相差 {seen['lower_face_light']:.0f}", f"{standard.covered_light_max:g}"


def _background(seen: Measures, standard: PhotoStandard) -> Iterator[Said]:
    if "background_light" not in seen:
        yield "background_unseen", "review", f"{seen['background_share']:.1%}", "2%"
        return
    light, off = seen["background_light"], seen["background_off"]
    blue = seen["background_nearest_blue"] and off < standard.background_far
    least = standard.background_blue_light_min if blue else standard.background_light_min
    if light < least:
        level: Level = "block" if light < least - standard.background_light_block else "review"
        yield "background_dark", level, f"{light:.0f}", f"{least:g}"
    elif off > standard.background_far:
        colour = ",".join(f"{seen[f'background_{one}']:.0f}" for one in ("red", "green", "blue"))
        wanted = " 或 ".join(",".join(map(str, one)) for one in standard.background_colours)
        yield "background_colour", "review", f"RGB {colour}", wanted
    uneven = seen["background_uneven"]
    if bad := _above(uneven, standard.background_uneven_review, standard.background_uneven_block):
        yield "background_uneven", bad, f"{uneven:.1f}", f"{standard.background_uneven_review:g}"


def _clothes(seen: Measures, standard: PhotoStandard) -> Iterator[Said]:
    blue = seen.get("clothes_blue", 0)
    if level := _above(blue, standard.clothes_blue_review, standard.clothes_blue_block):
        yield "clothes_blue", level, f"{blue:.0%}", f"{standard.clothes_blue_review:.0%}"
    unlike = seen.get("clothes_background")
    if unlike is not None and unlike < standard.clothes_background_min:
        yield "clothes_like_background", "review", f"{unlike:.1f}", f"{standard.clothes_background_min:g}"


def _pixels(value: float) -> str:
    return f"{value:.0f} 像素"


def _degrees(value: float) -> str:
    return f"{abs(value):.1f}°"


def drawing(seen: Measures, standard: PhotoStandard, width: int, height: int) -> Drawing | None:
    """In pixels of the photo, which is `width` x `height` and upright."""
    if "eyes" not in seen:
        return None
    x, y = width / standard.width, height / standard.height
    if abs(width / height - standard.width / standard.height) > 0.02:
        x = y
    middle = standard.width / 2 * x
    at = {
        name: round(value * (x if name.endswith(("_x", "left", "right", "middle")) else y), 1)
        for name, value in seen.items()
    }
    return Drawing(
        eye_line=(at["eye_left_x"], at["eye_left_y"], at["eye_right_x"], at["eye_right_y"]),
        face=(at["face_left"], at["face_right"], at["face_at"]),
        face_width_allowed=(round(standard.face_width_min * x, 1), round(standard.face_width_max * x, 1)),
        eyes_allowed=(round(standard.eyes_min * y, 1), round(standard.eyes_max * y, 1)),
        head_top=at.get("head_top"),
        head_top_allowed=(round(standard.head_top_min * y, 1), round(standard.head_top_max * y, 1)),
        chin=at["chin"],
        centre=at["face_middle"],
        centre_allowed=(
            round(middle - standard.off_centre_review * x, 1),
            round(middle + standard.off_centre_review * x, 1),
        ),
    )
