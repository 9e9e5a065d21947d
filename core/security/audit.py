"""The audit trail: one event per state change, in the same transaction, ids and numbers only.

Details are sealed with the tenant's key; the database chains the events of a tenant to each other (see `core.security.chain`).
Events are written as the transaction's last statement: the chain's lock is then the last one taken, so it cannot deadlock with
rows that callers lock. If they cannot be written, nothing of the transaction is kept.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.crypto import CannotUnseal, TenantKeys, Vault
from core.db import Database, run_last, tenant_of
from core.jobs import Job, WorkItem
from core.security.keys import keys_for
from core.security.models import AuditEvent

USER = "user"
SYSTEM = "system"

ANCHOR_EVERY = 64
"""After so many events of a tenant the head is anchored at once, not with the next hour."""

_VAULT = "vault"
_PENDING = "audit"


@dataclass(frozen=True, slots=True)
class Event:
    """One event as it is read. `data` is empty for what was written without details, or whose details nobody can open."""

    id: UUID
    seq: int
    created_at: datetime
    event: str
    actor: str
    data: dict[str, str | float | bool | None]


def seal_with(db: Database, vault: Vault) -> None:
    """Seal the events of this database with the tenants' keys from `vault`. Without it an event with details is refused."""
    db.info[_VAULT] = vault


def record(
    session: AsyncSession, event: str, *, actor: str = SYSTEM, **data: str | float | bool | None
) -> None:
    """`event` is `<subject>.<past verb>`. Never pass text that a person or a client wrote.

    An event belongs to the whole transaction: rolling back to a savepoint does not take it along.
    """
    tenant_of(session)
    pending: list[tuple[str, str, dict[str, str | float | bool | None]]] = session.info.setdefault(
        _PENDING, []
    )
    pending.append((event, actor, data))
    run_last(session, _write)


async def _write(session: AsyncSession) -> None:
    # What callers changed comes first: its rows are locked before the chain is.
    await session.flush()
    tenant_id = tenant_of(session)
    rows = []
    for event, actor, data in session.info.pop(_PENDING, ()):
        row = AuditEvent(tenant_id=tenant_id, id=uuid4(), event=event, actor=actor)
        sealed = (await _keys(session)).seal(row, "payload_sealed", json.dumps(data)) if data else b""
        rows.append(
            {"tenant_id": tenant_id, "id": row.id, "event": event, "actor": actor, "payload_sealed": sealed}
        )
    if not rows:
        return
    heads = await session.scalars(insert(AuditEvent).values(rows).returning(AuditEvent.seq))
    last = max(heads)
    if last // ANCHOR_EVERY > (last - len(rows)) // ANCHOR_EVERY:
        await session.execute(
            update(WorkItem)
            .where(WorkItem.job == Job.ANCHOR_AUDIT.value, WorkItem.tenant_id == tenant_id)
            .values(run_at=func.least(WorkItem.run_at, func.now()), generation=WorkItem.generation + 1)
            .execution_options(synchronize_session=False)
        )


async def _keys(session: AsyncSession) -> TenantKeys:
    vault = session.info.get(_VAULT)
    if not isinstance(vault, Vault):
        raise RuntimeError("this database was given no vault to seal audit events with")
    return await keys_for(session, vault)


async def events(
    session: AsyncSession,
    keys: TenantKeys,
    *,
    before: int | None = None,
    limit: int = 50,
    names: Sequence[str] = (),
) -> list[Event]:
    """The tenant's newest events, newest first; `before` is a `seq` to go on from, `names` keeps only these."""
    wanted = select(AuditEvent).order_by(AuditEvent.seq.desc()).limit(limit)
    if before is not None:
        wanted = wanted.where(AuditEvent.seq < before)
    if names:
        wanted = wanted.where(AuditEvent.event.in_(names))
    return [
        Event(row.id, row.seq, row.created_at, row.event, row.actor, details(keys, row))
        for row in await session.scalars(wanted)
    ]


def details(keys: TenantKeys, row: AuditEvent) -> dict[str, str | float | bool | None]:
    """What was noted with an event; empty when it was sealed with a key that is gone."""
    try:
        text = keys.unseal(row, "payload_sealed")
    except CannotUnseal:
        return {}
    return dict(json.loads(text)) if text else {}
