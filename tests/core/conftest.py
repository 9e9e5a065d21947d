"""The sandbox's Upwork on a free port, and a client of the product's that talks to it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
from redis.asyncio import Redis

from core.crypto import Vault
from core.db import Database
from core.http import open_http
from core.runtime import Runtime
from core.settings import Settings
from core.upwork.client import UpworkClient
from tests.core.acting import Desk, OwnerSql, Told
from tests.core.upwork_side import MakeTenant, MovableClock, Side, UpworkServer, unhurried


@pytest.fixture(scope="session")
def upwork_process() -> Iterator[UpworkServer]:
    with UpworkServer() as server:
        yield server


@pytest.fixture
async def upwork(upwork_process: UpworkServer) -> UpworkServer:
    """Upwork as on its first day, with no limits of its own."""
    await upwork_process.control("POST", "/reset")
    await upwork_process.control("POST", "/settings", per_second=10_000, per_minute=100_000)
    return upwork_process


@pytest.fixture
async def redis(valkey_url: str) -> AsyncIterator[Redis]:
    opened = Redis.from_url(valkey_url)
    await opened.flushall()
    yield opened
    await opened.aclose()


@pytest.fixture
def upwork_settings(settings: Settings, upwork: UpworkServer) -> Settings:
    return settings.model_copy(
        update={
            "upwork_authorize_url": f"{upwork.url}/ab/account-security/oauth2/authorize",
            "upwork_token_url": f"{upwork.url}/api/v3/oauth2/token",
            "upwork_graphql_url": f"{upwork.url}/graphql",
        }
    )


@pytest.fixture
async def client(
    db: Database, vault: Vault, clock: MovableClock, redis: Redis, upwork_settings: Settings
) -> AsyncIterator[UpworkClient]:
    """With every rule but the pace: two dozen requests would take five seconds."""
    async with open_http() as http:
        opened = UpworkClient(
            http=http, db=db, redis=redis, vault=vault, settings=upwork_settings, clock=clock
        )
        opened.governor.rate = unhurried(redis)
        yield opened


@pytest.fixture
def side(client: UpworkClient, upwork: UpworkServer, make_tenant: MakeTenant, clock: MovableClock) -> Side:
    return Side(client, upwork, make_tenant, clock)


@pytest.fixture
def rt(client: UpworkClient, redis: Redis, upwork_settings: Settings) -> Runtime:
    """The runtime of a worker without a model and without an embedder."""
    means = client.means
    return Runtime(
        settings=upwork_settings,
        db=means.db,
        redis=redis,
        http=means.http,
        vault=means.vault,
        clock=means.clock,
        upwork=client,
    )


@pytest.fixture
def desk(rt: Runtime, side: Side, owner_sql: OwnerSql) -> Desk:
    return Desk(rt, side, Told(rt), owner_sql)
