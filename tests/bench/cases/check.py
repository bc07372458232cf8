"""The check of photos: in one process, and as the server asks for it, beside nothing but decoding the same files."""

import asyncio
import io
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from crowd import Crowd
from PIL import Image
from report import Measured, Report, percentile
from server import Site

from gradphoto.core.settings import settings
from gradphoto.photos import checker
from gradphoto.photos.checking.check import check
from gradphoto.photos.checking.file import check_file
from portraits import portrait

SEEDS = 20


async def run(site: Site, crowd: Crowd, report: Report, rounds: int, quick: bool) -> None:
    files = [portrait(seed) for seed in range(SEEDS)] * (1 if quick else 10)
    hands = settings().check_hands
    check(files[0])  # loads the models
    await asyncio.gather(*(checker.check_photo(data) for data in files[: 2 * hands]))
    try:
        for _ in range(rounds):
            n = len(files)
            plain, whole, alone = _each(decode, files), _each(check, files), _each(check_file, files)
            one_thread = n / sum(plain)
            report.add(
                Measured("check", n / sum(whole), "1/s", n, "Pillow decoding alone, one thread", one_thread),
                Measured("check_p50", percentile(whole, 0.5) * 1000, "ms", n),
                Measured("check_p95", percentile(whole, 0.95) * 1000, "ms", n),
                Measured("check_file_only", n / sum(alone), "1/s", n, "Pillow decoding alone, one thread", one_thread),
            )
            began = time.perf_counter()
            for start in range(0, n, 50):  # the line of those who wait is bounded
                await asyncio.gather(*(checker.check_photo(data) for data in files[start : start + 50]))
            crew = n / (time.perf_counter() - began)
            limit = f"Pillow decoding alone, {hands} threads"
            report.add(Measured("check_by_crew", crew, "1/s", n, limit, _together(files, hands)))
            report.add(Measured("check_memory_of_one_process", max(map(_memory, checker.children())), "MB", hands))
    finally:
        await checker.close_checker()


def decode(data: bytes) -> None:
    Image.open(io.BytesIO(data)).load()


def _each(work: Callable[[bytes], object], files: list[bytes]) -> list[float]:
    """Seconds of each."""
    seconds = []
    for data in files:
        began = time.perf_counter()
        work(data)
        seconds.append(time.perf_counter() - began)
    return seconds


def _together(files: list[bytes], threads: int) -> float:
    """Files a second."""
    began = time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        for _ in pool.map(decode, files):
            pass
    return len(files) / (time.perf_counter() - began)


def _memory(pid: int) -> float:
    """The most that was really used, in MB."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024
