"""Health checks of the containers: `python -m gradphoto.core.probe api` or `worker`; the exit code is the answer."""

import sys
import urllib.request

import psycopg

from gradphoto.core.settings import settings

HEARTBEAT_SECONDS = 60


def api() -> bool:
    """Answers, and reaches its database."""
    with urllib.request.urlopen(f"http://127.0.0.1:{settings().port}/readyz", timeout=5) as answer:
        return bool(answer.status == 200)


def worker() -> bool:
    """Some worker has said lately that it is alive."""
    secret = settings().database_url
    assert secret is not None
    url = secret.get_secret_value().replace("+psycopg", "")
    with psycopg.connect(url, connect_timeout=5) as db:
        row = db.execute(
            "SELECT EXISTS (SELECT FROM procrastinate_workers"
            " WHERE last_heartbeat > now() - make_interval(secs => %s))",
            [HEARTBEAT_SECONDS],
        ).fetchone()
    return bool(row and row[0])


if __name__ == "__main__":
    sys.exit(not {"api": api, "worker": worker}[sys.argv[1]]())
