"""Voice notes, pictures and files: taken once, read by the worker, and what the person then decides about them."""

from __future__ import annotations

import asyncio
from uuid import UUID

from aiogram import Bot, Router
from aiogram.types import CallbackQuery, Message, Update

from bot.callbacks import MediaCb
from bot.features.profile import take_text
from bot.features.review import review
from bot.filters import Expecting, PlainText, Readable
from bot.paste import more_waiting
from bot.sending import strip
from bot.states import State
from bot.texts import Words
from bot.ui import Screen, answer_tap, ask, redraw, reply, send, show
from bot.views.media import MediaPage, facts_text, media_page, note_status, progress_screen
from bot.views.profile import profile_screen
from core.accounts import dialogs
from core.accounts.service import Account
from core.drafting import service as drafting
from core.drafting.models import DraftState
from core.errors import Conflict, Invalid, LimitReached, NotFound
from core.media import service
from core.media.brief import posting_from
from core.media.models import MediaKind, MediaState, Purpose, ReceivedMedia
from core.media.service import Details, Media
from core.media.sniff import MOST_BYTES
from core.notifications.models import SentMessage, Subject
from core.privacy.consent import record_consent
from core.profile import service as profiles
from core.proposals import approval
from core.runtime import Runtime

_ALBUM_SECONDS = 0.5


async def on_media(
    message: Message,
    account: Account,
    words: Words,
    rt: Runtime,
    bot: Bot,
    awaiting: dialogs.Awaiting,
    event_update: Update,
    about: SentMessage | None = None,
) -> None:
    if message.media_group_id:
        # Of an album only the last picture is answered; the pictures arrive one after another.
        await asyncio.sleep(_ALBUM_SECONDS)
        if not await more_waiting(rt, account, event_update.update_id):
            await reply(message, words("media.album"))
        return
    kind, details, size = _described(message)
    if size > MOST_BYTES:
        raise Invalid(reason="media_too_big", mb=MOST_BYTES // 1024 // 1024)
    if kind is MediaKind.VOICE:
        service.refuse_long(details.seconds, rt.settings.voice_minutes)
    try:
        media = await _take(rt, account, message, kind, details, awaiting, about)
    except Conflict as refusal:
        if refusal.data.get("reason") != DraftState.APPROVED:
            raise
        await reply(message, words("reply.sent_proposal"))
        return
    if media.row.status_id is not None:
        return  # an update that came twice: it is told of already
    await _begin(rt, account, words, bot, message, media)


def _described(message: Message) -> tuple[MediaKind, Details, int]:
    """What Telegram says it is; what it really is shows in its bytes."""
    caption = message.caption or ""
    heard = message.voice or message.audio or message.video_note
    if heard is not None:
        return (
            MediaKind.VOICE,
            Details(heard.file_id, float(heard.duration or 0), caption),
            heard.file_size or 0,
        )
    if message.photo:
        largest = max(message.photo, key=lambda size: size.width * size.height)
        return MediaKind.FILE, Details(largest.file_id, caption=caption), largest.file_size or 0
    document = message.document
    if document is None:
        raise Invalid(reason="empty")
    kind = MediaKind.VOICE if (document.mime_type or "").startswith("audio/") else MediaKind.FILE
    return kind, Details(document.file_id, caption=caption), document.file_size or 0


async def _take(
    rt: Runtime,
    account: Account,
    message: Message,
    kind: MediaKind,
    details: Details,
    awaiting: dialogs.Awaiting,
    about: SentMessage | None,
) -> Media:
    """The row of this message. A recording for a draft kills the buttons of its older texts, as typed words do."""
    async with rt.db.begin(account.tenant_id) as session:
        purpose: Purpose | None = None
        subject: UUID | None = None
        if kind is MediaKind.VOICE:
            purpose = Purpose.NOTHING
            asked = awaiting.data.get("draft") if awaiting.state == State.INSTRUCT else None
            if about is not None and about.subject == Subject.ROOM:
                purpose, subject = Purpose.ROOM, about.subject_id
            elif about is not None and about.subject == Subject.DRAFT:
                purpose, subject = await service.target_of(session, draft_id=about.subject_id)
            elif about is None and asked:
                purpose, subject = await service.target_of(session, draft_id=UUID(asked))
        media = await service.receive(
            session,
            await rt.keys(session),
            kind=kind,
            chat_id=account.chat_id,
            message_id=message.message_id,
            details=details,
            purpose=purpose,
            subject_id=subject,
        )
        if purpose is Purpose.DRAFT and subject is not None:
            await approval.withdraw(session, draft_id=subject, clock=rt.clock)
            if awaiting.data.get("draft") == str(subject):
                await dialogs.clear(session)
    return media


async def _begin(
    rt: Runtime, account: Account, words: Words, bot: Bot, message: Message, media: Media
) -> None:
    """Say that it came, then have it read: the message that tells of it is known before anybody can finish."""
    purpose = Purpose(media.row.purpose) if media.row.purpose else None
    page = await media_page(rt, account, media_id=media.id)
    if page is None:
        return
    screen = page.screens[0] if purpose is None else progress_screen(words, media)
    sent = await send(bot, account.chat_id, screen, reply_to=message.message_id)
    await note_status(rt, account, page, sent.message_id)
    if purpose is not None:
        await _ask_to_read(rt, account, bot, media.id, purpose)


async def _ask_to_read(rt: Runtime, account: Account, bot: Bot, media_id: UUID, purpose: Purpose) -> None:
    """What is refused is told where the progress stood, with a way to go on later."""
    try:
        async with rt.db.begin(account.tenant_id) as session:
            await service.ask_to_read(session, media_id=media_id, purpose=purpose)
    except LimitReached as refusal:
        async with rt.db.begin(account.tenant_id) as session:
            await service.fail(
                session, await rt.keys(session), media_id=media_id, failure=refusal, purpose=purpose
            )
        await _redraw(rt, account, bot, media_id)


async def _redraw(rt: Runtime, account: Account, bot: Bot, media_id: UUID) -> None:
    page = await media_page(rt, account, media_id=media_id)
    if page is not None and (
        page.status_id is None or not await redraw(bot, account.chat_id, page.status_id, page.screens[0])
    ):
        sent = await send(bot, account.chat_id, page.screens[0], reply_to=page.reply_to)
        await note_status(rt, account, page, sent.message_id)


async def on_button(
    query: CallbackQuery, callback_data: MediaCb, account: Account, words: Words, rt: Runtime, bot: Bot
) -> None:
    verb = callback_data.verb
    page = await media_page(rt, account, media_id=callback_data.media)
    if page is None:
        raise NotFound(subject="media")
    match verb:
        case "job" | "facts" | "again":
            await _read(query, verb, page, account, words, rt, bot)
        case "words":
            await _verbatim(query, page.media, account, words, rt, bot)
        case "add":
            await _add_facts(query, page.media, account, words, rt, bot)
        case "no":
            await _settle(rt, account, page.media.id)
            await show(query, Screen(words("media.left_out")))
        case "paste_job" | "paste_facts":
            await _ask_for_text(verb, account, words, rt, bot)
        case _:
            raise Invalid(reason="unknown_button")


async def _read(
    query: CallbackQuery,
    verb: str,
    page: MediaPage,
    account: Account,
    words: Words,
    rt: Runtime,
    bot: Bot,
) -> None:
    row = page.media.row
    if verb == "again":
        if row.state != MediaState.FAILED or row.purpose is None:
            raise Conflict(reason="media_busy" if row.state == MediaState.READING else "media_used")
        purpose = Purpose(row.purpose)
    else:
        purpose = Purpose.JOB if verb == "job" else Purpose.FACTS
    _refuse_twice(row)
    async with rt.db.begin(account.tenant_id) as session:
        if purpose is Purpose.JOB and await profiles.load_profile(session, await rt.keys(session)) is None:
            raise Conflict(reason="no_profile")
        if not account.onboarded:
            # Whoever sends a page about themselves goes on, knowing the terms, as whoever pastes one does.
            await record_consent(session, rt.settings, language=account.locale, how="went_on")
    # The words that were understood stay where they are; what comes of them is told below.
    heard = row.kind == MediaKind.VOICE and verb == "facts"
    screen = progress_screen(words, page.media) if not heard else Screen(words("media.reading"))
    if heard:
        await strip(query)
        sent = await send(bot, account.chat_id, screen)
        await note_status(rt, account, page, sent.message_id)
    else:
        shown = await show(query, screen)
        if shown is not None and shown != page.status_id:
            await note_status(rt, account, page, shown)
    await _ask_to_read(rt, account, bot, page.media.id, purpose)


def _refuse_twice(row: ReceivedMedia) -> None:
    if row.state == MediaState.READING:
        raise Conflict(reason="media_busy")
    if row.used:
        raise Conflict(reason="media_used")


async def _verbatim(
    query: CallbackQuery, media: Media, account: Account, words: Words, rt: Runtime, bot: Bot
) -> None:
    """The person's own words as the answer to the client: shown for approval like typed ones."""
    async with rt.db.begin(account.tenant_id) as session:
        room_id = await service.room_of(session, media)
        if room_id is None or not media.text:
            raise Conflict(reason="media_used")
        draft = await drafting.write_reply(
            session, await rt.keys(session), room_id=room_id, text=service.with_caption(media)
        )
        await approval.withdraw(session, draft_id=draft.id, clock=rt.clock)
    await answer_tap(query)
    await strip(query)
    await review(rt, account, words, bot, draft.id)


async def _add_facts(
    query: CallbackQuery, media: Media, account: Account, words: Words, rt: Runtime, bot: Bot
) -> None:
    if media.row.state != MediaState.READ or media.row.purpose != Purpose.FACTS or media.row.used:
        raise Conflict(reason="media_used")
    profile, taken = await take_text(facts_text(media), account, rt, replace=False)
    await _settle(rt, account, media.id)
    await strip(query)
    await answer_tap(query, words.plain("media.facts_added"))
    screen = profile_screen(words, profile, onboarding=not account.onboarded, taken=taken)
    await send(bot, account.chat_id, screen)


async def _settle(rt: Runtime, account: Account, media_id: UUID) -> None:
    async with rt.db.begin(account.tenant_id) as session:
        media = await service.get_media(session, await rt.keys(session), media_id=media_id, lock=True)
        if media.row.used:
            raise Conflict(reason="media_used")
        media.row.used = True


async def _ask_for_text(verb: str, account: Account, words: Words, rt: Runtime, bot: Bot) -> None:
    async with rt.db.begin(account.tenant_id) as session:
        known = await profiles.load_profile(session, await rt.keys(session)) is not None
        about_self = State.PROFILE_MORE if known else State.PROFILE
        state = State.BRIEF if verb == "paste_job" else about_self
        await dialogs.expect(session, state, chat_id=account.chat_id)
    await ask(bot, account.chat_id, words(f"media.{verb}"), words.plain("media.paste_placeholder"))


async def on_brief(
    message: Message, text: str, account: Account, words: Words, rt: Runtime, bot: Bot
) -> None:
    """A posting as text, in place of a picture that could not be read."""
    if posting_from(text, key="", now=rt.clock.now()) is None:
        raise Invalid(reason="brief_short")
    async with rt.db.begin(account.tenant_id) as session:
        media = await service.receive(
            session,
            await rt.keys(session),
            kind=MediaKind.TEXT,
            chat_id=account.chat_id,
            message_id=message.message_id,
            details=Details(),
            purpose=Purpose.JOB,
            text=text,
        )
    if media.row.status_id is None:
        await _begin(rt, account, words, bot, message, media)
    async with rt.db.begin(account.tenant_id) as session:
        await dialogs.clear(session)


def build_router() -> Router:
    router = Router(name="media")
    router.message.register(on_brief, Expecting(State.BRIEF), PlainText())
    router.message.register(on_media, Readable())
    router.callback_query.register(on_button, MediaCb.filter())
    return router
