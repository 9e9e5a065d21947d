"""From draft to approval: the order is kept, one button approves one version once."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from decimal import Decimal

import pytest
from sqlalchemy.exc import NoResultFound

from core.drafting import service as drafting
from core.drafting.service import Change
from core.errors import Conflict, Invalid
from core.jobs import Job
from core.proposals import approval, execution
from core.proposals.models import Action, ActionState
from core.proposals.payload import Payload, PayloadAnswer
from tests.core.acting import ANSWER, LETTER, QUESTION, TELEGRAM_ID, Desk, Freelancer
from tests.core.upwork_side import MovableClock


@pytest.fixture
async def olena(desk: Desk) -> Freelancer:
    return await desk.freelancer()


async def refusal(press: object) -> str:
    with pytest.raises(Conflict) as caught:
        await press  # type: ignore[misc]  # a coroutine
    return str(caught.value.data["reason"])


async def count_actions(desk: Desk) -> int:
    return int((await desk.owner_sql("select count(*) from app.actions"))[0][0])


@pytest.mark.asvs("V2.3.1")
async def test_a_draft_that_was_never_shown_has_nothing_to_press(desk: Desk, olena: Freelancer) -> None:
    draft = await olena.draft(await olena.card())
    for nonce in ("", "x", str(draft.id)):
        async with olena.rt.db.begin(olena.tenant_id) as session:
            assert (
                await refusal(
                    approval.approve(
                        session,
                        await olena.rt.keys(session),
                        nonce=nonce,
                        telegram_id=TELEGRAM_ID,
                        clock=olena.rt.clock,
                        chat_id=1,
                        message_id=1,
                    )
                )
                == "unknown"
            )
    assert await count_actions(desk) == 0


async def test_a_draft_that_is_being_written_cannot_be_shown(olena: Freelancer) -> None:
    card_id = await olena.card()
    async with olena.rt.db.begin(olena.tenant_id) as session:
        draft = await drafting.request_proposal(session, card_id=card_id)
    assert await refusal(olena.show(draft.id)) == "composing"


async def test_without_a_price_or_an_answer_there_is_nothing_to_show(olena: Freelancer) -> None:
    draft = await olena.draft(await olena.card(), answers=("  ",))
    with pytest.raises(Invalid) as caught:
        await olena.show(draft.id)
    assert caught.value.data == {"reason": "unanswered", "position": 0}


async def test_what_is_shown_is_sealed_and_hashed_to_the_byte(desk: Desk, olena: Freelancer) -> None:
    draft = await olena.draft(await olena.card())
    shown = await olena.show(draft.id)

    assert shown.payload.text == LETTER
    assert shown.payload.bid == Decimal(65)
    assert [(item.question, item.answer) for item in shown.payload.answers] == [(QUESTION, ANSWER)]
    for changed in (
        {"text": LETTER + " "},
        {"bid": Decimal(66)},
        {"target": "1"},
        {"answers": (PayloadAnswer(question=QUESTION + "?", answer=ANSWER),)},
        {"answers": ()},
        {"version": 2},
    ):
        assert shown.payload.model_copy(update=changed).sha256 != shown.payload.sha256
    [(stored,)] = await desk.owner_sql("select payload_hash from app.approvals")
    assert stored == shown.payload.sha256


def test_the_hash_outlives_the_questions() -> None:
    payload = _payload()
    bare = payload.without_questions()

    assert payload.complete
    assert not bare.complete
    assert QUESTION not in bare.canonical()
    assert bare.sha256 == payload.sha256
    assert Payload.read(bare.canonical(), expected_hash=payload.sha256) == bare


def test_a_swapped_question_is_noticed() -> None:
    spelled = _payload().canonical().replace(QUESTION, "Will you work for free?")
    with pytest.raises(ValueError, match="differs from its hash"):
        Payload.read(spelled, expected_hash=_payload().sha256)


def _payload() -> Payload:
    from uuid import UUID

    from core.proposals.models import ActionKind

    return Payload(
        tenant_id=UUID(int=1),
        kind=ActionKind.PROPOSAL,
        target="42",
        text=LETTER,
        draft_id=UUID(int=2),
        version=1,
        bid=Decimal(65),
        answers=(PayloadAnswer(question=QUESTION, answer=ANSWER),),
    )


@pytest.mark.asvs("V2.3.4", "V15.4.2")
async def test_fifty_taps_make_one_action(desk: Desk, olena: Freelancer) -> None:
    shown = await olena.show((await olena.draft(await olena.card())).id)

    outcomes = await asyncio.gather(*(olena.press(shown) for _ in range(50)), return_exceptions=True)

    actions = [outcome for outcome in outcomes if isinstance(outcome, Action)]
    refused = [outcome for outcome in outcomes if isinstance(outcome, Conflict)]
    assert len(actions) == 1
    assert [str(item.data["reason"]) for item in refused] == ["used"] * 49
    assert {item.data["action_id"] for item in refused} == {actions[0].id}
    assert await count_actions(desk) == 1
    await desk.work(Job.EXECUTE_ACTION)
    assert len(await desk.remote_proposals()) == 1


async def test_an_approval_runs_out_by_the_clock(desk: Desk, olena: Freelancer, clock: MovableClock) -> None:
    shown = await olena.show((await olena.draft(await olena.card())).id)
    clock.advance(hours=23.8)
    assert await refusal(olena.press(shown)) == "expired"
    assert await count_actions(desk) == 0


async def test_an_approval_never_outlives_the_posting(olena: Freelancer, clock: MovableClock) -> None:
    draft = await olena.draft(await olena.card())
    clock.advance(hours=23)
    shown = await olena.show(draft.id)
    assert (shown.expires_at - clock.now()).total_seconds() == 45 * 60
    # The purge may be late: a button that is dead from the start is not shown.
    clock.advance(45 * 60)
    with pytest.raises(Conflict) as refused:
        await olena.show(draft.id)
    assert refused.value.data["reason"] == "purged"


@pytest.mark.parametrize("change", ["price", "letter", "answer", "undo", "instruction", "discard"])
async def test_a_changed_draft_is_not_what_was_approved(olena: Freelancer, change: str) -> None:
    draft = await olena.draft(await olena.card())
    async with olena.rt.db.begin(olena.tenant_id) as session:
        keys = await olena.rt.keys(session)
        await drafting.set_bid(session, keys, draft_id=draft.id, amount=Decimal(70))
    shown = await olena.show(draft.id)
    async with olena.rt.db.begin(olena.tenant_id) as session:
        keys = await olena.rt.keys(session)
        if change == "price":
            await drafting.set_bid(session, keys, draft_id=draft.id, amount=Decimal(71))
        elif change == "letter":
            await drafting.replace_letter(session, keys, draft_id=draft.id, text="Another letter.")
        elif change == "answer":
            await drafting.replace_answer(session, keys, draft_id=draft.id, position=0, text="No.")
        elif change == "undo":
            await drafting.undo(session, keys, draft_id=draft.id)
        elif change == "instruction":
            wanted = Change(instruction="shorter")
            await drafting.request_change(session, keys, draft_id=draft.id, change=wanted)
        else:
            await drafting.discard(session, draft_id=draft.id)
    assert await refusal(olena.press(shown)) == "changed"


async def test_a_change_under_way_while_the_button_is_pressed_wins(desk: Desk, olena: Freelancer) -> None:
    draft = await olena.draft(await olena.card())
    shown = await olena.show(draft.id)
    async with olena.rt.db.begin(olena.tenant_id) as session:
        keys = await olena.rt.keys(session)
        await drafting.set_bid(session, keys, draft_id=draft.id, amount=Decimal(70))
        pressing = asyncio.ensure_future(_elsewhere(olena.press(shown)))
        await asyncio.sleep(0.2)
        assert not pressing.done()
    assert await refusal(pressing) == "changed"
    assert await count_actions(desk) == 0


async def _elsewhere(press: object) -> object:
    """As another process would: its own context knows of no open transaction."""
    import contextvars

    return await asyncio.create_task(press, context=contextvars.Context())  # type: ignore[arg-type]  # a coroutine


async def test_a_button_that_was_taken_back_is_dead(desk: Desk, olena: Freelancer) -> None:
    draft = await olena.draft(await olena.card())
    first = await olena.show(draft.id)
    second = await olena.show(draft.id)
    assert await refusal(olena.press(first)) == "changed"
    async with olena.rt.db.begin(olena.tenant_id) as session:
        await approval.withdraw(session, draft_id=draft.id, clock=olena.rt.clock)
    assert await refusal(olena.press(second)) == "changed"
    assert await count_actions(desk) == 0


async def test_somebody_elses_finger_approves_nothing(desk: Desk, olena: Freelancer) -> None:
    shown = await olena.show((await olena.draft(await olena.card())).id)
    assert await refusal(olena.press(shown, telegram_id=TELEGRAM_ID + 1)) == "unknown"
    other = replace(olena, tenant_id=(await desk.side.make_tenant()).tenant_id)
    assert await refusal(other.press(shown)) == "unknown"
    assert await count_actions(desk) == 0
    assert (await olena.press(shown)).state == ActionState.APPROVED


async def test_a_job_has_one_live_proposal(desk: Desk, olena: Freelancer) -> None:
    card_id = await olena.card()
    action = await olena.press(await olena.show((await olena.draft(card_id)).id))
    with pytest.raises(Conflict, match="conflict") as caught:
        await olena.draft(card_id)
    assert caught.value.data["reason"] == "applied"

    # Even a second draft that got past the card is stopped by the action's own key.
    await desk.owner_sql("update app.job_cards set state = 'drafting'")
    second = await olena.draft(card_id)
    shown = await olena.show(second.id)
    assert await refusal(olena.press(shown)) == "duplicate"
    assert await count_actions(desk) == 1
    assert await olena.draft_state(second.id) == "ready"

    await desk.work(Job.EXECUTE_ACTION)
    assert await olena.state(action.id) is ActionState.SENT
    assert await refusal(olena.press(shown)) == "duplicate"
    assert len(await desk.remote_proposals()) == 1


@pytest.mark.asvs("V2.3.1")
async def test_nothing_is_sent_without_an_approval(desk: Desk, olena: Freelancer) -> None:
    draft = await olena.draft(await olena.card())
    await olena.show(draft.id)
    with pytest.raises(NoResultFound):
        await execution.execute(desk.rt, desk.told, tenant_id=olena.tenant_id, action_id=draft.id)
    await desk.work(hurry=True)
    assert await desk.remote_proposals() == []


async def test_an_expired_approval_is_never_sent(desk: Desk, olena: Freelancer, clock: MovableClock) -> None:
    card_id = await olena.card()
    draft = await olena.draft(card_id)
    action = await olena.press(await olena.show(draft.id))
    clock.advance(hours=24)
    await desk.work(Job.EXECUTE_ACTION)
    assert await olena.state(action.id) is ActionState.APPROVED
    await desk.work(Job.EXPIRE_APPROVALS, hurry=True)
    assert await olena.state(action.id) is ActionState.EXPIRED
    assert await olena.draft_state(draft.id) == "ready"
    assert await olena.card_state(card_id) == "drafting"
    assert (action.id, "expired") in desk.told.actions
    await desk.work(Job.EXECUTE_ACTION, hurry=True)
    assert await desk.remote_proposals() == []
