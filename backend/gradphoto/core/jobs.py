"""Background work by procrastinate: a job commits or vanishes with the rows of the request that deferred it."""

from typing import Any

from procrastinate import App, PsycopgConnector
from procrastinate.tasks import Task
from sqlalchemy.ext.asyncio import AsyncSession

from gradphoto.core.settings import settings


def conninfo(url: str | None = None) -> str:
    """libpq's form of the SQLAlchemy URL."""
    secret = settings().database_url
    chosen = url or (secret.get_secret_value() if secret else "")
    return chosen.replace("postgresql+psycopg://", "postgresql://")


jobs = App(connector=PsycopgConnector(conninfo=conninfo()))


async def defer(db: AsyncSession, task: Task[..., Any, Any], **arguments: Any) -> int:
    """Defer `task` on the connection of `db`. Arguments are ids, never names or numbers: job rows are readable."""
    raw = (await (await db.connection()).get_raw_connection()).driver_connection
    return await task.configure(connection=raw).defer_async(**arguments)


async def work(url: str) -> None:
    """Run jobs until cancelled."""
    # Replaced, not copied by `with_connector`: periodic tasks are deferred through the app that declared them.
    with jobs.replace_connector(PsycopgConnector(conninfo=conninfo(url), min_size=1, max_size=4)) as app:
        async with app.open_async():
            await app.run_worker_async(concurrency=2, install_signal_handlers=False, delete_jobs="successful")
