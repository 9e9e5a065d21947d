"""Alembic's environment: runs as the owner, finds every model by glob, and keeps roles and grants in step."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Mapping
from pathlib import Path

from alembic import context
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine

from core.db import SCHEMA, Base
from migrations.access import Role, apply_access
from migrations.roles import ensure_roles, passwords_in
from migrations.settings import MigrationSettings

ROOT = Path(__file__).resolve().parent.parent

for path in sorted((ROOT / "core").rglob("*.py")):
    if path.name in {"models.py", "jobs.py", "inbox.py"}:
        importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))


def run(connection: Connection, passwords: Mapping[Role, str]) -> None:
    ensure_roles(connection, passwords)
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
    if context.config.attributes.get("moves"):
        apply_access(connection)
        connection.commit()


async def main() -> None:
    settings = MigrationSettings()
    passwords = passwords_in(settings.urls)
    engine = create_async_engine(settings.migration_database_url.get_secret_value())
    try:
        async with engine.connect() as connection:
            await connection.run_sync(run, passwords)
    finally:
        await engine.dispose()


asyncio.run(main())
