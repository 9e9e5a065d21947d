"""/limits says what models have cost and may cost, and is where that changes."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from core.jobs import Job
from tests.bot.person import words_of
from tests.bot.stage import Stage


@pytest.mark.parametrize("language", ["en", "uk"])
async def test_limits_show_what_models_cost_and_lower_it_at_once(stage: Stage, language: str) -> None:
    person = await stage.person(language=language)
    await person.onboards(link=False)
    account = await person.account()
    async with stage.rt.db.begin(account.tenant_id) as session:
        await session.execute(
            text(
                "insert into app.llm_spends (tenant_id, id, created_at, purpose, model, tokens_in, tokens_out, cost_usd)"
                " values (:t, gen_random_uuid(), now(), 'reading', 'm', 1, 1, 0.25),"
                " (:t, gen_random_uuid(), now() - interval '3 days', 'template', 'm', 1, 1, 1.5)"
            ),
            {"t": account.tenant_id},
        )
    await person.says("/limits")
    shown = words_of(await person.last(containing="$0.25"))
    for figure in ("$0.25", "$3.00", "$1.75", "$30.00"):
        assert figure in shown
    await person.presses("button.model_day")
    await person.says("1")
    assert "$1.00" in words_of(await person.last(containing="$0.25"))
    await person.presses("button.model_month")
    await person.says("1.60")
    assert "$1.60" in words_of(await person.last(containing="$0.25"))


async def test_over_the_limit_a_draft_is_refused_kindly(stage: Stage) -> None:
    person = await stage.person()
    await person.onboards(link=False)
    await person.says("/templates")
    await person.presses("button.template_add")
    await person.says("Short\nI would like to help with {job_title}.\nTell me more.")
    await person.says("/limits")
    await person.presses("button.model_day")
    await person.says("0")
    await person.says("/templates")
    await person.taps("Short")
    answered = await person.presses("button.template_improve")
    assert person.words.plain("error.limit_reached.llm_money") in str(answered)
    assert await stage.work(Job.IMPROVE_TEMPLATE) == []
