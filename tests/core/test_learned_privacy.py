"""What was learned of a person outlives the postings as numbers alone, and is part of their copy and of their erasure."""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy import select

from core.drafting import service as drafting
from core.drafting.models import Draft, DraftState, VersionSource
from core.drafting.own_style import learned_style
from core.jobs_feed import service as feed
from core.jobs_feed.models import PostingRow
from core.learning.answers import load_answers
from core.privacy.rules import RULES, Export
from core.privacy.tables import TABLES
from core.purge import purge_content
from tests.core.acting import Desk, Freelancer
from tests.core.feeding import cards, known, poll, post, search
from tests.core.test_own_style import send
from tests.core.upwork_side import MovableClock

LEARNED = {
    "card_answers",
    "learned_rules",
    "style_forgets",
    "templates",
    "template_uses",
    "experiments",
    "experiment_draws",
}


def test_all_of_it_is_given_out_and_goes_with_its_person() -> None:
    """test_export and test_erase walk every table of TABLES that is a person's: these are among them."""
    assert set(TABLES) >= LEARNED
    for name in LEARNED:
        assert "tenant_id" in TABLES[name].c
        assert RULES[name].export is Export.ROWS, name


async def test_an_answer_outlives_its_posting_without_a_word_of_it(desk: Desk, clock: MovableClock) -> None:
    olena = await known(desk)
    await search(olena)
    await post(desk, "Ledger for a florist")
    await poll(desk)
    [card] = await cards(olena)
    async with desk.rt.db.begin(olena.tenant_id) as session:
        await feed.skip_card(session, card_id=card.id, reason="budget", clock=clock)
    clock.advance(hours=25)
    assert await purge_content(desk.rt, tenant_id=olena.tenant_id) > 0
    async with desk.rt.db.begin(olena.tenant_id) as session:
        assert (await session.scalars(select(PostingRow))).all() == []
        [answer] = await load_answers(session)
    assert answer.numbers["hourly"] == 70
    [row] = await desk.owner_sql("select * from app.card_answers")
    assert "florist" not in str(row).lower()


async def letters(olena: Freelancer) -> int:
    async with olena.rt.db.begin(olena.tenant_id) as session:
        return (await learned_style(session, await olena.rt.keys(session))).letters


async def test_after_a_day_only_own_letters_still_teach(desk: Desk, clock: MovableClock) -> None:
    olena = await desk.freelancer()
    card_id = await olena.card()
    await send(olena, card_id, VersionSource.MODEL)
    async with olena.rt.db.begin(olena.tenant_id) as session:
        keys = await olena.rt.keys(session)
        for draft in (await session.scalars(select(Draft))).all():
            draft.state = DraftState.READY
            await drafting.set_bid(session, keys, draft_id=draft.id, amount=Decimal(60))
            draft.state = DraftState.APPROVED
    await send(olena, card_id, VersionSource.EDITED)
    assert await letters(olena) == 3
    clock.advance(hours=25)
    assert await purge_content(desk.rt, tenant_id=olena.tenant_id) > 0
    assert await letters(olena) == 3
