"""A role per process kind

Nothing changes in the tables: roles are made before the first revision, grants after the last one (see `migrations.access`).
"""

from __future__ import annotations

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
