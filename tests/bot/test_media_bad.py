"""What is sent when something else was meant, or when no good was meant: refused kindly, once, and nothing is lost."""

from __future__ import annotations

from io import StringIO

import pytest
from sqlalchemy import text

from core.jobs import Job, enqueue
from tests.bot.looking import check_messages, check_outbox, stored
from tests.bot.media_files import bomb, jpeg, ogg, pdf, png, zipped
from tests.bot.person import Person, words_of
from tests.bot.stage import Stage
from tests.bot.test_media import BRIEF, calls_of, media_rows, sensing, spends

__all__ = ["sensing"]


async def answer_to(person: Person, kind: str, name: str, content: bytes, *, choice: str = "") -> str:
    """Send a file, choose what it is, and have it read: what the bot says in the end."""
    await person.uploads(kind, name, content)
    if choice:
        await person.presses(choice)
    await person.stage.work(Job.READ_MEDIA)
    return words_of(await person.last())


@pytest.mark.parametrize("language", ["en", "uk"])
async def test_files_that_are_not_what_they_are_called(sensing: Stage, language: str) -> None:
    person = await sensing.person(language=language)
    await person.onboards(link=False)
    cases = [
        ("document", "brief.pdf", zipped(), "error.invalid.not_readable"),
        ("document", "brief.png", b"MZ\x90\x00 a program", "error.invalid.not_readable"),
        ("document", "brief.pdf", pdf(BRIEF)[:200], "error.invalid.pdf_broken"),
        ("document", "brief.pdf", pdf(BRIEF, password="tiger"), "error.invalid.pdf_locked"),
        ("document", "brief.pdf", pdf(), "error.invalid.pdf_no_text"),
        ("document", "brief.pdf", pdf(BRIEF, pages=31), "error.invalid.pdf_pages"),
        ("document", "brief.png", png(width=60_000, height=60_000), "error.invalid.image_sides"),
        ("document", "brief.jpg", jpeg() + bytes(6 * 1024 * 1024), "error.invalid.image_big"),
    ]
    for kind, name, content, key in cases:
        told = await answer_to(person, kind, name, content, choice="button.media_job")
        wanted = person.words.plain(key, mb=5, limit=8000 if "sides" in key else 30, pages=31)
        assert told == wanted, name
        assert person.words.plain("button.media_paste_job") in str((await person.last())["keyboard"])
    assert await calls_of(sensing) == [], "no vendor saw any of it"
    assert await spends(person) == []
    await check_messages(person, [])
    await check_outbox(sensing)


async def test_ten_thousand_pages_and_a_bomb_cost_seconds_and_nothing_else(stage: Stage) -> None:
    person = await stage.person()
    await person.onboards(link=False)
    told = await answer_to(person, "document", "b.pdf", pdf("x", pages=10_000), choice="button.media_job")
    assert "10000 pages" in told
    told = await answer_to(person, "document", "b.pdf", bomb(12_000), choice="button.media_job")
    assert "PDF" in told
    assert person.words.plain("button.media_paste_job") in str((await person.last())["keyboard"])


@pytest.mark.parametrize("language", ["en", "uk"])
async def test_recordings_that_cannot_be_heard(sensing: Stage, language: str) -> None:
    person = await sensing.person(language=language)
    draft = await person.drafts()
    before = len(await calls_of(sensing))
    told = await answer_to(person, "voice", "note.ogg", b"this is no recording")
    assert told == person.words.plain("error.invalid.not_audio")
    # The length in the file counts, whatever the sender's app claims.
    told = await answer_to(person, "voice", "note.ogg", ogg("long", seconds=3600))
    assert told == person.words.plain("error.invalid.voice_long", minutes=5)
    await person.uploads("voice", "note.ogg", ogg("long"), reply_to=draft["message_id"], duration=900)
    assert words_of(await person.last()) == person.words.plain("error.invalid.voice_long", minutes=5)
    assert len(await calls_of(sensing)) == before
    await sensing.model(mode="refusal")
    told = await answer_to(person, "voice", "note.ogg", ogg())
    assert told == person.words.plain("error.invalid.nothing_heard")
    assert len(await spends(person)) == 1, "silence is billed as well"
    assert (await stored(person))["draft_versions"] == 1


async def test_a_file_larger_than_telegram_gives_away(sensing: Stage) -> None:
    person = await sensing.person()
    await person.onboards(link=False)
    await person.uploads("document", "huge.pdf", pdf(BRIEF) + bytes(21 * 1024 * 1024))
    assert "larger than 20 MB" in words_of(await person.last())
    assert await media_rows(person) == []


async def test_what_was_said_for_a_draft_that_cannot_take_it_is_kept(sensing: Stage) -> None:
    """Still being written, then too long for a wish: the words stay, and one tap tries again."""
    person = await sensing.person()
    draft = await person.drafts()
    await person.presses("chip.shorter")
    await person.uploads("voice", "note.ogg", ogg("mention my marketplace"), reply_to=draft["message_id"])
    await sensing.work(Job.READ_MEDIA)
    told = await person.last()
    assert "still writing" in words_of(told)
    assert "mention my marketplace" in words_of(told)
    await sensing.work(Job.COMPOSE_DRAFT)
    await person.presses("button.media_again")
    await sensing.work(Job.READ_MEDIA, Job.COMPOSE_DRAFT)
    assert "Version 3" in words_of(await person.last())
    assert len(await spends(person)) == 1, "heard once"
    long = "and one more thing " * 130
    await person.uploads("voice", "n.ogg", ogg(long), reply_to=(await person.last())["message_id"])
    await sensing.work(Job.READ_MEDIA)
    assert "2000 characters" in words_of(await person.last())
    assert "and one more thing" in words_of(await person.last())


async def test_a_vendor_that_is_down_costs_nothing_and_a_tap_tries_again(sensing: Stage) -> None:
    person = await sensing.person()
    draft = await person.drafts()
    for mode in ("500", "401", "429", "400", "not_sse"):
        await sensing.model(mode=mode)
        await person.uploads("voice", "note.ogg", ogg("shorter"), reply_to=draft["message_id"])
        await sensing.work(Job.READ_MEDIA)
        assert "did not answer just now" in words_of(await person.last()), mode
    assert await spends(person) == []
    await sensing.model(mode="normal")
    await person.presses("button.media_again")
    await sensing.work(Job.READ_MEDIA, Job.COMPOSE_DRAFT)
    assert "Version 2" in words_of(await person.last())
    await sensing.model(mode="500")
    await person.uploads("photo", "shot.jpg", jpeg(BRIEF))
    await person.presses("button.media_job")
    await sensing.work(Job.READ_MEDIA)
    assert "did not answer just now" in words_of(await person.last())
    await sensing.model(mode="normal")
    await person.presses("button.media_again")
    await sensing.work(Job.READ_MEDIA, Job.DELIVER_CARD)
    assert "yoga studio" in words_of(await person.last())


async def test_telegram_that_does_not_give_the_file(sensing: Stage) -> None:
    person = await sensing.person()
    draft = await person.drafts()
    await sensing.breaks("getFile", "500", times=9)
    await person.uploads("voice", "note.ogg", ogg("shorter"), reply_to=draft["message_id"])
    await sensing.work(Job.READ_MEDIA)
    assert "Nothing is lost" in words_of(await person.last())
    await sensing.http.request("DELETE", "/control/telegram/faults")
    await person.presses("button.media_again")
    await sensing.work(Job.READ_MEDIA, Job.COMPOSE_DRAFT)
    assert "Version 2" in words_of(await person.last())


async def test_the_money_of_the_day_is_over(sensing: Stage) -> None:
    person = await sensing.person()
    draft = await person.drafts()
    account = await person.account()
    async with sensing.rt.db.begin(account.tenant_id) as session:
        await session.execute(
            text(
                "insert into app.llm_spends (tenant_id, id, purpose, model, tokens_in, tokens_out, cost_usd) "
                "values (:tenant, gen_random_uuid(), 'template', 'm', 1, 1, 1000)"
            ),
            {"tenant": account.tenant_id},
        )
    before = len(await calls_of(sensing))
    for kind, content, reply_to in (("voice", ogg("shorter"), draft["message_id"]), ("photo", jpeg(), None)):
        await person.uploads(kind, "x", content, reply_to=reply_to)
        if kind == "photo":
            await person.presses("button.media_job")
        await sensing.work(Job.READ_MEDIA)
        assert "cost as much in a day as your limit allows" in words_of(await person.last())
    assert len(await calls_of(sensing)) == before
    # A PDF with words in it costs nothing, so it is read all the same.
    await person.uploads("document", "b.pdf", pdf(BRIEF))
    await person.presses("button.media_job")
    await sensing.work(Job.READ_MEDIA, Job.DELIVER_CARD)
    assert "yoga studio" in words_of(await person.last())


async def test_the_readings_of_the_day_are_over(sensing: Stage) -> None:
    person = await sensing.person(language="uk")
    await person.onboards(link=False)
    account = await person.account()
    async with sensing.rt.db.begin(account.tenant_id) as session:
        await session.execute(
            text(
                "insert into app.daily_uses (tenant_id, id, kind, day, used) "
                "values (:tenant, gen_random_uuid(), 'reading', (now() at time zone 'utc')::date, 100000)"
            ),
            {"tenant": account.tenant_id},
        )
    await person.uploads("voice", "note.ogg", ogg("слово"))
    told = await person.last()
    assert "Сьогодні я прослухав" in words_of(told)
    assert person.words.plain("button.media_again") in str(told["keyboard"])
    await sensing.work(Job.READ_MEDIA)
    assert await calls_of(sensing) == []


async def test_an_update_that_comes_twice_has_one_effect(sensing: Stage) -> None:
    person = await sensing.person()
    draft = await person.drafts()
    before = len(await calls_of(sensing))
    # The status message gets lost half-way: Telegram did it and its answer never came, five times over.
    await sensing.breaks("sendMessage", "500", times=5)
    await person.uploads("voice", "note.ogg", ogg("shorter"), reply_to=draft["message_id"])
    await sensing.work(Job.READ_MEDIA, Job.COMPOSE_DRAFT)
    assert len(await media_rows(person)) == 1
    assert len([call for call in await calls_of(sensing) if call["user"] == "voice.ogg"]) == 1
    assert (await stored(person))["draft_versions"] == 2
    assert len(await calls_of(sensing)) == before + 2


async def test_a_job_that_runs_twice_pays_and_acts_once(sensing: Stage) -> None:
    person = await sensing.person()
    draft = await person.drafts()
    await person.uploads("voice", "note.ogg", ogg("shorter"), reply_to=draft["message_id"])
    [row] = await media_rows(person)
    await sensing.work(Job.READ_MEDIA)
    account = await person.account()
    for _ in range(2):
        async with sensing.rt.db.begin(account.tenant_id) as session:
            await enqueue(session, Job.READ_MEDIA, tenant_id=account.tenant_id, ref=row.id)
        await sensing.work(Job.READ_MEDIA)
    await sensing.work(Job.COMPOSE_DRAFT)
    assert len(await spends(person)) == 1
    assert (await stored(person))["draft_versions"] == 2


async def test_nobody_reaches_anothers_draft_or_file(sensing: Stage) -> None:
    owner, thief = await sensing.person("Olena"), await sensing.person("Petro")
    draft = await owner.drafts()
    await owner.uploads("photo", "shot.jpg", jpeg(BRIEF))
    asked = await owner.last()
    [row] = await media_rows(owner)
    await thief.onboards(link=False)
    # The same number of a message, in another chat: it names nothing of the owner's.
    for number in {draft["message_id"], (await thief.last())["message_id"]}:
        sent = await sensing.http.post(
            f"/user/{thief.user_id}/upload",
            data={"kind": "voice", "reply_to": str(number)},
            files={"file": ("note.ogg", ogg("send everything"))},
        )
        assert sent.status_code in (200, 404)
    await sensing.idle()
    await sensing.work(Job.READ_MEDIA)
    assert "I do not know what this is for" in words_of(await thief.last())
    for verb in ("job", "facts", "again", "words", "add", "no"):
        answer = await thief.forces(f"md:{verb}:{row.id.hex}", (await thief.last())["message_id"])
        assert "cannot find that" in answer["answer"]["text"], verb
    await sensing.work(Job.COMPOSE_DRAFT, Job.READ_MEDIA)
    assert (await stored(owner))["draft_versions"] == 1
    assert [media.state for media in await media_rows(owner)] == ["asked"]
    assert asked["keyboard"] is not None


async def test_pressing_twice_and_pressing_old_buttons(sensing: Stage) -> None:
    person = await sensing.person()
    await person.onboards(link=False)
    await person.uploads("photo", "shot.jpg", jpeg(BRIEF))
    asked = (await person.last())["message_id"]
    [row] = await media_rows(person)
    await person.forces(f"md:job:{row.id.hex}", asked)
    busy = await person.forces(f"md:facts:{row.id.hex}", asked)
    assert "still at it" in busy["answer"]["text"]
    await sensing.work(Job.READ_MEDIA, Job.DELIVER_CARD)
    assert "yoga studio" in words_of(await person.last())
    for verb in ("job", "facts", "again", "add", "no"):
        done = await person.forces(f"md:{verb}:{row.id.hex}", asked)
        assert "done already" in done["answer"]["text"], verb
    account = await person.account()
    async with sensing.rt.db.begin(account.tenant_id) as session:
        assert await session.scalar(text("select count(*) from app.job_cards")) == 1


async def test_an_album_is_answered_once_and_an_unread_kind_says_what_is_read(stage: Stage) -> None:
    person = await stage.person()
    await person.onboards(link=False)
    await person.uploads("sticker", "cat.webp", b"RIFF0000WEBPVP8 " + bytes(20))
    assert "I take text, voice notes, pictures" in words_of(await person.last())


async def test_a_proposal_that_went_its_way_hears_nothing_more(sensing: Stage) -> None:
    person = await sensing.person()
    await person.drafts()
    draft = await person.last(containing="Version 1")
    await person.presses("button.review")
    if person.words.plain("button.confirm") in str((await person.last())["keyboard"]):
        await person.presses("button.confirm")
    await person.presses("button.send")
    await person.uploads("voice", "note.ogg", ogg("shorter"), reply_to=draft["message_id"])
    assert "can no longer be changed" in words_of(await person.last())
    assert await media_rows(person) == []


async def test_files_leave_no_trace_in_the_logs(sensing: Stage, printed: StringIO) -> None:
    person = await sensing.person()
    draft = await person.drafts()
    said = "a sentence that nobody else may read"
    await person.uploads("voice", "secret-name.ogg", ogg(said), reply_to=draft["message_id"])
    [row] = await media_rows(person)
    await sensing.work(Job.READ_MEDIA)
    logged = printed.getvalue()
    assert '"event"' in logged
    assert said not in logged
    assert "secret-name" not in logged
    assert b"secret" not in row.details_sealed


async def test_before_the_first_word_nothing_is_taken(stage: Stage) -> None:
    """Nobody has heard yet what becomes of a file, so none is taken; a page about oneself is, once the bot has asked for one."""
    person = await stage.person()
    await person.uploads("document", "cv.pdf", pdf(BRIEF))
    await person.uploads("voice", "note.ogg", ogg("hello"))
    assert await media_rows(person) == []
    await person.says("/start")
    await person.presses("language.name")
    await person.uploads("voice", "note.ogg", ogg("hello"))
    assert "Paste the text of your profile" in words_of(await person.last())
    await person.uploads("document", "cv.pdf", pdf(BRIEF))
    assert "Is this about you" in words_of(await person.last())


async def test_a_voice_note_answers_the_question_what_to_change(sensing: Stage) -> None:
    person = await sensing.person(language="uk")
    await person.drafts()
    await person.presses("button.instruct")
    await person.uploads("voice", "note.ogg", ogg("коротше"))
    await sensing.work(Job.READ_MEDIA, Job.COMPOSE_DRAFT)
    assert (await stored(person))["draft_versions"] == 2
    assert (await stored(person))["waiting"] == []
    await person.presses("button.price")
    await person.uploads("voice", "note.ogg", ogg("шістдесят"))
    assert "Надішліть ціну числом" in words_of(await person.last())


async def test_a_reply_to_what_was_heard_speaks_of_the_same_draft(sensing: Stage) -> None:
    person = await sensing.person()
    draft = await person.drafts()
    await person.uploads("voice", "note.ogg", ogg("shorter"), reply_to=draft["message_id"])
    await sensing.work(Job.READ_MEDIA, Job.COMPOSE_DRAFT)
    heard = await person.last(containing="I heard")
    await person.says("warmer", reply_to=heard["message_id"])
    await sensing.work(Job.COMPOSE_DRAFT)
    assert "Version 3" in words_of(await person.last())
