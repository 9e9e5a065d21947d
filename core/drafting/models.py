"""Drafts and their versions. The text is sealed; what stays readable are numbers for cost and statistics."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKeyConstraint, Numeric, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db import TenantRow


class DraftKind(StrEnum):
    PROPOSAL = "proposal"
    REPLY = "reply"


class DraftState(StrEnum):
    COMPOSING = "composing"
    READY = "ready"
    APPROVED = "approved"
    CLOSED = "closed"


class VersionSource(StrEnum):
    MODEL = "model"
    OFFLINE = "offline"
    EDITED = "edited"
    REVISED = "revised"


class Draft(TenantRow):
    """A proposal's or a reply's text on its way to approval. `card_id` for proposals, `room_id` for replies.

    `request_sealed` is what the next composition is asked for (instruction, chip), as JSON.
    """

    __tablename__ = "drafts"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "card_id"], ["job_cards.tenant_id", "job_cards.id"]),
        ForeignKeyConstraint(["tenant_id", "room_id"], ["rooms.tenant_id", "rooms.id"]),
    )

    kind: Mapped[str]
    card_id: Mapped[UUID | None]
    room_id: Mapped[UUID | None]
    state: Mapped[str] = mapped_column(default=DraftState.COMPOSING)
    current: Mapped[int] = mapped_column(default=0)
    request_sealed: Mapped[bytes | None]
    stop_at: Mapped[datetime | None]
    chat_id: Mapped[int | None] = mapped_column(BigInteger)
    message_id: Mapped[int | None] = mapped_column(BigInteger)


class DraftVersion(TenantRow):
    """One text. `body_sealed` is a DraftOutput as JSON: letter, answers, bid, claims, findings, notes.

    `parent` is the number of the version it was made from; the first has none. `stripped_at`: whatever may quote the client was
    taken out when the posting or the messages it was made from were purged.
    """

    __tablename__ = "draft_versions"
    __table_args__ = (
        UniqueConstraint("tenant_id", "draft_id", "number"),
        ForeignKeyConstraint(
            ["tenant_id", "draft_id"], ["drafts.tenant_id", "drafts.id"], ondelete="CASCADE"
        ),
    )

    draft_id: Mapped[UUID]
    number: Mapped[int]
    parent: Mapped[int | None]
    source: Mapped[str]
    body_sealed: Mapped[bytes]
    characters: Mapped[int]
    offline: Mapped[bool] = mapped_column(default=False)
    model: Mapped[str | None]
    prompt_version: Mapped[str | None]
    tokens_in: Mapped[int] = mapped_column(default=0)
    tokens_cached: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    tokens_out: Mapped[int] = mapped_column(default=0)
    cost_usd: Mapped[Decimal] = mapped_column(Numeric(12, 6), default=Decimal(0))
    stripped_at: Mapped[datetime | None]


class StyleForget(TenantRow):
    """When the user had one trait of their learned style forgotten; letters before that teach it no longer."""

    __tablename__ = "style_forgets"
    __table_args__ = (UniqueConstraint("tenant_id", "trait"),)

    trait: Mapped[str]
    forgotten_at: Mapped[datetime]
