"""Lists, digests, replies and captions: what comes in pages, what a reply means, what fits."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import select, text

from bot.states import State
from core.db import TenantRow
from core.jobs import Job
from core.jobs_feed.models import CardState, JobCard
from core.proposals.models import Action
from core.searches.models import SavedSearch
from tests.bot.looking import (
    answers_after,
    check_outbox,
    data_of,
    newest,
    waiting_for,
)
from tests.bot.person import JOB, Person, words_of
from tests.bot.stage import Stage


async def cards(stage: Stage, person: Person, count: int) -> None:
    """Many cards at once: one is real, the others are copies of it."""
    account = await person.account()
    async with stage.rt.db.begin(account.tenant_id) as session:
        real = (await session.scalars(select(JobCard))).one()
        for number in range(1, count + 1):
            changed = {
                "upwork_id": f"{real.upwork_id}-{number}",
                "state": CardState.NEW,
                "total": 70 - number,
                "seen_at": real.seen_at - timedelta(minutes=number),
            }
            session.add(clone(real, **changed))


async def test_many_open_cards_come_in_pages(stage: Stage) -> None:
    person = await stage.person()
    await person.onboards()
    await stage.offers(**JOB)
    await cards(stage, person, 20)

    await person.says("/jobs")
    first = await person.last(containing="Open cards")
    assert "newest first" in words_of(first)
    seen = [label for label in labels(first) if "·" in label]
    await person.presses("button.older")
    second = await person.last(containing="page 2")
    assert second["message_id"] == first["message_id"]
    seen += [label for label in labels(second) if "·" in label]
    await person.presses("button.older")
    third = await person.last(containing="page 3")
    seen += [label for label in labels(third) if "·" in label]

    assert len(seen) == 21
    assert "Older" not in str(labels(third))
    await person.presses("button.newer")
    await person.presses("button.newer")
    assert "newest first" in words_of(await person.last(containing="Open cards"))
    await check_outbox(stage)


def labels(message: dict[str, Any]) -> list[str]:
    return [button["label"] for row in message["keyboard"] or [] for button in row]


async def test_no_cards_says_why(stage: Stage) -> None:
    person = await stage.person()
    await person.says("/jobs")
    assert "tell me about yourself" in words_of(await person.last())
    await person.onboards(link=False)
    await person.says("/jobs")
    assert "link Upwork" in words_of(await person.last())
    await person.links()
    await person.says("/jobs")
    assert "arrive by themselves" in words_of(await person.last())
    await person.says("/searches")
    await person.presses("button.pause", n=1)
    await person.says("/jobs")
    assert "Every search is paused" in words_of(await person.last())
    await person.presses("button.searches")
    assert "Your searches" in words_of(await person.last())


async def test_the_digest_opens_cards(stage: Stage) -> None:
    person = await stage.person()
    await person.onboards()
    await stage.upwork("jobs", **JOB)
    await stage.work(Job.POLL_SEARCH, hurry=True)
    await stage.work(Job.SCORE_POSTINGS)
    account = await person.account()
    async with stage.rt.db.begin(account.tenant_id) as session:
        await session.execute(text("update app.job_cards set band = 'digest'"))
    await stage.notifier.digest(account.tenant_id)
    digest = await person.last(containing="may be worth a look")
    assert str(JOB["title"])[:20] in str(labels(digest))

    await person.forces(await data_of(person, "FastAPI"), digest["message_id"])

    assert "reached you" in words_of(await person.last())
    await stage.notifier.digest(account.tenant_id)
    assert len([item for item in await person.messages() if "worth a look" in words_of(item)]) == 1


async def test_replies_find_their_way(stage: Stage) -> None:
    """To a card, to an action's card, to a question of last week, to something unknown."""
    person = await stage.person()
    await person.hears("Sounds good. When can you start?")
    card = await person.last(containing="reached you")
    sent = await person.last(containing="Upwork's id")
    for target, expected in ((card, "press ✍️"), (sent, "can no longer be changed")):
        await person.says("Hello there", reply_to=target["message_id"])
        assert expected in words_of(await person.last())
    await person.says("Hello there", reply_to=(await person.messages())[0]["message_id"])
    assert "no longer know" in words_of(await person.last())

    story = await person.last(containing="When can you start?")
    await person.says("On Monday.", reply_to=story["message_id"])
    await person.presses("button.send")
    await stage.work(Job.EXECUTE_ACTION)
    delivered = await person.last(containing="Delivered")
    await person.says("Or on Tuesday, if that suits you better.", reply_to=delivered["message_id"])
    shown = await person.last(containing="Ready to send")
    assert "Or on Tuesday" in words_of(shown)
    await person.presses("button.send")
    await stage.work(Job.EXECUTE_ACTION)
    rooms = await stage.upwork_get("rooms")
    stories = await stage.upwork_get(f"rooms/{rooms[-1]['id']}/stories")
    assert [item["message"] for item in stories][-2:] == [
        "On Monday.",
        "Or on Tuesday, if that suits you better.",
    ]


async def test_a_reply_to_a_card_goes_before_an_open_question(stage: Stage) -> None:
    """The price was asked for, but the user answers the client: the client gets the words, and the question stays open."""
    person = await stage.person()
    story = await person.hears("Sounds good. When can you start?")
    await person.says("/profile")
    await person.presses("button.rate")
    await person.says("On Monday, 9 o'clock.", reply_to=story["message_id"])
    assert "Ready to send" in words_of(await person.last())
    assert await waiting_for(person) == State.RATE
    await person.says("60")
    assert "Your rate: $60/h" in words_of(await person.last())


async def test_a_search_list_as_long_as_it_gets_still_fits(stage: Stage) -> None:
    person = await stage.person()
    await person.onboards(link=False)
    excluded = ", ".join(f"no tool{number}" for number in range(20))
    for number in range(9):
        await person.presses("button.add_search") if number else await person.says("/searches")
        if not number:
            await person.presses("button.add_search")
        skills = " ".join(f"python{number} 🧑‍💻 word{place}" for place in range(12))
        await person.says(f"{skills}, hourly from $40, payment verified, max 20 applicants, {excluded}")
        await person.says("/searches")
    shown = await person.last(containing="Your searches")
    assert len(shown["keyboard"]) == 11
    await person.presses("button.add_search")
    await person.says("one search too many")
    assert "most searches" in words_of(await person.last())
    await check_outbox(stage)


async def test_editing_a_sent_message_is_explained_once(stage: Stage) -> None:
    person = await stage.person()
    await person.onboards(link=False)
    sent = await person.says("hello")
    before = await newest(person)
    await stage.http.post(
        f"/user/{person.user_id}/edit", json={"message_id": sent["message_id"], "text": "bye"}
    )
    await stage.idle()
    [answer] = await answers_after(person, before)
    assert "edits" in words_of(answer)
    location = {
        "edited_message": {
            "message_id": sent["message_id"],
            "date": 1,
            "edit_date": 2,
            "chat": {"id": person.user_id, "type": "private"},
            "from": {"id": person.user_id, "is_bot": False, "first_name": "O"},
            "location": {"latitude": 1.0, "longitude": 2.0},
        }
    }
    await stage.telegram("raw_update", update=location)
    await stage.idle()
    assert len(await answers_after(person, before)) == 1


def clone(row: TenantRow, **changed: Any) -> TenantRow:
    columns = type(row).__table__.columns
    return type(row)(
        **{**{column.key: getattr(row, column.key) for column in columns}, "id": uuid4(), **changed}
    )


async def many_sent(stage: Stage, person: Person, count: int) -> None:
    """Copies of the one sent proposal, each of a search of its own that was deleted since."""
    account = await person.account()
    async with stage.rt.db.begin(account.tenant_id) as session:
        search = (await session.scalars(select(SavedSearch))).one()
        card = (await session.scalars(select(JobCard))).one()
        action = (await session.scalars(select(Action))).one()
        for number in range(count):
            other = clone(search, deleted_at=stage.rt.clock.now(), criteria_sealed=b"")
            session.add(other)
            await session.flush()
            session.add(clone(card, upwork_id=f"x{number}", search_id=other.id, skip_reason="other"))
            session.add(clone(action, target=f"x{number}"))


async def test_the_caption_of_the_statistics_always_fits(stage: Stage) -> None:
    """Ten searches with the longest names: whole lines are left out, no tag is cut."""
    person = await stage.person()
    await person.onboards()
    await stage.offers(**JOB)
    await person.presses("button.draft")
    await stage.work(Job.COMPOSE_DRAFT)
    await person.presses("button.review")
    await person.presses("button.send")
    await stage.work(Job.EXECUTE_ACTION)
    await many_sent(stage, person, 40)
    await person.says("/stats")
    shown = await person.last(containing="Your last 30 days")
    assert "Proposals sent: 41" in words_of(shown)
    assert "deleted search" in words_of(shown)
    await check_outbox(stage)
    photo = next(call for call in reversed(await stage.outbox()) if call["method"] == "sendPhoto")
    assert json.dumps(photo["params"]["caption"]).count("<b>") == json.dumps(
        photo["params"]["caption"]
    ).count("</b>")
