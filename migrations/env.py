"""Alembic's environment: runs as the owner, finds every model by glob, and keeps the app's login role in step."""

from __future__ import annotations

import asyncio
import importlib
from pathlib import Path

from alembic import context
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine

from core.db import SCHEMA, Base
from migrations.roles import ensure_roles
from migrations.settings import MigrationSettings

ROOT = Path(__file__).resolve().parent.parent

for path in sorted((ROOT / "core").rglob("*.py")):
    if path.name in {"models.py", "jobs.py", "inbox.py"}:
        importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))


def run(connection: Connection, app_url: str) -> None:
    ensure_roles(connection, app_url)
    connection.execute(text(f"create schema if not exists {SCHEMA} authorization gigwright_owner"))
    connection.execute(text("create extension if not exists vector with schema public"))
    connection.commit()
    connection.execute(text("set role gigwright_owner"))
    connection.execute(text("set lock_timeout = '5s'"))
    connection.commit()
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        version_table_schema=SCHEMA,
        include_schemas=True,
        include_name=lambda name, kind, _parents: kind != "schema" or name == SCHEMA,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


async def main() -> None:
    settings = MigrationSettings()
    engine = create_async_engine(settings.migration_database_url.get_secret_value())
    try:
        async with engine.connect() as connection:
            await connection.run_sync(run, settings.database_url.get_secret_value())
    finally:
        await engine.dispose()


asyncio.run(main())
