"""Locking: nothing leaves, nothing can be approved, whoever is in is out; and the link in a mail that does it."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import func, select

from core.access import sessions
from core.accounts.models import Tenant
from core.errors import Conflict
from core.jobs import Job
from core.proposals.models import Action, ActionState
from core.security import audit, lock
from core.security.alerts import kill
from core.security.alerts.models import Alert, AlertKind
from core.security.lock import Locked
from core.security.models import PageLink
from core.security.page_links import LinkGone, Purpose, new_page_link
from core.security.stepup.models import ChallengeRow, GrantRow, ProofRow
from tests.core.acting import Desk, Freelancer

_JOBS = {
    "Invoices from PDF": "Read three hundred scanned invoices a day and put their totals into our ledger.",
    "Bot for a flower shop": "Customers choose a bouquet in Telegram, pay, and the courier gets the address.",
    "Speed up a slow report": "A monthly report over forty million rows takes nine hours; it should take minutes.",
    "Move from one cloud to another": "Two services and a database are to be moved over a weekend without losing orders.",
}


async def lock_up(person: Freelancer, reason: str = "chat") -> bool:
    async with person.rt.db.begin(person.tenant_id) as session:
        return await lock.lock(session, clock=person.rt.clock, reason=reason)


async def open_up(person: Freelancer) -> bool:
    async with person.rt.db.begin(person.tenant_id) as session:
        return await lock.unlock(session, clock=person.rt.clock)


async def test_what_was_approved_is_not_sent_by_a_locked_account(desk: Desk) -> None:
    person = await desk.freelancer()
    action = await person.approved()
    assert await lock_up(person)
    await desk.work(Job.EXECUTE_ACTION)
    assert await person.state(action.id) is ActionState.PARKED
    assert await desk.remote_proposals() == []


async def test_unlocking_sends_nothing_by_itself(desk: Desk) -> None:
    person = await desk.freelancer()
    action = await person.approved()
    await lock_up(person)
    await desk.work(Job.EXECUTE_ACTION)
    await open_up(person)
    await desk.work(hurry=True)
    assert await person.state(action.id) is ActionState.PARKED
    assert await desk.remote_proposals() == []


async def test_open_approvals_die_with_the_lock_and_stay_dead(desk: Desk) -> None:
    person = await desk.freelancer()
    shown = await person.show((await person.draft(await person.card())).id)
    await lock_up(person)
    with pytest.raises(Locked):
        await person.press(shown)
    await open_up(person)
    desk.side.clock.advance(60)
    await person.stays_proven()
    with pytest.raises(Conflict) as refused:
        await person.press(shown)
    assert refused.value.data["reason"] == "changed"


async def test_an_approval_and_a_lock_at_the_same_moment_send_nothing(desk: Desk) -> None:
    person = await desk.freelancer()
    shown = []
    for title, need in _JOBS.items():
        card = await person.card(title=title, description=need)
        shown.append(await person.show((await person.draft(card)).id))
    outcomes = await asyncio.gather(
        *(person.press(one) for one in shown[:2]),
        lock_up(person),
        *(person.press(one) for one in shown[2:]),
        return_exceptions=True,
    )
    assert {type(outcome) for outcome in outcomes} <= {Action, Locked, bool, Conflict}
    await desk.work(Job.EXECUTE_ACTION)
    assert await desk.remote_proposals() == []


async def test_everybody_who_is_in_is_out(desk: Desk) -> None:
    person = await desk.freelancer()
    rt = desk.rt
    async with rt.db.begin(person.tenant_id) as session:
        login = await sessions.begin(
            session, method="password", complete=True, console=False, browser="b" * 43, clock=rt.clock
        )
        await new_page_link(session, Purpose.PROTECT, clock=rt.clock, by=person.by)
    await lock_up(person)
    async with rt.db.begin(person.tenant_id) as session:
        left = [
            await session.scalar(select(func.count()).select_from(table))
            for table in (ProofRow, GrantRow, ChallengeRow, PageLink)
        ]
        live = await sessions.list_sessions(session, clock=rt.clock)
    assert (left, live) == ([0, 0, 0, 0], [])
    assert login.id


async def test_locking_is_noted_told_and_done_once(desk: Desk) -> None:
    person = await desk.freelancer()
    outcomes = await asyncio.gather(*(lock_up(person) for _ in range(10)))
    assert sorted(outcomes) == [False] * 9 + [True]
    async with desk.rt.db.begin(person.tenant_id) as session:
        alerts = (await session.scalars(select(Alert))).all()
        noted = await audit.events(session, await desk.rt.keys(session), names=["account.locked"])
    assert [alert.kind for alert in alerts if alert.kind == AlertKind.LOCKED] == ["locked"]
    assert [event.data for event in noted] == [{"reason": "chat"}]
    assert (await open_up(person), await open_up(person)) == (True, False)


async def test_a_kill_link_locks_once_and_for_seven_days(desk: Desk) -> None:
    person = await desk.freelancer()
    rt = desk.rt
    tokens = []
    for _ in range(3):
        async with rt.db.begin(person.tenant_id) as session:
            tokens.append(kill.new_kill_link(session, clock=rt.clock))
    first, second, third = tokens
    assert await kill.owner_of(rt.db, rt.clock, token=first) == person.tenant_id
    outcomes = await asyncio.gather(
        *(kill.pull(rt.db, rt.clock, token=first) for _ in range(20)), return_exceptions=True
    )
    assert outcomes.count(True) == 1
    assert sum(isinstance(outcome, LinkGone) for outcome in outcomes) == 19
    async with rt.db.begin(person.tenant_id) as session:
        assert (await session.get_one(Tenant, person.tenant_id)).locked_at is not None
    assert not await kill.pull(rt.db, rt.clock, token=second), "it was locked already"
    desk.side.clock.advance(hours=7 * 24 + 1)
    for token in (third, "", "x" * 1000, "unknown"):
        with pytest.raises(LinkGone):
            await kill.pull(rt.db, rt.clock, token=token)
