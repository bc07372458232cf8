"""The SQL that one request runs, as a pgbench script: written down while the product answers, so never out of date."""

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from typing import Any

import httpx
from psycopg import sql
from sqlalchemy import event

from gradphoto.accounts.auth import cookie_name
from gradphoto.app import app
from gradphoto.core import db as database

_PARAMETER = re.compile(r"%\((\w+)\)s|%%")


@dataclass(frozen=True, slots=True)
class Statement:
    text: str
    values: Mapping[str, Any]


@contextmanager
def _written_down(engine: Any) -> Iterator[list[Statement]]:
    seen: list[Statement] = []

    def note(connection: Any, cursor: Any, text: str, values: Any, context: Any, many: bool) -> None:
        for each in values if many else [values]:
            seen.append(Statement(text, dict(each or {})))

    event.listen(engine.main.sync_engine, "before_cursor_execute", note)
    yield seen
    event.remove(engine.main.sync_engine, "before_cursor_execute", note)


async def statements_of(url: str, method: str, path: str, token: str, body: object) -> list[Statement]:
    """Everything that this request asks of the database, in order. The request really happens."""
    engine = database.connect(url)
    with _written_down(engine) as seen:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://bench/api/v1") as client:
            client.cookies.set(cookie_name(), token)
            answer = await client.request(method, path, json=body)
            assert answer.is_success, answer.text
    await engine.dispose()
    return seen


def script(statements: Iterable[Statement], places: Mapping[Any, str], each: str = "") -> str:
    """pgbench's form of one transaction. `places`: value of the recorded request -> SQL that gives the value of
    another one; every other value is a constant. `each` is run before, outside the transaction."""
    body = [_rendered(one, places) + ";" for one in statements]
    return "\n".join([each, "begin;", *body, "commit;", ""] if len(body) > 1 else [each, *body, ""])


def _rendered(one: Statement, places: Mapping[Any, str]) -> str:
    def value(found: re.Match[str]) -> str:
        return "%" if found[0] == "%%" else _literal(one.values[found[1]], places)

    return _PARAMETER.sub(value, one.text)


def _literal(value: Any, places: Mapping[Any, str]) -> str:
    if isinstance(value, list | tuple):
        return f"array[{', '.join(_literal(item, places) for item in value)}]"
    if getattr(value, "__hash__", None) and value in places:
        return places[value]
    plain = value.value if isinstance(value, Enum) else value
    return sql.Literal(plain).as_string()
