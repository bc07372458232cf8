"""Readers of files from outside, in a process of their own: a crafted file can make any of them allocate without end or
abort, and then only that process dies. Bytes in, JSON out, limits on memory and time, nothing of the environment.

A reader is a module with `read(data, *arguments)`; it imports nothing that needs settings. Once in a while:
`read_confined` here; again and again: a `Crew` of `confined_crew`.
"""

import io
import threading
import zipfile
from typing import Any

from gradphoto.core import confined_pipe

TIMEOUT_SECONDS = 30
MEMORY_MB = 1024
MOST_ENTRIES, MOST_UNPACKED, MOST_RATIO = 2_000, 400 << 20, 300


class Refused(Exception):
    """What a reader raises in its process: a code, which the caller turns into a sentence."""


def read_confined(module: str, data: bytes, *arguments: str) -> dict[str, Any]:
    """What `module.read(data, *arguments)` answers; {"refused": code} if it refuses or dies. Never raises.

    "bomb" if it ran into a limit, "broken" if it failed.
    """
    child = confined_pipe.start(module, MEMORY_MB)
    watch = threading.Timer(TIMEOUT_SECONDS, child.kill)
    watch.start()
    try:
        answer = confined_pipe.ask(child, data, arguments) if confined_pipe.comes_up(child) else None
    finally:
        watch.cancel()
        confined_pipe.end(child)
    return {"refused": "bomb"} if answer is None else answer


def guard_zip(data: bytes, needed: str) -> None:
    """Refuses by what the directory says; a directory that lies runs into the limits of the process."""
    try:
        entries = zipfile.ZipFile(io.BytesIO(data)).infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OverflowError, UnicodeDecodeError):
        raise Refused("broken") from None
    unpacked = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    if len(entries) > MOST_ENTRIES or unpacked > MOST_UNPACKED or unpacked > MOST_RATIO * max(packed, 10_000):
        raise Refused("bomb")
    if not any(entry.filename.lower() == needed for entry in entries):
        raise Refused("zip")
