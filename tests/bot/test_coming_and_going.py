"""Users who leave and come back, updates that cannot be handled, frames that Telegram does not take."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from bot.notify import TelegramNotifier
from core import inbox
from core.jobs import Job
from tests.bot.person import JOB, Person, words_of
from tests.bot.stage import Stage

ANY = UUID(int=7)


async def is_away(person: Person) -> bool:
    return (await person.account()).unreachable


async def test_a_chat_that_is_no_longer_there_counts_as_left(stage: Stage) -> None:
    person = await stage.person()
    await person.onboards()
    await stage.breaks("sendMessage", "400")

    await stage.offers(**JOB)

    assert await is_away(person)


async def test_an_answer_to_a_chat_that_is_gone_ends_quietly(stage: Stage) -> None:
    person = await stage.person()
    await person.onboards(link=False)
    await stage.breaks("sendMessage", "400")

    await person.says("/help")

    assert await is_away(person)
    assert await stage.waiting_updates() == 0


async def test_a_card_that_found_nobody_comes_when_the_user_does(stage: Stage) -> None:
    person = await stage.person()
    await person.onboards()
    await stage.upwork("jobs", **JOB)
    await stage.work(Job.POLL_SEARCH, hurry=True)
    await stage.work(Job.SCORE_POSTINGS)
    await person.blocks()
    await stage.work(Job.DELIVER_CARD)
    assert not [item for item in await person.messages() if "reached you" in words_of(item)]

    await person.blocks(really=False)
    await stage.work(Job.DELIVER_CARD)

    cards = [item for item in await person.messages() if "reached you" in words_of(item)]
    assert len(cards) == 1
    # Coming back once more brings nothing twice.
    await person.blocks()
    await person.blocks(really=False)
    assert await stage.work(Job.DELIVER_CARD) == []


async def test_the_digest_waits_for_the_user_too(stage: Stage) -> None:
    person = await stage.person()
    await person.onboards()
    await stage.upwork("jobs", **JOB)
    await stage.work(Job.POLL_SEARCH, hurry=True)
    await stage.work(Job.SCORE_POSTINGS)
    tenant_id = (await person.account()).tenant_id
    async with stage.rt.db.begin(tenant_id) as session:
        await session.execute(text("update app.job_cards set band = 'digest'"))
        await session.execute(
            text("delete from app.work_items where job in ('deliver_card', 'deliver_digest')")
        )
    await person.blocks()
    await person.blocks(really=False)

    await stage.work(Job.DELIVER_DIGEST)

    assert str(JOB["title"])[:20] in words_of(await person.last())


async def test_an_update_that_is_given_up_is_owned_up_to(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = await stage.person(language="uk")
    await person.says("/start")
    tries: list[Any] = []

    async def fails(*_: Any) -> None:
        tries.append(1)
        raise RuntimeError

    monkeypatch.setattr(inbox, "MAX_ATTEMPTS", 2)
    monkeypatch.setattr(stage.dispatcher, "feed_update", fails)
    await person.says("Hello?")

    assert len(tries) == 2
    assert words_of(await person.last()) == person.words.plain("fallback.given_up")


async def test_giving_up_survives_a_telegram_that_is_away(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = await stage.person()
    await person.says("/start")

    async def fails(*_: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr(inbox, "MAX_ATTEMPTS", 1)
    monkeypatch.setattr(stage.dispatcher, "feed_update", fails)
    await stage.breaks("sendMessage", "500", times=10)
    await person.says("Hello?")

    assert await stage.waiting_updates() == 0


async def test_no_frame_can_stop_a_draft(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even one that fails for a reason nobody thought of, such as a database that is away."""
    person = await stage.person()
    await person.says("/start")
    account = await person.account()
    watcher = TelegramNotifier(stage.rt, stage.bot).draft_watcher(account.tenant_id, ANY)

    async def fails(*_: Any, **__: Any) -> None:
        raise OSError

    with monkeypatch.context() as patched:
        patched.setattr("bot.notify.load_account", fails)
        await watcher.progress("a few words")
    assert [call for call in await stage.outbox() if call["method"] == "sendMessageDraft"] == []


async def test_after_too_many_requests_no_frame_is_sent_for_as_long_as_telegram_said(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = await stage.person()
    await person.says("/start")
    account = await person.account()
    monkeypatch.setattr("bot.notify._FRAME_SECONDS", 0.0)
    watcher = TelegramNotifier(stage.rt, stage.bot).draft_watcher(account.tenant_id, ANY)
    await watcher.progress("one")
    await stage.breaks("sendMessageDraft", "429", retry_after=30)

    for words in ("two", "three", "four"):
        await watcher.progress(words)

    frames = [call["status"] for call in await stage.outbox() if call["method"] == "sendMessageDraft"]
    assert frames == [200, 429]
