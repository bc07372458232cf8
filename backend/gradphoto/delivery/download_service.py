"""A package's ZIP, made anew from the originals: all of them read and compared first, and once more on their way out.

No database connection is held while it is read, compared or sent.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from gradphoto.accounts.policy import Actor
from gradphoto.accounts.service import audit
from gradphoto.core.db import sessions
from gradphoto.core.errors import Refusal
from gradphoto.core.settings import settings
from gradphoto.delivery.models import NamedBy, Package, PackageLine
from gradphoto.delivery.package_service import seal_keys, the_package
from gradphoto.delivery.packing import lists, note
from gradphoto.delivery.packing.zipping import zip_chunks
from gradphoto.delivery.packing_service import id_number_of, names_digest, names_of, real_names
from gradphoto.delivery.sealing.handout import verify_page, verify_script
from gradphoto.delivery.sealing.seal import Sealed, canonical, fingerprint, manifest
from gradphoto.photos.storage import PhotoAltered, PhotoLost, PhotoStore
from gradphoto.roster.models import ClassGroup, College, Student
from gradphoto.schedule.notice.proposal import SHANGHAI

AT_ONCE = 8
READ_SECONDS = 120
SOURCES = {"on_site": "集中拍摄", "returned": "自行返回"}
log = structlog.get_logger()


class OriginalsDamaged(Refusal):
    """有照片原件丢失或与登记时不一致，交付包没有下载。请先在“照片”页校验全部原片，从备份恢复后再下载。"""


class NamesChanged(Refusal):
    """制作这个交付包之后，名单里有证件号被改过，文件名已对不上封印。请重新制作一个交付包。"""


@dataclass(frozen=True, slots=True)
class Contents:
    """Everything of the ZIP but the bytes of the photos: (name, sha256) each."""

    number: int
    files: list[tuple[str, bytes]]
    photos: list[tuple[str, str]]
    students: dict[str, str]  # sha256 -> student number
    made_at: datetime
    bytes: int
    revealed: int


async def open_package(
    store: PhotoStore, campaign_id: UUID, package_id: UUID, actor: Actor, *, id_numbers: bool
) -> Contents:
    """Ready to be sent, every original verified, and on record who takes it. `id_numbers`: in clear in the lists."""
    async with sessions() as db, db.begin():
        package = await the_package(db, campaign_id, package_id)
        lines = await _lines(db, package)
        keys = [one.public for one in await seal_keys(db)]
    contents = await asyncio.to_thread(_contents, package, lines, keys, id_numbers)
    await _verify(store, contents)
    async with sessions() as db, db.begin():
        of = ("package", package_id)
        await audit(db, actor, "download_package", campaign_id, of, number=package.number, photos=package.photos)
        if contents.revealed:
            await audit(db, actor, "reveal_id_numbers", campaign_id, of, students=contents.revealed)
    return contents


def stream(store: PhotoStore, contents: Contents) -> Iterator[bytes]:
    """To be iterated outside the event loop, which reads the photos meanwhile. Called inside it."""
    loop = asyncio.get_running_loop()

    def fetch(few: Sequence[str]) -> list[bytes]:
        return asyncio.run_coroutine_threadsafe(_read(store, few), loop).result(READ_SECONDS)

    def chunks() -> Iterator[bytes]:
        try:
            at = contents.made_at.astimezone(SHANGHAI).replace(tzinfo=None)
            yield from zip_chunks(contents.files, contents.photos, fetch, at, contents.bytes)
        except Refusal as fault:
            # The ZIP's directory comes last: what has arrived does not open, so nobody takes it for complete.
            log.error("package broke off", number=contents.number, fault=fault.code)
            raise

    return chunks()


async def _read(store: PhotoStore, few: Sequence[str]) -> list[bytes]:
    return list(await asyncio.gather(*(store.get(sha256) for sha256 in few)))


async def _verify(store: PhotoStore, contents: Contents) -> None:
    damaged = [sha256 async for sha256 in _damaged(store, [sha256 for _, sha256 in contents.photos])]
    if damaged:
        numbers = [contents.students[sha256] for sha256 in damaged]
        raise OriginalsDamaged(students=numbers[:50], count=len(numbers))


async def _damaged(store: PhotoStore, hashes: Sequence[str]) -> AsyncIterator[str]:
    async def fault(sha256: str) -> bool:
        try:
            await store.get(sha256)
        except (PhotoLost, PhotoAltered):
            return True
        return False

    for start in range(0, len(hashes), AT_ONCE):
        few = hashes[start : start + AT_ONCE]
        for sha256, broken in zip(few, await asyncio.gather(*(fault(one) for one in few)), strict=True):
            if broken:
                yield sha256


# --- what lies beside the photos -------------------------------------------------------------------------------------

_Line = tuple[PackageLine, Student, ClassGroup, College]


async def _lines(db: AsyncSession, package: Package) -> list[_Line]:
    """In the order of the seal, with whom the roster has for each now."""
    rows = await db.execute(
        select(PackageLine, Student, ClassGroup, College)
        .join(Student, (Student.campaign_id == PackageLine.campaign_id) & (Student.id == PackageLine.student_id))
        .join(ClassGroup, (ClassGroup.campaign_id == Student.campaign_id) & (ClassGroup.id == Student.class_group_id))
        .join(College, (College.campaign_id == ClassGroup.campaign_id) & (College.id == ClassGroup.college_id))
        .where(PackageLine.campaign_id == package.campaign_id, PackageLine.package_id == package.id)
        .order_by(PackageLine.position)
    )
    return [(row[0], row[1], row[2], row[3]) for row in rows]


def _contents(package: Package, lines: Sequence[_Line], keys: Sequence[str], id_numbers: bool) -> Contents:
    clear = id_numbers or package.named_by == NamedBy.id_number
    present = [one for one in lines if one[0].line["change"] != "withdrawn"]
    gone = [one for one in lines if one[0].line["change"] == "withdrawn"]
    files = [one[0].line["file"] for one in present]
    names: list[tuple[str, bytes]] = []
    if package.named_by == NamedBy.id_number:
        files = real_names(NamedBy.id_number, package.campaign_id, [one[1] for one in present])
        if names_digest(package.id, files) != package.head["names_sha256"]:
            raise NamesChanged()
        names = [("校验/names.txt", names_of(package.id, files))]
    rows = [_row(one, file, clear) for one, file in zip(present, files, strict=True)]
    left = [_row(one, one[0].line["file"], clear) for one in gone]
    old = [_renamed(_row(one, one[0].line["was_file"], clear), one[0]) for one in present if "was_file" in one[0].line]
    return Contents(
        number=package.number,
        files=[*_papers(package, rows, left, old, clear), *_seal(package, lines, keys), *names],
        photos=[(file, one[0].line["sha256"]) for file, one in zip(files, present, strict=True)],
        students={one[0].line["sha256"]: one[0].line["number"] for one in present},
        made_at=package.made_at,
        bytes=package.bytes,
        revealed=len(rows) + len(left) if clear else 0,
    )


def _row(one: _Line, file: str, clear: bool) -> lists.Row:
    line, student, group, college = one
    return lists.Row(
        number=student.number,
        name=student.name,
        id_type=student.id_type.label,
        id_number=id_number_of(line.campaign_id, student) if clear else student.id_number_mask,
        photo_code=student.photo_code,
        college=college.name,
        major=student.major,
        class_group=group.name,
        file=file,
        change=note.CHANGES[line.line["change"]],
        source=SOURCES[line.line["source"]],
        sha256=line.line["sha256"],
    )


def _renamed(row: lists.Row, line: PackageLine) -> lists.Row:
    """The file as the recipient has it from the package before."""
    return replace(row, change=note.RENAMED, sha256=line.line["was_sha256"])


def _papers(
    package: Package, rows: list[lists.Row], left: list[lists.Row], old: list[lists.Row], clear: bool
) -> Iterator[tuple[str, bytes]]:
    words = note.note(
        package.head,
        fingerprint(bytes.fromhex(package.head["key"])),
        key_address(),
        withdrawn=len(left),
        renamed=len(old),
        rare=lists.not_in_gbk(rows),
        clear=clear,
    )
    yield "说明.txt", words
    yield "清单.xlsx", lists.as_xlsx(rows)
    yield "清单.csv", lists.as_csv(rows)
    yield "清单.dbf", lists.as_dbf(rows)
    if left or old:
        yield "撤回清单.csv", lists.as_csv([*left, *old])


def _seal(package: Package, lines: Sequence[_Line], keys: Sequence[str]) -> Iterator[tuple[str, bytes]]:
    """`keys`: all of the school's, for the tools; the package names the one that it was sealed under."""
    public, sealed = bytes.fromhex(package.head["key"]), Sealed(package.head, package.signature)
    yield "校验/manifest.jsonl", manifest(sealed, [one[0].line for one in lines])
    yield "校验/head.json", canonical({"head": sealed.head, "signature": sealed.signature}) + b"\n"
    yield "校验/public-key.txt", f"Ed25519 {public.hex()}\n{fingerprint(public)}\n{key_address()}\n".encode()
    yield "校验工具/verify.html", verify_page(keys, key_address())[0].encode()
    yield "校验工具/photo_verify.py", verify_script(keys).encode()


def key_address() -> str:
    """Where the school shows its public key, to compare."""
    return f"{settings().public_url}/api/v1/seal/public-key"
