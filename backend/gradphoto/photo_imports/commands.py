"""`gradphoto photos …`: a folder of this machine taken in, on the same way as one that comes through the browser."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated
from uuid import UUID, uuid4

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskProgressColumn, TimeRemainingColumn
from sqlalchemy.ext.asyncio import AsyncSession

from gradphoto.core import db
from gradphoto.core.db import aside, sessions
from gradphoto.core.launch import database
from gradphoto.core.process import CannotStart
from gradphoto.core.security import make_keys
from gradphoto.core.settings import settings
from gradphoto.photo_imports import reading_service, service
from gradphoto.photo_imports.frames import close_frames
from gradphoto.photo_imports.job import Tell, read_import
from gradphoto.photo_imports.models import EntryOutcome, ImportKind, PhotoImport, PhotoImportState
from gradphoto.photo_imports.reading.bulk import TOLD, Bulk, EntryFault
from gradphoto.photo_imports.reading.folder import Folder
from gradphoto.photo_imports.service import ImportAsked
from gradphoto.photos.checker import close_checker
from gradphoto.photos.matching.names import mask_filename
from gradphoto.photos.models import PhotoSource
from gradphoto.photos.verify_service import Verification, names_of, verify_and_tell
from gradphoto.roster.service import list_campaigns, the_campaign

photos = typer.Typer(help="照片：批量导入、逐一核对", no_args_is_help=True)
WORDS = {
    EntryOutcome.matched: "已对应到学生",
    EntryOutcome.waiting: "待认领",
    EntryOutcome.rejected: "不合格",
    EntryOutcome.already: "以前收过",
    EntryOutcome.slate: "拍摄号牌",
    EntryOutcome.refused: "没有收",
}


@photos.command("import")
def import_folder(
    folder: Annotated[Path, typer.Argument(metavar="文件夹", help="里面的文件夹也读；不跟随链接")],
    campaign: Annotated[str, typer.Option(help="批次名称或编号；只有一个批次时可不写")] = "",
    camera: Annotated[bool, typer.Option("--camera", help="相机原片，带二维码号牌，按拍摄顺序对应")] = False,
    returned: Annotated[bool, typer.Option("--returned", help="学生自行返回的照片")] = False,
) -> None:
    """导入一个文件夹的照片。中断后再执行一次就接着导；同一个文件夹导两次不会重复。"""
    if not folder.is_dir():
        raise CannotStart(f"没有这个文件夹：{folder}")
    source = PhotoSource.returned if returned else PhotoSource.on_site
    asked = ImportAsked(ImportKind.server, folder.resolve().name, 0, camera, source)
    with database() as url, _bar("导入照片") as tell:
        make_keys(settings().keys_dir)
        made, counts = asyncio.run(_import(url, folder, campaign, asked, tell))
    for outcome in EntryOutcome:
        if counts.get(outcome):
            typer.echo(f"{WORDS[outcome]}：{counts[outcome]}")
    if made.passed_over:
        typer.echo(f"略过系统文件：{made.passed_over}")
    if made.stretches:
        typer.echo(f"顺序对不上、等人核对的段落：{len(made.stretches)}")
    if made.state != PhotoImportState.done:
        raise CannotStart(made.why or "导入没有完成，请再执行一次。")
    if counts.get(EntryOutcome.refused):
        raise typer.Exit(1)


@photos.command("verify")
def verify(
    campaign: Annotated[str, typer.Option(help="批次名称或编号；只有一个批次时可不写")] = "",
) -> None:
    """把每一张原片读回来核对，列出丢失和变动的；有则退出码 1。"""
    with database() as url, _bar("核对原片") as tell:
        make_keys(settings().keys_dir)
        found, names = asyncio.run(_verify(url, campaign, tell))
    typer.echo(f"共 {found.checked} 张，完好 {found.intact} 张")
    for word, ids in (("丢失", found.lost), ("与收到时不同", found.altered), ("这次没有读出", found.unread)):
        for photo_id in ids:
            typer.echo(f"{word}：{names[photo_id]}", err=True)
    if found.intact != found.checked:
        raise typer.Exit(1)


async def _verify(url: str, campaign: str, tell: Tell) -> tuple[Verification, dict[UUID, str]]:
    engine = db.connect(url)
    try:
        async with sessions() as session, session.begin():
            campaign_id = await _campaign(session, campaign)
        found = await verify_and_tell(campaign_id, tell)
        async with sessions() as session, session.begin():
            return found, await names_of(session, campaign_id, [*found.lost, *found.altered, *found.unread])
    finally:
        await engine.dispose()


@contextmanager
def _bar(title: str) -> Iterator[Tell]:
    with Progress(title, BarColumn(), MofNCompleteColumn(), TaskProgressColumn(), TimeRemainingColumn()) as bar:
        task = bar.add_task("", total=None)
        yield lambda done, files: bar.update(task, completed=done, total=files)


async def _import(
    url: str, folder: Path, campaign: str, asked: ImportAsked, tell: Tell
) -> tuple[PhotoImport, dict[str, int]]:
    engine = db.connect(url)
    try:
        bulk = await asyncio.to_thread(Folder, folder, settings().max_photo_bytes)
        async with aside() as held, held.begin():
            async with sessions() as session, session.begin():
                campaign_id = await _campaign(session, campaign)
                made = await _unfinished(session, held, campaign_id, asked, bulk)
                made = made or await _fresh(session, held, campaign_id, asked)
            await read_import(campaign_id, made.id, _open(bulk), tell, at_once=True)
        async with sessions() as session, session.begin():
            after = await service.the_import(session, campaign_id, made.id)
            counted = (await service.counts(session, campaign_id, [made.id]))[made.id]
            for row in await service.entries(session, campaign_id, made.id, EntryOutcome.refused, 0, 500):
                _say_refused(row.entry.name_mask, row.entry.code)
        return after, dict(counted)
    finally:
        await close_frames()
        await close_checker()
        await engine.dispose()


@contextmanager
def _open(bulk: Bulk) -> Iterator[Bulk]:
    yield bulk


def _say_refused(name: str, code: str) -> None:
    why, remedy = TOLD[EntryFault(code)] if code in TOLD else (code, "")
    typer.echo(f"  {name}：{why}。{remedy}", err=True)


async def _campaign(session: AsyncSession, wanted: str) -> UUID:
    """By its key or its name; without either there must be only one."""
    try:
        return (await the_campaign(session, UUID(wanted))).id
    except ValueError:
        found = [one for one in await list_campaigns(session, None) if wanted in one.name]
    if len(found) != 1:
        raise CannotStart("请用 --campaign 写明是哪个批次：" + "、".join(one.name for one in found))
    return found[0].id


async def _unfinished(
    session: AsyncSession, held: AsyncSession, campaign_id: UUID, asked: ImportAsked, bulk: Bulk
) -> PhotoImport | None:
    """The one that was interrupted, if its files still stand where they stood. Another window's is left alone."""
    for made in await reading_service.unfinished_server(session, campaign_id, asked):
        if not await reading_service.hold(held, made.id):
            continue
        through = await reading_service.positions_done(session, campaign_id, made.id)
        names = {file.position: mask_filename(file.name) for file in bulk.files}
        if all(names.get(position) == name for position, name in through.items()):
            return made
        await service.cancel(session, campaign_id, made.id)
    return None


async def _fresh(session: AsyncSession, held: AsyncSession, campaign_id: UUID, asked: ImportAsked) -> PhotoImport:
    made = await service.create(session, campaign_id, uuid4(), asked, None)
    await reading_service.hold(held, made.id)  # before anybody else can see it
    await service.change(session, made, PhotoImportState.waiting)
    return made
