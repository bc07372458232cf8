"""The process that `confined` starts, by its path: sets limits, then lets one module read what comes on stdin."""

import contextlib
import importlib
import os
import resource
import sys
from pathlib import Path

CPU_SECONDS = 20  # for one question


def limit(memory_mb: int) -> None:
    for kind, value in ((resource.RLIMIT_AS, memory_mb << 20), (resource.RLIMIT_CORE, 0)):
        with contextlib.suppress(ValueError, OSError):  # a stricter limit is set already
            resource.setrlimit(kind, (value, value))


def limit_question() -> None:
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, most = resource.getrlimit(resource.RLIMIT_CPU)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime) + 1 + CPU_SECONDS, most))


def main() -> None:
    module, memory_mb = sys.argv[1:]
    limit(int(memory_mb))
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # a library that prints does not spoil the answer
    sys.path.insert(0, str(Path(__file__).parents[2]))
    pipe = importlib.import_module("gradphoto.core.confined_pipe")
    refused = importlib.import_module("gradphoto.core.confined").Refused
    reader = importlib.import_module(module)
    pipe.say_ready(answers)
    while (question := pipe.read_question(sys.stdin.buffer)) is not None:
        limit_question()
        data, arguments = question
        going = True
        try:
            answer = reader.read(data, *arguments)
        except refused as why:
            answer = {"refused": str(why)}
        except MemoryError:
            answer, going = {"refused": "bomb"}, False
        except Exception:
            answer = {"refused": "broken"}
        except BaseException:  # a panic of a library that is not Python
            answer, going = {"refused": "broken"}, False
        pipe.write_answer(answers, answer)
        if not going:
            break


if __name__ == "__main__":
    main()
