"""What each finding about a file says; see `sentences`. What stands behind a colon tells cases of one code apart.

One more in braces than there: {kind} of file.
"""

from gradphoto.photos.checking.sentences import Sentence

_AGAIN = (
    "请从原光盘、原邮件或图片社重新取得这个文件再传，不要截图或转存",
    "Get the file again from the original disc, mail or photo agency; no screenshot and no saved copy",
)
_ORIGINAL = (
    "请传图片社制作的原照片，不要自己缩放、裁剪或旋转",
    "Send the photo that the agency made; do not resize, crop or rotate it yourself",
)
_AGENCY = ("请传图片社的原文件", "Send the photo agency's original file")
_BROKEN, _BROKEN_EN = "文件结构已损坏", "The file is damaged"
_SIDES, _SIDES_EN = "照片 {v} 像素，应为 {l}（宽x高）", "The photo is {v} pixels, must be {l} (width x height)"
# A note asks nothing of anybody.
NOTHING = ("无需处理", "Nothing needs to be done")

FILE = {
    "empty": Sentence("文件是空的，只有 {v}", "The file is empty ({v})", "请重新选择照片", "Choose the photo again"),
    "too_large": Sentence("文件 {v}，超过上限 {l}", "The file has {v}, at most {l}", *_ORIGINAL),
    "not_jpeg": Sentence(
        "文件实际是{kind}，不是 JPEG 照片",
        "The file is really {kind}, not a JPEG photo",
        "请传图片社给的 JPG 原文件；改扩展名或转换格式都不行",
        "Send the original JPG from the photo agency; renaming or converting a file does not help",
    ),
    "not_jpeg:heic": Sentence(
        "文件实际是{kind}，不是 JPEG 照片",
        "The file is really {kind}, not a JPEG photo",
        "请传图片社给的 JPG 原文件；改扩展名或转换格式都不行。苹果手机拍的照片不能代替图片社的照片",
        "Send the original JPG from the photo agency; a photo from an iPhone cannot take its place",
    ),
    "corrupt": Sentence(_BROKEN, _BROKEN_EN, *_AGAIN),
    "corrupt:sizes": Sentence(
        _BROKEN + "，里面有两个不同的尺寸", _BROKEN_EN + ": it holds two different sizes", *_AGAIN
    ),
    "corrupt:data": Sentence(
        "照片数据有损坏，画面会缺一部分或走样",
        "The picture data is damaged: part of the picture would be missing or distorted",
        *_AGAIN,
    ),
    "truncated": Sentence("文件不完整，后面一段没有传过来", "The file is incomplete: its end is missing", *_AGAIN),
    "bomb": Sentence(
        "照片 {v} 像素，超过可处理的上限（{l}）", "The photo is {v} pixels, more than can be opened ({l})", *_ORIGINAL
    ),
    "wrong_size": Sentence(_SIDES, _SIDES_EN, *_ORIGINAL),
    "wrong_size:shape": Sentence(
        _SIDES + "，长宽比例也不对", _SIDES_EN + "; its proportions are wrong too", *_ORIGINAL
    ),
    "wrong_size:turned": Sentence(
        "照片横放了：{v} 像素，应为 {l}（宽x高）",
        "The photo lies on its side: {v} pixels, must be {l} (width x height)",
        *_ORIGINAL,
    ),
    "cmyk": Sentence(
        "颜色是印刷用的 {v}，应为 {l}",
        "The colours are {v}, made for printing, must be {l}",
        "请图片社重新给出 RGB 照片",
        "Ask the photo agency for an RGB photo",
    ),
    "grey": Sentence(
        "照片是黑白的（{v}），应为 {l}",
        "The photo is black and white ({v}), must be {l}",
        "请传彩色原照片",
        "Send the original photo in colour",
    ),
    "coding": Sentence(
        "JPEG 编码方式不常见（{v}），应为 {l}，否则其他系统可能打不开",
        "The JPEG is coded in an unusual way ({v}), must be {l}: other systems may not open it",
        "请图片社重新给出普通 JPEG",
        "Ask the photo agency for an ordinary JPEG",
    ),
    "too_complex": Sentence(
        "文件编码异常复杂（{v}），没有打开", "The file is coded in too many layers ({v}) and was not opened", *_AGENCY
    ),
    "trailing_file": Sentence(
        "照片末尾附带另一个文件（{kind}，{v}），不能接收",
        "Another file is attached to the end of the photo ({kind}, {v}); it cannot be accepted",
        *_AGENCY,
    ),
    "trailing:padding": Sentence("照片末尾有 {v}空白填充", "The file ends with {v} of padding", *NOTHING),
    "trailing:preview": Sentence("照片末尾有预览图（{v}）", "A preview picture ({v}) follows the photo", *NOTHING),
    "trailing:record": Sentence(
        "照片末尾有 {v}附加数据，不改动、不解读",
        "The file ends with {v} of further data, neither changed nor read",
        "如果是图片社写入的就没有问题，由教务处确认",
        "No problem if the photo agency put it there; the registrar's office will confirm",
    ),
    "orientation": Sentence(
        "照片靠旋转标记（EXIF {v}，应为 {l}）才是正的，证书系统不认这个标记",
        "The photo is only upright by its rotation mark (EXIF {v}, must be {l}), which the certificate system ignores",
        *_ORIGINAL,
    ),
    "quality_low": Sentence(
        "压缩得太厉害：JPEG 质量约 {v}，不应低于 {l}",
        "The photo is compressed too much: JPEG quality about {v}, at least {l}",
        "请传没有压缩过的原文件（不要用微信发图）",
        "Send the uncompressed original (WeChat pictures are compressed)",
    ),
    "leftover": Sentence(
        "画面数据里夹着多余的数据（共 {v}，最多应有 {l}）",
        "Something else is hidden in the picture data ({v}, at most {l} can belong to it)",
        *_AGENCY,
    ),
    "edited": Sentence(
        "文件被图片软件（{v}）保存过，图片社的照片不可二次编辑",
        "The file was saved by a picture editor ({v}); the agency's photo must not be edited again",
        "请传图片社给的、没有编辑过的原文件",
        "Send the photo agency's original, unedited file",
    ),
    "no_record": Sentence(
        "没有图片社写入的信息，可能被微信或软件重新保存过",
        "The photo agency's own data is missing: WeChat or a program may have saved the file again",
        "请用邮件附件或“原图”方式重新取得原文件",
        "Get the original again, as a mail attachment or by “Full image”",
    ),
    "segments": Sentence(
        "含附加数据段（{v}），不改动、不解读",
        "The file holds further data ({v}), neither changed nor read",
        *NOTHING,
    ),
    "file_size": Sentence("文件 {v}，一般在 {l}", "The file has {v}, usually {l}", *NOTHING),
    "progressive": Sentence(
        "渐进式 JPEG，少数老系统打不开", "A progressive JPEG, which a few old systems cannot open", *NOTHING
    ),
    "dpi": Sentence("分辨率标记为 {v}，标准为 {l}", "The file says {v}, the standard is {l}", *NOTHING),
    "quarantined": Sentence(
        "这个文件让检查程序中途停止，可能已损坏或被改动过，不会再打开",
        "This file stopped the checking program and may be damaged or tampered with; it is not opened again",
        "请从图片社另取一份原文件再传",
        "Get a fresh copy of the original from the photo agency and send that",
    ),
}

# What a kind of file is called, in Chinese and in English.
KINDS = {
    "png": ("PNG 图片", "a PNG picture"), "gif": ("GIF 图片", "a GIF picture"), "bmp": ("BMP 图片", "a BMP picture"),
    "tiff": ("TIFF 图片", "a TIFF picture"), "webp": ("WebP 图片", "a WebP picture"),
    "avif": ("AVIF 图片", "an AVIF picture"), "heic": ("HEIC 图片（苹果手机格式）", "a HEIC picture (iPhone format)"),
    "jpeg2000": ("JPEG 2000 图片", "a JPEG 2000 picture"), "jpeg-xl": ("JPEG XL 图片", "a JPEG XL picture"),
    "zip": ("压缩包或 Office 文档", "a ZIP or Office file"), "rar": ("RAR 压缩包", "a RAR archive"),
    "7z": ("7z 压缩包", "a 7z archive"), "pdf": ("PDF 文件", "a PDF file"), "html": ("网页", "a web page"),
    "video": ("视频", "a video"), "unknown": ("无法识别的文件", "a file of an unknown kind"),
    "jpeg": ("JPEG 图片", "a JPEG picture"),
}  # fmt: skip
# What an editor is called in English, where that is another name.
EDITORS = {"美图秀秀": "Meitu", "醒图": "Xingtu", "画图": "Paint", "美颜相机": "BeautyCam"}
