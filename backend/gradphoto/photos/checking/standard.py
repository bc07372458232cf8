"""What a campaign demands of a photo; the national values are the defaults, each of them may be edited.

高等教育学历证书电子注册图像采集规范及信息标准 (教毕指〔2017〕99号). Where it has no number (sharpness,
light), the limits were fitted on portraits: `review` sends a photo to a person, `block` refuses a student's own upload.
"""

from dataclasses import asdict, dataclass, field, fields, replace
from enum import StrEnum
from typing import Any

Colour = tuple[int, int, int]
WHITE, LIGHT_GREY, LIGHT_BLUE = (255, 255, 255), (240, 240, 240), (100, 197, 255)
MOST_COLOURS = 8


class Profile(StrEnum):
    """Whose photo it is. `returned`: a student's own upload; what is wrong with the picture may block.

    `on_site`: the agency's delivery; a picture is at most looked at by a person, for its bytes may not change.
    `camera`: a camera original before it is standardised; only whether it is a readable picture, and the measures.
    """

    returned = "returned"
    on_site = "on_site"
    camera = "camera"


class StandardFault(ValueError):
    """A value that cannot be demanded: `field` and a Chinese sentence."""

    def __init__(self, name: str, zh: str) -> None:
        super().__init__(f"{name}: {zh}")
        self.field, self.zh = name, zh


def _limit(
    default: float, zh: str, unit: str, group: str, low: float, high: float, *, not_above: str = "", not_below: str = ""
) -> Any:
    """A number from `low` to `high`; whole when its default is. `not_above` names the field that must not be less."""
    told = {"zh": zh, "unit": unit, "group": group, "low": low, "high": high}
    return field(default=default, metadata=told | {"not_above": not_above, "not_below": not_below})


FILE, PLACE, POSE, FACE, LIGHT, BACKDROP = "文件", "位置和大小", "姿态", "面部", "清晰度和光线", "背景和衣服"


@dataclass(frozen=True, slots=True)
class PhotoStandard:
    """Pixels are those of a photo of `width` x `height`. `_error` is how far a measurement may be off."""

    width: int = _limit(480, "宽", "像素", FILE, 120, 4000)
    height: int = _limit(640, "高", "像素", FILE, 160, 6000)
    dpi: int = _limit(300, "分辨率标记", "dpi", FILE, 72, 1200)
    quality_min: int = _limit(60, "JPEG 质量不低于", "", FILE, 1, 100)
    size_min_kb: int = _limit(20, "文件一般不小于（只提示）", "KB", FILE, 0, 20_000, not_above="size_max_kb")
    size_max_kb: int = _limit(60, "文件一般不大于（只提示）", "KB", FILE, 1, 20_000)
    max_bytes: int = _limit(8 << 20, "文件最大", "字节", FILE, 100_000, 64 << 20)
    max_pixels: int = _limit(24_000_000, "最多打开", "像素", FILE, 300_000, 50_000_000)

    face_width_min: int = _limit(180, "脸宽不小于", "像素", PLACE, 20, 4000, not_above="face_width_max")
    face_width_max: int = _limit(300, "脸宽不大于", "像素", PLACE, 20, 4000)
    face_width_error: int = _limit(12, "脸宽测量误差", "像素", PLACE, 0, 200)
    face_width_block_below: int = _limit(144, "脸宽小于此值退回", "像素", PLACE, 0, 4000, not_above="face_width_min")
    face_width_block_above: int = _limit(345, "脸宽大于此值退回", "像素", PLACE, 0, 4000, not_below="face_width_max")
    eyes_min: int = _limit(200, "眼睛距上边不小于", "像素", PLACE, 0, 6000, not_above="eyes_max")
    eyes_max: int = _limit(300, "眼睛距上边不大于", "像素", PLACE, 0, 6000)
    eyes_error: int = _limit(6, "眼睛高度测量误差", "像素", PLACE, 0, 200)
    eyes_block_beyond: int = _limit(45, "眼睛超出范围多少退回", "像素", PLACE, 0, 2000)
    head_top_min: int = _limit(50, "头顶距上边不小于", "像素", PLACE, 0, 6000, not_above="head_top_max")
    head_top_max: int = _limit(110, "头顶距上边不大于", "像素", PLACE, 0, 6000)
    head_top_error: int = _limit(22, "头顶测量误差", "像素", PLACE, 0, 300)
    off_centre_review: int = _limit(29, "偏离中线多少要人工看", "像素", PLACE, 0, 2000, not_above="off_centre_block")
    off_centre_block: int = _limit(58, "偏离中线多少退回", "像素", PLACE, 0, 2000)

    roll_review: float = _limit(4.0, "头歪多少要人工看", "度", POSE, 0, 90, not_above="roll_block")
    roll_block: float = _limit(8.0, "头歪多少退回", "度", POSE, 0, 180)
    yaw_review: float = _limit(15.0, "侧脸多少要人工看", "度", POSE, 0, 90, not_above="yaw_block")
    yaw_block: float = _limit(24.0, "侧脸多少退回", "度", POSE, 0, 180)
    stretch_min: float = _limit(1.09, "脸宽与眼到下巴之比不小于", "", POSE, 0, 10, not_above="stretch_max")
    stretch_max: float = _limit(1.56, "脸宽与眼到下巴之比不大于", "", POSE, 0, 10)

    eyes_open_min: float = _limit(0.175, "眼睛开合度不低于", "", FACE, 0, 1)
    mouth_open_max: float = _limit(0.11, "嘴张开不超过", "", FACE, 0, 2)
    second_face: float = _limit(0.18, "另一张脸的宽度不超过本人的", "", FACE, 0, 1)
    eye_white_min: float = _limit(0.46, "眼白与脸颊亮度之比不低于", "", FACE, 0, 2)
    lens_dark_max: float = _limit(58.0, "镜片比脸颊暗不超过", "L*", FACE, 0, 100)
    lens_colour_max: float = _limit(24.0, "镜片颜色与皮肤相差不超过", "ΔE", FACE, 0, 200)
    covered_max: float = _limit(14.0, "下半脸与额头颜色相差不超过", "ΔE", FACE, 0, 200)
    covered_nose_max: float = _limit(11.2, "鼻子与额头颜色相差不超过", "ΔE", FACE, 0, 200)
    covered_light_max: float = _limit(25.0, "下半脸和鼻子比额头亮或暗不超过", "L*", FACE, 0, 100)

    sharp_review: float = _limit(0.18, "清晰度低于多少要人工看", "", LIGHT, 0, 2)
    sharp_block: float = _limit(0.15, "清晰度低于多少退回", "", LIGHT, 0, 2, not_above="sharp_review")
    sharp_along_review: float = _limit(0.22, "任一方向清晰度低于多少要人工看", "", LIGHT, 0, 2)
    dark_review: float = _limit(80.0, "脸部亮度低于多少要人工看（整张都暗时）", "", LIGHT, 0, 255)
    dark_block: float = _limit(55.0, "脸部亮度低于多少退回（整张都暗时）", "", LIGHT, 0, 255, not_above="dark_review")
    dark_scene: float = _limit(150.0, "整张照片的亮处低于多少算暗", "", LIGHT, 0, 255)
    shadow_max: float = _limit(0.35, "脸上全黑的部分不超过", "", LIGHT, 0, 1)
    bright_review: float = _limit(205.0, "脸部亮度高于多少要人工看", "", LIGHT, 0, 255, not_above="bright_block")
    bright_block: float = _limit(222.0, "脸部亮度高于多少退回", "", LIGHT, 0, 255)
    white_review: float = _limit(0.12, "脸上发白的部分多少要人工看", "", LIGHT, 0, 1, not_above="white_block")
    white_block: float = _limit(0.36, "脸上发白的部分多少退回", "", LIGHT, 0, 1)
    burnt_review: float = _limit(0.30, "脸上某种颜色到顶的部分多少要人工看", "", LIGHT, 0, 1)
    cheeks_min: float = _limit(0.64, "两颊亮度之比不低于", "", LIGHT, 0, 1)
    colour_min: float = _limit(2.5, "脸部色彩不低于", "", LIGHT, 0, 100)
    skin_red_min: float = _limit(1.0, "肤色偏红不低于", "a*", LIGHT, -100, 100)
    skin_yellow_min: float = _limit(-6.0, "肤色偏黄不低于", "b*", LIGHT, -100, 100)

    background_colours: tuple[Colour, ...] = field(
        default=(WHITE, LIGHT_GREY, LIGHT_BLUE), metadata={"zh": "背景颜色", "unit": "RGB", "group": BACKDROP}
    )
    background_light_min: float = _limit(78.0, "背景亮度不低于", "L*", BACKDROP, 0, 100)
    background_blue_light_min: float = _limit(64.0, "浅蓝背景亮度不低于", "L*", BACKDROP, 0, 100)
    background_light_block: float = _limit(15.0, "背景亮度再低多少退回", "L*", BACKDROP, 0, 100)
    background_far: float = _limit(30.0, "背景颜色相差不超过", "ΔE", BACKDROP, 0, 200)
    background_uneven_review: float = _limit(
        5.0, "背景不均匀多少要人工看", "ΔE", BACKDROP, 0, 200, not_above="background_uneven_block"
    )
    background_uneven_block: float = _limit(20.0, "背景不均匀多少退回", "ΔE", BACKDROP, 0, 200)
    clothes_blue_review: float = _limit(
        0.18, "衣服蓝色部分多少要人工看", "", BACKDROP, 0, 1, not_above="clothes_blue_block"
    )
    clothes_blue_block: float = _limit(0.40, "衣服蓝色部分多少退回", "", BACKDROP, 0, 1)
    clothes_background_min: float = _limit(9.0, "衣服与背景颜色相差不低于", "ΔE", BACKDROP, 0, 200)

    @classmethod
    def from_values(cls, values: dict[str, Any]) -> "PhotoStandard":
        """What is missing keeps its default. Raises StandardFault for the first value that cannot be demanded."""
        known = {one.name: one for one in fields(cls)}
        for name, value in values.items():
            if name not in known:
                raise StandardFault(name, "没有这一项")
            if name == "background_colours":
                _check_colours(value)
            else:
                _check_number(name, value, getattr(STANDARD, name), known[name].metadata)
        colours = values.get("background_colours")
        given = dict(values) | ({"background_colours": tuple(tuple(one) for one in colours)} if colours else {})
        made = replace(cls(), **given)
        made._check_order()
        return made

    def values(self) -> dict[str, Any]:
        """For JSON; `from_values` is the inverse."""
        return asdict(self) | {"background_colours": [list(one) for one in self.background_colours]}

    def _check_order(self) -> None:
        for one in fields(self):
            value = getattr(self, one.name)
            for other, wrong in ((one.metadata.get("not_above"), 1), (one.metadata.get("not_below"), -1)):
                if other and (value - getattr(self, other)) * wrong > 0:
                    label = next(f.metadata["zh"] for f in fields(self) if f.name == other)
                    how = "大" if wrong > 0 else "小"
                    raise StandardFault(one.name, f"“{one.metadata['zh']}”（{value}）不能比“{label}”还{how}")
        if self.width * self.height > self.max_pixels:
            raise StandardFault("max_pixels", f"“最多打开”不能少于 {self.width}x{self.height} 像素")


STANDARD = PhotoStandard()


@dataclass(frozen=True, slots=True)
class EditableField:
    """One line of the settings page. Bounds are None where the value is a list of colours."""

    name: str
    zh: str
    unit: str
    group: str
    whole: bool
    low: float | None
    high: float | None
    default: Any


EDITABLE: tuple[EditableField, ...] = tuple(
    EditableField(
        one.name,
        one.metadata["zh"],
        one.metadata["unit"],
        one.metadata["group"],
        isinstance(one.default, int),
        one.metadata.get("low"),
        one.metadata.get("high"),
        STANDARD.values()[one.name],
    )
    for one in fields(PhotoStandard)
)


def _check_number(name: str, value: Any, default: float, told: Any) -> None:
    label = told["zh"]
    if isinstance(value, bool) or not isinstance(value, int if isinstance(default, int) else int | float):
        raise StandardFault(name, f"“{label}”要填{'整数' if isinstance(default, int) else '数字'}")
    if not told["low"] <= value <= told["high"]:  # also what is not a number
        raise StandardFault(name, f"“{label}”要在 {told['low']} 到 {told['high']} 之间")


def _check_colours(value: Any) -> None:
    whole = isinstance(value, list | tuple) and 1 <= len(value) <= MOST_COLOURS
    if not whole or not all(_is_colour(one) for one in value):
        raise StandardFault("background_colours", f"“背景颜色”要填 1 到 {MOST_COLOURS} 种颜色，每种是三个 0-255 的整数")


def _is_colour(one: Any) -> bool:
    return (
        isinstance(one, list | tuple)
        and len(one) == 3
        and all(isinstance(part, int) and not isinstance(part, bool) and 0 <= part <= 255 for part in one)
    )
