"""The `gradphoto` command: run everything on one machine, or one part of it in a container."""

import asyncio
import gc
import json
import os
import socket
import sys
import time
from contextlib import ExitStack, suppress
from typing import Annotated

import typer
import uvicorn

from gradphoto import demo
from gradphoto.accounts import service as accounts
from gradphoto.accounts.models import Role
from gradphoto.app import app as api_app
from gradphoto.core import db, events, jobs, migrations
from gradphoto.core.doctor import examine, show
from gradphoto.core.launch import cancel_on_signal, check_disk, database, interruptible, listen, wait_for_answer
from gradphoto.core.postgres import EmbeddedPostgres, throwaway
from gradphoto.core.process import CannotStart, Child, stop_all
from gradphoto.core.security import make_keys
from gradphoto.core.settings import PROJECT, settings
from gradphoto.photo_imports.commands import photos as photo_commands

STOP_SECONDS = 15  # a job that is under way may finish; less than what `gradphoto run` waits before it kills

cli = typer.Typer(help="毕业生图像采集", no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False)
cli.add_typer(photo_commands, name="photos")


def say(sentence: str) -> None:
    print(sentence, flush=True)


# --- everything on one machine ---------------------------------------------------------------------------------------


@cli.command()
def run(load_demo: Annotated[bool, typer.Option("--demo", help="空库时载入演示数据，并打印登录链接")] = False) -> None:
    """启动数据库、接口和后台任务；Ctrl-C 全部停止。"""
    with interruptible(), ExitStack() as running:
        with suppress(KeyboardInterrupt):
            _run(running, load_demo or settings().demo)
        say("正在停止…")
    say("已停止。")


def _run(running: ExitStack, with_demo: bool) -> None:
    chosen = settings()
    check_disk(chosen.data_dir)
    door = running.enter_context(listen(chosen.host, chosen.port))
    if "public_url" not in chosen.model_fields_set:
        os.environ["GRADPHOTO_PUBLIC_URL"] = f"http://127.0.0.1:{chosen.port}"
    postgres = None
    if chosen.database_url is None:
        postgres = running.enter_context(EmbeddedPostgres(chosen.data_dir, say=say))
        os.environ["GRADPHOTO_DATABASE_URL"] = postgres.start()
        settings.cache_clear()
    with database() as url:
        _prepare(url, with_demo)
    children = [_child("接口", "api", "--fd", str(door.fileno()), fds=[door.fileno()]) for _ in range(chosen.workers)]
    children.append(_child("后台任务", "worker"))
    running.callback(stop_all, children)
    for child in children:
        child.start()
    wait_for_answer(chosen.host, chosen.port, children, say)
    say(f"\n毕业生图像采集已启动：{settings().public_url}    （Ctrl-C 停止）")
    _print_links(url, with_demo)
    while True:
        time.sleep(0.5)
        if postgres is not None and postgres.pid is None:
            say("数据库意外退出，正在恢复…")
            postgres.start()
        for child in children:
            child.keep_alive(say)


def _prepare(url: str, with_demo: bool) -> None:
    """Before any other process starts, so that only one makes the keys."""
    migrations.upgrade(url)
    make_keys(settings().keys_dir)
    if with_demo:
        say("正在准备演示数据…")
        demo.load(url)


def _child(name: str, *command: str, fds: list[int] | None = None) -> Child:
    return Child(name, [sys.executable, "-m", "gradphoto.cli", *command], dict(os.environ), fds or [])


def _print_links(url: str, with_demo: bool) -> None:
    if with_demo:
        for person, link in demo.links(url, settings().public_url):
            say(f"  {person}  {link}")


# --- one part of it --------------------------------------------------------------------------------------------------


@cli.command()
def api(fd: Annotated[int | None, typer.Option(help="已打开的监听端口，由 gradphoto run 传入")] = None) -> None:
    """只运行接口。"""
    chosen = settings()
    with database():
        door = socket.socket(fileno=fd) if fd is not None else listen(chosen.host, chosen.port)
        gc.freeze()
        config = uvicorn.Config(
            "gradphoto.app:app",
            loop="uvloop",
            http="httptools",
            log_level="warning",
            access_log=False,  # paths would carry ids of people
            server_header=False,
            timeout_keep_alive=65,  # longer than the proxy's, so that it is never surprised by a close
            timeout_graceful_shutdown=5,  # live screens would hold it open for ever
        )
        uvicorn.Server(config).run([door])


@cli.command()
def worker() -> None:
    """只运行后台任务。"""
    with database() as url:
        make_keys(settings().keys_dir)
        with suppress(asyncio.CancelledError):
            asyncio.run(_work(url))


async def _work(url: str) -> None:
    """Jobs and the relay of events; when one of them fails both end, and whoever started us starts us again."""
    assert api_app.routes  # importing the app has registered every package's jobs
    cancel_on_signal(STOP_SECONDS)
    engine = db.connect(url, settings().pool_size)
    try:
        async with asyncio.TaskGroup() as both:
            both.create_task(jobs.work(url))
            both.create_task(events.relay_forever())
    finally:
        await engine.dispose()


# --- for the operator and the developer ------------------------------------------------------------------------------


@cli.command()
def migrate(new: Annotated[str | None, typer.Option(metavar="说明", help="由模型生成下一个迁移文件")] = None) -> None:
    """升级数据库结构。"""
    if new is None:
        with database(start=True) as url:
            _prepare(url, settings().demo)
            say(f"数据库结构已是最新：{migrations.versions(url)[0]}")
            _print_links(url, settings().demo)
        return
    with throwaway(say) as url:
        path = migrations.write_next(url, new)
    say(f"已生成并试过（升、降、升）：{path.relative_to(PROJECT)}" if path else "模型没有变化，不需要迁移。")


@cli.command()
def openapi(check: Annotated[bool, typer.Option("--check", help="只检查文件是否最新")] = False) -> None:
    """写出接口约定 openapi/openapi.json。"""
    contract = json.dumps(api_app.openapi(), sort_keys=True, indent=1, ensure_ascii=False) + "\n"
    path = PROJECT / "openapi" / "openapi.json"
    if check and (not path.exists() or path.read_text("utf-8") != contract):
        raise CannotStart("openapi/openapi.json 已过期，请执行 make contract。")
    if not check:
        path.parent.mkdir(exist_ok=True)
        path.write_text(contract, "utf-8")
        say(f"已写出 {path.relative_to(PROJECT)}")


@cli.command()
def invite(login: str, name: str, role: Role = Role.registrar) -> None:
    """新建教工账号并打印一次性链接（第一个教务处账号由此而来）；账号已有则重新发链接。"""
    with database() as url:
        make_keys(settings().keys_dir)
        say(f"请在三天内打开并设置密码：{asyncio.run(_invite(url, login, name, role))}")


async def _invite(url: str, login: str, name: str, role: Role) -> str:
    engine = db.connect(url)
    try:
        async with db.sessions() as session, session.begin():
            return await accounts.invitation_for(session, login, name, role)
    finally:
        await engine.dispose()


@cli.command()
def doctor() -> None:
    """一屏看完：版本、数据库、迁移、磁盘、密钥。"""
    if not show(examine()):
        raise typer.Exit(1)


def main() -> None:
    try:
        cli()
    except CannotStart as error:
        print(f"gradphoto: {error}", file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
