"""A person with one row in every table and a word of their own in every column, so that what is missing or left over shows."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

from pgvector.sqlalchemy import Vector
from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Float,
    Integer,
    LargeBinary,
    Numeric,
    String,
    Table,
    Uuid,
    insert,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR
from sqlalchemy.ext.asyncio import create_async_engine

from core.crypto import TenantKeys
from core.db import Base
from core.privacy.rules import RULES, Export
from core.privacy.tables import TABLES
from sandbox.embedded import PostgresUrls

OwnerSql = Callable[..., Awaitable[list[tuple[object, ...]]]]

FIXED = {"tenants", "telegram_links", "tenant_keys"}
"""These a person has already; their rows are looked at as they are."""


@dataclass
class Canaries:
    """What was put where: (table, column) to the words or numbers to look for, of what is given out and of what is held."""

    given: dict[tuple[str, str], str] = field(default_factory=dict)
    held: dict[tuple[str, str], str] = field(default_factory=dict)


def _word() -> str:
    return f"canary{secrets.token_hex(8)}"


def _value(column: Column[Any], word: str) -> tuple[Any, str]:
    """(what is stored, how it reads in JSON)."""
    kind, number = column.type, secrets.randbelow(1_000_000_000) + 1_000_000_000
    if isinstance(kind, Vector):
        return [float(secrets.randbelow(9))] * (kind.dim or 1), ""
    if isinstance(kind, JSONB):
        return {"word": word}, word
    if isinstance(kind, ARRAY):
        if isinstance(kind.item_type, Uuid):
            wanted = uuid4()
            return [wanted], str(wanted)
        return [word], word
    if isinstance(kind, Uuid):
        wanted = uuid4()
        return wanted, str(wanted)
    if isinstance(kind, Boolean):
        return True, "true"
    if isinstance(kind, DateTime):
        moment = datetime.fromisoformat("2031-01-01T00:00:00+00:00") + timedelta(seconds=number // 10)
        return moment, moment.isoformat()
    if isinstance(kind, Date):
        day = date(2031, 1, 1) + timedelta(days=secrets.randbelow(20_000))
        return day, day.isoformat()
    if isinstance(kind, Numeric):
        money = Decimal(secrets.randbelow(9_000_000) + 1_000_000) / 100
        scale = money.quantize(Decimal(1).scaleb(-(kind.scale or 2)))
        return scale, str(scale)
    if isinstance(kind, BigInteger | Integer | Float):
        return number, str(number)
    if isinstance(kind, LargeBinary):
        return word.encode(), word
    if isinstance(kind, String):
        return word, word
    raise AssertionError(f"no canary for {column} of {kind!r}")


def _ids(table: Table, planted: dict[str, UUID], tenant_id: UUID, chat_id: int) -> dict[str, Any]:
    """What a row cannot choose: whose it is, and the rows it belongs to."""
    fixed: dict[str, Any] = {"tenant_id": tenant_id, "chat_id": chat_id}
    for key in table.foreign_key_constraints:
        parent = key.referred_table.name
        if parent in planted:
            [column] = [name for name in key.column_keys if name != "tenant_id"]
            fixed[column] = planted[parent]
    return fixed


def row_for(table: Table, fixed: dict[str, Any], keys: TenantKeys, canaries: Canaries) -> dict[str, Any]:
    rule = RULES[table.name]
    row: dict[str, Any] = {}
    for column in table.columns:
        if column.computed is not None or isinstance(column.type, TSVECTOR):
            continue
        word = _word()
        row[column.name], reads = _value(column, word)
        if column.name in fixed:
            row[column.name], reads = fixed[column.name], str(fixed[column.name])
        given = rule.export is Export.ROWS and column.name not in rule.held
        if reads and (given or column.name not in fixed):
            (canaries.given if given else canaries.held)[table.name, column.name] = reads
    for column in table.columns:
        if column.name.endswith("_sealed") and column.name in row and "id" in row:
            place = SimpleNamespace(
                __tablename__=table.name, tenant_id=row["tenant_id"], id=row["id"], **{column.name: b""}
            )
            row[column.name] = keys.seal(place, column.name, row[column.name].decode())
    return row


async def plant(
    urls: PostgresUrls, *, tenant_id: UUID, chat_id: int, keys: TenantKeys, skip: frozenset[str] = frozenset()
) -> Canaries:
    """One row in every table that is about a person, past triggers."""
    canaries = Canaries()
    engine = create_async_engine(urls.owner)
    async with engine.begin() as connection:
        await connection.execute(text("set local session_replication_role = replica"))
        planted: dict[str, UUID] = {}
        for table in Base.metadata.sorted_tables:
            name = table.name
            if name not in TABLES or name in FIXED | skip or RULES[name].export is Export.NOTHING:
                continue
            row = row_for(table, _ids(table, planted, tenant_id, chat_id), keys, canaries)
            await connection.execute(insert(table).values(row))
            if "id" in row:
                planted[name] = row["id"]
    await engine.dispose()
    return canaries


async def dump(owner_sql: OwnerSql) -> str:
    """Every row of every table as text, the way somebody with the whole database would search it."""
    tables = await owner_sql("select tablename from pg_tables where schemaname = 'app'")
    found = []
    for (name,) in tables:
        rows = await owner_sql(f"select t::text from app.{name} as t")  # noqa: S608 - names from the catalog
        found += [f"{name}: {row[0]}" for row in rows]
    return "\n".join(found)
