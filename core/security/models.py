"""Data keys and the audit trail."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.accounts.models import Tenant
from core.db import Base, TenantRow


class TenantKey(Base):
    """A tenant's data key, wrapped by a key that never enters the database. Deleting the row erases the tenant's secrets."""

    __tablename__ = "tenant_keys"

    tenant_id: Mapped[UUID] = mapped_column(
        ForeignKey(Tenant.tenant_id, ondelete="CASCADE"), primary_key=True
    )
    kek_version: Mapped[int]
    wrapped: Mapped[bytes]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class AuditEvent(TenantRow):
    """One state change: who did what, with ids and numbers only, written in the transaction that made it."""

    __tablename__ = "audit_events"

    event: Mapped[str]
    actor: Mapped[str]
    data: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)


class PageLink(TenantRow):
    """A one-time link from the chat to a page. Readable by its tenant, or by whoever presents the token (see `page_links`)."""

    __tablename__ = "page_links"
    __table_args__ = (UniqueConstraint("tenant_id", "token_hash"),)

    purpose: Mapped[str]
    token_hash: Mapped[str]
    ref: Mapped[UUID | None]
    data: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    browser_hash: Mapped[str | None]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
