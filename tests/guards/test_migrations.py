"""Migrations go up, down and up again, say what the models say, and refuse what they were not written for."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import create_async_engine

from migrations.__main__ import config, main
from migrations.access import Role
from migrations.roles import ensure_roles, passwords_in, setting_of
from sandbox.embedded import PostgresUrls

ROOT = Path(__file__).resolve().parent.parent.parent
SCRIPTS = ScriptDirectory.from_config(config())
REVISIONS = [script.revision for script in reversed(list(SCRIPTS.walk_revisions()))]

ONLY_ROLES = {"0006"}
"""Roles and grants are made beside the revisions, so this one leaves the tables as they are."""

_LOOK = """
select string_agg(line, E'\\n' order by line) from (
    select format('%s %s %s %s %s', table_name, column_name, data_type, is_nullable, coalesce(column_default, '')) as line
      from information_schema.columns where table_schema = 'app' and table_name <> 'alembic_version'
    union all
    select indexdef from pg_indexes where schemaname = 'app' and tablename <> 'alembic_version'
    union all
    select format('%s %s %s', c.relname, o.conname, pg_get_constraintdef(o.oid))
      from pg_constraint o join pg_class c on c.oid = o.conrelid join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = 'app' and c.relname <> 'alembic_version'
    union all
    select format('%s %s %s %s %s', tablename, policyname, cmd, qual, with_check) from pg_policies where schemaname = 'app'
    union all
    select format('%s %s %s', relname, relrowsecurity, relacl) from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = 'app' and relkind = 'r' and relname <> 'alembic_version'
    union all
    select pg_get_functiondef(p.oid) from pg_proc p join pg_namespace n on n.oid = p.pronamespace where n.nspname = 'app'
) as lines
"""


@pytest.fixture
async def empty(postgres_urls: PostgresUrls) -> AsyncIterator[PostgresUrls]:
    """A new database on the same server."""
    name = f"scratch_{os.getpid()}"
    engine = create_async_engine(postgres_urls.owner, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(text(f"create database {name}"))
    yield postgres_urls.database(name)
    async with engine.connect() as connection:
        await connection.execute(text(f"drop database {name} with (force)"))
    await engine.dispose()


@dataclass
class Migrations:
    """The command itself, in this process: starting one for each step takes seconds."""

    urls: PostgresUrls
    environment: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]

    async def __call__(self, *arguments: str, **settings: str) -> tuple[int, str]:
        """(exit status, what was said)."""
        given = self.urls.environment | settings
        for name, value in given.items():
            self.environment.setenv(name, value)
        status = await asyncio.to_thread(main, list(arguments))
        said = self.capsys.readouterr()
        return status, said.out + said.err

    async def ok(self, *arguments: str) -> None:
        status, said = await self(*arguments)
        assert status == 0, said


@pytest.fixture
def migrations(
    empty: PostgresUrls, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Migrations:
    return Migrations(empty, monkeypatch, capsys)


async def look(urls: PostgresUrls) -> str:
    """The whole schema as text."""
    engine = create_async_engine(urls.owner)
    async with engine.connect() as connection:
        found = await connection.scalar(text(_LOOK))
    await engine.dispose()
    return str(found or "")


def test_there_is_one_line_of_revisions() -> None:
    assert len(SCRIPTS.get_heads()) == 1
    assert len(SCRIPTS.get_bases()) == 1
    assert len(REVISIONS) >= 3


def test_no_revision_is_too_long_to_read() -> None:
    for path in (ROOT / "migrations" / "versions").glob("*.py"):
        assert len(path.read_text().splitlines()) < 350, path.name


async def test_each_revision_goes_up_down_and_up_again(migrations: Migrations) -> None:
    below = ""
    for revision in REVISIONS:
        await migrations.ok("upgrade", revision)
        above = await look(migrations.urls)
        assert (above != below) is (revision not in ONLY_ROLES)
        await migrations.ok("downgrade", "-1")
        assert await look(migrations.urls) == below
        await migrations.ok("upgrade", revision)
        assert await look(migrations.urls) == above
        below = above
    await migrations.ok("check")
    await migrations.ok("lint")
    await migrations.ok("downgrade", "base")
    assert await look(migrations.urls) == ""
    await migrations.ok("upgrade")
    assert await look(migrations.urls) == below


async def test_a_change_of_a_model_without_a_revision_is_noticed(migrations: Migrations) -> None:
    await migrations.ok("upgrade")
    engine = create_async_engine(migrations.urls.owner)
    async with engine.begin() as connection:
        await connection.execute(text("alter table app.drafts drop column stop_at"))
    await engine.dispose()
    status, said = await migrations("check")
    assert status == 1
    assert "stop_at" in said


@pytest.mark.parametrize(
    "password", ["it's", 'a"b', "a\\b", "a:b", "%41:/@?#", "пароль", "$1 %s :name", "\\'; drop role x--"]
)
async def test_the_products_role_gets_the_password_to_the_letter(
    postgres_urls: PostgresUrls, password: str
) -> None:
    url = make_url(postgres_urls.logins["bot"]).set(password=password).render_as_string(hide_password=False)
    engine = create_async_engine(postgres_urls.owner)
    async with engine.connect() as connection:
        await connection.run_sync(ensure_roles, passwords_in({Role.BOT: url}))
        stored = await connection.scalar(
            text("select rolpassword from pg_authid where rolname = 'gigwright_bot'")
        )
        await connection.rollback()
    await engine.dispose()
    assert verifies(str(stored), password)


def verifies(stored: str, password: str) -> bool:
    """Whether Postgres' SCRAM verifier was made from this password (RFC 5802)."""
    scheme, rest = stored.split("$", 1)
    assert scheme == "SCRAM-SHA-256"
    (iterations, salt), (stored_key, _) = (part.split(":") for part in rest.split("$"))
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), base64.b64decode(salt), int(iterations))
    client_key = hmac.new(salted, b"Client Key", hashlib.sha256).digest()
    return base64.b64decode(stored_key) == hashlib.sha256(client_key).digest()


@pytest.mark.parametrize("user", ["postgres", "gigwright_owner", "gigwright_bot", "somebody"])
async def test_another_login_role_is_refused_in_words(migrations: Migrations, user: str) -> None:
    url = make_url(migrations.urls.logins["web"]).set(username=user).render_as_string(hide_password=False)
    status, said = await migrations("upgrade", DATABASE_URL_WEB=url)
    assert status == 2
    assert "DATABASE_URL_WEB must log in as gigwright_web" in said
    assert await look(migrations.urls) == ""


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("DATABASE_URL_BOT", "", "no address"),
        ("MIGRATION_DATABASE_URL", "not an address", "no address"),
        (
            "MIGRATION_DATABASE_URL",
            "postgresql+asyncpg://postgres@/x?host=/nowhere/at/all",
            "does not answer",
        ),
    ],
)
async def test_what_is_wrong_with_the_settings_is_said(
    migrations: Migrations, name: str, value: str, says: str
) -> None:
    status, said = await migrations("upgrade", **{name: value})
    assert status in (1, 2)
    assert says in said


def test_the_command_without_settings_names_them() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "migrations", "upgrade"],
        cwd=ROOT / "migrations",
        env={"PATH": os.defpath, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    names = ["MIGRATION_DATABASE_URL", *(setting_of(role) for role in Role)]
    assert done.stderr == f"set {', '.join(names)} in the environment or in .env first\n"


async def test_an_unknown_command_lists_the_known_ones(migrations: Migrations) -> None:
    status, said = await migrations("fly")
    assert status == 2
    assert "upgrade, downgrade, check" in said
