"""Raising an alert, and what its reader says to it."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import Integer, cast, extract, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from core.clock import Clock
from core.db import tenant_of
from core.errors import NotFound
from core.jobs import Job, enqueue
from core.security import audit
from core.security.alerts.models import Alert, AlertKind, Verdict

__all__ = ["Alert", "AlertKind", "Verdict", "answer", "get_alert", "raise_alert", "recent_alerts"]

SAME_WITHIN = timedelta(minutes=15)
"""A second alert of the same kind about the same ids within the same quarter of an hour is counted, not told again."""


async def raise_alert(session: AsyncSession, kind: AlertKind, **facts: str | int) -> None:
    """Have the person and the operators told, once this transaction commits. `facts`: ids and numbers, never foreign text.

    Ids (strings) tell two alerts apart, numbers do not: ten wrong codes are one alert. Call it in a transaction that will
    commit: what is raised next to an error that rolls back is lost.
    """
    tenant_id = tenant_of(session)
    window = cast(func.floor(extract("epoch", func.now()) / SAME_WITHIN.total_seconds()), Integer)
    about = "|".join(f"{name}={value}" for name, value in sorted(facts.items()) if isinstance(value, str))
    digest = hashlib.sha256(about.encode()).hexdigest()[:16]
    statement = insert(Alert).values(
        tenant_id=tenant_id,
        id=uuid4(),
        kind=kind.value,
        key=func.concat(kind.value, "|", digest, "|", window),
        facts=dict(facts),
    )
    statement = statement.on_conflict_do_update(
        index_elements=["tenant_id", "key"],
        set_={"times": Alert.times + 1, "facts": statement.excluded.facts},
    )
    alert_id, times = (await session.execute(statement.returning(Alert.id, Alert.times))).one()
    if times == 1:
        audit.record(session, "alert.raised", alert=str(alert_id), kind=kind.value)
        await enqueue(session, Job.TELL_ALERT, tenant_id=tenant_id, ref=alert_id)


async def get_alert(session: AsyncSession, *, alert_id: UUID, lock: bool = False) -> Alert:
    """Raises NotFound."""
    alert = await session.scalar(
        select(Alert).where(Alert.id == alert_id).with_for_update()
        if lock
        else select(Alert).where(Alert.id == alert_id)
    )
    if alert is None:
        raise NotFound
    return alert


async def recent_alerts(
    session: AsyncSession, *, since: datetime | None = None, limit: int = 5
) -> list[Alert]:
    """Newest first."""
    wanted = select(Alert).order_by(Alert.created_at.desc()).limit(limit)
    if since is not None:
        wanted = wanted.where(Alert.created_at >= since)
    return list(await session.scalars(wanted))


async def answer(session: AsyncSession, *, alert_id: UUID, verdict: Verdict, clock: Clock) -> bool:
    """Note what the person said. False when they had said something before. Raises NotFound."""
    await get_alert(session, alert_id=alert_id)
    changed = await session.scalar(
        update(Alert)
        .where(Alert.id == alert_id, Alert.verdict.is_(None))
        .values(verdict=verdict.value, decided_at=clock.now())
        .returning(Alert.id)
    )
    if changed is None:
        return False
    audit.record(session, "alert.answered", actor=audit.USER, alert=str(alert_id), verdict=verdict.value)
    return True
