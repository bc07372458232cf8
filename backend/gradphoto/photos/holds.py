"""Why a photo waits for a person although the file itself is sound, as findings that say what to do."""

from gradphoto.photos.checks import Finding
from gradphoto.photos.models import Hold

_PICK = "看清照片后，在“待认领”里选出学生"
_HELD = {
    Hold.no_key: ("文件名里没有证件号或学号", "no key in the file name", "用“证件号.jpg”命名；或在“待认领”里选出学生"),
    Hold.not_on_roster: ("文件名里的号码不在名单上", "not on the roster", "核对号码和名单；或在“待认领”里选出学生"),
    Hold.two_students: ("文件名里的号码属于两名学生", "two students in the file name", _PICK),
    Hold.damaged_id: ("文件名里的身份证号校验不通过，可能写错一位", "the ID number fails its check", _PICK),
    Hold.name_differs: ("文件名里的号码和姓名属于两名学生", "number and name differ", _PICK),
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


def held_finding(hold: Hold) -> Finding:
    zh, en, remedy = _HELD[hold]
    return Finding(hold.value, "review", zh, en, "", "", remedy)
