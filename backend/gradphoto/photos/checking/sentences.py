"""What each finding about a picture says in two languages: what is wrong with the measured value and the limit, and
what to do about it.

In braces: {v} the measured value, {l} the limit. A sentence names what the person can see on the photo. No sentence
has a full stop at its end.
"""

from typing import NamedTuple


class Sentence(NamedTuple):
    zh: str
    en: str
    remedy: str
    remedy_en: str


_BACKGROUND = (
    "请在白色、浅灰或浅蓝的纯色背景前拍",
    "Have it taken in front of a plain white, light grey or light blue background",
)
_RETAKE = (
    "请正对镜头、平视，重新拍一张",
    "Have it taken again, facing the camera and looking straight into it",
)
_LIGHT = (
    "请面向窗户或灯，让光线均匀照在脸上再拍",
    "Face a window or a lamp, so that the light falls evenly on the face",
)
_CROP = ("请图片社按标准重新裁剪", "Ask the photo agency to crop it again by the standard")

PICTURE = {
    "no_face": Sentence(
        "照片里没有找到人脸",
        "No face was found in the photo",
        "请传本人的正面免冠证件照",
        "Send a portrait of yourself, facing the camera, without a hat",
    ),
    "many_faces": Sentence(
        "照片里有 {v} 张脸，只能有 {l} 张",
        "There are {v} faces in the photo, only {l} is allowed",
        "请单独一个人拍，背景里不要有别人",
        "Have it taken alone, with nobody in the background",
    ),
    "upside_down": Sentence(
        "照片上下颠倒或横过来了（歪了 {v}，应为 {l}）",
        "The photo is upside down or on its side (turned by {v}, must be {l})",
        "请传方向正的照片",
        "Send a photo that is the right way up",
    ),
    "face_unclear": Sentence(
        "脸看不清，或者照片上下颠倒了（把握 {v}，要求 {l} 以上）",
        "The face cannot be made out, or the photo is upside down (certainty {v}, at least {l} needed)",
        *_RETAKE,
    ),
    "face_small": Sentence(
        "脸太小：脸宽 {v}，应为 {l}",
        "The face is too small: {v} wide, must be {l}",
        "请靠近一些再拍，或请图片社按标准重新裁剪",
        "Move closer to the camera, or ask the photo agency to crop it again",
    ),
    "face_large": Sentence(
        "脸太大：脸宽 {v}，应为 {l}",
        "The face is too large: {v} wide, must be {l}",
        "请离远一些再拍，或请图片社按标准重新裁剪",
        "Move away from the camera, or ask the photo agency to crop it again",
    ),
    "eyes_height": Sentence(
        "眼睛的位置不对：距上边 {v}，应为 {l}", "The eyes are {v} from the top edge, must be {l}", *_CROP
    ),
    "head_top": Sentence(
        "头顶的位置不对：头发顶端距上边 {v}，应为 {l}",
        "The top of the hair is {v} from the top edge, must be {l}",
        *_CROP,
    ),
    "off_centre": Sentence(
        "人没有在正中（偏{v}，最多 {l}）", "The face is not in the middle ({v}, at most {l})", *_CROP
    ),
    "roll": Sentence(
        "头歪了 {v}，最多 {l}",
        "The head is tilted by {v}, at most {l}",
        "请双眼保持水平，重新拍一张",
        "Have it taken again with both eyes level",
    ),
    "yaw": Sentence("脸转向一侧约 {v}，最多 {l}", "The face is turned to one side by about {v}, at most {l}", *_RETAKE),
    "stretched": Sentence(
        "脸的宽高比例不正常（{v}，一般 {l}），照片可能被拉伸或压扁过",
        "The face has unusual proportions ({v}, usually {l}): the photo may have been stretched",
        "请传没有改过比例的原照片",
        "Send the original photo, whose proportions nobody has changed",
    ),
    "eyes_closed": Sentence(
        "眼睛可能没有睁开（开合度 {v}，一般不低于 {l}）",
        "The eyes may be closed (openness {v}, usually at least {l})",
        "请睁开双眼，重新拍一张",
        "Have it taken again with both eyes open",
    ),
    "mouth_open": Sentence(
        "嘴张开了（张开度 {v}，最多 {l}）",
        "The mouth is open (openness {v}, at most {l})",
        "请自然闭嘴，重新拍一张",
        "Have it taken again with the mouth closed",
    ),
    "blurred": Sentence(
        "照片不清楚（清晰度 {v}，要求 {l} 以上）",
        "The photo is blurred (sharpness {v}, at least {l} needed)",
        "请擦净镜头、拿稳、对准脸对焦再拍",
        "Wipe the lens, hold the camera still and focus on the face",
    ),
    "dark": Sentence(
        "照片太暗（脸部亮度 {v}，要求 {l} 以上）",
        "The photo is too dark (brightness of the face {v}, at least {l} needed)",
        *_LIGHT,
    ),
    "bright": Sentence(
        "照片曝光过度，脸上发白（{v}，最多 {l}）",
        "The photo is over-exposed ({v}, at most {l})",
        "请避开强光和闪光灯再拍",
        "Have it taken again without harsh light or flash",
    ),
    "uneven_light": Sentence(
        "脸上一边亮一边暗（两颊亮度之比 {v}，要求 {l} 以上）",
        "One side of the face is darker than the other (ratio of the cheeks {v}, at least {l} needed)",
        *_LIGHT,
    ),
    "no_colour": Sentence(
        "照片是黑白的（色彩 {v}，要求 {l} 以上）",
        "The photo is black and white (colour {v}, at least {l} needed)",
        "请传彩色原照片",
        "Send the original photo in colour",
    ),
    "colour_cast": Sentence(
        "肤色偏色（{v}，要求 {l}）",
        "The skin has a colour cast ({v}, must be {l})",
        "请在白光下拍，不要加滤镜",
        "Have it taken in white light, without a filter",
    ),
    "sunglasses": Sentence(
        "眼睛周围太暗或有颜色（{v}，{l}），可能戴了墨镜或有色眼镜",
        "It is too dark or coloured around the eyes ({v}, {l}): perhaps tinted glasses",
        "请摘下墨镜或有色眼镜再拍",
        "Take off sunglasses or tinted glasses and have it taken again",
    ),
    "covered": Sentence(
        "下半脸与额头差别太大（{v}，最多 {l}），可能戴了口罩或被挡住",
        "The lower face differs too much from the forehead ({v}, at most {l}): perhaps a mask or a hand",
        "请露出整张脸再拍",
        "Have it taken again with the whole face uncovered",
    ),
    "background_dark": Sentence(
        "背景太暗（亮度 {v}，要求 {l} 以上）",
        "The background is too dark (lightness {v}, at least {l} needed)",
        *_BACKGROUND,
    ),
    "background_colour": Sentence(
        "背景颜色不对（{v}，应为 {l}）", "The background has the wrong colour ({v}, must be {l})", *_BACKGROUND
    ),
    "background_uneven": Sentence(
        "背景不均匀，有阴影、渐变或杂物（{v}，最多 {l}）",
        "The background is not even: a shadow, a gradient or objects ({v}, at most {l})",
        "请在没有杂物的纯色背景前拍，离背景一步远，不要有影子",
        "Stand a step away from a plain, empty background, so that no shadow falls on it",
    ),
    "background_unseen": Sentence(
        "看不到背景（只占 {v}，至少 {l}）",
        "There is hardly any background ({v} of the photo, at least {l} needed)",
        *_CROP,
    ),
    "clothes_blue": Sentence(
        "衣服有 {v} 是蓝色（最多 {l}），会与蓝色背景混在一起",
        "{v} of the clothes is blue (at most {l}), which merges with a blue background",
        "请换浅色、不是蓝色的上衣再拍",
        "Change into a light top that is not blue and have it taken again",
    ),
    "clothes_like_background": Sentence(
        "衣服与背景颜色太接近（相差 {v}，要求 {l} 以上）",
        "The clothes look too much like the background (apart by {v}, at least {l} needed)",
        "请换一件与背景颜色明显不同的上衣再拍",
        "Change into a top of a clearly different colour and have it taken again",
    ),
    "not_judged": Sentence(
        "照片的内容没能自动检查",
        "The picture could not be checked by the program",
        "由教务处人工查看",
        "Somebody at the registrar's office looks at it",
    ),
}
