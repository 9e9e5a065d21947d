"""The first screen, the language, help, pause, and starting over."""

from __future__ import annotations

from aiogram import Bot, Router
from aiogram.filters import Command, CommandObject, CommandStart
from aiogram.types import CallbackQuery, Message

from bot.callbacks import LanguageCb
from bot.features.profile import PROFILE
from bot.features.upwork import confirm_code
from bot.texts import Words
from bot.ui import Screen, button, send, show
from core.accounts import dialogs
from core.accounts.service import LOCALES, Account, set_locale, set_paused
from core.profile.service import load_profile
from core.runtime import Runtime
from core.searches.service import list_searches, resume_polling
from core.upwork.confirming import linked_account

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
        await confirm_code(message, payload.removeprefix(LINK_PREFIX), account, words, rt)
        return
    if payload:
        await message.answer(words("start.unknown_link"))
    if account.onboarded:
        await send(bot, account.chat_id, await home_screen(rt, account, words))
        return
    async with rt.db.begin(account.tenant_id) as session:
        await dialogs.expect(session, PROFILE, chat_id=account.chat_id)
    await send(bot, account.chat_id, language_screen())


async def home_screen(rt: Runtime, account: Account, words: Words) -> Screen:
    """Where this account stands, and the next step."""
    async with rt.db.begin(account.tenant_id) as session:
        keys = await rt.keys(session)
        profile = await load_profile(session, keys)
        searches = await list_searches(session, keys)
        upwork = await linked_account(session, rt.vault)
    return Screen(
        words(
            "start.home",
            facts=len(profile.facts) if profile else 0,
            searches=len(searches),
            upwork=words.plain(f"upwork.status_{upwork.status.value}" if upwork else "upwork.status_none"),
            paused=words.plain("start.paused") if account.paused else words.plain("start.running"),
        )
    )


async def on_language(
    query: CallbackQuery, callback_data: LanguageCb, account: Account, rt: Runtime, bot: Bot
) -> None:
    async with rt.db.begin(account.tenant_id) as session:
        await set_locale(session, locale=callback_data.locale)
    words = Words(callback_data.locale)
    if account.onboarded:
        await show(query, Screen(words("language.changed")))
        return
    await show(query, Screen(words("start.welcome")))
    await send(bot, account.chat_id, Screen(words("profile.ask")))


async def on_language_command(message: Message, account: Account, bot: Bot) -> None:
    await send(bot, account.chat_id, language_screen())


async def on_help(message: Message, words: Words) -> None:
    await message.answer(words("start.help"))


async def on_cancel(message: Message, account: Account, words: Words, rt: Runtime) -> None:
    async with rt.db.begin(account.tenant_id) as session:
        await dialogs.clear(session)
    await message.answer(words("start.cancelled"))


async def on_pause(message: Message, account: Account, words: Words, rt: Runtime) -> None:
    async with rt.db.begin(account.tenant_id) as session:
        await set_paused(session, paused=not account.paused, clock=rt.clock)
        if account.paused:
            await resume_polling(session)
    await message.answer(words("pause.off" if account.paused else "pause.on"))


def build_router() -> Router:
    router = Router(name="start")
    router.message.register(on_start, CommandStart())
    router.message.register(on_help, Command("help"))
    router.message.register(on_cancel, Command("cancel"))
    router.message.register(on_language_command, Command("language"))
    router.message.register(on_pause, Command("pause"))
    router.callback_query.register(on_language, LanguageCb.filter())
    return router
