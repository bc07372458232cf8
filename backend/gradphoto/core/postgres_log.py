"""The embedded server's messages: into a log that cannot fill the disk, and its last words as one sentence."""

import re
from collections import deque
from logging import Formatter, LogRecord, makeLogRecord
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import IO, Any

LOG_BYTES, LOG_FILES = 5_000_000, 4

# What the server's log says -> what the person reads. The first match wins.
REASONS = (
    (r"No space left on device", "磁盘满了，数据库启动不了，请先腾出空间"),
    (r"lock file .* already exists", "这个数据目录正被另一个数据库进程使用"),
    (r"Permission denied|wrong ownership|group or world access", "数据库文件的权限不对，请用当初安装的用户启动"),
    (r"Cannot allocate memory|could not map .*shared memory", "内存不够，数据库启动不了"),
)
DAMAGE = (
    r"PANIC|invalid (checkpoint|magic|page|data)|checksum|checkpoint record|bogus|corrupt|could not "
    r"(open|read|access) (file|directory|status)|is missing|No such file|not a (valid|database)|incompatible",
    "数据库文件已损坏，不要再启动，请先备份数据目录，再从备份恢复",
)


def keep_log(stream: IO[bytes], folder: Path, tail: deque[str]) -> None:
    """Copy `stream` until it ends; `tail` keeps the newest lines."""
    folder.mkdir(mode=0o700, exist_ok=True)
    log = _QuietLog(folder / "postgres.log", maxBytes=LOG_BYTES, backupCount=LOG_FILES, delay=True, encoding="utf-8")
    for raw in stream:
        line = raw.decode("utf-8", "replace").rstrip()
        tail.append(line)
        log.handle(makeLogRecord({"msg": line}))
    log.close()
    stream.close()


def reason(lines: list[str], *more: tuple[str, str]) -> str:
    """One sentence out of the server's last words; `more` reasons come after the common ones."""
    text = "\n".join(lines)
    for pattern, sentence in (*REASONS, *more):
        if re.search(pattern, text):
            return f"{sentence}。（{_last_words(lines)}）"
    return f"数据库启动失败：{_last_words(lines)}"


def _last_words(lines: list[str]) -> str:
    bad = [line for line in lines if re.search(r"FATAL|PANIC|error:", line)]
    return one_line((bad or lines or ["没有留下信息"])[-1])


def one_line(error: object) -> str:
    return re.sub(r"^.*?(FATAL|PANIC|error): *", "", str(error).strip().splitlines()[0])[:300]


class _QuietLog(RotatingFileHandler):
    """A full disk must not turn every log line into a traceback on the console."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.setFormatter(Formatter("%(message)s"))

    def handleError(self, record: LogRecord) -> None:
        pass
