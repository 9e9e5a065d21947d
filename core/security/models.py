"""Data keys, the audit trail and one-time links."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import BigInteger, FetchedValue, ForeignKey, Index, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.accounts.models import Tenant
from core.db import Base, TenantRow


class TenantKey(Base):
    """A tenant's data key, wrapped by a key that never enters the database. Deleting the row erases the tenant's secrets.

    `sealed` counts what was encrypted with it (see `core.security.key_uses`).
    """

    __tablename__ = "tenant_keys"

    tenant_id: Mapped[UUID] = mapped_column(
        ForeignKey(Tenant.tenant_id, ondelete="CASCADE"), primary_key=True
    )
    kek_version: Mapped[int]
    wrapped: Mapped[bytes]
    sealed: Mapped[int] = mapped_column(BigInteger, default=0, server_default=text("0"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class KeyUse(Base):
    """How many values one version of the wrapping keys has encrypted, in all processes together."""

    __tablename__ = "key_uses"

    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sealed: Mapped[int] = mapped_column(BigInteger)


class KeyHolder(Base):
    """A running process and the newest wrapping key it knows; `seen_at` is renewed while it runs."""

    __tablename__ = "key_holders"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    process: Mapped[str]
    newest: Mapped[int]
    seen_at: Mapped[datetime]


class AuditEvent(TenantRow):
    """One state change: who did what, written in the transaction that made it, chained to the event before it.

    Name, actor and time can be read by whoever runs the installation; the details are sealed with the tenant's key. `seq`,
    `prev`, `hash` and `created_at` are the database's own doing (see `core.security.chain`); nothing sent for them is kept.
    """

    __tablename__ = "audit_events"
    __table_args__ = (UniqueConstraint("tenant_id", "seq"), Index(None, "tenant_id", "event", "created_at"))

    event: Mapped[str]
    actor: Mapped[str]
    seq: Mapped[int] = mapped_column(BigInteger, server_default=FetchedValue())
    prev: Mapped[bytes] = mapped_column(server_default=FetchedValue())
    hash: Mapped[bytes] = mapped_column(server_default=FetchedValue())
    payload_sealed: Mapped[bytes]


class AuditAnchor(TenantRow):
    """The last head of a tenant's chain that was written outside the database; one row a tenant, `id` is the tenant's own."""

    __tablename__ = "audit_anchors"

    seq: Mapped[int] = mapped_column(BigInteger)
    hash: Mapped[bytes]
    anchored_at: Mapped[datetime]


class KillLink(TenantRow):
    """A link in an e-mail that locks the account. Readable by its tenant, or by whoever presents the token."""

    __tablename__ = "kill_links"
    __table_args__ = (UniqueConstraint("tenant_id", "token_hash"),)

    token_hash: Mapped[str]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


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
