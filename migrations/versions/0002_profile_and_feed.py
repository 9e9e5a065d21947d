"""Profile and feed: the linked Upwork account, facts, saved searches, postings and cards"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from pgvector.sqlalchemy import Vector
from sqlalchemy.dialects import postgresql

from migrations.isolation import allow_lookup
from migrations.tables import (
    big_number,
    directory,
    drop,
    index,
    json,
    moment,
    number,
    owned_by_tenant,
    refers_to,
    sealed,
    system_table,
    tenant_table,
    text,
    unique,
    uuid,
)

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

DIMENSIONS = 384


def upgrade() -> None:
    _upwork()
    _profile()
    _feed()


def downgrade() -> None:
    drop("job_cards", "job_postings", "seen_postings", "saved_searches", "profile_facts", "profiles")
    drop("upwork_usage", "oauth_attempts", "upwork_owners", "upwork_accounts")


def _upwork() -> None:
    tenant_table(
        "upwork_accounts",
        text("status"),
        text("upwork_user_id"),
        text("upwork_nid"),
        text("organization_id", nullable=True),
        sealed("name_sealed"),
        sealed("access_token_sealed"),
        sealed("refresh_token_sealed"),
        number("token_version"),
        moment("access_expires_at"),
        moment("refreshed_at"),
        moment("refresh_lease_until", nullable=True),
        json("capabilities"),
        moment("linked_at", nullable=True),
        moment("reauth_told_at", nullable=True),
        text("confirm_hash", nullable=True),
        moment("confirm_expires_at", nullable=True),
        number("confirm_tries"),
        unique("upwork_accounts", "tenant_id"),
    )
    directory(
        "upwork_owners",
        text("upwork_user_id"),
        uuid("tenant_id"),
        moment("claimed_at", now=True),
        owned_by_tenant("upwork_owners"),
        key="upwork_user_id",
    )
    allow_lookup("upwork_owners", "'upwork:' || upwork_user_id")
    tenant_table(
        "oauth_attempts",
        text("state_hash"),
        text("link_hash"),
        text("browser_hash", nullable=True),
        sealed("verifier_sealed"),
        moment("expires_at"),
        moment("opened_at", nullable=True),
        moment("used_at", nullable=True),
        text("problem", nullable=True),
        unique("oauth_attempts", "tenant_id", "state_hash"),
    )
    # An OAuth state or a one-time link comes back from a browser that has not said whose it is.
    allow_lookup("oauth_attempts", "'state:' || state_hash")
    allow_lookup("oauth_attempts", "'link:' || link_hash", name="lookup_link")
    system_table(
        "upwork_usage",
        sa.Column("day", sa.Date(), nullable=False),
        uuid("tenant_id"),
        number("requests"),
        key=("day", "tenant_id"),
    )


def _profile() -> None:
    tenant_table(
        "profiles",
        sealed("headline_sealed"),
        sealed("signature_sealed", nullable=True),
        sa.Column("hourly_rate", sa.Numeric(precision=10, scale=2), nullable=True),
        json("weights"),
        moment("updated_at", now=True),
        unique("profiles", "tenant_id"),
    )
    tenant_table(
        "profile_facts",
        number("number"),
        text("kind"),
        sealed("text_sealed"),
        sa.Column("skills", sa.ARRAY(sa.String()), nullable=False),
        sa.Column("embedding", Vector(dim=DIMENSIONS), nullable=True),
        unique("profile_facts", "tenant_id", "number"),
    )
    tenant_table(
        "saved_searches",
        sealed("criteria_sealed"),
        moment("paused_at", nullable=True),
        moment("deleted_at", nullable=True),
        moment("last_polled_at", nullable=True),
        number("polls"),
        number("postings_seen"),
    )


def _feed() -> None:
    tenant_table(
        "seen_postings",
        text("upwork_id"),
        text("fingerprint"),
        sa.Column("bands", sa.ARRAY(sa.String()), nullable=False),
        moment("published_at"),
        moment("fetched_at"),
        unique("seen_postings", "tenant_id", "upwork_id"),
    )
    index("seen_postings", "fetched_at")
    index("seen_postings", "bands", postgresql_using="gin")
    tenant_table(
        "job_postings",
        text("upwork_id"),
        text("title"),
        text("description"),
        json("body"),
        sa.Column("search_ids", sa.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("backlog", sa.Boolean(), nullable=False),
        text("fingerprint"),
        moment("published_at"),
        moment("fetched_at"),
        json("score", nullable=True),
        sa.Column("embedding", Vector(dim=DIMENSIONS), nullable=True),
        sa.Column(
            "search_vector",
            postgresql.TSVECTOR(),
            sa.Computed(
                "setweight(to_tsvector('english', title), 'A') || setweight(to_tsvector('english', description), 'B')",
                persisted=True,
            ),
            nullable=False,
        ),
        unique("job_postings", "tenant_id", "upwork_id"),
    )
    index("job_postings", "fetched_at")
    op.create_index(
        op.f("ix_job_postings_search_vector"),
        "job_postings",
        ["search_vector"],
        schema="app",
        postgresql_using="gin",
    )
    tenant_table(
        "job_cards",
        text("upwork_id"),
        text("ciphertext"),
        uuid("search_id"),
        text("band"),
        text("state"),
        number("fit"),
        number("client"),
        number("odds"),
        number("total"),
        json("facts"),
        text("skip_reason", nullable=True),
        number("reposts"),
        moment("published_at"),
        moment("seen_at"),
        moment("sending_at", nullable=True),
        moment("delivered_at", nullable=True),
        moment("decided_at", nullable=True),
        big_number("chat_id", nullable=True),
        big_number("message_id", nullable=True),
        unique("job_cards", "tenant_id", "upwork_id"),
        refers_to("job_cards", "search_id", "saved_searches"),
    )
    index("job_cards", "tenant_id", "seen_at")
