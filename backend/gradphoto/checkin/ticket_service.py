"""The hot statement of the opening burst: one ticket a student and slot, without gaps, whoever races whom."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    Boolean,
    DateTime,
    Select,
    String,
    Uuid,
    bindparam,
    exists,
    func,
    literal,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.ext.asyncio import AsyncSession

from gradphoto.checkin.models import CheckedInBy, CheckIn, SlotCounter, TicketState
from gradphoto.core.errors import Refusal, TryAgainLater
from gradphoto.core.events import Outbox

LIVE = (TicketState.waiting, TicketState.called, TicketState.retake)


class InAnotherLine(Refusal):
    """这位同学已经在另一个场次排队，请先处理那一个排号。"""

    constraint = "uq_check_in_live"


@dataclass(frozen=True, slots=True)
class Entrance:
    """How somebody came in: by their own phone, brought by the monitor, or let in by a person with a reason."""

    by: CheckedInBy
    by_id: UUID
    reason: str = ""


async def give_tickets(
    db: AsyncSession,
    campaign_id: UUID,
    slot_id: UUID,
    student_ids: list[UUID],
    make_up: bool,
    entrance: Entrance,
    at: datetime,
) -> None:
    """Tickets for these students in this order. Who was marked absent in the same slot takes their old place again."""
    place = {"in_campaign": campaign_id, "in_slot": slot_id}
    row = {"make_up": make_up, "by": entrance.by, "by_id": entrance.by_id, "reason": entrance.reason, "at": at}
    missing = student_ids
    for _ in range(2):
        if len(missing) > 1:
            await db.execute(_LOCK, place)  # the next snapshot is younger than the lock, so that it sees all who won
        made = await db.scalars(_CHECK_IN, place | row | {"students": missing})
        missing = _without(missing, made.all())
        for settled in (_BACK_IN_LINE, _IN_LINE):
            if missing:
                missing = _without(missing, (await db.scalars(settled, place | {"students": missing})).all())
        if not missing:
            return
        # The slot's first check-in finds no counter; a lost race finds the winner's row only in a new statement.
        counter = dict(campaign_id=campaign_id, slot_id=slot_id, last_ticket=0, last_call=0, last_shot=0)
        await db.execute(insert(SlotCounter).values(**counter).on_conflict_do_nothing())
    raise TryAgainLater()


def _without(student_ids: list[UUID], done: object) -> list[UUID]:
    return [one for one in student_ids if one not in set(done)]


# --- the statements, built once --------------------------------------------------------------------------------------

_CAMPAIGN = bindparam("in_campaign", type_=Uuid)
_SLOT = bindparam("in_slot", type_=Uuid)
_STUDENTS = bindparam("students", type_=ARRAY(Uuid))
_COUNTER = (SlotCounter.campaign_id == _CAMPAIGN, SlotCounter.slot_id == _SLOT)
_LOCK = select(SlotCounter.last_ticket).where(*_COUNTER).with_for_update()


def _check_in() -> Select[tuple[UUID]]:
    """Lock the counter, add who is not there yet, move the counter as far as rows were added, tell, all in one.

    The insert must not count on its own snapshot: a rival may have committed while this statement waited for the
    lock. Then `on conflict` drops the row, and the counter, which follows the rows, stays.
    """
    counter = select(SlotCounter.last_ticket).where(*_COUNTER).with_for_update().cte("counter")
    came = func.unnest(_STUDENTS).table_valued("student_id", with_ordinality="place", name="came").render_derived()
    already = exists().where(
        CheckIn.campaign_id == _CAMPAIGN, CheckIn.slot_id == _SLOT, CheckIn.student_id == came.c.student_id
    )
    fresh = select(came.c.student_id, func.row_number().over(order_by=came.c.place).label("nth")).where(~already).cte()
    row = {
        CheckIn.campaign_id: _CAMPAIGN,
        CheckIn.slot_id: _SLOT,
        CheckIn.student_id: fresh.c.student_id,
        CheckIn.ticket: counter.c.last_ticket + fresh.c.nth,
        CheckIn.state: literal(TicketState.waiting.value),
        CheckIn.make_up: bindparam("make_up", type_=Boolean),
        CheckIn.by: bindparam("by", type_=String),
        CheckIn.by_id: bindparam("by_id", type_=Uuid),
        CheckIn.override_reason: bindparam("reason", type_=String),
        CheckIn.at: bindparam("at", type_=DateTime(timezone=True)),
    }
    made = (
        insert(CheckIn)
        .from_select(
            [column.key for column in row], select(*row.values()).select_from(counter).join(fresh, literal(True))
        )
        .on_conflict_do_nothing()
        .returning(CheckIn.id, CheckIn.student_id, CheckIn.ticket)
        .cte("made")
    )
    last = select(func.max(made.c.ticket)).scalar_subquery()
    moved = update(SlotCounter).where(*_COUNTER, exists(select(made.c.id))).values(last_ticket=last)
    data = func.jsonb_build_object(
        "check_in_id", made.c.id, "student_id", made.c.student_id, "slot_id", _SLOT, "make_up", row[CheckIn.make_up]
    )
    told = insert(Outbox).from_select(
        ["campaign_id", "kind", "data"], select(_CAMPAIGN, literal("check_in.made"), data).select_from(made)
    )
    return select(made.c.student_id).add_cte(moved.cte("moved"), told.cte("told"))


def _back_in_line() -> Select[tuple[UUID]]:
    """过号 and here again: absent in this slot becomes waiting, with the same ticket and place."""
    back = (
        update(CheckIn)
        .where(CheckIn.campaign_id == _CAMPAIGN, CheckIn.slot_id == _SLOT)
        .where(CheckIn.student_id == func.any(_STUDENTS), CheckIn.state == TicketState.absent)
        .values(state=TicketState.waiting, station_id=None)
        .returning(CheckIn.id, CheckIn.student_id)
        .cte("back")
    )
    data = func.jsonb_build_object("check_in_id", back.c.id, "student_id", back.c.student_id, "slot_id", _SLOT)
    told = insert(Outbox).from_select(
        ["campaign_id", "kind", "data"], select(_CAMPAIGN, literal("check_in.back"), data).select_from(back)
    )
    return select(back.c.student_id).add_cte(told.cte("told"))


_CHECK_IN = _check_in()
_BACK_IN_LINE = _back_in_line()
_IN_LINE = select(CheckIn.student_id).where(
    CheckIn.campaign_id == _CAMPAIGN,
    CheckIn.student_id == func.any(_STUDENTS),
    (CheckIn.slot_id == _SLOT) | CheckIn.state.in_(LIVE),
)
