"""The audit trail: one event per state change, in the same transaction, ids and numbers only."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from core.db import tenant_of
from core.security.models import AuditEvent

USER = "user"
SYSTEM = "system"


def record(
    session: AsyncSession, event: str, *, actor: str = SYSTEM, **data: str | float | bool | None
) -> None:
    """`event` is `<subject>.<past verb>`. Never pass text that a person or a client wrote."""
    session.add(AuditEvent(tenant_id=tenant_of(session), event=event, actor=actor, data=data))
