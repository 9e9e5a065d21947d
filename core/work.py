"""Claiming, finishing and finding work items: the half of background work that Postgres decides.

The database's clock decides what is due. A claim is a lease with a name of its own; whoever lost it changes nothing any more.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, and_, bindparam, func, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.jobs import WorkItem

LEASE = timedelta(seconds=60)
"""Renewed three times while it lasts, so it says how soon a killed worker's item is run again, not how long it may take."""

MOST_OF_ONE = 6
"""Items of one tenant under way at once, over all workers of a kind: half of what one worker can do is left for the others."""

_NEVER = text("'infinity'::timestamptz")
_FREE = or_(WorkItem.lease_until.is_(None), WorkItem.lease_until < func.now())
# Until somebody asks again, a claimed item is due never; only an expired lease brings it back.
_DUE = and_(
    WorkItem.dead_at.is_(None), or_(WorkItem.run_at <= func.now(), WorkItem.lease_until < func.now()), _FREE
)


@dataclass(frozen=True, slots=True)
class Claimed:
    item_id: UUID
    job: str
    tenant_id: UUID
    ref: UUID
    generation: int
    attempts: int
    claim: UUID


async def claim(session: AsyncSession, item_id: UUID) -> Claimed | None:
    """Lease one due item, or None: not due, held by another worker, dead or done."""
    return await _take(session, and_(WorkItem.id == item_id, _DUE))


_FAIREST = text(
    """
    with busy as (
        select tenant_id, count(*) as items from app.work_items
         where lease_until >= now() and job <> all(:elsewhere) group by tenant_id
    )
    select w.id
      from app.work_items as w left join busy on busy.tenant_id = w.tenant_id
     where w.dead_at is null
       and w.job <> all(:elsewhere)
       and (w.run_at <= now() or w.lease_until < now())
       and (w.lease_until is null or w.lease_until < now())
       and coalesce(busy.items, 0) < :most
     order by w.job = any(:urgent) desc, coalesce(busy.items, 0), least(w.run_at, w.lease_until), w.id
     limit 1
       for update of w skip locked
    """
)


async def claim_next(
    session: AsyncSession, *, urgent: Collection[str] = (), elsewhere: Collection[str] = ()
) -> Claimed | None:
    """Lease the due item whose turn it is: what a person waits for first, then the tenant with the least under way.

    A bell rung for one tenant's thousandth item may so run another tenant's first. The jobs `elsewhere` are run by workers of
    another kind: they are neither taken nor counted.
    """
    item_id = await session.scalar(
        _FAIREST, {"most": MOST_OF_ONE, "urgent": list(urgent), "elsewhere": list(elsewhere)}
    )
    return None if item_id is None else await _take(session, WorkItem.id == item_id)


async def _take(session: AsyncSession, which: ColumnElement[bool]) -> Claimed | None:
    mine = uuid4()
    row = await session.scalar(
        update(WorkItem)
        .where(which)
        .values(
            lease_until=func.now() + LEASE, claimed_by=mine, attempts=WorkItem.attempts + 1, run_at=_NEVER
        )
        .returning(WorkItem)
    )
    if row is None:
        return None
    return Claimed(row.id, row.job, row.tenant_id, row.ref, row.generation, row.attempts, mine)


async def renew(session: AsyncSession, item: Claimed) -> bool:
    """Keep an item that is still being worked on. False when it is no longer ours."""
    return await _change(session, item, lease_until=func.now() + LEASE)


async def finish(session: AsyncSession, item: Claimed) -> None:
    """Remove a finished item; if it was asked for again meanwhile, only let go of it."""
    removed = await session.scalar(
        text(
            "delete from app.work_items where id = :id and claimed_by = :claim and generation = :generation returning id"
        ),
        {"id": item.item_id, "claim": item.claim, "generation": item.generation},
    )
    if removed is None:
        await _change(session, item, lease_until=None, claimed_by=None, attempts=0, last_error=None)


async def retry(session: AsyncSession, item: Claimed, *, delay: float, error: str) -> None:
    """Let go of an item and have it tried again in `delay` seconds, or earlier if somebody asked for it."""
    due = func.now() + timedelta(seconds=delay)
    await _change(
        session,
        item,
        lease_until=None,
        claimed_by=None,
        last_error=error[:200],
        run_at=func.least(WorkItem.run_at, due),
    )


async def give_back(session: AsyncSession, item: Claimed) -> None:
    """Let go of an item as if it had never been claimed: its worker was told to stop."""
    await _change(
        session,
        item,
        lease_until=None,
        claimed_by=None,
        attempts=func.greatest(WorkItem.attempts - 1, 0),
        run_at=func.now(),
    )


async def bury(session: AsyncSession, item: Claimed, *, error: str) -> None:
    """Give up on an item; the row stays for the operator, and asking for the job again revives it."""
    await _change(
        session, item, lease_until=None, claimed_by=None, dead_at=func.now(), last_error=error[:200]
    )


async def _change(session: AsyncSession, item: Claimed, **values: Any) -> bool:
    changed = await session.scalar(
        update(WorkItem)
        .where(WorkItem.id == item.item_id, WorkItem.claimed_by == item.claim)
        .values(**values)
        .returning(WorkItem.id)
        .execution_options(synchronize_session=False)
    )
    return changed is not None


async def find_due(
    session: AsyncSession,
    *,
    limit: int = 200,
    quiet_seconds: float = 5.0,
    elsewhere: Collection[str] = (),
) -> list[UUID]:
    """Due items nobody was rung for lately, one of each tenant first, then the second of each, and so on.

    The jobs `elsewhere` are left to workers of another kind.
    """
    turn = (
        func.row_number()
        .over(partition_by=WorkItem.tenant_id, order_by=(WorkItem.run_at, WorkItem.id))
        .label("turn")
    )
    quiet = func.now() - bindparam("quiet", timedelta(seconds=quiet_seconds))
    due = (
        select(WorkItem.id, WorkItem.run_at, turn)
        .where(
            _DUE,
            or_(WorkItem.rung_at.is_(None), WorkItem.rung_at < quiet),
            WorkItem.job.not_in(list(elsewhere)),
        )
        .subquery()
    )
    ids = list(await session.scalars(select(due.c.id).order_by(due.c.turn, due.c.run_at).limit(limit)))
    if ids:
        await session.execute(
            update(WorkItem)
            .where(WorkItem.id.in_(ids))
            .values(rung_at=func.now())
            .execution_options(synchronize_session=False)
        )
    return ids
