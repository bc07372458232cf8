"""What `gradphoto run` checks before it starts and while it is up: disk, port, health, children, Ctrl-C."""

import asyncio
import errno
import http.client
import os
import re
import shutil
import signal
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType

from gradphoto.core.postgres import EmbeddedPostgres
from gradphoto.core.postgres import url as embedded_url
from gradphoto.core.postgres_home import NotRunning
from gradphoto.core.process import CannotStart, Child
from gradphoto.core.settings import settings

DISK_FLOOR_BYTES = 200 * 1024 * 1024
FIRST_ANSWER_SECONDS = 60.0
DEATHS_BEFORE_FIRST_ANSWER = 3
Say = Callable[[str], None]


def check_disk(data_dir: Path) -> None:
    """The folder need not exist yet: its nearest existing parent is on the disk that it will be on."""
    folder = data_dir.absolute()
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    if free < DISK_FLOOR_BYTES:
        raise CannotStart(
            f"磁盘空间不够：{folder} 只剩 {free // 2**20} MB，至少要 {DISK_FLOOR_BYTES // 2**20} MB，请先腾出空间。"
        )


def listen(host: str, port: int) -> socket.socket:
    """Bound by us and handed to every API process: while one restarts, callers wait instead of being refused."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        server = socket.socket(family, socket.SOCK_STREAM)
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind(address)
        server.listen(2048)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise CannotStart(f"端口 {port} 已被别的程序占用，请换一个：GRADPHOTO_PORT={port + 1} make run") from None
        raise CannotStart(f"不能在 {host}:{port} 上提供服务：{error.strerror}。") from None
    return server


@contextmanager
def interruptible() -> Iterator[None]:
    """Ctrl-C, SIGTERM and a closed terminal all raise KeyboardInterrupt, once; cleaning up is not interrupted again."""
    signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def on_signal(_: int, __: FrameType | None) -> None:
        for each in signals:
            signal.signal(each, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = [signal.signal(each, on_signal) for each in signals]
    try:
        yield
    finally:
        for each, handler in zip(signals, before, strict=True):
            signal.signal(each, handler)


def cancel_on_signal(seconds: float) -> None:
    """SIGTERM and Ctrl-C cancel the current task; the process ends after `seconds` even if that hangs, for example
    on a database that has gone before us."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None

    def on_signal() -> None:
        task.cancel()
        loop.call_later(seconds, os._exit, 1)

    for each in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(each, on_signal)


def wait_for_answer(host: str, port: int, api: Sequence[Child], say: Say) -> None:
    """Until /healthz answers. A process that dies again and again has already said why on this console."""
    end = time.monotonic() + FIRST_ANSWER_SECONDS
    while not _answers(host, port):
        for child in api:
            child.keep_alive(say)
        if time.monotonic() > end or any(child.deaths >= DEATHS_BEFORE_FIRST_ANSWER for child in api):
            raise CannotStart("服务没有启动起来，原因见上面的输出。")
        time.sleep(0.1)


def _answers(host: str, port: int) -> bool:
    """Not through a proxy that the environment may name."""
    connection = http.client.HTTPConnection({"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host), port, timeout=2)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


@contextmanager
def database(*, start: bool = False) -> Iterator[str]:
    """URL of the database: of the settings, or of the embedded server of this data folder, started for the while when
    asked to. Later calls of `settings()`, and children, see it too."""
    secret = settings().database_url
    with ExitStack() as stack:
        if secret is not None:
            url = secret.get_secret_value()
        else:
            try:
                url = embedded_url(settings().data_dir)
            except NotRunning:
                if not start:
                    raise
                url = stack.enter_context(EmbeddedPostgres(settings().data_dir)).start()
        os.environ["GRADPHOTO_DATABASE_URL"] = url = re.sub(r"^postgres(ql)?://", "postgresql+psycopg://", url)
        settings.cache_clear()
        yield url


def exposed_secrets(folder: Path) -> list[str]:
    """Secrets that somebody else on this machine could read."""
    if not folder.is_dir():
        return []
    secrets = [folder, *sorted(folder.iterdir())]
    return [str(path) for path in secrets if path.stat().st_mode & 0o077 or path.stat().st_uid != os.geteuid()]
