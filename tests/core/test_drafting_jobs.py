"""Whatever goes wrong while a draft is written, the person gets it, or their card, back and can go on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest

from core.drafting import service as drafting
from core.drafting import workflow
from core.drafting.draft import Chip, DraftOutput, Finished, TextDelta
from core.drafting.models import Draft, VersionSource
from core.drafting.service import Change
from core.errors import Conflict, Unavailable
from core.jobs import Job
from core.profile import service as profiles
from tests.core.acting import Desk, Freelancer
from tests.core.upwork_side import MovableClock

PROFILE = """Senior Python developer, 8 years of experience with FastAPI, PostgreSQL and Docker.
Built a payments backend on Stripe for a marketplace: 40,000 orders a month.
English: fluent. Rate: $55/hr
"""


@pytest.fixture
async def olena(desk: Desk) -> Freelancer:
    freelancer = await desk.freelancer()
    async with desk.rt.db.begin(freelancer.tenant_id) as session:
        keys = await desk.rt.keys(session)
        await profiles.save_profile(session, keys, profiles.read_text(PROFILE), replace=True)
    return freelancer


async def ask(olena: Freelancer) -> Draft:
    card_id = await olena.card()
    async with olena.rt.db.begin(olena.tenant_id) as session:
        return await drafting.request_proposal(session, card_id=card_id)


async def current(olena: Freelancer, draft: Draft) -> DraftOutput:
    async with olena.rt.db.begin(olena.tenant_id) as session:
        row = await drafting.get_draft(session, draft_id=draft.id)
        return (await drafting.get_version(session, await olena.rt.keys(session), row)).output


def composing(*events: Any) -> Any:
    """Stands in for the composer: yields what it is given, raises what is an error."""

    async def compose(*_: object, **__: object) -> AsyncIterator[Any]:
        for event in events:
            if isinstance(event, BaseException):
                raise event
            if callable(event):
                await event()
            else:
                yield event

    return compose


async def test_a_draft_is_written_shown_and_ready(desk: Desk, olena: Freelancer) -> None:
    draft = await ask(olena)
    assert await desk.work(Job.COMPOSE_DRAFT) == ["done"]
    assert await olena.draft_state(draft.id) == "ready"
    await desk.work(Job.DELIVER_DRAFT)
    assert ("draft", draft.id) in desk.told.calls
    output = await current(olena, draft)
    assert output.letter
    assert output.bid is not None
    assert output.bid.amount == Decimal(55)


@pytest.mark.parametrize(
    "error", [KeyError("a bug"), RuntimeError("no result"), Unavailable("model"), TimeoutError()]
)
async def test_a_composer_that_keeps_failing_gives_the_card_back(
    desk: Desk, olena: Freelancer, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    draft = await ask(olena)
    assert draft.card_id is not None
    with monkeypatch.context() as patch:
        patch.setattr(workflow, "compose", composing(TextDelta("Dear"), error))
        assert await desk.work(Job.COMPOSE_DRAFT) == ["retried"]
        assert await olena.draft_state(draft.id) == "composing"
        assert await desk.work(Job.COMPOSE_DRAFT, hurry=True) == ["buried"]
    assert await olena.draft_state(draft.id) == "closed"
    assert await olena.card_state(draft.card_id) == "shown"
    await desk.work(Job.DELIVER_DRAFT)
    assert ("draft", draft.id) in desk.told.calls

    # The person presses the button again, and this time it works.
    async with desk.rt.db.begin(olena.tenant_id) as session:
        again = await drafting.request_proposal(session, card_id=draft.card_id)
    assert again.id != draft.id
    await desk.work(Job.COMPOSE_DRAFT)
    assert await olena.draft_state(again.id) == "ready"


async def test_a_revision_that_keeps_failing_leaves_the_text_as_it_was(
    desk: Desk, olena: Freelancer, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = await ask(olena)
    await desk.work(Job.COMPOSE_DRAFT)
    before = await current(olena, draft)
    async with desk.rt.db.begin(olena.tenant_id) as session:
        keys = await desk.rt.keys(session)
        await drafting.request_change(session, keys, draft_id=draft.id, change=Change(chip=Chip.SHORTER))
    with monkeypatch.context() as patch:
        patch.setattr(workflow, "compose", composing(KeyError("a bug")))
        await desk.work(Job.COMPOSE_DRAFT)
        await desk.work(Job.COMPOSE_DRAFT, hurry=True)
    assert await olena.draft_state(draft.id) == "ready"
    assert await current(olena, draft) == before
    async with desk.rt.db.begin(olena.tenant_id) as session:
        row = await drafting.get_draft(session, draft_id=draft.id)
        assert row.request_sealed is None
        await drafting.set_bid(session, await desk.rt.keys(session), draft_id=draft.id, amount=Decimal(60))


async def test_a_draft_whose_job_got_lost_is_asked_for_again_with_the_same_button(
    desk: Desk, olena: Freelancer
) -> None:
    draft = await ask(olena)
    await desk.owner_sql("delete from app.work_items where job = 'compose_draft'")
    assert draft.card_id is not None
    async with desk.rt.db.begin(olena.tenant_id) as session:
        same = await drafting.request_proposal(session, card_id=draft.card_id)
    assert same.id == draft.id
    assert await desk.work(Job.COMPOSE_DRAFT) == ["done"]
    assert await olena.draft_state(draft.id) == "ready"


async def test_a_posting_that_was_purged_meanwhile_closes_the_draft(
    desk: Desk, olena: Freelancer, clock: MovableClock
) -> None:
    draft = await ask(olena)
    clock.advance(hours=24)
    await desk.work(Job.PURGE_CONTENT, hurry=True)
    assert await desk.work(Job.COMPOSE_DRAFT) == ["done"]
    assert await olena.draft_state(draft.id) == "closed"
    await desk.work(Job.DELIVER_DRAFT)
    assert ("draft", draft.id) in desk.told.calls
    assert draft.card_id is not None
    assert await olena.card_state(draft.card_id) == "shown"
    async with desk.rt.db.begin(olena.tenant_id) as session:
        with pytest.raises(Conflict) as caught:
            await drafting.request_proposal(session, card_id=draft.card_id)
    assert caught.value.data["reason"] == "purged"


async def test_stopped_before_the_first_word_nothing_is_left_behind(
    desk: Desk, olena: Freelancer, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = await ask(olena)
    empty = Finished(DraftOutput(letter="  ", language="en"))
    monkeypatch.setattr(workflow, "compose", composing(empty))
    await desk.work(Job.COMPOSE_DRAFT)
    assert await olena.draft_state(draft.id) == "closed"
    assert draft.card_id is not None
    assert await olena.card_state(draft.card_id) == "shown"


async def test_discarded_while_it_was_written_it_stays_discarded(
    desk: Desk, olena: Freelancer, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = await ask(olena)

    async def discard() -> None:
        async with desk.rt.db.begin(olena.tenant_id) as session:
            await drafting.discard(session, draft_id=draft.id)

    late = Finished(DraftOutput(letter="Dear client", language="en"))
    monkeypatch.setattr(workflow, "compose", composing(discard, late))
    await desk.work(Job.COMPOSE_DRAFT, Job.DELIVER_DRAFT)
    assert await olena.draft_state(draft.id) == "closed"
    assert ("draft", draft.id) not in desk.told.calls


async def test_a_chat_that_is_gone_or_away_costs_no_text(desk: Desk, olena: Freelancer) -> None:
    draft = await ask(olena)
    desk.told.away = True
    assert await desk.work(Job.COMPOSE_DRAFT, Job.DELIVER_DRAFT) == ["done", "retried"]
    assert await olena.draft_state(draft.id) == "ready"
    written = await current(olena, draft)
    desk.told.away = False
    assert await desk.work(Job.COMPOSE_DRAFT, Job.DELIVER_DRAFT, hurry=True) == ["done"]
    assert await current(olena, draft) == written
    assert ("draft", draft.id) in desk.told.calls


async def test_two_replies_typed_at_once_are_one_draft(desk: Desk, olena: Freelancer) -> None:
    room = await olena.room()

    async def type_reply(words: str) -> Draft:
        async with desk.rt.db.begin(olena.tenant_id) as session:
            keys = await desk.rt.keys(session)
            return await drafting.write_reply(session, keys, room_id=room.id, text=words)

    made = await asyncio.gather(*(type_reply(f"Answer {number}") for number in range(5)))
    assert len({draft.id for draft in made}) == 1
    async with desk.rt.db.begin(olena.tenant_id) as session:
        row = await drafting.get_draft(session, draft_id=made[0].id)
        assert row.current == 5
        version = await drafting.get_version(session, await desk.rt.keys(session), row)
    assert version.row.source == VersionSource.EDITED
