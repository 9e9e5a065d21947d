"""Templates, experiments, and what models cost beside drafts"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.tables import (
    SCHEMA,
    drop,
    json,
    moment,
    number,
    refers_to,
    sealed,
    tenant_table,
    text,
    unique,
    uuid,
)

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    tenant_table(
        "templates",
        sealed("name_sealed"),
        sealed("body_sealed"),
        number("characters"),
        sealed("offered_sealed", nullable=True),
        moment("improving_at", nullable=True),
    )
    tenant_table(
        "template_uses",
        uuid("draft_id"),
        uuid("template_id"),
        unique("template_uses", "tenant_id", "draft_id"),
        refers_to("template_uses", "draft_id", "drafts", cascade=True),
        refers_to("template_uses", "template_id", "templates", cascade=True),
    )
    tenant_table(
        "experiments",
        text("factor"),
        text("split"),
        json("variants"),
        text("state"),
        number("kept", nullable=True),
        moment("ended_at", nullable=True),
    )
    op.create_index(
        "uq_experiments_one_running",
        "experiments",
        ["tenant_id", "factor"],
        unique=True,
        schema=SCHEMA,
        postgresql_where=sa.text("state = 'running'"),
    )
    tenant_table(
        "experiment_draws",
        uuid("experiment_id"),
        uuid("draft_id"),
        number("variant"),
        unique("experiment_draws", "tenant_id", "experiment_id", "draft_id"),
        refers_to("experiment_draws", "experiment_id", "experiments", cascade=True),
        refers_to("experiment_draws", "draft_id", "drafts", cascade=True),
    )
    tenant_table(
        "llm_spends",
        text("purpose"),
        text("model"),
        number("tokens_in"),
        number("tokens_out"),
        sa.Column("cost_usd", sa.Numeric(12, 6), nullable=False),
    )


def downgrade() -> None:
    drop("llm_spends", "experiment_draws", "experiments", "template_uses", "templates")
