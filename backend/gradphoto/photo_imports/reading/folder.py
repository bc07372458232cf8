"""Photos out of a folder of this machine, with its folders within; links are not followed."""

import errno
import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from gradphoto.photo_imports.reading.bulk import (
    BulkFile,
    EntryFault,
    EntryRefused,
    content_fault,
    in_camera_order,
    is_junk,
    readable,
)


class Folder:
    """`files` in the order of the camera."""

    def __init__(self, root: Path, entry_bytes: int) -> None:
        self._root, self._entry_bytes = root, entry_bytes
        found = [(readable(os.fsencode(path)), path, entry) for path, entry in _walk(root)]
        found.sort(key=lambda one: in_camera_order(one[0]))
        wanted = [one for one in found if not is_junk(one[0])]
        self.passed_over = len(found) - len(wanted)
        self.files: Sequence[BulkFile] = [
            BulkFile(position, name, self._fault(entry)) for position, (name, _, entry) in enumerate(wanted, 1)
        ]
        self._paths = [path for _, path, _ in wanted]

    def read(self, file: BulkFile) -> bytes:
        if file.fault is not None:
            raise EntryRefused(file.fault)
        try:
            # Again without following: between listing and reading a link may have been put there.
            handle = os.open(self._root / self._paths[file.position - 1], os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            with os.fdopen(handle, "rb") as opened:
                data = opened.read(self._entry_bytes + 1)
        except OSError as error:
            raise EntryRefused(EntryFault.symlink if error.errno == errno.ELOOP else EntryFault.unreadable) from None
        fault = EntryFault.too_large if len(data) > self._entry_bytes else content_fault(file.name, data)
        if fault is not None:
            raise EntryRefused(fault)
        return data

    def _fault(self, entry: os.DirEntry[str]) -> EntryFault | None:
        try:
            status = entry.stat(follow_symlinks=False)
        except OSError:
            return EntryFault.unreadable
        if stat.S_ISLNK(status.st_mode):
            return EntryFault.symlink
        if stat.S_ISDIR(status.st_mode):  # one that may not be looked into
            return EntryFault.unreadable
        if not stat.S_ISREG(status.st_mode):
            return EntryFault.not_a_photo
        return EntryFault.too_large if status.st_size > self._entry_bytes else None


def _walk(root: Path) -> Iterator[tuple[str, os.DirEntry[str]]]:
    """Everything that is no folder, and folders that cannot be read, by its path within `root`."""
    with os.scandir(root) as found:
        left = [(entry.name, entry) for entry in found]
    while left:
        path, entry = left.pop()
        try:
            inside = os.scandir(root / path) if entry.is_dir(follow_symlinks=False) else None
        except OSError:
            inside = None
        if inside is None:
            yield path, entry
        else:
            with inside:
                left += [(f"{path}/{one.name}", one) for one in inside]
