"""What is looked at before approval: hidden characters, contacts, missed instructions, facts, copies."""

from __future__ import annotations

import pytest

from core.jobs import Job
from tests.bot.looking import data_of, stored
from tests.bot.person import JOB, TEMPLATE, words_of
from tests.bot.stage import Stage

LETTER = "BLUE. I would build the API with FastAPI and PostgreSQL and start with the payment flow. " * 4


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


async def test_an_invention_stays_one_until_the_words_are_the_users_own(stage: Stage) -> None:
    """A new price or another greeting adopts nothing; what the user then types instead is pointed out and not held up."""
    person = await stage.person()
    await person.onboards()
    await person.says("/templates")
    await person.presses("button.template_add")
    await person.says(TEMPLATE)
    await stage.offers(**JOB)
    await person.presses("button.from_template")
    await person.taps(next(label for label in await person.labels() if label.startswith("Payments ·")))
    await stage.work(Job.COMPOSE_DRAFT)
    draft = words_of(await person.last(containing="Version 1"))
    assert "Not among your facts: “19 years, Rust” in “I have 19 years of Rust”" in draft
    await person.presses("button.price")
    await person.says("70")
    repriced = await person.last(containing="Version 2")
    assert "19 years" in words_of(repriced)

    await person.presses("button.review")
    card = await person.last(containing="Check before sending")
    assert "Not among your facts: “19 years, Rust”" in words_of(card)
    assert "Send exactly" not in str(card["keyboard"])
    await person.says(f"{LETTER} I have 19 years of Rust. Best wishes!", reply_to=repriced["message_id"])
    await person.presses("button.review")
    assert "Send exactly" not in str((await person.last(containing="Check before sending"))["keyboard"])
    assert (await stored(person))["approvals"] == 0

    again = await person.last(containing="Version 3")
    await person.says(f"{LETTER} I have 21 years of Rust. Best wishes!", reply_to=again["message_id"])
    await person.presses("button.review")
    ready = await person.last(containing="Ready to send")
    assert "Not among your facts: “21 years, Rust”" in words_of(ready)
    assert "Send exactly" in str(ready["keyboard"])


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
