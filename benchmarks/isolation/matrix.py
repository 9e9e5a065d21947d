"""Every table by every verb, with no tenant, one's own and somebody else's, as every role; and by the keys of directories."""

# ruff: noqa: S608 - the names come from our own catalog, nothing from outside

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID, uuid4

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from benchmarks.isolation.ground import A, B, Ground, Rights, Table, Tally, rights
from migrations.access import Role, overview_tables
from migrations.lint import LOOKED_UP
from migrations.roles import OWNER

_FRESH = 77

DENIED, POLICY, REFERENCE = "permission denied", "row-level security", "foreign key"


@dataclass(frozen=True, slots=True)
class Outcome:
    """`tenants` are whose rows came back, `count` how many were touched, `error` Postgres' own words."""

    tenants: tuple[UUID, ...] = ()
    count: int = 0
    error: str = ""

    def refused_by(self, *words: str) -> bool:
        return any(word in self.error for word in words)


@asynccontextmanager
async def as_role(connection: AsyncConnection, role: str) -> AsyncIterator[None]:
    """Until the end of the block this connection may do what the role may; everything it does is undone."""
    async with connection.begin_nested() as made:
        await connection.exec_driver_sql(f"set local role {role}")
        yield
        await made.rollback()


@asynccontextmanager
async def context(connection: AsyncConnection, tenant: UUID | None, lookup: str = "") -> AsyncIterator[None]:
    async with connection.begin_nested() as made:
        await connection.execute(
            text("select set_config('app.tenant', :tenant, true), set_config('app.lookup', :lookup, true)"),
            {"tenant": str(tenant) if tenant else "", "lookup": lookup},
        )
        yield
        await made.rollback()


async def attempt(connection: AsyncConnection, statement: str) -> Outcome:
    """Run it, see what came of it, undo it."""
    made = await connection.begin_nested()
    try:
        result = await connection.exec_driver_sql(statement)
        rows = tuple(row[0] for row in result) if result.returns_rows else ()
        return Outcome(rows, result.rowcount)
    except DBAPIError as error:
        return Outcome(error=str(error.orig))
    finally:
        await made.rollback()


async def run(ground: Ground, tally: Tally, *, roles: Collection[Role] = tuple(Role)) -> None:
    for role in roles:
        async with ground.logins[role].connect() as connection, connection.begin():
            for table in ground.tables.values():
                await probe_table(connection, tally, role, table)
                await _by_key(ground, connection, tally, role, table)
    async with ground.owner.connect() as connection, connection.begin():
        for table in ground.tables.values():
            await probe_owner(connection, tally, table)


@dataclass(frozen=True, slots=True)
class _Place:
    """One role at one table, and what the list of grants gives it there."""

    connection: AsyncConnection
    tally: Tally
    role: Role
    table: Table
    allowed: Rights

    async def attempt(self, statement: str) -> Outcome:
        return await attempt(self.connection, statement)


async def probe_table(connection: AsyncConnection, tally: Tally, role: Role, table: Table) -> None:
    """Every verb of one role on one table. The connection acts as the role."""
    place = _Place(connection, tally, role, table, rights(role, table.name))
    if role is Role.ADMIN and table.name in overview_tables():
        await _overview(place)
        return
    for tenant, name in ((None, "without a tenant"), (A, "for its own tenant"), (B, "for another tenant")):
        async with context(connection, tenant):
            who = f"{role} {name}"
            await _reading(place, tenant, who)
            await _writing(place, tenant, who)
    async with context(connection, A):
        await _moving(place)


async def _reading(place: _Place, tenant: UUID | None, who: str) -> None:
    tally, table = place.tally, place.table.name
    seen = await place.attempt(f"select tenant_id from app.{table}")
    if place.allowed.column("select") is None:
        tally.probe(seen.refused_by(DENIED), f"{who} reads {table}")
        return
    expected = (tenant,) if tenant else ()
    tally.probe(
        seen.tenants == expected and not seen.error,
        f"{who} reads {len(seen.tenants)} rows of {table} {seen.error}",
    )
    theirs = await place.attempt(f"select tenant_id from app.{table} where tenant_id <> '{tenant or A}'")
    tally.probe(not theirs.tenants and not theirs.error, f"{who} finds others in {table}")


async def _writing(place: _Place, tenant: UUID | None, who: str) -> None:
    """On A's row: only A's own context may touch it."""
    tally, table, own = place.tally, place.table.name, tenant == A
    made = await place.attempt(place.table.insert(A, uuid4(), _FRESH))
    if "insert" not in place.allowed.of:
        tally.probe(made.refused_by(DENIED), f"{who} adds to {table}")
    elif own:
        tally.probe(not made.refused_by(DENIED, POLICY), f"{who} cannot add to {table}: {made.error}")
    else:
        tally.probe(made.refused_by(POLICY), f"{who} adds A's row to {table}: {made.error}")

    column = place.allowed.column("update")
    same = column or "tenant_id"
    touched = await place.attempt(f"update app.{table} set {same} = {same} where tenant_id = '{A}'")
    _judge(tally, touched, column is not None, own, f"{who} changes {table}")
    gone = await place.attempt(f"delete from app.{table} where tenant_id = '{A}'")
    _judge(tally, gone, "delete" in place.allowed.of, own, f"{who} deletes from {table}")


def _judge(tally: Tally, outcome: Outcome, granted: bool, own: bool, what: str) -> None:
    """A write that is not granted is refused; one that is reaches the tenant's own row and no other."""
    if not granted:
        tally.probe(outcome.refused_by(DENIED), what)
    elif own:
        worked = outcome.count == 1 if not outcome.error else not outcome.refused_by(DENIED, POLICY)
        tally.probe(worked, f"{what}: it should, but {outcome.error or outcome.count}")
    else:
        tally.probe(outcome.count == 0 and not outcome.error, f"{what}: {outcome.error or outcome.count}")


async def _moving(place: _Place) -> None:
    """To another tenant, and under another tenant's parent."""
    tally, role, table = place.tally, place.role, place.table
    moved = await place.attempt(f"update app.{table.name} set tenant_id = '{B}' where tenant_id = '{A}'")
    tally.probe(moved.refused_by(DENIED, POLICY), f"{role} moves a row of {table.name} to another tenant")
    for column, parent in table.parents.items():
        pointed = await place.attempt(f"update app.{table.name} set {column} = '{B}' where tenant_id = '{A}'")
        tally.probe(
            pointed.refused_by(DENIED, REFERENCE),
            f"{role} points {table.name}.{column} at another's {parent}",
        )
        if place.allowed.whole("insert"):
            added = await place.attempt(table.insert(A, uuid4(), _FRESH, **{column: f"'{B}'"}))
            tally.probe(
                added.refused_by(REFERENCE, "unique"), f"{role} adds to {table.name} under another's {parent}"
            )


async def _overview(place: _Place) -> None:
    """The console reads its columns of everybody, and no other column, and changes nothing."""
    tally, table = place.tally, place.table
    async with context(place.connection, None):
        granted = place.allowed.of.get("select") or frozenset()
        for column in table.columns:
            seen = await place.attempt(f"select {column.name} from app.{table.name}")
            closed = len(seen.tenants) == 2 if column.name in granted else seen.refused_by(DENIED)
            tally.probe(
                closed, f"the console and {table.name}.{column.name}: {seen.error or len(seen.tenants)}"
            )
        for statement in (
            table.insert(A, uuid4(), _FRESH),
            f"update app.{table.name} set tenant_id = tenant_id",
            f"delete from app.{table.name}",
        ):
            done = await place.attempt(statement)
            tally.probe(done.refused_by(DENIED), f"the console changes {table.name}: {statement.split()[0]}")


_KEYS = """
select pg_get_expr(p.polqual, p.polrelid) as expression from pg_policy p
 where p.polrelid = cast(:name as regclass) and pg_get_expr(p.polqual, p.polrelid) like '%app.lookup()%'
"""


async def _by_key(
    ground: Ground, connection: AsyncConnection, tally: Tally, role: Role, table: Table
) -> None:
    """Whoever names B's key sees B's row in a directory, and can do nothing with it; a wrong key opens nothing."""
    if rights(role, table.name).column("select") is None:
        return
    async with ground.owner.connect() as owner:
        expressions = (await owner.execute(text(_KEYS), {"name": f"app.{table.name}"})).scalars().all()
        keys = []
        for expression in expressions:
            key = expression.removeprefix("(").removesuffix(" = app.lookup())")
            found = await owner.exec_driver_sql(f"select {key} from app.{table.name} where tenant_id = '{B}'")
            # A row that is filed under nothing, like a role that was taken back, opens to nobody.
            if (filed := found.scalar_one()) is not None:
                keys.append(str(filed))
    overview = role is Role.ADMIN and table.name in overview_tables()
    for lookup in ("", "x", f"telegram:{_FRESH}", *keys):
        async with context(connection, None, lookup):
            seen = await attempt(connection, f"select tenant_id from app.{table.name}")
            expected = {A, B} if overview else {B} if lookup in keys and table.name in LOOKED_UP else set()
            tally.probe(set(seen.tenants) == expected, f"{role} by the key {lookup!r} reads {table.name}")
            if lookup in keys:
                for verb in (
                    f"update app.{table.name} set tenant_id = tenant_id",
                    f"delete from app.{table.name}",
                ):
                    done = await attempt(connection, verb)
                    tally.probe(
                        done.count <= 0 or done.refused_by(DENIED), f"{role} by a key changes {table.name}"
                    )


async def probe_owner(connection: AsyncConnection, tally: Tally, table: Table) -> None:
    """Row-level security is forced: the tables' own owner sees nothing either, and finds no parent of another tenant's."""
    async with as_role(connection, OWNER), context(connection, None):
        seen = await attempt(connection, f"select tenant_id from app.{table.name}")
        tally.probe(not seen.tenants and not seen.error, f"the owner reads {table.name} {seen.error}")
    async with as_role(connection, OWNER), context(connection, A):
        for column, parent in table.parents.items():
            # Where no role may change a row, only the owner's attempt reaches the foreign key.
            pointed = await attempt(
                connection, f"update app.{table.name} set {column} = '{B}' where tenant_id = '{A}'"
            )
            tally.probe(bool(pointed.error), f"the owner points {table.name}.{column} at another's {parent}")
