"""What a person had the style of their letters forget"""

from __future__ import annotations

from migrations.tables import drop, moment, tenant_table, text, unique

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    tenant_table(
        "style_forgets",
        text("trait"),
        moment("forgotten_at"),
        unique("style_forgets", "tenant_id", "trait"),
    )


def downgrade() -> None:
    drop("style_forgets")
