"""A rule that says no raises a Refusal: the class name is the code, the docstring the sentence a person reads."""

import re
from typing import Any, ClassVar

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

MEDIA_TYPE = "application/problem+json"


class Refusal(Exception):
    """请求不能完成。"""

    status: ClassVar[int] = 409
    code: ClassVar[str] = "refusal"
    constraint: ClassVar[str | tuple[str, ...]] = ()  # the database constraints that hold the same rule
    registry: ClassVar[dict[str, type["Refusal"]]] = {}

    def __init__(self, detail: str | None = None, **facts: Any) -> None:
        """`detail` replaces the docstring's sentence where it can say more; `facts` are JSON values for the screen."""
        self.detail = detail or (type(self).__doc__ or "").strip()
        self.facts = facts
        super().__init__(self.code)

    def __init_subclass__(cls) -> None:
        cls.code = re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()
        Refusal.registry[cls.code] = cls

    @classmethod
    def of_constraint(cls, name: str | None) -> "type[Refusal] | None":
        if name is not None and name.startswith("fk_") and name.endswith("_campaign_id"):
            return NotFound  # every table hangs on its campaign, and this one does not exist
        return next((r for r in cls.registry.values() if name in _names(r.constraint)), None)


def _names(constraint: str | tuple[str, ...]) -> tuple[str, ...]:
    return (constraint,) if isinstance(constraint, str) else constraint


class NotFound(Refusal):
    """没有找到，可能已被删除，或者链接不完整。"""

    status = 404


class InvalidRequest(Refusal):
    """提交的内容格式不对，请检查后再试。"""

    status = 422


class MethodNotAllowed(Refusal):
    """这个地址不支持这种操作。"""

    status = 405


class RequestTooLarge(Refusal):
    """内容太大，请分批提交。"""

    status = 413


class TryAgainLater(Refusal):
    """系统正忙，稍后会自动恢复，请过几秒再试。"""

    status = 503


class Unexpected(Refusal):
    """系统出错了，已经记录。请稍后再试，仍不行请联系管理员。"""

    status = 500


class OpIdReused(Refusal):
    """这个操作编号已经用于别的内容，请刷新后再试。"""


class FieldFault(BaseModel):
    """One field that was not understood. Never holds the value that was sent."""

    field: str
    reason: str


class Problem(BaseModel):
    """RFC 9457 problem details."""

    type: str = Field(examples=["/problems/not_found"])
    title: str = Field(examples=["NotFound"])
    status: int = Field(examples=[404])
    code: str = Field(examples=["not_found"])
    detail: str = Field(description="the sentence for the person, in Chinese")
    facts: dict[str, Any] = Field(description="measured values, limits and names that the sentence is about")
    faults: list[FieldFault] = Field(description="for invalid_request: which fields, and why")


def problem_response(refusal: Refusal, faults: list[FieldFault] | None = None) -> JSONResponse:
    cls = type(refusal)
    body = Problem(
        type=f"/problems/{cls.code}",
        title=cls.__name__,
        status=cls.status,
        code=cls.code,
        detail=refusal.detail,
        facts=refusal.facts,
        faults=faults or [],
    )
    headers = {"Cache-Control": "no-store"}
    if cls.status in (429, 503):
        headers["Retry-After"] = str(refusal.facts.get("retry_after_seconds", 3))
    return JSONResponse(body.model_dump(mode="json"), cls.status, headers, media_type=MEDIA_TYPE)


async def on_refusal(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Refusal)
    return problem_response(error)


async def on_invalid(_: Request, error: Exception) -> JSONResponse:
    """422 in the same shape; names the field and the reason, never echoes what was sent."""
    assert isinstance(error, RequestValidationError)
    faults = [
        FieldFault(field=".".join(str(part) for part in e["loc"][:6])[:200], reason=str(e["type"]))
        for e in error.errors()[:50]
    ]
    return problem_response(InvalidRequest(), _printable(faults))


async def on_http(_: Request, error: Exception) -> JSONResponse:
    """Starlette's own errors (no such path, wrong method, unreadable body) in our shape."""
    assert isinstance(error, HTTPException)
    found: dict[int, type[Refusal]] = {404: NotFound, 405: MethodNotAllowed, 413: RequestTooLarge, 503: TryAgainLater}
    refusal = found.get(error.status_code, InvalidRequest)
    return problem_response(refusal())


def _printable(faults: list[FieldFault]) -> list[FieldFault]:
    """A lone surrogate in a field's name cannot be encoded as UTF-8; it is shown as a question mark."""
    return [FieldFault(field=f.field.encode("utf-8", "replace").decode(), reason=f.reason) for f in faults]


def refuses(*refusals: type[Refusal]) -> dict[int | str, dict[str, Any]]:
    """The `responses=` of an endpoint: its refusals, one entry a status, codes in the description and examples."""
    by_status: dict[int | str, list[type[Refusal]]] = {}
    every: tuple[type[Refusal], ...] = (*refusals, InvalidRequest, TryAgainLater)
    for refusal in every:
        by_status.setdefault(refusal.status, []).append(refusal)
    return {
        status: {
            "model": Problem,
            "description": "; ".join(f"`{r.code}` {(r.__doc__ or '').strip()}" for r in group),
            "content": {MEDIA_TYPE: {"examples": {r.code: {"value": _example(r)} for r in group}}},
        }
        for status, group in by_status.items()
    }


def _example(refusal: type[Refusal]) -> dict[str, Any]:
    return {
        "type": f"/problems/{refusal.code}",
        "title": refusal.__name__,
        "status": refusal.status,
        "code": refusal.code,
        "detail": (refusal.__doc__ or "").strip(),
        "facts": {},
        "faults": [],
    }
