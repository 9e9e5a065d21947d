"""What of logins is not needed any more: sessions that were over a month ago, registrations that nobody confirmed."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete, func
from sqlalchemy.ext.asyncio import AsyncSession

from core.access.models import PendingLogin, WebSession
from core.clock import Clock
from core.db import tenant_of

SESSION_KEPT = timedelta(days=30)
"""How long it can be looked up which browsers were logged in; the refresh tokens go with their session."""


async def forget_old_logins(session: AsyncSession, *, clock: Clock) -> None:
    """Delete this tenant's old sessions, and whatever registrations have lapsed."""
    over = func.coalesce(WebSession.ended_at, WebSession.expires_at)
    await session.execute(
        delete(WebSession)
        .where(WebSession.tenant_id == tenant_of(session), over < clock.now() - SESSION_KEPT)
        .execution_options(synchronize_session=False)
    )
    await session.execute(
        delete(PendingLogin)
        .where(PendingLogin.expires_at <= clock.now())
        .execution_options(synchronize_session=False)
    )
