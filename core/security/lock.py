"""Locking an account: from one moment to the next nothing leaves, nothing can be approved, and whoever is in is out.

Locking needs no proof, unlocking needs the strongest one. What was approved before and had not left stays where it is until its
owner, back in, looks at it and lets it go on: after a theft nobody knows who approved it.
"""

from __future__ import annotations

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.access.sessions import end_all_sessions
from core.accounts.models import Tenant
from core.clock import Clock
from core.db import tenant_of
from core.errors import Forbidden
from core.proposals.models import Approval
from core.security import audit
from core.security.alerts.models import AlertKind
from core.security.alerts.service import raise_alert
from core.security.models import PageLink
from core.security.stepup.service import forget_proofs


class Locked(Forbidden):
    """The account is locked; only unlocking it, with a strong factor, helps."""

    code = "locked"


async def is_locked(session: AsyncSession) -> bool:
    """What is decided by this may be overtaken by a lock; `core.proposals.locking` holds one off meanwhile."""
    return (
        await session.scalar(select(Tenant.locked_at).where(Tenant.tenant_id == tenant_of(session)))
        is not None
    )


async def lock(session: AsyncSession, *, clock: Clock, reason: str, actor: str = audit.USER) -> bool:
    """Lock the tenant's account. `reason` is a word of ours: chat, alert, mail, console. False when it was locked already.

    Every button that could approve something, every web session, proof, grant and open link dies with it.
    """
    tenant_id = tenant_of(session)
    locked = await session.scalar(
        update(Tenant)
        .where(Tenant.tenant_id == tenant_id, Tenant.locked_at.is_(None))
        .values(locked_at=clock.now())
        .returning(Tenant.tenant_id)
    )
    if locked is None:
        return False
    await session.execute(
        update(Approval)
        .where(Approval.tenant_id == tenant_id, Approval.used_at.is_(None), Approval.withdrawn_at.is_(None))
        .values(withdrawn_at=clock.now())
        .execution_options(synchronize_session=False)
    )
    await end_all_sessions(session, clock=clock, reason="locked")
    await forget_proofs(session, clock=clock)
    await session.execute(
        delete(PageLink)
        .where(PageLink.tenant_id == tenant_id, PageLink.used_at.is_(None))
        .execution_options(synchronize_session=False)
    )
    audit.record(session, "account.locked", actor=actor, reason=reason)
    await raise_alert(session, AlertKind.LOCKED, reason=reason)
    return True


async def unlock(session: AsyncSession, *, clock: Clock) -> bool:
    """Open the account again; the caller has asked for the proof that Act.UNLOCK wants. False when it was not locked."""
    unlocked = await session.scalar(
        update(Tenant)
        .where(Tenant.tenant_id == tenant_of(session), Tenant.locked_at.is_not(None))
        .values(locked_at=None)
        .returning(Tenant.tenant_id)
    )
    if unlocked is None:
        return False
    audit.record(session, "account.unlocked", actor=audit.USER)
    return True
