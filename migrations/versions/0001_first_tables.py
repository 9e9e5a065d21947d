"""First tables"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from pgvector.sqlalchemy import Vector
from sqlalchemy.dialects import postgresql

from migrations.isolation import allow_lookup, grant, protect

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


TENANT_TABLES = (
    "tenants",
    "audit_events",
    "dialogs",
    "job_postings",
    "oauth_attempts",
    "profile_facts",
    "profiles",
    "proposal_outcomes",
    "rooms",
    "saved_searches",
    "sent_messages",
    "telegram_links",
    "tenant_keys",
    "upwork_accounts",
    "upwork_owners",
    "job_cards",
    "stories",
    "drafts",
    "approvals",
    "draft_versions",
    "actions",
)
SYSTEM_TABLES = ("work_items", "inbox_updates", "upwork_usage")

FUNCTIONS = (
    """
    create function app.tenant() returns uuid language sql stable
    as $$ select nullif(current_setting('app.tenant', true), '')::uuid $$
    """,
    """
    create function app.lookup() returns text language sql stable
    as $$ select nullif(current_setting('app.lookup', true), '') $$
    """,
)


def upgrade() -> None:
    for function in FUNCTIONS:
        op.execute(function)
    op.execute("grant usage on schema app to gigwright_app")
    _create_tables()
    for table in SYSTEM_TABLES:
        grant(table)
    for table in TENANT_TABLES:
        protect(table)
        grant(table, "select, insert" if table == "audit_events" else "select, insert, update, delete")
    # A Telegram id, an OAuth state or a one-time link finds its account before any tenant is known.
    allow_lookup("telegram_links", "'telegram:' || telegram_id::text")
    allow_lookup("oauth_attempts", "'state:' || state_hash")
    allow_lookup("oauth_attempts", "'link:' || link_hash", name="lookup_link")
    allow_lookup("upwork_owners", "'upwork:' || upwork_user_id")


def downgrade() -> None:
    _drop_tables()
    op.execute("drop function app.tenant()")
    op.execute("drop function app.lookup()")


def _create_tables() -> None:
    op.create_table(
        "inbox_updates",
        sa.Column("update_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("payload_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("update_id", name=op.f("pk_inbox_updates")),
        schema="app",
    )
    op.create_index(
        op.f("ix_inbox_updates_chat_id_update_id"),
        "inbox_updates",
        ["chat_id", "update_id"],
        unique=False,
        schema="app",
    )
    op.create_table(
        "tenants",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("locale", sa.String(), nullable=False),
        sa.Column("onboarded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paused_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("unreachable_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", name=op.f("pk_tenants")),
        schema="app",
    )
    op.create_table(
        "upwork_usage",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("requests", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", "tenant_id", name=op.f("pk_upwork_usage")),
        schema="app",
    )
    op.create_table(
        "work_items",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("job", sa.String(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("ref", sa.Uuid(), nullable=False),
        sa.Column("run_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("generation", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rung_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("dead_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_work_items")),
        sa.UniqueConstraint("job", "tenant_id", "ref", name=op.f("uq_work_items_job_tenant_id_ref")),
        schema="app",
    )
    op.create_index(op.f("ix_work_items_run_at"), "work_items", ["run_at"], unique=False, schema="app")
    op.create_table(
        "audit_events",
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("data", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["app.tenants.tenant_id"],
            name=op.f("fk_audit_events_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_audit_events")),
        schema="app",
    )
    op.create_table(
        "dialogs",
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(), nullable=True),
        sa.Column("data", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["app.tenants.tenant_id"], name=op.f("fk_dialogs_tenant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_dialogs")),
        schema="app",
    )
    op.create_table(
        "job_postings",
        sa.Column("upwork_id", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("score", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("embedding", Vector(dim=384), nullable=True),
        sa.Column(
            "search_vector",
            postgresql.TSVECTOR(),
            sa.Computed(
                "setweight(to_tsvector('english', title), 'A') || setweight(to_tsvector('english', description), 'B')",
                persisted=True,
            ),
            nullable=False,
        ),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["app.tenants.tenant_id"],
            name=op.f("fk_job_postings_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_job_postings")),
        sa.UniqueConstraint("tenant_id", "upwork_id", name=op.f("uq_job_postings_tenant_id_upwork_id")),
        schema="app",
    )
    op.create_index(
        op.f("ix_job_postings_fetched_at"), "job_postings", ["fetched_at"], unique=False, schema="app"
    )
    op.create_index(
        op.f("ix_job_postings_search_vector"),
        "job_postings",
        ["search_vector"],
        unique=False,
        schema="app",
        postgresql_using="gin",
    )
    op.create_table(
        "oauth_attempts",
        sa.Column("state_hash", sa.String(), nullable=False),
        sa.Column("link_hash", sa.String(), nullable=False),
        sa.Column("browser_hash", sa.String(), nullable=True),
        sa.Column("verifier_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("problem", sa.String(), nullable=True),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["app.tenants.tenant_id"],
            name=op.f("fk_oauth_attempts_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_oauth_attempts")),
        sa.UniqueConstraint("tenant_id", "state_hash", name=op.f("uq_oauth_attempts_tenant_id_state_hash")),
        schema="app",
    )
    op.create_table(
        "profile_facts",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("text_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("skills", sa.ARRAY(sa.String()), nullable=False),
        sa.Column("embedding", Vector(dim=384), nullable=True),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["app.tenants.tenant_id"],
            name=op.f("fk_profile_facts_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_profile_facts")),
        sa.UniqueConstraint("tenant_id", "number", name=op.f("uq_profile_facts_tenant_id_number")),
        schema="app",
    )
    op.create_table(
        "profiles",
        sa.Column("headline_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("signature_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("hourly_rate", sa.Numeric(precision=10, scale=2), nullable=True),
        sa.Column("weights", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["app.tenants.tenant_id"], name=op.f("fk_profiles_tenant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_profiles")),
        sa.UniqueConstraint("tenant_id", name=op.f("uq_profiles_tenant_id")),
        schema="app",
    )
    op.create_table(
        "proposal_outcomes",
        sa.Column("upwork_proposal_id", sa.String(), nullable=False),
        sa.Column("upwork_job_id", sa.String(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("viewed", sa.Boolean(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["app.tenants.tenant_id"],
            name=op.f("fk_proposal_outcomes_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_proposal_outcomes")),
        sa.UniqueConstraint(
            "tenant_id", "upwork_proposal_id", name=op.f("uq_proposal_outcomes_tenant_id_upwork_proposal_id")
        ),
        schema="app",
    )
    op.create_table(
        "rooms",
        sa.Column("upwork_room_id", sa.String(), nullable=False),
        sa.Column("upwork_job_id", sa.String(), nullable=True),
        sa.Column("name_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("topic_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("last_story_id", sa.String(), nullable=True),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("head_message_id", sa.BigInteger(), nullable=True),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["app.tenants.tenant_id"], name=op.f("fk_rooms_tenant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_rooms")),
        sa.UniqueConstraint("tenant_id", "upwork_room_id", name=op.f("uq_rooms_tenant_id_upwork_room_id")),
        schema="app",
    )
    op.create_table(
        "saved_searches",
        sa.Column("criteria_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("paused_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_polled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("polls", sa.Integer(), nullable=False),
        sa.Column("postings_seen", sa.Integer(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["app.tenants.tenant_id"],
            name=op.f("fk_saved_searches_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_saved_searches")),
        schema="app",
    )
    op.create_table(
        "sent_messages",
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["app.tenants.tenant_id"],
            name=op.f("fk_sent_messages_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_sent_messages")),
        sa.UniqueConstraint(
            "tenant_id", "chat_id", "message_id", name=op.f("uq_sent_messages_tenant_id_chat_id_message_id")
        ),
        schema="app",
    )
    op.create_table(
        "telegram_links",
        sa.Column("telegram_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("linked_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["app.tenants.tenant_id"],
            name=op.f("fk_telegram_links_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("telegram_id", name=op.f("pk_telegram_links")),
        schema="app",
    )
    op.create_table(
        "tenant_keys",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("kek_version", sa.Integer(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["app.tenants.tenant_id"],
            name=op.f("fk_tenant_keys_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", name=op.f("pk_tenant_keys")),
        schema="app",
    )
    op.create_table(
        "upwork_accounts",
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("upwork_user_id", sa.String(), nullable=False),
        sa.Column("upwork_nid", sa.String(), nullable=False),
        sa.Column("organization_id", sa.String(), nullable=True),
        sa.Column("name_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("access_token_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("refresh_token_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("token_version", sa.Integer(), nullable=False),
        sa.Column("access_expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("refreshed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("refresh_lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("capabilities", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("linked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reauth_told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirm_hash", sa.String(), nullable=True),
        sa.Column("confirm_expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirm_tries", sa.Integer(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["app.tenants.tenant_id"],
            name=op.f("fk_upwork_accounts_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_upwork_accounts")),
        sa.UniqueConstraint("tenant_id", name=op.f("uq_upwork_accounts_tenant_id")),
        schema="app",
    )
    op.create_table(
        "upwork_owners",
        sa.Column("upwork_user_id", sa.String(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["app.tenants.tenant_id"],
            name=op.f("fk_upwork_owners_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("upwork_user_id", name=op.f("pk_upwork_owners")),
        schema="app",
    )
    op.create_table(
        "job_cards",
        sa.Column("upwork_id", sa.String(), nullable=False),
        sa.Column("ciphertext", sa.String(), nullable=False),
        sa.Column("search_id", sa.Uuid(), nullable=False),
        sa.Column("band", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("fit", sa.Integer(), nullable=False),
        sa.Column("client", sa.Integer(), nullable=False),
        sa.Column("odds", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("skip_reason", sa.String(), nullable=True),
        sa.Column("reposts", sa.Integer(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sending_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("chat_id", sa.BigInteger(), nullable=True),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "search_id"],
            ["app.saved_searches.tenant_id", "app.saved_searches.id"],
            name=op.f("fk_job_cards_tenant_id_search_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["app.tenants.tenant_id"], name=op.f("fk_job_cards_tenant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_job_cards")),
        sa.UniqueConstraint("tenant_id", "upwork_id", name=op.f("uq_job_cards_tenant_id_upwork_id")),
        schema="app",
    )
    op.create_table(
        "stories",
        sa.Column("room_id", sa.Uuid(), nullable=False),
        sa.Column("upwork_story_id", sa.String(), nullable=False),
        sa.Column("direction", sa.String(), nullable=False),
        sa.Column("body_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("author_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sending_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "room_id"],
            ["app.rooms.tenant_id", "app.rooms.id"],
            name=op.f("fk_stories_tenant_id_room_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["app.tenants.tenant_id"], name=op.f("fk_stories_tenant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_stories")),
        sa.UniqueConstraint(
            "tenant_id", "upwork_story_id", name=op.f("uq_stories_tenant_id_upwork_story_id")
        ),
        schema="app",
    )
    op.create_index(op.f("ix_stories_fetched_at"), "stories", ["fetched_at"], unique=False, schema="app")
    op.create_table(
        "drafts",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("card_id", sa.Uuid(), nullable=True),
        sa.Column("room_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("current", sa.Integer(), nullable=False),
        sa.Column("request_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("stop_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("chat_id", sa.BigInteger(), nullable=True),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "card_id"],
            ["app.job_cards.tenant_id", "app.job_cards.id"],
            name=op.f("fk_drafts_tenant_id_card_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "room_id"],
            ["app.rooms.tenant_id", "app.rooms.id"],
            name=op.f("fk_drafts_tenant_id_room_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["app.tenants.tenant_id"], name=op.f("fk_drafts_tenant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_drafts")),
        schema="app",
    )
    op.create_table(
        "approvals",
        sa.Column("draft_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("payload_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("payload_hash", sa.String(), nullable=False),
        sa.Column("nonce_hash", sa.String(), nullable=False),
        sa.Column("telegram_id", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "draft_id"],
            ["app.drafts.tenant_id", "app.drafts.id"],
            name=op.f("fk_approvals_tenant_id_draft_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["app.tenants.tenant_id"], name=op.f("fk_approvals_tenant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_approvals")),
        sa.UniqueConstraint("tenant_id", "nonce_hash", name=op.f("uq_approvals_tenant_id_nonce_hash")),
        schema="app",
    )
    op.create_table(
        "draft_versions",
        sa.Column("draft_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("body_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("characters", sa.Integer(), nullable=False),
        sa.Column("offline", sa.Boolean(), nullable=False),
        sa.Column("model", sa.String(), nullable=True),
        sa.Column("prompt_version", sa.String(), nullable=True),
        sa.Column("tokens_in", sa.Integer(), nullable=False),
        sa.Column("tokens_out", sa.Integer(), nullable=False),
        sa.Column("cost_usd", sa.Numeric(precision=12, scale=6), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "draft_id"],
            ["app.drafts.tenant_id", "app.drafts.id"],
            name=op.f("fk_draft_versions_tenant_id_draft_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["app.tenants.tenant_id"],
            name=op.f("fk_draft_versions_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_draft_versions")),
        sa.UniqueConstraint(
            "tenant_id", "draft_id", "number", name=op.f("uq_draft_versions_tenant_id_draft_id_number")
        ),
        schema="app",
    )
    op.create_table(
        "actions",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("approval_id", sa.Uuid(), nullable=False),
        sa.Column("draft_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("lane", sa.String(), nullable=True),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("on_wire_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("readbacks", sa.Integer(), nullable=False),
        sa.Column("remote_id", sa.String(), nullable=True),
        sa.Column("problem", sa.String(), nullable=True),
        sa.Column("chat_id", sa.BigInteger(), nullable=True),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "approval_id"],
            ["app.approvals.tenant_id", "app.approvals.id"],
            name=op.f("fk_actions_tenant_id_approval_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "draft_id"],
            ["app.drafts.tenant_id", "app.drafts.id"],
            name=op.f("fk_actions_tenant_id_draft_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["app.tenants.tenant_id"], name=op.f("fk_actions_tenant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_actions")),
        sa.UniqueConstraint(
            "tenant_id",
            "kind",
            "target",
            "approval_id",
            name=op.f("uq_actions_tenant_id_kind_target_approval_id"),
        ),
        schema="app",
    )
    op.create_index(
        "uq_actions_one_live_proposal",
        "actions",
        ["tenant_id", "target"],
        unique=True,
        schema="app",
        postgresql_where=sa.text("kind = 'proposal' and state not in ('rejected', 'expired')"),
    )


def _drop_tables() -> None:
    op.drop_index(
        "uq_actions_one_live_proposal",
        table_name="actions",
        schema="app",
        postgresql_where=sa.text("kind = 'proposal' and state not in ('rejected', 'expired')"),
    )
    op.drop_table("actions", schema="app")
    op.drop_table("draft_versions", schema="app")
    op.drop_table("approvals", schema="app")
    op.drop_table("drafts", schema="app")
    op.drop_index(op.f("ix_stories_fetched_at"), table_name="stories", schema="app")
    op.drop_table("stories", schema="app")
    op.drop_table("job_cards", schema="app")
    op.drop_table("upwork_owners", schema="app")
    op.drop_table("upwork_accounts", schema="app")
    op.drop_table("tenant_keys", schema="app")
    op.drop_table("telegram_links", schema="app")
    op.drop_table("sent_messages", schema="app")
    op.drop_table("saved_searches", schema="app")
    op.drop_table("rooms", schema="app")
    op.drop_table("proposal_outcomes", schema="app")
    op.drop_table("profiles", schema="app")
    op.drop_table("profile_facts", schema="app")
    op.drop_table("oauth_attempts", schema="app")
    op.drop_index(
        op.f("ix_job_postings_search_vector"), table_name="job_postings", schema="app", postgresql_using="gin"
    )
    op.drop_index(op.f("ix_job_postings_fetched_at"), table_name="job_postings", schema="app")
    op.drop_table("job_postings", schema="app")
    op.drop_table("dialogs", schema="app")
    op.drop_table("audit_events", schema="app")
    op.drop_index(op.f("ix_work_items_run_at"), table_name="work_items", schema="app")
    op.drop_table("work_items", schema="app")
    op.drop_table("upwork_usage", schema="app")
    op.drop_table("tenants", schema="app")
    op.drop_index(op.f("ix_inbox_updates_chat_id_update_id"), table_name="inbox_updates", schema="app")
    op.drop_table("inbox_updates", schema="app")
