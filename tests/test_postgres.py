"""The embedded database: durable or refused, reachable only with the password, and never quietly replaced."""

import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest

from gradphoto.core.postgres import SETTINGS, EmbeddedPostgres, url
from gradphoto.core.postgres_home import PostgresError, find_base

SMALL = {"shared_buffers": "16MB"}


@pytest.fixture
def folder() -> Iterator[Path]:
    """pytest's own folders are closed to other users, so PGDATA would move away when the tests run as root."""
    path = Path(tempfile.mkdtemp(prefix="gp-"))
    path.chmod(0o711)
    yield path
    shutil.rmtree(path)


def server(folder: Path, **settings: str) -> EmbeddedPostgres:
    return EmbeddedPostgres(folder, settings=SMALL | settings, say=lambda _: None)


def connect(folder: Path, **changes: str) -> psycopg.Connection:
    return psycopg.connect(url(folder).replace("+psycopg", ""), autocommit=True, **changes)


def ask(folder: Path, query: str) -> object:
    with connect(folder) as db:
        row = db.execute(query).fetchone()  # type: ignore[arg-type]
        assert row
        return row[0]


def socket_folder(folder: Path) -> Path:
    return Path(parse_qs(urlsplit(url(folder)).query)["host"][0])


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def alive(pid: int) -> bool:
    """A zombie that nobody has collected yet counts as gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def wait_gone(pid: int, seconds: float = 20) -> bool:
    end = time.monotonic() + seconds
    while alive(pid) and time.monotonic() < end:
        time.sleep(0.05)
    return not alive(pid)


def remember(folder: Path, word: str) -> None:
    with connect(folder) as db:
        db.execute("CREATE TABLE IF NOT EXISTS kept (word text)")
        db.execute("INSERT INTO kept VALUES (%s)", [word])


def test_promises_of_a_running_server(folder: Path) -> None:
    with server(folder):
        for name in ("fsync", "synchronous_commit", "full_page_writes", "data_checksums"):
            assert ask(folder, f"SHOW {name}") == "on"
        assert ask(folder, "SELECT upper('é') || uuid_extract_version(uuidv7())") == "É7"
        assert ask(folder, "SELECT usesuper FROM pg_user WHERE usename = current_user") is False
        assert ask(folder, "SELECT string_agg(w, '' ORDER BY w) FROM unnest(ARRAY['b', '王', 'A', '㐀']) w") == "Ab㐀王"


def test_only_a_private_socket_and_only_with_the_password(folder: Path) -> None:
    with server(folder):
        run = socket_folder(folder)
        assert ask(folder, "SHOW listen_addresses") == ""
        assert stat.S_IMODE(run.stat().st_mode) == 0o700
        assert stat.S_IMODE((run / ".s.PGSQL.5432").stat().st_mode) == 0o700
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            connect(folder, password="guess")
        with pytest.raises(psycopg.OperationalError, match="no password supplied"):
            psycopg.connect(host=str(run), user="gradphoto", dbname="gradphoto")
        for secret in (folder / "postgres").glob("*.password"):
            assert stat.S_IMODE(secret.stat().st_mode) == 0o600


def test_stop_leaves_no_process_and_the_data_stay(folder: Path) -> None:
    first = server(folder)
    first.start()
    pid = first.pid
    assert pid
    helpers = children(pid)
    assert len(helpers) > 3
    remember(folder, "毕业")
    first.stop()
    assert not any(alive(each) for each in [pid, *helpers])
    with pytest.raises(PostgresError, match="没有在运行"):
        url(folder)
    with server(folder):
        assert ask(folder, "SELECT word FROM kept") == "毕业"


def test_killed_server_recovers_what_was_committed(folder: Path) -> None:
    postgres = server(folder)
    before = postgres.start()
    try:
        remember(folder, "一")
        pid = postgres.pid
        assert pid
        os.kill(pid, signal.SIGKILL)
        assert wait_gone(pid)
        assert postgres.pid is None
        assert postgres.start() == before
        assert ask(folder, "SELECT word FROM kept") == "一"
        log = (folder / "postgres" / "log" / "postgres.log").read_text("utf-8")
        assert "automatic recovery in progress" in log  # the kill was a real crash
    finally:
        postgres.stop()


def test_no_server_is_left_when_its_owner_is_killed(folder: Path) -> None:
    script = (
        "import sys, time; from pathlib import Path; from gradphoto.core.postgres import EmbeddedPostgres\n"
        "p = EmbeddedPostgres(Path(sys.argv[1]), settings={'shared_buffers': '16MB'}, say=lambda _: None)\n"
        "p.start(); print(p.pid, flush=True); time.sleep(600)"
    )
    owner = subprocess.Popen([sys.executable, "-c", script, folder], stdout=subprocess.PIPE, text=True)
    assert owner.stdout
    pid = int(owner.stdout.readline())
    remember(folder, "二")
    with connect(folder) as held_open:
        held_open.execute("SELECT 1")
        owner.kill()
        owner.wait()
        assert wait_gone(pid)
    with server(folder):
        assert ask(folder, "SELECT word FROM kept") == "二"


def test_a_stale_pid_file_with_a_living_number_does_not_stop_us(folder: Path) -> None:
    with server(folder):
        pid_file = find_base(folder) / "data" / "postmaster.pid"
        lines = pid_file.read_text().splitlines()
    with subprocess.Popen(["sleep", "60"]) as stranger:
        pid_file.write_text("\n".join([str(stranger.pid), *lines[1:]]))
        with server(folder):
            assert ask(folder, "SELECT 1") == 1
        stranger.kill()


def test_second_supervisor_is_refused(folder: Path) -> None:
    with server(folder), pytest.raises(PostgresError, match="另一个 gradphoto"):
        server(folder).start()


@pytest.mark.parametrize("loss", ["pgdata", "everything", "swapped"])
def test_a_lost_database_is_never_replaced_by_an_empty_one(folder: Path, loss: str) -> None:
    with server(folder):
        pass
    pgdata = find_base(folder) / "data"
    if loss == "pgdata":
        shutil.rmtree(pgdata)
    elif loss == "everything":
        shutil.rmtree(folder / "postgres")
    else:
        (pgdata / "INSTALLATION_ID").write_text("another\n")
    with pytest.raises(PostgresError, match=r"请从备份恢复.*restore it from a backup"):
        server(folder).start()
    assert loss == "swapped" or not pgdata.exists()


def test_interrupted_first_start_is_finished(folder: Path) -> None:
    """Killed between initdb's rename and the outer marker: the database is good, so it is taken."""
    with server(folder):
        remember(folder, "三")
    (folder / "INSTALLATION_ID").unlink()
    with server(folder):
        assert ask(folder, "SELECT word FROM kept") == "三"
    assert (folder / "INSTALLATION_ID").exists()


@pytest.mark.parametrize("name", ["fsync", "synchronous_commit", "full_page_writes"])
def test_weakened_durability_is_refused(folder: Path, name: str) -> None:
    weak = server(folder, **{name: "off"})
    with pytest.raises(PostgresError, match=name):
        weak.start()
    assert weak.pid is None


def test_nothing_can_be_weakened_from_inside(folder: Path) -> None:
    """The settings come from the command line, which ALTER SYSTEM cannot override."""
    with server(folder) as _:
        super_password = (folder / "postgres" / "postgres.password").read_text()
        with connect(folder, user="postgres", password=super_password) as db:
            db.execute("ALTER SYSTEM SET fsync = off")
    with server(folder):
        assert ask(folder, "SHOW fsync") == "on"
    assert SETTINGS["fsync"] == "on"


def test_damaged_database_is_one_sentence(folder: Path) -> None:
    with server(folder):
        pass
    control = find_base(folder) / "data" / "global" / "pg_control"
    control.write_bytes(b"\0" * control.stat().st_size)
    with pytest.raises(PostgresError, match="已损坏") as refusal:
        server(folder).start()
    assert "\n" not in str(refusal.value)


def test_too_long_a_path_gets_a_private_socket_elsewhere(folder: Path) -> None:
    deep = folder / ("长" * 30)
    postgres = server(deep)
    postgres.start()
    run = socket_folder(deep)
    assert ask(deep, "SELECT 1") == 1
    assert not run.is_relative_to(deep)
    assert stat.S_IMODE(run.stat().st_mode) == 0o700
    postgres.stop()
    assert not run.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to hand the server to another user")
def test_root_keeps_closed_folders_closed(folder: Path) -> None:
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    said: list[str] = []
    data = closed / "var"
    try:
        with EmbeddedPostgres(data, settings=SMALL, say=said.append) as postgres:
            assert ask(data, "SELECT 1") == 1
            assert Path(f"/proc/{postgres.pid}").stat().st_uid != 0
        assert stat.S_IMODE(closed.stat().st_mode) == 0o700
        assert any(str(find_base(data)) in sentence for sentence in said)
        with server(data):
            assert ask(data, "SELECT 1") == 1
    finally:
        shutil.rmtree(find_base(data))


@pytest.mark.parametrize("level", ["log", "warning"])
def test_no_student_number_reaches_the_log(folder: Path, level: str) -> None:
    """`warning`, PostgreSQL's own default, is the control: with it the number is there."""
    assert SETTINGS["log_min_messages"] == "log"
    with server(folder, log_min_messages=level), connect(folder) as db:
        db.execute("CREATE TABLE people (number text UNIQUE)")
        db.execute("INSERT INTO people VALUES ('S20150001')")
        with pytest.raises(psycopg.errors.UniqueViolation):
            db.execute("INSERT INTO people VALUES ('S20150001')")
        with pytest.raises(psycopg.errors.InvalidTextRepresentation):
            db.execute("SELECT number::int FROM people")
    log = (folder / "postgres" / "log" / "postgres.log").read_text("utf-8")
    assert "ready to accept connections" in log
    assert ("S20150001" in log) == (level == "warning")
