"""Whatever arrives where text is expected: a clear next step in the user's language, and nothing typed is lost."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest
from sqlalchemy import select

from bot.states import State
from core.drafting import service as drafting
from core.drafting.models import Draft
from core.jobs import Job
from tests.bot.looking import (
    answers_after,
    check_messages,
    check_outbox,
    is_breakdown,
    newest,
    stored,
    waiting_for,
)
from tests.bot.person import PROFILE, Person, words_of
from tests.bot.stage import Stage

INVISIBLE = "\u200b\u2060\u00ad\u3164\u2063\u200b"
NASTY = (
    "🧑‍💻🏳️‍🌈 \u2067אבג\u2069 \u200f\u200bzero <b>bold</b> <a href='https://evil.example'>anchor</a> <script>alert()</script> "
    "&amp; &lt;i&gt; </blockquote></b> [link](https://evil.example) *star* _under_ `code` ||spoiler|| {brace} %s ⟦U+0041⟧ python"
)
INJECTED = ["bold", "anchor", "alert()", "link", "star", "under", "code", "spoiler", "brace"]
LINE = "I write about <b>everything</b> & nothing at all, at length and without an end. "
HUGE = LINE * (100_000 // len(LINE))
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 64


@dataclass(frozen=True)
class Scene:
    """How to get there, which message to reply to, and what the chat then waits for."""

    name: str
    enter: Callable[[Person], Awaitable[int | None]]
    waits: State | None
    takes_huge: bool = False
    takes_nasty: bool = True


async def profile(person: Person) -> None:
    await person.says("/start")
    await person.presses("language.name")


async def profile_more(person: Person) -> None:
    await profile(person)
    await person.says(PROFILE)


async def search(person: Person) -> None:
    await profile_more(person)
    await person.presses("button.looks_right")


async def link_code(person: Person) -> None:
    await person.onboards(link=False)
    await person.gets_code()


async def rate(person: Person) -> None:
    await person.onboards(link=False)
    await person.says("/profile")
    await person.presses("button.rate")


async def instruct(person: Person) -> None:
    await person.drafts()
    await person.presses("button.instruct")


async def price(person: Person) -> None:
    await person.drafts()
    await person.presses("button.price")


async def answer(person: Person) -> None:
    await person.drafts()
    await person.presses("button.answer", n=1)


async def reply_draft(person: Person) -> int:
    return int((await person.drafts())["message_id"])


async def reply_client(person: Person) -> int:
    return int((await person.hears("Sounds good. When can you start?"))["message_id"])


async def idle(person: Person) -> None:
    await person.onboards(link=False)


SCENES = [
    Scene("profile", profile, State.PROFILE, takes_huge=True),
    Scene("profile_more", profile_more, State.PROFILE_MORE, takes_huge=True),
    Scene("search", search, State.SEARCH),
    Scene("link_code", link_code, State.LINK_CODE, takes_nasty=False),
    Scene("rate", rate, State.RATE, takes_nasty=False),
    Scene("instruct", instruct, State.INSTRUCT),
    Scene("price", price, State.PRICE, takes_nasty=False),
    Scene("answer", answer, State.ANSWER),
    Scene("reply_draft", reply_draft, None),
    Scene("reply_client", reply_client, None),
    Scene("idle", idle, None, takes_nasty=False),
]


async def says_and_hears(person: Person, text: str, reply_to: int | None) -> list[str]:
    before = await newest(person)
    await person.says(text, reply_to=reply_to)
    return [words_of(message) for message in await answers_after(person, before)]


async def sends_and_hears(person: Person, kind: str, reply_to: int | None) -> list[str]:
    before = await newest(person)
    await person.uploads(kind, f"{kind}.bin", PNG, reply_to=reply_to)
    return [words_of(message) for message in await answers_after(person, before)]


def check_reply(person: Person, replies: list[str]) -> None:
    """One answer, in the user's language, and not the one for bugs."""
    assert len(replies) == 1, replies
    assert not is_breakdown(replies[0])
    assert bool(re.search("[а-яіїє]", replies[0])) == (person.locale == "uk"), replies[0]


IN_BOTH = ("profile", "price", "reply_client")


@pytest.mark.parametrize(
    ("scene", "locale"),
    [(scene, "uk") for scene in SCENES] + [(scene, "en") for scene in SCENES if scene.name in IN_BOTH],
    ids=lambda value: getattr(value, "name", value),
)
async def test_bad_input_is_answered_and_changes_nothing(stage: Stage, scene: Scene, locale: str) -> None:
    person = await stage.person(language=locale)
    reply_to = await scene.enter(person)
    before = await stored(person)
    assert await waiting_for(person) == scene.waits

    # A recording is an answer to the question what to change; what comes of a bad one is in test_media_bad.
    spoken = () if scene.waits == State.INSTRUCT else ("voice",)
    for kind in ("photo", "document", *spoken, "sticker"):
        check_reply(person, await sends_and_hears(person, kind, reply_to))
        assert await stored(person) == before, kind
    check_reply(person, await says_and_hears(person, INVISIBLE, reply_to))
    assert await stored(person) == before
    check_reply(person, await says_and_hears(person, "/nonsense", reply_to))
    assert await stored(person) == before

    if not scene.takes_huge:
        check_reply(person, await says_and_hears(person, HUGE, reply_to))
        assert await stored(person) == before
    if not scene.takes_nasty:
        check_reply(person, await says_and_hears(person, NASTY, reply_to))
        assert await stored(person) == before

    await check_messages(person, INJECTED)
    await check_outbox(stage)


@pytest.mark.asvs("V1.3.5")
@pytest.mark.parametrize(
    "scene", [scene for scene in SCENES if scene.takes_nasty], ids=lambda scene: scene.name
)
async def test_a_strangers_markup_is_shown_as_it_was_typed(stage: Stage, scene: Scene) -> None:
    person = await stage.person()
    reply_to = await scene.enter(person)
    text = f"{NASTY} " * 3 if scene.name.startswith("reply") else NASTY
    before = await newest(person)

    await person.says(text, reply_to=reply_to)
    await stage.work(Job.COMPOSE_DRAFT)

    shown = [words_of(message) for message in await answers_after(person, before)]
    assert shown
    assert any("<b>bold</b>" in part for part in shown), shown
    await check_messages(person, INJECTED)
    await check_outbox(stage)


@pytest.mark.parametrize(
    "scene", [scene for scene in SCENES if scene.takes_huge], ids=lambda scene: scene.name
)
async def test_a_profile_of_a_hundred_kilobytes_is_taken_as_far_as_it_goes(
    stage: Stage, scene: Scene
) -> None:
    person = await stage.person()
    await scene.enter(person)
    sentences = [
        f"Built billing service number {n} in Python for a client in trade {n}." for n in range(1500)
    ]

    [shown] = await says_and_hears(person, "\n".join(sentences), None)

    assert "facts at most" in shown
    assert "first 20 KB" in shown
    assert (await stored(person))["profile_facts"] == 60
    assert await waiting_for(person) == State.PROFILE_MORE
    await check_outbox(stage)


async def test_a_profile_in_several_messages_leaves_one_summary(stage: Stage) -> None:
    person = await stage.person()
    await profile(person)

    await person.says(PROFILE)
    await person.says("Ran a Kubernetes migration for a bank in 2023, forty services in ten weeks.")
    await person.says("Certified AWS solutions architect since 2021.")

    summaries = [
        message for message in await person.messages() if "This is what I understood" in words_of(message)
    ]
    assert len(summaries) == 1
    assert "Kubernetes" in words_of(summaries[0])
    assert "AWS" in words_of(summaries[0])


async def test_a_letter_longer_than_one_message_arrives_whole(stage: Stage) -> None:
    person = await stage.person()
    draft = await person.drafts()
    letter = "\n".join(f"BLUE line {n}: I would build this part of the API with care." for n in range(78))
    assert 4096 < len(letter) < 5000

    await person.says(letter, reply_to=draft["message_id"])

    account = await person.account()
    async with stage.rt.db.begin(account.tenant_id) as session:
        keys = await stage.rt.keys(session)
        row = (await session.scalars(select(Draft))).one()
        version = await drafting.get_version(session, keys, row)
    assert version.output.letter == letter
    assert version.row.number == 2


async def test_two_people_typing_at_once_are_not_mixed_up(stage: Stage) -> None:
    olena, taras = await stage.person("Olena"), await stage.person("Taras", "uk")
    await profile(olena)
    await profile(taras)

    await stage.http.post(f"/user/{olena.user_id}/send", json={"text": HUGE[:9000]})
    await stage.http.post(f"/user/{taras.user_id}/send", json={"text": PROFILE})
    await stage.idle()

    assert "This is what I understood" in words_of(await olena.last())
    assert "Ось що я зрозумів" in words_of(await taras.last())
    assert "Stripe" not in words_of(await olena.last())


async def test_two_quick_messages_stay_two(stage: Stage) -> None:
    """Only what an app has cut is put together: nothing short is ever joined."""
    person = await stage.person()
    await person.onboards(link=False)
    before = await newest(person)

    for text in ("first", "second"):
        await stage.http.post(f"/user/{person.user_id}/send", json={"text": text})
    await stage.idle()

    assert len(await answers_after(person, before)) == 2


async def test_an_album_is_answered_once(stage: Stage) -> None:
    person = await stage.person()
    await person.onboards(link=False)
    before = await newest(person)
    chat = {"id": person.user_id, "type": "private"}
    user = {"id": person.user_id, "is_bot": False, "first_name": "Olena"}
    photo = [{"file_id": "a", "file_unique_id": "b", "width": 1, "height": 1}]
    await stage.close()  # Telegram delivers an album in one go; one by one they might be handled between
    for number in range(4):
        message = {
            "message_id": 9000 + number,
            "date": 1,
            "chat": chat,
            "from": user,
            "photo": photo,
            "media_group_id": "7",
        }
        await stage.telegram("raw_update", update={"message": message})
    stage.start()
    await stage.idle()

    [answer] = await answers_after(person, before)
    assert "one picture or file at a time" in words_of(answer)


async def test_a_price_that_cannot_be_meant_is_asked_for_again(stage: Stage) -> None:
    person = await stage.person()
    await price(person)
    for typed in ("60-70", "-5", "0", "a lot", "1,200", "€"):
        check_reply(person, await says_and_hears(person, typed, None))
        assert await waiting_for(person) == State.PRICE
    await person.says("65,50")
    assert "Bid: $65.50 per hour" in words_of(await person.last())
