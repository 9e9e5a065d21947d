"""Break the isolation in every way we can think of, and see whether it is noticed. A mutant that survives is a leak."""

# ruff: noqa: S608 - the names come from our own catalog, nothing from outside

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from benchmarks.isolation.ground import Ground, Table, Tally, rights
from benchmarks.isolation.matrix import as_role, probe_owner, probe_table
from migrations.access import Role
from migrations.lint import problems
from migrations.roles import OWNER


@dataclass(frozen=True, slots=True)
class Mutant:
    """`listed`: the catalog shows it, so the lint must see it. `acts`: it opens a way in, so the matrix must."""

    change: str
    table: str
    listed: bool = True
    acts: bool = True


def of_table(table: Table) -> Iterator[Mutant]:
    name = table.name
    yield Mutant(f"drop policy tenant on app.{name}", name)
    yield Mutant(f"alter table app.{name} disable row level security", name)
    yield Mutant(f"alter table app.{name} no force row level security", name)
    yield Mutant(f"alter policy tenant on app.{name} using (true)", name)
    yield Mutant(f"alter policy tenant on app.{name} with check (true)", name, acts=False)
    yield Mutant(f"create policy wide on app.{name} for select using (true)", name)
    yield Mutant(f"grant truncate on app.{name} to {Role.BOT}", name, acts=False)
    for role in Role:
        if rights(role, name).column("select") is None:
            yield Mutant(f"grant select on app.{name} to {role}", name)
            break
    for column in table.parents:
        yield Mutant(_without_key(name, column), name, listed=False)


def _without_key(table: str, column: str) -> str:
    """Drop the foreign key that holds this column to the tenant's own rows."""
    return f"""
    do $$ declare found text; begin
        select conname into found from pg_constraint
         where conrelid = 'app.{table}'::regclass and contype = 'f'
           and (select attnum from pg_attribute where attrelid = conrelid and attname = '{column}') = any(conkey);
        execute format('alter table app.{table} drop constraint %I', found);
    end $$
    """


_FUNCTION = "create or replace function"
_EMPTIED_TENANT = "$$ select current_setting('app.tenant', true)::uuid $$"
_EMPTIED_LOOKUP = "$$ select current_setting('app.lookup', true) $$"

EVERYWHERE = (
    f"{_FUNCTION} app.tenant() returns uuid stable language sql as {_EMPTIED_TENANT}",
    f"{_FUNCTION} app.lookup() returns text stable language sql as {_EMPTIED_LOOKUP}",
    f"{_FUNCTION} app.peek() returns setof app.drafts security definer language sql as 'select * from app.drafts'",
    "create view app.peek as select * from app.drafts",
    "create materialized view app.peek as select * from app.drafts",
    "create table app.notes (id int primary key, words text)",
    "create unique index peek on app.drafts (message_id)",
    "alter table app.drafts owner to postgres",
    *(f"alter role {role} bypassrls" for role in Role),
    *(f"alter role {role} superuser" for role in Role),
    *(f"grant {OWNER} to {role}" for role in Role),
    *(f"grant {Role.BOT} to {role}" for role in Role if role is not Role.BOT),
    *(f"grant create on schema app to {role}" for role in Role),
    "grant select on app.drafts to public",
    f"grant references on app.drafts to {Role.BOT}",
    f"grant trigger on app.drafts to {Role.BOT}",
    f"grant select (access_token_sealed) on app.upwork_accounts to {Role.NOTIFY}",
    f"grant select (secret_sealed) on app.factors to {Role.BOT}",
    f"grant select (name_sealed) on app.upwork_accounts to {Role.ADMIN}",
    f"grant update on app.audit_events to {Role.BOT}",
    f"grant delete on app.audit_events to {Role.UPKEEP}",
    f"create policy overview on app.rooms for select to {Role.ADMIN} using (true)",
    f"revoke select on app.drafts from {Role.BOT}",
)


async def run(ground: Ground, tally: Tally) -> None:
    async with ground.owner.connect() as connection:
        whole = await connection.begin()
        tally.probe(
            not await connection.run_sync(problems), "the catalog has holes before anything was broken"
        )
        for table in ground.tables.values():
            for mutant in of_table(table):
                await noticed(ground, connection, tally, mutant)
        for change in EVERYWHERE:
            await noticed(ground, connection, tally, Mutant(change, "drafts", acts=False))
        await whole.rollback()


async def noticed(ground: Ground, connection: AsyncConnection, tally: Tally, mutant: Mutant) -> None:
    what = " ".join(mutant.change.split())
    made = await connection.begin_nested()
    await connection.execute(text(mutant.change.replace(":", "\\:")))
    if mutant.listed:
        tally.probe(bool(await connection.run_sync(problems)), f"the lint does not notice: {what}")
    if mutant.acts:
        seen = Tally("mutant")
        await _look_again(connection, seen, ground.tables[mutant.table])
        tally.probe(bool(seen.leaks), f"the matrix does not notice: {what}")
    await made.rollback()


async def _look_again(connection: AsyncConnection, seen: Tally, table: Table) -> None:
    """The matrix on one table, as each role in turn, until something is noticed."""
    await probe_owner(connection, seen, table)
    for role in Role:
        if seen.leaks:
            return
        async with as_role(connection, role):
            await probe_table(connection, seen, role, table)
