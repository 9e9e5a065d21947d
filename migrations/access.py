"""Who may do what with which table: the one list of grants. Every upgrade makes the database say exactly this.

A role is one kind of process. None owns anything, none passes by row-level security, and each has what its code does and no
more: the worker that writes drafts reads no tokens and no factors, the one that delivers reads no drafts and no approvals.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from types import MappingProxyType

from sqlalchemy import Connection, text

from migrations.isolation import SYSTEM_TABLES


class Role(StrEnum):
    """Login roles. `ADMIN` is the console's look across tenants; the last four are the kinds of worker."""

    BOT = "gigwright_bot"
    WEB = "gigwright_web"
    ADMIN = "gigwright_admin"
    DRAFTING = "gigwright_drafting"
    UPWORK = "gigwright_upwork"
    NOTIFY = "gigwright_notify"
    UPKEEP = "gigwright_upkeep"


WORKERS = (Role.DRAFTING, Role.UPWORK, Role.NOTIFY, Role.UPKEEP)

READ = "select"
APPEND = "select, insert"
CHANGE = "select, update"
KEEP = "select, insert, update"
ALL = "select, insert, update, delete"
# Enough to say in an export that we hold something, and nothing of what it is.
COUNT = "select (tenant_id)"
_CLEAR = "select, update, delete"
# Asking for a job again moves the item forward; claiming and finishing it are a worker's.
_ASK = "select, insert, update (generation, run_at, attempts, dead_at)"


def _everyone(privileges: str) -> dict[Role, str]:
    return {role: privileges for role in Role if role is not Role.ADMIN}


def _workers(privileges: str) -> dict[Role, str]:
    return dict.fromkeys(WORKERS, privileges)


Privileges = Mapping[Role, str]

ACCESS: Mapping[str, Privileges] = MappingProxyType(
    {
        # Accounts. Whoever opens or links one locks its row, which in Postgres takes the right to change a column.
        "tenants": _everyone("select, update (unreachable_at)")
        | {
            Role.BOT: KEEP,
            Role.WEB: "select, insert, update (unreachable_at, locked_at)",
            Role.UPKEEP: "select, update (unreachable_at, erasing_at), delete",
            Role.ADMIN: "select (tenant_id, created_at, locale, onboarded_at, paused_at, unreachable_at, locked_at)",
        },
        # Whoever sealed something with a key counts it there.
        "tenant_keys": _everyone("select, update (sealed)")
        | {
            Role.BOT: "select, insert, update (sealed)",
            Role.WEB: "select, insert, update (sealed)",
            Role.UPKEEP: "select, update (kek_version, wrapped, sealed), delete",
            Role.ADMIN: "select (tenant_id, kek_version)",
        },
        "key_uses": _everyone(KEEP),
        "key_holders": _everyone(ALL),
        "telegram_links": _everyone(READ) | {Role.BOT: KEEP},
        "dialogs": {Role.BOT: ALL, Role.WEB: ALL, Role.UPWORK: ALL, Role.UPKEEP: READ},
        "sent_messages": _workers(KEEP) | {Role.BOT: ALL, Role.UPKEEP: ALL},
        # Background work and the way in.
        "work_items": _workers(ALL)
        | {
            Role.BOT: _ASK,
            Role.WEB: _ASK,
            Role.ADMIN: "select (id, job, tenant_id, run_at, attempts, dead_at, created_at)",
        },
        "inbox_updates": {
            Role.BOT: ALL,
            Role.WEB: APPEND,
            Role.UPKEEP: "select, update (chat_id, done_at, lease_until, payload_sealed, error), delete",
        },
        # Upwork: the tokens are with those who link, confirm, revoke and use them.
        "upwork_accounts": {
            Role.BOT: "select, update, delete",
            Role.WEB: KEEP,
            # Whose name stands under a letter.
            Role.DRAFTING: "select (tenant_id, id, status, name_sealed, linked_at)",
            Role.UPWORK: "select, update, delete",
            # Whoever erases an account revokes its tokens first.
            Role.UPKEEP: "select, update, delete",
            Role.ADMIN: "select (tenant_id, status, linked_at)",
        },
        "upwork_owners": {
            Role.BOT: "select, insert, delete",
            Role.WEB: READ,
            Role.UPWORK: "select, delete",
            Role.UPKEEP: "select, delete",
        },
        "oauth_attempts": {
            Role.BOT: ALL,
            Role.WEB: ALL,
            # Whoever drops what nobody confirmed says why.
            Role.UPWORK: "select, update (problem), delete",
            Role.UPKEEP: "select, delete",
        },
        # Whoever asks Upwork anything counts it: the page that links, and the bot when its person waits for an answer.
        "upwork_usage": {
            Role.UPWORK: ALL,
            Role.BOT: KEEP,
            Role.WEB: KEEP,
            Role.UPKEEP: "select, delete",
            Role.ADMIN: "select (day, tenant_id, requests)",
        },
        # The profile and the feed.
        "profiles": {Role.BOT: KEEP, Role.DRAFTING: READ, Role.UPKEEP: READ},
        "profile_facts": {Role.BOT: ALL, Role.DRAFTING: CHANGE, Role.UPKEEP: READ},
        "saved_searches": {
            Role.BOT: KEEP,
            Role.DRAFTING: READ,
            Role.UPWORK: CHANGE,
            Role.NOTIFY: READ,
            Role.UPKEEP: READ,
        },
        # A brief that its person brought becomes a posting where it was read.
        "received_media": {Role.BOT: KEEP, Role.DRAFTING: CHANGE, Role.UPKEEP: "select, delete"},
        "seen_postings": {Role.DRAFTING: READ, Role.UPWORK: ALL, Role.UPKEEP: "select, delete"},
        "job_postings": {
            Role.BOT: READ,
            Role.DRAFTING: KEEP,
            Role.UPWORK: ALL,
            Role.NOTIFY: READ,
            Role.UPKEEP: "select, delete",
        },
        "job_cards": _workers(CHANGE) | {Role.BOT: CHANGE, Role.DRAFTING: KEEP, Role.UPKEEP: _CLEAR},
        "card_answers": {Role.BOT: ALL, Role.DRAFTING: READ, Role.UPKEEP: READ},
        "learned_rules": {Role.BOT: ALL, Role.DRAFTING: READ, Role.UPKEEP: READ},
        # Conversations, drafts, what was approved and what became of it.
        # Whoever turns a spoken answer into a draft locks its room first.
        "rooms": _workers(CHANGE)
        | {
            Role.BOT: CHANGE,
            Role.UPWORK: KEEP,
            Role.DRAFTING: "select, update (head_message_id)",
            Role.UPKEEP: _CLEAR,
        },
        "stories": _workers(CHANGE)
        | {Role.BOT: CHANGE, Role.UPWORK: KEEP, Role.DRAFTING: READ, Role.UPKEEP: _CLEAR},
        "drafts": {
            Role.BOT: KEEP,
            Role.DRAFTING: KEEP,
            Role.UPWORK: CHANGE,
            Role.UPKEEP: CHANGE,
            Role.ADMIN: "select (tenant_id, created_at, kind, state)",
        },
        "draft_versions": {
            Role.BOT: KEEP,
            Role.DRAFTING: KEEP,
            Role.UPWORK: CHANGE,
            Role.UPKEEP: CHANGE,
            Role.ADMIN: "select (tenant_id, created_at, offline, tokens_in, tokens_out, cost_usd)",
        },
        "style_forgets": {Role.BOT: KEEP, Role.DRAFTING: READ, Role.UPKEEP: READ},
        # Templates and experiments: kept in the chat, used by whoever writes.
        "templates": {Role.BOT: ALL, Role.DRAFTING: CHANGE, Role.UPKEEP: READ},
        "template_uses": {Role.BOT: APPEND, Role.DRAFTING: APPEND, Role.UPKEEP: READ},
        "experiments": {Role.BOT: KEEP, Role.DRAFTING: READ, Role.UPKEEP: READ},
        "experiment_draws": {Role.BOT: READ, Role.DRAFTING: APPEND, Role.UPKEEP: READ},
        "llm_spends": {
            Role.BOT: READ,
            Role.DRAFTING: APPEND,
            Role.UPKEEP: READ,
            Role.ADMIN: "select (tenant_id, created_at, tokens_in, tokens_out, cost_usd)",
        },
        "approvals": {
            Role.BOT: KEEP,
            # A link in an e-mail locks the account, and with it everything that could still be approved.
            Role.WEB: "select (tenant_id, used_at, withdrawn_at), update (withdrawn_at)",
            # A new letter is compared with the ones that were sent.
            Role.DRAFTING: READ,
            Role.UPWORK: READ,
            Role.UPKEEP: CHANGE,
        },
        "actions": {
            Role.BOT: KEEP,
            Role.DRAFTING: READ,
            Role.UPWORK: CHANGE,
            Role.UPKEEP: CHANGE,
            Role.ADMIN: "select (tenant_id, created_at, kind, state)",
        },
        "proposal_outcomes": {Role.BOT: READ, Role.DRAFTING: READ, Role.UPWORK: ALL, Role.UPKEEP: READ},
        # What happened cannot be rewritten by the product itself.
        "audit_events": _everyone(APPEND)
        | {Role.ADMIN: "select (tenant_id, id, created_at, seq, event, actor)"},
        "audit_anchors": {Role.UPKEEP: KEEP, Role.BOT: READ, Role.NOTIFY: READ},
        # Whoever notices something raises an alert; the one that delivers says whom it reached.
        "alerts": _everyone(KEEP) | {Role.ADMIN: "select (tenant_id, id, created_at, kind, times, verdict)"},
        "kill_links": {Role.NOTIFY: APPEND, Role.WEB: CHANGE, Role.UPKEEP: COUNT},
        "page_links": {
            Role.BOT: ALL,
            Role.WEB: ALL,
            Role.UPKEEP: "select, insert, delete",
        },
        # Factors: their secrets are opened in the web process alone; the bot sees which there are.
        "factors": {
            Role.WEB: ALL,
            Role.BOT: "select (tenant_id, id, created_at, kind, confirmed_at, used_at)",
            Role.UPKEEP: "select (tenant_id, id, created_at, kind, offered_via, confirmed_at, used_at, last_step, sign_count)",
        },
        "backup_codes": {
            Role.WEB: ALL,
            Role.BOT: "select (tenant_id, id, created_at, used_at)",
            Role.UPKEEP: COUNT,
        },
        "passkey_challenges": {Role.WEB: ALL, Role.UPKEEP: COUNT},
        "one_time_codes": {Role.WEB: ALL, Role.UPKEEP: COUNT},
        "contacts": {
            Role.WEB: ALL,
            Role.BOT: "select (tenant_id, id, created_at, kind, verified_at, replaced_at)",
            Role.NOTIFY: READ,
            Role.UPKEEP: "select, delete",
        },
        "login_failures": {Role.WEB: ALL},
        # Step-up: asked for in the chat, proven on the page.
        "proofs": {Role.BOT: ALL, Role.WEB: ALL, Role.UPKEEP: "select, delete"},
        "step_up_challenges": {
            Role.BOT: ALL,
            Role.WEB: ALL,
            Role.NOTIFY: CHANGE,
            Role.UPKEEP: "select, delete",
        },
        "step_up_grants": {Role.BOT: ALL, Role.WEB: ALL, Role.UPKEEP: "select, delete"},
        "new_devices": {Role.BOT: ALL, Role.WEB: ALL, Role.UPKEEP: READ},
        # Whoever claims an action locks its person's limits, and makes them when nobody has changed them yet.
        # Whoever asks a model reads what it may cost.
        "limits": {Role.BOT: KEEP, Role.UPWORK: KEEP, Role.DRAFTING: READ, Role.UPKEEP: READ},
        # Web logins and the console.
        "role_grants": {
            Role.WEB: KEEP,
            Role.BOT: READ,
            Role.DRAFTING: READ,
            # Whose role sees alerts is told of them.
            Role.NOTIFY: "select (tenant_id, role, revoked_at)",
            Role.UPKEEP: READ,
            Role.ADMIN: "select (tenant_id, role, granted_by, created_at, revoked_at, revoked_by)",
        },
        "daily_uses": {Role.BOT: ALL, Role.DRAFTING: ALL, Role.UPKEEP: READ},
        "web_logins": {
            Role.WEB: ALL,
            # Whoever joins from the chat is shown whose account it is.
            Role.BOT: "select (tenant_id, id, email_sealed)",
            # The address is warned at, too.
            Role.NOTIFY: "select (tenant_id, id, email_sealed)",
            Role.UPKEEP: "select (tenant_id, id, email_sealed, password_changed_at, created_at)",
            Role.ADMIN: "select (tenant_id, created_at)",
        },
        "pending_logins": {
            Role.WEB: ALL,
            Role.UPKEEP: "select (tenant_id, details_sealed, expires_at), delete",
        },
        # Rotating the wrapping keys seals them anew.
        "system_secrets": {Role.WEB: APPEND, Role.UPKEEP: CHANGE},
        "web_sessions": {Role.WEB: ALL, Role.BOT: CHANGE, Role.UPKEEP: "select, update, delete"},
        "refresh_tokens": {Role.WEB: ALL, Role.UPKEEP: COUNT},
        # A person's own copy of their data, what they agreed to, and that an account was erased.
        "consents": {Role.BOT: APPEND, Role.UPKEEP: READ},
        "data_exports": {Role.BOT: KEEP, Role.WEB: CHANGE, Role.UPKEEP: KEEP},
        "erased_tenants": {Role.UPKEEP: APPEND},
    }
)


def overview_tables() -> frozenset[str]:
    """Tables with a tenant's rows of which the console sees some columns of every tenant."""
    return frozenset(table for table, roles in ACCESS.items() if Role.ADMIN in roles) - SYSTEM_TABLES


_PRIVILEGE = re.compile(r"\s*(select|insert|update|delete)\s*(?:\(([^)]*)\))?\s*(?:,|$)")


def parse(privileges: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """(verb, columns) for each privilege; no columns means the whole table. Raises ValueError for anything else."""
    at = 0
    while at < len(privileges):
        found = _PRIVILEGE.match(privileges, at)
        if found is None:
            raise ValueError(f"not a list of privileges: {privileges!r}")
        yield found[1], tuple(name.strip() for name in (found[2] or "").split(",") if name.strip())
        at = found.end()


def apply_access(connection: Connection) -> None:
    """Take every grant back and give what is written; the same for the console's policies.

    Runs as the owner, at the end of an upgrade. At an older revision tables and columns that are not there yet are left out.
    """
    columns = _columns(connection)
    for grantee, kind in _grantees(connection):
        connection.execute(text(f"revoke all on {kind} from {grantee}"))
    for role in Role:
        connection.execute(text(f"grant usage on schema app to {role}"))
    for table in sorted(columns.keys() & ACCESS.keys()):
        for role, privileges in ACCESS[table].items():
            for verb, names in parse(privileges):
                present = [name for name in names if name in columns[table]]
                if present or not names:
                    listed = f" ({', '.join(present)})" if present else ""
                    connection.execute(text(f"grant {verb}{listed} on app.{table} to {role}"))
    for table in sorted(columns.keys() - SYSTEM_TABLES):
        connection.execute(text(f"drop policy if exists overview on app.{table}"))
        if table in overview_tables():
            connection.execute(
                text(f"create policy overview on app.{table} for select to {Role.ADMIN} using (true)")
            )


def _columns(connection: Connection) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    rows = connection.execute(
        text(
            "select c.relname, a.attname from pg_attribute a join pg_class c on c.oid = a.attrelid "
            "join pg_namespace n on n.oid = c.relnamespace "
            "where n.nspname = 'app' and c.relkind in ('r', 'p') and a.attnum > 0 and not a.attisdropped"
        )
    )
    for table, column in rows:
        found.setdefault(table, set()).add(column)
    return found


def _grantees(connection: Connection) -> list[tuple[str, str]]:
    """(role, object) for whoever was granted something in the schema and does not own it."""
    rows = connection.execute(
        text(
            """
            with held as (
                select a.grantee, format('table app.%I', c.relname) as object, c.relowner as owner
                  from pg_class c, aclexplode(c.relacl) as a
                 where c.relnamespace = 'app'::regnamespace
                union
                select a.grantee, format('table app.%I', c.relname), c.relowner
                  from pg_class c join pg_attribute t on t.attrelid = c.oid, aclexplode(t.attacl) as a
                 where c.relnamespace = 'app'::regnamespace
                union
                select a.grantee, 'schema app', n.nspowner
                  from pg_namespace n, aclexplode(n.nspacl) as a where n.nspname = 'app'
            )
            select coalesce(quote_ident(r.rolname), 'public'), object
              from held left join pg_roles r on r.oid = grantee where grantee <> owner
            """
        )
    )
    return [(str(role), str(kind)) for role, kind in rows]
