"""A real S3 server for the tests: SeaweedFS from its wheel, on 127.0.0.1, ended by its process id."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

import httpx

BUCKET = "photos"
PORTS = ("master.port", "volume.port", "filer.port", "s3.port")


class S3(NamedTuple):
    """What the store reads from the environment."""

    endpoint: str
    key: str
    secret: str

    def environment(self) -> dict[str, str]:
        return {
            "AWS_ENDPOINT": self.endpoint,
            "AWS_ALLOW_HTTP": "true",
            "AWS_ACCESS_KEY_ID": self.key,
            "AWS_SECRET_ACCESS_KEY": self.secret,
            "AWS_REGION": "us-east-1",
        }


@contextmanager
def seaweed() -> Iterator[S3]:
    """Up within seconds; gone with its data when the block ends."""
    folder = Path(tempfile.mkdtemp(prefix="seaweed"))
    ports = _free_ports(2 * len(PORTS))
    given = {name: ports[2 * i] for i, name in enumerate(PORTS)}
    given |= {f"{name}.grpc": ports[2 * i + 1] for i, name in enumerate(PORTS)}
    server = S3(f"http://127.0.0.1:{given['s3.port']}", "tester", "not-a-secret-123")
    weed = Path(sys.executable).with_name("weed")
    flags = [f"-{name}={port}" for name, port in given.items()]
    flags += ["-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-master.telemetry=false", "-webdav=false", "-admin.ui=false"]
    flags += ["-s3.port.iceberg=0", "-s3.port.lance=0"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [weed, "mini", f"-dir={folder}", *flags],
            stdout=log,
            stderr=log,
            cwd=folder,
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(folder),
                "AWS_ACCESS_KEY_ID": server.key,
                "AWS_SECRET_ACCESS_KEY": server.secret,
                "S3_BUCKET": BUCKET,
            },
        )
    try:
        _until_up(server, process, folder / "log")
        yield server
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _until_up(server: S3, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(300):
        if process.poll() is not None:
            raise RuntimeError(log.read_text()[-2000:])
        try:
            # Without credentials an existing bucket answers 403, a missing one 404.
            if httpx.head(f"{server.endpoint}/{BUCKET}", trust_env=False).status_code in (200, 403):
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise RuntimeError(log.read_text()[-2000:])


def _free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
