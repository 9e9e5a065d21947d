"""Who watches over alerts and whom they reached; how often each key was used, and which keys the processes know"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.isolation import allow_lookup
from migrations.tables import SCHEMA, big_number, drop, moment, number, system_table, text, uuid

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "alerts",
        sa.Column(
            "reached",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'::jsonb"),
            nullable=False,
        ),
        schema=SCHEMA,
    )
    # Alerts go to whoever holds a role now; the role is the key, and a grant that was taken back has none.
    allow_lookup("role_grants", "case when revoked_at is null then 'role:' || role end")
    op.drop_column("upwork_accounts", "reauth_told_at", schema=SCHEMA)
    op.add_column(
        "tenant_keys", sa.Column("sealed", sa.BigInteger(), server_default="0", nullable=False), schema=SCHEMA
    )
    system_table("key_uses", number("version"), big_number("sealed"), key=("version",))
    system_table("key_holders", uuid("id"), text("process"), number("newest"), moment("seen_at"), key=("id",))


def downgrade() -> None:
    drop("key_holders", "key_uses")
    op.drop_column("tenant_keys", "sealed", schema=SCHEMA)
    op.add_column("upwork_accounts", moment("reauth_told_at", nullable=True), schema=SCHEMA)
    op.execute("drop policy lookup on app.role_grants")
    op.drop_column("alerts", "reached", schema=SCHEMA)
