"""A reader for the tests of `core.confined`: does to its process what a crafted file could do."""

import os
import signal
import sys
import time
from pathlib import Path
from typing import Any


def read(data: bytes, *arguments: str) -> dict[str, Any]:
    match data:
        case b"abort":
            os.abort()
        case b"kill":
            os.kill(os.getpid(), signal.SIGKILL)
        case b"exit":
            sys.exit(3)
        case b"error":
            raise ValueError
        case b"sleep":
            time.sleep(60)
        case b"memory":
            return {"size": len(bytearray(8 << 30))}
        case b"print":
            print("not an answer", flush=True)
            os.write(1, b"\0\0\0\1x")
        case b"nothing":
            return {"number": float("nan")}
        case b"first time":
            mark = Path(arguments[0])
            if not mark.exists():
                mark.touch()
                os.abort()
    return {"pid": os.getpid(), "size": len(data), "arguments": list(arguments)}
