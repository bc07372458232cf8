"""Our own supervisor of the embedded PostgreSQL: durable or refused, on a private socket, and gone when we are gone."""

import fcntl
import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import uuid
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Self
from urllib.parse import quote

import psycopg
from psycopg import sql

from gradphoto.core.postgres_home import (
    Home,
    NotRunning,
    PostgresError,
    Say,
    find_base,
    is_installed,
    own_dir,
    password,
    password_file,
    prepare,
    socket_folder,
    sync_folder,
    wait_for_predecessor,
    write_private,
)
from gradphoto.core.postgres_log import DAMAGE, keep_log, one_line, reason
from gradphoto.core.postgres_settings import INITDB, PROMISES, SETTINGS
from gradphoto.core.process import dies_with_us

DATABASE = ROLE = "gradphoto"
SUPERUSER = "postgres"
START_SECONDS = 600  # crash recovery replays up to max_wal_size; pulling the plug again would only repeat it


class EmbeddedPostgres:
    """One server for one data folder.

    Start it from a thread that lives as long as the server should: the kernel ends it (SIGINT, a clean fast shutdown)
    when that thread or the process is gone, so nothing is left behind even by kill -9. `settings` override SETTINGS
    (tests: a smaller shared_buffers); what PROMISES says is checked on the running server and cannot be switched off.
    """

    def __init__(self, data_dir: Path, *, settings: Mapping[str, str] | None = None, say: Say = print) -> None:
        self._data_dir = data_dir.absolute()
        self._settings = SETTINGS | dict(settings or {})
        self._say = say
        self._lock: IO[str] | None = None
        self._home: Home | None = None
        self._socket: Path | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._tail: deque[str] = deque(maxlen=200)
        self._pump: threading.Thread | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def pid(self) -> int | None:
        """The postmaster, or None when it is not running."""
        return self._process.pid if self._process and self._process.poll() is None else None

    def start(self) -> str:
        """Make the database on the first call, start the server, and return the SQLAlchemy URL. Also starts it again
        after it died, under the same URL."""
        if self.pid is not None:
            return url(self._data_dir)
        try:
            home = self._home = self._home or prepare(self._data_dir, self._say)
            self._take_lock()
            if not is_installed(home):
                self._create(home)
            wait_for_predecessor(home.pgdata, self._say)
            self._socket = self._socket or socket_folder(home)
            self._launch(home, self._socket)
            self._wait_ready(home)
            self._check_and_create_database(self._socket)
        except BaseException as error:
            self.stop()
            if isinstance(error, PermissionError):
                raise PostgresError(f"没有权限使用 {error.filename}，请用当初安装的用户启动。") from error
            if isinstance(error, psycopg.Error | OSError):
                raise PostgresError(f"数据库没有启动：{one_line(error)}") from error
            raise
        return url(self._data_dir)

    def stop(self) -> None:
        """Fast shutdown: open transactions roll back, the checkpoint is written, no process is left."""
        if self._process is not None:
            for send, seconds in ((signal.SIGINT, 60), (signal.SIGQUIT, 10), (signal.SIGKILL, 10)):
                if self._process.poll() is None:
                    self._process.send_signal(send)
                try:
                    self._process.wait(seconds)
                    break
                except subprocess.TimeoutExpired:
                    continue
            self._process = None
        if self._pump is not None:
            self._pump.join(10)
            self._pump = None
        if self._socket is not None:
            if self._home is None or self._socket.parent != self._home.base:
                shutil.rmtree(self._socket, ignore_errors=True)
            self._socket = None
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    # --- starting ----------------------------------------------------------------------------------------------------

    def _take_lock(self) -> None:
        if self._lock is not None:
            return
        file = (own_dir(self._data_dir) / "lock").open("a")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.close()
            raise PostgresError(
                f"{self._data_dir} 正被另一个 gradphoto 使用，请先停掉它，或者换一个数据目录。"
            ) from None
        self._lock = file

    def _create(self, home: Home) -> None:
        """initdb beside the final place; the rename makes it real, so an interrupted one leaves nothing half-made."""
        self._say("第一次启动，正在建立数据库…")
        unfinished = home.base / "data.new"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        home.account.owns(unfinished)
        superuser_password = password(self._data_dir, SUPERUSER, make=True)
        with tempfile.NamedTemporaryFile("w", dir=home.base, encoding="utf-8") as file:
            file.write(superuser_password)
            file.flush()
            home.account.owns(Path(file.name))
            done = subprocess.run(
                [home.binaries / "initdb", "-D", unfinished, "-U", SUPERUSER, f"--pwfile={file.name}", *INITDB],
                **_surroundings(home),
                capture_output=True,
                text=True,
            )
        if done.returncode:
            shutil.rmtree(unfinished, ignore_errors=True)
            raise PostgresError(reason(done.stderr.splitlines()))
        identity = uuid.uuid4().hex
        write_private(unfinished / "INSTALLATION_ID", f"{identity}\n")
        home.account.owns(unfinished / "INSTALLATION_ID")
        unfinished.rename(home.pgdata)
        sync_folder(home.base)
        write_private(self._data_dir / "INSTALLATION_ID", f"{identity}\n")

    def _launch(self, home: Home, socket: Path) -> None:
        arguments = [f"--{name}={value}" for name, value in self._settings.items()]
        self._tail.clear()
        self._process = subprocess.Popen(
            [home.binaries / "postgres", "-D", home.pgdata, "-k", socket, *arguments],
            **_surroundings(home),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is for us; the server goes last
            preexec_fn=dies_with_us(signal.SIGINT),
        )
        assert self._process.stderr is not None
        self._pump = threading.Thread(
            target=keep_log, args=(self._process.stderr, own_dir(self._data_dir) / "log", self._tail), daemon=True
        )
        self._pump.start()

    def _wait_ready(self, home: Home) -> None:
        assert self._process is not None
        began = told = time.monotonic()
        while _status(home.pgdata) != (self._process.pid, "ready"):
            if self._process.poll() is not None:
                if self._pump:
                    self._pump.join(5)
                raise PostgresError(reason(list(self._tail), DAMAGE))
            now = time.monotonic()
            if now - began > START_SECONDS:
                raise PostgresError(f"数据库 {START_SECONDS} 秒还没有启动好，详情见 {own_dir(self._data_dir)}/log。")
            if now - told > 3:
                told = now
                self._say(f"数据库正在恢复上次没有写完的数据，请稍候（{now - began:.0f} 秒）…")
            time.sleep(0.02)

    def _check_and_create_database(self, socket: Path) -> None:
        is_new = not password_file(self._data_dir, ROLE).exists()
        secret = password(self._data_dir, ROLE, make=True)
        with psycopg.connect(
            host=str(socket),
            dbname="postgres",
            user=SUPERUSER,
            password=password(self._data_dir, SUPERUSER),
            autocommit=True,
        ) as db:
            for name, promised in PROMISES.items():
                row = db.execute("SELECT current_setting(%s)", [name]).fetchone()
                if row is None or row[0] != promised:
                    raise PostgresError(f"数据库设置 {name} 必须是“{promised}”，现在不是，为保证数据不丢，拒绝启动。")
            role = sql.Identifier(ROLE)
            if db.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [ROLE]).fetchone() is None:
                db.execute(sql.SQL("CREATE ROLE {} LOGIN CREATEDB").format(role))
                is_new = True
            if is_new:
                db.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(role, sql.Literal(secret)))
            if db.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone() is None:
                db.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(DATABASE), role))


@contextmanager
def throwaway(say: Say = print, **settings: str) -> Iterator[str]:
    """URL of a new server that is deleted afterwards, wherever its data had to be put. For tests and tools."""
    folder = Path(tempfile.mkdtemp(prefix="gradphoto-"))
    try:
        folder.chmod(0o711)  # as root, the server runs as another user, who has to get in
        with EmbeddedPostgres(folder, settings=settings, say=say) as server:
            yield server.start()
    finally:
        if find_base(folder) != own_dir(folder):
            shutil.rmtree(find_base(folder))
        shutil.rmtree(folder)


def url(data_dir: Path) -> str:
    """SQLAlchemy URL of the server that is running for this data folder, whoever started it."""
    pgdata = find_base(data_dir.absolute()) / "data"
    try:
        lines = (pgdata / "postmaster.pid").read_text("utf-8").splitlines()
        secret = password(data_dir.absolute(), ROLE)
    except FileNotFoundError:
        raise NotRunning(f"{data_dir} 的数据库没有在运行，请先启动 gradphoto run。") from None
    except PermissionError:
        raise PostgresError(f"没有权限读取 {data_dir}，请用启动 gradphoto run 的那个用户。") from None
    return f"postgresql+psycopg://{ROLE}:{quote(secret, safe='')}@/{DATABASE}?host={quote(lines[4], safe='')}"


def _surroundings(home: Home) -> dict[str, Any]:
    """Nothing of the caller's environment (PGDATA, PGOPTIONS, locale) reaches the server."""
    return {"cwd": home.base, "env": {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}, **home.account.popen()}


def _status(pgdata: Path) -> tuple[int, str] | None:
    try:
        lines = (pgdata / "postmaster.pid").read_text("utf-8").splitlines()
        return int(lines[0]), lines[7].strip()
    except (FileNotFoundError, IndexError, ValueError):
        return None
