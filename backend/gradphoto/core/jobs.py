"""Background work by procrastinate: a job commits or vanishes with the rows of the request that deferred it."""

import asyncio
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


QUICK = "default"
SLOW = "slow"  # for what may take minutes: it has hands of its own, so that what is due every minute finds one free
HANDS = {QUICK: 2, SLOW: 2}

jobs = App(connector=PsycopgConnector(conninfo=conninfo()))


async def defer(db: AsyncSession, task: Task[..., Any, Any], **arguments: Any) -> int:
    """Defer `task` on the connection of `db`. Arguments are ids, never names or numbers: job rows are readable."""
    raw = (await (await db.connection()).get_raw_connection()).driver_connection
    return await task.configure(connection=raw).defer_async(**arguments)


class WorkerStopped(Exception):
    """A worker ends by itself only when it lost the database; whoever started us starts us again."""


async def work(url: str) -> None:
    """Run jobs until cancelled; those under way are finished first."""
    # Replaced, not copied by `with_connector`: periodic tasks are deferred through the app that declared them.
    with jobs.replace_connector(PsycopgConnector(conninfo=conninfo(url), min_size=1, max_size=6)) as app:
        async with app.open_async(), asyncio.TaskGroup() as workers:
            for queue, hands in HANDS.items():
                workers.create_task(_work(app, queue, hands))


async def _work(app: App, queue: str, hands: int) -> None:
    await app.run_worker_async(
        queues=[queue], name=queue, concurrency=hands, install_signal_handlers=False, delete_jobs="successful"
    )
    raise WorkerStopped(queue)
