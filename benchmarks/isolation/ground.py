"""What the probes stand on: two tenants' rows in every table, a connection for each role, and a place to write down leaks."""

# ruff: noqa: S608 - the names come from our own catalog, nothing from outside

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from migrations.access import ACCESS, Role, parse
from migrations.isolation import SYSTEM_TABLES
from sandbox.embedded import PostgresUrls

A, B = UUID(int=0xA), UUID(int=0xB)
"""Two tenants who have one row in every table. The row's own id is the tenant's as well."""


@dataclass
class Tally:
    """What one part found. `step` is called with each probe, for whoever shows progress."""

    part: str
    probes: int = 0
    leaks: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    step: Callable[[int], None] = lambda _number: None

    def probe(self, closed: bool, leak: str) -> None:
        """One try; `leak` says what it means when the way in was open."""
        self.probes += 1
        self.step(1)
        if not closed:
            self.leaks.append(f"{self.part}: {leak}")


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    kind: str
    required: bool


@dataclass(frozen=True, slots=True)
class Table:
    """A tenant's table as the catalog has it. `parents` are its references within the tenant, by column."""

    name: str
    columns: tuple[Column, ...]
    parents: dict[str, str]

    def values(self, tenant: UUID, row_id: UUID, number: int) -> dict[str, str]:
        """SQL literals for a row. The same number gives the same values, whoever's row it is."""
        return {
            column.name: self._literal(column, tenant, row_id, number)
            for column in self.columns
            if column.required or column.name in self.parents
        }

    def insert(self, tenant: UUID, row_id: UUID, number: int, **other: str) -> str:
        values = self.values(tenant, row_id, number) | other
        return f"insert into app.{self.name} ({', '.join(values)}) values ({', '.join(values.values())})"

    def _literal(self, column: Column, tenant: UUID, row_id: UUID, number: int) -> str:
        if column.name == "tenant_id" or column.name in self.parents:
            return f"'{tenant}'"
        if column.name == "id":
            return f"'{row_id}'"
        if column.kind == "uuid":
            return f"'{UUID(int=number)}'"
        return _LITERALS[column.kind].format(name=column.name, number=number)


_LITERALS = {
    "text": "'{name}-{number}'",
    "character varying": "'{name}-{number}'",
    "integer": "{number}",
    "bigint": "{number}",
    "numeric": "{number}",
    "double precision": "{number}",
    "boolean": "false",
    "bytea": "'sealed-{number}'",
    "jsonb": "'{{}}'",
    "timestamp with time zone": "'2026-01-02'",
    "date": "'2026-01-02'",
    "ARRAY": "'{{}}'",
}

_COLUMNS = """
select table_name, column_name, data_type, is_nullable = 'NO' as required from information_schema.columns
 where table_schema = 'app' and is_generated = 'NEVER' order by ordinal_position
"""

_PARENTS = """
select child.relname as name, parent.relname as parent, a.attname as column
  from pg_constraint con
  join pg_class child on child.oid = con.conrelid join pg_class parent on parent.oid = con.confrelid
  join pg_attribute a on a.attrelid = con.conrelid and a.attnum = any(con.conkey)
 where con.contype = 'f' and con.connamespace = 'app'::regnamespace and a.attname <> 'tenant_id'
"""


@dataclass(frozen=True, slots=True)
class Ground:
    """`owner` is the superuser; `logins` are the roles' own connections."""

    urls: PostgresUrls
    owner: AsyncEngine
    logins: dict[Role, AsyncEngine]
    tables: dict[str, Table]


@asynccontextmanager
async def open_ground(urls: PostgresUrls) -> AsyncIterator[Ground]:
    """On a migrated, empty database: put one row of each table there for A and for B, past every check."""
    owner = create_async_engine(urls.owner)
    logins = {role: create_async_engine(urls.logins[role.removeprefix("gigwright_")]) for role in Role}
    try:
        async with owner.begin() as connection:
            tables = await _tables(connection)
            await connection.execute(text("set local session_replication_role = replica"))
            for table in tables.values():
                for number, tenant in enumerate((A, B), start=1):
                    await connection.exec_driver_sql(table.insert(tenant, tenant, number))
        yield Ground(urls, owner, logins, tables)
    finally:
        for engine in (owner, *logins.values()):
            await engine.dispose()


async def _tables(connection: AsyncConnection) -> dict[str, Table]:
    columns: dict[str, list[Column]] = {}
    for row in await connection.execute(text(_COLUMNS)):
        columns.setdefault(row.table_name, []).append(Column(row.column_name, row.data_type, row.required))
    parents: dict[str, dict[str, str]] = {}
    for row in await connection.execute(text(_PARENTS)):
        parents.setdefault(row.name, {})[row.column] = row.parent
    return {
        name: Table(name, tuple(found), parents.get(name, {}))
        for name, found in sorted(columns.items())
        if name not in SYSTEM_TABLES
    }


@dataclass(frozen=True, slots=True)
class Rights:
    """What the list of grants gives one role on one table: by verb, the columns, or None for all of them."""

    of: dict[str, frozenset[str] | None]

    def whole(self, verb: str) -> bool:
        return verb in self.of and self.of[verb] is None

    def column(self, verb: str, *, but: str = "") -> str | None:
        """A column this verb may touch."""
        if verb not in self.of:
            return None
        named = self.of[verb]
        return "tenant_id" if named is None else next(iter(sorted(named - {but})), None)


def rights(role: Role, table: str) -> Rights:
    found: dict[str, frozenset[str] | None] = {}
    for verb, names in parse(ACCESS.get(table, {}).get(role, "")):
        known = found.get(verb, frozenset())
        found[verb] = None if not names or known is None else known | frozenset(names)
    return Rights(found)
