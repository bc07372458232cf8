#!/usr/bin/env python3
"""校验工具: is this photo, byte for byte, the file that the school received? One file, standard library, Python 3.8+.

    python3 photo_verify.py RECEIPT.json PHOTO.jpg      one photo and its receipt
    python3 photo_verify.py manifest.jsonl FOLDER       all photos of a package
    --key HEX                                           the school's public key, where none is written in below

Exit code: 0 all passes, 1 a photo is altered or missing, 2 the receipt or manifest itself is false, 3 unreadable.
It checks the school's own seal. The agency's record inside the photo is not read, only seen to be there unchanged.
"""
# mypy: disable-error-code="no-untyped-def, no-untyped-call, no-any-return"

import base64
import hashlib
import json
import re
import sys
from pathlib import Path

KEYS = ""  # the school's public keys in hex, the one in use first, written in when the school hands this file out
LIMITS = "本工具核对的是学校收到照片时的封印，不解读图片社写在照片里的采集记录。"
NOT_PHOTOS = {".json", ".jsonl", ".txt", ".csv", ".xlsx", ".dbf", ".html", ".py", ".db", ".ini"}
MAGIC = ((b"\x89PNG", "PNG"), (b"GIF8", "GIF"), (b"BM", "BMP"), (b"RIFF", "WebP"), (b"%PDF", "PDF"), (b"PK", "ZIP"))
WORDS = {"SOI": "文件头", "DQT": "量化表", "DHT": "编码表", "SOS": "图像数据", "EOI": "结束标记", "COM": "注释记录",
         "trailing": "文件末尾的附加数据"}  # fmt: skip


# --- Ed25519, RFC 8032 section 5.1 -----------------------------------------------------------------------------------

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT = pow(2, (P - 1) // 4, P)


def _point(encoded):
    """Extended coordinates of 32 bytes, None where they are no point of the curve."""
    y = int.from_bytes(encoded, "little")
    sign, y = y >> 255, y & ((1 << 255) - 1)
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    x = x if x & 1 == sign else P - x
    return x, y, 1, x * y % P


def _add(one, other):
    a, b = (one[1] - one[0]) * (other[1] - other[0]) % P, (one[1] + one[0]) * (other[1] + other[0]) % P
    c, d = 2 * one[3] * other[3] * D % P, 2 * one[2] * other[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def _times(factor, point):
    found = (0, 1, 1, 0)
    while factor:
        if factor & 1:
            found = _add(found, point)
        point, factor = _add(point, point), factor >> 1
    return found


BASE = _point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def is_signed(public, message, signature):
    whose, half, scalar = _point(public), _point(signature[:32]), int.from_bytes(signature[32:], "little")
    if whose is None or half is None or scalar >= ORDER or len(signature) != 64:
        return False
    challenge = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % ORDER
    left, right = _times(scalar, BASE), _add(half, _times(challenge, whose))
    return (left[0] * right[2] - right[0] * left[2]) % P == 0 and (left[1] * right[2] - right[1] * left[2]) % P == 0


def sha256(data):
    return hashlib.sha256(data).digest()


def canonical(value):
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def node_of(left, right):
    return sha256(b"\1" + left + right)


def root_of_all(level):
    while len(level) > 1:
        pairs = [node_of(level[i], level[i + 1]) for i in range(0, len(level) - 1, 2)]
        level = pairs + level[len(pairs) * 2 :]
    return level[0]


def root_of_path(leaf, position, count, path):
    at, last, found = position, count - 1, leaf
    for neighbour in path:
        if last == 0:
            return None
        if at & 1 or at == last:
            found = node_of(neighbour, found)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            found = node_of(found, neighbour)
        at, last = at >> 1, last >> 1
    return found if last == 0 <= position < count else None


def head_fault(head, signature, keys):
    """(code, sentence) why the head is not the school's; None = it is."""
    if head.get("kind") != "gradphoto-package":
        return "unreadable", "这不是本系统的收据或清单。"
    if head.get("key") not in keys.split():
        return "wrong_key", "签名不对：不是用学校公布的公钥签的。是伪造的，或者本工具太旧：请到学校网站重新下载再核对。"
    if not is_signed(bytes.fromhex(head["key"]), canonical(head), base64.b64decode(signature)):
        return "wrong_signature", "签名不对：收据或清单的抬头被改过。"
    return None


def sealed_under(head, keys):
    fingerprint = re.sub("(....)", r"\1 ", sha256(bytes.fromhex(head["key"])).hex()).strip()
    return f"封印所用公钥的指纹：{fingerprint}（{'现用的' if head['key'] == keys.split()[0] else '以前用过的'}）"


def part_name(name):
    if name.startswith("APP"):
        return "附加记录 " + name
    return WORDS.get(name, "图像参数" if name.startswith("SOF") else name)


def walk(data):
    """({hash of each segment}, whether the end-of-image marker was reached)."""
    seen, at = {sha256(data[:2]).hex()[:16]}, 2
    while at + 2 <= len(data) and data[at] == 0xFF:
        start = at
        while at < len(data) and data[at] == 0xFF:
            at += 1
        marker, at = data[at] if at < len(data) else 0, at + 1
        if marker == 0xD9:
            seen.update(sha256(one).hex()[:16] for one in (data[start:at], data[at:]) if one)
            return seen, True
        if not 0xD0 <= marker <= 0xD8 and marker != 1:
            at += int.from_bytes(data[at : at + 2], "big")
        if marker == 0xDA:
            end = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]").search(data, at)
            at = end.start() if end else len(data)
        seen.add(sha256(data[start:at]).hex()[:16])
    return seen, False


def difference(data, line):
    """(code, sentence): what kind of change makes `data` another file than the sealed one."""
    size, parts = line["size"], [part for part in line["parts"] if part[3]]
    if not data.startswith(b"\xff\xd8"):
        kind = next((name for magic, name in MAGIC if data.startswith(magic)), "其他格式" if data else "空文件")
        return "not_jpeg", f"不是 JPEG 文件（实际是{kind}）：照片被转换过格式。"
    if len(data) > size and sha256(data[:size]).hex() == line["sha256"]:
        return "added", f"照片本身没变，但文件末尾多出 {len(data) - size} 字节。"
    moved = [one for one in parts if sha256(data[one[1] : one[1] + one[2]]).hex()[:16] != one[3]]
    seen, ended = walk(data)
    in_order = all(name == "SOS" or at + length > len(data) for name, at, length, _ in moved)
    if len(data) < size and in_order and (not ended or not any(one[0] == "SOS" for one in moved)):
        return "cut", f"文件被截断：只有 {len(data)} 字节，原来是 {size} 字节。"
    if len(data) == size:
        names = "、".join(f"{part_name(name)}（第 {at} 字节起）" for name, at, _, _ in moved[:3])
        return "bytes", f"大小没变，但内容被改过的部分是：{names or '文件的后半部分'}。"
    lost = "、".join(part_name(one[0]) for one in parts if one[3] not in seen)
    record = [one for one in parts if one[0].startswith(("APP", "COM", "trailing"))]
    if all(one[3] in seen for one in parts if one not in record):
        return "record", f"图像数据没变，但附加记录被改过{'，丢失：' + lost if lost else '或增加过'}。"
    if all(one[3] in seen for one in parts if one[0] == "DQT"):
        return "not_this_photo", "收据不是这张照片的：图像内容完全不同（也可能是用同样的设置重新保存过）。"
    gone = "、".join(part_name(one[0]) for one in record if one[3] not in seen) or "无"
    sizes = f"{len(data)} 字节，原来 {size} 字节"
    return "resaved", f"照片被重新保存或编辑过：图像数据和量化表都变了（{sizes}）；丢失的附加记录：{gone}。"


# --- one receipt, one manifest ---------------------------------------------------------------------------------------


def check_receipt(receipt, data, keys):
    """(code, sentence); the code `same` is the only one that passes."""
    try:
        head, line = receipt["head"], receipt["line"]
        fault = head_fault(head, receipt["signature"], keys)
        if fault:
            return fault
        path = [base64.b64decode(one) for one in receipt["path"]]
        root = root_of_path(sha256(b"\0" + canonical(line)), line["position"], head["count"], path)
        if root is None or root.hex() != head["root"]:
            return "wrong_line", "收据被改过：这一行不在学校签过名的清单里。"
        if line["change"] == "withdrawn":
            return "withdrawn", "这是已撤回的照片，不再有效。"
        if sha256(data).hex() == line["sha256"]:
            return "same", f"通过：与学校收到的文件逐字节相同（学号 {line['number']}）。"
        return difference(data, line)
    except (LookupError, TypeError, ValueError, AttributeError):
        return "unreadable", "收据读不懂：文件不完整，或者不是收据。"


def read_manifest(text, keys):
    """(head, lines), or ValueError; of a false one (head, (code, sentence))."""
    try:
        first, *lines = [json.loads(one) for one in text.split("\n") if one.strip()]
        head = first["head"]
        fault = head_fault(head, first["signature"], keys)
        if fault is None and len(lines) != head["count"]:
            fault = "wrong_count", f"清单被改过：应有 {head['count']} 行，实有 {len(lines)} 行。"
        if fault is None and root_of_all([sha256(b"\0" + canonical(line)) for line in lines]).hex() != head["root"]:
            fault = "wrong_line", "清单被改过：有的行内容或次序与签名时不同。"
    except (LookupError, TypeError, ValueError, AttributeError):
        raise ValueError("清单读不懂：文件不完整，或者不是 manifest.jsonl。") from None
    return head, fault or lines


def check_folder(head, lines, names, files):
    """`files` yields (name, bytes). `names`: the real file names, where the manifest masks ID numbers; else empty.

    Returns the number that pass, and a list of (code, file, sentence) of what does not.
    """
    wanted = {line["position"]: line for line in lines if line["change"] != "withdrawn"}
    called = {(names[i] if names else line["file"]).rsplit("/", 1)[-1]: i for i, line in wanted.items()}
    by_hash = {line["sha256"]: line for line in sorted(lines, key=lambda one: one["change"] != "withdrawn")}
    found, wrong, dealt = set(), [], set()
    for name, data in files:
        line, by_name = by_hash.get(sha256(data).hex()), called.get(name.rsplit("/", 1)[-1])
        if line is None and by_name is None:
            wrong.append(("extra", name, "清单里没有这个文件。"))
        elif line is None:
            dealt.add(by_name)
            code, sentence = difference(data, wanted[by_name])
            wrong.append((code, name, sentence))
        elif line["change"] == "withdrawn":
            wrong.append(("withdrawn", name, "这是已撤回的照片，不再有效。"))
        elif by_name not in (None, line["position"]):
            dealt.add(by_name)
            found.add(line["position"])
            wrong.append(("misnamed", name, f"文件名和内容不是同一个人：内容是学号 {line['number']} 的照片。"))
        else:
            found.add(line["position"])
    for i, line in wanted.items():
        if i not in found and i not in dealt:
            wrong.append(("missing", line["file"], f"缺少：学号 {line['number']}。"))
    return len(found - dealt), wrong


def read_names(path, head):
    """The file names beside a manifest that masks them; only if they are the ones that were sealed."""
    if not head.get("names_sha256") or not path.exists():
        return []
    data = path.read_bytes()
    if sha256(data).hex() != head["names_sha256"]:
        raise ValueError("names.txt 与清单不符，不能用来核对文件名。")
    return data.decode("utf-8").split("\n")[1:]


def main(arguments):
    keys = KEYS
    if "--key" in arguments:
        at = arguments.index("--key")
        keys = "".join(arguments[at + 1 : at + 2]).lower()
        arguments = arguments[:at] + arguments[at + 2 :]
    if len(arguments) != 2 or not re.fullmatch("[0-9a-f]{64}( [0-9a-f]{64})*", keys):
        print(__doc__ if len(arguments) != 2 else "没有学校的公钥：请从学校的网站下载本工具，或加 --key 公钥。")
        return 3
    print(LIMITS)
    try:
        sealed, target = Path(arguments[0]), Path(arguments[1])
        if target.is_dir():
            return _folder(sealed, target, keys)
        receipt = json.loads(sealed.read_text("utf-8"))
        code, sentence = check_receipt(receipt, target.read_bytes(), keys)
        print(sentence if code in ("wrong_key", "unreadable") else f"{sentence}\n{sealed_under(receipt['head'], keys)}")
        return {"same": 0, "unreadable": 3}.get(code, 2 if code.startswith("wrong_") else 1)
    except (OSError, ValueError) as error:
        print(f"读不出来：{error}")
        return 3


def _folder(manifest, folder, keys):
    head, lines = read_manifest(manifest.read_text("utf-8"), keys)
    if isinstance(lines, tuple):
        print(lines[1])
        return 2
    photos = sorted(one for one in folder.rglob("*") if one.is_file() and one.suffix.lower() not in NOT_PHOTOS)
    files = ((one.relative_to(folder).as_posix(), one.read_bytes()) for one in photos)
    good, wrong = check_folder(head, lines, read_names(manifest.with_name("names.txt"), head), files)
    for _, name, sentence in wrong:
        print(f"{name}  {sentence}")
    print(f"{'不通过' if wrong else '通过'}：{good} 张通过，{len(wrong)} 处有问题。\n{sealed_under(head, keys)}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
