"""What a process is made of, built once and handed to every handler, route and job."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import httpx
from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncSession

from core.clock import Clock, SystemClock
from core.crypto import TenantKeys, Vault
from core.db import Database
from core.drafting.hearing import Hearing
from core.drafting.llm import LLM
from core.http import open_http
from core.jobs import ArqDoorbell
from core.matching.embedder import Embedder
from core.security import audit, key_uses
from core.security.keys import keys_for
from core.settings import Login, Settings
from core.upwork.client import UpworkClient

_REDIS_SECONDS = 1.0
"""A Redis that takes connections and says nothing would otherwise hold every update and every page."""


@dataclass(frozen=True, slots=True)
class Runtime:
    """`db` logs in as this process's own role. `overview` is the console's look across tenants, in the web process alone.

    `llm` and `hearing` are None without a key; they and `embedder` are None everywhere but in the worker that drafts.
    """

    settings: Settings
    db: Database
    redis: Redis
    http: httpx.AsyncClient
    vault: Vault
    clock: Clock
    upwork: UpworkClient
    llm: LLM | None = None
    hearing: Hearing | None = None
    embedder: Embedder | None = None
    overview: Database | None = None

    async def keys(self, session: AsyncSession) -> TenantKeys:
        """The data key of the tenant this transaction is for."""
        return await keys_for(session, self.vault)


@asynccontextmanager
async def open_runtime(
    settings: Settings,
    login: Login,
    *,
    clock: Clock | None = None,
    embedder: Embedder | None = None,
    llm: LLM | None = None,
    hearing: Hearing | None = None,
) -> AsyncIterator[Runtime]:
    """Open everything in order, close it in reverse. Connections are made lazily, so a late Postgres or Redis is no crash.

    `login` is the database role of this process or kind of worker. Only the worker that drafts passes a model and an embedder:
    loading their packages takes the other processes seconds for nothing.
    """
    async with AsyncExitStack() as stack:
        doorbell = ArqDoorbell(settings.redis_url.get_secret_value())
        stack.push_async_callback(doorbell.close)
        db = Database(settings.database_url(login), doorbell=doorbell)
        stack.push_async_callback(db.close)
        overview = None
        if login is Login.WEB:
            overview = Database(settings.database_url(Login.ADMIN), pool_size=2)
            stack.push_async_callback(overview.close)
        redis = Redis.from_url(
            settings.redis_url.get_secret_value(),
            socket_connect_timeout=_REDIS_SECONDS,
            socket_timeout=_REDIS_SECONDS,
        )
        stack.push_async_callback(redis.aclose)
        http = await stack.enter_async_context(open_http(settings))
        vault = Vault(settings.kek_ring, settings.read_ring if settings.ring_can_change else None)
        audit.seal_with(db, vault)
        await stack.enter_async_context(key_uses.noting(db, vault, process=login.value))
        used_clock = clock or SystemClock()
        if llm is not None:
            stack.push_async_callback(llm.aclose)
        if hearing is not None:
            stack.push_async_callback(hearing.aclose)
        upwork = UpworkClient(http=http, db=db, redis=redis, vault=vault, settings=settings, clock=used_clock)
        yield Runtime(
            settings=settings,
            db=db,
            redis=redis,
            http=http,
            vault=vault,
            clock=used_clock,
            upwork=upwork,
            llm=llm,
            hearing=hearing,
            embedder=embedder,
            overview=overview,
        )
