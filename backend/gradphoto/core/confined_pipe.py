"""How a process and its confined child talk: a question is bytes with arguments, an answer is JSON. Never pickle.

What comes back is untrusted too: a child that a crafted file has taken over can say nothing but JSON, and not much.
"""

import json
import os
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any, BinaryIO

CHILD = Path(__file__).with_name("confined_child.py")
MOST_ANSWER = 256 << 20
_READY = b"+"
_QUESTION, _ANSWER = struct.Struct(">IQ"), struct.Struct(">I")
_ONE_THREAD = {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "OPENCV_FOR_THREADS_NUM")}


def start(module: str, memory_mb: int) -> subprocess.Popen[bytes]:
    """A child that answers questions until its stdin ends, also because we were killed. Nothing of the environment."""
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH", "SYSTEMROOT") if name in os.environ}
    return subprocess.Popen(
        [sys.executable, "-I", str(CHILD), module, str(memory_mb)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=kept | _ONE_THREAD,
    )


def comes_up(child: subprocess.Popen[bytes]) -> bool:
    """Waits until its reader is loaded. False when it ended before: then nothing is said about any file."""
    assert child.stdout is not None
    return child.stdout.read(len(_READY)) == _READY


def ask(child: subprocess.Popen[bytes], data: bytes, arguments: tuple[str, ...]) -> dict[str, Any] | None:
    """None when the child, which has come up, ended or answered nonsense. Blocks: who hurries kills it meanwhile."""
    assert child.stdin is not None and child.stdout is not None
    asked = json.dumps(arguments).encode()
    try:
        child.stdin.write(_QUESTION.pack(len(asked), len(data)) + asked)
        child.stdin.write(data)
        child.stdin.flush()
        head = child.stdout.read(_ANSWER.size)
        size = _ANSWER.unpack(head)[0] if len(head) == _ANSWER.size else MOST_ANSWER + 1
        answer = json.loads(child.stdout.read(size)) if size <= MOST_ANSWER else None
    except (OSError, ValueError):
        return None
    return answer if isinstance(answer, dict) else None


def say_ready(stream: BinaryIO) -> None:
    """In the child."""
    stream.write(_READY)
    stream.flush()


def read_question(stream: BinaryIO) -> tuple[bytes, list[str]] | None:
    """In the child. None at the end."""
    head = stream.read(_QUESTION.size)
    if len(head) < _QUESTION.size:
        return None
    asked, size = _QUESTION.unpack(head)
    arguments: list[str] = json.loads(stream.read(asked))
    data = stream.read(size)
    return (data, arguments) if len(data) == size else None


def write_answer(stream: BinaryIO, answer: dict[str, Any]) -> None:
    """In the child."""
    said = json.dumps(answer, allow_nan=False, default=str).encode()
    stream.write(_ANSWER.pack(len(said)) + said)
    stream.flush()


def end(child: subprocess.Popen[bytes]) -> None:
    child.kill()
    child.wait()
    for stream in (child.stdin, child.stdout):
        if stream is not None:
            try:
                stream.close()
            except OSError:  # what was not yet sent
                continue
