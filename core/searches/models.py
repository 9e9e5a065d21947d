"""Saved searches as stored."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from core.db import TenantRow


class SavedSearch(TenantRow):
    """The user's own criteria, sealed: what somebody looks for is their strategy. `criteria_sealed` is Criteria as JSON."""

    __tablename__ = "saved_searches"

    criteria_sealed: Mapped[bytes]
    paused_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]
    last_polled_at: Mapped[datetime | None]
    polls: Mapped[int] = mapped_column(default=0)
    postings_seen: Mapped[int] = mapped_column(default=0)
