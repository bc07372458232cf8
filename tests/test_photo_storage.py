"""The photo store: exact bytes or a plain refusal, on a disk and over S3's protocol; a full disk leaves nothing."""

import asyncio
import errno
import hashlib
import os
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import obstore
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from obstore.store import from_url

from gradphoto.core.errors import Refusal
from gradphoto.photos.storage import (
    PhotoAltered,
    PhotoLost,
    PhotoStore,
    StorageAway,
    StorageFull,
    key_of,
    open_store,
)
from seaweed import BUCKET, S3, seaweed

DATA = b"\xff\xd8 not really a photo \xff\xd9"
SHA = hashlib.sha256(DATA).hexdigest()


@pytest.fixture(scope="session")
def server() -> Iterator[S3]:
    with seaweed() as running:
        yield running


@pytest.fixture
def bucket(server: S3, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of a folder of its own in the bucket of a real S3 server."""
    for name, value in server.environment().items():
        monkeypatch.setenv(name, value)
    return f"s3://{BUCKET}/{uuid4().hex}"


@pytest.fixture(params=["disk", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> PhotoStore:
    if request.param == "disk":
        return open_store(tmp_path / "photos")
    return open_store(request.getfixturevalue("bucket"))


def leftovers(root: Path) -> list[Path]:
    return list((root / "tmp").iterdir())


def test_what_is_put_is_got_and_putting_again_is_the_same(store: PhotoStore) -> None:
    async def story() -> None:
        assert not await store.exists(SHA)
        with pytest.raises(PhotoLost):
            await store.get(SHA)
        assert await store.put(DATA) == SHA
        assert await store.put(DATA) == SHA
        assert await store.exists(SHA)
        assert await store.get(SHA) == DATA

    asyncio.run(story())


def test_altered_bytes_are_never_served_and_the_right_ones_mend_them(bucket: str, tmp_path: Path) -> None:
    async def story(store: PhotoStore) -> None:
        with pytest.raises(PhotoAltered):
            await store.get(SHA)
        await store.put(DATA)
        assert await store.get(SHA) == DATA

    disk = open_store(tmp_path)
    asyncio.run(disk.put(DATA))
    target = tmp_path / key_of(SHA)
    target.chmod(0o644)
    target.write_bytes(DATA[:-1] + b"!")
    asyncio.run(story(disk))

    remote = open_store(bucket)
    asyncio.run(remote.put(DATA))
    obstore.put(from_url(bucket), key_of(SHA), DATA[:-1])  # somebody else writes into the bucket
    asyncio.run(story(remote))


def test_a_file_that_is_gone_from_the_bucket_is_lost_not_an_error(bucket: str) -> None:
    store = open_store(bucket)
    asyncio.run(store.put(DATA))
    obstore.delete(from_url(bucket), key_of(SHA))
    with pytest.raises(PhotoLost):
        asyncio.run(store.get(SHA))


def test_many_writers_to_the_bucket(bucket: str) -> None:
    async def story() -> None:
        store = open_store(bucket)
        photos = [DATA + bytes([i % 16]) for i in range(64)]
        hashes = await asyncio.gather(*(store.put(photo) for photo in photos))
        assert len(set(hashes)) == 16
        assert [await store.get(one) for one in hashes] == photos

    asyncio.run(story())


def test_a_store_that_refuses_is_a_sentence_not_a_crash(bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another-one")
    with pytest.raises(StorageAway, match="storage_away") as refused:
        asyncio.run(open_store(bucket).put(DATA))
    assert "密钥" in refused.value.detail
    monkeypatch.undo()


def test_a_store_that_is_away_is_a_sentence_too(bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        monkeypatch.setenv("AWS_ENDPOINT", f"http://127.0.0.1:{nobody.getsockname()[1]}")
        with pytest.raises(StorageAway):
            asyncio.run(open_store(bucket).put(DATA))


def test_a_store_that_is_ill_is_asked_again_but_not_for_minutes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Measured: by default a store that takes the question and is silent was asked for three minutes."""
    asked: list[bytes] = []

    async def ill(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            if line.startswith(b"GET "):
                asked.append(line)
            if line == b"\r\n":
                writer.write(b"HTTP/1.1 503 Slow Down\r\nContent-Length: 0\r\n\r\n")

    async def story() -> None:
        server = await asyncio.start_server(ill, "127.0.0.1", 0)
        environment = {"ENDPOINT": f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", "ALLOW_HTTP": "true"}
        environment |= {"ACCESS_KEY_ID": "a", "SECRET_ACCESS_KEY": "b", "REGION": "us-east-1"}
        for name, value in environment.items():
            monkeypatch.setenv(f"AWS_{name}", value)
        with pytest.raises(StorageAway):
            await open_store("s3://bucket/x").get(SHA)
        server.close()

    asyncio.run(story())
    assert len(asked) == 6


def test_files_are_read_only_and_named_by_their_hash(tmp_path: Path) -> None:
    asyncio.run(open_store(tmp_path).put(DATA))
    target = tmp_path / SHA[:2] / f"{SHA}.jpg"
    assert target.read_bytes() == DATA
    assert target.stat().st_mode & 0o777 == 0o444
    assert leftovers(tmp_path) == []


def test_the_file_is_synced_before_its_name_and_the_name_before_the_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_store(tmp_path)
    seen: list[str] = []
    sync, rename = os.fsync, Path.rename

    def noted_sync(handle: int) -> None:
        seen.append("folder" if stat.S_ISDIR(os.fstat(handle).st_mode) else "file")
        sync(handle)

    def noted_rename(self: Path, target: Path) -> Path:
        seen.append("rename")
        return rename(self, target)

    monkeypatch.setattr(os, "fsync", noted_sync)
    monkeypatch.setattr(Path, "rename", noted_rename)
    asyncio.run(store.put(DATA))
    assert seen == ["file", "rename", "folder"]


def test_a_disk_that_cannot_sync_is_refused_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = open_store(tmp_path)
    with monkeypatch.context() as broken:

        def fails(_: int) -> None:
            raise OSError(errno.EIO, "input/output error")

        broken.setattr(os, "fsync", fails)
        with pytest.raises(StorageAway):
            asyncio.run(store.put(DATA))
    assert leftovers(tmp_path) == [] and list(tmp_path.glob("*/*.jpg")) == []
    assert asyncio.run(store.put(DATA)) == SHA


def test_many_writers_of_the_same_and_of_other_photos(tmp_path: Path) -> None:
    async def story() -> None:
        store = open_store(tmp_path)
        photos = [DATA + bytes([i % 16]) for i in range(64)]
        hashes = await asyncio.gather(*(store.put(photo) for photo in photos))
        assert len(set(hashes)) == 16
        for photo, sha256 in zip(photos, hashes, strict=True):
            assert await store.get(sha256) == photo

    asyncio.run(story())
    assert leftovers(tmp_path) == []


FILL = """
import asyncio, resource, sys
from gradphoto.photos.storage import StorageFull, open_store
store = open_store(sys.argv[1])
kept = asyncio.run(store.put(b"a" * 1000))
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    asyncio.run(store.put(b"b" * 200_000))
except StorageFull as refused:
    assert refused.status == 507 and "没有保存" in refused.detail
    assert asyncio.run(store.get(kept)) == b"a" * 1000
    print("refused")
"""


def test_a_file_that_does_not_fit_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    """A process of its own, since a limit on file size cannot be taken back."""
    backend = str(Path(__file__).parent.parent / "backend")
    done = subprocess.run(
        [sys.executable, "-c", FILL, str(tmp_path)],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": backend},
        check=False,
    )
    assert done.stdout.strip() == "refused", done.stderr
    assert leftovers(tmp_path) == []
    assert len(list(tmp_path.glob("*/*.jpg"))) == 1


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    where = tmp_path / "disk"
    where.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "none", where], capture_output=True, check=False)
    if mounted.returncode:
        pytest.skip("may not mount here")
    yield where
    subprocess.run(["umount", where], check=True)


def test_a_really_full_disk_refuses_and_works_again_once_there_is_room(small_disk: Path) -> None:
    async def story() -> None:
        store = open_store(small_disk)
        kept, full = [], 0
        for i in range(60):
            photo = i.to_bytes(1, "big") * 60_000
            try:
                kept.append((await store.put(photo), photo))
            except StorageFull:
                full += 1
        assert full > 0 and kept  # the fault really happened
        assert leftovers(small_disk) == []
        assert len(list(small_disk.glob("*/*.jpg"))) == len(kept)
        for sha256, photo in kept:
            assert await store.get(sha256) == photo
        (small_disk / key_of(kept[0][0])).unlink()
        await store.put(b"room again" * 1000)

    asyncio.run(story())


def test_half_written_files_of_a_killed_process_are_cleared_and_fresh_ones_left(tmp_path: Path) -> None:
    open_store(tmp_path)
    old, fresh = tmp_path / "tmp" / "old", tmp_path / "tmp" / "fresh"
    for path in (old, fresh):
        path.write_bytes(b"half")
    os.utime(old, (0, 0))
    open_store(tmp_path)
    assert leftovers(tmp_path) == [fresh]


def test_a_folder_that_cannot_be_had_is_a_sentence_too(tmp_path: Path) -> None:
    (tmp_path / "photos").write_bytes(b"a file where the folder should be")
    with pytest.raises(StorageAway):
        open_store(tmp_path / "photos")


def test_a_second_process_may_open_the_store_while_the_first_is_writing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A temporary file is listed, and renamed before it is looked at."""
    open_store(tmp_path)
    real = Path.iterdir
    monkeypatch.setattr(Path, "iterdir", lambda folder: [*real(folder), folder / "renamed meanwhile"])
    open_store(tmp_path)


@pytest.mark.parametrize("name", ["", "..", "../../etc/passwd", "A" * 64, SHA[:-1], SHA + "\n"])
def test_only_a_hash_becomes_a_path(name: str) -> None:
    with pytest.raises(ValueError, match="SHA-256"):
        key_of(name)


def test_the_refusals_say_what_to_do() -> None:
    for refusal in (StorageFull, StorageAway, PhotoLost, PhotoAltered):
        assert Refusal.registry[refusal.code] is refusal
        assert "。" in (refusal.__doc__ or "")


@given(st.binary(max_size=2000))
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
def test_any_bytes_come_back_exactly(tmp_path: Path, data: bytes) -> None:
    async def story() -> None:
        store = open_store(tmp_path)
        assert await store.get(await store.put(data)) == data

    asyncio.run(story())
