"""The process beside the API: runs the jobs, and relays what was committed to the feed and the live screens."""

import asyncio

from gradphoto.accounts import service as accounts
from gradphoto.core import db as database
from gradphoto.core import jobs
from gradphoto.core.events import relay_forever
from gradphoto.photos import service as photos

# Importing a service registers its jobs.
WITH_JOBS = (accounts, photos)


async def run(url: str) -> None:
    """Until cancelled."""
    engine = database.connect(url, pool_size=4)
    relay = asyncio.create_task(relay_forever())
    try:
        await jobs.work(url)
    finally:
        relay.cancel()
        await engine.dispose()
