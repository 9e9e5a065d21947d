"""Noting the heads of audit chains outside the database, and the week's report."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import httpx
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from core.accounts.models import Tenant
from core.clock import Clock
from core.crypto import Vault
from core.db import Database
from core.jobs import Job, WorkItem, enqueue
from core.notifications.notifier import Notifier
from core.runtime import Runtime
from core.security import anchor, chain
from core.security.anchor import Anchor
from core.security.models import AuditAnchor
from core.settings import Settings
from workers.job import NOT_AGAIN

ROLL_SECONDS = 60.0
"""So long is waited for other accounts to be anchored, before the list of all is written."""

_NOBODY = UUID(int=0)

AGAIN_ANYWAY = timedelta(days=1)
"""A head that does not move is noted once a day, so that a lost file costs a day and a retired key no anchor."""


async def anchor_audit(rt: Runtime, _notifier: Notifier, tenant_id: UUID, _ref: UUID) -> float | None:
    async with rt.db.begin(tenant_id) as session:
        # An account without a chat has a chain as well.
        if await session.get(Tenant, tenant_id) is None:
            return NOT_AGAIN
    noted = await anchor_head(rt.settings, rt.db, rt.http, rt.vault, rt.clock, tenant_id=tenant_id)
    if noted and anchor.is_store(rt.settings):
        async with rt.db.begin() as session:
            await enqueue(session, Job.CALL_ROLL, tenant_id=_NOBODY, ref=_NOBODY, delay=ROLL_SECONDS)
    return None


async def call_roll(rt: Runtime, _notifier: Notifier, _tenant_id: UUID, _ref: UUID) -> float | None:
    """Write down which accounts there are, a little after any of them was anchored."""
    async with rt.db.begin() as session:
        known = set(await session.scalars(select(WorkItem.tenant_id).distinct())) - {_NOBODY}
    await anchor.call_the_roll(rt.settings, rt.http, rt.vault, accounts=known, at=rt.clock.now())
    return None


async def anchor_head(
    settings: Settings, db: Database, http: httpx.AsyncClient, vault: Vault, clock: Clock, *, tenant_id: UUID
) -> bool:
    """Note the head of a tenant's chain, if it moved since or a day has passed. True when it was noted. Raises NotAnchored."""
    async with db.begin(tenant_id) as session:
        head = await chain.head_of(session)
        last = await session.scalar(select(AuditAnchor))
    now = clock.now()
    if not head.seq or (last is not None and last.seq == head.seq and last.anchored_at > now - AGAIN_ANYWAY):
        return False
    await anchor.write(settings, http, vault, Anchor(tenant_id, head, now))
    async with db.begin(tenant_id) as session:
        noted = {"seq": head.seq, "hash": head.hash, "anchored_at": now}
        await session.execute(
            insert(AuditAnchor)
            .values(tenant_id=tenant_id, id=tenant_id, **noted)
            .on_conflict_do_update(index_elements=["tenant_id", "id"], set_=noted)
        )
    return True
