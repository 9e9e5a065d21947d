"""Updates and messages through every kind of weather: stored, in order, once; nothing that matters is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from bot.states import State
from core.jobs import Job
from tests.bot.looking import answers_after, data_of, newest, stored, waiting_for
from tests.bot.person import JOB, Person, words_of
from tests.bot.stage import Stage

Sql = Callable[[str], Awaitable[list[tuple[object, ...]]]]


def message_of(person: Person, words: str, number: int = 5000) -> dict[str, Any]:
    return {
        "message_id": number,
        "date": 1,
        "chat": {"id": person.user_id, "type": "private"},
        "from": {"id": person.user_id, "is_bot": False, "first_name": "Olena", "language_code": "en"},
        "text": words,
    }


async def test_an_update_delivered_ten_times_is_handled_once(stage: Stage) -> None:
    person = await stage.person()
    await person.onboards(link=False)
    before = await newest(person)
    [last] = (await stage.telegram("raw_update", update={"message": message_of(person, "/help")}))[
        "update_ids"
    ]
    await stage.idle()
    for _ in range(3):
        await stage.telegram(
            "raw_update", update={"message": message_of(person, "/stats")}, update_id=last, times=3
        )
    await asyncio.sleep(0.2)
    await stage.idle()

    assert len(await answers_after(person, before)) == 1


async def test_the_messages_of_a_chat_are_answered_in_order(stage: Stage) -> None:
    olena, taras = await stage.person("Olena"), await stage.person("Taras")
    await olena.onboards(link=False)
    await taras.onboards(link=False)
    sent: dict[int, list[int]] = {olena.user_id: [], taras.user_id: []}
    for number in range(12):
        for person in (olena, taras):
            sent[person.user_id].append(await person.sends(f"message {number}"))
    await stage.idle()

    for person in (olena, taras):
        answered = [
            item["reply_to"] for item in await person.messages() if item["reply_to"] and item["from"] == "bot"
        ]
        assert answered == sent[person.user_id]


POISON: list[dict[str, Any]] = [
    {"message": {"message_id": "not a number", "chat": {"id": 1}}},
    {"message": {"message_id": 1, "date": 1, "chat": {"id": 1, "type": "private"}, "from": {"id": "x"}}},
    {"message": []},
    {"something_new": {"id": 1}},
    {},
    {"callback_query": {"id": "1"}},
    {"message": {"message_id": 2, "date": 10**30, "chat": {"id": 3, "type": "nebula"}}},
    {"poll": {"id": "1"}},
    {"channel_post": {"message_id": 1, "date": 1, "chat": {"id": -100, "type": "channel"}, "text": "hello"}},
]


async def test_updates_nobody_can_read_are_set_aside_alone(stage: Stage, owner_sql: Sql) -> None:
    person = await stage.person()
    await person.onboards(link=False)
    before = await newest(person)
    for update in POISON:
        await stage.telegram("raw_update", update=update)
    # Half a surrogate pair is valid JSON and no text.
    broken = '{"update": {"message": {"message_id": 9, "date": 1, "chat": {"id": 77, "type": "private"}, "text": "\\ud83d"}}}'
    await stage.http.post("/control/telegram/raw_update", content=broken.encode())

    await person.says("/help")

    assert "How this works" in words_of(await person.last())
    assert len(await answers_after(person, before)) == 1
    problems = {
        error for (error,) in await owner_sql("select error from app.inbox_updates where error is not null")
    }
    assert problems == {"unreadable"}
    assert await owner_sql("select 1 from app.inbox_updates where payload_sealed is not null") == []


async def test_an_update_that_no_key_opens_blocks_nobody(stage: Stage, owner_sql: Sql) -> None:
    person = await stage.person()
    await person.onboards(link=False)
    await owner_sql(
        "insert into app.inbox_updates (update_id, chat_id, payload_sealed) values (1, 5, 'gibberish'::bytea)"
    )
    await person.says("/help")
    assert "How this works" in words_of(await person.last())
    assert await owner_sql("select error from app.inbox_updates where update_id = 1") == [("sealed",)]


async def test_a_restart_between_fetching_and_handling_loses_nothing(stage: Stage) -> None:
    person = await stage.person()
    await person.onboards(link=False)
    before = await newest(person)
    await stage.close()
    stage.start(handle=False)
    for number in range(5):
        await person.sends(f"message {number}")

    async def stored_all() -> bool:
        return await stage.waiting_updates() == 5

    await stage.until(stored_all, "five updates are stored")
    await stage.close()

    await person.sends("while nobody was there")
    stage.start()
    await stage.idle()

    assert len(await answers_after(person, before)) == 6


async def test_what_a_killed_process_was_handling_is_handled_again(stage: Stage, owner_sql: Sql) -> None:
    person = await stage.person()
    await person.onboards(link=False)
    before = await newest(person)
    await stage.close()
    stage.start(handle=False)
    await person.sends("/help")

    async def stored_it() -> bool:
        return await stage.waiting_updates() == 1

    await stage.until(stored_it, "the update is stored")
    await owner_sql(
        "update app.inbox_updates set lease_until = now() - interval '1 second', attempts = 1 where done_at is null"
    )
    await stage.close()

    stage.start()
    await stage.idle()

    assert ["How this works" in words_of(item) for item in await answers_after(person, before)] == [True]


@pytest.mark.parametrize(
    ("kind", "times", "at_most"),
    [("429", 2, 1), ("500", 2, 1), ("502", 1, 1), ("drop", 2, 1), ("drop_after", 1, 2)],
)
async def test_an_answer_comes_through_bad_weather(stage: Stage, kind: str, times: int, at_most: int) -> None:
    person = await stage.person()
    await person.onboards(link=False)
    before = await newest(person)
    await stage.breaks("sendMessage", kind, times=times)

    await person.says("/help")

    answers = await answers_after(person, before)
    assert 1 <= len(answers) <= at_most
    assert all("How this works" in words_of(item) for item in answers)


async def storm(stage: Stage, method: str = "sendMessage") -> None:
    """Longer than the calls themselves are tried: the whole update has to be handled again."""
    await stage.breaks(method, "drop", times=5)


async def test_a_price_is_set_once_though_the_answer_got_lost(stage: Stage) -> None:
    person = await stage.person()
    await person.drafts()
    await person.presses("button.price")
    await storm(stage)

    await person.says("70")

    assert (await stored(person))["draft_versions"] == 2
    assert "Bid: $70" in words_of(await person.last())
    assert await waiting_for(person) is None


async def test_an_undo_goes_back_once_though_the_answer_got_lost(stage: Stage) -> None:
    person = await stage.person()
    draft = await person.drafts()
    for number in (2, 3):
        await person.says(
            f"BLUE. Letter {number}, long enough to replace the draft. " * 5, reply_to=draft["message_id"]
        )
    await storm(stage)

    await person.presses("button.undo")

    [(_, state, current)] = (await stored(person))["drafts_now"]
    assert (state, current) == ("ready", 2)
    assert "Version 2" in words_of(await person.last())


async def test_a_search_is_saved_once_though_the_answer_got_lost(stage: Stage) -> None:
    person = await stage.person()
    await person.says("/start")
    await person.presses("language.name")
    await person.says("I build websites in Python and Django for small shops.")
    await person.presses("button.looks_right")
    await storm(stage)

    await person.says("python django")

    assert (await stored(person))["saved_searches"] == 1
    assert "Saved search" in words_of(await person.last())
    assert await waiting_for(person) is None


async def test_pausing_stays_paused_though_the_answer_got_lost(stage: Stage) -> None:
    person = await stage.person()
    await person.onboards(link=False)
    await storm(stage)
    await person.says("/pause")
    assert (await person.account()).paused
    assert "paused" in words_of(await person.last())
    await person.presses("button.resume_all")
    assert not (await person.account()).paused
    assert "coming again" in words_of(await person.last())


async def test_an_approval_counts_once_though_the_answer_got_lost(stage: Stage) -> None:
    person = await stage.person()
    await person.drafts()
    await person.presses("button.review")
    await storm(stage, "editMessageText")

    await person.presses("button.send")
    await stage.work(Job.EXECUTE_ACTION)

    assert (await stored(person))["actions"] == 1
    assert len(await stage.upwork_get("proposals")) == 1
    assert "Sent" in words_of(await person.last(containing="Upwork's id"))


async def test_a_long_wait_that_telegram_asks_for_keeps_the_update(stage: Stage, owner_sql: Sql) -> None:
    person = await stage.person()
    await person.onboards(link=False)
    before = await newest(person)
    await stage.breaks("sendMessage", "429", retry_after=300)
    await person.sends("/help")

    async def refused() -> bool:
        return any(call["status"] == 429 for call in await stage.outbox())

    await stage.until(refused, "Telegram asks for patience")
    await asyncio.sleep(0.2)
    assert await stage.waiting_updates() == 1
    assert await answers_after(person, before) == []

    await owner_sql(
        "update app.inbox_updates set lease_until = now() - interval '1 second' where done_at is null"
    )
    await stage.idle()

    assert len(await answers_after(person, before)) == 1


async def test_a_card_is_delivered_once_whatever_telegram_does(stage: Stage) -> None:
    person = await stage.person()
    await person.onboards()
    await stage.upwork("jobs", **JOB)
    await stage.work(Job.POLL_SEARCH, hurry=True)
    await stage.work(Job.SCORE_POSTINGS)
    await stage.breaks("sendMessage", "500", times=4)
    assert "retried" in await stage.work(Job.DELIVER_CARD)
    for _ in range(3):
        await stage.work(Job.DELIVER_CARD, hurry=True)

    cards = [item for item in await person.messages() if "reached you" in words_of(item)]
    assert len(cards) == 1


async def test_a_written_draft_is_shown_though_telegram_failed_at_first(stage: Stage) -> None:
    person = await stage.person()
    await person.onboards()
    await stage.offers(**JOB)
    await person.presses("button.draft")
    await stage.breaks("sendMessage", "500", times=4)
    await stage.work(Job.COMPOSE_DRAFT)
    await stage.work(Job.COMPOSE_DRAFT, hurry=True)
    await stage.work(Job.COMPOSE_DRAFT, hurry=True)

    drafts = [item for item in await person.messages() if "Version 1" in words_of(item)]
    assert len(drafts) == 1
    assert (await stored(person))["draft_versions"] == 1


async def unreachable(person: Person) -> bool:
    return (await person.account()).unreachable


async def test_who_blocked_the_bot_gets_nothing_until_they_come_back(stage: Stage) -> None:
    person = await stage.person()
    await person.onboards()
    await person.blocks()
    assert await unreachable(person)
    calls = len(await stage.outbox())

    await stage.offers(**JOB)

    sent = [call["method"] for call in (await stage.outbox())[calls:] if call["method"].startswith("send")]
    assert sent == []
    await person.blocks(really=False)
    assert not await unreachable(person)
    await stage.work(Job.POLL_SEARCH, hurry=True)
    await stage.work(Job.SCORE_POSTINGS, Job.DELIVER_CARD)
    assert "reached you" in words_of(await person.last())


async def test_a_block_that_telegram_tells_late_is_noticed_at_the_first_message(stage: Stage) -> None:
    person = await stage.person()
    await person.onboards()
    await stage.breaks("sendMessage", "403")

    await stage.offers(**JOB)

    assert await unreachable(person)
    refused = [call for call in await stage.outbox() if call["status"] == 403]
    assert len(refused) == 1
    assert await stage.work(Job.DELIVER_CARD, hurry=True) in ([], ["done"])
    assert len([call for call in await stage.outbox() if call["status"] == 403]) == 1
    await person.says("/start")
    assert not await unreachable(person)
    assert "Where things stand" in words_of(await person.last())


async def test_a_block_in_the_middle_of_an_answer_ends_quietly(stage: Stage) -> None:
    person = await stage.person()
    await person.onboards(link=False)
    await stage.breaks("sendMessage", "403")
    await person.says("/help")
    assert await unreachable(person)
    assert await stage.waiting_updates() == 0
    assert await waiting_for(person) != State.SEARCH


async def test_the_poller_survives_everything(stage: Stage) -> None:
    """Fetching fails in every way there is; then it goes on."""
    person = await stage.person()
    await person.onboards(link=False)
    for kind in ("500", "drop", "429", "502"):
        await stage.breaks("getUpdates", kind)
        await person.sends("/help")
    await stage.idle()
    assert "How this works" in words_of(await person.last())
    assert await data_of(person, "Connect")
