"""ZIPs on their way in: pieces written where they belong and on safe ground before anybody is told."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

from gradphoto.core.errors import Refusal
from gradphoto.core.settings import settings
from gradphoto.photo_imports.reading.archive import Archive, Limits
from gradphoto.photo_imports.reading.archive_directory import NotAnArchive
from gradphoto.photos.storage import StorageAway, StorageFull, sync, telling

LEFT_FREE = 200 << 20  # what must stay for the database and the photos themselves


class PiecesLost(Refusal):
    """这个压缩包先前传来的部分已经不在服务器上。请取消这一批，重新上传。"""

    status = 410


def path_of(import_id: UUID) -> Path:
    return settings().data_dir / "incoming" / f"{import_id}.zip"


def check_room(size: int) -> None:
    """Said before the first of four thousand million bytes, not after the last."""
    folder = _folder()
    if shutil.disk_usage(folder).free < size + LEFT_FREE:
        raise StorageFull("磁盘剩余空间放不下这个压缩包。请联系管理员腾出空间，或分成小一些的包再传。")


def write(import_id: UUID, offset: int, data: bytes) -> None:
    """Durable when it returns. A piece that was written and not told to anybody is written over by the next one."""
    with telling():
        path = _folder() / path_of(import_id).name
        fresh = not path.exists()
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW, 0o600), "wb") as file:
            if os.fstat(file.fileno()).st_size < offset:  # never a hole where bytes were acknowledged
                raise PiecesLost
            file.seek(offset)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if fresh:
            sync(path.parent)


@contextmanager
def opened(import_id: UUID) -> Iterator[Archive]:
    """NotAnArchive and DirectoryTooLarge if the whole is unusable or gone."""
    try:
        with telling():
            file = path_of(import_id).open("rb")
    except StorageAway as away:
        if isinstance(away.__cause__, FileNotFoundError):
            raise NotAnArchive("压缩包已经不在服务器上，请重新上传。") from None
        raise
    with file:
        yield Archive(file, Limits(entry_bytes=settings().max_photo_bytes))


def forget(import_id: UUID) -> None:
    path_of(import_id).unlink(missing_ok=True)


def kept() -> list[UUID]:
    """The imports of which there are bytes here."""
    return [UUID(path.stem) for path in _folder().glob("*.zip")]


def _folder() -> Path:
    folder = settings().data_dir / "incoming"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
