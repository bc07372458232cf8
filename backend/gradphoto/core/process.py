"""Child processes that cannot outlive us, and are started again when they die."""

import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)
LONGEST_WAIT = 30.0
HEALTHY_AFTER = 60.0


class CannotStart(Exception):
    """One sentence for the person who started the program; there is nothing more to tell. Exit code 2."""


def dies_with_us(send: signal.Signals) -> Callable[[], None]:
    """A `preexec_fn`: the kernel sends `send` to the child when the thread that started it ends, even by kill -9."""
    parent = os.getpid()

    def set_up() -> None:
        _libc.prctl(_PR_SET_PDEATHSIG, int(send), 0, 0, 0)
        if os.getppid() != parent:  # we died between fork and prctl
            os._exit(1)

    return set_up


@dataclass
class Child:
    """One process that should always be running. Start it from the main thread."""

    name: str
    argv: Sequence[str]
    env: Mapping[str, str]
    pass_fds: Sequence[int] = ()
    stop_signal: signal.Signals = signal.SIGTERM
    process: subprocess.Popen[bytes] | None = None
    deaths: int = 0  # in a row, without a healthy minute in between
    _started: float = field(default=0.0, init=False)
    _not_before: float = field(default=0.0, init=False)

    def start(self) -> None:
        """In a session of its own: Ctrl-C reaches only us, and we stop everything in order."""
        self._started = time.monotonic()
        self.process = subprocess.Popen(
            self.argv,
            env=self.env,
            stdin=subprocess.DEVNULL,
            pass_fds=self.pass_fds,
            start_new_session=True,
            preexec_fn=dies_with_us(signal.SIGKILL),  # the database goes too, there is nothing left to finish
        )

    def keep_alive(self, say: Callable[[str], None]) -> None:
        """Call it often. Starts the process again after 1, 2, 4 … 30 s when it died."""
        now = time.monotonic()
        if self.process is None:
            if now >= self._not_before:
                self.start()
            return
        code = self.process.poll()
        if code is None:
            return
        self.deaths = 1 if now - self._started > HEALTHY_AFTER else self.deaths + 1
        wait = min(2.0 ** (self.deaths - 1), LONGEST_WAIT)
        self.process, self._not_before = None, now + wait
        say(f"{self.name} 意外退出（{_how(code)}），{wait:.0f} 秒后重新启动。")

    def ask_to_stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(self.stop_signal)

    def wait_stopped(self, seconds: float) -> None:
        """Kill what is still there after `seconds`."""
        if self.process is None:
            return
        try:
            self.process.wait(max(seconds, 0.1))
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None


def stop_all(children: Sequence[Child], seconds: float = 20.0) -> None:
    """Ask all at once, wait for each; they share the `seconds`."""
    for child in children:
        child.ask_to_stop()
    end = time.monotonic() + seconds
    for child in children:
        child.wait_stopped(end - time.monotonic())


def _how(code: int) -> str:
    if code >= 0:
        return f"退出码 {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"信号 {-code}"
