"""A student's receipt: the proof that the school received exactly this file, without anybody else's data."""

import asyncio
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from gradphoto.core.errors import Refusal
from gradphoto.delivery.models import Package, PackageLine
from gradphoto.delivery.package_service import newest_lines
from gradphoto.delivery.sealing.seal import Sealed, receipt, tree_of

KEPT_TREES = 8  # half a megabyte each
_trees: dict[UUID, list[list[bytes]]] = {}


class NotSealedYet(Refusal):
    """照片还没有放进交付包。教务处制作交付包之后，就可以下载收据。"""


async def receipt_of(db: AsyncSession, campaign_id: UUID, student_id: UUID) -> tuple[str, dict[str, Any]]:
    """(student number, receipt) of the newest package that the student's photo is in."""
    lines = await newest_lines(db, campaign_id, student_id)
    if not lines:
        raise NotSealedYet()
    # A photo that does not count any more and was taken back from one recipient is nowhere to be relied on.
    gone = {one.line.photo_id for one in lines if not one.holds and not one.counts}
    mine = next((one for one in lines if one.holds and one.line.photo_id not in gone), None)
    if mine is None:
        raise NotSealedYet("交付包里的照片已经撤回。新的照片通过并放进交付包之后，就可以下载收据。")
    line, package = mine.line.line, mine.package
    return line["number"], receipt(Sealed(package.head, package.signature), await _tree(db, package), line)


async def _tree(db: AsyncSession, package: Package) -> list[list[bytes]]:
    """Of sealed lines, which never change: 3,300 students come for their receipts, and the tree is built once."""
    if package.id not in _trees:
        lines = await db.scalars(
            select(PackageLine.line)
            .where(PackageLine.campaign_id == package.campaign_id, PackageLine.package_id == package.id)
            .order_by(PackageLine.position)
        )
        built = await asyncio.to_thread(tree_of, lines.all())
        while len(_trees) >= KEPT_TREES:
            _trees.pop(next(iter(_trees)))
        _trees[package.id] = built
    return _trees[package.id]
