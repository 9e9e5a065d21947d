"""Work items: nothing asked for is lost, nothing runs twice at once, nobody starves, nothing recurring dies."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from core import work
from core.accounts.service import Account
from core.db import Database
from core.errors import Conflict, LimitReached, Unavailable
from core.jobs import Job, WorkItem, enqueue
from core.runtime import Runtime
from tests.core.acting import Desk, OwnerSql, Told
from workers.job import NOT_AGAIN, Spec, run_item, run_next
from workers.jobs import JOBS

TENANT, OTHER = UUID(int=1), UUID(int=2)
SOME, MORE = Job.DELIVER_CARD, Job.DELIVER_STORY


@dataclass
class Script:
    """A job whose runs are written down in advance; the last line repeats."""

    lines: list[Any]
    runs: list[UUID] = field(default_factory=list)

    async def __call__(self, _rt: Runtime, _told: object, _tenant_id: UUID, ref: UUID) -> float | None:
        self.runs.append(ref)
        line = self.lines[min(len(self.runs), len(self.lines)) - 1]
        if isinstance(line, BaseException):
            raise line
        if callable(line):
            line = await line()
        return line  # type: ignore[no-any-return]  # seconds or None


async def ask(
    db: Database, job: Job = SOME, *, tenant: UUID = TENANT, ref: UUID | None = None, delay: float = 0.0
) -> UUID:
    """Ask for a job; returns the item's id."""
    ref = ref or tenant
    async with db.begin() as session:
        await enqueue(session, job, tenant_id=tenant, ref=ref, delay=delay)
        return (
            await session.scalars(
                select(WorkItem.id).where(
                    WorkItem.job == job.value, WorkItem.tenant_id == tenant, WorkItem.ref == ref
                )
            )
        ).one()


async def load(db: Database, item_id: UUID) -> WorkItem | None:
    async with db.begin() as session:
        return await session.get(WorkItem, item_id)


async def claim(db: Database, item_id: UUID) -> work.Claimed | None:
    async with db.begin() as session:
        return await work.claim(session, item_id)


async def seconds_left(owner_sql: OwnerSql, item_id: UUID) -> float:
    [(left,)] = await owner_sql(
        "select extract(epoch from run_at - now()) from app.work_items where id = :id", id=item_id
    )
    return float(left)


async def test_one_item_however_often_it_is_asked_for(db: Database) -> None:
    ids = {await ask(db) for _ in range(5)}
    assert len(ids) == 1
    row = await load(db, ids.pop())
    assert row is not None
    assert row.generation == 5


async def test_only_one_of_many_workers_gets_it(db: Database) -> None:
    item = await ask(db)
    claims = await asyncio.gather(*(claim(db, item) for _ in range(12)))
    assert sum(claimed is not None for claimed in claims) == 1


async def test_asking_while_it_runs_runs_it_once_more(rt: Runtime, db: Database) -> None:
    item = await ask(db)

    async def asked_again() -> None:
        await ask(db)

    script = Script([asked_again, None])
    jobs = {SOME: Spec(script)}
    told = Told(rt)
    assert await run_item(rt, told, jobs, item) == "done"
    assert await run_item(rt, told, jobs, item) == "done"
    assert await run_item(rt, told, jobs, item) == "skipped"
    assert len(script.runs) == 2
    assert await load(db, item) is None


async def test_asking_for_later_while_it_runs_is_kept_for_later(
    rt: Runtime, db: Database, owner_sql: OwnerSql
) -> None:
    item = await ask(db)

    async def asked_for_later() -> None:
        await ask(db, delay=30)

    assert await run_item(rt, Told(rt), {SOME: Spec(Script([asked_for_later]))}, item) == "done"
    assert 25 < await seconds_left(owner_sql, item) <= 30


async def test_an_earlier_time_wins_and_a_later_one_changes_nothing(
    db: Database, owner_sql: OwnerSql
) -> None:
    item = await ask(db, delay=100)
    await ask(db, delay=500)
    assert 95 < await seconds_left(owner_sql, item) <= 100
    await ask(db, delay=10)
    assert 5 < await seconds_left(owner_sql, item) <= 10
    assert await claim(db, item) is None
    await ask(db)
    assert await claim(db, item) is not None


async def test_a_dead_workers_item_comes_back_when_its_lease_is_over(
    rt: Runtime, db: Database, owner_sql: OwnerSql
) -> None:
    item = await ask(db)
    lost = await claim(db, item)
    assert lost is not None
    assert await claim(db, item) is None
    await owner_sql("update app.work_items set lease_until = now() - interval '1 second'")
    second = await claim(db, item)
    assert second is not None
    assert second.attempts == 2

    # Whoever lost it changes nothing any more.
    async with db.begin() as session:
        await work.finish(session, lost)
        await work.retry(session, lost, delay=0, error="late")
        await work.bury(session, lost, error="late")
        await work.give_back(session, lost)
        assert not await work.renew(session, lost)
    row = await load(db, item)
    assert row is not None
    assert (row.claimed_by, row.dead_at, row.last_error) == (second.claim, None, None)
    async with db.begin() as session:
        assert await work.renew(session, second)
        await work.finish(session, second)
    assert await load(db, item) is None


async def test_a_long_job_keeps_its_lease(
    rt: Runtime, db: Database, owner_sql: OwnerSql, monkeypatch: pytest.MonkeyPatch
) -> None:
    from datetime import timedelta

    monkeypatch.setattr(work, "LEASE", timedelta(seconds=0.3))
    item = await ask(db)

    async def slow() -> None:
        for _ in range(6):
            await asyncio.sleep(0.15)
            assert await claim(db, item) is None

    assert await run_item(rt, Told(rt), {SOME: Spec(Script([slow]))}, item) == "done"


async def test_a_stopped_worker_gives_its_item_back_untouched(rt: Runtime, db: Database) -> None:
    item = await ask(db)
    started = asyncio.Event()

    async def endless() -> None:
        started.set()
        await asyncio.sleep(60)

    for _ in range(3):
        started.clear()
        running = asyncio.create_task(run_item(rt, Told(rt), {SOME: Spec(Script([endless]))}, item))
        await asyncio.wait_for(started.wait(), 5)
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
        row = await load(db, item)
        assert row is not None
        assert (row.lease_until, row.attempts) == (None, 0)
    assert await claim(db, item) is not None


async def test_what_keeps_failing_is_given_up_and_can_be_asked_for_again(
    rt: Runtime, db: Database, owner_sql: OwnerSql
) -> None:
    given_up = Script([None])
    script = Script([KeyError("a bug")])
    jobs = {SOME: Spec(script, tries=3, given_up=given_up)}
    item = await ask(db)
    outcomes = []
    for _ in range(4):
        outcomes.append(await run_item(rt, Told(rt), jobs, item))
        await owner_sql("update app.work_items set run_at = least(run_at, now())")
    assert outcomes == ["retried", "retried", "buried", "skipped"]
    assert len(given_up.runs) == 1
    dead = await load(db, item)
    assert dead is not None
    assert dead.dead_at is not None
    assert dead.last_error == "KeyError"
    async with db.begin() as session:
        assert await work.find_due(session) == []

    assert await ask(db) == item
    revived = await load(db, item)
    assert revived is not None
    assert (revived.dead_at, revived.attempts) == (None, 0)
    assert await run_item(rt, Told(rt), jobs, item) == "retried"


async def test_a_refusal_is_final_and_leaves_things_in_order(rt: Runtime, db: Database) -> None:
    given_up = Script([None])
    item = await ask(db)
    jobs = {SOME: Spec(Script([Conflict(reason="purged")]), given_up=given_up)}
    assert await run_item(rt, Told(rt), jobs, item) == "done"
    assert len(given_up.runs) == 1
    assert await load(db, item) is None


async def test_an_item_of_another_version_does_no_harm(rt: Runtime, db: Database) -> None:
    item = await ask(db)
    assert await run_item(rt, Told(rt), {MORE: Spec(Script([None]))}, item) == "buried"


@pytest.mark.parametrize(
    "trouble",
    [
        KeyError("a bug"),
        Unavailable("down", retry_after=2),
        LimitReached("enough", retry_after=2),
        Conflict(reason="whatever"),
        TimeoutError(),
    ],
)
async def test_a_recurring_job_survives_everything_at_its_own_pace(
    rt: Runtime, db: Database, owner_sql: OwnerSql, trouble: Exception
) -> None:
    jobs = {SOME: Spec(Script([trouble]), every=lambda _rt: 90.0, tries=2)}
    item = await ask(db)
    for _ in range(8):
        assert await run_item(rt, Told(rt), jobs, item) in ("done", "retried")
        assert 85 < await seconds_left(owner_sql, item) <= 600
        await owner_sql("update app.work_items set run_at = now()")
    row = await load(db, item)
    assert row is not None
    assert row.dead_at is None


async def test_a_recurring_job_ends_when_it_says_so_and_starts_when_asked(
    rt: Runtime, db: Database, owner_sql: OwnerSql
) -> None:
    jobs = {SOME: Spec(Script([None, 7.0, NOT_AGAIN, None]), every=lambda _rt: 90.0)}
    item = await ask(db)
    await run_item(rt, Told(rt), jobs, item)
    assert 85 < await seconds_left(owner_sql, item) <= 90
    await ask(db)
    await run_item(rt, Told(rt), jobs, item)
    assert 5 < await seconds_left(owner_sql, item) <= 7
    await ask(db)
    await run_item(rt, Told(rt), jobs, item)
    assert await load(db, item) is None
    again = await ask(db)
    await run_item(rt, Told(rt), jobs, again)
    assert await load(db, again) is not None


async def test_a_lost_consent_stops_polling_and_linking_again_starts_it(
    desk: Desk, owner_sql: OwnerSql
) -> None:
    olena = await desk.freelancer()
    await owner_sql("update app.upwork_accounts set status = 'needs_reauth'")
    jobs = (Job.SYNC_ROOMS, Job.SYNC_PROPOSALS, Job.PROBE_ACCOUNT)
    for job in jobs:
        await olena.ask(job)
    # Whoever sent nothing lately has no proposals to ask about: that job goes on without asking.
    async with desk.rt.db.begin() as session:
        left = set(await session.scalars(select(WorkItem.job).where(WorkItem.job.in_(jobs))))
    assert left == {"sync_proposals"}

    await owner_sql("update app.upwork_accounts set status = 'linked', linked_at = now()")
    assert await olena.ask(Job.SYNC_ROOMS) == ["done"]
    async with desk.rt.db.begin() as session:
        assert await session.scalar(select(WorkItem.id).where(WorkItem.job == "sync_rooms"))


async def test_whatever_id_is_named_a_tenants_own_jobs_are_one_item_each(db: Database) -> None:
    for job in (Job.SYNC_ROOMS, Job.SYNC_PROPOSALS, Job.PROBE_ACCOUNT, Job.PURGE_CONTENT):
        async with db.begin() as session:
            await enqueue(session, job, tenant_id=TENANT, ref=uuid4())
            await enqueue(session, job, tenant_id=TENANT, ref=TENANT)
            rows = (await session.scalars(select(WorkItem).where(WorkItem.job == job.value))).all()
        assert [row.ref for row in rows] == [TENANT]


async def test_a_bell_runs_whoevers_turn_it_is(rt: Runtime, db: Database) -> None:
    """A thousand items of one tenant do not keep another's first one waiting."""
    script = Script([None])
    jobs = {SOME: Spec(script), MORE: Spec(script, urgent=True)}
    for number in range(20):
        await ask(db, tenant=TENANT, ref=UUID(int=100 + number))
    await ask(db, tenant=OTHER, ref=UUID(int=500))
    held = await claim(db, await ask(db, tenant=TENANT, ref=UUID(int=99)))
    assert held is not None

    assert await run_next(rt, Told(rt), jobs) == "done"
    assert script.runs == [UUID(int=500)]
    await ask(db, MORE, tenant=TENANT, ref=UUID(int=700))
    assert await run_next(rt, Told(rt), jobs) == "done"
    assert script.runs[-1] == UUID(int=700)
    assert await run_next(rt, Told(rt), jobs) == "done"
    assert script.runs[-1] == UUID(int=100)


async def test_one_tenant_never_holds_every_hand(rt: Runtime, db: Database) -> None:
    for number in range(work.MOST_OF_ONE):
        assert await claim(db, await ask(db, ref=UUID(int=100 + number))) is not None
    await ask(db, ref=UUID(int=999))
    jobs = {SOME: Spec(Script([None]))}
    assert await run_next(rt, Told(rt), jobs) == "idle"
    await ask(db, tenant=OTHER)
    assert await run_next(rt, Told(rt), jobs) == "done"
    assert await run_next(rt, Told(rt), jobs) == "idle"


async def test_two_workers_never_take_the_same_next_item(rt: Runtime, db: Database) -> None:
    for number in range(30):
        await ask(db, tenant=UUID(int=number), ref=UUID(int=number))
    script = Script([None])
    jobs = {SOME: Spec(script)}
    outcomes = await asyncio.gather(*(run_next(rt, Told(rt), jobs) for _ in range(40)))
    while "done" in outcomes:
        outcomes = await asyncio.gather(*(run_next(rt, Told(rt), jobs) for _ in range(10)))
    assert sorted(script.runs) == [UUID(int=number) for number in range(30)]


async def test_the_sweeper_rings_for_one_of_each_tenant_first(db: Database) -> None:
    first = [await ask(db, tenant=TENANT, ref=UUID(int=100 + number)) for number in range(4)]
    second = [await ask(db, tenant=OTHER, ref=UUID(int=200 + number)) for number in range(2)]
    async with db.begin() as session:
        found = await work.find_due(session)
    assert set(found[:2]) == {first[0], second[0]}
    assert set(found[2:4]) == {first[1], second[1]}
    assert found[4:] == first[2:]
    async with db.begin() as session:
        assert await work.find_due(session) == []
        assert set(await work.find_due(session, quiet_seconds=-1)) == {*first, *second}


async def test_items_hold_no_words(
    db: Database, rt: Runtime, make_tenant: Callable[..., Awaitable[Account]]
) -> None:
    item = await ask(db)
    secret = Unavailable("Подзвоніть мені: +380 44 000 00 00")
    await run_item(rt, Told(rt), {SOME: Spec(Script([secret]), patient=True)}, item)
    row = await load(db, item)
    assert row is not None
    assert row.last_error == "unavailable"
    await ask(db, ref=UUID(int=5))
    columns = {column.name for column in WorkItem.__table__.columns}
    assert columns == {
        "id", "job", "tenant_id", "ref", "run_at", "generation", "attempts", "claimed_by", "lease_until", "rung_at",
        "dead_at", "last_error", "created_at",
    }  # fmt: skip


def test_every_job_has_its_function_and_stops_before_the_bell_does() -> None:
    assert set(JOBS) == set(Job)
    assert all(spec.timeout < 300 for spec in JOBS.values())


def test_only_what_can_be_repeated_for_ever_is_patient() -> None:
    for spec in JOBS.values():
        assert not (spec.patient and spec.every)
        assert replace(spec, timeout=1.0).timeout == 1.0
