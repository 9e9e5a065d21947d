"""Showing a draft or a card from a handler: the newest version below everything else, one set of buttons at a time."""

from __future__ import annotations

from contextlib import suppress
from uuid import UUID

from aiogram import Bot
from aiogram.exceptions import TelegramAPIError, TelegramBadRequest
from aiogram.types import CallbackQuery

from bot.memory import remember
from bot.ui import redraw, send
from bot.views import pages
from core.accounts.service import Account
from core.drafting.service import stream_number
from core.notifications.models import Subject
from core.runtime import Runtime


async def show_draft(rt: Runtime, account: Account, bot: Bot, draft_id: UUID) -> None:
    """Send the draft as it is now; the older message keeps its text and loses its buttons."""
    page = await pages.draft_page(rt, account, draft_id=draft_id)
    if page.replaces is not None:
        with suppress(TelegramBadRequest):
            await bot.edit_message_reply_markup(chat_id=account.chat_id, message_id=page.replaces)
    last = 0
    for screen in page.screens:
        last = (await send(bot, account.chat_id, screen, reply_to=page.reply_to)).message_id
        await remember(rt, account, last, Subject.DRAFT, draft_id)
    await pages.note_draft_message(rt, account, draft_id=draft_id, message_id=last)


async def show_thinking(account: Account, bot: Bot, draft_id: UUID) -> None:
    """The place where the draft will grow, at once: until the first word Telegram writes "Thinking…" there, with a Stop."""
    with suppress(TelegramAPIError):
        await bot.send_message_draft(
            chat_id=account.chat_id, draft_id=stream_number(draft_id), can_stop=True, keep_on_stop=True
        )


async def refresh_card(rt: Runtime, account: Account, bot: Bot, card_id: UUID | None) -> None:
    """Bring the job card up to date after its draft went on; one that is gone or too old to edit stays as it is."""
    if card_id is None:
        return
    page = await pages.card_page(rt, account, card_id=card_id)
    if page.message_id is not None:
        await redraw(bot, account.chat_id, page.message_id, page.screen)


async def strip(query: CallbackQuery) -> None:
    """Take the buttons off the message that was pressed; its text stays."""
    if query.bot is not None and query.message is not None:
        with suppress(TelegramBadRequest):
            await query.bot.edit_message_reply_markup(
                chat_id=query.message.chat.id, message_id=query.message.message_id
            )
