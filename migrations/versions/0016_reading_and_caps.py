"""A posting's reading by a model, one's own caps on what models cost, and tokens a vendor had kept"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.tables import SCHEMA, json, moment, number

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

CAPS = ("model_day", "model_month")


def upgrade() -> None:
    op.add_column("job_postings", moment("reading_at", nullable=True), schema=SCHEMA)
    op.add_column("job_postings", json("reading", nullable=True), schema=SCHEMA)
    op.add_column("draft_versions", number("tokens_cached", default=0), schema=SCHEMA)
    for name in CAPS:
        cap = sa.Column(name, sa.Numeric(12, 2), server_default=sa.text("1000"), nullable=False)
        op.add_column("limits", cap, schema=SCHEMA)


def downgrade() -> None:
    for name in CAPS:
        op.drop_column("limits", name, schema=SCHEMA)
    op.drop_column("draft_versions", "tokens_cached", schema=SCHEMA)
    op.drop_column("job_postings", "reading", schema=SCHEMA)
    op.drop_column("job_postings", "reading_at", schema=SCHEMA)
