"""Voice notes, pictures and files that people send, and job cards that no search has found"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.tables import SCHEMA, big_number, drop, index, sealed, tenant_table, text, unique, uuid

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    tenant_table(
        "received_media",
        text("kind"),
        text("state"),
        text("purpose", nullable=True),
        uuid("subject_id", nullable=True),
        big_number("chat_id"),
        big_number("message_id"),
        big_number("status_id", nullable=True),
        sealed("details_sealed"),
        sealed("reading_sealed", nullable=True),
        text("problem", nullable=True),
        sa.Column("used", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("cost_usd", sa.Numeric(12, 6), nullable=True),
        unique("received_media", "tenant_id", "chat_id", "message_id"),
    )
    index("received_media", "tenant_id", "created_at")
    op.alter_column("job_cards", "search_id", nullable=True, schema=SCHEMA)


def downgrade() -> None:
    # A card without a search has no place in the older form; its drafts stay, as those of purged postings do.
    for table in ("drafts", "job_cards"):
        op.execute(f"alter table app.{table} no force row level security")
    op.execute(
        "update app.drafts set card_id = null where card_id in (select id from app.job_cards where search_id is null)"
    )
    op.execute("delete from app.job_cards where search_id is null")
    for table in ("drafts", "job_cards"):
        op.execute(f"alter table app.{table} force row level security")
    op.alter_column("job_cards", "search_id", nullable=False, schema=SCHEMA)
    drop("received_media")
