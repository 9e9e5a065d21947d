"""The one button that sends: used once, by its owner, for the text it was shown with."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from aiogram.types import Update

from bot.callbacks import ActionCb
from core.jobs import Job
from tests.bot.looking import (
    ACTION_VERBS,
    answers_after,
    data_of,
    ids,
    newest,
    refused,
    stored,
)
from tests.bot.person import words_of
from tests.bot.stage import Stage
from tests.conftest import FakeClock


async def test_an_approved_draft_takes_no_more_presses(stage: Stage) -> None:
    person = await stage.person()
    draft = await person.drafts()
    pressed = [
        await data_of(person, label) for label in ("Shorter", "Review", "Discard", "Change price", "Rewrite")
    ]
    await person.presses("button.review")
    await person.presses("button.send")
    before = await stored(person)

    for data in pressed:
        assert "on its way" in refused(await person.forces(data, draft["message_id"]), person)
    answered = await newest(person)
    await person.says("Make it shorter", reply_to=draft["message_id"])

    assert "approved" in words_of((await answers_after(person, answered))[0])
    assert await stored(person) == before


async def test_an_expired_approval_sends_nothing(stage: Stage, clock: FakeClock) -> None:
    person = await stage.person()
    await person.drafts()
    await person.presses("button.review")
    card = await person.last(containing="Ready to send")
    clock.advance(hours=25)

    answer = await person.presses("button.send")

    assert "too old" in refused(answer, person)
    shown = next(item for item in await person.messages() if item["message_id"] == card["message_id"])
    assert "ran out unused" in words_of(shown)
    assert not shown.get("keyboard")
    await stage.work(Job.EXECUTE_ACTION)
    assert await stage.upwork_get("proposals") == []


async def test_an_approval_of_changed_text_sends_nothing(stage: Stage) -> None:
    person = await stage.person()
    draft = await person.drafts()
    await person.presses("button.review")
    card = await person.last(containing="Ready to send")
    await person.says(
        "BLUE. Another letter of my own, long enough to replace it. " * 4, reply_to=draft["message_id"]
    )

    answer = await person.presses("button.send", message_id=card["message_id"])

    assert "has changed" in refused(answer, person)
    assert (await stored(person))["actions"] == 0
    # The newest version can be approved.
    await person.presses("button.review")
    await person.presses("button.send")
    await stage.work(Job.EXECUTE_ACTION)
    [proposal] = await stage.upwork_get("proposals")
    assert proposal["cover_letter"].startswith("BLUE. Another letter")


@pytest.mark.asvs("V2.3.4")
async def test_fifty_taps_at_once_send_once(stage: Stage) -> None:
    """Past the inbox's order: fifty handlers run side by side, as fifty processes would."""
    person = await stage.person()
    await person.drafts()
    await person.presses("button.review")
    card = await person.last(containing="Ready to send")
    data = await data_of(person, "Send exactly")
    user = {"id": person.user_id, "is_bot": False, "first_name": "Olena"}
    message = {
        "message_id": card["message_id"],
        "date": 1,
        "chat": {"id": person.user_id, "type": "private"},
        "text": "…",
    }
    taps = [
        {
            "update_id": 700_000 + number,
            "callback_query": {
                "id": str(number),
                "from": user,
                "message": message,
                "chat_instance": "1",
                "data": data,
            },
        }
        for number in range(50)
    ]

    await asyncio.gather(
        *(
            stage.dispatcher.feed_update(stage.bot, Update.model_validate(tap, context={"bot": stage.bot}))
            for tap in taps
        )
    )
    await stage.work(Job.EXECUTE_ACTION)

    assert (await stored(person))["actions"] == 1
    assert len(await stage.upwork_get("proposals")) == 1


async def test_two_devices_approve_at_once(stage: Stage) -> None:
    """Both open the review; the later one has the only button that works."""
    person = await stage.person()
    draft = await person.drafts()
    review = await data_of(person, "Review")
    await person.forces(review, draft["message_id"])
    first = await person.last(containing="Ready to send")
    await person.forces(review, draft["message_id"])
    second = await person.last(containing="Ready to send")
    assert first["message_id"] != second["message_id"]

    async def tap(card: dict[str, Any]) -> None:
        await stage.http.post(
            f"/user/{person.user_id}/press",
            json={"label": "Send exactly", "message_id": card["message_id"], "wait": 8},
        )

    await asyncio.gather(tap(first), tap(second), tap(first), tap(second))
    await stage.idle()
    await stage.work(Job.EXECUTE_ACTION)

    assert (await stored(person))["actions"] == 1
    assert len(await stage.upwork_get("proposals")) == 1
    shown = {item["message_id"]: words_of(item) for item in await person.messages()}
    assert "Sent" in shown[second["message_id"]]
    assert not any(
        item.get("keyboard") and "Send exactly" in str(item["keyboard"]) for item in await person.messages()
    )


async def test_two_devices_edit_at_once(stage: Stage) -> None:
    """Nothing typed on either is lost: both texts are versions, the later one counts."""
    person = await stage.person()
    draft = await person.drafts()

    async def write(word: str) -> None:
        letter = f"BLUE. The {word} letter, written by hand and long enough to replace the draft. " * 3
        await stage.http.post(
            f"/user/{person.user_id}/send", json={"text": letter, "reply_to": draft["message_id"]}
        )

    await asyncio.gather(write("first"), write("second"))
    await stage.idle()

    assert (await stored(person))["draft_versions"] == 3
    assert "Version 3" in words_of(await person.last())


@pytest.mark.parametrize("verb", ACTION_VERBS)
async def test_a_sent_action_cannot_be_undone_or_repeated(stage: Stage, verb: str) -> None:
    person = await stage.person()
    await person.drafts()
    await person.presses("button.review")
    await person.presses("button.send")
    await stage.work(Job.EXECUTE_ACTION)
    card = await person.last(containing="Sent")
    before = await stored(person)

    answer = await person.forces(
        ActionCb(verb=verb, action=(await ids(person))["actions"]).pack(), card["message_id"]
    )
    await stage.work(Job.EXECUTE_ACTION)

    assert answer["answer"] is not None
    assert await stored(person) == before
    assert len(await stage.upwork_get("proposals")) == 1
    assert "Sent" in words_of(
        next(item for item in await person.messages() if item["message_id"] == card["message_id"])
    )
