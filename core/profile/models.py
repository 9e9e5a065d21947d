"""The profile as stored: the user's own words, sealed; numbers and vectors beside them for matching."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from pgvector.sqlalchemy import Vector
from sqlalchemy import ARRAY, Numeric, String, UniqueConstraint, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.db import TenantRow
from core.matching.embedder import DIMENSIONS


class ProfileRow(TenantRow):
    __tablename__ = "profiles"
    __table_args__ = (UniqueConstraint("tenant_id"),)

    headline_sealed: Mapped[bytes]
    signature_sealed: Mapped[bytes | None]
    hourly_rate: Mapped[Decimal | None] = mapped_column(Numeric(10, 2))
    weights: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now(), onupdate=func.now())


class FactRow(TenantRow):
    __tablename__ = "profile_facts"
    __table_args__ = (UniqueConstraint("tenant_id", "number"),)

    number: Mapped[int]
    kind: Mapped[str]
    text_sealed: Mapped[bytes]
    skills: Mapped[list[str]] = mapped_column(ARRAY(String), default=list)
    embedding: Mapped[Any | None] = mapped_column(Vector(DIMENSIONS))
