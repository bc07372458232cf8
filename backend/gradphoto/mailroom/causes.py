"""Why a mail ended as it did: one sentence that says what is wrong, one that says the way out."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from gradphoto.photo_imports.reading.bulk import TOLD, EntryFault

SUBJECT = "主题请写成：毕业生照片-班级-姓名-学号"
_LOOKED_AT = "老师会人工查看，不用重发"
_AGAIN = "请把图片社给的 JPG 原文件作为普通附件重新发送"

# code -> what is wrong, the way out
CAUSES = {
    # which file is the photo
    "no_attachment": ("邮件里没有照片附件", f"{_AGAIN}，不要粘贴在正文里"),
    "pasted_in": ("照片粘贴在正文里，不是附件", "请用“添加附件”发送原来的 JPG 文件；粘贴会改变照片文件"),
    "cloud_link": (
        "照片是用超大附件或网盘链接发的，没有收到",
        "链接会过期；照片只有几十 KB，请作为普通附件重新发送",
    ),
    "archive_kind": ("附件是 RAR 或 7z 压缩包，系统不打开", "请不要压缩，直接附上 JPG 照片"),
    "broken_archive": ("ZIP 压缩包已损坏，打不开", "请不要压缩，直接附上 JPG 照片"),
    "empty_archive": ("ZIP 压缩包是空的", "请不要压缩，直接附上 JPG 照片"),
    "winmail": ("附件被 Outlook 包成了 winmail.dat，打不开", "请把邮件格式改为“HTML”，或者用网页邮箱重新发送"),
    "encrypted_mail": ("邮件经过加密，打不开", "请发送没有加密的邮件"),
    "mail_within": ("附件是转发里又转发的邮件，没有打开", _AGAIN),
    "no_picture": ("附件不是照片", _AGAIN),
    "empty_file": ("附件是空的", _AGAIN),
    "mail_too_large": ("邮件太大，没有收取", "照片只有几十 KB，请只附一张照片重新发送"),
    "not_jpeg": ("附件不是 JPG 照片", _AGAIN),
    "several_photos": ("邮件里有几张照片，不能确定用哪一张", f"{_LOOKED_AT}；也可以只附一张照片重新发送"),
    "too_many_files": ("邮件里的附件太多，系统没有全部看完", f"{_LOOKED_AT}；也可以只附一张照片重新发送"),
    # whose it is
    "no_number": ("主题里没有学号", SUBJECT),
    "number_unknown": ("主题里的学号不在本届名单上", f"请核对学号后重新发送；{SUBJECT}"),
    "two_numbers": ("主题里的号码属于不止一名学生", _LOOKED_AT),
    "id_number_in_subject": ("主题里写的是证件号，不是学号", f"{SUBJECT}；证件号只用作照片的文件名"),
    "subject_name_differs": ("主题里的学号和姓名不是同一名学生", f"{_LOOKED_AT}；如果写错了，请改正主题后重新发送"),
    "withdrawn": ("这个学号已不在本届名单上", "老师会人工查看；如有疑问请联系学院"),
    "no_key": ("照片的文件名里没有证件号", f"{_LOOKED_AT}；也可以把照片改名为“证件号.jpg”重新发送，能马上处理"),
    "one_sign": ("只有一处信息说明是谁的照片", f"{_LOOKED_AT}；也可以写好主题、用证件号命名照片后重新发送"),
    "signs_differ": ("主题里的学号和照片文件名里的证件号不是同一名学生", f"{_LOOKED_AT}；如果弄错了，请改正后重新发送"),
    "not_on_roster": ("照片文件名里的号码不在本届名单上", f"{_LOOKED_AT}；如果写错了，请改名后重新发送"),
    "two_students": ("照片文件名里的号码属于两名学生", _LOOKED_AT),
    "damaged_id": ("照片文件名里的身份证号校验不通过，可能写错一位", f"{_LOOKED_AT}；也可以改名后重新发送"),
    "name_differs": ("照片文件名里的号码和姓名不是同一名学生", f"{_LOOKED_AT}；如果弄错了，请改名后重新发送"),
    "same_bytes_two_students": ("同一个照片文件已经对应到另一名学生", _LOOKED_AT),
    "taken_back": ("这张照片以前核对过，没有对应上", _LOOKED_AT),
    "not_understood": ("邮件里看不出是谁的照片", f"老师会人工查看；{SUBJECT}，用证件号命名照片"),
    "unreadable": ("邮件的格式特殊，系统读不出来", _LOOKED_AT),
    # what became of the photo
    "accepted": ("照片已收到，并通过检查", ""),
    "to_be_looked_at": ("照片已收到，老师会再看一次", "不用重发"),
    "already_accepted": ("这张照片以前已经收到，并已通过", "不用再发"),
    "already_waiting": ("这张照片以前已经收到，正等老师查看", "不用再发"),
    "already_rejected": ("这张照片以前已经收到，检查没有通过", "请换一张合格的照片，再发一次"),
    "photo_rejected": ("照片没有通过检查", ""),
    "late": ("邮件晚于截止时间，照片已收下并注明逾期", ""),
    # from a program or through a list, and yet it may be somebody's photo
    "from_program": (
        "邮件带有自动发送或群发的标记，但附有照片或写着本届学生的学号",
        "老师会人工查看；系统不自动回信",
    ),
    # not for us
    "auto_reply": ("自动回复，不处理", ""),
    "bounce": ("退信或系统通知，不处理", ""),
    "newsletter": ("群发邮件，不处理", ""),
    "unrelated": ("与照片无关的邮件，不处理", "请在邮箱里阅读"),
    # a person
    "refused_by_person": ("老师查看后退回", ""),
    "dismissed": ("老师标为与照片无关", ""),
    "reopened": ("老师重新查看", ""),
}  # fmt: skip


_OF_ZIP = {fault.value for fault in EntryFault}


class Cause(NamedTuple):
    """`zh` is what is wrong with its measured value, `remedy` what to do; both without a full stop."""

    code: str
    zh: str
    remedy: str

    @property
    def sentence(self) -> str:
        return "。".join(part for part in (self.zh, self.remedy) if part) + "。"

    def kept(self) -> dict[str, Any]:
        return {"code": self.code, "zh": self.sentence}


def cause(code: str, zh: str = "") -> Cause:
    """Of CAUSES, or of a file within a ZIP; `zh` says it with more detail."""
    if code in CAUSES:
        said, remedy = CAUSES[code]
    elif code in _OF_ZIP:
        said, remedy = TOLD[EntryFault(code)]
        said = f"压缩包里：{said}"
    else:
        said, remedy = "需要老师查看", _LOOKED_AT
    return Cause(code, zh or said, remedy)


def kept(causes: Iterable[Cause]) -> list[dict[str, Any]]:
    return [one.kept() for one in causes]
