"""Reading everything that is stored about a person, table by table, in plain form."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Table, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.accounts.models import TelegramLink
from core.crypto import CannotUnseal, TenantKeys
from core.db import tenant_of
from core.privacy.rules import RULES, Erase, Export
from core.privacy.tables import TABLES

_SEALED = "_sealed"
UNREADABLE = {"unreadable": True}
"""What stands for a value that no key opens any more."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """One table's rows about this person. `held` are columns that are stored and not given out; `count` is for HELD tables."""

    table: str
    rows: tuple[Mapping[str, Any], ...]
    held: tuple[str, ...]
    count: int


class _Place:
    """A row as the seal knows it: by table, tenant and id, with its sealed columns."""

    def __init__(self, table: str, row: Mapping[str, Any]) -> None:
        self.__tablename__ = table
        self.tenant_id: UUID = row["tenant_id"]
        self.id: UUID = row["id"]
        self._row = row

    def __getattr__(self, column: str) -> Any:
        return self._row[column]


def names() -> list[str]:
    """The tables that an export goes through, in the order of the rules."""
    return [name for name, rule in RULES.items() if rule.export is not Export.NOTHING]


async def gather(session: AsyncSession, keys: TenantKeys, name: str) -> Gathered:
    """Everything of this transaction's tenant in one table."""
    table, rule = TABLES[name], RULES[name]
    mine = await _mine(session, table, rule.erase)
    if rule.export is Export.HELD:
        count = await session.scalar(select(func.count(table.c.tenant_id)).where(mine))
        return Gathered(name, (), tuple(table.columns.keys()), int(count or 0))
    given = [column for column in table.columns if column.name not in rule.held]
    order = [table.c.created_at] if "created_at" in table.c else list(table.primary_key)
    found = await session.execute(select(*given).where(mine).order_by(*order))
    rows = tuple(_row(keys, name, {str(column): row[column] for column in row}) for row in found.mappings())
    return Gathered(name, rows, tuple(sorted(rule.held)), len(rows))


def _row(keys: TenantKeys, name: str, row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        column.removesuffix(_SEALED): _opened(keys, name, row, column)
        if column.endswith(_SEALED)
        else plain(value)
        for column, value in row.items()
    }


async def _mine(session: AsyncSession, table: Table, erase: Erase) -> ColumnElement[bool]:
    tenant_id = tenant_of(session)
    if erase is not Erase.BY_CHAT:
        return table.c.tenant_id == tenant_id
    return table.c.chat_id.in_(await chats_of(session))


async def chats_of(session: AsyncSession) -> list[int]:
    """The Telegram chats of this transaction's tenant."""
    return list(
        await session.scalars(
            select(TelegramLink.chat_id).where(TelegramLink.tenant_id == tenant_of(session))
        )
    )


def _opened(keys: TenantKeys, name: str, row: Mapping[str, Any], column: str) -> Any:
    """Text as text; what is JSON inside as what it says."""
    if not row[column]:
        return None
    try:
        text = keys.unseal(_Place(name, row), column)
    except CannotUnseal:
        return UNREADABLE
    if text[:1] in ("{", "["):
        try:
            return json.loads(text)
        except ValueError:
            return text
    return text


def plain(value: Any) -> Any:
    """A database value as JSON has it: ids and money as text, times in ISO 8601 with their zone."""
    if isinstance(value, Decimal | UUID):
        return str(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    return value
