"""A locked account approves nothing and sends nothing, from one moment to the next."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.accounts.models import Tenant
from core.db import tenant_of
from core.security.lock import Locked


async def hold_unlocked(session: AsyncSession) -> bool:
    """Whether the account is not locked; if so, locking it waits until this transaction ends.

    Without that a lock could commit between the look and what was allowed by it.
    """
    row = (
        await session.execute(
            select(Tenant.locked_at)
            .where(Tenant.tenant_id == tenant_of(session))
            .with_for_update(read=True, of=Tenant)
        )
    ).one_or_none()
    return row is not None and row.locked_at is None


async def refuse_locked(session: AsyncSession) -> None:
    """Raises Locked."""
    if not await hold_unlocked(session):
        raise Locked
