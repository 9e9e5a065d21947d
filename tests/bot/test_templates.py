"""The library of templates in the chat, a better wording on request, and a letter made from one on a job card."""

from __future__ import annotations

from dataclasses import replace

from pydantic import SecretStr
from sqlalchemy import text

from core.drafting.llm import LLMEndpoint, Vendor
from core.drafting.llm_openai import OpenAILLM
from core.jobs import Job
from tests.bot.person import JOB, TEMPLATE, words_of
from tests.bot.stage import Stage


async def test_a_template_from_typing_it_to_a_checked_letter(stage: Stage) -> None:
    person = await stage.person()
    await person.onboards()
    await person.says("/templates")
    await person.presses("button.template_add")
    await person.says("Mine\nHi, about {job_titel}")
    assert "Did you mean {job_title}?" in words_of(await person.last())
    await person.says(TEMPLATE)
    assert "not enough data yet" in words_of(await person.last(containing="Payments"))

    await stage.offers(**JOB)
    await person.presses("button.from_template")
    await person.taps(next(label for label in await person.labels() if label.startswith("Payments ·")))
    await stage.work(Job.COMPOSE_DRAFT)

    draft = words_of(await person.last(containing="Version 1"))
    assert f"Your “{JOB['title']}” is close to what I do" in draft
    assert "Made from your template “Payments”" in draft
    assert "Not among your facts: “19 years, Rust” in “I have 19 years of Rust”" in draft
    assert "BLUE" in draft


async def test_several_come_from_a_file_and_a_picture_is_refused(stage: Stage) -> None:
    person = await stage.person()
    await person.onboards(link=False)
    await person.says("/templates")
    await person.presses("button.template_import")
    await person.uploads("document", "letters.pdf", b"%PDF-1.4")
    assert ".txt or .md" in words_of(await person.last())
    await person.uploads(
        "document", "letters.md", "# One\nHi {client_name}.\n\n# Два\nПишу щодо {job_title}.".encode()
    )
    assert "Kept: 2 templates" in words_of(await person.last(containing="Kept"))
    library = words_of(await person.last(containing="Your templates"))
    assert "One" in library
    assert "Два" in library
    await person.taps("One")
    await person.presses("button.template_delete")
    assert "One" not in words_of(await person.last(containing="Your templates"))


async def test_without_a_model_improving_says_so_and_with_one_it_offers(stage: Stage) -> None:
    person = await stage.person()
    await person.onboards(link=False)
    await person.says("/templates")
    await person.presses("button.template_add")
    await person.says("Short\nI would really like to help with {job_title}.\nTell me more.")
    await person.presses("button.template_improve")
    await stage.work(Job.IMPROVE_TEMPLATE)
    assert "without a language model" in words_of(await person.last())

    plain = stage.rt
    model = OpenAILLM(
        LLMEndpoint(
            vendor=Vendor.OPENAI,
            api_key=SecretStr("sk-sandbox"),
            model_fast="gpt-5-mini",
            model_smart="gpt-5",
            base_url=f"{plain.settings.telegram_api_base}/llm/v1",
        )
    )
    stage.rt = replace(plain, llm=model)
    await person.presses("button.template_improve")
    await stage.work(Job.IMPROVE_TEMPLATE)
    await model.aclose()
    await person.presses("button.template_take")
    assert "I would like to help with {job_title}." in words_of(await person.last(containing="Short"))
    account = await person.account()
    async with plain.db.begin(account.tenant_id) as session:
        spent = await session.execute(text("select purpose, tokens_in, cost_usd from app.llm_spends"))
        [(purpose, tokens, cost)] = spent.all()
    assert purpose == "template"
    assert tokens > 0
    assert cost > 0
