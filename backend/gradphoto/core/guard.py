"""The doorkeeper in front of every request: size, origin, security headers. Pure ASGI, as it is on every hot path."""

import secrets
import traceback
from collections.abc import Callable
from urllib.parse import urlsplit

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gradphoto.core.errors import Refusal, RequestTooLarge, Unexpected, problem_response

log = structlog.get_logger()
CSP = (
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "connect-src 'self'; worker-src 'self' blob:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; "
    "form-action 'self'"
)
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": CSP,
    "Cross-Origin-Opener-Policy": "same-origin",
}
UNSAFE = {"POST", "PUT", "PATCH", "DELETE"}


class ForeignOrigin(Refusal):
    """请求来自别的网站，已拒绝。请从本系统的页面操作。"""

    status = 403


class Guard:
    def __init__(self, app: ASGIApp, max_body_bytes: int) -> None:
        self.app = app
        self.max_body_bytes = max_body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        request_id = secrets.token_hex(6)
        structlog.contextvars.bind_contextvars(request_id=request_id)
        send, started = _with_headers(send, scope["path"], request_id)
        if scope["method"] in UNSAFE and not same_origin(headers):
            await problem_response(ForeignOrigin())(scope, receive, send)
            return
        if not _fits(headers.get("content-length"), self.max_body_bytes):
            await problem_response(RequestTooLarge())(scope, receive, send)
            return
        try:
            await self.app(scope, _counted(receive, self.max_body_bytes), send)
        except Exception as error:
            log.error("unexpected", error=type(error).__name__, where=where(error))
            if not started():
                await problem_response(Unexpected())(scope, receive, send)


def same_origin(headers: Headers) -> bool:
    """A browser says where a request comes from; a program with a key says nothing and carries no cookie."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = headers.get("origin")
    return origin is None or urlsplit(origin).netloc == headers.get("host")


def _fits(content_length: str | None, limit: int) -> bool:
    return content_length is None or (content_length.isdigit() and int(content_length) <= limit)


def _counted(receive: Receive, limit: int) -> Receive:
    """A body without a length is counted as it comes; past the limit it ends, and parsing it fails."""
    total = 0

    async def counted() -> Message:
        nonlocal total
        message = await receive()
        total += len(message.get("body", b""))
        if total > limit:
            return {"type": "http.disconnect"}
        return message

    return counted


def _with_headers(send: Send, path: str, request_id: str) -> tuple[Send, Callable[[], bool]]:
    """`send` with our headers, and whether the answer has begun."""
    begun = False

    async def sending(message: Message) -> None:
        nonlocal begun
        if message["type"] == "http.response.start":
            begun = True
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
            headers["X-Request-ID"] = request_id  # what a person reads out when something went wrong
            if path.startswith("/api/"):
                headers.setdefault("Cache-Control", "no-store")
        await send(message)

    return sending, lambda: begun


def where(error: BaseException) -> list[str]:
    """The places of a traceback without its words: an error's text would carry names and numbers."""
    frames = traceback.extract_tb(error.__traceback__)
    return [f"{frame.filename.rsplit('/gradphoto/')[-1]}:{frame.lineno}" for frame in frames[-6:]]
