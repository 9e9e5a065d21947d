"""The audit trail: sealed, chained, in one piece under fifty writers at once, and not to be changed by any role of ours."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from core.crypto import Vault
from core.db import Database
from core.security import audit
from core.security.keys import keys_for
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
