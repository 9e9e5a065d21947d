"""The catalog of the migrated database has no hole between tenants, and the search for holes finds each one that is made."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from core.jobs import KINDS, Job, Kind
from core.privacy.tables import TABLES
from core.settings import Login
from migrations.access import ACCESS, Role, apply_access, parse
from migrations.isolation import SYSTEM_TABLES
from migrations.lint import DIRECTORIES, lint, problems
from sandbox.embedded import LOGINS, PostgresUrls

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


@pytest.mark.asvs("V8.4.1")
async def test_there_is_no_hole(postgres_urls: PostgresUrls) -> None:
    assert await lint(postgres_urls.owner) == []


def test_the_command_says_so(postgres_urls: PostgresUrls) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "migrations", "lint"],
        cwd=ROOT,
        env=postgres_urls.environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "isolation: 0 holes\n"


def test_every_table_of_the_models_is_somebodys_or_known_to_be_nobodys() -> None:
    for table in TABLES.values():
        assert "tenant_id" in table.columns or table.name in SYSTEM_TABLES, table.name
    assert {
        "alembic_version",
        "erased_tenants",
        "inbox_updates",
        "key_holders",
        "key_uses",
        "login_failures",
        "pending_logins",
        "system_secrets",
        "upwork_usage",
        "work_items",
    } == SYSTEM_TABLES
    assert {"telegram_links", "upwork_owners", "web_logins"} == DIRECTORIES


def test_every_table_has_its_line_in_the_list_of_grants_and_no_line_is_left_over() -> None:
    assert set(ACCESS) == set(TABLES)


def test_the_processes_are_the_roles() -> None:
    assert {f"gigwright_{login}" for login in Login} == set(Role)
    assert {kind.value for kind in Kind} < {login.value for login in Login}
    assert set(LOGINS) == {login.value for login in Login}
    assert set(KINDS) == set(Job)


_SHOWN = """
select grantee, table_name, lower(privilege_type), column_name from information_schema.column_privileges
 where table_schema = 'app' and grantee like 'gigwright%' and grantee <> 'gigwright_owner'
union
select grantee, table_name, 'delete', '' from information_schema.role_table_grants
 where table_schema = 'app' and privilege_type = 'DELETE' and grantee like 'gigwright%' and grantee <> 'gigwright_owner'
"""


@pytest.mark.asvs("V13.2.2")
async def test_what_postgres_shows_as_granted_is_the_checked_in_list(owner: AsyncConnection) -> None:
    """Asked of the information schema, column by column, by another road than the lint's."""
    shown = {tuple(row) for row in await owner.execute(text(_SHOWN))}
    listed = set()
    for name, roles in ACCESS.items():
        every = [column.name for column in TABLES[name].columns]
        for role, privileges in roles.items():
            for verb, columns in parse(privileges):
                named = [""] if verb == "delete" else columns or every
                listed |= {(role.value, name, verb, column) for column in named}
    assert shown == listed


async def test_granting_again_changes_nothing(owner: AsyncConnection) -> None:
    before = {tuple(row) for row in await owner.execute(text(_SHOWN))}
    await owner.execute(text("grant update on app.audit_events to gigwright_notify"))
    await owner.execute(text("grant select (title) on app.job_postings to gigwright_admin"))
    await owner.execute(text("set local role gigwright_owner"))
    await owner.run_sync(apply_access)
    await owner.run_sync(apply_access)
    assert {tuple(row) for row in await owner.execute(text(_SHOWN))} == before
    assert await owner.run_sync(problems) == []


@pytest.mark.parametrize(
    "words", ["truncate", "select insert", "select,, insert", "all", "select (a", "Select"]
)
def test_only_four_verbs_can_be_granted(words: str) -> None:
    with pytest.raises(ValueError, match="not a list of privileges"):
        list(parse(words))


TENANT_TABLES = sorted(set(TABLES) - SYSTEM_TABLES)


@pytest.mark.parametrize("table", TENANT_TABLES)
async def test_a_policy_that_is_gone_or_off_is_missed(owner: AsyncConnection, table: str) -> None:
    for hole in (
        f"drop policy tenant on app.{table}",
        f"alter table app.{table} disable row level security",
        f"alter table app.{table} no force row level security",
        f"alter policy tenant on app.{table} using (true)",
        f"alter policy tenant on app.{table} with check (true)",
        f"create policy more on app.{table} for select using (tenant_id is not null)",
        f"grant truncate on app.{table} to gigwright_bot",
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
        ("alter role gigwright_bot bypassrls", "passes by row-level security"),
        ("alter role gigwright_bot superuser", "superuser"),
        ("grant gigwright_owner to gigwright_bot", "member"),
        ("alter table app.work_items owner to gigwright_bot", "owns something"),
        ("grant references on app.drafts to gigwright_bot", "REFERENCES"),
        ("grant trigger on app.drafts to gigwright_bot", "TRIGGER"),
        ("grant update on app.audit_events to gigwright_bot", "UPDATE"),
        ("grant delete on app.audit_events to gigwright_bot", "DELETE"),
        ("grant select on app.drafts to public", "public"),
        ("grant select on app.alembic_version to gigwright_bot", "alembic_version"),
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
