"""Factors, one-time codes and what counts wrong tries"""

from __future__ import annotations

import sqlalchemy as sa

from migrations.tables import (
    drop,
    index,
    moment,
    number,
    sealed,
    system_table,
    tenant_table,
    text,
    unique,
    uuid,
)

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    tenant_table(
        "factors",
        text("kind"),
        sealed("secret_sealed"),
        text("credential_hash", nullable=True),
        uuid("offered_via", nullable=True),
        moment("confirmed_at", nullable=True),
        moment("used_at", nullable=True),
        sa.Column("last_step", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        unique("factors", "tenant_id", "credential_hash"),
    )
    index(
        "factors",
        "tenant_id",
        unique=True,
        postgresql_where=sa.text("kind = 'totp' and confirmed_at is not null"),
    )
    tenant_table(
        "backup_codes",
        text("prefix"),
        text("code_hash"),
        moment("used_at", nullable=True),
        unique("backup_codes", "tenant_id", "prefix"),
    )
    tenant_table(
        "passkey_challenges",
        sealed("challenge"),
        text("binding"),
        moment("expires_at"),
        moment("used_at", nullable=True),
    )
    tenant_table(
        "one_time_codes",
        text("kind"),
        text("binding"),
        text("code_hash"),
        number("tries", default=0),
        moment("expires_at"),
        moment("used_at", nullable=True),
    )
    tenant_table(
        "contacts",
        text("kind"),
        sealed("address_sealed"),
        moment("verified_at", nullable=True),
        moment("replaced_at", nullable=True),
    )
    index(
        "contacts",
        "tenant_id",
        "kind",
        unique=True,
        postgresql_where=sa.text("verified_at is not null and replaced_at is null"),
    )
    system_table(
        "login_failures",
        uuid("id"),
        text("who"),
        text("origin", nullable=True),
        sa.Column("forgiven", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        moment("tried_at", now=True),
        key=("id",),
    )
    for columns in (("who", "tried_at"), ("origin", "tried_at"), ("tried_at",)):
        index("login_failures", *columns)


def downgrade() -> None:
    drop("login_failures", "contacts", "one_time_codes", "passkey_challenges", "backup_codes", "factors")
