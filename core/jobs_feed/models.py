"""Job postings live 24 hours; the card keeps ids, numbers and the user's decision."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from pgvector.sqlalchemy import Vector
from sqlalchemy import (
    BigInteger,
    Computed,
    ForeignKeyConstraint,
    Index,
    String,
    UniqueConstraint,
    Uuid,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from core.db import TenantRow
from core.matching.embedder import DIMENSIONS


class SeenPosting(TenantRow):
    """That a posting was fetched, and when first: an id, times and a fingerprint without words.

    It outlives the posting, so that fetching the same one again neither brings its text back nor rings twice, and a client who
    puts a job up again a week later is recognised. `bands` are parts of the fingerprint to look alike ones up by.
    """

    __tablename__ = "seen_postings"
    __table_args__ = (
        UniqueConstraint("tenant_id", "upwork_id"),
        Index(None, "fetched_at"),
        Index(None, "bands", postgresql_using="gin"),
    )

    upwork_id: Mapped[str]
    fingerprint: Mapped[str]
    bands: Mapped[list[str]] = mapped_column(ARRAY(String))
    published_at: Mapped[datetime]
    fetched_at: Mapped[datetime]


class PostingRow(TenantRow):
    """Upwork content: deleted for good before it is 24 hours old, vectors included. `body` is a JobPosting as JSON.

    `score` is the card's Score with its evidence: it quotes the posting, so it goes when the posting goes. `search_ids` are the
    saved searches that found it and have not been weighed yet or made the card; `backlog` marks what a search's first look found.
    `reading` is a model's PostingFacts with their quotes; `reading_at` is when one was asked, which happens once.
    """

    __tablename__ = "job_postings"
    __table_args__ = (
        UniqueConstraint("tenant_id", "upwork_id"),
        Index(None, "fetched_at"),
        Index(None, "search_vector", postgresql_using="gin"),
    )

    upwork_id: Mapped[str]
    title: Mapped[str]
    description: Mapped[str]
    body: Mapped[dict[str, Any]] = mapped_column(JSONB)
    search_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    backlog: Mapped[bool]
    fingerprint: Mapped[str]
    published_at: Mapped[datetime]
    fetched_at: Mapped[datetime]
    score: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    reading_at: Mapped[datetime | None]
    reading: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    embedding: Mapped[Any | None] = mapped_column(Vector(DIMENSIONS))
    search_vector: Mapped[Any] = mapped_column(
        TSVECTOR,
        Computed(
            "setweight(to_tsvector('english', title), 'A') || setweight(to_tsvector('english', description), 'B')",
            persisted=True,
        ),
    )


class Band(StrEnum):
    """What to do with a card: ring at once, keep for the digest, or only list it."""

    INSTANT = "instant"
    DIGEST = "digest"
    SILENT = "silent"


class CardState(StrEnum):
    NEW = "new"
    SHOWN = "shown"
    SAVED = "saved"
    SKIPPED = "skipped"
    DRAFTING = "drafting"
    APPLIED = "applied"


class JobCard(TenantRow):
    """One posting in front of one user, at most once. Numbers and ids only, so it may outlive the posting's text.

    Axis scores are 0..100. `seen_at` is when we first fetched the posting, `delivered_at` when Telegram took the card: the
    delay printed on it is their difference. `search_id` is None for a job that its person brought themselves. `facts` keeps
    what statistics need: contract, pay, currency, client band.
    """

    __tablename__ = "job_cards"
    __table_args__ = (
        UniqueConstraint("tenant_id", "upwork_id"),
        ForeignKeyConstraint(["tenant_id", "search_id"], ["saved_searches.tenant_id", "saved_searches.id"]),
        Index(None, "tenant_id", "seen_at"),
    )

    upwork_id: Mapped[str]
    ciphertext: Mapped[str]
    search_id: Mapped[UUID | None]
    band: Mapped[str]
    state: Mapped[str] = mapped_column(default=CardState.NEW)
    fit: Mapped[int]
    client: Mapped[int]
    odds: Mapped[int]
    total: Mapped[int]
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    skip_reason: Mapped[str | None]
    reposts: Mapped[int] = mapped_column(default=0)
    published_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    sending_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    chat_id: Mapped[int | None] = mapped_column(BigInteger)
    message_id: Mapped[int | None] = mapped_column(BigInteger)
