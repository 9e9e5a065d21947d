"""One-time links from the chat to a page"""

from __future__ import annotations

from migrations.isolation import allow_lookup
from migrations.tables import drop, json, moment, tenant_table, text, unique, uuid

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    tenant_table(
        "page_links",
        text("purpose"),
        text("token_hash"),
        uuid("ref", nullable=True),
        json("data"),
        text("browser_hash", nullable=True),
        moment("expires_at"),
        moment("used_at", nullable=True),
        unique("page_links", "tenant_id", "token_hash"),
    )
    allow_lookup("page_links", "'page:' || token_hash")


def downgrade() -> None:
    drop("page_links")
