"""A finished draft reaches its person, whatever happens between writing and showing it."""

from __future__ import annotations

from core.drafting import service as drafting
from core.jobs import Job
from tests.core.acting import Desk


async def test_a_draft_written_while_telegram_is_away_is_shown_later(desk: Desk) -> None:
    olena = await desk.freelancer()
    card_id = await olena.card()
    async with desk.rt.db.begin(olena.tenant_id) as session:
        draft = await drafting.request_proposal(session, card_id=card_id)
    desk.told.away = True
    await desk.work(Job.COMPOSE_DRAFT, Job.DELIVER_DRAFT)
    assert await olena.draft_state(draft.id) == "ready"
    assert desk.told.calls == []

    desk.told.away = False
    await desk.work(Job.COMPOSE_DRAFT, Job.DELIVER_DRAFT, hurry=True)
    assert desk.told.calls == [("draft", draft.id)]


async def test_a_draft_that_was_given_up_is_shown_as_well(desk: Desk) -> None:
    olena = await desk.freelancer()
    card_id = await olena.card()
    async with desk.rt.db.begin(olena.tenant_id) as session:
        draft = await drafting.request_proposal(session, card_id=card_id)
        assert await drafting.stop_composing(session, draft_id=draft.id)
    await desk.work(Job.DELIVER_DRAFT)
    assert desk.told.calls == [("draft", draft.id)]
