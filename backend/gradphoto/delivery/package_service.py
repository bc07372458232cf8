"""Packages as others may ask for them: the list, one of them, who is not in it, and that somebody has it now."""

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from gradphoto.core.errors import NotFound, Refusal
from gradphoto.core.events import announce
from gradphoto.core.security import key
from gradphoto.delivery.models import Package, PackageLine
from gradphoto.delivery.sealing.seal import public_key
from gradphoto.photos.models import Photo, PhotoState
from gradphoto.roster.models import ClassGroup, College, Student
from gradphoto.roster.service import clock_of, the_campaign


class AlreadyHandedOver(Refusal):
    """这个交付包已经登记为“已交出”。如果登记错了，请先撤销，再登记。"""


class Missing(NamedTuple):
    """A student of the package's scope who has no accepted photo."""

    student_id: UUID
    number: str
    name: str
    class_group_name: str


class SealKeyUse(NamedTuple):
    """A public key in hex, and when packages of any campaign were sealed under it; None = not yet."""

    public: str
    first_at: datetime | None
    last_at: datetime | None


class Delivered(NamedTuple):
    """The newest package with the photo that counts now, one that was handed over before one that was not yet."""

    number: int
    at: datetime | None


def in_scope(query: Select[Any], campaign_id: UUID, college_id: UUID | None) -> Select[Any]:
    """Students on the roster, in its order, of the college or of all."""
    found = (
        query.select_from(Student)
        .join(ClassGroup, (ClassGroup.campaign_id == Student.campaign_id) & (ClassGroup.id == Student.class_group_id))
        .join(College, (College.campaign_id == ClassGroup.campaign_id) & (College.id == ClassGroup.college_id))
        .where(Student.campaign_id == campaign_id, Student.withdrawn_at.is_(None))
        .order_by(College.position, ClassGroup.position, Student.number)
    )
    return found if college_id is None else found.where(College.id == college_id)


async def the_package(db: AsyncSession, campaign_id: UUID, package_id: UUID) -> Package:
    package = await db.get(Package, (campaign_id, package_id))
    if package is None:
        raise NotFound()
    return package


async def packages(db: AsyncSession, campaign_id: UUID) -> list[Package]:
    """Newest first."""
    found = select(Package).where(Package.campaign_id == campaign_id).order_by(Package.number.desc())
    return list(await db.scalars(found))


async def seal_keys(db: AsyncSession) -> list[SealKeyUse]:
    """The one in use, then those before it: what they sealed is still out there and must be recognised."""
    sealed_at, public = func.uuid_extract_timestamp(Package.id), Package.head["key"].astext
    rows = await db.execute(
        select(public, func.min(sealed_at), func.max(sealed_at)).group_by(public).order_by(func.max(sealed_at).desc())
    )
    used = {row[0]: SealKeyUse(*row) for row in rows}
    current = public_key(key("seal")).hex()
    return [used.pop(current, SealKeyUse(current, None, None)), *used.values()]


async def changes_of(db: AsyncSession, campaign_id: UUID, package_ids: list[UUID]) -> dict[UUID, dict[str, int]]:
    """How many lines of each package are new, replaced and withdrawn."""
    change = PackageLine.line["change"].astext
    rows = await db.execute(
        select(PackageLine.package_id, change, func.count())
        .where(PackageLine.campaign_id == campaign_id, PackageLine.package_id.in_(package_ids))
        .group_by(PackageLine.package_id, change)
    )
    found: dict[UUID, dict[str, int]] = {one: {} for one in package_ids}
    for package_id, word, count in rows:
        found[package_id][word] = count
    return found


async def missing_from(db: AsyncSession, campaign_id: UUID, college_id: UUID | None) -> list[Missing]:
    """Who of the scope has no accepted photo now: their certificates cannot be made."""
    accepted = (
        select(Photo.id)
        .where(
            Photo.campaign_id == Student.campaign_id,
            Photo.student_id == Student.id,
            Photo.state == PhotoState.accepted,
        )
        .exists()
    )
    query = in_scope(select(Student.id, Student.number, Student.name, ClassGroup.name), campaign_id, college_id)
    return [Missing(*row) for row in await db.execute(query.where(~accepted))]


async def hand_over(db: AsyncSession, campaign_id: UUID, package_id: UUID, note: str, by: str) -> Package:
    """A person says that the recipient has it. Saying the same again changes nothing."""
    package = await _lock(db, campaign_id, package_id)
    if package.handed_over_at is not None:
        if (package.handed_over_note, package.handed_over_by) != (note, by):
            raise AlreadyHandedOver(handed_over_at=package.handed_over_at.isoformat())
        return package
    package.handed_over_at = clock_of(await the_campaign(db, campaign_id))
    package.handed_over_by, package.handed_over_note = by, note
    await announce(db, campaign_id, "package.handed_over", package_id=package_id)
    return package


async def take_back_hand_over(db: AsyncSession, campaign_id: UUID, package_id: UUID) -> Package:
    package = await _lock(db, campaign_id, package_id)
    if package.handed_over_at is not None:
        package.handed_over_at, package.handed_over_by, package.handed_over_note = None, "", ""
        await announce(db, campaign_id, "package.not_handed_over", package_id=package_id)
    return package


async def _lock(db: AsyncSession, campaign_id: UUID, package_id: UUID) -> Package:
    found = select(Package).where(Package.campaign_id == campaign_id, Package.id == package_id)
    package = await db.scalar(found.with_for_update())
    if package is None:
        raise NotFound()
    return package


class NewestLine(NamedTuple):
    """`holds`: not taken back there. `counts`: it is still the student's accepted photo."""

    package: Package
    line: PackageLine
    counts: bool

    @property
    def holds(self) -> bool:
        return bool(self.line.line["change"] != "withdrawn")


async def newest_lines(db: AsyncSession, campaign_id: UUID, student_id: UUID) -> list[NewestLine]:
    """Of one student, the last of each row of packages that build on one another; newest first. Who has moved to
    another college is taken back from that college's packages, and not from the others."""
    rows = await db.execute(
        select(Package, PackageLine, Photo.state)
        .join(PackageLine, (PackageLine.campaign_id == Package.campaign_id) & (PackageLine.package_id == Package.id))
        .join(Photo, (Photo.campaign_id == PackageLine.campaign_id) & (Photo.id == PackageLine.photo_id))
        .where(Package.campaign_id == campaign_id, PackageLine.student_id == student_id)
        .order_by(Package.number)
    )
    newest = {
        (package.recipient, package.named_by, package.college_id): NewestLine(
            package, line, state == PhotoState.accepted
        )
        for package, line, state in rows
    }
    return sorted(newest.values(), key=lambda one: -one.package.number)


async def delivered(db: AsyncSession, campaign_id: UUID, student_id: UUID) -> Delivered | None:
    """None while the student's accepted photo is in no package, or was taken back from its recipient."""
    there = [one.package for one in await newest_lines(db, campaign_id, student_id) if one.holds and one.counts]
    given = [one for one in there if one.handed_over_at is not None]
    found = max(given or there, key=lambda one: one.number, default=None)
    return Delivered(found.number, found.handed_over_at) if found is not None else None
