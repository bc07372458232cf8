"""The load: HTTP/1.1 over raw sockets, requests built beforehand, so that the client hardly uses the cores."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from report import percentile

from gradphoto.accounts.auth import cookie_name

# Given the body of the answer before (None at first), the next request; None ends this connection.
Flow = Callable[[bytes | None], bytes | None]
LONGEST_SECONDS = 180.0


def request(method: str, path: str, token: str, body: object = None, *, kind: str = "application/json") -> bytes:
    data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body, default=str).encode()
    head = f"{method} /api/v1{path} HTTP/1.1\r\nHost: bench\r\nCookie: {cookie_name()}={token}\r\n"
    return f"{head}Content-Type: {kind}\r\nContent-Length: {len(data)}\r\n\r\n".encode() + data


@dataclass(slots=True)
class Tally:
    """What came back: seconds from the first byte sent to the last answer, milliseconds of each request."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    refused: bytes = b""

    @property
    def per_second(self) -> float:
        return len(self.latencies) / self.seconds

    def ms(self, share: float) -> float:
        return percentile(self.latencies, share)


class _Caller(asyncio.Protocol):
    """One connection: a request, its whole answer, the next request."""

    def __init__(self, flow: Flow, tally: Tally, done: asyncio.Future[None]) -> None:
        self.flow, self.tally, self.done = flow, tally, done
        self.buffer = b""
        self.sent_at = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self._send(None)

    def _send(self, answer: bytes | None) -> None:
        following = self.flow(answer)
        if following is None:
            self.transport.close()
            return
        self.sent_at = time.perf_counter()
        self.transport.write(following)

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        head, end, body = self.buffer.partition(b"\r\n\r\n")
        if not end:
            return
        at = head.lower().find(b"content-length:")
        length = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
        if len(body) < length:
            return
        self.buffer = b""
        status = int(head[9:12])
        self.tally.latencies.append((time.perf_counter() - self.sent_at) * 1000)
        self.tally.statuses[status] += 1
        if status >= 300:
            self.tally.refused = body[:500]
        self._send(body)

    def connection_lost(self, error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_result(None)


async def drive(port: int, flows: Iterable[Flow]) -> Tally:
    """One connection for each flow, all at once; anything but 2xx ends the benchmark."""
    loop, tally = asyncio.get_running_loop(), Tally()
    flows = list(flows)
    ends = [loop.create_future() for _ in flows]
    began = time.perf_counter()
    for flow, end in zip(flows, ends, strict=True):
        await loop.create_connection(lambda flow=flow, end=end: _Caller(flow, tally, end), "127.0.0.1", port)
    async with asyncio.timeout(LONGEST_SECONDS):
        await asyncio.gather(*ends)
    tally.seconds = time.perf_counter() - began
    if set(tally.statuses) - {200, 201, 202, 204}:
        raise SystemExit(f"unexpected answers {dict(tally.statuses)}: {tally.refused.decode('utf-8', 'replace')}")
    return tally


def shared(requests: Iterable[bytes]) -> Flow:
    """Connections that take the next request of one common heap."""
    heap = iter(requests)
    return lambda _: next(heap, None)


async def ask(port: int, method: str, path: str, token: str, body: object = None) -> Any:
    """One request on a connection of its own; the JSON of the answer."""
    answers: list[bytes] = []

    def flow(answer: bytes | None) -> bytes | None:
        if answer is None:
            return request(method, path, token, body)
        answers.append(answer)
        return None

    await drive(port, [flow])
    return json.loads(answers[0]) if answers[0] else None


def multipart(name: str, data: bytes, content_type: str) -> tuple[bytes, str]:
    """A form with one file, and its content type."""
    head = (
        f'--x\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\nContent-Type: {content_type}\r\n\r\n'
    )
    return head.encode() + data + b"\r\n--x--\r\n", "multipart/form-data; boundary=x"


# --- live screens ----------------------------------------------------------------------------------------------------


class Screen(asyncio.Protocol):
    """A page that follows server-sent events and notes when each one came."""

    def __init__(self, path: str, token: str) -> None:
        self.head = request("GET", path, token)
        self.events: list[tuple[float, dict[str, Any]]] = []
        self.open = asyncio.Event()
        self.buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.write(self.head)

    def data_received(self, data: bytes) -> None:
        at = time.perf_counter()
        self.buffer += data
        *whole, self.buffer = self.buffer.split(b"\n\n")
        for block in whole:
            text = block.rpartition(b"\ndata: ")[2] if b"\ndata: " in block else b""  # not the head's policy
            if text and b"event: ping" not in block:
                self.events.append((at, json.loads(text)))
                self.open.set()


async def screen(port: int, path: str, token: str) -> Screen:
    """Open, once the first event is there. The caller closes its transport."""
    page = Screen(path, token)
    await asyncio.get_running_loop().create_connection(lambda: page, "127.0.0.1", port)
    try:
        async with asyncio.timeout(LONGEST_SECONDS):
            await page.open.wait()
    except TimeoutError:
        raise SystemExit(f"no event on {path}: {page.buffer[:500]!r}") from None
    return page
