"""The linked Upwork account, OAuth attempts under way, and the request budget already spent today."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, TenantRow


class AccountStatus(StrEnum):
    PENDING = "pending"  # tokens are here, the person has not confirmed in the chat yet
    LINKED = "linked"
    NEEDS_REAUTH = "needs_reauth"


class UpworkAccount(TenantRow):
    """At most one per tenant. Tokens rotate together with `token_version`, in one statement.

    While PENDING, `confirm_hash` is the keyed hash of the code that the finishing browser was shown.

    `refresh_lease_until` (database time) marks the one caller who is asking Upwork for the next pair; a caller that died in
    the middle loses the lease by itself.
    """

    __tablename__ = "upwork_accounts"
    __table_args__ = (UniqueConstraint("tenant_id"),)

    status: Mapped[str] = mapped_column(default=AccountStatus.PENDING)
    upwork_user_id: Mapped[str]
    upwork_nid: Mapped[str]
    organization_id: Mapped[str | None]
    name_sealed: Mapped[bytes]
    access_token_sealed: Mapped[bytes]
    refresh_token_sealed: Mapped[bytes]
    token_version: Mapped[int] = mapped_column(default=1)
    access_expires_at: Mapped[datetime]
    refreshed_at: Mapped[datetime]
    refresh_lease_until: Mapped[datetime | None]
    capabilities: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    linked_at: Mapped[datetime | None]
    confirm_hash: Mapped[str | None]
    confirm_expires_at: Mapped[datetime | None]
    confirm_tries: Mapped[int] = mapped_column(default=0)


class UpworkOwner(Base):
    """Directory: whose an Upwork user is. One Upwork user belongs to one tenant; claimed when the link is confirmed.

    Readable by its tenant, or by whoever names that Upwork user id.
    """

    __tablename__ = "upwork_owners"

    upwork_user_id: Mapped[str] = mapped_column(primary_key=True)
    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenants.tenant_id", ondelete="CASCADE"))
    claimed_at: Mapped[datetime] = mapped_column(server_default=func.now())


class OAuthAttempt(TenantRow):
    """One "Connect Upwork": the state's hash, the PKCE verifier, and who may finish it. Single use, ten minutes."""

    __tablename__ = "oauth_attempts"
    __table_args__ = (UniqueConstraint("tenant_id", "state_hash"),)

    state_hash: Mapped[str]
    link_hash: Mapped[str]
    browser_hash: Mapped[str | None]
    verifier_sealed: Mapped[bytes]
    expires_at: Mapped[datetime]
    opened_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]
    problem: Mapped[str | None]


class UpworkUsage(Base):
    """Requests sent to Upwork per day and tenant; the daily budget is counted here because a restart must not reset it."""

    __tablename__ = "upwork_usage"

    day: Mapped[date] = mapped_column(primary_key=True)
    tenant_id: Mapped[UUID] = mapped_column(primary_key=True)
    requests: Mapped[int] = mapped_column(default=0)
