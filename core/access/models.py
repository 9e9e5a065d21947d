"""Roles and who granted them, logins for the web, their sessions, and what was used up today."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, Numeric, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from core.accounts.models import Tenant
from core.db import Base, TenantRow


class RoleGrant(TenantRow):
    """One role given to one account: by whom and when (`created_at`), taken back by whom and when. Never deleted.

    `granted_by` and `revoked_by` name an actor: `operator` for the command line, else the granting account's id.
    """

    __tablename__ = "role_grants"
    __table_args__ = (
        Index(
            "uq_role_grants_held",
            "tenant_id",
            "role",
            unique=True,
            postgresql_where=text("revoked_at is null"),
        ),
    )

    role: Mapped[str]
    granted_by: Mapped[str]
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[str | None]


class WebLogin(Base):
    """Directory: which account an e-mail address logs in to. Found by the address's keyed hash, never by the address.

    `password_sealed` is the argon2id string under the account's data key: a dump alone gives nothing to guess at.
    """

    __tablename__ = "web_logins"
    __table_args__ = (UniqueConstraint("tenant_id"),)

    email_index: Mapped[str] = mapped_column(primary_key=True)
    tenant_id: Mapped[UUID] = mapped_column(ForeignKey(Tenant.tenant_id, ondelete="CASCADE"))
    id: Mapped[UUID] = mapped_column(default=uuid4)
    email_sealed: Mapped[bytes]
    password_sealed: Mapped[bytes | None]
    password_changed_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class PendingLogin(Base):
    """A login whose e-mail address nobody has confirmed yet: no account knows of it, so squatting on an address gains nothing.

    `details_sealed` (system key) is JSON: address, argon2id string, language. `tenant_id` is set when it was asked for in a
    chat that has an account.
    """

    __tablename__ = "pending_logins"
    __table_args__ = (UniqueConstraint("token_hash"), Index(None, "expires_at"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    token_hash: Mapped[str]
    tenant_id: Mapped[UUID | None]
    details_sealed: Mapped[bytes]
    expires_at: Mapped[datetime]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class WebSession(TenantRow):
    """One browser or API client that is logged in. A new login and each step-up make a new row and end the old one.

    `family` is the id of the session the chain began with. `factor` and `factor_at`: the strong factor proven in it, and when.
    Until `complete`, only the password was right and the second step is awaited.
    """

    __tablename__ = "web_sessions"
    __table_args__ = (Index(None, "tenant_id", "family"),)

    family: Mapped[UUID]
    method: Mapped[str]
    complete: Mapped[bool]
    console: Mapped[bool]
    factor: Mapped[str | None]
    factor_at: Mapped[datetime | None]
    browser_hash: Mapped[str | None]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str | None]


class RefreshToken(TenantRow):
    """One link of a session's chain of refresh tokens; each works once. Found by its hash."""

    __tablename__ = "refresh_tokens"
    __table_args__ = (
        UniqueConstraint("tenant_id", "token_hash"),
        ForeignKeyConstraint(
            ["tenant_id", "session_id"], ["web_sessions.tenant_id", "web_sessions.id"], ondelete="CASCADE"
        ),
    )

    session_id: Mapped[UUID]
    token_hash: Mapped[str]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class DailyUse(TenantRow):
    """How often an account did something limited on one UTC day."""

    __tablename__ = "daily_uses"
    __table_args__ = (UniqueConstraint("tenant_id", "kind", "day"),)

    kind: Mapped[str]
    day: Mapped[date]
    used: Mapped[int]


class SystemSecret(Base):
    """A random key of the whole installation, sealed under the key ring, so that every replica has the same one."""

    __tablename__ = "system_secrets"

    purpose: Mapped[str] = mapped_column(primary_key=True)
    sealed: Mapped[bytes]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class LlmSpend(TenantRow):
    """A model's bill that belongs to no draft. `purpose` is a word of ours; `cost_usd` is 0 where the price is unknown."""

    __tablename__ = "llm_spends"

    purpose: Mapped[str]
    model: Mapped[str]
    tokens_in: Mapped[int]
    tokens_out: Mapped[int]
    cost_usd: Mapped[Decimal] = mapped_column(Numeric(12, 6))
