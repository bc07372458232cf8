"""Files that come together: in the order of the camera, each readable or refused with a reason and a way out."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

PICTURES = (".jpg", ".jpeg", ".jfif", ".png", ".bmp", ".gif", ".webp", ".heic", ".tif", ".tiff")
_OTHER_ARCHIVES = (b"PK\x03\x04", b"PK\x05\x06", b"Rar!\x1a\x07", b"7z\xbc\xaf\x27\x1c", b"\x1f\x8b\x08")
_JUNK = {"thumbs.db", "desktop.ini", ".ds_store"}
_DIGITS = re.compile(r"([0-9]+)")


class EntryFault(StrEnum):
    """Why one file of a bulk is not read. The others go in."""

    unsafe_path = "unsafe_path"
    symlink = "symlink"
    encrypted = "encrypted"
    duplicate_name = "duplicate_name"
    unknown_method = "unknown_method"
    nested_archive = "nested_archive"
    not_a_photo = "not_a_photo"
    damaged = "damaged"
    overlapping = "overlapping"
    false_size = "false_size"
    bomb = "bomb"
    too_large = "too_large"
    too_much = "too_much"
    too_many = "too_many"
    unreadable = "unreadable"


_REPACK = "请用系统自带的压缩功能重新打包后再传"
# code -> what is wrong, what to do
TOLD = {
    EntryFault.unsafe_path: ("文件的路径指向压缩包外面，没有读取", "请把照片放进一个文件夹，重新打包后再传"),
    EntryFault.symlink: ("这是一个快捷链接，不是照片文件", "请放入照片文件本身"),
    EntryFault.encrypted: ("文件加了密码，打不开", "请去掉压缩包的密码后再传"),
    EntryFault.duplicate_name: ("同一文件夹里有两个同名文件，只收了第一个", "请改名后单独上传这一张"),
    EntryFault.unknown_method: ("压缩方式不常见，打不开", _REPACK),
    EntryFault.nested_archive: ("这是压缩包里的压缩包，没有打开", "请先解压，再把照片打包上传"),
    EntryFault.not_a_photo: ("这不是照片文件，没有收", "不用处理；如果是照片，请另存为 JPG 后再传"),
    EntryFault.damaged: ("文件在压缩包里已损坏，内容与校验值不一致", "请用原来的照片重新打包，或单独上传这一张"),
    EntryFault.overlapping: ("几个文件共用压缩包里的同一段内容，不正常", _REPACK),
    EntryFault.false_size: ("文件的实际大小与压缩包里登记的不一致", _REPACK),
    EntryFault.bomb: ("文件解压后异常膨胀，已停止", "请确认是照片文件；用系统自带的压缩功能重新打包"),
    EntryFault.too_large: ("文件超过单张照片的大小上限，没有收", "请传图片社制作的成品照片，不要传相机原始文件"),
    EntryFault.too_much: ("压缩包解压后总量太大，后面的没有读", "请分成几个压缩包再传"),
    EntryFault.too_many: ("压缩包里文件太多，超出的部分没有读", "请把没读的部分另打一个包再传"),
    EntryFault.unreadable: ("文件读不出来", "请检查文件后重新上传这一张"),
}  # fmt: skip


class EntryRefused(Exception):
    def __init__(self, fault: EntryFault) -> None:
        super().__init__(fault.value)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class BulkFile:
    """`position` 1, 2, 3, … in the order of the names; `fault` when it is refused without reading it."""

    position: int
    name: str
    fault: EntryFault | None


class Bulk(Protocol):
    """A ZIP or a folder."""

    files: Sequence[BulkFile]
    passed_over: int
    """what computers put there by themselves: Thumbs.db, .DS_Store, __MACOSX"""

    def read(self, file: BulkFile) -> bytes:
        """The whole file, or EntryRefused. Blocks; one call at a time."""


def is_junk(path: str) -> bool:
    parts = path.replace("\\", "/").split("/")
    return "__MACOSX" in parts or parts[-1].lower() in _JUNK or parts[-1].startswith(".")


def readable(raw: bytes) -> str:
    """A file's name: UTF-8, the stricter test, else GB18030 (Chinese Windows)."""
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode("cp437")


def in_camera_order(path: str) -> tuple[tuple[bool, int, str], ...]:
    """A sort key: numbers by their value, so that DSC_999 comes before DSC_1000."""
    parts = [part for part in _DIGITS.split(path.casefold()) if part]
    return tuple(_rank(part.lstrip("0") if part[0] in "0123456789" else part, part) for part in parts)


def _rank(value: str, part: str) -> tuple[bool, int, str]:
    number = part[0] in "0123456789"
    return (not number, len(value) if number else 0, value)  # of two numbers the longer one is the greater


def content_fault(name: str, data: bytes) -> EntryFault | None:
    """What is plainly no photo. What looks like one is judged by the check, which says more."""
    if data.startswith(_OTHER_ARCHIVES):
        return EntryFault.nested_archive
    if not data.startswith(b"\xff\xd8\xff") and not name.lower().endswith(PICTURES):
        return EntryFault.not_a_photo
    return None
