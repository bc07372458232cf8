"""Nothing that was acknowledged is lost: a full disk, flipped bytes, cut files, a deleted one: all named."""

import random
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

import jpegs
import make
from gradphoto.core.settings import settings
from gradphoto.photos import service
from gradphoto.photos.storage import key_of, open_store
from gradphoto.photos.verify_service import verify_all
from test_photos import send

PHOTOS = 70


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """A tmpfs of 2 MB where the photos lie."""
    where = settings().photos_dir
    where.mkdir(parents=True, exist_ok=True)
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "none", where], capture_output=True, check=False)
    if mounted.returncode:
        pytest.skip("may not mount here")
    service.the_store.cache_clear()
    yield where
    subprocess.run(["umount", "-l", where], check=True)
    service.the_store.cache_clear()


async def test_a_disk_that_fills_up_loses_nothing_that_was_acknowledged(people: make.People, small_disk: Path) -> None:
    kept: dict[str, bytes] = {}
    full = 0
    for i in range(PHOTOS):
        data = jpegs.sound(f"full {i}") + bytes(20_000)
        answer = await send(people.agency, people, data)
        if answer.status_code == 200:
            kept[answer.json()["sha256"]] = data
        else:
            full += 1
            assert (answer.status_code, answer.json()["code"]) == (507, "storage_full")
            assert "没有保存" in answer.json()["detail"]
    assert full > 0 and kept, "the fault really happened"
    assert await verify_all(service.the_store(), people.campaign_id) == (len(kept), len(kept), [], [], [])
    for sha256, data in kept.items():
        assert await service.the_store().get(sha256) == data
    listed = (await people.agency.get(f"{people.at}/photos", params={"limit": 500})).json()
    assert {one["sha256"] for one in listed["photos"]} == set(kept), "no row speaks of a file that is not there"


async def test_every_flip_cut_and_loss_is_named_and_nothing_else(people: make.People) -> None:
    dice = random.Random(4)
    ids = {}
    for i in range(40):
        made = (await send(people.agency, people, jpegs.sound(f"fault {i}"))).json()
        ids[made["photo_id"]] = made["sha256"]
    broken = dice.sample(sorted(ids), 12)
    flipped, cut, gone = broken[:6], broken[6:10], broken[10:]
    root = settings().photos_dir
    for photo_id in flipped:
        path = root / key_of(ids[photo_id])
        data = bytearray(path.read_bytes())
        data[dice.randrange(len(data))] ^= 1 << dice.randrange(8)
        path.chmod(0o644)
        path.write_bytes(data)
    for photo_id in cut:
        path = root / key_of(ids[photo_id])
        path.chmod(0o644)
        path.write_bytes(path.read_bytes()[: dice.randrange(1, 20_000)])
    for photo_id in gone:
        (root / key_of(ids[photo_id])).unlink()
    found = await verify_all(open_store(root), people.campaign_id)
    assert {str(one) for one in found.altered} == {*flipped, *cut}
    assert {str(one) for one in found.lost} == set(gone)
    assert (found.checked, found.intact, found.unread) == (40, 28, [])
