"""Whether a file is a photo of the required form: structure first, then one strict decode; findings with measures.

Only structure is judged here. Limits: 高等教育学历证书电子注册图像采集规范及信息标准 (480x640, JPEG, 24 bit, 300 dpi,
"generally 20-40 KB"; the copies disagree on file size, so size only informs).
"""

import hashlib
import io
import warnings
from dataclasses import asdict, dataclass
from typing import Any, Literal

from PIL import Image, ImageOps

from gradphoto.photos.entropy import coded_data
from gradphoto.photos.jpeg import Scan, Segment, kind_of, scan

MOST_WORK = 60_000_000  # pixels times passes; about 0.2 s
Level = Literal["block", "review", "info"]
_KINDS = {
    "png": "PNG 图片", "gif": "GIF 图片", "bmp": "BMP 图片", "tiff": "TIFF 图片", "webp": "WebP 图片",
    "avif": "AVIF 图片", "heic": "HEIC 图片（苹果手机格式）", "jpeg2000": "JPEG 2000 图片", "jpeg-xl": "JPEG XL 图片",
    "zip": "压缩包或 Office 文档", "rar": "RAR 压缩包", "7z": "7z 压缩包", "pdf": "PDF 文件", "html": "网页",
    "video": "视频", "unknown": "无法识别的文件",
}  # fmt: skip
_USUAL = {"SOI", "EOI", "DQT", "DHT", "DRI", "SOS", "APP0 JFIF", "APP14 Adobe"}


@dataclass(frozen=True, slots=True)
class PhotoStandard:
    """What a campaign demands of a delivered photo. Sizes in pixels, bytes, KB (1,024 bytes)."""

    width: int = 480
    height: int = 640
    dpi: int = 300
    size_warn_kb: tuple[int, int] = (20, 60)
    max_bytes: int = 8 * 1024 * 1024
    max_pixels: int = 24_000_000


STANDARD = PhotoStandard()


@dataclass(frozen=True, slots=True)
class Finding:
    """block = cannot be accepted; review = a person looks; info = on record. `measured` against `limit`, as shown."""

    code: str
    level: Level
    zh: str
    en: str
    measured: str
    limit: str
    remedy: str


@dataclass(frozen=True, slots=True)
class PhotoReport:
    """`width`, `height`, `mode` are None when the file does not get as far as a readable frame."""

    sha256: str
    size: int
    kind: str
    width: int | None
    height: int | None
    mode: str | None
    dpi: tuple[int, int] | None
    findings: list[Finding]
    segments: list[Segment]
    trailing_bytes: int

    @property
    def accepted(self) -> bool:
        """No finding blocks; review findings are for a person to decide."""
        return not any(finding.level == "block" for finding in self.findings)

    def evidence(self) -> dict[str, Any]:
        """What is kept beside the photo: which byte belongs to what, so that a doubtful copy can be compared."""
        return {"segments": [asdict(s) for s in self.segments], "trailing_bytes": self.trailing_bytes}


class Unreadable(ValueError):
    """No picture can be made of these bytes within the limits."""


def check(data: bytes, standard: PhotoStandard = STANDARD) -> PhotoReport:
    """Worst first. Any bytes give a report: nothing is decoded before its header has been found harmless."""
    kind = kind_of(data)
    findings: list[Finding] = []
    seen = Scan()
    if kind == "empty":
        findings.append(_block("empty", "文件是空的", "the file is empty", "0 字节", "", "重新传一次"))
    elif len(data) > standard.max_bytes:
        zh, most = f"文件 {len(data) / 2**20:.1f} MB，超过上限", f"{standard.max_bytes / 2**20:.0f} MB"
        findings.append(
            _block("too_large", zh, "the file is too large", f"{len(data)} 字节", most, "请传图片社制作的照片")
        )
    elif kind != "jpeg":
        zh = f"文件实际是{_KINDS[kind]}，不是 JPEG 照片"
        remedy = "请传图片社给的原文件；改扩展名或转换格式都不行"
        findings.append(_block("not_jpeg", zh, f"the file is {kind}, not JPEG", kind, "jpeg", remedy))
    else:
        seen = scan(data)
        findings += _structure(seen, standard)
        findings += _decoded(data, seen, findings)
        findings += _remarks(data, seen, standard)
    order = {"block": 0, "review": 1, "info": 2}
    return PhotoReport(
        sha256=hashlib.sha256(data).hexdigest(),
        size=len(data),
        kind=kind,
        width=seen.width or None,
        height=seen.height or None,
        mode={1: "L", 3: "RGB", 4: "CMYK"}.get(len(seen.sampling)) if seen.frame else None,
        dpi=seen.dpi,
        findings=sorted(findings, key=lambda finding: order[finding.level]),
        segments=seen.segments,
        trailing_bytes=seen.trailing_bytes,
    )


def _block(code: str, zh: str, en: str, measured: str, limit: str, remedy: str) -> Finding:
    return Finding(code, "block", zh, en, measured, limit, remedy)


def _structure(seen: Scan, standard: PhotoStandard) -> list[Finding]:
    found: list[Finding] = []
    again = "请从原光盘或原邮件重新复制一份再传"
    broken = [problem for problem in seen.problems if problem != "no_eoi"]
    if broken or not (seen.width and seen.height):
        measured = "、".join(broken) or "0x0"
        found.append(_block("corrupt", "文件结构已损坏", "the file structure is broken", measured, "", again))
    elif seen.eoi is None:
        zh = "文件不完整，末尾缺失"
        found.append(_block("truncated", zh, "the end of the file is missing", "无结束标记", "有结束标记", again))
    pixels, size = seen.width * seen.height, f"{seen.width}x{seen.height}"
    if pixels > standard.max_pixels:
        zh = f"像素 {size}，超过可处理的上限"
        limit = f"{standard.max_pixels / 1e6:.0f} 百万像素"
        found.append(_block("bomb", zh, "too many pixels to open", size, limit, "请传图片社制作的照片"))
    elif pixels and (seen.width, seen.height) != (standard.width, standard.height):
        limit = f"{standard.width}x{standard.height}"
        zh = f"照片 {size} 像素，应为 {limit}（宽x高）"
        remedy = "请传图片社制作的原照片；不要自行缩放、裁剪或旋转"
        found.append(_block("wrong_size", zh, f"{size} pixels, must be {limit}", size, limit, remedy))
    if len(seen.sampling) == 4:
        zh = "颜色是印刷用的 CMYK，应为 RGB"
        found.append(_block("cmyk", zh, "CMYK colour, must be RGB", "CMYK", "RGB", "请图片社重新给出 RGB 照片"))
    elif seen.frame and len(seen.sampling) == 1:
        zh = "照片是黑白的，应为彩色"
        found.append(_block("grey", zh, "greyscale, must be colour", "1 个颜色分量", "3", "请传彩色原照片"))
    if seen.frame and (
        seen.frame not in (0xC0, 0xC1, 0xC2) or seen.precision != 8 or len(seen.sampling) not in (1, 3, 4)
    ):
        measured = f"SOF{seen.frame - 0xC0}，{seen.precision} 位，{len(seen.sampling)} 分量"
        zh = "JPEG 编码方式不常见，其他系统可能打不开"
        found.append(_block("coding", zh, "unusual JPEG coding", measured, "24 位 JPEG", "请图片社重新给出普通 JPEG"))
    return found


def _decoded(data: bytes, seen: Scan, so_far: list[Finding]) -> list[Finding]:
    """One strict decode, unless the file is refused already for something that makes it pointless or dear."""
    codes = {finding.code for finding in so_far}
    if codes & {"corrupt", "truncated", "bomb", "coding"}:
        return []
    if seen.work > MOST_WORK:
        measured = f"{len(seen.passes)} 遍扫描"
        if codes:
            return []
        return [
            _block("too_complex", "文件编码异常复杂，没有打开", "too many scans", measured, "", "请传图片社的原文件")
        ]
    remedy = "文件在传输或复制中损坏，请从原光盘或原邮件重新复制"
    try:
        with warnings.catch_warnings(), Image.open(io.BytesIO(data), formats=["JPEG"]) as image:
            warnings.simplefilter("ignore")
            image.load()
    except Exception as error:  # Pillow's plugins raise whatever their parsing runs into
        return [_block("corrupt", "照片数据已损坏，打不开", "cannot be decoded", type(error).__name__, "", remedy)]
    verdict = coded_data(data, seen)
    if verdict == "damaged":
        zh = "照片数据中间有损坏，画面会缺一部分"
        return [_block("corrupt", zh, "the coded data is damaged", "编码中断", "编码完整", remedy)]
    if verdict == "leftover":
        zh = "画面数据之后还有多余数据，可能已损坏"
        return [Finding("leftover", "review", zh, "extra coded data", "有多余数据", "无", "请放大看清整张照片")]
    return []


def _remarks(data: bytes, seen: Scan, standard: PhotoStandard) -> list[Finding]:
    """What a person may want to know; none of it blocks."""
    found: list[Finding] = []
    if seen.orientation not in (None, 1):
        zh = "照片带有旋转标记，不同软件显示的方向可能不同"
        found.append(
            Finding("orientation", "review", zh, "EXIF orientation set", str(seen.orientation), "1", "看清方向后再通过")
        )
    if seen.trailing_bytes and seen.trailing_kind:
        zh = f"照片末尾附带另一个文件（{_KINDS.get(seen.trailing_kind, 'JPEG 图片')}）"
        found.append(
            Finding("trailing_file", "review", zh, "another file follows", seen.trailing_kind, "无", "核实来源")
        )
    elif seen.trailing_bytes:
        zh = f"照片末尾有 {seen.trailing_bytes} 字节附加数据，原样保存，不解读"
        found.append(
            Finding("trailing", "info", zh, "trailing data kept", f"{seen.trailing_bytes} 字节", "", "无需处理")
        )
    extra = [s for s in seen.segments if s.name not in _USUAL and not s.name.startswith("SOF") and s.marker]
    if extra:
        names = "、".join(sorted({s.name for s in extra})[:8])
        total = sum(s.length for s in extra)
        zh = f"含附加数据段 {names}，共 {total} 字节，原样保存，不解读"
        found.append(Finding("segments", "info", zh, "extra segments kept", names, "", "无需处理"))
    low, high = standard.size_warn_kb
    kb = len(data) / 1024
    if not low <= kb <= high:
        zh = f"文件 {kb:.0f} KB，一般在 {low}-{high} KB"
        found.append(
            Finding("file_size", "info", zh, "unusual file size", f"{kb:.0f} KB", f"{low}-{high} KB", "无需处理")
        )
    if seen.progressive:
        zh = "渐进式 JPEG，少数老系统打不开"
        found.append(Finding("progressive", "info", zh, "progressive JPEG", "渐进式", "基线式", "无需处理"))
    if seen.dpi and seen.dpi != (standard.dpi, standard.dpi):
        zh = f"分辨率标记为 {seen.dpi[0]} dpi，标准为 {standard.dpi} dpi"
        found.append(Finding("dpi", "info", zh, "dpi differs", f"{seen.dpi[0]} dpi", f"{standard.dpi} dpi", "无需处理"))
    return found


def thumbnail(data: bytes, width: int = 240, standard: PhotoStandard = STANDARD) -> bytes:
    """A small JPEG for screens: upright, RGB, without metadata; raises Unreadable. The original is never touched."""
    seen = scan(data)
    pixels = seen.width * seen.height
    if not 0 < pixels <= standard.max_pixels or seen.work > 4 * MOST_WORK or set(seen.problems) - {"no_eoi"}:
        raise Unreadable
    target = (width, width * 8)
    try:
        with warnings.catch_warnings(), Image.open(io.BytesIO(data), formats=["JPEG"]) as image:
            warnings.simplefilter("ignore")
            image.draft("RGB", (width * 2, width * 2))
            upright = ImageOps.exif_transpose(image).convert("RGB")
            upright.thumbnail(target)
            clean = Image.frombytes("RGB", upright.size, upright.tobytes())
            buffer = io.BytesIO()
            clean.save(buffer, "JPEG", quality=82, optimize=True)
    except Exception as error:  # as in check
        raise Unreadable from error
    return buffer.getvalue()
