"""Why a photo waits for a person although the file itself is sound, as findings that say what to do."""

from gradphoto.photos.checking.report import Finding
from gradphoto.photos.models import Hold

_PICK = ("看清照片后，在“待认领”里选出学生", "Look at the photo, then pick the student in the tray")
_HELD = {
    Hold.no_key: (
        "文件名里没有证件号或学号",
        "The file name holds no ID number or student number",
        "用“证件号.jpg”命名；或在“待认领”里选出学生",
        "Name the file “ID number.jpg”, or pick the student in the tray",
    ),
    Hold.not_on_roster: (
        "文件名里的号码不在名单上",
        "The number in the file name is not on the roster",
        "核对号码和名单；或在“待认领”里选出学生",
        "Compare the number with the roster, or pick the student in the tray",
    ),
    Hold.two_students: ("文件名里的号码属于两名学生", "The numbers in the file name are of two students", *_PICK),
    Hold.damaged_id: (
        "文件名里的身份证号校验不通过，可能写错一位",
        "The ID number in the file name fails its check digit: one digit may be wrong",
        *_PICK,
    ),
    Hold.name_differs: (
        "文件名里的号码和姓名属于两名学生",
        "The number and the name in the file name are of two students",
        *_PICK,
    ),
    Hold.one_sign: (
        "只有一个依据（如文件名）说明是谁的照片，没有第二个依据",
        "Only one sign, such as the file name, says whose photo it is; there is no second one",
        "对照照片和建议的学生，点“确认”",
        "Compare the photo with the proposed student and press “Confirm”",
    ),
    Hold.signs_differ: ("不同的依据指向不同的学生", "The signs name different students", *_PICK),
    Hold.frozen_stretch: (
        "这一段照片的数量或顺序与现场记录对不上",
        "The number or order of these photos differs from the room's record",
        "先核对这一段，再放行",
        "Compare this stretch with the record first, then release it",
    ),
    Hold.returned_by_mail: (
        "邮件里的信息不足以确定是谁",
        "The mail does not say clearly enough whose photo it is",
        "在“邮件收照”里处理这封邮件",
        "Deal with this mail in the mail room",
    ),
    Hold.taken_back: (
        "经人工核对，已取消与学生的对应",
        "A person looked and took the match with a student back",
        *_PICK,
    ),
}

# A file that somebody sends as their own, with another person's ID number for a name.
OTHER_ID_NUMBER = Finding(
    "other_id_number",
    "review",
    "文件名里的证件号不是这名学生的",
    "The ID number in the file name is not this student's",
    "",
    "",
    "请确认没有传错照片；教务处会人工核对",
    "Make sure that it is the right photo; somebody at the registrar's office will look at it",
)

CAMERA_ORIGINAL = Finding(
    "camera_original",
    "review",
    "这是相机原片，还不是制作好的证件照",
    "This is the camera's original, not the finished portrait",
    "",
    "",
    "等图片社制作好再上传；原片只用来核对是谁",
    "Upload the one that the photo agency finishes; the original only helps to tell who it is",
)


def held_finding(hold: Hold) -> Finding:
    zh, en, remedy, remedy_en = _HELD[hold]
    return Finding(hold.value, "review", zh, en, "", "", remedy, remedy_en)
