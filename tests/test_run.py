"""`gradphoto run`: everything comes up, comes back when killed, and goes away again without a trace."""

import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

COMMAND = [sys.executable, "-m", "gradphoto.cli", "run"]


class Installation:
    """A data folder of its own, and the program started on it."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="gp-"))
        self.folder.chmod(0o711)
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = int(probe.getsockname()[1])
        clean = {key: value for key, value in os.environ.items() if not key.startswith("GRADPHOTO_")}
        self.environment = clean | {
            "GRADPHOTO_DATA_DIR": str(self.folder / "var"),
            "GRADPHOTO_PORT": str(self.port),
            "GRADPHOTO_SPA_DIR": str(self.folder / "none"),
        }
        self.log = (self.folder / "log").open("w+")
        self.program: subprocess.Popen[bytes] | None = None

    def start(self) -> int:
        times = self.said().count("已启动")
        self.program = subprocess.Popen(COMMAND, env=self.environment, stdout=self.log, stderr=subprocess.STDOUT)
        until(lambda: self.said().count("已启动") > times, 60)
        return self.program.pid

    def said(self) -> str:
        return (self.folder / "log").read_text("utf-8")

    def once(self, **changes: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(COMMAND, env=self.environment | changes, capture_output=True, text=True, timeout=60)

    def pid_of(self, part: str) -> int:
        found = [pid for pid in self.pids() if part in command_of(pid) and "postgres: " not in command_of(pid)]
        assert len(found) == 1, [command_of(pid) for pid in self.pids()]
        return found[0]

    def pids(self) -> list[int]:
        """Everything that was started with, or works in, our data folder."""
        return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit() and self._is_ours(entry)]

    def _is_ours(self, process: Path) -> bool:
        try:
            environment = (process / "environ").read_bytes()
            return bytes(self.folder) in environment or (process / "cwd").readlink().is_relative_to(self.folder)
        except OSError:
            return False

    def ready(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=15)
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()


def command_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


def until(what: Callable[[], bool], seconds: float) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end
        time.sleep(0.1)


@pytest.fixture
def installation() -> Iterator[Installation]:
    here = Installation()
    yield here
    if here.program is not None and here.program.poll() is None:
        here.program.terminate()
        here.program.wait(60)
    here.log.close()
    shutil.rmtree(here.folder)


def test_every_part_comes_back_and_nothing_stays_behind(installation: Installation) -> None:
    installation.start()
    assert installation.ready()
    for part in ("gradphoto.cli api", "gradphoto.cli worker", "bin/postgres"):
        killed = installation.pid_of(part)
        os.kill(killed, signal.SIGKILL)
        until(
            lambda part=part, killed=killed: any(part in command_of(p) for p in installation.pids() if p != killed), 30
        )  # type: ignore[misc]
        until(installation.ready, 30)
    assert installation.said().count("意外退出") == 3
    assert installation.program
    installation.program.send_signal(signal.SIGTERM)
    assert installation.program.wait(60) == 0
    assert installation.pids() == []
    assert "已停止" in installation.said()
    assert "Traceback" not in installation.said()


def test_killed_program_leaves_no_process(installation: Installation) -> None:
    pid = installation.start()
    assert len(installation.pids()) > 4
    os.kill(pid, signal.SIGKILL)
    until(lambda: installation.pids() in ([], [pid]), 20)  # our own zombie until it is waited for
    installation.start()
    assert installation.ready()


def test_what_prevents_a_start_is_one_sentence(installation: Installation) -> None:
    installation.start()
    refusals = {
        "端口": installation.once(),
        "另一个 gradphoto": installation.once(GRADPHOTO_PORT="0"),
        "数据库升级没有做成": installation.once(
            GRADPHOTO_PORT="0", GRADPHOTO_DATABASE_URL="postgresql://nobody@127.0.0.1:1/none"
        ),
    }
    for part, refusal in refusals.items():
        assert part in refusal.stderr
        assert refusal.returncode == 2
        assert len(refusal.stderr.strip().splitlines()) == 1, refusal.stderr
    assert installation.ready()
