"""A draft while it is written: frames, Stop, and a model that means no good."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from pydantic import SecretStr

from core.drafting.vendors import open_llm
from core.jobs import Job
from core.runtime import Runtime
from tests.bot.looking import check_messages, check_outbox
from tests.bot.person import JOB, words_of
from tests.bot.stage import Stage


@pytest.fixture
async def writing(stage: Stage) -> AsyncIterator[Stage]:
    """The same stage with a language model that writes a few words a second."""
    settings = stage.rt.settings.model_copy(
        update={
            "openai_api_key": SecretStr("sk-of-the-sandbox"),
            "openai_base_url": f"{str(stage.http.base_url).rstrip('/')}/llm/openai/v1",
        }
    )
    llm = open_llm(settings)
    assert llm is not None
    model: Runtime = replace(stage.rt, settings=settings, llm=llm)
    stage.rt = model
    stage.notifier = type(stage.notifier)(model, stage.bot)
    yield stage
    await llm.aclose()


async def frames(stage: Stage) -> list[dict[str, Any]]:
    return [call for call in await stage.outbox() if call["method"] == "sendMessageDraft"]


async def test_a_streamed_draft_stops_when_asked_and_keeps_what_was_written(writing: Stage) -> None:
    person = await writing.person()
    await person.onboards()
    await writing.offers(**JOB)
    await writing.model(mode="slow", words_per_second=8)
    await person.presses("button.draft")
    composing = asyncio.ensure_future(writing.work(Job.COMPOSE_DRAFT))

    async def some_words() -> bool:
        return len(await frames(writing)) >= 3

    await writing.until(some_words, "the draft grows before the eyes")
    chat = (await writing.http.get(f"/user/{person.user_id}/chat")).json()
    assert chat["draft"]["can_stop"]
    stopped = await writing.http.post(f"/user/{person.user_id}/stop", json={})
    assert stopped.status_code == 200
    assert set(await asyncio.wait_for(composing, 15)) == {"done"}

    draft = await person.last(containing="Version 1")
    assert "You stopped the writing here" in words_of(draft)
    thinking, *grown = await frames(writing)
    assert "text" not in thinking["params"]
    shown = [call["params"]["text"] for call in grown]
    assert shown[0].split()[0] in words_of(draft)
    assert all(later.startswith(earlier) for earlier, later in pairwise(shown))
    prompts = (await writing.http.get("/llm/control/prompts")).json()["prompts"]
    assert prompts[-1]["outcome"] == "client_gone"
    # It is a draft like any other: it can be gone on with.
    await writing.model(mode="normal")
    await person.presses("button.rewrite")
    await writing.work(Job.COMPOSE_DRAFT)
    assert "You stopped" not in words_of(await person.last(containing="Version 2"))
    await check_outbox(writing)


async def test_frames_are_throttled(writing: Stage) -> None:
    """A hundred words a second are a few frames, or Telegram would close the door."""
    person = await writing.person()
    await person.onboards()
    await writing.offers(**JOB)
    await person.presses("button.draft")
    await writing.work(Job.COMPOSE_DRAFT)
    assert "written by" in words_of(await person.last(containing="Version 1"))
    assert 2 <= len(await frames(writing)) <= 6


async def test_a_frame_that_telegram_refuses_does_not_stop_the_writing(writing: Stage) -> None:
    person = await writing.person()
    await person.onboards()
    await writing.offers(**JOB)
    await person.presses("button.draft")
    await writing.breaks("sendMessageDraft", "429", times=50, retry_after=30)
    await writing.work(Job.COMPOSE_DRAFT)
    assert "Version 1" in words_of(await person.last(containing="written by"))


async def test_what_an_evil_model_writes_is_shown_as_text_and_held_up(writing: Stage) -> None:
    person = await writing.person()
    await person.onboards()
    await writing.offers(**JOB)
    await writing.model(mode="evil")
    await person.presses("button.draft")
    await writing.work(Job.COMPOSE_DRAFT)
    await person.presses("button.review")

    assert "Send exactly" not in str([item["keyboard"] for item in await person.messages()])
    assert "Not among your facts" in await person.transcript()
    await check_messages(person, ["send_message"])
    await check_outbox(writing)
    await writing.work(Job.EXECUTE_ACTION)
    assert await writing.upwork_get("proposals") == []
