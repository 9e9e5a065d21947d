"""After a backup was restored, before anything is started:

    python -m core.privacy.replay --restored

Accounts that were erased since the backup are erased again, and what the backup still takes for approved or on its way is
quarantined: it may have been sent since, so Upwork is asked and nothing is sent by itself. Logins of that time end.
Without `--restored` only the erasures are repeated, which does no harm at any time.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

import httpx
from sqlalchemy import func, select, update

from core.access.models import WebSession
from core.accounts.models import Tenant
from core.crypto import Vault
from core.db import Database
from core.http import open_http
from core.jobs import Job, enqueue
from core.privacy import tombstones
from core.privacy.erasure import delete_rows
from core.proposals.models import Action, ActionState
from core.security import anchor
from core.settings import Login, Settings, load_settings

_UNSURE = (ActionState.APPROVED, ActionState.CLAIMED, ActionState.ON_WIRE)


@dataclass(frozen=True, slots=True)
class Replayed:
    erased: int
    quarantined: int


async def replay(
    settings: Settings,
    db: Database,
    overview: Database,
    http: httpx.AsyncClient,
    vault: Vault,
    *,
    restored: bool,
) -> Replayed:
    """Bring a database to where it was before its backup was restored. Safe to repeat. Raises OSError, NotAnchored.

    `overview` lists the accounts; `db` deletes and quarantines.
    """
    tenants = await _tenants(overview)
    gone = await _erased(settings, http, vault, tenants)
    for tenant_id in gone:
        await delete_rows(db, tenant_id)
    quarantined = 0
    if restored:
        for tenant_id in (tenant_id for tenant_id in tenants if tenant_id not in gone):
            quarantined += await quarantine(db, tenant_id)
    return Replayed(len(gone), quarantined)


async def _tenants(overview: Database) -> Sequence[UUID]:
    async with overview.begin() as session:
        return (await session.scalars(select(Tenant.tenant_id).order_by(Tenant.tenant_id))).all()


async def _erased(
    settings: Settings, http: httpx.AsyncClient, vault: Vault, tenants: Sequence[UUID]
) -> frozenset[UUID]:
    """Which of these accounts were erased, by the file of erasures or by their last anchor."""
    marks = await tombstones.marks(settings)
    ended = {
        found.tenant_id
        for found in (await anchor.read(settings, http, vault, accounts=tenants)).good
        if found.erased
    }
    return frozenset(
        tenant_id for tenant_id in tenants if tenant_id in ended or tombstones.mark_of(tenant_id) in marks
    )


async def quarantine(db: Database, tenant_id: UUID) -> int:
    """Make every action that may have left since be looked up at Upwork, and end the logins; how many actions."""
    async with db.begin(tenant_id) as session:
        unsure = (
            await session.scalars(
                update(Action)
                .where(Action.tenant_id == tenant_id, Action.state.in_(_UNSURE))
                .values(
                    state=ActionState.ON_WIRE,
                    # A look finds what is newer than this, so it has to be before anything could have left.
                    on_wire_at=func.coalesce(Action.on_wire_at, Action.approved_at),
                    attempt=Action.attempt + 1,
                    lease_until=None,
                    readbacks=0,
                )
                .returning(Action.id)
            )
        ).all()
        for action_id in unsure:
            await enqueue(session, Job.READ_BACK, tenant_id=tenant_id, ref=action_id)
        await session.execute(
            update(WebSession)
            .where(WebSession.tenant_id == tenant_id, WebSession.ended_at.is_(None))
            .values(ended_at=func.now(), end_reason="restored")
        )
    return len(unsure)


@asynccontextmanager
async def _connected(settings: Settings) -> AsyncIterator[tuple[Database, Database, httpx.AsyncClient]]:
    db = Database(settings.database_url(Login.UPKEEP), pool_size=2)
    overview = Database(settings.database_url(Login.ADMIN), pool_size=2)
    try:
        async with open_http(settings) as http:
            yield db, overview, http
    finally:
        await db.close()
        await overview.close()


async def run(*, restored: bool) -> int:
    settings = load_settings(Login.UPKEEP, Login.ADMIN)
    async with _connected(settings) as (db, overview, http):
        done = await replay(settings, db, overview, http, Vault(settings.kek_ring), restored=restored)
    sys.stdout.write(f"{done.erased} accounts erased again, {done.quarantined} actions quarantined\n")
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m core.privacy.replay", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--restored", action="store_true", help="a backup has just been restored")
    return asyncio.run(run(restored=parser.parse_args().restored))


if __name__ == "__main__":
    sys.exit(main())
