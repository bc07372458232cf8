"""A roster file comes in: first the report, then all of it or nothing."""

import asyncio
import hashlib
from collections import Counter
from dataclasses import asdict
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from gradphoto.accounts.service import end_rehearsals, end_sign_ins
from gradphoto.core.db import now, refresh_statistics
from gradphoto.core.errors import NotFound, Refusal
from gradphoto.core.events import announce
from gradphoto.core.security import decrypt, encrypt
from gradphoto.roster.id_numbers import mask
from gradphoto.roster.models import Campaign, ClassGroup, College, ImportState, RosterImport, Student
from gradphoto.roster.reading import RosterReading, RosterRow, read_roster
from gradphoto.roster.service import id_number_index, sealed_for, the_campaign

SHOWN_FINDINGS = 500  # a report of 3,300 equal mistakes helps nobody; the counts are complete


class ImportHasErrors(Refusal):
    """名单里还有错误，整份都没有导入。请按报告改好后重新上传。"""


class ImportDecided(Refusal):
    """这份名单已经导入或放弃，不能再操作。"""


class RosterMoved(Refusal):
    """出报告之后名单又变过，请重新上传一次看新的报告。"""


class IdNumberTaken(Refusal):
    """有证件号码在名单里属于另一个学号（学号改过，或两人的证件号对调）。整份没有导入，请核对这几行后联系管理员。"""

    constraint = "uq_student_campaign_id_id_number_index"


class Plan(NamedTuple):
    """What applying would do."""

    added: list[RosterRow]
    changed: list[RosterRow]
    unchanged: int
    missing: list[str]  # 学号 on the roster now and not in the file


async def review(db: AsyncSession, campaign_id: UUID, filename: str, data: bytes, by: UUID) -> RosterImport:
    """Read the file, compare it with the roster, keep it sealed, and return its report. Changes nobody."""
    await the_campaign(db, campaign_id)
    reading = await asyncio.to_thread(read_roster, data, filename)
    report = _report(reading, await _plan(db, campaign_id, reading.rows))
    made = await db.scalar(
        insert(RosterImport)
        .values(
            campaign_id=campaign_id,
            filename=filename[:255],
            sha256=hashlib.sha256(data).hexdigest(),
            state=ImportState.reviewed,
            report=report,
            file_sealed=encrypt(data, f"roster_import:{campaign_id}"),
            uploaded_by=by,
        )
        .returning(RosterImport)
    )
    assert made is not None
    return made


def _report(reading: RosterReading, plan: Plan) -> dict[str, Any]:
    totals = reading.totals
    return {
        "rows": totals.students,
        "colleges": totals.colleges,
        "class_groups": totals.class_groups,
        "monitors": totals.monitors,
        "errors": totals.errors,
        "warnings": totals.warnings,
        "added": len(plan.added),
        "changed": len(plan.changed),
        "unchanged": plan.unchanged,
        "missing": len(plan.missing),
        "missing_numbers": plan.missing[:SHOWN_FINDINGS],
        "findings": [asdict(finding) for finding in [*reading.errors, *reading.warnings][:SHOWN_FINDINGS]],
        "columns": [asdict(column) for column in reading.columns],
        "unknown_columns": list(reading.unknown_columns),
        "id_types": dict(Counter(row.id_type.value for row in reading.rows)),
        "classes_without_monitor": _without_monitor(reading.rows),
    }


def _without_monitor(rows: list[RosterRow]) -> list[str]:
    """Class groups that nobody of the file is 班长 of: nobody there could collect the fee."""
    led = {(row.college, row.class_group) for row in rows if row.is_monitor}
    return sorted({row.class_group for row in rows if (row.college, row.class_group) not in led})


async def _plan(db: AsyncSession, campaign_id: UUID, rows: list[RosterRow]) -> Plan:
    known = {
        student.number: (student, group, college)
        for student, group, college in (
            await db.execute(
                select(Student, ClassGroup.name, College.name).where(
                    Student.campaign_id == campaign_id,
                    ClassGroup.campaign_id == campaign_id,
                    College.campaign_id == campaign_id,
                    ClassGroup.id == Student.class_group_id,
                    College.id == ClassGroup.college_id,
                )
            )
        )
    }
    added, changed = [], []
    for row in rows:
        if row.number not in known:
            added.append(row)
        elif _differs(campaign_id, row, *known[row.number]):
            changed.append(row)
    given = {row.number for row in rows}
    missing = [n for n, (student, _, _) in known.items() if n not in given and student.withdrawn_at is None]
    return Plan(added, changed, len(rows) - len(added) - len(changed), sorted(missing))


def _differs(campaign_id: UUID, row: RosterRow, student: Student, group: str, college: str) -> bool:
    said = (row.name, row.sex, row.id_type, row.photo_code, row.major, row.is_monitor, row.class_group, row.college)
    stored = (student.name, student.sex, student.id_type, student.photo_code, student.major, student.is_monitor)
    return (
        said != (*stored, group, college)
        or student.withdrawn_at is not None
        or id_number_index(campaign_id, row.id_number) != student.id_number_index
    )


async def apply(db: AsyncSession, campaign_id: UUID, import_id: UUID, withdraw_missing: bool) -> RosterImport:
    """Put the whole file into the roster. Twice is refused; a file with errors is refused; the roster is locked."""
    await db.execute(select(func.pg_advisory_xact_lock(func.hashtext(f"roster:{campaign_id}"))))
    chosen = await _undecided(db, campaign_id, import_id)
    if chosen.report["errors"]:
        raise ImportHasErrors(errors=chosen.report["errors"])
    assert chosen.file_sealed is not None
    data = decrypt(chosen.file_sealed, f"roster_import:{campaign_id}")
    reading = await asyncio.to_thread(read_roster, data, chosen.filename)
    plan = await _plan(db, campaign_id, reading.rows)
    if (len(plan.added), len(plan.changed), len(plan.missing)) != tuple(
        chosen.report[part] for part in ("added", "changed", "missing")
    ):
        raise RosterMoved()
    await _write(db, campaign_id, plan, reading.rows)
    if withdraw_missing and plan.missing:
        await _withdraw(db, campaign_id, plan.missing)
    chosen.state, chosen.decided_at, chosen.file_sealed = ImportState.applied, now(), None
    if not (await the_campaign(db, campaign_id)).rehearsal:
        await end_rehearsals(db, list(await db.scalars(select(Campaign.id).where(Campaign.rehearsal))))
    await refresh_statistics(db, "student", "class_group", "college")
    counts = {part: chosen.report[part] for part in ("rows", "added", "changed", "missing")}
    await announce(db, campaign_id, "roster.applied", import_id=import_id, **counts)
    return chosen


async def discard(db: AsyncSession, campaign_id: UUID, import_id: UUID) -> None:
    chosen = await _undecided(db, campaign_id, import_id)
    chosen.state, chosen.decided_at, chosen.file_sealed = ImportState.discarded, now(), None


async def list_imports(db: AsyncSession, campaign_id: UUID) -> list[RosterImport]:
    newest = select(RosterImport).where(RosterImport.campaign_id == campaign_id).order_by(RosterImport.id.desc())
    return list(await db.scalars(newest.limit(20)))


async def _undecided(db: AsyncSession, campaign_id: UUID, import_id: UUID) -> RosterImport:
    chosen = await db.get(RosterImport, (campaign_id, import_id), with_for_update=True)
    if chosen is None:
        raise NotFound()
    if chosen.state != ImportState.reviewed:
        raise ImportDecided(state=chosen.state)
    return chosen


async def _write(db: AsyncSession, campaign_id: UUID, plan: Plan, rows: list[RosterRow]) -> None:
    colleges = await _name_colleges(db, campaign_id, rows)
    groups = await _name_class_groups(db, campaign_id, rows, colleges)
    touched = [*plan.added, *plan.changed]
    if not touched:
        return
    values = await asyncio.to_thread(
        lambda: [_student(campaign_id, row, groups[colleges[row.college], row.class_group]) for row in touched]
    )
    upsert = insert(Student)
    fields = set(values[0]) - {"campaign_id", "number"}
    upsert = upsert.on_conflict_do_update(
        index_elements=["campaign_id", "number"],
        set_={**{name: upsert.excluded[name] for name in fields}, "withdrawn_at": None},
    )
    for start in range(0, len(values), 500):
        await db.execute(upsert.values(values[start : start + 500]))
    changed = select(Student.id).where(
        Student.campaign_id == campaign_id, Student.number.in_([row.number for row in plan.changed])
    )
    await end_sign_ins(db, campaign_id, list(await db.scalars(changed)))


def _student(campaign_id: UUID, row: RosterRow, class_group_id: UUID) -> dict[str, Any]:
    return {
        "campaign_id": campaign_id,
        "number": row.number,
        "name": row.name,
        "sex": row.sex,
        "id_type": row.id_type,
        "id_number_sealed": encrypt(row.id_number, sealed_for(campaign_id)),
        "id_number_index": id_number_index(campaign_id, row.id_number),
        "id_number_mask": mask(row.id_number),
        "photo_code": row.photo_code,
        "major": row.major,
        "class_group_id": class_group_id,
        "is_monitor": row.is_monitor,
    }


async def _name_colleges(db: AsyncSession, campaign_id: UUID, rows: list[RosterRow]) -> dict[str, UUID]:
    names = list(dict.fromkeys(row.college for row in rows))
    made = insert(College).values(
        [{"campaign_id": campaign_id, "name": name, "position": i} for i, name in enumerate(names)]
    )
    await db.execute(made.on_conflict_do_nothing(index_elements=["campaign_id", "name"]))
    found = await db.execute(select(College.name, College.id).where(College.campaign_id == campaign_id))
    return {name: college_id for name, college_id in found}


async def _name_class_groups(
    db: AsyncSession, campaign_id: UUID, rows: list[RosterRow], colleges: dict[str, UUID]
) -> dict[tuple[UUID, str], UUID]:
    keys = list(dict.fromkeys((colleges[row.college], row.class_group) for row in rows))
    made = insert(ClassGroup).values(
        [
            {"campaign_id": campaign_id, "college_id": college, "name": name, "position": i}
            for i, (college, name) in enumerate(keys)
        ]
    )
    await db.execute(made.on_conflict_do_nothing(index_elements=["campaign_id", "college_id", "name"]))
    found = await db.execute(
        select(ClassGroup.college_id, ClassGroup.name, ClassGroup.id).where(ClassGroup.campaign_id == campaign_id)
    )
    return {(college, name): group for college, name, group in found}


async def _withdraw(db: AsyncSession, campaign_id: UUID, numbers: list[str]) -> None:
    """Who is no longer on the roster stays in the records, and is asked for nothing any more."""
    gone = await db.scalars(
        update(Student)
        .where(Student.campaign_id == campaign_id, Student.number.in_(numbers))
        .values(withdrawn_at=now())
        .returning(Student.id)
    )
    await end_sign_ins(db, campaign_id, list(gone))
