"""The schema: bring a database to it, ask whether it is there, and write the next step of it."""

import io
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import create_engine, pool
from sqlalchemy.exc import OperationalError

from gradphoto.core.process import CannotStart
from gradphoto.core.settings import PROJECT, settings

INI = PROJECT / "alembic.ini"


def upgrade(url: str) -> None:
    """To the newest migration: all of it or nothing. Safe to call by several starters at once."""
    try:
        command.upgrade(_config(url), "head")
    except OperationalError as error:
        what = "表正被占用，五秒内没有等到" if "lock timeout" in str(error.orig) else _first_line(error)
        raise CannotStart(f"数据库升级没有做成，原来的数据没有动：{what}。") from error
    except CommandError as error:
        if "locate revision" in str(error):
            raise CannotStart("数据库的版本比程序新，请使用新版本的程序。") from error
        raise


def downgrade(url: str, revision: str = "-1") -> None:
    command.downgrade(_config(url), revision)


def versions(url: str) -> tuple[str | None, str | None]:
    """(of the database, of the program): equal when nothing has to be migrated."""
    engine = create_engine(url, poolclass=pool.NullPool)
    try:
        with engine.connect() as connection:
            current = MigrationContext.configure(connection).get_current_revision()
    except OperationalError as error:
        raise CannotStart(f"连不上数据库：{_first_line(error)}") from error
    return current, ScriptDirectory.from_config(_config(url)).get_current_head()


def write_next(url: str, message: str) -> Path | None:
    """Compare the models with the empty database `url`, write the difference as a migration, and try it up, down, up.
    None when there is no difference."""
    config = _config(url)
    upgrade(url)
    differences = command.revision(config, message, autogenerate=True)
    script = differences[0] if isinstance(differences, list) else differences
    assert script is not None
    path = Path(script.path)
    if "    pass\n" in path.read_text("utf-8").partition("def upgrade")[2].partition("def downgrade")[0]:
        path.unlink()
        return None
    upgrade(url)
    downgrade(url)
    upgrade(url)
    command.check(config)
    return path


def database(config: Config) -> str:
    """For env.py: the URL given by the functions above, or the one of the settings when `alembic` is called by hand."""
    if "url" in config.attributes:
        return str(config.attributes["url"])
    secret = settings().database_url
    if secret is None:
        raise CannotStart("没有设置 GRADPHOTO_DATABASE_URL。")
    return secret.get_secret_value()


def _config(url: str) -> Config:
    config = Config(INI, stdout=io.StringIO())
    config.attributes["url"] = url
    return config


def _first_line(error: OperationalError) -> str:
    return str(error.orig).strip().splitlines()[0]
