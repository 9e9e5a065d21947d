"""Consents, exports, and what is left of an erased account."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, func
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, TenantRow


class Consent(TenantRow):
    """What somebody agreed to, how and when (`created_at`). Never changed: a new version of the texts makes a new row.

    `llm` says that they were told of texts going to a vendor's language model; without a vendor's key none does.
    """

    __tablename__ = "consents"

    terms_version: Mapped[str]
    privacy_version: Mapped[str]
    llm: Mapped[bool]
    language: Mapped[str]
    how: Mapped[str]


class ExportState(StrEnum):
    WAITING = "waiting"
    READY = "ready"
    GONE = "gone"


class DataExport(TenantRow):
    """One person's copy of their data. `content_sealed` is a ZIP under their own key; it is emptied after 24 hours.

    `message_id` is the chat's message that shows how far it is.
    """

    __tablename__ = "data_exports"

    state: Mapped[str]
    language: Mapped[str]
    content_sealed: Mapped[bytes | None]
    size: Mapped[int]
    rows: Mapped[int]
    expires_at: Mapped[datetime]
    message_id: Mapped[int | None] = mapped_column(BigInteger)


class ErasedTenant(Base):
    """That an account was erased. `mark` is a hash of its random id and leads back to nobody (see `core.privacy.tombstones`)."""

    __tablename__ = "erased_tenants"

    mark: Mapped[str] = mapped_column(primary_key=True)
    audit_head: Mapped[str]
    erased_at: Mapped[datetime] = mapped_column(server_default=func.now())
