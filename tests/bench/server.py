"""The product as it runs on one machine: embedded PostgreSQL with its durable settings, one API process, the worker."""

import asyncio
import http.client
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from report import say

import make
from gradphoto.core import db as database
from gradphoto.core import migrations
from gradphoto.core.db import sessions
from gradphoto.core.jobs import conninfo
from gradphoto.core.postgres import throwaway
from gradphoto.core.security import make_keys
from gradphoto.core.settings import settings

START_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Site:
    """A running product with the notice's own campaign in it. `db` commits each statement; it is for setting up."""

    url: str
    port: int
    api_pid: int
    db: psycopg.Connection

    def cpu_seconds(self) -> float:
        """What the API process has used so far."""
        fields = Path(f"/proc/{self.api_pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def site() -> Iterator[Site]:
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="gradphoto-bench-"))
        say("starting PostgreSQL")
        url = stack.enter_context(throwaway(say=lambda _: None))
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        os.environ.update(
            GRADPHOTO_DATA_DIR=folder,
            GRADPHOTO_DATABASE_URL=url,
            GRADPHOTO_PUBLIC_URL=f"http://127.0.0.1:{port}",
            GRADPHOTO_PORT=str(port),
            GRADPHOTO_SPA_DIR=f"{folder}/none",
            GRADPHOTO_DOOR_WINDOW_SECONDS="300",  # one code for a whole round
            GRADPHOTO_MAIL_LOOPBACK="true",  # the IMAP server of the mail case is here
        )
        settings.cache_clear()
        make_keys(settings().keys_dir)
        say("loading the campaign")
        migrations.upgrade(url)
        asyncio.run(_fill(url))
        api = stack.enter_context(_process("api"))
        stack.enter_context(_process("worker"))
        _wait_for(port, api)
        yield Site(url, port, api.pid, stack.enter_context(psycopg.connect(conninfo(url), autocommit=True)))


async def _fill(url: str) -> None:
    engine = database.connect(url)
    async with sessions() as db, db.begin():
        await make.real_campaign(db)
    await engine.dispose()


@contextmanager
def _process(command: str) -> Iterator[subprocess.Popen[bytes]]:
    """The product's own command: uvloop, httptools, one process."""
    process = subprocess.Popen([sys.executable, "-m", "gradphoto.cli", command], stdout=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_for(port: int, api: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and api.poll() is None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
        try:
            connection.request("GET", "/readyz")
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.1)
        finally:
            connection.close()
    raise SystemExit("the API did not start")
