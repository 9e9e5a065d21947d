"""Workers that are stopped, killed or overtaken in the middle of an action."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from core import work
from core.errors import LimitReached
from core.jobs import Job, WorkItem
from core.proposals import execution
from core.proposals.execution import check_own_times, check_times
from core.proposals.models import ActionState
from core.upwork.errors import BytesLeft
from tests.core.acting import Desk, Freelancer
from workers.job import Spec, run_item
from workers.jobs import JOBS

PROPOSAL = "createJobProposal"


@pytest.fixture
async def olena(desk: Desk) -> Freelancer:
    return await desk.freelancer()


async def item_of(desk: Desk, job: Job) -> WorkItem:
    async with desk.rt.db.begin() as session:
        return (await session.scalars(select(WorkItem).where(WorkItem.job == job.value))).one()


async def start(desk: Desk) -> asyncio.Task[str]:
    item = await item_of(desk, Job.EXECUTE_ACTION)
    return asyncio.create_task(run_item(desk.rt, desk.told, JOBS, item.id))


async def until(desk: Desk, olena: Freelancer, state: ActionState) -> None:
    for _ in range(200):
        rows = await desk.owner_sql("select state from app.actions")
        if rows and rows[0][0] == state:
            return
        await asyncio.sleep(0.01)
    raise AssertionError(f"never {state}")


async def stop(running: asyncio.Task[str]) -> None:
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    assert running.cancelled()


async def test_a_worker_stopped_while_sending_has_somebody_look_at_once(
    desk: Desk, olena: Freelancer
) -> None:
    action = await olena.approved()
    await desk.server.fault(PROPOSAL, "hang", seconds=1.0)
    running = await start(desk)
    await until(desk, olena, ActionState.ON_WIRE)
    await asyncio.sleep(0.2)
    await stop(running)

    assert await olena.state(action.id) is ActionState.ON_WIRE
    await desk.work(Job.READ_BACK)
    await desk.work(Job.READ_BACK, hurry=True)
    assert await olena.state(action.id) is ActionState.NEEDS_HUMAN
    assert await desk.server.count(PROPOSAL) == 1


async def test_a_worker_stopped_before_sending_gives_the_action_back(
    desk: Desk, olena: Freelancer, monkeypatch: pytest.MonkeyPatch
) -> None:
    action = await olena.approved()
    waiting = asyncio.Event()

    async def never(*_: object) -> bool:
        waiting.set()
        await asyncio.sleep(60)
        return True

    with monkeypatch.context() as patch:
        patch.setattr(execution, "_able", never)
        running = await start(desk)
        await asyncio.wait_for(waiting.wait(), 30)
        assert await olena.state(action.id) is ActionState.CLAIMED
        await stop(running)

    assert await olena.state(action.id) is ActionState.APPROVED
    assert await desk.work(Job.EXECUTE_ACTION) == ["done"]
    assert await olena.state(action.id) is ActionState.SENT


async def test_an_attempt_that_takes_too_long_is_cut_off_and_looked_after(
    desk: Desk, olena: Freelancer
) -> None:
    action = await olena.approved()
    await desk.server.fault(PROPOSAL, "hang", seconds=1.0)
    item = await item_of(desk, Job.EXECUTE_ACTION)
    hasty = {**JOBS, Job.EXECUTE_ACTION: _with_timeout(0.4)}
    assert await run_item(desk.rt, desk.told, hasty, item.id) == "retried"
    await desk.work(Job.READ_BACK)
    await desk.work(Job.READ_BACK, hurry=True)
    assert await olena.state(action.id) is ActionState.NEEDS_HUMAN
    assert await desk.work(Job.EXECUTE_ACTION, hurry=True) == ["done"]
    assert await desk.server.count(PROPOSAL) == 1


def _with_timeout(seconds: float) -> Spec:

    return replace(JOBS[Job.EXECUTE_ACTION], timeout=seconds)


@pytest.mark.parametrize("state", ["claimed", "on_wire"])
async def test_an_action_that_another_worker_holds_is_left_to_it(
    desk: Desk, olena: Freelancer, state: str
) -> None:
    action = await olena.approved()
    await desk.owner_sql(
        "update app.actions set state = :state, attempt = 1, lane = 'graphql', on_wire_at = now(), "
        "lease_until = now() + interval '60 seconds'",
        state=state,
    )
    assert await desk.work(Job.EXECUTE_ACTION) == ["done"]
    assert await olena.state(action.id) == state
    assert await desk.server.count(PROPOSAL) == 0
    # It is not forgotten: the item comes back when that worker's lease is over.
    item = await item_of(desk, Job.EXECUTE_ACTION)
    [(left,)] = await desk.owner_sql(
        "select extract(epoch from run_at - now()) from app.work_items where id = :id", id=item.id
    )
    assert 50 < float(left) < 63


async def test_a_worker_that_died_before_sending_is_followed_by_another(
    desk: Desk, olena: Freelancer
) -> None:
    action = await olena.approved()
    await desk.owner_sql(
        "update app.actions set state = 'claimed', attempt = 1, lease_until = now() - interval '1 second'"
    )
    await desk.work(Job.EXECUTE_ACTION)
    sent = await olena.action(action.id)
    assert (sent.state, sent.attempt) == ("sent", 2)


async def test_a_worker_that_died_on_the_wire_is_followed_by_a_look(desk: Desk, olena: Freelancer) -> None:
    action = await olena.approved()
    await desk.owner_sql(
        "update app.actions set state = 'on_wire', attempt = 1, on_wire_at = now(), "
        "lease_until = now() - interval '1 second'"
    )
    await desk.work(Job.EXECUTE_ACTION, Job.READ_BACK)
    await desk.work(Job.READ_BACK, hurry=True)
    assert await olena.state(action.id) is ActionState.NEEDS_HUMAN
    assert await desk.server.count(PROPOSAL) == 0


async def test_a_look_at_what_is_being_sent_decides_nothing(desk: Desk, olena: Freelancer) -> None:
    action = await olena.approved()
    await desk.owner_sql(
        "update app.actions set state = 'on_wire', attempt = 1, on_wire_at = now(), "
        "lease_until = now() + interval '60 seconds'"
    )
    for _ in range(3):
        await olena.ask(Job.READ_BACK, action.id)
    row = await olena.action(action.id)
    assert (row.state, row.readbacks) == ("on_wire", 0)


async def test_an_overtaken_worker_changes_nothing(
    desk: Desk, olena: Freelancer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its lease ran out while it was asleep; another attempt is under way."""
    action = await olena.approved()
    real = execution._transmit

    async def overtaken(*arguments: object) -> str:
        await desk.owner_sql("update app.actions set attempt = attempt + 1, state = 'claimed'")
        raise BytesLeft("connection reset")

    with monkeypatch.context() as patch:
        patch.setattr(execution, "_transmit", overtaken)
        await desk.work(Job.EXECUTE_ACTION)
    assert real is execution._transmit
    row = await olena.action(action.id)
    assert (row.state, row.attempt) == ("claimed", 2)
    async with desk.rt.db.begin() as session:
        assert await session.scalar(select(WorkItem).where(WorkItem.job == "read_back")) is None


async def test_a_crash_of_our_own_while_sending_is_treated_as_unknown(
    desk: Desk, olena: Freelancer, monkeypatch: pytest.MonkeyPatch
) -> None:
    action = await olena.approved()

    async def broken(*_: object) -> str:
        raise KeyError("a bug")

    with monkeypatch.context() as patch:
        patch.setattr(execution, "_transmit", broken)
        assert await desk.work(Job.EXECUTE_ACTION) == ["retried"]
    await desk.work(Job.READ_BACK)
    await desk.work(Job.READ_BACK, hurry=True)
    assert await olena.state(action.id) is ActionState.NEEDS_HUMAN
    assert await desk.server.count(PROPOSAL) == 0


async def test_the_budgets_end_sends_nothing_and_loses_nothing(
    desk: Desk, olena: Freelancer, monkeypatch: pytest.MonkeyPatch
) -> None:
    action = await olena.approved()

    async def spent(*_: object) -> None:
        raise LimitReached("today's requests are used up", retry_after=3600)

    with monkeypatch.context() as patch:
        patch.setattr(desk.rt.upwork.governor, "spend", spent)
        assert await desk.work(Job.EXECUTE_ACTION) == ["retried"]
        assert await olena.state(action.id) is ActionState.APPROVED
    await desk.work(Job.EXECUTE_ACTION, hurry=True)
    assert await olena.state(action.id) is ActionState.SENT


async def test_an_action_without_a_work_item_is_found_by_the_sweep(desk: Desk, olena: Freelancer) -> None:
    action = await olena.approved()
    await desk.owner_sql("delete from app.work_items where job = 'execute_action'")
    await desk.work(Job.EXPIRE_APPROVALS, hurry=True)
    assert await desk.work(Job.EXECUTE_ACTION) == ["done"]
    assert await olena.state(action.id) is ActionState.SENT


async def test_a_claim_whose_worker_died_expires_too(desk: Desk, olena: Freelancer) -> None:
    action = await olena.approved()
    await desk.owner_sql(
        "update app.actions set state = 'claimed', attempt = 1, lease_until = now() - interval '1 second', "
        "expires_at = now() - interval '1 hour'"
    )
    await desk.work(Job.EXECUTE_ACTION)
    await desk.work(Job.EXPIRE_APPROVALS, hurry=True)
    assert await olena.state(action.id) is ActionState.EXPIRED


async def test_what_is_on_the_wire_never_expires(desk: Desk, olena: Freelancer) -> None:
    action = await olena.approved()
    await desk.owner_sql(
        "update app.actions set state = 'on_wire', attempt = 1, on_wire_at = now(), lease_until = null, "
        "expires_at = now() - interval '1 hour'"
    )
    await desk.work(Job.EXPIRE_APPROVALS, hurry=True)
    assert await olena.state(action.id) is ActionState.ON_WIRE


async def test_a_payload_that_was_tampered_with_is_never_sent(desk: Desk, olena: Freelancer) -> None:
    action = await olena.approved()
    await desk.owner_sql("update app.approvals set payload_hash = repeat('0', 64)")
    assert await desk.work(Job.EXECUTE_ACTION) == ["retried"]
    assert await olena.state(action.id) is ActionState.APPROVED
    assert await desk.server.count(PROPOSAL) == 0


def test_the_times_a_worker_starts_with_fit_together() -> None:
    check_own_times()
    assert JOBS[Job.EXECUTE_ACTION].timeout == execution.SEND_SECONDS
    assert work.LEASE.total_seconds() >= 30


@pytest.mark.parametrize(
    ("lease", "attempt", "deadline", "says"),
    [(44, 30, 15, "three times"), (90, 90, 15, "outlives"), (90, 100, 15, "outlives")],
)
def test_times_under_which_two_workers_could_send_are_refused(
    lease: float, attempt: float, deadline: float, says: str
) -> None:
    with pytest.raises(SystemExit, match=says):
        check_times(lease=timedelta(seconds=lease), attempt=attempt, deadline=deadline)
