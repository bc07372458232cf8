"""Confined children that stay: what is dear to load is loaded once, and a file that kills one costs only that one.

Belongs to the process, not to an event loop: each hand is a thread that talks to its child over pipes.
"""

import asyncio
import queue
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import structlog

from gradphoto.core import confined_pipe

log = structlog.get_logger()
TRIES = 2
START_SECONDS = 60.0  # to load a reader on a machine that has much else to do; a question's own time comes after


class Busy(Exception):
    """Too many wait already; the question was not taken."""


class NotUp(Busy):
    """No child comes up: the machine is short of memory, or the installation is broken. The file is not to blame."""


class Closed(Exception):
    """The crew has ended."""


@dataclass(slots=True)
class _Hand:
    """A place in the crew; its child is started when it is needed first, and again after it ended."""

    child: subprocess.Popen[bytes] | None = None
    up: bool = False
    asked: int = 0


class Crew:
    """`hands` children of one reader module (see `confined`), each with its limits.

    A child that takes longer than `seconds` for a question is killed; after `questions` it is replaced, which bounds
    what a library may leak. At most `waiting` questions wait.
    """

    def __init__(
        self,
        module: str,
        *,
        hands: int = 2,
        seconds: float = 10,
        memory_mb: int = 1024,
        questions: int = 2_000,
        waiting: int = 64,
    ) -> None:
        self._module, self._memory_mb = module, memory_mb
        self._seconds, self._questions = seconds, questions
        self._most = hands + waiting
        self._inside = 0
        self._closed = False
        self._lock = threading.Lock()
        self._free: queue.SimpleQueue[_Hand] = queue.SimpleQueue()
        self._hands = [_Hand() for _ in range(hands)]
        for hand in self._hands:
            self._free.put(hand)
        self._threads = ThreadPoolExecutor(hands, thread_name_prefix="crew")

    async def ask(self, data: bytes, *arguments: str) -> dict[str, Any]:
        """What the module's `read(data, *arguments)` answers; {"refused": code} when it refuses.

        {"refused": "died" | "timeout"} when two children in a row ended over it: do not ask that again.
        Raises Busy, NotUp. Who is cancelled while waiting leaves the question to be answered for nobody.
        """
        with self._lock:
            if self._closed:
                raise Closed
            if self._inside >= self._most:
                raise Busy
            self._inside += 1
        try:
            answer = self._threads.submit(self._ask, data, arguments)
        except RuntimeError:  # closed meanwhile
            self._leave()
            raise Closed from None
        answer.add_done_callback(lambda _: self._leave())  # also of who was cancelled before their turn came
        return await asyncio.wrap_future(answer)

    async def close(self) -> None:
        """Ends the children at once; who still waits gets Closed."""
        with self._lock:
            self._closed = True
        for hand in self._hands:
            if (child := hand.child) is not None:
                child.kill()
        await asyncio.to_thread(self._threads.shutdown, cancel_futures=True)
        for hand in self._hands:
            self._end(hand)

    def children(self) -> list[int]:
        return [hand.child.pid for hand in self._hands if hand.child is not None]

    def _leave(self) -> None:
        with self._lock:
            self._inside -= 1

    def _ask(self, data: bytes, arguments: tuple[str, ...]) -> dict[str, Any]:
        hand = self._free.get()
        try:
            why = "died"
            for _ in range(TRIES):
                answer, why = self._try(hand, data, arguments)
                if answer is not None:
                    return answer
                if self._closed:  # nothing is said about the file: it was we who ended the child
                    raise Closed
            return {"refused": why}
        finally:
            self._free.put(hand)

    def _try(self, hand: _Hand, data: bytes, arguments: tuple[str, ...]) -> tuple[dict[str, Any] | None, str]:
        """One question to one child: the answer, or None and why there is none."""
        child = self._up(hand)
        late = threading.Event()

        def too_late() -> None:
            late.set()
            child.kill()

        watch = threading.Timer(self._seconds, too_late)
        watch.start()
        try:
            answer = confined_pipe.ask(child, data, arguments)
        finally:
            watch.cancel()
        hand.asked += 1
        if answer is None or late.is_set() or hand.asked >= self._questions:
            self._end(hand)
            if not self._closed:
                with suppress(OSError):  # the next question tries again
                    self._started(hand)  # it loads while nobody waits
        return answer, "timeout" if late.is_set() else "died"

    def _up(self, hand: _Hand) -> subprocess.Popen[bytes]:
        """A child whose reader is loaded, or NotUp: what ends before it was asked anything says nothing of a file."""
        try:
            child = self._started(hand)
        except OSError as error:
            log.error("no process could be started", reader=self._module, error=type(error).__name__)
            raise NotUp from None
        if not hand.up:
            watch = threading.Timer(START_SECONDS, child.kill)
            watch.start()
            try:
                hand.up = confined_pipe.comes_up(child)
            finally:
                watch.cancel()
        if not hand.up:
            self._end(hand)
            if self._closed:
                raise Closed
            log.error("a process ended before its reader was loaded", reader=self._module)
            raise NotUp
        return child

    def _started(self, hand: _Hand) -> subprocess.Popen[bytes]:
        if hand.child is None or hand.child.poll() is not None:
            self._end(hand)
            hand.child = confined_pipe.start(self._module, self._memory_mb)
        return hand.child

    def _end(self, hand: _Hand) -> None:
        if hand.child is not None:
            confined_pipe.end(hand.child)
        hand.child, hand.up, hand.asked = None, False, 0
