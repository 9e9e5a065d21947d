"""Messages of one conversation arrive in the order they were written, as one thread."""

from __future__ import annotations

from core.jobs import Job
from tests.bot.person import words_of
from tests.bot.stage import Stage


async def test_several_new_messages_become_one_thread(stage: Stage) -> None:
    olena = await stage.person()
    await olena.drafts()
    await olena.presses("button.review")
    await olena.presses("button.send")
    await stage.work(Job.EXECUTE_ACTION)
    [proposal] = await stage.upwork_get("proposals")
    await stage.upwork(f"proposals/{proposal['id']}/answer", message="Message one.")
    [room] = await stage.upwork_get("rooms")
    for number in ("two", "three"):
        await stage.upwork(f"rooms/{room['id']}/write", message=f"Message {number}.")
    await stage.work(Job.SYNC_ROOMS, hurry=True)

    assert await stage.work(Job.DELIVER_STORY) == ["done"]

    cards = [message for message in await olena.messages() if "Message " in words_of(message)]
    told = [
        word for card in cards for word in ("one", "two", "three") if f"Message {word}." in words_of(card)
    ]
    assert told == ["one", "two", "three"]
    assert [card.get("reply_to") for card in cards[1:]] == [cards[0]["message_id"]] * 2
