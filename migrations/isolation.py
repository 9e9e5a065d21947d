"""Row-level security for a table, the same three statements every time. Who is granted what stands in `access`."""

from __future__ import annotations

from alembic import op

# These have no tenant's content: ids, times and sealed bytes under the system key. Everything else is protected.
SYSTEM_TABLES = frozenset(
    {
        "work_items",
        "inbox_updates",
        "upwork_usage",
        "login_failures",
        "alembic_version",
        "pending_logins",
        "system_secrets",
        "erased_tenants",
        "key_uses",
        "key_holders",
    }
)


def protect(table: str) -> None:
    """Force row-level security: only the transaction's own tenant reads or writes."""
    op.execute(f"alter table app.{table} enable row level security")
    op.execute(f"alter table app.{table} force row level security")
    op.execute(
        f"create policy tenant on app.{table} for all using (tenant_id = app.tenant()) with check (tenant_id = app.tenant())"
    )


def allow_lookup(table: str, expression: str, *, name: str = "lookup") -> None:
    """Let a row be read without a tenant by whoever presents the key it is filed under.

    `expression` is SQL over the row; it is compared with what `db.begin(lookup=…)` was given.
    """
    op.execute(f"create policy {name} on app.{table} for select using ({expression} = app.lookup())")
