"""A card goes out as the rules read it and says more once the cheap model has read: each as its own kind of worker."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from pydantic import SecretStr
from sqlalchemy import text

from core.drafting.llm import LLMEndpoint, Vendor
from core.drafting.llm_openai import OpenAILLM
from core.jobs import Job
from tests.bot.person import words_of
from tests.bot.stage import Stage

JOB = {
    "title": "FastAPI backend with Stripe payments",
    "description": (
        "We need a senior Python developer to build a payments API in FastAPI with PostgreSQL and Docker."
        " How many orders a day have you handled?"
    ),
    "questions": [],
}


@pytest.fixture
async def reading(stage: Stage) -> AsyncIterator[Stage]:
    """The stage with a model that reads."""
    plain = stage.rt
    model = OpenAILLM(
        LLMEndpoint(
            vendor=Vendor.OPENAI,
            api_key=SecretStr("sk-sandbox"),
            model_fast="gpt-5-mini",
            model_smart="gpt-5",
            model_triage="gpt-6-luna",
            base_url=f"{plain.settings.telegram_api_base}/llm/v1",
        )
    )
    stage.rt = replace(plain, llm=model)
    yield stage
    await model.aclose()


async def test_the_card_is_not_held_up_and_then_says_who_read(reading: Stage) -> None:
    person = await reading.person()
    await person.onboards()
    await reading.offers(**JOB)
    first = await person.last(containing="FastAPI backend")
    assert "Read by a language model" not in words_of(first)
    assert await reading.work(Job.READ_POSTING) == ["done"]
    card = await person.last(containing="FastAPI backend")
    assert card["message_id"] == first["message_id"]
    assert "Read by a language model" in words_of(card)
    assert "payments API" in words_of(card)
    account = await person.account()
    async with reading.rt.db.begin(account.tenant_id) as session:
        rows = await session.execute(text("select purpose, model, cost_usd from app.llm_spends"))
        [(purpose, model, cost)] = rows.all()
    assert (purpose, model) == ("reading", "gpt-6-luna")
    assert 0 < cost < 1
    await person.presses("button.draft")
    assert await reading.work(Job.READ_POSTING) == ["done"]
    calls = (await reading.http.get("/llm/control/prompts")).json()["prompts"]
    assert len([call for call in calls if call["model"] == "gpt-6-luna"]) == 1


async def test_a_card_that_is_delivered_late_has_been_read_already(reading: Stage) -> None:
    person = await reading.person(language="uk")
    await person.onboards()
    await reading.upwork("jobs", **JOB)
    await reading.work(Job.POLL_SEARCH, hurry=True)
    await reading.work(Job.SCORE_POSTINGS, Job.READ_POSTING)
    await reading.work(Job.DELIVER_CARD)
    assert "Прочитала мовна модель" in words_of(await person.last(containing="FastAPI backend"))
