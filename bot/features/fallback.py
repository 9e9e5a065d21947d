"""Everything no feature wanted: said kindly, with the next step, and nothing typed is lost."""

from __future__ import annotations

from aiogram import Router
from aiogram.types import CallbackQuery, Message

from bot.texts import Words
from bot.ui import answer_tap
from core.accounts.dialogs import Awaiting
from core.accounts.service import Account


async def on_message(message: Message, account: Account, words: Words, awaiting: Awaiting) -> None:
    if message.text is None:
        waiting = words.has(f"fallback.media_{awaiting.state}")
        await message.reply(words(f"fallback.media_{awaiting.state}" if waiting else "fallback.media"))
    elif message.text.startswith("/"):
        await message.reply(words("fallback.command"))
    else:
        await message.reply(words("fallback.text" if account.onboarded else "fallback.text_new"))


async def on_edited(edited_message: Message, words: Words) -> None:
    await edited_message.reply(words("fallback.edited"))


async def on_callback(query: CallbackQuery, words: Words) -> None:
    await answer_tap(query, words.plain("fallback.button"), alert=True)


def build_router() -> Router:
    router = Router(name="fallback")
    router.message.register(on_message)
    router.edited_message.register(on_edited)
    router.callback_query.register(on_callback)
    return router
