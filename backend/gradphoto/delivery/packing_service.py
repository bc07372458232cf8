"""Making a package: which accepted photos leave, in which change against the package before, under which seal."""

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from gradphoto.core.errors import NotFound, OpIdReused, Refusal
from gradphoto.core.events import announce
from gradphoto.core.security import blind_index, decrypt, key
from gradphoto.delivery.models import NamedBy, Package, PackageLine
from gradphoto.delivery.package_service import in_scope, the_package
from gradphoto.delivery.packing.names import file_names, names_file, plain_name
from gradphoto.delivery.sealing.line import Change, photo_line
from gradphoto.delivery.sealing.seal import head_hash, seal
from gradphoto.photos.models import Photo, PhotoState
from gradphoto.roster import service as roster
from gradphoto.roster.id_numbers import mask
from gradphoto.roster.models import Campaign, Student
from gradphoto.schedule.notice.proposal import SHANGHAI


class NothingToDeliver(Refusal):
    """还没有已通过的照片，不能制作交付包。请先在“照片”里核对待认领的照片。"""


class NothingChanged(Refusal):
    """上一个交付包之后没有新增、替换或撤回的照片，不需要新的交付包。要全部重做，请改选“全部已通过的照片”。"""


class OtherSince(Refusal):
    """上一个交付包交给的对象、学院或文件命名与这次不同，不能只做变化。请选同样的，或制作完整的交付包。"""


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked for. `changes_only`: since the last package of the same recipient, college and naming, if any."""

    recipient: str
    named_by: NamedBy
    college_id: UUID | None
    since_id: UUID | None
    changes_only: bool


class _Accepted(NamedTuple):
    """`called`: what the file's name is, so that no reader of the line can tell it and a change of it shows."""

    photo_id: UUID
    student: Student
    called: str
    facts: dict[str, Any]


async def make_package(db: AsyncSession, campaign_id: UUID, op_id: UUID, order: Order, by: UUID) -> Package:
    """From the photos that are accepted at this moment. Safe to send twice."""
    campaign = await _lock(db, campaign_id)
    made = await db.scalar(select(Package).where(Package.campaign_id == campaign_id, Package.op_id == op_id))
    if made is not None:
        return _same(made, order)
    since = await _since(db, campaign_id, order)
    accepted = await _accepted(db, campaign_id, order)
    before = await _delivered(db, campaign_id, since)
    chosen = _changes(accepted, before)
    if not chosen:
        raise NothingChanged() if since else NothingToDeliver()
    return await _seal(db, campaign, op_id, order, since, chosen, by)


async def _lock(db: AsyncSession, campaign_id: UUID) -> Campaign:
    """One package at a time: each has the next number and names the head before it."""
    campaign = await db.scalar(select(Campaign).where(Campaign.id == campaign_id).with_for_update(key_share=True))
    if campaign is None:
        raise NotFound()
    return campaign


def _same(made: Package, order: Order) -> Package:
    asked = (order.recipient, order.named_by, order.college_id)
    since = made.since_id == order.since_id or (order.changes_only and order.since_id is None)
    if (made.recipient, made.named_by, made.college_id) != asked or not since:
        raise OpIdReused()
    return made


async def _since(db: AsyncSession, campaign_id: UUID, order: Order) -> Package | None:
    alike = (
        (Package.recipient == order.recipient)
        & (Package.named_by == order.named_by)
        & Package.college_id.is_not_distinct_from(order.college_id)
    )
    of_campaign = select(Package).where(Package.campaign_id == campaign_id)
    if order.since_id is None:
        last = of_campaign.where(alike).order_by(Package.number.desc()).limit(1)
        return await db.scalar(last) if order.changes_only else None
    named = await the_package(db, campaign_id, order.since_id)
    if await db.scalar(of_campaign.where(alike, Package.id == named.id)) is None:
        raise OtherSince()
    return named


async def _accepted(db: AsyncSession, campaign_id: UUID, order: Order) -> list[_Accepted]:
    """In roster order."""
    facts = (Photo.sha256, Photo.size, Photo.width, Photo.height, Photo.evidence, Photo.source, Photo.decided_at)
    rows = await db.execute(
        in_scope(select(Photo.id, Student, *facts), campaign_id, order.college_id)
        .join(Photo, (Photo.campaign_id == Student.campaign_id) & (Photo.student_id == Student.id))
        .where(Photo.state == PhotoState.accepted)
    )
    return [
        _Accepted(
            photo_id,
            student,
            _called(order.named_by, campaign_id, student),
            dict(
                sha256=sha256,
                size=size,
                width=width,
                height=height,
                segments=evidence.get("segments", []),
                source=source,
                accepted_at=decided_at.astimezone(SHANGHAI) if decided_at else None,
            ),
        )
        for photo_id, student, sha256, size, width, height, evidence, source, decided_at in rows
    ]


async def _delivered(db: AsyncSession, campaign_id: UUID, since: Package | None) -> dict[UUID, PackageLine]:
    """What the recipient has after `since` and all that it builds on: the last line of each student who is in."""
    chain, last = [], since
    while last is not None:
        chain.append(last.id)
        last = await the_package(db, campaign_id, last.since_id) if last.since_id else None
    lines = await db.scalars(
        select(PackageLine)
        .join(Package, (Package.campaign_id == PackageLine.campaign_id) & (Package.id == PackageLine.package_id))
        .where(PackageLine.campaign_id == campaign_id, PackageLine.package_id.in_(chain))
        .order_by(Package.number)
    )
    newest = {line.student_id: line for line in lines}
    return {student_id: line for student_id, line in newest.items() if line.line["change"] != "withdrawn"}


class _Chosen(NamedTuple):
    """`accepted` is None for a photo that is taken back."""

    change: Change
    accepted: _Accepted | None
    before: PackageLine | None


def _changes(accepted: Sequence[_Accepted], before: dict[UUID, PackageLine]) -> list[_Chosen]:
    """Photos in roster order, then those taken back. Who has the same photo under the same name is left out: one whose
    name or ID number was put right lies with the recipient under the wrong one."""
    chosen: list[_Chosen] = []
    for one in accepted:
        old = before.get(one.student.id)
        if old is None or old.photo_id != one.photo_id or old.line["called"] != one.called:
            chosen.append(_Chosen("replaced" if old else "new", one, old))
    still = {one.student.id for one in accepted}
    gone = [line for student_id, line in before.items() if student_id not in still]
    return chosen + [_Chosen("withdrawn", None, line) for line in sorted(gone, key=lambda line: line.line["number"])]


async def _seal(
    db: AsyncSession,
    campaign: Campaign,
    op_id: UUID,
    order: Order,
    since: Package | None,
    chosen: Sequence[_Chosen],
    by: UUID,
) -> Package:
    last = await db.scalar(
        select(Package).where(Package.campaign_id == campaign.id).order_by(Package.number.desc()).limit(1)
    )
    package_id: UUID = await db.scalar(select(func.uuidv7()))
    present = [one.accepted for one in chosen if one.accepted is not None]
    files = real_names(order.named_by, campaign.id, [one.student for one in present])
    clear = order.named_by == NamedBy.id_number
    shown = [f"{file[:3]}{mask(file[3:-4])}.jpg" for file in files] if clear else files
    lines = [
        _line(position, one, shown[position] if one.accepted else one.before.line["file"])
        for position, one in enumerate(chosen)
    ]
    facts = dict(
        campaign=campaign.name,
        campaign_id=str(campaign.id),
        package_id=str(package_id),
        number=last.number + 1 if last else 1,
        recipient=order.recipient,
        named_by=order.named_by.value,
        since=since.number if since else None,
        photos=len(present),
        made_at=roster.clock_of(campaign).astimezone(SHANGHAI).isoformat(timespec="seconds"),
        names_sha256=names_digest(package_id, files) if clear else None,
    )
    sealed = await asyncio.to_thread(seal, lines, facts, head_hash(last.head if last else None), key("seal"))
    package = await db.scalar(
        insert(Package)
        .values(
            campaign_id=campaign.id,
            id=package_id,
            number=facts["number"],
            recipient=order.recipient,
            named_by=order.named_by,
            since_id=since.id if since else None,
            college_id=order.college_id,
            photos=len(present),
            bytes=sum(one.facts["size"] for one in present),
            head=sealed.head,
            signature=sealed.signature,
            op_id=op_id,
            made_at=roster.clock_of(campaign),
            made_by=by,
            handed_over_note="",
            handed_over_by="",
        )
        .returning(Package)
    )
    await db.execute(
        insert(PackageLine),
        [
            dict(
                campaign_id=campaign.id,
                package_id=package_id,
                position=position,
                photo_id=one.accepted.photo_id if one.accepted else one.before.photo_id,
                student_id=one.accepted.student.id if one.accepted else one.before.student_id,
                line=lines[position],
            )
            for position, one in enumerate(chosen)
        ],
    )
    await announce(db, campaign.id, "package.made", package_id=package_id, photos=len(present))
    return package


def _line(position: int, one: _Chosen, file: str) -> dict[str, Any]:
    if one.accepted is None:
        before = {name: value for name, value in one.before.line.items() if not name.startswith("was_")}
        return before | {"position": position, "change": "withdrawn"}
    number, called = one.accepted.student.number, one.accepted.called
    line = photo_line(position=position, number=number, file=file, change=one.change, **one.accepted.facts)
    if one.before is not None and one.before.line["called"] != called:
        line |= {"was_file": one.before.line["file"], "was_sha256": one.before.line["sha256"]}
    return line | {"called": called}


def _called(named_by: NamedBy, campaign_id: UUID, student: Student) -> str:
    id_number = id_number_of(campaign_id, student) if named_by == NamedBy.id_number else ""
    name = plain_name(named_by, (student.number, student.name, id_number))
    return blind_index(f"{campaign_id}:{name}", "package.called").hex()[:16]


def real_names(named_by: NamedBy, campaign_id: UUID, students: Sequence[Student]) -> list[str]:
    """The files' places in the package; with ID numbers in clear where they are named so."""
    people = [(one.number, one.name, "") for one in students]
    if named_by == NamedBy.id_number:
        people = [(one.number, one.name, id_number_of(campaign_id, one)) for one in students]
    return file_names(named_by, people)


def id_number_of(campaign_id: UUID, student: Student) -> str:
    """In clear. Whoever calls this writes it down."""
    return decrypt(student.id_number_sealed, roster.sealed_for(campaign_id)).decode()


def names_digest(package_id: UUID, files: Sequence[str]) -> str:
    return hashlib.sha256(names_of(package_id, files)).hexdigest()


def names_of(package_id: UUID, files: Sequence[str]) -> bytes:
    return names_file(blind_index(str(package_id), "package.names").hex(), files)
