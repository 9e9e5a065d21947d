"""Foundations: tenants and their keys, the way into the chat, background work, the audit trail"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.isolation import allow_lookup
from migrations.tables import (
    big_number,
    directory,
    drop,
    index,
    json,
    moment,
    number,
    owned_by_tenant,
    sealed,
    system_table,
    tenant_table,
    text,
    unique,
    uuid,
)

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

FUNCTIONS = (
    """
    create function app.tenant() returns uuid language sql stable
    as $$ select nullif(current_setting('app.tenant', true), '')::uuid $$
    """,
    """
    create function app.lookup() returns text language sql stable
    as $$ select nullif(current_setting('app.lookup', true), '') $$
    """,
)


def upgrade() -> None:
    for function in FUNCTIONS:
        op.execute(function)
    _accounts()
    _work()


def downgrade() -> None:
    drop("inbox_updates", "work_items", "audit_events", "sent_messages", "dialogs", "telegram_links")
    drop("tenant_keys", "tenants")
    op.execute("drop function app.tenant()")
    op.execute("drop function app.lookup()")


def _accounts() -> None:
    directory(
        "tenants",
        uuid("tenant_id"),
        moment("created_at", now=True),
        text("locale"),
        moment("onboarded_at", nullable=True),
        moment("paused_at", nullable=True),
        moment("unreachable_at", nullable=True),
        key="tenant_id",
    )
    directory(
        "tenant_keys",
        uuid("tenant_id"),
        number("kek_version"),
        sealed("wrapped"),
        moment("created_at", now=True),
        owned_by_tenant("tenant_keys"),
        key="tenant_id",
    )
    directory(
        "telegram_links",
        big_number("telegram_id"),
        uuid("tenant_id"),
        big_number("chat_id"),
        moment("linked_at", now=True),
        owned_by_tenant("telegram_links"),
        key="telegram_id",
    )
    index("telegram_links", "tenant_id")
    # A Telegram id finds its account before any tenant is known.
    allow_lookup("telegram_links", "'telegram:' || telegram_id::text")
    tenant_table(
        "dialogs",
        big_number("chat_id"),
        text("state", nullable=True),
        json("data"),
        moment("updated_at", now=True),
    )
    tenant_table(
        "sent_messages",
        big_number("chat_id"),
        big_number("message_id"),
        text("subject"),
        uuid("subject_id"),
        unique("sent_messages", "tenant_id", "chat_id", "message_id"),
    )
    tenant_table("audit_events", text("event"), text("actor"), json("data"))


def _work() -> None:
    system_table(
        "work_items",
        uuid("id"),
        text("job"),
        uuid("tenant_id"),
        uuid("ref"),
        moment("run_at", now=True),
        number("generation", default=1),
        number("attempts", default=0),
        uuid("claimed_by", nullable=True),
        moment("lease_until", nullable=True),
        moment("rung_at", nullable=True),
        moment("dead_at", nullable=True),
        text("last_error", nullable=True),
        moment("created_at", now=True),
        unique("work_items", "job", "tenant_id", "ref"),
        key=("id",),
    )
    index("work_items", "run_at")
    index("work_items", "lease_until", postgresql_where=sa.text("lease_until is not null"))
    system_table(
        "inbox_updates",
        big_number("update_id"),
        big_number("chat_id"),
        sealed("payload_sealed", nullable=True),
        moment("received_at", now=True),
        number("attempts", default=0),
        moment("lease_until", nullable=True),
        moment("done_at", nullable=True),
        text("error", nullable=True),
        key=("update_id",),
    )
    index("inbox_updates", "chat_id", "update_id", postgresql_where=sa.text("done_at is null"))
