"""Consents, exports, erasures"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.tables import (
    SCHEMA,
    big_number,
    drop,
    moment,
    number,
    sealed,
    system_table,
    tenant_table,
    text,
)

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tenants", moment("erasing_at", nullable=True), schema=SCHEMA)
    tenant_table(
        "consents",
        text("terms_version"),
        text("privacy_version"),
        sa.Column("llm", sa.Boolean(), nullable=False),
        text("language"),
        text("how"),
    )
    tenant_table(
        "data_exports",
        text("state"),
        text("language"),
        sealed("content_sealed", nullable=True),
        number("size"),
        number("rows"),
        moment("expires_at"),
        big_number("message_id", nullable=True),
    )
    system_table(
        "erased_tenants", text("mark"), text("audit_head"), moment("erased_at", now=True), key=("mark",)
    )


def downgrade() -> None:
    drop("erased_tenants", "data_exports", "consents")
    op.drop_column("tenants", "erasing_at", schema=SCHEMA)
