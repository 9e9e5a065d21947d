"""A draft from its first streamed word to the approval card: stopped, changed, undone, checked and shown byte for byte."""

from __future__ import annotations

from sqlalchemy import text

from bot.ui import units
from core.jobs import Job
from tests.bot.looking import answers_after, check_messages, check_outbox, data_of, newest, stored
from tests.bot.person import JOB, words_of
from tests.bot.stage import Stage

LETTER = "BLUE. I would build the API with FastAPI and PostgreSQL and start with the payment flow. " * 4


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


async def test_a_new_price_stands_in_every_text(stage: Stage) -> None:
    person = await stage.person()
    await person.drafts()
    for price in ("60", "70"):
        await person.presses("button.price")
        await person.says(price)
        if price == "60":
            await person.presses("button.answer", n=1)
            await person.says("$60 per hour.")
    shown = words_of(await person.last())
    assert "Bid: $70 per hour" in shown
    assert "$70 per hour." in shown
    assert "$60" not in shown


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
    assert "Show the draft" in str((await person.last(containing="reached you"))["keyboard"])
    await person.presses("button.back_to_draft")
    assert "Version 2" in words_of(await person.last())
    await check_messages(person, ["not bold", "not starred"])
