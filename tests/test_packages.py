"""What leaves the house: every byte as it came, named as asked, complete or not at all, and only what changed since."""

import asyncio
import csv
import hashlib
import io
import json
import tracemalloc
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import dbf
import httpx
import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import text, update

import make
from gradphoto.accounts.models import Role
from gradphoto.accounts.policy import Actor
from gradphoto.core.db import sessions
from gradphoto.core.security import encrypt, key, make_keys
from gradphoto.core.settings import settings
from gradphoto.delivery import download_service
from gradphoto.delivery.models import NamedBy
from gradphoto.delivery.packing import lists
from gradphoto.delivery.packing.names import file_names, stem
from gradphoto.delivery.packing.zipping import zip_chunks
from gradphoto.delivery.sealing import photo_verify, seal
from gradphoto.photos.service import the_store
from gradphoto.photos.storage import PhotoLost, key_of
from gradphoto.roster import service as roster
from gradphoto.roster.models import Student
from kept import keep, let_go, portrait
from room import ok

ROWS = make.roster_rows()
NUMBERS = [row.number for row in ROWS]
PUBLIC = "student_number"


async def order(people: make.People, **more: Any) -> httpx.Response:
    body = {"op_id": str(uuid4()), "recipient": "省考试院", "named_by": PUBLIC} | more
    return await people.registrar.post(f"{people.at}/packages", json=body)


async def made(people: make.People, **more: Any) -> dict[str, Any]:
    found: dict[str, Any] = ok(await order(people, **more))["package"]
    return found


async def unpacked(people: make.People, package: dict[str, Any], **params: Any) -> dict[str, bytes]:
    response = await people.registrar.get(f"{people.at}/packages/{package['package_id']}/zip", params=params)
    assert response.status_code == 200, response.text
    with zipfile.ZipFile(io.BytesIO(response.content)) as opened:
        assert opened.testzip() is None
        assert {one.compress_type for one in opened.infolist()} == {zipfile.ZIP_STORED}
        return {one.filename: opened.read(one) for one in opened.infolist()}


async def fill(count: int) -> dict[str, bytes]:
    photos = {number: portrait(number) for number in NUMBERS[:count]}
    for number, data in photos.items():
        await keep(number, data)
    return photos


def refused(response: httpx.Response, code: str, status: int = 409) -> dict[str, Any]:
    assert (response.status_code, response.json()["code"]) == (status, code), response.text
    found: dict[str, Any] = response.json()["facts"]
    return found


def stored(data: bytes) -> Path:
    return settings().photos_dir / key_of(hashlib.sha256(data).hexdigest())


# --- the ZIP ---------------------------------------------------------------------------------------------------------


async def test_every_byte_is_the_one_that_came(people: make.People) -> None:
    photos = await fill(5)
    answer = ok(await order(people))
    package = answer["package"]
    assert (package["number"], package["photos"], package["new"]) == (1, 5, 5)
    assert package["bytes"] == sum(map(len, photos.values()))
    assert [one["number"] for one in answer["without_photo"]] == NUMBERS[5:], "counted and named"
    inside = await unpacked(people, package)
    assert {name: data for name, data in inside.items() if name.startswith("照片/")} == {
        f"照片/{number}.jpg": data for number, data in photos.items()
    }
    assert set(inside) - {f"照片/{number}.jpg" for number in photos} == {
        *("说明.txt", "清单.xlsx", "清单.csv", "清单.dbf"),
        *("校验/manifest.jsonl", "校验/head.json", "校验/public-key.txt"),
        *("校验工具/verify.html", "校验工具/photo_verify.py"),
    }
    assert not any(row.id_number.encode() in data for row in ROWS for data in inside.values())
    again = await unpacked(people, package)
    same = set(inside) - {"清单.xlsx"}  # Excel writes the time of its making
    assert {name: again[name] for name in same} == {name: inside[name] for name in same}


async def test_the_package_passes_its_own_check_and_the_scripts(people: make.People) -> None:
    await fill(4)
    inside = await unpacked(people, await made(people))
    public = seal.public_key(key("seal"))
    head, sealed = photo_verify.read_manifest(inside["校验/manifest.jsonl"].decode(), public.hex())
    photos = ((name, data) for name, data in inside.items() if name.startswith("照片/"))
    assert photo_verify.check_folder(head, sealed, [], photos) == (4, [])
    assert json.loads(inside["校验/head.json"])["head"] == head
    shown = ok(await people.registrar.get("/seal/public-key"))
    assert inside["校验/public-key.txt"].decode().split("\n")[:2] == [
        f"Ed25519 {shown['public_key']}",
        shown["fingerprint"],
    ]
    assert f'KEYS = "{public.hex()}"' in inside["校验工具/photo_verify.py"].decode()


async def test_the_three_lists_say_the_same_as_text(people: make.People) -> None:
    await fill(3)
    inside = await unpacked(people, await made(people))
    rows = list(csv.reader(io.StringIO(inside["清单.csv"].decode("utf-8-sig"))))
    assert inside["清单.csv"].startswith(b"\xef\xbb\xbf") and len(rows) == 4
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(inside["清单.xlsx"])).get_sheet_by_index(0).to_python()
    assert sheet == rows
    assert rows[1][:4] == [NUMBERS[0], ROWS[0].name, "居民身份证", "119900************"]
    records, heading = dbf_rows(inside["清单.dbf"])
    assert heading == ["XH", "XM", "ZJLX", "SFZH", "CJM", "XY", "ZY", "BH", "WJ", "BHLX", "LY", "SHA256"]
    assert records == rows[1:]


def dbf_rows(data: bytes) -> tuple[list[list[str]], list[str]]:
    """Read without the library that wrote it: dBASE III, 32 bytes a field, GBK."""
    assert (data[0], data[29]) == (3, 0x4D), "dBASE III, code page 936"
    count, start, width = (int.from_bytes(data[a:b], "little") for a, b in ((4, 8), (8, 10), (10, 12)))
    fields = [data[at : at + 32] for at in range(32, start - 1, 32) if data[at] != 0x0D]
    names, sizes = [one[:11].rstrip(b"\0").decode() for one in fields], [one[16] for one in fields]
    rows = []
    for i in range(count):
        record, at = data[start + i * width + 1 : start + (i + 1) * width], 0
        cells = []
        for size in sizes:
            cells.append(record[at : at + size].decode("gbk").rstrip())
            at += size
        rows.append(cells)
    return rows, names


def test_a_dbf_takes_what_gbk_has_and_says_what_it_has_not() -> None:
    values = dict.fromkeys([attribute for *_, attribute in lists.COLUMNS], "x")
    rows = [
        lists.Row(**values | {"number": "1", "name": "张·三"}),
        lists.Row(**values | {"number": "2", "name": "𠮷㐂"}),
    ]
    records, _ = dbf_rows(lists.as_dbf(rows))
    assert [one[1] for one in records] == ["张·三", "??"]
    assert lists.not_in_gbk(rows) == ["2"]
    assert dbf_rows(lists.as_dbf([lists.Row(**values | {"name": "长" * 80})]))[0][0][1] == "长" * 50, "cut, not broken"
    assert dbf.version >= (0, 99)


# --- names -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("阿依古丽·买买提", "阿依古丽·买买提"),
        ('a<b>:"/\\|?*c', "a_b________c"),
        ("CON", "_CON"),
        ("nul.txt", "_nul.txt"),
        ("  . ", "_"),
        ("../../etc/passwd", "_.._etc_passwd"),
        ("a\u202egpj", "a_gpj"),
        ("名" * 100, "名" * 40),
    ],
)
def test_a_name_that_every_windows_takes(text: str, expected: str) -> None:
    assert stem(text) == expected


def test_names_that_differ_only_for_us_do_not_collide() -> None:
    people = [("1", "a/b", ""), ("1", "a?b", ""), ("1", "A_B", "")]
    names = file_names(NamedBy.student_number_name, people)
    assert names == ["照片/1-a_b.jpg", "照片/1-a_b-2.jpg", "照片/1-A_B-3.jpg"]


async def test_named_by_id_number_is_a_reveal_and_nowhere_else_in_clear(people: make.People) -> None:
    photos = await fill(3)
    package = await made(people, named_by="id_number")
    inside = await unpacked(people, package)
    assert {name: inside[name] for name in inside if name.startswith("照片/")} == {
        f"照片/{row.id_number}.jpg": photos[row.number] for row in ROWS[:3]
    }
    manifest = inside["校验/manifest.jsonl"].decode()
    assert not any(row.id_number in manifest or row.id_number[-6:] in json.loads(line).get("file", "")
                   for row in ROWS for line in manifest.splitlines())  # fmt: skip
    head, sealed = photo_verify.read_manifest(manifest, seal.public_key(key("seal")).hex())
    names = inside["校验/names.txt"].decode().split("\n")[1:]
    assert hashlib.sha256(inside["校验/names.txt"]).hexdigest() == head["names_sha256"]
    swapped = {f"照片/{ROWS[0].id_number}.jpg": photos[NUMBERS[1]], f"照片/{ROWS[1].id_number}.jpg": photos[NUMBERS[0]]}
    good, wrong = photo_verify.check_folder(head, sealed, names, swapped.items())
    assert (good, {one[0] for one in wrong}) == (0, {"misnamed", "missing"}), "one face under two names is seen"
    (record,) = ok(await people.registrar.get(f"{people.at}/audit", params={"act": "reveal_id_numbers"}))
    assert record["facts"] == {"students": 3} and record["subject_id"] == package["package_id"]


async def test_id_numbers_in_the_lists_only_when_asked_and_on_record(people: make.People) -> None:
    await fill(2)
    package = await made(people)
    assert ROWS[0].id_number not in (await unpacked(people, package))["清单.csv"].decode()
    at = f"{people.at}/audit"
    assert ok(await people.registrar.get(at, params={"act": "reveal_id_numbers"})) == []
    clear = await unpacked(people, package, id_numbers=True)
    assert ROWS[0].id_number in clear["清单.csv"].decode() and "完整证件号" in clear["说明.txt"].decode()
    assert len(ok(await people.registrar.get(at, params={"act": "reveal_id_numbers"}))) == 1
    assert len(ok(await people.registrar.get(at, params={"act": "download_package"}))) == 2


# --- complete or not at all ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("harm", ["lost", "altered"])
async def test_a_damaged_original_stops_the_download_before_its_first_byte(people: make.People, harm: str) -> None:
    photos = await fill(3)
    package = await made(people)
    path = stored(photos[NUMBERS[1]])
    kept = path.read_bytes()
    path.unlink()
    if harm == "altered":
        path.write_bytes(kept[:-1] + b"?")
    response = await people.registrar.get(f"{people.at}/packages/{package['package_id']}/zip")
    assert refused(response, "originals_damaged") == {"students": [NUMBERS[1]], "count": 1}
    path.unlink(missing_ok=True)
    path.write_bytes(kept)
    assert len(await unpacked(people, package)) > 3, "control: mended, it leaves"


async def test_one_that_is_lost_on_the_way_leaves_a_zip_that_does_not_open(people: make.People) -> None:
    photos = await fill(3)
    package = await made(people)
    actor = an_actor()
    contents = await download_service.open_package(
        the_store(), people.campaign_id, package["package_id"], actor, id_numbers=False
    )
    path = stored(photos[NUMBERS[2]])
    kept = path.read_bytes()
    path.unlink()
    arrived = bytearray()
    with pytest.raises(PhotoLost):
        await asyncio.to_thread(take, download_service.stream(the_store(), contents), arrived)
    path.write_bytes(kept)
    with pytest.raises(zipfile.BadZipFile):
        zipfile.ZipFile(io.BytesIO(bytes(arrived)))
    whole = bytearray()
    await asyncio.to_thread(take, download_service.stream(the_store(), contents), whole)
    assert len(zipfile.ZipFile(io.BytesIO(bytes(whole))).infolist()) == 12, "control"


def take(chunks: Iterator[bytes], into: bytearray) -> None:
    for chunk in chunks:
        into += chunk


def an_actor() -> Any:
    return Actor(roles=frozenset({Role.registrar}), name="x", id=uuid4())


def test_three_thousand_photos_go_through_a_few_megabytes() -> None:
    """94 MB leave; what is held at any moment is one batch, the directory and a chunk."""
    body = bytes(range(256)) * 111
    photos = [(f"照片/{i:08d}.jpg", f"{i:064x}") for i in range(3300)]
    tracemalloc.start()
    sent = sum(
        len(chunk)
        for chunk in zip_chunks(
            [("说明.txt", b"x")], photos, lambda few: [body + one.encode() for one in few], make.MORNING, 3300 * 28480
        )
    )
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert sent > 3300 * 28480 and peak < 12 * 2**20, peak


async def test_no_connection_is_held_while_it_is_sent(people: make.People) -> None:
    """The pool of a test has four; six downloads that wait at their first chunk leave it free."""
    await fill(1)
    package = await made(people)
    waiting = [
        await download_service.open_package(
            the_store(), people.campaign_id, package["package_id"], an_actor(), id_numbers=False
        )
        for _ in range(6)
    ]
    streams = [download_service.stream(the_store(), one) for one in waiting]
    for one in streams:
        assert await asyncio.to_thread(next, one)
    assert ok(await people.registrar.get(f"{people.at}/packages"))[0]["photos"] == 1


# --- what changed since ----------------------------------------------------------------------------------------------


async def test_the_second_holds_only_what_changed(people: make.People) -> None:
    photos = await fill(4)
    first = await made(people)
    refused(await order(people, changes_only=True), "nothing_changed")
    better, fresh = portrait("better"), portrait("fresh")
    await keep(NUMBERS[0], better)
    await keep(NUMBERS[7], fresh)
    gone = await keep(NUMBERS[3], portrait("soon gone"))
    await let_go(gone)
    second = await made(people, changes_only=True)
    assert (second["since_id"], second["number"]) == (first["package_id"], 2)
    assert [second[one] for one in ("photos", "new", "replaced", "withdrawn")] == [2, 1, 1, 1]
    inside = await unpacked(people, second)
    assert {name: data for name, data in inside.items() if name.startswith("照片/")} == {
        f"照片/{NUMBERS[0]}.jpg": better,
        f"照片/{NUMBERS[7]}.jpg": fresh,
    }
    left = list(csv.reader(io.StringIO(inside["撤回清单.csv"].decode("utf-8-sig"))))
    assert [row[0] for row in left[1:]] == [NUMBERS[3]] and left[1][9] == "撤回"
    head, sealed = photo_verify.read_manifest(
        inside["校验/manifest.jsonl"].decode(), seal.public_key(key("seal")).hex()
    )
    first_head = json.loads((await unpacked(people, first))["校验/head.json"])["head"]
    assert head["prev"] == seal.head_hash(first_head) and head["since"] == 1
    assert photo_verify.check_folder(head, sealed, [], [("x.jpg", photos[NUMBERS[3]])])[1][0][0] == "withdrawn"
    await keep(NUMBERS[3], portrait("back again"))
    third = await made(people, since_id=second["package_id"])
    assert [third[one] for one in ("photos", "new", "replaced", "withdrawn")] == [1, 1, 0, 0], "through the chain"
    whole = await made(people)
    assert (whole["since_id"], whole["photos"]) == (None, 5)


async def correct(people: make.People, number: str, name: str, id_number: str) -> None:
    values = dict(name=name, id_number_sealed=encrypt(id_number.encode(), roster.sealed_for(people.campaign_id)))
    values |= dict(id_number_index=roster.id_number_index(people.campaign_id, id_number))
    async with sessions() as db, db.begin():
        await db.execute(update(Student).where(Student.number == number).values(**values))


@pytest.mark.parametrize("named_by", ["student_number_name", "id_number"])
async def test_whose_file_has_a_wrong_name_outside_gets_it_again_under_the_right_one(
    people: make.People, named_by: str
) -> None:
    photos = await fill(3)
    await made(people, named_by=named_by)
    # The same digits are masked in both: what the manifest shows does not change, and the name does.
    wrong, right = make.id_number(1), make.id_number(900)
    await correct(people, NUMBERS[0], "学生改", right)
    second = await made(people, named_by=named_by, changes_only=True)
    assert (second["photos"], second["replaced"], second["new"], second["withdrawn"]) == (1, 1, 0, 0)
    inside = await unpacked(people, second)
    name = f"照片/{right if named_by == 'id_number' else NUMBERS[0] + '-学生改'}.jpg"
    assert {name: photos[NUMBERS[0]]} == {one: data for one, data in inside.items() if one.startswith("照片/")}
    (gone,) = list(csv.DictReader(io.StringIO(inside["撤回清单.csv"].decode("utf-8-sig"))))
    assert (gone["学号"], gone["变化"]) == (NUMBERS[0], "旧文件名") and gone["文件"] != name
    assert gone["SHA-256"] == hashlib.sha256(photos[NUMBERS[0]]).hexdigest()
    assert "旧文件名的请删除" in inside["说明.txt"].decode("utf-8-sig")
    assert not any(number.encode() in inside["校验/manifest.jsonl"] for number in (wrong, right))
    refused(await order(people, named_by=named_by, changes_only=True), "nothing_changed")


async def test_only_a_package_of_the_same_kind_is_built_upon(people: make.People) -> None:
    await fill(2)
    first = await made(people)
    refused(await order(people, since_id=first["package_id"], recipient="别处"), "other_since")
    refused(await order(people, since_id=first["package_id"], named_by="id_number"), "other_since")
    other = await made(people, changes_only=True, recipient="别处")
    assert (other["since_id"], other["photos"]) == (None, 2), "that recipient has nothing yet"
    refused(await order(people, since_id=str(uuid4())), "not_found", 404)


async def test_of_one_college_only(people: make.People) -> None:
    await keep(NUMBERS[0], portrait(0))
    await keep(NUMBERS[9], portrait(9))
    colleges = {
        one["college_name"]: one["college_id"]
        for one in ok(await people.registrar.get(f"{people.at}/progress"))["colleges"]
    }
    answer = ok(await order(people, college_id=colleges["乙学院"]))
    assert answer["package"]["photos"] == 1 and len(answer["without_photo"]) == 5
    refused(await order(people, college_id=str(uuid4())), "nothing_to_deliver")


async def test_an_empty_package_is_refused_with_the_way_out(people: make.People) -> None:
    response = await order(people)
    refused(response, "nothing_to_deliver")
    assert "待认领" in response.json()["detail"]


async def test_the_same_op_id_is_the_same_package_and_another_order_is_refused(people: make.People) -> None:
    await fill(2)
    op = str(uuid4())
    first = await made(people, op_id=op)
    await keep(NUMBERS[5], portrait(5))
    assert await made(people, op_id=op) == first
    refused(await order(people, op_id=op, recipient="别处"), "op_id_reused")
    assert len(ok(await people.registrar.get(f"{people.at}/packages"))) == 1


async def test_packages_made_at_the_same_time_are_one_chain(people: make.People) -> None:
    await fill(2)
    made_ = [ok(one)["package"] for one in await asyncio.gather(*(order(people, recipient=f"处{i}") for i in range(4)))]
    assert sorted(one["number"] for one in made_) == [1, 2, 3, 4]
    async with sessions() as db:
        heads = [row[0] for row in await db.execute(text("select head from package order by number"))]
    assert [one["prev"] for one in heads] == ["", *(seal.head_hash(one) for one in heads[:-1])]


# --- handed over, receipts -------------------------------------------------------------------------------------------


async def test_handed_over_by_whom_and_taken_back(people: make.People) -> None:
    await fill(1)
    at = f"{people.at}/packages/{(await made(people))['package_id']}"
    given = ok(await people.registrar.put(f"{at}/hand-over", json={"note": "U 盘交张老师"}))
    assert (given["handed_over_by"], given["handed_over_note"]) == ("registrar", "U 盘交张老师")
    assert given["handed_over_at"].startswith("2018-10-23T01:"), "by the clock of the rehearsal"
    assert ok(await people.registrar.put(f"{at}/hand-over", json={"note": "U 盘交张老师"})) == given
    refused(await people.registrar.put(f"{at}/hand-over", json={"note": "别人"}), "already_handed_over")
    assert ok(await people.registrar.delete(f"{at}/hand-over"))["handed_over_at"] is None
    assert ok(await people.registrar.get(at))["handed_over_by"] == ""


async def test_a_student_reads_of_the_package_that_was_handed_over_and_of_this_photo_only(people: make.People) -> None:
    await fill(1)
    student = await people.student(NUMBERS[0])

    async def delivered() -> dict[str, Any] | None:
        found: dict[str, Any] | None = ok(await student.get(f"{people.at}/me/next-step"))["delivered"]
        return found

    first = await made(people)
    path = f"{people.at}/packages/{first['package_id']}/hand-over"
    ok(await people.registrar.put(path, json={"note": ""}))
    await made(people, recipient="档案馆")
    told = await delivered()
    assert told is not None and told["package_number"] == 1 and told["handed_over_at"], "not of the archive's copy"
    await keep(NUMBERS[0], portrait("another"))
    assert await delivered() is None, "this photo has not left yet"
    await made(people, changes_only=True)
    assert await delivered() == {"package_number": 3, "handed_over_at": None}


async def test_a_student_has_a_receipt_of_their_own(people: make.People) -> None:
    photos = await fill(3)
    student = await people.student(NUMBERS[1])
    refused(await student.get(f"{people.at}/me/receipt"), "not_sealed_yet")
    await made(people)
    response = await student.get(f"{people.at}/me/receipt")
    assert response.headers["content-disposition"] == f'attachment; filename="receipt-{NUMBERS[1]}.json"'
    public = ok(await student.get("/seal/public-key"))["public_key"]
    assert photo_verify.check_receipt(response.json(), photos[NUMBERS[1]], public)[0] == "same"
    assert photo_verify.check_receipt(response.json(), photos[NUMBERS[0]], public)[0] == "not_this_photo"
    assert (
        NUMBERS[0] not in response.text and ROWS[1].id_number not in response.text and ROWS[1].name not in response.text
    )
    whose = response.json()["line"]["number"]
    assert whose == NUMBERS[1]
    await keep(NUMBERS[1], portrait("newer"))
    assert (await student.get(f"{people.at}/me/receipt")).json() == response.json(), "until the next package"
    await made(people, changes_only=True)
    newer = (await student.get(f"{people.at}/me/receipt")).json()
    assert photo_verify.check_receipt(newer, portrait("newer"), public)[0] == "same"


async def test_who_moved_to_another_college_is_taken_back_from_that_colleges_packages_only(people: make.People) -> None:
    await fill(14)
    at, student = f"{people.at}/me", await people.student(NUMBERS[0])
    colleges = {
        one["college_name"]: one["college_id"]
        for one in ok(await people.registrar.get(f"{people.at}/progress"))["colleges"]
    }
    await made(people)
    await made(people, college_id=colleges["甲学院"])
    async with sessions() as db, db.begin():
        moved = "update student set class_group_id = (select class_group_id from student where number = :there) "
        await db.execute(text(moved + "where number = :n"), {"there": NUMBERS[-1], "n": NUMBERS[0]})
    third = await made(people, college_id=colleges["甲学院"], changes_only=True)
    assert (third["photos"], third["withdrawn"]) == (0, 1)
    assert ok(await student.get(f"{at}/next-step"))["delivered"]["package_number"] == 1
    assert ok(await student.get(f"{at}/receipt"))["head"]["number"] == 1
    async with sessions() as db, db.begin():
        await db.execute(
            text("update photo set state = 'rejected' where student_id = (select id from student where number = :n)"),
            {"n": NUMBERS[0]},
        )
    refused(await student.get(f"{at}/receipt"), "not_sealed_yet")
    assert ok(await student.get(f"{at}/next-step"))["delivered"] is None, "control: it counts no more"


async def test_a_package_of_withdrawals_alone_opens_and_passes(people: make.People) -> None:
    await fill(2)
    await made(people)
    async with sessions() as db, db.begin():
        await db.execute(text("update student set withdrawn_at = now() where number = :n"), {"n": NUMBERS[0]})
    second = await made(people, changes_only=True)
    assert [second[one] for one in ("photos", "bytes", "withdrawn")] == [0, 0, 1]
    inside = await unpacked(people, second)
    assert dbf_rows(inside["清单.dbf"])[0] == [] and NUMBERS[0] in inside["撤回清单.csv"].decode()
    head, lines_ = photo_verify.read_manifest(
        inside["校验/manifest.jsonl"].decode(), seal.public_key(key("seal")).hex()
    )
    assert photo_verify.check_folder(head, lines_, [], []) == (0, [])
    async with sessions() as db, db.begin():
        await db.execute(text("update student set withdrawn_at = null"))
    third = await made(people, changes_only=True)
    assert [third[one] for one in ("photos", "new", "withdrawn")] == [1, 1, 0], "back on the roster, back in"


async def test_what_an_earlier_key_sealed_stays_valid_and_says_under_which(people: make.People) -> None:
    photos = await fill(2)
    student = await people.student(NUMBERS[1])
    first = await made(people)
    before = ok(await student.get("/seal/public-key"))
    assert before["earlier"] == [] and before["first_at"] == before["last_at"] is not None
    assert first["key_fingerprint"] == before["fingerprint"]
    lost = settings().keys_dir / "seal.key"
    old = lost.read_text()
    try:
        lost.unlink()
        make_keys(settings().keys_dir)
        key.cache_clear()
        now = ok(await student.get("/seal/public-key"))
        assert now["public_key"] != before["public_key"] and now["first_at"] is None, "nothing sealed under it yet"
        assert [one["public_key"] for one in now["earlier"]] == [before["public_key"]]
        keys = f"{now['public_key']} {before['public_key']}"
        for tool in ("verify.html", "photo_verify.py"):
            assert keys in (await student.get(f"/seal/{tool}")).text
        inside = await unpacked(people, first)
        assert (
            keys in inside["校验工具/verify.html"].decode()
            and before["public_key"] in inside["校验/public-key.txt"].decode()
        )
        assert (
            before["fingerprint"] in inside["说明.txt"].decode()
            and now["fingerprint"] not in inside["说明.txt"].decode()
        )
        receipt = (await student.get(f"{people.at}/me/receipt")).json()
        assert photo_verify.check_receipt(receipt, photos[NUMBERS[1]], keys)[0] == "same"
        assert photo_verify.check_receipt(receipt, photos[NUMBERS[1]], now["public_key"])[0] == "wrong_key", "control"
        second = await made(people)
        assert (second["key_fingerprint"], ok(await people.registrar.get(f"{people.at}/packages"))[1]) == (
            now["fingerprint"],
            first,
        )
    finally:
        lost.unlink()
        lost.write_text(old)
        key.cache_clear()


async def test_the_tools_are_there_for_everybody(anybody: httpx.AsyncClient) -> None:
    page = await anybody.get("/seal/verify.html")
    assert page.status_code == 200 and page.headers["content-type"].startswith("text/html")
    assert "unsafe" not in page.headers["content-security-policy"]
    assert page.headers["content-security-policy"].startswith("default-src 'none'; script-src 'sha256-")
    public = ok(await anybody.get("/seal/public-key"))["public_key"]
    assert public in page.text and public in (await anybody.get("/seal/photo_verify.py")).text
