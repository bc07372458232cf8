"""The notice kept with the campaign: read with what persons ruled on it, laid over the roster, ruled on."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from gradphoto.accounts.models import Staff
from gradphoto.accounts.policy import Visible
from gradphoto.core.errors import NotFound, Refusal
from gradphoto.core.events import announce
from gradphoto.roster import service as roster
from gradphoto.schedule.models import NoticeRuling
from gradphoto.schedule.notice.documents import Document, DocumentFault, read_document, read_html
from gradphoto.schedule.notice.placement import ClassGroupHeads, place
from gradphoto.schedule.notice.proposal import Finding, NoticeProposal
from gradphoto.schedule.notice.reader import read_notice
from gradphoto.schedule.notice.rulings import NO_RULINGS, Rulings


class NoticeFileUnreadable(Refusal):
    """这个文件读不出来。请另存为 .docx，或把文字直接复制粘贴进来。"""

    status = 422


class NoSuchChoice(Refusal):
    """这个问题没有这种处理办法，请从列出的办法里选一个。"""


# --- reading, without a campaign -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ReadText:
    """A proposal with the one text that its spans count in."""

    text: str
    proposal: NoticeProposal


async def read(text: str, rulings: Rulings = NO_RULINGS) -> ReadText:
    return ReadText(text, await asyncio.to_thread(read_notice, text, rulings))


async def read_file(data: bytes, filename: str) -> ReadText:
    """NoticeFileUnreadable says what the file is and the way out."""
    return await read(_text(await asyncio.to_thread(read_document, data, filename)))


async def read_clipboard(html: str) -> ReadText:
    return await read(_text(await asyncio.to_thread(read_html, html)))


def _text(read: Document | DocumentFault) -> str:
    if isinstance(read, DocumentFault):
        raise NoticeFileUnreadable(read.sentence, reason=read.code)
    return read.text


# --- the campaign's own ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Ruled:
    """What a person decided; `by_name` is empty where a system did."""

    choice: str
    note: str
    by_name: str
    at: datetime


@dataclass(frozen=True)
class KeptNotice:
    """`findings` are the reader's and, once there is a roster, those of laying the slots over it."""

    text: str
    proposal: NoticeProposal
    findings: tuple[Finding, ...]
    rulings: Mapping[str, Ruled]


async def rulings_of(db: AsyncSession, campaign_id: UUID) -> dict[str, str]:
    """Key of the finding -> choice; what `read_notice` and `place` take. Also of findings that no longer occur."""
    rows = select(NoticeRuling.key, NoticeRuling.choice).where(NoticeRuling.campaign_id == campaign_id)
    return {key: choice for key, choice in await db.execute(rows)}


async def reading(db: AsyncSession, campaign_id: UUID) -> NoticeProposal:
    """The campaign's notice as ruled on. Writes nothing."""
    campaign = await roster.the_campaign(db, campaign_id)
    return (await read(campaign.notice_text, await rulings_of(db, campaign_id))).proposal


async def kept(db: AsyncSession, campaign_id: UUID) -> KeptNotice:
    """The notice with everything that can be ruled on, and what was."""
    campaign = await roster.the_campaign(db, campaign_id)
    rulings = await _ruled(db, campaign_id)
    choices = {key: one.choice for key, one in rulings.items()}
    proposal = (await read(campaign.notice_text, choices)).proposal
    # In the order of time, as the timetable lays them, so that both ask under the same keys.
    order = sorted(range(len(proposal.slots)), key=lambda i: proposal.slots[i].starts_at)
    groups = [
        ClassGroupHeads(group.id, group.name, college.name, heads)
        for group, college, heads in await roster.class_groups(db, Visible(campaign_id))
    ]
    findings = proposal.findings
    if groups and order:
        slots, pace = [proposal.slots[i] for i in order], (campaign.pace_people, campaign.pace_minutes)
        laid = await asyncio.to_thread(place, slots, groups, *pace, rulings=choices)
        findings += tuple(one if one.slot is None else replace(one, slot=order[one.slot]) for one in laid.findings)
    return KeptNotice(campaign.notice_text, proposal, findings, rulings)


async def _ruled(db: AsyncSession, campaign_id: UUID) -> dict[str, Ruled]:
    rows = (
        select(NoticeRuling, Staff.name)
        .join(Staff, Staff.id == NoticeRuling.by_id, isouter=True)
        .where(NoticeRuling.campaign_id == campaign_id)
    )
    return {row.key: Ruled(row.choice, row.note, name or "", row.at) for row, name in await db.execute(rows)}


async def set_text(db: AsyncSession, campaign_id: UUID, text: str) -> None:
    """Another text in place of the one before. Rulings stay, and count again where the same words are read."""
    await roster.update_campaign(db, campaign_id, notice_text=text)


async def rule(db: AsyncSession, campaign_id: UUID, key: str, choice: str, note: str, by_id: UUID) -> None:
    """Decide a finding of the notice as it is now; a later ruling replaces the one before."""
    finding = next((one for one in (await kept(db, campaign_id)).findings if one.key == key), None)
    if finding is None:
        raise NotFound()
    offered = [one.choice for one in finding.choices]
    if choice not in offered:
        raise NoSuchChoice(choices=offered)
    made = insert(NoticeRuling).values(campaign_id=campaign_id, key=key, choice=choice, note=note, by_id=by_id)
    decided = {name: made.excluded[name] for name in ("choice", "note", "by_id", "at")}
    await db.execute(made.on_conflict_do_update(index_elements=["campaign_id", "key"], set_=decided))
    await announce(db, campaign_id, "notice.ruled", code=finding.code)


async def withdraw(db: AsyncSession, campaign_id: UUID, key: str) -> None:
    """Back to what is taken if nobody decides; twice is the same as once."""
    gone = delete(NoticeRuling).where(NoticeRuling.campaign_id == campaign_id, NoticeRuling.key == key)
    if await db.scalar(gone.returning(NoticeRuling.key)):
        await announce(db, campaign_id, "notice.ruled", code=key.split("-")[0])
