"""Readers of files from outside, in a process of their own: a crafted file can make any of them allocate without end or
abort, and then only that process dies. Bytes in, JSON out, limits on memory and time, nothing of the environment.
"""

import io
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

TIMEOUT_SECONDS = 30
MOST_ENTRIES, MOST_UNPACKED, MOST_RATIO = 2_000, 400 << 20, 300


class Refused(Exception):
    """What a reader raises in its process: a code, which the caller turns into a sentence."""


def read_confined(module: str, data: bytes, *arguments: str) -> dict[str, Any]:
    """What `module.read(data, *arguments)` answers; {"refused": code} if it refuses or dies. Never raises.

    "bomb" if it ran into a limit, "broken" if it failed. The module must import little, and nothing that needs
    settings.
    """
    child = Path(__file__).with_name("confined_child.py")
    keep = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH", "SYSTEMROOT") if name in os.environ}
    try:
        done = subprocess.run(
            [sys.executable, "-I", str(child), module, *arguments],
            input=data,
            capture_output=True,
            timeout=TIMEOUT_SECONDS,
            env=keep,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return {"refused": "bomb"}
    if done.returncode:
        # Killed or aborted at a limit; a reader's own panic ends with 1 and a traceback.
        return {"refused": "broken" if done.returncode == 1 and b"MemoryError" not in done.stderr else "bomb"}
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


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
