"""A real PostgreSQL for the whole run, and for each test a database of its own, cloned from a template in milliseconds.

Everything a request does is really committed, so deferred constraints, locks and races are the ones of the product.
"""

import os
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from itertools import count
from pathlib import Path

HOME = Path(tempfile.mkdtemp(prefix="gradphoto-tests-"))
os.environ.update(
    GRADPHOTO_DATA_DIR=str(HOME), GRADPHOTO_PUBLIC_URL="http://test", GRADPHOTO_SPA_DIR=str(HOME / "none")
)

import httpx  # noqa: E402
import psycopg  # noqa: E402
import pytest  # noqa: E402
from hypothesis import settings as hypothesis  # noqa: E402

import make  # noqa: E402
from agency import Agency  # noqa: E402
from gradphoto.app import app  # noqa: E402
from gradphoto.core import db as database  # noqa: E402
from gradphoto.core import migrations  # noqa: E402
from gradphoto.core.events import hub  # noqa: E402
from gradphoto.core.jobs import conninfo  # noqa: E402
from gradphoto.core.postgres import throwaway  # noqa: E402
from gradphoto.core.security import make_keys  # noqa: E402
from gradphoto.core.settings import settings  # noqa: E402

# How long an example takes says more about the neighbours on the machine than about the code.
hypothesis.register_profile("untimed", deadline=None)
hypothesis.load_profile("untimed")

_numbers = count()


@pytest.fixture(scope="session", autouse=True)
def keys() -> None:
    make_keys(settings().keys_dir)


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """URL of the maintenance database of a running server."""
    with throwaway(say=lambda _: None) as url:
        yield url


@pytest.fixture(scope="session")
def empty(server: str) -> str:
    """Name of a migrated database without rows."""
    clone(server, "empty", None)
    migrations.upgrade(_url(server, "empty"))
    return "empty"


@pytest.fixture(scope="session")
def small(server: str, empty: str) -> str:
    """Name of a database with the small campaign of `make.py`: 2 colleges, 4 class groups, 14 students, 2 slots."""
    return make.filled(server, empty, "small", make.small_campaign)


@pytest.fixture(scope="session")
def real(server: str, empty: str) -> str:
    """Name of a database with the notice's own campaign: 13 colleges, 117 class groups, 3,300 students, 14 slots."""
    return make.filled(server, empty, "real", make.real_campaign)


def clone(server: str, name: str, template: str | None) -> str:
    with psycopg.connect(conninfo(server), autocommit=True) as connection:
        connection.execute(f"create database {name} template {template or 'template1'} strategy wal_log")
    return _url(server, name)


def _url(server: str, name: str) -> str:
    return server.replace("/gradphoto?", f"/{name}?")


def drop(server: str, name: str) -> None:
    """Again while an autovacuum worker is in it: that is the superuser's, and not ours to end."""
    with psycopg.connect(conninfo(server), autocommit=True) as connection:
        for left in reversed(range(50)):
            try:
                connection.execute(f"drop database {name} with (force)")
                return
            except psycopg.errors.InsufficientPrivilege:
                if not left:
                    raise
                time.sleep(0.1)


@pytest.fixture
def template(small: str) -> str:
    """Which database a test begins with; a test module overrides it."""
    return small


@pytest.fixture
async def database_url(server: str, template: str) -> AsyncIterator[str]:
    name = f"test_{next(_numbers)}"
    url = clone(server, name, template)
    engine = database.connect(url, pool_size=4)
    yield url
    await hub.stop()
    await engine.dispose()
    drop(server, name)


@pytest.fixture
async def anybody(database_url: str) -> AsyncIterator[httpx.AsyncClient]:
    """A browser that has not signed in."""
    async with browser() as client:
        yield client


def browser() -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://test/api/v1")


@pytest.fixture
async def people(database_url: str) -> AsyncIterator[make.People]:
    """Signed-in browsers: people.registrar, .agency, .counsellor, .screen, .monitor, .student, …"""
    async with make.People(browser) as everybody:
        yield everybody


@pytest.fixture
def agency(people: make.People) -> Agency:
    return Agency(people)
