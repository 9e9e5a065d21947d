"""What a role may use up: the one after the last is refused, also when all come at once, and a higher role has room again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from core.access import quota
from core.access.permissions import ALLOWED, LIMITS, STAFF, NotPermitted, Permission, Role, require_permission
from core.access.quota import Metered, check_llm_money, take
from core.access.roles import OPERATOR, grant_role, revoke_role
from core.clock import Clock
from core.crypto import Vault
from core.db import Database
from core.errors import LimitReached
from core.searches.criteria import Criteria
from core.searches.service import add_search, list_searches
from core.security.keys import keys_for

OwnerSql = Callable[..., Awaitable[list[tuple[Any, ...]]]]
FREE, PREMIUM = LIMITS[Role.FREELANCER], LIMITS[Role.PREMIUM]


async def attempt(db: Database, tenant_id: UUID, act: Callable[[Any], Awaitable[object]]) -> bool:
    """Whether there was room. Each try is a transaction of its own."""
    try:
        async with db.begin(tenant_id) as session:
            await act(session)
    except LimitReached:
        return False
    return True


@pytest.mark.asvs("V2.4.1")
@pytest.mark.parametrize(
    ("metered", "limit"), [(Metered.EXPORT, FREE.exports_a_day), (Metered.DRAFT, FREE.drafts_a_day)]
)
async def test_many_at_once_get_exactly_the_days_share(
    db: Database, tenant_id: UUID, metered: Metered, limit: int
) -> None:
    tries = [attempt(db, tenant_id, lambda session: take(session, metered)) for _ in range(limit + 20)]

    assert sum(await asyncio.gather(*tries)) == limit


async def test_the_refusal_says_which_limit_and_when_it_goes_on(db: Database, tenant_id: UUID) -> None:
    for _ in range(FREE.exports_a_day):
        assert await attempt(db, tenant_id, lambda session: take(session, Metered.EXPORT))
    async with db.begin(tenant_id) as session:
        with pytest.raises(LimitReached) as refusal:
            await take(session, Metered.EXPORT)

    assert refusal.value.data["reason"] == "exports_a_day"
    assert refusal.value.data["limit"] == FREE.exports_a_day
    assert 0 < refusal.value.retry_after <= 86_400


async def test_yesterdays_use_does_not_count(db: Database, tenant_id: UUID, owner_sql: OwnerSql) -> None:
    for _ in range(FREE.exports_a_day):
        await attempt(db, tenant_id, lambda session: take(session, Metered.EXPORT))
    await owner_sql("update app.daily_uses set day = day - 1")

    assert await attempt(db, tenant_id, lambda session: take(session, Metered.EXPORT))


async def test_one_tenants_use_is_not_anothers(
    db: Database, make_tenant: Callable[[], Awaitable[Any]]
) -> None:
    first, second = (await make_tenant()).tenant_id, (await make_tenant()).tenant_id
    for _ in range(FREE.exports_a_day + 1):
        await attempt(db, first, lambda session: take(session, Metered.EXPORT))

    assert await attempt(db, second, lambda session: take(session, Metered.EXPORT))


async def test_premium_has_room_where_a_freelancer_has_none(
    db: Database, vault: Vault, tenant_id: UUID, clock: Clock
) -> None:
    async def add(number: int) -> bool:
        async def act(session: Any) -> None:
            await add_search(session, await keys_for(session, vault), Criteria(query=f"python {number}"))

        return await attempt(db, tenant_id, act)

    assert sum(await asyncio.gather(*(add(number) for number in range(FREE.searches + 8)))) == FREE.searches
    async with db.begin(tenant_id) as session:
        assert len(await list_searches(session, await keys_for(session, vault))) == FREE.searches
        await grant_role(session, role=Role.PREMIUM, by=OPERATOR)
    assert await add(100)
    async with db.begin(tenant_id) as session:
        await revoke_role(session, role=Role.PREMIUM, by=OPERATOR, clock=clock)
    assert not await add(101)


async def test_the_models_money_runs_out(
    db: Database, tenant_id: UUID, owner_sql: OwnerSql, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quota, "EXPECTED_COST", FREE.llm_dollars + Decimal(1))
    assert await attempt(db, tenant_id, check_llm_money)
    await owner_sql(
        "insert into app.drafts (tenant_id, id, kind, state, current) values (:t, :t, 'reply', 'composing', 0)",
        t=tenant_id,
    )

    assert not await attempt(db, tenant_id, check_llm_money)


async def test_a_role_counts_from_its_grant_to_its_end_and_both_are_kept(
    db: Database, tenant_id: UUID, clock: Clock, owner_sql: OwnerSql
) -> None:
    async def may_lock() -> bool:
        async with db.begin(tenant_id) as session:
            try:
                await require_permission(session, Permission.LOCK_USERS)
            except NotPermitted:
                return False
        return True

    assert not await may_lock()
    async with db.begin(tenant_id) as session:
        assert await grant_role(session, role=Role.MODERATOR, by="someone")
        assert not await grant_role(session, role=Role.MODERATOR, by="someone")
    assert await may_lock()
    async with db.begin(tenant_id) as session:
        assert await revoke_role(session, role=Role.MODERATOR, by="another", clock=clock)
        assert not await revoke_role(session, role=Role.MODERATOR, by="another", clock=clock)
    assert not await may_lock()

    rows = await owner_sql(
        "select role, granted_by, revoked_by, revoked_at > created_at - interval '1 day' from app.role_grants"
    )
    assert rows == [("moderator", "someone", "another", True)]
    events = await owner_sql(
        "select event, actor from app.audit_events where event like 'role.%' order by seq"
    )
    assert events == [("role.granted", "someone"), ("role.revoked", "another")]


async def test_of_grants_at_once_one_is_kept(db: Database, tenant_id: UUID, owner_sql: OwnerSql) -> None:
    async def give() -> bool:
        async with db.begin(tenant_id) as session:
            return await grant_role(session, role=Role.PREMIUM, by=OPERATOR)

    assert sum(await asyncio.gather(*(give() for _ in range(10)))) == 1
    assert await owner_sql("select count(*) from app.role_grants") == [(1,)]


def test_the_table_of_roles_is_complete_and_grows_with_the_role() -> None:
    assert set(ALLOWED) == set(LIMITS) == set(Role)
    assert ALLOWED[Role.FREELANCER] == ALLOWED[Role.PREMIUM] < ALLOWED[Role.MODERATOR] < ALLOWED[Role.ADMIN]
    assert ALLOWED[Role.ADMIN] == set(Permission)
    assert {role for role in Role if Permission.SEE_USERS in ALLOWED[role]} == STAFF
