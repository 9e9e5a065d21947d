"""Every table by every verb, with no tenant, one's own and somebody else's; and a storm over a small pool."""

from __future__ import annotations

import asyncio
import contextvars
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Column, Table, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.types import Date

from core.accounts.service import Account
from core.db import Base, Bell, Database, ring_after_commit
from migrations.isolation import SYSTEM_TABLES
from migrations.lint import APPEND_ONLY, LOOKED_UP
from sandbox.embedded import PostgresUrls

MakeTenant = Callable[[], Awaitable[Account]]
OwnerSql = Callable[..., Awaitable[list[tuple[Any, ...]]]]

TABLES: dict[str, Table] = {
    table.name: table for table in Base.metadata.tables.values() if table.name not in SYSTEM_TABLES
}
A, B = UUID(int=0xA), UUID(int=0xB)


def sample(column: Column[Any], tenant_id: UUID, row_id: UUID) -> Any:
    """Something of the column's type; what has to be unique differs between tenants."""
    if column.name == "tenant_id":
        return tenant_id
    if column.name == "id":
        return row_id
    if isinstance(column.type, Date):
        return date(2026, 1, 1)
    kind = column.type.python_type
    values: dict[type, Any] = {
        str: f"{column.name}-{tenant_id}",
        int: tenant_id.int,
        UUID: tenant_id,
        bytes: b"sealed",
        datetime: datetime(2026, 1, 1, tzinfo=UTC),
        bool: False,
        Decimal: Decimal(1),
        object: {},
        list: [],
    }
    return values[kind]


def row_of(table: Table, tenant_id: UUID, row_id: UUID) -> dict[str, Any]:
    return {
        column.name: sample(column, tenant_id, row_id)
        for column in table.columns
        if column.computed is None and not column.nullable
    }


@pytest.fixture
async def rows(db: Database, postgres_urls: PostgresUrls) -> AsyncIterator[AsyncEngine]:
    """One row of each table for each of two tenants, put there past every check; and the app's own login."""
    owner = create_async_engine(postgres_urls.owner)
    async with owner.begin() as connection:
        await connection.execute(text("set local session_replication_role = replica"))
        for table in TABLES.values():
            for tenant_id in (A, B):
                await connection.execute(table.insert().values(row_of(table, tenant_id, tenant_id)))
    await owner.dispose()
    app = create_async_engine(postgres_urls.app)
    yield app
    await app.dispose()


@asynccontextmanager
async def acting(app: AsyncEngine, tenant_id: UUID | None) -> AsyncIterator[Callable[[Any], Awaitable[Any]]]:
    """Statements as the product's role, for a tenant or for none; nothing is kept."""
    async with app.connect() as connection:
        transaction = await connection.begin()
        await connection.execute(
            text("select set_config('app.tenant', :tenant, true)"),
            {"tenant": str(tenant_id) if tenant_id else ""},
        )
        yield connection.execute
        await transaction.rollback()


async def refused(statement: Awaitable[Any], words: str) -> None:
    with pytest.raises(DBAPIError, match=words):
        await statement


@pytest.mark.parametrize("name", sorted(TABLES))
async def test_a_table_shows_and_takes_only_its_tenants_rows(rows: AsyncEngine, name: str) -> None:
    table = TABLES[name]
    mine, theirs = table.c.tenant_id == A, table.c.tenant_id == B
    writable = name not in APPEND_ONLY
    touch = table.update().values(tenant_id=table.c.tenant_id)

    async with acting(rows, None) as run:
        assert (await run(table.select())).all() == []
        if writable:
            assert (await run(touch)).rowcount == 0
            assert (await run(table.delete())).rowcount == 0
    async with acting(rows, None) as run:
        await refused(run(table.insert().values(row_of(table, A, uuid4()))), "row-level security")

    async with acting(rows, A) as run:
        assert {row.tenant_id for row in (await run(table.select())).all()} == {A}
        assert (await run(table.select().where(theirs))).all() == []
        if writable:
            assert (await run(touch.where(mine))).rowcount == 1
            assert (await run(touch.where(theirs))).rowcount == 0
            assert (await run(table.delete().where(theirs))).rowcount == 0
    async with acting(rows, A) as run:
        await refused(run(table.insert().values(row_of(table, B, uuid4()))), "row-level security")
    if writable:
        async with acting(rows, A) as run:
            await refused(run(table.update().where(mine).values(tenant_id=B)), "row-level security")
    else:
        for statement in (touch, table.delete()):
            async with acting(rows, A) as run:
                await refused(run(statement), "permission denied")


REFERENCES = [
    (table.name, column.name)
    for table in TABLES.values()
    for column in table.columns
    if column.name != "tenant_id" and column.foreign_keys
]


@pytest.mark.parametrize(("name", "column"), REFERENCES)
async def test_no_row_points_at_another_tenants(rows: AsyncEngine, name: str, column: str) -> None:
    table = TABLES[name]
    async with acting(rows, A) as run:
        with pytest.raises(IntegrityError, match="foreign key"):
            await run(table.update().where(table.c.tenant_id == A).values({column: B}))


async def test_a_reference_within_the_tenant_is_fine(rows: AsyncEngine) -> None:
    assert len(REFERENCES) == 8
    async with acting(rows, A) as run:
        assert (await run(TABLES["drafts"].update().values(card_id=A))).rowcount == 1


@pytest.mark.parametrize("name", sorted(TABLES))
async def test_only_directories_open_to_whoever_names_the_key(rows: AsyncEngine, name: str) -> None:
    table = TABLES[name]
    async with rows.connect() as connection:
        lookups = [
            f"telegram:{B.int}",
            f"upwork:upwork_user_id-{B}",
            f"state:state_hash-{B}",
            f"link:link_hash-{B}",
        ]
        seen = set()
        for lookup in lookups:
            await connection.execute(
                text("select set_config('app.tenant', '', true), set_config('app.lookup', :lookup, true)"),
                {"lookup": lookup},
            )
            seen |= {row.tenant_id for row in (await connection.execute(table.select())).all()}
            assert (
                (await connection.execute(table.delete())).rowcount == 0 if name not in APPEND_ONLY else True
            )
        await connection.rollback()
    assert seen == ({B} if name in LOOKED_UP else set())


async def test_the_product_cannot_rise(rows: AsyncEngine) -> None:
    for statement in (
        "set role gigwright_owner",
        "set session authorization postgres",
        "alter table app.drafts no force row level security",
        "drop policy tenant on app.drafts",
        "truncate app.drafts",
        "create table app.mine (id int)",
        "create function app.tenant() returns uuid language sql as 'select null::uuid'",
        "set row_security = off; select * from app.drafts",
        "select * from app.alembic_version",
    ):
        async with rows.connect() as connection:
            with pytest.raises(DBAPIError):
                await connection.exec_driver_sql(statement)
    async with acting(rows, A) as run:
        await run(text("set local row_security = off"))
        await refused(run(TABLES["drafts"].select()), "row-level security")


Begin = Callable[[UUID | None], AbstractAsyncContextManager[AsyncSession]]


async def storm(begin: Begin, tenants: list[UUID], *, transactions: int, seed: int) -> tuple[int, int]:
    """(rows of others that were read, rows read at all): a tenth is cancelled, a tenth raises, a tenth fails in Postgres, a fifth
    has no tenant."""
    chance = random.Random(seed)
    foreign = read = 0

    async def one(tenant_id: UUID | None, fate: float, pause: float) -> None:
        nonlocal foreign, read
        async with begin(tenant_id) as session:
            seen = (await session.execute(text("select tenant_id from app.dialogs"))).scalars().all()
            read += len(seen)
            foreign += sum(found != tenant_id for found in seen)
            if fate < 0.1:
                raise ValueError("a handler failed")
            if fate < 0.2:
                await session.execute(text("select 1 / 0"))
            await asyncio.sleep(pause)

    async def stormy(tenant_id: UUID | None, fate: float, pause: float) -> None:
        task = asyncio.create_task(one(tenant_id, fate, pause))
        if 0.2 <= fate < 0.3:
            await asyncio.sleep(pause / 2)
            task.cancel()
        with suppress(ValueError, DBAPIError, asyncio.CancelledError):
            await task

    lot = [
        (None if chance.random() < 0.2 else chance.choice(tenants), chance.random(), chance.uniform(0, 0.01))
        for _ in range(transactions)
    ]
    for start in range(0, len(lot), 40):
        await asyncio.gather(*(stormy(*each) for each in lot[start : start + 40]))
    return foreign, read


@pytest.fixture
async def tenants(make_tenant: MakeTenant, db: Database) -> list[UUID]:
    found = [(await make_tenant()).tenant_id for _ in range(4)]
    for tenant_id in found:
        async with db.begin(tenant_id) as session:
            await session.execute(
                text("insert into app.dialogs (tenant_id, id, chat_id, data) values (:t, :i, 1, '{}')"),
                {"t": tenant_id, "i": uuid4()},
            )
    return found


async def test_a_storm_of_cancellations_mixes_nobodys_rows(
    tenants: list[UUID], postgres_urls: PostgresUrls
) -> None:
    small = Database(postgres_urls.app, pool_size=5)
    small.engine.pool._max_overflow = 0  # type: ignore[attr-defined]  # every connection is used again and again
    foreign, read = await storm(small.begin, tenants, transactions=400, seed=1)
    assert foreign == 0
    assert read > 200
    # The pool is as good as new: nobody's setting is left on any connection.
    async with small.engine.connect() as connection:
        left = await connection.scalar(text("select current_setting('app.tenant', true)"))
    assert left in (None, "")
    await small.close()


async def test_the_same_storm_over_session_settings_does_mix_them(
    tenants: list[UUID], postgres_urls: PostgresUrls
) -> None:
    """The control: set for the session instead of the transaction, what everybody writes first, leaks at once."""
    engine = create_async_engine(postgres_urls.app, pool_size=5, max_overflow=0)
    sessions = async_sessionmaker(engine)

    @asynccontextmanager
    async def naive(tenant_id: UUID | None) -> AsyncIterator[AsyncSession]:
        async with sessions() as session, session.begin():
            if tenant_id is not None:
                await session.execute(
                    text("select set_config('app.tenant', :tenant, false)"), {"tenant": str(tenant_id)}
                )
            yield session

    foreign, _ = await storm(naive, tenants, transactions=400, seed=1)
    await engine.dispose()
    assert foreign > 0


async def test_a_second_transaction_in_the_same_task_is_refused(db: Database, tenant_id: UUID) -> None:
    async with db.begin(tenant_id):
        with pytest.raises(RuntimeError, match="already open"):
            async with db.begin():
                pass
        with pytest.raises(RuntimeError, match="already open"):
            await asyncio.create_task(db.ping())
        await asyncio.create_task(db.ping(), context=contextvars.Context())
    await db.ping()


async def test_after_an_error_or_a_stop_the_next_transaction_opens(db: Database, tenant_id: UUID) -> None:
    with pytest.raises(ValueError, match="a handler failed"):
        async with db.begin(tenant_id):
            raise ValueError("a handler failed")

    async def slow() -> None:
        async with db.begin(tenant_id) as session:
            await session.execute(text("select pg_sleep(30)"))

    task = asyncio.create_task(slow())
    await asyncio.sleep(0.1)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    await db.ping()


async def test_bells_ring_after_the_commit_and_never_without_one(
    db: Database, postgres_urls: PostgresUrls, tenant_id: UUID
) -> None:
    rung: list[UUID] = []

    async def bell(items: Any) -> None:
        await db.ping()  # outside of the transaction by now
        rung.extend(bell.item_id for bell in items)

    ringing = Database(postgres_urls.app, doorbell=bell)
    item = uuid4()
    with suppress(ValueError):
        async with ringing.begin(tenant_id) as session:
            ring_after_commit(session, Bell(item, "a queue"))
            raise ValueError("a handler failed")
    assert rung == []
    async with ringing.begin(tenant_id) as session:
        ring_after_commit(session, Bell(item, "a queue"))
        assert rung == []
    assert rung == [item]
    await ringing.close()


async def test_system_tables_hold_ids_and_sealed_bytes_only(owner_sql: OwnerSql) -> None:
    found = await owner_sql(
        "select table_name, column_name from information_schema.columns where table_schema = 'app' "
        "and table_name = any(:tables) and data_type in ('text', 'character varying', 'jsonb', 'bytea')",
        tables=sorted(SYSTEM_TABLES),
    )
    assert {tuple(row) for row in found} == {
        ("work_items", "job"),
        ("work_items", "last_error"),
        ("inbox_updates", "payload_sealed"),
        ("inbox_updates", "error"),
        ("alembic_version", "version_num"),
    }
