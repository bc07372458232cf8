"""What the sender is told: short, by name when they wrote it themselves, the exact cause and the way out."""

from collections.abc import Sequence
from typing import NamedTuple

from gradphoto.mailroom.causes import Cause
from gradphoto.mailroom.models import MailState
from gradphoto.roster.id_numbers import mask_within

_OPENING = {
    MailState.taken: "你的照片已收到。",
    MailState.already: "这张照片以前已经收到。",
    MailState.held: "你的邮件已收到，但系统还不能确定照片是谁的或用哪一张，老师会人工查看。",
    MailState.refused: "你的照片这次没有收下。",
    MailState.ignored: "",
}
_CLOSING = "（本邮件由系统自动发出。有疑问请直接回复学院或教务处老师。）"
MOST_SENTENCES = 4


class Letter(NamedTuple):
    subject: str
    body: str


def letter(state: MailState, causes: Sequence[Cause], *, name: str, subject: str, campaign: str) -> Letter:
    """`subject` is the mail's own; ID numbers in it are masked."""
    lines = [f"{name}同学，你好：" if name else "同学，你好：", "", _OPENING[state]]
    lines += [f"{n}. {one.sentence}" for n, one in enumerate(_worth_saying(causes), 1)]
    lines += ["", campaign, _CLOSING]
    about = " ".join(mask_within(subject).split())[:150]
    return Letter(f"回复：{about}" if about else "回复：毕业生照片", mask_within("\n".join(lines)) + "\n")


def _worth_saying(causes: Sequence[Cause]) -> list[Cause]:
    """The opening says already that a photo was rejected when its faults follow."""
    told = list(causes)
    if len(told) > 1:
        told = [one for one in told if one.code != "photo_rejected"]
    return told[:MOST_SENTENCES]
