"""The whole main job, by hand: from /start to the client's answer and back."""

from __future__ import annotations

from core.jobs import Job
from tests.bot.person import JOB, words_of
from tests.bot.stage import Stage


async def test_a_freelancer_gets_a_job_card_sends_a_proposal_and_answers_the_client(stage: Stage) -> None:
    olena = await stage.person()
    await olena.onboards()
    assert "Linked" in words_of(await olena.last())

    job = await stage.upwork("jobs", **JOB)
    await stage.work(Job.POLL_SEARCH, hurry=True)
    await stage.work(Job.SCORE_POSTINGS, Job.DELIVER_CARD)
    card = await olena.sees("FastAPI backend with Stripe payments")
    assert "Fit" in words_of(card)
    assert "BLUE" in words_of(card)

    await olena.taps("Draft", message_id=card["message_id"])
    await stage.work(Job.COMPOSE_DRAFT)
    draft = await olena.sees("Version 1")
    assert "BLUE" in words_of(draft)

    letter = "BLUE. I built a payments backend on Stripe for a marketplace. " * 4
    await olena.says(letter, reply_to=draft["message_id"])
    assert letter.strip() in words_of(await olena.sees("Version 2"))

    await olena.taps("Answer 1")
    await olena.says("Yes, for a marketplace with 40,000 orders a month.")
    await olena.taps("Change price")
    await olena.says("65")
    await olena.taps("Review and send")
    await olena.taps("Send exactly this")
    await stage.work(Job.EXECUTE_ACTION)

    [proposal] = await stage.upwork_get("proposals")
    assert proposal["cover_letter"] == letter.strip()
    assert proposal["charged_amount"] == 65
    sent = await olena.sees("Sent")
    assert proposal["id"] in words_of(sent)

    await stage.upwork(f"proposals/{proposal['id']}/answer", message="Sounds good. When can you start?")
    await stage.work(Job.SYNC_ROOMS, hurry=True)
    await stage.work(Job.DELIVER_STORY)
    story = await olena.sees("When can you start?")
    await olena.says("Tomorrow morning, Kyiv time.", reply_to=story["message_id"])
    await olena.taps("Send exactly this")
    await stage.work(Job.EXECUTE_ACTION)
    assert "Delivered" in words_of(await olena.last(containing="Tomorrow morning"))

    await olena.says("/stats")
    assert "Proposals sent: 1" in words_of(await olena.last(containing="Proposals sent"))
    assert job["id"]
