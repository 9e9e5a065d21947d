"""/console: a one-time link to the page where a login for the web is set up, or its password set anew."""

from __future__ import annotations

from aiogram import Bot, Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message

from bot.callbacks import JoinCb
from bot.texts import Words
from bot.ui import Screen, link, send, show
from core.accounts.service import Account
from core.runtime import Runtime
from core.security.assurance import Act, chat_session
from core.security.factors.service import has_strong_factor
from core.security.lock import Locked, is_locked
from core.security.page_links import Purpose, new_page_link
from core.security.stepup.service import require

SUBJECT = "login"


async def on_console(message: Message, account: Account, words: Words, rt: Runtime, bot: Bot) -> None:
    """A login is another way in, so an account with a factor wants it shown first."""
    async with rt.db.begin(account.tenant_id) as session:
        if await is_locked(session):
            raise Locked
        if await has_strong_factor(session):
            by = chat_session(account.telegram_id)
            await require(session, Act.ADD_FACTOR, subject=SUBJECT, by=by, clock=rt.clock)
        token = await new_page_link(session, Purpose.LOGIN, clock=rt.clock)
    url = f"{rt.settings.public_url.rstrip('/')}/register/{token}"
    await send(
        bot, account.chat_id, Screen(words("console.text"), [[link(words.plain("button.console"), url)]])
    )


async def on_join(query: CallbackQuery, account: Account, words: Words) -> None:
    """The button under a web login's link, pressed by somebody who has an account; others are let in by `bot.joining`."""
    await show(query, Screen(words("join.has_account")))


def build_router() -> Router:
    router = Router(name="console")
    router.message.register(on_console, Command("console"))
    router.callback_query.register(on_join, JoinCb.filter())
    return router
