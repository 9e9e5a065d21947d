"""Opening a transaction: whose it is, that it cannot be nested, that it ends whole; and what no role may do."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy.exc import DBAPIError

from core.db import Bell, Database, ring_after_commit
from core.settings import Login
from migrations.isolation import SYSTEM_TABLES
from sandbox.embedded import PostgresUrls

OwnerSql = Callable[..., Awaitable[list[tuple[Any, ...]]]]

FORBIDDEN = (
    "set role gigwright_owner",
    "grant gigwright_admin to current_user",
    "set session authorization postgres",
    "alter table app.drafts no force row level security",
    "drop policy tenant on app.drafts",
    "truncate app.drafts",
    "create table app.mine (id int)",
    "create table public.mine (id int)",
    "create function app.tenant() returns uuid language sql as 'select null::uuid'",
    "set row_security = off; select * from app.work_items",
    "select * from app.alembic_version",
    "update app.audit_events set event = 'nothing'",
    "delete from app.audit_events",
    "copy app.tenants to program 'cat'",
    "select pg_read_file('/etc/hostname')",
    "select rolpassword from pg_authid",
)


@pytest.mark.asvs("V13.2.2")
@pytest.mark.parametrize("login", Login)
@pytest.mark.parametrize("statement", FORBIDDEN)
async def test_no_role_can_rise(logins: Mapping[Login, Database], login: Login, statement: str) -> None:
    async with logins[login].engine.connect() as connection:
        with pytest.raises(DBAPIError):
            await connection.exec_driver_sql(statement)


@pytest.mark.asvs("V8.4.1")
async def test_without_row_security_nothing_is_read_at_all(logins: Mapping[Login, Database]) -> None:
    async with logins[Login.BOT].engine.connect() as connection:
        await connection.exec_driver_sql("set row_security = off")
        with pytest.raises(DBAPIError, match="row-level security"):
            await connection.exec_driver_sql("select * from app.drafts")


# What a process must not see even of its own tenant: who breaks into it gets no more than it had.
KEPT_FROM = [
    (Login.DRAFTING, "upwork_accounts"),
    (Login.DRAFTING, "factors"),
    (Login.DRAFTING, "backup_codes"),
    (Login.DRAFTING, "contacts"),
    (Login.DRAFTING, "web_sessions"),
    (Login.DRAFTING, "refresh_tokens"),
    (Login.NOTIFY, "upwork_accounts"),
    (Login.NOTIFY, "factors"),
    (Login.NOTIFY, "refresh_tokens"),
    (Login.NOTIFY, "oauth_attempts"),
    (Login.UPWORK, "factors"),
    (Login.UPWORK, "backup_codes"),
    (Login.UPWORK, "web_logins"),
    (Login.WEB, "profile_facts"),
    (Login.WEB, "stories"),
    (Login.ADMIN, "tenant_keys"),
    (Login.ADMIN, "profile_facts"),
    (Login.ADMIN, "stories"),
    (Login.ADMIN, "audit_events"),
    (Login.BOT, "one_time_codes"),
]


@pytest.mark.parametrize(("login", "table"), KEPT_FROM)
async def test_a_process_reads_only_what_it_works_with(
    logins: Mapping[Login, Database], login: Login, table: str
) -> None:
    async with logins[login].engine.connect() as connection:
        with pytest.raises(DBAPIError, match="permission denied"):
            await connection.exec_driver_sql(f"select * from app.{table}")  # noqa: S608 - written above


@pytest.mark.parametrize(
    ("login", "column"),
    [
        (Login.NOTIFY, "draft_versions.body_sealed"),
        (Login.NOTIFY, "approvals.payload_sealed"),
        (Login.BOT, "factors.secret_sealed"),
        (Login.BOT, "backup_codes.code_hash"),
        (Login.BOT, "refresh_tokens.token_hash"),
        (Login.WEB, "approvals.payload_sealed"),
        (Login.ADMIN, "draft_versions.body_sealed"),
        (Login.ADMIN, "upwork_accounts.access_token_sealed"),
    ],
)
async def test_a_process_opens_no_secret_of_anothers_work(
    logins: Mapping[Login, Database], login: Login, column: str
) -> None:
    table, name = column.split(".")
    async with logins[login].engine.connect() as connection:
        with pytest.raises(DBAPIError, match="permission denied"):
            await connection.exec_driver_sql(f"select {name} from app.{table}")  # noqa: S608 - written above


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
            await (await session.connection()).exec_driver_sql("select pg_sleep(30)")

    task = asyncio.create_task(slow())
    await asyncio.sleep(0.1)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    await db.ping()


async def test_bells_ring_after_the_commit_and_never_without_one(
    db: Database, postgres_urls: PostgresUrls, tenant_id: UUID
) -> None:
    rung: list[Bell] = []

    async def bell(bells: Sequence[Bell]) -> None:
        await db.ping()  # outside of the transaction by now
        rung.extend(bells)

    ringing = Database(postgres_urls.app, doorbell=bell)
    wanted = Bell(uuid4(), "a queue")
    with suppress(ValueError):
        async with ringing.begin(tenant_id) as session:
            ring_after_commit(session, wanted)
            raise ValueError("a handler failed")
    assert rung == []
    async with ringing.begin(tenant_id) as session:
        ring_after_commit(session, wanted)
        assert rung == []
    assert rung == [wanted]
    await ringing.close()


async def test_system_tables_hold_ids_and_sealed_bytes_only(owner_sql: OwnerSql) -> None:
    found = await owner_sql(
        "select table_name || '.' || column_name from information_schema.columns where table_schema = 'app' "
        "and table_name = any(:tables) and data_type in ('text', 'character varying', 'jsonb', 'bytea')",
        tables=sorted(SYSTEM_TABLES),
    )
    readable = {name for (name,) in found if not name.endswith(("_sealed", "_hash"))}
    # Names of jobs, processes and errors of our own, keyed hashes, and revision numbers.
    assert readable == {
        "work_items.job",
        "work_items.last_error",
        "inbox_updates.error",
        "alembic_version.version_num",
        "erased_tenants.mark",
        "erased_tenants.audit_head",
        "key_holders.process",
        "login_failures.who",
        "login_failures.origin",
        "system_secrets.purpose",
        "system_secrets.sealed",
    }
