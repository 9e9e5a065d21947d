"""/audit: what happened in the account, in words, page by page."""

from __future__ import annotations

from aiogram import Bot, Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message

from bot.callbacks import AuditCb
from bot.texts import Words
from bot.ui import Screen, send, show
from bot.views.security import PAGE, audit_screen
from core.accounts.service import Account
from core.runtime import Runtime
from core.security import audit
from core.security.overview import chain_view


async def _screen(account: Account, words: Words, rt: Runtime, before: int | None = None) -> Screen:
    async with rt.db.begin(account.tenant_id) as session:
        keys = await rt.keys(session)
        events = await audit.events(session, keys, before=before, limit=PAGE)
        chain = await chain_view(session)
    return audit_screen(words, events, chain, newest=before is None)


async def on_command(message: Message, account: Account, words: Words, rt: Runtime, bot: Bot) -> None:
    await send(bot, account.chat_id, await _screen(account, words, rt))


async def on_page(
    query: CallbackQuery, callback_data: AuditCb, account: Account, words: Words, rt: Runtime
) -> None:
    await show(query, await _screen(account, words, rt, callback_data.before))


def build_router() -> Router:
    router = Router(name="audit")
    router.message.register(on_command, Command("audit"))
    router.callback_query.register(on_page, AuditCb.filter())
    return router
