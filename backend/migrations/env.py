"""Runs migrations: all of them in one transaction, one starter at a time, never waiting long for a table's lock."""

from typing import Any, Literal

from alembic import context
from sqlalchemy import create_engine, pool, text
from sqlmodel.sql.sqltypes import AutoString

from gradphoto import models
from gradphoto.core.db import Word, metadata
from gradphoto.core.migrations import database


def is_ours(name: str | None, kind: str, _: Any) -> bool:
    """procrastinate's tables are made by its own SQL, inside a migration of ours."""
    return not (kind == "table" and (name or "").startswith("procrastinate_"))


def render(kind: str, thing: Any, _: Any) -> str | Literal[False]:
    """SQLModel's strings and our words are plain strings: a migration should not change its meaning with the code."""
    if kind == "type" and isinstance(thing, AutoString):
        return f"sa.String(length={thing.length})" if thing.length else "sa.String()"
    if kind == "type" and isinstance(thing, Word):
        return "sa.String()"
    return False


assert models.ALL_MODELS  # imported so that `metadata` knows every table
engine = create_engine(database(context.config), poolclass=pool.NullPool, hide_parameters=True)
with engine.begin() as connection:
    # The lock is taken before the timeout is set: a second starter waits for the first, however long that takes.
    connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('gradphoto.migrations'))"))
    connection.execute(text("SET LOCAL lock_timeout = '5s'"))
    context.configure(
        connection=connection,
        target_metadata=metadata,
        include_name=is_ours,
        render_item=render,
        compare_type=True,
        compare_server_default=True,
    )
    context.run_migrations()
