"""One request, one transaction: the session that commits before the answer leaves, and the columns all tables share."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any

from fastapi import Depends
from sqlalchemy import DateTime, LargeBinary, String, TypeDecorator, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlmodel import Field, SQLModel

metadata = SQLModel.metadata
metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

# Everybody asks the factory, never an engine: a test binds it to a database of its own.
sessions: async_sessionmaker[AsyncSession] = async_sessionmaker(expire_on_commit=False)
# For what must be kept although the request is refused (a counted try). Its own few connections: a crowd of requests
# that each held one and waited for a second would wait for ever.
aside: async_sessionmaker[AsyncSession] = async_sessionmaker(expire_on_commit=False)


@dataclass(frozen=True)
class Engines:
    main: AsyncEngine
    aside: AsyncEngine

    async def dispose(self) -> None:
        await self.main.dispose()
        await self.aside.dispose()


def connect(url: str, pool_size: int = 8) -> Engines:
    """Bind the session factories to `url`; the caller disposes of the engines."""
    engines = Engines(_engine(url, pool_size), _engine(url, 2))
    sessions.configure(bind=engines.main)
    aside.configure(bind=engines.aside)
    return engines


def _engine(url: str, pool_size: int) -> AsyncEngine:
    return create_async_engine(
        url.replace("postgresql://", "postgresql+psycopg://", 1),
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=10,
        pool_pre_ping=True,
        hide_parameters=True,  # an error log would carry student numbers
    )


async def transaction() -> AsyncIterator[AsyncSession]:
    async with sessions() as db, db.begin():
        yield db


# scope="function": the commit happens before the answer is sent, not after.
Db = Annotated[AsyncSession, Depends(transaction, scope="function")]


async def refresh_statistics(db: AsyncSession, *tables: str) -> None:
    """After many rows came at once: until autovacuum looks, the planner believes there is one."""
    for table in tables:
        await db.execute(text(f"analyze {table}"))


def now() -> datetime:
    return datetime.now(UTC)


# --- columns -------------------------------------------------------------------------------------------------------


def new_id(**more: Any) -> Any:
    """A UUIDv7 made by the server, so that keys sort by the time they were made."""
    return Field(default=None, primary_key=True, sa_column_kwargs={"server_default": text("uuidv7()")}, **more)


def in_campaign() -> Any:
    """First part of every key: rows of one campaign live, move and are deleted together."""
    return Field(primary_key=True, foreign_key="campaign.id")


def instant(*, default_now: bool = False, optional: bool = False, **more: Any) -> Any:
    if default_now:
        more["sa_column_kwargs"] = {"server_default": text("now()")}
    if default_now or optional:
        more["default"] = None
    return Field(sa_type=DateTime(timezone=True), **more)


class Word(TypeDecorator[StrEnum]):
    """A StrEnum kept as text: native Postgres enums do not survive a downgrade."""

    impl = String
    cache_ok = True

    def __init__(self, words: type[StrEnum]) -> None:
        super().__init__()
        self.words = words

    def process_result_value(self, value: str | None, dialect: Any) -> StrEnum | None:
        return None if value is None else self.words(value)


def word(words: type[StrEnum], default: StrEnum | None = None, *, optional: bool = False, **more: Any) -> Any:
    if default is not None:
        more |= {"default": default, "sa_column_kwargs": {"server_default": default.value}}
    elif optional:
        more["default"] = None
    return Field(sa_type=Word(words), **more)


def document(**more: Any) -> Any:
    return Field(sa_type=JSONB, **more)


def binary(**more: Any) -> Any:
    return Field(sa_type=LargeBinary, **more)
