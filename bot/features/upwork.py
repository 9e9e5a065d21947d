"""Linking Upwork from the chat: the one-time page, the code that comes back, unlinking."""

from __future__ import annotations

from aiogram import Bot, Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message

from bot.callbacks import UpworkCb
from bot.filters import Expecting, PlainText
from bot.texts import Words
from bot.ui import BLUE, GREEN, RED, Screen, button, clip, link, send, show
from bot.views.linking import LINK_CODE
from core.accounts import dialogs
from core.accounts.service import Account
from core.runtime import Runtime
from core.upwork import confirming, linking
from core.upwork.confirming import Answer
from core.upwork.models import AccountStatus


async def status_screen(rt: Runtime, account: Account, words: Words) -> Screen:
    async with rt.db.begin(account.tenant_id) as session:
        upwork = await confirming.linked_account(session, rt.vault)
    if upwork is not None and upwork.status is AccountStatus.LINKED:
        name = clip(upwork.display_name or words.plain("upwork.nameless"), 80)
        return Screen(
            words("upwork.linked", name=name),
            [[button(words.plain("button.disconnect"), UpworkCb(verb="ask_disconnect"), RED)]],
        )
    key = (
        "upwork.needs_reauth"
        if upwork is not None and upwork.status is AccountStatus.NEEDS_REAUTH
        else "upwork.not_linked"
    )
    return Screen(words(key), [[button(words.plain("button.connect"), UpworkCb(verb="connect"), GREEN)]])


async def on_command(message: Message, account: Account, words: Words, rt: Runtime, bot: Bot) -> None:
    await send(bot, account.chat_id, await status_screen(rt, account, words))


async def on_button(
    query: CallbackQuery, callback_data: UpworkCb, account: Account, words: Words, rt: Runtime, bot: Bot
) -> None:
    verb = callback_data.verb
    if verb == "connect":
        async with rt.db.begin(account.tenant_id) as session:
            url = await linking.start_link(session, rt.vault, rt.clock, rt.settings)
        await send(
            bot,
            account.chat_id,
            Screen(words("upwork.open_page"), [[link(words.plain("button.open_page"), url)]]),
        )
    elif verb == "reject":
        async with rt.db.begin(account.tenant_id) as session:
            rejected = await confirming.reject_link(session, rt.clock)
            await dialogs.clear(session)
        await show(query, Screen(words("upwork.rejected" if rejected else "upwork.code_gone")))
    elif verb == "ask_disconnect":
        rows = [
            [button(words.plain("button.yes_disconnect"), UpworkCb(verb="disconnect"), RED)],
            [button(words.plain("button.back"), UpworkCb(verb="status"), BLUE)],
        ]
        await show(query, Screen(words("upwork.ask_disconnect"), rows))
    elif verb == "disconnect":
        await confirming.disconnect(rt, tenant_id=account.tenant_id)
        await show(query, Screen(words("upwork.disconnected")))
    else:
        await show(query, await status_screen(rt, account, words))


async def on_code(message: Message, text: str, account: Account, words: Words, rt: Runtime) -> None:
    await confirm_code(message, text, account, words, rt)


async def confirm_code(message: Message, code: str, account: Account, words: Words, rt: Runtime) -> None:
    """Judge the code that the page showed; it travels from the page to the chat, never the other way."""
    async with rt.db.begin(account.tenant_id) as session:
        outcome = await confirming.confirm_link(session, rt.vault, rt.clock, code=code)
        if outcome.answer is not Answer.WRONG_CODE:
            await dialogs.clear(session)
    name = clip(outcome.display_name or words.plain("upwork.nameless"), 80)
    await message.answer(words(f"upwork.code_{outcome.answer.value}", name=name, left=outcome.tries_left))


def build_router() -> Router:
    router = Router(name="upwork")
    router.message.register(on_command, Command("upwork"))
    router.message.register(on_code, Expecting(LINK_CODE), PlainText())
    router.callback_query.register(on_button, UpworkCb.filter())
    return router
