"""`gradphoto photos import`: killed it goes on, two windows leave each other alone, and what it refuses."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

from sqlalchemy import text

import make
from agency import Agency, counts, photos, run_jobs
from gradphoto.core.db import sessions
from room import ok
from shoot import photo


def command(database_url: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "gradphoto.cli", "photos", "import", *arguments],
        env=os.environ | {"GRADPHOTO_DATABASE_URL": database_url},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


async def finished(child: subprocess.Popen[str]) -> tuple[int, str]:
    out, err = await asyncio.to_thread(child.communicate, timeout=60)
    return child.returncode, out + err


async def test_the_command_killed_in_the_middle_goes_on(agency: Agency, database_url: str, tmp_path: Path) -> None:
    folder = tmp_path / "第一天"
    folder.mkdir()
    for n in range(60):
        (folder / f"{n}.jpg").write_bytes(photo(n))
    (folder / "link.jpg").symlink_to(folder / "1.jpg")
    child = command(database_url, str(folder))
    while (await photos()).total() < 10:
        assert child.poll() is None, child.communicate()
        await asyncio.sleep(0.01)
    child.send_signal(signal.SIGKILL)
    await finished(child)
    (half,) = ok(await agency.browser.get(agency.at))
    assert half["state"] == "reading" and 9 <= half["done"] < 61, "the fault really happened"
    code, said = await finished(command(database_url, str(folder)))
    assert code == 1 and "待认领：60" in said and "没有收：1" in said and "快捷链接" in said, said
    (state,) = ok(await agency.browser.get(agency.at))
    assert (state["state"], counts(state)) == ("done", {"waiting": 60, "refused": 1})
    (folder / "link.jpg").unlink()
    code, said = await finished(command(database_url, str(folder), "--campaign", str(agency.people.campaign_id)))
    assert code == 0 and "以前收过：60" in said, said
    assert (await photos()).total() == 60


async def test_two_windows_with_folders_of_the_same_name_leave_each_other_alone(
    agency: Agency, database_url: str, tmp_path: Path
) -> None:
    """Two cameras, two folders called DCIM: neither takes up nor cancels what the other is still at."""
    folders = [tmp_path / camera / "DCIM" for camera in ("one", "two")]
    for n, folder in enumerate(folders):
        folder.mkdir(parents=True)
        for i in range(30):
            (folder / f"{i}.jpg").write_bytes(photo((n, i)))
    first = command(database_url, str(folders[0]))
    while not (await photos()).total():
        assert first.poll() is None, first.communicate()
        await asyncio.sleep(0.01)
    second = command(database_url, str(folders[1]))
    for child in (first, second):
        code, said = await finished(child)
        assert code == 0 and "待认领：30" in said, said
    states = ok(await agency.browser.get(agency.at))
    assert [(state["state"], counts(state)) for state in states] == [("done", {"waiting": 30})] * 2


async def test_a_folder_of_the_server_is_not_called_done_by_a_retry(
    agency: Agency, database_url: str, tmp_path: Path
) -> None:
    """The browser cannot read that folder; the command goes on with it."""
    (tmp_path / "1.jpg").write_bytes(photo(1))
    assert (await finished(command(database_url, str(tmp_path))))[0] == 0
    async with sessions() as db, db.begin():
        await db.execute(text("update photo_import set state = 'paused', finished_at = null"))
    (one,) = ok(await agency.browser.get(agency.at))
    assert (await agency.act(one["photo_import_id"], "retry"))["state"] == "paused"
    await run_jobs(database_url)
    assert (await agency.state(one["photo_import_id"]))["state"] == "paused"


async def test_the_command_says_what_it_cannot_do(database_url: str, people: make.People, tmp_path: Path) -> None:
    code, said = await finished(command(database_url, str(tmp_path / "nowhere")))
    assert code == 2 and "没有这个文件夹" in said
    code, said = await finished(command(database_url, str(tmp_path), "--campaign", "不存在"))
    assert code == 2 and "--campaign" in said
