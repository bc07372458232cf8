"""What each finding about a picture says: what is wrong with the measured value and the limit, and what to do.

In braces: {v} the measured value, {l} the limit. A sentence names what the person can see on the photo.
"""

from typing import NamedTuple


class Sentence(NamedTuple):
    zh: str
    en: str
    remedy: str


# The words of a measured value or limit.
ENGLISH = {
    "像素": "px",
    "向左": "left",
    "向右": "right",
    "或": "or",
    "最多": "at most",
    "至少": "at least",
    "全白": "white",
    "过曝": "burnt",
    "脸部亮度": "brightness",
    "比脸颊暗": "darker than the cheeks by",
    "颜色相差": "colour apart by",
    "亮度相差": "light apart by",
    "眼白亮度比": "white of the eye",
    "红": "red",
    "黄": "yellow",
}

_BACKGROUND = "请在白色、浅灰或浅蓝的纯色背景前拍"
_RETAKE = "请正对镜头、平视，重新拍一张"
_LIGHT = "请面向窗户或灯，让光线均匀照在脸上再拍"

SENTENCES = {
    "no_face": Sentence("照片里没有找到人脸", "no face found", "请传本人的正面免冠证件照"),
    "many_faces": Sentence(
        "照片里有 {v} 张脸，只能有 1 张", "{v} faces, must be one", "请单独一个人拍，背景里不要有别人"
    ),
    "upside_down": Sentence(
        "照片上下颠倒或横过来了（歪了 {v}）", "upside down or on its side ({v})", "请传方向正的照片"
    ),
    "face_unclear": Sentence(
        "脸看不清，或者照片上下颠倒了（把握 {v}，要求 {l} 以上）",
        "the face is unclear or upside down ({v} < {l})",
        _RETAKE,
    ),
    "face_small": Sentence(
        "脸太小：脸宽 {v}，应为 {l}", "face {v} wide, must be {l}", "请靠近一些再拍，或请图片社按标准重新裁剪"
    ),
    "face_large": Sentence(
        "脸太大：脸宽 {v}，应为 {l}", "face {v} wide, must be {l}", "请离远一些再拍，或请图片社按标准重新裁剪"
    ),
    "eyes_height": Sentence(
        "眼睛的位置不对：距上边 {v}，应为 {l}", "eyes {v} from the top, must be {l}", "请图片社按标准重新裁剪"
    ),
    "head_top": Sentence(
        "头顶的位置不对：头发顶端距上边 {v}，应为 {l}", "hair {v} from the top, must be {l}", "请图片社按标准重新裁剪"
    ),
    "off_centre": Sentence("人没有在正中（偏{v}，最多 {l}）", "off centre: {v}, at most {l}", "请图片社按标准重新裁剪"),
    "roll": Sentence("头歪了 {v}，最多 {l}", "head tilted by {v}, at most {l}", "请双眼保持水平，重新拍一张"),
    "yaw": Sentence("脸转向一侧约 {v}，最多 {l}", "face turned by {v}, at most {l}", _RETAKE),
    "stretched": Sentence(
        "脸的宽高比例不正常（{v}，一般 {l}），照片可能被拉伸或压扁过",
        "unusual face shape {v}, usual {l}",
        "请传没有改过比例的原照片",
    ),
    "eyes_closed": Sentence(
        "眼睛可能没有睁开（开合度 {v}，一般不低于 {l}）", "eyes may be closed ({v} < {l})", "请睁开双眼，重新拍一张"
    ),
    "mouth_open": Sentence("嘴张开了（张开度 {v}，最多 {l}）", "mouth open ({v} > {l})", "请自然闭嘴，重新拍一张"),
    "blurred": Sentence(
        "照片不清楚（清晰度 {v}，要求 {l} 以上）", "blurred ({v} < {l})", "请擦净镜头、拿稳、对准脸对焦再拍"
    ),
    "dark": Sentence("照片太暗（脸部亮度 {v}，要求 {l} 以上）", "too dark ({v} < {l})", _LIGHT),
    "bright": Sentence("照片曝光过度，脸上发白（{v}，最多 {l}）", "over-exposed ({v} > {l})", "请避开强光和闪光灯再拍"),
    "uneven_light": Sentence("脸上一边亮一边暗（两颊亮度之比 {v}，要求 {l} 以上）", "uneven light ({v} < {l})", _LIGHT),
    "no_colour": Sentence("照片是黑白的（色彩 {v}，要求 {l} 以上）", "no colour ({v} < {l})", "请传彩色原照片"),
    "colour_cast": Sentence("肤色偏色（{v}，要求 {l}）", "colour cast ({v}, {l} needed)", "请在白光下拍，不要加滤镜"),
    "sunglasses": Sentence(
        "眼睛周围太暗或有颜色（{v}，{l}），可能戴了墨镜或有色眼镜",
        "perhaps tinted glasses ({v}; {l})",
        "请摘下墨镜或有色眼镜再拍",
    ),
    "covered": Sentence(
        "下半脸与额头差别太大（{v}，最多 {l}），可能戴了口罩或被挡住",
        "perhaps covered ({v} > {l})",
        "请露出整张脸再拍",
    ),
    "background_dark": Sentence("背景太暗（亮度 {v}，要求 {l} 以上）", "background too dark ({v} < {l})", _BACKGROUND),
    "background_colour": Sentence("背景颜色不对（{v}，应为 {l}）", "background {v}, must be {l}", _BACKGROUND),
    "background_uneven": Sentence(
        "背景不均匀，有阴影、渐变或杂物（{v}，最多 {l}）",
        "uneven background ({v} > {l})",
        "请在没有杂物的纯色背景前拍，离背景一步远，不要有影子",
    ),
    "background_unseen": Sentence(
        "看不到背景（只占 {v}，至少 {l}）", "no background visible ({v} < {l})", "请图片社按标准重新裁剪"
    ),
    "clothes_blue": Sentence(
        "衣服有 {v} 是蓝色（最多 {l}），会与蓝色背景混在一起",
        "{v} of the clothes is blue, at most {l}",
        "请换浅色、不是蓝色的上衣再拍",
    ),
    "clothes_like_background": Sentence(
        "衣服与背景颜色太接近（相差 {v}，要求 {l} 以上）",
        "clothes too like the background ({v} < {l})",
        "请换一件与背景颜色明显不同的上衣再拍",
    ),
    "not_judged": Sentence("照片的内容没能自动检查", "the picture could not be judged", "由教务处人工查看"),
}
