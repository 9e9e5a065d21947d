"""The chances on a card, what a boost may cost where a person decides on one, and the market in /stats."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from bot.texts import CATALOGUES
from core.jobs import Job
from core.jobs_feed.models import JobCard
from core.searches.models import SavedSearch
from tests.bot.looking import check_outbox
from tests.bot.person import JOB, Person, words_of
from tests.bot.stage import Stage
from tests.bot.test_lists import clone

FIXED = {"kind": "FIXED", "amount": 900, "hourly_min": None, "hourly_max": None, "questions": []}


@pytest.mark.parametrize("language", sorted(CATALOGUES))
async def test_a_boost_is_told_with_its_sum_before_anything_is_sent(stage: Stage, language: str) -> None:
    person = await stage.person(language=language)
    await person.onboards()
    await stage.offers(**{**JOB, **FIXED})
    card = words_of(await person.last(containing="FastAPI backend"))
    # Published: 7.45 % and 7.5 points for the first hour; every fourth answer a contract.
    assert "15%" in card
    assert "4%" in card
    await person.presses("button.draft")
    await stage.work(Job.COMPOSE_DRAFT)
    await person.presses("button.review")
    shown = words_of(await person.last(containing="🚀"))
    # (7.45 % + 7.5 points) / 4 / 2 of $810, over $0.15: a hundred.
    assert "100 Connects" in shown
    assert "$810" in shown
    assert "1.9%" in shown
    assert "$0.15" in shown
    await check_outbox(stage)


async def test_an_hourly_job_says_nothing_of_a_boost(stage: Stage) -> None:
    person = await stage.person()
    await person.drafts()
    await person.presses("button.review")
    assert "🚀" not in words_of(await person.last(containing="Ready to send"))
    assert "boost" not in words_of(await person.last(containing="Odds"))


async def weeks_of_cards(stage: Stage, person: Person, weeks: int) -> None:
    """Six postings a week, paid a little better each week."""
    account = await person.account()
    now = stage.rt.clock.now()
    async with stage.rt.db.begin(account.tenant_id) as session:
        await session.execute(update(SavedSearch).values(created_at=now - timedelta(days=100)))
        real = (await session.scalars(select(JobCard))).one()
        for week in range(weeks):
            for number in range(6):
                card = clone(
                    real,
                    upwork_id=f"{real.upwork_id}-{week}-{number}",
                    seen_at=now - timedelta(days=7 * week + 1 + number / 2),
                    facts={"numbers": {"hourly": 40.0 + 2 * (weeks - week), "crowd": 10.0}},
                )
                session.add(card)


@pytest.mark.parametrize("language", sorted(CATALOGUES))
async def test_the_market_says_what_it_counts_what_it_expects_and_when_it_cannot(
    stage: Stage, language: str
) -> None:
    person = await stage.person(language=language)
    await person.onboards()
    await stage.offers(**JOB)
    await person.says("/stats")
    few = words_of(await person.last(containing="📈"))
    assert person.words.plain("market.few", weeks=0, needed=4, n=3) in few
    await weeks_of_cards(stage, person, 8)
    await person.says("/stats")
    told = words_of(await person.last(containing="📈"))
    assert re.search(r"\+\$2\.0", told)
    assert person.words.plain("market.budget", trend=person.words.plain("market.unknown")) in told
    assert person.words.plain("market.range").split(",")[0].replace("<i>", "") in told
    await check_outbox(stage)
