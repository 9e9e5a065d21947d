"""How an account is protected right now, for its own person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.access.sessions import list_sessions
from core.accounts.models import Tenant
from core.clock import Clock
from core.db import tenant_of
from core.security.alerts.models import Alert
from core.security.alerts.service import recent_alerts
from core.security.chain import Head, head_of
from core.security.factors.models import Contact, ContactKind, FactorView
from core.security.factors.service import list_factors
from core.security.models import AuditAnchor
from core.security.stepup.models import ProofRow


@dataclass(frozen=True, slots=True)
class SecurityView:
    """`proven_at`: when the asking session last proved a factor; `logins`: web logins right now; `mailed`: whether a warning
    reaches an e-mail address too."""

    locked_at: datetime | None
    factors: tuple[FactorView, ...]
    proven_at: datetime | None
    logins: int
    mailed: bool
    alerts: tuple[Alert, ...]


@dataclass(frozen=True, slots=True)
class ChainView:
    """The audit chain's head, and how far it is noted outside the database (None: not yet)."""

    head: Head
    anchored: int | None
    anchored_at: datetime | None


async def security_view(session: AsyncSession, *, by: str, clock: Clock) -> SecurityView:
    """`by` is the session name of whoever asks."""
    tenant = await session.get_one(Tenant, tenant_of(session))
    proven_at = await session.scalar(select(func.max(ProofRow.at)).where(ProofRow.session_name == by))
    mailed = await session.scalar(
        select(Contact.id)
        .where(
            Contact.kind == ContactKind.EMAIL.value,
            Contact.verified_at.is_not(None),
            Contact.replaced_at.is_(None),
        )
        .limit(1)
    )
    return SecurityView(
        tenant.locked_at,
        tuple(await list_factors(session)),
        proven_at,
        len(await list_sessions(session, clock=clock)),
        mailed is not None,
        tuple(await recent_alerts(session, limit=3)),
    )


async def chain_view(session: AsyncSession) -> ChainView:
    anchor = await session.scalar(select(AuditAnchor))
    return ChainView(
        await head_of(session),
        None if anchor is None else anchor.seq,
        None if anchor is None else anchor.anchored_at,
    )
