"""Web logins, sessions, roles and who granted them"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.isolation import allow_lookup
from migrations.tables import (
    SCHEMA,
    directory,
    drop,
    index,
    moment,
    number,
    owned_by_tenant,
    refers_to,
    sealed,
    system_table,
    tenant_table,
    text,
    unique,
    uuid,
)

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _roles()
    _logins()
    _sessions()


def downgrade() -> None:
    drop("refresh_tokens", "web_sessions", "system_secrets", "pending_logins", "web_logins")
    drop("daily_uses", "role_grants")


def _roles() -> None:
    # Who held which role when is history: it is ended, not deleted.
    tenant_table(
        "role_grants",
        text("role"),
        text("granted_by"),
        moment("revoked_at", nullable=True),
        text("revoked_by", nullable=True),
    )
    op.create_index(
        "uq_role_grants_held",
        "role_grants",
        ["tenant_id", "role"],
        unique=True,
        schema=SCHEMA,
        postgresql_where=sa.text("revoked_at is null"),
    )
    tenant_table(
        "daily_uses",
        text("kind"),
        sa.Column("day", sa.Date(), nullable=False),
        number("used"),
        unique("daily_uses", "tenant_id", "kind", "day"),
    )


def _logins() -> None:
    directory(
        "web_logins",
        text("email_index"),
        uuid("tenant_id"),
        uuid("id"),
        sealed("email_sealed"),
        sealed("password_sealed", nullable=True),
        moment("password_changed_at", nullable=True),
        moment("created_at", now=True),
        owned_by_tenant("web_logins"),
        unique("web_logins", "tenant_id"),
        key="email_index",
    )
    # Whoever logs in names the address before any tenant is known.
    allow_lookup("web_logins", "'login:' || email_index")
    system_table(
        "pending_logins",
        uuid("id"),
        text("token_hash"),
        uuid("tenant_id", nullable=True),
        sealed("details_sealed"),
        moment("expires_at"),
        moment("created_at", now=True),
        unique("pending_logins", "token_hash"),
        key=("id",),
    )
    index("pending_logins", "expires_at")
    system_table(
        "system_secrets", text("purpose"), sealed("sealed"), moment("created_at", now=True), key=("purpose",)
    )


def _sessions() -> None:
    tenant_table(
        "web_sessions",
        uuid("family"),
        text("method"),
        sa.Column("complete", sa.Boolean(), nullable=False),
        sa.Column("console", sa.Boolean(), nullable=False),
        text("factor", nullable=True),
        moment("factor_at", nullable=True),
        text("browser_hash", nullable=True),
        moment("expires_at"),
        moment("ended_at", nullable=True),
        text("end_reason", nullable=True),
    )
    index("web_sessions", "tenant_id", "family")
    tenant_table(
        "refresh_tokens",
        uuid("session_id"),
        text("token_hash"),
        moment("expires_at"),
        moment("used_at", nullable=True),
        refers_to("refresh_tokens", "session_id", "web_sessions", cascade=True),
        unique("refresh_tokens", "tenant_id", "token_hash"),
    )
    allow_lookup("refresh_tokens", "'refresh:' || token_hash")
