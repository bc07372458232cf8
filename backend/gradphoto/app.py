"""The API and, where it is built, the SPA beside it: routers, error shapes, start and stop."""

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from psycopg_pool import PoolTimeout
from sqlalchemy import text
from sqlalchemy.exc import DataError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolIsEmpty
from starlette.exceptions import HTTPException

from gradphoto.accounts import routes as accounts
from gradphoto.checkin import routes as checkin
from gradphoto.core import db as database
from gradphoto.core import log as logs
from gradphoto.core.db import Db
from gradphoto.core.errors import (
    InvalidRequest,
    Refusal,
    TryAgainLater,
    Unexpected,
    on_http,
    on_invalid,
    on_refusal,
    problem_response,
    refuses,
)
from gradphoto.core.events import hub
from gradphoto.core.guard import Guard
from gradphoto.core.jobs import conninfo
from gradphoto.core.security import make_keys
from gradphoto.core.settings import settings
from gradphoto.core.site import Site
from gradphoto.delivery import routes as delivery
from gradphoto.fees import routes as fees
from gradphoto.integration import routes as integration
from gradphoto.mailroom import routes as mailroom
from gradphoto.photo_imports import routes as photo_imports
from gradphoto.photo_imports.frames import close_frames
from gradphoto.photos import routes as photos
from gradphoto.photos.checker import close_checker
from gradphoto.roster import routes as roster
from gradphoto.schedule import routes as schedule

log = structlog.get_logger()
PREFIX = "/api/v1"

DESCRIPTION = """
Graduate-photo collection (学历证书电子注册图像采集): timetable, check-in, calls, fees in cash, photos.

* **Sign in** with the cookie of `/sign-in/*` (people) or `Authorization: Bearer gp_…` (other systems; the registrar
  makes keys).
* **Refusals** are `application/problem+json` (RFC 9457) with a machine `code` and a Chinese sentence in `detail`.
* **Writes from phones** carry an `op_id`, a UUID made and stored on the phone before sending: the same `op_id` with the
  same content gives the same answer and changes nothing; with other content it is refused.
* **Money** is an integer in fen, **times** are RFC 3339 with an offset, **keys** are UUIDv7.
* **Live**: `…/events` endpoints are server-sent events; `GET /campaigns/{campaign_id}/changes` is the feed to poll.
"""


logs.configure()


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    chosen = settings()
    assert chosen.database_url is not None, "GRADPHOTO_DATABASE_URL is not set; `gradphoto run` sets it"
    make_keys(chosen.keys_dir)
    engine = database.connect(chosen.database_url.get_secret_value(), chosen.pool_size)
    hub.start(conninfo())
    # Most of the p99 is the garbage collector walking what start-up made and never frees.
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
    yield
    await close_checker()
    await close_frames()
    await hub.stop()
    await engine.dispose()


def operation(app: FastAPI) -> None:
    """The contract says which refusals exist at all: `Problem.code` is a union in every generated client."""
    make = app.openapi

    def with_codes() -> dict[str, object]:
        contract = make()
        codes = contract["components"]["schemas"]["Problem"]["properties"]["code"]
        codes["enum"] = sorted(Refusal.registry)
        return contract

    app.openapi = with_codes  # type: ignore[method-assign]


app = FastAPI(
    title="gradphoto 毕业生图像采集",
    version="1.0.0",
    description=DESCRIPTION,
    lifespan=lifespan,
    openapi_url=f"{PREFIX}/openapi.json",
    docs_url=None,
    redoc_url=None,
    separate_input_output_schemas=False,
    openapi_tags=[
        {"name": "sign-in", "description": "登录: students, staff, links"},
        {"name": "accounts", "description": "账号: staff, API keys, audit"},
        {"name": "roster", "description": "名单: campaign, colleges, class groups, students, imports"},
        {"name": "schedule", "description": "时间表: notice, venues, slots, class order, arrival times"},
        {"name": "fees", "description": "收费: ledger, handovers, receipts"},
        {"name": "check-in", "description": "签到与叫号: door, tickets, stations, board"},
        {"name": "photos", "description": "照片: upload, verdict, matching, originals"},
        {"name": "mail room", "description": "邮件收照: the mailbox, its mails, whose they are, answers"},
        {"name": "delivery", "description": "交付: progress, who is missing, exports"},
        {"name": "integration", "description": "对接: feed of changes"},
        {"name": "health", "description": "for the proxy and the operator"},
    ],
)
operation(app)
app.add_exception_handler(Refusal, on_refusal)
app.add_exception_handler(RequestValidationError, on_invalid)
app.add_exception_handler(HTTPException, on_http)


@app.exception_handler(IntegrityError)
async def on_integrity(_: Request, error: IntegrityError) -> JSONResponse:
    """A rule held by the database: its constraint's name says which refusal it is."""
    diagnosis = getattr(error.orig, "diag", None)
    refusal = Refusal.of_constraint(diagnosis.constraint_name if diagnosis else None)
    if refusal is None:
        log.error("constraint without a refusal", constraint=diagnosis and diagnosis.constraint_name)
        return problem_response(Unexpected())
    return problem_response(refusal())


@app.exception_handler(DataError)
async def on_unstorable(_: Request, error: Exception) -> JSONResponse:
    """A NUL character, a date or a number beyond what the database can hold."""
    return problem_response(InvalidRequest())


@app.exception_handler(OperationalError)
@app.exception_handler(InterfaceError)
@app.exception_handler(PoolIsEmpty)
@app.exception_handler(PoolTimeout)
async def on_database_away(_: Request, error: Exception) -> JSONResponse:
    log.warning("database is away", error=type(error).__name__)
    return problem_response(TryAgainLater())


@app.get("/healthz", tags=["health"], operation_id="isAlive", include_in_schema=False)
async def is_alive() -> dict[str, str]:
    return {"status": "alive"}


@app.get("/readyz", tags=["health"], operation_id="isReady", responses=refuses(TryAgainLater))
async def is_ready(db: Db) -> dict[str, str]:
    """The database answers and can be written to."""
    if await db.scalar(text("select pg_is_in_recovery()")):
        raise TryAgainLater()
    return {"status": "ready"}


api = APIRouter(prefix=PREFIX)
for package in (accounts, roster, schedule, fees, checkin, photos, photo_imports, mailroom, delivery, integration):
    api.include_router(package.router)
app.include_router(api)

spa = settings().spa_dir
if spa is not None and spa.is_dir():
    app.mount("/", Site(spa), name="spa")

app.add_middleware(Guard, max_body_bytes=64 * 1024 * 1024)
