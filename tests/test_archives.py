"""Photos out of ZIPs and folders: what is bad is refused by entry and by name, the rest goes in, memory stays small."""

import io
import os
import struct
import tracemalloc
import zlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

import zips
from gradphoto.photo_imports.reading import bulk
from gradphoto.photo_imports.reading.archive import Archive, Limits
from gradphoto.photo_imports.reading.archive_directory import DirectoryTooLarge, NotAnArchive
from gradphoto.photo_imports.reading.bulk import TOLD, EntryFault, EntryRefused
from gradphoto.photo_imports.reading.folder import Folder
from zips import JPEG, by_hand, entry, packed

GOOD = entry(b"good.jpg", JPEG)
SMALL = Limits(entry_bytes=100_000, total_bytes=400_000)
# A soak is the same test with more examples: FUZZ=10000.
EXAMPLES = int(os.environ.get("FUZZ", "200"))


def unpack(data: bytes, limits: Limits = SMALL) -> dict[str, bytes | EntryFault]:
    archive = Archive(io.BytesIO(data), limits)
    found: dict[str, bytes | EntryFault] = {}
    for file in archive.files:
        try:
            found[f"{file.position} {file.name}"] = archive.read(file)
        except EntryRefused as refused:
            found[f"{file.position} {file.name}"] = refused.fault
    return found


def test_an_ordinary_archive_comes_out_in_the_order_of_the_camera() -> None:
    files = {f"DSC_{n}.jpg": JPEG + bytes([n % 256]) for n in (1000, 99, 100, 999)}
    found = unpack(packed({"班级/": b""} | files))
    assert list(found) == ["1 DSC_99.jpg", "2 DSC_100.jpg", "3 DSC_999.jpg", "4 DSC_1000.jpg"]
    assert [found[name] for name in found] == [files[name.split()[1]] for name in found]


@pytest.mark.parametrize(
    ("bad", "fault"),
    [
        (entry(b"../../etc/x.jpg", JPEG), EntryFault.unsafe_path),
        (entry(b"/etc/x.jpg", JPEG), EntryFault.unsafe_path),
        (entry(b"..\\..\\x.jpg", JPEG), EntryFault.unsafe_path),
        (entry(b"C:\\x.jpg", JPEG), EntryFault.unsafe_path),
        (entry(b"\\\\server\\x.jpg", JPEG), EntryFault.unsafe_path),
        (entry(b"", JPEG), EntryFault.unsafe_path),
        (entry(b"x.jpg", b"/etc/passwd", mode=0o120777), EntryFault.symlink),
        (entry(b"x.jpg", JPEG, flags=1), EntryFault.encrypted),
        (entry(b"x.jpg", JPEG, flags=0x41), EntryFault.encrypted),
        (entry(b"GOOD.JPG", JPEG), EntryFault.duplicate_name),
        (entry(b"x.jpg", JPEG, method=9), EntryFault.unknown_method),
        (entry(b"x.zip", packed({"a.jpg": JPEG})), EntryFault.nested_archive),
        (entry(b"x.jpg", packed({"a.jpg": JPEG})), EntryFault.nested_archive),
        (entry("说明.txt".encode(), b"x"), EntryFault.not_a_photo),
        (entry(b"x.jpg", JPEG, crc=1), EntryFault.damaged),
        (entry(b"x.jpg", JPEG, body=b"\xff" * 99, packed=99), EntryFault.damaged),
        (entry(b"x.jpg", JPEG, local_name=b"y.jpg"), EntryFault.damaged),
        (entry(b"x.jpg", JPEG, packed=9_999_999), EntryFault.damaged),
        (entry(b"x.jpg", JPEG, packed=20), EntryFault.false_size),
        (entry(b"x.jpg", JPEG, size=len(JPEG) - 1), EntryFault.false_size),
        (entry(b"x.jpg", JPEG, size=len(JPEG) + 1), EntryFault.false_size),
        (entry(b"x.jpg", JPEG, method=0), EntryFault.false_size),
        (entry(b"x.jpg", bytes(90_000_000)), EntryFault.bomb),
        (entry(b"x.jpg", bytes(90_000_000), size=50_000), EntryFault.false_size),
        (entry(b"x.jpg", os.urandom(100_001)), EntryFault.too_large),
        (entry(b"x.jpg", JPEG, offset=500_000), EntryFault.damaged),
    ],
    ids=lambda value: value.value if isinstance(value, EntryFault) else "",
)
def test_a_bad_entry_is_refused_and_the_good_one_goes_in(bad: dict[str, object], fault: EntryFault) -> None:
    found = unpack(by_hand(GOOD, bad))
    assert [value for name, value in found.items() if "good.jpg" in name and value != fault] == [JPEG]
    assert fault in found.values() and len(found) == 2


def test_every_refusal_has_a_sentence_and_a_way_out() -> None:
    assert set(TOLD) == set(EntryFault)
    assert all(len(sentence) > 5 and len(remedy) > 5 for sentence, remedy in TOLD.values())


def test_entries_that_share_bytes_are_all_refused() -> None:
    found = unpack(zips.one_core(50))
    assert set(found.values()) == {EntryFault.overlapping} and len(found) == 50


def test_the_total_is_limited_by_what_really_came_out() -> None:
    found = unpack(packed({f"{n}.jpg": b"\xff\xd8\xff" + os.urandom(90_000) for n in range(8)}))
    assert [value for value in found.values() if isinstance(value, EntryFault)] == [EntryFault.too_much] * 3


def test_of_20001_entries_one_is_refused() -> None:
    archive = Archive(io.BytesIO(zips.many(20_001)))
    faults = [file.fault for file in archive.files]
    assert faults == [None] * 20_000 + [EntryFault.too_many]
    assert archive.read(archive.files[19_999]) == JPEG[:16]


def test_a_directory_beyond_every_measure_is_refused_whole() -> None:
    with pytest.raises(DirectoryTooLarge):
        Archive(io.BytesIO(zips.many(40_001)))
    with pytest.raises(DirectoryTooLarge):
        Archive(io.BytesIO(by_hand(*(entry(b"%05d" % n + b"x" * 60_000, JPEG) for n in range(300)))))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        JPEG,
        b"PK\x05\x06",
        packed({"a.jpg": JPEG})[:-30],
        packed({"a.jpg": JPEG})[60:],
        by_hand(GOOD).replace(b"PK\x01\x02", b"PK\x01\x03"),
        by_hand(GOOD)[:-10] + struct.pack("<LLH", 0xFFFFFF00, 0, 0),
        b"Rar!\x1a\x07\x00" + bytes(200),
    ],
)
def test_what_has_no_usable_directory_is_refused_whole(data: bytes) -> None:
    with pytest.raises(NotAnArchive):
        Archive(io.BytesIO(data))


def test_a_comment_and_bytes_before_the_archive_do_no_harm() -> None:
    assert unpack(by_hand(GOOD, before=b"MZ" * 500, comment=b"photos")) == {"1 good.jpg": JPEG}


def test_a_false_count_changes_nothing() -> None:
    assert len(unpack(by_hand(GOOD, entry(b"b.jpg", JPEG), count=1))) == 2


def test_chinese_names_are_read_however_they_were_written() -> None:
    name = "土木1404-张三丰-41400001.jpg"
    told = b"\x01" + struct.pack("<L", zlib.crc32(b"x.jpg")) + name.encode()
    for one in (
        entry(name.encode("gb18030"), JPEG),
        entry(name.encode(), JPEG),
        entry(name.encode(), JPEG, flags=0x800),
        entry(b"x.jpg", JPEG, extra=struct.pack("<HH", 0x7075, len(told)) + told),
    ):
        assert unpack(by_hand(one)) == {f"1 {name}": JPEG}
    false = b"\x01" + struct.pack("<L", 7) + name.encode()
    of_another = entry(b"x.jpg", JPEG, extra=struct.pack("<HH", 0x7075, len(false)) + false)
    assert unpack(by_hand(of_another)) == {"1 x.jpg": JPEG}


def test_what_computers_put_there_is_passed_over() -> None:
    junk = ["__MACOSX/._a.jpg", ".DS_Store", "甲/Thumbs.db", "desktop.ini", "._a.jpg"]
    archive = Archive(io.BytesIO(packed({"甲/": b""} | dict.fromkeys(["a.jpg", *junk], JPEG))))
    assert [file.name for file in archive.files] == ["a.jpg"]
    assert archive.passed_over == len(junk)


def test_one_entry_is_in_memory_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "big.zip"
    path.write_bytes(packed({f"{n}.jpg": b"\xff\xd8\xff" + os.urandom(1 << 20) for n in range(40)}))
    tracemalloc.start()
    with path.open("rb") as file:
        archive = Archive(file)
        assert sum(len(archive.read(one)) for one in archive.files) > 40 << 20
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 6 << 20, peak


# --- folders ---------------------------------------------------------------------------------------------------------


def test_a_folder_is_read_without_following_anything(tmp_path: Path) -> None:
    root, outside = tmp_path / "photos", tmp_path / "secret.jpg"
    (root / "甲班").mkdir(parents=True)
    outside.write_bytes(JPEG)
    (root / "甲班" / "2.jpg").write_bytes(JPEG)
    (root / "甲班" / "10.jpg").write_bytes(JPEG)
    (root / "1.txt").write_bytes(b"x")
    (root / "3.jpg").write_bytes(JPEG * 60)
    (root / "link.jpg").symlink_to(outside)
    (root / "folder").symlink_to(tmp_path)
    os.mkfifo(root / "pipe.jpg")
    (root / ".DS_Store").write_bytes(b"x")
    folder = Folder(root, 100_000)
    found: dict[str, bytes | EntryFault] = {}
    for file in folder.files:
        try:
            found[file.name] = folder.read(file)
        except EntryRefused as refused:
            found[file.name] = refused.fault
    faults = EntryFault
    assert found == {
        "1.txt": faults.not_a_photo,
        "3.jpg": faults.too_large,
        "folder": faults.symlink,
        "link.jpg": faults.symlink,
        "pipe.jpg": faults.not_a_photo,
        "甲班/2.jpg": JPEG,
        "甲班/10.jpg": JPEG,
    }
    assert list(found)[-2:] == ["甲班/2.jpg", "甲班/10.jpg"] and folder.passed_over == 1


def test_names_that_are_no_utf8_and_folders_that_are_shut_stop_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A Chinese ZIP unpacked on Linux leaves GB18030 names; nothing that no database can hold comes out of it."""
    (tmp_path / os.fsdecode("学生一.jpg".encode("gb18030"))).write_bytes(JPEG)
    (tmp_path / os.fsdecode(b"\xff\xff.jpg")).write_bytes(JPEG)
    for name in ("shut", "open"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "1.jpg").write_bytes(JPEG)
    scandir = os.scandir

    def shut(path: Path) -> Any:
        if path.name == "shut":
            raise PermissionError
        return scandir(path)

    monkeypatch.setattr(os, "scandir", shut)
    folder = Folder(tmp_path, 100_000)
    found = {file.name: file for file in folder.files}
    assert set(found) == {"学生一.jpg", b"\xff\xff.jpg".decode("cp437"), "shut", "open/1.jpg"}
    assert [folder.read(found[name]) for name in ("学生一.jpg", "open/1.jpg")] == [JPEG, JPEG]
    assert found["shut"].fault == EntryFault.unreadable


def test_a_link_put_there_after_listing_is_not_followed(tmp_path: Path) -> None:
    root, outside = tmp_path / "photos", tmp_path / "secret.jpg"
    root.mkdir()
    outside.write_bytes(JPEG)
    (root / "1.jpg").write_bytes(JPEG)
    (root / "2.jpg").write_bytes(JPEG)
    folder = Folder(root, 100_000)
    (root / "1.jpg").unlink()
    (root / "1.jpg").symlink_to(outside)
    (root / "2.jpg").unlink()
    for file, fault in zip(folder.files, (EntryFault.symlink, EntryFault.unreadable), strict=True):
        with pytest.raises(EntryRefused) as refused:
            folder.read(file)
        assert refused.value.fault == fault


# --- anything at all -------------------------------------------------------------------------------------------------

SEEDS = [
    packed({"a.jpg": JPEG, "b/c.jpg": JPEG * 3}),
    by_hand(GOOD, entry("张.jpg".encode("gb18030"), JPEG, extra=struct.pack("<HH", 1, 8) + bytes(8), size=0xFFFFFFFF)),
    zips.one_core(4),
]
CHANGES = st.lists(st.tuples(st.integers(0, 1 << 16), st.binary(min_size=1, max_size=8)), max_size=12)


@hypothesis(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(SEEDS), CHANGES, st.integers(0, 40))
def test_no_archive_does_any_harm(seed: bytes, changes: list[tuple[int, bytes]], cut: int) -> None:
    """Whatever was changed in it: refused whole, or each entry read or refused; never more than its limit in memory."""
    data = bytearray(seed)
    for place, value in changes:
        at = place % len(data)
        data[at : at + len(value)] = value
    tracemalloc.start()
    try:
        found = unpack(bytes(data[: len(data) - cut]))
        assert all(isinstance(value, EntryFault) or len(value) <= SMALL.entry_bytes for value in found.values())
    except (NotAnArchive, DirectoryTooLarge):
        pass
    finally:
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak < 2 << 20, peak


def test_a_name_of_digits_without_end_has_a_place_too() -> None:
    assert bulk.in_camera_order("9" * 9999) < bulk.in_camera_order("1" + "0" * 9999)


@given(st.text(max_size=40))
def test_any_path_has_a_place_in_the_order(path: str) -> None:
    bulk.is_junk(path)
    assert bulk.in_camera_order(path) <= bulk.in_camera_order(path + "1")
