"""Thousands of transactions over a small pool, many of them ended badly: what one tenant left behind no other may see."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

from benchmarks.isolation.ground import A, B, Ground, Tally
from core.db import Database

Begin = Callable[[UUID | None], AbstractAsyncContextManager[AsyncSession]]

POOL = 5
_AT_ONCE = 40
_LONGEST_PAUSE = 0.004


async def run(ground: Ground, tally: Tally, *, transactions: int = 4_000, seed: int = 1) -> None:
    """The product's way of opening a transaction must mix nobody's rows; the way everybody writes first is the control."""
    url = ground.urls.logins["bot"]
    database = Database(url, pool_size=POOL, max_overflow=0)
    try:
        foreign, read = await storm(database.begin, transactions=transactions, seed=seed, tally=tally)
        tally.leaks += [f"storm: {foreign} rows of others were read"] if foreign else []
        tally.probe(read > transactions // 4, f"only {read} rows were read at all: the storm proves nothing")
        for _ in range(POOL):
            async with database.engine.connect() as connection:
                left = await connection.scalar(text("select current_setting('app.tenant', true)"))
            tally.probe(left in (None, ""), "a pooled connection remembers a tenant")
    finally:
        await database.close()
    tally.notes.append(f"{read} rows read, {foreign} of others")
    control = Tally("control")
    mixed = await _naive(url, transactions=min(400, transactions), seed=seed, tally=control)
    tally.probe(
        mixed > 0, "session-level settings were not caught mixing tenants, so neither would a mistake be"
    )
    tally.notes.append(f"control with session-level settings: {mixed} of others in {control.probes}")


async def storm(begin: Begin, *, transactions: int, seed: int, tally: Tally) -> tuple[int, int]:
    """(rows of others that were read, rows read at all): a tenth is cancelled, a tenth raises, a tenth fails in Postgres, a fifth
    has no tenant."""
    chance = random.Random(seed)
    foreign = read = 0

    async def one(tenant: UUID | None, fate: float, pause: float) -> None:
        nonlocal foreign, read
        async with begin(tenant) as session:
            seen = (await session.execute(text("select tenant_id from app.dialogs"))).scalars().all()
            read += len(seen)
            foreign += sum(found != tenant for found in seen)
            if fate < 0.1:
                raise ValueError("a handler failed")
            if fate < 0.2:
                await session.execute(text("select 1 / 0"))
            await asyncio.sleep(pause)

    async def stormy(tenant: UUID | None, fate: float, pause: float) -> None:
        task = asyncio.create_task(one(tenant, fate, pause))
        if 0.2 <= fate < 0.3:
            await asyncio.sleep(pause / 2)
            task.cancel()
        with suppress(ValueError, DBAPIError, asyncio.CancelledError):
            await task
        tally.probe(True, "")

    lot = [
        (
            None if chance.random() < 0.2 else chance.choice((A, B)),
            chance.random(),
            chance.uniform(0, _LONGEST_PAUSE),
        )
        for _ in range(transactions)
    ]
    for start in range(0, len(lot), _AT_ONCE):
        await asyncio.gather(*(stormy(*each) for each in lot[start : start + _AT_ONCE]))
    return foreign, read


async def _naive(url: str, *, transactions: int, seed: int, tally: Tally) -> int:
    """Set for the session instead of the transaction: what everybody writes first."""
    engine = create_async_engine(url, pool_size=POOL, max_overflow=0)
    sessions = async_sessionmaker(engine)

    @asynccontextmanager
    async def begin(tenant: UUID | None) -> AsyncIterator[AsyncSession]:
        async with sessions() as session, session.begin():
            if tenant is not None:
                await session.execute(
                    text("select set_config('app.tenant', :tenant, false)"), {"tenant": str(tenant)}
                )
            yield session

    foreign, _ = await storm(begin, transactions=transactions, seed=seed, tally=tally)
    await engine.dispose()
    return foreign
