"""The web process over its real runtime, browsers with their own cookies, and the sandbox's Upwork on a free port."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping

import httpx
import pytest
from redis.asyncio import Redis

from core.crypto import Vault
from core.db import Database
from core.http import open_http
from core.runtime import Runtime
from core.settings import Login, Settings
from core.upwork.client import UpworkClient
from tests.roles import as_role
from tests.web.driving import Browser, MovableClock, OwnerSql, Scene, UpworkServer, open_browser


@pytest.fixture(scope="session")
def upwork_process() -> Iterator[UpworkServer]:
    with UpworkServer() as server:
        yield server


@pytest.fixture
async def upwork(upwork_process: UpworkServer) -> UpworkServer:
    """Upwork as on its first day: nobody has consented to anything, nothing is about to fail."""
    async with httpx.AsyncClient(base_url=upwork_process.url) as http:
        (await http.post("/control/reset")).raise_for_status()
    return upwork_process


@pytest.fixture
async def rt(
    db: Database, vault: Vault, clock: MovableClock, settings: Settings, upwork: UpworkServer
) -> AsyncIterator[Runtime]:
    settings = settings.model_copy(
        update={
            "telegram_api_base": upwork.url,
            "upwork_authorize_url": f"{upwork.url}/ab/account-security/oauth2/authorize",
            "upwork_token_url": f"{upwork.url}/api/v3/oauth2/token",
            "upwork_graphql_url": f"{upwork.url}/graphql",
        }
    )
    redis = Redis.from_url(settings.redis_url.get_secret_value())
    await redis.flushall()
    async with open_http() as http:
        client = UpworkClient(http=http, db=db, redis=redis, vault=vault, settings=settings, clock=clock)
        yield Runtime(
            settings=settings, db=db, redis=redis, http=http, vault=vault, clock=clock, upwork=client
        )
    await redis.aclose()


@pytest.fixture
def web(rt: Runtime, logins: Mapping[Login, Database]) -> Runtime:
    """What the web process has: `rt` may do what all of them may."""
    return as_role(rt, logins, Login.WEB)


@pytest.fixture
async def browser(web: Runtime) -> AsyncIterator[Browser]:
    async with open_browser(web) as browser:
        yield browser


@pytest.fixture
async def other_browser(web: Runtime) -> AsyncIterator[Browser]:
    async with open_browser(web) as browser:
        yield browser


@pytest.fixture
def scene(rt: Runtime, upwork: UpworkServer, owner_sql: OwnerSql) -> Scene:
    return Scene(rt, upwork, owner_sql)
