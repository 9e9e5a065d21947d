"""Approvals and actions: the only road on which anything leaves for Upwork."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db import TenantRow


class ActionState(StrEnum):
    APPROVED = "approved"
    CLAIMED = "claimed"
    ON_WIRE = "on_wire"
    SENT = "sent"
    NEEDS_HUMAN = "needs_human"
    HANDED_OFF = "handed_off"
    PARKED = "parked"  # beyond a limit, or the account was locked: nothing was sent, its person decides
    REJECTED = "rejected"
    EXPIRED = "expired"


class ActionKind(StrEnum):
    PROPOSAL = "proposal"
    REPLY = "reply"


class Lane(StrEnum):
    GRAPHQL = "graphql"
    HANDOFF = "handoff"


class Approval(TenantRow):
    """What was shown: the exact bytes, their hash, and a single-use nonce that only the button knows.

    `payload_sealed` is the canonical JSON that the hash covers (see `core.proposals.payload`). `stripped_at`: the client's
    questions were taken out of it with the posting; the hash still holds.
    """

    __tablename__ = "approvals"
    __table_args__ = (
        UniqueConstraint("tenant_id", "nonce_hash"),
        ForeignKeyConstraint(
            ["tenant_id", "draft_id"], ["drafts.tenant_id", "drafts.id"], ondelete="CASCADE"
        ),
    )

    draft_id: Mapped[UUID]
    version: Mapped[int]
    kind: Mapped[str]
    target: Mapped[str]
    payload_sealed: Mapped[bytes]
    payload_hash: Mapped[str]
    nonce_hash: Mapped[str]
    telegram_id: Mapped[int] = mapped_column(BigInteger)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    stripped_at: Mapped[datetime | None]


class Action(TenantRow):
    """An approved effect on Upwork. Every update carries `attempt`, so a worker that lost its lease changes nothing.

    `spent_at` and `connects` count against the limits (`core.proposals.spending`); `beyond_limits` was stepped up for.
    """

    __tablename__ = "actions"
    __table_args__ = (
        UniqueConstraint("tenant_id", "kind", "target", "approval_id"),
        ForeignKeyConstraint(["tenant_id", "approval_id"], ["approvals.tenant_id", "approvals.id"]),
        ForeignKeyConstraint(["tenant_id", "draft_id"], ["drafts.tenant_id", "drafts.id"]),
        Index(None, "tenant_id", "spent_at"),
        Index(
            "uq_actions_one_live_proposal",
            "tenant_id",
            "target",
            unique=True,
            postgresql_where=text("kind = 'proposal' and state not in ('rejected', 'expired')"),
        ),
    )

    kind: Mapped[str]
    target: Mapped[str]
    approval_id: Mapped[UUID]
    draft_id: Mapped[UUID]
    state: Mapped[str] = mapped_column(default=ActionState.APPROVED)
    lane: Mapped[str | None]
    attempt: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[datetime | None]
    approved_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    on_wire_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]
    readbacks: Mapped[int] = mapped_column(default=0)
    remote_id: Mapped[str | None]
    problem: Mapped[str | None]
    spent_at: Mapped[datetime | None]
    connects: Mapped[int | None]
    beyond_limits: Mapped[bool] = mapped_column(default=False)
    chat_id: Mapped[int | None] = mapped_column(BigInteger)
    message_id: Mapped[int | None] = mapped_column(BigInteger)


class ProposalOutcome(TenantRow):
    """What Upwork says became of a proposal: a status and times, no words. Kept for the user's own statistics."""

    __tablename__ = "proposal_outcomes"
    __table_args__ = (UniqueConstraint("tenant_id", "upwork_proposal_id"),)

    upwork_proposal_id: Mapped[str]
    upwork_job_id: Mapped[str | None]
    status: Mapped[str]
    viewed: Mapped[bool] = mapped_column(default=False)
    changed_at: Mapped[datetime | None]
