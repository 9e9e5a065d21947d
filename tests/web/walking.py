"""Walking over every route of the web process, and seeing whether anything is stored differently afterwards."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
from fastapi import FastAPI

from web.security import WEBHOOK_PATH

HTTPS = "https://gigwright.example"
SAFE = {"GET", "HEAD", "OPTIONS"}
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "FOO")
# What notes that somebody knocked is meant to change; everything else is state.
NOTED = {"inbox_updates", "login_failures", "audit_events", "audit_heads", "alembic_version"}

OwnerSql = Callable[..., Awaitable[list[tuple[Any, ...]]]]


def table_of_routes(app: FastAPI) -> dict[str, set[str]]:
    """Methods by path, from the schema that the app itself gives."""
    found = {
        path: {method.upper() for method in operations} for path, operations in app.openapi()["paths"].items()
    }
    assert {"/", "/connect/{token}", WEBHOOK_PATH, "/auth/login", "/admin/users"} <= set(found)
    return found


def routes(app: FastAPI, *, value: str = "x") -> list[tuple[str, str]]:
    """Every method and path, with `value` for what stands in braces."""
    return [
        (method, re.sub(r"\{[^}]+\}", value, path))
        for path, methods in table_of_routes(app).items()
        for method in sorted(methods)
    ]


def writing_routes(app: FastAPI, *, value: str = "x") -> list[tuple[str, str]]:
    """Those that change something, but for Telegram's, which shows its secret instead."""
    found = [
        (method, path)
        for method, path in routes(app, value=value)
        if method not in SAFE and path != WEBHOOK_PATH
    ]
    assert len(found) >= 15
    return found


def client(app: FastAPI, base_url: str = HTTPS, *, peer: str = "127.0.0.1") -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app, client=(peer, 4000), raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url=base_url)


async def checksums(owner_sql: OwnerSql) -> dict[str, tuple[Any, ...]]:
    """A digest of all rows of every table that holds state."""
    tables = await owner_sql("select tablename from pg_tables where schemaname = 'app'")
    found: dict[str, tuple[Any, ...]] = {}
    for (table,) in tables:
        if table not in NOTED:
            digest = f"select count(*), md5(coalesce(string_agg(t::text, '|' order by t::text), '')) from app.{table} t"  # noqa: S608 - names from the catalog
            found[str(table)] = (await owner_sql(digest))[0]
    assert len(found) > 10
    return found
