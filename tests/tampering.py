"""What may have happened to a photo, its receipt or a manifest, and how each is told; for Python, script and page."""

import copy
import hashlib
import io
from collections.abc import Callable
from typing import Any, NamedTuple

from PIL import Image

from gradphoto.delivery.sealing import seal
from gradphoto.delivery.sealing.line import photo_line
from gradphoto.photos.checking.jpeg import scan
from kept import portrait

SECRET, FORGER = bytes(range(32)), bytes(range(1, 33))
PUBLIC = seal.public_key(SECRET)
COUNT = 21
PHOTOS = [portrait(f"sealed {i}") for i in range(COUNT)]
Receipt = dict[str, Any]


def line(position: int, data: bytes, file: str | None = None, change: Any = "new") -> dict[str, Any]:
    seen = scan(data)
    return photo_line(
        position=position,
        number=f"4150{position + 1:04d}",
        file=file or f"照片/4150{position + 1:04d}.jpg",
        change=change,
        sha256=hashlib.sha256(data).hexdigest(),
        size=len(data),
        width=seen.width,
        height=seen.height,
        segments=[{"name": s.name, "offset": s.offset, "length": s.length, "sha256": s.sha256} for s in seen.segments],
        source="on_site",
        accepted_at=None,
    )


FACTS = {"campaign": "2019 届", "number": 1, "recipient": "考试院", "photos": COUNT, "names_sha256": None}
LINES = [line(i, data) for i, data in enumerate(PHOTOS)]
SEALED = seal.seal(LINES, FACTS, "", SECRET)
TREE = seal.tree_of(LINES)
RECEIPT = seal.receipt(SEALED, TREE, LINES[7])
PHOTO = PHOTOS[7]


def saved_again(data: bytes, kind: str = "JPEG", **options: Any) -> bytes:
    out = io.BytesIO()
    image = Image.open(io.BytesIO(data))
    image.info.clear()  # Pillow would carry the comment over
    image.save(out, kind, **options)
    return out.getvalue()


def flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def without_comment(data: bytes) -> bytes:
    found = next(one for one in scan(data).segments if one.name == "COM")
    return data[: found.offset] + data[found.offset + found.length :]


def changed(receipt: Receipt, **line_values: Any) -> Receipt:
    other = copy.deepcopy(receipt)
    other["line"] |= line_values
    return other


def signed_by_a_forger() -> Receipt:
    """All of it right, but under another key."""
    return seal.receipt(seal.seal(LINES, FACTS, "", FORGER), TREE, LINES[7])


def signed_by_a_forger_in_our_name() -> Receipt:
    forged = signed_by_a_forger()
    forged["head"] = RECEIPT["head"]
    return forged


def head_changed() -> Receipt:
    return RECEIPT | {"head": RECEIPT["head"] | {"recipient": "别人"}}


class Case(NamedTuple):
    name: str
    photo: bytes
    receipt: Receipt
    code: str
    words: str


CASES = [
    Case("untouched", PHOTO, RECEIPT, "same", "逐字节相同"),
    Case("one-bit-in-picture", flipped(PHOTO, len(PHOTO) // 2), RECEIPT, "bytes", "图像数据"),
    Case("one-bit-in-record", flipped(PHOTO, len(PHOTO) - 3), RECEIPT, "bytes", "末尾的附加数据"),
    Case("one-bit-in-comment", flipped(PHOTO, 26), RECEIPT, "bytes", "注释记录"),
    Case("cut-in-picture", PHOTO[: len(PHOTO) // 2], RECEIPT, "cut", "被截断"),
    Case("cut-in-record", PHOTO[:-5], RECEIPT, "cut", "被截断"),
    Case("byte-added", PHOTO + b"\0", RECEIPT, "added", "多出 1 字节"),
    Case("record-lost", without_comment(PHOTO), RECEIPT, "record", "丢失：注释记录"),
    Case("saved-again", saved_again(PHOTO, quality=70), RECEIPT, "resaved", "注释记录、文件末尾的附加数据。"),
    Case("png", saved_again(PHOTO, "PNG"), RECEIPT, "not_jpeg", "实际是PNG"),
    Case("empty", b"", RECEIPT, "not_jpeg", "空文件"),
    Case("anothers-photo", PHOTOS[3], RECEIPT, "not_this_photo", "收据不是这张照片的"),
    Case("anothers-receipt", PHOTO, seal.receipt(SEALED, TREE, LINES[3]), "not_this_photo", "收据不是这张照片的"),
    Case("hash-forged", PHOTOS[3], changed(RECEIPT, sha256=LINES[3]["sha256"]), "wrong_line", "收据被改过"),
    Case("place-forged", PHOTO, changed(RECEIPT, position=6), "wrong_line", "收据被改过"),
    Case("path-cut", PHOTO, RECEIPT | {"path": RECEIPT["path"][:-1]}, "wrong_line", "收据被改过"),
    Case("path-longer", PHOTO, RECEIPT | {"path": [*RECEIPT["path"], RECEIPT["path"][0]]}, "wrong_line", "收据被改过"),
    Case("key-forged", PHOTO, signed_by_a_forger(), "wrong_key", "不是用学校公布的公钥签的"),
    Case("signature-forged", PHOTO, signed_by_a_forger_in_our_name(), "wrong_signature", "签名不对"),
    Case("head-changed", PHOTO, head_changed(), "wrong_signature", "签名不对"),
    Case("no-receipt", PHOTO, {"hello": 1}, "unreadable", "收据读不懂"),
]

# --- manifests -------------------------------------------------------------------------------------------------------


def manifest_of(change: Callable[[list[bytes]], list[bytes]] = lambda rows: rows) -> bytes:
    rows = seal.manifest(SEALED, LINES).splitlines(keepends=True)
    return b"".join(change(rows))


MANIFESTS = [
    ("reordered", manifest_of(lambda rows: [rows[0], rows[2], rows[1], *rows[3:]]), "内容或次序"),
    ("line-missing", manifest_of(lambda rows: rows[:-1]), "应有 21 行，实有 20 行"),
    ("line-twice", manifest_of(lambda rows: [*rows, rows[-1]]), "应有 21 行，实有 22 行"),
    ("line-changed", manifest_of(lambda rows: [rows[0], rows[1].replace(b'"new"', b'"replaced"'), *rows[2:]]), "内容"),
    (
        "head-changed",
        manifest_of(lambda rows: [rows[0].replace(b'"count":21', b'"count":20'), *rows[1:-1]]),
        "签名不对",
    ),
    ("forged", seal.manifest(seal.seal(LINES, FACTS, "", FORGER), LINES), "不是用学校公布的公钥签的"),
]
FOLDER = {f"4150{i + 1:04d}.jpg": data for i, data in enumerate(PHOTOS)}


def troubled_folder() -> dict[str, bytes]:
    """One altered, one missing, two under each other's names, one that nobody sealed; 17 are right."""
    files = dict(FOLDER)
    files["41500001.jpg"] = saved_again(PHOTOS[0], quality=70)
    del files["41500002.jpg"]
    files["41500003.jpg"], files["41500004.jpg"] = files["41500004.jpg"], files["41500003.jpg"]
    files["别人.jpg"] = portrait("nobody's")
    return files


FOUND = {
    "41500001.jpg": "被重新保存或编辑过",
    "照片/41500002.jpg": "缺少",
    "41500003.jpg": "内容是学号 41500004",
    "41500004.jpg": "内容是学号 41500003",
    "别人.jpg": "清单里没有",
}
