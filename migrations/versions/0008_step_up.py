"""Levels of assurance: proofs, challenges, grants and limits"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.tables import (
    SCHEMA,
    big_number,
    drop,
    index,
    json,
    moment,
    number,
    refers_to,
    tenant_table,
    text,
    unique,
    uuid,
)

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    tenant_table(
        "proofs",
        text("session_name"),
        text("kind"),
        moment("at"),
        unique("proofs", "tenant_id", "session_name", "kind"),
    )
    tenant_table(
        "step_up_challenges",
        text("act"),
        text("subject_hash"),
        text("session_name"),
        text("way"),
        number("number"),
        json("choices"),
        json("resume"),
        number("tries", default=0),
        moment("asked_at"),
        moment("expires_at"),
        moment("matched_at", nullable=True),
        moment("passed_at", nullable=True),
        moment("failed_at", nullable=True),
        moment("resumed_at", nullable=True),
        big_number("chat_id", nullable=True),
        big_number("message_id", nullable=True),
    )
    index("step_up_challenges", "tenant_id", "asked_at")
    tenant_table(
        "step_up_grants",
        text("act"),
        text("subject_hash"),
        text("session_name"),
        uuid("challenge_id", nullable=True),
        moment("expires_at"),
        moment("used_at", nullable=True),
        refers_to("step_up_grants", "challenge_id", "step_up_challenges", cascade=True),
    )
    index("step_up_grants", "tenant_id", "subject_hash")
    tenant_table(
        "new_devices",
        text("session_name"),
        moment("marked_at"),
        unique("new_devices", "tenant_id", "session_name"),
    )
    tenant_table(
        "limits",
        number("bids_a_day"),
        number("connects_a_week"),
        sa.Column("highest_hourly", sa.Numeric(12, 2), nullable=False),
        sa.Column("highest_fixed", sa.Numeric(12, 2), nullable=False),
        unique("limits", "tenant_id"),
    )
    op.add_column("actions", moment("spent_at", nullable=True), schema=SCHEMA)
    op.add_column("actions", number("connects", nullable=True), schema=SCHEMA)
    op.add_column(
        "actions",
        sa.Column("beyond_limits", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        schema=SCHEMA,
    )
    index("actions", "tenant_id", "spent_at")


def downgrade() -> None:
    op.drop_index(op.f("ix_actions_tenant_id_spent_at"), "actions", schema=SCHEMA)
    op.drop_column("actions", "beyond_limits", schema=SCHEMA)
    op.drop_column("actions", "connects", schema=SCHEMA)
    op.drop_column("actions", "spent_at", schema=SCHEMA)
    drop("limits", "new_devices", "step_up_grants", "step_up_challenges", "proofs")
