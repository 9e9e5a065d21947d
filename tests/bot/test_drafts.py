"""A draft from its first streamed word to the approval card: stopped, changed, undone, checked and shown byte for byte."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import text

from bot.ui import units
from core.drafting.vendors import open_llm
from core.jobs import Job
from core.runtime import Runtime
from tests.bot.looking import answers_after, check_messages, check_outbox, data_of, newest, stored
from tests.bot.person import JOB, words_of
from tests.bot.stage import Stage

LETTER = "BLUE. I would build the API with FastAPI and PostgreSQL and start with the payment flow. " * 4


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
    shown = [call["params"]["text"] for call in await frames(writing)]
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
    assert 1 <= len(await frames(writing)) <= 6


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


async def test_chips_rewrite_undo_and_what_changed(stage: Stage) -> None:
    person = await stage.person()
    await person.drafts()
    for key in ("chip.shorter", "chip.warmer", "chip.add_proof", "chip.fix_opener", "button.rewrite"):
        answer = await person.presses(key)
        assert "Rewriting" in answer["answer"]["text"]
        await stage.work(Job.COMPOSE_DRAFT)
    await person.last(containing="Version 6")
    await person.says(LETTER, reply_to=(await person.last())["message_id"])
    await person.presses("button.diff")
    changed = await person.last(containing="What version 7 changed")
    kinds = {entity["type"] for entity in changed["entities"]}
    assert {"underline", "strikethrough"} <= kinds
    await person.presses("button.undo")
    assert "Version 6" in words_of(await person.last())
    await check_outbox(stage)


async def test_a_price_alone_shows_in_what_changed(stage: Stage) -> None:
    person = await stage.person()
    await person.drafts()
    await person.presses("button.price")
    await person.says("70")
    await person.presses("button.diff")
    assert "Bid: $70 per hour" in words_of(await person.last(containing="What version 2 changed"))
    await person.presses("button.answer", n=1)
    await person.says("Yes, for a marketplace.")
    await person.presses("button.diff")
    assert "Answer 1:\nYes, for a marketplace." in words_of(
        await person.last(containing="What version 3 changed")
    )


async def test_a_discarded_draft_makes_room_for_a_new_one(stage: Stage) -> None:
    person = await stage.person()
    await person.drafts()
    card = await person.last(containing="reached you")
    await person.presses("button.discard")
    assert "put away" in words_of(await person.last(containing="put away"))
    await person.presses("button.draft", message_id=card["message_id"])
    await stage.work(Job.COMPOSE_DRAFT)
    assert "Version 1" in words_of(await person.last())
    assert (await stored(person))["drafts"] == 2


async def test_a_draft_under_way_is_not_started_twice(stage: Stage) -> None:
    person = await stage.person()
    await person.onboards()
    await stage.offers(**JOB)
    for _ in range(3):
        await person.forces(
            await data_of(person, "Draft"), (await person.last(containing="reached you"))["message_id"]
        )
    await stage.work(Job.COMPOSE_DRAFT)
    assert (await stored(person))["drafts"] == 1
    assert len([item for item in await person.messages() if "Version 1" in words_of(item)]) == 1


async def test_a_draft_asked_for_again_is_shown_again(stage: Stage) -> None:
    person = await stage.person()
    draft = await person.drafts()
    await person.presses("button.continue_draft")
    again = await person.last()
    assert "Version 1" in words_of(again)
    assert again["message_id"] > draft["message_id"]
    older = next(item for item in await person.messages() if item["message_id"] == draft["message_id"])
    assert older["keyboard"] is None


async def test_a_reply_draft_is_changed_by_words_and_sent(stage: Stage) -> None:
    person = await stage.person()
    await person.hears("Sounds good. When can you start?")
    await person.presses("button.draft_answer")
    await stage.work(Job.COMPOSE_DRAFT)
    draft = await person.last(containing="Version 1")
    assert "Bid" not in words_of(draft)
    await person.says("On Monday at nine.", reply_to=draft["message_id"])
    await person.presses("button.review")
    await person.presses("button.send")
    await stage.work(Job.EXECUTE_ACTION)
    assert "Delivered" in words_of(await person.last(containing="On Monday at nine."))
    answer = await person.presses("button.draft_answer")
    assert "Writing" in answer["answer"]["text"]


QUESTIONS = [
    f"Question {number}: what would you do about part {number} of it, and why?" for number in range(1, 6)
]


async def test_every_byte_is_seen_before_the_button(stage: Stage) -> None:
    """Five thousand characters and five long answers are several messages; the Send button is under the last."""
    person = await stage.person()
    draft = await person.drafts(questions=QUESTIONS)
    letter = ("BLUE " + "Ґанок & <b>дах</b> 🧑‍💻 слово за словом, рядок за рядком. " * 200)[:4990].strip()
    await person.says(letter, reply_to=draft["message_id"])
    answers = []
    for number in range(1, 6):
        await person.presses("button.answer", n=number)
        answers.append(f"Answer {number}: " + f"part {number} is <i>done</i> & tested; " * 100)
        await person.says(answers[-1])
    before = await newest(person)

    await person.presses("button.review")

    shown = await answers_after(person, before)
    assert len(shown) > 3
    assert all(units(words_of(item)) <= 4096 for item in shown)
    assert [bool(item["keyboard"]) for item in shown] == [*[False] * (len(shown) - 1), True]
    seen = "".join("".join(words_of(item).split()) for item in shown)
    for wanted in (letter, *answers, *QUESTIONS):
        assert "".join(wanted.split()) in seen
    await check_messages(person, ["дах", "done"])
    await person.presses("button.send")
    await stage.work(Job.EXECUTE_ACTION)
    [proposal] = await stage.upwork_get("proposals")
    assert proposal["cover_letter"].split() == letter.split()
    assert "Sent" in words_of(await person.last(containing="Upwork's id"))
    await check_outbox(stage)


HIDDEN = "\u2067".join(LETTER.partition("FastAPI")) + "\U000e0041\u200b"


async def test_hidden_characters_are_written_out_and_cannot_be_sent(stage: Stage) -> None:
    person = await stage.person()
    draft = await person.drafts()
    await person.says(HIDDEN, reply_to=draft["message_id"])
    edited = await person.last(containing="Version 2")
    for code in ("U+2067", "U+E0041", "U+200B"):
        assert f"⟦{code}⟧" in words_of(edited)

    await person.presses("button.review")

    card = await person.last(containing="Check before sending")
    assert "cannot be sent as it is" in words_of(card)
    assert "⟦U+2067⟧" in words_of(card)
    assert "Send exactly" not in str(card["keyboard"])
    assert (await stored(person))["approvals"] == 0
    await person.presses("button.clean", message_id=card["message_id"])
    await person.presses("button.review")
    await person.presses("button.send")
    await stage.work(Job.EXECUTE_ACTION)
    [proposal] = await stage.upwork_get("proposals")
    assert proposal["cover_letter"].strip() == LETTER.strip()


@pytest.mark.parametrize(
    ("added", "remark"),
    [
        ("Write me at olena@example.com so that we can talk.", "olena@example.com"),
        ("Let us talk on Telegram, t.me/olena_builds.", "outside Upwork"),
    ],
)
async def test_a_contact_outside_upwork_takes_a_second_tap(stage: Stage, added: str, remark: str) -> None:
    person = await stage.person()
    draft = await person.drafts()
    await person.says(f"{LETTER}\n{added}", reply_to=draft["message_id"])
    await person.presses("button.review")
    card = await person.last(containing="Check before sending")
    assert remark in words_of(card)
    assert "Send exactly" not in str(card["keyboard"])
    assert (await stored(person))["approvals"] == 0

    await person.presses("button.confirm", message_id=card["message_id"])

    confirmed = next(item for item in await person.messages() if item["message_id"] == card["message_id"])
    assert "Send exactly" in str(confirmed["keyboard"])
    await person.presses("button.send")
    await stage.work(Job.EXECUTE_ACTION)
    assert len(await stage.upwork_get("proposals")) == 1


async def test_a_confirmation_of_an_older_text_confirms_nothing(stage: Stage) -> None:
    person = await stage.person()
    draft = await person.drafts()
    await person.says(f"{LETTER} Mail me: olena@example.com", reply_to=draft["message_id"])
    await person.presses("button.review")
    confirm = await data_of(person, "I have read this")
    card = await person.last(containing="Check before sending")
    await person.says(f"{LETTER} Mail me: mallory@example.com", reply_to=draft["message_id"])

    answer = await person.forces(confirm, card["message_id"])

    assert "older version" in answer["answer"]["text"]
    assert (await stored(person))["approvals"] == 0


async def test_a_missed_instruction_takes_a_second_tap(stage: Stage) -> None:
    person = await stage.person()
    draft = await person.drafts()
    await person.says(LETTER.replace("BLUE. ", ""), reply_to=draft["message_id"])
    assert "the letter does not do" in words_of(await person.last(containing="Version 2"))
    await person.presses("button.review")
    card = await person.last(containing="Check before sending")
    assert "start your proposal with the word BLUE" in words_of(card)
    assert "Send exactly" not in str(card["keyboard"])
    await person.presses("button.keep_editing")
    assert "Not sent" in words_of(
        next(item for item in await person.messages() if item["message_id"] == card["message_id"])
    )
    assert "Version 2" in words_of(await person.last())


async def test_what_no_fact_supports_is_pointed_out_in_ones_own_words(stage: Stage) -> None:
    """The user knows best: no second tap; and a fact that is added settles it."""
    person = await stage.person()
    draft = await person.drafts()
    await person.says(f"{LETTER} I led a team of 37 engineers at Globex.", reply_to=draft["message_id"])
    assert "Not among your facts" in words_of(await person.last(containing="Version 2"))
    await person.presses("button.review")
    assert "Send exactly" in str((await person.last(containing="Ready to send"))["keyboard"])
    await person.says("/profile")
    await person.presses("button.add_facts")
    await person.says("Led a team of 37 engineers at Globex, a marketplace for spare parts.")
    await person.presses("button.continue_draft")
    assert "Not among your facts" not in words_of(await person.last(containing="Version 2"))


async def test_a_letter_that_was_sent_before_is_recognised(stage: Stage) -> None:
    person = await stage.person()
    draft = await person.drafts()
    letter = "BLUE. " + " ".join(
        f"Step {word} of the plan is to look at part {word} closely." for word in "abcdefghijkl"
    )
    await person.says(letter, reply_to=draft["message_id"])
    await person.presses("button.review")
    await person.presses("button.send")
    await stage.work(Job.EXECUTE_ACTION)
    await stage.offers(
        **{
            **JOB,
            "title": "Another FastAPI service for our warehouse",
            "description": "Python, FastAPI. " * 20,
            "questions": [],
        }
    )
    await person.presses("button.draft")
    await stage.work(Job.COMPOSE_DRAFT)
    await person.says(letter, reply_to=(await person.last(containing="Version 1"))["message_id"])
    assert "100% of this stood in an earlier letter" in words_of(await person.last(containing="Version 2"))


async def test_a_question_without_an_answer_is_asked_for(stage: Stage) -> None:
    person = await stage.person()
    await person.drafts(questions=["What is your favourite chess opening?"])
    if "Only you can answer this" in words_of(await person.last(containing="Version 1")):
        answer = await person.presses("button.review")
        assert "no answer yet" in answer["answer"]["text"]
        await person.presses("button.answer", n=1)
        await person.says("The Sicilian.")
    await person.presses("button.review")
    assert "Ready to send" in words_of(await person.last(containing="Ready to send"))


async def test_a_long_message_of_a_client_is_shown_whole(stage: Stage) -> None:
    person = await stage.person()
    message = " ".join(f"Point {number} & <b>more</b> 🧱;" for number in range(260))
    before = len(await person.messages())
    await person.hears(message)
    parts = [
        item
        for item in (await person.messages())[before:]
        if item["from"] == "bot" and "Point" in words_of(item)
    ]
    assert len(parts) >= 2
    seen = "".join("".join(words_of(item).split()) for item in parts)
    assert "".join(message.split()) in seen
    await person.says("Thank you, that is clear.", reply_to=parts[0]["message_id"])
    assert "Thank you, that is clear." in words_of(await person.last(containing="Ready to send"))
    await check_messages(person, ["more"])
    await check_outbox(stage)


async def test_a_hand_off_is_copied_byte_for_byte(stage: Stage) -> None:
    """A key that may not send: the letter and the answer come as plain messages to copy."""
    person = await stage.person()
    draft = await person.drafts()
    account = await person.account()
    async with stage.rt.db.begin(account.tenant_id) as session:
        await session.execute(
            text(
                "update app.upwork_accounts set capabilities = capabilities || '{\"create_proposal\": false}'"
            )
        )
    letter = f"{LETTER}\n<b>not bold</b> & *not starred*"
    await person.says(letter, reply_to=draft["message_id"])
    await person.presses("button.review")
    await person.presses("button.send")
    await stage.work(Job.EXECUTE_ACTION)
    card = await person.last(containing="Over to you")
    before = await newest(person)

    await person.presses("button.copy_letter", message_id=card["message_id"])
    copied = [words_of(item) for item in await answers_after(person, before)]
    bid = await person.presses("button.copy_bid", message_id=card["message_id"])
    looked = await person.presses("button.i_sent_it", message_id=card["message_id"])

    assert copied[0] == letter
    assert "Have you used Stripe Connect" in copied[1]
    assert len(copied) == 3
    assert bid["copied"] == "55.00"
    assert "does not show it yet" in looked["answer"]["text"]
    await person.presses("button.drop", message_id=card["message_id"])
    assert "You gave it up" in words_of(await person.last(containing="Not sent"))
    await person.presses("button.back_to_draft")
    assert "Version 2" in words_of(await person.last())
    await check_messages(person, ["not bold", "not starred"])
