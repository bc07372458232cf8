"""Why a photo waits for a person although the file itself is sound, as findings that say what to do."""

from gradphoto.photos.checking.report import Finding
from gradphoto.photos.models import Hold

_PICK = "看清照片后，在“待认领”里选出学生"
_HELD = {
    Hold.no_key: ("文件名里没有证件号或学号", "no key in the file name", "用“证件号.jpg”命名；或在“待认领”里选出学生"),
    Hold.not_on_roster: ("文件名里的号码不在名单上", "not on the roster", "核对号码和名单；或在“待认领”里选出学生"),
    Hold.two_students: ("文件名里的号码属于两名学生", "two students in the file name", _PICK),
    Hold.damaged_id: ("文件名里的身份证号校验不通过，可能写错一位", "the ID number fails its check", _PICK),
    Hold.name_differs: ("文件名里的号码和姓名属于两名学生", "number and name differ", _PICK),
    Hold.one_sign: (
        "只有一个依据（如文件名）说明是谁的照片，没有第二个依据",
        "only one sign says whose it is",
        "对照照片和建议的学生，点“确认”",
    ),
    Hold.signs_differ: ("不同的依据指向不同的学生", "the signs name different students", _PICK),
    Hold.frozen_stretch: (
        "这一段照片的数量或顺序与现场记录对不上",
        "count or order differs from the room's record",
        "先核对这一段，再放行",
    ),
    Hold.returned_by_mail: (
        "邮件里的信息不足以确定是谁",
        "the mail does not say whose it is",
        "在“邮件收照”里处理这封邮件",
    ),
    Hold.taken_back: ("经人工核对，已取消与学生的对应", "taken back by a person", _PICK),
}  # fmt: skip

# A file that somebody sends as their own, with another person's ID number for a name.
OTHER_ID_NUMBER = Finding(
    "other_id_number",
    "review",
    "文件名里的证件号不是这名学生的",
    "the file name holds another ID number",
    "号码不同",
    "本人证件号",
    "请确认没有传错照片；教务处会人工核对",
)

CAMERA_ORIGINAL = Finding(
    "camera_original",
    "review",
    "这是相机原片，还不是制作好的证件照",
    "a camera original, not the finished photo",
    "相机原片",
    "图片社制作的照片",
    "等图片社制作好再上传；原片只用来核对是谁",
)


def held_finding(hold: Hold) -> Finding:
    zh, en, remedy = _HELD[hold]
    return Finding(hold.value, "review", zh, en, "", "", remedy)
