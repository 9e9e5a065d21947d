"""Of each version the one it was made from"""

from __future__ import annotations

from alembic import op

from migrations.tables import SCHEMA, number

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("draft_versions", number("parent", nullable=True), schema=SCHEMA)


def downgrade() -> None:
    op.drop_column("draft_versions", "parent", schema=SCHEMA)
