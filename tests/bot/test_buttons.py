"""Buttons that are foreign, forged, old or pressed fifty times: refused kindly, and at most one effect."""

from __future__ import annotations

import asyncio
from uuid import UUID, uuid4

from bot.callbacks import ActionCb, ApproveCb, CardCb, DraftCb, RoomCb, SearchCb
from core.jobs import Job
from core.security.assurance import ACCOUNT, Act
from tests.bot.looking import (
    ACTION_VERBS,
    answers_after,
    check_messages,
    check_outbox,
    data_of,
    ids,
    newest,
    refused,
    stored,
)
from tests.bot.person import words_of
from tests.bot.stage import Stage
from tests.conftest import FakeClock

CARD_VERBS = ("draft", "open", "skip", "why", "save", "restore", "redraw")
DRAFT_VERBS = (
    "review",
    "confirm",
    "edit",
    "chip",
    "rewrite",
    "undo",
    "diff",
    "clean",
    "discard",
    "instruct",
    "price",
    "answer",
)


def every_button(known: dict[str, UUID], nonce: str) -> list[str]:
    card, draft, action = known["job_cards"], known["drafts"], known["actions"]
    return [
        *(CardCb(verb=verb, card=card, arg="budget").pack() for verb in CARD_VERBS),
        *(DraftCb(verb=verb, draft=draft, version=1, arg="0").pack() for verb in DRAFT_VERBS),
        DraftCb(verb="chip", draft=draft, version=1, arg="shorter").pack(),
        *(ActionCb(verb=verb, action=action).pack() for verb in ACTION_VERBS),
        RoomCb(verb="draft", room=known["rooms"]).pack(),
        *(
            SearchCb(verb=verb, search=known["saved_searches"]).pack()
            for verb in ("delete", "pause", "resume")
        ),
        ApproveCb(nonce=nonce).pack(),
    ]


async def test_another_users_buttons_do_nothing(stage: Stage) -> None:
    olena, taras = await stage.person("Olena"), await stage.person("Taras", "uk")
    await olena.hears("Sounds good. When can you start?")
    await taras.onboards(link=False)
    await olena.says("Tomorrow.", reply_to=(await olena.last())["message_id"])
    nonce = (await data_of(olena, "Send exactly")).partition(":")[2]
    known = await ids(olena)
    theirs, mine = await stored(olena), await stored(taras)
    under = (await taras.last())["message_id"]

    for data in every_button(known, nonce):
        refused(await taras.forces(data, under), taras)

    assert await stored(olena) == theirs
    assert await stored(taras) == mine
    await check_messages(taras, [])
    assert "Tomorrow" not in await taras.transcript()
    # For its owner the very same button works.
    await olena.presses("button.send")
    await stage.work(Job.EXECUTE_ACTION)
    assert "Delivered" in words_of(await olena.last())


async def test_buttons_of_rows_that_are_gone_say_so(stage: Stage) -> None:
    person = await stage.person()
    await person.onboards(link=False)
    before = await stored(person)
    under = (await person.last())["message_id"]
    nobody = dict.fromkeys(("job_cards", "drafts", "actions", "rooms", "saved_searches"), uuid4())

    for data in every_button(nobody, "A" * 43):
        refused(await person.forces(data, under), person)

    assert await stored(person) == before
    await check_outbox(stage)


async def test_malformed_buttons_say_so(stage: Stage) -> None:
    person = await stage.person()
    draft = await person.drafts()
    known = await ids(person)
    before = await stored(person)
    own_draft, own_card = known["drafts"].hex, known["job_cards"].hex
    for data in (
        "x",
        "x" * 64,
        ":" * 64,
        "\u202e" * 21,
        "🧨" * 16,
        "cd:",
        "cd:draft:not-a-uuid:",
        f"cd:explode:{own_card}:",
        f"dr:chip:{own_draft}:1:explode",
        f"dr:explode:{own_draft}:1:",
        f"dr:answer:{own_draft}:1:x",
        f"dr:answer:{own_draft}:1:-1",
        f"dr:review:{own_draft}:x:",
        f"dr:review:{own_draft}:99:",
        f"dr:review:{own_draft}:-1:",
        "dr:review",
        "ok:",
        "ok:*",
        "lg:zz",
        "pz:zz",
        "pf:explode",
        "se:explode:",
        "se:delete:",
        "up:explode",
        "jb:x",
        f"rm:explode:{own_draft}",
        f"ac:explode:{own_draft}",
        "<b>bold</b>",
    ):
        refused(await person.forces(data, draft["message_id"]), person)
    # A page that does not exist is the last one there is.
    for data in ("jb:-1", "jb:99999999999999"):
        await person.forces(data, draft["message_id"])
        assert "Open cards" in words_of(
            next(item for item in await person.messages() if item["message_id"] == draft["message_id"])
        )

    assert await stored(person) == before
    await check_messages(person, ["bold"])
    await check_outbox(stage)


async def test_a_button_under_an_older_version_changes_nothing(stage: Stage) -> None:
    person = await stage.person()
    first = await person.drafts()
    await person.says(
        "BLUE. A letter of my own, long enough to replace the draft. " * 4, reply_to=first["message_id"]
    )
    before = await stored(person)
    for verb, arg in (("undo", ""), ("chip", "shorter"), ("rewrite", ""), ("discard", ""), ("review", "")):
        data = DraftCb(verb=verb, draft=(await ids(person))["drafts"], version=1, arg=arg).pack()
        shown = refused(await person.forces(data, first["message_id"]), person)
        assert "older version" in shown
        assert "Version 2" in words_of(await person.last())
        assert await stored(person) == before


async def test_undo_tapped_twice_goes_back_once(stage: Stage) -> None:
    person = await stage.person()
    draft = await person.drafts()
    for number in (2, 3):
        await person.says(
            f"BLUE. Letter {number} of my own, long enough to replace it. " * 5, reply_to=draft["message_id"]
        )
    third = await person.last(containing="Version 3")
    data = await data_of(person, "Undo")

    await asyncio.gather(
        *(
            person.stage.http.post(
                f"/user/{person.user_id}/press",
                json={"data": data, "message_id": third["message_id"], "force": True},
            )
            for _ in range(5)
        )
    )
    await stage.idle()

    [(_, state, current)] = (await stored(person))["drafts_now"]
    assert (state, current) == ("ready", 2)


async def test_a_purged_card_says_so_and_shows_what_is_left(stage: Stage, clock: FakeClock) -> None:
    person = await stage.person()
    await person.drafts()
    card = await person.last(containing="reached you")
    await person.presses("button.discard")
    clock.advance(hours=25)
    await stage.work(Job.PURGE_CONTENT, hurry=True)

    answer = await person.presses("button.draft", message_id=card["message_id"])

    assert "deleted after 24 hours" in refused(answer, person)
    shown = next(item for item in await person.messages() if item["message_id"] == card["message_id"])
    assert "Stripe payments" not in words_of(shown)
    assert "It scored" in words_of(shown)
    assert (await stored(person))["drafts"] == 1


async def test_a_discarded_draft_takes_no_more_presses(stage: Stage) -> None:
    person = await stage.person()
    draft = await person.drafts()
    chip, review = await data_of(person, "Shorter"), await data_of(person, "Review")
    await person.presses("button.price")
    await person.presses("button.discard", message_id=draft["message_id"])
    before = await stored(person)

    for data in (chip, review):
        assert "put away" in refused(await person.forces(data, draft["message_id"]), person)
    answered = await newest(person)
    await person.says("70")

    assert "put away" in words_of((await answers_after(person, answered))[0])
    after = await stored(person)
    assert after["waiting"] == []
    assert after["draft_versions"] == before["draft_versions"]


async def test_a_card_that_moved_on_is_redrawn(stage: Stage) -> None:
    person = await stage.person()
    await person.drafts()
    card = await person.last(containing="reached you")
    card_id = (await ids(person))["job_cards"]
    answer = await person.forces(CardCb(verb="save", card=card_id).pack(), card["message_id"])
    assert "moved on" in refused(answer, person)
    await person.presses("button.review")
    await person.presses("button.send")

    for verb in ("skip", "why", "save", "restore"):
        answer = await person.forces(CardCb(verb=verb, card=card_id, arg="budget").pack(), card["message_id"])
        assert "moved on" in refused(answer, person)
    shown = next(item for item in await person.messages() if item["message_id"] == card["message_id"])
    assert "A proposal was approved" in words_of(shown)
    assert "already" in refused(
        await person.forces(CardCb(verb="draft", card=card_id).pack(), card["message_id"]), person
    )


async def test_discarding_the_draft_opens_its_card_again(stage: Stage) -> None:
    person = await stage.person()
    await person.drafts()
    card = await person.last(containing="reached you")
    assert "Skip" not in str(card["keyboard"])
    await person.presses("button.discard")
    await person.presses("button.skip", message_id=card["message_id"])
    await person.presses("skip.budget", message_id=card["message_id"])
    shown = next(item for item in await person.messages() if item["message_id"] == card["message_id"])
    assert "Skipped: pay too low" in words_of(shown)


async def test_disconnecting_twice_is_no_error(stage: Stage) -> None:
    person = await stage.person()
    await person.onboards()
    await person.says("/upwork")
    await person.presses("button.disconnect")
    asked = await person.last()
    data = await data_of(person, "Yes, disconnect")
    await person.proves({Act.DISCONNECT_UPWORK: ACCOUNT})
    await person.forces(data, asked["message_id"])
    answer = await person.forces(data, asked["message_id"])
    assert answer["answer"] is not None
    assert "nothing to disconnect" in words_of(await person.last())
