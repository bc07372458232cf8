"""Heavy computing apart: the answer comes back, limits hold, and what fails takes nothing along."""

import asyncio

import pytest

from gradphoto.core.crunch import CrunchFailed, crunch


async def test_the_answer_comes_back_as_values() -> None:
    assert await crunch("math:isqrt", 10**20, seconds=20) == 10**10


@pytest.mark.parametrize(
    ("function", "arguments", "why"),
    [
        ("time:sleep", (60,), "timeout"),
        ("builtins:bytearray", (3 << 30,), "memory"),
        ("os:_exit", (3,), "stopped"),
        ("os:abort", (), "stopped"),
        ("math:sqrt", (-1,), "ValueError"),
        ("gradphoto.nowhere:solve", (), "ModuleNotFoundError"),
    ],
)
async def test_a_failure_says_why_and_ends(function: str, arguments: tuple, why: str) -> None:
    with pytest.raises(CrunchFailed) as failed:
        await crunch(function, *arguments, seconds=2 if why == "timeout" else 20, memory_mb=512)
    assert failed.value.why == why


async def test_the_loop_goes_on_meanwhile() -> None:
    crunching = asyncio.create_task(crunch("time:sleep", 0.5, seconds=20))
    turns = 0
    while not crunching.done():
        await asyncio.sleep(0.01)
        turns += 1
    await crunching
    assert turns >= 5  # a loop that was held up would have seen it done at its first turn
