"""/memory as a person walks it: what was learned, from what, made a rule, forgotten."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from bot.texts import CATALOGUES
from core.jobs_feed.models import JobCard
from core.learning.models import CardAnswer, LearnedRule
from tests.bot.looking import answers_after, check_outbox, newest
from tests.bot.person import JOB, Person, words_of
from tests.bot.stage import Stage
from tests.bot.test_lists import clone

CHEAP = {"kind": "FIXED", "amount": 120, "hourly_min": None, "hourly_max": None, "questions": []}


async def remembers(stage: Stage, person: Person, skips: int, takes: int) -> None:
    """Answers of the last weeks, beside the one that was really given."""
    account = await person.account()
    async with stage.rt.db.begin(account.tenant_id) as session:
        real = (await session.scalars(select(JobCard))).one()
        for number in range(skips + takes):
            card = clone(real, upwork_id=f"{real.upwork_id}-{number}")
            session.add(card)
            await session.flush()
            skipped = number < skips
            session.add(
                CardAnswer(
                    tenant_id=account.tenant_id,
                    id=uuid4(),
                    card_id=card.id,
                    numbers={"budget": 120.0 + number if skipped else 1500.0},
                    cold=60.0,
                    shown=60,
                    answer="skipped" if skipped else "approved",
                    reason="budget" if skipped else None,
                    answered_at=stage.rt.clock.now() - timedelta(days=30 - number),
                )
            )


@pytest.mark.parametrize("language", sorted(CATALOGUES))
async def test_a_habit_is_shown_made_a_rule_and_forgotten(stage: Stage, language: str) -> None:
    person = await stage.person(language=language)
    await person.onboards()
    await person.says("/memory")
    await person.sees(person.words.plain("memory.nothing")[:20])
    await stage.offers(**{**JOB, **CHEAP})
    await person.says("/jobs")
    await person.taps(next(label for label in await person.labels() if "FastAPI" in label))
    await person.presses("button.skip")
    await person.presses("skip.budget")
    await remembers(stage, person, 11, 6)

    await person.says("/memory")
    habit = person.words.plain("lesson.budget", value=200)
    shown = words_of(await person.last(containing=habit))
    assert "12" in shown  # eleven told, one given with the buttons
    assert f"{stage.rt.clock.now() - timedelta(days=30):%Y-%m-%d}" in shown
    tapped = await person.presses("button.rule", what=habit)
    assert tapped["answer"]["text"] == person.words.plain("memory.made")
    account = await person.account()
    async with stage.rt.db.begin(account.tenant_id) as session:
        [rule] = (await session.scalars(select(LearnedRule))).all()
        assert (rule.family, rule.below, rule.threshold, rule.answers) == ("budget", True, 200, 12)

    # The next one is scored by the worker's own role, and it rings nobody.
    before = await newest(person)
    await stage.offers(**{**JOB, **CHEAP, "title": "FastAPI import for a florist, one evening"})
    assert await answers_after(person, before) == []
    async with stage.rt.db.begin(account.tenant_id) as session:
        quiet = (await session.scalars(select(JobCard).order_by(JobCard.created_at.desc()).limit(1))).one()
        assert quiet.band == "silent"

    await person.presses("button.forget_habit", what=habit)
    assert habit not in words_of(await person.last(containing="🎯"))
    await person.presses("button.forget_learned")
    await person.presses("button.forget_learned_now")
    async with stage.rt.db.begin(account.tenant_id) as session:
        assert (await session.scalars(select(CardAnswer))).all() == []
        assert (await session.scalars(select(LearnedRule))).all() == []
    await check_outbox(stage)


async def test_an_approved_proposal_is_an_answer(stage: Stage) -> None:
    person = await stage.person()
    await person.drafts()
    await person.presses("button.review")
    await person.presses("button.send")
    account = await person.account()
    async with stage.rt.db.begin(account.tenant_id) as session:
        answer = (await session.scalars(select(CardAnswer))).one()
    assert (answer.answer, answer.reason) == ("approved", None)
    assert answer.numbers["hourly"] == 70
