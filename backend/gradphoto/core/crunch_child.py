"""The process that `crunch.py` starts: a question on stdin, limits, the answer on stdout. Run by its path."""

import contextlib
import importlib
import pickle
import resource
import sys


def main() -> None:
    memory = int(sys.argv[1]) << 20
    with contextlib.suppress(ValueError, OSError):  # a stricter limit is set already
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    answers = sys.stdout.buffer
    sys.stdout = sys.stderr  # a library that prints does not spoil the answer
    sys.path.insert(0, sys.argv[2])
    try:
        function, arguments = pickle.loads(sys.stdin.buffer.read())
        module, _, name = function.partition(":")
        answer = ("answer", getattr(importlib.import_module(module), name)(*arguments))
    except Exception as error:
        answer = ("error", type(error).__name__)
    answers.write(pickle.dumps(answer))
    answers.flush()


if __name__ == "__main__":
    main()
