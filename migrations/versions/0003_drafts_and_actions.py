"""Drafts and actions: conversations, texts with their versions, approvals and what became of them"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.tables import (
    big_number,
    drop,
    index,
    moment,
    number,
    refers_to,
    sealed,
    tenant_table,
    text,
    unique,
    uuid,
)

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# A proposal that was refused or ran out makes room for another; until then a job has one at most.
LIVE_PROPOSAL = "kind = 'proposal' and state not in ('rejected', 'expired')"


def upgrade() -> None:
    _messages()
    _drafts()
    _actions()


def downgrade() -> None:
    drop("proposal_outcomes", "actions", "approvals", "draft_versions", "drafts", "stories", "rooms")


def _messages() -> None:
    tenant_table(
        "rooms",
        text("upwork_room_id"),
        text("upwork_job_id", nullable=True),
        sealed("name_sealed", nullable=True),
        sealed("topic_sealed", nullable=True),
        text("last_story_id", nullable=True),
        moment("fetched_at"),
        big_number("head_message_id", nullable=True),
        unique("rooms", "tenant_id", "upwork_room_id"),
    )
    tenant_table(
        "stories",
        uuid("room_id"),
        text("upwork_story_id"),
        text("direction"),
        sealed("body_sealed", nullable=True),
        sealed("author_sealed", nullable=True),
        moment("written_at"),
        moment("fetched_at"),
        moment("sending_at", nullable=True),
        moment("delivered_at", nullable=True),
        unique("stories", "tenant_id", "upwork_story_id"),
        refers_to("stories", "room_id", "rooms", cascade=True),
    )
    index("stories", "fetched_at")
    index("stories", "tenant_id", "room_id", "written_at")


def _drafts() -> None:
    tenant_table(
        "drafts",
        text("kind"),
        uuid("card_id", nullable=True),
        uuid("room_id", nullable=True),
        text("state"),
        number("current"),
        sealed("request_sealed", nullable=True),
        moment("stop_at", nullable=True),
        big_number("chat_id", nullable=True),
        big_number("message_id", nullable=True),
        refers_to("drafts", "card_id", "job_cards"),
        refers_to("drafts", "room_id", "rooms"),
    )
    tenant_table(
        "draft_versions",
        uuid("draft_id"),
        number("number"),
        text("source"),
        sealed("body_sealed"),
        number("characters"),
        sa.Column("offline", sa.Boolean(), nullable=False),
        text("model", nullable=True),
        text("prompt_version", nullable=True),
        number("tokens_in"),
        number("tokens_out"),
        sa.Column("cost_usd", sa.Numeric(precision=12, scale=6), nullable=False),
        moment("stripped_at", nullable=True),
        unique("draft_versions", "tenant_id", "draft_id", "number"),
        refers_to("draft_versions", "draft_id", "drafts", cascade=True),
    )


def _actions() -> None:
    tenant_table(
        "approvals",
        uuid("draft_id"),
        number("version"),
        text("kind"),
        text("target"),
        sealed("payload_sealed"),
        text("payload_hash"),
        text("nonce_hash"),
        big_number("telegram_id"),
        moment("expires_at"),
        moment("used_at", nullable=True),
        moment("withdrawn_at", nullable=True),
        moment("stripped_at", nullable=True),
        unique("approvals", "tenant_id", "nonce_hash"),
        refers_to("approvals", "draft_id", "drafts", cascade=True),
    )
    tenant_table(
        "actions",
        text("kind"),
        text("target"),
        uuid("approval_id"),
        uuid("draft_id"),
        text("state"),
        text("lane", nullable=True),
        number("attempt"),
        moment("lease_until", nullable=True),
        moment("approved_at"),
        moment("expires_at"),
        moment("on_wire_at", nullable=True),
        moment("settled_at", nullable=True),
        number("readbacks"),
        text("remote_id", nullable=True),
        text("problem", nullable=True),
        big_number("chat_id", nullable=True),
        big_number("message_id", nullable=True),
        unique("actions", "tenant_id", "kind", "target", "approval_id"),
        refers_to("actions", "approval_id", "approvals"),
        refers_to("actions", "draft_id", "drafts"),
    )
    op.create_index(
        "uq_actions_one_live_proposal",
        "actions",
        ["tenant_id", "target"],
        unique=True,
        schema="app",
        postgresql_where=sa.text(LIVE_PROPOSAL),
    )
    tenant_table(
        "proposal_outcomes",
        text("upwork_proposal_id"),
        text("upwork_job_id", nullable=True),
        text("status"),
        sa.Column("viewed", sa.Boolean(), nullable=False),
        moment("changed_at", nullable=True),
        unique("proposal_outcomes", "tenant_id", "upwork_proposal_id"),
    )
