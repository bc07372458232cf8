"""Links to files that lie elsewhere: 超大附件 and shared folders expire, so what they point to never arrived here."""

import re

LONGEST = 200_000
_SERVICES = (
    ("QQ 邮箱超大附件", r"(?:mail\.qq\.com/cgi-bin/ftnExs?_|wx\.mail\.qq\.com/ftn/|ftn\.qq\.com)"),
    ("网易邮箱云附件", r"(?:mail\.163\.com/large-attachment|fs\.163\.com|u\.163\.com|mail\.126\.com/large-attachment"
                       r"|dashi\.163\.com/html/cloud-attachment|fs\.126\.com)"),
    ("腾讯微云", r"(?:share\.weiyun\.com|weiyun\.com)"),
    ("百度网盘", r"(?:pan\.baidu\.com|yun\.baidu\.com)"),
    ("阿里云盘", r"(?:www\.)?(?:aliyundrive|alipan)\.com/s"),
    ("139 邮箱超大附件", r"mail\.10086\.cn|caiyun\.(?:139|feixin)\.(?:10086\.)?c"),
    ("新浪邮箱超大附件", r"mail\.sina\.(?:com\.cn|cn)/filecenter"),
    ("Outlook / OneDrive 链接", r"(?:1drv\.ms|onedrive\.live\.com|sharepoint\.com/:)"),
    ("Google Drive 链接", r"drive\.google\.com"),
    ("iCloud 链接", r"icloud\.com/(?:attachment|iclouddrive)"),
    ("腾讯文档", r"docs\.qq\.com"),
    ("奶牛快传", r"cowtransfer\.com"),
)  # fmt: skip
_FOUND = tuple((name, re.compile(pattern, re.IGNORECASE)) for name, pattern in _SERVICES)
_SAID = re.compile(r"超大附件|云附件|从(?:QQ|网易|163)邮箱发来的(?:超大|云)附件")


def cloud_links(text: str) -> list[str]:
    """Of a mail's words and HTML, each service once, in the words that the sender knows. The address itself is nobody's
    business."""
    text = text[:LONGEST]
    found = [name for name, pattern in _FOUND if pattern.search(text)]
    return found or (["超大附件"] if _SAID.search(text) and "http" in text else [])
