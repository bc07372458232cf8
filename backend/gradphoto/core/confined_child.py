"""The process that `confined` starts, by its path: sets the limits, then lets one module read what comes on stdin."""

import contextlib
import importlib
import json
import resource
import sys
from pathlib import Path

MEMORY_BYTES = 1 << 30
CPU_SECONDS = 20


def limit() -> None:
    for kind, value in ((resource.RLIMIT_AS, MEMORY_BYTES), (resource.RLIMIT_CPU, CPU_SECONDS)):
        with contextlib.suppress(ValueError, OSError):  # a stricter limit is set already
            resource.setrlimit(kind, (value, value))
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main() -> None:
    limit()
    sys.path.insert(0, str(Path(__file__).parents[2]))
    refused = importlib.import_module("gradphoto.core.confined").Refused
    module, *arguments = sys.argv[1:]
    reader = importlib.import_module(module)
    data = sys.stdin.buffer.read()
    try:
        answer = reader.read(data, *arguments)
    except refused as why:
        answer = {"refused": str(why)}
    sys.stdout.buffer.write(json.dumps(answer, allow_nan=False, default=str).encode())


if __name__ == "__main__":
    main()
