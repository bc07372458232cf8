"""A shoot in the room, written down: who was shot in what order, and the frames that the camera made of it."""

import io
from collections.abc import Iterable, Sequence
from datetime import timedelta
from functools import cache
from uuid import UUID, uuid4

import segno
from PIL import Image
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

import jpegs
import make
from gradphoto.checkin.models import CheckedInBy, CheckIn, Station, StationAct, StationEvent, TicketState
from gradphoto.core.db import sessions
from gradphoto.photos.matching.slate import slate_text
from gradphoto.roster.models import Campaign, Student
from gradphoto.schedule.models import Slot


async def shoot(numbers: Iterable[str]) -> None:
    """These students were shot at one station, in this order."""
    async with sessions() as db, db.begin():
        campaign_id = (await db.scalars(select(Campaign.id))).one()
        slot = (await db.scalars(select(Slot).order_by(Slot.starts_at).limit(1))).one()
        station = Station(campaign_id=campaign_id, venue_id=slot.venue_id, name=uuid4().hex[:8])
        db.add(station)
        await db.flush()
        first = (await db.scalar(select(func.count()).select_from(CheckIn)) or 0) + 1
        for seq, number in enumerate(numbers, first):
            await _shot(db, slot, station, await _student(db, number), seq)


async def _student(db: AsyncSession, number: str) -> UUID:
    return (await db.scalars(select(Student.id).where(Student.number == number))).one()


async def _shot(db: AsyncSession, slot: Slot, station: Station, student_id: UUID, seq: int) -> None:
    at = make.MORNING + timedelta(seconds=20 * seq)
    key = dict(campaign_id=slot.campaign_id, station_id=station.id)
    shot = dict(state=TicketState.shot, shot_at=at, shot_no=seq, call_no=seq, called_at=at)
    check_in = CheckIn(**key, slot_id=slot.id, student_id=student_id, ticket=seq, by=CheckedInBy.student, at=at, **shot)
    db.add(check_in)
    await db.flush()
    event = dict(act=StationAct.shot, state_before=TicketState.called, op_id=uuid4(), seq=seq, at=at)
    db.add(StationEvent(**key, check_in_id=check_in.id, **event))
    await db.flush()


def photo(seed: object) -> bytes:
    """Another seed, other bytes."""
    return jpegs.sound(seed)


def frame(campaign_id: UUID, second: float, slate_of: str | None, seed: object = "") -> bytes:
    """What the camera writes: with its clock; a slate when `slate_of` is a student number."""
    exif = Image.Exif()
    at = make.MORNING + timedelta(seconds=second)
    exif.get_ifd(0x8769).update({0x9003: f"{at:%Y:%m:%d %H:%M:%S}"})
    picture = _picture(slate_text(campaign_id, slate_of) if slate_of else "")
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=90, exif=exif, comment=f"{seed}{second}".encode())
    return out.getvalue()


@cache
def _picture(text: str) -> Image.Image:
    if not text:
        return Image.open(io.BytesIO(jpegs.sound())).convert("RGB")
    code = io.BytesIO()
    segno.make(text, error="q").save(code, kind="png", scale=10, border=4)
    canvas = Image.new("RGB", (640, 800), (150, 150, 150))
    canvas.paste(Image.open(code).convert("RGB"), (90, 120))
    return canvas


def reel(campaign_id: UUID, shots: Sequence[tuple[float, str | None]]) -> dict[str, bytes]:
    """Files as a camera names them; (second, student number of the slate or None for a photo)."""
    return {f"DSC_{n:04d}.JPG": frame(campaign_id, second, slate) for n, (second, slate) in enumerate(shots, 1)}
