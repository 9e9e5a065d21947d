"""The catalog of the migrated database has no hole between tenants, and the search for holes finds each one that is made."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from core.db import Base
from migrations.isolation import SYSTEM_TABLES
from migrations.lint import DIRECTORIES, lint, problems
from sandbox.embedded import PostgresUrls

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
async def owner(postgres_urls: PostgresUrls) -> AsyncIterator[AsyncConnection]:
    """A transaction of the owner's that is undone: what a test breaks is whole again afterwards."""
    engine = create_async_engine(postgres_urls.owner)
    async with engine.connect() as connection:
        transaction = await connection.begin()
        yield connection
        await transaction.rollback()
    await engine.dispose()


async def test_there_is_no_hole(postgres_urls: PostgresUrls) -> None:
    assert await lint(postgres_urls.owner) == []


def test_the_command_says_so(postgres_urls: PostgresUrls) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "migrations", "lint"],
        cwd=ROOT,
        env={"MIGRATION_DATABASE_URL": postgres_urls.owner, "DATABASE_URL": postgres_urls.app},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "isolation: 0 holes\n"


def test_every_table_of_the_models_is_somebodys_or_known_to_be_nobodys() -> None:
    for table in Base.metadata.tables.values():
        assert "tenant_id" in table.columns or table.name in SYSTEM_TABLES, table.name
    assert {"work_items", "inbox_updates", "upwork_usage", "alembic_version"} == SYSTEM_TABLES
    assert {"telegram_links", "upwork_owners"} == DIRECTORIES


TENANT_TABLES = sorted(
    name.split(".")[1] for name in Base.metadata.tables if name.split(".")[1] not in SYSTEM_TABLES
)


@pytest.mark.parametrize("table", TENANT_TABLES)
async def test_a_policy_that_is_gone_or_off_is_missed(owner: AsyncConnection, table: str) -> None:
    for hole in (
        f"drop policy tenant on app.{table}",
        f"alter table app.{table} disable row level security",
        f"alter table app.{table} no force row level security",
        f"alter policy tenant on app.{table} using (true)",
        f"alter policy tenant on app.{table} with check (true)",
        f"create policy more on app.{table} for select using (tenant_id is not null)",
        f"grant truncate on app.{table} to gigwright_app",
    ):
        made = await owner.begin_nested()
        await owner.execute(text(hole))
        found = await owner.run_sync(problems)
        assert any(table in problem for problem in found), hole
        await made.rollback()
    assert await owner.run_sync(problems) == []


@pytest.mark.parametrize(
    ("hole", "word"),
    [
        ("create table app.notes (id int primary key, tenant_id uuid)", "notes"),
        ("create table app.notes (id int primary key)", "notes"),
        ("create view app.peek as select * from app.drafts", "peek"),
        ("create materialized view app.peek as select * from app.drafts", "peek"),
        ("alter table app.drafts owner to postgres", "drafts belongs to postgres"),
        ("alter role gigwright_app bypassrls", "passes by row-level security"),
        ("alter role gigwright_app superuser", "superuser"),
        ("grant gigwright_owner to gigwright_app", "member"),
        ("alter table app.work_items owner to gigwright_app", "owns something"),
        ("grant references on app.drafts to gigwright_app", "REFERENCES"),
        ("grant trigger on app.drafts to gigwright_app", "TRIGGER"),
        ("grant update on app.audit_events to gigwright_app", "UPDATE"),
        ("grant delete on app.audit_events to gigwright_app", "DELETE"),
        ("grant select on app.drafts to public", "public"),
        ("grant select on app.alembic_version to gigwright_app", "alembic_version"),
        ("create policy lookup on app.drafts for select using (state = app.lookup())", "drafts"),
        (
            "create policy wide on app.telegram_links for all using (app.lookup() is not null)",
            "telegram_links",
        ),
        ("create unique index peek on app.drafts (message_id)", "peek"),
        (
            "create function app.anything() returns int language sql security definer as 'select 1'",
            "anything",
        ),
        (
            "create or replace function app.tenant() returns uuid stable as $$ select app.lookup()::uuid $$ language sql",
            "tenant()",
        ),
        (
            "create table app.loose (tenant_id uuid not null, id uuid, draft uuid, primary key (tenant_id, id))",
            "loose",
        ),
    ],
)
async def test_each_kind_of_hole_is_found(owner: AsyncConnection, hole: str, word: str) -> None:
    await owner.execute(text(hole))
    assert any(word in problem for problem in await owner.run_sync(problems))


async def test_a_key_that_could_point_at_somebody_else_is_found(owner: AsyncConnection) -> None:
    await owner.execute(text("alter table app.drafts add constraint drafts_id unique (id)"))
    await owner.execute(
        text("alter table app.actions add constraint loose foreign key (draft_id) references app.drafts (id)")
    )
    found = await owner.run_sync(problems)
    assert any("loose could point at another tenant's drafts" in problem for problem in found)
    assert any("drafts_id tells whether another tenant has the same" in problem for problem in found)
