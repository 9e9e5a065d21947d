"""How much each key has encrypted, and which keys the running processes know.

Nothing is written per encryption: a process counts in memory (`core.crypto.Uses`) and adds that up here once a minute and when
it stops, a tenant's data key once it has been used NOTE_AFTER times. A process that is killed takes what it had not noted with
it, so the figures are low by a minute's work per kill; the alarm is at half of what a key may do, which leaves room for that.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from uuid import UUID, uuid4

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from core.crypto import ALARM_AT, CannotUnseal, Vault
from core.db import Database
from core.log import get_logger
from core.security.alerts.models import AlertKind
from core.security.alerts.service import raise_alert
from core.security.models import KeyHolder, KeyUse, TenantKey

log = get_logger(__name__)

EVERY_SECONDS = 60.0
NOTE_AFTER = 256
"""Uses of one tenant's data key that a process keeps to itself; fewer are noted when it stops."""

ALIVE = timedelta(minutes=3)
"""A process that was seen so lately is taken to be running."""

_FORGOTTEN = timedelta(days=1)
_LAST_SECONDS = 5.0


@asynccontextmanager
async def noting(db: Database, vault: Vault, *, process: str) -> AsyncIterator[None]:
    """Note what this process encrypts for the length of the block, and that it runs. A database that is away is tried again."""
    holder = uuid4()

    async def keep() -> None:
        while True:
            await _try(db, vault, holder, process, at_least=NOTE_AFTER)
            await asyncio.sleep(EVERY_SECONDS)

    keeping = asyncio.create_task(keep())
    try:
        yield
    finally:
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)
        with suppress(TimeoutError, SQLAlchemyError, OSError):
            async with asyncio.timeout(_LAST_SECONDS):
                await note(db, vault)
                async with db.begin() as session:
                    await session.execute(delete(KeyHolder).where(KeyHolder.id == holder))


async def _try(db: Database, vault: Vault, holder: UUID, process: str, *, at_least: int) -> None:
    try:
        await note(db, vault, at_least=at_least)
        newest = await announce(db, vault, holder=holder, process=process)
    except Exception as error:
        # Whatever it was, the next minute tries again: a count that stops for good would be believed.
        log.exception("key_uses.not_noted", error=type(error).__name__)
        return
    if newest > vault.version and not await asyncio.to_thread(vault.read_again):
        log.error("keys.behind", process=process, mine=vault.version, newest=newest)


async def note(db: Database, vault: Vault, *, at_least: int = 1) -> None:
    """Add what this process has encrypted since the last time to the count of all, each key in a transaction of its own."""
    uses = vault.uses
    left = uses.take(at_least=at_least)
    try:
        for key, count in list(left.items()):
            # The account may have been erased meanwhile, its key with it, and nobody is left to tell.
            with suppress(CannotUnseal):
                await _note_one(db, key, count)
            del left[key]
    finally:
        for key, count in left.items():
            uses.give_back(key, count)
    async with db.begin() as session:
        rows = await session.execute(select(KeyUse.version, KeyUse.sealed))
        uses.learn({row.version: row.sealed for row in rows})


async def _note_one(db: Database, key: UUID | int, count: int) -> None:
    if isinstance(key, UUID):
        async with db.begin(key) as session:
            await _note_tenant(session, key, count)
    else:
        async with db.begin() as session:
            await _note_version(session, key, count)


async def _note_tenant(session: AsyncSession, tenant_id: UUID, count: int) -> None:
    sealed = await session.scalar(
        update(TenantKey)
        .where(TenantKey.tenant_id == tenant_id)
        .values(sealed=TenantKey.sealed + count)
        .returning(TenantKey.sealed)
    )
    if sealed is not None and sealed - count < ALARM_AT <= sealed:
        log.error("key.worn", tenant=str(tenant_id), sealed=sealed)
        await raise_alert(session, AlertKind.KEY_WORN)


async def _note_version(session: AsyncSession, version: int, count: int) -> None:
    statement = insert(KeyUse).values(version=version, sealed=count)
    statement = statement.on_conflict_do_update(
        index_elements=["version"], set_={"sealed": KeyUse.sealed + statement.excluded.sealed}
    )
    sealed = (await session.execute(statement.returning(KeyUse.sealed))).scalar_one()
    if sealed >= ALARM_AT:
        log.error("key.worn", version=version, sealed=sealed)


async def is_worn(session: AsyncSession) -> bool:
    """Whether a wrapping key has done half of what it may; the watch over the installation tells its operators."""
    return await session.scalar(select(KeyUse.version).where(KeyUse.sealed >= ALARM_AT).limit(1)) is not None


async def announce(db: Database, vault: Vault, *, holder: UUID, process: str) -> int:
    """Say that this process runs and which key it knows; the newest key that any running process knows."""
    async with db.begin() as session:
        statement = insert(KeyHolder).values(
            id=holder, process=process, newest=vault.version, seen_at=func.now()
        )
        await session.execute(
            statement.on_conflict_do_update(
                index_elements=["id"],
                set_={"newest": statement.excluded.newest, "seen_at": statement.excluded.seen_at},
            )
        )
        await session.execute(delete(KeyHolder).where(KeyHolder.seen_at < func.now() - _FORGOTTEN))
        newest = await session.scalar(
            select(func.max(KeyHolder.newest)).where(KeyHolder.seen_at > func.now() - ALIVE)
        )
    return int(newest or 0)


async def behind(session: AsyncSession, version: int) -> dict[str, int]:
    """Running processes that do not know `version`: how many of each name."""
    rows = await session.execute(
        select(KeyHolder.process, func.count().label("running"))
        .where(KeyHolder.newest < version, KeyHolder.seen_at > func.now() - ALIVE)
        .group_by(KeyHolder.process)
        .order_by(KeyHolder.process)
    )
    return {row.process: row.running for row in rows}
