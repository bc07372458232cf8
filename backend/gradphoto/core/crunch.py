"""Heavy computing in a process of its own, with limits: one answer for one question, and then the process is gone.

The event loop goes on, a library that aborts takes only its own process along, and what costs seconds to import is
never imported by the server.
"""

import asyncio
import os
import pickle
import sys
from pathlib import Path
from typing import Any

PACKAGE = Path(__file__).parents[2]
_room = asyncio.Semaphore(2)


class CrunchFailed(Exception):
    """The process ended without an answer: `why` is "timeout", "memory", "stopped" or the name of its error."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


async def crunch(function: str, *arguments: Any, seconds: float, memory_mb: int = 1024) -> Any:
    """`function` is "package.module:name"; arguments and answer are plain values that pickle.

    Raises CrunchFailed after `seconds`, or when the process needs more than `memory_mb` of address space.
    """
    question = pickle.dumps((function, arguments))
    keep = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH", "SYSTEMROOT", "TZ") if name in os.environ}
    async with _room:
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            "-I",
            str(Path(__file__).with_name("crunch_child.py")),
            str(memory_mb),
            str(PACKAGE),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env=keep,
        )
        try:
            out, _ = await asyncio.wait_for(child.communicate(question), seconds)
        except TimeoutError:
            raise CrunchFailed("timeout") from None
        finally:
            if child.returncode is None:
                child.kill()
                await child.wait()
    if child.returncode or not out:
        raise CrunchFailed("stopped")
    kind, answer = pickle.loads(out)
    if kind == "error":
        raise CrunchFailed("memory" if answer == "MemoryError" else answer)
    return answer
