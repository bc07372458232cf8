"""What a screen shows of a photo: a small picture without metadata, made once and kept apart from the originals."""

import asyncio
import os
import tempfile
from pathlib import Path

from gradphoto.core.errors import Refusal
from gradphoto.core.settings import settings
from gradphoto.photos.checker import small_picture
from gradphoto.photos.checking.report import Unreadable
from gradphoto.photos.storage import PhotoStore, key_of

WIDTH = 240


class NoThumbnail(Refusal):
    """这个文件打不开，没有可以显示的小图。"""

    status = 415


async def thumbnail_of(store: PhotoStore, sha256: str) -> bytes:
    """JPEG. May be deleted at any time: it is made again from the original."""
    kept = settings().data_dir / "derived" / key_of(sha256)
    small = await asyncio.to_thread(_read, kept)
    if small is None:
        try:
            small = await small_picture(await store.get(sha256), WIDTH)
        except Unreadable:
            raise NoThumbnail from None
        await asyncio.to_thread(_keep, kept, small)
    return small


def _read(path: Path) -> bytes | None:
    """None also for what a power cut has left half written: these files are not synced, and none of them is needed."""
    try:
        data = path.read_bytes()
    except OSError:
        return None
    return data if data.endswith(b"\xff\xd9") else None


def _keep(path: Path, data: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent)
    except OSError:  # a full disk must not take the pictures from the screens
        return
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(name).replace(path)
    except OSError:
        Path(name).unlink(missing_ok=True)  # nor be filled further by what did not fit
