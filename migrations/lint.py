"""What the catalog says about isolation: every sentence returned is a hole. `python -m migrations lint` prints them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine

from migrations.isolation import SYSTEM_TABLES
from migrations.roles import APP, OWNER

DIRECTORIES = frozenset({"telegram_links", "upwork_owners", "web_logins"})
"""One row per key, whoever's it is: their primary key cannot carry the tenant."""

LOOKED_UP = DIRECTORIES | {"oauth_attempts", "page_links", "refresh_tokens"}
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
       coalesce(pg_get_expr(p.polwithcheck, p.polrelid), '') as writes
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
select c.relname as name, coalesce(r.rolname, 'public') as grantee, a.privilege_type as privilege
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  cross join lateral aclexplode(c.relacl) as a left join pg_roles r on r.oid = a.grantee
 where n.nspname = 'app' and pg_get_userbyid(c.relowner) <> coalesce(r.rolname, 'public')
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
        *_about_role(_rows(connection, _ROLE, role=APP)),
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
        if name in SYSTEM_TABLES:
            continue
        if not row["tenant"]:
            yield f"{name} has no tenant_id that must be there"
        if not row["secured"]:
            yield f"{name} has no row-level security"
        if not row["forced"]:
            yield f"{name} does not force row-level security on its owner"


def _about_policies(policies: Sequence[dict[str, Any]], tables: set[str]) -> Iterator[str]:
    whole = set()
    for row in policies:
        name, policy, reads, writes = row["name"], row["policy"], row["reads"], row["writes"]
        if row["command"] == "*" and reads == writes == "(tenant_id = app.tenant())" and row["permissive"]:
            whole.add(name)
        elif not (row["command"] == "r" and name in LOOKED_UP and reads.endswith("= app.lookup())")):
            yield f"{name}: policy {policy} lets in more than the tenant ({reads or 'nothing'}; {writes or 'nothing'})"
    yield from (
        f"{name} has no policy for its tenant, reading and writing" for name in sorted(tables - whole)
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
    for row in grants:
        name = row["name"]
        allowed = {"SELECT", "INSERT"} if name in APPEND_ONLY else {"SELECT", "INSERT", "UPDATE", "DELETE"}
        if row["grantee"] != APP or row["privilege"] not in allowed or name == "alembic_version":
            yield f"{name}: {row['grantee']} may {row['privilege']}"


def _about_role(roles: Sequence[dict[str, Any]]) -> Iterator[str]:
    if not roles:
        yield f"there is no role {APP}"
    for row in roles:
        yield from (f"{APP} {what}" for what, wrong in _ROLE_RULES if row[wrong])


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
