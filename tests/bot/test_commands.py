"""Every command at every stage, deep links, groups, languages, lists."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from bot.commands import COMMANDS
from bot.states import State
from tests.bot.looking import (
    answers_after,
    check_messages,
    check_outbox,
    newest,
    stored,
    waiting_for,
)
from tests.bot.person import PROFILE, Person, words_of
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
    await person.gets_code()


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


@pytest.mark.parametrize(
    ("enter", "locale"),
    [(enter, "uk") for enter in STAGES] + [(enter, "en") for enter in (nobody, told_profile, linked)],
    ids=lambda value: getattr(value, "__name__", value),
)
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
    code = await olena.gets_code()

    await mallory.says(f"/start link-{code}")

    assert "No link waits for a code" in words_of(await mallory.last())
    await olena.says(f"/start link-{code}")
    assert "Linked" in words_of(await olena.last())


async def test_a_sentence_uses_up_no_try_of_the_code(stage: Stage) -> None:
    person = await stage.person()
    await person.onboards(link=False)
    code = await person.gets_code()
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
