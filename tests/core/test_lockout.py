"""How often one may guess: per person and factor, per address, across restarts and a lost Redis, and never at an open session."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from redis.asyncio import Redis

from core.db import Database
from core.errors import LimitReached, Unavailable
from core.security.factors.models import FactorKind
from core.security.lockout import service as lockout
from core.security.stepup import service as stepup
from sandbox.embedded import PostgresUrls
from tests.core.acting import OwnerSql
from tests.core.upwork_side import MovableClock

VICTIM = "tenant:victim"
BY = "telegram:1001"


async def guess(
    db: Database, subject: str = VICTIM, *, factor: str = "totp", ip: str = "", right: bool = False
) -> bool:
    """True when the guess was looked at."""
    try:
        await lockout.check(db, subject=subject, factor=factor, ip=ip)
    except LimitReached:
        return False
    if right:
        await lockout.succeeded(db, subject=subject, factor=factor, ip=ip)
    else:
        await lockout.failed(db, subject=subject, factor=factor, ip=ip)
    return True


async def later(owner_sql: OwnerSql, **ago: float) -> None:
    """As if this much time had passed since every try."""
    await owner_sql(
        "update app.login_failures set tried_at = tried_at - cast(:ago as interval)", ago=timedelta(**ago)
    )


@pytest.mark.asvs("V6.3.1")
async def test_five_guesses_in_five_minutes(db: Database, owner_sql: OwnerSql) -> None:
    assert [await guess(db) for _ in range(7)] == [True] * 5 + [False] * 2
    await later(owner_sql, seconds=290)
    assert not await guess(db)
    await later(owner_sql, seconds=11)
    assert await guess(db)


async def test_the_refusal_says_when_to_come_back(db: Database) -> None:
    for _ in range(5):
        await guess(db)
    with pytest.raises(LimitReached) as refused:
        await lockout.check(db, subject=VICTIM, factor="totp")
    assert 240 < refused.value.retry_after <= 300


@pytest.mark.asvs("V6.3.1")
async def test_twenty_an_hour_and_fifty_a_day_however_patient_the_guesser(
    db: Database, owner_sql: OwnerSql
) -> None:
    async def patient(hours: int, every: int) -> int:
        looked_at = 0
        for _ in range(hours * 60 // every):
            looked_at += await guess(db)
            # As if its owner logged in after each: the growing wait is gone, and only the ceilings are left.
            await owner_sql("update app.login_failures set forgiven = true")
            await later(owner_sql, minutes=every)
        return looked_at

    assert await patient(hours=1, every=2) == 20
    assert await patient(hours=22, every=10) == 30
    assert not await guess(db)
    await later(owner_sql, hours=24)
    assert await guess(db)


async def test_the_wait_doubles_with_every_miss_in_a_row(db: Database, owner_sql: OwnerSql) -> None:
    waits = []
    for _ in range(12):
        # Only the wait after the last miss counts here: the misses themselves are moved out of the windows.
        await later(owner_sql, minutes=61)
        assert await guess(db)
        try:
            await lockout.check(db, subject=VICTIM, factor="totp")
        except LimitReached as refused:
            waits.append(refused.retry_after)
        else:
            await owner_sql(
                "delete from app.login_failures where tried_at = (select max(tried_at) from app.login_failures)"
            )
    assert waits == [pytest.approx(seconds, abs=5) for seconds in (30, 60, 120, 240, 480, 900, 900, 900)]


@pytest.mark.asvs("V6.3.1", "V15.4.2")
async def test_fifty_guesses_at_once_find_no_more_room_than_five(db: Database) -> None:
    outcomes = await asyncio.gather(*(guess(db) for _ in range(50)))
    assert sum(outcomes) == 5


@pytest.mark.asvs("V6.3.1")
async def test_one_address_gets_ten_in_five_minutes_whomever_it_tries(
    db: Database, owner_sql: OwnerSql
) -> None:
    async def spray(number: int) -> bool:
        return await guess(db, f"tenant:{number}", ip="203.0.113.7")

    assert [await spray(number) for number in range(12)] == [True] * 10 + [False] * 2
    assert await guess(db, "tenant:0", ip="203.0.113.8")
    await later(owner_sql, minutes=6)
    assert await spray(20)


@pytest.mark.asvs("V6.3.1")
async def test_one_address_gets_fifty_an_hour(db: Database, owner_sql: OwnerSql) -> None:
    looked_at = 0
    for number in range(110):
        looked_at += await guess(db, f"tenant:{number}", ip="203.0.113.7")
        await later(owner_sql, seconds=31)
    assert looked_at == 50


async def test_an_ipv6_subscriber_is_one_address(db: Database) -> None:
    outcomes = [await guess(db, f"tenant:{n}", ip=f"2001:db8:1:2::{n + 1:x}") for n in range(12)]
    assert outcomes == [True] * 10 + [False] * 2
    assert await guess(db, ip="2001:db8:1:3::1")


async def test_only_the_matching_person_and_factor_are_touched(db: Database) -> None:
    while await guess(db):
        pass
    assert await guess(db, "tenant:somebody-else")
    assert await guess(db, factor="backup_code")


async def test_a_success_is_not_counted_and_ends_the_waiting(db: Database) -> None:
    for _ in range(4):
        assert await guess(db)
    for _ in range(30):
        assert await guess(db, right=True)
    for _ in range(4):
        assert await guess(db)


@pytest.mark.asvs("V6.3.1")
async def test_the_count_survives_a_lost_redis_and_a_restart(
    db: Database, postgres_urls: PostgresUrls, valkey_url: str
) -> None:
    while await guess(db):
        pass
    redis = Redis.from_url(valkey_url)
    await redis.flushall()
    await redis.aclose()
    restarted = Database(postgres_urls.app)
    assert not await guess(restarted)
    await restarted.close()


@pytest.mark.asvs("V16.5.3")
async def test_nobody_guesses_while_the_counters_do_not_answer() -> None:
    nowhere = Database("postgresql+asyncpg://gigwright_web:none@127.0.0.1:1/none")
    looked = []

    async def attempt() -> bool:
        looked.append(True)
        return True

    with pytest.raises(Unavailable):
        await lockout.guarded(nowhere, attempt, subject=VICTIM, factor="totp")
    assert looked == []
    await nowhere.close()


async def test_an_open_session_goes_on_while_somebody_guesses(
    db: Database, clock: MovableClock, tenant_id: UUID
) -> None:
    async with db.begin(tenant_id) as session:
        await stepup.prove(session, by=BY, kind=FactorKind.TOTP, clock=clock)
    subject = lockout.subject_of(tenant_id)
    while await guess(db, subject):
        pass
    async with db.begin(tenant_id) as session:
        assert await stepup.has_proof(session, by=BY, clock=clock)


async def test_the_person_is_told_of_every_fifth_miss_in_a_row(
    db: Database, tenant_id: UUID, owner_sql: OwnerSql
) -> None:
    async def wrong() -> bool:
        return False

    async def miss() -> None:
        await lockout.guarded(
            db, wrong, subject=lockout.subject_of(tenant_id), factor="totp", tenant_id=tenant_id
        )
        await later(owner_sql, minutes=16)

    for _ in range(4):
        await miss()
    assert await owner_sql("select kind from app.alerts") == []
    await miss()
    assert await owner_sql("select kind, facts ->> 'factor' from app.alerts") == [("factor_failed", "totp")]


async def test_who_and_where_are_kept_as_hashes_and_for_a_day(db: Database, owner_sql: OwnerSql) -> None:
    await guess(db, "olena@example.com", factor="password", ip="203.0.113.7")
    rows = await owner_sql("select f::text from app.login_failures f")
    assert len(rows) == 1
    assert "olena" not in str(rows)
    assert "203.0.113" not in str(rows)
    await later(owner_sql, hours=25)
    await guess(db, str(uuid4()))
    assert await owner_sql("select count(*) from app.login_failures") == [(1,)]
