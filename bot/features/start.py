"""The first screen, the language, help, pause, and starting over."""

from __future__ import annotations

from aiogram import Bot, Router
from aiogram.enums import ChatMemberStatus
from aiogram.filters import Command, CommandObject, CommandStart
from aiogram.types import CallbackQuery, ChatMemberUpdated, Message

from bot.callbacks import LanguageCb, PauseCb
from bot.commands import set_chat_commands
from bot.features.upwork import confirm_code
from bot.states import State
from bot.texts import Words
from bot.ui import GREEN, Screen, answer_tap, button, send, show
from bot.views.privacy import welcome_screen
from bot.views.standing import home_screen, standing_of
from core.accounts import dialogs
from core.accounts.service import (
    LOCALES,
    Account,
    mark_reachable,
    mark_unreachable,
    set_locale,
    set_paused,
)
from core.errors import Invalid
from core.runtime import Runtime
from core.searches.service import resume_polling

LINK_PREFIX = "link-"


def language_screen() -> Screen:
    """Both languages at once: nobody has to read the other one to choose."""
    rows = [[button(Words(locale).plain("language.name"), LanguageCb(locale=locale)) for locale in LOCALES]]
    return Screen("\n\n".join(Words(locale)("language.choose") for locale in LOCALES), rows)


async def on_start(
    message: Message, command: CommandObject, account: Account, words: Words, rt: Runtime, bot: Bot
) -> None:
    payload = (command.args or "").strip()
    if payload.startswith(LINK_PREFIX):
        taken = await confirm_code(message, payload.removeprefix(LINK_PREFIX), account, words, rt)
        if taken or account.onboarded:
            return
    elif payload:
        await message.answer(words("start.unknown_link"))
    if account.onboarded:
        await send(bot, account.chat_id, home_screen(words, await standing_of(rt, account)))
    else:
        await _go_on(account, words, rt, bot)


async def _go_on(account: Account, words: Words, rt: Runtime, bot: Bot) -> None:
    """A newcomer starts where they stopped: with the language, or with the search when the profile is there."""
    standing = await standing_of(rt, account)
    state = State.PROFILE if standing.facts is None else State.SEARCH
    async with rt.db.begin(account.tenant_id) as session:
        await dialogs.expect(session, state, chat_id=account.chat_id)
    if state == State.PROFILE:
        await send(bot, account.chat_id, language_screen())
    else:
        await send(bot, account.chat_id, Screen(words("start.profile_kept", facts=standing.facts)))
        await send(bot, account.chat_id, Screen(words("search.ask")))


async def on_language(
    query: CallbackQuery, callback_data: LanguageCb, account: Account, rt: Runtime, bot: Bot
) -> None:
    locale = callback_data.locale
    if locale not in LOCALES:
        raise Invalid(reason="unknown_button")
    async with rt.db.begin(account.tenant_id) as session:
        await set_locale(session, locale=locale)
        awaiting = await dialogs.read(session)
    words = Words(locale)
    await set_chat_commands(bot, account.chat_id, locale)
    if account.onboarded or awaiting.state != State.PROFILE:
        await show(query, Screen(words("language.changed")))
        return
    await show(query, welcome_screen(words, rt.settings))
    await send(bot, account.chat_id, Screen(words("profile.ask")))


async def on_language_command(message: Message, account: Account, bot: Bot) -> None:
    await send(bot, account.chat_id, language_screen())


async def on_help(message: Message, words: Words) -> None:
    await message.answer(words("start.help"))


async def on_cancel(
    message: Message, account: Account, words: Words, rt: Runtime, awaiting: dialogs.Awaiting
) -> None:
    async with rt.db.begin(account.tenant_id) as session:
        await dialogs.clear(session)
    done = "start.cancelled" if awaiting.state else "start.nothing_to_cancel"
    await message.answer(words(done if account.onboarded else "start.cancelled_new"))


def pause_screen(words: Words, *, paused: bool) -> Screen:
    if paused:
        return Screen(
            words("pause.on"), [[button(words.plain("button.resume_all"), PauseCb(verb="off"), GREEN)]]
        )
    return Screen(words("pause.off"), [[button(words.plain("button.pause_all"), PauseCb(verb="on"))]])


async def _set(account: Account, rt: Runtime, *, paused: bool) -> None:
    if account.paused == paused:
        return
    async with rt.db.begin(account.tenant_id) as session:
        await set_paused(session, paused=paused, clock=rt.clock)
        if not paused:
            await resume_polling(session)


async def on_pause(message: Message, account: Account, words: Words, rt: Runtime, bot: Bot) -> None:
    """The command pauses and says how to resume; it never resumes by itself, so handling it twice does no harm."""
    await _set(account, rt, paused=True)
    await send(bot, account.chat_id, pause_screen(words, paused=True))


async def on_pause_button(
    query: CallbackQuery, callback_data: PauseCb, account: Account, words: Words, rt: Runtime
) -> None:
    if callback_data.verb not in ("on", "off"):
        raise Invalid(reason="unknown_button")
    paused = callback_data.verb == "on"
    await _set(account, rt, paused=paused)
    await answer_tap(query)
    await show(query, pause_screen(words, paused=paused))


async def on_membership(my_chat_member: ChatMemberUpdated, account: Account, rt: Runtime) -> None:
    """Blocked: nothing is sent into the void. Unblocked: the user is back, though they have not written yet."""
    gone = my_chat_member.new_chat_member.status in (ChatMemberStatus.KICKED, ChatMemberStatus.LEFT)
    async with rt.db.begin(account.tenant_id) as session:
        if gone:
            await mark_unreachable(session, clock=rt.clock)
        else:
            await mark_reachable(session)


def build_router() -> Router:
    router = Router(name="start")
    router.message.register(on_start, CommandStart())
    router.message.register(on_help, Command("help"))
    router.message.register(on_cancel, Command("cancel"))
    router.message.register(on_language_command, Command("language"))
    router.message.register(on_pause, Command("pause"))
    router.callback_query.register(on_language, LanguageCb.filter())
    router.callback_query.register(on_pause_button, PauseCb.filter())
    router.my_chat_member.register(on_membership)
    return router
