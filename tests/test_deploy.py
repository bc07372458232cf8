"""The containers: the files are valid, every service is locked down, and the proxy serves what it should."""

import http.client
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
TOOLS = Path(sys.executable).parent
COMPOSE = ROOT / "docker-compose.yml"
DOCKERFILES = [ROOT / "backend" / "Dockerfile", ROOT / "frontend" / "Dockerfile"]


def tool(name: str, *arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {key: value for key, value in os.environ.items() if not key.startswith("GRADPHOTO_")}
    return subprocess.run(
        [TOOLS / name, *arguments], capture_output=True, text=True, cwd=ROOT, env=clean | environment, timeout=120
    )


def compose(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return tool("docker-compose", "-f", str(COMPOSE), *arguments, **environment)


@pytest.fixture(scope="module")
def plan() -> dict[str, Any]:
    done = compose("config", "--format", "json", GRADPHOTO_PUBLIC_URL="https://photo.example.edu.cn")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)  # type: ignore[no-any-return]


# --- valid -----------------------------------------------------------------------------------------------------------


def test_compose_accepts_the_file_and_asks_for_the_address() -> None:
    done = compose("config", "-q", GRADPHOTO_PUBLIC_URL="https://photo.example.edu.cn")
    assert (done.returncode, done.stderr) == (0, "")
    without = compose("config", "-q")
    assert without.returncode != 0
    assert "GRADPHOTO_PUBLIC_URL" in without.stderr


def test_compose_file_keeps_the_compose_schema() -> None:
    done = tool("check-jsonschema", "--builtin-schema", "vendor.compose-spec", COMPOSE)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("dockerfile", DOCKERFILES, ids=lambda path: path.parent.name)
def test_dockerfile(dockerfile: Path) -> None:
    done = tool("hadolint", dockerfile)
    assert done.returncode == 0, done.stdout
    lines = dockerfile.read_text("utf-8").splitlines()
    assert [line for line in lines if line.startswith("USER ")][-1] == "USER 10001:10001"
    stages = [line.split()[1] for line in lines if line.startswith("FROM ")]
    assert all(":" in image and not image.endswith(":latest") for image in stages)
    assert not any(line.startswith("ADD ") for line in lines)


@pytest.mark.parametrize("dockerfile", DOCKERFILES, ids=lambda path: path.parent.name)
def test_what_a_dockerfile_copies_exists_and_is_not_ignored(dockerfile: Path) -> None:
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    for line in dockerfile.read_text("utf-8").splitlines():
        if line.startswith("COPY ") and "--from" not in line:
            for source in line.split()[1:-1]:
                assert (ROOT / source).exists(), source
                assert source.split("/")[0] in allowed, source


# --- locked down -----------------------------------------------------------------------------------------------------


def faults(plan: dict[str, Any]) -> list[str]:
    """Every way in which a service is less locked down than it could be."""
    found = []
    for name, service in plan["services"].items():
        rules = {
            "runs as root": service.get("user", "0").split(":")[0] in ("", "0", "root"),
            "can write its file system": not service.get("read_only"),
            "keeps capabilities": service.get("cap_drop") != ["ALL"] or "cap_add" in service,
            "can gain privileges": service.get("security_opt") != ["no-new-privileges:true"],
            "is privileged": service.get("privileged", False),
            "has no limit of memory": "mem_limit" not in service,
            "has no limit of processes": "pids_limit" not in service,
            "has no init": not service.get("init"),
            "fills the disk with logs": "max-size" not in service.get("logging", {}).get("options", {}),
            "has no /tmp": not any(mount.startswith("/tmp") for mount in service.get("tmpfs", [])),
            "has no health check": "healthcheck" not in service and name != "migrate",
            "has an image without a version": ":" not in service["image"] or service["image"].endswith(":latest"),
            "opens a port": "ports" in service and name != "web",
            "has a secret in its environment": any(
                "PASSWORD" in key and not key.endswith("_FILE") for key in service.get("environment", {})
            ),
            "mounts a folder of the host": any(mount["type"] != "volume" for mount in service.get("volumes", [])),
        }
        found += [f"{name} {what}" for what, bad in rules.items() if bad]
    return found


def test_every_service_is_locked_down(plan: dict[str, Any]) -> None:
    assert set(plan["services"]) == {"db", "migrate", "api", "worker", "web"}
    assert faults(plan) == []


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"user": "0"}, "api runs as root"),
        ({"read_only": False}, "api can write its file system"),
        ({"cap_add": ["NET_ADMIN"]}, "api keeps capabilities"),
        ({"image": "gradphoto-backend:latest"}, "api has an image without a version"),
        ({"ports": [{"target": 8000}]}, "api opens a port"),
        ({"environment": {"POSTGRES_PASSWORD": "x"}}, "api has a secret in its environment"),
    ],
)
def test_a_weakened_service_is_noticed(plan: dict[str, Any], change: dict[str, Any], fault: str) -> None:
    weak = {**plan, "services": {**plan["services"], "api": plan["services"]["api"] | change}}
    assert faults(weak) == [fault]


def test_order_of_starting(plan: dict[str, Any]) -> None:
    waits = {
        name: {on: how["condition"] for on, how in service.get("depends_on", {}).items()}
        for name, service in plan["services"].items()
    }
    migrated = {"db": "service_healthy", "migrate": "service_completed_successfully"}
    assert waits == {
        "db": {},
        "migrate": {"db": "service_healthy"},
        "api": migrated,
        "worker": migrated,
        "web": {"api": "service_healthy"},
    }
    assert plan["networks"]["inside"]["internal"] is True
    assert set(plan["services"]["db"]["networks"]) == {"inside"}
    assert "inside" not in plan["services"]["web"]["networks"]


def test_database_is_as_durable_and_as_silent_as_the_embedded_one(plan: dict[str, Any]) -> None:
    command = " ".join(plan["services"]["db"]["command"])
    for name in ("fsync", "synchronous_commit", "full_page_writes"):
        assert f"{name}=on" in command
    assert "log_min_messages=log" in command
    assert "--data-checksums" in plan["services"]["db"]["environment"]["POSTGRES_INITDB_ARGS"]


# --- the proxy, for real ---------------------------------------------------------------------------------------------


class Upstream(BaseHTTPRequestHandler):
    """Stands where the API does: one live stream, and one place to send much to."""

    gate = threading.Event()

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("X-Upstream-Host", self.headers["Host"])
        self.end_headers()
        self.wfile.write(b"data: 1\n\n")
        self.wfile.flush()
        self.gate.wait(20)
        self.wfile.write(b"data: 2\n\n")

    def do_POST(self) -> None:
        left = int(self.headers["Content-Length"])
        while left > 0 and (part := self.rfile.read(min(left, 1 << 20))):
            left -= len(part)
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    home = tmp_path_factory.mktemp("proxy")
    (home / "spa" / "assets").mkdir(parents=True)
    (home / "spa" / "index.html").write_text("<title>gradphoto</title>")
    (home / "spa" / "assets" / "app-1a2b.js").write_text("0;" * 4000)
    upstream = ThreadingHTTPServer(("127.0.0.1", 0), Upstream)
    threading.Thread(target=upstream.serve_forever, daemon=True).start()
    port = free_port()
    environment = {
        "HOME": str(home),
        "PATH": os.defpath,
        "GRADPHOTO_SITE": f":{port}",
        "GRADPHOTO_API": f"127.0.0.1:{upstream.server_port}",
        "GRADPHOTO_SPA": str(home / "spa"),
        "GRADPHOTO_ALIVE_PORT": str(free_port()),
    }
    caddyfile = ROOT / "frontend" / "Caddyfile"
    caddy = subprocess.Popen(
        [shutil.which("caddy", path=str(TOOLS)) or "caddy", "run", "--adapter", "caddyfile", "--config", caddyfile],
        env=environment,
        stderr=subprocess.DEVNULL,
    )
    end = time.monotonic() + 20
    while time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            break
        except OSError:
            time.sleep(0.05)
    yield port
    Upstream.gate.set()
    caddy.terminate()
    caddy.wait(10)
    upstream.shutdown()


def get(
    port: int, path: str, method: str = "GET", body: bytes | None = None, **headers: str
) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request(method, path, body, headers)
    return connection.getresponse()


def test_pages_are_never_cached_and_every_route_is_the_page(proxy: int) -> None:
    for path in ("/", "/m/class", "/l/some-token"):
        answer = get(proxy, path)
        assert answer.status == 200
        assert b"gradphoto" in answer.read()
        assert answer.headers["Cache-Control"] == "no-cache"
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "Server" not in answer.headers


def test_hashed_files_are_kept_for_ever_and_a_missing_one_is_missing(proxy: int) -> None:
    answer = get(proxy, "/assets/app-1a2b.js", **{"Accept-Encoding": "gzip"})
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["Content-Encoding"] == "gzip"
    missing = get(proxy, "/assets/app-old.js")
    assert missing.status == 404
    assert missing.headers["Cache-Control"] == "no-store"


def test_live_stream_is_not_held_back(proxy: int) -> None:
    answer = get(proxy, "/api/v1/board/events", Host="photo.example.edu.cn")
    assert answer.read(9) == b"data: 1\n\n"  # the upstream has not finished, it waits for the gate
    assert not Upstream.gate.is_set()
    assert answer.headers["X-Upstream-Host"] == "photo.example.edu.cn"  # the same-origin check needs it
    assert "Content-Security-Policy" not in answer.headers  # the API sends its own


@pytest.mark.parametrize(("megabytes", "status"), [(45, 204), (55, 413)])
def test_upload_limit(proxy: int, megabytes: int, status: int) -> None:
    try:
        assert get(proxy, "/api/v1/photos", "POST", bytes(megabytes * 1_000_000)).status == status
    except (BrokenPipeError, ConnectionResetError):
        assert status == 413  # refused while we were still sending


def test_two_names_of_the_csp_agree() -> None:
    """The proxy's page and the API's own static page are the same page."""
    guard = (ROOT / "backend" / "gradphoto" / "core" / "guard.py").read_text("utf-8")
    policy = "".join(
        part.split('"')[1] for part in guard.partition("CSP = (")[2].partition("\n)")[0].strip().splitlines()
    )
    assert policy in (ROOT / "frontend" / "Caddyfile").read_text("utf-8")
