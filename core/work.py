"""Claiming, finishing and finding work items: the half of background work that Postgres decides."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.jobs import WorkItem

LEASE = timedelta(minutes=5)
_NEVER = text("'infinity'::timestamptz")


@dataclass(frozen=True, slots=True)
class Claimed:
    item_id: UUID
    job: str
    tenant_id: UUID
    ref: UUID
    generation: int
    attempts: int


async def claim(session: AsyncSession, item_id: UUID) -> Claimed | None:
    """Lease one due item, or None: not due, held by another worker, dead or done. The database's clock decides."""
    row = await session.scalar(
        update(WorkItem)
        .where(
            WorkItem.id == item_id,
            WorkItem.dead_at.is_(None),
            (WorkItem.run_at <= func.now()) | (WorkItem.lease_until < func.now()),
            WorkItem.lease_until.is_(None) | (WorkItem.lease_until < func.now()),
        )
        # Until somebody asks again, a claimed item is due never; only an expired lease brings it back.
        .values(lease_until=func.now() + LEASE, attempts=WorkItem.attempts + 1, run_at=_NEVER)
        .returning(WorkItem)
    )
    if row is None:
        return None
    return Claimed(row.id, row.job, row.tenant_id, row.ref, row.generation, row.attempts)


async def finish(session: AsyncSession, done: Claimed) -> None:
    """Remove a finished item; if it was asked for again meanwhile, only let go of it."""
    removed = await session.scalar(
        text("delete from app.work_items where id = :id and generation = :generation returning id"),
        {"id": done.item_id, "generation": done.generation},
    )
    if removed is None:
        await session.execute(
            update(WorkItem).where(WorkItem.id == done.item_id).values(lease_until=None, attempts=0, last_error=None)
        )


async def retry(session: AsyncSession, item: Claimed, *, delay: float, error: str) -> None:
    """Let go of an item and have it tried again in `delay` seconds, or earlier if somebody asked for it."""
    due = func.now() + timedelta(seconds=delay)
    await session.execute(
        update(WorkItem)
        .where(WorkItem.id == item.item_id)
        .values(lease_until=None, last_error=error[:200], run_at=func.least(WorkItem.run_at, due))
    )


async def bury(session: AsyncSession, item: Claimed, *, error: str) -> None:
    """Give up on an item; the row stays for the operator, and asking for the job again revives it."""
    await session.execute(
        update(WorkItem)
        .where(WorkItem.id == item.item_id)
        .values(lease_until=None, dead_at=func.now(), last_error=error[:200])
    )


async def find_due(session: AsyncSession, *, limit: int = 200, quiet_seconds: float = 5.0) -> list[UUID]:
    """Due items nobody was rung for lately, one of each tenant first, then the second of each, and so on."""
    turn = func.row_number().over(partition_by=WorkItem.tenant_id, order_by=WorkItem.run_at).label("turn")
    due = (
        select(WorkItem.id, turn)
        .where(
            WorkItem.dead_at.is_(None),
            (WorkItem.run_at <= func.now()) | (WorkItem.lease_until < func.now()),
            WorkItem.lease_until.is_(None) | (WorkItem.lease_until < func.now()),
            WorkItem.rung_at.is_(None) | (WorkItem.rung_at < func.now() - timedelta(seconds=quiet_seconds)),
        )
        .subquery()
    )
    ids = list(await session.scalars(select(due.c.id).order_by(due.c.turn).limit(limit)))
    if ids:
        await session.execute(update(WorkItem).where(WorkItem.id.in_(ids)).values(rung_at=func.now()))
    return ids
