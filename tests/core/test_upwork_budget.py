"""The day's requests, counted in Postgres."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import pytest

from core.db import Database
from core.errors import LimitReached
from core.upwork.budget import Budget
from core.upwork.views import Priority
from tests.core.upwork_side import MovableClock

PERSON, BACKGROUND = Priority.PERSON, Priority.BACKGROUND


async def test_background_work_stops_at_four_fifths_and_people_at_the_end(
    db: Database, clock: MovableClock
) -> None:
    budget, tenant_id = Budget(db, clock, 50), uuid4()
    for _ in range(40):
        await budget.spend(tenant_id, BACKGROUND)
    with pytest.raises(LimitReached) as used_up:
        await budget.spend(tenant_id, BACKGROUND)
    assert 60 <= used_up.value.retry_after <= 86_400
    for _ in range(10):
        await budget.spend(uuid4(), PERSON)
    with pytest.raises(LimitReached):
        await budget.spend(tenant_id, PERSON)
    assert await budget.spent() == 50
    assert await budget.spent(tenant_id) == 40


async def test_a_refused_request_is_not_counted(db: Database, clock: MovableClock) -> None:
    budget, tenant_id = Budget(db, clock, 5), uuid4()
    for _ in range(20):
        try:
            await budget.spend(tenant_id, BACKGROUND)
        except LimitReached:
            continue
    assert await budget.spent() == await budget.spent(tenant_id) == 4


async def test_fifty_at_once_never_spend_more_than_there_is(db: Database, clock: MovableClock) -> None:
    budgets = [Budget(db, clock, 20) for _ in range(5)]
    outcomes = await asyncio.gather(
        *(budgets[number % 5].spend(uuid4(), PERSON) for number in range(50)), return_exceptions=True
    )
    assert sum(outcome is None for outcome in outcomes) == 20
    assert await budgets[0].spent() == 20


async def test_midnight_brings_a_new_budget_and_a_restart_does_not(db: Database, clock: MovableClock) -> None:
    tenant_id = uuid4()
    for _ in range(4):
        await Budget(db, clock, 5).spend(tenant_id, BACKGROUND)
    with pytest.raises(LimitReached):
        await Budget(db, clock, 5).spend(tenant_id, BACKGROUND)
    clock.advance(hours=24)
    await Budget(db, clock, 5).spend(tenant_id, BACKGROUND)
    assert await Budget(db, clock, 5).spent() == 1


async def test_a_noisy_tenant_leaves_the_others_their_share(db: Database, clock: MovableClock) -> None:
    budget, noisy, others = Budget(db, clock, 100), uuid4(), [uuid4(), uuid4(), uuid4()]
    for tenant_id in others:
        await budget.spend(tenant_id, BACKGROUND)
    taken = 0
    for _ in range(100):
        try:
            await budget.spend(noisy, BACKGROUND)
        except LimitReached:
            break
        taken += 1
    assert (
        taken == 37
    )  # 40 of the background's 80 are for anybody; beyond that a quarter each, which it has had
    for tenant_id in others:
        for _ in range(12):
            await budget.spend(tenant_id, BACKGROUND)
