"""/privacy, /export and /forget: what is stored, a copy of it, and the end of it."""

from __future__ import annotations

from uuid import UUID

from aiogram import Bot, Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message

from bot.callbacks import PrivacyCb
from bot.texts import Words
from bot.ui import Screen, send, show
from bot.views.privacy import (
    ask_screen,
    export_screen,
    over_screen,
    privacy_screen,
    progress_screen,
    ready_screen,
    sure_screen,
)
from core.accounts.service import Account
from core.errors import Invalid, NotFound
from core.privacy import erasure, export
from core.privacy.gather import names
from core.privacy.models import ExportState
from core.runtime import Runtime
from core.security.assurance import Act, chat_session
from core.security.page_links import Purpose, new_page_link
from core.security.stepup.service import require


async def on_privacy(message: Message, account: Account, words: Words, rt: Runtime, bot: Bot) -> None:
    await send(bot, account.chat_id, privacy_screen(words, rt.settings))


async def on_export(message: Message, account: Account, words: Words, rt: Runtime, bot: Bot) -> None:
    await send(bot, account.chat_id, export_screen(words))


async def on_forget(message: Message, account: Account, words: Words, rt: Runtime, bot: Bot) -> None:
    await send(bot, account.chat_id, await _ask(rt, account, words))


async def on_button(
    query: CallbackQuery, callback_data: PrivacyCb, account: Account, words: Words, rt: Runtime, bot: Bot
) -> None:
    verb = callback_data.verb
    if verb == "export":
        await _export(account, words, rt, bot)
    elif verb == "link" and callback_data.export is not None:
        await _new_link(callback_data.export, account, words, rt, bot)
    elif verb == "ask":
        await show(query, await _ask(rt, account, words))
    elif verb == "sure":
        await show(query, sure_screen(words))
    elif verb == "keep":
        await show(query, Screen(words("forget.kept")))
    elif verb == "forget":
        async with rt.db.begin(account.tenant_id) as session:
            await erasure.ask_erasure(session, by=chat_session(account.telegram_id), clock=rt.clock)
        await show(query, Screen(words("forget.begun")))
    else:
        raise Invalid(reason="unknown_button")


async def _ask(rt: Runtime, account: Account, words: Words) -> Screen:
    async with rt.db.begin(account.tenant_id) as session:
        return ask_screen(words, await erasure.losses(session))


async def _export(account: Account, words: Words, rt: Runtime, bot: Bot) -> None:
    """The message comes after the row: without the proof there is nothing to show the progress of."""
    async with rt.db.begin(account.tenant_id) as session:
        export_id = await export.request_export(
            session, by=chat_session(account.telegram_id), language=words.locale, clock=rt.clock
        )
    message = await send(bot, account.chat_id, progress_screen(words, done=0, total=len(names())))
    async with rt.db.begin(account.tenant_id) as session:
        await export.note_message(session, export_id=export_id, message_id=message.message_id)


async def _new_link(export_id: UUID, account: Account, words: Words, rt: Runtime, bot: Bot) -> None:
    """Another link is as good as the data, so it wants the same proof as the copy itself."""
    async with rt.db.begin(account.tenant_id) as session:
        view = await export.export_view(session, export_id=export_id)
        if view is None:
            raise NotFound(subject="export")
        ready = view.state is ExportState.READY and view.expires_at > rt.clock.now()
        if not ready:
            screen = over_screen(words)
        else:
            by = chat_session(account.telegram_id)
            await require(session, Act.EXPORT, subject=str(export_id), by=by, clock=rt.clock)
            token = await new_page_link(session, Purpose.EXPORT, clock=rt.clock, ref=export_id)
            screen = ready_screen(words, view, export.page_url(rt.settings, token))
    await send(bot, account.chat_id, screen)


def build_router() -> Router:
    router = Router(name="privacy")
    router.message.register(on_privacy, Command("privacy"))
    router.message.register(on_export, Command("export"))
    router.message.register(on_forget, Command("forget"))
    router.callback_query.register(on_button, PrivacyCb.filter())
    return router
