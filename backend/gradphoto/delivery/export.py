"""Lists for people in Excel: every cell is text, so that no number is rounded and no name becomes a formula."""

from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

import xlsxwriter

from gradphoto.checkin.models import TicketState
from gradphoto.delivery.next_step import Why
from gradphoto.delivery.registry import WORDS
from gradphoto.delivery.service import StudentStatus
from gradphoto.photos.models import PhotoState

SHANGHAI = ZoneInfo("Asia/Shanghai")
TICKET = {
    TicketState.waiting: "候拍中",
    TicketState.called: "拍摄中",
    TicketState.shot: "已拍摄",
    TicketState.retake: "需重拍",
    TicketState.absent: "未到",
}
PHOTO = {
    PhotoState.received: "待核对",
    PhotoState.accepted: "已通过",
    PhotoState.rejected: "未通过",
    PhotoState.superseded: "已替换",
}
WHY = {
    Why.not_yet: "待拍",
    Why.in_line: "排队中",
    Why.missed: "未到场",
    Why.absent: "叫号未到",
    Why.not_scheduled: "未排场次",
    Why.photo_awaited: "等照片上传",
    Why.photo_unclaimed: "照片待认领",
    Why.photo_waiting: "照片待核对",
    Why.asked_person: "已请老师看",
    Why.quarantined: "照片文件损坏",
    Why.mail_held: "邮件待处理",
    Why.photo_rejected: "照片未通过",
}
COLUMNS: tuple[tuple[str, int], ...] = (
    ("学院", 16),
    ("班级", 14),
    ("学号", 12),
    ("姓名", 14),
    ("证件号码（隐去）", 22),
    ("场次", 6),
    ("场次时间", 18),
    ("拍摄", 10),
    ("拍摄时间", 18),
    ("拍摄费", 10),
    ("照片", 10),
    ("缺照原因", 14),
    ("说明", 40),
    ("下一步", 60),
    ("截止", 18),
    ("还有几天", 10),
    ("逾期交回", 10),
    ("学信网", 14),
)


def students_xlsx(rows: list[StudentStatus]) -> bytes:
    """One row a student with everything the campaign knows, and the next step of who has no accepted photo."""
    out = BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet = book.add_worksheet("学生")
    text = book.add_format({"num_format": "@"})
    head = book.add_format({"bold": True, "bg_color": "#E0E7FF", "num_format": "@"})
    for i, (title, width) in enumerate(COLUMNS):
        sheet.set_column(i, i, width, text)
        sheet.write_string(0, i, title, head)
    sheet.freeze_panes(1, 4)
    sheet.autofilter(0, 0, max(len(rows), 1), len(COLUMNS) - 1)
    for number, row in enumerate(rows, 1):
        for i, value in enumerate(_cells(row)):
            sheet.write_string(number, i, value, text)
    book.close()
    return out.getvalue()


def _cells(row: StudentStatus) -> list[str]:
    paid = "免缴" if row.waived else f"{row.paid_fen / 100:.2f}"
    return [
        row.college.name,
        row.class_group.name,
        row.student.number,
        row.student.name,
        row.student.id_number_mask,
        row.slot_label or "",
        _time(row.slot_starts_at),
        TICKET[row.ticket_state] if row.ticket_state else "未签到",
        _time(row.shot_at),
        paid,
        PHOTO[row.photo_state] if row.photo_state else "无",
        WHY[row.why] if row.why else "",
        row.photo_reason,
        row.next.sentence if row.next else "",
        _time(row.next.until) if row.next else "",
        str(row.next.days_left) if row.next and row.next.days_left is not None else "",
        "逾期" if row.photo_late else "",
        WORDS[row.registry_state],
    ]


def _time(at: Any) -> str:
    return at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M") if at else ""
