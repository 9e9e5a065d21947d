"""Proofs, challenges, grants, marks of new devices, and a person's own limits."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKeyConstraint, Index, Numeric, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.db import TenantRow


class ProofRow(TenantRow):
    """When a session last proved a factor of a kind; one row per session and kind."""

    __tablename__ = "proofs"
    __table_args__ = (UniqueConstraint("tenant_id", "session_name", "kind"),)

    session_name: Mapped[str]
    kind: Mapped[str]
    at: Mapped[datetime]


class ChallengeRow(TenantRow):
    """One request to step up. `number` is shown in the chat and picked among `choices` on the page (`matched_at`).

    `way` is the page it leads to: proving a factor, or setting up the first one. `resume` holds ids only: where the person was.
    """

    __tablename__ = "step_up_challenges"
    __table_args__ = (Index(None, "tenant_id", "asked_at"),)

    act: Mapped[str]
    subject_hash: Mapped[str]
    session_name: Mapped[str]
    way: Mapped[str]
    number: Mapped[int]
    choices: Mapped[list[int]] = mapped_column(JSONB)
    resume: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    tries: Mapped[int] = mapped_column(default=0)
    asked_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    matched_at: Mapped[datetime | None]
    passed_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]
    resumed_at: Mapped[datetime | None]
    chat_id: Mapped[int | None] = mapped_column(BigInteger)
    message_id: Mapped[int | None] = mapped_column(BigInteger)


class GrantRow(TenantRow):
    """The right to do one act, once, in one session, within minutes. Used up by one conditional statement."""

    __tablename__ = "step_up_grants"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "challenge_id"],
            ["step_up_challenges.tenant_id", "step_up_challenges.id"],
            ondelete="CASCADE",
        ),
        Index(None, "tenant_id", "subject_hash"),
    )

    act: Mapped[str]
    subject_hash: Mapped[str]
    session_name: Mapped[str]
    challenge_id: Mapped[UUID | None]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class NewDeviceRow(TenantRow):
    """A session that something changed about: until it steps up once, it approves nothing."""

    __tablename__ = "new_devices"
    __table_args__ = (UniqueConstraint("tenant_id", "session_name"),)

    session_name: Mapped[str]
    marked_at: Mapped[datetime]


class LimitsRow(TenantRow):
    """What a day, a week, a bid and the models may cost at most, in US dollars. One row per tenant, made when first needed."""

    __tablename__ = "limits"
    __table_args__ = (UniqueConstraint("tenant_id"),)

    bids_a_day: Mapped[int]
    connects_a_week: Mapped[int]
    highest_hourly: Mapped[Decimal] = mapped_column(Numeric(12, 2))
    highest_fixed: Mapped[Decimal] = mapped_column(Numeric(12, 2))
    model_day: Mapped[Decimal] = mapped_column(Numeric(12, 2), server_default=text("1000"))
    model_month: Mapped[Decimal] = mapped_column(Numeric(12, 2), server_default=text("1000"))
