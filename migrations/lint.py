"""What the catalog says about isolation: every sentence returned is a hole. `python -m migrations lint` prints them."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine

from migrations.access import ACCESS, Role, overview_tables, parse
from migrations.isolation import SYSTEM_TABLES
from migrations.roles import OWNER

DIRECTORIES = frozenset({"telegram_links", "upwork_owners", "web_logins"})
"""One row per key, whoever's it is: their primary key cannot carry the tenant."""

LOOKED_UP = DIRECTORIES | {"kill_links", "oauth_attempts", "page_links", "refresh_tokens", "role_grants"}
"""A row of these may be read without a tenant by whoever names its key."""

APPEND_ONLY = frozenset({"audit_events"})

_TABLES = """
select c.relname as name, c.relkind::text as kind, c.relrowsecurity as secured, c.relforcerowsecurity as forced,
       pg_get_userbyid(c.relowner) as owner,
       exists (select 1 from pg_attribute a
                where a.attrelid = c.oid and a.attname = 'tenant_id' and a.attnotnull and not a.attisdropped) as tenant
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
 where n.nspname = 'app' and c.relkind in ('r', 'p', 'v', 'm', 'f')
"""

_POLICIES = """
select c.relname as name, p.polname as policy, p.polcmd::text as command, p.polpermissive as permissive,
       coalesce(pg_get_expr(p.polqual, p.polrelid), '') as reads,
       coalesce(pg_get_expr(p.polwithcheck, p.polrelid), '') as writes,
       array(select coalesce(r.rolname, 'public') from unnest(p.polroles) as x left join pg_roles r on r.oid = x) as roles
  from pg_policy p join pg_class c on c.oid = p.polrelid join pg_namespace n on n.oid = c.relnamespace
 where n.nspname = 'app'
"""

_FOREIGN_KEYS = """
select child.relname as name, con.conname as key, parent.relname as parent,
       (select array_agg(a.attname::text || '>' || b.attname::text)
          from unnest(con.conkey, con.confkey) as pair (mine, theirs)
          join pg_attribute a on a.attrelid = con.conrelid and a.attnum = pair.mine
          join pg_attribute b on b.attrelid = con.confrelid and b.attnum = pair.theirs) as pairs
  from pg_constraint con
  join pg_class child on child.oid = con.conrelid join pg_class parent on parent.oid = con.confrelid
  join pg_namespace n on n.oid = child.relnamespace
 where con.contype = 'f' and n.nspname = 'app'
"""

_UNIQUE = """
select c.relname as name, i.relname as key,
       (select array_agg(a.attname::text) from pg_attribute a
         where a.attrelid = x.indrelid and a.attnum = any(x.indkey)) as columns
  from pg_index x join pg_class c on c.oid = x.indrelid join pg_class i on i.oid = x.indexrelid
  join pg_namespace n on n.oid = c.relnamespace
 where x.indisunique and n.nspname = 'app'
"""

_GRANTS = """
with held as (
    select c.relname as name, a.grantee, a.privilege_type as privilege, null as column, a.is_grantable, c.relowner as owner
      from pg_class c, aclexplode(c.relacl) as a where c.relnamespace = 'app'::regnamespace
    union all
    select c.relname, a.grantee, a.privilege_type, t.attname::text, a.is_grantable, c.relowner
      from pg_class c join pg_attribute t on t.attrelid = c.oid, aclexplode(t.attacl) as a
     where c.relnamespace = 'app'::regnamespace
    union all
    select 'schema app', a.grantee, a.privilege_type, null, a.is_grantable, n.nspowner
      from pg_namespace n, aclexplode(n.nspacl) as a where n.nspname = 'app'
)
select name, coalesce(r.rolname, 'public') as grantee, privilege, "column", is_grantable as passed_on
  from held left join pg_roles r on r.oid = grantee where grantee <> owner
"""

_ROLE = """
select rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or rolreplication as mighty,
       exists (select 1 from pg_auth_members m where m.member = r.oid) as member,
       exists (select 1 from pg_class c where c.relowner = r.oid)
         or exists (select 1 from pg_proc p where p.proowner = r.oid)
         or exists (select 1 from pg_namespace n where n.nspowner = r.oid) as owns
  from pg_roles r where rolname = :role
"""

_FUNCTIONS = """
select p.proname as name, p.prosecdef as definer, pg_get_functiondef(p.oid) as body
  from pg_proc p join pg_namespace n on n.oid = p.pronamespace where n.nspname = 'app'
"""


def problems(connection: Connection) -> list[str]:
    """Every hole in words; an empty list is what the build wants."""
    tables = _rows(connection, _TABLES)
    tenant_tables = {row["name"] for row in tables} - SYSTEM_TABLES
    return [
        *_about_tables(tables),
        *_about_policies(_rows(connection, _POLICIES), tenant_tables),
        *_about_keys(_rows(connection, _FOREIGN_KEYS), _rows(connection, _UNIQUE), tenant_tables),
        *_about_grants(_rows(connection, _GRANTS)),
        *(hole for role in Role for hole in _about_role(role, _rows(connection, _ROLE, role=role))),
        *_about_functions(_rows(connection, _FUNCTIONS)),
    ]


def _rows(connection: Connection, query: str, **values: object) -> list[dict[str, Any]]:
    return [dict(row) for row in connection.execute(text(query), values).mappings()]


def _about_tables(tables: Sequence[dict[str, Any]]) -> Iterator[str]:
    for row in tables:
        name = row["name"]
        if row["owner"] != OWNER:
            yield f"{name} belongs to {row['owner']}, not to {OWNER}"
        if row["kind"] != "r":
            yield f"{name} is a view or a foreign table: it may read with its owner's eyes"
        if name not in ACCESS and name != "alembic_version":
            yield f"{name} has no line in migrations/access.py"
        if name in SYSTEM_TABLES:
            continue
        if not row["tenant"]:
            yield f"{name} has no tenant_id that must be there"
        if not row["secured"]:
            yield f"{name} has no row-level security"
        if not row["forced"]:
            yield f"{name} does not force row-level security on its owner"


def _about_policies(policies: Sequence[dict[str, Any]], tables: set[str]) -> Iterator[str]:
    whole, seen = set(), set()
    for row in policies:
        name, policy, reads, writes = row["name"], row["policy"], row["reads"], row["writes"]
        for_all = row["roles"] == ["public"] and row["permissive"]
        if row["command"] == "*" and reads == writes == "(tenant_id = app.tenant())" and for_all:
            whole.add(name)
        elif _is_overview(row):
            seen.add(name)
        elif not (
            row["command"] == "r" and name in LOOKED_UP and reads.endswith("= app.lookup())") and for_all
        ):
            yield f"{name}: policy {policy} lets in more than the tenant ({reads or 'nothing'}; {writes or 'nothing'})"
    yield from (
        f"{name}: the console has no policy to look at it" for name in sorted(overview_tables() - seen)
    )
    yield from (
        f"{name} has no policy for its tenant, reading and writing" for name in sorted(tables - whole)
    )


def _is_overview(row: dict[str, Any]) -> bool:
    """The console reads, never writes, and only the columns it was granted of the tables that are listed."""
    return (
        row["policy"] == "overview"
        and row["command"] == "r"
        and row["reads"] == "true"
        and row["roles"] == [Role.ADMIN.value]
        and row["name"] in overview_tables()
    )


def _about_keys(
    foreign: Sequence[dict[str, Any]], unique: Sequence[dict[str, Any]], tables: set[str]
) -> Iterator[str]:
    for row in foreign:
        if row["name"] in tables and row["parent"] in tables and "tenant_id>tenant_id" not in row["pairs"]:
            yield f"{row['name']}: {row['key']} could point at another tenant's {row['parent']}"
    for row in unique:
        name = row["name"]
        if name in tables and name not in DIRECTORIES and "tenant_id" not in row["columns"]:
            yield f"{name}: {row['key']} tells whether another tenant has the same"


def _about_grants(grants: Sequence[dict[str, Any]]) -> Iterator[str]:
    """What is granted is what is written, to the column; and what is written keeps to its own rules."""
    written = {("schema app", role.value, "USAGE", None) for role in Role} | set(_written())
    held = {(row["name"], row["grantee"], row["privilege"], row["column"]) for row in grants}
    for name, grantee, privilege, column in sorted(held - written, key=str):
        yield f"{name}: {grantee} may {privilege}" + (f" {column}" if column else "")
    for name, grantee, privilege, column in sorted(written - held, key=str):
        yield f"{name}: {grantee} lacks {privilege}" + (f" {column}" if column else "")
    for row in grants:
        if row["passed_on"]:
            yield f"{row['name']}: {row['grantee']} may pass {row['privilege']} on"
    for name, grantee, privilege, column in sorted(_written(), key=str):
        if name in APPEND_ONLY and privilege not in ("SELECT", "INSERT"):
            yield f"{name} can be rewritten by {grantee}"
        if grantee == Role.ADMIN and (privilege != "SELECT" or column is None or _SECRET.search(column)):
            yield f"{name}: the console may {privilege} {column or 'everything'}"


_SECRET = re.compile(r"_sealed|hash|wrapped|secret|password|embedding|payload|body|text|(^|_)token$|^data$")


def _written() -> Iterator[tuple[str, str, str, str | None]]:
    """(table, role, privilege, column) for each grant of the list."""
    for table, roles in ACCESS.items():
        for role, privileges in roles.items():
            for verb, columns in parse(privileges):
                yield from ((table, role.value, verb.upper(), column) for column in columns or (None,))


def _about_role(role: Role, rows: Sequence[dict[str, Any]]) -> Iterator[str]:
    if not rows:
        yield f"there is no role {role}"
    for row in rows:
        yield from (f"{role} {what}" for what, wrong in _ROLE_RULES if row[wrong])


_ROLE_RULES = (
    ("is a superuser, passes by row-level security, or makes roles or databases", "mighty"),
    ("is a member of another role", "member"),
    ("owns something", "owns"),
)


def _about_functions(functions: Sequence[dict[str, Any]]) -> Iterator[str]:
    for row in functions:
        if row["definer"]:
            yield f"{row['name']}() runs with its owner's rights"
        if row["name"] in ("tenant", "lookup") and "nullif(current_setting(" not in row["body"].lower():
            yield f"{row['name']}() does not treat an emptied setting as none"
    yield from (
        f"there is no function app.{name}()"
        for name in ("lookup", "tenant")
        if name not in {row["name"] for row in functions}
    )


async def lint(url: str) -> list[str]:
    """`problems` of the database behind the owner's URL."""
    engine = create_async_engine(url)
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(problems)
    finally:
        await engine.dispose()


def run(url: str) -> list[str]:
    return asyncio.run(lint(url))
