"""Alerts: raised once, told everywhere, learned from a person's own past; and the replayed month."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select

from benchmarks import alerts as replay
from core.db import Database
from core.errors import NotFound
from core.jobs import Job, WorkItem
from core.security.alerts import habits
from core.security.alerts.models import Alert, AlertKind, Verdict
from core.security.alerts.service import answer, get_alert, raise_alert, recent_alerts
from tests.core.acting import OwnerSql
from tests.core.upwork_side import MakeTenant, MovableClock

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)


Past = Callable[..., Awaitable[None]]


@pytest.fixture
def past(owner_sql: OwnerSql) -> Past:
    """Forty days with an approval each, at one hour, as if they had really been."""

    async def live(tenant_id: UUID, first: datetime, *, hour_from_now: int) -> None:
        at = first + timedelta(hours=hour_from_now)
        await owner_sql(
            f"""do $do$ begin
            set local session_replication_role = replica;
            insert into app.audit_events (tenant_id, id, event, actor, payload_sealed, seq, prev, hash, created_at)
            select '{tenant_id}', gen_random_uuid(), 'action.approved', 'user', '', 1000 + day, '', '',
                   timestamptz '{at.isoformat()}' + day * interval '1 day'
              from generate_series(0, 38) as day;
            end $do$"""  # noqa: S608 - our own words
        )

    return live


async def alerts_of(db: Database, tenant_id: UUID) -> list[Alert]:
    async with db.begin(tenant_id) as session:
        return await recent_alerts(session)


async def to_tell(db: Database) -> int:
    async with db.begin() as session:
        return int(
            await session.scalar(
                select(func.count()).select_from(WorkItem).where(WorkItem.job == Job.TELL_ALERT.value)
            )
            or 0
        )


async def test_fifty_times_the_same_is_one_alert_that_counts(db: Database, tenant_id: UUID) -> None:
    for number in range(50):
        async with db.begin(tenant_id) as session:
            await raise_alert(session, AlertKind.FACTOR_FAILED, factor="totp", tries=number)
    raised = await alerts_of(db, tenant_id)
    # A quarter of an hour may have ended meanwhile; then there are two.
    assert len(raised) <= 2
    assert sum(alert.times for alert in raised) == 50
    assert raised[0].facts == {"factor": "totp", "tries": 49}
    assert await to_tell(db) == len(raised)


async def test_different_ids_are_different_alerts(db: Database, tenant_id: UUID) -> None:
    async with db.begin(tenant_id) as session:
        for _ in range(3):
            await raise_alert(session, AlertKind.NEW_DEVICE, login=str(uuid4()))
    assert len(await alerts_of(db, tenant_id)) == 3


async def test_what_is_rolled_back_was_not_raised(db: Database, tenant_id: UUID) -> None:
    async def fail() -> None:
        async with db.begin(tenant_id) as session:
            await raise_alert(session, AlertKind.TOKEN_REFUSED)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()
    assert (await alerts_of(db, tenant_id), await to_tell(db)) == ([], 0)


async def test_an_answer_is_given_once_and_by_its_own_tenant(
    db: Database, tenant_id: UUID, clock: MovableClock, make_tenant: MakeTenant
) -> None:
    async with db.begin(tenant_id) as session:
        await raise_alert(session, AlertKind.NEW_DEVICE, login="1")
    [alert] = await alerts_of(db, tenant_id)
    other = (await make_tenant()).tenant_id
    with pytest.raises(NotFound):
        async with db.begin(other) as session:
            await answer(session, alert_id=alert.id, verdict=Verdict.MINE, clock=clock)
    given = []
    for verdict in (Verdict.MINE, Verdict.LOCKED):
        async with db.begin(tenant_id) as session:
            given.append(await answer(session, alert_id=alert.id, verdict=verdict, clock=clock))
    async with db.begin(tenant_id) as session:
        assert (given, (await get_alert(session, alert_id=alert.id)).verdict) == ([True, False], "mine")


def month_of(*hours: int, days: int = 40, each: int = 1) -> list[datetime]:
    """Approvals at these hours on every work day."""
    return [
        MONDAY + timedelta(days=day, hours=hour, minutes=7 * number)
        for day in range(days)
        if (MONDAY + timedelta(days=day)).weekday() < 5
        for hour in hours
        for number in range(each)
    ]


def test_an_hour_is_unusual_only_far_from_every_usual_one() -> None:
    history = month_of(9, 11, 15)
    later = MONDAY + timedelta(days=41)
    odd = {hour for hour in range(24) if habits.is_unusual_hour(history, later + timedelta(hours=hour))}
    assert odd == {0, 1, 2, 3, 4, 5, 19, 20, 21, 22, 23}


def test_around_midnight_the_day_before_counts() -> None:
    history = month_of(23)
    assert not habits.is_unusual_hour(history, MONDAY + timedelta(days=41, hours=1))


def test_a_saturday_at_a_usual_hour_is_nothing_unusual() -> None:
    assert not habits.is_unusual_hour(month_of(9, 11, 15), MONDAY + timedelta(days=47, hours=11))


def test_a_newcomer_has_no_habits() -> None:
    few_days = month_of(9, days=10, each=9)
    few_actions = month_of(9, days=24)
    for history in ([], few_days, few_actions):
        assert not habits.is_unusual_hour(history, MONDAY + timedelta(days=41, hours=3))
        assert not habits.is_unusual_volume(history, MONDAY + timedelta(days=41, hours=9))


def test_a_flood_is_unusual_and_a_busy_day_is_not() -> None:
    history = month_of(9, 12, 15)
    today = MONDAY + timedelta(days=42, hours=9)
    busy = [today + timedelta(hours=hour) for hour in range(6)]
    assert not habits.is_unusual_volume([*history, *busy[:-1]], busy[-1])
    flood = [today + timedelta(minutes=5 * number) for number in range(16)]
    assert habits.is_unusual_volume([*history, *flood[:-1]], flood[-1])


def test_one_wild_day_in_the_past_does_not_hide_the_next() -> None:
    wild = [MONDAY + timedelta(days=10, hours=9, minutes=3 * number) for number in range(80)]
    history = sorted([*month_of(9, 12, 15), *wild])
    today = MONDAY + timedelta(days=42, hours=9)
    flood = [today + timedelta(minutes=5 * number) for number in range(16)]
    assert habits.is_unusual_volume([*history, *flood[:-1]], flood[-1])


def test_a_replayed_month_raises_under_one_percent_and_finds_what_was_planted() -> None:
    measured = replay.measure(people=28, seed=3)
    assert measured.actions > 1_500
    assert sum(measured.false_alerts.values()) > 0, "a measure that cannot fail measures nothing"
    assert measured.per_day < 0.01
    assert measured.per_action < 0.01
    rates = {kind: measured.found[kind] / measured.tried[kind] for kind in replay.Attack}
    assert rates[replay.Attack.NIGHT] > 0.7
    assert rates[replay.Attack.FLOOD] > 0.7
    assert rates[replay.Attack.HAND] < 0.1, "what cannot be told apart is not claimed"


async def test_an_approval_at_night_raises_an_alert_once(
    db: Database, tenant_id: UUID, clock: MovableClock, past: Past
) -> None:
    await past(tenant_id, clock.now() - timedelta(days=40), hour_from_now=12)
    for _ in range(3):
        async with db.begin(tenant_id) as session:
            await habits.consider(session, clock=clock)
    raised = await alerts_of(db, tenant_id)
    assert [alert.kind for alert in raised] == [AlertKind.UNUSUAL_HOUR]


async def test_an_approval_at_a_usual_hour_raises_none(
    db: Database, tenant_id: UUID, clock: MovableClock, past: Past
) -> None:
    await past(tenant_id, clock.now() - timedelta(days=40), hour_from_now=0)
    async with db.begin(tenant_id) as session:
        await habits.consider(session, clock=clock)
    assert await alerts_of(db, tenant_id) == []
