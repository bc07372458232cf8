"""Accepted photos without the road that leads there: bytes in the store, and their row as the check would write it."""

import hashlib
import io
import random
import struct
from dataclasses import asdict
from datetime import timedelta
from typing import Any
from uuid import UUID

from PIL import Image
from sqlalchemy import select, update

import make
from gradphoto.core.db import sessions
from gradphoto.photos.checking.jpeg import scan
from gradphoto.photos.models import Photo, PhotoState
from gradphoto.photos.service import the_store
from gradphoto.roster.models import Student

RECORD = b"\x7fAGENCY\x00record 7C1E"


def portrait(seed: object, quality: int = 88, size: tuple[int, int] = (480, 640)) -> bytes:
    """A JPEG with a record of its agency in front of the picture and after its end; another seed, another picture."""
    dice = random.Random(str(seed))
    image = Image.frombytes("RGB", (48, 64), dice.randbytes(48 * 64 * 3)).resize(size, Image.Resampling.BICUBIC)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality, dpi=(300, 300))
    text = f"record of {seed}".encode()
    comment = b"\xff\xfe" + struct.pack(">H", len(text) + 2) + text
    return out.getvalue()[:20] + comment + out.getvalue()[20:] + RECORD  # behind the 18 bytes of JFIF


async def student(number: str) -> Student:
    async with sessions() as db:
        return (await db.scalars(select(Student).where(Student.number == number))).one()


async def keep(number: str, data: bytes, state: PhotoState = PhotoState.accepted, **more: Any) -> UUID:
    """Stored, and on record for the student; an accepted photo pushes out the one before."""
    whose = await student(number)
    await the_store().put(data)
    seen = scan(data)
    async with sessions() as db, db.begin():
        photo = Photo(
            **dict(
                campaign_id=whose.campaign_id,
                student_id=whose.id,
                sha256=hashlib.sha256(data).hexdigest(),
                size=len(data),
                width=seen.width,
                height=seen.height,
                source="on_site",
                state=state,
                evidence={"segments": [asdict(one) for one in seen.segments], "trailing_bytes": seen.trailing_bytes},
                received_at=make.MORNING + timedelta(hours=1),
                decided_at=make.MORNING + timedelta(hours=2),
            )
            | more
        )
        if state is PhotoState.accepted:
            mine = (Photo.campaign_id == whose.campaign_id) & (Photo.student_id == whose.id)
            await db.execute(update(Photo).where(mine, Photo.state == "accepted").values(state="superseded"))
        db.add(photo)
        await db.flush()
        return photo.id


async def let_go(photo_id: UUID) -> None:
    """Sent back after all."""
    async with sessions() as db, db.begin():
        await db.execute(update(Photo).where(Photo.id == photo_id).values(state="rejected"))
