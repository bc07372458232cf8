"""Readers in processes of their own: whatever a file does to one, the next question is answered."""

import asyncio
import contextlib
import errno
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from gradphoto.core import confined, confined_pipe
from gradphoto.core.confined import read_confined
from gradphoto.core.confined_crew import Busy, Closed, Crew, NotUp
from gradphoto.photos import checker
from gradphoto.photos.checking.check import check
from gradphoto.photos.checking.report import PhotoReport, Unreadable
from gradphoto.photos.checking.small import thumbnail
from gradphoto.photos.checking.standard import STANDARD, Profile
from portraits import portrait

READER = "trouble_reader"


@pytest.fixture(autouse=True)
def reader_of_the_tests(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Children see the project only; these see the tests too."""
    home = str(confined_pipe.CHILD.parent)
    child = tmp_path / "child.py"
    tests = str(Path(__file__).parent)
    child.write_text(
        f"import sys\nsys.path[:0] = [{home!r}, {tests!r}]\nimport confined_child\nconfined_child.main()\n"
    )
    monkeypatch.setattr(confined_pipe, "CHILD", child)
    yield


@asynccontextmanager
async def crew(**limits: Any) -> AsyncIterator[Crew]:
    made = Crew(READER, **{"hands": 1, "seconds": 20} | limits)
    try:
        yield made
    finally:
        await made.close()


def is_there(pid: int) -> bool:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().split(") ")[1][0] != "Z"
    return False


async def gone(pid: int) -> bool:
    for _ in range(200):
        if not is_there(pid):
            return True
        await asyncio.sleep(0.05)
    return False


async def test_one_child_answers_many_questions() -> None:
    async with crew() as hands:
        first = await hands.ask(b"\0" * 300_000, "a", "贰")
        second = await hands.ask(b"")
    assert (first["size"], first["arguments"]) == (300_000, ["a", "贰"])
    assert first["pid"] == second["pid"] != os.getpid()
    assert await gone(first["pid"])


@pytest.mark.parametrize("trouble", [b"abort", b"kill", b"nothing"])
async def test_a_question_that_ends_two_children_is_given_up_and_the_next_is_answered(trouble: bytes) -> None:
    async with crew() as hands:
        before = await hands.ask(b"x")
        assert await hands.ask(trouble) == {"refused": "died"}
        after = await hands.ask(b"x")
    assert after["pid"] != before["pid"]
    assert not is_there(before["pid"])


async def test_a_question_whose_child_died_of_something_else_is_asked_again(tmp_path: Path) -> None:
    async with crew() as hands:
        answer = await hands.ask(b"first time", str(tmp_path / "mark"))
    assert answer["size"] == len(b"first time")


async def test_a_question_that_takes_too_long_is_given_up() -> None:
    async with crew(seconds=0.5) as hands:
        await asyncio.sleep(0.5)
        began = time.monotonic()
        assert await hands.ask(b"sleep") == {"refused": "timeout"}
        assert time.monotonic() - began < 10
        assert "pid" in await hands.ask(b"x")


async def test_memory_is_limited_and_the_child_that_ran_out_is_replaced() -> None:
    async with crew(memory_mb=512) as hands:
        before = await hands.ask(b"x")
        assert await hands.ask(b"memory") == {"refused": "bomb"}
        after = await hands.ask(b"x")
    assert before["pid"] != after["pid"]


async def test_errors_are_answers_and_what_is_printed_is_none() -> None:
    async with crew() as hands:
        one = await hands.ask(b"print")
        assert await hands.ask(b"error") == {"refused": "broken"}
        assert await hands.ask(b"exit") == {"refused": "broken"}
        two = await hands.ask(b"print")
    assert one["size"] == two["size"] == 5


async def test_a_child_is_replaced_after_its_questions() -> None:
    async with crew(questions=2) as hands:
        pids = [(await hands.ask(b"x"))["pid"] for _ in range(5)]
    assert pids[0] == pids[1] != pids[2] == pids[3] != pids[4]


async def test_the_waiting_line_is_bounded() -> None:
    async with crew(seconds=1, waiting=2) as hands:
        waiting = [asyncio.create_task(hands.ask(b"sleep"))]
        waiting += [asyncio.create_task(hands.ask(b"x")) for _ in range(2)]
        await asyncio.sleep(0)
        with pytest.raises(Busy):
            await hands.ask(b"x")
        answers = await asyncio.gather(*waiting)
        assert answers[0] == {"refused": "timeout"}
        assert all("pid" in answer for answer in answers[1:])
        assert "pid" in await hands.ask(b"x"), "the line is free again"


async def test_who_gives_up_leaves_the_crew_at_work() -> None:
    async with crew() as hands:
        task = asyncio.create_task(hands.ask(b"x"))
        await asyncio.sleep(0)
        task.cancel()
        assert "pid" in await hands.ask(b"x")


async def test_who_gives_up_before_their_turn_frees_their_place() -> None:
    async with crew(waiting=2) as hands:
        for _ in range(3):
            asked = asyncio.create_task(hands.ask(b"x"))
            await asyncio.sleep(0)
            others = [asyncio.create_task(hands.ask(b"x")) for _ in range(2)]
            await asyncio.sleep(0)
            for one in others:
                one.cancel()
            assert "pid" in await asked
        answers = await asyncio.gather(*(hands.ask(b"x") for _ in range(3)))
        assert len(answers) == 3, "all three places are free again"


async def test_a_reader_that_cannot_be_loaded_says_nothing_about_a_file() -> None:
    hands = Crew("no_such_reader", hands=1)
    try:
        for _ in range(2):
            with pytest.raises(NotUp):
                await hands.ask(b"x")
    finally:
        await hands.close()


async def test_the_time_to_load_is_not_the_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    slow = confined_pipe.CHILD.read_text().replace(
        "import confined_child", "import confined_child, time\ntime.sleep(2)"
    )
    (tmp_path / "slow.py").write_text(slow)
    monkeypatch.setattr(confined_pipe, "CHILD", tmp_path / "slow.py")
    async with crew(seconds=1) as hands:
        assert "pid" in await hands.ask(b"x")
        assert await hands.ask(b"sleep") == {"refused": "timeout"}, "but a question's time is"


async def test_no_process_at_all_is_no_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_memory(*_: object) -> None:
        raise OSError(errno.ENOMEM, "fork")

    monkeypatch.setattr(confined_pipe, "start", no_memory)
    async with crew() as hands:
        monkeypatch.setattr(checker, "_crew", lambda: hands)
        with pytest.raises(checker.CheckBusy):
            await checker.check_photo(b"x")


async def test_a_closed_crew_takes_nothing_and_waits_for_nobody() -> None:
    hands = Crew(READER, hands=1, seconds=60)
    pid = (await hands.ask(b"x"))["pid"]
    stuck = asyncio.create_task(hands.ask(b"sleep"))
    await asyncio.sleep(0.2)
    began = time.monotonic()
    await hands.close()
    assert time.monotonic() - began < 10
    with pytest.raises(Closed):  # nothing is said about the file
        await stuck
    assert not is_there(pid)
    with pytest.raises(Closed):
        await hands.ask(b"x")


async def test_children_end_with_a_parent_that_was_killed() -> None:
    parent = textwrap.dedent(
        f"""
        import asyncio, time
        from pathlib import Path
        from gradphoto.core import confined_pipe
        confined_pipe.CHILD = Path({str(confined_pipe.CHILD)!r})
        from gradphoto.core.confined_crew import Crew
        print(asyncio.run(Crew({READER!r}, hands=1).ask(b"x"))["pid"], flush=True)
        time.sleep(60)
        """
    )
    home = str(Path(confined.__file__).parents[2])
    process = subprocess.Popen(
        [sys.executable, "-c", parent], stdout=subprocess.PIPE, text=True, env=os.environ | {"PYTHONPATH": home}
    )
    assert process.stdout is not None
    pid = int(await asyncio.to_thread(process.stdout.readline))
    assert is_there(pid)
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    assert await gone(pid)


def test_one_question_to_one_process_goes_the_same_way() -> None:
    first, second = read_confined(READER, b"xy", "a"), read_confined(READER, b"")
    assert (first["size"], first["arguments"]) == (2, ["a"])
    assert first["pid"] != second["pid"]
    assert read_confined(READER, b"memory") == read_confined(READER, b"abort") == {"refused": "bomb"}
    assert read_confined(READER, b"error") == {"refused": "broken"}
    assert not is_there(first["pid"])


# --- photos -----------------------------------------------------------------------------------------------------------


@pytest.fixture
async def photo_crew(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    monkeypatch.setattr(confined_pipe, "CHILD", Path(confined.__file__).with_name("confined_child.py"))
    await checker.close_checker()
    yield
    await checker.close_checker()


async def test_a_photo_is_checked_in_another_process_with_the_same_answer(photo_crew: None) -> None:
    data = portrait()
    assert await checker.check_photo(data) == check(data)
    assert await checker.check_photo(data + b"record", profile=Profile.on_site) == check(
        data + b"record", STANDARD, Profile.on_site
    )
    strict = STANDARD.from_values({"face_width_min": 290})
    answers = await asyncio.gather(*(checker.check_photo(data, strict) for _ in range(4)))
    assert all("face_small" in {one.code for one in report.findings} for report in answers)
    assert await checker.small_picture(data, 120) == thumbnail(data, 120)
    with pytest.raises(Unreadable):
        await checker.small_picture(b"\xff\xd8 no picture")


async def test_a_photo_that_stops_the_check_is_put_aside(monkeypatch: pytest.MonkeyPatch) -> None:
    async with crew() as hands:
        monkeypatch.setattr(checker, "_crew", lambda: hands)
        report = await checker.check_photo(b"abort")
        assert not report.accepted and isinstance(report, PhotoReport)
        assert [one.code for one in report.findings] == ["quarantined"]
        assert report.size == 5 and report.width is None
        with pytest.raises(Unreadable):
            await checker.small_picture(b"abort")


async def test_a_full_line_is_told_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    async with crew(waiting=0, seconds=1) as hands:
        monkeypatch.setattr(checker, "_crew", lambda: hands)
        waiting = asyncio.create_task(hands.ask(b"sleep"))
        await asyncio.sleep(0)
        with pytest.raises(checker.CheckBusy):
            await checker.check_photo(b"x")
        await waiting


async def test_the_server_does_not_load_what_the_check_needs() -> None:
    """Negative control: the reader does."""
    heavy = "print([one for one in ('cv2', 'numpy', 'ai_edge_litert', 'PIL') if one in sys.modules])"
    home = str(Path(confined.__file__).parents[2])
    said = [
        subprocess.run(
            [sys.executable, "-c", f"import sys\nimport gradphoto.photos.{module}\n{heavy}"],
            env=os.environ | {"PYTHONPATH": home}, capture_output=True, text=True, check=True,
        ).stdout.strip()
        for module in ("checker", "checking.reader")
    ]  # fmt: skip
    assert said == ["[]", "['cv2', 'numpy', 'ai_edge_litert', 'PIL']"]
