"""说明.txt: what lies in the ZIP, for whoever opens it, also years later."""

from collections.abc import Mapping, Sequence
from typing import Any

CHANGES = {"new": "新增", "replaced": "替换", "withdrawn": "撤回"}
RENAMED = "旧文件名"


def note(
    head: Mapping[str, Any],
    fingerprint: str,
    key_at: str,
    *,
    withdrawn: int,
    renamed: int,
    rare: Sequence[str],
    clear: bool,
) -> bytes:
    """With a BOM and CRLF, so that Windows' own editor shows it right. `rare`: whose names GBK cannot write."""
    whole = f"只含第 {head['since']} 号之后的变化" if head["since"] else "全部已通过的照片"
    lines = [
        f"{head['campaign']}  交付包第 {head['number']} 号",
        f"交给：{head['recipient']}",
        f"制作时间：{head['made_at']}",
        f"内容：{whole}，{head['photos']} 张照片，撤回 {withdrawn} 张。",
        "",
        "照片/           学校收到的原文件，一个字节也没有改动。",
        "清单.xlsx       给人看；清单.csv 给程序用（UTF-8）；清单.dbf 给学籍系统用（GBK）。",
        "校验/           manifest.jsonl 逐张记录 SHA-256，head.json 是对它的签名，public-key.txt 是学校公钥。",
        "校验工具/       verify.html：用浏览器打开，放入“照片”文件夹和 manifest.jsonl，就知道改没改、缺不缺。",
        "                photo_verify.py：python3 photo_verify.py ../校验/manifest.jsonl ../照片",
        "",
        f"公钥指纹：{fingerprint}",
        f"请与学校公布的比较：{key_at}",
        "封印只管照片和 manifest.jsonl，不管清单；不解读图片社写在照片里的采集记录。",
    ]
    if withdrawn or renamed:
        lines.append("撤回清单.csv 里的文件请不要再使用。")
    if renamed:
        lines.append(f"其中 {renamed} 个是更正了姓名或号码的：旧文件名的请删除，换用这个包里的。")
    if rare:
        lines.append(f"清单.dbf 写不出这些学号的姓名等内容中的生僻字，用 ? 代替，请以 Excel 为准：{'、'.join(rare)}")
    lines.append("清单含完整证件号，请妥善保管，用完删除。" if clear else "清单里的证件号是隐去的。")
    return b"\xef\xbb\xbf" + ("\r\n".join(lines) + "\r\n").encode()
