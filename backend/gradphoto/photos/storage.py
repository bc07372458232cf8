"""Photo bytes under their SHA-256, on a disk or in S3: on safe ground before the answer, verified on every read."""

import asyncio
import errno
import hashlib
import os
import re
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError, PermissionDeniedError, UnauthenticatedError
from obstore.store import LocalStore, ObjectStore, from_url

from gradphoto.core.errors import Refusal

_SHA256 = re.compile(r"[0-9a-f]{64}")
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
STALE_SECONDS = 3600


class StorageFull(Refusal):
    """存照片的磁盘已满，这张照片没有保存。请联系管理员腾出空间后再传。"""

    status = 507


class PhotoLost(Refusal):
    """照片原件不在存储里，记录仍在。请联系管理员从备份恢复。"""

    status = 410


class PhotoAltered(Refusal):
    """照片原件的内容与登记时不一致，已停止提供。请联系管理员从备份恢复。"""

    status = 500


class StorageAway(Refusal):
    """照片存储暂时不可用，这次没有保存或读出。请稍后再试。"""

    status = 503


class PhotoStore:
    """Content-addressed and write-once: `ab/abcd….jpg`. `root` is set for a local disk, which is fsynced here because
    obstore does not; nothing ever deletes.
    """

    def __init__(self, store: ObjectStore, root: Path | None) -> None:
        self._store = store
        self._root = root

    async def put(self, data: bytes) -> str:
        """Hex SHA-256 of `data`, once it is durable. Safe to repeat; a damaged copy under that name is replaced."""
        sha256 = hashlib.sha256(data).hexdigest()
        if self._root is not None:
            await asyncio.to_thread(_write, self._root, key_of(sha256), data, sha256)
            return sha256
        with telling():
            try:
                await obstore.put_async(self._store, key_of(sha256), data, mode="create")
            except AlreadyExistsError:
                if hashlib.sha256(await self._read(sha256)).hexdigest() != sha256:
                    await obstore.put_async(self._store, key_of(sha256), data, mode="overwrite")
        return sha256

    async def get(self, sha256: str) -> bytes:
        """The exact bytes, or PhotoLost, or PhotoAltered: never other bytes."""
        data = await self._read(sha256)
        if hashlib.sha256(data).hexdigest() != sha256:
            raise PhotoAltered
        return data

    async def exists(self, sha256: str) -> bool:
        """Whether something is stored under that name; only `get` knows that it is intact."""
        with telling():
            try:
                await obstore.head_async(self._store, key_of(sha256))
            except FileNotFoundError:
                return False
        return True

    async def _read(self, sha256: str) -> bytes:
        with telling():
            try:
                result = await obstore.get_async(self._store, key_of(sha256))
                return bytes(await result.bytes_async())
            except FileNotFoundError:
                raise PhotoLost from None


def open_store(url_or_dir: str | Path) -> PhotoStore:
    """`s3://bucket/prefix` (credentials and endpoint from the AWS_ variables), or a directory, made if need be with its
    256 folders, so that no put depends on a folder that is not yet durable.
    """
    if str(url_or_dir).startswith("s3://"):
        # A person waits: by itself it would ask a silent store again and again for three minutes.
        url, wait = str(url_or_dir), timedelta(seconds=10)
        return PhotoStore(from_url(url, retry_config={"max_retries": 5, "retry_timeout": wait}), None)
    root = Path(url_or_dir)
    with telling():
        for folder in ("tmp", *(f"{i:02x}" for i in range(256))):
            (root / folder).mkdir(parents=True, exist_ok=True)
        sync(root)
        for left in (root / "tmp").iterdir():
            if _age(left) > STALE_SECONDS:  # of a process that was killed while writing
                left.unlink(missing_ok=True)
    return PhotoStore(LocalStore(root), root)


def _age(path: Path) -> float:
    """Seconds; 0 of a file that another process has renamed or cleared meanwhile."""
    try:
        return time.time() - path.stat().st_mtime
    except FileNotFoundError:
        return 0


def key_of(sha256: str) -> str:
    """The only way from a hash to a path; anything but 64 hex digits is a programming error."""
    if not _SHA256.fullmatch(sha256):
        raise ValueError("not a SHA-256")
    return f"{sha256[:2]}/{sha256}.jpg"


def _write(root: Path, key: str, data: bytes, sha256: str) -> None:
    """Temporary file, fsync, rename, fsync of the folder: after a power cut the file is whole or absent."""
    target = root / key
    with telling():
        if target.is_file() and hashlib.sha256(target.read_bytes()).hexdigest() == sha256:
            sync(target.parent)  # another writer may have renamed and not synced yet
            return
        handle, name = tempfile.mkstemp(dir=root / "tmp")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fchmod(file.fileno(), 0o444)
                os.fsync(file.fileno())
            Path(name).rename(target)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        sync(target.parent)


def sync(folder: Path) -> None:
    """The names in it are durable afterwards."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def telling() -> Iterator[None]:
    """The store's own errors as sentences for a person."""
    try:
        yield
    except OSError as error:
        raise (StorageFull if error.errno in _FULL else StorageAway) from error
    except (PermissionDeniedError, UnauthenticatedError) as error:
        raise StorageAway("照片存储拒绝访问，请联系管理员检查存储的密钥。") from error
    except BaseError as error:
        raise StorageAway from error
