"""One sandbox for the run, emptied for each test; everything else is the product itself."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping

import httpx
import pytest
from redis.asyncio import Redis

from bot.app import build_bot, build_dispatcher
from core.clock import Clock
from core.crypto import Vault
from core.db import Database
from core.http import open_http
from core.runtime import Runtime
from core.settings import Login, Settings
from core.upwork.client import UpworkClient
from sandbox.outside import open_outside
from tests.bot.stage import Stage, World
from tests.roles import as_role


@pytest.fixture(scope="session")
def world() -> Iterator[World]:
    with open_outside() as url:
        yield World(url)


@pytest.fixture
async def rt(
    db: Database, vault: Vault, clock: Clock, settings: Settings, world: World
) -> AsyncIterator[Runtime]:
    """The runtime without a model (the offline composer writes) and without an embedder."""
    used = settings.model_copy(
        update={
            "telegram_api_base": world.url,
            "upwork_authorize_url": f"{world.url}/upwork/ab/account-security/oauth2/authorize",
            "upwork_token_url": f"{world.url}/upwork/api/v3/oauth2/token",
            "upwork_graphql_url": f"{world.url}/upwork/graphql",
        }
    )
    redis = Redis.from_url(used.redis_url.get_secret_value())
    await redis.flushall()
    async with open_http() as http:
        client = UpworkClient(http=http, db=db, redis=redis, vault=vault, settings=used, clock=clock)
        yield Runtime(settings=used, db=db, redis=redis, http=http, vault=vault, clock=clock, upwork=client)
    await redis.aclose()


@pytest.fixture
async def stage(rt: Runtime, world: World, logins: Mapping[Login, Database]) -> AsyncIterator[Stage]:
    async with httpx.AsyncClient(base_url=world.url, timeout=30, headers={"user-agent": "a test"}) as http:
        (await http.post("/control/telegram/reset", json={"bots": True})).raise_for_status()
        (await http.post("/upwork/control/reset", json={})).raise_for_status()
        (await http.post("/llm/control/reset", json={})).raise_for_status()
        (
            await http.post("/upwork/control/settings", json={"per_second": 1000, "per_minute": 100000})
        ).raise_for_status()
        async with build_bot(rt.settings).context() as bot:
            await bot.get_me()
            running = Stage(rt, bot, build_dispatcher(as_role(rt, logins, Login.BOT)), http, logins)
            yield running
            await running.close()
