"""Limits and the lock where actions are approved and where they are claimed: nothing beyond them leaves, nothing is lost."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, text

from core.drafting import service as drafting
from core.drafting.draft import Bid, DraftOutput
from core.drafting.models import VersionSource
from core.errors import Conflict, Invalid
from core.jobs import Job
from core.jobs_feed.posting import ContractType, JobPosting
from core.proposals import execution, parking
from core.proposals.approval import Shown, expire
from core.proposals.models import Action, ActionState
from core.proposals.spending import CONNECTS_EACH, spent
from core.security.assurance import Act, StepUpNeeded
from core.security.lock import Locked, lock
from core.security.stepup import service as stepup
from core.security.stepup.limits import DEFAULTS, Limit, limits_of, set_limit, subject_of
from tests.core.acting import Desk, Freelancer, store_card


@pytest.fixture
async def olena(desk: Desk) -> Freelancer:
    return await desk.freelancer()


async def limit(olena: Freelancer, name: Limit, value: float) -> None:
    async with olena.rt.db.begin(olena.tenant_id) as session:
        await set_limit(session, name, Decimal(str(value)), by=olena.by, clock=olena.rt.clock)


async def shown(olena: Freelancer, *, bid: int = 65) -> Shown:
    """A proposal for a job of its own, shown; nothing of it is on Upwork's side."""
    number = str(uuid4().int)[:19]
    posting = JobPosting(
        upwork_id=number,
        ciphertext=f"~01{number}",
        title="Something to build",
        description="Build something.",
        published_at=olena.rt.clock.now(),
        contract=ContractType.HOURLY,
    )
    card_id = await store_card(olena.rt, olena.tenant_id, posting)
    draft = await olena.draft(card_id, answers=(), bid=bid)
    return await olena.show(draft.id)


async def needs(olena: Freelancer, approval: Shown) -> StepUpNeeded:
    with pytest.raises(StepUpNeeded) as refused:
        await olena.press(approval)
    return refused.value


async def actions(olena: Freelancer) -> list[Action]:
    async with olena.rt.db.begin(olena.tenant_id) as session:
        return list(await session.scalars(select(Action)))


async def proves(olena: Freelancer, acts: dict[Act, str]) -> None:
    clock: Any = olena.rt.clock
    clock.advance(30)
    await olena.proves(acts)


@pytest.mark.asvs("V2.3.1")
async def test_without_a_proof_nothing_is_approved_and_the_button_lives(olena: Freelancer) -> None:
    approval = await shown(olena)
    async with olena.rt.db.begin(olena.tenant_id) as session:
        await stepup.forget_proofs(session, clock=olena.rt.clock)
    needed = await needs(olena, approval)
    assert (needed.act, needed.subject) == (Act.APPROVE, approval.payload.sha256)
    assert needed.resume is not None
    assert needed.resume["draft"] == str(approval.payload.draft_id)
    assert await actions(olena) == []
    await proves(olena, {})
    assert (await olena.press(approval)).state == ActionState.APPROVED


async def test_a_session_that_was_marked_new_steps_up_before_its_first_approval(olena: Freelancer) -> None:
    approval = await shown(olena)
    async with olena.rt.db.begin(olena.tenant_id) as session:
        await stepup.mark_new_device(session, by=olena.by, clock=olena.rt.clock)
    assert (await needs(olena, approval)).act is Act.NEW_DEVICE
    await proves(olena, {Act.NEW_DEVICE: olena.by})
    await olena.press(approval)
    await olena.press(await shown(olena))
    assert len(await actions(olena)) == 2


@pytest.mark.asvs("V7.5.3", "V2.2.1")
async def test_a_bid_above_the_highest_needs_a_grant_for_exactly_these_bytes(olena: Freelancer) -> None:
    await limit(olena, Limit.HIGHEST_HOURLY, 60)
    approval, other = await shown(olena), await shown(olena)
    needed = await needs(olena, approval)
    assert (needed.act, needed.subject) == (Act.APPROVE_BEYOND_LIMITS, approval.payload.sha256)
    await proves(olena, {Act.APPROVE_BEYOND_LIMITS: other.payload.sha256})
    assert (await needs(olena, approval)).act is Act.APPROVE_BEYOND_LIMITS
    assert await actions(olena) == []
    action = await olena.press(other)
    assert action.beyond_limits
    await olena.desk.work(Job.EXECUTE_ACTION)
    assert await olena.state(action.id) is not ActionState.PARKED


async def test_a_newer_version_makes_the_grant_useless(olena: Freelancer) -> None:
    await limit(olena, Limit.HIGHEST_HOURLY, 60)
    approval = await shown(olena)
    await proves(olena, {Act.APPROVE_BEYOND_LIMITS: approval.payload.sha256})
    async with olena.rt.db.begin(olena.tenant_id) as session:
        draft = await drafting.get_draft(session, draft_id=approval.payload.draft_id, lock=True)
        output = DraftOutput(
            letter="Something else.", language="en", bid=Bid(Decimal(500), ContractType.HOURLY)
        )
        await drafting.add_version(
            session, await olena.rt.keys(session), draft, output, source=VersionSource.EDITED
        )
    with pytest.raises(Conflict) as stale:
        await olena.press(approval)
    assert stale.value.data["reason"] == "changed"
    newer = await olena.show(draft.id)
    assert (await needs(olena, newer)).subject == newer.payload.sha256
    assert await actions(olena) == []


@pytest.mark.asvs("V2.3.4", "V15.4.2")
@pytest.mark.parametrize("name", [Limit.BIDS_A_DAY, Limit.CONNECTS_A_WEEK])
async def test_fifty_approvals_at_once_stay_within_the_limit(olena: Freelancer, name: Limit) -> None:
    room = 7
    await limit(olena, name, room if name is Limit.BIDS_A_DAY else room * CONNECTS_EACH + 3)
    cards = [await shown(olena) for _ in range(50)]
    outcomes = await asyncio.gather(*(olena.press(card) for card in cards), return_exceptions=True)
    refused = [outcome for outcome in outcomes if isinstance(outcome, StepUpNeeded)]
    assert (len(await actions(olena)), len(refused)) == (room, 50 - room)
    assert {needed.act for needed in refused} == {Act.APPROVE_BEYOND_LIMITS}


async def test_claims_at_once_stay_within_a_limit_that_was_lowered(desk: Desk, olena: Freelancer) -> None:
    approved = [await another(olena) for _ in range(8)]
    await limit(olena, Limit.BIDS_A_DAY, 3)
    await asyncio.gather(
        *(
            execution.execute(desk.rt, desk.told, tenant_id=olena.tenant_id, action_id=action.id)
            for action in approved
        )
    )
    states = [await olena.state(action.id) for action in approved]
    assert (states.count(ActionState.SENT), states.count(ActionState.PARKED)) == (3, 5)
    assert len(await desk.remote_proposals()) == 3
    parked = [row for row in await actions(olena) if row.state == ActionState.PARKED]
    assert {row.problem for row in parked} == {"limit_bids_a_day"}
    assert {row.lease_until for row in parked} == {None}
    assert (parked[0].id, "parked") in desk.told.actions


async def test_what_was_parked_goes_when_there_is_room_again(desk: Desk, olena: Freelancer) -> None:
    action = await parked(desk, olena)
    await unparks(olena, action.id)
    await desk.work(Job.EXECUTE_ACTION)
    assert await olena.state(action.id) is ActionState.PARKED, "there is no more room than before"
    subject = subject_of(Limit.BIDS_A_DAY, Decimal(5))
    await proves(olena, {Act.RAISE_LIMITS: subject})
    await limit(olena, Limit.BIDS_A_DAY, 5)
    await unparks(olena, action.id)
    await desk.work(Job.EXECUTE_ACTION)
    assert await olena.state(action.id) is ActionState.SENT
    assert len(await desk.remote_proposals()) == 1


async def test_what_was_parked_goes_beyond_the_limit_once_it_was_stepped_up_for(
    desk: Desk, olena: Freelancer
) -> None:
    action = await parked(desk, olena)
    with pytest.raises(StepUpNeeded) as needed:
        await unparks(olena, action.id, beyond=True)
    assert await olena.state(action.id) is ActionState.PARKED
    await proves(olena, {Act.APPROVE_BEYOND_LIMITS: needed.value.subject})
    await unparks(olena, action.id, beyond=True)
    await desk.work(Job.EXECUTE_ACTION)
    assert await olena.state(action.id) is ActionState.SENT


async def test_what_was_parked_can_be_given_up_or_runs_out(desk: Desk, olena: Freelancer) -> None:
    given_up = await parked(desk, olena)
    async with olena.rt.db.begin(olena.tenant_id) as session:
        assert await parking.drop_parked(session, action_id=given_up.id, clock=olena.rt.clock)
    assert await olena.state(given_up.id) is ActionState.REJECTED
    assert await olena.draft_state(given_up.draft_id) == "ready"
    old = await parked(desk, olena)
    clock: Any = olena.rt.clock
    clock.advance(hours=25)
    async with olena.rt.db.begin(olena.tenant_id) as session:
        assert await expire(session, clock=clock) == [old.id]
    await proves(olena, {})
    with pytest.raises(Conflict) as gone:
        await unparks(olena, old.id)
    assert gone.value.data["reason"] == "expired"
    assert await desk.remote_proposals() == []


async def test_replies_spend_nothing(desk: Desk, olena: Freelancer) -> None:
    room = await olena.room()
    await limit(olena, Limit.BIDS_A_DAY, 0)
    await limit(olena, Limit.CONNECTS_A_WEEK, 0)
    action = await olena.reply(room)
    await desk.work(Job.EXECUTE_ACTION)
    assert await olena.state(action.id) is ActionState.SENT


async def test_what_never_left_gives_its_room_back(desk: Desk, olena: Freelancer) -> None:
    action = await olena.approved()
    assert await used(olena) == (1, CONNECTS_EACH)
    await desk.owner_sql("update app.actions set expires_at = now() - interval '1 hour'")
    async with olena.rt.db.begin(olena.tenant_id) as session:
        await expire(session, clock=olena.rt.clock)
    assert await olena.state(action.id) is ActionState.EXPIRED
    assert await used(olena) == (0, 0)


async def test_a_day_later_there_is_room_for_bids_and_a_week_later_for_connects(olena: Freelancer) -> None:
    await olena.press(await shown(olena))
    clock: Any = olena.rt.clock
    assert await used(olena) == (1, CONNECTS_EACH)
    clock.advance(hours=24.1)
    assert await used(olena) == (0, CONNECTS_EACH)
    clock.advance(hours=24 * 6)
    assert await used(olena) == (0, 0)


async def test_a_limit_is_lowered_freely_and_raised_with_a_grant_for_that_value(olena: Freelancer) -> None:
    await limit(olena, Limit.BIDS_A_DAY, 4)
    with pytest.raises(StepUpNeeded) as needed:
        await limit(olena, Limit.BIDS_A_DAY, 9)
    assert needed.value.resume == {"limit": "bids_a_day", "value": "9"}
    await proves(olena, {Act.RAISE_LIMITS: needed.value.subject})
    with pytest.raises(StepUpNeeded):
        await limit(olena, Limit.BIDS_A_DAY, 10)
    with pytest.raises(StepUpNeeded):
        await limit(olena, Limit.CONNECTS_A_WEEK, 9_000)
    await limit(olena, Limit.BIDS_A_DAY, 9)
    async with olena.rt.db.begin(olena.tenant_id) as session:
        now = await limits_of(session)
    assert (now.bids_a_day, now.connects_a_week) == (9, DEFAULTS.connects_a_week)


@pytest.mark.asvs("V2.2.1")
@pytest.mark.parametrize("value", ["-1", "201", "1.5", "NaN", "Infinity"])
async def test_a_limit_that_makes_no_sense_is_refused(olena: Freelancer, value: str) -> None:
    async with olena.rt.db.begin(olena.tenant_id) as session:
        with pytest.raises(Invalid):
            await set_limit(session, Limit.BIDS_A_DAY, Decimal(value), by=olena.by, clock=olena.rt.clock)
        assert await limits_of(session) == DEFAULTS


async def test_a_locked_account_approves_nothing_whatever_it_has_proven(olena: Freelancer) -> None:
    approval = await shown(olena)
    await locks(olena)
    with pytest.raises(Locked):
        await olena.press(approval)
    assert await actions(olena) == []


async def test_what_was_queued_before_the_lock_is_parked_and_not_sent(desk: Desk, olena: Freelancer) -> None:
    action = await olena.approved()
    await locks(olena)
    await desk.work(Job.EXECUTE_ACTION)
    row = await olena.action(action.id)
    assert (row.state, row.problem) == (ActionState.PARKED, parking.LOCKED)
    assert await desk.remote_proposals() == []
    with pytest.raises(Locked):
        await unparks(olena, action.id)


async def test_a_lock_between_the_claim_and_the_wire_stops_it_too(
    desk: Desk, olena: Freelancer, monkeypatch: pytest.MonkeyPatch
) -> None:
    action = await olena.approved()

    async def lock_now(*_: object) -> bool:
        await locks(olena)
        return True

    monkeypatch.setattr(execution, "_able", lock_now)
    await desk.work(Job.EXECUTE_ACTION)
    row = await olena.action(action.id)
    assert (row.state, row.problem) == (ActionState.PARKED, parking.LOCKED)
    assert await desk.remote_proposals() == []


async def test_sending_again_needs_a_proof_and_an_open_account(desk: Desk, olena: Freelancer) -> None:
    action = await olena.approved()
    async with olena.rt.db.begin(olena.tenant_id) as session:
        await stepup.forget_proofs(session, clock=olena.rt.clock)
        with pytest.raises(StepUpNeeded):
            await parking.may_send(session, action_id=action.id, by=olena.by, clock=olena.rt.clock)
    await proves(olena, {})
    await locks(olena)
    async with olena.rt.db.begin(olena.tenant_id) as session:
        with pytest.raises(Locked):
            await parking.may_send(session, action_id=action.id, by=olena.by, clock=olena.rt.clock)


async def another(olena: Freelancer) -> Action:
    """An approved proposal for a job unlike all others: one that looks reposted gets no card."""
    return await olena.approved(title=f"Job {uuid4()}", description=f"{uuid4()} {uuid4()} {uuid4()}")


async def parked(desk: Desk, olena: Freelancer) -> Action:
    """An approved proposal that the limits, lowered meanwhile, hold back."""
    async with olena.rt.db.begin(olena.tenant_id) as session:
        await session.execute(text("update app.limits set bids_a_day = 20"))
    action = await another(olena)
    await limit(olena, Limit.BIDS_A_DAY, 0)
    await desk.work(Job.EXECUTE_ACTION)
    assert await olena.state(action.id) is ActionState.PARKED
    return action


async def unparks(olena: Freelancer, action_id: UUID, *, beyond: bool = False) -> None:
    async with olena.rt.db.begin(olena.tenant_id) as session:
        await parking.unpark(session, action_id=action_id, by=olena.by, clock=olena.rt.clock, beyond=beyond)


async def used(olena: Freelancer) -> tuple[int, int]:
    async with olena.rt.db.begin(olena.tenant_id) as session:
        found = await spent(session, clock=olena.rt.clock)
    return found.bids, found.connects


async def locks(olena: Freelancer) -> None:
    async with olena.rt.db.begin(olena.tenant_id) as session:
        await lock(session, clock=olena.rt.clock, reason="chat")
