"""One screen that tells the operator whether this installation can be trusted."""

import platform
import resource
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass

import psycopg
from rich.console import Console
from rich.table import Table

from gradphoto.core.jobs import conninfo
from gradphoto.core.launch import DISK_FLOOR_BYTES, database, exposed_secrets
from gradphoto.core.migrations import versions
from gradphoto.core.process import CannotStart
from gradphoto.core.settings import settings

DURABLE = ("fsync", "synchronous_commit", "full_page_writes", "data_checksums")
CLOCK_LIMIT_SECONDS = 2.0
OPEN_FILES_FLOOR = 1024


@dataclass(frozen=True)
class Finding:
    what: str
    value: str
    good: bool = True


def examine() -> list[Finding]:
    return [*_machine(), *_secrets(), *_database()]


def show(findings: list[Finding]) -> bool:
    """True when everything is good."""
    table = Table("", "项目", "现状", box=None)
    for finding in findings:
        table.add_row("[green]✓[/]" if finding.good else "[red]✗[/]", finding.what, finding.value)
    Console().print(table)
    return all(finding.good for finding in findings)


def _machine() -> Iterator[Finding]:
    chosen = settings()
    yield Finding("Python", platform.python_version())
    folder = chosen.data_dir if chosen.data_dir.exists() else chosen.data_dir.parent
    free = shutil.disk_usage(folder).free
    yield Finding("磁盘剩余", f"{free / 2**30:.1f} GB  {folder}", free > DISK_FLOOR_BYTES)
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    yield Finding("可打开文件数", str(files), files >= OPEN_FILES_FLOOR)
    if chosen.spa_dir is not None:
        built = (chosen.spa_dir / "index.html").exists()
        yield Finding("网页", str(chosen.spa_dir) if built else "还没有构建，请执行 make run", built)
    yield Finding("网址", chosen.public_url)


def _secrets() -> Iterator[Finding]:
    keys = settings().keys_dir
    if not keys.is_dir():
        yield Finding("密钥", f"{keys} 还没有建立", False)
        return
    exposed = exposed_secrets(keys)
    yield Finding("密钥", f"权限过宽：{'、'.join(exposed)}" if exposed else f"{keys} 仅本用户可读", not exposed)


def _database() -> Iterator[Finding]:
    try:
        with database() as url, psycopg.connect(conninfo(url), connect_timeout=5) as db:
            yield Finding("PostgreSQL", f"{db.info.server_version // 10000}.{db.info.server_version % 10000}")
            for name in DURABLE:
                row = db.execute("SELECT current_setting(%s)", [name]).fetchone()
                yield Finding(name, str(row and row[0]), bool(row and row[0] == "on"))
            row = db.execute("SELECT extract(epoch FROM clock_timestamp())::float8").fetchone()
            drift = abs(float(row[0]) - time.time()) if row else 0.0
            yield Finding("时钟与数据库相差", f"{drift:.1f} 秒", drift < CLOCK_LIMIT_SECONDS)
            current, head = versions(url)
            yield Finding("数据库结构", f"{current}（程序需要 {head}）", current == head)
    except (CannotStart, psycopg.Error) as error:
        yield Finding("数据库", str(error).strip().splitlines()[0], False)
