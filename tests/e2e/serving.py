"""The product as it is run: an own PostgreSQL, the API and the worker as processes, the built pages."""

import http.client
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from gradphoto.core.postgres import throwaway
from gradphoto.core.settings import PROJECT

DIST = PROJECT / "frontend" / "dist"
READY_SECONDS = 60
STOP_SECONDS = 15


class SiteDied(AssertionError):
    """A part of the product ended while a test used it; what it said last is the message."""


class Site:
    def __init__(self, url: str, environment: dict[str, str], logs: Path) -> None:
        self.url = url
        self._environment = environment
        self._logs = logs
        self._parts: dict[str, subprocess.Popen[bytes]] = {}

    def command(self, *words: str, **more: str) -> str:
        """What one `gradphoto` command of the operator prints."""
        done = subprocess.run(
            _command(*words), env=self._environment | more, capture_output=True, text=True, timeout=180, check=False
        )
        assert done.returncode == 0, f"gradphoto {' '.join(words)}: {done.stdout}{done.stderr}"
        return done.stdout

    def start(self) -> None:
        for name in ("api", "worker"):
            with self._log(name).open("wb") as log:
                self._parts[name] = subprocess.Popen(
                    _command(name), env=self._environment, stdout=log, stderr=subprocess.STDOUT
                )
        end = time.monotonic() + READY_SECONDS
        while not self._is_ready():
            self.check()
            if time.monotonic() > end:
                raise SiteDied(f"/readyz did not answer within {READY_SECONDS} s.\n{self.said()}")
            time.sleep(0.1)

    def check(self) -> None:
        """Raises when a part has ended."""
        ended = [
            f"{name} ended with {part.returncode}" for name, part in self._parts.items() if part.poll() is not None
        ]
        if ended:
            raise SiteDied(f"{', '.join(ended)}\n{self.said()}")

    def said(self, last: int = 4000) -> str:
        texts = {name: self._log(name).read_text("utf-8", "replace")[-last:] for name in self._parts}
        return "\n".join(f"--- {name} said ---\n{text}" for name, text in texts.items())

    def stop(self) -> None:
        for part in self._parts.values():
            part.terminate()
        for part in self._parts.values():
            try:
                part.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                part.kill()
                part.wait()

    def _is_ready(self) -> bool:
        connection = http.client.HTTPConnection(self.url.removeprefix("http://"), timeout=10)
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()

    def _log(self, name: str) -> Path:
        return self._logs / f"{name}.log"


@contextmanager
def running(*, demo: bool) -> Iterator[tuple[Site, dict[str, str]]]:
    """A site and, with the demo's campaign in it, the demo's sign-in links by the first word of whom they are for."""
    if not (DIST / "index.html").exists():
        raise AssertionError("frontend/dist is missing: `make test` builds it (or `npm run build` in frontend/).")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="gradphoto-e2e-")))
        database = stack.enter_context(throwaway(say=lambda _: None))
        port = _free_port()
        url = f"http://127.0.0.1:{port}"
        # Nothing of the caller's settings, and nothing of those that tests/conftest.py makes for itself.
        clean = {key: value for key, value in os.environ.items() if not key.startswith("GRADPHOTO_")}
        environment = clean | {
            "GRADPHOTO_DATABASE_URL": database,
            "GRADPHOTO_DATA_DIR": str(folder),
            "GRADPHOTO_PORT": str(port),
            "GRADPHOTO_PUBLIC_URL": url,
            "GRADPHOTO_SPA_DIR": str(DIST),
            "PYTHONUNBUFFERED": "1",
        }
        site = Site(url, environment, folder)
        printed = site.command("migrate", GRADPHOTO_DEMO=str(demo).lower())
        stack.callback(site.stop)
        site.start()
        yield site, _links(printed)
        site.check()


def _command(*words: str) -> list[str]:
    return [sys.executable, "-m", "gradphoto.cli", *words]


def _links(printed: str) -> dict[str, str]:
    lines = [line.split() for line in printed.splitlines() if "/l/" in line]
    return {words[0].partition("（")[0]: words[-1] for words in lines}


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])
