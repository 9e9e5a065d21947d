"""The real database, the real doorbell, a movable clock. Only what lies outside is stood in for."""

from __future__ import annotations

import asyncio
import base64
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from io import StringIO
from uuid import UUID

import hypothesis
import pytest
import structlog
from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from benchmarks.databases import make_together, migrate
from core import log
from core.accounts.service import Account, open_account
from core.crypto import Vault
from core.db import Database
from core.security.audit import seal_with
from core.settings import Environment, Login, Settings
from sandbox.embedded import PostgresUrls, start_postgres, start_valkey
from tests.shuffle import shuffle_rows

_EMPTYING = """
do $$ declare name text; begin
    set local session_replication_role = replica;
    for name in select tablename from pg_tables where schemaname = 'app' and tablename <> 'alembic_version' loop
        execute format('delete from app.%I', name);
    end loop;
end $$"""
"""As a replica would, so that neither keys between tables nor triggers that keep rows from being deleted get in the way."""

# How fast an example is made says something about the machine's other work, nothing about the code.
hypothesis.settings.register_profile(
    "steady", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("steady")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--shuffle-rows", action="store_true", help="give unordered rows in any order")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--shuffle-rows"):
        shuffle_rows()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test's ASVS items go with its report, out of whatever process it ran in."""
    for item in items:
        item.user_properties += [("asvs", name) for mark in item.iter_markers("asvs") for name in mark.args]


class FakeClock:
    """Stands still until a test moves it; starts at the real time so that database times stay comparable."""

    def __init__(self) -> None:
        self._now = datetime.now(UTC)

    def now(self) -> datetime:
        return self._now

    def advance(self, seconds: float = 0, *, hours: float = 0) -> None:
        self._now += timedelta(seconds=seconds, hours=hours)


@pytest.fixture(scope="session")
def postgres_urls() -> Iterator[PostgresUrls]:
    """One throw-away server for the whole run, migrated by the real command."""
    with start_postgres(durable=False) as urls:
        migrate(urls)
        asyncio.run(make_together(urls))
        yield urls


@pytest.fixture(scope="session")
def valkey_url() -> Iterator[str]:
    with start_valkey() as url:
        yield url


@pytest.fixture
async def owner_sql(
    postgres_urls: PostgresUrls,
) -> AsyncIterator[Callable[..., Awaitable[list[tuple[object, ...]]]]]:
    """Run SQL as the owner, past row-level security: for looking at what is really stored. Keywords are its parameters."""
    engine = create_async_engine(postgres_urls.owner)

    async def run(statement: str, **values: object) -> list[tuple[object, ...]]:
        async with engine.begin() as connection:
            result = await connection.execute(text(statement), values)
            return [tuple(row) for row in result] if result.returns_rows else []

    yield run
    await engine.dispose()


@pytest.fixture
async def db(postgres_urls: PostgresUrls, settings: Settings) -> AsyncIterator[Database]:
    """What all processes together may do, on an empty schema. `logins` has each process by itself."""
    await _empty(postgres_urls)
    database = Database(postgres_urls.app)
    seal_with(database, Vault(settings.kek_ring))
    yield database
    await database.close()


@pytest.fixture
async def logins(
    db: Database, vault: Vault, postgres_urls: PostgresUrls
) -> AsyncIterator[Mapping[Login, Database]]:
    """The same database through each process's own eyes."""
    opened = {login: Database(postgres_urls.logins[login.value], pool_size=2) for login in Login}
    for database in opened.values():
        seal_with(database, vault)
    yield opened
    for database in opened.values():
        await database.close()


async def _empty(urls: PostgresUrls) -> None:
    """Row by row: `truncate` makes the files of sixty tables anew, which takes twenty times as long for a few rows."""
    engine = create_async_engine(urls.owner)
    async with engine.begin() as connection:
        await connection.execute(text(_EMPTYING))
    await engine.dispose()


@contextmanager
def reading_log(level: str) -> Iterator[StringIO]:
    """What the log says from that level on, set up as the processes set it up."""
    root = logging.getLogger()
    handlers, before = root.handlers, root.level
    log.configure(json=True, level=level)
    stream = StringIO()
    handler = root.handlers[0]
    assert isinstance(handler, logging.StreamHandler)
    handler.setStream(stream)
    try:
        yield stream
    finally:
        structlog.reset_defaults()
        root.handlers, root.level = handlers, before


@pytest.fixture
def printed() -> Iterator[StringIO]:
    with reading_log("INFO") as stream:
        yield stream


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(scope="session")
def settings(
    postgres_urls: PostgresUrls, valkey_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Settings:
    outside = tmp_path_factory.mktemp("outside")
    key = base64.b64encode(bytes(range(32))).decode()
    made = Settings(
        _env_file=None,
        environment=Environment.TEST,
        redis_url=SecretStr(valkey_url),
        key_encryption_keys=SecretStr(f"1:{key}"),
        public_url="http://127.0.0.1:8000",
        telegram_bot_token=SecretStr("4242424242:test-token-that-belongs-to-nobody-at-all"),
        upwork_client_id="test-client",
        audit_anchor=str(outside / "anchors"),
        erasure_log=str(outside / "erased"),
        upwork_client_secret=SecretStr("test-client-secret"),
    )
    own = {f"database_url_{login}": SecretStr(url) for login, url in postgres_urls.logins.items()}
    return made.model_copy(update=own)


@pytest.fixture
def vault(settings: Settings) -> Vault:
    return Vault(settings.kek_ring)


@pytest.fixture
def make_tenant(db: Database, vault: Vault) -> Callable[..., Awaitable[Account]]:
    """`await make_tenant()` opens a new account; each has its own Telegram id."""
    last = 1000

    async def make(*, locale: str = "en", telegram_id: int | None = None) -> Account:
        nonlocal last
        last += 1
        number = telegram_id or last
        return await open_account(db, vault, telegram_id=number, chat_id=number, locale=locale)

    return make


@pytest.fixture
async def tenant_id(make_tenant: Callable[..., Awaitable[Account]]) -> UUID:
    return (await make_tenant()).tenant_id
