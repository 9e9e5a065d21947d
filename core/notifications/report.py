"""The week in numbers: what was sent and answered, what it cost, what was noticed, and the fingerprint of the audit's head.

The fingerprint leaves the database with every report: whoever keeps the reports can tell later that nobody rewrote the past.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.analytics.funnel import load_funnel
from core.clock import Clock
from core.proposals.models import Action, ActionState
from core.security.alerts.models import Alert
from core.security.chain import Head, head_of
from core.security.models import AuditEvent

_LOGINS = ("login.begun",)
_CHANGES = ("factor.added", "factor.removed", "contact.verified", "contact.removed", "password.changed")


@dataclass(frozen=True, slots=True)
class Report:
    """`connects` as they are counted against the limits; `cost` is US dollars spent on language models."""

    since: datetime
    until: datetime
    proposals: int
    replies: int
    answered: int
    hired: int
    connects: int
    cost: float
    alerts: int
    logins: int
    changes: int
    head: Head


async def build_report(session: AsyncSession, *, clock: Clock, days: int = 7) -> Report:
    """The tenant's last `days`. A month is the same with another number."""
    until = clock.now()
    since = until - timedelta(days=days)
    funnel = await load_funnel(session, clock=clock, days=days)
    connects = await session.scalar(
        select(func.coalesce(func.sum(Action.connects), 0)).where(
            Action.state == ActionState.SENT, Action.settled_at >= since
        )
    )
    alerts = await session.scalar(select(func.count()).select_from(Alert).where(Alert.created_at >= since))
    return Report(
        since,
        until,
        proposals=funnel.sent,
        replies=funnel.replies_sent,
        answered=funnel.replied,
        hired=funnel.hired,
        connects=int(connects or 0),
        cost=funnel.cost,
        alerts=int(alerts or 0),
        logins=await _count(session, _LOGINS, since),
        changes=await _count(session, _CHANGES, since),
        head=await head_of(session),
    )


async def _count(session: AsyncSession, names: tuple[str, ...], since: datetime) -> int:
    counted = (
        select(func.count())
        .select_from(AuditEvent)
        .where(AuditEvent.event.in_(names), AuditEvent.created_at >= since)
    )
    return int(await session.scalar(counted) or 0)
