"""The published timetable as an Excel sheet, in the form that `readNoticeFile` takes back."""

from collections.abc import Iterator
from uuid import UUID

from fastapi import APIRouter, Response

from gradphoto.accounts.auth import NotSignedIn, SignedIn
from gradphoto.accounts.policy import Act, NotAllowed, Owner, require
from gradphoto.core.db import Db
from gradphoto.core.errors import NotFound, refuses
from gradphoto.schedule import service
from gradphoto.schedule.models import Turn
from gradphoto.schedule.notice.writing import TimetableRow, write_timetable_xlsx
from gradphoto.schedule.service import SlotView

router = APIRouter(tags=["schedule"])
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@router.get(
    "/campaigns/{campaign_id}/timetable/export",
    operation_id="exportTimetable",
    response_class=Response,
    responses=refuses(NotSignedIn, NotAllowed, NotFound)
    | {200: {"content": {XLSX: {"schema": {"type": "string", "format": "binary"}}}}},
)
async def export_timetable(campaign_id: UUID, db: Db, actor: SignedIn) -> Response:
    """One row a class group: date, start, end, place, college, class, heads, first or last, arrival."""
    require(actor, Act.read_campaign, Owner(campaign_id))
    views = await service.timetable(db, campaign_id)
    return Response(
        write_timetable_xlsx(row for view in views for row in _rows(view)),
        media_type=XLSX,
        headers={"Content-Disposition": 'attachment; filename="timetable.xlsx"'},
    )


def _rows(view: SlotView) -> Iterator[TimetableRow]:
    slot, venue = view.slot, view.venue
    where = (slot.label, slot.starts_at, slot.ends_at, venue.name, venue.room, venue.gate)
    if not view.classes:
        yield TimetableRow(*where, view.college_name, "", 0, Turn.normal, None, "")
    for one in view.classes:
        split = one.last_place is not None or one.first_place > 1
        note = f"第 {one.first_place} 人至{f'第 {one.last_place} 人' if one.last_place else '最后'}" if split else ""
        yield TimetableRow(*where, one.college_name, one.name, one.heads, one.turn, one.arrival_at, note)
