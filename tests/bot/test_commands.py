"""Every command at every stage, deep links, groups, languages, lists."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select, text

from bot.commands import COMMANDS
from bot.states import State
from core.db import TenantRow
from core.jobs import Job
from core.jobs_feed.models import CardState, JobCard
from core.proposals.models import Action
from core.searches.models import SavedSearch
from tests.bot.looking import (
    answers_after,
    check_messages,
    check_outbox,
    data_of,
    newest,
    stored,
    waiting_for,
)
from tests.bot.person import JOB, PROFILE, Person, words_of
from tests.bot.stage import Stage


async def nobody(_person: Person) -> None:
    return None


async def started(person: Person) -> None:
    await person.says("/start")


async def chose_language(person: Person) -> None:
    await started(person)
    await person.presses("language.name")


async def told_profile(person: Person) -> None:
    await chose_language(person)
    await person.says(PROFILE)


async def asked_for_search(person: Person) -> None:
    await told_profile(person)
    await person.presses("button.looks_right")


async def onboarded(person: Person) -> None:
    await person.onboards(link=False)


async def waits_for_code(person: Person) -> None:
    await person.onboards(link=False)
    await person.presses("button.connect")
    await person.consents((await person.presses("button.open_page"))["url"])
    await person.stage.work(Job.CONFIRM_LINK)


async def linked(person: Person) -> None:
    await person.onboards()


STAGES: list[Callable[[Person], Awaitable[None]]] = [
    nobody,
    started,
    chose_language,
    told_profile,
    asked_for_search,
    onboarded,
    waits_for_code,
    linked,
]


@pytest.mark.parametrize("enter", STAGES, ids=lambda enter: enter.__name__)
@pytest.mark.parametrize("locale", ["en", "uk"])
async def test_every_command_answers_at_every_stage(
    stage: Stage, enter: Callable[[Person], Awaitable[None]], locale: str
) -> None:
    person = await stage.person(language=locale)
    await enter(person)
    for command in (
        *COMMANDS,
        "start",
        "start nonsense",
        "start link-ZZZZ",
        "start link-" + "9" * 60,
        "help@other_bot",
    ):
        before = await newest(person)
        await person.says(f"/{command}")
        answers = [words_of(item) for item in await answers_after(person, before)]
        assert answers, command
        assert all(re.search("[а-яіїє]", shown) for shown in answers) or locale == "en", answers
    await check_messages(person, [])
    await check_outbox(stage)


@pytest.mark.parametrize(
    ("enter", "shown", "state"),
    [
        (chose_language, "Choose your language", State.PROFILE),
        (told_profile, "What should I look for?", State.SEARCH),
        (asked_for_search, "What should I look for?", State.SEARCH),
        (onboarded, "Where things stand", None),
        (linked, "Where things stand", None),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
async def test_start_goes_on_where_one_stopped(
    stage: Stage, enter: Callable[[Person], Awaitable[None]], shown: str, state: State | None
) -> None:
    person = await stage.person()
    await enter(person)
    facts = (await stored(person))["profile_facts"]

    await person.says("/start")

    assert shown in words_of(await person.last())
    assert await waiting_for(person) == state
    assert (await stored(person))["profile_facts"] == facts


async def test_home_says_what_comes_next(stage: Stage) -> None:
    person = await stage.person()
    await person.onboards(link=False)
    await person.says("/start")
    assert "link Upwork" in words_of(await person.last())
    await person.links()
    await person.says("/start")
    assert "Everything is set up" in words_of(await person.last())
    await person.says("/pause")
    await person.says("/start")
    assert "paused" in words_of(await person.last())
    await person.presses("button.resume_all")
    assert "coming again" in words_of(await person.last())


async def test_linking_first_leads_on_to_profile_and_search(stage: Stage) -> None:
    """Somebody who starts with /upwork is asked for the rest, one thing after another."""
    person = await stage.person()
    await person.says("/upwork")
    await person.links()
    assert "Tell me about yourself" in words_of(await person.last())
    await person.says(PROFILE)
    await person.presses("button.looks_right")
    await person.says("python fastapi")
    assert "looking now" in words_of(await person.last())


async def test_a_forged_deep_link_links_nobody(stage: Stage) -> None:
    person = await stage.person()
    await person.says("/start link-AAAA")
    shown = [words_of(item) for item in await person.messages() if item["from"] == "bot"]
    assert "No link waits for a code" in shown[0]
    assert "Choose your language" in shown[1]
    assert (await stored(person))["upwork_accounts"] == 0


async def test_another_persons_code_links_nobody(stage: Stage) -> None:
    olena, mallory = await stage.person("Olena"), await stage.person("Mallory")
    await mallory.onboards(link=False)
    await olena.onboards(link=False)
    await olena.presses("button.connect")
    code = await olena.consents((await olena.presses("button.open_page"))["url"])
    await stage.work(Job.CONFIRM_LINK)

    await mallory.says(f"/start link-{code}")

    assert "No link waits for a code" in words_of(await mallory.last())
    await olena.says(f"/start link-{code}")
    assert "Linked" in words_of(await olena.last())


async def test_a_sentence_uses_up_no_try_of_the_code(stage: Stage) -> None:
    person = await stage.person()
    await person.onboards(link=False)
    await person.presses("button.connect")
    code = await person.consents((await person.presses("button.open_page"))["url"])
    await stage.work(Job.CONFIRM_LINK)
    for words in ("where do I find the code?", "hello", "one two", "1", "12345", PROFILE):
        await person.says(words)
        assert "4 letters or digits" in words_of(await person.last())
    for left in ("4 tries", "3 tries"):
        await person.says("0000")
        assert left in words_of(await person.last())

    await person.says(f" {code[:2].lower()} {code[2:].lower()} ")

    assert "Linked to Upwork" in words_of(await person.last())


async def test_a_group_learns_nothing(stage: Stage) -> None:
    person = await stage.person()
    await person.onboards(link=False)
    calls = len(await stage.outbox())
    group = {"id": -100_500, "type": "supergroup", "title": "Everybody"}
    user = {"id": person.user_id, "is_bot": False, "first_name": "Olena", "language_code": "en"}
    base: dict[str, Any] = {"message_id": 1, "date": 1, "chat": group, "from": user}
    member = {"user": {"id": 1, "is_bot": True, "first_name": "b"}, "status": "member"}
    updates: list[dict[str, Any]] = [
        {"message": {**base, "text": "/start"}},
        {"message": {**base, "text": "/profile"}},
        {"message": {**base, "text": PROFILE}},
        {"edited_message": {**base, "text": "hello"}},
        {
            "callback_query": {
                "id": "5",
                "from": user,
                "message": {**base, "text": "x"},
                "chat_instance": "1",
                "data": "jb:0",
            }
        },
        {
            "my_chat_member": {
                "chat": group,
                "from": user,
                "date": 1,
                "old_chat_member": member,
                "new_chat_member": member,
            }
        },
    ]
    for update in updates:
        await stage.telegram("raw_update", update=update)
    await stage.idle()

    sent = [call for call in (await stage.outbox())[calls:] if call["method"] != "getWebhookInfo"]
    assert [call["method"] for call in sent] == ["sendMessage", "sendMessage"]
    assert all("private chats only" in call["params"]["text"] for call in sent)


async def test_the_menu_follows_the_language(stage: Stage) -> None:
    person = await stage.person()
    await person.onboards(link=False)
    await person.says("/language")
    await person.taps("Українська")

    assert "Відтепер я говорю українською" in words_of(await person.last())
    chat = (await stage.http.get(f"/user/{person.user_id}/chat")).json()
    menu = {item["command"]: item["description"] for item in chat["bot"]["commands"]}
    assert list(menu) == list(COMMANDS)
    assert menu["help"] == "як це працює"
    await person.says("/help")
    assert "Як це працює" in words_of(await person.last())


async def test_changing_the_language_keeps_what_was_asked(stage: Stage) -> None:
    person = await stage.person()
    await asked_for_search(person)
    await person.says("/language")
    await person.taps("Українська")
    assert await waiting_for(person) == State.SEARCH
    await person.says("python fastapi")
    assert "Пошук збережено" in words_of(await person.last())


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
    for target, expected in ((card, "press Draft"), (sent, "can no longer be changed")):
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
