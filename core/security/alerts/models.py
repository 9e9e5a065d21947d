"""Alerts: what somebody should look at, whom it was told to, and what they said."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.db import TenantRow


class AlertKind(StrEnum):
    NEW_DEVICE = "new_device"
    FACTOR_FAILED = "factor_failed"
    FIRST_FACTOR = "first_factor"
    FACTOR_CHANGED = "factor_changed"
    CONTACT_CHANGED = "contact_changed"
    UNUSUAL_HOUR = "unusual_hour"
    UNUSUAL_VOLUME = "unusual_volume"
    TOKEN_REFUSED = "token_refused"  # noqa: S105 - a kind of alert
    WEBHOOK_MOVED = "webhook_moved"
    LINK_CONFLICT = "link_conflict"
    UPWORK_LINKED = "upwork_linked"
    SESSION_REUSED = "session_reused"
    LOCKED = "locked"
    ROLE_CHANGED = "role_changed"
    EXPORTED = "exported"
    ERASED = "erased"
    KEY_WORN = "key_worn"


class Verdict(StrEnum):
    """What the person said to an alert."""

    MINE = "mine"
    LOCKED = "locked"


class Alert(TenantRow):
    """`key` makes a second alert about the same thing within a few minutes the same row; `times` counts how often it came.

    `facts` hold ids and numbers. The three times say who was reached: the chat, the mailbox, the watchers; `reached` holds
    hashes of those watchers who were, so that one who was away is tried again without telling the others twice.
    """

    __tablename__ = "alerts"
    __table_args__ = (UniqueConstraint("tenant_id", "key"), Index(None, "tenant_id", "created_at"))

    kind: Mapped[str]
    key: Mapped[str]
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    times: Mapped[int] = mapped_column(server_default=text("1"))
    told_at: Mapped[datetime | None]
    mailed_at: Mapped[datetime | None]
    operators_at: Mapped[datetime | None]
    reached: Mapped[list[str]] = mapped_column(JSONB, default=list, server_default=text("'[]'::jsonb"))
    verdict: Mapped[str | None]
    decided_at: Mapped[datetime | None]
