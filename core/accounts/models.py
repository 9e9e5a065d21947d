"""Who a tenant is: the account itself, the Telegram chat it lives in, and where a dialog stopped."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import BigInteger, ForeignKey, Index, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, TenantRow


class Tenant(Base):
    """One freelancer's account. `tenant_id` is the account's own id, named as everywhere else so that one policy fits all."""

    __tablename__ = "tenants"

    tenant_id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    locale: Mapped[str] = mapped_column(default="en")
    onboarded_at: Mapped[datetime | None]
    paused_at: Mapped[datetime | None]
    unreachable_at: Mapped[datetime | None]
    locked_at: Mapped[datetime | None]
    erasing_at: Mapped[datetime | None]


class TelegramLink(Base):
    """Directory: which tenant a Telegram user is. Readable by its tenant, or by whoever names that Telegram id."""

    __tablename__ = "telegram_links"
    __table_args__ = (Index(None, "tenant_id"),)

    telegram_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenants.tenant_id", ondelete="CASCADE"))
    chat_id: Mapped[int] = mapped_column(BigInteger)
    linked_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Dialog(TenantRow):
    """Where a conversation stopped, so that a restart or a second device goes on from there. Ids and short words only."""

    __tablename__ = "dialogs"

    chat_id: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[str | None]
    data: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now(), onupdate=func.now())
