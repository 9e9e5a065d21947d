"""Answers in the database: noted with the card's numbers, read with what became of them, forgotten for good."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from core.db import Database
from core.errors import NotFound
from core.jobs_feed import service as feed
from core.jobs_feed.models import JobCard
from core.learning import answers
from core.learning.models import CardAnswer, LearnedRule
from core.matching.learning import Answer, Answered, Family
from core.matching.score import DEFAULT_WEIGHTS
from core.security.models import AuditEvent
from tests.core.acting import Desk, Freelancer
from tests.core.feeding import cards, known, poll, post, search
from tests.core.test_funnel import History
from tests.core.upwork_side import MakeTenant, MovableClock


@pytest.fixture
async def olena(desk: Desk) -> Freelancer:
    return await known(desk)


async def read(freelancer: Freelancer) -> list[Answered]:
    async with freelancer.rt.db.begin(freelancer.tenant_id) as session:
        return await answers.load_answers(session)


async def test_an_answer_keeps_the_cards_numbers_and_no_words(
    desk: Desk, olena: Freelancer, clock: MovableClock
) -> None:
    await search(olena)
    await post(desk)
    await poll(desk)
    [card] = await cards(olena)
    async with desk.rt.db.begin(olena.tenant_id) as session:
        await feed.skip_card(session, card_id=card.id, reason="budget", clock=clock)
    [answer] = await read(olena)
    assert (answer.answer, answer.reason, answer.wanted) == (Answer.SKIPPED, "budget", False)
    assert answer.numbers["hourly"] == 70
    assert answer.numbers["spent"] == 90000
    assert answer.total == pytest.approx(card.total, abs=0.5)
    [(stored,)] = await desk.owner_sql("select numbers from app.card_answers")
    assert all(isinstance(value, int | float) for value in stored.values())
    assert set(stored) <= {family.value for family in Family}


async def test_a_later_answer_replaces_and_bringing_back_takes_it_back(
    desk: Desk, olena: Freelancer, clock: MovableClock
) -> None:
    await search(olena)
    await post(desk)
    await poll(desk)
    [card] = await cards(olena)
    async with desk.rt.db.begin(olena.tenant_id) as session:
        await feed.skip_card(session, card_id=card.id, reason="budget", clock=clock)
        await feed.save_card(session, card_id=card.id, clock=clock)
    assert [answer.answer for answer in await read(olena)] == [Answer.SAVED]
    async with desk.rt.db.begin(olena.tenant_id) as session:
        await feed.restore_card(session, card_id=card.id)
    assert await read(olena) == []


class Past(History):
    """A history with answers to its cards."""

    def answered(self, search_id: UUID, job: str, days: float, answer: Answer, **numbers: float) -> UUID:
        card_id = self.card(search_id, job, days)
        self.add(
            CardAnswer,
            card_id=card_id,
            numbers=numbers,
            cold=60.0,
            shown=62,
            answer=answer,
            reason="budget" if answer is Answer.SKIPPED else None,
            answered_at=self.ago(days),
        )
        return card_id


async def a_year(db: Database, make_tenant: MakeTenant, clock: MovableClock) -> UUID:
    """Twelve cheap jobs skipped, six good ones taken."""
    past = Past((await make_tenant()).tenant_id, clock.now())
    python = past.search()
    for number in range(12):
        past.answered(
            python, f"cheap-{number}", 40 - number, Answer.SKIPPED, budget=100.0 + number, contract=1.0
        )
    for number in range(6):
        past.answered(python, f"good-{number}", 20 - number, Answer.APPROVED, budget=2000.0, contract=1.0)
    await past.write(db)
    return past.tenant_id


async def test_what_became_of_an_answer_is_read_with_it(
    db: Database, make_tenant: MakeTenant, clock: MovableClock
) -> None:
    past = Past((await make_tenant()).tenant_id, clock.now())
    python = past.search()
    plain = past.answered(python, "a", 9, Answer.APPROVED)
    past.draft(9, card_id=plain)
    edited = past.answered(python, "b", 8, Answer.APPROVED)
    draft_id = past.draft(8, card_id=edited)
    past.rows[-1].source = "edited"
    past.action(draft_id, "b", 8)
    past.outcome("b", "hired", viewed=True)
    past.message("b", 5)
    past.answered(python, "c", 7, Answer.SKIPPED)
    past.message("c", 5)
    past.answered(python, "d", 6, Answer.APPROVED)
    past.message("d", 7)  # an invitation, from before
    await past.write(db)
    async with db.begin(past.tenant_id) as session:
        found = await answers.load_answers(session)
    assert [(each.edited, each.sent, each.replied, each.hired) for each in found] == [
        (False, False, False, False),
        (True, True, True, True),
        (False, False, False, False),
        (False, False, False, False),
    ]


async def test_a_habit_becomes_a_rule_only_when_asked_and_is_forgotten_with_its_numbers(
    db: Database, make_tenant: MakeTenant, clock: MovableClock
) -> None:
    tenant_id = await a_year(db, make_tenant, clock)
    async with db.begin(tenant_id) as session:
        memory = await answers.load_memory(session, DEFAULT_WEIGHTS)
        assert (memory.answers, memory.rules) == (18, ())
        [habit] = memory.habits
        assert (habit.family, habit.answers, habit.skipped) == (Family.BUDGET, 12, 12)
        assert habit.since == clock.now() - timedelta(days=40)
        await answers.make_rule(session, Family.BUDGET)
    async with db.begin(tenant_id) as session:
        memory = await answers.load_memory(session, DEFAULT_WEIGHTS)
        assert memory.rules == (habit,)
        assert memory.habits == ()
        with pytest.raises(NotFound):
            await answers.make_rule(session, Family.CROWD)
        await answers.forget(session, [Family.BUDGET])
    async with db.begin(tenant_id) as session:
        memory = await answers.load_memory(session, DEFAULT_WEIGHTS)
        assert (memory.answers, memory.rules, memory.habits) == (18, (), ())
        rows = (await session.scalars(select(CardAnswer))).all()
        assert all(row.numbers == {"contract": 1.0} for row in rows)
        events = set(await session.scalars(select(AuditEvent.event)))
    assert {"rule.made", "rule.forgotten"} <= events


async def test_forgetting_everything_leaves_nothing_and_nobody_elses(
    db: Database, make_tenant: MakeTenant, clock: MovableClock
) -> None:
    mine, theirs = await a_year(db, make_tenant, clock), await a_year(db, make_tenant, clock)
    async with db.begin(mine) as session:
        await answers.make_rule(session, Family.BUDGET)
        await answers.forget_all(session)
    for tenant_id, left in ((mine, 0), (theirs, 18)):
        async with db.begin(tenant_id) as session:
            assert len((await session.scalars(select(CardAnswer))).all()) == left
            assert (await session.scalars(select(LearnedRule))).all() == []
            assert len((await session.scalars(select(JobCard))).all()) == 18


async def test_answers_move_the_scores_of_new_cards_and_a_rule_keeps_them_quiet(
    desk: Desk, olena: Freelancer, clock: MovableClock
) -> None:
    python = await search(olena)
    past = Past(olena.tenant_id, clock.now())
    for number in range(12):
        past.answered(python, f"cheap-{number}", 40 - number, Answer.SKIPPED, hourly=8.0, fit=80.0)
    for number in range(8):
        card_id = past.answered(python, f"good-{number}", 20 - number, Answer.APPROVED, hourly=70.0, fit=80.0)
        past.action(past.draft(20 - number, card_id=card_id), f"good-{number}", 20 - number)
    await past.write(desk.rt.db)
    await post(desk, "FastAPI for a clinic", hourly_min=5, hourly_max=8)
    await post(desk, "FastAPI for a school", hourly_min=60, hourly_max=80)
    await poll(desk)
    poor, rich = await new_cards(olena)
    assert poor.total < poor.facts["numbers"]["cold"] - 1
    assert rich.total >= rich.facts["numbers"]["cold"] - 1
    async with desk.rt.db.begin(olena.tenant_id) as session:
        shown = await feed.get_card(session, card_id=poor.id)
        assert shown.score is not None
        codes = {item.code.value for axis in (shown.score.fit, shown.score.odds) for item in axis.evidence}
        # 8 proposals were sent more than a week ago: the chances are partly their own.
        assert {"learned", "chances"} <= codes
        assert "own_rule" not in codes
        await answers.make_rule(session, Family.HOURLY)
    await post(desk, "FastAPI for a museum", hourly_min=5, hourly_max=8)
    await poll(desk)
    [first, quiet] = (await new_cards(olena))[:2]
    assert (first.id, quiet.band) == (poor.id, "silent")


async def new_cards(freelancer: Freelancer) -> list[JobCard]:
    """Cards made of postings, without those of the written history; what pays least first, the older of equals before."""
    found = [card for card in await cards(freelancer) if card.facts.get("numbers")]
    return sorted(found, key=lambda card: float(card.facts["pay"]))
