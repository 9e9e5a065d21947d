"""The audit trail: sealed, chained, in one piece under fifty writers at once, and not to be changed by any role of ours."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError, ProgrammingError

from core.accounts.models import Tenant
from core.accounts.service import load_account, set_paused
from core.clock import SystemClock
from core.crypto import Vault
from core.db import Database
from core.jobs import Job, WorkItem
from core.security import audit, chain
from core.security.keys import keys_for
from sandbox.embedded import PostgresUrls
from tests.core.acting import OwnerSql
from tests.core.upwork_side import MakeTenant


async def test_an_event_is_sealed_and_read_again(
    db: Database, vault: Vault, make_tenant: MakeTenant, owner_sql: OwnerSql
) -> None:
    tenant_id = (await make_tenant()).tenant_id
    async with db.begin(tenant_id) as session:
        audit.record(session, "search.added", actor=audit.USER, search="c0ffee", number=3)
    async with db.begin(tenant_id) as session:
        newest, *_ = await audit.events(session, await keys_for(session, vault))
    assert (newest.event, newest.actor, newest.data) == (
        "search.added",
        "user",
        {"search": "c0ffee", "number": 3},
    )
    stored = await owner_sql("select e::text from app.audit_events e")
    assert not any("c0ffee" in str(row) for row in stored)


async def test_fifty_writers_at_once_make_one_unbroken_chain(
    db: Database, make_tenant: MakeTenant, owner_sql: OwnerSql
) -> None:
    tenant_id = (await make_tenant()).tenant_id

    async def write(number: int) -> None:
        async with db.begin(tenant_id) as session:
            audit.record(session, "search.added", number=number)
            audit.record(session, "search.deleted", number=number)

    await asyncio.gather(*(write(number) for number in range(50)))
    rows = await owner_sql(
        "select seq, prev, hash from app.audit_events where tenant_id = :t order by seq", t=tenant_id
    )
    assert [row[0] for row in rows] == list(range(1, 102))
    assert all(later[1] == earlier[2] for earlier, later in pairwise(rows))


@pytest.mark.asvs("V16.4.2")
@pytest.mark.parametrize(
    "verb",
    [
        "update app.audit_events set event = 'x.y'",
        "delete from app.audit_events",
        "truncate app.audit_events",
    ],
)
async def test_no_role_of_ours_can_change_what_happened(
    db: Database, make_tenant: MakeTenant, verb: str
) -> None:
    tenant_id = (await make_tenant()).tenant_id
    with pytest.raises(ProgrammingError, match="permission denied"):
        async with db.begin(tenant_id) as session:
            await session.execute(text(verb))


@pytest.mark.asvs("V16.5.3")
async def test_what_cannot_be_noted_is_not_done(
    db: Database, make_tenant: MakeTenant, owner_sql: OwnerSql, vault: Vault
) -> None:
    tenant_id = (await make_tenant()).tenant_id

    async def pause() -> None:
        async with db.begin(tenant_id) as session:
            await set_paused(session, paused=True, clock=SystemClock())

    await owner_sql("alter table app.audit_events add constraint full_disk check (false) not valid")
    try:
        with pytest.raises(IntegrityError):
            await pause()
    finally:
        await owner_sql("alter table app.audit_events drop constraint full_disk")
    account = await load_account(db, tenant_id=tenant_id)
    assert account is not None
    assert not account.paused
    await pause()
    account = await load_account(db, tenant_id=tenant_id)
    assert account is not None
    assert account.paused


async def test_an_event_with_details_needs_the_key_they_are_sealed_with(
    make_tenant: MakeTenant, postgres_urls: PostgresUrls
) -> None:
    tenant_id = (await make_tenant()).tenant_id
    keyless = Database(postgres_urls.app)

    async def write(**data: str) -> None:
        async with keyless.begin(tenant_id) as session:
            audit.record(session, "search.added", **data)

    with pytest.raises(RuntimeError, match="vault"):
        await write(search="1")
    await write()
    await keyless.close()


async def test_those_who_hold_the_account_and_those_who_only_note_do_not_wait_for_each_other(
    db: Database, make_tenant: MakeTenant
) -> None:
    """Whoever locked the account's row waits for the chain; whoever has the chain must not be waiting for that row."""
    tenant_id = (await make_tenant()).tenant_id

    async def hold(number: int) -> None:
        async with db.begin(tenant_id) as session:
            await session.get_one(Tenant, tenant_id, with_for_update=True)
            audit.record(session, "account.paused", number=number)

    async def note(number: int) -> None:
        async with db.begin(tenant_id) as session:
            audit.record(session, "search.added", number=number)

    await asyncio.gather(*(work(number) for number in range(30) for work in (hold, note)))
    async with db.begin(tenant_id) as session:
        assert chain.check(await chain.load(session)) == []
        assert (await chain.head_of(session)).seq == 61


async def test_the_head_is_anchored_at_once_after_many_events(db: Database, make_tenant: MakeTenant) -> None:
    tenant_id = (await make_tenant()).tenant_id

    async def waits() -> bool:
        async with db.begin() as session:
            due = select(WorkItem.run_at > func.now()).where(
                WorkItem.tenant_id == tenant_id, WorkItem.job == Job.ANCHOR_AUDIT.value
            )
            return bool(await session.scalar(due))

    async def write(events: int) -> None:
        async with db.begin(tenant_id) as session:
            for number in range(events):
                audit.record(session, "search.added", number=number)

    await write(audit.ANCHOR_EVERY - 2)
    assert await waits()
    await write(1)
    assert not await waits()
