"""Row-level security for a table, the same three statements every time."""

from __future__ import annotations

from alembic import op

# These have no tenant's content: ids, times and sealed bytes under the system key. Everything else is protected.
SYSTEM_TABLES = frozenset({"work_items", "inbox_updates", "upwork_usage", "alembic_version"})


def protect(table: str, *, lookup: str | None = None) -> None:
    """Force row-level security: only the transaction's own tenant reads or writes.

    `lookup` is an SQL expression; a row whose value equals the key the caller presents may be read without a tenant, which is
    how a Telegram id or an OAuth state finds its account.
    """
    op.execute(f"alter table app.{table} enable row level security")
    op.execute(f"alter table app.{table} force row level security")
    op.execute(
        f"create policy tenant on app.{table} for all using (tenant_id = app.tenant()) with check (tenant_id = app.tenant())"
    )
    if lookup is not None:
        op.execute(f"create policy lookup on app.{table} for select using ({lookup} = app.lookup())")


def grant(table: str, privileges: str = "select, insert, update, delete") -> None:
    op.execute(f"grant {privileges} on app.{table} to gigwright_app")
