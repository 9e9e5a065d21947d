"""An experiment in the chat: begun, drawn for each new draft, read with its doubt, stopped and kept."""

from __future__ import annotations

from sqlalchemy import text

from core.jobs import Job
from tests.bot.person import JOB, words_of
from tests.bot.stage import Stage


async def test_an_experiment_from_beginning_to_keeping(stage: Stage) -> None:
    person = await stage.person()
    await person.onboards()
    await person.says("/experiments")
    refused = await person.presses("experiment.try_template")
    assert "at least two" in refused["answer"]["text"]
    await person.presses("experiment.try_length")
    assert "about 220 words" in words_of(await person.last(containing="I would compare"))
    await person.presses("button.back")
    await person.presses("experiment.try_length")
    await person.presses("experiment.split_fixed")
    assert "Not enough data yet" in words_of(await person.last(containing="Length"))

    letters = []
    for number in range(2):
        await stage.offers(**{**JOB, "title": f"{JOB['title']} {number}"})
        await person.presses("button.draft")
        await stage.work(Job.COMPOSE_DRAFT)
        await person.presses("button.rewrite")
        await stage.work(Job.COMPOSE_DRAFT)
        letters.append(words_of(await person.last(containing="Version 2")))
    account = await person.account()
    async with stage.rt.db.begin(account.tenant_id) as session:
        drawn = await session.scalars(text("select variant from app.experiment_draws"))
        assert sorted(drawn) == [0, 1]
    assert abs(len(letters[0]) - len(letters[1])) > 100

    await person.says("/experiments")
    shown = words_of(await person.last(containing="Length"))
    assert shown.count("1 draft,") == 2
    await person.presses("experiment.keep", name=person.words.plain("experiment.as_80"))
    assert "All your drafts: about 80 words" in words_of(await person.last(containing="Length"))
    await person.presses("experiment.end_kept", what=person.words.plain("experiment.factor_length"))
    assert "stopped" in words_of(await person.last(containing="Length"))
