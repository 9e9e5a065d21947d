"""Answers as numbers, and rules made of them"""

from __future__ import annotations

import sqlalchemy as sa

from migrations.tables import drop, json, moment, number, refers_to, tenant_table, text, unique, uuid

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    tenant_table(
        "card_answers",
        uuid("card_id"),
        json("numbers"),
        sa.Column("cold", sa.Float(), nullable=False),
        number("shown"),
        text("answer"),
        text("reason", nullable=True),
        moment("answered_at"),
        refers_to("card_answers", "card_id", "job_cards", cascade=True),
        unique("card_answers", "tenant_id", "card_id"),
    )
    tenant_table(
        "learned_rules",
        text("family"),
        sa.Column("below", sa.Boolean(), nullable=False),
        sa.Column("threshold", sa.Float(), nullable=False),
        number("answers"),
        number("skipped"),
        moment("since"),
        unique("learned_rules", "tenant_id", "family"),
    )


def downgrade() -> None:
    drop("learned_rules", "card_answers")
