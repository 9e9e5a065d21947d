"""The whole product in one process for measurements that send nothing outside: real databases, everything else the sandbox."""

from __future__ import annotations

import asyncio
import base64
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from aiogram import Bot, Dispatcher
from pydantic import SecretStr
from redis.asyncio import Redis
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from benchmarks.databases import make_together, migrate
from bot.app import build_bot, build_dispatcher
from core.clock import SystemClock
from core.crypto import Vault
from core.db import Database
from core.drafting.vendors import open_llm
from core.http import open_http
from core.runtime import Runtime
from core.security.audit import seal_with
from core.settings import Environment, Login, Settings
from core.upwork.client import UpworkClient
from sandbox.embedded import PostgresUrls, start_postgres, start_valkey
from sandbox.outside import open_outside


def _settings(urls: PostgresUrls, redis: str, sandbox: str) -> Settings:
    logins: Any = {f"database_url_{login.value}": SecretStr(urls.logins[login.value]) for login in Login}
    return Settings(
        _env_file=None,
        environment=Environment.TEST,
        **logins,
        redis_url=SecretStr(redis),
        key_encryption_keys=SecretStr(f"1:{base64.b64encode(secrets.token_bytes(32)).decode()}"),
        public_url="http://127.0.0.1:8000",
        telegram_bot_token=SecretStr("4242424242:benchmark-token-that-belongs-to-nobody"),
        telegram_webhook_secret=SecretStr("benchmark-webhook-secret"),
        telegram_api_base=sandbox,
        upwork_client_id="benchmark",
        upwork_client_secret=SecretStr("benchmark-secret"),
        upwork_authorize_url=f"{sandbox}/upwork/ab/account-security/oauth2/authorize",
        upwork_token_url=f"{sandbox}/upwork/api/v3/oauth2/token",
        upwork_graphql_url=f"{sandbox}/upwork/graphql",
        openai_api_key=SecretStr("benchmark"),
        openai_base_url=f"{sandbox}/llm/openai/v1",
        llm_order="openai",
    )


@dataclass(frozen=True, slots=True)
class Product:
    """An installation: its runtime, its bot and dispatcher, a client for the sandbox's levers, and the database's addresses."""

    rt: Runtime
    bot: Bot
    dispatcher: Dispatcher
    sandbox: httpx.AsyncClient
    urls: PostgresUrls

    async def owner_sql(self, statement: str) -> list[tuple[Any, ...]]:
        """Look past row-level security."""
        engine = create_async_engine(self.urls.owner)
        async with engine.begin() as connection:
            rows = [tuple(row) for row in await connection.execute(text(statement))]
        await engine.dispose()
        return rows


@asynccontextmanager
async def open_product() -> AsyncIterator[Product]:
    """An empty installation."""
    with (
        start_postgres(durable=False) as urls,
        start_valkey() as redis_url,
        open_outside(0) as sandbox,
    ):
        await asyncio.to_thread(migrate, urls)
        await make_together(urls)
        settings = _settings(urls, redis_url, sandbox)
        async with _running(settings, urls, sandbox) as product:
            yield product


@asynccontextmanager
async def _running(settings: Settings, urls: PostgresUrls, sandbox_url: str) -> AsyncIterator[Product]:
    db = Database(urls.app)
    vault, clock = Vault(settings.kek_ring), SystemClock()
    seal_with(db, vault)
    redis = Redis.from_url(settings.redis_url.get_secret_value())
    llm = open_llm(settings)
    async with (
        open_http(settings) as http,
        httpx.AsyncClient(
            base_url=sandbox_url, headers={"user-agent": "a benchmark"}, trust_env=False, timeout=60
        ) as levers,
        build_bot(settings).context() as bot,
    ):
        upwork = UpworkClient(http=http, db=db, redis=redis, vault=vault, settings=settings, clock=clock)
        rt = Runtime(
            settings=settings, db=db, redis=redis, http=http, vault=vault, clock=clock, upwork=upwork, llm=llm
        )
        await bot.get_me()
        yield Product(rt, bot, build_dispatcher(rt), levers, urls)
    if llm is not None:
        await llm.aclose()
    await redis.aclose()
    await db.close()
