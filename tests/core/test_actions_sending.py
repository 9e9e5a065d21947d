"""An approved action against Upwork's side: sent once, refused, unknown, handed over; never sent twice."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from sqlalchemy import select

from core.errors import NeedsReauth
from core.jobs import Job
from core.proposals import readback
from core.proposals.models import ActionState, Lane
from core.security.alerts.models import Alert, AlertKind
from core.upwork import client as upwork_client
from core.upwork import operations, tokens
from core.upwork.models import UpworkAccount
from core.upwork.requests import Answer
from tests.core.acting import ANSWER, LETTER, QUESTION, Desk, Freelancer
from tests.core.upwork_side import MovableClock

PROPOSAL = "createJobProposal"
STORY = "createRoomStoryV2"


@pytest.fixture
async def olena(desk: Desk) -> Freelancer:
    return await desk.freelancer()


async def by_hand(olena: Freelancer, job_id: str) -> str:
    """The person applies on Upwork's own site, where no key's permissions count."""
    await grant(olena)
    receipt = await operations.create_proposal(
        olena.rt.upwork,
        olena.tenant_id,
        job_id=job_id,
        amount=Decimal(65),
        cover_letter=LETTER,
        answers=[Answer(QUESTION, ANSWER)],
    )
    return receipt.proposal_id


async def grant(olena: Freelancer, **capabilities: bool) -> None:
    async with olena.rt.db.begin(olena.tenant_id) as session:
        row = (await session.scalars(select(UpworkAccount))).one()
        row.capabilities = capabilities


async def test_an_approved_proposal_is_sent_byte_for_byte(desk: Desk, olena: Freelancer) -> None:
    letter = "Привіт! <b>Stripe</b> & co — ¿qué tal? 🦊\nSecond line"
    draft = await olena.draft(await olena.card(), letter=letter)
    action = await olena.press(await olena.show(draft.id))

    assert await desk.work(Job.EXECUTE_ACTION) == ["done"]

    [remote] = await desk.remote_proposals()
    assert remote["cover_letter"] == letter
    assert remote["charged_amount"] == 65
    assert [(item["question"], item["answer"]) for item in remote["answers"]] == [(QUESTION, ANSWER)]
    sent = await olena.action(action.id)
    assert (sent.state, sent.remote_id, sent.attempt) == ("sent", remote["id"], 1)
    assert desk.told.actions[-1] == (action.id, "sent")
    events = [event for event in await olena.audit() if event.startswith("action.")]
    assert events == ["action.approved", "action.claimed", "action.on_wire", "action.sent"]


async def test_nothing_runs_again_after_it_was_sent(desk: Desk, olena: Freelancer) -> None:
    action = await olena.approved()
    await desk.work(Job.EXECUTE_ACTION)
    assert await desk.work(Job.EXECUTE_ACTION, Job.READ_BACK, hurry=True) == []
    assert not await readback.resend(desk.rt, tenant_id=olena.tenant_id, action_id=action.id, by=olena.by)
    assert not await readback.drop(desk.rt, tenant_id=olena.tenant_id, action_id=action.id)
    assert await desk.server.count(PROPOSAL) == 1
    assert await olena.state(action.id) is ActionState.SENT


async def test_a_refusal_says_why_and_opens_the_draft_again(desk: Desk, olena: Freelancer) -> None:
    card_id = await olena.card()
    draft = await olena.draft(card_id)
    action = await olena.press(await olena.show(draft.id))
    await desk.server.control("POST", f"/jobs/{action.target}/close")

    await desk.work(Job.EXECUTE_ACTION)

    refused = await olena.action(action.id)
    assert (refused.state, refused.problem) == ("rejected", "The job posting is closed.")
    assert await olena.draft_state(draft.id) == "ready"
    assert await olena.card_state(card_id) == "drafting"
    assert desk.told.actions[-1] == (action.id, "rejected")
    assert not await readback.resend(desk.rt, tenant_id=olena.tenant_id, action_id=action.id, by=olena.by)
    # The person may change it and approve anew: the refused one is no longer in the way.
    again = await olena.press(await olena.show(draft.id))
    assert again.id != action.id


@pytest.mark.parametrize("fault", ["reset_after", "truncated"])
async def test_a_lost_answer_is_found_on_upworks_side(desk: Desk, olena: Freelancer, fault: str) -> None:
    action = await olena.approved()
    await desk.server.fault(PROPOSAL, fault)

    await desk.work(Job.EXECUTE_ACTION)
    assert await olena.state(action.id) is ActionState.ON_WIRE
    await desk.work(Job.READ_BACK)

    [remote] = await desk.remote_proposals()
    found = await olena.action(action.id)
    assert (found.state, found.remote_id) == ("sent", remote["id"])
    assert await desk.server.count(PROPOSAL) == 1
    assert desk.told.actions[-1] == (action.id, "sent")


@pytest.mark.parametrize("fault", ["drop_before", "reset", "502", "hang"])
async def test_what_is_not_there_needs_the_person_and_is_not_sent_again(
    desk: Desk, olena: Freelancer, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    action = await olena.approved()
    await desk.server.fault(PROPOSAL, fault, seconds=1.0)

    with monkeypatch.context() as impatient:
        impatient.setattr(upwork_client, "DEADLINE_SECONDS", 0.5)
        await desk.work(Job.EXECUTE_ACTION)
    assert await desk.work(Job.READ_BACK) == ["done"]
    assert await olena.state(action.id) is ActionState.ON_WIRE
    for looks in (2, 3, 4):
        assert await desk.work(Job.READ_BACK, hurry=True) == ["done"]
        assert await olena.state(action.id) is ActionState.NEEDS_HUMAN
        assert (await olena.action(action.id)).readbacks == looks
    assert await desk.work(Job.READ_BACK, Job.EXECUTE_ACTION, hurry=True) == []
    assert (action.id, "needs_human") in desk.told.actions
    assert await desk.server.count(PROPOSAL) == 1
    assert await desk.remote_proposals() == []


async def test_what_shows_up_late_becomes_sent_without_a_second_call(desk: Desk, olena: Freelancer) -> None:
    action = await olena.approved()
    await desk.server.fault(PROPOSAL, "drop_before")
    await desk.work(Job.EXECUTE_ACTION)
    await desk.work(Job.READ_BACK)
    await desk.work(Job.READ_BACK, hurry=True)
    assert await olena.state(action.id) is ActionState.NEEDS_HUMAN

    remote_id = await by_hand(olena, action.target)
    await desk.work(Job.READ_BACK, hurry=True)

    found = await olena.action(action.id)
    assert (found.state, found.remote_id) == ("sent", remote_id)
    assert len(await desk.remote_proposals()) == 1


async def test_a_person_sends_again_only_after_upwork_was_asked(desk: Desk, olena: Freelancer) -> None:
    action = await olena.approved()
    await desk.server.fault(PROPOSAL, "drop_before")
    await desk.work(Job.EXECUTE_ACTION)
    assert not await readback.resend(desk.rt, tenant_id=olena.tenant_id, action_id=action.id, by=olena.by)
    await desk.work(Job.READ_BACK)
    await desk.work(Job.READ_BACK, hurry=True)

    await desk.server.fault("vendorProposals", "502")
    with pytest.raises(Exception, match="HTTP 502"):
        await readback.resend(desk.rt, tenant_id=olena.tenant_id, action_id=action.id, by=olena.by)
    assert await olena.state(action.id) is ActionState.NEEDS_HUMAN

    asked = await desk.server.count("vendorProposals")
    assert await readback.resend(desk.rt, tenant_id=olena.tenant_id, action_id=action.id, by=olena.by)
    assert await desk.server.count("vendorProposals") > asked
    await desk.work(Job.EXECUTE_ACTION)
    sent = await olena.action(action.id)
    assert (sent.state, sent.attempt) == ("sent", 2)
    assert len(await desk.remote_proposals()) == 1


async def test_sending_again_finds_what_was_there_all_along(desk: Desk, olena: Freelancer) -> None:
    action = await olena.approved()
    await desk.server.fault(PROPOSAL, "drop_before")
    await desk.work(Job.EXECUTE_ACTION)
    await desk.work(Job.READ_BACK)
    await desk.work(Job.READ_BACK, hurry=True)
    await by_hand(olena, action.target)

    assert not await readback.resend(desk.rt, tenant_id=olena.tenant_id, action_id=action.id, by=olena.by)
    assert await olena.state(action.id) is ActionState.SENT
    assert len(await desk.remote_proposals()) == 1


async def test_an_answer_that_comes_after_the_person_asked_again_prevents_the_second_sending(
    desk: Desk, olena: Freelancer
) -> None:
    action = await olena.approved()
    await desk.server.fault(PROPOSAL, "drop_before")
    await desk.work(Job.EXECUTE_ACTION)
    await desk.work(Job.READ_BACK)
    await desk.work(Job.READ_BACK, hurry=True)
    assert await readback.resend(desk.rt, tenant_id=olena.tenant_id, action_id=action.id, by=olena.by)

    from core.proposals.execution import settle_sent

    assert await settle_sent(desk.rt, tenant_id=olena.tenant_id, action_id=action.id, remote_id="77")
    await desk.work(Job.EXECUTE_ACTION)
    assert await desk.server.count(PROPOSAL) == 1
    assert (await olena.action(action.id)).remote_id == "77"


async def test_giving_up_opens_the_draft_again(desk: Desk, olena: Freelancer) -> None:
    draft = await olena.draft(await olena.card())
    action = await olena.press(await olena.show(draft.id))
    await desk.server.fault(PROPOSAL, "drop_before")
    await desk.work(Job.EXECUTE_ACTION)
    assert not await readback.drop(desk.rt, tenant_id=olena.tenant_id, action_id=action.id)
    await desk.work(Job.READ_BACK)
    await desk.work(Job.READ_BACK, hurry=True)

    assert await readback.drop(desk.rt, tenant_id=olena.tenant_id, action_id=action.id)
    assert (await olena.action(action.id)).problem == "dropped"
    assert await olena.draft_state(draft.id) == "ready"
    assert not await readback.resend(desk.rt, tenant_id=olena.tenant_id, action_id=action.id, by=olena.by)

    # It turns up after all: the truth wins, and the draft cannot be sent a second time.
    remote_id = await by_hand(olena, action.target)
    await olena.ask(Job.SYNC_PROPOSALS)
    found = await olena.action(action.id)
    assert (found.state, found.remote_id) == ("sent", remote_id)
    assert await olena.draft_state(draft.id) == "approved"


@pytest.mark.parametrize("fault", ["429", "403_html"])
async def test_when_upwork_took_nothing_it_waits_and_is_sent_once(
    desk: Desk, olena: Freelancer, clock: MovableClock, fault: str
) -> None:
    action = await olena.approved()
    await desk.server.fault(PROPOSAL, fault, retry_after=2 if fault == "429" else None)

    assert await desk.work(Job.EXECUTE_ACTION) == ["retried"]
    assert await olena.state(action.id) is ActionState.APPROVED
    assert (await olena.action(action.id)).on_wire_at is None
    clock.advance(seconds=120)
    assert await desk.work(Job.EXECUTE_ACTION, hurry=True) == ["done"]

    assert await olena.state(action.id) is ActionState.SENT
    assert len(await desk.remote_proposals()) == 1


async def test_without_a_connection_nothing_left_and_it_is_sent_later(desk: Desk, olena: Freelancer) -> None:
    action = await olena.approved()
    means = desk.rt.upwork.means
    nowhere = means.settings.model_copy(update={"upwork_graphql_url": "http://127.0.0.1:9/graphql"})
    desk.rt.upwork.means = replace(means, settings=nowhere)
    assert await desk.work(Job.EXECUTE_ACTION) == ["retried"]
    assert await olena.state(action.id) is ActionState.APPROVED
    assert "action.given_back" in await olena.audit()

    desk.rt.upwork.means = means
    await desk.work(Job.EXECUTE_ACTION, hurry=True)
    assert await olena.state(action.id) is ActionState.SENT
    assert len(await desk.remote_proposals()) == 1


async def test_one_refused_token_costs_one_refresh(desk: Desk, olena: Freelancer) -> None:
    action = await olena.approved()
    await desk.server.fault(PROPOSAL, "401")
    assert await desk.work(Job.EXECUTE_ACTION) == ["done"]
    assert await olena.state(action.id) is ActionState.SENT
    assert len(await desk.remote_proposals()) == 1


async def refusals(desk: Desk, olena: Freelancer) -> int:
    """How often the person was warned that Upwork refused our token."""
    await desk.work(Job.TELL_ALERT)
    async with desk.rt.db.begin(olena.tenant_id) as session:
        found = await session.scalars(select(Alert.id).where(Alert.kind == AlertKind.TOKEN_REFUSED))
    return sum(desk.told.calls.count(("alert", alert)) for alert in found)


async def test_a_lost_consent_parks_the_action_until_the_account_is_linked_again(
    desk: Desk, olena: Freelancer
) -> None:
    action = await olena.approved()
    await desk.server.fault(PROPOSAL, "401", times=2)

    await desk.work(Job.EXECUTE_ACTION)
    assert await olena.state(action.id) is ActionState.APPROVED
    assert await refusals(desk, olena) == 1
    for _ in range(3):
        await desk.work(Job.EXECUTE_ACTION, hurry=True)
    assert await olena.state(action.id) is ActionState.APPROVED
    assert await refusals(desk, olena) == 1, "told once, however often it is tried"

    await relink(desk, olena)
    await desk.work(Job.EXECUTE_ACTION, hurry=True)
    assert await olena.state(action.id) is ActionState.SENT
    assert len(await desk.remote_proposals()) == 1


async def relink(desk: Desk, olena: Freelancer) -> None:
    from core.security.keys import keys_for
    from core.upwork.oauth import TokenSet

    granted = await desk.server.control("POST", "/grants", client_id="test-client")
    async with desk.rt.db.begin(olena.tenant_id) as session:
        row = (await session.scalars(select(UpworkAccount))).one()
        pair = TokenSet(granted["access_token"], granted["refresh_token"], granted["expires_in"])
        tokens.seal_tokens(await keys_for(session, desk.rt.vault), row, pair, desk.rt.clock.now())
        row.status = "linked"


async def test_a_key_without_the_permission_hands_the_letter_to_the_person(
    desk: Desk, olena: Freelancer
) -> None:
    action = await olena.approved()
    await desk.server.control(
        "POST", "/applications", client_id="test-client", missing_scopes=["Submit Proposal"]
    )
    await desk.work(Job.EXECUTE_ACTION)

    handed = await olena.action(action.id)
    assert (handed.state, handed.lane) == ("handed_off", Lane.HANDOFF)
    assert desk.told.actions[-1] == (action.id, "handed_off")
    assert await desk.remote_proposals() == []
    # The permission is remembered: the next one does not even try.
    tried = await desk.server.count(PROPOSAL)
    second = await olena.approved(
        title="Logo for a bakery", description="A warm logo with a loaf and some wheat."
    )
    await desk.work(Job.EXECUTE_ACTION)
    assert await olena.state(second.id) is ActionState.HANDED_OFF
    assert await desk.server.count(PROPOSAL) == tried

    await desk.server.control("POST", "/applications", client_id="test-client", missing_scopes=[])
    remote_id = await by_hand(olena, action.target)
    await olena.ask(Job.SYNC_PROPOSALS)
    found = await olena.action(action.id)
    assert (found.state, found.remote_id) == ("sent", remote_id)
    assert (action.id, "sent") in desk.told.actions
    assert await olena.state(second.id) is ActionState.HANDED_OFF


async def test_where_the_mutation_does_not_exist_the_probe_says_so(desk: Desk, olena: Freelancer) -> None:
    await desk.server.control("POST", "/settings", additions=False, per_second=10_000, per_minute=100_000)
    await grant(olena)
    action = await olena.approved()

    await desk.work(Job.EXECUTE_ACTION)

    assert await olena.state(action.id) is ActionState.HANDED_OFF
    assert await desk.server.count(PROPOSAL) == 0
    assert await readback.drop(desk.rt, tenant_id=olena.tenant_id, action_id=action.id)
    assert await olena.state(action.id) is ActionState.REJECTED


async def test_a_hand_off_that_nobody_sent_expires_and_is_still_recognised_later(
    desk: Desk, olena: Freelancer, clock: MovableClock
) -> None:
    await desk.server.control(
        "POST", "/applications", client_id="test-client", missing_scopes=["Submit Proposal"]
    )
    action = await olena.approved()
    await desk.work(Job.EXECUTE_ACTION)
    clock.advance(hours=24)
    await olena.ask(Job.EXPIRE_APPROVALS)
    assert await olena.state(action.id) is ActionState.HANDED_OFF
    clock.advance(hours=6 * 24)
    await olena.ask(Job.EXPIRE_APPROVALS)
    assert await olena.state(action.id) is ActionState.EXPIRED
    # Whether it was sent by hand only the person knows: nothing invites them to send it again.
    assert await olena.draft_state(action.draft_id) == "approved"

    await desk.server.control("POST", "/applications", client_id="test-client", missing_scopes=[])
    await by_hand(olena, action.target)
    await olena.ask(Job.SYNC_PROPOSALS)
    assert await olena.state(action.id) is ActionState.SENT


async def test_a_slow_telegram_neither_stops_nor_doubles_a_sending(desk: Desk, olena: Freelancer) -> None:
    action = await olena.approved()
    desk.told.away = True
    assert await desk.work(Job.EXECUTE_ACTION) == ["retried"]
    assert await olena.state(action.id) is ActionState.SENT
    assert desk.told.actions == []

    desk.told.away = False
    await desk.work(Job.EXECUTE_ACTION, hurry=True)
    assert desk.told.actions == [(action.id, "sent")]
    assert await desk.server.count(PROPOSAL) == 1


async def test_without_an_account_nothing_is_sent(desk: Desk, olena: Freelancer) -> None:
    action = await olena.approved()
    await desk.owner_sql("update app.upwork_accounts set status = 'needs_reauth'")
    with pytest.raises(NeedsReauth):
        await desk.rt.upwork.account(olena.tenant_id)
    await desk.work(Job.EXECUTE_ACTION)
    assert await olena.state(action.id) is ActionState.APPROVED
    assert await desk.server.count(PROPOSAL) == 0
